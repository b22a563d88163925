//! What the voters were told, beside what the site has counted and what the gateway still has.

use std::collections::BTreeMap;

use super::Receipts;
use super::voter::{Told, Vote};

/// A submission that the gateway still has in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) key: String,
    pub(super) state: String,
    pub(super) choice: u64,
    pub(super) reason: String,
}

/// What came out of a run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Compared {
    pub(super) submitted: u64,
    /// Of which the voter was told that they arrived or will be sent.
    pub(super) acknowledged: u64,
    pub(super) at_once: u64,
    pub(super) later: u64,
    /// Of which the gateway says that nobody can tell.
    pub(super) uncertain: u64,
    /// Of which the voter heard nothing, because the connection to the gateway broke.
    pub(super) unheard: u64,
    pub(super) lost: u64,
    pub(super) doubled: u64,
    /// Everything that must not be, in words and with its key.
    pub(super) violations: Vec<String>,
}

/// Compares what was told of each vote with how often each choice was counted, and with what
/// is listed once nothing is sent any more.
pub(super) fn compare(
    votes: &[Vote],
    counted: &BTreeMap<u64, u64>,
    listed: &[Listed],
    receipts: Receipts,
) -> Compared {
    let mut compared = Compared { submitted: votes.len() as u64, ..Compared::default() };
    let mut rows: BTreeMap<u64, Vec<&Listed>> = BTreeMap::new();
    for row in listed {
        rows.entry(row.choice).or_default().push(row);
    }
    for vote in votes {
        let choice = vote.ballot.choice;
        let count = counted.get(&choice).copied().unwrap_or(0);
        let rows = rows.remove(&choice).unwrap_or_default();
        compared.add(vote, count, &rows, receipts);
    }
    for row in rows.into_values().flatten() {
        compared.violations.push(format!("nobody cast what is listed: {row:?}"));
    }
    let cast: std::collections::BTreeSet<_> = votes.iter().map(|vote| vote.ballot.choice).collect();
    for (choice, count) in counted.iter().filter(|(choice, _)| !cast.contains(choice)) {
        compared.violations.push(format!("nobody cast choice {choice}, counted {count} times"));
    }
    compared
}

impl Compared {
    fn add(&mut self, vote: &Vote, count: u64, rows: &[&Listed], receipts: Receipts) {
        let is_listed_uncertain = rows.iter().any(|row| row.state == "uncertain");
        self.uncertain += u64::from(is_listed_uncertain);
        let mut wrongs = Vec::new();
        match &vote.told {
            Told::Delivered => self.at_once += 1,
            Told::Kept { key } => {
                self.later += u64::from(count > 0 && rows.is_empty());
                if rows.iter().any(|row| row.key != *key) {
                    wrongs.push("is listed under another key");
                }
            }
            Told::Uncertain => {
                // "without them 0 doubled and every ambiguous one `uncertain`"
                if receipts == Receipts::Given || !is_listed_uncertain {
                    wrongs.push("was told to be uncertain and is not listed so");
                }
            }
            Told::NotSent => {
                if count > 0 || !rows.is_empty() {
                    wrongs.push("was told not to be sent");
                }
            }
            Told::Refused { .. } => wrongs.push("was refused"),
            Told::Nothing => self.unheard += 1,
        }
        let is_acknowledged = matches!(vote.told, Told::Delivered | Told::Kept { .. });
        self.acknowledged += u64::from(is_acknowledged);
        if is_acknowledged && count == 0 && rows.is_empty()
            || vote.told == Told::Delivered && count == 0
        {
            self.lost += 1;
            wrongs.push("is LOST");
        }
        if count > 1 {
            self.doubled += 1;
            wrongs.push("is DOUBLED");
        }
        if rows.len() > 1 {
            wrongs.push("is kept more than once");
        }
        wrongs.extend(rows.iter().filter_map(|row| match (row.state.as_str(), receipts) {
            ("uncertain", Receipts::None) => None,
            ("uncertain", Receipts::Given) => Some("is uncertain although there are receipts"),
            ("queued" | "sending", _) => Some("still waits"),
            _ => Some("is neither delivered nor uncertain"),
        }));
        for wrong in wrongs {
            self.violations.push(format!("{vote:?} {wrong}: counted {count}, listed {rows:?}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::ballots::Ballot;
    use super::*;

    fn kept() -> Told {
        Told::Kept { key: "k".to_owned() }
    }

    fn row(state: &str) -> Listed {
        Listed { key: "k".to_owned(), state: state.to_owned(), choice: 7, reason: String::new() }
    }

    fn one(told: Told, count: u64, states: &[&str], receipts: Receipts) -> Compared {
        let vote = Vote { ballot: Ballot { poll: 1, choice: 7 }, told };
        let counted = BTreeMap::from([(7, count)]);
        let listed: Vec<_> = states.iter().map(|state| row(state)).collect();
        compare(&[vote], &counted, &listed, receipts)
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn what_was_told_must_be_what_became_of_it() {
        use Receipts::{Given, None};
        let check = |told: Told, count, states: &[&str], receipts, expected: &str| {
            let violations = one(told.clone(), count, states, receipts).violations;
            let is_right = match expected {
                "" => violations.is_empty(),
                word => violations.iter().any(|violation| violation.contains(word)),
            };
            assert!(is_right, "{told:?} {count} {states:?} {receipts:?}: {violations:#?}");
        };
        //    told                 count  listed                       receipts
        check(Told::Delivered,      1,    &[],                         Given, "");
        check(Told::Delivered,      0,    &[],                         Given, "LOST");
        check(Told::Delivered,      0,    &["uncertain"],              None,  "LOST");
        check(Told::Delivered,      2,    &[],                         None,  "DOUBLED");
        check(kept(),               1,    &[],                         Given, "");
        check(kept(),               0,    &[],                         Given, "LOST");
        check(kept(),               2,    &[],                         Given, "DOUBLED");
        check(kept(),               0,    &["uncertain"],              None,  "");
        check(kept(),               1,    &["uncertain"],              None,  "");
        check(kept(),               2,    &["uncertain"],              None,  "DOUBLED");
        check(kept(),               1,    &["uncertain"],              Given, "although");
        check(kept(),               0,    &["queued"],                 None,  "still waits");
        check(kept(),               1,    &["sending"],                Given, "still waits");
        check(kept(),               0,    &["refused"],                Given, "neither");
        check(kept(),               0,    &["needs-sign-in"],          None,  "neither");
        check(kept(),               1,    &["uncertain", "uncertain"], None,  "more than once");
        check(Told::Uncertain,      1,    &["uncertain"],              None,  "");
        check(Told::Uncertain,      0,    &["uncertain"],              None,  "");
        check(Told::Uncertain,      1,    &[],                         None,  "not listed so");
        check(Told::Uncertain,      1,    &[],                         Given, "not listed so");
        check(Told::NotSent,        0,    &[],                         None,  "");
        check(Told::NotSent,        1,    &[],                         None,  "not to be sent");
        check(Told::NotSent,        0,    &["uncertain"],              None,  "not to be sent");
        check(Told::Nothing,        0,    &[],                         Given, "");
        check(Told::Nothing,        1,    &[],                         Given, "");
        check(Told::Nothing,        2,    &[],                         Given, "DOUBLED");
        check(Told::Nothing,        1,    &["uncertain"],              None,  "");
        check(Told::Nothing,        0,    &["queued"],                 Given, "still waits");
    }

    #[test]
    fn what_the_site_refuses_is_a_violation_with_its_answer() {
        let told = Told::Refused { answer: "403 CSRF".to_owned() };
        let violations = one(told, 0, &[], Receipts::None).violations;
        assert!(violations.iter().any(|violation| violation.contains("403 CSRF")));
    }

    #[test]
    fn what_is_counted_or_listed_has_been_cast() {
        let compared = compare(&[], &BTreeMap::from([(7, 1)]), &[row("queued")], Receipts::Given);
        assert_eq!(compared.violations.len(), 2, "{:#?}", compared.violations);
    }

    #[test]
    fn an_outcome_is_counted_where_it_belongs() {
        let cast = |choice, told| Vote { ballot: Ballot { poll: 1, choice }, told };
        let votes = [
            cast(1, Told::Delivered),
            cast(2, kept()),
            cast(7, kept()),
            cast(4, Told::Nothing),
            cast(5, kept()),
        ];
        let counted = BTreeMap::from([(1, 1), (2, 1), (4, 2)]);
        let compared = compare(&votes, &counted, &[row("uncertain")], Receipts::None);
        let expected = Compared {
            submitted: 5,
            acknowledged: 4,
            at_once: 1,
            later: 1,
            uncertain: 1,
            unheard: 1,
            lost: 1,
            doubled: 1,
            violations: compared.violations.clone(),
        };
        assert_eq!(compared, expected);
    }
}
