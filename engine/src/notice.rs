//! What the site has to tell, also while nobody looks at a page of it.

use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use http::HeaderMap;
use http::header::{ACCEPT_LANGUAGE, USER_AGENT};
use tokio::sync::{Notify, watch};

/// Something that the person is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What it is known by; no other has the same.
    pub key: String,
    /// The name of one of the profile's kinds, as the site's message has it.
    pub kind: String,
    /// Its first line.
    pub title: String,
    /// What else it says.
    pub body: Option<String>,
    /// The path and query of the page that it is about.
    pub open: Option<String>,
    /// One with the same tag takes its place.
    pub tag: Option<String>,
    /// Whether its pages are stored as the site has them now.
    pub is_refreshed: bool,
    /// When the site has told it.
    pub at: SystemTime,
}

/// A kind of notices, which the person can do without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeKind {
    /// As messages name it.
    pub name: String,
    /// What the person calls it.
    pub label: String,
}

/// What a message of the site asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Message {
    /// What it is known by: one that is known already asks for nothing.
    pub(crate) id: Option<String>,
    /// The addresses that are fetched before anybody is told.
    pub(crate) pages: Vec<String>,
    /// What the person is told.
    pub(crate) notice: Option<Draft>,
}

/// What the person is told, as the site has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) kind: String,
    pub(crate) title: String,
    pub(crate) body: Option<String>,
    pub(crate) open: Option<String>,
    pub(crate) tag: Option<String>,
}

/// What becomes of a notice whose pages cannot be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFailure {
    /// It is shown, and says that its pages are not there.
    #[default]
    Tell,
    /// It waits until the site is back.
    Wait,
}

/// What the streams and those who refresh pages tell one another.
#[derive(Debug, Default)]
pub(crate) struct Pushes {
    /// A page is to be fetched.
    pub(crate) woken: Notify,
    /// The streams are to be opened anew: the machine was asleep.
    pub(crate) reopened: watch::Sender<u64>,
    /// What pages are asked for with, by which answers may differ.
    asked_with: Mutex<HeaderMap>,
}

impl Pushes {
    /// Notes what a page was asked for with.
    pub(crate) fn note(&self, headers: &HeaderMap) {
        let mut asked_with = self.asked_with.lock().unwrap_or_else(PoisonError::into_inner);
        for name in [ACCEPT_LANGUAGE, USER_AGENT] {
            if let Some(value) = headers.get(&name)
                && asked_with.get(&name) != Some(value)
            {
                asked_with.insert(name, value.clone());
            }
        }
    }

    /// What the last page was asked for with.
    pub(crate) fn asked_with(&self) -> HeaderMap {
        self.asked_with.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
