//! The cookie table: the jar's cookies that outlive the program.
//!
//! They are few and change together, so they are written together.

use rusqlite::{Connection, named_params};

/// Every kept cookie.
pub(super) fn all(db: &Connection) -> rusqlite::Result<Vec<String>> {
    db.prepare_cached("SELECT text FROM cookie")?.query_map([], |row| row.get(0))?.collect()
}

/// Keeps these and no others.
pub(super) fn replace(db: &Connection, texts: &[String]) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM cookie")?.execute([])?;
    let mut insert = db.prepare_cached("INSERT INTO cookie (text) VALUES (:text)")?;
    for text in texts {
        insert.execute(named_params! { ":text": text })?;
    }
    Ok(())
}
