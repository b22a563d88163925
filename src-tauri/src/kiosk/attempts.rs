//! How often a PIN may be tried: five times, then after a minute, two, four, up to an hour.

use std::time::{Duration, Instant};

const FREE: u32 = 5;
const PAUSE: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(3600);

/// The wrong ones so far.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    wrong: u32,
    locked_until: Option<Instant>,
}

impl Attempts {
    /// How long nobody may try; `None` if they may.
    pub(super) fn locked_for(&self, now: Instant) -> Option<Duration> {
        let left = self.locked_until?.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }

    /// It was wrong.
    pub(super) fn failed(&mut self, now: Instant) {
        self.wrong = self.wrong.saturating_add(1);
        let Some(over) = self.wrong.checked_sub(FREE) else { return };
        let pause = PAUSE.saturating_mul(2_u32.saturating_pow(over)).min(LONGEST);
        self.locked_until = Some(now + pause);
    }

    /// It was right.
    pub(super) fn passed(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_guesses_waits_longer_and_longer() {
        let begun = Instant::now();
        let mut attempts = Attempts::default();
        for _ in 0..4 {
            attempts.failed(begun);
            assert_eq!(attempts.locked_for(begun), None);
        }
        for minutes in [1, 2, 4, 8, 16, 32, 60, 60] {
            attempts.failed(begun);
            assert_eq!(attempts.locked_for(begun), Some(PAUSE * minutes));
        }
        assert_eq!(attempts.locked_for(begun + LONGEST), None);
        attempts.passed();
        attempts.failed(begun);
        assert_eq!(attempts.locked_for(begun), None);
    }
}
