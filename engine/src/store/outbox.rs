//! What waits to be delivered, oldest first, as those who deliver it see it.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use rusqlite::types::ToSql;
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::submission::{
    COLUMNS, DELIVERED, DISCARDED, EXPIRED, Kept, PUT_BACK, SEEN, SIGNED_IN, Step, Submission,
    SubmissionState, TAKEN, beginnings, cookies_named, insert, kept, step,
};
use super::{Store, blocking};
use crate::error::StoreError;
use crate::request::Cookies;
use crate::time::{from_unix_ms, to_unix_ms};

/// How long it is remembered what was delivered.
const REMEMBERED: Duration = Duration::from_secs(180 * 24 * 3600);

/// What is to be tried again.
#[derive(Debug, Clone)]
pub(crate) struct Again {
    pub(crate) at: SystemTime,
    pub(crate) not_before: SystemTime,
    pub(crate) may_have_arrived: bool,
    pub(crate) reason: String,
}

/// What the person has to see to.
#[derive(Debug, Clone)]
pub(crate) struct Unsettled {
    pub(crate) step: &'static Step,
    pub(crate) reason: String,
    pub(crate) answer: Option<KeptAnswer>,
    /// Where the site asks to sign in.
    pub(crate) sign_in: Option<String>,
}

/// What the site answered, for the person to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// Its status.
    pub status: u16,
    /// What its body is.
    pub content_type: Option<String>,
    /// The body, or the beginning of a long one.
    pub body: Bytes,
}

/// Whether something of this lane waits that the same visitor has submitted, which must arrive
/// before.
fn is_waiting(db: &Connection, submission: &Submission) -> rusqlite::Result<bool> {
    let sql = "SELECT 1 FROM submission
                WHERE lane = :lane AND state IN ('queued', 'sending')
                  AND COALESCE(person, partition) = :whose";
    let Submission { lane, partition, person, .. } = submission;
    let whose = person.as_ref().unwrap_or(partition);
    db.prepare_cached(sql)?.exists(named_params! { ":lane": lane, ":whose": whose })
}

/// One that is the first of its lane: what tells whether its turn has come.
#[derive(Debug, Clone)]
pub(crate) struct First {
    pub(crate) id: i64,
    pub(crate) route: String,
    pub(crate) url: String,
    pub(crate) partition: String,
    pub(crate) cookies: Cookies,
    pub(crate) tried_at: SystemTime,
    pub(crate) next_try_at: SystemTime,
}

/// The first of each lane, if it waits: what comes after it in its lane has to. Nobody waits
/// for somebody else, who may never sign in again. Nothing of a session that the site does not
/// know any more. Without what it says: this is read after each delivery.
fn first_of_lanes(db: &Connection) -> rusqlite::Result<Vec<First>> {
    let sql = "SELECT id, route, url, partition, cookies, tried_at_ms, next_try_at_ms
                 FROM submission
                WHERE state = 'queued'
                  AND id IN (SELECT MIN(id) FROM submission
                              WHERE state IN ('queued', 'sending')
                              GROUP BY lane, COALESCE(person, partition))
                  AND partition NOT IN (SELECT partition FROM submission
                                         WHERE state = 'needs-sign-in'
                                           AND partition LIKE 'session-%')
                ORDER BY id";
    let first = |row: &Row<'_>| {
        Ok(First {
            id: row.get("id")?,
            route: row.get("route")?,
            url: row.get("url")?,
            partition: row.get("partition")?,
            cookies: cookies_named(row.get_ref("cookies")?.as_str()?),
            tried_at: from_unix_ms(row.get("tried_at_ms")?),
            next_try_at: from_unix_ms(row.get("next_try_at_ms")?),
        })
    };
    db.prepare_cached(sql)?.query_map([], first)?.collect()
}

/// What is sent from now on by this sender, whole, unless somebody else sends it.
fn take(db: &Connection, id: i64, sender: &str) -> rusqlite::Result<Option<Kept>> {
    if !step(db, (id, &TAKEN), "sender = :sender", &[(":sender", &sender)])? {
        return Ok(None);
    }
    let sql = format!("SELECT {COLUMNS} FROM submission WHERE id = :id");
    db.prepare_cached(&sql)?.query_row(named_params! { ":id": id }, kept).optional()
}

fn put_back(db: &Connection, id: i64, now: SystemTime, again: &Again) -> rusqlite::Result<bool> {
    let set = "sender = NULL, tries = tries + 1, reason = :reason, tried_at_ms = :now_ms,
               next_try_at_ms = :at_ms, not_before_ms = :not_before_ms,
               may_have_arrived = :may_have_arrived";
    let (now, at) = (to_unix_ms(now), to_unix_ms(again.at));
    let parameters: [(&str, &dyn ToSql); 5] = [
        (":reason", &again.reason),
        (":now_ms", &now),
        (":at_ms", &at),
        (":not_before_ms", &to_unix_ms(again.not_before)),
        (":may_have_arrived", &again.may_have_arrived),
    ];
    step(db, (id, &PUT_BACK), set, &parameters)
}

fn settle(
    db: &Connection,
    (id, sent_as): (i64, &str),
    now: SystemTime,
    unsettled: &Unsettled,
) -> rusqlite::Result<bool> {
    let Unsettled { step: way, reason, answer, sign_in } = unsettled;
    let set = "sender = NULL, tries = tries + 1, reason = :reason, tried_at_ms = :now_ms,
               answer_status = :status, answer_type = :type, answer = :answer, sign_in = :sign_in";
    let answer = answer.as_ref();
    let parameters: [(&str, &dyn ToSql); 6] = [
        (":reason", reason),
        (":now_ms", &to_unix_ms(now)),
        (":status", &answer.map(|answer| answer.status)),
        (":type", &answer.and_then(|answer| answer.content_type.as_deref())),
        (":answer", &answer.map(|answer| &*answer.body)),
        (":sign_in", sign_in),
    ];
    let is_settled = step(db, (id, *way), set, &parameters)?;
    // Who is asked to may have signed in while it was on its way with the session before.
    let sql = "SELECT 1 FROM submission WHERE id = :id AND partition <> :sent_as";
    if is_settled
        && way.to == Some(SubmissionState::NeedsSignIn)
        && db.prepare_cached(sql)?.exists(named_params! { ":id": id, ":sent_as": sent_as })?
    {
        step(db, (id, &SIGNED_IN), "next_try_at_ms = :now", &[(":now", &to_unix_ms(now))])?;
    }
    Ok(is_settled)
}

/// It is with the site; its key is remembered.
fn end_delivered(db: &Connection, id: i64, key: &str, now: SystemTime) -> rusqlite::Result<bool> {
    let (now_ms, oldest) = (to_unix_ms(now), to_unix_ms(now - REMEMBERED));
    db.prepare_cached("DELETE FROM delivered WHERE at_ms < :oldest")?
        .execute(named_params! { ":oldest": oldest })?;
    db.prepare_cached("INSERT OR IGNORE INTO delivered (key, at_ms) VALUES (:key, :now)")?
        .execute(named_params! { ":key": key, ":now": now_ms })?;
    step(db, (id, &DELIVERED), "", &[])
}

/// The site can be reached again: what waits is tried as soon as the site allows.
fn make_due(db: &Connection, now: SystemTime) -> rusqlite::Result<()> {
    let sql = "UPDATE submission
                  SET next_try_at_ms = MIN(next_try_at_ms, MAX(not_before_ms, :now_ms))
                WHERE state = 'queued'";
    db.prepare_cached(sql)?.execute(named_params! { ":now_ms": to_unix_ms(now) })?;
    Ok(())
}

/// What was submitted on a route before `limit` waits no longer; how many.
fn expire(db: &Connection, route: &str, limit: SystemTime) -> rusqlite::Result<usize> {
    let sql = format!(
        "UPDATE submission SET state = 'expired'
          WHERE route = :route AND created_at_ms < :limit_ms AND state IN ({})",
        beginnings(&EXPIRED)
    );
    db.prepare_cached(&sql)?
        .execute(named_params! { ":route": route, ":limit_ms": to_unix_ms(limit) })
}

/// What other processes are sending, with their names.
fn sent_by_others(db: &Connection, own: &str) -> rusqlite::Result<Vec<(String, Kept)>> {
    let sql = format!(
        "SELECT {COLUMNS}, sender FROM submission
          WHERE state = 'sending' AND sender <> :own ORDER BY id"
    );
    db.prepare_cached(&sql)?
        .query_map(named_params! { ":own": own }, |row| Ok((row.get("sender")?, kept(row)?)))?
        .collect()
}

/// The submission that is edited, if it is of the same visitor, makes room for the new one.
fn replace(db: &Connection, key: &str, partition: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT id FROM submission WHERE key = :key AND partition = :partition";
    let id = db
        .prepare_cached(sql)?
        .query_row(named_params! { ":key": key, ":partition": partition }, |row| row.get(0))
        .optional()?;
    id.map_or(Ok(false), |id| step(db, (id, &DISCARDED), "", &[]))
}

impl Store {
    /// Keeps a submission in place of the one it `replaces`: it is on the disk when this
    /// returns. If it has no `pause` to wait for and nothing of its lane waits, which must arrive
    /// before, this process sends it at once; whether it does.
    ///
    /// # Errors
    ///
    /// What the database reports; then nothing is kept.
    pub(crate) async fn keep_submission(
        &self,
        submission: Submission,
        pause: Option<Duration>,
        replaces: Option<String>,
    ) -> Result<(Kept, bool), StoreError> {
        let state = self.inner.state.clone();
        blocking(move || {
            let (kept, is_replaced) = state.write("keep a submission", |db| {
                let is_replaced = match &replaces {
                    Some(key) => replace(db, key, &submission.partition)?,
                    None => false,
                };
                let is_sent_now = pause.is_none() && !is_waiting(db, &submission)?;
                let next_try_at = submission.created_at + pause.unwrap_or_default();
                let state_now = match is_sent_now {
                    true => (SubmissionState::Sending, Some(&*state.sender.name)),
                    false => (SubmissionState::Queued, None),
                };
                let kept = Kept {
                    id: insert(db, &submission, state_now, next_try_at)?,
                    submission: submission.clone(),
                    state: state_now.0,
                    tries: 0,
                    next_try_at,
                    may_have_arrived: false,
                    reason: None,
                    answer_status: None,
                    sign_in: None,
                };
                Ok(((kept, is_sent_now), is_replaced))
            })?;
            if let Some(key) = replaces.filter(|_| is_replaced) {
                state.uploads.remove(&key);
            }
            Ok(kept)
        })
        .await
    }

    /// The first of each lane that waits.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn first_of_lanes(&self) -> Result<Vec<First>, StoreError> {
        self.inner.state.read("read what was submitted", first_of_lanes)
    }

    /// What this process sends from now on; `None` if another one does.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn take_submission(&self, id: i64) -> Result<Option<Kept>, StoreError> {
        let sender = self.inner.state.sender.name.clone();
        self.write_outbox("take a submission", move |db| take(db, id, &sender)).await
    }

    /// It waits for the next time.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn put_back(
        &self,
        id: i64,
        now: SystemTime,
        again: Again,
    ) -> Result<bool, StoreError> {
        self.write_outbox("keep a submission", move |db| put_back(db, id, now, &again)).await
    }

    /// The person has to see to it; it was sent as this visitor.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn settle_submission(
        &self,
        (id, sent_as): (i64, &str),
        now: SystemTime,
        unsettled: Unsettled,
    ) -> Result<bool, StoreError> {
        let sent_as = sent_as.to_owned();
        let write = move |db: &Connection| settle(db, (id, &sent_as), now, &unsettled);
        self.write_outbox("keep a submission", write).await
    }

    /// The site has it.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn end_delivered(
        &self,
        (id, key): (i64, &str),
        now: SystemTime,
    ) -> Result<bool, StoreError> {
        let name = key.to_owned();
        let write = move |db: &Connection| end_delivered(db, id, &name, now);
        let ended = self.write_outbox("remove a submission", write).await?;
        self.inner.state.uploads.remove(key);
        Ok(ended)
    }

    /// The person has seen the site's answer.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn end_seen(&self, (id, key): (i64, &str)) -> Result<bool, StoreError> {
        let write = move |db: &Connection| step(db, (id, &SEEN), "", &[]);
        let ended = self.write_outbox("remove a submission", write).await?;
        self.inner.state.uploads.remove(key);
        Ok(ended)
    }

    /// What waits is tried as soon as the site allows.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn make_due(&self, now: SystemTime) -> Result<(), StoreError> {
        self.write_outbox("send what waits", move |db| make_due(db, now)).await
    }

    /// What has waited longer than its route allows waits no longer; whether there was any.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn expire(
        &self,
        limits: Vec<(String, SystemTime)>,
    ) -> Result<bool, StoreError> {
        self.write_outbox("keep a submission", move |db| {
            let expired = limits.iter().map(|(route, limit)| expire(db, route, *limit));
            Ok(expired.sum::<rusqlite::Result<usize>>()? > 0)
        })
        .await
    }

    /// When the oldest of each route that waits was submitted.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn oldest_waiting(&self) -> Result<Vec<(String, SystemTime)>, StoreError> {
        let sql = format!(
            "SELECT route, MIN(created_at_ms) FROM submission WHERE state IN ({}) GROUP BY route",
            beginnings(&EXPIRED)
        );
        self.inner.state.read("read what was submitted", |db| {
            let row = |row: &Row<'_>| Ok((row.get(0)?, from_unix_ms(row.get(1)?)));
            db.prepare_cached(&sql)?.query_map([], row)?.collect()
        })
    }

    /// Calls `arrived` when another process opens or closes the directory, for as long as the
    /// watch lives.
    pub(crate) fn watch_others(
        &self,
        arrived: impl Fn() + Send + 'static,
    ) -> Option<Box<dyn Send>> {
        self.inner.state.sender.watch(arrived)
    }

    /// What processes were sending that have ended since, and whether others have the
    /// directory open.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn left_behind(&self) -> Result<(Vec<Kept>, bool), StoreError> {
        let sender = &self.inner.state.sender;
        let sent = |db: &Connection| sent_by_others(db, &sender.name);
        let sent = self.inner.state.read("read what was submitted", sent)?;
        let ended = sent.into_iter().filter(|(name, _)| sender.has_ended(name));
        let left = ended.map(|(_, kept)| kept).collect();
        Ok((left, sender.others_live()))
    }

    pub(super) async fn write_outbox<T: Send + 'static>(
        &self,
        action: &'static str,
        write: impl Fn(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let state = self.inner.state.clone();
        blocking(move || state.write(action, |db| write(db))).await
    }
}
