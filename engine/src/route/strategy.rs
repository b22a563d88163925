//! In which order a route asks the store and the network, as a value.

use std::time::Duration;

use crate::event::Update;

/// The time a network-first route waits if it does not say.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(3);

/// In which order a route asks the store and the network.
///
/// A value, not code: read from the site profile, compared in tests, and
/// matched in exactly one place, `Strategy::run` in the `strategy` folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Strategy {
    /// The stored response, and nothing else.
    CacheOnly,
    /// The stored response, falling back to the network.
    CacheFirst,
    /// Network, falling back to the stored response.
    NetworkFirst {
        /// How long to wait for the network before trying the store.
        timeout: Duration,
    },
    /// Network, and nothing else.
    NetworkOnly,
    /// The stored response at once; the network's is stored for the next time.
    StaleWhileRevalidate,
    /// Whichever of the store and the network answers first.
    CacheNetworkRace,
    /// The stored response at once; the open page is told when the network's differs.
    CacheThenNetwork {
        /// What becomes of a page that shows an older response.
        update: Update,
    },
    /// What the site's own headers say (RFC 9111).
    Http,
    /// A page made here of a template and of data, each of which has a route of its own.
    Template {
        /// The path of the template, with the route's parameters.
        template: String,
        /// The path of the data (JSON), with the route's parameters.
        data: String,
    },
}

impl Strategy {
    /// The names a profile may use.
    pub const NAMES: [&'static str; 9] = [
        "cache-only",
        "cache-first",
        "network-first",
        "network-only",
        "stale-while-revalidate",
        "cache-network-race",
        "cache-then-network",
        "http",
        "template",
    ];

    /// The name a profile uses for it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::CacheOnly => "cache-only",
            Self::CacheFirst => "cache-first",
            Self::NetworkFirst { .. } => "network-first",
            Self::NetworkOnly => "network-only",
            Self::StaleWhileRevalidate => "stale-while-revalidate",
            Self::CacheNetworkRace => "cache-network-race",
            Self::CacheThenNetwork { .. } => "cache-then-network",
            Self::Http => "http",
            Self::Template { .. } => "template",
        }
    }

    /// What becomes of an open page when a newer version of it was stored.
    pub const fn update(&self) -> Update {
        match self {
            Self::CacheThenNetwork { update } => *update,
            Self::CacheOnly
            | Self::CacheFirst
            | Self::NetworkFirst { .. }
            | Self::NetworkOnly
            | Self::StaleWhileRevalidate
            | Self::CacheNetworkRace
            | Self::Http
            | Self::Template { .. } => Update::Notice,
        }
    }
}
