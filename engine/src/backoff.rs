//! How long to wait before trying again.

use std::time::Duration;

/// The shortest delay of all.
const SHORTEST: Duration = Duration::from_secs(1);

/// Exponential backoff with jitter, so that many clients do not come back at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Backoff {
    /// The longest first delay.
    pub(crate) base: Duration,
    /// The longest delay of all.
    pub(crate) max: Duration,
}

impl Backoff {
    /// The delay after `failures` in a row: between half of and all of the doubled base,
    /// as `jitter` (0 to 1) has it.
    pub(crate) fn delay(&self, failures: u32, jitter: f64) -> Duration {
        self.longest(failures).mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0)).min(self.max)
    }

    /// The delay after `failures` in a row for what nobody waits for: any up to the doubled
    /// base, so that those who failed together come back as far apart as can be.
    pub(crate) fn spread(&self, failures: u32, jitter: f64) -> Duration {
        self.longest(failures).mul_f64(jitter.clamp(0.0, 1.0)).clamp(SHORTEST, self.max)
    }

    /// The delay after `failures` in a row where the other side asks for one: at least that,
    /// and any up to as much again, since it asks all for the same.
    pub(crate) fn beyond(&self, asked: Duration, failures: u32, jitter: f64) -> Duration {
        asked + self.longest(failures).max(asked).mul_f64(jitter.clamp(0.0, 1.0)).max(SHORTEST)
    }

    fn longest(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        self.base.saturating_mul(1 << doublings).min(self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn delay_never_exceeds_max_nor_shrinks(failures in 1_u32.., jitter in 0.0..=1.0) {
            let backoff = Backoff { base: Duration::from_secs(1), max: Duration::from_secs(300) };
            let delay = backoff.delay(failures, jitter);
            prop_assert!(delay <= backoff.max);
            prop_assert!(delay >= Duration::from_millis(500));
            prop_assert!(delay <= backoff.delay(failures.saturating_add(1), jitter));
            let spread = backoff.spread(failures, jitter);
            prop_assert!(SHORTEST <= spread && spread <= backoff.max);
            let asked = Duration::from_secs(60);
            let beyond = backoff.beyond(asked, failures, jitter);
            prop_assert!(asked + SHORTEST <= beyond && beyond <= asked + backoff.max);
        }
    }
}
