//! `Cache-Control`, taken apart (RFC 9111 §5.2).

use std::time::Duration;

use http::header::{CACHE_CONTROL, HeaderMap};

/// The directives of a message, in order, names in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Directives(Vec<(String, Option<String>)>);

/// "If a cache receives a delta-seconds value greater than the greatest integer it can
/// represent, … the cache MUST consider the value to be 2147483648" (RFC 9111 §1.2.2).
const MOST_SECONDS: u64 = 1 << 31;

impl Directives {
    /// Those of a message. A name inside a quoted argument is no directive.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(CACHE_CONTROL).iter();
        let texts = lines.map(|line| String::from_utf8_lossy(line.as_bytes()).into_owned());
        Self(texts.flat_map(|text| parts(&text).map(parsed).collect::<Vec<_>>()).collect())
    }

    /// Whether a directive is present, with or without an argument.
    ///
    /// "directives are identified by a token, to be compared case-insensitively, and have
    /// an optional argument" (§5.2).
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known.trim_end() == name)
    }

    /// The argument of a directive in seconds; one that is malformed is nought.
    ///
    /// "When there is more than one value present for a given directive … either the first
    /// occurrence should be used or the response should be considered stale. … Caches are
    /// encouraged to consider responses that have invalid freshness information … to be
    /// stale." (§4.2.1)
    pub(crate) fn seconds(&self, name: &str) -> Option<Duration> {
        let (_, argument) = self.0.iter().find(|(known, _)| known == name)?;
        let digits = argument.as_deref().unwrap_or_default();
        Some(delta_seconds(digits).unwrap_or(Duration::ZERO))
    }

    /// Like [`Directives::seconds`] for a directive whose argument may be missing, which
    /// then is `otherwise`.
    pub(crate) fn seconds_or(&self, name: &str, otherwise: Duration) -> Option<Duration> {
        match self.0.iter().find(|(known, _)| known == name)? {
            (_, None) => Some(otherwise),
            (_, Some(_)) => self.seconds(name),
        }
    }
}

/// "delta-seconds = 1*DIGIT" (§1.2.2).
pub(super) fn delta_seconds(text: &str) -> Option<Duration> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(Duration::from_secs(text.parse().unwrap_or(MOST_SECONDS).min(MOST_SECONDS)))
}

/// The members of the list; a comma inside quotes separates nothing, and a quote after a
/// backslash ends nothing (RFC 9110 §5.6.4).
fn parts(line: &str) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    line.split(move |c: char| {
        if c == '"' && !is_escaped {
            is_quoted = !is_quoted;
        }
        is_escaped = is_quoted && c == '\\' && !is_escaped;
        c == ',' && !is_quoted
    })
}

/// Name and argument. "recipients ought to accept both forms" of an argument, the token and
/// the quoted string (§5.2).
fn parsed(part: &str) -> (String, Option<String>) {
    let (name, argument) = match part.trim().split_once('=') {
        Some((name, argument)) => (name, Some(argument)),
        None => (part.trim(), None),
    };
    let unquoted = |text: &str| match text.strip_prefix('"').and_then(|text| text.strip_suffix('"'))
    {
        Some(inner) => inner.to_owned(),
        None => text.to_owned(),
    };
    (name.to_ascii_lowercase(), argument.map(unquoted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    fn directives(lines: &[&'static str]) -> Directives {
        let lines = lines.iter().map(|line| (CACHE_CONTROL, HeaderValue::from_static(line)));
        let mut headers = HeaderMap::new();
        lines.for_each(|(name, line)| {
            headers.append(name, line);
        });
        Directives::of(&headers)
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn seconds_are_read_or_nought() {
        let check = |line: &'static str, expected: Option<u64>| {
            assert_eq!(directives(&[line]).seconds("max-age"), expected.map(Duration::from_secs), "{line}");
        };
        check("max-age=100",                Some(100));
        check("MAX-AGE=100, public",        Some(100));
        check("max-age=\"100\"",            Some(100));
        check("max-age=0100",               Some(100));
        check("max-age=99999999999999999999", Some(MOST_SECONDS));
        check("max-age=100, max-age=1",     Some(100));
        check("max-age=1.5",                Some(0));
        check("max-age=-1",                 Some(0));
        check("max-age=a",                  Some(0));
        check("max-age",                    Some(0));
        check("max-age=",                   Some(0));
        check("max-age = 100",              None);
        check("x=\", max-age=100\"",        None);
        check("public",                     None);
    }

    #[test]
    fn several_lines_are_one_list() {
        let directives = directives(&["public", "no-cache=\"set-cookie, x\", max-age=3"]);
        assert!(directives.has("public") && directives.has("no-cache"));
        assert!(!directives.has("x"));
        assert_eq!(directives.seconds("max-age"), Some(Duration::from_secs(3)));
    }

    proptest! {
        #[test]
        fn any_cache_control_is_taken_as_it_comes(
            bytes in proptest::collection::vec(any::<u8>(), 0..40),
        ) {
            let Ok(value) = HeaderValue::from_bytes(&bytes) else { return Ok(()) };
            let directives = Directives::of(&HeaderMap::from_iter([(CACHE_CONTROL, value)]));
            let _ = (directives.has("no-store"), directives.seconds("max-age"));
        }

        #[test]
        fn a_directive_is_found_among_any_others(
            before in proptest::collection::vec("[a-z-]{1,9}(=([0-9]{1,5}|\"[a-z, =]{0,9}\"))?", 0..4),
            after in "(, ?[a-z-]{1,9})?",
            directive in "(no-store|No-Store|NO-STORE)( ?= ?\"x\")?",
        ) {
            let line = before.iter().fold(String::new(), |line, part| line + part + ", ");
            let value = format!("{line}{directive}{after}").parse().expect("a header value");
            prop_assert!(Directives::of(&HeaderMap::from_iter([(CACHE_CONTROL, value)])).has("no-store"));
        }
    }
}
