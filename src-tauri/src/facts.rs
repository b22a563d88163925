//! What a page is told about itself, in a tag at the start of its head.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::{Bytes, BytesMut};
use holdfast_engine::{Because, Connection, Provenance};
use http::StatusCode;
use serde::Serialize;
use url::Url;

use crate::shell::Shell;

/// Why the site cannot be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Cause {
    NoLink,
    NameNotFound,
    Unreachable,
    CaptivePortal,
    TlsRefused,
    ServerError,
}

impl From<holdfast_engine::Cause> for Cause {
    fn from(cause: holdfast_engine::Cause) -> Self {
        match cause {
            holdfast_engine::Cause::NoLink => Self::NoLink,
            holdfast_engine::Cause::NameNotFound => Self::NameNotFound,
            holdfast_engine::Cause::Unreachable => Self::Unreachable,
            holdfast_engine::Cause::CaptivePortal => Self::CaptivePortal,
            holdfast_engine::Cause::TlsRefused => Self::TlsRefused,
            holdfast_engine::Cause::ServerError => Self::ServerError,
        }
    }
}

/// Why the site cannot be reached, if that is known to be so: a suspicion is not yet offline.
pub(crate) fn cause_of(connection: Connection) -> Option<Cause> {
    match connection {
        Connection::Online | Connection::Slow | Connection::Suspect => None,
        Connection::Offline(cause) => Some(cause.into()),
    }
}

/// How the page came about. The page's script knows it as `PageFacts`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Facts {
    source: &'static str,
    stored_at_ms: Option<u64>,
    because: Option<&'static str>,
    online: bool,
    cause: Option<Cause>,
    cookies: String,
    visitor: String,
    language: String,
    can_save: bool,
}

impl Facts {
    /// The facts of a page at `url` on the site that came about like this, with this status.
    pub(crate) fn of(shell: &Shell, url: &Url, provenance: Provenance, status: StatusCode) -> Self {
        // What stands in for a page is not the page.
        let is_page = match provenance {
            Provenance::Network { .. } | Provenance::Store { .. } => status.is_success(),
            Provenance::Outbox | Provenance::Fallback { .. } => false,
        };
        let cause = cause_of(*shell.engine.connection().borrow());
        let (source, at, because): (_, _, Option<Because>) = match provenance {
            Provenance::Network { fetched_at } => ("network", Some(fetched_at), None),
            Provenance::Outbox => ("outbox", None, None),
            Provenance::Store { fetched_at, because } => ("store", Some(fetched_at), Some(because)),
            Provenance::Fallback { fetched_at, because } => ("fallback", fetched_at, Some(because)),
        };
        Self {
            source,
            stored_at_ms: at.map(unix_ms),
            because: because.map(Because::as_str),
            online: cause.is_none(),
            cause,
            cookies: shell.engine.script_cookies(url),
            visitor: shell.engine.visitor(url),
            language: shell.preferences.language(),
            can_save: is_page && shell.kiosk.is_none() && shell.engine.can_save(url),
        }
    }

    /// The same for a page that is shown without a network.
    #[cfg(not(phone))]
    pub(crate) fn offline(self) -> Self {
        Self { online: false, cause: None, can_save: false, ..self }
    }

    /// The same for the site's answer to a submission.
    pub(crate) fn of_answer(self) -> Self {
        let source = if self.source == "outbox" { "outbox" } else { "answer" };
        Self { source, can_save: false, ..self }
    }

    /// The page with its tag at `head_at`: the one copy of the body on its way to the webview.
    pub(crate) fn put_into(&self, page: &Bytes, head_at: usize) -> Vec<u8> {
        let tag = self.tag();
        let (before, after) = page.split_at(head_at.min(page.len()));
        let mut whole = BytesMut::with_capacity(page.len() + tag.len());
        whole.extend_from_slice(before);
        whole.extend_from_slice(tag.as_bytes());
        whole.extend_from_slice(after);
        whole.into()
    }

    /// ASCII only, so that it holds in every encoding a page may have, and without `<`,
    /// so that nothing in it ends the element.
    fn tag(&self) -> String {
        let json = serde_json::to_string(self).unwrap_or_default();
        let mut escaped = String::with_capacity(json.len());
        for character in json.chars() {
            if character == '<' || !character.is_ascii() {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    escaped.push_str(&format!("\\u{unit:04x}"));
                }
            } else {
                escaped.push(character);
            }
        }
        format!("<script type=\"application/json\" id=\"holdfast-page\">{escaped}</script>")
    }
}

fn unix_ms(time: SystemTime) -> u64 {
    let elapsed = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn nothing_in_a_cookie_ends_the_tag() {
        let facts = Facts {
            source: "store",
            stored_at_ms: Some(unix_ms(UNIX_EPOCH + Duration::from_millis(1500))),
            because: Some("offline"),
            online: false,
            cause: Some(Cause::NoLink),
            cookies: "a=</script>é😀".to_owned(),
            visitor: "anonymous".to_owned(),
            language: "de-DE".to_owned(),
            can_save: true,
        };
        let page = facts.put_into(&Bytes::from_static(b"<head>x"), 6);
        assert_eq!(
            String::from_utf8(page).unwrap(),
            "<head><script type=\"application/json\" id=\"holdfast-page\">{\"source\":\"store\",\
             \"storedAtMs\":1500,\"because\":\"offline\",\"online\":false,\"cause\":\"no-link\",\
             \"cookies\":\"a=\\u003c/script>\\u00e9\\ud83d\\ude00\",\"visitor\":\"anonymous\",\"language\":\"de-DE\",\
             \"canSave\":true}</script>x"
        );
    }

    #[test]
    fn the_pages_script_knows_the_same_facts() {
        let facts = Facts {
            source: "network",
            stored_at_ms: None,
            because: None,
            online: true,
            cause: None,
            cookies: String::new(),
            visitor: String::new(),
            language: "en".to_owned(),
            can_save: false,
        };
        let ours = serde_json::to_value(&facts).unwrap();
        let mut ours: Vec<&str> = ours.as_object().unwrap().keys().map(String::as_str).collect();
        let script = include_str!("../../ui/src/facts.ts");
        let interface = script.split("export interface PageFacts {").nth(1).unwrap();
        let fields = interface.lines().take_while(|line| *line != "}");
        let mut theirs: Vec<&str> = fields
            .filter_map(|line| line.trim().split_once(": ").map(|(name, _)| name))
            .filter(|name| name.chars().all(char::is_alphanumeric))
            .collect();
        ours.sort_unstable();
        theirs.sort_unstable();
        assert_eq!(ours, theirs);
    }
}
