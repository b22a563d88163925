//! The cookie table: the jar's cookies that outlive the program.
//!
//! They are few and change together, so they are written together.

use rusqlite::{Connection, named_params};

use super::{Store, blocking};
use crate::error::StoreError;

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

impl Store {
    /// The cookies that were kept.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn cookies(&self) -> Result<Vec<String>, StoreError> {
        if self.shreds() {
            return Ok(Vec::new());
        }
        self.inner.state.read("read the cookies", all)
    }

    /// Keeps these cookies and no others. They are on the disk when this returns, unless they are
    /// to go with the process.
    ///
    /// # Errors
    ///
    /// What the database reports; the ones kept before are still kept.
    pub(crate) async fn keep_cookies(&self, texts: Vec<String>) -> Result<(), StoreError> {
        if self.shreds() {
            return Ok(());
        }
        let inner = self.inner.clone();
        blocking(move || inner.state.write("keep the cookies", |db| replace(db, &texts))).await
    }
}
