//! Saved pages and unsent submissions on their way to another device, in one file.
//!
//! ```text
//! 000000-bundle    whose site, which device          each record is a .sig and a .json
//! 000001-page      what a copy has, by hash           the signature is over the bundle's id, the
//!   body-HASH …    those bodies that came in no       record's name and its text: none can be
//!                  page before                        left out, moved or taken from elsewhere
//! 000002-page …
//! 000003-vote …    a submission, as `exported` has it
//! 000004-end       so many there are
//! ```
//!
//! It is a tar archive, written and read in one go: what is in it can be looked at with any
//! tool, and of all that is there only one record or piece of a body is in memory. Entries are
//! read by their name and never unpacked, so no path in it leads anywhere.

mod archive;
mod packing;
mod record;
mod spool;
mod unpacking;

use std::io;
use std::path::PathBuf;

use super::queue::QueueError;
use crate::error::{OpenError, StoreError};
use crate::saved::Missing;

pub(crate) use packing::{Order, pack};
pub(crate) use unpacking::{Terms, unpack};

/// What an export has written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Packed {
    /// What it is signed with; who imports it has to trust that.
    pub key: String,
    /// So many pages.
    pub pages: u64,
    /// So many bodies, each once.
    pub bodies: u64,
    /// So many submissions, which are sent from where they are imported.
    pub votes: u64,
    /// So many pages were left out, because they are not everybody's.
    pub private: u64,
}

/// What an import has brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Arrived {
    /// So many pages are new here, or newer than what was.
    pub pages: u64,
    /// So many were here already.
    pub known: u64,
    /// Of so many there is something newer here, which stays.
    pub older: u64,
    /// Pages that are not taken over, and why.
    pub left_out: Vec<Missing>,
    /// So many bodies were written.
    pub bodies: u64,
    /// So many submissions wait here now.
    pub votes: u64,
    /// So many were here already, or have been delivered from here.
    pub known_votes: u64,
}

/// Why a bundle is not written, or not read to its end.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// It is none.
    #[error("it is not a bundle of saved pages and unsent submissions: {0}")]
    Unknown(String),
    /// A newer version has written it.
    #[error("a newer version has written it (format {found}, this one reads up to {known})")]
    Newer {
        /// Its format.
        found: u32,
        /// The newest that is known here.
        known: u32,
    },
    /// It is of another site.
    #[error("it is of another site, {origin}")]
    OtherSite {
        /// Which one.
        origin: String,
    },
    /// Nobody has said that its device is trusted.
    #[error("it is signed with {key}, which is not trusted here")]
    Untrusted {
        /// The public key of the device.
        key: String,
    },
    /// Something in it was changed since it was exported.
    #[error("{part} in it is not as it was exported")]
    Changed {
        /// What.
        part: String,
    },
    /// It breaks off.
    #[error("it breaks off before its end")]
    Cut,
    /// Something that was to be exported or used is gone.
    #[error("{part} was removed meanwhile")]
    Gone {
        /// What.
        part: String,
    },
    /// The file itself.
    #[error("could not {action} {}", path.display())]
    File {
        /// What was being done, as an infinitive.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system reported.
        source: io::Error,
    },
    /// There is no room for what comes until it is whole.
    #[error("what has come could not be kept until it is whole")]
    Room(#[from] io::Error),
    /// The data directory.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What waits to be sent.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// An import that did not come to its end; what had come by then is whole and stays.
#[derive(Debug, thiserror::Error)]
#[error("the bundle is not taken over to its end")]
pub struct NotAllArrived {
    /// What has come.
    pub arrived: Box<Arrived>,
    /// Why no more has.
    #[source]
    pub error: BundleError,
}
