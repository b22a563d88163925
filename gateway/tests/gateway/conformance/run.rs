//! Plays the cases of a theme and says what differed.

use std::time::{Duration, SystemTime};

use tempfile::TempDir;
use tokio::time::{self, Instant};

use super::client::{End, Received, joined, send};
use super::origin::{Heard, Origin, Told};
use super::table::{
    Caches, Case, Framing, Hears, Reply, Step, Tries, asked, private, reused, unasked, validated,
};
use crate::processes::{Gateway, until};

/// Until when something in the background must have happened.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait before asking again.
const PAUSE: Duration = Duration::from_millis(20);

/// A gateway of one kind before the scripted origin.
struct Setting {
    name: &'static str,
    gateway: Gateway,
    origin: Origin,
    /// Removed last.
    _directory: TempDir,
}

/// Plays every case and fails with all that differed.
pub(super) async fn check<const N: usize>(theme: &str, cases: [Case; N]) {
    let (played, differences) = play_all(theme, &cases).await;
    let failed = differences.len();
    assert!(
        differences.is_empty(),
        "{failed} of {played} differ in {theme}:\n{}",
        differences.join("\n")
    );
}

/// How many were played, and what differed.
async fn play_all(theme: &str, cases: &[Case]) -> (usize, Vec<String>) {
    let mut differences = Vec::new();
    let mut played = 0;
    for (caches, name, storage) in [
        (Caches::Private, "private", ""),
        (Caches::Shared, "shared", "[storage]\nshared-cache = true\n\n"),
    ] {
        let setting = Setting::start(name, storage).await;
        for (number, case) in cases.iter().enumerate() {
            if case.caches == Caches::Every || case.caches == caches {
                played += 1;
                differences.extend(setting.play(case, &format!("/{theme}/{number}")).await);
            }
        }
    }
    (played, differences)
}

impl Setting {
    async fn start(name: &'static str, storage: &str) -> Self {
        let directory = TempDir::new().unwrap();
        let origin = Origin::start().await;
        let profile = format!(
            "[site]\nname = \"Origin\"\norigin = \"{}\"\n\n{storage}\
             [[route]]\nname = \"everything\"\nwhen = {{ path = \"*\" }}\nstrategy = \"http\"\n",
            origin.url
        );
        let gateway = Gateway::start(directory.path(), &profile).await;
        Self { name, gateway, origin, _directory: directory }
    }

    /// Plays one case up to the first step that differs, and says how.
    async fn play(&self, case: &Case, path: &str) -> Option<String> {
        let mut played = Played { path, now: SystemTime::now(), answers: Vec::new() };
        for (index, step) in case.steps.iter().enumerate() {
            let differences = self.step(step, &mut played).await;
            if !differences.is_empty() {
                let Case { section, name, .. } = case;
                return Some(format!(
                    "  {section} | {name} | {} cache, step {}: {}",
                    self.name,
                    index + 1,
                    differences.join("; ")
                ));
            }
        }
        None
    }

    async fn step(&self, step: &Step, played: &mut Played<'_>) -> Vec<String> {
        let target = format!("{}{}", played.path, step.request.suffix);
        let told = self.told(step, played);
        played.answers.push((told.status, told.body.clone()));
        let lines: Vec<String> =
            step.request.lines.iter().map(|line| self.filled(line, played)).collect();
        let started = Instant::now();
        let differences = loop {
            self.origin.tell(&target, told.clone());
            let authority = self.gateway.authority();
            let received = send(authority, &step.request, &target, &lines).await;
            let heard = self.heard(step, &target).await;
            let mut differences = self.of_origin(step, &heard, played);
            differences.extend(self.of_reply(step, &received, played));
            let is_over = match step.expected.tries {
                Tries::Once => true,
                Tries::UntilRight => started.elapsed() > PATIENCE,
            };
            if differences.is_empty() || is_over {
                break differences;
            }
            time::sleep(PAUSE).await;
        };
        match step.answer.framing {
            Framing::Dropped | Framing::CutShort | Framing::CutChunk => self.mend().await,
            Framing::Length | Framing::Chunked | Framing::Trailer | Framing::UntilClosed => {}
        }
        differences
    }

    /// Asks until the site counts as there again: the next case is another matter.
    async fn mend(&self) {
        let told = Told {
            status: 200,
            lines: vec!["Cache-Control: no-store".to_owned()],
            body: "mended".to_owned(),
            framing: Framing::Length,
            early: Vec::new(),
        };
        self.origin.tell("/mended", told);
        let asking = unasked(200).request;
        until("the site is there again", async || {
            let reply = send(self.gateway.authority(), &asking, "/mended", &[]).await;
            (reply.status == 200 && reply.body == "mended").then_some(())
        })
        .await;
    }

    /// What the origin was asked in this step, also a little later.
    async fn heard(&self, step: &Step, target: &str) -> Vec<Heard> {
        let started = Instant::now();
        loop {
            let heard = self.origin.heard(target);
            let is_awaited = step.expected.origin == Hears::AskedLater && heard.is_empty();
            if !is_awaited || started.elapsed() > PATIENCE {
                return heard;
            }
            time::sleep(PAUSE).await;
        }
    }

    fn told(&self, step: &Step, played: &Played<'_>) -> Told {
        let answer = &step.answer;
        let number = played.answers.len() + 1;
        let mut lines: Vec<String> =
            answer.lines.iter().map(|line| self.filled(line, played)).collect();
        for default in ["Date: {now}", "Content-Type: text/plain"] {
            let (name, _) = default.split_once(':').unwrap();
            // A 304 says no more than it has to.
            let is_there = lines.iter().any(|line| line.starts_with(name));
            if !is_there && (answer.status != 304 || name == "Date") {
                lines.push(self.filled(default, played));
            }
        }
        Told {
            status: answer.status,
            lines: lines.into_iter().filter(|line| line != "Date: none").collect(),
            body: match answer.body {
                Some(body) => body.to_owned(),
                None => format!("answer {number} of {}", played.path),
            },
            framing: answer.framing,
            early: answer.early.clone(),
        }
    }

    /// A line with everything in braces filled in: `{now}`, `{now+10}` and `{now-10}` are
    /// dates as of the beginning of the case (`{now+10 rfc850}`, `{now+10 asctime}` in the
    /// old forms), `{origin}` is the site, `{path}` the path of the case.
    fn filled(&self, line: &str, played: &Played<'_>) -> String {
        let Some((before, rest)) = line.split_once('{') else { return line.to_owned() };
        let (name, after) = rest.split_once('}').expect("braces come in pairs");
        let value = match name {
            "origin" => self.origin.url.clone(),
            "path" => played.path.to_owned(),
            _ => date(name, played.now),
        };
        format!("{before}{value}{}", self.filled(after, played))
    }

    fn of_origin(&self, step: &Step, heard: &[Heard], played: &Played<'_>) -> Vec<String> {
        let mut differences = Vec::new();
        let expected = &step.expected;
        let is_asked = !heard.is_empty();
        match expected.origin {
            Hears::Nothing if is_asked => differences.push("the origin was asked".to_owned()),
            Hears::Asked | Hears::Conditional | Hears::AskedLater if !is_asked => {
                differences.push("the origin was not asked".to_owned());
            }
            Hears::Asked
            | Hears::Conditional
            | Hears::AskedLater
            | Hears::Nothing
            | Hears::Anything => {}
        }
        let Some(last) = heard.last() else { return differences };
        let conditions = ["if-none-match", "if-modified-since"];
        let is_conditional = conditions.iter().any(|name| joined(&last.lines, name).is_some());
        if expected.origin == Hears::Conditional && !is_conditional {
            differences.push("the origin was asked without a condition".to_owned());
        }
        // What a HEAD asks for may be fetched whole.
        let method = step.request.method;
        if expected.origin == Hears::Asked && method != "HEAD" && last.method != method {
            differences.push(format!("the origin was asked with {}", last.method));
        }
        if last.body != step.request.body {
            differences.push(format!("the origin got the body {:?}", last.body));
        }
        for line in &expected.asked_with {
            differs("the request's", &self.filled(line, played), &last.lines, &mut differences);
        }
        for name in &expected.asked_without {
            if let Some(value) = joined(&last.lines, name) {
                differences.push(format!("the origin got {name}: {value}"));
            }
        }
        differences
    }

    fn of_reply(&self, step: &Step, received: &Received, played: &Played<'_>) -> Vec<String> {
        let mut differences = Vec::new();
        let expected = &step.expected;
        let answer = match expected.reply {
            Reply::ThisAnswer => played.answers.last(),
            Reply::AnswerOf(number) => Some(&played.answers[number - 1]),
            Reply::NotAnswerOf(_) | Reply::Broken | Reply::Anything => None,
        };
        let status = expected.status.or(answer.map(|(status, _)| *status));
        let body = expected.body.or(answer.map(|(_, body)| body.as_str()));
        match expected.reply {
            Reply::NotAnswerOf(number) if received.body == played.answers[number - 1].1 => {
                differences.push(format!("answer {number} was used"));
            }
            Reply::Broken if received.end == End::Whole && received.status < 500 => {
                differences.push(format!("{} looks whole", received.status));
            }
            Reply::ThisAnswer
            | Reply::AnswerOf(_)
            | Reply::NotAnswerOf(_)
            | Reply::Broken
            | Reply::Anything => {}
        }
        if let Some(status) = status
            && received.status != status
        {
            differences.push(format!("status {} instead of {status}", received.status));
        }
        let is_bare = step.request.method == "HEAD" || matches!(received.status, 204 | 304);
        let body = if is_bare { Some("") } else { body };
        if let Some(body) = body
            && (received.body != body || received.end == End::Cut)
        {
            let end = received.end;
            let (found, wanted) = (clipped(&received.body), clipped(body));
            differences.push(format!("{end:?} body {found} instead of {wanted}"));
        }
        for part in &expected.holds {
            if !received.body.contains(part) {
                differences.push(format!("no {part:?} in {}", clipped(&received.body)));
            }
        }
        for line in &expected.gets {
            differs("the", &self.filled(line, played), &received.lines, &mut differences);
        }
        for name in &expected.lacks {
            if let Some(value) = received.values(name) {
                differences.push(format!("{name}: {value} must not be there"));
            }
        }
        differences.extend(of_the_cache(step, received));
        differences
    }
}

/// What has happened in a case so far.
struct Played<'c> {
    path: &'c str,
    now: SystemTime,
    /// Status and body of what the origin was told to answer, step by step.
    answers: Vec<(u16, String)>,
}

/// What a cache has to say about itself.
fn of_the_cache(step: &Step, received: &Received) -> Vec<String> {
    let mut differences = Vec::new();
    let age = received.values("age").map(|age| age.parse::<u64>().map_err(|_| age));
    if let Some(Err(age)) = &age
        && step.expected.origin == Hears::Nothing
    {
        differences.push(format!("Age: {age} is no number"));
    }
    let is_reused =
        step.expected.origin == Hears::Nothing && matches!(step.expected.reply, Reply::AnswerOf(_));
    // "When a stored response is used to satisfy a request without validation, a cache MUST
    // generate an Age header field" (RFC 9111 §4).
    if is_reused && age.is_none() {
        differences.push("there is no Age".to_owned());
    }
    if let Some(least) = step.expected.age {
        // The machine may be slow, but not that slow.
        let is_right = matches!(age, Some(Ok(age)) if (least..least + 90).contains(&age));
        if !is_right {
            differences.push(format!("Age is {age:?} instead of {least} or a little more"));
        }
    }
    match received.values("cache-status") {
        None => differences.push("there is no Cache-Status".to_owned()),
        Some(value) if is_reused && !value.contains("; hit") => {
            differences.push(format!("Cache-Status: {value} is no hit"));
        }
        Some(_) => {}
    }
    differences
}

/// Compares a line that is expected with those that are there.
fn differs(whose: &str, line: &str, lines: &[(String, String)], differences: &mut Vec<String>) {
    let (name, value) = line.split_once(':').expect("a line has a name");
    let value = value.trim();
    let found = joined(lines, name);
    let is_right = found.as_deref().is_some_and(|found| match value.strip_suffix('*') {
        Some(start) => found.starts_with(start),
        None => found == value,
    });
    if !is_right {
        differences.push(format!("{whose} {name} is {found:?} instead of {value:?}"));
    }
}

/// As much of a body as a message has room for.
fn clipped(body: &str) -> String {
    let start: String = body.chars().take(60).collect();
    if start == body { format!("{body:?}") } else { format!("{start:?}…") }
}

/// A date by its name in a table.
fn date(name: &str, now: SystemTime) -> String {
    let (name, form) = name.split_once(' ').unwrap_or((name, ""));
    let offset = name.strip_prefix("now").unwrap_or_else(|| panic!("{{{name}}} means nothing"));
    let offset: i64 = if offset.is_empty() { 0 } else { offset.parse().unwrap() };
    let distance = Duration::from_secs(offset.unsigned_abs());
    let moment = if offset < 0 { now - distance } else { now + distance };
    let fixed = httpdate::fmt_http_date(moment);
    let [weekday, day, month, year, clock, _] = fixed.split(' ').collect::<Vec<_>>()[..] else {
        panic!("{fixed} has six words");
    };
    let weekday = weekday.trim_end_matches(',');
    match form {
        "" => fixed,
        "rfc850" => {
            let rest =
                ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
            let weekday = rest.into_iter().find(|long| long.starts_with(weekday)).unwrap();
            format!("{weekday}, {day}-{month}-{} {clock} GMT", &year[2..])
        }
        "asctime" => {
            let day: u32 = day.parse().unwrap();
            format!("{weekday} {month} {day:2} {clock} {year}")
        }
        zone => fixed.replace("GMT", zone),
    }
}

/// A table that finds nothing wrong says something only if it would.
#[rustfmt::skip] // A table reads better aligned.
#[tokio::test]
async fn what_differs_is_said() {
    let differing = [
        private("A", "asked all the same", [asked(200, ["Cache-Control: no-store"]), reused(1)]),
        private("B", "not asked", [asked(200, ["Cache-Control: max-age=1000"]), asked(200, [])]),
        private("C", "no condition", [asked(200, []), validated(1, [])]),
        private("D", "another status, another line, one too many", [
            asked(200, ["X-A: 1", "X-B: 2"]).status(201).gets("X-A: 2").lacks("X-B"),
        ]),
        private("E", "asked with another line", [asked(200, []).with("X-A: 1").asked_with("X-A: 2").asked_without("X-A")]),
        private("F", "whole after all", [asked(200, []).replies(Reply::Broken)]),
        private("G", "used after all", [asked(200, []).never(1)]),
        private("H", "another body", [asked(200, []).answering("a").body("b").holds("c")]),
        private("I", "no age", [asked(200, []).age(10)]),
        private("J", "cut", [asked(200, []).framing(Framing::CutShort)]),
    ];
    let (played, differences) = play_all("differing", &differing).await;
    assert_eq!((played, differences.len()), (10, 10), "{differences:#?}");
    for (difference, parts) in differences.iter().zip([
        ["A | asked all the same | private cache, step 2: ", "the origin was asked"],
        ["B | not asked | private cache, step 2: ", "the origin was not asked"],
        ["C | no condition | private cache, step 2: ", "without a condition"],
        ["D | ", "status 200 instead of 201; the X-A is Some(\"1\") instead of \"2\"; X-B: 2 must not be there"],
        ["E | ", "the request's X-A is Some(\"1\") instead of \"2\"; the origin got X-A: 1"],
        ["F | ", "200 looks whole"],
        ["G | ", "answer 1 was used"],
        ["H | ", "Whole body \"a\" instead of \"b\"; no \"c\" in \"a\""],
        ["I | ", "Age is None instead of 10 or a little more"],
        ["J | ", "step 1: "],
    ]) {
        assert!(parts.iter().all(|part| difference.contains(part)), "{difference}");
    }
}
