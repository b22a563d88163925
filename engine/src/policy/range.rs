//! Which parts of a stored body a client wants (RFC 9110 §14).

use std::ops::Range;
use std::time::Duration;

use http::header::{DATE, ETAG, HeaderMap, HeaderValue, IF_RANGE, LAST_MODIFIED, RANGE};

use super::precondition::{EntityTag, date, only};

/// The parts of a body that are served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ranges {
    /// All of it: no part is asked for, or not in a way that can be followed.
    Whole,
    /// One part: 206.
    One(Range<u64>),
    /// Several, apart from one another, in the order they were asked for: 206 in pieces.
    Many(Vec<Range<u64>>),
    /// None of what is asked for is there: 416.
    Unsatisfiable,
}

/// Ranges nearer to each other than what stands between two parts are served as one.
const NEAR: u64 = 80;
/// More parts than anyone has use for.
///
/// "A server that supports range requests MAY ignore or reject a Range header field that
/// contains […] a set of many small ranges […], since both are indications of either a broken
/// client or a deliberate denial-of-service attack" (RFC 9110 §14.2)
const TOO_MANY: usize = 100;

/// Decides which parts of a whole stored body of `length` bytes answer a GET.
pub(crate) fn ranges(request: &HeaderMap, stored: &HeaderMap, length: u64) -> Ranges {
    // "A server that supports range requests MAY ignore or reject a Range header field that
    //  contains an invalid ranges-specifier" (RFC 9110 §14.2)
    let Some(asked) = only(request, &RANGE).and_then(range_set) else { return Ranges::Whole };
    // "A recipient of an If-Range header field MUST ignore the Range header field if the
    //  If-Range condition evaluates as false." (§13.1.5)
    if request.contains_key(IF_RANGE) && !is_the_same(request, stored) {
        return Ranges::Whole;
    }
    // "If the selected representation is shorter than the specified suffix-length, the entire
    //  representation is used" (§14.1.2); no `Content-Range` could say it of nothing at all.
    if length == 0 && asked.iter().any(Spec::is_some_end) {
        return Ranges::Whole;
    }
    let mut parts = coalesced(asked.iter().filter_map(|spec| spec.within(length)));
    match (parts.len(), parts.pop()) {
        // "a server […] SHOULD send a 416 (Range Not Satisfiable) response" (§14.2)
        (_, None) => Ranges::Unsatisfiable,
        // "A server MUST NOT generate a multipart response to a request for a single range"
        //  (§15.3.7.2)
        (1, Some(part)) => Ranges::One(part),
        (2..=TOO_MANY, Some(last)) => {
            parts.push(last);
            Ranges::Many(parts)
        }
        (_, Some(_)) => Ranges::Whole,
    }
}

/// `Content-Range` for one part (RFC 9110 §14.4).
pub(crate) fn content_range(range: &Range<u64>, length: u64) -> HeaderValue {
    visible(format!("bytes {}-{}/{length}", range.start, range.end.saturating_sub(1)))
}

/// `Content-Range` where no part can be had.
///
/// "A server that generates a 416 response to a byte-range request SHOULD generate a
/// Content-Range header field specifying the current length" (RFC 9110 §15.5.17)
pub(crate) fn unsatisfied(length: u64) -> HeaderValue {
    visible(format!("bytes */{length}"))
}

/// A header value of letters, digits and signs, of which each is allowed in one: the other
/// case does not arise.
pub(super) fn visible(text: String) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

/// Whether `If-Range` is true: the client's part is of the response that is stored.
fn is_the_same(request: &HeaderMap, stored: &HeaderMap) -> bool {
    let Some(condition) = only(request, &IF_RANGE) else { return false };
    // "A valid entity-tag can be distinguished from a valid HTTP-date by examining the first
    //  three characters for a DQUOTE." (RFC 9110 §13.1.5)
    if condition.iter().take(3).any(|byte| *byte == b'"') {
        let current = only(stored, &ETAG).and_then(EntityTag::read);
        // "If the entity-tag validator provided exactly matches the ETag field value […] using
        //  the strong comparison function" (§13.1.5)
        return EntityTag::read(condition)
            .zip(current)
            .is_some_and(|(tag, current)| tag.matches_strongly(current));
    }
    // "If the HTTP-date validator provided is not a strong validator in the sense defined by
    //  Section 8.8.2.2, the condition is false. If the HTTP-date validator provided exactly
    //  matches the Last-Modified field value […], the condition is true." (§13.1.5)
    let Some(modified) = date(stored, &LAST_MODIFIED) else { return false };
    // It is strong where the stored response "includes a Date value which is at least one
    //  second after the Last-Modified value" (§8.8.2.2).
    let is_strong = date(stored, &DATE).is_some_and(|date| {
        date.duration_since(modified).is_ok_and(|since| since >= Duration::from_secs(1))
    });
    is_strong && date(request, &IF_RANGE) == Some(modified)
}

/// One range as it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spec {
    /// From one byte to another, both included, or to the end.
    From { first: u64, last: Option<u64> },
    /// So many bytes at the end.
    End(u64),
}

impl Spec {
    fn read(text: &[u8]) -> Option<Self> {
        let dash = text.iter().position(|byte| *byte == b'-')?;
        let (first, last) = text.split_at_checked(dash)?;
        let last = last.strip_prefix(b"-")?;
        if first.is_empty() {
            return Some(Self::End(number(last)?));
        }
        let first = number(first)?;
        if last.is_empty() {
            return Some(Self::From { first, last: None });
        }
        // "An int-range is invalid if the last-pos value is present and less than first-pos."
        //  (RFC 9110 §14.1.1)
        let last = number(last).filter(|last| *last >= first)?;
        Some(Self::From { first, last: Some(last) })
    }

    /// The bytes of a body of `length` that are meant; `None` if there are none.
    ///
    /// "a valid bytes range-spec is satisfiable if it is either: an int-range with a first-pos
    /// that is less than the current length […] or a suffix-range with a non-zero
    /// suffix-length" (RFC 9110 §14.1.2)
    fn within(&self, length: u64) -> Option<Range<u64>> {
        let range = match *self {
            Self::From { first, last: None } => first..length,
            // "or if the value is greater than or equal to the current length […], the byte
            //  range is interpreted as the remainder of the representation"
            Self::From { first, last: Some(last) } => first..last.saturating_add(1).min(length),
            Self::End(count) => length.saturating_sub(count)..length,
        };
        (range.start < range.end).then_some(range)
    }

    /// Whether it asks for what is at the end, however little there is.
    const fn is_some_end(&self) -> bool {
        matches!(self, Self::End(1..))
    }
}

/// What a `Range` asks for; `None` for another unit than bytes, and for what is badly
/// written in any part: a client that is misunderstood is better served the whole.
fn range_set(value: &[u8]) -> Option<Vec<Spec>> {
    let equals = value.iter().position(|byte| *byte == b'=')?;
    let (unit, set) = value.split_at_checked(equals)?;
    // "Range units are […] case-insensitive" (RFC 9110 §14.1)
    if !unit.eq_ignore_ascii_case(b"bytes") {
        return None;
    }
    let set = set.strip_prefix(b"=")?;
    let members = set.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    // "a recipient MUST parse and ignore a reasonable number of empty list elements"
    //  (RFC 9110 §5.6.1.2)
    let specs: Option<Vec<Spec>> =
        members.filter(|member| !member.is_empty()).map(Spec::read).collect();
    specs.filter(|specs| !specs.is_empty())
}

/// A number of any size; one beyond `u64` is beyond every body as well.
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let add = |number: u64, digit: &u8| {
        number.saturating_mul(10).saturating_add(u64::from(digit.saturating_sub(b'0')))
    };
    Some(digits.iter().fold(0, add))
}

/// "a server MAY coalesce any of the ranges that overlap, or that are separated by a gap
/// that is smaller than the overhead of sending multiple parts" (RFC 9110 §15.3.7.2).
///
/// "the server SHOULD send the parts in the same order that the corresponding range-spec
/// appeared in the received Range header field": where the first of them did.
fn coalesced(asked: impl Iterator<Item = Range<u64>>) -> Vec<Range<u64>> {
    let mut sorted: Vec<(usize, Range<u64>)> = asked.enumerate().collect();
    sorted.sort_by_key(|(_, range)| range.start);
    let mut merged: Vec<(usize, Range<u64>)> = Vec::new();
    for (place, range) in sorted {
        match merged.last_mut() {
            Some((first, before)) if range.start <= before.end.saturating_add(NEAR) => {
                before.end = before.end.max(range.end);
                *first = place.min(*first);
            }
            Some(_) | None => merged.push((place, range)),
        }
    }
    merged.sort_by_key(|(place, _)| *place);
    merged.into_iter().map(|(_, range)| range).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Ranges::{Many, One, Unsatisfiable, Whole};
    use super::*;

    const NOON: &str = "Thu, 01 Jan 2026 12:00:00 GMT";
    const LATER: &str = "Thu, 01 Jan 2026 12:00:01 GMT";

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        headers
    }

    #[track_caller]
    fn check(range: &str, length: u64, expected: Ranges) {
        let request = headers(&[("range", range)]);
        assert_eq!(ranges(&request, &HeaderMap::new(), length), expected);
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn one_range_is_one_part() {
        check("bytes=0-0",       1000, One(0..1));
        check("bytes=0-499",     1000, One(0..500));
        check("bytes=500-",      1000, One(500..1000));
        check("bytes=0-",        1000, One(0..1000));
        check("bytes=-1",        1000, One(999..1000));
        check("bytes=-5000",     1000, One(0..1000));
        check("bytes=900-5000",  1000, One(900..1000));
        check("BYTES=000-001",   1000, One(0..2));
        check("bytes=, 0-1 ,,",  1000, One(0..2));
        check("bytes=999-99999999999999999999999999", 1000, One(999..1000));
        check("bytes=-99999999999999999999999999",    1000, One(0..1000));
        check("bytes=0-1,5000-", 1000, One(0..2));
        check("bytes=-0,0-1",    1000, One(0..2));
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn what_is_not_there_cannot_be_had() {
        check("bytes=1000-",      1000, Unsatisfiable);
        check("bytes=1000-2000",  1000, Unsatisfiable);
        check("bytes=-0",         1000, Unsatisfiable);
        check("bytes=5000-,-0",   1000, Unsatisfiable);
        check("bytes=99999999999999999999999999-", 1000, Unsatisfiable);
        check("bytes=0-",         0,    Unsatisfiable);
        check("bytes=18446744073709551615-18446744073709551615", u64::MAX, Unsatisfiable);
        check("bytes=-5",         0,    Whole);
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn what_is_badly_written_is_ignored() {
        for range in [
            "", "bytes", "bytes=", "bytes=,", "bytes=-", "bytes=1", "bytes=a-b", "bytes=0-1x", "bytes=2-1",
            "bytes=0-1,2-1", "bytes=0-1,x", "bytes=0 -1", "bytes = 0-1", "bytes=+0-1", "bytes=0--1",
            "bytes=0-1-2", "bytes=--1", "bytes:0-1", "seconds=0-1", "none", "bytes=0x0-0x1", "bytes=0-1;2-3",
        ] {
            check(range, 1000, Whole);
        }
        let twice = headers(&[("range", "bytes=0-1"), ("range", "bytes=5-6")]);
        assert_eq!(ranges(&twice, &HeaderMap::new(), 1000), Whole);
        assert_eq!(ranges(&HeaderMap::new(), &HeaderMap::new(), 1000), Whole);
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn ranges_near_each_other_are_one() {
        check("bytes=0-1,500-501",         1000, Many(vec![0..2, 500..502]));
        check("bytes=500-501,0-1",         1000, Many(vec![500..502, 0..2]));
        check("bytes=-1,0-0",              1000, Many(vec![999..1000, 0..1]));
        check("bytes=0-9,5-20",            1000, One(0..21));
        check("bytes=5-20,0-9",            1000, One(0..21));
        check("bytes=0-9,10-19",           1000, One(0..20));
        check("bytes=0-9,90-99",           1000, One(0..100));
        check("bytes=0-9,91-99",           1000, Many(vec![0..10, 91..100]));
        check("bytes=0-,5-6,900-",         1000, One(0..1000));
        check("bytes=800-801,0-1,802-803", 1000, Many(vec![800..804, 0..2]));
        check("bytes=0-1,800-801,2-3",     1000, Many(vec![0..4, 800..802]));
        check("bytes=0-1,9000-,500-501",   1000, Many(vec![0..2, 500..502]));
    }

    #[test]
    fn more_parts_than_anyone_has_use_for_are_the_whole() {
        let asked = |count: u64| {
            let specs: Vec<_> = (0..count).map(|at| format!("{}-{}", at * 100, at * 100)).collect();
            let request = headers(&[("range", &format!("bytes={}", specs.join(",")))]);
            ranges(&request, &HeaderMap::new(), 1 << 20)
        };
        assert!(matches!(asked(100), Many(parts) if parts.len() == 100));
        assert_eq!(asked(101), Whole);
        // However often the same is asked for, it is sent once.
        check(&format!("bytes=0-9{}", ",0-9".repeat(1000)), 1000, One(0..10));
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn a_part_is_only_added_to_what_it_is_a_part_of() {
        let check = |condition: &str, stored: &[(&'static str, &str)], expected: Ranges| {
            let request = headers(&[("range", "bytes=0-1"), ("if-range", condition)]);
            assert_eq!(ranges(&request, &headers(stored), 1000), expected, "{condition}");
        };
        let part = || One(0..2);
        let strong = [("etag", r#""a""#), ("last-modified", NOON), ("date", LATER)];
        let weak = [("etag", r#"W/"a""#), ("last-modified", NOON), ("date", NOON)];
        check(r#""a""#,           &strong, part());
        check(r#""b""#,           &strong, Whole);
        check(r#"W/"a""#,         &strong, Whole);
        check(r#"W/"a""#,         &weak,   Whole);
        check(r#""a""#,           &weak,   Whole);
        check(r#""a", "b""#,      &strong, Whole);
        check("a",                &strong, Whole);
        check("*",                &strong, Whole);
        check("",                 &strong, Whole);
        check(NOON,               &strong, part());
        check("Thu Jan  1 12:00:00 2026", &strong, part());
        check(LATER,              &strong, Whole);
        check(NOON,               &weak,   Whole);
        check(NOON,               &[("last-modified", NOON)], Whole);
        check(NOON,               &[("date", NOON)], Whole);
        check(r#""a""#,           &[],     Whole);
        let twice = headers(&[("range", "bytes=0-1"), ("if-range", r#""a""#), ("if-range", r#""a""#)]);
        assert_eq!(ranges(&twice, &headers(&strong), 1000), Whole);
        // What cannot be had of another response is not asked for.
        let beyond = headers(&[("range", "bytes=5000-"), ("if-range", r#""b""#)]);
        assert_eq!(ranges(&beyond, &headers(&strong), 1000), Whole);
    }

    #[test]
    fn the_range_is_said_with_both_ends_included() {
        assert_eq!(content_range(&(0..500), 1000), "bytes 0-499/1000");
        assert_eq!(content_range(&(999..1000), 1000), "bytes 999-999/1000");
        assert_eq!(unsatisfied(1000), "bytes */1000");
    }

    fn value() -> impl Strategy<Value = HeaderValue> {
        let bytes = proptest::collection::vec(any::<u8>(), 0..40);
        let alike = "bytes=([0-9]{0,4}-[0-9]{0,4}( ?, ?)?){0,6}".prop_map(String::into_bytes);
        let well = proptest::collection::vec((0_u64..2000, 0_u64..200), 1..120).prop_map(|specs| {
            let specs: Vec<_> =
                specs.iter().map(|(first, more)| format!("{first}-{}", first + more)).collect();
            format!("bytes={}", specs.join(",")).into_bytes()
        });
        prop_oneof![bytes, alike, well]
            .prop_filter_map("no header value", |bytes| HeaderValue::from_bytes(&bytes).ok())
    }

    proptest! {
        #[test]
        fn any_range_lies_within_the_body(
            range in value(),
            condition in proptest::option::weighted(0.2, value()),
            length in prop_oneof![0_u64..2000, any::<u64>()],
        ) {
            let mut request = HeaderMap::from_iter([(RANGE, range)]);
            request.extend(condition.map(|condition| (IF_RANGE, condition)));
            let parts = match ranges(&request, &HeaderMap::new(), length) {
                Whole | Unsatisfiable => Vec::new(),
                One(part) => vec![part],
                Many(parts) => {
                    prop_assert!((2..=TOO_MANY).contains(&parts.len()));
                    parts
                }
            };
            for part in &parts {
                prop_assert!(part.start < part.end && part.end <= length, "{:?}", part);
            }
            let mut sorted = parts;
            sorted.sort_by_key(|part| part.start);
            for pair in sorted.windows(2) {
                prop_assert!(pair[0].end + NEAR < pair[1].start, "{:?}", pair);
            }
        }

        #[test]
        fn every_byte_asked_for_is_there_in_the_order_of_asking(
            specs in proptest::collection::vec((0_u64..3000, 0_u64..300), 1..20),
        ) {
            let text: Vec<_> =
                specs.iter().map(|(first, more)| format!("{first}-{}", first + more)).collect();
            let request = headers(&[("range", &format!("bytes={}", text.join(", ")))]);
            let parts = match ranges(&request, &HeaderMap::new(), 2500) {
                Whole => return Err(TestCaseError::fail("nothing is wrong with it")),
                Unsatisfiable => Vec::new(),
                One(part) => vec![part],
                Many(parts) => parts,
            };
            let mut met = Vec::new();
            for (first, more) in specs {
                if first >= 2500 {
                    continue;
                }
                let last = (first + more).min(2499);
                let at = parts.iter().position(|part| part.contains(&first) && part.contains(&last));
                prop_assert!(at.is_some(), "{first}-{last} is in none of {:?}", parts);
                if !met.contains(&at) {
                    met.push(at);
                }
            }
            prop_assert_eq!(met, (0..parts.len()).map(Some).collect::<Vec<_>>());
        }
    }
}
