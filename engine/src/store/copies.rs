//! Copies of saved pages: each a set of responses that is found as a whole or not at all.
//!
//! They lie in the install table, since they are staged like a version of the profile, never
//! evicted like one, and go with all their responses like one.

use std::time::SystemTime;

use http::HeaderMap;
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::responses::{self, Stored};
use super::writer::Subject;
use super::{Change, Store, blocking};
use crate::error::StoreError;
use crate::policy::Partition;
use crate::saved::Missing;
use crate::time::{from_unix_ms, to_unix_ms};

/// How many copies of a page are kept.
const KEPT: i64 = 3;

/// One copy of a saved page.
#[derive(Debug, Clone)]
pub(crate) struct Copy {
    pub(crate) id: i64,
    /// The key of its page.
    pub(crate) save: String,
    pub(crate) saved_at: SystemTime,
    pub(crate) shown: Shown,
    pub(crate) missing: Vec<Missing>,
    pub(crate) is_proven: bool,
    pub(crate) items: u64,
    pub(crate) bytes: u64,
}

/// Whether look-ups find a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    Not,
    /// Like anything else that is stored: the newest is found.
    Newest,
    /// Before anything newer, because the person wants it so.
    Held,
}

impl Shown {
    const fn to_stored(self) -> i64 {
        match self {
            Self::Not => 0,
            Self::Newest => 1,
            Self::Held => 2,
        }
    }

    const fn from_stored(stored: i64) -> Self {
        match stored {
            0 => Self::Not,
            2 => Self::Held,
            _ => Self::Newest,
        }
    }
}

/// The copy that is being made of a page, or a new one.
fn begin(db: &Connection, save: &str) -> rusqlite::Result<i64> {
    let unfinished = "SELECT id FROM install WHERE save = :save AND is_complete = 0";
    let found = db
        .prepare_cached(unfinished)?
        .query_row(named_params! { ":save": save }, |row| row.get(0))
        .optional()?;
    match found {
        Some(id) => Ok(id),
        None => begin_new(db, save),
    }
}

/// A new copy of a page, whoever is making another one.
pub(super) fn begin_new(db: &Connection, save: &str) -> rusqlite::Result<i64> {
    let sql = "INSERT INTO install (version, save)
               SELECT 'save ' || :save || ' ' || (COALESCE(MAX(id), 0) + 1), :save FROM install";
    db.prepare_cached(sql)?.execute(named_params! { ":save": save })?;
    Ok(db.last_insert_rowid())
}

/// Every copy that is complete, the newest first.
fn all(db: &Connection) -> rusqlite::Result<Vec<Copy>> {
    let sql = "SELECT install.id, save, saved_at_ms, is_shown, missing, is_proven,
                      COUNT(response.id) AS items, COALESCE(SUM(response.length), 0) AS bytes
                 FROM install LEFT JOIN response ON response.install = install.id
                WHERE save IS NOT NULL AND is_complete = 1
                GROUP BY install.id
                ORDER BY install.id DESC";
    db.prepare_cached(sql)?.query_map([], from_row)?.collect()
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Copy> {
    let missing = row.get_ref("missing")?.as_str()?;
    Ok(Copy {
        id: row.get("id")?,
        save: row.get("save")?,
        saved_at: from_unix_ms(row.get("saved_at_ms")?),
        shown: Shown::from_stored(row.get("is_shown")?),
        missing: serde_json::from_str(missing).unwrap_or_default(),
        is_proven: row.get("is_proven")?,
        items: row.get::<_, i64>("items")?.unsigned_abs(),
        bytes: row.get::<_, i64>("bytes")?.unsigned_abs(),
    })
}

/// Whether one copy has what the other has and says the same.
fn is_same(db: &Connection, one: i64, other: i64) -> rusqlite::Result<bool> {
    let sql = "SELECT 1 FROM (SELECT url, partition, variant, status, digest FROM response
                               WHERE install = :one
                              EXCEPT
                              SELECT url, partition, variant, status, digest FROM response
                               WHERE install = :other)";
    let mut statement = db.prepare_cached(sql)?;
    let mut lacks =
        |one: i64, other: i64| statement.exists(named_params! { ":one": one, ":other": other });
    Ok(!lacks(one, other)? && !lacks(other, one)?)
}

/// Makes a copy the one that is found, in place of the one before: the old ones that go for it.
fn show(
    db: &Connection,
    (save, copy): (&str, i64),
    missing: &[Missing],
    now: SystemTime,
) -> rusqlite::Result<Vec<i64>> {
    let missing = serde_json::to_string(missing).unwrap_or_else(|_| "[]".to_owned());
    let hide = "UPDATE install SET is_shown = 0 WHERE save = :save";
    db.prepare_cached(hide)?.execute(named_params! { ":save": save })?;
    let sql = "UPDATE install
                  SET is_complete = 1, is_shown = 1, saved_at_ms = :now_ms, missing = :missing
                WHERE id = :copy";
    db.prepare_cached(sql)?.execute(named_params! {
        ":copy": copy, ":now_ms": to_unix_ms(now), ":missing": missing,
    })?;
    let old = "SELECT id FROM install WHERE save = :save AND is_complete = 1
                ORDER BY id DESC LIMIT -1 OFFSET :kept";
    db.prepare_cached(old)?
        .query_map(named_params! { ":save": save, ":kept": KEPT }, |row| row.get(0))?
        .collect()
}

/// Makes a copy the one that is found, unless it says what the one before says, which holds on:
/// whether it did, and the copies that go for it.
pub(super) fn complete(
    db: &Connection,
    (save, copy): (&str, i64),
    (missing, is_proven): (&[Missing], bool),
    now: SystemTime,
) -> rusqlite::Result<(bool, Vec<i64>)> {
    let shown = "SELECT id FROM install WHERE save = :save AND is_shown > 0";
    let shown: Option<i64> = db
        .prepare_cached(shown)?
        .query_row(named_params! { ":save": save }, |row| row.get(0))
        .optional()?;
    // Another process has completed it meanwhile.
    if shown == Some(copy) {
        return Ok((false, Vec::new()));
    }
    if let Some(shown) = shown
        && is_same(db, shown, copy)?
    {
        let sql = "UPDATE install SET saved_at_ms = :now_ms, is_shown = 1 WHERE id = :shown";
        db.prepare_cached(sql)?
            .execute(named_params! { ":shown": shown, ":now_ms": to_unix_ms(now) })?;
        return Ok((false, vec![copy]));
    }
    if is_proven {
        let sql = "UPDATE install SET is_proven = 1 WHERE id = :copy";
        db.prepare_cached(sql)?.execute(named_params! { ":copy": copy })?;
    }
    Ok((true, show(db, (save, copy), missing, now)?))
}

/// Takes a response that has not changed over from another copy, or from what was stored while
/// browsing.
fn take_over(
    db: &Connection,
    (id, copy): (i64, i64),
    headers: &HeaderMap,
    fetched_at: SystemTime,
) -> rusqlite::Result<()> {
    let delete = "DELETE FROM response
                   WHERE install = :copy
                     AND (url, partition, variant) =
                         (SELECT url, partition, variant FROM response WHERE id = :id)";
    db.prepare_cached(delete)?.execute(named_params! { ":id": id, ":copy": copy })?;
    let sql = "INSERT INTO response (url, partition, variant, install, route, status, headers,
                                     head_at, fetched_at_ms, used_at_ms, length, digest, kind,
                                     blob, body)
               SELECT url, partition, variant, :copy, route, status, :headers,
                      head_at, :fetched_at_ms, :fetched_at_ms, length, digest, kind, blob, body
                 FROM response WHERE id = :id";
    db.prepare_cached(sql)?.execute(named_params! {
        ":id": id,
        ":copy": copy,
        ":headers": responses::headers_to_stored(headers),
        ":fetched_at_ms": to_unix_ms(fetched_at),
    })?;
    Ok(())
}

impl Store {
    /// Begins a copy of a page, or goes on with one that was interrupted.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn begin_copy(&self, save: String) -> Result<i64, StoreError> {
        self.write_cache("begin a copy", move |db| begin(db, &save)).await
    }

    /// What a copy has for a request, own or shared.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn lookup_in_copy(
        &self,
        (url, partition, copy): (&str, &Partition, i64),
        request: &HeaderMap,
    ) -> Result<Option<Stored>, StoreError> {
        let found = self.inner.cache.read("look into a copy", |db| {
            responses::lookup_in(db, (url, partition, copy), request)
        })?;
        Ok(found.and_then(|(row, content)| self.inner.blobs.load(row, content)))
    }

    /// Takes a response over into a copy, of which the site says that it still holds.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn take_over(
        &self,
        (id, copy): (i64, i64),
        headers: HeaderMap,
        fetched_at: SystemTime,
    ) -> Result<Change, StoreError> {
        let headers = self.sealed_headers(id, headers)?;
        let write = move |db: &Connection| take_over(db, (id, copy), &headers, fetched_at);
        self.write_cache("take a response over", write).await.map(|()| Change::Same)
    }

    /// Makes a copy the one that is found, in one transaction. All of it is on the disk when
    /// this returns. `false` if it says what the one before says, which holds on.
    ///
    /// # Errors
    ///
    /// What the database reports; the one before is found.
    pub(crate) async fn complete_copy(
        &self,
        (save, copy): (String, i64),
        missing: Vec<Missing>,
        now: SystemTime,
    ) -> Result<bool, StoreError> {
        let inner = self.inner.clone();
        blocking(move || {
            inner.sync_bodies()?;
            let subject = Subject::small("complete a copy");
            let (is_new, unwanted) = inner.write_cache(subject, move |db| {
                complete(db, (&save, copy), (&missing, false), now)
            })?;
            inner.cache.sync_log()?;
            inner.remove_installs(unwanted)?;
            Ok(is_new)
        })
        .await
    }

    /// How many bytes there is room for beside what is never evicted.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn room_to_keep(&self) -> Result<u64, StoreError> {
        let quota = self.inner.terms.quota;
        let kept = self.inner.cache.read("read what is stored", super::usage::kept_safe)?;
        Ok(quota.saturating_sub(kept))
    }

    /// Whether everybody may see what a copy has for a URL.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn is_shared(&self, copy: i64, url: &str) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM response
                    WHERE install = :copy AND url = :url AND partition = 'shared'";
        self.inner.cache.read("look into a copy", |db| {
            db.prepare_cached(sql)?.exists(named_params! { ":copy": copy, ":url": url })
        })
    }

    /// Every copy that is complete, the newest first.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn copies(&self) -> Result<Vec<Copy>, StoreError> {
        self.inner.cache.read("list the copies", all)
    }

    /// Makes another copy of a page the one that is found, before anything newer; whether
    /// there is such a one.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn hold_copy(&self, save: String, copy: i64) -> Result<bool, StoreError> {
        self.write_cache("show another copy", move |db| {
            let is_there = "SELECT 1 FROM install
                             WHERE id = :copy AND save = :save AND is_complete = 1";
            let of_page = named_params! { ":copy": copy, ":save": save };
            if !db.prepare_cached(is_there)?.exists(of_page)? {
                return Ok(false);
            }
            let sql = "UPDATE install SET is_shown = CASE id WHEN :copy THEN :held ELSE 0 END
                        WHERE save = :save";
            let held = Shown::Held.to_stored();
            db.prepare_cached(sql)?
                .execute(named_params! { ":copy": copy, ":save": save, ":held": held })?;
            Ok(true)
        })
        .await
    }

    /// Notes what a copy lacks, and that it was shown from what is in it alone.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn prove_copy(
        &self,
        copy: i64,
        missing: Vec<Missing>,
    ) -> Result<(), StoreError> {
        let missing = serde_json::to_string(&missing).unwrap_or_else(|_| "[]".to_owned());
        let inner = self.inner.clone();
        blocking(move || {
            // What has come while it was shown.
            inner.sync_bodies()?;
            inner.write_cache(Subject::small("note what a copy lacks"), move |db| {
                let sql = "UPDATE install SET missing = :missing, is_proven = 1 WHERE id = :copy";
                db.prepare_cached(sql)?
                    .execute(named_params! { ":copy": copy, ":missing": missing })
                    .map(|_| ())
            })?;
            inner.cache.sync_log()
        })
        .await
    }

    /// Removes the copy that is being made of a page, or all there are of it.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn delete_copies(
        &self,
        save: String,
        which: Unwanted,
    ) -> Result<(), StoreError> {
        let sql = match which {
            Unwanted::Unfinished => "SELECT id FROM install WHERE save = :save AND is_complete = 0",
            Unwanted::All => "SELECT id FROM install WHERE save = :save",
        };
        let inner = self.inner.clone();
        blocking(move || {
            let copies = inner.cache.read("find copies to remove", |db| {
                db.prepare_cached(sql)?
                    .query_map(named_params! { ":save": save }, |row| row.get(0))?
                    .collect()
            })?;
            inner.remove_installs(copies)
        })
        .await
    }
}

/// Which copies of a page are to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unwanted {
    Unfinished,
    All,
}
