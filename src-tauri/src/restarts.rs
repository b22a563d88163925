//! How often a page whose process has ended is started again: three times within a minute. Then
//! there is a page that says so, and in a terminal that nobody is at it is tried again later.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

const AT_MOST: usize = 3;
const WITHIN: Duration = Duration::from_secs(60);
/// The first and the longest pause until a terminal tries again.
const PAUSE: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(600);

/// The restarts of the last minute.
#[derive(Debug, Default)]
pub(crate) struct Restarts {
    last: VecDeque<Instant>,
    quiet: u32,
}

/// What is done about an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// The same page is shown again.
    Again,
    /// It ends again and again: it is left alone for so long.
    Quiet(Duration),
}

impl Restarts {
    /// A process has ended.
    pub(crate) fn ended(&mut self, now: Instant) -> Next {
        if self.last.back().is_none_or(|last| now.saturating_duration_since(*last) > LONGEST) {
            self.quiet = 0;
        }
        self.last.retain(|restart| now.saturating_duration_since(*restart) < WITHIN);
        if self.last.len() < AT_MOST {
            self.last.push_back(now);
            return Next::Again;
        }
        let pause = PAUSE.saturating_mul(2_u32.saturating_pow(self.quiet)).min(LONGEST);
        self.quiet = self.quiet.saturating_add(1);
        Next::Quiet(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn three_restarts_a_minute_and_then_longer_and_longer_pauses() {
        let begun = Instant::now();
        let mut restarts = Restarts::default();
        let mut check = |at: u64, expected: Next| {
            assert_eq!(restarts.ended(begun + secs(at)), expected, "at {at} s");
        };
        check(0, Next::Again);
        check(1, Next::Again);
        check(59, Next::Again);
        check(59, Next::Quiet(secs(60)));
        check(60, Next::Again);
        check(60, Next::Quiet(secs(120)));
        check(200, Next::Again);
        check(201, Next::Again);
        check(202, Next::Again);
        check(203, Next::Quiet(secs(240)));
        check(203, Next::Quiet(secs(480)));
        check(203, Next::Quiet(secs(600)));
        // After a good while it is a matter of its own.
        check(2000, Next::Again);
        check(2000, Next::Again);
        check(2000, Next::Again);
        check(2000, Next::Quiet(secs(60)));
    }
}
