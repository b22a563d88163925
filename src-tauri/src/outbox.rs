//! What waits to be sent, as a page is told of it.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use holdfast_engine::{SubmissionState, Waiting};
use serde::Serialize;
use url::{Position, Url};

/// What a submission is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Form,
    Message,
    Vote,
}

impl From<holdfast_engine::Kind> for Kind {
    fn from(kind: holdfast_engine::Kind) -> Self {
        match kind {
            holdfast_engine::Kind::Form => Self::Form,
            holdfast_engine::Kind::Message => Self::Message,
            holdfast_engine::Kind::Vote => Self::Vote,
        }
    }
}

/// So many of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
pub(crate) struct Counted {
    pub(crate) kind: Kind,
    #[cfg_attr(test, ts(type = "number"))]
    pub(crate) count: usize,
}

/// What waits until somebody has signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
pub(crate) struct SignIn {
    kind: Kind,
    #[cfg_attr(test, ts(type = "number"))]
    count: usize,
    /// Where that is done.
    path: String,
}

/// The one that waits and will change what the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
pub(crate) struct Here {
    kind: Kind,
    /// What was chosen, as the person saw it.
    choice: Option<String>,
}

/// What a page is told of what waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Outbox {
    waiting: Option<Counted>,
    /// Those that the person has to see to, without those that a sign-in helps.
    attention: Option<Counted>,
    sign_in: Option<SignIn>,
    here: Option<Here>,
}

/// What was entered once, to be changed and sent anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
pub(crate) struct Draft {
    key: String,
    /// Where the form sends it: path and query.
    action: String,
    fields: Vec<(String, String)>,
    /// The page with the form: path and query.
    #[serde(skip)]
    pub(crate) page: String,
}

/// Tells what waits from what is just being submitted: of that, the page itself sees what
/// becomes of it.
pub(crate) struct Patience {
    /// What was there before has waited.
    began: SystemTime,
    /// The keys of what was seen to wait.
    known: Mutex<HashSet<String>>,
}

impl Patience {
    /// From now on, what is sent at once has not waited.
    pub(crate) fn begun_at(began: SystemTime) -> Self {
        Self { began, known: Mutex::default() }
    }

    /// Those of all that is kept that wait, or have ended badly.
    pub(crate) fn of_those(&self, mut all: Vec<Waiting>) -> Vec<Waiting> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|one| {
            let is_first_try = one.state == SubmissionState::Sending && one.tries == 0;
            !is_first_try || one.created_at < self.began || known.contains(&one.key)
        });
        known.clear();
        known.extend(all.iter().map(|one| one.key.clone()));
        all
    }

    /// Nobody is told of what has waited until now.
    pub(crate) fn forget(&self) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Whether what was just delivered has waited.
    pub(crate) fn had_waited(&self, key: &str) -> bool {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).contains(key)
    }
}

impl Outbox {
    /// What the page at `path`, with its query, has to say of `waiting`; `None` if nothing.
    pub(crate) fn of(waiting: &[Waiting], path: &str) -> Option<Self> {
        let own = || waiting.iter().filter(|one| one.is_of_visitor);
        let helped = |one: &&Waiting| Self::is_helped_by_sign_in(one);
        let waits = counted(own().filter(|one| one.state.is_waiting()));
        let attention = counted(own().filter(|one| one.state.needs_attention() && !helped(one)));
        // Whose it is shows only once they have signed in.
        let sign_in = counted(waiting.iter().filter(helped)).and_then(|Counted { kind, count }| {
            let path = waiting.iter().filter(helped).find_map(|one| one.sign_in.clone())?;
            Some(SignIn { kind, count, path })
        });
        let shown = path.split('?').next().unwrap_or_default();
        let shows = |one: &&Waiting| {
            one.state.is_waiting() && one.shown_on.iter().any(|page| page == path || page == shown)
        };
        let mut here = own().filter(shows);
        let here = match (here.next(), here.next()) {
            (Some(one), None) => Some(Here { kind: one.kind.into(), choice: choice(one) }),
            // Of several, the number says more.
            (Some(_), Some(_)) | (None, _) => None,
        };
        let said = Self { waiting: waits, attention, sign_in, here };
        let is_nothing =
            said.waiting.is_none() && said.attention.is_none() && said.sign_in.is_none();
        (!is_nothing).then_some(said)
    }

    /// Whether a sign-in sends it, and it is known where that is done.
    pub(crate) fn is_helped_by_sign_in(one: &Waiting) -> bool {
        one.state == SubmissionState::NeedsSignIn && one.sign_in.is_some()
    }
}

impl Draft {
    /// What was entered, to be put into the form it was entered in; `None` if nobody knows
    /// where that was.
    pub(crate) fn of(one: &Waiting) -> Option<Self> {
        let action = Url::parse(&one.url).ok()?;
        Some(Self {
            key: one.key.clone(),
            action: action[Position::BeforePath..Position::AfterQuery].to_owned(),
            fields: one.fields.clone(),
            page: one.page.clone()?,
        })
    }
}

/// What was chosen, as the person saw it.
pub(crate) fn choice(one: &Waiting) -> Option<String> {
    let texts: Vec<&str> = one.labels.iter().map(|label| label.text.as_str()).collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}

/// How many there are; of several kinds, they are forms.
pub(crate) fn counted<'w>(waiting: impl Iterator<Item = &'w Waiting>) -> Option<Counted> {
    let mut all = waiting.map(|one| Kind::from(one.kind));
    let first = all.next()?;
    let (count, kind) = all.fold((1, first), |(count, kind), other| {
        (count + 1, if other == kind { kind } else { Kind::Form })
    });
    Some(Counted { kind, count })
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_engine::Label;
    use std::time::{Duration, UNIX_EPOCH};

    fn vote(key: &str, text: &str, state: SubmissionState) -> Waiting {
        let label =
            Label { name: "choice".to_owned(), value: key.to_owned(), text: text.to_owned() };
        Waiting {
            key: key.to_owned(),
            route: "votes".to_owned(),
            kind: holdfast_engine::Kind::Vote,
            method: "POST".to_owned(),
            url: "http://127.0.0.1:8000/polls/1/vote/?a=b".to_owned(),
            page: Some("/polls/1/".to_owned()),
            title: Some("Is the sky blue?".to_owned()),
            labels: vec![label],
            fields: vec![("choice".to_owned(), key.to_owned())],
            bytes: 8,
            is_of_visitor: true,
            state,
            tries: 0,
            created_at: UNIX_EPOCH + Duration::from_secs(10),
            next_try_at: None,
            reason: None,
            answer_status: None,
            sign_in: None,
            shown_on: vec!["/polls/1/results/".to_owned()],
        }
    }

    use SubmissionState::{NeedsSignIn, Queued, Refused, Sending};

    fn said(waiting: &[Waiting], path: &str) -> serde_json::Value {
        serde_json::to_value(Outbox::of(waiting, path)).unwrap()
    }

    #[test]
    fn a_page_hears_what_waits_what_needs_the_person_and_what_will_change_it() {
        let both = [vote("1", "Yes", Queued), vote("2", "No", Sending)];
        let two = serde_json::json!({ "kind": "vote", "count": 2 });
        let one = serde_json::json!({ "kind": "vote", "count": 1 });
        assert_eq!(said(&[], "/"), serde_json::Value::Null);
        assert_eq!(said(&both, "/polls/")["waiting"], two);
        // Of two, neither is named.
        assert!(said(&both, "/polls/1/results/")["here"].is_null());
        let here = said(&both[..1], "/polls/1/results/?page=1");
        assert_eq!(here["here"], serde_json::json!({ "kind": "vote", "choice": "Yes" }));
        assert!(said(&both[..1], "/polls/2/results/")["here"].is_null());

        let refused = [vote("1", "Yes", Refused), vote("2", "No", NeedsSignIn)];
        assert_eq!(said(&refused, "/polls/1/results/")["attention"], two);
        assert!(said(&refused, "/polls/1/results/")["here"].is_null());
        let asked = Waiting { sign_in: Some("/in/".to_owned()), ..vote("2", "No", NeedsSignIn) };
        let asked = said(&[vote("1", "Yes", Refused), asked], "/");
        assert_eq!(asked["attention"], one);
        let sign_in = serde_json::json!({ "kind": "vote", "count": 1, "path": "/in/" });
        assert_eq!(asked["signIn"], sign_in);
    }

    #[test]
    fn several_kinds_have_a_word_for_all() {
        let message = Waiting {
            kind: holdfast_engine::Kind::Message,
            labels: Vec::new(),
            ..vote("2", "", Queued)
        };
        let mixed = said(&[vote("1", "Yes", Queued), message], "/");
        assert_eq!(mixed["waiting"], serde_json::json!({ "kind": "form", "count": 2 }));
    }

    #[test]
    fn what_is_anothers_is_not_spoken_of_but_where_they_would_sign_in() {
        let anothers = |state| Waiting { is_of_visitor: false, ..vote("1", "Yes", state) };
        assert!(said(&[anothers(Queued), anothers(Refused)], "/").is_null());
        let asked = Waiting { sign_in: Some("/in/".to_owned()), ..anothers(NeedsSignIn) };
        assert_eq!(said(&[asked], "/")["signIn"]["path"], "/in/");
    }

    #[test]
    fn a_draft_knows_its_page_and_where_its_form_sends_it() {
        let draft = Draft::of(&vote("1", "Yes", Queued)).unwrap();
        assert_eq!((&*draft.action, &*draft.page), ("/polls/1/vote/?a=b", "/polls/1/"));
        assert_eq!(Draft::of(&Waiting { page: None, ..vote("1", "Yes", Queued) }), None);
    }

    #[test]
    fn what_is_sent_while_the_person_looks_does_not_wait() {
        let patience = Patience::begun_at(UNIX_EPOCH);
        let keys = |all: Vec<Waiting>| {
            patience.of_those(all).into_iter().map(|one| one.key).collect::<Vec<_>>()
        };
        assert!(keys(vec![vote("1", "Yes", Sending)]).is_empty());
        assert!(!patience.had_waited("1"));
        assert_eq!(keys(vec![vote("1", "Yes", Queued), vote("2", "No", Sending)]), ["1"]);
        assert_eq!(keys(vec![vote("1", "Yes", Sending)]), ["1"]);
        assert!(patience.had_waited("1"));
        let again = Waiting { tries: 1, ..vote("2", "No", Sending) };
        assert_eq!(keys(vec![again]), ["2"]);
        assert!(!patience.had_waited("1"));
        let later = Patience::begun_at(UNIX_EPOCH + Duration::from_secs(20));
        assert_eq!(later.of_those(vec![vote("3", "No", Sending)]).len(), 1);
    }
}
