//! When what repeats by itself is done next.
//!
//! "Now" and chance are arguments, so that a million devices can be played through. What is
//! planned is a time of day and not a pause, since a machine sleeps and its clock is set:
//!
//! ```text
//! done ── an interval, and a little more by chance ──▶ planned
//!   planned, and it is that time ──▶ done
//!   planned, and that was long ago (it slept, or was not allowed to) ──▶ once, soon, by chance
//!   planned, and that is further away than it was ever planned (the clock was set back)
//!                                                      ──▶ an interval from now
//! ```
//!
//! Chance keeps devices apart that have done something together: a server that was away, a
//! morning at nine, a message to all.

use std::time::{Duration, SystemTime};

/// How much longer than the interval a pause is at most, as a part of it.
const LONGER: f64 = 0.1;
/// Over how long devices spread what they have missed.
const CATCHING_UP: Duration = Duration::from_secs(300);
/// A timer is late by less than this.
const LATE: Duration = Duration::from_secs(5);
/// When what is done now is done again.
pub(crate) fn again(every: Duration, now: SystemTime, jitter: f64) -> SystemTime {
    now + every + every.mul_f64(LONGER * jitter.clamp(0.0, 1.0))
}

/// When to do what should have been done by now.
pub(crate) fn soon(every: Duration, now: SystemTime, jitter: f64) -> SystemTime {
    now + every.min(CATCHING_UP).mul_f64(jitter.clamp(0.0, 1.0))
}

/// When to do what was planned for a time, as it turns out now; what was never planned, soon.
pub(crate) fn replanned(
    planned: Option<SystemTime>,
    every: Duration,
    now: SystemTime,
    jitter: f64,
) -> SystemTime {
    let Some(planned) = planned else { return soon(every, now, jitter) };
    if planned > again(every, now, 1.0) {
        return again(every, now, jitter);
    }
    match now.duration_since(planned) {
        Ok(late) if late > LATE => soon(every, now, jitter),
        Ok(_) | Err(_) => planned,
    }
}

/// How long after a message to many devices one of them fetches what it is about, if they are
/// to spread it over a window.
pub(crate) fn within(window: Duration, jitter: f64) -> Duration {
    window.mul_f64(jitter.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use proptest::prelude::*;

    use super::*;

    const MINUTE: u64 = 60;
    const EVERY: Duration = Duration::from_secs(15 * MINUTE);

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    /// Now is 10,000.
    #[track_caller]
    fn check(planned: Option<u64>, jitter: f64, expected: u64) {
        let planned = replanned(planned.map(at), EVERY, at(10_000), jitter);
        assert_eq!(planned.duration_since(UNIX_EPOCH).unwrap().as_secs(), expected);
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn what_was_planned_holds_unless_the_clock_or_a_sleep_is_against_it() {
        //    planned        chance  then
        check(Some(10_000),  0.5,    10_000); // Now.
        check(Some(10_600),  0.5,    10_600);
        check(Some(10_990),  0.5,    10_990); // As late as it is ever planned.
        check(Some(9_996),   0.5,    9_996);  // A timer is late.
        check(Some(9_990),   0.5,    10_150); // It slept for a moment,
        check(Some(10),      0.5,    10_150); // or for hours:
        check(Some(10),      0.0,    10_000);
        check(Some(10),      1.0,    10_300);
        check(Some(50_000),  0.5,    10_945); // The clock was set back.
        check(None,          0.5,    10_150); // It was never done.
    }

    #[test]
    fn what_is_to_be_done_each_minute_catches_up_within_one() {
        let planned = replanned(Some(at(10)), Duration::from_secs(MINUTE), at(10_000), 1.0);
        assert_eq!(planned, at(10_060));
    }

    proptest! {
        /// However the clock jumps, what is done is planned for the future, at most one
        /// interval and a tenth away.
        #[test]
        fn nothing_is_put_off_for_ever(
            planned in proptest::option::of(0_u64..100_000),
            every in 60_u64..50_000,
            now in 0_u64..100_000,
            jitter in 0.0..=1.0,
        ) {
            let (every, now) = (Duration::from_secs(every), at(now));
            let then = replanned(planned.map(at), every, now, jitter);
            prop_assert!(then <= again(every, now, 1.0));
            prop_assert!(then + LATE >= now);
            // Looked at again at once, it stays.
            prop_assert_eq!(replanned(Some(then), every, now, 1.0 - jitter), then);
        }
    }
}
