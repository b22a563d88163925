//! Somebody who votes again and again, with cookies of their own.

use std::thread;
use std::time::Duration;

use super::ballots::Ballot;
use super::chance::Chance;
use super::http::{Answer, Reply, ask};
use super::scene::Scene;

/// The longest that somebody thinks about a vote.
const THOUGHT: Duration = Duration::from_millis(600);
/// How long somebody waits to whom nobody has listened.
const MOMENT: Duration = Duration::from_millis(20);
/// How often of a hundred times the page with the form is opened again before a vote.
const OPENS_AGAIN: u64 = 25;

/// What a voter was told of a vote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    /// The site's redirect to the results.
    Delivered,
    /// It is kept under this key and will be sent.
    Kept { key: String },
    /// It may have arrived.
    Uncertain,
    /// It was not sent.
    NotSent,
    /// Something else, which should not be.
    Refused { answer: String },
    /// The connection broke before there was an answer.
    Nothing,
}

/// A vote that was submitted.
#[derive(Debug, Clone)]
pub(super) struct Vote {
    pub(super) ballot: Ballot,
    pub(super) told: Told,
}

pub(super) struct Voter<'s> {
    number: usize,
    scene: &'s Scene,
    chance: Chance,
    /// Django's, with which the token has to agree.
    cookie: Option<String>,
    token: Option<String>,
}

impl<'s> Voter<'s> {
    pub(super) fn new(number: usize, scene: &'s Scene) -> Self {
        let chance = scene.chance(&format!("voter {number}"));
        Self { number, scene, chance, cookie: None, token: None }
    }

    /// Votes until it is over: each vote, and what was told of it.
    pub(super) fn vote_until_over(mut self) -> Vec<Vote> {
        let mut votes = Vec::new();
        let mut ballot = None;
        while !self.scene.is_over() {
            thread::sleep(self.chance.up_to(THOUGHT));
            let next = match ballot.take().or_else(|| self.scene.ballots.next()) {
                Some(next) => next,
                None => break,
            };
            match self.vote(next) {
                Some(told) => {
                    let number = self.number;
                    self.scene.journal.note(format_args!("voter {number}: {next:?}: {told:?}"));
                    votes.push(Vote { ballot: next, told });
                }
                None => {
                    ballot = Some(next);
                    thread::sleep(MOMENT);
                }
            }
        }
        votes
    }

    /// What was told of a vote; nothing was submitted if there is no form, or nobody to take it.
    fn vote(&mut self, ballot: Ballot) -> Option<Told> {
        if self.token.is_none() || self.chance.hits(OPENS_AGAIN) {
            self.open(ballot);
        }
        let (token, cookie) = (self.token.as_ref()?, self.cookie.as_ref()?);
        let port = self.scene.doors.any(&mut self.chance)?;
        let body = format!("csrfmiddlewaretoken={token}&choice={}", ballot.choice);
        let request = format!(
            "POST /polls/{poll}/vote/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\
             Origin: http://127.0.0.1:{port}\r\nReferer: http://127.0.0.1:{port}/polls/{poll}/\r\n\
             Accept: text/html\r\nCookie: csrftoken={cookie}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\
             \r\n{body}",
            poll = ballot.poll,
            length = body.len(),
        );
        match ask(port, &request) {
            Reply::NobodyThere => None,
            Reply::Broken => Some(Told::Nothing),
            Reply::Answered(answer) => Some(told(&answer, ballot)),
        }
    }

    /// Opens the page with the form, and takes over its token if it comes.
    fn open(&mut self, ballot: Ballot) {
        let port = match self.scene.doors.any(&mut self.chance) {
            Some(port) => port,
            None => return,
        };
        let cookie = self.cookie.as_ref().map(|cookie| format!("Cookie: csrftoken={cookie}\r\n"));
        let request = format!(
            "GET /polls/{poll}/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/html\r\n\
             {cookie}Connection: close\r\n\r\n",
            poll = ballot.poll,
            cookie = cookie.unwrap_or_default(),
        );
        if let Reply::Answered(answer) = ask(port, &request) {
            let set = answer.all("set-cookie").find_map(|line| {
                let (value, _) = line.strip_prefix("csrftoken=")?.split_once(';')?;
                Some(value.to_owned())
            });
            self.cookie = set.or_else(|| self.cookie.take());
            // A page that is stored may have been made for another client. Its token is that
            // one's then, and the gateway has to get the right one from the site.
            self.token = answer.token().or_else(|| self.token.take());
        }
    }
}

fn told(answer: &Answer, ballot: Ballot) -> Told {
    let results = format!("/polls/{}/results/", ballot.poll);
    match (answer.status, answer.header("location"), answer.header("holdfast-outbox")) {
        (302 | 303, Some(target), _) if target.ends_with(&results) => Told::Delivered,
        (202, _, Some(key)) => Told::Kept { key: key.to_owned() },
        (504, _, _) if answer.body.contains("may have received it") => Told::Uncertain,
        (504, _, _) if answer.body.contains("cannot be reached") => Told::NotSent,
        (status, _, _) => {
            let body: String = answer.body.chars().take(300).collect();
            Told::Refused { answer: format!("{status} {body:?}") }
        }
    }
}
