//! What was looked up a moment ago, in memory.
//!
//! A page's parts are asked for again with each page, mostly with no write in between. Any
//! write makes everything here out of date: that is simple and never wrong, and between two
//! writes there are many reads. quick_cache, because it is the quickest where it is slowest.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::responses::{Found, Lies};
use crate::policy::Partition;

/// How many bytes of bodies are held.
const ROOM: u64 = 16 << 20;
/// About how many responses that is.
const ENTRIES: usize = 4096;
/// For how long an entry is trusted: another process may write to the same directory.
const TRUST: Duration = Duration::from_secs(1);

/// Entries of a header map that are taken out of each copy of it, and leave room for what is
/// said of every hit: its age, its length and its cache status. A copy has room for as many
/// entries as there are, and would be copied twice more to grow.
static SPACES: [HeaderName; 3] = [
    HeaderName::from_static("holdfast-space-1"),
    HeaderName::from_static("holdfast-space-2"),
    HeaderName::from_static("holdfast-space-3"),
];

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

/// The responses, by URL and partition.
pub(super) struct Hot {
    entries: Cache<(String, Partition), Entry, ByLength>,
    writes: Writes,
}

#[derive(Clone)]
struct Entry {
    /// Its headers with [`SPACES`].
    row: Arc<Found>,
    body: Bytes,
    /// How many writes there had been when it was read, and when that was.
    writes: u64,
    read_at: SystemTime,
}

#[derive(Debug, Clone)]
struct ByLength;

impl Weighter<(String, Partition), Entry> for ByLength {
    fn weight(&self, (url, _): &(String, Partition), entry: &Entry) -> u64 {
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
        url: &str,
        partition: &Partition,
        request: &HeaderMap,
        now: SystemTime,
    ) -> Option<(Found, Lies)> {
        let entry = self.entries.get(&(url.to_owned(), partition.clone()))?;
        let is_recent = now.duration_since(entry.read_at).is_ok_and(|age| age < TRUST);
        let holds = entry.writes == self.writes.count() && is_recent;
        if !holds || !entry.row.variant.matches(request) {
            return None;
        }
        let mut row = Found::clone(&entry.row);
        // From the last one on, or it would change places with one that stays.
        for name in SPACES.iter().rev() {
            row.headers.remove(name);
        }
        Some((row, Lies::InRow(entry.body)))
    }

    /// Holds what the database gave when there had been `writes`.
    pub(super) fn hold(
        &self,
        (url, partition): (&str, &Partition),
        (row, body): (&Found, &Lies),
        writes: u64,
        read_at: SystemTime,
    ) {
        // One that others come before is not what every request that it matches would get.
        let Lies::InRow(body) = body else { return };
        if row.is_first {
            let mut row = row.clone();
            let spaces = SPACES.iter().map(|name| (name.clone(), HeaderValue::from_static("")));
            row.headers.extend(spaces);
            let entry = Entry { row: Arc::new(row), body: body.clone(), writes, read_at };
            self.entries.insert((url.to_owned(), partition.clone()), entry);
        }
    }
}
