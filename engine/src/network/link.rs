//! What is known of the connection to the site.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::error::NetworkError;
use crate::event::Connection;

/// Within this time those who wait for somebody to ask are told of one only.
const MOMENT: Duration = Duration::from_secs(1);

/// The state of the connection, fed by every request and read before each.
///
/// Whether a connection that is not usable has come back is found out by
/// `connectivity`, which watches this.
#[derive(Debug)]
pub(crate) struct Link {
    state: watch::Sender<Connection>,
    /// When the site was last heard of.
    heard: watch::Sender<Instant>,
    /// When something was last asked of the engine.
    asked: watch::Sender<Instant>,
    /// How many look at a page right now.
    pub(crate) watchers: AtomicUsize,
}

impl Link {
    /// Assumed to be there until a request says otherwise.
    pub(crate) fn new() -> Self {
        Self {
            state: watch::Sender::new(Connection::Online),
            heard: watch::Sender::new(Instant::now()),
            asked: watch::Sender::new(Instant::now()),
            watchers: AtomicUsize::new(0),
        }
    }

    /// Something was asked of the engine, so its answer matters to somebody.
    pub(crate) fn is_asked(&self, now: Instant) {
        self.asked.send_if_modified(|asked| {
            let is_news = now.duration_since(*asked) > MOMENT;
            if is_news {
                *asked = now;
            }
            is_news
        });
    }

    /// Somebody begins to look at a page.
    pub(crate) fn watch(&self) {
        self.watchers.fetch_add(1, Ordering::Relaxed);
        self.asked.send_replace(Instant::now());
    }

    /// One who looked looks no more.
    pub(crate) fn unwatch(&self) {
        self.watchers.fetch_sub(1, Ordering::Relaxed);
    }

    /// Waits until somebody looks at a page.
    pub(crate) async fn until_watched(&self) {
        let watched = |_: &Instant| self.watchers.load(Ordering::Relaxed) > 0;
        // The sender is this, so there is no end of changes before the wait ends.
        let _ = self.asked.subscribe().wait_for(watched).await;
    }

    /// Waits until somebody looks at a page or asked for something within `period`.
    pub(crate) async fn until_interest(&self, period: Duration) {
        let matters = |asked: &Instant| {
            self.watchers.load(Ordering::Relaxed) > 0 || asked.elapsed() <= period
        };
        // The sender is this, so there is no end of changes before the wait ends.
        let _ = self.asked.subscribe().wait_for(matters).await;
    }

    /// Waits until the site is heard of again.
    pub(crate) async fn until_heard(&self) {
        // The sender is this, so there is no end of changes before the wait ends.
        let _ = self.heard.subscribe().changed().await;
    }

    /// How long the site has not been heard of.
    pub(crate) fn quiet_for(&self) -> Duration {
        self.heard.borrow().elapsed()
    }

    /// The site answered, with whatever status.
    pub(crate) fn answered(&self) {
        self.heard.send_replace(Instant::now());
        self.set(Connection::Online);
    }

    /// A request failed.
    pub(crate) fn failed(&self, error: &NetworkError) {
        match error {
            NetworkError::Connect { .. } => self.set(Connection::Offline),
            // One request that hangs or breaks off may be the fault of one page.
            NetworkError::TimedOut { .. } | NetworkError::Broken { .. } => self.doubt(),
            // These say nothing about the connection.
            NetworkError::Offline
            | NetworkError::IncompleteRequest { .. }
            | NetworkError::TooManyRedirects { .. }
            | NetworkError::ForeignRedirect { .. }
            | NetworkError::Inflated { .. }
            | NetworkError::TooManyCodings { .. }
            | NetworkError::Interrupted => {}
        }
    }

    /// A request took longer than its route allows; it may still be answered.
    pub(crate) fn silent(&self, waited: Duration) {
        tracing::debug!(?waited, "the site is silent");
        self.doubt();
    }

    /// The site did not answer when it was asked whether it is there.
    pub(crate) fn gone(&self) {
        self.set(Connection::Offline);
    }

    /// Something is wrong; a probe is to find out whether the site is gone.
    fn doubt(&self) {
        self.state.send_if_modified(|state| {
            let is_news = *state == Connection::Online;
            if is_news {
                *state = Connection::Suspect;
            }
            is_news
        });
    }

    pub(crate) fn state(&self) -> Connection {
        *self.state.borrow()
    }

    /// Waits until the state is another.
    pub(crate) async fn until_not(&self, state: Connection) {
        // The sender is this, so there is no end of changes before the wait ends.
        let _ = self.subscribe().wait_for(|current| *current != state).await;
    }

    /// Follows the state; the present one counts as seen.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Connection> {
        self.state.subscribe()
    }

    fn set(&self, new: Connection) {
        self.state.send_if_modified(|state| {
            let is_news = *state != new;
            *state = new;
            is_news
        });
    }
}
