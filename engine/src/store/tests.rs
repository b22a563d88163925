//! The store by itself: disks that are full, and writes that come together.

use std::path::Path;
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use http::header::HeaderValue;
use http::{HeaderMap, StatusCode};
use tempfile::TempDir;

use super::database::Database;
use super::*;
use crate::policy::storability;
use crate::policy::{Follows, Rules, Sharing, Variant, Visitor};
use crate::request::{Destination, Request};

const QUOTA: u64 = 256 << 20;

fn open(directory: &Path) -> Store {
    let terms = Terms { quota: QUOTA, ..Terms::default() };
    Store::open(directory, terms, UNIX_EPOCH).unwrap().0
}

fn variant() -> Variant {
    let url = url::Url::parse("http://127.0.0.1/").unwrap();
    let request = Request::get(url, Destination::Image).without_body();
    let rules = Rules {
        honours_no_store: true,
        knows_visitors: true,
        follows: Follows::Profile,
        sharing: Sharing::Private,
    };
    let headers = HeaderMap::new();
    let place = storability(&request, &Visitor::Anonymous, StatusCode::OK, &headers, rules);
    place.unwrap().1
}

impl Store {
    /// Waits for a write where nothing else runs.
    pub(super) fn write<T>(&self, receipt: Receipt<T>) -> Result<T, StoreError> {
        if let Some(attendant) = self.inner.writer.attendant() {
            attendant.run();
        }
        futures::executor::block_on(receipt.result())
    }
}

/// A response that was fetched so many seconds after the beginning.
pub(super) fn entry(number: u64) -> Entry {
    Entry {
        url: format!("http://127.0.0.1/{number}"),
        partition: Partition::Shared,
        variant: variant(),
        route: "static".to_owned(),
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        head_at: None,
        fetched_at: UNIX_EPOCH + Duration::from_secs(number),
        digest: Vec::new(),
    }
}

/// A body that no other number has.
pub(super) fn body(number: u64, length: usize) -> Bytes {
    number.to_le_bytes().into_iter().cycle().take(length).collect()
}

fn holds(store: &Store, number: u64) -> bool {
    let url = format!("http://127.0.0.1/{number}");
    store
        .lookup((&url, &Partition::Shared, store.serving()), &HeaderMap::new(), UNIX_EPOCH)
        .unwrap()
        .is_some()
}

fn files(directory: &Path) -> usize {
    let mut count = 0;
    for folder in std::fs::read_dir(directory.join("blobs")).unwrap() {
        count += std::fs::read_dir(folder.unwrap().path()).unwrap().count();
    }
    count
}

/// Lets a database grow by so many pages and no further.
fn fill(database: &Database, spare: i64) {
    let db = database.writer();
    let pages: i64 = db.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    let sql = format!("PRAGMA max_page_count = {}", pages + spare);
    db.query_row(&sql, [], |_| Ok(())).unwrap();
}

/// The disk's own limit is met like the quota: what was used longest ago goes, in shares, and
/// every response is stored.
#[tokio::test]
async fn full_disk_evicts_what_was_used_longest_ago() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    fill(&store.inner.cache, 750);
    for number in 0..100 {
        store.put(entry(number), body(number, 60 << 10), None).await.unwrap();
    }
    let held: Vec<u64> = (0..100).filter(|number| holds(&store, *number)).collect();
    assert!((20..50).contains(&held.len()), "{held:?}");
    assert_eq!(held, (100 - held.len() as u64..100).collect::<Vec<_>>());
}

/// There is nothing to evict, so the response is not stored, nothing of it is left, and what
/// is installed is still there.
#[tokio::test]
async fn full_disk_without_anything_to_evict_leaves_nothing_half_stored() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    let (install, _) = store.begin_install("1".to_owned()).await.unwrap();
    store.put(entry(1), body(1, 100 << 10), Some(install)).await.unwrap();
    store.complete_install(install).await.unwrap();
    fill(&store.inner.cache, 0);
    let mut large = entry(2);
    let long = HeaderValue::try_from("x".repeat(60 << 10)).unwrap();
    large.headers.insert("x-long", long);
    let error = store.put(large, body(2, 100 << 10), None).await.unwrap_err();
    let reason = crate::error::in_full(&error);
    assert!(error.is_disk_full(), "{reason}");
    assert!(reason.starts_with("the database could not store a response: "), "{reason}");
    assert!(reason.contains("disk is full"), "{reason}");
    assert!(holds(&store, 1));
    assert!(!holds(&store, 2));
    assert_eq!(files(directory.path()), 1, "the file of what is installed");
}

/// What is set aside for the state is given up when a write to it meets a full disk, and set
/// aside again at the next start.
#[tokio::test]
async fn state_gives_up_its_reserve_on_a_full_disk() {
    let directory = TempDir::new().unwrap();
    let reserve = directory.path().join("state.reserve");
    let store = open(directory.path());
    assert_eq!(std::fs::metadata(&reserve).unwrap().len(), 1 << 20);
    store.keep_cookies(vec!["a=1".to_owned()]).await.unwrap();
    assert!(reserve.exists());
    fill(&store.inner.state.database, 0);
    let many = vec!["b=2; ".repeat(10_000)];
    let error = store.keep_cookies(many.clone()).await.unwrap_err();
    assert!(error.is_disk_full(), "{error}");
    assert!(!reserve.exists());
    assert_eq!(store.cookies().unwrap(), ["a=1"]);
    drop(store);
    let store = open(directory.path());
    assert!(reserve.exists());
    store.keep_cookies(many.clone()).await.unwrap();
    assert_eq!(store.cookies().unwrap(), many);
}

/// A file system of eight megabytes, gone when it is dropped.
pub(super) struct SmallDisk(TempDir);

impl SmallDisk {
    /// `None` where tests have no right to mount one.
    pub(super) fn mount() -> Option<Self> {
        let directory = TempDir::new().unwrap();
        let mut mount = std::process::Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=8m", "holdfast-test"]).arg(directory.path());
        let is_mounted = mount.output().is_ok_and(|output| output.status.success());
        is_mounted.then_some(Self(directory))
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(self.0.path()).output();
    }
}

/// On a disk that others fill up the engine goes on storing by evicting, small bodies and
/// large ones, and the state is written whatever happens.
#[tokio::test]
async fn really_full_disk_stores_on_and_keeps_the_state() {
    let Some(disk) = SmallDisk::mount() else { return };
    let store = open(disk.path());
    for number in 0..60 {
        let length = if number % 2 == 0 { 40 << 10 } else { 300 << 10 };
        store.put(entry(number), body(number, length), None).await.unwrap();
    }
    assert!(holds(&store, 59) && !holds(&store, 1));
    // Somebody else takes what is left.
    let mut other = std::fs::File::create(disk.path().join("other")).unwrap();
    while std::io::Write::write_all(&mut other, &[1; 4096]).is_ok() {}
    let cookies = vec!["b=2; ".repeat(10_000)];
    store.keep_cookies(cookies.clone()).await.unwrap();
    assert_eq!(store.cookies().unwrap(), cookies);
    let mut writer = store.begin_blob(("static", &Partition::Shared), None, None).await.unwrap();
    for piece in 0..4 {
        writer = writer.write(&body(1000 + piece, 64 << 10)).unwrap();
    }
    let now = UNIX_EPOCH + Duration::from_secs(100);
    store.put_blob(entry(100), writer.finish().unwrap(), (None, now)).await.unwrap();
    assert!(holds(&store, 100));
}

/// Three writes wait for the writer: one of them takes the others along, nobody sees the
/// first before the last is done, and the one that fails fails alone.
#[test]
fn writes_that_wait_share_a_transaction_and_fail_alone() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    let is_begun = |db: &Connection, version: &str| {
        db.query_row("SELECT count(*) FROM install WHERE version = ?1", [version], |row| {
            row.get::<_, i64>(0)
        })
    };
    let held = store.inner.cache.writer();
    let results: Vec<Result<i64, StoreError>> = thread::scope(|scope| {
        let threads: Vec<_> = ["a", "b", "c"]
            .into_iter()
            .enumerate()
            .map(|(at, version)| {
                let inner = &store.inner;
                let begun = scope.spawn(move || {
                    let cache = inner.cache.clone();
                    inner.write_cache(Subject::small("begin an install"), move |db| {
                        installs::begin(db, version)?;
                        if version == "b" {
                            return Err(rusqlite::Error::InvalidQuery);
                        }
                        Ok(cache.read("look", |db| is_begun(db, "a")).unwrap())
                    })
                });
                while inner.writer.waiting() <= at {
                    thread::yield_now();
                }
                begun
            })
            .collect();
        drop(held);
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(matches!(results[0], Ok(0)), "{results:?}");
    assert!(matches!(results[1], Err(StoreError::Database { .. })), "{results:?}");
    assert!(matches!(results[2], Ok(0)), "{results:?}");
    let begun = |version| store.inner.cache.read("look", |db| is_begun(db, version)).unwrap();
    assert_eq!(["a", "b", "c"].map(begun), [1, 0, 1]);
}

/// Where a runtime has several threads, writes are done by who asks first, and those that are
/// as far are written along; also if that one goes away before it has begun.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_at_once_are_seen_to_by_the_first_of_them() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    let mut gone = Box::pin(store.put(entry(0), body(0, 100), None));
    assert!(futures::poll!(&mut gone).is_pending());
    drop(gone);
    assert!(holds(&store, 0));
    let puts = (1..100).map(|number| store.put(entry(number), body(number, 100), None));
    let writes = store.inner.cache.held().writes().count();
    futures::future::try_join_all(puts).await.unwrap();
    assert!((1..100).all(|number| holds(&store, number)));
    assert_eq!(store.inner.cache.held().writes().count() - writes, 1, "in one transaction");
    store.close().await;
}

/// When something was used is known after the end as well; and however much was, nobody waits
/// for all of it to be written.
#[tokio::test]
async fn uses_are_written_in_parts_and_all_of_them_at_the_end() {
    let directory = TempDir::new().unwrap();
    let used_after = |number: i64| {
        let sql = "SELECT count(*) FROM response WHERE used_at_ms = ?1";
        let db = rusqlite::Connection::open(directory.path().join("cache.sqlite3")).unwrap();
        db.query_row(sql, [number * 1000], |row| row.get::<_, i64>(0)).unwrap()
    };
    let store = open(directory.path());
    for number in 0..600 {
        store.put(entry(number), body(number, 10), None).await.unwrap();
    }
    let now = UNIX_EPOCH + Duration::from_secs(1000);
    for number in 0..600 {
        let url = format!("http://127.0.0.1/{number}");
        store.lookup((&url, &Partition::Shared, None), &HeaderMap::new(), now).unwrap().unwrap();
    }
    store.put(entry(600), body(600, 10), None).await.unwrap();
    assert_eq!(used_after(1000), 256);
    store.close().await;
    assert_eq!(used_after(1000), 600);
}

/// A commit never takes the log into the database: that happens beside, and then the log is
/// short again.
#[tokio::test(start_paused = true)]
async fn long_log_is_taken_into_the_database_off_the_way() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    let mut longest = 0;
    for number in 0..100 {
        store.put(entry(number), body(number, 60 << 10), None).await.unwrap();
        longest = longest.max(store.inner.cache.log_length());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!((4 << 20..6 << 20).contains(&longest), "{longest}");
    assert!(store.inner.cache.log_length() < 4 << 20);
    store.close().await;
    assert_eq!(store.inner.cache.log_length(), 0);
    assert!(holds(&store, 0) && holds(&store, 99));
}

/// Look-ups keep what they see, and with it the log; whoever empties that has them let go.
#[tokio::test]
async fn log_is_emptied_although_look_ups_keep_what_they_see() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    for number in 0..10 {
        store.put(entry(number), body(number, 60 << 10), None).await.unwrap();
        assert!(holds(&store, number));
        assert!(store.inner.cache.log_length() > 0);
        store.inner.writer.checkpoint();
        assert_eq!(store.inner.cache.log_length(), 0);
        assert!(holds(&store, 100) || holds(&store, number));
    }
    store.put(entry(10), body(10, 60 << 10), None).await.unwrap();
    assert!(holds(&store, 10));
    // What a full disk needs at once, while the writer is held.
    store.inner.writer.make_room(1).unwrap();
    assert_eq!(store.inner.cache.log_length(), 0);
}

/// What was looked up is remembered for a moment, and until the next write.
#[tokio::test]
async fn what_is_remembered_is_what_is_stored() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let body = |now: u64, number: u64| {
        let now = UNIX_EPOCH + Duration::from_secs(now);
        let url = format!("http://127.0.0.1/{number}");
        let found = store
            .lookup((&url, &Partition::Shared, store.serving()), &HeaderMap::new(), now)
            .unwrap();
        found.map(|stored| stored.body.length())
    };
    store.put(entry(1), Bytes::from_static(b"1"), None).await.unwrap();
    assert_eq!((body(10, 1), body(10, 1)), (Some(1), Some(1)));
    store.put(entry(1), Bytes::from_static(b"22"), None).await.unwrap();
    assert_eq!(body(10, 1), Some(2), "the newer one at once");

    let elsewhere = rusqlite::Connection::open(directory.path().join("cache.sqlite3")).unwrap();
    elsewhere.execute("DELETE FROM response", []).unwrap();
    assert_eq!(body(10, 1), Some(2), "no statement was run for it");
    assert_eq!(body(11, 1), None, "another process is believed a second later");

    store.put(entry(2), Bytes::from_static(b"2"), None).await.unwrap();
    assert_eq!(body(20, 2), Some(1));
    store.clear().await.unwrap();
    assert_eq!(body(20, 2), None, "what is forgotten is forgotten here as well");
}

/// Of two that match, the newer one answers, also when the older one is remembered.
#[tokio::test]
async fn what_is_remembered_answers_only_what_it_would_be_found_for() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let german = HeaderMap::from_iter([(http::header::ACCEPT_LANGUAGE, "de".parse().unwrap())]);
    let varies = HeaderMap::from_iter([(http::header::VARY, "accept-language".parse().unwrap())]);
    let in_german = Variant::of(&german, &varies).unwrap();
    let older = entry(1);
    let newer =
        Entry { variant: in_german, fetched_at: UNIX_EPOCH + Duration::from_secs(2), ..entry(1) };
    store.put(older, Bytes::from_static(b"1"), None).await.unwrap();
    store.put(newer, Bytes::from_static(b"22"), None).await.unwrap();
    let now = UNIX_EPOCH + Duration::from_secs(10);
    let length = |request: &HeaderMap| {
        let found =
            store.lookup(("http://127.0.0.1/1", &Partition::Shared, store.serving()), request, now);
        found.unwrap().unwrap().body.length()
    };
    assert_eq!([length(&HeaderMap::new()), length(&german), length(&HeaderMap::new())], [1, 2, 1]);
}

/// What a program is receiving stays while another one opens the same folder; what one has left
/// that ended goes.
#[tokio::test]
async fn who_opens_the_folder_as_well_leaves_what_another_receives() {
    let directory = TempDir::new().unwrap();
    let one = open(directory.path());
    let body = body(1, 100 << 10);
    let begin = || one.begin_blob(("static", &Partition::Shared), None, None);
    let received = begin().await.unwrap().write(&body).unwrap();
    // As a crash leaves it.
    let left = directory.path().join("blobs/arriving/left-0");
    std::fs::write(&left, "half").unwrap();
    let other = open(directory.path());
    assert!(!left.exists());
    let written = received.finish().unwrap();
    one.put_blob(entry(1), written, (None, UNIX_EPOCH)).await.unwrap();
    assert!(holds(&one, 1) && holds(&other, 1));
}
