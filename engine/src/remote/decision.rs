//! Which profile is used: decided here, from what is remembered, and done elsewhere.
//!
//! ```text
//! fetched ── signed, newer, of the same site, in order? ── no ─▶ refused, and why
//!   └── yes ─▶ waiting ── the next start ─▶ on trial ── a good state ─▶ good, the one to go back to
//!                                             └── none in time, or none after three starts
//!                                                   ─▶ never again; the last good one is used
//! ```
//!
//! Each step is one memory and the next: what is written down is always one of them, so that a
//! process that is killed goes on from there.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::time::{from_unix_ms, to_unix_ms};

/// How often the program may start on trial without coming to a good state.
const STARTS: u32 = 3;
/// How many profiles that failed are remembered.
const FAILED: usize = 32;

/// A profile that was fetched, by its number and the BLAKE3 hash of its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Held {
    pub(super) serial: u64,
    pub(super) hash: String,
}

/// A profile that has not come to a good state yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Trial {
    pub(super) held: Held,
    /// How often the program was started with it.
    pub(super) starts: u32,
    pub(super) since_ms: i64,
}

/// What is remembered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Memory {
    /// The last that came to a good state; without one the built-in profile has.
    pub(super) good: Option<Held>,
    /// The one that is used and has not.
    pub(super) trial: Option<Trial>,
    /// The one that the next start begins with.
    pub(super) waiting: Option<Held>,
    /// Those that never did, the last one last.
    pub(super) failed: Vec<Held>,
    /// The highest number that was ever taken: nobody goes back by showing an old one again.
    pub(super) highest: u64,
}

/// What was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) held: Held,
    /// From which number it goes back, if it says of itself that it does.
    pub(super) rolls_back: Option<u64>,
    pub(super) is_of_site: bool,
}

/// Why what was fetched is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Its signature does not fit.
    Signature,
    /// It is no profile, or one with mistakes.
    Broken,
    /// It is of another site, or of another scheme.
    OtherSite,
    /// It has no higher number than any before, and does not say that it goes back from there.
    Older,
    /// It was tried and came to no good state.
    Failed,
}

impl Refused {
    /// The word for it in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Broken => "broken",
            Self::OtherSite => "other-site",
            Self::Older => "older",
            Self::Failed => "failed",
        }
    }
}

impl Memory {
    /// The newest that was ever taken and did not fail.
    fn newest(&self) -> Option<&Held> {
        let on_trial = self.trial.as_ref().map(|trial| &trial.held);
        self.waiting.as_ref().or(on_trial).or(self.good.as_ref())
    }

    /// What is remembered once this was offered; the same if it is there already.
    pub(super) fn offered(&self, offer: &Offer) -> Result<Self, Refused> {
        let Offer { held, rolls_back, is_of_site } = offer;
        if !is_of_site {
            return Err(Refused::OtherSite);
        }
        let is_failed = self.failed.iter().any(|failed| failed.hash == held.hash);
        if self.newest().is_some_and(|newest| newest.hash == held.hash) {
            return Ok(self.clone());
        }
        if is_failed {
            return Err(Refused::Failed);
        }
        let goes_back = rolls_back.is_some_and(|from| from >= self.highest);
        if held.serial <= self.highest && !goes_back {
            return Err(Refused::Older);
        }
        let highest = self.highest.max(held.serial);
        Ok(Self { waiting: Some(held.clone()), highest, ..self.clone() })
    }

    /// What is remembered once the program has started, and the profile that it uses; `None` is
    /// the built-in one.
    pub(super) fn started(&self, now: SystemTime) -> (Self, Option<Held>) {
        let mut next = self.clone();
        if next.trial.as_ref().is_some_and(|trial| trial.starts >= STARTS) {
            next = next.rolled_back();
        }
        if let Some(held) = next.waiting.take() {
            // What was on trial gives way to what is newer.
            next.trial = Some(Trial { held, starts: 0, since_ms: to_unix_ms(now) });
        }
        let Some(trial) = &mut next.trial else {
            let good = next.good.clone();
            return (next, good);
        };
        trial.starts += 1;
        let held = trial.held.clone();
        (next, Some(held))
    }

    /// What is remembered once a good state is reached.
    pub(super) fn confirmed(&self) -> Self {
        match &self.trial {
            Some(trial) => Self { good: Some(trial.held.clone()), trial: None, ..self.clone() },
            None => self.clone(),
        }
    }

    /// Whether the trial has taken too long. A clock that was set back takes no time away.
    pub(super) fn is_overdue(&self, now: SystemTime, trial_for: Duration) -> bool {
        self.trial.as_ref().is_some_and(|trial| {
            let since = now.duration_since(from_unix_ms(trial.since_ms));
            since.is_ok_and(|since| since >= trial_for)
        })
    }

    /// What is remembered once the trial has failed: it is never tried again.
    pub(super) fn rolled_back(&self) -> Self {
        let mut next = self.clone();
        if let Some(trial) = next.trial.take() {
            next.failed.push(trial.held);
            let surplus = next.failed.len().saturating_sub(FAILED);
            next.failed.drain(..surplus);
        }
        next
    }

    /// The profiles whose texts are still needed.
    pub(super) fn needed(&self) -> impl Iterator<Item = &Held> {
        let trial = self.trial.as_ref().map(|trial| &trial.held);
        self.good.iter().chain(trial).chain(&self.waiting)
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn held(serial: u64) -> Held {
        Held { serial, hash: format!("hash-{serial}") }
    }

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn trial(serial: u64, starts: u32) -> Option<Trial> {
        Some(Trial { held: held(serial), starts, since_ms: 0 })
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn what_is_offered_is_taken_if_it_is_newer_and_of_the_site() {
        let check = |memory: &Memory, serial, rolls_back, is_of_site, expected: Result<Option<u64>, Refused>| {
            let offer = Offer { held: held(serial), rolls_back, is_of_site };
            let waiting = memory.offered(&offer).map(|next| next.waiting.map(|held| held.serial));
            assert_eq!(waiting, expected, "{memory:?} {offer:?}");
        };
        let fresh = Memory::default();
        let good = Memory { good: Some(held(5)), highest: 5, ..fresh.clone() };
        let trying = Memory { trial: trial(7, 1), highest: 7, ..good.clone() };
        let waits = Memory { waiting: Some(held(8)), highest: 8, ..trying.clone() };
        let failed = Memory { failed: vec![held(7)], highest: 7, ..good.clone() };
        let back = Memory { good: Some(held(4)), highest: 7, ..fresh.clone() };
        check(&fresh,  1, None,    true,  Ok(Some(1)));
        check(&fresh,  1, None,    false, Err(Refused::OtherSite));
        check(&good,   6, None,    true,  Ok(Some(6)));
        check(&good,   5, None,    true,  Ok(None));
        check(&good,   4, None,    true,  Err(Refused::Older));
        check(&good,   4, Some(5), true,  Ok(Some(4)));
        check(&good,   4, Some(4), true,  Err(Refused::Older));
        check(&good,   6, Some(5), false, Err(Refused::OtherSite));
        check(&trying, 6, None,    true,  Err(Refused::Older));
        check(&trying, 7, None,    true,  Ok(None));
        check(&trying, 8, None,    true,  Ok(Some(8)));
        check(&waits,  8, None,    true,  Ok(Some(8)));
        check(&waits,  7, None,    true,  Err(Refused::Older));
        check(&failed, 7, None,    true,  Err(Refused::Failed));
        check(&failed, 7, Some(9), true,  Err(Refused::Failed));
        check(&failed, 8, None,    true,  Ok(Some(8)));
        // What was left by going back is not come back to by showing it again.
        check(&back,   6, None,    true,  Err(Refused::Older));
        check(&back,   3, Some(6), true,  Err(Refused::Older));
        check(&back,   8, None,    true,  Ok(Some(8)));
        // Of the same number, and another text.
        let other = Offer { held: Held { serial: 5, hash: "other".into() }, rolls_back: None, is_of_site: true };
        assert_eq!(good.offered(&other), Err(Refused::Older));
    }

    #[test]
    fn what_waits_is_used_at_the_next_start_and_good_once_it_works() {
        let good = Memory { good: Some(held(5)), highest: 5, ..Memory::default() };
        let held_now = held(6);
        let offer = Offer { held: held_now.clone(), rolls_back: None, is_of_site: true };
        let waiting = good.offered(&offer).unwrap();
        assert_eq!(waiting.started(at(0)).1, Some(held_now.clone()));
        let (trying, _) = waiting.started(at(10));
        assert!(!trying.is_overdue(at(69), Duration::from_secs(60)));
        assert!(trying.is_overdue(at(70), Duration::from_secs(60)));
        assert!(!trying.is_overdue(at(9), Duration::from_secs(0)), "the clock was set back");
        let confirmed = trying.confirmed();
        assert_eq!(confirmed, Memory { good: Some(held_now), highest: 6, ..Memory::default() });
        assert!(!confirmed.is_overdue(at(1000), Duration::from_secs(60)));
        let failed = trying.rolled_back();
        assert_eq!(failed.started(at(80)).1, Some(held(5)));
        assert_eq!(failed.failed, [held(6)]);
        assert_eq!(failed.offered(&offer), Err(Refused::Failed));
    }

    /// One that ends the program each time is not started with for ever.
    #[test]
    fn what_never_comes_to_a_good_state_is_given_up_after_three_starts() {
        let mut memory = Memory { waiting: Some(held(6)), ..Memory::default() };
        let mut used = Vec::new();
        for _ in 0..5 {
            let (next, held) = memory.started(at(0));
            used.push(held.map(|held| held.serial));
            memory = next;
        }
        assert_eq!(used, [Some(6), Some(6), Some(6), None, None]);
        assert_eq!(memory.failed, [held(6)]);
    }

    #[test]
    fn what_failed_is_remembered_within_bounds() {
        let mut memory = Memory::default();
        for serial in 0..100 {
            memory = Memory { trial: trial(serial, 1), ..memory }.rolled_back();
        }
        assert_eq!(memory.failed.len(), FAILED);
        assert_eq!(memory.failed.last(), Some(&held(99)));
    }
}
