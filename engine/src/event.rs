//! What the engine tells whoever listens.

use crate::request::Destination;
use crate::seen::Kind;

/// Something that happened in the engine.
///
/// Events can be missed (a page navigates, a listener is slow), so each has a
/// state behind it that can be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The site became reachable or unreachable.
    Connection(Connection),
    /// A response was stored that differs from the one stored before it.
    Changed {
        /// Its path and query.
        path: String,
        /// What it is.
        destination: Destination,
        /// What becomes of an open page that shows the older one.
        update: Update,
    },
    /// A response was stored that says what the one stored before it said.
    Confirmed {
        /// Its path and query.
        path: String,
        /// What it is.
        destination: Destination,
    },
    /// Everything the profile requires is stored and in use.
    Installed {
        /// The version of the site profile.
        version: String,
    },
    /// A required URL could not be fetched; what was installed before serves on.
    InstallFailed {
        /// The path and query that failed.
        path: String,
        /// Why, in full.
        reason: String,
    },
    /// The cache was started afresh: it could not be used and lies beside the new one, or
    /// the profile asked for it.
    CacheStartedAfresh {
        /// Why, in full.
        reason: String,
    },
    /// A saved page has changed, or how far it is.
    Saving {
        /// What it is known by.
        key: String,
        /// Its path and query.
        path: String,
    },
    /// There is a new copy of a saved page, which was not shown from what is in it alone yet.
    Saved {
        /// What it is known by.
        key: String,
        /// Its path and query.
        path: String,
    },
    /// What is kept until it can be sent has changed.
    Outbox,
    /// The site has taken a submission that waited, or was just made.
    Delivered {
        /// What it was known by.
        key: String,
        /// What the person would call it.
        kind: Kind,
        /// What was chosen, if it is known.
        label: Option<String>,
        /// The path of a page that shows what it has changed.
        path: Option<String>,
    },
    /// A submission could not be kept; it was sent all the same, if the site was there.
    NotKept {
        /// Its path and query.
        path: String,
        /// Why, in full.
        reason: String,
    },
    /// What the person is to be told has changed.
    Notice,
    /// A response could not be stored; it was served all the same.
    NotStored {
        /// Its path and query.
        path: String,
        /// Why, in full.
        reason: String,
    },
}

/// What becomes of an open page when a newer version of it was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Update {
    /// The person is told and decides.
    Notice,
    /// The page is changed where it differs; what the person entered stays.
    Patch,
}

/// Whether the site can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// The site answers.
    Online,
    /// The site did not answer in time once; whether it is gone is being found out.
    /// Nothing waits for it meanwhile, and nobody is told yet.
    Suspect,
    /// The site cannot be reached.
    Offline,
}

impl Connection {
    /// Whether the network is worth waiting for.
    pub const fn is_usable(self) -> bool {
        matches!(self, Self::Online)
    }
}
