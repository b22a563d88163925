//! Looking into a store from outside, also while its owner runs: nothing is changed.

use std::path::Path;
use std::time::SystemTime;

use http::{HeaderMap, StatusCode};
use rusqlite::{Connection, OpenFlags, Row, named_params};

use super::responses::headers_from_stored;
use crate::error::StoreError;
use crate::policy::Variant;
use crate::time::from_unix_ms;

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

/// Every stored response for a URL, the newest first; none where there is no store.
///
/// # Errors
///
/// What the database reports.
pub(crate) fn kept(directory: &Path, url: &str) -> Result<Vec<Kept>, StoreError> {
    let path = directory.join("cache.sqlite3");
    if !path.exists() {
        return Ok(Vec::new());
    }
    let read = || {
        let db = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let sql = "SELECT partition, variant, install, is_invalid, status, headers, fetched_at_ms,
                          length, install = (SELECT id FROM install WHERE is_active = 1) AS is_active
                     FROM response
                    WHERE url = :url
                    ORDER BY fetched_at_ms DESC, id DESC";
        let mut statement = db.prepare(sql)?;
        statement
            .query_map(named_params! { ":url": url }, from_row)?
            .collect::<rusqlite::Result<Vec<_>>>()
    };
    read().map_err(|source| StoreError::Database { action: "look into the cache", source })
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
