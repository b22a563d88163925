//! What the Library shows.

use std::time::{SystemTime, UNIX_EPOCH};

use holdfast_engine::SubmissionState;
use serde::Serialize;

use crate::outbox::{Kind, choice};

/// What the Library shows.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
pub(crate) struct Shelves {
    online: bool,
    waiting: Vec<Waiting>,
}

/// A submission in the Library.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[serde(rename_all = "camelCase")]
struct Waiting {
    key: String,
    kind: Kind,
    /// Whether it belongs to who is signed in now; of another's, nothing more is told.
    is_own: bool,
    /// What was chosen, as the person saw it.
    choice: Option<String>,
    /// That of the page it was entered on.
    title: Option<String>,
    state: State,
    #[cfg_attr(test, ts(type = "number"))]
    created_at_ms: u64,
    #[cfg_attr(test, ts(type = "number | null"))]
    next_try_at_ms: Option<u64>,
    #[cfg_attr(test, ts(type = "number"))]
    bytes: u64,
    has_answer: bool,
    can_edit: bool,
    can_sign_in: bool,
}

/// What has become of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[serde(rename_all = "kebab-case")]
enum State {
    Queued,
    Sending,
    NeedsSignIn,
    Refused,
    Changed,
    Uncertain,
    Expired,
    HandedOver,
}

impl Shelves {
    /// What there is to show of `waiting`.
    pub(super) fn of(waiting: Vec<holdfast_engine::Waiting>, online: bool) -> Self {
        Self { online, waiting: waiting.into_iter().map(Waiting::from).collect() }
    }
}

impl From<holdfast_engine::Waiting> for Waiting {
    fn from(one: holdfast_engine::Waiting) -> Self {
        let is_own = one.is_of_visitor;
        Self {
            choice: choice(&one).filter(|_| is_own),
            title: one.title.filter(|title| is_own && !title.is_empty()),
            key: one.key,
            kind: one.kind.into(),
            is_own,
            state: one.state.into(),
            created_at_ms: unix_ms(one.created_at),
            next_try_at_ms: one.next_try_at.map(unix_ms),
            bytes: one.bytes,
            has_answer: is_own && one.answer_status.is_some(),
            can_edit: is_own && one.page.is_some(),
            can_sign_in: one.sign_in.is_some(),
        }
    }
}

impl From<SubmissionState> for State {
    fn from(state: SubmissionState) -> Self {
        match state {
            SubmissionState::Queued => Self::Queued,
            SubmissionState::Sending => Self::Sending,
            SubmissionState::NeedsSignIn => Self::NeedsSignIn,
            SubmissionState::Refused => Self::Refused,
            SubmissionState::Changed => Self::Changed,
            SubmissionState::Uncertain => Self::Uncertain,
            SubmissionState::Expired => Self::Expired,
            SubmissionState::HandedOver => Self::HandedOver,
        }
    }
}

pub(super) fn unix_ms(time: SystemTime) -> u64 {
    let elapsed = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}
