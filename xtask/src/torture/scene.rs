//! What the voters and the troubles of a run share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::ballots::Ballots;
use super::chance::Chance;
use super::journal::Journal;
use super::{Receipts, SLOTS};

pub(super) struct Scene {
    pub(super) seed: u64,
    pub(super) receipts: Receipts,
    pub(super) ballots: Ballots,
    pub(super) doors: Doors,
    pub(super) journal: Arc<Journal>,
    is_over: AtomicBool,
}

impl Scene {
    pub(super) fn new(
        seed: u64,
        receipts: Receipts,
        ballots: Ballots,
        journal: Arc<Journal>,
    ) -> Self {
        let doors = Doors(Mutex::default());
        Self { seed, receipts, ballots, doors, journal, is_over: AtomicBool::new(false) }
    }

    /// What one part of this run draws.
    pub(super) fn chance(&self, part: &str) -> Chance {
        chance(self.seed, self.receipts, part)
    }

    /// Nobody votes any more.
    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }
}

fn chance(seed: u64, receipts: Receipts, part: &str) -> Chance {
    Chance::new(seed, &format!("{part} {}", receipts.name()))
}

/// The ports of the gateways that accept connections.
pub(super) struct Doors(Mutex<[Option<u16>; SLOTS]>);

impl Doors {
    /// Where one gateway listens now, if it does.
    pub(super) fn set(&self, slot: usize, port: Option<u16>) {
        let mut doors = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(door) = doors.get_mut(slot) {
            *door = port;
        }
    }

    /// Any of them.
    pub(super) fn any(&self, chance: &mut Chance) -> Option<u16> {
        let doors = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let open: Vec<u16> = doors.into_iter().flatten().collect();
        let count = open.len().max(1) as u64;
        open.get(chance.below(count) as usize).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_draw_different_things_from_one_seed() {
        let drawn = |receipts| {
            let mut chance = chance(5, receipts, "proxy");
            (0..20).map(|_| chance.below(1000)).collect::<Vec<_>>()
        };
        assert_ne!(drawn(Receipts::Given), drawn(Receipts::None));
    }

    #[test]
    fn nobody_is_led_to_a_door_that_is_shut() {
        let doors = Doors(Mutex::default());
        let mut chance = Chance::new(1, "doors");
        assert_eq!(doors.any(&mut chance), None);
        doors.set(1, Some(80));
        assert!((0..20).all(|_| doors.any(&mut chance) == Some(80)));
        doors.set(0, Some(90));
        assert!((0..20).any(|_| doors.any(&mut chance) == Some(90)));
        doors.set(1, None);
        assert!((0..20).all(|_| doors.any(&mut chance) == Some(90)));
    }
}
