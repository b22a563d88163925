//! What the engine tells whoever listens.

use crate::request::Destination;
use crate::seen::Kind;

/// Something that happened in the engine.
///
/// Events can be missed (a page navigates, a listener is slow), so each has a
/// state behind it that can be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The site became reachable or unreachable, slow or quick, or is away for another reason.
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
    /// What is fetched by itself has changed: when it was, when it will be, or how it went.
    Synced,
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
    /// The site answers, and has taken long to begin with it lately: what is stored is shown
    /// sooner than the network is given up.
    Slow,
    /// The site did not answer in time once, or as if it were not itself; what is the matter
    /// is being found out. Nothing waits for it meanwhile, and nobody is told yet.
    Suspect,
    /// The site cannot be reached, or does not work.
    Offline(Cause),
}

impl Connection {
    /// Whether the network is worth waiting for.
    pub const fn is_usable(self) -> bool {
        match self {
            Self::Online | Self::Slow => true,
            Self::Suspect | Self::Offline(_) => false,
        }
    }

    /// Whether it is known that the site is not to be had.
    pub const fn is_offline(self) -> bool {
        match self {
            Self::Offline(_) => true,
            Self::Online | Self::Slow | Self::Suspect => false,
        }
    }

    /// Whether it is known that no request arrives at the site. One that does not work can
    /// still be asked, by who has nothing else.
    pub(crate) const fn is_unreachable(self) -> bool {
        match self {
            Self::Offline(Cause::ServerError) => false,
            Self::Offline(
                Cause::NoLink
                | Cause::NameNotFound
                | Cause::Unreachable
                | Cause::CaptivePortal
                | Cause::TlsRefused,
            ) => true,
            Self::Online | Self::Slow | Self::Suspect => false,
        }
    }
}

/// Why the site is not to be had, as far as can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The machine has no connection to any network.
    NoLink,
    /// Nobody knows the name of the site, or nobody could be asked.
    NameNotFound,
    /// Nothing answers under the address of the site.
    Unreachable,
    /// The network wants the person to sign in or to agree to something first.
    CaptivePortal,
    /// Something answers that cannot prove to be the site.
    TlsRefused,
    /// The site is there and does not work.
    ServerError,
}

impl Cause {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::NoLink,
        Self::NameNotFound,
        Self::Unreachable,
        Self::CaptivePortal,
        Self::TlsRefused,
        Self::ServerError,
    ];

    /// Its word, as it is stored and told to pages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoLink => "no-link",
            Self::NameNotFound => "name-not-found",
            Self::Unreachable => "unreachable",
            Self::CaptivePortal => "captive-portal",
            Self::TlsRefused => "tls-refused",
            Self::ServerError => "server-error",
        }
    }

    /// The cause with this word.
    pub(crate) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.as_str() == word)
    }
}

/// What the system says about the machine's connection to any network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemLink {
    /// There is one.
    Up,
    /// There is none.
    Down,
}

/// Whether what nobody waits for may use the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Background {
    /// It may.
    #[default]
    Allowed,
    /// Not now: somebody pays for it, or the battery is low.
    Held,
}
