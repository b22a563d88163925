//! The open pages, and the version of what is installed that each was opened with.
//!
//! A page is opened with the newest version, and everything it asks for afterwards is
//! answered from that one, however many have come since. Which page asks is told by
//! `Referer`; what does not say it is taken to belong to the page that its program opened
//! last. A version that no page was opened with any more can go.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use http::header::REFERER;

use crate::request::{Agent, Request};

/// How many pages are known at most; those that asked for nothing the longest are forgotten.
const LIMIT: usize = 1024;
/// After how long a page that asks for nothing is taken to be closed. Nobody says when a
/// browser's page is, and an old version costs only room.
const SILENCE: Duration = Duration::from_hours(24);

/// An install by its number, if there is one.
pub(crate) type Installed = Option<i64>;

/// The pages that are open.
#[derive(Debug, Default)]
pub(crate) struct Clients(Mutex<Open>);

#[derive(Debug, Default)]
struct Open {
    /// By the program that has them, and their addresses.
    pages: HashMap<(Agent, String), Page>,
    /// How many were opened until now.
    count: u64,
    /// The versions that served before, and are still there.
    former: Vec<i64>,
}

#[derive(Debug)]
struct Page {
    installed: Installed,
    /// As the how manieth it was opened.
    number: u64,
    asked_at: SystemTime,
}

impl Clients {
    /// A page is opened with what serves now: which that is.
    pub(crate) fn open<B>(
        &self,
        request: &Request<B>,
        now: SystemTime,
        serving: impl FnOnce() -> Installed,
    ) -> Installed {
        let mut open = self.lock();
        // Within the lock, so that nothing is thought unused meanwhile.
        let installed = serving();
        open.count += 1;
        let page = Page { installed, number: open.count, asked_at: now };
        open.pages.insert((request.agent, request.url.as_str().to_owned()), page);
        if open.pages.len() > LIMIT {
            let silent = open.pages.iter().min_by_key(|(_, page)| page.asked_at);
            let silent = silent.map(|(page, _)| page.clone());
            silent.and_then(|page| open.pages.remove(&page));
        }
        installed
    }

    /// The version that a part of a page belongs to, where `serving` is the newest.
    pub(crate) fn installed_for<B>(
        &self,
        request: &Request<B>,
        now: impl FnOnce() -> SystemTime,
        serving: Installed,
    ) -> Installed {
        let mut open = self.lock();
        if open.former.is_empty() {
            return serving;
        }
        let referrer = request.headers.get(REFERER).and_then(|value| value.to_str().ok());
        let named = referrer.map(|referrer| (request.agent, referrer.to_owned()));
        if let Some(page) = named.and_then(|named| open.pages.get_mut(&named)) {
            page.asked_at = now();
            return page.installed;
        }
        let of_the_same = open.pages.iter().filter(|((agent, _), _)| *agent == request.agent);
        let last = of_the_same.max_by_key(|(_, page)| page.number);
        last.map_or(serving, |(_, page)| page.installed)
    }

    /// A program with one window shows a page: those it opened before are closed.
    pub(crate) fn show(&self, agent: Agent, url: &str) {
        let mut open = self.lock();
        let shown = open.pages.get(&(agent, url.to_owned())).map(|page| page.number);
        let Some(shown) = shown else { return };
        open.pages.retain(|(other, _), page| *other != agent || page.number >= shown);
    }

    /// Another version serves instead of this one, which is kept for as long as it is used.
    pub(crate) fn retire(&self, former: i64) {
        self.lock().former.push(former);
    }

    /// Takes the versions that no page was opened with any more.
    pub(crate) fn take_unused(&self, now: impl FnOnce() -> SystemTime) -> Vec<i64> {
        let Open { pages, former, .. } = &mut *self.lock();
        if former.is_empty() {
            return Vec::new();
        }
        let now = now();
        let is_heard =
            |page: &Page| now.duration_since(page.asked_at).is_ok_and(|silence| silence < SILENCE);
        pages.retain(|_, page| is_heard(page));
        let used: HashSet<_> = pages.values().filter_map(|page| page.installed).collect();
        former.extract_if(.., |id| !used.contains(id)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
