//! The ways to answer a request, one file each.
//!
//! A strategy asks an [`Exchange`] for what is stored and for what the network says; it
//! never names the store or the network, so each reads like its description. The value
//! that a profile holds is [`Strategy`] in `route`; here is what it does.

mod cache_first;
mod cache_network_race;
mod cache_only;
mod cache_then_network;
mod http;
mod network_first;
mod network_only;
mod stale_while_revalidate;
mod template;

use std::future::Future;

use crate::error::NetworkError;
use crate::exchange::Exchange;
use crate::response::{Because, Response};
use crate::route::{DEFAULT_TIMEOUT, Strategy};

/// A request that neither the network nor the store answered.
#[derive(Debug)]
pub(crate) enum Unserved {
    /// The site cannot be reached, as is known, and nothing is stored.
    Offline,
    /// Nothing is stored, and nobody else may be asked.
    NotStored,
    /// The site was asked and did not answer, and nothing is stored.
    Network(NetworkError),
}

impl Unserved {
    /// The reason as a fallback reports it.
    pub(crate) fn because(&self) -> Because {
        match self {
            // It was reached, and leads astray or cannot be read.
            Self::Network(
                NetworkError::TooManyRedirects { .. }
                | NetworkError::ForeignRedirect { .. }
                | NetworkError::Inflated { .. }
                | NetworkError::TooManyCodings { .. },
            ) => Because::ServerError,
            Self::Offline => Because::Offline,
            Self::NotStored => Because::Strategy,
            Self::Network(error) if error.is_safe_to_resend() => Because::Offline,
            // It may have been reached.
            Self::Network(_) => Because::Slow,
        }
    }

    /// The reason in full.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Offline => "the site cannot be reached and nothing is stored".to_owned(),
            Self::NotStored => "nothing is stored, and the network is not to be asked".to_owned(),
            Self::Network(error) => error.in_full(),
        }
    }
}

/// Waits for a fetch until it ends or the site is known to be unreachable.
async fn to_the_end(
    exchange: &Exchange,
    fetch: impl Future<Output = Result<Response, NetworkError>>,
) -> Result<Response, Unserved> {
    tokio::select! {
        // Of a failure that made the site known to be unreachable, the failure says more.
        biased;
        result = fetch => result.map_err(Unserved::Network),
        () = exchange.until_offline() => Err(Unserved::Offline),
    }
}

impl Strategy {
    /// Answers the request of an exchange.
    pub(crate) async fn run(&self, exchange: &Exchange) -> Result<Response, Unserved> {
        match self.for_reload(exchange) {
            Self::CacheOnly => cache_only::run(exchange),
            Self::CacheFirst => cache_first::run(exchange).await,
            Self::StaleWhileRevalidate => stale_while_revalidate::run(exchange).await,
            Self::CacheNetworkRace => cache_network_race::run(exchange).await,
            Self::CacheThenNetwork { .. } => cache_then_network::run(exchange).await,
            Self::Http => http::run(exchange).await,
            // Apart, since it is large and rare.
            Self::Template { template, data } => {
                Box::pin(template::run(exchange, &template, &data)).await
            }
            Self::NetworkFirst { timeout } => network_first::run(exchange, timeout).await,
            Self::NetworkOnly => network_only::run(exchange).await,
        }
    }
    /// What a hard reload makes of it: whoever reloads wants what the site has now, and
    /// still something when the site has nothing.
    fn for_reload(&self, exchange: &Exchange) -> Self {
        match self {
            Self::CacheFirst
            | Self::StaleWhileRevalidate
            | Self::CacheNetworkRace
            | Self::CacheThenNetwork { .. }
                if exchange.wants_the_site() =>
            {
                Self::NetworkFirst { timeout: DEFAULT_TIMEOUT }
            }
            Self::CacheOnly
            | Self::CacheFirst
            | Self::NetworkFirst { .. }
            | Self::NetworkOnly
            | Self::StaleWhileRevalidate
            | Self::CacheNetworkRace
            | Self::CacheThenNetwork { .. }
            | Self::Http
            | Self::Template { .. } => self.clone(),
        }
    }
}
