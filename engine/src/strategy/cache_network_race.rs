//! Cache and network race.
//!
//! For devices whose disk may be slower than the network.
//!
//! ```text
//! look up and fetch side by side ── the first that has a response ──▶ serve it
//!   │                                a slower fetch still stores
//!   └── neither has ──▶ unserved
//! ```

use super::{Unserved, to_the_end};
use crate::exchange::Exchange;
use crate::response::{Because, Response};

pub(super) async fn run(exchange: &Exchange) -> Result<Response, Unserved> {
    if let Some(because) = exchange.outage()
        && let Some(stored) = exchange.stored()
    {
        return Ok(stored.served(because));
    }
    if exchange.is_offline() {
        return Err(Unserved::Offline);
    }
    let mut fetch = exchange.fetch();
    let look_up = exchange.look_up_beside();
    tokio::pin!(look_up);
    tokio::select! {
        biased;
        stored = &mut look_up => match stored {
            Some(stored) => Ok(stored.served(Because::Strategy)),
            None => to_the_end(exchange, fetch).await,
        },
        fetched = &mut fetch => match fetched {
            Ok(response) if !response.is_server_error() => Ok(response),
            // The loser of the race may still be the better answer.
            Ok(response) => match look_up.await {
                Some(stored) => Ok(stored.served(Because::ServerError)),
                None => Ok(response),
            },
            Err(failure) => match look_up.await {
                Some(stored) => Ok(stored.served(Because::Offline)),
                None => Err(Unserved::Network(failure)),
            },
        },
    }
}
