//! Stale-while-revalidate.
//!
//! For what may be one visit old: avatars, feeds, lists.
//!
//! ```text
//! stored? ── yes ──▶ serve it; not known to be offline? ── fetch, store it for the next time
//!   └── no ──▶ known to be offline? ── yes ──▶ unserved, at once
//!                └── no ──▶ fetch ── response ──▶ serve it, store it
//!                             └── failed, or the site is known to be gone ──▶ unserved
//! ```

use super::{Unserved, cache_first};
use crate::exchange::Exchange;
use crate::response::{Because, Response};

pub(super) async fn run(exchange: &Exchange) -> Result<Response, Unserved> {
    let Some(stored) = exchange.stored() else {
        return cache_first::run(exchange).await;
    };
    if let Some(because) = exchange.outage() {
        return Ok(stored.served(because));
    }
    // Nobody waits for it: what it brings is for the next time.
    drop(exchange.fetch());
    Ok(stored.served(Because::Strategy))
}
