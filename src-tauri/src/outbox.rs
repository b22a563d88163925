//! What waits to be sent, as a page is told of it.

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
    kind: Kind,
    #[cfg_attr(test, ts(type = "number"))]
    count: usize,
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

impl Outbox {
    /// What the page at `path`, with its query, has to say of `waiting`; `None` if nothing.
    pub(crate) fn of(waiting: &[Waiting], path: &str) -> Option<Self> {
        let own = || waiting.iter().filter(|one| one.is_of_visitor);
        let helped = |one: &&Waiting| {
            one.state == SubmissionState::NeedsSignIn && one.sign_in.is_some()
        };
        let waits = counted(own().filter(|one| one.state.is_waiting()));
        let attention =
            counted(own().filter(|one| one.state.needs_attention() && !helped(one)));
        // Whose it is shows only once they have signed in.
        let sign_in = counted(waiting.iter().filter(helped)).and_then(|Counted { kind, count }| {
            let path = waiting.iter().filter(helped).find_map(|one| one.sign_in.clone())?;
            Some(SignIn { kind, count, path })
        });
        let shown = path.split('?').next().unwrap_or_default();
        let shows = |one: &&Waiting| {
            one.state.is_waiting() && one.refreshes.iter().any(|page| page == path || page == shown)
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
fn counted<'w>(waiting: impl Iterator<Item = &'w Waiting>) -> Option<Counted> {
    let mut all = waiting.map(|one| Kind::from(one.kind));
    let first = all.next()?;
    let (count, kind) = all.fold((1, first), |(count, kind), other| {
        (count + 1, if other == kind { kind } else { Kind::Form })
    });
    Some(Counted { kind, count })
}
