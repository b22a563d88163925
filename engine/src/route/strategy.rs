//! In which order a route asks the store and the network, as a value.

use std::time::Duration;

/// The time a network-first route waits if it does not say.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(3);

/// In which order a route asks the store and the network.
///
/// A value, not code: read from the site profile, compared in tests, and
/// matched in exactly one place, `Strategy::run` in the `strategy` folder.
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
}
