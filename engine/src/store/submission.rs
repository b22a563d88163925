//! What a person has submitted, what may become of it, and its row.

use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, Method};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row, named_params};
use serde::de::DeserializeOwned;

use super::responses::{headers_from_stored, headers_to_stored};
use crate::request::Cookies;
use crate::seen::{Kind, Label};
use crate::time::{from_unix_ms, to_unix_ms};

/// What has become of a submission. One that was delivered is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubmissionState {
    /// It waits until it can be sent.
    Queued,
    /// It is being sent.
    Sending,
    /// The site asks who it is.
    NeedsSignIn,
    /// The site has answered that it does not take it.
    Refused,
    /// What the person filled in or chose is not there any more, or says something else.
    Changed,
    /// The connection broke when it may have arrived already.
    Uncertain,
    /// It has waited too long.
    Expired,
    /// It was exported, and is sent from where it was imported.
    HandedOver,
}

use SubmissionState::{
    Changed, Expired, HandedOver, NeedsSignIn, Queued, Refused, Sending, Uncertain,
};

/// What leads from one state to another, or to the end. There is no other way: each change of
/// a state names its step.
#[derive(Debug)]
pub struct Step {
    /// The words for it.
    pub name: &'static str,
    /// Where it may begin.
    pub from: &'static [SubmissionState],
    /// Where it leads; `None` is the end.
    pub to: Option<SubmissionState>,
}

macro_rules! steps {
    ($($constant:ident: $name:literal, [$($from:ident),+] => $to:expr;)+) => {
        $(pub(crate) const $constant: Step = Step { name: $name, from: &[$($from),+], to: $to };)+
        /// Every step there is.
        pub const STEPS: &[Step] = &[$($constant),+];
    };
}

steps! {
    TAKEN:       "its turn has come",                   [Queued] => Some(Sending);
    PUT_BACK:    "it cannot be delivered now",          [Sending] => Some(Queued);
    ASKED:       "the site asks to sign in",            [Sending] => Some(NeedsSignIn);
    REFUSED:     "the site says no",                    [Sending] => Some(Refused);
    CHANGED:     "the form is not the same any more",   [Sending] => Some(Changed);
    LOST:        "it may have arrived",                 [Sending] => Some(Uncertain);
    SIGNED_IN:   "its person has signed in",            [NeedsSignIn] => Some(Queued);
    EXPIRED:     "it has waited too long",              [Queued, NeedsSignIn] => Some(Expired);
    SENT_AGAIN:  "the person sends it",
        [NeedsSignIn, Refused, Changed, Uncertain, Expired, HandedOver] => Some(Queued);
    HANDED_OVER: "the person takes it elsewhere",
        [Queued, NeedsSignIn, Expired] => Some(HandedOver);
    DELIVERED:   "the site has it",                     [Sending] => None;
    SEEN:        "the person sees the site's answer",   [Sending] => None;
    DISCARDED:   "the person discards it",
        [Queued, NeedsSignIn, Refused, Changed, Uncertain, Expired, HandedOver] => None;
}

impl SubmissionState {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Queued, Sending, NeedsSignIn, Refused, Changed, Uncertain, Expired, HandedOver];

    /// The word for it in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Queued => "queued",
            Sending => "sending",
            NeedsSignIn => "needs-sign-in",
            Refused => "refused",
            Changed => "changed",
            Uncertain => "uncertain",
            Expired => "expired",
            HandedOver => "handed-over",
        }
    }

    /// Whether it is sent by itself.
    pub const fn is_waiting(self) -> bool {
        matches!(self, Queued | Sending)
    }

    /// Whether it goes no further without the person.
    pub const fn needs_attention(self) -> bool {
        matches!(self, NeedsSignIn | Refused | Changed | Uncertain | Expired)
    }
}

impl ToSql for SubmissionState {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.as_str()))
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
    /// Who was signed in, where that is known.
    pub(crate) person: Option<String>,
    pub(crate) kind: Kind,
    pub(crate) has_receipts: bool,
    /// The paths of the pages that show what it changes.
    pub(crate) shown_on: Vec<String>,
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) cookies: Cookies,
    pub(crate) headers: HeaderMap,
    /// The title of the page with the form.
    pub(crate) title: String,
    /// The words beside what was chosen.
    pub(crate) labels: Vec<Label>,
    pub(crate) content: Content,
    pub(crate) created_at: SystemTime,
}

/// The body of a submission.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// It lies in the row.
    InRow(Bytes),
    /// It is a file of so many bytes.
    InFile(u64),
}

impl Content {
    pub(crate) fn length(&self) -> u64 {
        match self {
            Self::InRow(bytes) => bytes.len() as u64,
            Self::InFile(length) => *length,
        }
    }
}

/// One that is kept.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) id: i64,
    pub(crate) submission: Submission,
    pub(crate) state: SubmissionState,
    pub(crate) tries: u32,
    pub(crate) next_try_at: SystemTime,
    /// It may have arrived, which is found out before it is sent again.
    pub(crate) may_have_arrived: bool,
    pub(crate) reason: Option<String>,
    pub(crate) answer_status: Option<u16>,
    pub(crate) sign_in: Option<String>,
}

/// What a [`kept`] row is read from.
pub(super) const COLUMNS: &str = "id, key, route, lane, partition, person, kind, has_receipts,
    shown_on, method, url, cookies, headers, title, labels, body, file_length, state, created_at_ms,
    tries, next_try_at_ms, may_have_arrived, reason, answer_status, sign_in";

/// Adds one in this state: its id.
pub(super) fn insert(
    db: &Connection,
    submission: &Submission,
    (state, sender): (SubmissionState, Option<&str>),
    next_try_at: SystemTime,
) -> rusqlite::Result<i64> {
    let sql = "INSERT INTO submission (key, route, lane, partition, person, kind, has_receipts,
                   shown_on, method, url, cookies, headers, title, labels, body, file_length, state,
                   sender, created_at_ms, tries, next_try_at_ms, not_before_ms)
               VALUES (:key, :route, :lane, :partition, :person, :kind, :has_receipts,
                   :shown_on, :method, :url, :cookies, :headers, :title, :labels, :body,
                   :file_length, :state, :sender, :created_at_ms, 0, :next_try_at_ms, 0)";
    let (body, file_length): (&[u8], _) = match &submission.content {
        Content::InRow(bytes) => (bytes, None),
        Content::InFile(length) => (b"", i64::try_from(*length).ok()),
    };
    db.prepare_cached(sql)?.execute(named_params! {
        ":key": submission.key,
        ":route": submission.route,
        ":lane": submission.lane,
        ":partition": submission.partition,
        ":person": submission.person,
        ":kind": submission.kind.as_str(),
        ":has_receipts": submission.has_receipts,
        ":shown_on": json(&submission.shown_on)?,
        ":method": submission.method.as_str(),
        ":url": submission.url,
        ":cookies": cookies_word(submission.cookies),
        ":headers": headers_to_stored(&submission.headers),
        ":title": submission.title,
        ":labels": json(&submission.labels)?,
        ":body": body,
        ":file_length": file_length,
        ":state": state,
        ":sender": sender,
        ":created_at_ms": to_unix_ms(submission.created_at),
        ":next_try_at_ms": to_unix_ms(next_try_at),
    })?;
    Ok(db.last_insert_rowid())
}

/// Reads a row of [`COLUMNS`].
pub(super) fn kept(row: &Row<'_>) -> rusqlite::Result<Kept> {
    let (method, kind): (String, String) = (row.get("method")?, row.get("kind")?);
    let file_length: Option<i64> = row.get("file_length")?;
    let content = match file_length.and_then(|length| u64::try_from(length).ok()) {
        Some(length) => Content::InFile(length),
        None => Content::InRow(row.get::<_, Vec<u8>>("body")?.into()),
    };
    let submission = Submission {
        key: row.get("key")?,
        route: row.get("route")?,
        lane: row.get("lane")?,
        partition: row.get("partition")?,
        person: row.get("person")?,
        kind: Kind::of(&kind).unwrap_or_default(),
        has_receipts: row.get("has_receipts")?,
        shown_on: parsed(row, "shown_on")?,
        method: method.parse().map_err(|_| rusqlite::Error::InvalidQuery)?,
        url: row.get("url")?,
        cookies: cookies_named(row.get_ref("cookies")?.as_str()?),
        headers: headers_from_stored(row.get_ref("headers")?.as_blob()?),
        title: row.get("title")?,
        labels: parsed(row, "labels")?,
        content,
        created_at: from_unix_ms(row.get("created_at_ms")?),
    };
    Ok(Kept {
        id: row.get("id")?,
        submission,
        state: row.get("state")?,
        tries: row.get("tries")?,
        next_try_at: from_unix_ms(row.get("next_try_at_ms")?),
        may_have_arrived: row.get("may_have_arrived")?,
        reason: row.get("reason")?,
        answer_status: row.get("answer_status")?,
        sign_in: row.get("sign_in")?,
    })
}

/// The states in which a step may begin, as SQL lists them.
pub(super) fn beginnings(step: &Step) -> String {
    let states: Vec<_> = step.from.iter().map(|state| format!("'{}'", state.as_str())).collect();
    states.join(", ")
}

/// Takes a step that ends where a state is; whether the submission was where it begins.
///
/// `set` is what else changes, with `parameters` for it.
pub(super) fn step(
    db: &Connection,
    (id, step): (i64, &Step),
    set: &str,
    parameters: &[(&str, &dyn ToSql)],
) -> rusqlite::Result<bool> {
    let begin = beginnings(step);
    let sql = match step.to {
        Some(_) => format!(
            "UPDATE submission SET state = :state, {set} WHERE id = :id AND state IN ({begin})"
        ),
        None => format!("DELETE FROM submission WHERE id = :id AND state IN ({begin})"),
    };
    let state = step.to.map(SubmissionState::as_str);
    let mut all: Vec<(&str, &dyn ToSql)> = vec![(":id", &id)];
    if step.to.is_some() {
        all.push((":state", &state));
    }
    all.extend_from_slice(parameters);
    Ok(db.prepare_cached(&sql)?.execute(&*all)? == 1)
}

pub(super) const fn cookies_word(cookies: Cookies) -> &'static str {
    match cookies {
        Cookies::Jar => "jar",
        Cookies::Client => "client",
    }
}

pub(super) fn cookies_named(word: &str) -> Cookies {
    if word == cookies_word(Cookies::Jar) { Cookies::Jar } else { Cookies::Client }
}

fn json(value: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

fn parsed<T: DeserializeOwned + Default>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    Ok(serde_json::from_str(row.get_ref(column)?.as_str()?).unwrap_or_default())
}
