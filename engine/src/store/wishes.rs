//! The saved table: which pages the person wants to have offline.

use std::time::SystemTime;

use http::HeaderMap;
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::responses::{headers_from_stored, headers_to_stored};
use super::{Store, people};
use crate::error::StoreError;
use crate::saved::Why;
use crate::time::{from_unix_ms, to_unix_ms};

/// A page that somebody wants to have offline.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) key: String,
    pub(crate) url: String,
    pub(crate) partition: String,
    /// What the page was asked for with.
    pub(crate) headers: HeaderMap,
    pub(crate) title: String,
    /// Whether a new copy is to be made.
    pub(crate) is_wanted: bool,
    pub(crate) checked_at: SystemTime,
    pub(crate) why: Option<Why>,
}

/// What an attempt to make a copy has come to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attempted {
    pub(crate) title: Option<String>,
    /// Everybody may see it.
    pub(crate) is_shared: bool,
    pub(crate) why: Option<Why>,
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Wish> {
    Ok(Wish {
        key: row.get("key")?,
        url: row.get("url")?,
        partition: row.get("partition")?,
        headers: headers_from_stored(row.get_ref("headers")?.as_blob()?),
        title: row.get("title")?,
        is_wanted: row.get("is_wanted")?,
        checked_at: from_unix_ms(row.get("checked_at_ms")?),
        why: why(row.get::<_, Option<String>>("reason")?.as_deref()),
    })
}

/// A word that a later version has written says nothing here.
fn why(word: Option<&str>) -> Option<Why> {
    Why::ALL.iter().copied().find(|why| Some(why.as_str()) == word)
}

/// Notes that a page is wanted by somebody, or wanted anew: its key.
fn wish(
    db: &Connection,
    (url, partition): (&str, &str),
    headers: &HeaderMap,
    now: SystemTime,
) -> rusqlite::Result<String> {
    let known = "UPDATE saved SET is_wanted = 1, headers = :headers
                  WHERE url = :url AND partition IN (:partition, 'shared') RETURNING key";
    let headers = headers_to_stored(headers);
    let of_page = named_params! { ":url": url, ":partition": partition, ":headers": headers };
    let found = db.prepare_cached(known)?.query_row(of_page, |row| row.get(0)).optional()?;
    if let Some(key) = found {
        return Ok(key);
    }
    let key = uuid::Uuid::new_v4().to_string();
    let sql = "INSERT INTO saved (key, url, partition, person, headers, wished_at_ms)
               VALUES (:key, :url, :partition, :person, :headers, :now_ms)";
    db.prepare_cached(sql)?.execute(named_params! {
        ":key": key,
        ":url": url,
        ":partition": partition,
        ":person": people::of(db, partition)?,
        ":headers": headers,
        ":now_ms": to_unix_ms(now),
    })?;
    Ok(key)
}

/// The same person has begun another session: what is theirs is fetched with that one.
pub(super) fn signed_in(db: &Connection, partition: &str, person: &str) -> rusqlite::Result<()> {
    let sql = "UPDATE OR IGNORE saved SET partition = :partition, is_wanted = 1
                WHERE person = :person AND partition NOT IN ('shared', :partition)";
    db.prepare_cached(sql)?
        .execute(named_params! { ":partition": partition, ":person": person })
        .map(|_| ())
}

impl Store {
    /// Notes that a page is wanted by a visitor; it is on the disk when this returns. Its key.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn wish(
        &self,
        (url, partition): (String, String),
        headers: HeaderMap,
        now: SystemTime,
    ) -> Result<String, StoreError> {
        self.write_outbox("note what is to be saved", move |db| {
            wish(db, (&url, &partition), &headers, now)
        })
        .await
    }

    /// Every page that is wanted, the newest first.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn wishes(&self) -> Result<Vec<Wish>, StoreError> {
        let sql = "SELECT key, url, partition, headers, title, is_wanted, checked_at_ms, reason
                     FROM saved ORDER BY wished_at_ms DESC, key";
        self.inner.state.read("read what is saved", |db| {
            db.prepare_cached(sql)?.query_map([], from_row)?.collect()
        })
    }

    /// A new copy of a page is to be made; whether there is such a page.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn want(&self, key: String) -> Result<bool, StoreError> {
        self.write_outbox("note what is to be saved", move |db| {
            let sql = "UPDATE saved SET is_wanted = 1 WHERE key = :key";
            Ok(db.prepare_cached(sql)?.execute(named_params! { ":key": key })? == 1)
        })
        .await
    }

    /// Notes what an attempt has come to: nothing more is wanted.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn attempted(
        &self,
        key: String,
        attempted: Attempted,
        now: SystemTime,
    ) -> Result<(), StoreError> {
        self.write_outbox("note what was saved", move |db| {
            let Attempted { title, is_shared, why } = &attempted;
            let sql = "UPDATE OR IGNORE saved
                          SET is_wanted = 0, checked_at_ms = :now_ms, reason = :reason,
                              title = COALESCE(:title, title),
                              partition = CASE WHEN :is_shared THEN 'shared' ELSE partition END
                        WHERE key = :key";
            db.prepare_cached(sql)?
                .execute(named_params! {
                    ":key": key,
                    ":now_ms": to_unix_ms(now),
                    ":reason": why.map(Why::as_str),
                    ":title": title,
                    ":is_shared": is_shared,
                })
                .map(|_| ())
        })
        .await
    }

    /// Notes that a page is kept for everybody that has come from another device, as one that
    /// could not be fetched until its copy is there: its key.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(super) fn adopt_wish(
        &self,
        (url, title, key): (&str, &str, &str),
        headers: &HeaderMap,
        now: SystemTime,
    ) -> Result<String, StoreError> {
        self.inner.state.write("note what is saved", |db| {
            let known = "SELECT key FROM saved WHERE url = :url AND partition = 'shared'";
            let of_page = named_params! { ":url": url };
            let found =
                db.prepare_cached(known)?.query_row(of_page, |row| row.get(0)).optional()?;
            if let Some(found) = found {
                return Ok(found);
            }
            let taken = "SELECT 1 FROM saved WHERE key = :key";
            let is_taken = db.prepare_cached(taken)?.exists(named_params! { ":key": key })?;
            let new = || uuid::Uuid::new_v4().to_string();
            let key = if is_taken { new() } else { key.to_owned() };
            let sql = "INSERT INTO saved (key, url, partition, headers, title, wished_at_ms,
                                          is_wanted, checked_at_ms, reason)
                       VALUES (:key, :url, 'shared', :headers, :title, :now_ms, 0, :now_ms, :why)";
            db.prepare_cached(sql)?.execute(named_params! {
                ":key": key,
                ":url": url,
                ":headers": headers_to_stored(headers),
                ":title": title,
                ":now_ms": to_unix_ms(now),
                ":why": Why::Offline.as_str(),
            })?;
            Ok(key)
        })
    }

    /// Notes that the copy of a page that everybody may see is there.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(super) fn wish_fulfilled(&self, url: &str, now: SystemTime) -> Result<(), StoreError> {
        let sql = "UPDATE saved SET is_wanted = 0, reason = NULL, checked_at_ms = :now_ms
                    WHERE url = :url AND partition = 'shared'";
        self.inner.state.write("note what is saved", |db| {
            let of_page = named_params! { ":url": url, ":now_ms": to_unix_ms(now) };
            db.prepare_cached(sql)?.execute(of_page).map(|_| ())
        })
    }

    /// A page is wanted no more.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn unwish(&self, key: String) -> Result<(), StoreError> {
        self.write_outbox("remove what is saved", move |db| {
            let sql = "DELETE FROM saved WHERE key = :key";
            db.prepare_cached(sql)?.execute(named_params! { ":key": key }).map(|_| ())
        })
        .await
    }

    /// What was saved in these sessions by nobody in particular is nobody's any more.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn unwish_of(&self, partition: String) -> Result<(), StoreError> {
        let is_there = "SELECT 1 FROM saved
                         WHERE partition = :partition AND person IS NULL AND partition <> 'shared'";
        let found = self.inner.state.read("read what is saved", |db| {
            db.prepare_cached(is_there)?.exists(named_params! { ":partition": partition })
        })?;
        if !found {
            return Ok(());
        }
        self.write_outbox("remove what is saved", move |db| {
            let sql = "DELETE FROM saved
                        WHERE partition = :partition AND person IS NULL AND partition <> 'shared'";
            db.prepare_cached(sql)?.execute(named_params! { ":partition": partition }).map(|_| ())
        })
        .await
    }
}
