//! What cannot be saved: a row in SQLite, a file, and a response made of what was read.
//!
//! A database of its own with one table and one index, since that is the least that a cache
//! of responses needs, whatever the engine's schema is.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use rusqlite::{Connection, Statement, named_params};

use crate::Outcome;

/// When a commit has reached the disk.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Durability {
    /// Soon, as the engine's cache.
    Soon,
    /// When it returns, as the engine's state.
    Now,
}

/// A log longer than this is taken into the database, outside of what is measured.
const LONG_LOG: u64 = 4 << 20;

/// The database and the folder of the files.
pub(crate) struct Raw {
    pub(crate) database: Connection,
    folder: PathBuf,
}

impl Raw {
    /// Opens or makes them.
    pub(crate) fn open(folder: &Path, durability: Durability) -> Outcome<Self> {
        fs::create_dir_all(folder)?;
        let database = Connection::open(folder.join("raw.sqlite3"))?;
        database.busy_timeout(Duration::from_secs(10))?;
        database.pragma_update(None, "journal_mode", "WAL")?;
        let synchronous = match durability {
            Durability::Soon => "NORMAL",
            Durability::Now => "FULL",
        };
        database.pragma_update(None, "synchronous", synchronous)?;
        database.pragma_update(None, "wal_autocheckpoint", 0)?;
        database.execute_batch(
            "CREATE TABLE IF NOT EXISTS response (
                id INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE, status INTEGER NOT NULL,
                headers BLOB NOT NULL, body BLOB
             ) STRICT",
        )?;
        Ok(Self { database, folder: folder.to_owned() })
    }

    /// Stores rows in one transaction.
    pub(crate) fn fill<'u>(
        &self,
        rows: impl IntoIterator<Item = (&'u str, Bytes)>,
        headers: &HeaderMap,
    ) -> Outcome<()> {
        let headers = to_lines(headers);
        let transaction = self.database.unchecked_transaction()?;
        for (url, body) in rows {
            insert(&transaction, url, &headers, Some(&body))?;
        }
        transaction.commit()?;
        self.checkpoint()
    }

    /// Stores one row in a transaction of its own.
    pub(crate) fn store(&self, url: &str, headers: &HeaderMap, body: &Bytes) -> Outcome<()> {
        self.database.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        insert(&self.database, url, &to_lines(headers), Some(body))?;
        self.database.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }

    /// Takes a long log into the database.
    pub(crate) fn tidy(&self) -> Outcome<()> {
        let log = fs::metadata(self.folder.join("raw.sqlite3-wal"));
        if log.is_ok_and(|log| log.len() > LONG_LOG) { self.checkpoint() } else { Ok(()) }
    }

    fn checkpoint(&self) -> Outcome<()> {
        Ok(self.database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }

    /// Stores a row whose body is a file named `name`.
    pub(crate) fn store_file(
        &self,
        url: &str,
        name: usize,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Outcome<()> {
        fs::write(self.file(name), body)?;
        insert(&self.database, url, &to_lines(headers), None)
    }

    /// Where the file named `name` lies.
    pub(crate) fn file(&self, name: usize) -> PathBuf {
        self.folder.join(name.to_string())
    }

    /// The statement of [`get`], to be held.
    pub(crate) fn statement(&self) -> Outcome<Statement<'_>> {
        let sql = "SELECT status, headers, body FROM response WHERE url = :url";
        Ok(self.database.prepare(sql)?)
    }
}

/// A response from its row.
pub(crate) fn get(statement: &mut Statement<'_>, url: &str) -> Outcome<Response<Bytes>> {
    Ok(statement.query_row(named_params! { ":url": url }, |row| {
        let mut response = Response::new(Bytes::new());
        let status: u16 = row.get(0)?;
        *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
        *response.headers_mut() = from_lines(row.get_ref(1)?.as_blob()?);
        let body: Option<Vec<u8>> = row.get(2)?;
        *response.body_mut() = body.unwrap_or_default().into();
        Ok(response)
    })?)
}

fn insert(database: &Connection, url: &str, headers: &[u8], body: Option<&[u8]>) -> Outcome<()> {
    let sql = "INSERT OR REPLACE INTO response (url, status, headers, body)
               VALUES (:url, 200, :headers, :body)";
    database
        .prepare_cached(sql)?
        .execute(named_params! { ":url": url, ":headers": headers, ":body": body })?;
    Ok(())
}

fn to_lines(headers: &HeaderMap) -> Vec<u8> {
    let lines = headers
        .iter()
        .map(|(name, value)| [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\n"].concat());
    lines.collect::<Vec<_>>().concat()
}

fn from_lines(lines: &[u8]) -> HeaderMap {
    let lines = lines.split(|byte| *byte == b'\n').filter_map(|line| {
        let (name, value) = line.split_at_checked(line.iter().position(|byte| *byte == b':')?)?;
        let name = HeaderName::from_bytes(name).ok()?;
        Some((name, HeaderValue::from_bytes(value.get(2..)?).ok()?))
    });
    lines.collect()
}
