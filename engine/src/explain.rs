//! What would happen to a request, and why: read from a profile and a data directory, without
//! a network and without changing anything.

use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::config::Site;
use crate::error::StoreError;
use crate::policy::{Partition, Usability, Visitor, age, usability};
use crate::request::Request;
use crate::route::{Route, Strategy, first_match};
use crate::store::{Kept, kept};

/// Says which route a request falls under and why not under the earlier ones, what is stored
/// for it, and what would be served online, offline and after the timeout.
///
/// `data` is the data directory of the app or of the gateway, which may be running.
///
/// # Errors
///
/// What cannot be read of the data directory.
pub fn explain(
    site: &Site,
    data: Option<&Path>,
    request: &Request,
    now: SystemTime,
) -> Result<String, StoreError> {
    let mut text =
        format!("{} {}, for a {}\n\n", request.method, request.url, request.destination.as_str());
    let Some((at, route)) = first_match(&site.routes, request) else { return Ok(text) };
    for earlier in site.routes.iter().take(at) {
        let reason = earlier.when.why_not(request).unwrap_or_default();
        line(&mut text, "route", &format!("{}: no, {reason}", earlier.name));
    }
    line(&mut text, "route", &format!("{}: yes, {}", route.name, in_words(&route.strategy)));
    let key = route.key(&request.url);
    line(&mut text, "key", &key);
    let rows = match data {
        Some(directory) => kept(directory, &key)?,
        None => Vec::new(),
    };
    for row in &rows {
        line(&mut text, "stored", &described(row, site, request, now));
    }
    if rows.is_empty() {
        let nothing = if data.is_some() { "nothing" } else { "unknown without --data" };
        line(&mut text, "stored", nothing);
    }
    let visitor = Visitor::of_request(request, site.session_cookie.as_deref());
    let own = Partition::Of(visitor);
    let answers = rows.iter().find(|row| {
        row.is_served() && row.variant.matches(&request.headers) && is_shown(row, &own)
    });
    text.push('\n');
    for (when, what) in outlook(route, request, answers, site, now) {
        line(&mut text, when, &what);
    }
    Ok(text)
}

fn line(text: &mut String, what: &str, said: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "{what:<13} {said}");
}

/// Whether what is stored in a row's partition may be shown to whom `own` is of.
fn is_shown(row: &Kept, own: &Partition) -> bool {
    let before = own.before();
    [Some(&Partition::Shared), Some(own), before.as_ref()]
        .into_iter()
        .flatten()
        .any(|partition| partition.to_string() == row.partition)
}

fn described(row: &Kept, site: &Site, request: &Request, now: SystemTime) -> String {
    let mut said = format!("{}, {} bytes", row.status.as_u16(), row.length);
    let mut add = |part: &str| {
        said.push_str(", ");
        said.push_str(part);
    };
    add(&format!("{} old", in_time(age(&row.headers, row.fetched_at, now))));
    add(match row.partition.as_str() {
        "shared" => "for everybody",
        "anonymous" => "for nobody signed in",
        partition if partition.starts_with("client-") => "for one client",
        _ => "for one session",
    });
    if row.is_installed {
        add(if row.is_served() { "installed" } else { "installed, not yet active" });
    }
    if !row.variant.as_str().is_empty() {
        add(&format!("for requests with {}", row.variant.as_str().replace('\n', ", ")));
    }
    add(match held(row, request, site, now) {
        Usability::AtOnce => "fresh by its headers",
        Usability::WhileRevalidating => "stale, and may be served while it is asked for anew",
        Usability::OnError => "stale, and may be served on an error",
        Usability::WhenUnreachable => "stale by its headers",
        Usability::Validated => "to be validated before each use by its headers",
    });
    said
}

fn held(row: &Kept, request: &Request, site: &Site, now: SystemTime) -> Usability {
    if row.is_invalid {
        return Usability::Validated;
    }
    usability(&request.headers, row.status, &row.headers, row.fetched_at, now, site.sharing)
}

/// What would be served, by how things stand with the network.
fn outlook(
    route: &Route,
    request: &Request,
    stored: Option<&Kept>,
    site: &Site,
    now: SystemTime,
) -> Vec<(&'static str, String)> {
    let site_s = || "the site's answer".to_owned();
    let and_stored = || "the stored one, and the site's is fetched for the next time".to_owned();
    let instead = stored.map_or_else(|| fallback(site, request), |_| "the stored one".to_owned());
    let stored_or = |otherwise: String| match stored {
        Some(_) => "the stored one".to_owned(),
        None => otherwise,
    };
    if !request.method.is_safe() {
        return vec![("online", site_s()), ("offline", "not sent, and said so".to_owned())];
    }
    match &route.strategy {
        Strategy::CacheOnly => vec![("always", instead)],
        Strategy::NetworkOnly => vec![("online", site_s()), ("offline", fallback(site, request))],
        Strategy::CacheFirst => vec![("online", stored_or(site_s())), ("offline", instead)],
        Strategy::NetworkFirst { timeout } => vec![
            ("online", site_s()),
            (
                "after timeout",
                match stored {
                    Some(_) => format!("the stored one, after {}", in_time(*timeout)),
                    None => "the site's answer, waited for".to_owned(),
                },
            ),
            ("offline", instead),
        ],
        Strategy::StaleWhileRevalidate
        | Strategy::CacheNetworkRace
        | Strategy::CacheThenNetwork { .. } => vec![
            ("online", if stored.is_some() { and_stored() } else { site_s() }),
            ("offline", instead),
        ],
        Strategy::Http => match stored.map(|row| held(row, request, site, now)) {
            Some(Usability::AtOnce) => vec![("always", "the stored one".to_owned())],
            Some(Usability::WhileRevalidating) => {
                vec![("online", and_stored()), ("offline", instead)]
            }
            Some(Usability::OnError | Usability::WhenUnreachable) => vec![
                (
                    "online",
                    "the stored one if the site says that it holds, else the site's".to_owned(),
                ),
                ("offline", instead),
            ],
            Some(Usability::Validated) => vec![
                (
                    "online",
                    "the stored one if the site says that it holds, else the site's".to_owned(),
                ),
                ("offline", fallback(site, request)),
            ],
            None => vec![("online", site_s()), ("offline", instead)],
        },
        Strategy::Template { template, data } => vec![
            ("always", format!("{template} with {data}, each by its own route")),
            ("else", "as network-first".to_owned()),
        ],
    }
}

/// What stands in where there is no answer.
fn fallback(site: &Site, request: &Request) -> String {
    use crate::request::Destination;
    let of_the_site = match request.destination {
        Destination::Document => site.fallback.document.as_deref(),
        Destination::Image => site.fallback.image.as_deref(),
        Destination::Font => site.fallback.font.as_deref(),
        Destination::Style | Destination::Script | Destination::Media | Destination::Data => None,
    };
    match (of_the_site, request.destination) {
        (Some(path), _) => format!("{path} in its place"),
        (None, Destination::Document) => "a page that waits".to_owned(),
        (
            None,
            Destination::Style
            | Destination::Script
            | Destination::Media
            | Destination::Data
            | Destination::Image
            | Destination::Font,
        ) => "504 with a problem report".to_owned(),
    }
}

fn in_words(strategy: &Strategy) -> String {
    match strategy {
        Strategy::NetworkFirst { timeout } => {
            format!("{}, timeout {}", strategy.name(), in_time(*timeout))
        }
        Strategy::CacheOnly
        | Strategy::CacheFirst
        | Strategy::NetworkOnly
        | Strategy::StaleWhileRevalidate
        | Strategy::CacheNetworkRace
        | Strategy::CacheThenNetwork { .. }
        | Strategy::Http
        | Strategy::Template { .. } => strategy.name().to_owned(),
    }
}

/// A duration in its two largest units.
fn in_time(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0, 0) => format!("{} ms", duration.as_millis()),
        (0, 0, 0, seconds) => format!("{seconds} s"),
        (0, 0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (0, hours, minutes, _) => format!("{hours} h {minutes} min"),
        (days, hours, _, _) => format!("{days} d {hours} h"),
    }
}
