//! How long nobody has touched anything, and what follows from it.
//!
//! ```text
//! Nobody ── a touch ──▶ Somebody ── no touch ──▶ Leaving: seconds are counted ──▶ Gone
//!                          └───────── a touch ───────────┘
//! ```
//!
//! Where nobody has touched anything there is nothing to end: a board that only shows
//! something is left alone.

use std::time::{Duration, Instant};

/// For how long it is counted down that the session ends.
const COUNTED: Duration = Duration::from_secs(10);

/// When somebody touched something last.
#[derive(Debug)]
pub(super) struct Idle {
    idle: Duration,
    touched: Option<Instant>,
}

/// What the person is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nobody is there.
    Nobody,
    Somebody,
    /// Their session ends in so many seconds.
    Leaving(u64),
    /// They have gone.
    Gone,
}

impl Idle {
    pub(super) fn of(idle: Duration) -> Self {
        Self { idle, touched: None }
    }

    /// Somebody touches something.
    pub(super) fn touch(&mut self, now: Instant) {
        self.touched = Some(now);
    }

    /// Their session has ended.
    pub(super) fn end(&mut self) {
        self.touched = None;
    }

    /// What holds now, and when to look again.
    pub(super) fn stage(&self, now: Instant) -> (Stage, Duration) {
        let Some(touched) = self.touched else { return (Stage::Nobody, self.idle) };
        let left = self.idle.saturating_sub(now.saturating_duration_since(touched));
        if left.is_zero() {
            return (Stage::Gone, self.idle);
        }
        let counted = COUNTED.min(self.idle / 2);
        if left > counted {
            return (Stage::Somebody, left - counted);
        }
        // A second that has begun counts.
        let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        (Stage::Leaving(seconds), left - Duration::from_secs(seconds.saturating_sub(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn the_last_seconds_are_counted_down() {
        let begun = Instant::now();
        let check = |idle: u64, after: u64, expected: (Stage, Duration)| {
            let mut of = Idle::of(ms(idle));
            of.touch(begun);
            assert_eq!(of.stage(begun + ms(after)), expected, "{after} of {idle} ms");
        };
        //    idle    after   what, and until when
        check(60_000, 0,      (Stage::Somebody,    ms(50_000)));
        check(60_000, 49_999, (Stage::Somebody,    ms(1)));
        check(60_000, 50_000, (Stage::Leaving(10), ms(1000)));
        check(60_000, 50_001, (Stage::Leaving(10), ms(999)));
        check(60_000, 51_000, (Stage::Leaving(9),  ms(1000)));
        check(60_000, 59_999, (Stage::Leaving(1),  ms(1)));
        check(60_000, 60_000, (Stage::Gone,        ms(60_000)));
        check(60_000, 90_000, (Stage::Gone,        ms(60_000)));
        check(2000,   999,    (Stage::Somebody,    ms(1)));
        check(2000,   1000,   (Stage::Leaving(1),  ms(1000)));
    }

    #[test]
    fn where_nobody_was_nothing_ends() {
        let begun = Instant::now();
        let mut idle = Idle::of(ms(2000));
        assert_eq!(idle.stage(begun + ms(9000)).0, Stage::Nobody);
        idle.touch(begun);
        idle.end();
        assert_eq!(idle.stage(begun + ms(9000)).0, Stage::Nobody);
    }
}
