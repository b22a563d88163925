//! Requests for the same thing at the same time share one fetch.
//!
//! Who comes first asks the site; who comes while that is on its way waits. What it has
//! brought is shown to them only as far as the store would show it, and each decides that
//! by itself: here nobody knows what it is.
//!
//! ```text
//! Away ── the head is there ──▶ Answered ── the body is long ──▶ Arriving: others read along
//!   │                              └── the end of the flight: others look into the store
//!   └── no answer, or it breaks off ──▶ Failed: others fail as well
//! ```
//!
//! One of which nothing has come is joined for [`BOARDING_TIME`] only: it may never arrive,
//! and a reload would not help. One that is seen to arrive is joined until it is there. What
//! is submitted ends all boarding: an answer from before does not show what it has changed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::watch;
use tokio::time::Instant;

use crate::error::NetworkError;

/// For how long after it has begun others join a fetch of which nothing has come.
const BOARDING_TIME: Duration = Duration::from_secs(2);

/// How far a fetch has come. `A` is a response that can be read while it arrives.
#[derive(Debug, Clone)]
pub(crate) enum Progress<A> {
    /// Nothing has come.
    Away,
    /// The head came at this time. What is stored then or later is from this fetch or newer.
    Answered(SystemTime),
    /// The body is long, and is stored while it comes.
    Arriving(A),
    /// There is no answer, for this reason.
    Failed(Arc<NetworkError>),
}

/// The fetches on their way, by what they ask for.
#[derive(Debug, Clone)]
pub(crate) struct Flights<A>(Arc<Mutex<HashMap<String, Departed<A>>>>);

#[derive(Debug)]
struct Departed<A> {
    at: Instant,
    progress: watch::Receiver<Progress<A>>,
}

/// Whether a request has to fetch by itself.
pub(crate) enum Boarding<A> {
    /// It has; others wait for the end of the flight.
    Leads(Flight<A>),
    /// Another one fetches the same.
    Follows(Seat<A>),
}

/// A fetch that others may wait for, until it is dropped.
pub(crate) struct Flight<A> {
    flights: Flights<A>,
    key: String,
    progress: watch::Sender<Progress<A>>,
}

/// A place in another's fetch.
pub(crate) struct Seat<A>(watch::Receiver<Progress<A>>);

impl<A> Default for Flights<A> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<A: Clone> Flights<A> {
    /// Joins the fetch for `key`, or begins one.
    pub(crate) fn board(&self, key: String) -> Boarding<A> {
        let mut flights = self.lock();
        if let Some(flight) = flights.get(&key).filter(|flight| flight.is_boarding()) {
            return Boarding::Follows(Seat(flight.progress.clone()));
        }
        let (progress, others) = watch::channel(Progress::Away);
        flights.insert(key.clone(), Departed { at: Instant::now(), progress: others });
        Boarding::Leads(Flight { flights: self.clone(), key, progress })
    }

    /// Nobody joins any more what has departed until now.
    pub(crate) fn end_boarding(&self) {
        self.lock().clear();
    }
}

impl<A> Flights<A> {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Departed<A>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<A> Departed<A> {
    fn is_boarding(&self) -> bool {
        match &*self.progress.borrow() {
            Progress::Away => self.at.elapsed() < BOARDING_TIME,
            Progress::Answered(_) | Progress::Arriving(_) => true,
            Progress::Failed(_) => false,
        }
    }
}

impl<A> Flight<A> {
    /// Tells those who wait how far it has come.
    pub(crate) fn tell(&self, progress: Progress<A>) {
        self.progress.send_replace(progress);
    }
}

impl<A> Drop for Flight<A> {
    fn drop(&mut self) {
        let mut flights = self.flights.lock();
        let is_ours =
            |flight: &Departed<A>| flight.progress.same_channel(&self.progress.subscribe());
        // A later one may have taken its place.
        if flights.get(&self.key).is_some_and(is_ours) {
            flights.remove(&self.key);
        }
    }
}

impl<A: Clone> Seat<A> {
    /// Waits until the fetch can be read along or has ended: how far it has come then.
    pub(crate) async fn arrival(mut self) -> Progress<A> {
        let is_readable = |progress: &Progress<A>| matches!(progress, Progress::Arriving(_));
        // It ends when the flight is dropped, which also happens when its task is.
        drop(self.0.wait_for(is_readable).await);
        self.0.borrow().clone()
    }
}
