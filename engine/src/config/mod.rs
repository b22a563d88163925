//! The site profile: everything the shell knows about one website, in one file.
//!
//! [`Site::read`] turns text into a [`Site`] or into every [`Problem`] it has, each with
//! its line. A `Site` that exists is valid: URLs are on the site, patterns compile, names
//! are unique.

mod kiosk;
mod outbox;
mod pin;
mod problem;
mod push;
mod reader;
mod remote;
mod route;
mod save;
mod site;
mod status;
mod sync;

pub use kiosk::{Kiosk, Pin, Reload};
pub use pin::PinHash;
pub use problem::{Problem, Problems};
pub use push::{Push, PushMessage, PushStream, PushToken};
pub use remote::RemoteTerms;
pub use site::{Fallback, Install, Shortcut, SignInPages, Site};
pub use status::StatusTerms;
pub use sync::SyncRule;
