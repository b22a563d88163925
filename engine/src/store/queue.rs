//! What waits, as the person sees it: everything can be looked at, sent, changed, taken
//! elsewhere and discarded.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use http::header::CONTENT_TYPE;
use rusqlite::named_params;
use url::{Position, Url};

use super::exported::Damaged;
use super::outbox::KeptAnswer;
use super::state::State;
use super::submission::{
    COLUMNS, Content, DISCARDED, Kept, SENT_AGAIN, Submission, SubmissionState, kept, step,
};
use crate::error::{OpenError, StoreError};
use crate::form::Fields;
use crate::request::Cookies;
use crate::seen::{Kind, Label};
use crate::time::{Clock, to_unix_ms};

/// Longer bodies are not read to show their fields.
const SHOWN: u64 = 1 << 20;

/// What a person has submitted and the site has not taken yet.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// What it is known by.
    pub key: String,
    /// The route it was made on.
    pub route: String,
    /// What the person would call it.
    pub kind: Kind,
    /// The method.
    pub method: String,
    /// Where it goes.
    pub url: String,
    /// The path and query of the page with the form, where that is known.
    pub page: Option<String>,
    /// The title of that page.
    pub title: Option<String>,
    /// The words beside what was chosen.
    pub labels: Vec<Label>,
    /// Names and values of its fields, hidden ones too; files are left out.
    pub fields: Vec<(String, String)>,
    /// The length of its body in bytes.
    pub bytes: u64,
    /// Whether it is of who is signed in now; on the command line everything is.
    pub is_of_visitor: bool,
    /// What has become of it.
    pub state: SubmissionState,
    /// How often it was tried.
    pub tries: u32,
    /// When it was submitted.
    pub created_at: SystemTime,
    /// When it is tried next, at the latest, if it waits for that.
    pub next_try_at: Option<SystemTime>,
    /// Why it was not delivered when it was tried last.
    pub reason: Option<String>,
    /// The status of the site's answer, if that is kept: see [`Queue::answer`].
    pub answer_status: Option<u16>,
    /// Where the site asks to sign in: a path on it.
    pub sign_in: Option<String>,
    /// The paths of the pages that show what it changes.
    pub shown_on: Vec<String>,
}

/// What waits in one data directory. Clones share it.
#[derive(Clone)]
pub struct Queue {
    pub(super) state: Arc<State>,
    /// Who is signed in; on the command line that is nobody and everybody.
    visitor: Option<String>,
    clock: Clock,
    pub(super) changed: Arc<dyn Fn() + Send + Sync>,
}

/// What cannot be done with what waits.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// There is none by this name.
    #[error("nothing that waits has the key {key}")]
    Unknown {
        /// What was asked for.
        key: String,
    },
    /// What it is now does not allow it.
    #[error("{key} is {}, and so {wish} is not possible", state.as_str())]
    NotNow {
        /// Which one.
        key: String,
        /// What it is.
        state: SubmissionState,
        /// What was asked for.
        wish: &'static str,
    },
    /// Another person has submitted it.
    #[error("{key} is of somebody else, who has to sign in to send it")]
    NotYours {
        /// Which one.
        key: String,
    },
    /// It is not of a form that is known here, so there are no fields to change.
    #[error("{key} has no fields that could be changed: {detail}")]
    NoFields {
        /// Which one.
        key: String,
        /// What it is instead.
        detail: String,
    },
    /// The system gave no random numbers for a key.
    #[error("this device has no key to sign with")]
    NoKey,
    /// A file that cannot be imported.
    #[error("the file cannot be imported")]
    Damaged(#[from] Damaged),
    /// The data directory.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Queue {
    /// What waits in the data directory of the app or of a gateway, also while that runs.
    ///
    /// # Errors
    ///
    /// What of the directory cannot be used.
    pub fn open(data: &Path) -> Result<Self, OpenError> {
        let state = Arc::new(State::open(data)?);
        Ok(Self { state, visitor: None, clock: Clock::system(), changed: Arc::new(|| {}) })
    }

    pub(super) fn of(
        state: Arc<State>,
        (visitor, clock): (String, Clock),
        changed: Arc<dyn Fn() + Send + Sync>,
    ) -> Self {
        Self { state, visitor: Some(visitor), clock, changed }
    }

    /// All of it, in the order it was submitted.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub fn list(&self) -> Result<Vec<Waiting>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM submission ORDER BY id");
        let all: Vec<Kept> = self.state.read("read what was submitted", |db| {
            db.prepare_cached(&sql)?.query_map([], kept)?.collect()
        })?;
        Ok(all.into_iter().map(|kept| self.waiting(kept)).collect())
    }

    fn waiting(&self, kept: Kept) -> Waiting {
        let fields = self.fields(&kept.submission).map(|fields| fields.texts());
        let Submission { key, route, kind, method, url, headers, title, labels, .. } =
            &kept.submission;
        let page = page_of(&kept.submission).map(|url| url[Position::BeforePath..].to_owned());
        let partition = &kept.submission.partition;
        Waiting {
            key: key.clone(),
            route: route.clone(),
            kind: *kind,
            method: method.to_string(),
            url: url.clone(),
            page: page.filter(|_| headers.contains_key(http::header::REFERER)),
            title: Some(title.clone()).filter(|title| !title.is_empty()),
            labels: labels.clone(),
            fields: fields.unwrap_or_default(),
            bytes: kept.submission.content.length(),
            is_of_visitor: self.visitor.as_ref().is_none_or(|visitor| visitor == partition),
            state: kept.state,
            tries: kept.tries,
            created_at: kept.submission.created_at,
            next_try_at: (kept.state == SubmissionState::Queued).then_some(kept.next_try_at),
            reason: kept.reason,
            answer_status: kept.answer_status,
            sign_in: kept.sign_in,
            shown_on: kept.submission.shown_on.clone(),
        }
    }

    fn fields(&self, submission: &Submission) -> Option<Fields> {
        let content_type = submission.headers.get(CONTENT_TYPE)?.to_str().ok()?;
        if submission.content.length() > SHOWN {
            return None;
        }
        Fields::of(content_type, &self.whole(submission).ok()?)
    }

    pub(super) fn whole(&self, submission: &Submission) -> Result<bytes::Bytes, StoreError> {
        match &submission.content {
            Content::InRow(bytes) => Ok(bytes.clone()),
            Content::InFile(length) => self.state.uploads.whole(&submission.key, *length),
        }
    }

    /// Has one sent, now if the site can be reached, whatever has become of it: the person
    /// decides.
    ///
    /// # Errors
    ///
    /// That there is none, that it is being sent, or that it is another person's.
    pub fn send(&self, key: &str) -> Result<(), QueueError> {
        let (kept, now) = (self.kept(key)?, self.clock.now());
        let anonymous = "anonymous";
        if let Some(visitor) = self.visitor.as_ref().filter(|_| is_of_jar(&kept))
            && *visitor != kept.submission.partition
            && kept.submission.partition != anonymous
        {
            return Err(QueueError::NotYours { key: kept.submission.key });
        }
        // What nobody in particular has submitted is sent by who says so.
        let adopted = self.visitor.clone().filter(|_| is_of_jar(&kept));
        let partition = adopted.unwrap_or_else(|| kept.submission.partition.clone());
        let is_sent = self.state.write("send what waits", |db| {
            let sql = "UPDATE submission SET next_try_at_ms = 0, not_before_ms = 0
                        WHERE id = :id AND state = 'queued'";
            if db.prepare_cached(sql)?.execute(named_params! { ":id": kept.id })? == 1 {
                return Ok(true);
            }
            // Who it is of now keeps it across sign-ins.
            let set = "next_try_at_ms = 0, not_before_ms = 0, may_have_arrived = 0,
                       created_at_ms = MAX(created_at_ms, :fresh), partition = :partition,
                       person = COALESCE((SELECT person FROM person
                                           WHERE partition = :partition), person),
                       answer_status = NULL, answer_type = NULL, answer = NULL, sign_in = NULL";
            // One that has expired begins to wait anew.
            let is_expired = kept.state == SubmissionState::Expired;
            let fresh = if is_expired { to_unix_ms(now) } else { 0 };
            step(db, (kept.id, &SENT_AGAIN), set, &[(":partition", &partition), (":fresh", &fresh)])
        })?;
        self.stepped(is_sent, kept, "sending it")
    }

    /// Has all sent that waits to be sent: how many those are.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub fn send_all(&self) -> Result<usize, QueueError> {
        let sql = "UPDATE submission SET next_try_at_ms = 0, not_before_ms = 0
                    WHERE state = 'queued'";
        let count =
            self.state.write("send what waits", |db| db.prepare_cached(sql)?.execute([]))?;
        (self.changed)();
        Ok(count)
    }

    /// Deletes one: it is never sent.
    ///
    /// # Errors
    ///
    /// That there is none, or that it is being sent.
    pub fn discard(&self, key: &str) -> Result<(), QueueError> {
        let kept = self.kept(key)?;
        let write = |db: &rusqlite::Transaction<'_>| step(db, (kept.id, &DISCARDED), "", &[]);
        let is_discarded = self.state.write("discard a submission", write)?;
        if is_discarded {
            self.state.uploads.remove(&kept.submission.key);
        }
        self.stepped(is_discarded, kept, "discarding it")
    }

    /// Gives fields of one other values, and has it sent.
    ///
    /// # Errors
    ///
    /// That there is none, that it is being sent, or that it has no fields.
    pub fn edit(&self, key: &str, changes: &[(String, String)]) -> Result<(), QueueError> {
        let kept = self.kept(key)?;
        let no_fields = |detail: &str| QueueError::NoFields {
            key: kept.submission.key.clone(),
            detail: detail.to_owned(),
        };
        let content_type = kept.submission.headers.get(CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let mut fields = Fields::of(content_type, &self.whole(&kept.submission)?)
            .ok_or_else(|| no_fields(&format!("its body is `{content_type}`")))?;
        for (name, value) in changes {
            if !fields.names().contains(&name.as_str()) {
                return Err(no_fields(&format!(
                    "`{name}` is none of {}",
                    fields.names().join(", ")
                )));
            }
            fields.set(name, value);
        }
        let body = fields.to_body();
        // What stood beside the old value says nothing about the new one.
        let is_changed = |label: &Label| changes.iter().any(|(name, _)| *name == label.name);
        let labels: Vec<_> =
            kept.submission.labels.iter().filter(|label| !is_changed(label)).collect();
        let labels = serde_json::to_string(&labels).unwrap_or_else(|_| "[]".to_owned());
        let is_edited = self.state.write("edit a submission", |db| {
            let sql = "UPDATE submission SET body = :body, file_length = NULL, labels = :labels
                        WHERE id = :id AND state <> 'sending'";
            let parameters = named_params! { ":id": kept.id, ":body": &*body, ":labels": labels };
            Ok(db.prepare_cached(sql)?.execute(parameters)? == 1)
        })?;
        if !is_edited {
            return self.stepped(false, kept, "editing it");
        }
        self.state.uploads.remove(&kept.submission.key);
        self.send(&kept.submission.key)
    }

    /// What the site has answered, if that was kept.
    ///
    /// # Errors
    ///
    /// That there is no such submission.
    pub fn answer(&self, key: &str) -> Result<Option<KeptAnswer>, QueueError> {
        let id = self.kept(key)?.id;
        let sql = "SELECT answer_status, answer_type, answer FROM submission WHERE id = :id";
        Ok(self.state.read("read what was answered", |db| {
            db.prepare_cached(sql)?.query_row(named_params! { ":id": id }, |row| {
                let status: Option<u16> = row.get(0)?;
                let (content_type, body): (_, Option<Vec<u8>>) = (row.get(1)?, row.get(2)?);
                let body = body.unwrap_or_default().into();
                Ok(status.map(|status| KeptAnswer { status, content_type, body }))
            })
        })?)
    }

    /// The one whose key is or begins with this.
    pub(super) fn kept(&self, key: &str) -> Result<Kept, QueueError> {
        let sql = format!("SELECT {COLUMNS} FROM submission WHERE key LIKE :key || '%' LIMIT 2");
        let mut found: Vec<Kept> = self.state.read("read what was submitted", |db| {
            db.prepare_cached(&sql)?.query_map(named_params! { ":key": key }, kept)?.collect()
        })?;
        match (found.pop(), found.is_empty()) {
            (Some(kept), true) if !key.is_empty() => Ok(kept),
            _ => Err(QueueError::Unknown { key: key.to_owned() }),
        }
    }

    pub(super) fn stepped(
        &self,
        is_done: bool,
        kept: Kept,
        wish: &'static str,
    ) -> Result<(), QueueError> {
        let key = kept.submission.key;
        if is_done {
            (self.changed)();
            return Ok(());
        }
        let state = self.kept(&key)?.state;
        Err(QueueError::NotNow { key, state, wish })
    }
}

fn is_of_jar(kept: &Kept) -> bool {
    kept.submission.cookies == Cookies::Jar
}

/// The page with the form, as the browser said it.
pub(crate) fn page_of(submission: &Submission) -> Option<Url> {
    let page = submission.headers.get(http::header::REFERER)?.to_str().ok()?;
    let (page, to) = (Url::parse(page).ok()?, Url::parse(&submission.url).ok()?);
    (page.origin() == to.origin()).then_some(page)
}
