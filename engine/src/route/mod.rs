//! Which rule of the site profile a request falls under.
//!
//! A route is data: conditions and a strategy with its settings. The first route whose
//! conditions all hold is taken, as in the Service Worker Static Routing API.

mod outbox;
mod pattern;
mod save;
mod strategy;

use std::borrow::Cow;
use std::time::Duration;

use http::{HeaderName, Method};
use url::{Position, Url};

pub use outbox::{Accept, AtSignOut, DEFAULT_EXPIRY, DEFAULT_SUBMISSION, Outbox, Verify};
pub use pattern::Pattern;
pub use save::{DEFAULT_REFRESH, DEFAULT_SAVED, Save};
pub use strategy::{DEFAULT_TIMEOUT, Strategy};

use crate::request::{Destination, Request, key};

/// A rule of the site profile.
#[derive(Debug, Clone)]
pub struct Route {
    /// How reports name it.
    pub name: String,
    /// When it applies.
    pub when: When,
    /// In which order the store and the network are asked.
    pub strategy: Strategy,
    /// Whether `no-store` keeps a response from being stored.
    pub honours_no_store: bool,
    /// Whether the query is part of what a response is stored under.
    pub search: Search,
    /// How much of it is stored, and for how long.
    pub limits: Limits,
    /// What becomes of a submission that cannot be delivered now.
    pub outbox: Option<Outbox>,
    /// What belongs to a page that the person saves, if they may.
    pub save: Option<Save>,
}

/// Conditions that must all hold; one that is absent always does.
#[derive(Debug, Clone, Default)]
pub struct When {
    /// The path of the URL.
    pub path: Option<Pattern>,
    /// The method.
    pub method: Option<Method>,
    /// What the answer is for.
    pub destination: Option<Destination>,
    /// A request header that must be present.
    pub header: Option<HeaderName>,
}

/// Whether the query of a URL tells two responses apart, as the Cache API's `ignoreSearch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Search {
    /// It does.
    #[default]
    Matters,
    /// It does not.
    Ignored,
}

/// How much a route may store, and for how long. One that is absent does not limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// How many responses; those used longest ago go first.
    pub max_entries: Option<u64>,
    /// How long after it was fetched a response may still be served.
    pub max_age: Option<Duration>,
    /// How many bytes of bodies; those used longest ago go first.
    pub max_bytes: Option<u64>,
    /// How many bytes one body may have to be stored.
    pub max_entry_bytes: Option<u64>,
}

impl Route {
    /// What a response for an address is stored under.
    pub(crate) fn key<'u>(&self, url: &'u Url) -> Cow<'u, str> {
        stored_under(url, self.search)
    }

    /// The last route: what no other matched.
    ///
    /// The network comes first, since nothing is known of how long such a response holds.
    pub fn for_everything_else() -> Self {
        Self {
            name: "default".to_owned(),
            when: When::default(),
            strategy: Strategy::NetworkFirst { timeout: DEFAULT_TIMEOUT },
            honours_no_store: true,
            search: Search::default(),
            limits: Limits::default(),
            outbox: None,
            save: None,
        }
    }
}

impl When {
    /// Whether all conditions hold.
    pub fn holds<B>(&self, request: &Request<B>) -> bool {
        self.method.as_ref().is_none_or(|method| request.method == *method)
            && self.destination.is_none_or(|destination| request.destination == destination)
            && self.header.as_ref().is_none_or(|name| request.headers.contains_key(name))
            && self.path.as_ref().is_none_or(|pattern| pattern.matches(request.url.path()))
    }

    /// The first condition that does not hold, in words; `None` if all do.
    pub(crate) fn why_not<B>(&self, request: &Request<B>) -> Option<String> {
        let method = self.method.as_ref().filter(|method| request.method != **method);
        let destination = self.destination.filter(|wanted| request.destination != *wanted);
        let header = self.header.as_ref().filter(|name| !request.headers.contains_key(*name));
        let path = self.path.as_ref().filter(|path| !path.matches(request.url.path()));
        let reasons = [
            method.map(|method| format!("the method is not {method}")),
            destination.map(|wanted| format!("it is not for a {}", wanted.as_str())),
            header.map(|name| format!("there is no header {name}")),
            path.map(|pattern| format!("the path does not match {}", pattern.as_str())),
        ];
        reasons.into_iter().flatten().next()
    }
}

/// What a response for an address is stored under, on a route that may ignore the query.
pub(crate) fn stored_under(url: &Url, search: Search) -> Cow<'_, str> {
    match search {
        Search::Matters => key(url),
        Search::Ignored => url[..Position::AfterPath].into(),
    }
}

/// The first route that applies, and its place; the profile's last one always does.
pub(crate) fn first_match<'r, B>(
    routes: &'r [Route],
    request: &Request<B>,
) -> Option<(usize, &'r Route)> {
    routes.iter().enumerate().find(|(_, route)| route.when.holds(request))
}
