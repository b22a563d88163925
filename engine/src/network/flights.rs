//! Requests for the same thing at the same time share one fetch.
//!
//! Those that come while one is on its way wait for it and then look into the store: so
//! nobody is shown what the store would not show them, and what could not be stored is
//! fetched for each. One that has been on its way for a while is not waited for: it may
//! never arrive, and a reload would not help.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::error::NetworkError;

/// For how long after it has begun others join a fetch.
const BOARDING_TIME: Duration = Duration::from_secs(2);

/// What became of a fetch, for those who wait for it: nothing yet, or why it failed.
pub(crate) type Outcome = Option<Arc<NetworkError>>;

/// The fetches on their way, by what they ask for.
#[derive(Debug, Default, Clone)]
pub(crate) struct Flights(Arc<Mutex<HashMap<blake3::Hash, Departed>>>);

#[derive(Debug)]
struct Departed {
    at: Instant,
    outcome: watch::Receiver<Outcome>,
}

/// Whether a request has to fetch by itself.
pub(crate) enum Boarding {
    /// It has; others wait for the end of the flight.
    Leads(Flight),
    /// Another one fetches the same.
    Follows(watch::Receiver<Outcome>),
}

/// A fetch that others may wait for, until it is dropped.
pub(crate) struct Flight {
    flights: Flights,
    key: blake3::Hash,
    outcome: watch::Sender<Outcome>,
}

impl Flights {
    /// Joins the fetch for `key`, or begins one.
    pub(crate) fn board(&self, key: blake3::Hash) -> Boarding {
        let mut flights = self.lock();
        if let Some(flight) = flights.get(&key)
            && flight.at.elapsed() < BOARDING_TIME
        {
            return Boarding::Follows(flight.outcome.clone());
        }
        let (outcome, others) = watch::channel(None);
        flights.insert(key, Departed { at: Instant::now(), outcome: others });
        Boarding::Leads(Flight { flights: self.clone(), key, outcome })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<blake3::Hash, Departed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flight {
    /// Tells those who wait that there is no answer.
    pub(crate) fn fail(&self, error: &NetworkError) {
        self.outcome.send_replace(Some(Arc::new(error.repeated())));
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let mut flights = self.flights.lock();
        let is_ours = |flight: &Departed| flight.outcome.same_channel(&self.outcome.subscribe());
        // A later one may have taken its place.
        if flights.get(&self.key).is_some_and(is_ours) {
            flights.remove(&self.key);
        }
    }
}

/// Waits for the end of another's fetch.
///
/// # Errors
///
/// Why that one failed.
pub(crate) async fn landed(mut outcome: watch::Receiver<Outcome>) -> Result<(), NetworkError> {
    // It ends when the flight is dropped, which also happens when its task is.
    while outcome.changed().await.is_ok() {}
    match outcome.borrow().as_ref() {
        Some(error) => Err(error.repeated()),
        None => Ok(()),
    }
}
