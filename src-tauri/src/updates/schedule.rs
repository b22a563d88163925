//! When a newer version is looked for next: as a time of day, since timers stop while a machine
//! sleeps.

use std::time::{Duration, SystemTime};

/// How long a start has before anybody is asked.
pub(super) const AFTER_THE_START: Duration = Duration::from_secs(10);
/// How often, and how often where the last time came to nothing.
const EVERY: Duration = Duration::from_secs(24 * 60 * 60);
const AGAIN: Duration = Duration::from_secs(60 * 60);
/// How much later by chance, as a part of it, so that not all ask at once.
const LATER: f64 = 0.1;
/// The longest pause of a timer: a machine may have slept.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// How a look has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Done,
    /// Nobody could be asked, or it is fetched another time.
    Unfinished,
}

/// When to look after a look that has just ended.
pub(super) fn next(look: Look, now: SystemTime, chance: f64) -> SystemTime {
    let pause = match look {
        Look::Done => EVERY,
        Look::Unfinished => AGAIN,
    };
    now + pause + pause.mul_f64(LATER * chance.clamp(0.0, 1.0))
}

/// How long to pause until the clock is looked at again; `None` if it is time. A clock that was
/// set back makes no pause longer than it ever was.
pub(super) fn pause(planned: SystemTime, now: SystemTime) -> Option<Duration> {
    let left = planned.duration_since(now).ok().filter(|left| !left.is_zero())?;
    (left <= EVERY.mul_f64(1.0 + LATER)).then(|| left.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use proptest::prelude::*;

    use super::*;

    const HOUR: u64 = 60 * 60;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn it_is_looked_for_once_a_day_and_sooner_where_nobody_was_there() {
        assert_eq!(next(Look::Done, at(0), 0.0), at(24 * HOUR));
        assert_eq!(next(Look::Done, at(0), 1.0), at(24 * HOUR + 2 * HOUR + 24 * 60));
        assert_eq!(next(Look::Unfinished, at(0), 0.0), at(HOUR));
    }

    #[test]
    fn the_clock_is_looked_at_every_hour() {
        assert_eq!(pause(at(24 * HOUR), at(0)), Some(Duration::from_secs(HOUR)));
        assert_eq!(pause(at(24 * HOUR), at(24 * HOUR - 5)), Some(Duration::from_secs(5)));
        assert_eq!(pause(at(24 * HOUR), at(24 * HOUR)), None);
        assert_eq!(pause(at(24 * HOUR), at(90 * HOUR)), None, "the machine slept");
        assert_eq!(pause(at(90 * HOUR), at(0)), None, "the clock was set back");
    }

    proptest! {
        #[test]
        fn nobody_is_asked_twice_within_an_hour(now in 0_u64..1 << 40, chance in 0.0..=1.0) {
            for look in [Look::Done, Look::Unfinished] {
                let planned = next(look, at(now), chance);
                prop_assert!(pause(planned, at(now + HOUR - 1)).is_some());
                prop_assert!(planned <= at(now + 27 * HOUR));
            }
        }
    }
}
