//! What a 304 and an answer to HEAD say about a stored response.

use http::header::{
    AGE, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap,
    LAST_MODIFIED,
};

/// What an answer to HEAD says about the stored answer to GET.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// It is the same representation, whose headers are newer now.
    Same,
    /// There is another one.
    Different,
}

/// Whether a 304 speaks of the stored response.
///
/// "If the new response contains one or more strong validators, then each of those strong
/// validators identifies a selected representation for update. … If none of the stored
/// responses match, the cache MUST NOT use the new response to update" (RFC 9111 §4.3.4).
pub(crate) fn is_same_representation(stored: &HeaderMap, not_modified: &HeaderMap) -> bool {
    match (stored.get(ETAG), not_modified.get(ETAG)) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(one), Some(other)) => opaque(one.as_bytes()) == opaque(other.as_bytes()),
    }
}

/// The stored headers with what the newer message says.
///
/// "the cache MUST add each header field in the provided response to the stored response,
/// replacing field values that are already present" (§3.2), except those that belong to the
/// body as it is stored.
pub(crate) fn merged(stored: &HeaderMap, newer: &HeaderMap) -> HeaderMap {
    let mut merged = stored.clone();
    // The age is that of the newer message, which has none when it comes from the site.
    merged.remove(AGE);
    for name in newer.keys() {
        if [CONTENT_LENGTH, CONTENT_ENCODING, CONTENT_TYPE, CONTENT_RANGE].contains(name) {
            continue;
        }
        merged.remove(name);
        for value in newer.get_all(name) {
            merged.append(name.clone(), value.clone());
        }
    }
    merged
}

/// "the cache SHOULD update the stored response …, if the HEAD response's … validator fields
/// … match; otherwise, the cache SHOULD consider the stored response to be stale" (§4.3.5).
///
/// `length` is that of the stored body, where it is the site's: what was decoded or rewritten
/// has another.
pub(crate) fn told_by_head(stored: &HeaderMap, length: Option<u64>, head: &HeaderMap) -> Told {
    let agrees = |name| match (stored.get(&name), head.get(&name)) {
        (Some(one), Some(other)) => opaque(one.as_bytes()) == opaque(other.as_bytes()),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    let said = head.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let is_as_long = length.zip(said).is_none_or(|(one, other): (u64, u64)| one == other);
    let is_same = is_as_long && agrees(ETAG) && agrees(LAST_MODIFIED);
    if is_same { Told::Same } else { Told::Different }
}

/// An entity tag without the mark of a weak one.
fn opaque(tag: &[u8]) -> &[u8] {
    tag.strip_prefix(b"W/").unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderName;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let lines = lines.iter();
        lines.map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_304_changes_all_headers_but_those_of_the_body() {
        let stored = headers(&[("etag", "\"1\""), ("content-type", "text/css"), ("x-a", "old")]);
        let newer = headers(&[("content-type", "text/html"), ("x-a", "new"), ("x-b", "b")]);
        let expected = headers(&[
            ("etag", "\"1\""),
            ("content-type", "text/css"),
            ("x-a", "new"),
            ("x-b", "b"),
        ]);
        assert_eq!(merged(&stored, &newer), expected);
    }

    #[test]
    fn a_304_for_another_tag_is_about_another_response() {
        let stored = headers(&[("etag", "\"1\"")]);
        assert!(is_same_representation(&stored, &headers(&[])));
        assert!(is_same_representation(&stored, &headers(&[("etag", "W/\"1\"")])));
        assert!(!is_same_representation(&stored, &headers(&[("etag", "\"2\"")])));
    }

    #[test]
    fn an_answer_to_head_tells_by_validators() {
        let stored = headers(&[("etag", "\"1\"")]);
        assert_eq!(told_by_head(&stored, None, &headers(&[("etag", "\"1\"")])), Told::Same);
        assert_eq!(told_by_head(&stored, None, &headers(&[("etag", "\"2\"")])), Told::Different);
        assert_eq!(told_by_head(&stored, None, &headers(&[])), Told::Different);
        let longer = headers(&[("etag", "\"1\""), ("content-length", "11")]);
        assert_eq!(told_by_head(&stored, Some(10), &longer), Told::Different);
        assert_eq!(told_by_head(&stored, Some(11), &longer), Told::Same);
    }
}
