//! What is known of the connection to the site.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::StatusCode;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use url::{Host, Url};

use crate::error::NetworkError;
use crate::event::{Cause, Connection, SystemLink};
use crate::pace::Pace;

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
    /// How long the site takes to begin its answers.
    pace: Mutex<Pace>,
    /// Where the network wants the person before it lets anybody through.
    portal: Mutex<Option<Url>>,
    /// Whether the system says that there is no network.
    is_down: AtomicBool,
    /// The network has changed, so that what is known of the site may not hold any more.
    pub(crate) changed: Notify,
    /// Without encryption, so that whoever is between can answer in the site's place.
    is_plain: bool,
    /// Reached without any network.
    is_here: bool,
}

impl Link {
    /// Assumed to be there until a request says otherwise.
    pub(crate) fn to(site: &Url) -> Self {
        Self {
            state: watch::Sender::new(Connection::Online),
            heard: watch::Sender::new(Instant::now()),
            asked: watch::Sender::new(Instant::now()),
            watchers: AtomicUsize::new(0),
            pace: Mutex::default(),
            portal: Mutex::default(),
            is_down: AtomicBool::new(false),
            changed: Notify::new(),
            is_plain: site.scheme() == "http",
            is_here: is_loopback(site),
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
        let matters = |asked: &Instant| self.matters(*asked, period);
        // The sender is this, so there is no end of changes before the wait ends.
        let _ = self.asked.subscribe().wait_for(matters).await;
    }

    /// Whether somebody looks at a page or asked for something within `period`.
    pub(crate) fn is_of_interest(&self, period: Duration) -> bool {
        self.matters(*self.asked.borrow(), period)
    }

    fn matters(&self, asked: Instant, period: Duration) -> bool {
        self.watchers.load(Ordering::Relaxed) > 0 || asked.elapsed() <= period
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

    /// The site answered with this status; how long it took to begin, if that says something.
    pub(crate) fn answered(&self, status: StatusCode, took: Option<Duration>) {
        if is_out_of_order(status) {
            self.heard.send_replace(Instant::now());
            self.state.send_if_modified(|state| {
                let new = match *state {
                    // One page may be out of order for itself; a probe finds out.
                    Connection::Online | Connection::Slow if is_of_what_is_between(status) => {
                        Connection::Suspect
                    }
                    Connection::Offline(_) => Connection::Offline(Cause::ServerError),
                    Connection::Online | Connection::Slow | Connection::Suspect => *state,
                };
                std::mem::replace(state, new) != new
            });
            return;
        }
        took.into_iter().for_each(|took| lock(&self.pace).note(took));
        self.works();
    }

    /// The site does what it is asked for.
    pub(crate) fn works(&self) {
        self.heard.send_replace(Instant::now());
        let is_slow = lock(&self.pace).is_slow();
        self.set(if is_slow { Connection::Slow } else { Connection::Online });
    }

    /// Whether an answer that leads to another host may not be the site's: without encryption
    /// a network that wants the person to sign in first answers like that.
    pub(crate) fn may_be_led_astray(&self) -> bool {
        self.is_plain
    }

    /// A request was led to another host: a probe is to find out whether all are.
    pub(crate) fn led_astray(&self) {
        self.doubt();
    }

    /// A request failed.
    pub(crate) fn failed(&self, error: &NetworkError) {
        match error {
            NetworkError::Connect { cause, .. } => {
                let is_captured = self.state() == Connection::Offline(Cause::CaptivePortal);
                // How a portal turns a request away is no news.
                if !is_captured {
                    self.gone(*cause);
                }
            }
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

    /// A request took longer than it was worth waiting for; it may still be answered.
    pub(crate) fn silent(&self, waited: Duration) {
        tracing::debug!(?waited, "the site is silent");
        // Of one that is slow it is known.
        if self.state() == Connection::Online {
            self.doubt();
        }
    }

    /// The site is not to be had.
    pub(crate) fn gone(&self, cause: Cause) {
        let is_down = self.is_down.load(Ordering::Relaxed);
        self.set(Connection::Offline(if is_down { Cause::NoLink } else { cause }));
    }

    /// The network lets nobody through until the person was at this address.
    pub(crate) fn captured(&self, by: Url) {
        *lock(&self.portal) = Some(by);
        self.set(Connection::Offline(Cause::CaptivePortal));
    }

    /// Where the network wants the person before it lets anybody through.
    pub(crate) fn portal(&self) -> Option<Url> {
        let is_captured = self.state() == Connection::Offline(Cause::CaptivePortal);
        lock(&self.portal).clone().filter(|_| is_captured)
    }

    /// What the system says about the machine's network. Of a site on the machine itself that
    /// says nothing.
    ///
    /// It is a hint: a system may not know of the way that a request takes. So a request
    /// decides, and this only why it fails, and when it is made.
    pub(crate) fn system_says(&self, link: SystemLink, interest: Duration) {
        if self.is_here {
            return;
        }
        let is_down = link == SystemLink::Down;
        let was_down = self.is_down.swap(is_down, Ordering::Relaxed);
        if self.state().is_offline() {
            match link {
                SystemLink::Up => self.changed.notify_one(),
                SystemLink::Down => self.gone(Cause::NoLink),
            }
        } else if is_down != was_down && self.is_of_interest(interest) {
            self.doubt();
        }
    }

    /// Something is wrong; a probe is to find out whether the site is gone.
    fn doubt(&self) {
        self.state.send_if_modified(|state| {
            let is_news = state.is_usable();
            if is_news {
                *state = Connection::Suspect;
            }
            is_news
        });
    }

    pub(crate) fn state(&self) -> Connection {
        *self.state.borrow()
    }

    /// Waits until the state is one of which this does not hold.
    pub(crate) async fn until_not(&self, holds: impl Fn(Connection) -> bool) {
        // The sender is this, so there is no end of changes before the wait ends.
        let _ = self.subscribe().wait_for(|current| !holds(*current)).await;
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

/// Whether the site says that it does not work. What it has never learnt to answer is not
/// out of order.
pub(crate) fn is_out_of_order(status: StatusCode) -> bool {
    let is_refused =
        matches!(status, StatusCode::NOT_IMPLEMENTED | StatusCode::HTTP_VERSION_NOT_SUPPORTED);
    status.is_server_error() && !is_refused
}

/// Whether it is what stands before the site that says so: 500 alone may be one page's fault.
fn is_of_what_is_between(status: StatusCode) -> bool {
    // Beyond 511 are those of content delivery networks, which have lost the site.
    matches!(status.as_u16(), 502..=504 | 520..=530)
}

fn is_loopback(site: &Url) -> bool {
    match site.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
