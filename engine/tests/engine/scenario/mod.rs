//! What a scenario is made of: a scripted site, a real store, virtual time.
//!
//! A [`World`] is an engine with an [`Origin`] that does as it is told and a clock that
//! jumps to the next thing that happens. Whatever happens is a line of the [`Transcript`],
//! and the transcript is the expectation.
//!
//! ```text
//!      0 ms  origin <- GET /polls/
//!   3000 ms  page   <- /polls/ old, from the store: slow
//!  10000 ms  origin -> /polls/ new
//!  10000 ms  stored    /polls/ new
//! ```
//!
//! The connectivity monitor's probes are the only HEAD requests and are left out, unless
//! [`Origin::shows_probes`] is called: they belong to some stories and clutter the others.

mod origin;
mod transcript;
mod world;

use std::time::Duration;

pub(crate) use origin::{Answer, Origin};
pub(crate) use transcript::Transcript;
pub(crate) use world::{Answered, World};

/// A profile with a route for each strategy and nothing to install.
pub(crate) const POLLS: &str = r#"
[site]
name           = "Polls"
origin         = "http://127.0.0.1:8000"
start          = "/polls/"
scheme         = "polls"
session-cookie = "sessionid"

[[route]]
name     = "static"
when     = { path = "/static/*" }
strategy = "cache-first"

[[route]]
name     = "live"
when     = { path = "/live/*" }
strategy = "network-only"

[[route]]
name     = "pages"
when     = { destination = "document" }
strategy = "network-first"
timeout  = "3s"
"#;

/// A profile in which one strategy answers everything, with its settings.
pub(crate) fn everything_by(strategy: &str, settings: &str) -> String {
    let (site, _) = POLLS.split_once("[[route]]").unwrap();
    format!(
        "{site}[[route]]\nname = \"all\"\nwhen = {{ path = \"*\" }}\n\
         strategy = \"{strategy}\"\n{settings}\n"
    )
}

pub(crate) const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// A body as the transcript shows it: short text as it is, of others the length.
fn label(body: &[u8]) -> String {
    match std::str::from_utf8(body) {
        Ok(text) if text.len() <= 60 && !text.contains('\n') => text.to_owned(),
        Ok(text) => heading(text).unwrap_or_else(|| format!("{} bytes", body.len())),
        Err(_) => format!("{} bytes", body.len()),
    }
}

/// The heading of a page, or what a problem report says.
fn heading(text: &str) -> Option<String> {
    if let Some((_, rest)) = text.split_once("<h1>") {
        return rest.split_once("</h1>").map(|(heading, _)| heading.to_owned());
    }
    let problem: serde_json::Value = serde_json::from_str(text).ok()?;
    Some(problem.get("detail")?.as_str()?.to_owned())
}
