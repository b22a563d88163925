//! The push_page table: what is to be fetched before somebody is told of it.

use std::time::SystemTime;

use rusqlite::{Connection, named_params};

use super::Store;
use super::notices::settle;
use crate::error::StoreError;
use crate::time::{from_unix_ms, to_unix_ms};

/// A page that is to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WantedPage {
    pub(crate) url: String,
    pub(crate) partition: String,
    /// How often messages have named it.
    pub(crate) wanted: i64,
    pub(crate) tries: u32,
    pub(crate) next_try_at: SystemTime,
}

/// What has come of fetching a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fetched {
    /// It is stored as the site has it.
    Stored,
    /// The site does not have it, or does not let it be kept.
    Refused,
    /// It is tried again, at this time at the earliest.
    Later(SystemTime),
}

/// A page is not fetched: what is told about it says so.
pub(super) fn refuse(db: &Connection, url: &str, partition: &str) -> rusqlite::Result<()> {
    let page = named_params! { ":url": url, ":partition": partition };
    db.prepare_cached("DELETE FROM push_page WHERE url = :url AND partition = :partition")?
        .execute(page)?;
    let sql = "UPDATE notice SET is_refused = 1
                WHERE partition = :partition
                  AND EXISTS (SELECT 1 FROM json_each(notice.pages) WHERE value = :url)";
    db.prepare_cached(sql)?.execute(page).map(|_| ())
}

impl Store {
    /// The pages that are to be fetched for a visitor, or for everybody, those named first first.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn wanted_pages(&self, visitor: &str) -> Result<Vec<WantedPage>, StoreError> {
        let sql = "SELECT url, partition, wanted, tries, next_try_at_ms FROM push_page
                    WHERE partition IN ('anonymous', :visitor) ORDER BY at_ms, url";
        self.inner.state.read("read what is to be fetched", |db| {
            db.prepare_cached(sql)?
                .query_map(named_params! { ":visitor": visitor }, |row| {
                    Ok(WantedPage {
                        url: row.get("url")?,
                        partition: row.get("partition")?,
                        wanted: row.get("wanted")?,
                        tries: row.get("tries")?,
                        next_try_at: from_unix_ms(row.get("next_try_at_ms")?),
                    })
                })?
                .collect()
        })
    }

    /// Notes what has come of fetching pages. Whether something is to be told now.
    ///
    /// # Errors
    ///
    /// What the database reports; then nothing is noted.
    pub(crate) async fn pages_fetched(
        &self,
        pages: Vec<(WantedPage, Fetched)>,
    ) -> Result<bool, StoreError> {
        self.write_outbox("note what was fetched", move |db| {
            for (WantedPage { url, partition, wanted, .. }, fetched) in &pages {
                match fetched {
                    Fetched::Stored => {
                        // One that was named again meanwhile may have changed again.
                        let sql = "DELETE FROM push_page WHERE url = :url
                                      AND partition = :partition AND wanted = :wanted";
                        let page = named_params! {
                            ":url": url, ":partition": partition, ":wanted": wanted,
                        };
                        db.prepare_cached(sql)?.execute(page)?;
                    }
                    Fetched::Refused => refuse(db, url, partition)?,
                    Fetched::Later(at) => {
                        let sql = "UPDATE push_page SET tries = tries + 1, next_try_at_ms = :at_ms
                                    WHERE url = :url AND partition = :partition";
                        db.prepare_cached(sql)?.execute(named_params! {
                            ":url": url, ":partition": partition, ":at_ms": to_unix_ms(*at),
                        })?;
                    }
                }
            }
            settle(db)
        })
        .await
    }
}
