//! What is broken, too new, or open to others on the disk.

use std::fs;
use std::path::Path;

use holdfast_engine::OpenError;

use crate::scenario::{Answer, POLLS, World};

const GARBAGE: &[u8] = b"this is not a database, and long enough to have a header of one hundred \
                         bytes, as SQLite expects of what it opens";

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn set_version(path: &Path, version: i64) {
    let database = rusqlite::Connection::open(path).unwrap();
    database.pragma_update(None, "user_version", version).unwrap();
}

/// Where the tables begin, by page.
fn roots(path: &Path) -> Vec<usize> {
    let database = rusqlite::Connection::open(path).unwrap();
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name IN ('install', 'response')";
    let mut roots = database.prepare(sql).unwrap();
    let roots = roots.query_map([], |row| row.get::<_, i64>(0)).unwrap();
    roots.map(|root| usize::try_from(root.unwrap()).unwrap()).collect()
}

/// What can be fetched again is no reason not to start. The broken file is kept aside, for
/// whoever wants to know.
#[tokio::test(start_paused = true)]
async fn broken_cache_is_moved_aside_and_started_afresh() {
    let mut world = World::new().await.storing("/polls/", "old").await;
    world
        .reopen(POLLS, |directory| fs::write(directory.join("cache.sqlite3"), GARBAGE).unwrap())
        .await
        .unwrap();
    world.origin.at("/polls/", Answer::page("new"));
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    2 ms  engine    is closed
    2 ms  engine    is opened
    2 ms  origin <- GET /polls/
    2 ms  origin -> /polls/ new
    2 ms  stored    /polls/ new
    2 ms  page   <- /polls/ new
    2 ms  event     cache started afresh: file is not a database: Error code 26: file is not a database
    2 ms  event     installed 1
    ");
    let names = names(world.directory.path());
    let aside: Vec<_> = names.iter().filter(|name| name.contains("aside")).collect();
    assert_eq!(aside.len(), 1, "{names:?}");
    let kept = fs::read(world.directory.path().join(aside[0])).unwrap();
    assert_eq!(kept, GARBAGE);
}

#[tokio::test(start_paused = true)]
async fn cache_of_a_newer_version_is_moved_aside() {
    let mut world = World::new().await.storing("/polls/", "old").await;
    world
        .reopen(POLLS, |directory| set_version(&directory.join("cache.sqlite3"), 99))
        .await
        .unwrap();
    world.origin.refuses();
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    2 ms  engine    is closed
    2 ms  engine    is opened
    2 ms  origin is gone: connections are refused
    2 ms  origin <- GET /polls/
    2 ms  gone      /polls/ old
    2 ms  page   <- /polls/ 504 Not here yet, in its place: offline
    2 ms  event     cache started afresh: it has schema 99, this version knows up to 10
    2 ms  event     connection offline
    2 ms  event     installed 1
    ");
}

/// The first pages of the tables are overwritten, which shows only when they are read. The
/// site answers all the same, and the next start begins afresh.
#[tokio::test(start_paused = true)]
async fn damage_inside_the_cache_is_mended_at_the_next_start() {
    let mut world = World::new().await;
    world.origin.at("/polls/", Answer::page("polls"));
    world.origin.at("/polls/1/", Answer::page("x".repeat(60_000)));
    world.get("/polls/").await;
    world.get("/polls/1/").await;
    world.settle().await;
    world.transcript.restart();
    world
        .reopen(POLLS, |directory| {
            let path = directory.join("cache.sqlite3");
            let roots = roots(&path);
            let mut bytes = fs::read(&path).unwrap();
            for root in roots {
                bytes[4096 * (root - 1)..4096 * root].fill(0xa5);
            }
            fs::write(path, bytes).unwrap();
        })
        .await
        .unwrap();
    world.get("/polls/").await;
    world.restart(POLLS).await;
    world.get("/polls/").await;
    world.origin.refuses();
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    2 ms  engine    is closed
    2 ms  engine    is opened
    2 ms  origin <- GET /polls/
    2 ms  origin -> /polls/ polls
    2 ms  page   <- /polls/ polls
    2 ms  event     install failed: : the database could not find the active install: database disk image is malformed: Error code 11: database disk image is malformed
    2 ms  event     not stored /polls/: the database could not store a response: database disk image is malformed: Error code 11: database disk image is malformed
    4 ms  engine    is closed
    4 ms  engine    is opened
    4 ms  origin <- GET /polls/
    4 ms  origin -> /polls/ polls
    4 ms  stored    /polls/ polls
    4 ms  gone      /polls/1/ 60000 bytes
    4 ms  page   <- /polls/ polls
    4 ms  origin is gone: connections are refused
    4 ms  origin <- GET /polls/
    4 ms  page   <- /polls/ polls, from the store: offline
    4 ms  event     cache started afresh: it was found damaged: database disk image is malformed
    4 ms  event     connection offline
    4 ms  event     installed 1
    ");
}

/// The state is the person's: it is never rebuilt, so the engine says no and touches
/// nothing.
#[tokio::test(start_paused = true)]
async fn broken_state_is_an_error_and_left_as_it_is() {
    let mut world = World::new().await;
    let error = world
        .reopen(POLLS, |directory| fs::write(directory.join("state.sqlite3"), GARBAGE).unwrap())
        .await
        .unwrap_err();
    assert!(matches!(error, OpenError::State { .. }), "{error:?}");
    let path = world.directory.path().join("state.sqlite3");
    assert_eq!(fs::read(path).unwrap(), GARBAGE);
    let expected = [
        "blobs",
        "cache.reserve",
        "cache.sqlite3",
        "senders",
        "state.reserve",
        "state.sqlite3",
        "submissions",
    ];
    assert_eq!(names(world.directory.path()), expected);
}

#[tokio::test(start_paused = true)]
async fn state_of_a_newer_version_is_an_error_and_left_as_it_is() {
    let mut world = World::new().await;
    let mut before = Vec::new();
    let error = world
        .reopen(POLLS, |directory| {
            let path = directory.join("state.sqlite3");
            set_version(&path, 99);
            before = fs::read(path).unwrap();
        })
        .await
        .unwrap_err();
    assert!(matches!(error, OpenError::NewerState { found: 99, known: 4, .. }), "{error:?}");
    let message = error.to_string();
    assert!(
        message.ends_with("was written by a newer version (schema 99, this version knows up to 5)")
    );
    assert_eq!(fs::read(world.directory.path().join("state.sqlite3")).unwrap(), before);
}

/// The data directory is a file: said, not worked around.
#[tokio::test(start_paused = true)]
async fn directory_that_is_none_is_an_error() {
    let mut world = World::new().await;
    let error = world
        .reopen(POLLS, |directory| {
            fs::remove_dir_all(directory).unwrap();
            fs::write(directory, "a file").unwrap();
        })
        .await
        .unwrap_err();
    assert!(matches!(error, OpenError::Directory { .. }), "{error:?}");
    fs::remove_file(world.directory.path()).unwrap();
}

/// Pages and cookies are for their owner's eyes only.
#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn nobody_else_may_read_what_is_stored() {
    use std::os::unix::fs::PermissionsExt;

    let world = World::new().await;
    world.origin.at("/static/a.png", Answer::of("image/png", "x".repeat(100 << 10)));
    world.get("/static/a.png").await;
    let mut folders = vec![world.directory.path().to_owned()];
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(world.directory.path()), 0o700);
    assert_eq!(mode(&world.directory.path().join("blobs")), 0o700);
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                assert_eq!(mode(&path), 0o600, "{}", path.display());
                count += 1;
            }
        }
    }
    assert!(count >= 3, "two databases and a body at least");
}
