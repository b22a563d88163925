//! The words of the tables: a case is a list of steps, a step is a request, what the
//! origin answers if it is asked, and what must come of it.

/// One row.
pub(super) struct Case {
    /// Where it is written.
    pub(super) section: &'static str,
    /// What is right, as a sentence.
    pub(super) name: &'static str,
    pub(super) caches: Caches,
    pub(super) steps: Vec<Step>,
}

/// Which caches a case is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Caches {
    Every,
    Private,
    Shared,
}

pub(super) struct Step {
    pub(super) request: Asking,
    pub(super) answer: Answer,
    pub(super) expected: Expected,
}

/// What the client sends. Lines may have `{…}`, see `run::filled`.
pub(super) struct Asking {
    pub(super) method: &'static str,
    /// What follows the path of the case.
    pub(super) suffix: &'static str,
    pub(super) lines: Vec<&'static str>,
    pub(super) body: &'static str,
}

/// What the origin answers if it is asked.
#[derive(Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) lines: Vec<&'static str>,
    /// `None` is one that no other step of any case has.
    pub(super) body: Option<&'static str>,
    pub(super) framing: Framing,
    /// Heads of 1xx responses that come before.
    pub(super) early: Vec<&'static str>,
}

/// How an answer says where its body ends, and whether it keeps to it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    Length,
    Chunked,
    /// Chunked, and `X-Trailer: 1` after the body.
    Trailer,
    /// The end of the connection is the end of the body.
    UntilClosed,
    /// `Content-Length` announces more than comes.
    CutShort,
    /// The last chunk does not come.
    CutChunk,
    /// The connection is closed before anything is answered.
    Dropped,
}

/// What must come of it.
pub(super) struct Expected {
    pub(super) origin: Hears,
    /// Lines of the request that the origin must see; `*` at the end is anything.
    pub(super) asked_with: Vec<&'static str>,
    /// Names of lines it must not see.
    pub(super) asked_without: Vec<&'static str>,
    pub(super) reply: Reply,
    /// Where it is not the one of the reply.
    pub(super) status: Option<u16>,
    /// Where it is not the one of the reply.
    pub(super) body: Option<&'static str>,
    /// What the body must hold somewhere.
    pub(super) holds: Vec<&'static str>,
    /// Lines of the response, several of one name joined by ", "; `*` at the end is anything.
    pub(super) gets: Vec<&'static str>,
    /// Names of lines that must not be in the response.
    pub(super) lacks: Vec<&'static str>,
    /// The least `Age`, in seconds.
    pub(super) age: Option<u64>,
    pub(super) tries: Tries,
}

/// Whether the origin is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Hears {
    /// It is, before the client is answered.
    Asked,
    /// It is, with `If-None-Match` or `If-Modified-Since`.
    Conditional,
    /// It is, maybe after the client was answered.
    AskedLater,
    Nothing,
    Anything,
}

/// What the client gets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reply {
    /// What the origin answered in this step.
    ThisAnswer,
    /// What it answered in that step, counted from 1.
    AnswerOf(usize),
    /// Anything but that.
    NotAnswerOf(usize),
    /// A body that shows its being cut, or an error.
    Broken,
    Anything,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tries {
    Once,
    /// Asked again until it is right, for what happens in time or in the background.
    UntilRight,
}

/// A case for every cache.
pub(super) fn case<const N: usize>(
    section: &'static str,
    name: &'static str,
    steps: [Step; N],
) -> Case {
    Case { section, name, caches: Caches::Every, steps: steps.into() }
}

/// A case for a cache of one user.
pub(super) fn private<const N: usize>(
    section: &'static str,
    name: &'static str,
    steps: [Step; N],
) -> Case {
    Case { caches: Caches::Private, ..case(section, name, steps) }
}

/// A case for a cache of many.
pub(super) fn shared<const N: usize>(
    section: &'static str,
    name: &'static str,
    steps: [Step; N],
) -> Case {
    Case { caches: Caches::Shared, ..case(section, name, steps) }
}

/// A GET for which the origin is asked and whose answer reaches the client.
pub(super) fn asked<const N: usize>(status: u16, lines: [&'static str; N]) -> Step {
    Step {
        request: Asking { method: "GET", suffix: "", lines: Vec::new(), body: "" },
        answer: Answer {
            status,
            lines: lines.into(),
            body: None,
            framing: Framing::Length,
            early: Vec::new(),
        },
        expected: Expected {
            origin: Hears::Asked,
            asked_with: Vec::new(),
            asked_without: Vec::new(),
            reply: Reply::ThisAnswer,
            status: None,
            body: None,
            holds: Vec::new(),
            gets: Vec::new(),
            lacks: Vec::new(),
            age: None,
            tries: Tries::Once,
        },
    }
}

/// A GET that is answered with what the origin answered in a step before, without asking.
///
/// An origin that is asked all the same fails, which replaces nothing that is stored.
pub(super) fn reused(step: usize) -> Step {
    asked(503, []).hears(Hears::Nothing).replies(Reply::AnswerOf(step))
}

/// A GET that the cache answers by itself, without asking.
pub(super) fn unasked(status: u16) -> Step {
    asked(503, []).hears(Hears::Nothing).replies(Reply::Anything).status(status)
}

/// A GET for which the origin is asked whether the answer of a step before still holds,
/// and says so with a 304 of these lines.
pub(super) fn validated<const N: usize>(step: usize, lines: [&'static str; N]) -> Step {
    asked(304, lines).hears(Hears::Conditional).replies(Reply::AnswerOf(step))
}

/// A GET after which the origin was asked, or not, and the client may get anything.
pub(super) fn anything<const N: usize>(status: u16, lines: [&'static str; N]) -> Step {
    asked(status, lines).hears(Hears::Anything).replies(Reply::Anything)
}

/// A GET that the origin does not answer: it closes the connection.
pub(super) fn dropped() -> Step {
    anything(200, []).framing(Framing::Dropped)
}

impl Step {
    pub(super) fn method(mut self, method: &'static str) -> Self {
        self.request.method = method;
        self
    }

    /// At another address: this follows the path of the case.
    pub(super) fn at(mut self, suffix: &'static str) -> Self {
        self.request.suffix = suffix;
        self
    }

    /// With a header line in the request.
    pub(super) fn with(mut self, line: &'static str) -> Self {
        self.request.lines.push(line);
        self
    }

    /// With a body in the request.
    pub(super) fn sending(mut self, body: &'static str) -> Self {
        self.request.body = body;
        self
    }

    /// The origin answers with this body.
    pub(super) fn answering(mut self, body: &'static str) -> Self {
        self.answer.body = Some(body);
        self
    }

    pub(super) fn framing(mut self, framing: Framing) -> Self {
        self.answer.framing = framing;
        self
    }

    /// The origin sends the head of a 1xx response first.
    pub(super) fn after(mut self, early: &'static str) -> Self {
        self.answer.early.push(early);
        self
    }

    pub(super) fn hears(mut self, origin: Hears) -> Self {
        self.expected.origin = origin;
        self
    }

    pub(super) fn asked_with(mut self, line: &'static str) -> Self {
        self.expected.asked_with.push(line);
        self
    }

    pub(super) fn asked_without(mut self, name: &'static str) -> Self {
        self.expected.asked_without.push(name);
        self
    }

    pub(super) fn replies(mut self, reply: Reply) -> Self {
        self.expected.reply = reply;
        self
    }

    /// Whatever the origin does, the client gets what it answered in that step.
    pub(super) fn but_gets(self, step: usize) -> Self {
        self.replies(Reply::AnswerOf(step))
    }

    /// The client gets anything but what the origin answered in that step.
    pub(super) fn never(self, step: usize) -> Self {
        self.replies(Reply::NotAnswerOf(step))
    }

    pub(super) fn status(mut self, status: u16) -> Self {
        self.expected.status = Some(status);
        self
    }

    pub(super) fn body(mut self, body: &'static str) -> Self {
        self.expected.body = Some(body);
        self
    }

    pub(super) fn holds(mut self, part: &'static str) -> Self {
        self.expected.holds.push(part);
        self
    }

    pub(super) fn gets(mut self, line: &'static str) -> Self {
        self.expected.gets.push(line);
        self
    }

    pub(super) fn lacks(mut self, name: &'static str) -> Self {
        self.expected.lacks.push(name);
        self
    }

    pub(super) fn age(mut self, least: u64) -> Self {
        self.expected.age = Some(least);
        self
    }

    pub(super) fn at_last(mut self) -> Self {
        self.expected.tries = Tries::UntilRight;
        self
    }
}
