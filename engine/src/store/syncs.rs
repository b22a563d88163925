//! When groups of pages were fetched by themselves, and when they will be.

use std::time::SystemTime;

use rusqlite::{Connection, Row, named_params};

use super::Store;
use crate::error::StoreError;
use crate::time::{from_unix_ms, to_unix_ms};

/// How it stands with a group of pages that is fetched by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Synced {
    /// The group's name in the profile.
    pub(crate) name: String,
    pub(crate) last_at: Option<SystemTime>,
    pub(crate) next_at: SystemTime,
    /// How often in a row the site was not to be had.
    pub(crate) failures: u32,
    /// Why not all of it could be fetched the last time, in full.
    pub(crate) failure: Option<String>,
}

impl Store {
    /// All groups that were ever planned.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn syncs(&self) -> Result<Vec<Synced>, StoreError> {
        self.inner.cache.read("read what is fetched by itself", all)
    }

    /// Notes how it stands with a group.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn note_sync(&self, synced: Synced) -> Result<(), StoreError> {
        self.write_cache("note what is fetched by itself", move |db| note(db, &synced)).await
    }
}

fn all(db: &Connection) -> rusqlite::Result<Vec<Synced>> {
    let sql = "SELECT name, last_at_ms, next_at_ms, failures, failure FROM sync ORDER BY name";
    db.prepare_cached(sql)?.query_map([], synced)?.collect()
}

fn note(db: &Connection, synced: &Synced) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO sync (name, last_at_ms, next_at_ms, failures, failure)
               VALUES (:name, :last_at_ms, :next_at_ms, :failures, :failure)";
    db.prepare_cached(sql)?.execute(named_params! {
        ":name": synced.name,
        ":last_at_ms": synced.last_at.map(to_unix_ms),
        ":next_at_ms": to_unix_ms(synced.next_at),
        ":failures": synced.failures,
        ":failure": synced.failure,
    })?;
    Ok(())
}

fn synced(row: &Row<'_>) -> rusqlite::Result<Synced> {
    let last_at_ms: Option<i64> = row.get("last_at_ms")?;
    Ok(Synced {
        name: row.get("name")?,
        last_at: last_at_ms.map(from_unix_ms),
        next_at: from_unix_ms(row.get("next_at_ms")?),
        failures: row.get("failures")?,
        failure: row.get("failure")?,
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::super::database::tests::cache_in_memory;
    use super::*;

    #[test]
    fn what_was_noted_last_holds() {
        let db = cache_in_memory();
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let group = |name: &str, last_at, failure: Option<&str>| Synced {
            name: name.to_owned(),
            last_at,
            next_at: at(900),
            failures: u32::from(failure.is_some()),
            failure: failure.map(str::to_owned),
        };
        let (polls, news) = (group("polls", Some(at(5)), None), group("news", None, Some("away")));
        for synced in [&group("polls", None, Some("away")), &news, &polls] {
            note(&db, synced).unwrap();
        }
        assert_eq!(all(&db).unwrap(), [news, polls]);
    }
}
