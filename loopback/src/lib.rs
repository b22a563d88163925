//! What listens on this machine for this machine alone.
//!
//! ```text
//! address: where may be listened?   authority: under which name may it be asked for?
//! status ─▶ token: who may ask? ─▶ { figures (JSON), metrics (OpenMetrics) } ◀── engine
//! ```
//!
//! The gateway shows a site that way, and the gateway and the app tell how the device is to
//! whoever looks after many of them. Nothing is decided here: the figures are the engine's.

mod address;
mod authority;
mod figures;
mod metrics;
mod status;
mod token;

pub use address::loopback;
pub use authority::{Refusal, own_origin};
pub use figures::Program;
pub use status::{Endpoint, NotTold, Wanted};
pub use token::{Token, TokenError};
