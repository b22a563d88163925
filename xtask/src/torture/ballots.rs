//! What there is to vote for: one choice for each vote, so that its count is how often that
//! vote was counted.

use std::sync::atomic::{AtomicU64, Ordering};

/// How many polls are voted in at a time: more than the gateway sends lanes side by side, and
/// so many that a lane which waits for its first vote does not hold up most of the others.
const SIDE_BY_SIDE: u64 = 12;
/// How many choices a poll has, so that its page stays one that is shown soon.
const CHOICES: u64 = 40;
/// Above what the site's own fixture has.
const FIRST: u64 = 1000;

/// A choice in a poll, as the database numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ballot {
    pub(super) poll: u64,
    pub(super) choice: u64,
}

/// All that there are, handed out one by one.
pub(super) struct Ballots {
    count: u64,
    next: AtomicU64,
}

impl Ballots {
    pub(super) fn new(count: u64) -> Self {
        Self { count, next: AtomicU64::new(0) }
    }

    /// The next that nobody has.
    pub(super) fn next(&self) -> Option<Ballot> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        (number < self.count).then(|| numbered(number))
    }

    /// All, whoever has them, a line each: the poll and the choice.
    pub(super) fn lines(&self) -> String {
        let line = |ballot: Ballot| format!("{} {}\n", ballot.poll, ballot.choice);
        (0..self.count).map(|number| line(numbered(number))).collect()
    }
}

fn numbered(number: u64) -> Ballot {
    let round = number / (SIDE_BY_SIDE * CHOICES);
    let poll = FIRST + round * SIDE_BY_SIDE + number % SIDE_BY_SIDE;
    Ballot { poll, choice: FIRST + number }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn each_vote_has_a_choice_of_its_own_and_no_poll_has_too_many() {
        let ballots = Ballots::new(1000);
        let all: Vec<_> = std::iter::from_fn(|| ballots.next()).collect();
        assert_eq!(all.len(), 1000);
        let choices: BTreeSet<_> = all.iter().map(|ballot| ballot.choice).collect();
        assert_eq!(choices.len(), 1000);
        let mut polls = BTreeMap::new();
        for ballot in &all {
            *polls.entry(ballot.poll).or_insert(0) += 1;
        }
        assert!(polls.values().all(|count| *count <= CHOICES), "{polls:?}");
        assert_eq!(ballots.lines().lines().count(), 1000);
    }
}
