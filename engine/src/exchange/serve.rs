//! A whole response becomes what the request asks of it: all, a part, or the word that
//! the client has it already.
//!
//! ```text
//! conditions ── known already ──▶ 304
//!   │       └── not what is wanted ──▶ 412
//!   └── ranges ── one ──▶ 206   several ──▶ 206 in pieces   none of them there ──▶ 416
//!         └── none asked for ──▶ the whole
//! ```

use std::io;
use std::ops::Range;

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use http::header::{
    CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue,
    SET_COOKIE,
};
use http::{Method, StatusCode};

use crate::body::Body;
use crate::policy::{
    Multipart, Precondition, Ranges, content_range, not_modified_headers, precondition, ranges,
    unsatisfied,
};
use crate::request::Request;
use crate::response::{CACHE_STATUS, Provenance, Response};

/// Answers a request's conditions and ranges with a whole response.
///
/// What is no 200 to GET or HEAD stays as it is, as does what stands in for an answer.
pub(super) fn answered(request: &Request<()>, response: Response) -> Response {
    let (Provenance::Network { fetched_at } | Provenance::Store { fetched_at, .. }) =
        response.provenance
    else {
        return response;
    };
    // "A server MUST ignore all received preconditions if its response to the same request
    //  without those conditions […] would have been a status code other than a 2xx
    //  (Successful) or 412" (RFC 9110 §13.2.1)
    let is_whole = response.status == StatusCode::OK
        && !response.headers.contains_key(CONTENT_RANGE)
        && [Method::GET, Method::HEAD].contains(&request.method);
    if !is_whole {
        return response;
    }
    match precondition(&request.method, &request.headers, &response.headers, fetched_at) {
        Precondition::NotModified => not_modified(response),
        Precondition::Failed => refused(StatusCode::PRECONDITION_FAILED, response),
        // "A server MUST ignore a Range header field received with a request method that is
        //  unrecognized or for which range handling is not defined. For this specification,
        //  GET is the only method for which range handling is defined." (RFC 9110 §14.2)
        Precondition::Holds if request.method == Method::GET => partial(request, response),
        Precondition::Holds => response,
    }
}

/// The parts of a response that a GET asks for.
fn partial(request: &Request<()>, response: Response) -> Response {
    // Where a length is not known beforehand, nothing can be counted from its end.
    let Some(length) = length(&response) else { return response };
    match ranges(&request.headers, &response.headers, length) {
        Ranges::Whole => response,
        Ranges::Unsatisfiable => {
            let mut refused = refused(StatusCode::RANGE_NOT_SATISFIABLE, response);
            refused.headers.insert(CONTENT_RANGE, unsatisfied(length));
            refused
        }
        Ranges::One(range) => one_part(response, range, length),
        Ranges::Many(ranges) => match response.body {
            Body::Bytes(ref whole) => {
                let whole = whole.clone();
                several_parts(response, &whole, ranges)
            }
            // Its parts come in the order in which they lie, not in which they are wanted.
            Body::Stream(_) => response,
        },
    }
}

fn length(response: &Response) -> Option<u64> {
    let said = || {
        let mut lines = response.headers.get_all(CONTENT_LENGTH).iter();
        let first = lines.next()?.to_str().ok()?.parse().ok()?;
        // Of two lengths none is to be relied on.
        lines.next().is_none().then_some(first)
    };
    response.body.length().or_else(said)
}

fn one_part(response: Response, range: Range<u64>, length: u64) -> Response {
    let mut headers = response.headers;
    headers.insert(CONTENT_RANGE, content_range(&range, length));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(range.end.saturating_sub(range.start)));
    let body = match response.body {
        Body::Bytes(whole) => Body::Bytes(slice(&whole, &range)),
        Body::Stream(pieces) => Body::Stream(cut(pieces, range)),
    };
    Response { status: StatusCode::PARTIAL_CONTENT, headers, body, head_at: None, ..response }
}

fn several_parts(response: Response, whole: &Bytes, ranges: Vec<Range<u64>>) -> Response {
    let mut headers = response.headers;
    let multipart = Multipart::of(ranges, &headers, whole.len() as u64);
    // "a server MUST NOT generate a Content-Range header field in the HTTP header section of
    //  a multiple part response" (RFC 9110 §15.3.7.2)
    headers.insert(CONTENT_TYPE, multipart.content_type());
    headers.insert(CONTENT_LENGTH, HeaderValue::from(multipart.length()));
    let parts = multipart.parts().iter();
    let pieces = parts.flat_map(|part| [part.head.clone(), slice(whole, &part.range)]);
    let pieces: Vec<_> = pieces.chain([multipart.closing()]).map(Ok).collect();
    let body = Body::Stream(stream::iter(pieces).boxed());
    Response { status: StatusCode::PARTIAL_CONTENT, headers, body, head_at: None, ..response }
}

fn not_modified(response: Response) -> Response {
    let mut headers = not_modified_headers(&response.headers);
    copy(&[SET_COOKIE], &response.headers, &mut headers);
    let (status, body) = (StatusCode::NOT_MODIFIED, Body::empty());
    Response { status, headers, body, head_at: None, ..response }
}

/// A response that is not served, and why in its status.
fn refused(status: StatusCode, response: Response) -> Response {
    let mut headers = HeaderMap::new();
    copy(&[DATE, CACHE_STATUS, SET_COOKIE], &response.headers, &mut headers);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(0));
    Response { status, headers, body: Body::empty(), head_at: None, ..response }
}

/// Copies headers that are not about the body. A cookie is the client's whether it gets
/// the body with it or not.
fn copy(names: &[HeaderName], from: &HeaderMap, to: &mut HeaderMap) {
    for name in names {
        for value in from.get_all(name) {
            to.append(name.clone(), value.clone());
        }
    }
}

/// A part of what is at hand, without copying it.
fn slice(whole: &Bytes, range: &Range<u64>) -> Bytes {
    let within = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(whole.len());
    let (start, end) = (within(range.start), within(range.end));
    whole.slice(start.min(end)..end)
}

/// A part of what is read in pieces.
struct Cut {
    pieces: BoxStream<'static, io::Result<Bytes>>,
    /// How many bytes come before it.
    before: u64,
    /// How many of its own bytes are still to come.
    missing: u64,
}

/// Passes over what comes before a part and ends after it.
fn cut(
    pieces: BoxStream<'static, io::Result<Bytes>>,
    range: Range<u64>,
) -> BoxStream<'static, io::Result<Bytes>> {
    let missing = range.end.saturating_sub(range.start);
    let cut = Cut { pieces, before: range.start, missing };
    stream::unfold(Some(cut), |cut| async { cut?.next().await }).boxed()
}

impl Cut {
    async fn next(mut self) -> Option<(io::Result<Bytes>, Option<Self>)> {
        while self.missing > 0 {
            let piece = match self.pieces.next().await {
                Some(Ok(piece)) => piece,
                Some(Err(error)) => return Some((Err(error), None)),
                // The length was said in the headers: what is short of it must not look whole.
                None => return Some((Err(io::ErrorKind::UnexpectedEof.into()), None)),
            };
            let length = piece.len() as u64;
            let start = self.before.min(length);
            self.before = self.before.saturating_sub(start);
            let end = start.saturating_add(self.missing).min(length);
            let part = slice(&piece, &(start..end));
            if !part.is_empty() {
                self.missing = self.missing.saturating_sub(part.len() as u64);
                return Some((Ok(part), Some(self)));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use proptest::prelude::*;
    use url::Url;

    use super::*;
    use crate::request::Destination;
    use crate::response::{Because, CacheStatus};

    const ALPHABET: &str = "abcdefghijklmnopqrstuvwxyz";

    fn request(lines: &[(&'static str, &str)]) -> Request<()> {
        let url = Url::parse("http://127.0.0.1:8000/static/a.txt").unwrap();
        let mut request = Request::get(url, Destination::Data).without_body();
        for (name, value) in lines {
            request.headers.append(*name, value.parse().unwrap());
        }
        request
    }

    fn response(body: Body) -> Response {
        let lines = [
            ("content-type", "text/plain"),
            ("content-length", "26"),
            ("etag", r#""a""#),
            ("cache-status", "Holdfast; hit"),
            ("set-cookie", "a=1"),
            ("set-cookie", "b=2"),
        ];
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, HeaderValue::from_static(value));
        }
        let provenance = Provenance::Store { fetched_at: UNIX_EPOCH, because: Because::Strategy };
        let status = StatusCode::OK;
        let cache_status = CacheStatus::Hit { because: Because::Strategy };
        let (head_at, redirected_to) = (Some(3), None);
        Response { status, headers, body, provenance, cache_status, head_at, redirected_to }
    }

    fn whole() -> Response {
        response(Body::from(ALPHABET))
    }

    /// The same body in pieces of so many bytes.
    fn streamed(size: usize) -> Response {
        let pieces = ALPHABET.as_bytes().chunks(size);
        let pieces: Vec<_> = pieces.map(|piece| Ok(Bytes::from_static(piece))).collect();
        response(Body::Stream(stream::iter(pieces).boxed()))
    }

    fn text(body: Body) -> String {
        let bytes = futures::executor::block_on(body.collect()).unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
        response.headers.get(name).map(|value| value.to_str().unwrap())
    }

    #[track_caller]
    fn check(range: &str, expected: &str, content_range: &str) {
        for stored in [whole(), streamed(1), streamed(7), streamed(26)] {
            let part = answered(&request(&[("range", range)]), stored);
            assert_eq!(part.status, StatusCode::PARTIAL_CONTENT);
            assert_eq!(header(&part, "content-range"), Some(content_range));
            assert_eq!(header(&part, "content-length"), Some(&*expected.len().to_string()));
            assert_eq!(header(&part, "content-type"), Some("text/plain"));
            assert_eq!(header(&part, "etag"), Some(r#""a""#));
            assert_eq!(header(&part, "accept-ranges"), None, "the site does not say so");
            assert_eq!(part.head_at, None, "a part has no head");
            assert_eq!(text(part.body), expected);
        }
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn a_part_is_cut_out_of_what_is_at_hand_and_of_what_is_read() {
        check("bytes=0-0",     "a",      "bytes 0-0/26");
        check("bytes=0-6",     "abcdefg", "bytes 0-6/26");
        check("bytes=7-",      "hijklmnopqrstuvwxyz", "bytes 7-25/26");
        check("bytes=6-7",     "gh",     "bytes 6-7/26");
        check("bytes=-3",      "xyz",    "bytes 23-25/26");
        check("bytes=20-99",   "uvwxyz", "bytes 20-25/26");
        check("bytes=0-",      ALPHABET, "bytes 0-25/26");
    }

    #[test]
    fn several_parts_come_in_one_body() {
        let long = Bytes::from(ALPHABET.repeat(10));
        let asked = request(&[("range", "bytes=-3,0-2")]);
        let parts = answered(&asked, response(Body::Bytes(long)));
        assert_eq!(parts.status, StatusCode::PARTIAL_CONTENT);
        assert_eq!(header(&parts, "content-range"), None);
        let content_type = header(&parts, "content-type").unwrap().to_owned();
        let (essence, boundary) = content_type.split_once("; boundary=").unwrap();
        assert_eq!(essence, "multipart/byteranges");
        let length: usize = header(&parts, "content-length").unwrap().parse().unwrap();
        let text = text(parts.body);
        assert_eq!(text.len(), length);
        let pieces: Vec<_> = text.split(&format!("--{boundary}")).collect();
        assert_eq!(
            pieces,
            [
                "",
                "\r\nContent-Type: text/plain\r\nContent-Range: bytes 257-259/260\r\n\r\nxyz\r\n",
                "\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-2/260\r\n\r\nabc\r\n",
                "--\r\n",
            ]
        );
    }

    #[test]
    fn several_parts_of_what_is_read_are_the_whole() {
        let mut stored = streamed(7);
        stored.headers.insert(CONTENT_LENGTH, HeaderValue::from(260));
        let served = answered(&request(&[("range", "bytes=-3,0-2")]), stored);
        assert_eq!(served.status, StatusCode::OK);
        assert_eq!(text(served.body), ALPHABET);
    }

    #[test]
    fn what_is_not_there_is_refused_with_the_length() {
        for stored in [whole(), streamed(7)] {
            let refused = answered(&request(&[("range", "bytes=26-")]), stored);
            assert_eq!(refused.status, StatusCode::RANGE_NOT_SATISFIABLE);
            assert_eq!(header(&refused, "content-range"), Some("bytes */26"));
            assert_eq!(header(&refused, "content-length"), Some("0"));
            assert_eq!(header(&refused, "content-type"), None);
            assert_eq!(header(&refused, "cache-status"), Some("Holdfast; hit"));
            assert!(refused.body.is_empty());
        }
    }

    #[test]
    fn what_is_known_is_not_sent_again() {
        let known = request(&[("if-none-match", r#""a""#), ("range", "bytes=0-1")]);
        for method in [Method::GET, Method::HEAD] {
            let known = Request { method, ..known.clone() };
            let answer = answered(&known, whole());
            assert_eq!(answer.status, StatusCode::NOT_MODIFIED);
            assert_eq!(header(&answer, "etag"), Some(r#""a""#));
            assert_eq!(header(&answer, "content-type"), None);
            assert_eq!(header(&answer, "content-length"), None);
            assert_eq!(answer.headers.get_all("set-cookie").iter().count(), 2);
            assert_eq!(answer.head_at, None);
            assert!(answer.body.is_empty());
        }
    }

    #[test]
    fn what_is_not_wanted_is_not_sent() {
        let asked = request(&[("if-match", r#""b""#), ("range", "bytes=0-1")]);
        let answer = answered(&asked, whole());
        assert_eq!(answer.status, StatusCode::PRECONDITION_FAILED);
        assert_eq!(header(&answer, "etag"), None);
        assert!(answer.body.is_empty());
    }

    #[test]
    fn a_part_of_another_response_is_not_added_to() {
        let resumed = request(&[("range", "bytes=20-"), ("if-range", r#""a""#)]);
        assert_eq!(answered(&resumed, whole()).status, StatusCode::PARTIAL_CONTENT);
        let changed = request(&[("range", "bytes=20-"), ("if-range", r#""b""#)]);
        let served = answered(&changed, whole());
        assert_eq!(served.status, StatusCode::OK);
        assert_eq!(text(served.body), ALPHABET);
    }

    #[test]
    fn only_a_whole_answer_to_a_read_is_cut() {
        let asked = request(&[("range", "bytes=0-1"), ("if-none-match", "*")]);
        let partly = request(&[("range", "bytes=0-1")]);
        let stays = |request: &Request<()>, response: Response| {
            let (status, body) = (response.status, format!("{:?}", response.body));
            let served = answered(request, response);
            assert_eq!((served.status, format!("{:?}", served.body)), (status, body));
        };
        stays(&asked, Response { status: StatusCode::NOT_FOUND, ..whole() });
        stays(&asked, Response { status: StatusCode::PARTIAL_CONTENT, ..whole() });
        stays(&Request { method: Method::POST, ..asked.clone() }, whole());
        stays(&Request { method: Method::HEAD, ..partly.clone() }, whole());
        let provenance = Provenance::Fallback { fetched_at: None, because: Because::Offline };
        stays(&asked, Response { provenance, ..whole() });
        let mut unmeasured = streamed(7);
        unmeasured.headers.remove(CONTENT_LENGTH);
        stays(&partly, unmeasured);
        let mut mismeasured = streamed(7);
        mismeasured.headers.append(CONTENT_LENGTH, HeaderValue::from(27));
        stays(&partly, mismeasured);
    }

    #[test]
    fn a_body_that_ends_early_or_breaks_off_is_no_part() {
        for end in [None, Some(Err(io::Error::other("cut")))] {
            let pieces = [Ok(Bytes::from_static(b"abc"))].into_iter().chain(end);
            let pieces = stream::iter(pieces.collect::<Vec<_>>()).boxed();
            let part =
                answered(&request(&[("range", "bytes=1-5")]), response(Body::Stream(pieces)));
            let pieces: Vec<_> = futures::executor::block_on(part.body.into_stream().collect());
            assert_eq!(pieces.len(), 2);
            assert_eq!(pieces[0].as_deref().unwrap(), b"bc");
            assert!(pieces[1].is_err());
        }
    }

    proptest! {
        #[test]
        fn a_part_is_the_same_however_it_is_read(
            first in 0_usize..26,
            more in 0_usize..26,
            size in 1_usize..27,
        ) {
            let last = (first + more).min(25);
            let asked = request(&[("range", &format!("bytes={first}-{last}"))]);
            let part = answered(&asked, streamed(size));
            prop_assert_eq!(text(part.body), &ALPHABET[first..=last]);
        }
    }
}
