//! What became of the stored copies that are shown.
//!
//! A site that is near answers before the page that shows the copy can listen. So news of
//! such a page waits here until the page asks.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::commands::PageEvent;

/// How many pages news waits for; those shown longest ago are dropped.
const LIMIT: usize = 64;

/// The paths shown from the store, each with what came after.
#[derive(Default)]
pub(crate) struct News {
    shown: Mutex<VecDeque<(String, Option<PageEvent>)>>,
}

impl News {
    /// A copy of `path` is shown: from now on, what comes is news.
    pub(crate) fn expect(&self, path: &str) {
        let mut shown = self.lock();
        shown.retain(|(known, _)| known != path);
        shown.push_back((path.to_owned(), None));
        if shown.len() > LIMIT {
            shown.pop_front();
        }
    }

    /// What the network sent for `path` is shown: nothing is newer.
    pub(crate) fn forget(&self, path: &str) {
        self.lock().retain(|(known, _)| known != path);
    }

    /// Notes what is told to pages.
    pub(crate) fn note(&self, event: &PageEvent) {
        let (path, is_change) = match event {
            PageEvent::Connection { .. }
            | PageEvent::Outbox { .. }
            | PageEvent::Sent { .. }
            | PageEvent::Saving { .. }
            | PageEvent::Downloads { .. } => return,
            PageEvent::PageChanged { path, .. } => (path, true),
            PageEvent::PageConfirmed { path } => (path, false),
        };
        let mut shown = self.lock();
        let waiting = shown.iter_mut().find(|(known, _)| known == path);
        // What confirms a newer copy says nothing about the older one that is shown.
        if let Some((_, news)) = waiting.filter(|(_, news)| is_change || news.is_none()) {
            *news = Some(event.clone());
        }
    }

    /// What came since `path` was shown.
    pub(crate) fn of(&self, path: &str) -> Option<PageEvent> {
        let shown = self.lock();
        shown.iter().find(|(known, _)| known == path).and_then(|(_, news)| news.clone())
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(String, Option<PageEvent>)>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::Update;

    fn changed(path: &str) -> PageEvent {
        PageEvent::PageChanged { path: path.to_owned(), update: Update::Patch }
    }

    fn confirmed(path: &str) -> PageEvent {
        PageEvent::PageConfirmed { path: path.to_owned() }
    }

    #[test]
    fn a_page_that_listens_late_hears_what_came_since_it_was_shown() {
        let news = News::default();
        news.note(&changed("/a"));
        news.expect("/a");
        assert!(news.of("/a").is_none());
        news.note(&changed("/b"));
        news.note(&changed("/a"));
        news.note(&confirmed("/a"));
        assert!(matches!(news.of("/a"), Some(PageEvent::PageChanged { .. })));
        assert!(news.of("/b").is_none());
        news.expect("/a");
        news.note(&confirmed("/a"));
        assert!(matches!(news.of("/a"), Some(PageEvent::PageConfirmed { .. })));
    }

    #[test]
    fn what_the_network_sent_has_no_news() {
        let news = News::default();
        news.expect("/a");
        news.forget("/a");
        news.note(&changed("/a"));
        assert!(news.of("/a").is_none());
    }

    #[test]
    fn pages_shown_long_ago_do_not_pile_up() {
        let news = News::default();
        for page in 0..=LIMIT {
            news.expect(&page.to_string());
            news.note(&changed(&page.to_string()));
        }
        assert!(news.of("0").is_none() && news.of("1").is_some());
    }
}
