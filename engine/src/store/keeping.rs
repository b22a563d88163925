//! How the two databases, the files and the profile's limits work together.

use std::cell::Cell;
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::HeaderMap;
use rusqlite::Connection;

use super::blobs::{Blobs, Bounds, Written};
use super::database::{self, Database};
use super::hot::Hot;
use super::installs::Activation;
use super::reserve::Reserve;
use super::responses::{self, Content, Entry, Stored};
use super::shredding::Shredding;
use super::state::State;
use super::writer::{Receipt, Subject, Writer};
use super::{Change, Terms, eviction, installs};
use crate::clients::Installed;
use crate::error::{OpenError, StoreError, in_full};
use crate::policy::Partition;
use crate::time::{from_unix_ms, to_unix_ms};

/// Everything that clones of a store share.
pub(super) struct Inner {
    pub(super) cache: Arc<Database>,
    pub(super) writer: Arc<Writer>,
    pub(super) state: Arc<State>,
    pub(super) blobs: Arc<Blobs>,
    pub(super) terms: Arc<Terms>,
    /// Where what is somebody's is sealed.
    pub(super) shredding: Option<Shredding>,
    /// What was looked up a moment ago.
    hot: Hot,
    /// What look-ups have seen since the last write: a hit writes nothing.
    seen: Mutex<Seen>,
    /// When something was used last, in milliseconds: what is stored is newer than all there
    /// is, also after the clock was set back.
    newest: AtomicI64,
}

/// Rows by their id.
#[derive(Debug, Default)]
struct Seen {
    /// When they were used.
    used: HashMap<i64, SystemTime>,
    /// Those that were too old, and of when they were.
    expired: HashMap<i64, i64>,
}

/// As many uses are written along with something else, so that nobody waits long for the rest.
const USES_AT_ONCE: usize = 256;

impl Seen {
    /// What is written next.
    fn take(&mut self) -> Self {
        let used = self.used.extract_if(|_id, _at| true).take(USES_AT_ONCE).collect();
        Self { used, expired: std::mem::take(&mut self.expired) }
    }

    fn write(&self, db: &Connection) -> rusqlite::Result<()> {
        responses::note_uses(db, &self.used)?;
        eviction::delete_expired(db, &self.expired)
    }
}

/// A body that is to be stored.
pub(super) enum NewBody {
    Small(Bytes),
    Written(Written),
}

/// The version that began to serve, and why the cache was emptied.
type Settled = (Option<String>, Option<String>);

impl Inner {
    pub(super) fn open(
        directory: &Path,
        terms: Terms,
        now: SystemTime,
    ) -> Result<(Self, Option<String>), OpenError> {
        database::prepare_directory(directory)?;
        let state = Arc::new(State::open(directory)?);
        let reserve = Reserve::at(directory.join("cache.reserve"));
        let (cache, afresh) =
            database::open_cache(&directory.join("cache.sqlite3"), &reserve, now)?;
        state.set_room_aside();
        let cache = Arc::new(cache);
        let blobs = Arc::new(Blobs::in_directory(&directory.join("blobs"), &state.sender)?);
        let writer = Arc::new(Writer::new(cache.clone(), blobs.clone(), reserve));
        let hot = Hot::following(cache.held().writes().clone());
        let shredding = terms.shreds.then(Shredding::begin);
        let (terms, seen) = (Arc::new(terms), Mutex::default());
        // One that cannot be read shows its damage when something is looked up.
        let newest = AtomicI64::new(eviction::newest(&cache.writer()).unwrap_or_default());
        let inner = Self { cache, writer, state, blobs, terms, shredding, hot, seen, newest };
        Ok((inner, afresh))
    }

    /// Empties the cache if the profile asks for it, and makes an install serve that was
    /// complete when the program ended.
    #[tracing::instrument(level = "debug", name = "settle the installs", skip_all)]
    pub(super) fn settle_installs(&self) -> Result<Settled, StoreError> {
        let terms = self.terms.clone();
        let subject = Subject::small("settle the installs");
        let (settled, abandoned) = self.write_cache(subject, move |db| {
            let version = &terms.version;
            let emptied = (terms.resets && installs::reset(db, version)?)
                .then(|| format!("the profile of version {version} asks for it"));
            let activated = match installs::active(db)? {
                // The person has gone back to what serves already.
                Some(active) if active == *version => None,
                Some(_) | None => installs::activate_complete(db)?,
            };
            Ok(((activated, emptied), installs::abandoned(db, version)?))
        })?;
        self.remove_installs(abandoned)?;
        Ok(settled)
    }

    /// Removes installs with their responses. Nobody finds them from then on, and that is on the
    /// disk before their files go: rows come back when the power fails, and files do not.
    pub(super) fn remove_installs(&self, ids: Vec<i64>) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let given_up = ids.clone();
        self.write_cache(Subject::small("give installs up"), move |db| {
            given_up.iter().try_for_each(|id| installs::give_up(db, *id))
        })?;
        self.cache.sync_log()?;
        self.write_cache(Subject::small("remove installs"), move |db| {
            ids.iter().try_for_each(|id| installs::delete(db, *id))
        })
    }

    pub(super) fn lookup(
        &self,
        (url, partition, installed): (&str, &Partition, Installed),
        request: &HeaderMap,
        now: SystemTime,
    ) -> Result<Option<Stored>, StoreError> {
        match (&self.shredding, partition) {
            (None, _) | (_, Partition::Shared) => {
                self.lookup_as_stored((url, partition, installed), request, now)
            }
            (Some(shredding), Partition::Of(_)) => {
                let place = (url, partition, installed);
                self.lookup_sealed(shredding, place, request, now)
            }
        }
    }

    /// What is sealed for somebody, or what everybody is shown if that is newer.
    fn lookup_sealed(
        &self,
        shredding: &Shredding,
        (url, partition, installed): (&str, &Partition, Installed),
        request: &HeaderMap,
        now: SystemTime,
    ) -> Result<Option<Stored>, StoreError> {
        let shared = self.lookup_as_stored((url, &Partition::Shared, installed), request, now)?;
        let Some(sealed) = shredding.url(url) else { return Ok(shared) };
        let find = |partition: &Partition| {
            let found = self.lookup_as_stored((&sealed, partition, installed), request, now)?;
            Ok(found.and_then(|found| shredding.open((&sealed, partition), found)))
        };
        match (find(partition)?, shared) {
            (Some(own), Some(shared)) if own.fetched_at < shared.fetched_at => Ok(Some(shared)),
            (Some(own), _) => Ok(Some(own)),
            (None, Some(shared)) => Ok(Some(shared)),
            (None, None) => partition.before().map_or(Ok(None), |before| find(&before)),
        }
    }

    fn lookup_as_stored(
        &self,
        (url, partition, installed): (&str, &Partition, Installed),
        request: &HeaderMap,
        now: SystemTime,
    ) -> Result<Option<Stored>, StoreError> {
        if let Some((row, content)) = self.hot.get((url, partition, installed), request, now) {
            self.note_use(row.id, now);
            return Ok(self.blobs.load(row, content));
        }
        let writes = self.cache.held().writes().count();
        let ages = Cell::new(false);
        let is_expired = |id, route: &str, fetched_at_ms| {
            let age = now.duration_since(from_unix_ms(fetched_at_ms)).unwrap_or(Duration::ZERO);
            let max_age = self.terms.limits.get(route).and_then(|limits| limits.max_age);
            // How old it is has to be looked at each time.
            ages.set(ages.get() || max_age.is_some());
            let is_expired = max_age.is_some_and(|max_age| age > max_age);
            if is_expired {
                lock(&self.seen).expired.insert(id, fetched_at_ms);
            }
            is_expired
        };
        let found = self.cache.look("look up a response", now, |db| {
            responses::lookup(db, (url, partition, installed), request, is_expired)
        })?;
        let Some((row, content)) = found else { return Ok(None) };
        let is_looked_up_again = self.note_use(row.id, now);
        if is_looked_up_again && !ages.get() {
            self.hot.hold((url, partition, installed), (&row, &content), writes, now);
        }
        Ok(self.blobs.load(row, content))
    }

    /// Notes that a row was used: in memory, until something is written anyway. Whether it
    /// was before, since then.
    fn note_use(&self, id: i64, now: SystemTime) -> bool {
        #[cfg(feature = "bench")]
        if super::IGNORES_USE.load(Ordering::Relaxed) {
            return true;
        }
        lock(&self.seen).used.insert(id, now).is_some()
    }

    /// What a body of a route may come to, which is no question for what is installed.
    pub(super) fn bounds(&self, route: &str, install: Option<i64>) -> Bounds {
        let (terms, route, writer) = (self.terms.clone(), route.to_owned(), self.writer.clone());
        let check = move |length| match install {
            Some(_) => Ok(()),
            None => check(&terms, &route, length),
        };
        let make_room = move |bytes| writer.make_room(bytes);
        Bounds { check: Box::new(check), make_room: Box::new(make_room) }
    }

    /// Queues a response to be stored.
    pub(super) fn put(
        self: &Arc<Self>,
        entry: Entry,
        body: NewBody,
        (install, now): (Option<i64>, SystemTime),
    ) -> Receipt<Change> {
        let action = "store a response";
        let (bytes, blob) = match &body {
            NewBody::Small(bytes) => (bytes.len() as u64, None),
            NewBody::Written(written) => (written.length(), Some(written.name())),
        };
        let limits = match install {
            Some(_) => None,
            None => self.terms.limits.get(&entry.route).copied(),
        };
        let now = to_unix_ms(now);
        let used_at_ms = now.max(self.newest.fetch_max(now, Ordering::Relaxed));
        let (inner, mut content, mut seen) = (self.clone(), None, None);
        self.writer.queue(Subject { action, bytes, blob }, move |db| {
            let content = match &mut content {
                // A second run finds the file under its name.
                Some(content) => &*content,
                none => none.insert(match &body {
                    NewBody::Small(bytes) => Content::Inline(bytes.clone()),
                    NewBody::Written(written) => Content::Blob(inner.blobs.keep(written)?),
                }),
            };
            let seen = seen.get_or_insert_with(|| lock(&inner.seen).take());
            let replace = || {
                seen.write(db)?;
                let before = responses::before(db, &entry, install)?;
                responses::replace(db, (&before, &entry), content, (install, used_at_ms))?;
                if let Some(limits) = &limits {
                    eviction::evict_of_route(db, &entry.route, limits)?;
                }
                eviction::evict_beyond(db, inner.terms.quota)?;
                Ok(match before.digest {
                    None => Change::New,
                    Some(digest) if digest == entry.digest => Change::Same,
                    Some(_) => Change::Different,
                })
            };
            replace().map_err(|source| inner.cache.failed(action, source))
        })
    }

    /// Writes what look-ups have seen, all of it.
    pub(super) fn write_seen(&self) {
        loop {
            let seen = lock(&self.seen).take();
            if seen.used.is_empty() && seen.expired.is_empty() {
                return;
            }
            let subject = Subject::small("note what was used");
            if let Err(error) = self.write_cache(subject, move |db| seen.write(db)) {
                tracing::debug!(error = in_full(&error), "what was used last goes first");
                return;
            }
        }
    }

    /// Queues a write.
    pub(super) fn queue<T: Send + 'static>(
        &self,
        subject: Subject,
        write: impl Fn(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Receipt<T> {
        let (cache, action) = (self.cache.clone(), subject.action);
        self.writer
            .queue(subject, move |db| write(db).map_err(|source| cache.failed(action, source)))
    }

    /// Writes and waits for the end, on a thread that may wait.
    pub(super) fn write_cache<T: Send + 'static>(
        &self,
        subject: Subject,
        write: impl Fn(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (cache, action) = (self.cache.clone(), subject.action);
        self.writer
            .write(subject, move |db| write(db).map_err(|source| cache.failed(action, source)))
    }

    /// Has all bodies under their names on the disk.
    pub(super) fn sync_bodies(&self) -> Result<(), StoreError> {
        self.blobs.sync_names()
    }

    /// Notes that an install is complete. Its files have their names on the disk before, and
    /// all of it is there when this returns: rows reach it in the order of their writing.
    pub(super) fn complete_install(&self, install: i64) -> Result<Activation, StoreError> {
        self.sync_bodies()?;
        let subject = Subject::small("complete an install");
        let activation = self.write_cache(subject, move |db| installs::complete(db, install))?;
        self.cache.sync_log()?;
        Ok(activation)
    }

    pub(super) fn sweep(&self) -> Result<(), StoreError> {
        let (cache, blobs) = (self.cache.clone(), self.blobs.clone());
        let action = "remove what no response names";
        // Nobody gives a file its name while this runs.
        self.writer.write(Subject::small(action), move |db| {
            let failed = |source| cache.failed(action, source);
            let missing = blobs.sweep(&responses::blobs(db).map_err(failed)?)?;
            let mut missing = missing.iter();
            missing.try_for_each(|hash| responses::delete_with_blob(db, hash)).map_err(failed)
        })
    }
}

fn check(terms: &Terms, route: &str, length: u64) -> Result<(), StoreError> {
    let limits = terms.limits.get(route);
    if let Some(limit) = limits.and_then(|limits| limits.max_entry_bytes)
        && length > limit
    {
        return Err(StoreError::TooLargeForRoute { route: route.to_owned(), limit });
    }
    if length > terms.quota {
        // It would push everything else out and then itself.
        return Err(StoreError::TooLarge { length, quota: terms.quota });
    }
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
