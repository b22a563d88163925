//! What happens to documents and style sheets between the site and the store.
//!
//! Links that name the site's own origin become links within the page's, so that they
//! stay in the app; and the place is found at which the app may tell the page about
//! itself. Both happen once, before storing, not on each hit.

mod attributes;
mod links;
mod needs;
mod offline;
mod output;
mod receipt;
mod rewrite;
mod sign_in;

pub(crate) use links::Links;
pub(crate) use needs::{needs, title};
pub use offline::own_page;
pub(crate) use offline::{Unanswered, unanswered_page, waiting_page};
pub(crate) use receipt::{discarding_page, receipt_page};
pub(crate) use rewrite::{Rewritten, rewrite};
pub use sign_in::{Attempt, sign_in_page};
