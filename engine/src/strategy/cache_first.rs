//! Cache, falling back to network.
//!
//! For what does not change under its URL: style sheets, scripts, images, fonts.
//!
//! ```text
//! stored? ── yes ──▶ serve it
//!   └── no ──▶ known to be offline? ── yes ──▶ unserved, at once
//!                └── no ──▶ fetch ── response ──▶ serve it, store it
//!                             └── failed, or the site is known to be gone ──▶ unserved
//! ```

use super::{Unserved, to_the_end};
use crate::exchange::Exchange;
use crate::response::{Because, Response};

pub(super) async fn run(exchange: &Exchange) -> Result<Response, Unserved> {
    if let Some(stored) = exchange.stored() {
        return Ok(stored.served(Because::Strategy));
    }
    if exchange.is_offline() {
        return Err(Unserved::Offline);
    }
    to_the_end(exchange, exchange.fetch()).await
}
