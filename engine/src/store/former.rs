//! A store that a former version has written opens, and holds what it held.
//!
//! `schema/*/fixtures/` has a database of each schema there ever was, as text: written once, with
//! what that version stored in it. A migration that is changed after it was released would leave
//! those who have it with another schema than everybody else, and shows here.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use http::HeaderMap;
use rusqlite::Connection;
use tempfile::TempDir;

use super::database::tests::{STATE_LATEST, migrate_cache, migrate_state};
use super::{Store, SubmissionState, Terms, database};
use crate::policy::{Partition, Visitor};
use crate::time::Clock;

macro_rules! fixtures {
    ($kind:literal: $($name:literal),+) => {
        &[$(include_str!(concat!("schema/", $kind, "/fixtures/", $name, ".sql"))),+]
    };
}

const STATE: &[&str] = fixtures!("state": "0001", "0002", "0003", "0004", "0005");
#[rustfmt::skip] // One line each would say no more.
const CACHE: &[&str] = fixtures!("cache": "0001", "0002", "0003", "0004", "0005", "0006", "0007",
                                 "0008", "0009", "0010", "0011", "0012");

const SESSION: &str = "session-b1946ac92492d2347c6235b4d2611184";

/// Puts a database where the store has it.
fn put(text: &str, path: &Path) {
    Connection::open(path).unwrap().execute_batch(text).unwrap();
}

fn open(directory: &Path) -> (Store, Option<String>) {
    let terms = Terms { quota: 256 << 20, version: "1".to_owned(), ..Terms::default() };
    Store::open(directory, terms, UNIX_EPOCH).unwrap()
}

/// What there is in a database: each object and how it was made.
fn schema(db: &Connection) -> BTreeMap<String, String> {
    let sql = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL";
    let mut objects = db.prepare(sql).unwrap();
    let objects = objects.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)));
    let of_sqlite = |name: &String| name.starts_with("sqlite_");
    // A table that was renamed has its name in quotes.
    let plain = |sql: String| sql.replace('"', "");
    let objects = objects.unwrap().map(Result::unwrap);
    objects.filter(|(name, _)| !of_sqlite(name)).map(|(name, sql)| (name, plain(sql))).collect()
}

#[test]
fn schemas_that_were_released_are_what_they_were() {
    let check = |kind: &str, fixtures: &[&str], migrate: fn(&mut Connection, usize)| {
        for (version, text) in (1..).zip(fixtures) {
            let former = Connection::open_in_memory().unwrap();
            former.execute_batch(text).unwrap();
            let mut ours = Connection::open_in_memory().unwrap();
            migrate(&mut ours, version);
            assert_eq!(schema(&former), schema(&ours), "{kind} {version}");
        }
    };
    check("state", STATE, migrate_state);
    check("cache", CACHE, migrate_cache);
    assert_eq!(STATE.len(), STATE_LATEST, "each has a fixture");
    assert_eq!(CACHE.len(), database::tests::LATEST, "each has a fixture");
}

/// The person's part: nothing of it is fetched again.
#[tokio::test]
async fn state_of_each_former_version_opens_with_everything_in_it() {
    for (version, text) in (1..).zip(STATE) {
        let directory = TempDir::new().unwrap();
        put(text, &directory.path().join("state.sqlite3"));
        let (store, _) = open(directory.path());
        let cookies = store.cookies().unwrap();
        assert!(cookies.len() == 1 && cookies[0].contains("sessionid=4fo2"), "{version}");

        let nobody = Arc::new(|| {});
        let queue = store.queue(SESSION.to_owned(), Clock::system(), nobody);
        let waiting = queue.list().unwrap();
        let found: Vec<_> = waiting.iter().map(|one| (one.key.as_str(), one.state)).collect();
        let all = [("a1", SubmissionState::Queued), ("a2", SubmissionState::Uncertain)];
        assert_eq!(found, if version >= 2 { all.as_slice() } else { &[] }, "{version}");
        for (one, choice) in waiting.iter().zip(["1", "2"]) {
            let field = ("choice".to_owned(), choice.to_owned());
            assert_eq!(one.fields, [field], "{version}");
            assert_eq!(one.url, "http://127.0.0.1:8000/polls/1/vote/", "{version}");
        }
        if version >= 3 {
            assert_eq!(waiting[0].title.as_deref(), Some("Is the sky blue?"), "{version}");
            assert_eq!(waiting[0].labels[0].text, "Yes", "{version}");
        }
        let wishes = store.wishes().unwrap();
        let pages: Vec<_> = wishes.iter().map(|wish| wish.url.as_str()).collect();
        let page = "http://127.0.0.1:8000/polls/1/";
        assert_eq!(pages, if version >= 4 { vec![page] } else { vec![] }, "{version}");
        let told = store.notices(SESSION).unwrap();
        let titles: Vec<_> = told.iter().map(|notice| notice.title.as_str()).collect();
        assert_eq!(titles, if version >= 5 { vec!["A new question"] } else { vec![] }, "{version}");
        store.close().await;
    }
}

/// What can be fetched again is taken over as well: nobody is offline for an update.
#[tokio::test]
async fn cache_of_each_former_version_is_taken_over() {
    const STORED: [(&str, &[u8]); 3] = [
        ("/static/polls/style.css", b"body { margin: 0 }"),
        ("/polls/", b"<!doctype html><head><title>Polls</title>"),
        ("/media/sky.png", b"\x89PNG, as it were"),
    ];
    for (version, text) in (1..).zip(CACHE) {
        let directory = TempDir::new().unwrap();
        put(text, &directory.path().join("cache.sqlite3"));
        let (store, aside) = open(directory.path());
        assert_eq!(aside, None, "{version}");
        let now = UNIX_EPOCH + Duration::from_millis(1_764_000_000_000);
        for (path, body) in STORED {
            let url = format!("http://127.0.0.1:8000{path}");
            let nobody = Partition::Of(Visitor::Anonymous);
            let place = (url.as_str(), &nobody, store.serving());
            let found = store.lookup(place, &HeaderMap::new(), now).unwrap();
            let found = found.unwrap_or_else(|| panic!("{path} of {version}"));
            assert_eq!(found.body.length(), body.len() as u64, "{path} of {version}");
        }
        let sum: usize = STORED.iter().map(|(_, body)| body.len()).sum();
        assert_eq!(store.usage().unwrap().bytes, sum as u64, "{version}");
        store.close().await;
        assert!(fs::read_dir(directory.path()).unwrap().flatten().count() > 0);
    }
}
