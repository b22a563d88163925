//! What is seen while a page is shown from its copy alone: a pure account, and when it is over.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use http::Method;

/// A page that has asked for nothing for so long has all that it wanted.
const QUIET: Duration = Duration::from_millis(1500);
/// How long it may take: one that asks without an end, or does nothing at all, ends here.
const LIMIT: Duration = Duration::from_secs(20);
/// More than that nobody reads, and a page could ask for ever new things.
const MOST: usize = 200;
/// What webviews ask for by themselves.
const ICON: &str = "/favicon.ico";

/// What has been seen so far.
#[derive(Debug)]
pub(super) struct Look {
    /// The page, and where its copy leads: path and query.
    pages: Vec<String>,
    begun: Instant,
    asked: Instant,
    is_loaded: bool,
    /// It is not this page any more, or the window is gone.
    is_lost: bool,
    names_icon: bool,
    missing: BTreeSet<String>,
}

/// What there is to do with the window.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// To look again after so long, or when something has happened.
    Wait(Duration),
    /// It is over: these are missing.
    Seen(Vec<String>),
    /// It is over, and nobody knows what is missing.
    Unseen,
}

impl Look {
    /// Begins with the page at `page`, with its query.
    pub(super) fn begin(page: String, now: Instant) -> Self {
        Self {
            pages: vec![page],
            begun: now,
            asked: now,
            is_loaded: false,
            is_lost: false,
            names_icon: false,
            missing: BTreeSet::new(),
        }
    }

    /// Something was asked for.
    pub(super) fn asks(&mut self, now: Instant) {
        self.asked = now;
    }

    /// It was not there.
    pub(super) fn misses(&mut self, method: &Method, path: &str) {
        // Only what is fetched can be kept.
        if *method == Method::GET && self.missing.len() < MOST {
            self.missing.insert(path.to_owned());
        }
    }

    /// What the page consists of.
    pub(super) fn reads(&mut self, markup: &[u8]) {
        let name = ICON.as_bytes();
        self.names_icon |= markup.windows(name.len()).any(|window| window == name);
    }

    /// The copy of the page leads to another path.
    pub(super) fn leads_to(&mut self, path: &str) {
        self.pages.push(path.to_owned());
    }

    /// The window shows the page at `path`, with its query, from now on.
    pub(super) fn shows(&mut self, path: &str) {
        // Whoever was led elsewhere by a script has not seen all of this page.
        self.is_lost |= !self.pages.iter().any(|page| page == path);
    }

    /// All that the markup names has come, or not come.
    pub(super) fn loads(&mut self, now: Instant) {
        self.is_loaded = true;
        self.asked = now;
    }

    /// The window is gone.
    pub(super) fn goes(&mut self) {
        self.is_lost = true;
    }

    /// What there is to do.
    pub(super) fn verdict(&self, now: Instant) -> Verdict {
        if self.is_lost {
            return Verdict::Unseen;
        }
        let quiet = if self.is_loaded { left(self.asked + QUIET, now) } else { LIMIT };
        let limit = left(self.begun + LIMIT, now);
        match (quiet.min(limit).is_zero(), self.is_loaded) {
            (false, _) => Verdict::Wait(quiet.min(limit)),
            (true, true) => Verdict::Seen(self.missing()),
            // It hangs: what it would have asked for is not known.
            (true, false) => Verdict::Unseen,
        }
    }

    fn missing(&self) -> Vec<String> {
        let wanted = |path: &&String| self.names_icon || path.as_str() != ICON;
        self.missing.iter().filter(wanted).cloned().collect()
    }
}

fn left(until: Instant, now: Instant) -> Duration {
    until.saturating_duration_since(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEC: Duration = Duration::from_secs(1);

    fn look() -> (Look, Instant) {
        let now = Instant::now();
        (Look::begin("/polls/1/".to_owned(), now), now)
    }

    fn seen(paths: &[&str]) -> Verdict {
        Verdict::Seen(paths.iter().map(|path| (*path).to_owned()).collect())
    }

    #[test]
    fn it_is_over_when_the_page_is_loaded_and_quiet() {
        let (mut look, now) = look();
        look.asks(now);
        assert_eq!(look.verdict(now + 3 * SEC), Verdict::Wait(17 * SEC), "not loaded yet");
        look.loads(now + 3 * SEC);
        assert_eq!(look.verdict(now + 3 * SEC), Verdict::Wait(QUIET));
        look.asks(now + 4 * SEC);
        assert_eq!(look.verdict(now + 5 * SEC), Verdict::Wait(SEC / 2), "it asked meanwhile");
        assert_eq!(look.verdict(now + 4 * SEC + QUIET), seen(&[]));
    }

    #[test]
    fn a_page_that_never_rests_is_judged_by_what_it_has_missed() {
        let (mut look, now) = look();
        look.loads(now);
        look.misses(&Method::GET, "/news?after=1");
        look.asks(now + 19 * SEC);
        assert_eq!(look.verdict(now + 19 * SEC), Verdict::Wait(SEC));
        assert_eq!(look.verdict(now + LIMIT), seen(&["/news?after=1"]));
    }

    #[test]
    fn of_a_page_that_hangs_nobody_knows() {
        let (mut look, now) = look();
        look.misses(&Method::GET, "/a.png");
        assert_eq!(look.verdict(now + LIMIT), Verdict::Unseen);
    }

    #[test]
    fn of_a_page_that_leads_elsewhere_nobody_knows() {
        let (mut look, now) = look();
        look.shows("/polls/1/");
        look.loads(now);
        look.shows("/login/");
        assert_eq!(look.verdict(now + 2 * SEC), Verdict::Unseen);
        let (mut look, now) = self::look();
        look.goes();
        assert_eq!(look.verdict(now), Verdict::Unseen);
    }

    #[test]
    fn a_copy_that_leads_on_is_followed() {
        let (mut look, now) = look();
        look.leads_to("/polls/1/results/");
        look.shows("/polls/1/");
        look.shows("/polls/1/results/");
        look.loads(now);
        assert_eq!(look.verdict(now + QUIET), seen(&[]));
    }

    #[test]
    fn what_is_missing_is_what_could_be_kept_and_was_asked_for_by_the_page() {
        let missing = |markup: &[u8]| {
            let (mut look, now) = look();
            look.reads(markup);
            look.misses(&Method::GET, "/b.png");
            look.misses(&Method::GET, "/a.js?v=1");
            look.misses(&Method::GET, "/b.png");
            look.misses(&Method::POST, "/seen");
            look.misses(&Method::GET, "/favicon.ico");
            look.loads(now);
            look.verdict(now + QUIET)
        };
        assert_eq!(missing(b"<title>x</title>"), seen(&["/a.js?v=1", "/b.png"]));
        let named = b"<link rel=icon href=/favicon.ico>";
        assert_eq!(missing(named), seen(&["/a.js?v=1", "/b.png", "/favicon.ico"]));
    }

    #[test]
    fn a_page_that_asks_for_ever_new_things_fills_no_memory() {
        let (mut look, now) = look();
        for number in 0..10 * MOST {
            look.misses(&Method::GET, &format!("/{number}"));
        }
        look.loads(now);
        let Verdict::Seen(missing) = look.verdict(now + QUIET) else { panic!("it is over") };
        assert_eq!(missing.len(), MOST);
    }
}
