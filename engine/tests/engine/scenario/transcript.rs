//! What happened, in virtual milliseconds.

use std::fmt::Display;
use std::sync::{Arc, Mutex};

use tokio::time::Instant;

/// Lines with their time. Clones share them.
#[derive(Clone)]
pub(crate) struct Transcript {
    inner: Arc<Mutex<Lines>>,
}

struct Lines {
    start: Instant,
    lines: Vec<Line>,
}

#[derive(Clone)]
struct Line {
    at: u128,
    kind: Kind,
    text: String,
}

/// In the order of the lines of one moment. What is looked up afterwards, and what the engine
/// tells, is noticed in any order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Deed,
    /// What waits once all of the moment has happened.
    Outbox,
    /// What is stored by then.
    Stored,
    /// By their names.
    Event,
}

impl Line {
    fn order(&self) -> String {
        match self.kind {
            Kind::Deed | Kind::Outbox | Kind::Stored => String::new(),
            Kind::Event => self.text.clone(),
        }
    }
}

impl Transcript {
    pub(crate) fn new() -> Self {
        let lines = Lines { start: Instant::now(), lines: Vec::new() };
        Self { inner: Arc::new(Mutex::new(lines)) }
    }

    /// Notes what happens now.
    pub(crate) fn note(&self, who: &str, what: impl Display) {
        self.note_at(Instant::now(), Kind::Deed, who, what);
    }

    /// Notes what happened at `at`.
    pub(crate) fn note_at(&self, at: Instant, kind: Kind, who: &str, what: impl Display) {
        self.push(at, kind, format!("{who:<6} {what}"));
    }

    /// Notes that the engine has told of something.
    pub(crate) fn note_event(&self, what: impl Display) {
        self.push(Instant::now(), Kind::Event, format!("event     {what}"));
    }

    fn push(&self, at: Instant, kind: Kind, text: String) {
        let mut inner = self.inner.lock().unwrap();
        let at = at.duration_since(inner.start).as_millis();
        inner.lines.push(Line { at, kind, text });
    }

    /// Begins anew: what was noted is forgotten and the time is zero.
    pub(crate) fn restart(&self) {
        let mut inner = self.inner.lock().unwrap();
        inner.lines.clear();
        inner.start = Instant::now();
    }

    /// The lines in order of time; those of the same moment by their kind, and then in the order
    /// they were noted.
    pub(crate) fn text(&self) -> String {
        let mut lines = self.inner.lock().unwrap().lines.clone();
        lines.sort_by_key(|line| (line.at, line.kind, line.order()));
        let lines = lines.iter().map(|Line { at, text, .. }| format!("{at:>6} ms  {text}"));
        lines.collect::<Vec<_>>().join("\n")
    }
}
