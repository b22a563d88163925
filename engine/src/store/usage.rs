//! How much is stored, by route and by whom it is for.
//!
//! Read from counters that triggers keep, so that asking costs nothing.

use rusqlite::{Connection, OptionalExtension, named_params};

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
                 FROM route_usage
                WHERE partition <> '' AND entries > 0
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
    let mut bytes = db.prepare_cached("SELECT bytes FROM usage")?;
    bytes.query_row([], |row| row.get(0)).map(i64::unsigned_abs)
}

/// The entries and bytes that a route has stored while browsing.
pub(super) fn of_route(db: &Connection, route: &str) -> rusqlite::Result<(u64, u64)> {
    let sql = "SELECT entries, bytes FROM route_usage
                WHERE route = :route AND is_installed = 0 AND partition = ''";
    let found = db
        .prepare_cached(sql)?
        .query_row(named_params! { ":route": route }, |row| {
            let (entries, bytes): (i64, i64) = (row.get("entries")?, row.get("bytes")?);
            Ok((entries.unsigned_abs(), bytes.unsigned_abs()))
        })
        .optional()?;
    Ok(found.unwrap_or_default())
}
