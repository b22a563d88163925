//! What an event of a stream asks for: in Holdfast's own form, or as the profile reads it.

use serde::Deserialize;
use serde_json::Value;
use url::{Position, Url, form_urlencoded};

use crate::config::{PushMessage, Site};
use crate::event_stream::StreamEvent;
use crate::notice::{Draft, Message};

/// A message names at most as many pages.
const MOST_PAGES: usize = 32;
/// Longer addresses are none that somebody asks for.
const LONGEST_ADDRESS: usize = 2048;
/// How many characters are told.
const LONGEST_TITLE: usize = 200;
const LONGEST_BODY: usize = 1000;
const LONGEST_NAME: usize = 200;

/// A message in Holdfast's own form.
#[derive(Deserialize)]
struct Own {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    refresh: Vec<String>,
    notify: Option<OwnNotice>,
}

#[derive(Deserialize)]
struct OwnNotice {
    #[serde(default)]
    title: String,
    body: Option<String>,
    open: Option<String>,
    tag: Option<String>,
}

/// What an event of a stream asks for.
///
/// # Errors
///
/// Why it asks for nothing.
pub(super) fn read(site: &Site, stream: &str, event: &StreamEvent) -> Result<Message, String> {
    let meant = site
        .push
        .messages
        .iter()
        .find(|meant| meant.event.as_ref().is_none_or(|name| *name == event.event));
    let known_by = event.id.as_deref().filter(|id| !id.is_empty());
    let known_by = known_by.map(|id| hashed(&["event", stream, id]));
    match meant {
        Some(meant) => mapped(site, meant, event, known_by),
        None => own(site, event, known_by),
    }
}

fn own(site: &Site, event: &StreamEvent, known_by: Option<String>) -> Result<Message, String> {
    let own: Own = serde_json::from_str(&event.data)
        .map_err(|error| format!("it is not in the form of a message: {error}"))?;
    let id = text_of(&own.id).filter(|id| !id.is_empty()).map(|id| hashed(&["message", &id]));
    let kind = shortened(&own.kind, LONGEST_NAME);
    let notice = own.notify.map(|notice| Draft {
        kind,
        title: told(&notice.title, LONGEST_TITLE).unwrap_or_else(|| site.name.clone()),
        body: notice.body.and_then(|body| told(&body, LONGEST_BODY)),
        open: notice.open.and_then(|open| opened(site, &open)),
        tag: notice.tag.and_then(|tag| told(&tag, LONGEST_NAME)),
    });
    let pages = pages(site, own.refresh.iter().map(String::as_str));
    Ok(Message { id: id.or(known_by), pages, notice })
}

fn mapped(
    site: &Site,
    meant: &PushMessage,
    event: &StreamEvent,
    known_by: Option<String>,
) -> Result<Message, String> {
    let fields = serde_json::from_str(&event.data).unwrap_or(Value::Null);
    let fill = |text: &String, written: Written| filled(text, (&fields, event), written);
    let title = match &meant.title {
        Some(title) => {
            let missing = || format!("it has not what `{title}` says");
            Some(fill(title, Written::AsText).ok_or_else(missing)?)
        }
        None => None,
    };
    let text = |text: &Option<String>| fill(text.as_ref()?, Written::AsText);
    let notice = title.map(|title| Draft {
        kind: meant.kind.clone(),
        title: told(&title, LONGEST_TITLE).unwrap_or_else(|| site.name.clone()),
        body: text(&meant.body).and_then(|body| told(&body, LONGEST_BODY)),
        open: meant.open.as_ref().and_then(|open| opened(site, &fill(open, Written::InPath)?)),
        tag: text(&meant.tag).and_then(|tag| told(&tag, LONGEST_NAME)),
    });
    let paths: Vec<String> =
        meant.refresh.iter().filter_map(|path| fill(path, Written::InPath)).collect();
    Ok(Message { id: known_by, pages: pages(site, paths.iter().map(String::as_str)), notice })
}

/// How a field is written where it stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Written {
    AsText,
    /// One step of a path; a template that is nothing but the field is a path as a whole.
    InPath,
}

/// A text of the profile with what the message has; `None` if it has not what is named.
fn filled(
    template: &str,
    (fields, event): (&Value, &StreamEvent),
    written: Written,
) -> Option<String> {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, from)) = rest.split_once('{') {
        let (name, after) = from.split_once('}')?;
        let value = field(name.trim(), fields, event)?;
        text.push_str(before);
        let is_whole = before.is_empty() && after.is_empty() && text.is_empty();
        match written {
            Written::InPath if !is_whole => text.push_str(&step(&value)?),
            Written::AsText | Written::InPath => text.push_str(&value),
        }
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

/// What a message has under a name: `question`, `poll.id`, or `data`, the whole of it.
fn field(name: &str, fields: &Value, event: &StreamEvent) -> Option<String> {
    let found = name.split('.').try_fold(fields, |value, part| value.get(part));
    found.and_then(text_of).or_else(|| match name {
        "data" => Some(event.data.clone()),
        "event" => Some(event.event.clone()),
        "event-id" => event.id.clone(),
        _ => None,
    })
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A value as one step of a path, which leads neither up nor on.
fn step(value: &str) -> Option<String> {
    if value.is_empty() || value == "." || value == ".." {
        return None;
    }
    let encoded: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
    Some(encoded.replace('+', "%20"))
}

/// The addresses that are on the site, each once.
fn pages<'p>(site: &Site, paths: impl Iterator<Item = &'p str>) -> Vec<String> {
    let mut pages: Vec<String> = Vec::new();
    for path in paths {
        let Some(url) = on_site(site, path) else {
            tracing::warn!(
                path = shortened(path, LONGEST_NAME),
                "a message names what is not on the site"
            );
            continue;
        };
        let page = url.to_string();
        if pages.contains(&page) {
            continue;
        }
        if pages.len() == MOST_PAGES {
            tracing::warn!("a message names too many pages");
            break;
        }
        pages.push(page);
    }
    pages
}

fn opened(site: &Site, path: &str) -> Option<String> {
    let url = on_site(site, path);
    if url.is_none() {
        tracing::warn!(path = shortened(path, LONGEST_NAME), "a notice leads out of the site");
    }
    url.map(|url| url[Position::BeforePath..].to_owned())
}

fn on_site(site: &Site, path: &str) -> Option<Url> {
    let mut url = site.address(path).ok().filter(|_| path.len() <= LONGEST_ADDRESS)?;
    url.set_fragment(None);
    let is_plain = url.username().is_empty() && url.password().is_none();
    (is_plain && site.holds(&url)).then_some(url)
}

/// A text as it is told: in one piece, and no longer than somebody reads.
fn told(text: &str, longest: usize) -> Option<String> {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    let text = shortened(&words.join(" "), longest);
    (!text.is_empty()).then_some(text)
}

fn shortened(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest.saturating_sub(1)).chain(['…']).collect()
}

/// What a message is known by, in few bytes however long it is.
fn hashed(parts: &[&str]) -> String {
    let hash = blake3::hash(parts.join("\0").as_bytes());
    hash.to_hex().as_str().chars().take(32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILE: &str = "[site]\nname = \"Polls\"\norigin = \"http://127.0.0.1:8000\"\n\
        [push]\nstream = \"/s/\"\n";
    const MAPPED: &str = "[[push.message]]\nevent = \"poll\"\nrefresh = [\"/polls/\", \"/polls/{id}/\", \"{more.path}\"]\n\
        title = \"New: {question}\"\nopen = \"/polls/{id}/\"\ntag = \"poll-{id}\"\n";

    fn event(name: &str, id: Option<&str>, data: &str) -> StreamEvent {
        let id = id.map(str::to_owned);
        StreamEvent { id, event: name.to_owned(), data: data.to_owned() }
    }

    /// The message in short: its pages, and what is told.
    #[track_caller]
    fn check(profile: &str, event: &StreamEvent, expected: &str) {
        let site = Site::read("site.toml", &format!("{PROFILE}{profile}")).unwrap();
        let said = match read(&site, "/s/", event) {
            Err(reason) => format!("no: {reason}"),
            Ok(Message { pages, notice, .. }) => {
                let pages: Vec<_> =
                    pages.iter().map(|page| page.replace("http://127.0.0.1:8000", "")).collect();
                let notice = notice.map(|Draft { kind, title, body, open, tag }| {
                    let or = |text: Option<String>| text.unwrap_or_default();
                    format!("{kind}|{title}|{}|{}|{}", or(body), or(open), or(tag))
                });
                format!("{} {}", pages.join(","), notice.unwrap_or_default())
            }
        };
        assert_eq!(said.trim(), expected);
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn a_message_says_what_is_fetched_and_told() {
        let own = |data| event("message", None, data);
        check("", &own(r#"{"kind":"poll","refresh":["/polls/"],"notify":{"title":"New","body":"What?","open":"/polls/1/","tag":"p"}}"#),
              "/polls/ poll|New|What?|/polls/1/|p");
        check("", &own(r#"{"refresh":["/a/","/a/","http://127.0.0.1:8000/b?c#d"]}"#), "/a/,/b?c");
        check("", &own(r#"{"refresh":["https://elsewhere.example/","//elsewhere.example/","javascript:1","http://u@127.0.0.1:8000/"]}"#), "");
        check("", &own(r#"{"notify":{"title":"  a\n\u0007 b ","open":"https://elsewhere.example/"}}"#), "|a b|||");
        check("", &own(r#"{"notify":{}}"#), "|Polls|||");
        check("", &own(r#"{}"#), "");
        check("", &own("ping"), "no: it is not in the form of a message: expected value at line 1 column 1");

        let poll = |data| event("poll", Some("7"), data);
        check(MAPPED, &poll(r#"{"id":3,"question":"Why?","more":{"path":"/x/"}}"#), "/polls/,/polls/3/,/x/ |New: Why?||/polls/3/|poll-3");
        check(MAPPED, &poll(r#"{"id":"a b/../c","question":"Why?"}"#), "/polls/,/polls/a%20b%2F..%2Fc/ |New: Why?||/polls/a%20b%2F..%2Fc/|poll-a b/../c");
        check(MAPPED, &poll(r#"{"id":"..","question":"Why?"}"#), "/polls/ |New: Why?|||poll-..");
        check(MAPPED, &poll(r#"{"id":3}"#), "no: it has not what `New: {question}` says");
        check(MAPPED, &event("other", None, r#"{"refresh":["/b/"]}"#), "/b/");
        check("[[push.message]]\ntitle = \"{data}\"\nbody = \"{event} {event-id}\"\n", &poll("plain"), "|plain|poll 7||");
    }

    #[test]
    fn a_message_is_known_by_its_own_id_or_by_the_events() {
        let site = Site::read("site.toml", PROFILE).unwrap();
        let id = |stream: &str, id: Option<&str>, data: &str| {
            read(&site, stream, &event("message", id, data)).unwrap().id
        };
        assert_eq!(id("/s/", None, "{}"), None);
        assert_eq!(id("/s/", Some(""), "{}"), None);
        assert_eq!(id("/s/", Some("1"), r#"{"id":5}"#), id("/t/", Some("2"), r#"{"id":"5"}"#));
        assert_ne!(id("/s/", Some("1"), "{}"), id("/t/", Some("1"), "{}"));
        assert_ne!(id("/s/", Some("1"), "{}"), id("/s/", Some("1"), r#"{"id":1}"#));
    }

    #[test]
    fn what_is_told_is_bounded() {
        let site = Site::read("site.toml", PROFILE).unwrap();
        let many: Vec<String> = (0..100).map(|n| format!("\"/{n}/\"")).collect();
        let data = format!(
            r#"{{"refresh":[{}],"notify":{{"title":"{}"}}}}"#,
            many.join(","),
            "ä".repeat(1000)
        );
        let message = read(&site, "/s/", &event("message", None, &data)).unwrap();
        assert_eq!(message.pages.len(), MOST_PAGES);
        assert_eq!(message.notice.unwrap().title.chars().count(), LONGEST_TITLE);
    }
}
