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
    /// Of each program, by their addresses.
    pages: HashMap<Agent, HashMap<String, Page>>,
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

impl Open {
    fn forget_the_most_silent(&mut self) {
        if self.pages.values().map(HashMap::len).sum::<usize>() <= LIMIT {
            return;
        }
        let silent = |pages: &HashMap<String, Page>| pages.values().map(|page| page.asked_at).min();
        let agent =
            self.pages.iter().min_by_key(|(_, pages)| silent(pages)).map(|(agent, _)| *agent);
        let Some(pages) = agent.and_then(|agent| self.pages.get_mut(&agent)) else { return };
        let Some(oldest) = silent(pages) else { return };
        pages.retain(|_, page| page.asked_at != oldest);
    }
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
        let pages = open.pages.entry(request.agent).or_default();
        if let Some(known) = pages.get_mut(request.url.as_str()) {
            *known = page;
        } else {
            pages.insert(request.url.as_str().to_owned(), page);
            open.forget_the_most_silent();
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
        let Some(pages) = open.pages.get_mut(&request.agent) else { return serving };
        if let Some(page) = referrer.and_then(|referrer| pages.get_mut(referrer)) {
            page.asked_at = now();
            return page.installed;
        }
        let last = pages.values().max_by_key(|page| page.number);
        last.map_or(serving, |page| page.installed)
    }

    /// A program with one window shows a page: those it opened before are closed.
    pub(crate) fn show(&self, agent: Agent, url: &str) {
        let mut open = self.lock();
        let Some(pages) = open.pages.get_mut(&agent) else { return };
        let Some(shown) = pages.get(url).map(|page| page.number) else { return };
        pages.retain(|_, page| page.number >= shown);
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
        pages.retain(|_, pages| {
            pages.retain(|_, page| is_heard(page));
            !pages.is_empty()
        });
        let pages = pages.values().flat_map(HashMap::values);
        let used: HashSet<_> = pages.filter_map(|page| page.installed).collect();
        former.extract_if(.., |id| !used.contains(id)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
