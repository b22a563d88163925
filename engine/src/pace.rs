//! How long answers take lately, and so how long the next one is worth waiting for.
//!
//! As TCP estimates when a segment is lost (RFC 6298): from the smoothed time and how far
//! the times lie apart. It follows a line that becomes slower or quicker within some answers,
//! and one that is late now and then does not make a quick site slow.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How long the network is always given: less would prefer an old page over one that is
/// about to come.
pub(crate) const SHORTEST_PATIENCE: Duration = Duration::from_millis(500);
/// From then on answers are so late that a person sees what is stored meanwhile.
const SLOW: Duration = Duration::from_secs(1);
/// A time counts as this much at most: a page that hangs is not the line's fault.
const LONGEST: Duration = Duration::from_secs(4);
/// As many answers must have come before it is known what is usual.
const ENOUGH: u32 = 6;

/// How long answers take: the smoothed time, and the smoothed distance from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Pace {
    smoothed: Duration,
    deviation: Duration,
    /// How many are in it, as far as it matters.
    answers: u32,
}

impl Pace {
    /// Takes into account how long an answer took.
    pub(crate) fn note(&mut self, took: Duration) {
        let took = took.min(LONGEST);
        if self.answers == 0 {
            // "SRTT <- R; RTTVAR <- R/2" (RFC 6298 §2.2)
            (self.smoothed, self.deviation) = (took, took / 2);
        } else {
            // "RTTVAR <- (1 - beta) * RTTVAR + beta * |SRTT - R'|
            //  SRTT <- (1 - alpha) * SRTT + alpha * R'", "alpha=1/8 and beta=1/4" (§2.3)
            self.deviation = self.deviation * 3 / 4 + self.smoothed.abs_diff(took) / 4;
            self.smoothed = self.smoothed * 7 / 8 + took / 8;
        }
        self.answers = self.answers.saturating_add(1).min(ENOUGH);
    }

    /// How long the next answer is worth waiting for, with something else at hand.
    pub(crate) fn patience(&self, limit: Duration) -> Duration {
        if self.answers < ENOUGH {
            return limit;
        }
        // "RTO <- SRTT + max (G, K*RTTVAR) where K = 4" (§2.3)
        (self.smoothed + self.deviation * 4).max(SHORTEST_PATIENCE).min(limit)
    }

    /// Whether answers are so late that nobody should wait for them who has something else.
    pub(crate) fn is_slow(&self) -> bool {
        self.answers >= ENOUGH && self.smoothed >= SLOW
    }
}

/// The pace of each route.
#[derive(Debug)]
pub(crate) struct Paces(Box<[Mutex<Pace>]>);

impl Paces {
    /// Of as many routes, of which nothing is known.
    pub(crate) fn of(routes: usize) -> Self {
        Self((0..routes).map(|_| Mutex::default()).collect())
    }

    /// Takes into account how long an answer on a route took.
    pub(crate) fn note(&self, route: usize, took: Duration) {
        if let Some(pace) = self.0.get(route) {
            pace.lock().unwrap_or_else(PoisonError::into_inner).note(took);
        }
    }

    /// How long the next answer on a route is worth waiting for.
    pub(crate) fn patience(&self, route: usize, limit: Duration) -> Duration {
        self.0.get(route).map_or(limit, |pace| {
            pace.lock().unwrap_or_else(PoisonError::into_inner).patience(limit)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(3);

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// The pace after answers that took so many milliseconds.
    fn after(times: &[u64]) -> Pace {
        let mut pace = Pace::default();
        times.iter().for_each(|took| pace.note(ms(*took)));
        pace
    }

    #[track_caller]
    fn check(times: &[u64], patience: u64, is_slow: bool) {
        let pace = after(times);
        assert_eq!(pace.patience(LIMIT).as_millis(), u128::from(patience), "{pace:?}");
        assert_eq!(pace.is_slow(), is_slow, "{pace:?}");
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn what_is_usual_decides_how_long_is_waited() {
        //    the answers took                             patience  slow?
        check(&[],                                         3000,     false);
        check(&[20; 5],                                    3000,     false); // Too few to tell.
        check(&[20; 6],                                    500,      false); // Never less.
        check(&[400; 6],                                   589,      false);
        check(&[20, 20, 20, 20, 20, 1500],                 1705,     false); // They lie apart.
        check(&[900; 20],                                  907,      false);
        check(&[1200; 20],                                 1210,     true);
        check(&[2900; 20],                                 2924,     true);
        check(&[3500; 20],                                 3000,     true);  // Never more.
    }

    #[test]
    fn one_page_that_hangs_makes_no_site_slow() {
        let mut pace = after(&[20; 50]);
        pace.note(Duration::from_secs(30));
        assert!(!pace.is_slow());
    }

    #[test]
    fn a_line_that_becomes_slow_and_quick_again_is_followed() {
        let mut pace = after(&[20; 50]);
        let until = |pace: &mut Pace, took, is_slow| {
            (1..100).find(|_| {
                pace.note(ms(took));
                pace.is_slow() == is_slow
            })
        };
        assert_eq!(until(&mut pace, 2500, true), Some(4));
        assert_eq!(until(&mut pace, 20, false), Some(1));
    }

    proptest! {
        #[test]
        fn patience_stays_within_bounds(
            times in proptest::collection::vec(0_u64..60_000, 0..40),
            limit in 0_u64..10_000,
        ) {
            let patience = after(&times).patience(ms(limit));
            prop_assert!(patience <= ms(limit));
            prop_assert!(patience >= SHORTEST_PATIENCE.min(ms(limit)));
        }

        /// Whatever came before, what comes now decides in the end.
        #[test]
        fn patience_comes_to_what_is_usual(
            times in proptest::collection::vec(0_u64..60_000, 0..40),
            usual in 0_u64..3000,
        ) {
            let mut pace = after(&times);
            (0..100).for_each(|_| pace.note(ms(usual)));
            let patience = pace.patience(LIMIT);
            prop_assert!(patience >= ms(usual).max(SHORTEST_PATIENCE).min(LIMIT));
            prop_assert!(patience <= ms(usual + 20).max(SHORTEST_PATIENCE));
        }
    }
}
