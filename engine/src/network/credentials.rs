//! HTTP authentication (RFC 9110 §11, RFC 7617) of the app's person.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::HeaderValue;
use http::header::{HeaderMap, WWW_AUTHENTICATE};
use url::Url;

/// What the person has signed in with, for as long as the program runs.
#[derive(Debug, Default)]
pub(super) struct Credentials {
    /// By the folder that each is for.
    known: Vec<(String, HeaderValue)>,
}

impl Credentials {
    /// Keeps a name and a password for where they were asked for.
    pub(super) fn put(&mut self, asked_at: &Url, name: &str, password: &str) {
        let text = BASE64_STANDARD.encode(format!("{name}:{password}"));
        let Ok(mut value) = HeaderValue::try_from(format!("Basic {text}")) else { return };
        value.set_sensitive(true);
        let folder = folder(asked_at).to_owned();
        self.known.retain(|(other, _)| *other != folder);
        self.known.push((folder, value));
    }

    /// What is sent along to an address: of several folders that it is in, the innermost counts.
    pub(super) fn for_url(&self, url: &Url) -> Option<HeaderValue> {
        let within = self.known.iter().filter(|(folder, _)| url.path().starts_with(folder));
        within.max_by_key(|(folder, _)| folder.len()).map(|(_, value)| value.clone())
    }
}

/// "all paths at or deeper than the depth of the last symbolic element in the path field of the
/// Request-URI also are within the protection space" (RFC 7617 §2.2)
fn folder(url: &Url) -> &str {
    let path = url.path();
    let end = path.rfind('/').map_or(path.len(), |at| at + 1);
    path.get(..end).unwrap_or(path)
}

/// What a site calls that for which it wants a name and a password, if an answer asks for them in
/// the way that is understood here.
pub fn realm_asked_for(headers: &HeaderMap) -> Option<String> {
    let lines = headers.get_all(WWW_AUTHENTICATE).iter();
    lines.filter_map(|line| line.to_str().ok()).find_map(basic_realm)
}

/// Of one line, which may have several challenges.
fn basic_realm(line: &str) -> Option<String> {
    const SCHEME: &str = "basic";
    // The same length, so that a place in one is a place in the other.
    let lower = line.to_ascii_lowercase();
    let starts = lower.match_indices(SCHEME).map(|(at, _)| at);
    let is_scheme = |at: &usize| {
        let (before, after) = (lower.get(..*at), lower.get(at + SCHEME.len()..));
        let begins = before.is_some_and(|text| {
            let text = text.trim_end();
            // Not within a quoted name.
            text.is_empty() || text.ends_with(',') && text.matches('"').count() % 2 == 0
        });
        begins && after.is_some_and(|text| text.is_empty() || text.starts_with([' ', ',']))
    };
    let at = starts.into_iter().find(is_scheme)?;
    let rest = line.get(at + SCHEME.len()..)?;
    let named = rest.to_ascii_lowercase().find("realm=").and_then(|at| rest.get(at + 6..));
    Some(named.map(quoted).unwrap_or_default())
}

/// A quoted string or a token at the start of a text.
fn quoted(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"') else {
        return text.split([',', ' ']).next().unwrap_or_default().to_owned();
    };
    let mut value = String::new();
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => value.extend(letters.next()),
            other => value.push(other),
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_a_password_go_where_they_were_asked_for_and_deeper() {
        let url = |path: &str| Url::parse(&format!("http://127.0.0.1:8000{path}")).unwrap();
        let mut known = Credentials::default();
        known.put(&url("/wiki/login?next=/"), "Aladdin", "open sesame");
        let sent =
            |path: &str| known.for_url(&url(path)).map(|value| value.to_str().unwrap().to_owned());
        // The example of RFC 7617 §2.
        assert_eq!(sent("/wiki/a/b").as_deref(), Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
        assert_eq!(sent("/wiki/").as_deref(), Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
        assert_eq!(sent("/wiki"), None);
        assert_eq!(sent("/"), None);
        known.put(&url("/wiki/inner/"), "a", "b");
        known.put(&url("/wiki/inner/"), "a", "c");
        let sent = |path: &str| known.for_url(&url(path)).unwrap();
        assert_eq!(sent("/wiki/inner/page"), "Basic YTpj");
        assert!(sent("/wiki/page").is_sensitive());
    }

    #[test]
    fn what_is_asked_for_is_found_among_other_ways() {
        let check = |line: &'static str, expected: Option<&str>| {
            let headers =
                HeaderMap::from_iter([(WWW_AUTHENTICATE, HeaderValue::from_static(line))]);
            assert_eq!(realm_asked_for(&headers).as_deref(), expected, "{line}");
        };
        check("Basic realm=\"The \\\"wiki\\\"\", charset=\"UTF-8\"", Some("The \"wiki\""));
        check("basic realm=wiki", Some("wiki"));
        check("BASIC Realm=\"x\"", Some("x"));
        check("Basic", Some(""));
        check("Digest realm=\"a, basic b\", nonce=\"x\", Basic realm=\"c\"", Some("c"));
        check("Digest realm=\"a, basic\", nonce=\"x\"", None);
        check("Negotiate", None);
        check("Basically realm=\"x\"", None);
        check("", None);
    }
}
