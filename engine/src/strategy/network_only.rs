//! Network only.
//!
//! For what must not be answered from memory: submissions, sign-in, live figures.
//!
//! ```text
//! fetch ── response ──▶ serve it
//!   └── failed ──▶ unserved
//! ```
//!
//! It tries also when the site is thought to be unreachable: a person who submits
//! something has asked for the attempt, and its answer is the best evidence there is.

use super::Unserved;
use crate::exchange::Exchange;
use crate::response::Response;

pub(super) async fn run(exchange: &Exchange) -> Result<Response, Unserved> {
    exchange.fetch_without_storing().await.map_err(Unserved::Network)
}
