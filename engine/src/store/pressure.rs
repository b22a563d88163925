//! The store under pressure: many who write at once, a full disk. Whatever happens, what is
//! counted is what is there, and what is there can be served.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_TYPE, HeaderValue};
use rusqlite::Connection;
use tempfile::TempDir;

use super::blobs::StoredBody;
use super::keeping::NewBody;
use super::tests::{SmallDisk, body, entry};
use super::writer::{Receipt, Subject};
use super::{Change, Entry, INLINE, Store, Terms, Unwanted, installs};
use crate::error::StoreError;
use crate::policy::Partition;
use crate::route::Limits;

/// Room for some dozen bodies.
pub(super) const QUOTA: u64 = 3 << 20;

/// A store in which one route may fill half.
pub(super) fn open(directory: &Path) -> (Store, Option<String>) {
    open_as(directory, "1")
}

/// The same, with this version of the profile.
pub(super) fn open_as(directory: &Path, version: &str) -> (Store, Option<String>) {
    let limits = Limits { max_bytes: Some(QUOTA / 2), ..Limits::default() };
    let limits = [("static".to_owned(), limits)].into();
    let terms =
        Terms { quota: QUOTA, limits, version: version.to_owned(), resets: false, shreds: false };
    Store::open(directory, terms, UNIX_EPOCH).unwrap()
}

/// Stores what `seed` gives at the address of a number, on this thread.
pub(super) fn put(
    store: &Store,
    number: u64,
    (seed, length): (u64, usize),
    install: Option<i64>,
) -> Result<(), StoreError> {
    let receipt = queue(store, number, (seed, length), install)?;
    store.write(receipt).map(|_change| ())
}

fn queue(
    store: &Store,
    number: u64,
    (seed, length): (u64, usize),
    install: Option<i64>,
) -> Result<Receipt<Change>, StoreError> {
    let inner = &store.inner;
    let route = if number.is_multiple_of(3) { "pages" } else { "static" }.to_owned();
    let bytes = body(seed, length);
    let digest = blake3::hash(&bytes).as_bytes().to_vec();
    let mut entry = Entry { route, digest, ..entry(number) };
    let kinds = ["text/html", "image/png", "text/css"].map(HeaderValue::from_static);
    entry
        .headers
        .extend(kinds.into_iter().nth((seed % 3) as usize).map(|kind| (CONTENT_TYPE, kind)));
    let body = if length <= INLINE {
        NewBody::Small(bytes)
    } else {
        let writer = inner.blobs.begin(inner.bounds(&entry.route, install))?;
        NewBody::Written(writer.write(&bytes)?.finish()?)
    };
    let now = entry.fetched_at;
    Ok(inner.put(entry, body, (install, now)))
}

/// Has an install serve that holds a short body and a long one.
pub(super) fn install(store: &Store, version: &str) -> Result<(), StoreError> {
    let inner = &store.inner;
    let of_version = version.to_owned();
    let begin = move |db: &Connection| installs::begin(db, &of_version);
    let (install, _) = inner.write_cache(Subject::small("begin an install"), begin)?;
    put(store, 1000, (1000, 100), Some(install))?;
    put(store, 1001, (1001, 100 << 10), Some(install))?;
    inner.complete_install(install)?;
    inner.write_cache(Subject::small("activate it"), installs::activate_complete)?;
    store.look_who_serves();
    let version = version.to_owned();
    let find = move |db: &Connection| installs::abandoned(db, &version);
    inner.remove_installs(inner.write_cache(Subject::small("find the one before"), find)?)
}

/// What is stored at the address of a number.
pub(super) fn stored(store: &Store, number: u64) -> Option<Bytes> {
    let url = format!("http://127.0.0.1/{number}");
    let found = store
        .lookup((&url, &Partition::Shared, store.serving()), &HeaderMap::new(), UNIX_EPOCH)
        .unwrap()?;
    Some(match found.body {
        StoredBody::Inline(bytes) => bytes,
        StoredBody::File { mut file, .. } => {
            let mut whole = Vec::new();
            std::io::Read::read_to_end(&mut file, &mut whole).unwrap();
            whole.into()
        }
    })
}

/// The names of the files with bodies, of which the content must give the name.
fn files(directory: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for folder in std::fs::read_dir(directory.join("blobs")).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let file = file.unwrap();
            let name = file.file_name().into_string().unwrap();
            let content = blake3::hash(&std::fs::read(file.path()).unwrap());
            assert_eq!(content.to_hex().as_str(), name, "{}", file.path().display());
            names.insert(name);
        }
    }
    names
}

/// Checks everything that must hold of a store that nobody writes to.
#[track_caller]
pub(super) fn check(directory: &Path) {
    let db = Connection::open(directory.join("cache.sqlite3")).unwrap();
    let number = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let text = |sql: &str| db.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(text("PRAGMA integrity_check"), "ok");
    assert!(!db.prepare("PRAGMA foreign_key_check").unwrap().exists([]).unwrap());

    let bytes = number(
        "SELECT (SELECT COALESCE(SUM(length), 0) FROM response WHERE body IS NOT NULL)
              + (SELECT COALESCE(SUM(length), 0) FROM blob)",
    );
    let counted = number("SELECT bytes FROM usage WHERE route = '' AND kind = ''");
    assert_eq!(counted, bytes, "the counter is the sum");
    assert!(bytes.unsigned_abs() <= QUOTA, "{bytes} bytes are more than the quota");
    assert_eq!(number("SELECT COUNT(*) FROM response WHERE length <> length(body)"), 0);
    let counted = "SELECT route, is_installed, partition, entries, bytes FROM usage
                    WHERE partition <> '' ORDER BY 1, 2, 3";
    let summed = "SELECT route, install IS NOT NULL, partition, COUNT(*), SUM(length)
                    FROM response GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";
    assert_eq!(parts(&db, counted), parts(&db, summed), "the counters of the parts as well");
    let counted = "SELECT kind, is_installed, partition, entries, bytes FROM usage
                    WHERE kind <> '' AND (entries <> 0 OR bytes <> 0)";
    let summed = "SELECT COALESCE(CAST(install AS TEXT), kind), install IS NOT NULL, '',
                         COUNT(*), SUM(length)
                    FROM response GROUP BY 1, 2";
    assert_eq!(parts(&db, counted), parts(&db, summed), "and those of the kinds");

    let named = "SELECT DISTINCT blob FROM response WHERE blob IS NOT NULL";
    let named = column(&db, named);
    assert_eq!(column(&db, "SELECT hash FROM blob"), named, "each blob has a response");
    assert_eq!(files(directory), named, "each has its file, and each file its row");
    assert_eq!(number("SELECT COUNT(*) FROM unnamed_blob"), 0);
}

type Parts = BTreeMap<(String, i64, String), (i64, i64)>;

fn parts(db: &Connection, sql: &str) -> Parts {
    let mut parts = db.prepare(sql).unwrap();
    let parts = parts.query_map([], |row| {
        Ok(((row.get(0)?, row.get(1)?, row.get(2)?), (row.get(3)?, row.get(4)?)))
    });
    parts.unwrap().collect::<Result<_, _>>().unwrap()
}

fn column(db: &Connection, sql: &str) -> BTreeSet<String> {
    let mut column = db.prepare(sql).unwrap();
    column.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// Checks that what an install brought is served whole.
#[track_caller]
pub(super) fn check_installed(store: &Store) {
    assert_eq!(stored(store, 1000).unwrap(), body(1000, 100));
    assert_eq!(stored(store, 1001).unwrap(), body(1001, 100 << 10));
}

/// One of several that write and look up what they like, each in its own order.
fn write_some(store: &Store, mut state: u64, rounds: usize) {
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) % below
    };
    for _ in 0..rounds {
        // Long bodies are shared by several addresses, and come and go with them.
        let (number, seed) = (next(60), next(40));
        let length = [100, 30 << 10, 70 << 10, 200 << 10][usize::try_from(seed % 4).unwrap()];
        match put(store, number, (seed, length), None) {
            Ok(()) => {}
            Err(error) => assert!(error.is_disk_full(), "{error:?}"),
        }
        if let Some(found) = stored(store, next(60)) {
            assert!((0..40).any(|seed| found == body(seed, found.len())));
        }
    }
}

/// Four threads store and look up; nobody ever sees more than the quota.
#[test]
fn accounting_is_exact_whoever_writes_at_the_same_time() {
    let directory = TempDir::new().unwrap();
    let (store, _) = open(directory.path());
    install(&store, "1").unwrap();
    thread::scope(|scope| {
        let writers: Vec<_> = (1..=4)
            .map(|state| {
                let store = &store;
                scope.spawn(move || write_some(store, state, 25))
            })
            .collect();
        while writers.iter().any(|writer| !writer.is_finished()) {
            assert!(store.usage().unwrap().bytes <= QUOTA);
            thread::yield_now();
        }
    });
    check(directory.path());
    check_installed(&store);
    assert!(store.usage().unwrap().bytes > QUOTA / 2, "it was worth evicting");
}

/// What is written together may be more than there is room for: the first of it goes again,
/// with its file.
#[test]
fn what_is_written_together_is_evicted_as_if_one_came_after_the_other() {
    let directory = TempDir::new().unwrap();
    let (store, _) = open(directory.path());
    let queue = |number| queue(&store, number, (number, 700 << 10), None).unwrap();
    let receipts: Vec<_> = (0..10).map(queue).collect();
    receipts.into_iter().for_each(|receipt| assert_eq!(store.write(receipt).unwrap(), Change::New));
    check(directory.path());
    assert!(stored(&store, 9).is_some() && stored(&store, 0).is_none());
}

/// What is stored when the clock was set back is newer than what was there, and not the first
/// to go; nor after the next start.
#[test]
fn clock_that_was_set_back_makes_nothing_old() {
    let directory = TempDir::new().unwrap();
    let (store, _) = open(directory.path());
    let put = |store: &Store, number| put(store, number, (number, 500 << 10), None).unwrap();
    (51..=55).for_each(|number| put(&store, number));
    put(&store, 1);
    drop(store);
    let (store, _) = open(directory.path());
    put(&store, 2);
    let left: Vec<_> = [51, 52, 53, 54, 55, 1, 2]
        .into_iter()
        .filter(|number| stored(&store, *number).is_some())
        .collect();
    assert_eq!(left, [51, 54, 55, 1, 2], "51 and 54 have a route of their own");
}

/// Look-ups without a pause keep transactions, and the log is emptied all the same: it does not
/// grow with what is written.
#[test]
fn log_stays_short_however_much_is_looked_up() {
    let directory = TempDir::new().unwrap();
    let (store, _) = open(directory.path());
    let is_done = AtomicBool::new(false);
    let longest = thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !is_done.load(Ordering::Relaxed) {
                    (0..10).for_each(|number| drop(stored(&store, number)));
                }
            });
        }
        let mut longest = 0;
        for number in 0..250 {
            put(&store, number % 20, (number, 60 << 10), None).unwrap();
            store.inner.writer.shorten_log();
            longest = longest.max(store.inner.cache.log_length());
        }
        is_done.store(true, Ordering::Relaxed);
        longest
    });
    assert!(longest < 8 << 20, "{longest} bytes, of some fifteen million that were written");
    check(directory.path());
}

/// A disk that others fill up again and again: what cannot be stored is not, and the rest is
/// as exact as ever.
#[test]
fn accounting_is_exact_on_a_full_disk() {
    let Some(disk) = SmallDisk::mount() else { return };
    let (store, _) = open(disk.path());
    install(&store, "1").unwrap();
    let other = disk.path().join("other");
    for round in 0..6 {
        let mut file = std::fs::File::create(&other).unwrap();
        while std::io::Write::write_all(&mut file, &[1; 4096]).is_ok() {}
        thread::scope(|scope| {
            for writer in 1..=2 {
                let store = &store;
                scope.spawn(move || write_some(store, round * 2 + writer, 15));
            }
        });
        check_installed(&store);
        std::fs::remove_file(&other).unwrap();
        check(disk.path());
    }
    drop(store);
    let (store, afresh) = open(disk.path());
    assert_eq!(afresh, None);
    check_installed(&store);
    store.inner.sweep().unwrap();
    check(disk.path());
    write_some(&store, 1, 30);
    check(disk.path());
}

/// A page for which a full disk has no room is not saved: the copy before is as whole as it was,
/// and nothing is left of the other.
#[tokio::test]
async fn full_disk_leaves_the_copy_before() {
    let Some(disk) = SmallDisk::mount() else { return };
    let (store, _) = open(disk.path());
    let begin = || store.begin_copy("page".to_owned());
    let complete = |copy| store.complete_copy(("page".to_owned(), copy), Vec::new(), UNIX_EPOCH);
    let first = begin().await.unwrap();
    put(&store, 2000, (2000, 100), Some(first)).unwrap();
    put(&store, 2001, (2001, 300 << 10), Some(first)).unwrap();
    assert!(complete(first).await.unwrap());

    let second = begin().await.unwrap();
    let parts = (2000..2040).map(|number| (number, (number + 100, 300 << 10)));
    let mut stored_parts = parts.map(|(number, body)| put(&store, number, body, Some(second)));
    let error = stored_parts.find_map(Result::err).unwrap();
    assert!(error.is_disk_full(), "{error:?}");
    drop(stored_parts);
    let is_as_before = || {
        stored(&store, 2000).unwrap() == body(2000, 100)
            && stored(&store, 2001).unwrap() == body(2001, 300 << 10)
    };
    assert!(is_as_before());
    store.delete_copies("page".to_owned(), Unwanted::Unfinished).await.unwrap();
    check(disk.path());
    assert!(is_as_before() && stored(&store, 2002).is_none());

    let third = begin().await.unwrap();
    put(&store, 2000, (3000, 100), Some(third)).unwrap();
    assert!(complete(third).await.unwrap());
    assert!(stored(&store, 2000).unwrap() == body(3000, 100), "there is room again");
    check(disk.path());
}
