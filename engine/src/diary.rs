//! The last requests, and what answered them: why a person has seen what they saw.
//!
//! In memory only, and a bounded number. What notes one takes over the memory of the one that
//! goes for it, so that noting costs hardly anything once there are that many.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use url::Position;

use crate::request::{Cookies, Request};
use crate::response::{Provenance, Response};

/// How many requests are remembered.
const REMEMBERED: usize = 500;

/// A request that was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// When it was made.
    pub at: SystemTime,
    /// Its path and query.
    pub path: String,
    /// The name of the route that it was on, if it was on one.
    pub route: Option<String>,
    /// What answered it: the name of a strategy, `outbox`, or `none` without a route.
    pub strategy: &'static str,
    /// Where the answer came from.
    pub provenance: Provenance,
    /// How long it took until there was an answer, whose body may still be on its way.
    pub took: Duration,
    /// The length of the body in bytes, where it was known beforehand.
    pub bytes: Option<u64>,
}

/// The last requests of the person at this device.
#[derive(Default)]
pub(crate) struct Diary {
    notes: Mutex<VecDeque<Note>>,
    /// Sessions are told apart by a number that means nothing elsewhere.
    whose: RandomState,
}

struct Note {
    begun: Begun,
    route: Option<usize>,
    strategy: &'static str,
    provenance: Provenance,
    took: Duration,
    bytes: Option<u64>,
}

/// A request that is being answered.
pub(crate) struct Begun {
    at: SystemTime,
    path: String,
    whose: u64,
}

impl Diary {
    /// Begins to note a request of a visitor whose session cookie has this name. A client that
    /// keeps its own cookies has no diary here: nobody could show it to them alone.
    pub(crate) fn begin<B>(
        &self,
        request: &Request<B>,
        session_cookie: Option<&str>,
        now: impl FnOnce() -> SystemTime,
    ) -> Option<Begun> {
        if request.cookies == Cookies::Client {
            return None;
        }
        let mut path = self.memory();
        path.push_str(&request.url[Position::BeforePath..Position::AfterQuery]);
        let whose = self.whose(session_cookie.and_then(|name| request.cookie(name)));
        Some(Begun { at: now(), path, whose })
    }

    /// Notes what answered a request: on which route, by its place in the profile, and how.
    pub(crate) fn note(
        &self,
        begun: Option<Begun>,
        (route, strategy): (Option<usize>, &'static str),
        response: &Response,
        took: Duration,
    ) {
        let Some(begun) = begun else { return };
        let (provenance, bytes) = (response.provenance, response.body.length());
        let note = Note { begun, route, strategy, provenance, took, bytes };
        let mut notes = self.lock();
        if notes.len() >= REMEMBERED {
            notes.pop_front();
        }
        notes.push_back(note);
    }

    /// The requests that were made in a session, the one that was answered last first.
    /// `routes` are the names of the routes in the order of the profile.
    pub(crate) fn of(&self, session: Option<&str>, routes: &[&str]) -> Vec<Asked> {
        let whose = self.whose(session);
        let notes = self.lock();
        let own = notes.iter().rev().filter(|note| note.begun.whose == whose);
        own.map(|note| note.shown(routes)).collect()
    }

    /// Forgets all of it: who asked has left.
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// Where a path is written: over the oldest one, if there is no room for another.
    fn memory(&self) -> String {
        let mut notes = self.lock();
        if notes.len() < REMEMBERED {
            return String::new();
        }
        let mut path = notes.pop_front().map(|note| note.begun.path).unwrap_or_default();
        path.clear();
        path
    }

    fn whose(&self, session: Option<&str>) -> u64 {
        self.whose.hash_one(session.filter(|session| !session.is_empty()))
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Note>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Note {
    fn shown(&self, routes: &[&str]) -> Asked {
        let route = self.route.and_then(|at| routes.get(at));
        Asked {
            at: self.begun.at,
            path: self.begun.path.clone(),
            route: route.map(|name| (*name).to_owned()),
            strategy: self.strategy,
            provenance: self.provenance,
            took: self.took,
            bytes: self.bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use http::StatusCode;
    use http::header::{COOKIE, HeaderValue};
    use url::Url;

    use super::*;
    use crate::request::Destination;
    use crate::response::Because;

    fn request(path: &str, session: &str) -> Request {
        let url = Url::parse("http://127.0.0.1:8000").unwrap().join(path).unwrap();
        let mut request = Request::get(url, Destination::Document);
        request.cookies = Cookies::Jar;
        let cookie = HeaderValue::try_from(format!("sessionid={session}")).unwrap();
        request.headers.insert(COOKIE, cookie);
        request
    }

    fn note(diary: &Diary, request: &Request) {
        let begun = diary.begin(request, Some("sessionid"), || UNIX_EPOCH);
        let response = Response::problem(StatusCode::OK, "", "", Because::Offline);
        diary.note(begun, (Some(0), "cache-first"), &response, Duration::from_millis(3));
    }

    fn paths(diary: &Diary, session: Option<&str>) -> Vec<String> {
        diary.of(session, &["pages"]).into_iter().map(|asked| asked.path).collect()
    }

    #[test]
    fn it_holds_the_last_requests_and_no_more() {
        let diary = Diary::default();
        for number in 0..REMEMBERED + 7 {
            note(&diary, &request(&format!("/{number}?q"), "a"));
        }
        let paths = paths(&diary, Some("a"));
        assert_eq!(paths.len(), REMEMBERED);
        assert_eq!((&*paths[0], &*paths[REMEMBERED - 1]), ("/506?q", "/7?q"));
    }

    #[test]
    fn it_is_shown_to_nobody_else() {
        let diary = Diary::default();
        note(&diary, &request("/a", "a"));
        note(&diary, &request("/b", "b"));
        note(&diary, &request("/nobody", ""));
        assert_eq!(paths(&diary, Some("a")), ["/a"]);
        assert_eq!(paths(&diary, Some("b")), ["/b"]);
        assert_eq!(paths(&diary, None), ["/nobody"]);
        assert_eq!(paths(&diary, Some("c")), Vec::<String>::new());
    }

    #[test]
    fn clients_that_keep_their_own_cookies_are_not_noted() {
        let diary = Diary::default();
        note(&diary, &Request { cookies: Cookies::Client, ..request("/a", "a") });
        assert_eq!(paths(&diary, Some("a")), Vec::<String>::new());
    }

    /// One that is full writes each path over an older one.
    #[test]
    fn what_is_full_takes_no_more_memory() {
        let diary = Diary::default();
        for _ in 0..REMEMBERED {
            note(&diary, &request("/polls/1/", "a"));
        }
        let request = request("/polls/2/", "a");
        let response = Response::problem(StatusCode::OK, "", "", Because::Offline);
        let noted = allocation_counter::measure(|| {
            let begun = diary.begin(&request, Some("sessionid"), || UNIX_EPOCH);
            diary.note(begun, (Some(0), "http"), &response, Duration::ZERO);
        });
        assert_eq!(noted.count_total, 0);
        assert_eq!(paths(&diary, Some("a"))[0], "/polls/2/");
    }
}
