//! What the device holds.
//!
//! Two databases, because they are worth different things. `cache.sqlite3` and `blobs/`
//! can be fetched again: a broken one is moved aside and started afresh. `state.sqlite3`
//! is the person's: it is never deleted, never rebuilt, and what was written to it has
//! reached the disk before anyone is told.
//!
//! Reads are short and happen where they are asked for; writes go to a blocking thread.

mod blobs;
mod cookies;
mod database;
mod inspect;
mod installs;
mod responses;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;
use http::HeaderMap;
use rusqlite::Transaction;
use tokio::task::spawn_blocking;

use blobs::Blobs;
pub(crate) use blobs::{BlobWriter, Written};
use database::Database;
pub(crate) use inspect::{Kept, kept};
use responses::Content;
pub(crate) use responses::{Entry, Stored};

use crate::error::{OpenError, StoreError};
use crate::policy::Partition;

/// Bodies up to this many bytes lie in their row: from about here on a file is faster.
pub(crate) const INLINE: usize = 64 << 10;

/// The store of one site. Clones share it.
#[derive(Clone)]
pub(crate) struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    cache: Database,
    state: Database,
    blobs: Blobs,
    quota: u64,
    /// Uses since the last write, by row: a hit writes nothing.
    uses: Mutex<HashMap<i64, SystemTime>>,
    files: Mutex<()>,
}

/// A body that is to be stored.
enum NewBody {
    Small(Bytes),
    Written(Written),
}

impl NewBody {
    fn length(&self) -> u64 {
        match self {
            Self::Small(bytes) => bytes.len() as u64,
            Self::Written(written) => written.length(),
        }
    }
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
    /// The second value says why the cache was started afresh, if it was.
    ///
    /// # Errors
    ///
    /// What cannot be used; a state that cannot be opened is left as it is.
    pub(crate) fn open(
        directory: &Path,
        quota: u64,
        now: SystemTime,
    ) -> Result<(Self, Option<String>), OpenError> {
        database::prepare_directory(directory)?;
        let state = database::open_state(&directory.join("state.sqlite3"))?;
        let (cache, afresh) = database::open_cache(&directory.join("cache.sqlite3"), now)?;
        let blobs = Blobs::in_directory(&directory.join("blobs"))?;
        let (uses, files) = (Mutex::default(), Mutex::default());
        Ok((Self { inner: Arc::new(Inner { cache, state, blobs, quota, uses, files }) }, afresh))
    }

    /// The newest stored response that answers a request, of those that may be shown to
    /// `partition`: its own and the shared ones.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn lookup(
        &self,
        url: &str,
        partition: &Partition,
        request: &HeaderMap,
        now: SystemTime,
    ) -> Result<Option<Stored>, StoreError> {
        let found = self
            .inner
            .cache
            .read("look up a response", |db| responses::lookup(db, url, partition, request))?;
        let Some((row, content)) = found else { return Ok(None) };
        self.inner.uses.lock().unwrap_or_else(PoisonError::into_inner).insert(row.id, now);
        Ok(self.inner.blobs.load(row, content))
    }

    /// Stores a response whose body is at hand, in place of the one it supersedes.
    ///
    /// # Errors
    ///
    /// What kept it from being stored; what was there before is still there.
    pub(crate) async fn put(
        &self,
        entry: Entry,
        body: Bytes,
        install: Option<i64>,
    ) -> Result<Change, StoreError> {
        let inner = self.inner.clone();
        blocking(move || {
            let body = if body.len() <= INLINE {
                NewBody::Small(body)
            } else {
                NewBody::Written(inner.blobs.begin()?.write(&body)?.finish()?)
            };
            inner.put(&entry, body, install)
        })
        .await
    }

    /// A file for a body that is still arriving.
    ///
    /// # Errors
    ///
    /// What the file system reports.
    pub(crate) async fn begin_blob(&self) -> Result<BlobWriter, StoreError> {
        let inner = self.inner.clone();
        blocking(move || inner.blobs.begin()).await
    }

    /// Stores a response whose body was written to a file.
    ///
    /// # Errors
    ///
    /// As [`Store::put`].
    pub(crate) async fn put_blob(
        &self,
        mut entry: Entry,
        written: Written,
        install: Option<i64>,
    ) -> Result<Change, StoreError> {
        let inner = self.inner.clone();
        blocking(move || {
            entry.digest = written.digest();
            inner.put(&entry, NewBody::Written(written), install)
        })
        .await
    }

    /// Deletes what was stored for one partition.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn forget(&self, partition: Partition) -> Result<(), StoreError> {
        self.write_cache("forget a visitor's pages", move |db| {
            responses::delete_partition(db, &partition)
        })
        .await
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
    pub(crate) async fn invalidate(&self, urls: Vec<String>) -> Result<(), StoreError> {
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
        self.write_cache("clear the cache", |db| responses::delete_browsed(db)).await
    }

    /// The install that serves, by version.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn active_install(&self) -> Result<Option<String>, StoreError> {
        self.inner.cache.read("find the active install", installs::active)
    }

    /// Begins an install or goes on with one that was interrupted; returns its id and
    /// the URLs that are staged already.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn begin_install(
        &self,
        version: String,
    ) -> Result<(i64, Vec<String>), StoreError> {
        self.write_cache("begin an install", move |db| installs::begin(db, &version)).await
    }

    /// Makes an install the one that serves and removes the others, in one transaction.
    ///
    /// # Errors
    ///
    /// What the database reports; the one that served before serves on.
    pub(crate) async fn activate_install(&self, install: i64) -> Result<(), StoreError> {
        self.write_cache("activate an install", move |db| installs::activate(db, install)).await
    }

    /// The cookies that were kept.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn cookies(&self) -> Result<Vec<String>, StoreError> {
        self.inner.state.read("read the cookies", cookies::all)
    }

    /// Keeps these cookies and no others. They are on the disk when this returns.
    ///
    /// # Errors
    ///
    /// What the database reports; the ones kept before are still kept.
    pub(crate) async fn keep_cookies(&self, texts: Vec<String>) -> Result<(), StoreError> {
        let inner = self.inner.clone();
        blocking(move || inner.state.write("keep the cookies", |db| cookies::replace(db, &texts)))
            .await
    }

    /// Removes what a crash may have left: files that no row names, and rows whose file
    /// is gone.
    ///
    /// # Errors
    ///
    /// What the database or the file system reports.
    pub(crate) async fn sweep(&self) -> Result<(), StoreError> {
        let inner = self.inner.clone();
        blocking(move || inner.sweep()).await
    }

    async fn write_cache<T: Send + 'static>(
        &self,
        action: &'static str,
        write: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = self.inner.clone();
        blocking(move || inner.write_cache(action, write)).await
    }
}

impl Inner {
    fn put(
        &self,
        entry: &Entry,
        body: NewBody,
        install: Option<i64>,
    ) -> Result<Change, StoreError> {
        let length = body.length();
        if length > self.quota && install.is_none() {
            // It would push everything else out and then itself.
            return Err(StoreError::TooLarge { length, quota: self.quota });
        }
        let uses = std::mem::take(&mut *self.uses.lock().unwrap_or_else(PoisonError::into_inner));
        // Whoever removes a file or takes one into use holds this: otherwise a file could
        // go that was just named again.
        let _files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let content = match body {
            NewBody::Small(bytes) => Content::Inline(bytes),
            NewBody::Written(written) => Content::Blob(self.blobs.keep(written)?),
        };
        self.write_cache_holding_files("store a response", |db| {
            responses::note_uses(db, &uses)?;
            let before = responses::digest(db, entry, install)?;
            responses::replace(db, entry, &content, install)?;
            responses::evict_beyond(db, self.quota)?;
            Ok(match before {
                None => Change::New,
                Some(digest) if digest == entry.digest => Change::Same,
                Some(_) => Change::Different,
            })
        })
    }

    fn write_cache<T>(
        &self,
        action: &'static str,
        write: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let _files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        self.write_cache_holding_files(action, write)
    }

    /// One transaction; afterwards the files are removed that no row names any more.
    fn write_cache_holding_files<T>(
        &self,
        action: &'static str,
        write: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let (value, unnamed) = self.cache.write(action, |db| {
            let value = write(db)?;
            Ok((value, responses::take_unnamed_blobs(db)?))
        })?;
        for hash in unnamed {
            self.blobs.remove(&hash);
        }
        Ok(value)
    }

    fn sweep(&self) -> Result<(), StoreError> {
        let _files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.cache.read("list the blobs", responses::blobs)?;
        let missing = self.blobs.sweep(&known)?;
        if missing.is_empty() {
            return Ok(());
        }
        self.write_cache_holding_files("remove responses without a body", |db| {
            missing.iter().try_for_each(|hash| responses::delete_with_blob(db, hash))
        })
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    spawn_blocking(work).await.unwrap_or(Err(StoreError::Closing))
}
