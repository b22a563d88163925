//! What a profile says about what the site tells by itself, and what makes it valid.

use std::time::Duration;

use http::HeaderName;
use url::Url;

use super::problem::unknown;
use super::reader::{Found, Table};
use super::site::{checked_path, read_path};
use crate::notice::{NoticeKind, OnFailure};

/// How long a stream may say nothing if the profile does not say.
const DEFAULT_KEEP_ALIVE: Duration = Duration::from_secs(120);
/// What a site sends to keep a connection alive is further apart than this.
const SHORTEST_KEEP_ALIVE: Duration = Duration::from_secs(1);

/// What the site tells by itself.
#[derive(Debug, Clone, Default)]
pub struct Push {
    /// Where it is read.
    pub streams: Vec<PushStream>,
    /// What messages mean that are not in Holdfast's own form; the first that fits.
    pub messages: Vec<PushMessage>,
    /// What the person can do without.
    pub kinds: Vec<NoticeKind>,
    /// What becomes of a notice whose pages cannot be fetched.
    pub on_failure: OnFailure,
}

/// A stream of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushStream {
    /// The path and query on the site.
    pub path: String,
    /// What of a hub is wanted, each as a parameter `topic`.
    pub topics: Vec<String>,
    /// Where the token comes from that opens it, if cookies do not.
    pub token: Option<PushToken>,
    /// How long it may say nothing.
    pub keep_alive: Duration,
}

/// Where the token comes from that is sent as `Authorization: Bearer`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushToken {
    /// The value of the cookie with this name.
    Cookie(String),
    /// What the site answers at this path, each time that the stream is opened.
    Path(String),
}

/// What a message means, its texts with `{name}` for what it has under that name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushMessage {
    /// The type of the events; all if there is none.
    pub event: Option<String>,
    /// The name of the kind.
    pub kind: String,
    /// The paths of the pages that have changed.
    pub refresh: Vec<String>,
    /// What the person is told; nothing without it.
    pub title: Option<String>,
    /// What else is said.
    pub body: Option<String>,
    /// The path of the page that it is about.
    pub open: Option<String>,
    /// One with the same tag takes its place.
    pub tag: Option<String>,
}

impl PushStream {
    /// Where it is on a site.
    pub(crate) fn address(&self, site: &Url) -> Option<Url> {
        let mut url = site.join(&self.path).ok()?;
        if !self.topics.is_empty() {
            let topics = self.topics.iter().map(|topic| ("topic", topic));
            url.query_pairs_mut().extend_pairs(topics);
        }
        Some(url)
    }
}

/// Reads `[push]`.
pub(super) fn read_push(table: &Table<'_, '_>, origin: Option<&Url>) -> Push {
    let expected = "the path of a stream, or `[[push.stream]]` tables with a `path` each";
    let is_several = table.get("stream").is_some_and(|found| found.value.is_array());
    let streams = if is_several {
        let several = table.tables("stream");
        several.iter().filter_map(|stream| read_stream(stream, "path", origin)).collect()
    } else {
        if table.get("stream").is_none() {
            table.report_missing("stream", expected);
        }
        read_stream_keys(table, "stream", origin).into_iter().collect()
    };
    let on_failure = table.parsed("on-failure", "\"tell\" or \"wait\"", |text| match text {
        "tell" => Ok(OnFailure::Tell),
        "wait" => Ok(OnFailure::Wait),
        _ => Err(unknown("way", text, ["tell", "wait"])),
    });
    let kinds = table.names("kinds", "what the person calls each kind: `poll = \"New polls\"`");
    let kinds: Vec<NoticeKind> =
        kinds.into_iter().map(|(name, label)| NoticeKind { name, label }).collect();
    let messages = table.tables("message");
    let messages = messages.iter().map(|message| read_message(message, &kinds)).collect();
    table.finish();
    Push { streams, messages, kinds, on_failure: on_failure.unwrap_or_default() }
}

fn read_stream(
    table: &Table<'_, '_>,
    key: &'static str,
    origin: Option<&Url>,
) -> Option<PushStream> {
    if table.get(key).is_none() {
        table.report_missing(key, "the path of a stream on the site");
    }
    let stream = read_stream_keys(table, key, origin);
    table.finish();
    stream
}

fn read_stream_keys(
    table: &Table<'_, '_>,
    key: &'static str,
    origin: Option<&Url>,
) -> Option<PushStream> {
    let path = read_path(table, key, origin);
    let topics = table.texts("topics", "a list of topics of a hub");
    let token = table.table("token").and_then(|token| read_token(&token, origin));
    let keep_alive = table.duration("keep-alive");
    if let (Some(keep_alive), Some(found)) = (keep_alive, table.get("keep-alive"))
        && keep_alive < SHORTEST_KEEP_ALIVE
    {
        table.report(&found, format!("{keep_alive:?} is too short"), "at least \"1s\"");
    }
    Some(PushStream {
        path: path?,
        topics: topics.into_iter().map(|(topic, _)| topic).collect(),
        token,
        keep_alive: keep_alive.unwrap_or(DEFAULT_KEEP_ALIVE),
    })
}

fn read_token(table: &Table<'_, '_>, origin: Option<&Url>) -> Option<PushToken> {
    let cookie = table.parsed("cookie", "the name of a cookie", |name| {
        // "cookie-name = token" (RFC 6265 §4.1.1), which is what a header name is as well.
        match name.parse::<HeaderName>() {
            Ok(_) => Ok(name.to_owned()),
            Err(_) => Err(format!("`{name}` is not the name of a cookie")),
        }
    });
    let path = read_path(table, "path", origin);
    if table.get("cookie").is_some() == table.get("path").is_some() {
        table
            .report_missing("cookie", "either `cookie`, or the `path` that answers with the token");
    }
    table.finish();
    cookie.map(PushToken::Cookie).or(path.map(PushToken::Path))
}

fn read_message(table: &Table<'_, '_>, kinds: &[NoticeKind]) -> PushMessage {
    let known = || kinds.iter().map(|kind| &*kind.name);
    let kind = table.parsed("kind", "one of `[push.kinds]`", |name| {
        if known().any(|known| known == name) {
            Ok(name.to_owned())
        } else {
            Err(unknown("kind", name, known()))
        }
    });
    let refresh = table.texts("refresh", "a list of paths with the message's fields");
    for (path, found) in &refresh {
        check_template(table, (path, found), checked_template_path);
    }
    let text = |key| {
        let text = table.text(key, "a text with the message's fields, such as \"{question}\"");
        if let (Some(text), Some(found)) = (&text, table.get(key)) {
            check_template(table, (text, &found), checked_template);
        }
        text
    };
    let (title, body, tag) = (text("title"), text("body"), text("tag"));
    let open = table.parsed("open", TEMPLATE_PATH, checked_template_path);
    let says_nothing = title.is_none() && table.get("title").is_none();
    for key in ["body", "tag", "open"] {
        if let (true, Some(found)) = (says_nothing, table.get(key)) {
            let message = "nobody is told without a `title`".to_owned();
            table.report(&found, message, "with `title`, what the person is told");
        }
    }
    let message = PushMessage {
        event: table.text("event", "the type of the events"),
        kind: kind.unwrap_or_default(),
        refresh: refresh.into_iter().map(|(path, _)| path).collect(),
        title,
        body,
        open,
        tag,
    };
    table.finish();
    message
}

const TEMPLATE_PATH: &str = "a path with the message's fields, such as \"/polls/{id}/\"";

fn check_template(
    table: &Table<'_, '_>,
    (text, found): (&str, &Found<'_, '_>),
    check: fn(&str) -> Result<String, String>,
) {
    if let Err(message) = check(text) {
        table.report(found, message, TEMPLATE_PATH);
    }
}

fn checked_template_path(text: &str) -> Result<String, String> {
    checked_path(text, None).and_then(|path| checked_template(&path))
}

/// Each field has a name between two braces.
fn checked_template(text: &str) -> Result<String, String> {
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (_, from) = rest.split_at(at);
        let field = from.strip_prefix('{').and_then(|field| field.split_once('}'));
        match field {
            Some((name, after)) if !name.trim().is_empty() && !name.contains('{') => rest = after,
            _ => return Err(format!("`{text}` has a brace that is no field's")),
        }
    }
    Ok(text.to_owned())
}
