//! What can go wrong at the two I/O boundaries.

use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::event::Cause;

/// A request that reached no HTTP response.
///
/// A response with status 500 is not an error here: the origin answered.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// Known to be offline, so nothing was tried.
    #[error("offline")]
    Offline,
    /// No response headers arrived in time; the origin may have acted on the request.
    #[error("no response within {limit:?}")]
    TimedOut {
        /// How long was waited.
        limit: Duration,
    },
    /// Name look-up, TCP or TLS failed before the request was sent.
    #[error("could not connect to {host}")]
    Connect {
        /// The host that was tried.
        host: String,
        /// What that says about the connection.
        cause: Cause,
        /// What the transport reported.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The connection broke after the request may have been sent.
    #[error("the connection to {host} broke")]
    Broken {
        /// The host that was asked.
        host: String,
        /// What the transport reported.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// Whoever asked broke off while sending the request's body.
    #[error("the request's body is incomplete")]
    IncompleteRequest {
        /// What the transport reported.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// More redirects than a browser follows.
    #[error("more than {limit} redirects, the last to {to}")]
    TooManyRedirects {
        /// How many were followed.
        limit: usize,
        /// Where the next would have led.
        to: Url,
    },
    /// A redirect out of the site, which is never fetched for the page.
    #[error("redirected to {to}, which is not the site")]
    ForeignRedirect {
        /// Where it led.
        to: Url,
    },
    /// Content that unpacks to far more than was sent, as only an attack does.
    #[error("what {url} sent unpacks to more than {ratio} times its length")]
    Inflated {
        /// What was asked for.
        url: Url,
        /// How many times its length content may have.
        ratio: u64,
    },
    /// Content that was packed again and again.
    #[error("what {url} sent has more than {limit} content codings")]
    TooManyCodings {
        /// What was asked for.
        url: Url,
        /// How many are undone.
        limit: usize,
    },
    /// The engine is shutting down.
    #[error("the request was interrupted")]
    Interrupted,
}

impl NetworkError {
    /// Whether the request certainly never reached the origin, so that a
    /// non-idempotent request may be sent again.
    pub fn is_safe_to_resend(&self) -> bool {
        match self {
            Self::Offline | Self::Connect { .. } => true,
            Self::TimedOut { .. }
            | Self::Broken { .. }
            | Self::IncompleteRequest { .. }
            | Self::TooManyRedirects { .. }
            | Self::ForeignRedirect { .. }
            | Self::Inflated { .. }
            | Self::TooManyCodings { .. }
            | Self::Interrupted => false,
        }
    }

    /// What it says about the connection, if it does.
    pub(crate) fn cause(&self) -> Option<Cause> {
        match self {
            Self::Connect { cause, .. } => Some(*cause),
            Self::TimedOut { .. } | Self::Broken { .. } => Some(Cause::Unreachable),
            Self::Offline
            | Self::IncompleteRequest { .. }
            | Self::TooManyRedirects { .. }
            | Self::ForeignRedirect { .. }
            | Self::Inflated { .. }
            | Self::TooManyCodings { .. }
            | Self::Interrupted => None,
        }
    }

    /// The same error for another request that waited for the same answer.
    pub(crate) fn repeated(&self) -> Self {
        let cause = |source: &(dyn StdError + Send + Sync)| in_full(source).into();
        match self {
            Self::Offline => Self::Offline,
            Self::TimedOut { limit } => Self::TimedOut { limit: *limit },
            Self::Connect { host, cause: why, source } => {
                Self::Connect { host: host.clone(), cause: *why, source: cause(&**source) }
            }
            Self::Broken { host, source } => {
                Self::Broken { host: host.clone(), source: cause(&**source) }
            }
            Self::IncompleteRequest { source } => {
                Self::IncompleteRequest { source: cause(&**source) }
            }
            Self::TooManyRedirects { limit, to } => {
                Self::TooManyRedirects { limit: *limit, to: to.clone() }
            }
            Self::ForeignRedirect { to } => Self::ForeignRedirect { to: to.clone() },
            Self::Inflated { url, ratio } => Self::Inflated { url: url.clone(), ratio: *ratio },
            Self::TooManyCodings { url, limit } => {
                Self::TooManyCodings { url: url.clone(), limit: *limit }
            }
            Self::Interrupted => Self::Interrupted,
        }
    }

    /// The error with the chain of its causes, for a person who looks into it.
    pub fn in_full(&self) -> String {
        in_full(self)
    }
}

/// Joins an error and its causes with colons.
pub fn in_full(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.ends_with(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        cause = error.source();
    }
    text
}

/// A store that could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused.
    #[error("the database could not {action}")]
    Database {
        /// What was being done, as an infinitive.
        action: &'static str,
        /// What SQLite reported.
        source: rusqlite::Error,
    },
    /// A body's file could not be written or read.
    #[error("could not {action} {}", path.display())]
    File {
        /// What was being done, as an infinitive.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system reported.
        source: io::Error,
    },
    /// The body ended before it was whole, so nothing was stored.
    #[error("the body is incomplete")]
    IncompleteBody(#[source] io::Error),
    /// The body alone takes more than the profile grants to all.
    #[error("{length} bytes are more than the quota of {quota}")]
    TooLarge {
        /// The length of the body in bytes.
        length: u64,
        /// What may be kept altogether, in bytes.
        quota: u64,
    },
    /// The body is larger than its route stores.
    #[error("the body has more than the {limit} bytes that the route `{route}` stores")]
    TooLargeForRoute {
        /// The name of the route.
        route: String,
        /// How many bytes a body may have.
        limit: u64,
    },
    /// It is somebody's, and cannot be sealed: it is too long, or differs by more than little.
    #[error("it is somebody's and cannot be sealed")]
    NotSealed,
    /// The engine is shutting down.
    #[error("the store is closing")]
    Closing,
}

impl StoreError {
    /// Whether there was no room left on the disk, so that deleting something may help.
    pub(crate) fn is_disk_full(&self) -> bool {
        match self {
            Self::Database { source, .. } => {
                source.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
            }
            Self::File { source, .. } => {
                matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
            }
            Self::IncompleteBody(_)
            | Self::TooLarge { .. }
            | Self::TooLargeForRoute { .. }
            | Self::NotSealed
            | Self::Closing => false,
        }
    }
}

/// A page that cannot be saved, or what cannot be done with one that is.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The profile does not say that such pages may be saved.
    #[error("the profile has no `save` for {path}")]
    NotOnRoute {
        /// The path of the page.
        path: String,
    },
    /// There is none by this name.
    #[error("no saved page has the key {key}")]
    Unknown {
        /// What was asked for.
        key: String,
    },
    /// It has no such copy.
    #[error("{key} has no copy {number}")]
    NoCopy {
        /// The page.
        key: String,
        /// What was asked for.
        number: i64,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A data directory that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory itself.
    #[error("could not prepare the data directory {}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system reported.
        source: io::Error,
    },
    /// The state is of a newer version of the program; it is left as it is.
    #[error(
        "{} was written by a newer version (schema {found}, this version knows up to {known})",
        path.display()
    )]
    NewerState {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema known here.
        known: i64,
    },
    /// The state could not be opened; it is left as it is.
    #[error("could not open {}", path.display())]
    State {
        /// The database.
        path: PathBuf,
        /// What SQLite reported.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The cache could neither be opened nor started afresh.
    #[error("could not open {}", path.display())]
    Cache {
        /// The database.
        path: PathBuf,
        /// What SQLite reported.
        source: Box<dyn StdError + Send + Sync>,
    },
}
