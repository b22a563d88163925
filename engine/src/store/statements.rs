//! What SQLite says of the statements that were run, for tests.
//!
//! It is counted, not timed, and by thread, so that nothing else makes a difference.

use std::cell::RefCell;

use rusqlite::trace::{TraceEvent, TraceEventCodes};
use rusqlite::{Connection, StatementStatus};

/// A statement that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ran {
    /// On one line.
    pub(crate) sql: String,
    /// What it did since it was prepared that takes longer the more there is.
    pub(crate) costs: Vec<(&'static str, i32)>,
}

thread_local! {
    static RAN: RefCell<Vec<Ran>> = const { RefCell::new(Vec::new()) };
}

/// The statements that this thread has run since it asked last.
pub(crate) fn take_ran() -> Vec<Ran> {
    RAN.take()
}

/// Has every statement of a connection noted.
pub(super) fn note(connection: &Connection) {
    connection.trace_v2(TraceEventCodes::SQLITE_TRACE_PROFILE, Some(note_ended));
}

fn note_ended(event: TraceEvent<'_>) {
    let TraceEvent::Profile(statement, _) = event else { return };
    let costs = [
        ("sorts", StatementStatus::Sort),
        ("steps through a whole table", StatementStatus::FullscanStep),
        ("indexes made for it", StatementStatus::AutoIndex),
        ("plans made anew", StatementStatus::RePrepare),
    ];
    let costs = costs.map(|(what, status)| (what, statement.get_status(status)));
    let costs = costs.into_iter().filter(|(_, count)| *count > 0).collect();
    let sql = statement.sql().split_whitespace().collect::<Vec<_>>().join(" ");
    RAN.with_borrow_mut(|ran| ran.push(Ran { sql, costs }));
}

mod tests {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use bytes::Bytes;
    use http::HeaderMap;
    use tempfile::TempDir;

    use super::super::keeping::NewBody;
    use super::super::tests::{body, entry};
    use super::super::writer::Subject;
    use super::super::{INLINE, Store, Terms, installs, responses};
    use super::*;
    use crate::policy::Partition;
    use crate::route::Limits;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    /// Room for some ten bodies, of which a route may fill half.
    fn open(directory: &TempDir) -> Store {
        let limits = Limits {
            max_entries: Some(40),
            max_bytes: Some(6 << 20),
            max_age: Some(Duration::from_secs(50)),
            ..Limits::default()
        };
        let limits = [("static".to_owned(), limits)].into();
        let terms = Terms { quota: 10 << 20, limits, ..Terms::default() };
        Store::open(directory.path(), terms, UNIX_EPOCH).unwrap().0
    }

    /// Stored on this thread, so that it is counted.
    fn put(store: &Store, number: u64, body: &Bytes, install: Option<i64>) {
        let route = if number.is_multiple_of(3) { "pages" } else { "static" };
        let entry = super::super::Entry { route: route.to_owned(), ..entry(number) };
        let inner = &store.inner;
        let body = if body.len() <= INLINE {
            NewBody::Small(body.clone())
        } else {
            let bounds = inner.bounds(&entry.route, install);
            let writer = inner.blobs.begin(bounds).unwrap();
            NewBody::Written(writer.write(body).unwrap().finish().unwrap())
        };
        let now = entry.fetched_at;
        store.write(inner.put(entry, body, (install, now))).unwrap();
    }

    fn look_up(store: &Store, number: u64, now: SystemTime) {
        let url = format!("http://127.0.0.1/{number}");
        store.lookup((&url, &Partition::Shared, store.serving()), &HeaderMap::new(), now).unwrap();
    }

    fn write(store: &Store, write: impl Fn(&Connection) -> rusqlite::Result<()> + Send + 'static) {
        store.inner.write_cache(Subject::small("write"), write).unwrap();
    }

    /// Whatever is stored, looked up, freshened and evicted, no statement of it takes longer
    /// the more there is.
    #[test]
    fn statements_on_the_way_of_a_request_never_sort_scan_or_plan_anew() {
        let directory = TempDir::new().unwrap();
        let store = open(&directory);
        let inner = &store.inner;
        let (install, _) =
            inner.write_cache(Subject::small("begin"), |db| installs::begin(db, "1")).unwrap();
        put(&store, 1000, &body(1000, 100), Some(install));
        put(&store, 1001, &body(1001, 100 << 10), Some(install));
        inner
            .write_cache(Subject::small("complete"), move |db| installs::complete(db, install))
            .unwrap();
        take_ran();
        for round in 0..2 {
            for number in 0..70 {
                let length = if number % 2 == 0 { 40 << 10 } else { 300 << 10 };
                // The first in the place of another, the last of its body.
                put(&store, number / 2 * 2, &body(number, length), None);
                put(&store, number, &body(number / 3, length + round), None);
                look_up(&store, number, at(number));
                look_up(&store, number / 2, at(100 + number));
                look_up(&store, 1000, at(number));
            }
        }
        write(&store, |db| responses::freshen(db, 7, &HeaderMap::new(), at(7)));
        write(&store, |db| responses::invalidate(db, "http://127.0.0.1/66"));
        write(&store, |db| responses::doubt(db, 9));
        let ran = take_ran();
        assert!(ran.len() > 1500, "{}", ran.len());
        let mut costly: Vec<_> = ran.into_iter().filter(|ran| !ran.costs.is_empty()).collect();
        costly.sort_by(|one, other| (&one.sql, &one.costs).cmp(&(&other.sql, &other.costs)));
        costly.dedup_by(|one, other| one.sql == other.sql);
        assert_eq!(costly, []);
    }

    /// The first look-up after a write begins a transaction, and those that follow for a
    /// tenth of a second are one statement each.
    #[test]
    fn a_look_up_is_one_statement_in_a_transaction_that_is_kept() {
        let directory = TempDir::new().unwrap();
        let store = open(&directory);
        let ran = |now: Duration| {
            take_ran();
            store
                .lookup(
                    ("http://127.0.0.1/1", &Partition::Shared, store.serving()),
                    &HeaderMap::new(),
                    at(10) + now,
                )
                .unwrap();
            let words = |ran: Ran| ran.sql.split(' ').next().unwrap().to_owned();
            take_ran().into_iter().map(words).collect::<Vec<_>>().join(" ")
        };
        let ms = Duration::from_millis;
        put(&store, 1, &body(1, 100), None);
        assert_eq!(ran(ms(0)), "BEGIN SELECT");
        assert_eq!(ran(ms(99)), "SELECT");
        assert_eq!(ran(ms(100)), "COMMIT BEGIN SELECT", "others may have written");
        put(&store, 2, &body(2, 100), None);
        assert_eq!(ran(ms(101)), "COMMIT BEGIN SELECT", "this process has written");
        assert_eq!(ran(ms(102)), "SELECT");
        assert_eq!(ran(ms(90)), "COMMIT BEGIN SELECT", "the clock was set back");
        drop(store.inner.cache.held().release());
        assert_eq!(ran(ms(91)), "BEGIN SELECT", "somebody needed the log");
        store.inner.cache.held().close();
        assert_eq!(ran(ms(92)), "BEGIN SELECT COMMIT");
        assert_eq!(ran(ms(93)), "BEGIN SELECT COMMIT", "nothing is kept after the end");
    }
}
