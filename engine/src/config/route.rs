//! The routes of a profile, and what makes each valid.

use super::outbox::read_outbox;
use super::problem::unknown;
use super::reader::{Table, listed};
use super::save::read_save;
use super::site::SignInPages;
use crate::event::Update;
use crate::request::Destination;
use crate::route::{DEFAULT_TIMEOUT, Limits, Pattern, Route, Search, Strategy, When};

/// Reads one `[[route]]`; its name must be none of `earlier`.
pub(super) fn read_route(
    table: &Table<'_, '_>,
    earlier: &[Route],
    sign_in: &SignInPages,
) -> Option<Route> {
    let name = table.required("name", "a name of its own for the route", |name| {
        if name.trim().is_empty() {
            return Err("the name is empty".to_owned());
        }
        if earlier.iter().any(|route| route.name == name) {
            return Err(format!("there is a route `{name}` already"));
        }
        Ok(name.to_owned())
    });
    let when = table.required_table("when", "conditions such as `{ path = \"/static/*\" }`");
    let when = when.map(|when| read_when(&when));
    let strategy = read_strategy(table);
    let honours_no_store = !table.truth("ignore-no-store").unwrap_or(false);
    let search = match table.truth("ignore-search") {
        Some(true) => Search::Ignored,
        Some(false) | None => Search::Matters,
    };
    let limits = Limits {
        max_entries: table.count("max-entries"),
        max_age: table.duration("max-age"),
        max_bytes: table.size("max-bytes"),
        max_entry_bytes: table.size("max-entry-bytes"),
    };
    let outbox = table.table("outbox").map(|outbox| read_outbox(&outbox, sign_in));
    let save = read_save(table);
    table.finish();
    let (name, when, strategy) = (name?, when?, strategy?);
    Some(Route { name, when, strategy, honours_no_store, search, limits, outbox, save })
}

fn read_strategy(table: &Table<'_, '_>) -> Option<Strategy> {
    let timeout = table.duration("timeout");
    let update = table.parsed("update", "\"notice\" or \"patch\"", |text| match text {
        "notice" => Ok(Update::Notice),
        "patch" => Ok(Update::Patch),
        _ => Err(unknown("update", text, ["notice", "patch"])),
    });
    let read_part = |key| {
        table.parsed(key, "a path on the site, with the route's parameters", |text| {
            match text.starts_with('/') {
                true => Ok(text.to_owned()),
                false => Err(format!("`{text}` is not a path on the site")),
            }
        })
    };
    let (template, data) = (read_part("template"), read_part("data"));
    let expected = format!("one of {}", listed(&Strategy::NAMES));
    let strategy = table.required("strategy", &expected, |name| match name {
        "cache-only" => Ok(Strategy::CacheOnly),
        "cache-first" => Ok(Strategy::CacheFirst),
        "network-only" => Ok(Strategy::NetworkOnly),
        "network-first" => {
            Ok(Strategy::NetworkFirst { timeout: timeout.unwrap_or(DEFAULT_TIMEOUT) })
        }
        "stale-while-revalidate" => Ok(Strategy::StaleWhileRevalidate),
        "cache-network-race" => Ok(Strategy::CacheNetworkRace),
        "cache-then-network" => {
            Ok(Strategy::CacheThenNetwork { update: update.unwrap_or(Update::Notice) })
        }
        "http" => Ok(Strategy::Http),
        "template" => Ok(Strategy::Template {
            template: template.clone().unwrap_or_default(),
            data: data.clone().unwrap_or_default(),
        }),
        _ => Err(unknown("strategy", name, Strategy::NAMES)),
    })?;
    let has_timeout = matches!(strategy, Strategy::NetworkFirst { .. });
    let has_update = matches!(strategy, Strategy::CacheThenNetwork { .. });
    let is_template = matches!(strategy, Strategy::Template { .. });
    let belongs = [
        ("timeout", has_timeout, "`timeout` only with `network-first`"),
        ("update", has_update, "`update` only with `cache-then-network`"),
        ("template", is_template, "`template` only with `template`"),
        ("data", is_template, "`data` only with `template`"),
    ];
    for key in ["template", "data"] {
        if is_template && table.get(key).is_none() {
            table.report_missing(key, "the path of the template and that of its data");
        }
    }
    for (key, is_in_place, expected) in belongs {
        if let Some(found) = table.get(key)
            && !is_in_place
        {
            let message = format!("`{}` has no {key}", strategy.name());
            table.report(&found, message, expected);
        }
    }
    Some(strategy)
}

fn read_when(table: &Table<'_, '_>) -> When {
    let destinations = Destination::ALL.map(Destination::as_str);
    let when = When {
        path: read_pattern(table, "path"),
        method: table.parsed("method", "an HTTP method in capitals, such as \"POST\"", |text| {
            let is_method = !text.is_empty() && text.chars().all(|c| c.is_ascii_uppercase());
            let method = text.parse().ok().filter(|_| is_method);
            method.ok_or_else(|| format!("`{text}` is not a method"))
        }),
        destination: table.parsed(
            "destination",
            &format!("one of {}", listed(&destinations)),
            |text| {
                let known = Destination::ALL.into_iter().find(|known| known.as_str() == text);
                known.ok_or_else(|| unknown("destination", text, destinations))
            },
        ),
        header: table.parsed("header", "the name of a request header", |text| {
            text.parse().map_err(|_| format!("`{text}` is not a header name"))
        }),
    };
    table.finish();
    when
}

pub(super) fn read_pattern(table: &Table<'_, '_>, key: &'static str) -> Option<Pattern> {
    table.parsed(key, "a URLPattern path such as \"/polls/:id/\" or \"/static/*\"", |text| {
        Pattern::parse(text).map_err(|reason| format!("`{text}` is not a pattern: {reason}"))
    })
}
