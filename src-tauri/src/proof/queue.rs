//! The copies that are to be proven, one after another, and the one that is being.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::look::{Look, Verdict};

/// A copy that is to be proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proof {
    /// What the saved page is known by.
    pub(crate) key: String,
    /// The page: path and query.
    pub(crate) path: String,
}

/// All of them.
#[derive(Default)]
pub(crate) struct Proofs {
    state: Mutex<State>,
    /// Something has happened.
    changed: Notify,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Proof>,
    /// The one that is being proven, and what is seen of it while its window is there.
    current: Option<Proof>,
    look: Option<Look>,
    /// A page is shown: no window comes before that.
    has_begun: bool,
    /// The app ends: no window is opened any more.
    has_ended: bool,
}

impl Proofs {
    /// Has a copy proven when its turn has come. One that is being proven is begun anew: its
    /// copy is not the newest any more.
    pub(crate) fn ask(&self, proof: Proof) {
        let mut state = self.lock();
        if state.has_ended {
            return;
        }
        match state.waiting.iter_mut().find(|known| known.key == proof.key) {
            Some(known) => *known = proof,
            None => state.waiting.push_back(proof),
        }
        drop(state);
        self.changed.notify_one();
    }

    /// A page is shown; whether it is the first one.
    pub(super) fn begin(&self) -> bool {
        let is_first = !std::mem::replace(&mut self.lock().has_begun, true);
        self.changed.notify_one();
        is_first
    }

    /// Ends it for good.
    pub(crate) fn end(&self) {
        let mut state = self.lock();
        state.has_ended = true;
        state.waiting.clear();
        drop(state);
        self.changed.notify_one();
    }

    /// The next one, as soon as there is one; `None` when the app ends.
    pub(super) async fn next(&self) -> Option<Proof> {
        loop {
            {
                let mut state = self.lock();
                if state.has_ended {
                    return None;
                }
                if state.has_begun {
                    state.current = state.waiting.pop_front();
                }
                if state.current.is_some() {
                    return state.current.clone();
                }
            }
            self.changed.notified().await;
        }
    }

    /// Whether the current one is still worth being proven.
    pub(super) fn is_wanted(&self) -> bool {
        let state = self.lock();
        let is_newer = |proof: &Proof| state.waiting.iter().any(|known| known.key == proof.key);
        !state.has_ended && state.current.as_ref().is_some_and(|proof| !is_newer(proof))
    }

    /// The window of the current one is about to be opened.
    pub(super) fn begin_look(&self, page: String, now: Instant) {
        self.lock().look = Some(Look::begin(page, now));
    }

    /// Notes what is seen; nothing if no window is there.
    pub(super) fn see(&self, note: impl FnOnce(&mut Look)) {
        if let Some(look) = &mut self.lock().look {
            note(look);
        }
        self.changed.notify_one();
    }

    /// The key of the one whose window asks.
    pub(super) fn asked_by(&self) -> Option<String> {
        let state = self.lock();
        state.look.as_ref().and(state.current.as_ref()).map(|proof| proof.key.clone())
    }

    /// Waits until it is over: what is missing, if that is known.
    pub(super) async fn seen(&self) -> Option<Vec<String>> {
        loop {
            match self.verdict(Instant::now()) {
                Verdict::Wait(time) => self.something_happens_within(time).await,
                Verdict::Seen(missing) => return Some(missing),
                Verdict::Unseen => return None,
            }
        }
    }

    /// The window is closed: what it still asks for is not seen any more.
    pub(super) fn end_look(&self) {
        self.lock().look = None;
    }

    fn verdict(&self, now: Instant) -> Verdict {
        if !self.is_wanted() {
            return Verdict::Unseen;
        }
        self.lock().look.as_ref().map_or(Verdict::Unseen, |look| look.verdict(now))
    }

    async fn something_happens_within(&self, time: Duration) {
        // Whether something has or the time is over, it is looked at anew.
        let _ = tokio::time::timeout(time, self.changed.notified()).await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    fn proof(key: &str, path: &str) -> Proof {
        Proof { key: key.to_owned(), path: path.to_owned() }
    }

    fn begun() -> Proofs {
        let proofs = Proofs::default();
        proofs.begin();
        proofs
    }

    fn next(proofs: &Proofs) -> Option<Proof> {
        proofs.next().now_or_never().flatten()
    }

    #[test]
    fn each_has_its_turn_and_is_asked_for_once() {
        let proofs = begun();
        assert_eq!(next(&proofs), None);
        proofs.ask(proof("1", "/a"));
        proofs.ask(proof("2", "/b"));
        proofs.ask(proof("1", "/a"));
        assert_eq!(next(&proofs), Some(proof("1", "/a")));
        assert_eq!(next(&proofs), Some(proof("2", "/b")));
        assert_eq!(next(&proofs), None);
    }

    #[test]
    fn nothing_is_proven_before_a_page_is_shown() {
        let proofs = Proofs::default();
        proofs.ask(proof("1", "/a"));
        assert_eq!(next(&proofs), None);
        assert!(proofs.begin());
        assert_eq!(next(&proofs), Some(proof("1", "/a")));
        assert!(!proofs.begin());
    }

    #[test]
    fn one_whose_copy_is_replaced_meanwhile_is_proven_anew() {
        let proofs = begun();
        proofs.ask(proof("1", "/a"));
        next(&proofs);
        proofs.begin_look("/a".to_owned(), Instant::now());
        proofs.ask(proof("2", "/b"));
        assert!(proofs.is_wanted());
        proofs.ask(proof("1", "/a"));
        assert!(!proofs.is_wanted());
        assert_eq!(proofs.seen().now_or_never(), Some(None));
        assert_eq!(next(&proofs), Some(proof("2", "/b")));
        assert_eq!(next(&proofs), Some(proof("1", "/a")));
    }

    #[tokio::test]
    async fn a_window_is_answered_as_long_as_it_is_looked_at() {
        let proofs = begun();
        proofs.ask(proof("1", "/a"));
        next(&proofs);
        assert_eq!(proofs.asked_by(), None);
        proofs.begin_look("/a".to_owned(), Instant::now());
        assert_eq!(proofs.asked_by().as_deref(), Some("1"));
        assert_eq!(proofs.seen().now_or_never(), None, "it goes on");
        proofs.end_look();
        assert_eq!(proofs.asked_by(), None);
    }

    #[test]
    fn nothing_is_proven_while_the_app_ends() {
        let proofs = begun();
        proofs.ask(proof("1", "/a"));
        next(&proofs);
        proofs.begin_look("/a".to_owned(), Instant::now());
        proofs.end();
        proofs.ask(proof("2", "/b"));
        assert!(!proofs.is_wanted());
        assert_eq!(proofs.next().now_or_never(), Some(None), "it comes to its end");
    }
}
