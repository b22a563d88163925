//! What is done to one exchange on its way: a request and its answer.

use std::time::Duration;

use super::chance::Chance;

/// Most requests of a vote are shorter, so that each byte of them is the last one now and then.
const REQUEST: u64 = 900;
/// As long as the head of the answer to a vote, and the beginning of a page.
const ANSWER: u64 = 500;

/// What happens to an exchange. No byte is ever changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Nothing,
    /// The connection ends when so many bytes of the request have passed and more would.
    CutRequest {
        after: usize,
    },
    /// The same with the answer. After 0 the site has the request, and nobody hears of it.
    CutAnswer {
        after: usize,
    },
    LateRequest(Duration),
    LateAnswer(Duration),
}

impl Fault {
    /// Any, with nothing later than `latest`.
    pub(super) fn any(chance: &mut Chance, latest: Duration) -> Self {
        match chance.below(100) {
            0..=4 => Self::CutRequest { after: chance.below(REQUEST) as usize },
            5..=9 => Self::CutAnswer { after: chance.below(ANSWER) as usize },
            10..=12 => Self::LateRequest(chance.mostly_short(latest)),
            13..=18 => Self::LateAnswer(chance.mostly_short(latest)),
            _ => Self::Nothing,
        }
    }
}

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// To the site.
    Request,
    /// From the site.
    Answer,
}

/// How far a connection has come with what goes over it.
#[derive(Debug)]
pub(super) struct Exchange {
    fault: Fault,
    way: Way,
    /// How many bytes went this way since the last that went the other way.
    passed: usize,
}

/// What becomes of a piece.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Passage {
    /// It goes on after this time.
    pub(super) wait: Duration,
    /// So many bytes of it do.
    pub(super) length: usize,
    pub(super) then: Then,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    GoOn,
    Cut,
}

impl Exchange {
    /// Before the first byte of a connection.
    pub(super) fn new() -> Self {
        Self { fault: Fault::Nothing, way: Way::Answer, passed: 0 }
    }

    /// What becomes of a piece that has come. One to the site that follows an answer begins
    /// a new exchange, to which `fault` happens.
    pub(super) fn pass(
        &mut self,
        way: Way,
        length: usize,
        fault: impl FnOnce() -> Fault,
    ) -> Passage {
        if way != self.way {
            if way == Way::Request {
                self.fault = fault();
            }
            self.way = way;
            self.passed = 0;
        }
        let is_first = self.passed == 0;
        let before = self.passed;
        self.passed += length;
        let whole = Passage { wait: Duration::ZERO, length, then: Then::GoOn };
        match (self.fault, way) {
            (Fault::CutRequest { after }, Way::Request)
            | (Fault::CutAnswer { after }, Way::Answer)
                if self.passed > after =>
            {
                Passage { length: after.saturating_sub(before), then: Then::Cut, ..whole }
            }
            (Fault::LateRequest(wait), Way::Request) | (Fault::LateAnswer(wait), Way::Answer)
                if is_first =>
            {
                Passage { wait, ..whole }
            }
            (
                Fault::Nothing
                | Fault::CutRequest { .. }
                | Fault::CutAnswer { .. }
                | Fault::LateRequest(_)
                | Fault::LateAnswer(_),
                Way::Request | Way::Answer,
            ) => whole,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of pieces of these lengths: how many bytes of each pass, and whether the
    /// connection ends there.
    fn passed(fault: Fault, pieces: &[(Way, usize)]) -> Vec<(usize, Then)> {
        let mut exchange = Exchange::new();
        let pass = |(way, length): &(Way, usize)| {
            let passage = exchange.pass(*way, *length, || fault);
            (passage.length, passage.then)
        };
        pieces.iter().map(pass).collect()
    }

    #[test]
    fn an_exchange_is_cut_at_exactly_the_byte() {
        use Then::{Cut, GoOn};
        use Way::{Answer, Request};
        let pieces = [(Request, 100), (Request, 50), (Answer, 80), (Answer, 20)];
        let check = |fault, expected: &[(usize, Then)]| {
            let passed = passed(fault, &pieces);
            assert_eq!(passed.get(..expected.len()), Some(expected), "{fault:?}");
        };
        let whole = [(100, GoOn), (50, GoOn), (80, GoOn), (20, GoOn)];
        check(Fault::Nothing, &whole);
        check(Fault::CutRequest { after: 0 }, &[(0, Cut)]);
        check(Fault::CutRequest { after: 99 }, &[(99, Cut)]);
        check(Fault::CutRequest { after: 100 }, &[(100, GoOn), (0, Cut)]);
        check(Fault::CutRequest { after: 149 }, &[(100, GoOn), (49, Cut)]);
        // It ends with the request, so nothing is left to be cut.
        check(Fault::CutRequest { after: 150 }, &whole);
        check(Fault::CutAnswer { after: 0 }, &[(100, GoOn), (50, GoOn), (0, Cut)]);
        check(Fault::CutAnswer { after: 85 }, &[(100, GoOn), (50, GoOn), (80, GoOn), (5, Cut)]);
    }

    #[test]
    fn each_exchange_of_a_connection_has_a_fault_of_its_own() {
        let mut exchange = Exchange::new();
        let mut began = 0;
        for way in [Way::Request, Way::Request, Way::Answer, Way::Request, Way::Answer] {
            exchange.pass(way, 10, || {
                began += 1;
                Fault::Nothing
            });
        }
        assert_eq!(began, 2);
    }

    #[test]
    fn what_is_late_waits_once_and_is_whole() {
        let late = Duration::from_secs(1);
        let mut exchange = Exchange::new();
        let mut pass = |way| exchange.pass(way, 10, || Fault::LateAnswer(late));
        let whole = |wait| Passage { wait, length: 10, then: Then::GoOn };
        assert_eq!(pass(Way::Request), whole(Duration::ZERO));
        assert_eq!(pass(Way::Answer), whole(late));
        assert_eq!(pass(Way::Answer), whole(Duration::ZERO));
    }
}
