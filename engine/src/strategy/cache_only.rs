//! Cache only.
//!
//! For what came with the install: the network is never asked.
//!
//! ```text
//! stored? ── yes ──▶ serve it
//!   └── no ──▶ unserved
//! ```

use super::Unserved;
use crate::exchange::Exchange;
use crate::response::{Because, Response};

pub(super) fn run(exchange: &Exchange) -> Result<Response, Unserved> {
    let stored = exchange.stored().ok_or(Unserved::NotStored)?;
    Ok(stored.served(Because::Strategy))
}
