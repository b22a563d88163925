//! What the site's own headers say (RFC 9111), with RFC 5861.
//!
//! For sites that say in their headers how long each response holds.
//!
//! ```text
//! stored? ── fresh ──▶ serve it
//!   │    ├── stale, within `stale-while-revalidate` ──▶ serve it; ask for the next time
//!   │    └── stale ──▶ ask whether it still holds
//!   │                   ├── 304 ──▶ serve it, fresh again
//!   │                   ├── another response ──▶ serve that, store it
//!   │                   ├── 5xx ──▶ `stale-if-error`? serve the stored one, else the error
//!   │                   └── unreachable ──▶ serve the stored one, unless it forbids that
//!   └── no ──▶ `only-if-cached`? ── yes ──▶ unserved
//!                └── no ──▶ fetch ──▶ serve it, store it
//! ```

use std::time::Duration;

use tokio::time;

use super::{Unserved, cache_first, to_the_end};
use crate::exchange::{Available, Exchange};
use crate::policy::Usability;
use crate::response::{Because, Response};

/// After this long without an answer it is found out whether the site is gone, when there
/// is something stored to serve then.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) async fn run(exchange: &Exchange) -> Result<Response, Unserved> {
    let Some(stored) = exchange.stored() else {
        if exchange.wants_only_what_is_stored() {
            return Err(Unserved::NotStored);
        }
        return cache_first::run(exchange).await;
    };
    let usability = exchange.usability(&stored);
    match usability {
        Usability::AtOnce => Ok(stored.served(Because::Strategy)),
        Usability::WhileRevalidating => {
            let because = exchange.outage().unwrap_or_else(|| {
                // Nobody waits for it: what it brings is for the next time.
                drop(exchange.fetch());
                Because::Strategy
            });
            Ok(stored.served(because))
        }
        // The site would only answer with another error.
        Usability::OnError if exchange.outage() == Some(Because::ServerError) => {
            Ok(stored.served(Because::ServerError))
        }
        Usability::OnError | Usability::WhenUnreachable | Usability::Validated => {
            revalidate(exchange, stored, usability).await
        }
    }
}

/// Asks the site, and serves a stale response only where that is allowed.
async fn revalidate(
    exchange: &Exchange,
    stored: Available,
    usability: Usability,
) -> Result<Response, Unserved> {
    if exchange.wants_only_what_is_stored() {
        return Err(Unserved::NotStored);
    }
    let answer = match exchange.is_offline() {
        true => Err(Unserved::Offline),
        false => ask(exchange).await,
    };
    match answer {
        Ok(response) if response.is_server_error() && usability == Usability::OnError => {
            Ok(stored.served(Because::ServerError))
        }
        Ok(response) => Ok(response),
        // "a cache MUST NOT reuse that response …; if the origin server cannot be reached,
        // the cache MUST generate an error response" (RFC 9111 §5.2.2.2)
        Err(unserved) if usability == Usability::Validated => Err(unserved),
        Err(_unreachable) => Ok(stored.served(Because::Offline)),
    }
}

async fn ask(exchange: &Exchange) -> Result<Response, Unserved> {
    let mut fetch = exchange.fetch();
    match time::timeout(PATIENCE, &mut fetch).await {
        Ok(answer) => answer.map_err(Unserved::Network),
        Err(_elapsed) => {
            exchange.report_silence(PATIENCE);
            to_the_end(exchange, fetch).await
        }
    }
}
