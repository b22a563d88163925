//! The ways to answer a request, one file each.
//!
//! A strategy asks an [`Exchange`] for what is stored and for what the network says; it
//! never names the store or the network, so each reads like its description.

mod cache_first;
mod network_first;
mod network_only;

use std::time::Duration;

use crate::error::NetworkError;
use crate::exchange::Exchange;
use crate::response::{Because, Response};

/// The time a network-first route waits if it does not say.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(3);

/// In which order a route asks the store and the network.
///
/// A value, not code: read from the site profile, compared in tests, and
/// matched in exactly one place, [`Strategy::run`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Strategy {
    /// The stored response, falling back to the network.
    CacheFirst,
    /// Network, falling back to the stored response.
    NetworkFirst {
        /// How long to wait for the network before trying the store.
        timeout: Duration,
    },
    /// Network, and nothing else.
    NetworkOnly,
}

/// A request that neither the network nor the store answered.
#[derive(Debug)]
pub(crate) enum Unserved {
    /// The site cannot be reached, as is known, and nothing is stored.
    Offline,
    /// The site was asked and did not answer, and nothing is stored.
    Network(NetworkError),
}

impl Unserved {
    /// The reason as a fallback reports it.
    pub(crate) fn because(&self) -> Because {
        match self {
            Self::Network(NetworkError::TimedOut { .. }) => Because::Slow,
            Self::Offline | Self::Network(_) => Because::Offline,
        }
    }

    /// The reason in full.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Offline => "the site cannot be reached and nothing is stored".to_owned(),
            Self::Network(error) => error.in_full(),
        }
    }
}

impl Strategy {
    /// The names a profile may use.
    pub const NAMES: [&'static str; 3] = ["cache-first", "network-first", "network-only"];

    /// The name a profile uses for it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::CacheFirst => "cache-first",
            Self::NetworkFirst { .. } => "network-first",
            Self::NetworkOnly => "network-only",
        }
    }

    /// Answers the request of an exchange.
    pub(crate) async fn run(&self, exchange: &Exchange) -> Result<Response, Unserved> {
        match self {
            Self::CacheFirst => cache_first::run(exchange).await,
            Self::NetworkFirst { timeout } => network_first::run(exchange, *timeout).await,
            Self::NetworkOnly => network_only::run(exchange).await,
        }
    }
}
