//! Whether a client needs a stored response that it may have already (RFC 9110 §13).

use std::time::SystemTime;

use http::Method;
use http::header::{
    AGE, CACHE_CONTROL, CONTENT_LOCATION, DATE, ETAG, EXPIRES, HeaderMap, HeaderName, IF_MATCH,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE, LAST_MODIFIED, VARY,
};

use crate::response::CACHE_STATUS;

/// What a request's conditions come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Precondition {
    /// The response is to be served.
    Holds,
    /// The client has it already: 304.
    NotModified,
    /// The client wants another one or none: 412.
    Failed,
}

/// Evaluates the conditions of a request against the stored response that answers it, which
/// arrived at `fetched_at`.
///
/// `If-Match` and `If-Unmodified-Since` are the origin's to evaluate (RFC 9111 §4.3.2): who
/// asks about a request with either of them answers in the origin's place.
pub(crate) fn precondition(
    method: &Method,
    request: &HeaderMap,
    stored: &HeaderMap,
    fetched_at: SystemTime,
) -> Precondition {
    // "a server MUST ignore the conditional request header fields […] when received with a
    //  request method that does not involve the selection or modification of a selected
    //  representation, such as CONNECT, OPTIONS, or TRACE" (RFC 9110 §13.2.1)
    if [Method::CONNECT, Method::OPTIONS, Method::TRACE].contains(method) {
        return Precondition::Holds;
    }
    // "When […] If-Match is present, evaluate the If-Match precondition: […] if false,
    //  respond 412 (Precondition Failed)" (§13.2.2, step 1)
    if request.contains_key(IF_MATCH) {
        if !names(request, &IF_MATCH, stored, |tag, current| tag.matches_strongly(current)) {
            return Precondition::Failed;
        }
    // "When […] If-Match is not present, and If-Unmodified-Since is present, evaluate the
    //  If-Unmodified-Since precondition" (step 2)
    } else if is_modified_since(request, stored) {
        return Precondition::Failed;
    }
    let is_read = [Method::GET, Method::HEAD].contains(method);
    // "When If-None-Match is present, evaluate the If-None-Match precondition: […] if false
    //  for GET/HEAD, respond 304 (Not Modified); if false for other methods, respond 412"
    //  (step 3)
    if request.contains_key(IF_NONE_MATCH) {
        return match names(request, &IF_NONE_MATCH, stored, |tag, current| {
            tag.matches_weakly(current)
        }) {
            false => Precondition::Holds,
            true if is_read => Precondition::NotModified,
            true => Precondition::Failed,
        };
    }
    // "When the method is GET or HEAD, If-None-Match is not present, and If-Modified-Since
    //  is present, evaluate the If-Modified-Since precondition: […] if false, respond 304"
    //  (step 4)
    if is_read && is_unmodified_since(request, stored, fetched_at) {
        return Precondition::NotModified;
    }
    Precondition::Holds
}

/// The headers of a 304 about a stored response.
///
/// "The server generating a 304 response MUST generate any of the following header fields
/// that would have been sent in a 200 (OK) response to the same request" (RFC 9110
/// §15.4.5); beside them go those that say how it came about, and `Last-Modified`, which
/// guides who has no entity tag.
pub(crate) fn not_modified_headers(stored: &HeaderMap) -> HeaderMap {
    let sent = [
        CONTENT_LOCATION,
        DATE,
        ETAG,
        VARY,
        CACHE_CONTROL,
        EXPIRES,
        AGE,
        LAST_MODIFIED,
        CACHE_STATUS,
    ];
    let lines = sent.into_iter().flat_map(|name| {
        let values = stored.get_all(&name).iter();
        values.map(|value| (name.clone(), value.clone())).collect::<Vec<_>>()
    });
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(name, value);
    }
    headers
}

/// Whether a list of entity tags names the stored response: by `*`, or by a tag that
/// compares as `compares` does.
///
/// What is no entity tag names nothing: `If-Match` fails then, and `If-None-Match` holds,
/// so that a client gets what it may not have.
fn names(
    request: &HeaderMap,
    condition: &HeaderName,
    stored: &HeaderMap,
    compares: fn(EntityTag<'_>, EntityTag<'_>) -> bool,
) -> bool {
    // "If the field value is "*", the condition is […] if the origin server has a current
    //  representation for the target resource" (RFC 9110 §13.1.1, §13.1.2)
    if only(request, condition) == Some(b"*") {
        return true;
    }
    let Some(current) = only(stored, &ETAG).and_then(EntityTag::read) else { return false };
    let lines = request.get_all(condition).iter();
    lines.flat_map(|line| entity_tags(line.as_bytes())).any(|tag| compares(tag, current))
}

/// Whether `If-Unmodified-Since` is false.
fn is_modified_since(request: &HeaderMap, stored: &HeaderMap) -> bool {
    // "A recipient MUST ignore the If-Unmodified-Since header field if the received field
    //  value is not a valid HTTP-date" or "if the resource does not have a modification date
    //  available" (RFC 9110 §13.1.4)
    let Some(since) = date(request, &IF_UNMODIFIED_SINCE) else { return false };
    // "If the selected representation's last modification date is earlier than or equal to
    //  the date provided in the field value, the condition is true."
    date(stored, &LAST_MODIFIED).is_some_and(|modified| modified > since)
}

/// Whether `If-Modified-Since` is false.
fn is_unmodified_since(request: &HeaderMap, stored: &HeaderMap, fetched_at: SystemTime) -> bool {
    // "A recipient MUST ignore the If-Modified-Since header field if the received field
    //  value is not a valid HTTP-date, the field value has more than one member"
    //  (RFC 9110 §13.1.3)
    let Some(since) = date(request, &IF_MODIFIED_SINCE) else { return false };
    // "if […] the Last-Modified header field is not present in a stored response, a cache
    //  SHOULD use the stored response's Date field value (or, if no Date field is present,
    //  the time that the stored response was received)" (RFC 9111 §4.3.2)
    let modified = date(stored, &LAST_MODIFIED).or_else(|| date(stored, &DATE));
    // "If the selected representation's last modification date is earlier or equal to the
    //  date provided in the field value, the condition is false."
    modified.unwrap_or(fetched_at) <= since
}

/// An entity tag (RFC 9110 §8.8.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EntityTag<'a> {
    is_weak: bool,
    opaque: &'a [u8],
}

impl<'a> EntityTag<'a> {
    /// The tag that a value is.
    pub(super) fn read(value: &'a [u8]) -> Option<Self> {
        let (tag, rest) = Self::begin(value)?;
        rest.is_empty().then_some(tag)
    }

    /// The tag at the start of a value, and what follows it.
    fn begin(value: &'a [u8]) -> Option<(Self, &'a [u8])> {
        // "weak = %s"W/"": the case counts.
        let (is_weak, quoted) = match value.strip_prefix(b"W/") {
            Some(quoted) => (true, quoted),
            None => (false, value),
        };
        let inside = quoted.strip_prefix(b"\"")?;
        let end = inside.iter().position(|byte| !is_inside_tag(*byte))?;
        let (opaque, rest) = inside.split_at_checked(end)?;
        Some((Self { is_weak, opaque }, rest.strip_prefix(b"\"")?))
    }

    /// "two entity tags are equivalent if both are not weak and their opaque-tags match
    /// character-by-character" (RFC 9110 §8.8.3.2)
    pub(super) fn matches_strongly(self, other: Self) -> bool {
        !self.is_weak && !other.is_weak && self.opaque == other.opaque
    }

    /// "two entity tags are equivalent if their opaque-tags match character-by-character,
    /// regardless of either or both being tagged as "weak"" (RFC 9110 §8.8.3.2)
    fn matches_weakly(self, other: Self) -> bool {
        self.opaque == other.opaque
    }
}

/// "etagc = %x21 / %x23-7E / obs-text" (RFC 9110 §8.8.3): a comma is one, a space is not.
const fn is_inside_tag(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x7e | 0x80..=0xff)
}

/// The tags of a list. What is none is passed over up to the next comma.
fn entity_tags(line: &[u8]) -> Vec<EntityTag<'_>> {
    let mut tags = Vec::new();
    let mut rest = after_separators(line);
    while !rest.is_empty() {
        let (tag, after) = match EntityTag::begin(rest) {
            Some((tag, after)) => (Some(tag), after),
            None => (None, rest),
        };
        let junk = after.iter().position(|byte| *byte == b',').unwrap_or(after.len());
        let (junk, next) = after.split_at_checked(junk).unwrap_or((after, &[]));
        tags.extend(tag.filter(|_| junk.trim_ascii().is_empty()));
        rest = after_separators(next);
    }
    tags
}

/// "a recipient MUST parse and ignore a reasonable number of empty list elements"
/// (RFC 9110 §5.6.1.2)
fn after_separators(line: &[u8]) -> &[u8] {
    let start = line.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b','));
    start.and_then(|start| line.get(start..)).unwrap_or_default()
}

/// The value of a header that is there once: of several none is more right than another.
pub(super) fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a [u8]> {
    let mut lines = headers.get_all(name).iter();
    let first = lines.next()?;
    lines.next().is_none().then(|| first.as_bytes().trim_ascii())
}

/// The date in a header, in any of the three forms of RFC 9110 §5.6.7.
pub(super) fn date(headers: &HeaderMap, name: &HeaderName) -> Option<SystemTime> {
    let text = std::str::from_utf8(only(headers, name)?).ok()?;
    httpdate::parse_http_date(text).ok()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use http::HeaderValue;
    use proptest::prelude::*;

    use super::Precondition::{Failed, Holds, NotModified};
    use super::*;

    const NOON: &str = "Thu, 01 Jan 2026 12:00:00 GMT";
    const LATER: &str = "Thu, 01 Jan 2026 12:00:01 GMT";
    const EARLIER: &str = "Thu, 01 Jan 2026 11:59:59 GMT";

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        headers
    }

    fn noon() -> SystemTime {
        httpdate::parse_http_date(NOON).unwrap()
    }

    #[track_caller]
    fn check(
        request: &[(&'static str, &str)],
        stored: &[(&'static str, &str)],
        expected: Precondition,
    ) {
        let (request, stored) = (headers(request), headers(stored));
        assert_eq!(precondition(&Method::GET, &request, &stored, noon()), expected);
        assert_eq!(precondition(&Method::HEAD, &request, &stored, noon()), expected);
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn a_client_that_names_the_stored_tag_has_it_already() {
        let strong = [("etag", r#""a""#)];
        let weak = [("etag", r#"W/"a""#)];
        let odd = [("etag", "\"a,b\u{e9}\"")];
        check(&[("if-none-match", r#""a""#)],             &strong, NotModified);
        check(&[("if-none-match", r#"W/"a""#)],           &strong, NotModified);
        check(&[("if-none-match", r#""a""#)],             &weak,   NotModified);
        check(&[("if-none-match", r#"W/"a""#)],           &weak,   NotModified);
        check(&[("if-none-match", r#""A""#)],             &strong, Holds);
        check(&[("if-none-match", r#"w/"a""#)],           &strong, Holds);
        check(&[("if-none-match", r#""b" ,,	"a", "c""#)], &strong, NotModified);
        check(&[("if-none-match", r#""b""#), ("if-none-match", r#""a""#)], &strong, NotModified);
        check(&[("if-none-match", "\"x\", \"a,b\u{e9}\"")], &odd,  NotModified);
        check(&[("if-none-match", r#""a,b""#)],           &strong, Holds);
        check(&[("if-none-match", "*")],                  &strong, NotModified);
        check(&[("if-none-match", "*")],                  &[],     NotModified);
        check(&[("if-none-match", r#""a""#)],             &[],     Holds);
        check(&[("if-none-match", r#""""#)],              &[("etag", r#""""#)], NotModified);
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn what_is_no_tag_names_nothing() {
        let stored = [("etag", r#""a""#)];
        check(&[("if-none-match", "a")],              &stored, Holds);
        check(&[("if-none-match", "")],               &stored, Holds);
        check(&[("if-none-match", r#""a"#)],          &stored, Holds);
        check(&[("if-none-match", r#"'a'"#)],         &stored, Holds);
        check(&[("if-none-match", r#""a"b"#)],        &stored, Holds);
        check(&[("if-none-match", r#""a" "b""#)],     &stored, Holds);
        check(&[("if-none-match", r#"W/ "a""#)],      &stored, Holds);
        check(&[("if-none-match", r#""x", *"#)],      &stored, Holds);
        check(&[("if-none-match", r#"x, "a b", "a""#)], &stored, NotModified);
        check(&[("if-none-match", "a")],              &[("etag", "a")], Holds);
        check(&[("if-none-match", r#""a""#)],         &[("etag", r#""a""#), ("etag", r#""b""#)], Holds);
        check(&[("if-match", "a")],                   &stored, Failed);
        check(&[("if-match", "")],                    &stored, Failed);
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn a_client_that_wants_another_one_is_told_so() {
        let strong = [("etag", r#""a""#), ("last-modified", NOON)];
        let weak = [("etag", r#"W/"a""#)];
        check(&[("if-match", r#""a""#)],              &strong, Holds);
        check(&[("if-match", r#""b", "a""#)],         &strong, Holds);
        check(&[("if-match", "*")],                   &strong, Holds);
        check(&[("if-match", r#""b""#)],              &strong, Failed);
        check(&[("if-match", r#"W/"a""#)],            &strong, Failed);
        check(&[("if-match", r#""a""#)],              &weak,   Failed);
        check(&[("if-match", r#"W/"a""#)],            &weak,   Failed);
        check(&[("if-unmodified-since", NOON)],       &strong, Holds);
        check(&[("if-unmodified-since", LATER)],      &strong, Holds);
        check(&[("if-unmodified-since", EARLIER)],    &strong, Failed);
        check(&[("if-unmodified-since", "yesterday")], &strong, Holds);
        check(&[("if-unmodified-since", EARLIER)],    &weak,   Holds);
        check(&[("if-unmodified-since", EARLIER)],    &[("date", NOON)], Holds);
        // The tag decides where both are given.
        check(&[("if-match", r#""a""#), ("if-unmodified-since", EARLIER)], &strong, Holds);
        // What holds so far may still be known already.
        check(&[("if-match", r#""a""#), ("if-none-match", r#""a""#)],      &strong, NotModified);
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn a_client_that_is_as_new_as_what_is_stored_has_it_already() {
        let modified = [("last-modified", NOON), ("date", LATER)];
        check(&[("if-modified-since", NOON)],     &modified, NotModified);
        check(&[("if-modified-since", LATER)],    &modified, NotModified);
        check(&[("if-modified-since", EARLIER)],  &modified, Holds);
        check(&[("if-modified-since", "Thursday, 01-Jan-26 12:00:00 GMT")], &modified, NotModified);
        check(&[("if-modified-since", "Thu Jan  1 12:00:00 2026")],         &modified, NotModified);
        check(&[("if-modified-since", "2026-01-01")], &modified, Holds);
        check(&[("if-modified-since", "0")],      &modified, Holds);
        check(&[("if-modified-since", NOON), ("if-modified-since", NOON)], &modified, Holds);
        // Without a date of the change, the date of the answer stands for it.
        check(&[("if-modified-since", NOON)],     &[("date", NOON)],  NotModified);
        check(&[("if-modified-since", NOON)],     &[("date", LATER)], Holds);
        check(&[("if-modified-since", NOON)],     &[],                NotModified);
        check(&[("if-modified-since", EARLIER)],  &[],                Holds);
        check(&[("if-modified-since", NOON)],     &[("last-modified", "soon"), ("date", LATER)], Holds);
        // "A recipient MUST ignore If-Modified-Since if the request contains an
        //  If-None-Match header field" (RFC 9110 §13.1.3)
        check(&[("if-modified-since", LATER), ("if-none-match", r#""b""#)], &modified, Holds);
        check(&[("if-modified-since", LATER), ("if-none-match", "junk")],   &modified, Holds);
    }

    #[test]
    fn only_reading_is_answered_with_not_modified() {
        let stored = headers(&[("etag", r#""a""#), ("last-modified", NOON)]);
        let decide = |method: Method, name: &'static str, value: &str| {
            precondition(&method, &headers(&[(name, value)]), &stored, noon())
        };
        assert_eq!(decide(Method::PUT, "if-none-match", "*"), Failed);
        assert_eq!(decide(Method::PUT, "if-modified-since", LATER), Holds);
        assert_eq!(decide(Method::OPTIONS, "if-match", r#""b""#), Holds);
        assert_eq!(decide(Method::TRACE, "if-none-match", "*"), Holds);
    }

    #[test]
    fn a_304_says_what_the_whole_answer_would_have_said_of_itself() {
        let stored = headers(&[
            ("content-type", "text/html"),
            ("content-length", "9"),
            ("etag", r#""a""#),
            ("vary", "accept"),
            ("vary", "cookie"),
            ("cache-control", "max-age=1"),
            ("cache-status", "Holdfast; hit"),
            ("age", "3"),
            ("x-other", "1"),
        ]);
        let expected = headers(&[
            ("etag", r#""a""#),
            ("vary", "accept"),
            ("vary", "cookie"),
            ("cache-control", "max-age=1"),
            ("cache-status", "Holdfast; hit"),
            ("age", "3"),
        ]);
        assert_eq!(not_modified_headers(&stored), expected);
    }

    fn value() -> impl Strategy<Value = HeaderValue> {
        let bytes = proptest::collection::vec(any::<u8>(), 0..40);
        let alike = "(W/|w/)?(\"|)[a,\" *]{0,6}(\"|)( ?, ?\"a\")?".prop_map(String::into_bytes);
        prop_oneof![bytes, alike]
            .prop_filter_map("no header value", |bytes| HeaderValue::from_bytes(&bytes).ok())
    }

    fn conditions() -> impl Strategy<Value = HeaderMap> {
        let names = [IF_MATCH, IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE, ETAG, DATE];
        let line = (proptest::sample::select(names.to_vec()), value());
        proptest::collection::vec(line, 0..5).prop_map(|lines| {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.append(name, value);
            }
            headers
        })
    }

    proptest! {
        #[test]
        fn any_conditions_are_taken_as_they_come(
            request in conditions(),
            stored in conditions(),
            at in 0_u64..4_000_000_000,
        ) {
            let at = UNIX_EPOCH + Duration::from_secs(at);
            let get = precondition(&Method::GET, &request, &stored, at);
            prop_assert_eq!(precondition(&Method::HEAD, &request, &stored, at), get);
            prop_assert_ne!(precondition(&Method::PUT, &request, &stored, at), NotModified);
            let is_conditional = [IF_MATCH, IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE]
                .iter()
                .any(|name| request.contains_key(name));
            prop_assert!(is_conditional || get == Holds);
        }

        #[test]
        fn a_tag_is_found_among_any_others(
            before in proptest::collection::vec("(W/)?\"[!#-~]{0,5}\"", 0..4),
            tag in "\"[!#-~]{0,5}\"",
            weak in "(W/)?",
            after in "([ \t]*,[ \t]*(W/)?\"[!#-~]{0,5}\"){0,3}",
        ) {
            let list = before.iter().fold(String::new(), |list, tag| list + tag + " , ");
            let request = headers(&[("if-none-match", &format!("{list}{weak}{tag}{after}"))]);
            let stored = headers(&[("etag", &tag)]);
            let decided = precondition(&Method::GET, &request, &stored, UNIX_EPOCH);
            prop_assert_eq!(decided, NotModified);
        }
    }
}
