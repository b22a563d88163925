//! What the device holds, by kind, for the person who looks at it and makes room.
//!
//! Counted by the triggers that keep the usage, so that asking costs the same whatever there is.

use http::HeaderMap;
use rusqlite::{Connection, named_params};

use super::state::State;
use super::{Store, blocking, usage};
use crate::error::StoreError;
use crate::response::{content_type, is_html};

/// So many are deleted at once, so that nobody who stores something waits long.
const AT_ONCE: i64 = 256;

/// What the device holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inventory {
    /// The bytes of all bodies that were fetched; one that several responses share counts once.
    pub bytes: u64,
    /// How many bytes of those may be kept.
    pub quota: u64,
    /// What there is of each kind, in the order of the kinds.
    pub stocks: Vec<Stock>,
    /// What was stored while browsing, by route.
    pub routes: Vec<RouteStock>,
}

/// What there is of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stock {
    /// The kind.
    pub kind: StockKind,
    /// How many.
    pub entries: u64,
    /// The bytes of their bodies, also of those that they share.
    pub bytes: u64,
}

/// What was stored of a route while browsing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteStock {
    /// Its name.
    pub route: String,
    /// How many responses.
    pub entries: u64,
    /// The bytes of their bodies, also of those that they share.
    pub bytes: u64,
}

/// What something is to the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StockKind {
    /// What they asked to keep.
    Saved,
    /// What the profile requires.
    App,
    /// What was stored while browsing.
    Browsed(Browsed),
    /// What they have submitted and the site has not taken yet.
    Unsent,
}

/// What was stored while browsing, which goes when there is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Browsed {
    /// Pages.
    Pages,
    /// Images.
    Images,
    /// Style sheets, scripts, fonts, data.
    Other,
}

impl StockKind {
    /// Every kind, what is kept longest first.
    pub const ALL: [Self; 6] = [
        Self::Saved,
        Self::App,
        Self::Browsed(Browsed::Pages),
        Self::Browsed(Browsed::Images),
        Self::Browsed(Browsed::Other),
        Self::Unsent,
    ];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Saved => "saved",
            Self::App => "app",
            Self::Browsed(kind) => kind.as_str(),
            Self::Unsent => "unsent",
        }
    }

    /// Whether nothing of it goes without the person, or another profile.
    pub const fn is_kept_safe(self) -> bool {
        match self {
            Self::Saved | Self::App | Self::Unsent => true,
            Self::Browsed(_) => false,
        }
    }
}

impl Browsed {
    /// What a response with these headers is.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let essence = content_type(headers).map(|(essence, _)| essence).unwrap_or_default();
        let is_image = essence.get(..6).is_some_and(|kind| kind.eq_ignore_ascii_case("image/"));
        if is_html(headers) || essence.eq_ignore_ascii_case("application/xhtml+xml") {
            Self::Pages
        } else if is_image {
            Self::Images
        } else {
            Self::Other
        }
    }

    /// The word for it, as it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pages => "pages",
            Self::Images => "images",
            Self::Other => "other",
        }
    }
}

impl Inventory {
    /// How many bytes go by themselves when there is no room.
    pub fn evictable(&self) -> u64 {
        let evictable = self.stocks.iter().filter(|stock| !stock.kind.is_kept_safe());
        evictable.map(|stock| stock.bytes).sum()
    }
}

impl Store {
    /// What the device holds.
    ///
    /// # Errors
    ///
    /// What the databases report.
    pub(crate) fn inventory(&self) -> Result<Inventory, StoreError> {
        let unsent = unsent(&self.inner.state)?;
        let quota = self.inner.terms.quota;
        self.inner.cache.read("read what is stored", |db| {
            let fetched = fetched(db)?;
            let of = |kind: StockKind| match kind {
                StockKind::Unsent => Stock { kind, entries: unsent.0, bytes: unsent.1 },
                StockKind::Saved | StockKind::App | StockKind::Browsed(_) => {
                    let found = fetched.iter().find(|(word, ..)| word == kind.as_str());
                    let (entries, bytes) =
                        found.map_or((0, 0), |(_, entries, bytes)| (*entries, *bytes));
                    Stock { kind, entries, bytes }
                }
            };
            let stocks = StockKind::ALL.map(of).to_vec();
            Ok(Inventory { bytes: usage::bytes(db)?, quota, stocks, routes: usage::browsed(db)? })
        })
    }

    /// Deletes what of a kind was stored while browsing, whosever it is: a part at a time, so
    /// that one who does not wait for the end leaves the rest.
    ///
    /// # Errors
    ///
    /// What the database reports; what was deleted by then is gone.
    pub(crate) async fn clear_browsed(&self, kind: Browsed) -> Result<(), StoreError> {
        for route in self.inner.cache.read("find what is stored", usage::routes)? {
            let mut since = i64::MIN;
            loop {
                let (inner, of_route) = (self.inner.clone(), route.clone());
                let find = move || {
                    inner
                        .cache
                        .read("find what is to go", |db| of_kind(db, (&of_route, kind), since))
                };
                let found = blocking(find).await?;
                let Some((_, used_at_ms)) = found.last() else { break };
                since = *used_at_ms;
                self.write_cache("clear what is stored", move |db| delete(db, kind, &found))
                    .await?;
            }
        }
        Ok(())
    }
}

/// The sums of what was fetched, each under the word for its kind.
fn fetched(db: &Connection) -> rusqlite::Result<Vec<(String, u64, u64)>> {
    let sql = "SELECT CASE WHEN is_installed = 0 THEN kind
                           WHEN install.save IS NULL THEN 'app'
                           ELSE 'saved' END AS what,
                      SUM(entries) AS entries, SUM(bytes) AS bytes
                 FROM usage LEFT JOIN install ON is_installed = 1 AND id = CAST(kind AS INTEGER)
                WHERE partition = '' AND is_installed IN (0, 1) AND route = '' AND kind > ''
                GROUP BY what";
    db.prepare_cached(sql)?
        .query_map([], |row| {
            let (entries, bytes): (i64, i64) = (row.get("entries")?, row.get("bytes")?);
            Ok((row.get("what")?, entries.unsigned_abs(), bytes.unsigned_abs()))
        })?
        .collect()
}

/// How many submissions there are, and the bytes of their bodies.
fn unsent(state: &State) -> Result<(u64, u64), StoreError> {
    let sql = "SELECT COUNT(*) AS entries,
                      COALESCE(SUM(LENGTH(body) + COALESCE(file_length, 0)), 0) AS bytes
                 FROM submission";
    state.read("count what was submitted", |db| {
        db.prepare_cached(sql)?.query_row([], |row| {
            let (entries, bytes): (i64, i64) = (row.get("entries")?, row.get("bytes")?);
            Ok((entries.unsigned_abs(), bytes.unsigned_abs()))
        })
    })
}

/// Some of a kind that a route has stored, with when each was used last.
const OF_KIND: &str = "
    SELECT id, used_at_ms FROM response
     WHERE route = :route AND used_at_ms >= :since AND kind = :kind AND install IS NULL
     ORDER BY used_at_ms LIMIT :limit";

/// What of a kind a route has stored: what was not used since `since` comes first, and of
/// that, some.
fn of_kind(
    db: &Connection,
    (route, kind): (&str, Browsed),
    since: i64,
) -> rusqlite::Result<Vec<(i64, i64)>> {
    let kind = kind.as_str();
    let values =
        named_params! { ":route": route, ":since": since, ":kind": kind, ":limit": AT_ONCE };
    db.prepare_cached(OF_KIND)?
        .query_map(values, |row| Ok((row.get("id")?, row.get("used_at_ms")?)))?
        .collect()
}

/// Deletes rows, unless they are something else by now.
fn delete(db: &Connection, kind: Browsed, found: &[(i64, i64)]) -> rusqlite::Result<()> {
    let sql = "DELETE FROM response WHERE id = ?1 AND install IS NULL AND kind = ?2";
    let mut delete = db.prepare_cached(sql)?;
    for (id, _) in found {
        delete.execute((id, kind.as_str()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use http::header::{CONTENT_TYPE, HeaderValue};
    use tempfile::TempDir;

    use super::super::database::tests::{LATEST, cache_in_memory, migrate_cache};
    use super::super::keeping::NewBody;
    use super::super::pressure::check;
    use super::super::tests::{body, entry};
    use super::super::{Entry, Terms};
    use super::*;

    #[test]
    fn what_a_response_is_follows_from_its_type() {
        let of = |kind: Option<&'static str>| {
            let kind = kind.map(|kind| (CONTENT_TYPE, HeaderValue::from_static(kind)));
            Browsed::of(&HeaderMap::from_iter(kind))
        };
        assert_eq!(of(Some("text/html; charset=utf-8")), Browsed::Pages);
        assert_eq!(of(Some("Application/XHTML+XML")), Browsed::Pages);
        assert_eq!(of(Some("IMAGE/svg+xml")), Browsed::Images);
        assert_eq!(of(Some("text/css")), Browsed::Other);
        assert_eq!(of(Some("image")), Browsed::Other);
        assert_eq!(of(None), Browsed::Other);
    }

    /// Of a response: its path, type, install and length.
    type Row<'r> = (&'r str, &'r str, Option<i64>, i64);

    fn store(db: &Connection, columns: &str, rows: &[Row<'_>]) {
        let sql = format!(
            "INSERT INTO response (url, headers, install, length, partition, variant, route,
                                   status, fetched_at_ms, used_at_ms, digest, body, {columns})
             VALUES (?1, CAST('content-type: ' || ?2 || char(10) AS BLOB), ?3, ?4, 'shared', '',
                     'all', 200, 0, 0, x'', x'', IIF(?2 = 'text/html', 7, NULL){})",
            if columns == "head_at" { "" } else { ", ?5" },
        );
        for (url, kind, install, length) in rows {
            let header = HeaderValue::try_from(*kind).unwrap();
            let of = Browsed::of(&HeaderMap::from_iter([(CONTENT_TYPE, header)]));
            match columns {
                "head_at" => db.execute(&sql, (url, kind, install, length)),
                _ => db.execute(&sql, (url, kind, install, length, of.as_str())),
            }
            .unwrap();
        }
    }

    const SOME: [Row<'_>; 7] = [
        ("/a", "text/html", None, 1),
        ("/b", "text/html", None, 2),
        ("/a.png", "image/png", None, 4),
        ("/a.css", "text/css", None, 8),
        ("/a", "text/html", Some(1), 16),
        ("/a", "text/html", Some(2), 32),
        ("/a.png", "image/png", Some(3), 64),
    ];

    fn shown(db: &Connection) -> Vec<String> {
        let shown = fetched(db).unwrap().into_iter();
        let shown = shown.filter(|(_, entries, _)| *entries > 0);
        let mut shown: Vec<_> =
            shown.map(|(kind, entries, bytes)| format!("{kind} {entries} {bytes}")).collect();
        shown.sort();
        shown
    }

    fn installs(db: &Connection) {
        let sql = "INSERT INTO install (id, version) VALUES (1, '1'), (2, '2'), (3, '3')";
        db.execute(sql, []).unwrap();
    }

    #[test]
    fn counters_of_kinds_follow_what_comes_and_goes() {
        let db = cache_in_memory();
        installs(&db);
        db.execute("UPDATE install SET save = 'k' WHERE id > 1", []).unwrap();
        store(&db, "head_at, kind", &SOME);
        let all = ["app 1 16", "images 1 4", "other 1 8", "pages 2 3", "saved 2 96"];
        assert_eq!(shown(&db), all);
        db.execute("DELETE FROM response WHERE url = '/b'", []).unwrap();
        // What the install takes with it is counted as well.
        db.execute("PRAGMA foreign_keys = true", []).unwrap();
        db.execute("DELETE FROM install WHERE id = 2", []).unwrap();
        let left = ["app 1 16", "images 1 4", "other 1 8", "pages 1 1", "saved 1 64"];
        assert_eq!(shown(&db), left);
        db.execute("DELETE FROM response", []).unwrap();
        assert_eq!(shown(&db), Vec::<String>::new());
    }

    /// A cache of the time before there were kinds is counted once.
    #[test]
    fn counters_of_kinds_begin_with_what_is_there() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate_cache(&mut db, 7);
        installs(&db);
        store(&db, "head_at", &SOME);
        migrate_cache(&mut db, LATEST);
        assert_eq!(shown(&db), ["app 3 112", "images 1 4", "other 1 8", "pages 2 3"]);
        db.execute("DELETE FROM response", []).unwrap();
        assert_eq!(shown(&db), Vec::<String>::new());
    }

    #[test]
    fn what_is_to_go_is_found_without_a_look_at_the_rest() {
        let db = cache_in_memory();
        let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {OF_KIND}")).unwrap();
        let values = named_params! { ":route": "a", ":since": 0, ":kind": "other", ":limit": 1 };
        let steps = plan.query_map(values, |row| row.get("detail")).unwrap();
        let plan = steps.collect::<Result<Vec<String>, _>>().unwrap().join("; ");
        assert!(plan.contains("COVERING INDEX response_by_route (route=? AND used"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }

    /// More than go at once, many of them used at the same moment, and among others that stay.
    #[test]
    fn what_is_cleared_goes_in_parts_and_nothing_else_does() {
        let directory = TempDir::new().unwrap();
        let terms = Terms { quota: 1 << 30, ..Terms::default() };
        let (store, _) = Store::open(directory.path(), terms, UNIX_EPOCH).unwrap();
        for number in 0..900_u64 {
            let mut entry =
                Entry { route: ["a", "b"][(number % 2) as usize].into(), ..entry(number) };
            entry.fetched_at = UNIX_EPOCH + std::time::Duration::from_secs(number / 300);
            let kind = if number % 3 == 0 { "text/html" } else { "image/png" };
            entry.headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
            let now = entry.fetched_at;
            let receipt = store.inner.put(entry, NewBody::Small(body(number, 10)), (None, now));
            store.write(receipt).unwrap();
        }
        let count = |kind| {
            let stocks = store.inventory().unwrap().stocks;
            let stock = stocks.into_iter().find(|stock| stock.kind == kind).unwrap();
            (stock.entries, stock.bytes)
        };
        assert_eq!(count(StockKind::Browsed(Browsed::Images)), (600, 6000));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(store.clear_browsed(Browsed::Images)).unwrap();
        assert_eq!(count(StockKind::Browsed(Browsed::Images)), (0, 0));
        assert_eq!(count(StockKind::Browsed(Browsed::Pages)), (300, 3000));
        let Inventory { bytes, routes, .. } = store.inventory().unwrap();
        let shown = routes.iter().map(|stock| (&*stock.route, stock.entries, stock.bytes));
        let expected = vec![("a", 150, 1500), ("b", 150, 1500)];
        assert_eq!((bytes, shown.collect()), (3000, expected));
        drop(store);
        check(directory.path());
    }
}
