//! The tables of push: how far the streams were read, what is to be fetched, what is to be told.
//!
//! What a message asks for and that it was read are written in one transaction, so that it is
//! neither lost nor taken twice.

use std::time::{Duration, SystemTime};

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::Store;
use crate::error::StoreError;
use crate::notice::{Draft, Message, Notice, OnFailure};
use crate::time::{from_unix_ms, to_unix_ms};

/// As many messages are known again: more than a site sends again after a break.
const KNOWN: i64 = 4096;
/// As many notices wait to be shown to one person; of more only the number is kept.
const MOST_NOTICES: i64 = 100;
/// As many pages wait to be fetched for one person.
const MOST_PAGES: i64 = 256;
/// As many streams and sessions are remembered.
const MOST_CURSORS: i64 = 64;
/// What was not shown or fetched by then is of no use to anybody.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

/// Where a stream is read, and in whose session.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    pub(crate) stream: String,
    pub(crate) partition: String,
}

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

/// A notice is due once its pages are there, or once each was tried if it does not wait.
const SETTLE: &str = "UPDATE notice SET is_due = 1
    WHERE is_due = 0 AND NOT EXISTS (
        SELECT 1 FROM json_each(notice.pages) AS page
          JOIN push_page ON push_page.url = page.value AND push_page.partition = notice.partition
         WHERE notice.waits OR push_page.tries = 0)";

const NOTICES: &str = "SELECT key, kind, title, body, open, tag, at_ms,
           NOT is_refused AND NOT EXISTS (
               SELECT 1 FROM json_each(notice.pages) AS page
                 JOIN push_page
                   ON push_page.url = page.value AND push_page.partition = notice.partition
                WHERE push_page.tries > 0) AS is_refreshed
      FROM notice
     WHERE is_due AND partition IN ('anonymous', :visitor)
     ORDER BY id";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Notice> {
    Ok(Notice {
        key: row.get("key")?,
        kind: row.get("kind")?,
        title: row.get("title")?,
        body: row.get("body")?,
        open: row.get("open")?,
        tag: row.get("tag")?,
        is_refreshed: row.get("is_refreshed")?,
        at: from_unix_ms(row.get("at_ms")?),
    })
}

fn settle(db: &Connection) -> rusqlite::Result<bool> {
    Ok(db.prepare_cached(SETTLE)?.execute([])? > 0)
}

/// Keeps what a message asks for, unless it is known already; whether it was not.
fn keep(
    db: &Connection,
    partition: &str,
    message: &Message,
    (on_failure, now_ms): (OnFailure, i64),
) -> rusqlite::Result<bool> {
    if let Some(id) = &message.id {
        let sql = "INSERT INTO push_seen (id) VALUES (:id) ON CONFLICT DO NOTHING";
        if db.prepare_cached(sql)?.execute(named_params! { ":id": id })? == 0 {
            return Ok(false);
        }
    }
    // The site has just spoken, so what has failed before is tried at once.
    let sql = "INSERT INTO push_page (url, partition, at_ms) VALUES (:url, :partition, :now_ms)
               ON CONFLICT DO UPDATE
               SET wanted = wanted + 1, tries = 0, next_try_at_ms = 0, at_ms = :now_ms";
    for url in &message.pages {
        let page = named_params! { ":url": url, ":partition": partition, ":now_ms": now_ms };
        db.prepare_cached(sql)?.execute(page)?;
    }
    let Some(Draft { kind, title, body, open, tag }) = &message.notice else { return Ok(true) };
    if tag.is_some() {
        let sql = "DELETE FROM notice WHERE tag = :tag AND partition = :partition";
        db.prepare_cached(sql)?.execute(named_params! { ":tag": tag, ":partition": partition })?;
    }
    let sql = "INSERT INTO notice (key, partition, kind, title, body, open, tag, pages, waits,
                                   at_ms)
               VALUES (:key, :partition, :kind, :title, :body, :open, :tag, :pages, :waits,
                       :now_ms)";
    db.prepare_cached(sql)?.execute(named_params! {
        ":key": uuid::Uuid::new_v4().to_string(),
        ":partition": partition,
        ":kind": kind,
        ":title": title,
        ":body": body,
        ":open": open,
        ":tag": tag,
        ":pages": serde_json::Value::from(message.pages.clone()).to_string(),
        ":waits": on_failure == OnFailure::Wait,
        ":now_ms": now_ms,
    })?;
    Ok(true)
}

/// Keeps within bounds what one person has, and drops what is old.
fn bound(db: &Connection, partition: &str, now_ms: i64) -> rusqlite::Result<()> {
    let oldest_ms = now_ms - i64::try_from(LONGEST.as_millis()).unwrap_or(i64::MAX);
    for sql in [
        "DELETE FROM notice WHERE at_ms < :oldest_ms",
        "DELETE FROM push_page WHERE at_ms < :oldest_ms",
    ] {
        db.prepare_cached(sql)?.execute(named_params! { ":oldest_ms": oldest_ms })?;
    }
    let sql = "DELETE FROM push_seen
                WHERE number <= (SELECT MAX(number) FROM push_seen) - :known";
    db.prepare_cached(sql)?.execute(named_params! { ":known": KNOWN })?;
    let sql = "DELETE FROM notice WHERE id IN (
                   SELECT id FROM notice WHERE partition = :partition
                    ORDER BY id DESC LIMIT -1 OFFSET :most)";
    let of_person = named_params! { ":partition": partition, ":most": MOST_NOTICES };
    let left_out = i64::try_from(db.prepare_cached(sql)?.execute(of_person)?).unwrap_or(i64::MAX);
    if left_out > 0 {
        let sql = "INSERT INTO notice_left_out (partition, count) VALUES (:partition, :count)
                   ON CONFLICT DO UPDATE SET count = count + :count";
        db.prepare_cached(sql)?
            .execute(named_params! { ":partition": partition, ":count": left_out })?;
    }
    let sql = "SELECT url FROM push_page WHERE partition = :partition
                ORDER BY at_ms DESC, url LIMIT -1 OFFSET :most";
    let of_person = named_params! { ":partition": partition, ":most": MOST_PAGES };
    let too_many: Vec<String> = db
        .prepare_cached(sql)?
        .query_map(of_person, |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    too_many.iter().try_for_each(|url| refuse(db, url, partition))
}

/// A page is not fetched: what is told about it says so.
fn refuse(db: &Connection, url: &str, partition: &str) -> rusqlite::Result<()> {
    let page = named_params! { ":url": url, ":partition": partition };
    db.prepare_cached("DELETE FROM push_page WHERE url = :url AND partition = :partition")?
        .execute(page)?;
    let sql = "UPDATE notice SET is_refused = 1
                WHERE partition = :partition
                  AND EXISTS (SELECT 1 FROM json_each(notice.pages) WHERE value = :url)";
    db.prepare_cached(sql)?.execute(page).map(|_| ())
}

fn set_cursor(
    db: &Connection,
    Reading { stream, partition }: &Reading,
    event_id: &str,
    now_ms: i64,
) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO push_cursor (stream, partition, event_id, at_ms)
               VALUES (:stream, :partition, :event_id, :now_ms)";
    db.prepare_cached(sql)?.execute(named_params! {
        ":stream": stream, ":partition": partition, ":event_id": event_id, ":now_ms": now_ms,
    })?;
    let sql = "DELETE FROM push_cursor WHERE (stream, partition) IN (
                   SELECT stream, partition FROM push_cursor
                    ORDER BY at_ms DESC LIMIT -1 OFFSET :most)";
    db.prepare_cached(sql)?.execute(named_params! { ":most": MOST_CURSORS }).map(|_| ())
}

/// The same person has begun another session: what was theirs is so with this one.
pub(super) fn signed_in(db: &Connection, partition: &str, person: &str) -> rusqlite::Result<()> {
    for sql in [
        "UPDATE OR REPLACE push_cursor SET partition = :partition WHERE partition <> :partition
            AND partition IN (SELECT partition FROM person WHERE person = :person)",
        "UPDATE OR REPLACE push_page SET partition = :partition WHERE partition <> :partition
            AND partition IN (SELECT partition FROM person WHERE person = :person)",
        "UPDATE notice SET partition = :partition WHERE partition <> :partition
            AND partition IN (SELECT partition FROM person WHERE person = :person)",
    ] {
        db.prepare_cached(sql)?
            .execute(named_params! { ":partition": partition, ":person": person })?;
    }
    Ok(())
}

impl Store {
    /// How far a stream was read: in the same session, or else before there was one.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn cursor(&self, reading: &Reading) -> Result<Option<String>, StoreError> {
        let Reading { stream, partition } = reading;
        let sql = "SELECT event_id FROM push_cursor
                    WHERE stream = :stream AND partition IN (:partition, 'anonymous')
                    ORDER BY partition = :partition DESC LIMIT 1";
        self.inner.state.read("read how far a stream was read", |db| {
            db.prepare_cached(sql)?
                .query_row(named_params! { ":stream": stream, ":partition": partition }, |row| {
                    row.get(0)
                })
                .optional()
        })
    }

    /// Keeps what messages of a stream ask for, and how far it was read; it is on the disk when
    /// this returns. How many of them were not known before.
    ///
    /// # Errors
    ///
    /// What the database reports; then none of it is kept.
    pub(crate) async fn keep_messages(
        &self,
        reading: Reading,
        (messages, event_id): (Vec<Message>, Option<String>),
        (on_failure, now): (OnFailure, SystemTime),
    ) -> Result<usize, StoreError> {
        self.write_outbox("keep what the site has told", move |db| {
            let (partition, now_ms) = (&*reading.partition, to_unix_ms(now));
            let mut new = 0;
            for message in &messages {
                new += usize::from(keep(db, partition, message, (on_failure, now_ms))?);
            }
            if let Some(event_id) = &event_id {
                set_cursor(db, &reading, event_id, now_ms)?;
            }
            if new > 0 {
                bound(db, partition, now_ms)?;
                settle(db)?;
            }
            Ok(new)
        })
        .await
    }

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

    /// What is to be shown to a visitor, the oldest first.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn notices(&self, visitor: &str) -> Result<Vec<Notice>, StoreError> {
        self.inner.state.read("read what is to be told", |db| {
            db.prepare_cached(NOTICES)?
                .query_map(named_params! { ":visitor": visitor }, from_row)?
                .collect()
        })
    }

    /// How many more there were than are kept, since the visitor was told last.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn notices_left_out(&self, visitor: &str) -> Result<u64, StoreError> {
        let sql = "SELECT COALESCE(SUM(count), 0) FROM notice_left_out
                    WHERE partition IN ('anonymous', :visitor)";
        self.inner.state.read("read what is to be told", |db| {
            let visitor = named_params! { ":visitor": visitor };
            let count: i64 = db.prepare_cached(sql)?.query_row(visitor, |row| row.get(0))?;
            Ok(u64::try_from(count).unwrap_or(0))
        })
    }

    /// These were shown to a visitor, and it was said how many more there were.
    ///
    /// # Errors
    ///
    /// What the database reports; they are still to be shown.
    pub(crate) async fn notices_shown(
        &self,
        visitor: String,
        keys: Vec<String>,
    ) -> Result<(), StoreError> {
        self.write_outbox("note what was told", move |db| {
            for key in &keys {
                db.prepare_cached("DELETE FROM notice WHERE key = :key")?
                    .execute(named_params! { ":key": key })?;
            }
            let sql = "DELETE FROM notice_left_out WHERE partition IN ('anonymous', :visitor)";
            db.prepare_cached(sql)?.execute(named_params! { ":visitor": visitor }).map(|_| ())
        })
        .await
    }
}
