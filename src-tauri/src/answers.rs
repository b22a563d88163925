//! The site's answers to submissions, held until the page has fetched them.
//!
//! A submission travels by command, which can bring back a few words but no page. So its
//! answer waits here: for a form, until the window goes to the answer's address; for a
//! script, until the answer is asked for by its number.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use holdfast_engine::Response;

/// How many answers wait at most; a page that never asks must not fill the memory.
const LIMIT: usize = 32;

/// The answers that wait.
#[derive(Default)]
pub(crate) struct Answers {
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    next: u64,
    numbered: VecDeque<(String, Response)>,
    /// The last answer to a form, and the path it is to be shown at.
    shown_next: Option<(String, Response)>,
}

impl Answers {
    /// Holds an answer until it is asked for by the number that comes back.
    pub(crate) fn hold(&self, response: Response) -> String {
        let mut held = self.lock();
        held.next += 1;
        let number = held.next.to_string();
        held.numbered.push_back((number.clone(), response));
        if held.numbered.len() > LIMIT {
            held.numbered.pop_front();
        }
        number
    }

    /// Takes the answer with a number.
    pub(crate) fn take(&self, number: &str) -> Option<Response> {
        let mut held = self.lock();
        let at = held.numbered.iter().position(|(held, _)| held == number)?;
        held.numbered.remove(at).map(|(_, response)| response)
    }

    /// Holds an answer until the window goes to `path`.
    pub(crate) fn show_next(&self, path: String, response: Response) {
        self.lock().shown_next = Some((path, response));
    }

    /// Takes the answer that is to be shown at `path`. Going anywhere else drops it: shown
    /// later, it would be an old page that looks like a new one.
    pub(crate) fn take_shown_at(&self, path: &str) -> Option<Response> {
        let (held, response) = self.lock().shown_next.take()?;
        (held == path).then_some(response)
    }

    /// Whoever waited for them has left.
    pub(crate) fn forget(&self) {
        let mut held = self.lock();
        held.numbered.clear();
        held.shown_next = None;
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_engine::Because;
    use http::StatusCode;

    fn answer() -> Response {
        Response::problem(StatusCode::OK, "", "", Because::Strategy)
    }

    #[test]
    fn an_answer_is_given_once() {
        let answers = Answers::default();
        let number = answers.hold(answer());
        assert!(answers.take(&number).is_some());
        assert!(answers.take(&number).is_none());
    }

    #[test]
    fn an_answer_is_shown_once_and_only_where_it_belongs() {
        let answers = Answers::default();
        answers.show_next("/vote/".to_owned(), answer());
        assert!(answers.take_shown_at("/vote/").is_some());
        assert!(answers.take_shown_at("/vote/").is_none());
        answers.show_next("/vote/".to_owned(), answer());
        assert!(answers.take_shown_at("/polls/").is_none());
        assert!(answers.take_shown_at("/vote/").is_none());
    }

    #[test]
    fn answers_that_nobody_fetches_do_not_pile_up() {
        let answers = Answers::default();
        let first = answers.hold(answer());
        let numbers: Vec<_> = (0..LIMIT).map(|_| answers.hold(answer())).collect();
        assert!(answers.take(&first).is_none());
        assert!(numbers.iter().all(|number| answers.take(number).is_some()));
    }
}
