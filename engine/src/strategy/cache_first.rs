//! Cache, falling back to network.
//!
//! For what does not change under its URL: style sheets, scripts, images, fonts.
//!
//! ```text
//! stored? ── yes ──▶ serve it
//!   └── no ──▶ known to be offline? ── yes ──▶ unserved, at once
//!                └── no ──▶ fetch ── response ──▶ serve it, store it
//!                             └── failed ──▶ unserved
//! ```

use super::Unserved;
use crate::exchange::Exchange;
use crate::response::{Because, Response};

pub(super) async fn run(exchange: &Exchange) -> Result<Response, Unserved> {
    if let Some(stored) = exchange.stored() {
        return Ok(stored.served(Because::Strategy));
    }
    if exchange.is_offline() {
        return Err(Unserved::Offline);
    }
    exchange.fetch().await.map_err(Unserved::Network)
}
