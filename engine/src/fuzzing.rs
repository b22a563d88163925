//! What no input may bring about, for the fuzz targets in `fuzz/`, which see nothing private.
//!
//! Each function takes the bytes that a fuzzer made up and panics where a claim is wrong.

use std::ops::Range;

use bytes::Bytes;
use futures::executor::block_on;
use futures::stream::{self, StreamExt};
use http::header::{
    ACCEPT, AGE, AUTHORIZATION, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_TYPE, COOKIE, DATE, ETAG, EXPIRES, HeaderMap, IF_MATCH, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, LAST_MODIFIED, LOCATION, ORIGIN, PRAGMA, RANGE,
    SET_COOKIE, VARY,
};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use url::Url;

use crate::body::Body;
use crate::config::Site;
use crate::event_stream::{EventStream, Said};
use crate::page::{Links, Rewritten, rewrite};
use crate::policy::{
    Follows, Multipart, Partition, Precondition, Ranges, Rules, Sharing, Told, Usability, Variant,
    Visitor, age, content_range, initial_age, is_same_representation, merged, not_modified_headers,
    precondition, storability, told_by_head, unsatisfied, usability,
};
use crate::request::{Destination, Request};
use crate::route::first_match;
use crate::time::from_unix_ms;

/// Any text is a site or a list of what is wrong with it.
pub fn profile(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match Site::read("site.toml", &text) {
        Ok(site) => {
            assert!(!site.install_version().is_empty());
            for path in [&site.start].into_iter().chain(&site.install.required) {
                let address = site.address(path).ok().filter(|address| site.holds(address));
                let asked = address.map(|address| Request::get(address, Destination::Document));
                let route = asked.as_ref().and_then(|asked| first_match(&site.routes, asked));
                assert!(route.is_some(), "{path} is on the site and has a route");
            }
        }
        Err(problems) => {
            assert!(!problems.0.is_empty(), "no site and nothing wrong");
            assert!(problems.0.iter().all(|problem| (1..=lines(&text)).contains(&problem.line)));
            assert!(!problems.to_string().is_empty());
        }
    }
}

/// A stream of events says the same however its bytes come, holds no more than its bounds, and
/// whatever it says is understood or refused.
pub fn event_stream(bytes: &[u8]) {
    let mut input = Input(bytes);
    let size = usize::try_from(input.number(1)).unwrap_or(1).max(1);
    let Input(bytes) = input;
    let whole = EventStream::default().read(bytes);
    let mut stream = EventStream::default();
    let mut said = Vec::new();
    for piece in bytes.chunks(size) {
        said.extend(stream.read(piece));
        assert!(stream.held() <= 4 * (64 << 10), "{} bytes are held", stream.held());
    }
    assert_eq!(said, whole, "in pieces of {size}");
    for said in whole {
        if let Said::Event(event) = said {
            assert!(event.data.len() < 64 << 10, "it would have been too long");
            assert!(event.id.is_none_or(|id| !id.contains('\0')), "such an id is ignored");
        }
    }
}

fn lines(text: &str) -> usize {
    text.matches('\n').count() + 1
}

/// Any messages at any times come to decisions that agree with each other.
pub fn headers_and_policy(bytes: &[u8]) {
    let mut input = Input(bytes);
    let flags = input.number(1);
    let follows = if flags & 1 == 0 { Follows::Profile } else { Follows::Headers };
    let sharing = if flags & 2 == 0 { Sharing::Private } else { Sharing::Shared };
    let honours_no_store = flags & 4 == 0;
    let knows_visitors = flags & 8 == 0;
    let rules = Rules { honours_no_store, knows_visitors, follows, sharing };
    let method = match flags >> 4 & 3 {
        0 | 1 => Method::GET,
        2 => Method::HEAD,
        _ => Method::POST,
    };
    let status = u16::try_from(input.number(2) % 900).unwrap_or_default();
    let status = StatusCode::from_u16(100 + status).unwrap_or_default();
    // Six bytes of milliseconds reach to the year 10889.
    let [fetched_at, waited, waited_more] = [0; 3].map(|_: u64| input.number(6));
    let length = input.number(2);
    let [asked, answered] = input.headers(&NAMES);

    let request = Request { method, headers: asked, ..Request::get(site(), Destination::Document) };
    let visitor = Visitor::of_request(&request, knows_visitors.then_some("sessionid"));
    let stored = storability(&request, &visitor, status, &answered, rules);
    if let Ok((partition, variant)) = &stored {
        check_stored(&request, status, &answered, rules);
        check_variant(variant, &request.headers);
        if matches!(visitor, Visitor::Session(_)) && !mentions(&answered, "public") {
            assert_eq!(*partition, Partition::Of(visitor), "one person's page is that person's");
        }
    }
    let at = |milliseconds: u64| from_unix_ms(i64::try_from(milliseconds).unwrap_or(i64::MAX));
    let times = [fetched_at, fetched_at + waited, fetched_at + waited + waited_more].map(at);
    let [fetched_at, now, later] = times;
    let usable = |now| usability(&request.headers, status, &answered, fetched_at, now, sharing);
    assert!(rank(usable(now)) <= rank(usable(later)), "nothing gets better by waiting");
    if says(&answered, "no-cache") {
        assert_eq!(usable(now), Usability::Validated);
    }
    let delay = now.duration_since(fetched_at).unwrap_or_default();
    assert!(initial_age(&answered, fetched_at, delay) >= delay);
    assert!(age(&answered, fetched_at, now) >= delay);

    check_merged(&answered, &request.headers);
    check_merged(&request.headers, &answered);
    assert!(is_same_representation(&answered, &answered));
    assert_eq!(told_by_head(&answered, None, &answered), Told::Same);
    told_by_head(&answered, Some(length), &request.headers);

    let has_condition = [IF_MATCH, IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE]
        .iter()
        .any(|name| request.headers.contains_key(name));
    match precondition(&request.method, &request.headers, &answered, fetched_at) {
        Precondition::Holds => {}
        Precondition::NotModified => {
            assert!(has_condition && request.method != Method::POST);
            let sent = not_modified_headers(&answered);
            assert!(sent.keys().all(|name| all(&sent, name) == all(&answered, name)));
        }
        Precondition::Failed => assert!(has_condition),
    }
}

/// What is stored was allowed to be, by a reading of its own that sees only what is plain.
fn check_stored(request: &Request, status: StatusCode, response: &HeaderMap, rules: Rules) {
    assert_eq!(request.method, Method::GET);
    assert!(!status.is_server_error() && !status.is_informational());
    assert!(![StatusCode::PARTIAL_CONTENT, StatusCode::NOT_MODIFIED].contains(&status));
    assert!(!response.contains_key(CONTENT_RANGE));
    if rules.honours_no_store {
        assert!(!says(&request.headers, "no-store"));
        assert!(!says(response, "no-store") || mentions(response, "must-understand"));
    }
    if rules.sharing == Sharing::Shared {
        assert!(!says(response, "private"));
    }
}

fn check_variant(variant: &Variant, request: &HeaderMap) {
    assert!(variant.matches(request), "{variant:?} is of another request");
    let read = Variant::from_stored(variant.as_str().to_owned());
    assert!(read == *variant && read.matches(request));
}

fn check_merged(stored: &HeaderMap, newer: &HeaderMap) {
    let of_the_body = [CONTENT_LENGTH, CONTENT_ENCODING, CONTENT_TYPE, CONTENT_RANGE];
    let merged_once = merged(stored, newer);
    for name in merged_once.keys() {
        let is_newer = newer.contains_key(name) && !of_the_body.contains(name);
        let expected = if is_newer { newer } else { stored };
        assert_eq!(all(&merged_once, name), all(expected, name), "{name}");
    }
    assert_eq!(merged(&merged_once, newer), merged_once, "said twice it means the same");
}

/// Any `Range` of a body of any length comes to parts that lie within it.
pub fn ranges(bytes: &[u8]) {
    let mut input = Input(bytes);
    let width = input.number(1) % 9;
    let length = input.number(usize::try_from(width).unwrap_or_default());
    let [asked, stored] = input.headers(&NAMES);
    let parts = match crate::policy::ranges(&asked, &stored, length) {
        Ranges::Whole => return,
        Ranges::Unsatisfiable => {
            assert_eq!(unsatisfied(length), format!("bytes */{length}"));
            return;
        }
        Ranges::One(part) => vec![part],
        Ranges::Many(parts) => parts,
    };
    for part in &parts {
        assert!(part.start < part.end && part.end <= length, "{part:?} of {length}");
        let expected = format!("bytes {}-{}/{length}", part.start, part.end - 1);
        assert_eq!(content_range(part, length), expected);
    }
    let mut sorted = parts.clone();
    sorted.sort_by_key(|part| part.start);
    let gaps = sorted.iter().zip(sorted.iter().skip(1));
    assert!(gaps.into_iter().all(|(one, other)| one.end < other.start), "{parts:?} overlap");
    check_multipart(parts, &stored, length);
}

fn check_multipart(parts: Vec<Range<u64>>, stored: &HeaderMap, length: u64) {
    let multipart = Multipart::of(parts.clone(), stored, length);
    assert!(multipart.parts().iter().map(|part| &part.range).eq(&parts));
    let lengths = multipart.parts().iter().map(|part| {
        part.head.len() as u128 + u128::from(part.range.end) - u128::from(part.range.start)
    });
    let sum = lengths.sum::<u128>() + multipart.closing().len() as u128;
    assert_eq!(u128::from(multipart.length()), sum.min(u128::from(u64::MAX)));
    assert!(!multipart.content_type().is_empty());
}

/// Any bytes are rewritten alike, whether they come at once or in two pieces.
pub fn html(bytes: &[u8]) {
    let mut input = Input(bytes);
    let charset = usize::try_from(input.number(1)).unwrap_or_default() % CHARSETS.len();
    let charset = CHARSETS.get(charset).copied().unwrap_or_default();
    let cut = usize::try_from(input.number(2)).unwrap_or_default();
    let page = Bytes::copy_from_slice(input.0);
    // A byte order mark is looked for in the first piece.
    let cut = cut.checked_rem(page.len()).unwrap_or_default().max(3).min(page.len());
    let content_type = HeaderValue::try_from(format!("text/html{charset}"));
    let headers = HeaderMap::from_iter(content_type.ok().map(|value| (CONTENT_TYPE, value)));
    let rewritten = |body| block_on(rewrite(body, &headers, &Links::to(&site())));

    let (whole, head_at) = collected(rewritten(Body::Bytes(page.clone())));
    assert!(head_at.is_none_or(|at| at <= whole.len()));
    let pieces = [page.slice(..cut), page.slice(cut..)].map(Ok);
    let (joined, at_first) = collected(rewritten(Body::Stream(stream::iter(pieces).boxed())));
    assert_eq!(joined, whole, "cut at {cut}, {charset}");
    // Only the first piece is read before the place is told.
    assert!(at_first.is_none() || at_first == head_at, "{at_first:?} is not {head_at:?}");
}

fn collected(rewritten: Rewritten) -> (Bytes, Option<usize>) {
    let body = block_on(rewritten.body.collect());
    assert!(body.is_ok(), "{body:?}");
    (body.unwrap_or_default(), rewritten.head_at)
}

const CHARSETS: [&str; 10] = [
    "",
    "; charset=utf-8",
    "; charset=windows-1252",
    "; charset=shift_jis",
    "; charset=utf-16le",
    "; charset=gb18030",
    "; charset=big5",
    "; charset=iso-2022-jp",
    "; charset=x-user-defined",
    "; charset=nonsense",
];

/// The headers that mean something to the policy, and one that means nothing.
const NAMES: [HeaderName; 26] = [
    ACCEPT,
    CACHE_CONTROL,
    VARY,
    AGE,
    DATE,
    EXPIRES,
    LAST_MODIFIED,
    ETAG,
    RANGE,
    IF_RANGE,
    IF_MATCH,
    IF_NONE_MATCH,
    IF_MODIFIED_SINCE,
    IF_UNMODIFIED_SINCE,
    PRAGMA,
    COOKIE,
    SET_COOKIE,
    AUTHORIZATION,
    CONTENT_LENGTH,
    CONTENT_RANGE,
    CONTENT_TYPE,
    CONTENT_ENCODING,
    LOCATION,
    ORIGIN,
    HeaderName::from_static("x"),
    HeaderName::from_static("x-a"),
];

/// What is not yet taken of the bytes.
struct Input<'a>(&'a [u8]);

impl Input<'_> {
    /// The number in the next bytes; nought where they end.
    fn number(&mut self, width: usize) -> u64 {
        let (taken, rest) = self.0.split_at_checked(width).unwrap_or_default();
        self.0 = rest;
        taken.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    /// The headers of two messages, a line each: a capital letter means a header of the
    /// first, a small letter one of the second.
    fn headers(self, names: &[HeaderName]) -> [HeaderMap; 2] {
        let mut messages = [HeaderMap::new(), HeaderMap::new()];
        for line in self.0.split(|byte| *byte == b'\n') {
            let Some((letter, value)) = line.split_first() else { continue };
            let name = names.get(usize::from(letter & 0x1f).wrapping_sub(1));
            let Some((name, value)) = name.zip(HeaderValue::from_bytes(value).ok()) else {
                continue;
            };
            let [first, second] = &mut messages;
            let message = if letter.is_ascii_lowercase() { second } else { first };
            message.append(name, value);
        }
        messages
    }
}

#[expect(clippy::expect_used, reason = "a target panics where a claim is wrong")]
fn site() -> Url {
    Url::parse("http://127.0.0.1:8000").expect("it is a well-formed address")
}

fn all<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Vec<&'a HeaderValue> {
    headers.get_all(name).iter().collect()
}

/// Whether a directive stands alone in a line of `Cache-Control` without quotes.
fn says(headers: &HeaderMap, directive: &str) -> bool {
    let lines = headers.get_all(CACHE_CONTROL).iter().map(HeaderValue::as_bytes);
    let plain = lines.filter(|line| !line.contains(&b'"'));
    let mut members = plain.flat_map(|line| line.split(|byte| *byte == b','));
    members.any(|member| member.trim_ascii().eq_ignore_ascii_case(directive.as_bytes()))
}

/// Whether a directive may be among those of a message, in quotes or not.
fn mentions(headers: &HeaderMap, directive: &str) -> bool {
    let lines = headers.get_all(CACHE_CONTROL).iter().map(HeaderValue::as_bytes);
    lines
        .into_iter()
        .any(|line| String::from_utf8_lossy(line).to_ascii_lowercase().contains(directive))
}

/// How little may be done with a response.
const fn rank(usability: Usability) -> u8 {
    match usability {
        Usability::AtOnce => 0,
        Usability::WhileRevalidating => 1,
        Usability::OnError => 2,
        Usability::WhenUnreachable => 3,
        Usability::Validated => 4,
    }
}
