//! The gesture that asks for the PIN: five taps in the upper left corner within four seconds.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How far the corner reaches, in pixels as the screen is scaled.
pub(super) const CORNER: f64 = 64.0;
const TAPS: usize = 5;
const WITHIN: Duration = Duration::from_secs(4);

/// The last taps in the corner.
#[derive(Debug, Default)]
pub(super) struct Taps(VecDeque<Instant>);

impl Taps {
    /// Somebody taps there; whether that completes the gesture. A tap elsewhere breaks it off.
    pub(super) fn tap(&mut self, (x, y): (f64, f64), now: Instant) -> bool {
        if x > CORNER || y > CORNER {
            self.0.clear();
            return false;
        }
        self.0.retain(|tap| now.saturating_duration_since(*tap) <= WITHIN);
        self.0.push_back(now);
        let is_complete = self.0.len() >= TAPS;
        if is_complete {
            self.0.clear();
        }
        is_complete
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_taps_in_the_corner_are_the_gesture() {
        let begun = Instant::now();
        let at = |ms| begun + Duration::from_millis(ms);
        let mut taps = Taps::default();
        let made = [0, 300, 600, 900, 1200].map(|ms| taps.tap((5.0, 5.0), at(ms)));
        assert_eq!(made, [false, false, false, false, true]);
        assert!(!taps.tap((5.0, 5.0), at(1300)), "it begins anew");
    }

    #[test]
    fn taps_that_are_slow_or_elsewhere_are_none() {
        let begun = Instant::now();
        let at = |ms| begun + Duration::from_millis(ms);
        let mut taps = Taps::default();
        assert!((0..20).all(|tap| !taps.tap((5.0, 5.0), at(tap * 1100))));
        let mut taps = Taps::default();
        let places = [(5.0, 5.0), (5.0, 5.0), (400.0, 5.0), (5.0, 5.0), (5.0, 5.0), (5.0, 5.0)];
        assert!(places.into_iter().all(|place| !taps.tap(place, begun)));
    }
}
