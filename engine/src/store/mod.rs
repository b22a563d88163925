//! What the device holds.
//!
//! Two databases, because they are worth different things. `cache.sqlite3` and `blobs/`
//! can be fetched again: a broken one is moved aside and started afresh. `state.sqlite3`
//! is the person's: it is never deleted, never rebuilt, and what was written to it has
//! reached the disk before anyone is told.
//!
//! Reads are short and happen where they are asked for. So do writes if other threads can
//! take over what else there is to do meanwhile; if not, one is woken for them.

mod activation;
mod blobs;
mod bundle;
mod cookies;
mod copies;
mod database;
mod eviction;
mod exported;
mod handing_over;
mod held;
mod history;
mod hot;
mod inspect;
mod installs;
mod inventory;
mod keeping;
mod notices;
mod outbox;
mod people;
mod queue;
mod reserve;
mod responses;
mod sealing;
mod sender;
mod shredding;
mod standing;
mod state;
mod submission;
mod syncs;
mod tail;
mod traffic;
mod uploads;
mod usage;
mod wanted_pages;
mod wishes;
mod writer;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::time::SystemTime;

use bytes::Bytes;
use http::HeaderMap;
use rusqlite::Connection;
use tokio::task::{block_in_place, spawn_blocking, yield_now};
use tokio_util::task::TaskTracker;

use blobs::StoredBody;
pub(crate) use blobs::{BlobWriter, Written};
pub use bundle::{Arrived, BundleError, NotAllArrived, Packed};
pub(crate) use bundle::{Order as PackingOrder, Terms as UnpackingTerms, pack, unpack};
pub(crate) use copies::{Copy, Shown, Unwanted};
pub use exported::Damaged;
pub use handing_over::Imported;
pub use history::{InstallStatus, Stretch};
pub(crate) use inspect::{Holding, InstallState, Kept, holding, kept};
pub(crate) use installs::Activation;
pub use inventory::{Browsed, Inventory, RouteStock, Stock, StockKind};
use keeping::{Inner, NewBody};
pub(crate) use notices::Reading;
pub use outbox::KeptAnswer;
pub(crate) use outbox::{Again, First, Unsettled};
pub(crate) use people::SignIn;
pub(crate) use queue::page_of;
pub use queue::{Queue, QueueError, Waiting};
pub(crate) use responses::{Entry, Stored};
pub(crate) use sealing::Seal;
pub use standing::Standing;
pub(crate) use submission::{
    ASKED, CHANGED, Content, Kept as KeptSubmission, LOST, REFUSED, Submission,
};
pub use submission::{STEPS, Step, SubmissionState};
pub(crate) use syncs::Synced;
pub(crate) use tail::{Arriving, Tail};
pub use usage::{Usage, UsagePart};
pub(crate) use wanted_pages::{Fetched, WantedPage};
pub(crate) use wishes::{Attempted, Wish};
use writer::{Attendant, Receipt, Subject};

use crate::blocking::may_wait_here;
use crate::clients::Installed;
use crate::error::{OpenError, StoreError, in_full};
use crate::policy::Partition;
use crate::route::Limits;
use crate::time::Clock;

/// Bodies up to this many bytes lie in their row: from about here on a file is faster.
pub(crate) const INLINE: usize = 64 << 10;

/// Whether look-ups leave no trace, to measure what noting them costs.
#[cfg(feature = "bench")]
pub(crate) static IGNORES_USE: AtomicBool = AtomicBool::new(false);

/// What the profile says about the store.
#[derive(Debug, Clone, Default)]
pub(crate) struct Terms {
    /// How many bytes of bodies may be kept altogether.
    pub(crate) quota: u64,
    /// How much of each route, by its name.
    pub(crate) limits: HashMap<String, Limits>,
    /// Changes whenever something that is installed changes.
    pub(crate) version: String,
    /// Whether this version begins with an empty cache.
    pub(crate) resets: bool,
    /// Whether what is somebody's is sealed with a key in memory.
    pub(crate) shreds: bool,
}

/// The store of one site. Clones share it.
#[derive(Clone)]
pub(crate) struct Store {
    inner: Arc<Inner>,
    /// Those who see to what is queued, also for a moment after it is written.
    attendants: TaskTracker,
    /// Whether an install waits for the next navigation.
    has_complete: Arc<AtomicBool>,
    /// The install that serves; 0 where none does.
    serving: Arc<AtomicI64>,
    /// The version that began to serve when the store was opened.
    activated: Option<String>,
}

/// What storing a response did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// There was none before.
    New,
    /// What was there before said the same.
    Same,
    /// What was there before said something else.
    Different,
}

impl Store {
    /// Opens or creates the store in a directory that only its owner can read.
    ///
    /// The second value says why the cache was started afresh, if it was. An install that
    /// was complete serves when this returns.
    ///
    /// # Errors
    ///
    /// What cannot be used; a state that cannot be opened is left as it is.
    #[tracing::instrument(level = "debug", name = "open the store", skip_all)]
    pub(crate) fn open(
        directory: &Path,
        terms: Terms,
        now: SystemTime,
    ) -> Result<(Self, Option<String>), OpenError> {
        let (inner, afresh) = Inner::open(directory, terms, now)?;
        let inner = Arc::new(inner);
        // A damaged cache is started afresh the next time; until then it serves what it can.
        let (activated, emptied) = inner.settle_installs().unwrap_or_else(|error| {
            tracing::warn!(error = in_full(&error), "the installs are as they were");
            (None, None)
        });
        let store = Self {
            inner,
            attendants: TaskTracker::new(),
            has_complete: Arc::default(),
            serving: Arc::default(),
            activated,
        };
        store.look_who_serves();
        if let Err(error) = store.begin_shredding() {
            tracing::warn!(error = in_full(&error), "what nobody can read is still stored");
        }
        Ok((store, afresh.or(emptied)))
    }

    /// The newest stored response that answers a request, of those that may be shown to
    /// `partition`: its own and the shared ones. Of what is installed it is only this one.
    ///
    /// # Errors
    ///
    /// What the database reports.
    #[tracing::instrument(level = "debug", name = "look up", skip_all)]
    pub(crate) fn lookup(
        &self,
        (url, partition, installed): (&str, &Partition, Installed),
        request: &HeaderMap,
        now: SystemTime,
    ) -> Result<Option<Stored>, StoreError> {
        self.inner.lookup((url, partition, installed), request, now)
    }

    /// Stores a response whose body is at hand, in place of the one it supersedes.
    ///
    /// # Errors
    ///
    /// What kept it from being stored; what was there before is still there.
    #[tracing::instrument(level = "debug", name = "store", skip_all)]
    pub(crate) async fn put(
        &self,
        entry: Entry,
        body: Bytes,
        install: Option<i64>,
    ) -> Result<Change, StoreError> {
        let bounds = self.inner.bounds(&entry.route, install);
        (bounds.check)(body.len() as u64)?;
        let is_somebodys = entry.partition != Partition::Shared;
        let sealing = self.inner.shredding.as_ref().filter(|_| is_somebodys);
        let (entry, body) = match sealing {
            Some(shredding) => shredding.seal(entry, &body)?,
            None => (entry, body),
        };
        let body = if body.len() <= INLINE || sealing.is_some() {
            NewBody::Small(body)
        } else {
            let inner = self.inner.clone();
            let write = move || inner.blobs.begin(bounds)?.write(&body)?.finish();
            NewBody::Written(blocking(write).await?)
        };
        let now = entry.fetched_at;
        self.written(self.inner.put(entry, body, (install, now))).await
    }

    /// A file for a body of a route that is still arriving and is announced to have `length`
    /// bytes; for whom it is says `partition`.
    ///
    /// # Errors
    ///
    /// What the file system reports, or that so many bytes may not be stored.
    pub(crate) async fn begin_blob(
        &self,
        (route, partition): (&str, &Partition),
        install: Option<i64>,
        length: Option<u64>,
    ) -> Result<BlobWriter, StoreError> {
        // No file has anything of anybody there.
        if self.shreds() && *partition != Partition::Shared {
            return Err(StoreError::NotSealed);
        }
        let (inner, bounds) = (self.inner.clone(), self.inner.bounds(route, install));
        blocking(move || {
            length.map_or(Ok(()), |length| (bounds.check)(length))?;
            inner.blobs.begin(bounds)
        })
        .await
    }

    /// Stores a response whose body was written to a file. Who has waited long for a body has
    /// used it `now`, however long ago its headers came.
    ///
    /// # Errors
    ///
    /// As [`Store::put`].
    #[tracing::instrument(level = "debug", name = "store", skip_all)]
    pub(crate) async fn put_blob(
        &self,
        mut entry: Entry,
        written: Written,
        (install, now): (Option<i64>, SystemTime),
    ) -> Result<Change, StoreError> {
        entry.digest = written.digest();
        self.written(self.inner.put(entry, NewBody::Written(written), (install, now))).await
    }

    /// Deletes what was stored for one partition, which is not everybody's.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn forget(&self, partition: Partition) -> Result<(), StoreError> {
        let session = partition.to_string();
        self.write_cache("forget a visitor's pages", move |db| {
            responses::delete_partition(db, &partition)
        })
        .await?;
        self.unwish_of(session).await
    }

    /// Takes over what a 304 says about a stored response: its headers, and that it holds.
    ///
    /// # Errors
    ///
    /// What the database reports; the response is as it was.
    pub(crate) async fn freshen(
        &self,
        id: i64,
        headers: HeaderMap,
        fetched_at: SystemTime,
    ) -> Result<(), StoreError> {
        let headers = self.sealed_headers(id, headers)?;
        self.write_cache("freshen a response", move |db| {
            responses::freshen(db, id, &headers, fetched_at)
        })
        .await
    }

    /// Makes the responses for these URLs doubtful.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn invalidate(&self, mut urls: Vec<String>) -> Result<(), StoreError> {
        if let Some(shredding) = &self.inner.shredding {
            urls.extend(urls.iter().filter_map(|url| shredding.url(url)).collect::<Vec<_>>());
        }
        self.write_cache("invalidate responses", move |db| {
            urls.iter().try_for_each(|url| responses::invalidate(db, url))
        })
        .await
    }

    /// Makes one stored response doubtful.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn doubt(&self, id: i64) -> Result<(), StoreError> {
        self.write_cache("doubt a response", move |db| responses::doubt(db, id)).await
    }

    /// Deletes what was stored while browsing, whosever it is; what was installed stays.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn clear(&self) -> Result<(), StoreError> {
        self.write_cache("clear the cache", responses::delete_browsed).await
    }

    /// What is stored, by route and partition.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn usage(&self) -> Result<Usage, StoreError> {
        let quota = self.inner.terms.quota;
        self.inner.cache.read("read what is stored", |db| {
            Ok(Usage { bytes: usage::bytes(db)?, quota, parts: usage::parts(db)? })
        })
    }

    /// Removes what a crash may have left: files that no row names, and rows whose file
    /// is gone.
    ///
    /// # Errors
    ///
    /// What the database or the file system reports.
    #[tracing::instrument(level = "debug", name = "sweep", skip_all)]
    pub(crate) async fn sweep(&self) -> Result<(), StoreError> {
        let inner = self.inner.clone();
        blocking(move || inner.sweep()).await
    }

    /// Lets go of what look-ups keep between them when there are none, as long as this is
    /// polled.
    pub(crate) async fn rest_when_unused(&self) {
        self.inner.cache.held().end_unused().await;
    }

    /// Waits until what is queued is written, and the log is short.
    #[cfg(feature = "bench")]
    pub(crate) async fn rest(&self) {
        self.attendants.close();
        self.attendants.wait().await;
        self.attendants.reopen();
    }

    /// Writes what was used last, and takes what is in the log into the database itself.
    pub(crate) async fn close(&self) {
        self.attendants.close();
        self.attendants.wait().await;
        let inner = self.inner.clone();
        inner.cache.held().close();
        let write = move || {
            inner.write_seen();
            // Nothing is lost without it: the next start reads the log.
            inner.writer.checkpoint();
        };
        let _ = spawn_blocking(write).await;
    }

    /// What waits, for `visitor`; whoever changes something of it calls `changed`.
    pub(crate) fn queue(
        &self,
        visitor: String,
        clock: Clock,
        changed: Arc<dyn Fn() + Send + Sync>,
    ) -> Queue {
        Queue::of(self.inner.state.clone(), (visitor, clock), changed)
    }

    async fn write_cache<T: Send + 'static>(
        &self,
        action: &'static str,
        write: impl Fn(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.written(self.inner.queue(Subject::small(action), write)).await
    }

    /// Waits for a write, and has it seen to if nobody does.
    async fn written<T>(&self, receipt: Receipt<T>) -> Result<T, StoreError> {
        let mut attendant = self.inner.writer.attendant();
        if attendant.is_some() && may_wait_here() {
            // Others who are as far as this one are written along.
            yield_now().await;
            attendant = block_in_place(|| attendant.and_then(Attendant::run_once));
        }
        if let Some(attendant) = attendant {
            drop(self.attendants.spawn_blocking(move || attendant.run()));
        } else if self.inner.writer.has_long_log() {
            let writer = self.inner.writer.clone();
            drop(self.attendants.spawn_blocking(move || writer.shorten_log()));
        }
        receipt.result().await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    crate::blocking::blocking(work).await.unwrap_or(Err(StoreError::Closing))
}

#[cfg(test)]
mod crashes;
#[cfg(test)]
mod former;
#[cfg(test)]
mod power_loss;
#[cfg(test)]
mod pressure;
#[cfg(test)]
pub(crate) mod statements;
#[cfg(test)]
mod tests;
