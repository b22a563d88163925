//! Looking into a store from outside, also while its owner runs: nothing is changed.

use std::path::Path;
use std::time::SystemTime;

use http::{HeaderMap, StatusCode};
use rusqlite::{Connection, OpenFlags, Row, named_params};

use super::responses::headers_from_stored;
use super::traffic;
use super::usage::{self, UsagePart};
use crate::error::StoreError;
use crate::policy::Variant;
use crate::time::from_unix_ms;
use crate::traffic::Answered;

/// A stored response without its body.
pub(crate) struct Kept {
    /// As it is stored.
    pub(crate) partition: String,
    pub(crate) variant: Variant,
    pub(crate) is_installed: bool,
    /// Whether its install, if it is of one, is the one that serves.
    is_active: bool,
    pub(crate) is_invalid: bool,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) fetched_at: SystemTime,
    /// Of the body, in bytes.
    pub(crate) length: u64,
}

impl Kept {
    /// Whether it may be served now, as far as installs are concerned.
    pub(crate) fn is_served(&self) -> bool {
        !self.is_installed || self.is_active
    }
}

/// What a store holds.
#[derive(Default)]
pub(crate) struct Holding {
    /// Of all bodies; one that several responses share counts once.
    pub(crate) bytes: u64,
    /// The newest last.
    pub(crate) installs: Vec<InstallState>,
    pub(crate) parts: Vec<UsagePart>,
    /// What was answered until it was written down last.
    pub(crate) answered: Vec<Answered>,
}

/// How far an install is.
pub(crate) struct InstallState {
    pub(crate) version: String,
    pub(crate) is_active: bool,
    pub(crate) is_complete: bool,
    /// How many responses are there.
    pub(crate) entries: u64,
    /// The path that failed last, and why.
    pub(crate) failure: Option<(String, String)>,
}

/// Every stored response for a URL, the newest first; none where there is no store.
///
/// # Errors
///
/// What the database reports.
pub(crate) fn kept(directory: &Path, url: &str) -> Result<Vec<Kept>, StoreError> {
    let sql = "SELECT partition, variant, install, is_invalid, status, headers, fetched_at_ms,
                      length, install IN (SELECT id FROM install
                                          WHERE is_active = 1 OR is_shown > 0) AS is_active
                 FROM response
                WHERE url = :url
                ORDER BY fetched_at_ms DESC, id DESC";
    look(&directory.join("cache.sqlite3"), |db| {
        db.prepare(sql)?.query_map(named_params! { ":url": url }, from_row)?.collect()
    })
    .map(Option::unwrap_or_default)
}

/// What is stored altogether; nothing where there is no store.
///
/// # Errors
///
/// What the database reports.
pub(crate) fn holding(directory: &Path) -> Result<Holding, StoreError> {
    let sql = "SELECT version, is_active, is_complete, failed_path, failed_reason,
                      (SELECT COUNT(*) FROM response WHERE response.install = install.id) AS entries
                 FROM install
                WHERE save IS NULL
                ORDER BY id";
    let found = look(&directory.join("cache.sqlite3"), |db| {
        let installs =
            db.prepare(sql)?.query_map([], install_from_row)?.collect::<Result<_, _>>()?;
        let (parts, answered) = (usage::parts(db)?, traffic::all(db)?);
        Ok(Holding { bytes: usage::bytes(db)?, installs, parts, answered })
    })?;
    Ok(found.unwrap_or_default())
}

/// Reads a database, if there is one.
fn look<T>(
    path: &Path,
    read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> Result<Option<T>, StoreError> {
    if !path.exists() {
        return Ok(None);
    }
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
    connection
        .and_then(|db| read(&db))
        .map(Some)
        .map_err(|source| StoreError::Database { action: "look into the data directory", source })
}

fn install_from_row(row: &Row<'_>) -> rusqlite::Result<InstallState> {
    let path: Option<String> = row.get("failed_path")?;
    Ok(InstallState {
        version: row.get("version")?,
        is_active: row.get("is_active")?,
        is_complete: row.get("is_complete")?,
        entries: row.get::<_, i64>("entries")?.unsigned_abs(),
        failure: path.zip(row.get("failed_reason")?),
    })
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Kept> {
    Ok(Kept {
        partition: row.get("partition")?,
        variant: Variant::from_stored(row.get("variant")?),
        is_installed: row.get::<_, Option<i64>>("install")?.is_some(),
        is_active: row.get::<_, Option<bool>>("is_active")?.unwrap_or(false),
        is_invalid: row.get("is_invalid")?,
        status: StatusCode::from_u16(row.get("status")?).unwrap_or(StatusCode::OK),
        headers: headers_from_stored(row.get_ref("headers")?.as_blob()?),
        fetched_at: from_unix_ms(row.get("fetched_at_ms")?),
        length: row.get::<_, i64>("length")?.unsigned_abs(),
    })
}
