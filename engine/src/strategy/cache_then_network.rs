//! Cache, then network.
//!
//! For pages that change often and should be there at once: timelines, lists, results.
//!
//! ```text
//! stored? ── yes ──▶ serve it; not known to be offline? ── fetch, store it
//!   │                            └── it differs ──▶ the open page is told, and patched or
//!   │                                               offered the newer one
//!   └── no ──▶ as cache-first
//! ```
//!
//! Whether it differs is told by the bodies without their CSRF tokens, when it is stored.

use super::{Unserved, stale_while_revalidate};
use crate::exchange::Exchange;
use crate::response::Response;

pub(super) async fn run(exchange: &Exchange) -> Result<Response, Unserved> {
    // Towards whoever asks it is the same; what differs is what the route wants to become
    // of the page when the newer response is stored.
    stale_while_revalidate::run(exchange).await
}
