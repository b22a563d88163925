//! What was looked up more than once a moment ago, in memory.
//!
//! A page's parts are asked for again with each page, mostly with no write in between. Any
//! write makes everything here out of date: that is simple and never wrong, and between two
//! writes there are many reads. What is looked up for the first time since one is not held yet:
//! to copy it would take half as long as to find it, and mostly be in vain. quick_cache,
//! because it is the quickest where it is slowest.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{AGE, CONTENT_LENGTH, HeaderMap, HeaderValue};
use quick_cache::sync::Cache;
use quick_cache::{Equivalent, Weighter};

use super::responses::{Found, Lies};
use crate::clients::Installed;
use crate::policy::Partition;

/// How many bytes of bodies are held.
const ROOM: u64 = 16 << 20;
/// About how many responses that is.
const ENTRIES: usize = 4096;
/// For how long an entry is trusted: another process may write to the same directory.
const TRUST: Duration = Duration::from_secs(1);

/// Counts the writes to a database.
#[derive(Debug, Default, Clone)]
pub(super) struct Writes(Arc<AtomicU64>);

impl Writes {
    /// A transaction has ended.
    pub(super) fn note(&self) {
        self.0.fetch_add(1, Ordering::Release);
    }

    /// How many there were: what was read before another one may be out of date.
    pub(super) fn count(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

/// What the responses are found by: URL, whose they are, and the install that serves.
type Key = (String, Partition, Installed);

/// The same, of somebody else.
#[derive(Hash)]
struct Asked<'a>(&'a str, &'a Partition, Installed);

impl Equivalent<Key> for Asked<'_> {
    fn equivalent(&self, (url, partition, installed): &Key) -> bool {
        (self.0, self.1, self.2) == (url.as_str(), partition, *installed)
    }
}

/// The responses.
pub(super) struct Hot {
    entries: Cache<Key, Entry, ByLength>,
    writes: Writes,
}

#[derive(Clone)]
struct Entry {
    row: Arc<Found>,
    body: Bytes,
    /// How many writes there had been when it was read, and when that was.
    writes: u64,
    read_at: SystemTime,
}

#[derive(Debug, Clone)]
struct ByLength;

impl Weighter<Key, Entry> for ByLength {
    fn weight(&self, (url, ..): &Key, entry: &Entry) -> u64 {
        (url.len() + entry.body.len()) as u64 + 512
    }
}

impl Hot {
    pub(super) fn following(writes: Writes) -> Self {
        Self { entries: Cache::with_weighter(ENTRIES, ROOM, ByLength), writes }
    }

    /// What the database would give, if it was asked for the same a moment ago.
    pub(super) fn get(
        &self,
        (url, partition, installed): (&str, &Partition, Installed),
        request: &HeaderMap,
        now: SystemTime,
    ) -> Option<(Found, Lies)> {
        let entry = self.entries.get(&Asked(url, partition, installed))?;
        let is_recent = now.duration_since(entry.read_at).is_ok_and(|age| age < TRUST);
        let holds = entry.writes == self.writes.count() && is_recent;
        (holds && entry.row.variant.matches(request))
            .then(|| (Found::clone(&entry.row), Lies::InRow(entry.body.clone())))
    }

    /// Holds what the database gave when there had been `writes`.
    pub(super) fn hold(
        &self,
        (url, partition, installed): (&str, &Partition, Installed),
        (row, body): (&Found, &Lies),
        writes: u64,
        read_at: SystemTime,
    ) {
        // One that others come before is not what every request that it matches would get.
        let Lies::InRow(body) = body else { return };
        if row.is_first {
            let mut row = row.clone();
            // What each answer says anew has its place: to make room for it then would take as
            // long as all the rest, and a full map makes room also for a name that it has.
            row.headers.entry(AGE).or_insert(HeaderValue::from_static("0"));
            row.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
            row.headers.reserve(1);
            let entry = Entry { row: Arc::new(row), body: body.clone(), writes, read_at };
            let key = (url.to_owned(), partition.clone(), installed);
            self.entries.insert(key, entry);
        }
    }
}
