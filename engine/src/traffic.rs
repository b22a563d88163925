//! What was answered, counted by route and by where the answers came from.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::response::{Provenance, Response};

/// Where an answer came from: the store (a hit), the network (a miss), or nowhere.
const SOURCES: [&str; 3] = ["store", "network", "fallback"];

/// Each power of two is told in as many steps, so that a time is known to within a quarter.
const STEPS: u32 = 4;
const BUCKETS: usize = (u64::BITS * STEPS) as usize;

/// How many requests came to what, since it was written down last.
#[derive(Debug)]
pub(crate) struct Traffic {
    routes: Vec<(String, [Mutex<Tally>; SOURCES.len()])>,
    /// Whether there is something that is not written down.
    is_new: AtomicBool,
    news: Notify,
}

#[derive(Debug, Clone)]
struct Tally {
    bytes: u64,
    /// How many took as long as this bucket says.
    latencies: [u64; BUCKETS],
}

/// What came of the requests of one route that were answered from one source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answered {
    /// The route's name.
    pub route: String,
    /// `store`, `network` or `fallback`.
    pub source: String,
    /// How many bytes their bodies had, those left out that were still coming in.
    pub bytes: u64,
    /// How many could be answered within how long, to within a quarter; the shortest first.
    pub latencies: Vec<(Duration, u64)>,
}

impl Traffic {
    /// Nothing yet, of routes with these names.
    pub(crate) fn of<'n>(routes: impl Iterator<Item = &'n str>) -> Self {
        let none = || SOURCES.map(|_| Mutex::new(Tally::NONE));
        let routes = routes.map(|name| (name.to_owned(), none())).collect();
        Self { routes, is_new: AtomicBool::new(false), news: Notify::new() }
    }

    /// A request of the route at this place was answered after this time.
    pub(crate) fn note(&self, route: usize, response: &Response, latency: Duration) {
        let Some((_, [store, network, fallback])) = self.routes.get(route) else { return };
        let tally = match response.provenance {
            Provenance::Store { .. } => store,
            Provenance::Network { .. } => network,
            Provenance::Outbox | Provenance::Fallback { .. } => fallback,
        };
        let mut tally = lock(tally);
        tally.bytes += response.body.length().unwrap_or(0);
        if let Some(count) = tally.latencies.get_mut(bucket(latency)) {
            *count += 1;
        }
        drop(tally);
        if !self.is_new.swap(true, Ordering::Relaxed) {
            self.news.notify_one();
        }
    }

    /// Waits until there is something to write down.
    pub(crate) async fn news(&self) {
        self.news.notified().await;
    }

    /// Takes what was counted since it was taken last.
    pub(crate) fn take(&self) -> Vec<Answered> {
        self.is_new.store(false, Ordering::Relaxed);
        self.read(|tally| std::mem::replace(tally, Tally::NONE))
    }

    /// What was counted since it was taken last, which stays.
    pub(crate) fn counted(&self) -> Vec<Answered> {
        self.read(|tally| tally.clone())
    }

    fn read(&self, read: impl Fn(&mut Tally) -> Tally) -> Vec<Answered> {
        let mut found = Vec::new();
        for (route, tallies) in &self.routes {
            for (tally, source) in tallies.iter().zip(SOURCES) {
                let Tally { bytes, latencies } = read(&mut lock(tally));
                let counted = latencies.into_iter().enumerate().filter(|(_, count)| *count > 0);
                let latencies: Vec<_> =
                    counted.map(|(bucket, count)| (longest(bucket), count)).collect();
                if !latencies.is_empty() {
                    let (route, source) = (route.clone(), source.to_owned());
                    found.push(Answered { route, source, bytes, latencies });
                }
            }
        }
        found
    }
}

impl Tally {
    const NONE: Self = Self { bytes: 0, latencies: [0; BUCKETS] };
}

impl Answered {
    /// How many requests there were.
    pub fn requests(&self) -> u64 {
        self.latencies.iter().map(|(_, count)| count).sum()
    }

    /// The time within which so many of a hundred were answered.
    pub fn within(&self, percent: u64) -> Duration {
        let mut wanted = (self.requests() * percent).div_ceil(100);
        let reached = self.latencies.iter().find(|(_, count)| {
            wanted = wanted.saturating_sub(*count);
            wanted == 0
        });
        reached.map(|(latency, _)| *latency).unwrap_or_default()
    }
}

/// One of each route and source, with the sums of all there are of it.
pub(crate) fn sums(all: impl Iterator<Item = Answered>) -> Vec<Answered> {
    let mut sums: BTreeMap<(String, String), (u64, BTreeMap<Duration, u64>)> = BTreeMap::new();
    for Answered { route, source, bytes, latencies } in all {
        let (sum, counts) = sums.entry((route, source)).or_default();
        *sum += bytes;
        for (within, count) in latencies {
            *counts.entry(within).or_default() += count;
        }
    }
    let sums = sums.into_iter();
    sums.map(|((route, source), (bytes, latencies))| {
        let latencies = latencies.into_iter().collect();
        Answered { route, source, bytes, latencies }
    })
    .collect()
}

/// Where a time is counted: by its highest bit, and the two below.
fn bucket(latency: Duration) -> usize {
    let nanoseconds = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX).max(u64::from(STEPS));
    let power = nanoseconds.ilog2();
    let step = (nanoseconds >> (power - STEPS.ilog2())) % u64::from(STEPS);
    (power * STEPS) as usize + step as usize
}

/// The longest time that is counted in a bucket.
fn longest(bucket: usize) -> Duration {
    let (power, step) = (bucket / STEPS as usize, bucket as u64 % u64::from(STEPS));
    let unit = (1_u128 << power) / u128::from(STEPS);
    let end = unit * u128::from(u64::from(STEPS) + step + 1) - 1;
    Duration::from_nanos(u64::try_from(end).unwrap_or(u64::MAX))
}

fn lock(tally: &Mutex<Tally>) -> MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_time_is_known_to_within_a_quarter(nanoseconds in 4_u64..u64::MAX) {
            let told = longest(bucket(Duration::from_nanos(nanoseconds))).as_nanos();
            let real = u128::from(nanoseconds);
            prop_assert!(real <= told && told <= real + real / 4 + 1, "{real} {told}");
        }
    }

    #[test]
    fn the_times_of_a_share_are_found() {
        let ms = Duration::from_millis;
        let latencies = vec![(ms(1), 98), (ms(5), 1), (ms(9), 1)];
        let answered = Answered { latencies, ..Answered::default() };
        assert_eq!([50, 98, 99, 100].map(|percent| answered.within(percent)), [1, 1, 5, 9].map(ms));
        assert_eq!(Answered::default().within(50), Duration::ZERO);
    }

    #[test]
    fn what_is_kept_and_what_is_not_yet_are_one() {
        let ms = Duration::from_millis;
        let of = |source: &str, bytes, latencies: &[(u64, u64)]| {
            let latencies = latencies.iter().map(|(within, count)| (ms(*within), *count)).collect();
            Answered { route: "a".to_owned(), source: source.to_owned(), bytes, latencies }
        };
        let kept = [of("store", 5, &[(1, 1), (4, 1)]), of("network", 1, &[(9, 1)])];
        let counted = [of("store", 7, &[(1, 2), (2, 1)])];
        let sums = sums(kept.into_iter().chain(counted));
        assert_eq!(sums, [of("network", 1, &[(9, 1)]), of("store", 12, &[(1, 3), (2, 1), (4, 1)])]);
    }
}
