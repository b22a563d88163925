//! Random numbers that a seed repeats.

use std::time::Duration;

/// A stream of random numbers (SplitMix64). `std` has none, and no more than this is needed.
pub(super) struct Chance(u64);

impl Chance {
    /// The stream of one part of a run. Each has its own, so that one which draws more often
    /// does not change what the others draw.
    pub(super) fn new(seed: u64, part: &str) -> Self {
        let mixed = part.bytes().fold(seed, |mixed, byte| {
            (mixed ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self(mixed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Any number below `end`, which is not 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Whether something happens that does so in so many of a hundred cases.
    pub(super) fn hits(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// Any time up to `longest`.
    pub(super) fn up_to(&mut self, longest: Duration) -> Duration {
        longest.mul_f64(self.share())
    }

    /// Mostly a short time, seldom one near `longest`.
    pub(super) fn mostly_short(&mut self, longest: Duration) -> Duration {
        longest.mul_f64(self.share().powi(8))
    }

    fn share(&mut self) -> f64 {
        f64::from((self.next() >> 32) as u32) / f64::from(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(seed: u64, part: &str) -> Vec<u64> {
        let mut chance = Chance::new(seed, part);
        (0..100).map(|_| chance.below(1000)).collect()
    }

    #[test]
    fn a_seed_repeats_what_was_drawn_and_each_part_draws_for_itself() {
        assert_eq!(drawn(7, "voter 1"), drawn(7, "voter 1"));
        assert_ne!(drawn(7, "voter 1"), drawn(7, "voter 2"));
        assert_ne!(drawn(7, "voter 1"), drawn(8, "voter 1"));
    }

    #[test]
    fn no_time_is_longer_than_the_longest() {
        let longest = Duration::from_secs(4);
        let mut chance = Chance::new(1, "times");
        let times: Vec<_> = (0..1000).map(|_| chance.mostly_short(longest)).collect();
        assert!(times.iter().all(|time| *time <= longest));
        assert!(times.iter().filter(|time| **time < longest / 2).count() > 800);
        assert!((0..1000).all(|_| chance.up_to(longest) <= longest));
    }
}
