//! Network, falling back to cache.
//!
//! For things that change often and are worth having late: articles, timelines.
//!
//! ```text
//! known to be offline, or not to work? ── yes ──▶ stored? ── yes ──▶ serve it, at once
//!   │                       offline, nothing stored ──▶ unserved, at once
//!   └── no ──▶ fetch ── response within `timeout` ──▶ serve it, store it
//!                └── failed, slow or a server error ──▶ stored? ── yes ──▶ serve it;
//!                       │                            a slow fetch still stores
//!                       └── no ──▶ the error as the site sent it, or wait until the
//!                                  fetch ends or the site is known to be gone
//! ```
//!
//! `timeout` is the longest. Where answers on the route are usually there sooner, or the site
//! is slow as it is, less is waited; while it is suspected to be gone, nothing.

use std::time::Duration;

use tokio::time;

use super::{Unserved, to_the_end};
use crate::exchange::Exchange;
use crate::response::{Because, Response};

pub(super) async fn run(exchange: &Exchange, timeout: Duration) -> Result<Response, Unserved> {
    if let Some(because) = exchange.outage()
        && let Some(stored) = exchange.stored()
    {
        return Ok(stored.served(because));
    }
    if exchange.is_offline() {
        return Err(Unserved::Offline);
    }
    let timeout = exchange.patience(timeout);

    // The fetch is a task of its own: when it loses to the timeout it must
    // still finish and store, or a slow network would never fill the store.
    let mut fetch = exchange.fetch();

    match time::timeout(timeout, &mut fetch).await {
        Ok(Ok(response)) if response.is_server_error() => {
            let stored = exchange.stored().map(|stored| stored.served(Because::ServerError));
            Ok(stored.unwrap_or(response))
        }
        Ok(Ok(response)) => Ok(response),
        Ok(Err(failure)) => {
            let stored = exchange.stored().ok_or(Unserved::Network(failure))?;
            Ok(stored.served(Because::Offline))
        }
        Err(_elapsed) => {
            exchange.report_silence(timeout);
            if let Some(stored) = exchange.stored() {
                return Ok(stored.served(Because::Slow));
            }
            to_the_end(exchange, fetch).await
        }
    }
}
