//! How much is stored, by route and by whom it is for.
//!
//! Read from counters that triggers keep, so that asking costs nothing.

use rusqlite::{Connection, OptionalExtension, named_params};

use super::inventory::RouteStock;

/// What the store holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// The bytes of all bodies; one that several responses share counts once.
    pub bytes: u64,
    /// How many bytes may be kept.
    pub quota: u64,
    /// The parts, by route and partition.
    pub parts: Vec<UsagePart>,
}

/// What is stored of one route for one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsagePart {
    /// The route's name.
    pub route: String,
    /// Whether it came with the install, which no limit touches.
    pub is_installed: bool,
    /// For whom it is: `shared`, `anonymous`, or a word that tells a visitor from others.
    pub partition: String,
    /// How many responses.
    pub entries: u64,
    /// The bytes of their bodies.
    pub bytes: u64,
}

/// The parts, by name.
pub(super) fn parts(db: &Connection) -> rusqlite::Result<Vec<UsagePart>> {
    let sql = "SELECT route, is_installed, partition, entries, bytes
                 FROM usage
                WHERE partition > '' AND entries > 0
                ORDER BY route, is_installed, partition";
    db.prepare_cached(sql)?
        .query_map([], |row| {
            Ok(UsagePart {
                route: row.get("route")?,
                is_installed: row.get("is_installed")?,
                partition: row.get("partition")?,
                entries: row.get::<_, i64>("entries")?.unsigned_abs(),
                bytes: row.get::<_, i64>("bytes")?.unsigned_abs(),
            })
        })?
        .collect()
}

/// The bytes of all bodies.
pub(super) fn bytes(db: &Connection) -> rusqlite::Result<u64> {
    let sql = "SELECT bytes FROM usage
                WHERE partition = '' AND is_installed = 0 AND route = '' AND kind = ''";
    db.prepare_cached(sql)?.query_row([], |row| row.get(0)).map(i64::unsigned_abs)
}

/// The bytes of what is never evicted.
pub(super) fn kept_safe(db: &Connection) -> rusqlite::Result<u64> {
    let sql = "SELECT COALESCE(SUM(bytes), 0) FROM usage
                WHERE partition = '' AND is_installed = 1 AND route = ''";
    db.prepare_cached(sql)?.query_row([], |row| row.get(0)).map(i64::unsigned_abs)
}

/// The entries and bytes that a route has stored while browsing.
pub(super) fn of_route(db: &Connection, route: &str) -> rusqlite::Result<(u64, u64)> {
    let sql = "SELECT entries, bytes FROM usage
                WHERE partition = '' AND is_installed = 0 AND route = :route";
    let found = db
        .prepare_cached(sql)?
        .query_row(named_params! { ":route": route }, |row| {
            let (entries, bytes): (i64, i64) = (row.get("entries")?, row.get("bytes")?);
            Ok((entries.unsigned_abs(), bytes.unsigned_abs()))
        })
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// The routes that have stored something while browsing.
pub(super) fn routes(db: &Connection) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT route FROM usage
                WHERE partition = '' AND is_installed = 0 AND route > '' AND entries > 0";
    db.prepare_cached(sql)?.query_map([], |row| row.get(0))?.collect()
}

/// What each route has stored while browsing.
pub(super) fn browsed(db: &Connection) -> rusqlite::Result<Vec<RouteStock>> {
    let sql = "SELECT route, entries, bytes FROM usage
                WHERE partition = '' AND is_installed = 0 AND route > '' AND entries > 0";
    db.prepare_cached(sql)?
        .query_map([], |row| {
            Ok(RouteStock {
                route: row.get("route")?,
                entries: row.get::<_, i64>("entries")?.unsigned_abs(),
                bytes: row.get::<_, i64>("bytes")?.unsigned_abs(),
            })
        })?
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::database::tests::{LATEST, cache_in_memory, migrate_cache};
    use super::*;

    fn store(db: &Connection, (url, route, partition): (&str, &str, &str), install: Option<i64>) {
        let sql = "INSERT INTO response (url, partition, variant, install, route, status, headers,
                                         fetched_at_ms, used_at_ms, length, digest, body)
                   VALUES (?1, ?2, '', ?3, ?4, 200, x'', 0, 0, length(?1), x'', CAST(?1 AS BLOB))";
        db.execute(sql, (url, partition, install, route)).unwrap();
    }

    fn store_some(db: &Connection) {
        db.execute("INSERT INTO install (id, version) VALUES (1, '1')", []).unwrap();
        store(db, ("/a", "pages", "shared"), None);
        store(db, ("/a/b", "pages", "shared"), None);
        store(db, ("/a", "pages", "session-a"), None);
        store(db, ("/a", "install", "shared"), Some(1));
        store(db, ("/a.css", "install", "shared"), None);
    }

    fn shown(db: &Connection) -> Vec<String> {
        let shown = |part: UsagePart| {
            let UsagePart { route, is_installed, partition, entries, bytes } = part;
            let whose = if is_installed { "installed" } else { &partition };
            format!("{route} {whose}: {entries}, {bytes}")
        };
        parts(db).unwrap().into_iter().map(shown).collect()
    }

    const SOME: [&str; 4] = [
        "install shared: 1, 6",
        "install installed: 1, 2",
        "pages session-a: 1, 2",
        "pages shared: 2, 6",
    ];

    #[test]
    fn counters_follow_what_comes_and_goes() {
        let db = cache_in_memory();
        store_some(&db);
        assert_eq!(shown(&db), SOME);
        assert_eq!(of_route(&db, "pages").unwrap(), (3, 8));
        assert_eq!(of_route(&db, "install").unwrap(), (1, 6), "what is installed is apart");
        db.execute("DELETE FROM response WHERE partition = 'session-a'", []).unwrap();
        db.execute("DELETE FROM response WHERE url = '/a/b'", []).unwrap();
        assert_eq!(
            shown(&db),
            ["install shared: 1, 6", "install installed: 1, 2", "pages shared: 1, 2"]
        );
        assert_eq!(of_route(&db, "pages").unwrap(), (1, 2));
        // With an install go its responses.
        db.execute("DELETE FROM install", []).unwrap();
        db.execute("DELETE FROM response", []).unwrap();
        assert_eq!(shown(&db), Vec::<String>::new());
        assert_eq!(of_route(&db, "pages").unwrap(), (0, 0));
        assert_eq!(bytes(&db).unwrap(), 0);
    }

    /// A cache that was filled before there were counters is counted once.
    #[test]
    fn counters_begin_with_what_is_there() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate_cache(&mut db, 2);
        store_some(&db);
        migrate_cache(&mut db, LATEST);
        assert_eq!(shown(&db), SOME);
        assert_eq!(of_route(&db, "pages").unwrap(), (3, 8));
        assert_eq!(bytes(&db).unwrap(), 16);
    }
}
