//! The programs and people around the site of the model, and what must hold of the votes.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use futures::future::join_all;
use holdfast_engine::{
    Body, Clock, Cookies, Destination, Engine, Foundation, Queue, Redirects, Request, Site,
    SubmissionState, Waiting,
};
use http::Method;
use http::header::{CONTENT_TYPE, COOKIE, HeaderMap, HeaderValue, LOCATION, SET_COOKIE};
use tempfile::TempDir;
use tokio::task::{JoinSet, yield_now};
use tokio::time::{self, Instant};

use super::polls::{Person, Polls, session};
use crate::outbox::{RECEIPTS, profile};
use crate::scenario::{ms, secs};

/// 2026-01-01T00:00:00Z.
const BEGINNING: Duration = Duration::from_secs(1_767_225_600);
/// After which nothing waits any more that the site would take.
const LONG: Duration = Duration::from_secs(3600);

/// Whose cookies go with what is submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeper {
    /// The engine keeps them, for the one person before it.
    App,
    /// Each person's browser keeps its own, before a gateway.
    Browsers,
}

/// Programs on one data directory, their people, and the site.
pub(super) struct World {
    pub(super) polls: Polls,
    gives_receipts: bool,
    keeper: Keeper,
    directory: TempDir,
    programs: [Option<Program>; 2],
    votes: Arc<Mutex<Vec<Vote>>>,
    /// The sessions that browsers have the cookies of.
    browsers: Arc<Mutex<HashMap<Person, String>>>,
    begun: Instant,
    /// How far the wall clock is off, in seconds.
    offset: i64,
}

struct Program {
    engine: Engine,
    pages: JoinSet<()>,
}

/// A vote that somebody has cast.
struct Vote {
    poll: u32,
    by: Option<Person>,
    answer: Option<Told>,
    /// How often the person has sent it although it may have arrived.
    risked: usize,
    /// The person has had it sent, whenever that was.
    is_by_hand: bool,
}

/// What the page of a vote was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// It waits, or has arrived.
    Acknowledged,
    /// Something else, with this status.
    Other(u16),
}

/// Ends a run with a promise that was not kept.
macro_rules! holds {
    ($world:expr, $condition:expr, $($what:tt)+) => {
        assert!($condition, "{}\n{}", format!($($what)+), $world.polls.story())
    };
}

impl World {
    pub(super) fn new(gives_receipts: bool, keeper: Keeper) -> Self {
        Self {
            polls: Polls::new(gives_receipts),
            gives_receipts,
            keeper,
            directory: tempfile::tempdir().unwrap(),
            programs: [None, None],
            votes: Arc::default(),
            browsers: Arc::default(),
            begun: Instant::now(),
            offset: 0,
        }
    }

    /// A program begins, and the wall clock may have been set meanwhile.
    pub(super) async fn open(&mut self, at: usize, shift: i64) {
        self.polls.note(format!("prog  {at} begins, the clock set by {shift} s"));
        self.offset += shift;
        let profile = profile(if self.gives_receipts { RECEIPTS } else { "" });
        let profile = profile.replace("refresh = [\"/polls/:id/results/\"]", "");
        let site = Site::read("site.toml", &profile).unwrap();
        let now = UNIX_EPOCH + BEGINNING + self.begun.elapsed();
        let now = match u64::try_from(self.offset) {
            Ok(ahead) => now + secs(ahead),
            Err(_) => now - secs(self.offset.unsigned_abs()),
        };
        let foundation = Foundation {
            transport: Some(Box::new(self.polls.clone())),
            clock: Clock::starting_at(now),
            jitter: || 1.0,
            shreds: false,
        };
        let engine = Engine::open(site, self.directory.path(), foundation).unwrap();
        self.programs[at] = Some(Program { engine, pages: JoinSet::new() });
        time::sleep(ms(1)).await;
    }

    /// A program is closed, with its pages.
    pub(super) async fn close(&mut self, at: usize) {
        self.polls.note(format!("prog  {at} is closed"));
        let Some(mut program) = self.programs[at].take() else { return };
        program.pages.shutdown().await;
        program.engine.close().await;
        drop(program);
        self.until_gone().await;
    }

    /// A program ends in the middle of whatever it does.
    pub(super) async fn kill(&mut self, at: usize) {
        self.polls.note(format!("prog  {at} is killed"));
        let Some(mut program) = self.programs[at].take() else { return };
        program.pages.abort_all();
        drop(program.engine);
        program.pages.shutdown().await;
        self.until_gone().await;
    }

    /// Nothing of a program that has ended is left that could still do something.
    async fn until_gone(&self) {
        let alive = self.programs.iter().flatten().count();
        for _ in 0..1000 {
            if senders(self.directory.path()) == alive {
                return;
            }
            // What is on its way to the disk arrives there on a thread of its own.
            tokio::task::spawn_blocking(std::thread::yield_now).await.unwrap();
            time::sleep(Duration::from_micros(1)).await;
        }
        panic!("a program that was ended lives on\n{}", self.polls.story());
    }

    fn engine(&self, at: usize) -> &Engine {
        &self.programs[at].as_ref().unwrap().engine
    }

    /// A request of a person, with the cookies of their browser if they have one.
    fn request(&self, at: usize, by: Option<Person>, path: &str) -> Request {
        let url = self.engine(at).site().address(path).unwrap();
        let mut request = Request::get(url, Destination::Document);
        request.method = Method::POST;
        request.redirects = Redirects::Manual;
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers.insert(CONTENT_TYPE, form);
        if self.keeper == Keeper::App {
            request.cookies = Cookies::Jar;
            return request;
        }
        request.cookies = Cookies::Client;
        let browsers = self.browsers.lock().unwrap();
        if let Some(token) = by.and_then(|person| browsers.get(&person)) {
            let cookie = HeaderValue::try_from(format!("sessionid={token}")).unwrap();
            request.headers.insert(COOKIE, cookie);
        }
        request
    }

    /// Somebody votes; the page waits for the answer by itself.
    pub(super) fn vote(&mut self, at: usize, by: Option<Person>, (poll, length): (u32, usize)) {
        let mut request = self.request(at, by, &format!("/polls/{poll}/vote/"));
        let vote = Vote { poll, by: None, answer: None, risked: 0, is_by_hand: false };
        let mut votes = self.votes.lock().unwrap();
        let id = votes.len();
        votes.push(vote);
        drop(votes);
        request.body = Body::from(format!("choice=2&vote={id}&words={}", "x".repeat(length)));
        let (votes, browsers) = (self.votes.clone(), self.browsers.clone());
        let polls = self.polls.clone();
        let Some(program) = &mut self.programs[at] else { return };
        let engine = program.engine.clone();
        program.pages.spawn(async move {
            let signed_in = signed_in(&engine, &request);
            polls.note(format!("page  vote {id} of {signed_in:?} for poll {poll} at {at}"));
            votes.lock().unwrap()[id].by = signed_in;
            let answer = engine.handle(request).await;
            let (status, headers) = (answer.status.as_u16(), answer.headers);
            let told = match (status, headers.get(LOCATION)) {
                (202, _) => Told::Acknowledged,
                (302, Some(to)) if to.to_str().unwrap().ends_with("/results/") => {
                    Told::Acknowledged
                }
                _ => Told::Other(status),
            };
            polls.note(format!("page  vote {id} is told {told:?}"));
            votes.lock().unwrap()[id].answer = Some(told);
            if let Some(person) = signed_in {
                keep_cookie(&browsers, person, &headers);
            }
        });
    }

    /// Somebody signs in or out, and waits for the answer.
    async fn turn(&mut self, at: usize, person: Person, (path, body): (&str, String)) {
        let mut request = self.request(at, Some(person), path);
        request.body = Body::from(body);
        let answer = self.engine(at).handle(request).await;
        self.polls.note(format!("page  {person:?} at {path}: {}", answer.status));
        keep_cookie(&self.browsers, person, &answer.headers);
    }

    pub(super) async fn sign_in(&mut self, at: usize, person: Person) {
        let form = format!("username={}&password=1", person.name());
        self.turn(at, person, ("/accounts/login/", form)).await;
    }

    pub(super) async fn sign_out(&mut self, at: usize, person: Person) {
        self.turn(at, person, ("/accounts/logout/", "confirm=1".to_owned())).await;
    }

    pub(super) async fn resume(&self) {
        let programs = self.programs.iter().flatten();
        join_all(programs.map(|program| program.engine.resumed())).await;
    }

    /// Whoever is there has everything sent that goes no further by itself.
    pub(super) fn send_by_hand(&self, at: usize) {
        let queue = self.engine(at).queue();
        for waiting in queue.list().unwrap() {
            if !waiting.state.needs_attention() || queue.send(&waiting.key).is_err() {
                continue;
            }
            let mut votes = self.votes.lock().unwrap();
            let vote = &mut votes[number(&waiting)];
            vote.is_by_hand = true;
            vote.risked += usize::from(waiting.state == SubmissionState::Uncertain);
            self.polls.note(format!("page  vote {} is sent by hand", number(&waiting)));
        }
    }

    /// What waits, whoever has submitted it.
    fn waiting(&self) -> Vec<Waiting> {
        let queue = match self.programs.iter().flatten().next() {
            Some(program) => program.engine.queue(),
            None => Queue::open(self.directory.path()).unwrap(),
        };
        queue.list().unwrap()
    }

    /// What holds at any moment: nothing has gone, nothing is doubled, nothing is another's.
    pub(super) fn check(&self) {
        // The queue first: what has left it by now is with the site by now.
        let waiting: Vec<_> = self.waiting().iter().map(number).collect();
        let taken = self.polls.taken();
        let votes = self.votes.lock().unwrap();
        for (id, vote) in votes.iter().enumerate() {
            let counts = taken.iter().filter(|taken| taken.vote == id);
            let count = counts.clone().count();
            let allowed = if self.gives_receipts { 1 } else { 1 + vote.risked };
            holds!(self, count <= allowed, "vote {id} was counted {count} times");
            // What nobody in particular has submitted is sent by who says so.
            let is_adopted = vote.by.is_none() && vote.is_by_hand;
            for taken in counts.filter(|_| !is_adopted) {
                holds!(self, taken.by == vote.by, "vote {id} was counted as {:?}'s", taken.by);
            }
            // Whatever a page was told, as long as it was told something.
            let is_somewhere = count > 0 || waiting.contains(&id);
            holds!(self, is_somewhere || vote.answer.is_none(), "vote {id} is gone");
        }
        self.check_order(&votes);
    }

    /// Votes of one person for one poll arrive in the order they were cast, unless the person
    /// has sent one by hand.
    fn check_order(&self, votes: &[Vote]) {
        let mut newest: HashMap<(u32, Option<Person>), usize> = HashMap::new();
        for taken in self.polls.taken() {
            let vote = &votes[taken.vote];
            if vote.is_by_hand {
                continue;
            }
            let newest = newest.entry((vote.poll, vote.by)).or_default();
            let before = *newest;
            holds!(self, before <= taken.vote, "{before} came before vote {}", taken.vote);
            *newest = taken.vote;
        }
    }

    /// Nothing of a person who is signed in waits: neither for the site nor for anybody else.
    fn check_served(&self, person: Person) {
        let votes = self.votes.lock().unwrap();
        for waiting in self.waiting() {
            let (id, state) = (number(&waiting), waiting.state);
            let is_left = state.is_waiting() || state == SubmissionState::NeedsSignIn;
            let is_theirs = votes[id].by == Some(person);
            let state = state.as_str();
            holds!(self, !is_left || !is_theirs, "vote {id} of {person:?} is still {state}");
        }
    }

    /// Everything is well again, everybody signs in once more, and time passes: what holds then.
    pub(super) async fn conclude(&mut self) {
        self.polls.note("all   is well".to_owned());
        self.polls.is_well();
        if self.programs[0].is_none() {
            self.open(0, 0).await;
        }
        self.resume().await;
        time::sleep(LONG).await;
        for person in Person::ALL {
            // What nobody in particular has submitted goes in between.
            self.sign_out(0, person).await;
            time::sleep(LONG).await;
            self.sign_in(0, person).await;
            time::sleep(LONG).await;
            self.check_served(person);
        }
        self.check();
        for waiting in self.waiting() {
            let (id, state) = (number(&waiting), waiting.state);
            let is_explained = match state {
                SubmissionState::Uncertain => !self.gives_receipts && waiting.reason.is_some(),
                SubmissionState::Expired => true,
                SubmissionState::Queued
                | SubmissionState::Sending
                | SubmissionState::NeedsSignIn
                | SubmissionState::Refused
                | SubmissionState::Changed
                | SubmissionState::HandedOver => false,
            };
            let reason = waiting.reason.unwrap_or_default();
            holds!(self, is_explained, "vote {id} is {} at the end: {reason}", state.as_str());
        }
    }
}

/// The programs that have the directory open, or were killed.
fn senders(directory: &Path) -> usize {
    std::fs::read_dir(directory.join("senders")).map_or(0, Iterator::count)
}

/// Whose session goes with a request of this moment.
fn signed_in(engine: &Engine, request: &Request) -> Option<Person> {
    let own = request.headers.get(COOKIE).map(|cookie| cookie.to_str().unwrap().to_owned());
    let cookies = match request.cookies {
        Cookies::Jar => Some(engine.script_cookies(&request.url)),
        Cookies::Client => own,
    };
    cookies?.split("; ").find_map(|cookie| Person::of_session(session(cookie)?))
}

/// Which vote it is.
fn number(waiting: &Waiting) -> usize {
    let field = waiting.fields.iter().find(|(name, _)| name == "vote");
    field.unwrap().1.parse().unwrap()
}

/// What a browser does with the cookie of an answer.
fn keep_cookie(browsers: &Mutex<HashMap<Person, String>>, person: Person, headers: &HeaderMap) {
    let Some(cookie) = headers.get(SET_COOKIE) else { return };
    let pair = cookie.to_str().unwrap().split(';').next().unwrap();
    let mut browsers = browsers.lock().unwrap();
    match session(pair) {
        Some(token) => browsers.insert(person, token.to_owned()),
        None => browsers.remove(&person),
    };
}

/// Lets other tasks run a little, so that what comes next comes in the middle of something.
pub(super) async fn a_little(turns: u8) {
    for _ in 0..turns {
        yield_now().await;
    }
}
