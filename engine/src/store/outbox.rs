//! The submission table: what waits to be delivered, oldest first.
//!
//! Plain functions on a connection, so that a caller decides what shares a transaction.

use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, Method};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row, named_params};

use super::responses::{headers_from_stored, headers_to_stored};
use super::{Store, blocking};
use crate::error::StoreError;
use crate::request::Cookies;
use crate::time::{from_unix_ms, to_unix_ms};

/// What has become of a submission.
///
/// ```text
/// queued ◀──▶ sending ──▶ delivered: it is gone
///               ├──▶ refused: the site has said no
///               └──▶ uncertain: it may have arrived, and nobody can tell
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubmissionState {
    /// It waits until it can be sent.
    Queued,
    /// It is being sent.
    Sending,
    /// The site has answered that it does not take it.
    Refused,
    /// The connection broke when it may have arrived already.
    Uncertain,
}

impl SubmissionState {
    const ALL: [Self; 4] = [Self::Queued, Self::Sending, Self::Refused, Self::Uncertain];

    /// The word for it in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Refused => "refused",
            Self::Uncertain => "uncertain",
        }
    }
}

impl ToSql for SubmissionState {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.as_str().to_sql()
    }
}

impl FromSql for SubmissionState {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(FromSqlError::InvalidType)
    }
}

/// What a person has submitted.
#[derive(Debug, Clone)]
pub(crate) struct Submission {
    pub(crate) key: String,
    pub(crate) route: String,
    pub(crate) lane: String,
    pub(crate) partition: String,
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) cookies: Cookies,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) created_at: SystemTime,
}

/// One that is kept.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) id: i64,
    pub(crate) submission: Submission,
    pub(crate) tries: u32,
    pub(crate) next_try_at: SystemTime,
}

const COLUMNS: &str = "id, key, route, lane, partition, method, url, cookies, headers, body,
                       created_at_ms, tries, next_try_at_ms";

/// Adds one, which `sender` sends at once or which waits.
fn insert(db: &Connection, submission: &Submission, sender: Option<&str>) -> rusqlite::Result<i64> {
    let state = if sender.is_some() { SubmissionState::Sending } else { SubmissionState::Queued };
    let cookies = match submission.cookies {
        Cookies::Jar => "jar",
        Cookies::Client => "client",
    };
    let sql = "INSERT INTO submission (key, route, lane, partition, method, url, cookies, headers,
                                       body, state, sender, created_at_ms, tries, next_try_at_ms,
                                       not_before_ms)
               VALUES (:key, :route, :lane, :partition, :method, :url, :cookies, :headers,
                       :body, :state, :sender, :created_at_ms, 0, :created_at_ms, 0)";
    db.prepare_cached(sql)?.execute(named_params! {
        ":key": submission.key,
        ":route": submission.route,
        ":lane": submission.lane,
        ":partition": submission.partition,
        ":method": submission.method.as_str(),
        ":url": submission.url,
        ":cookies": cookies,
        ":headers": headers_to_stored(&submission.headers),
        ":body": &*submission.body,
        ":state": state,
        ":sender": sender,
        ":created_at_ms": to_unix_ms(submission.created_at),
    })?;
    Ok(db.last_insert_rowid())
}

/// Whether something of this lane waits, which must arrive before.
fn is_waiting(db: &Connection, lane: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT 1 FROM submission WHERE lane = :lane AND state IN ('queued', 'sending')";
    db.prepare_cached(sql)?.exists(named_params! { ":lane": lane })
}

/// The first of each lane, if it waits: what comes after it in its lane has to.
fn first_of_lanes(db: &Connection) -> rusqlite::Result<Vec<Kept>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM submission
          WHERE state = 'queued'
            AND id IN (SELECT MIN(id) FROM submission
                        WHERE state IN ('queued', 'sending') GROUP BY lane)
          ORDER BY id"
    );
    db.prepare_cached(&sql)?.query_map([], kept)?.collect()
}

/// Notes that `sender` sends it; `false` if another process does, or it is gone.
fn take(db: &Connection, id: i64, sender: &str) -> rusqlite::Result<bool> {
    let sql = "UPDATE submission SET state = 'sending', sender = :sender
                WHERE id = :id AND state = 'queued'";
    let taken = db.prepare_cached(sql)?.execute(named_params! { ":id": id, ":sender": sender })?;
    Ok(taken == 1)
}

/// What is to be tried again.
#[derive(Debug, Clone)]
pub(crate) struct Again {
    pub(crate) at: SystemTime,
    pub(crate) not_before: SystemTime,
}

/// Notes that it was tried and waits for the next time.
fn put_back(db: &Connection, id: i64, again: &Again, reason: &str) -> rusqlite::Result<()> {
    let sql = "UPDATE submission
                  SET state = 'queued', sender = NULL, tries = tries + 1, reason = :reason,
                      next_try_at_ms = :at_ms, not_before_ms = :not_before_ms
                WHERE id = :id";
    db.prepare_cached(sql)?.execute(named_params! {
        ":id": id,
        ":reason": reason,
        ":at_ms": to_unix_ms(again.at),
        ":not_before_ms": to_unix_ms(again.not_before),
    })?;
    Ok(())
}

/// Notes what has become of it, which the person has to see to.
fn settle(db: &Connection, id: i64, state: SubmissionState, reason: &str) -> rusqlite::Result<()> {
    let sql = "UPDATE submission
                  SET state = :state, sender = NULL, tries = tries + 1, reason = :reason
                WHERE id = :id";
    db.prepare_cached(sql)?
        .execute(named_params! { ":id": id, ":state": state, ":reason": reason })?;
    Ok(())
}

/// It was delivered, or the person wants it no more.
fn remove(db: &Connection, id: i64) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM submission WHERE id = :id")?
        .execute(named_params! { ":id": id })?;
    Ok(())
}

/// The site can be reached again: what waits is tried as soon as the site allows.
fn make_due(db: &Connection, now: SystemTime) -> rusqlite::Result<()> {
    let sql = "UPDATE submission
                  SET next_try_at_ms = MIN(next_try_at_ms, MAX(not_before_ms, :now_ms))
                WHERE state = 'queued'";
    db.prepare_cached(sql)?.execute(named_params! { ":now_ms": to_unix_ms(now) })?;
    Ok(())
}

/// What other processes were sending, with their names.
fn sent_by_others(db: &Connection, own: &str) -> rusqlite::Result<Vec<(String, Kept)>> {
    let sql = format!(
        "SELECT {COLUMNS}, sender FROM submission
          WHERE state = 'sending' AND sender <> :own ORDER BY id"
    );
    db.prepare_cached(&sql)?
        .query_map(named_params! { ":own": own }, |row| Ok((row.get("sender")?, kept(row)?)))?
        .collect()
}

fn kept(row: &Row<'_>) -> rusqlite::Result<Kept> {
    let method: String = row.get("method")?;
    let cookies: String = row.get("cookies")?;
    let submission = Submission {
        key: row.get("key")?,
        route: row.get("route")?,
        lane: row.get("lane")?,
        partition: row.get("partition")?,
        method: method.parse().map_err(|_| rusqlite::Error::InvalidQuery)?,
        url: row.get("url")?,
        cookies: if cookies == "jar" { Cookies::Jar } else { Cookies::Client },
        headers: headers_from_stored(row.get_ref("headers")?.as_blob()?),
        body: row.get::<_, Vec<u8>>("body")?.into(),
        created_at: from_unix_ms(row.get("created_at_ms")?),
    };
    Ok(Kept {
        id: row.get("id")?,
        submission,
        tries: row.get("tries")?,
        next_try_at: from_unix_ms(row.get("next_try_at_ms")?),
    })
}

impl Store {
    /// Keeps a submission: it is on the disk when this returns. If it `may_go` and nothing of
    /// its lane waits, which must arrive before, this process sends it at once; whether it does.
    ///
    /// # Errors
    ///
    /// What the database reports; then nothing is kept.
    pub(crate) async fn keep_submission(
        &self,
        submission: Submission,
        may_go: bool,
    ) -> Result<(Kept, bool), StoreError> {
        self.write_outbox("keep a submission", move |db, own| {
            let is_sent_now = may_go && !is_waiting(db, &submission.lane)?;
            let id = insert(db, &submission, is_sent_now.then_some(own))?;
            let next_try_at = submission.created_at;
            Ok((Kept { id, submission: submission.clone(), tries: 0, next_try_at }, is_sent_now))
        })
        .await
    }

    /// The first of each lane that waits.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn first_of_lanes(&self) -> Result<Vec<Kept>, StoreError> {
        self.inner.state.read("read what was submitted", first_of_lanes)
    }

    /// What this process sends from now on; `false` if another one does.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn take_submission(&self, id: i64) -> Result<bool, StoreError> {
        self.write_outbox("take a submission", move |db, own| take(db, id, own)).await
    }

    /// It waits for the next time.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn put_back(
        &self,
        id: i64,
        again: Again,
        reason: String,
    ) -> Result<(), StoreError> {
        self.write_outbox("keep a submission", move |db, _| put_back(db, id, &again, &reason)).await
    }

    /// The person has to see to it.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn settle_submission(
        &self,
        id: i64,
        state: SubmissionState,
        reason: String,
    ) -> Result<(), StoreError> {
        self.write_outbox("keep a submission", move |db, _| settle(db, id, state, &reason)).await
    }

    /// It was delivered, or is wanted no more.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn remove_submission(&self, id: i64) -> Result<(), StoreError> {
        self.write_outbox("remove a submission", move |db, _| remove(db, id)).await
    }

    /// What waits is tried as soon as the site allows.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn make_due(&self, now: SystemTime) -> Result<(), StoreError> {
        self.write_outbox("send what waits", move |db, _| make_due(db, now)).await
    }

    /// What processes were sending that have ended since.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn left_behind(&self) -> Result<Vec<Kept>, StoreError> {
        let sender = &self.inner.sender;
        let sent = |db: &Connection| sent_by_others(db, &sender.name);
        let sent = self.inner.state.read("read what was submitted", sent)?;
        let ended = sent.into_iter().filter(|(name, _)| sender.has_ended(name));
        Ok(ended.map(|(_, kept)| kept).collect())
    }

    async fn write_outbox<T: Send + 'static>(
        &self,
        action: &'static str,
        write: impl Fn(&Connection, &str) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = self.inner.clone();
        blocking(move || inner.write_state(action, |db| write(db, &inner.sender.name))).await
    }
}
