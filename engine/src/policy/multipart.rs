//! Several parts of a body as one (RFC 9110 §14.6).

use std::ops::Range;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, LAST_MODIFIED};

use super::range::{content_range, visible};

/// What stands before, between and after the parts, which a caller puts in.
#[derive(Debug)]
pub(crate) struct Multipart {
    boundary: String,
    parts: Vec<Part>,
    closing: Bytes,
}

/// One part of several.
#[derive(Debug)]
pub(crate) struct Part {
    /// What stands before it.
    pub(crate) head: Bytes,
    /// Where in the whole body it lies.
    pub(crate) range: Range<u64>,
}

impl Multipart {
    /// These parts of a stored body of `length` bytes.
    ///
    /// The boundary follows from the validators and the length, so that the same request
    /// gets the same bytes.
    pub(crate) fn of(ranges: Vec<Range<u64>>, stored: &HeaderMap, length: u64) -> Self {
        let boundary = boundary(stored, length);
        let mut between = "";
        let parts = ranges.into_iter().map(|range| {
            let mut head = format!("{between}--{boundary}\r\n").into_bytes();
            between = "\r\n";
            // "If the selected representation would have had a Content-Type header field in a
            //  200 (OK) response, the server SHOULD generate that same Content-Type header
            //  field in the header area of each body part." (RFC 9110 §15.3.7.2)
            if let Some(content_type) = stored.get(CONTENT_TYPE) {
                head.extend_from_slice(b"Content-Type: ");
                head.extend_from_slice(content_type.as_bytes());
                head.extend_from_slice(b"\r\n");
            }
            head.extend_from_slice(b"Content-Range: ");
            head.extend_from_slice(content_range(&range, length).as_bytes());
            head.extend_from_slice(b"\r\n\r\n");
            Part { head: head.into(), range }
        });
        let parts = parts.collect();
        let closing = format!("\r\n--{boundary}--\r\n").into();
        Self { boundary, parts, closing }
    }

    /// The `Content-Type` of the whole.
    pub(crate) fn content_type(&self) -> HeaderValue {
        visible(format!("multipart/byteranges; boundary={}", self.boundary))
    }

    /// The length of the whole in bytes.
    pub(crate) fn length(&self) -> u64 {
        let lengths = self.parts.iter().map(|Part { head, range }| {
            (head.len() as u64).saturating_add(range.end.saturating_sub(range.start))
        });
        lengths.fold(self.closing.len() as u64, u64::saturating_add)
    }

    /// The parts in order.
    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// What stands after the last part.
    pub(crate) fn closing(&self) -> Bytes {
        self.closing.clone()
    }
}

fn boundary(stored: &HeaderMap, length: u64) -> String {
    let mut hasher = blake3::Hasher::new();
    for name in [ETAG, LAST_MODIFIED] {
        hasher.update(stored.get(name).map_or(&[], HeaderValue::as_bytes));
        hasher.update(b"\n");
    }
    hasher.update(&length.to_le_bytes());
    hasher.finalize().to_hex().as_str().chars().take(32).collect()
}

#[cfg(test)]
mod tests {
    use http::HeaderName;
    use proptest::prelude::*;

    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let lines = lines.iter().map(|(name, value)| {
            (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap())
        });
        lines.collect()
    }

    fn written(multipart: &Multipart, body: &[u8]) -> Vec<u8> {
        let mut written = Vec::new();
        for Part { head, range } in multipart.parts() {
            written.extend_from_slice(head);
            written.extend_from_slice(&body[range.start as usize..range.end as usize]);
        }
        written.extend_from_slice(&multipart.closing());
        written
    }

    #[test]
    fn several_parts_are_one_body() {
        let stored = headers(&[("content-type", "text/plain"), ("etag", r#""a""#)]);
        let body: Vec<u8> = (b'a'..=b'z').collect();
        let multipart = Multipart::of(vec![23..26, 0..3], &stored, 26);
        let boundary = "BOUNDARY";
        let text = String::from_utf8(written(&multipart, &body)).unwrap();
        let expected = "--BOUNDARY\r\nContent-Type: text/plain\r\nContent-Range: bytes 23-25/26\r\n\r\n\
                        xyz\r\n--BOUNDARY\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-2/26\r\n\r\n\
                        abc\r\n--BOUNDARY--\r\n";
        assert_eq!(text.replace(&multipart.boundary, boundary), expected);
        let content_type = format!("multipart/byteranges; boundary={}", multipart.boundary);
        assert_eq!(multipart.content_type(), content_type.as_str());
        assert_eq!(multipart.boundary.len(), 32);
    }

    #[test]
    fn the_boundary_follows_from_what_is_stored() {
        let stored = |etag| headers(&[("etag", etag)]);
        assert_eq!(boundary(&stored(r#""a""#), 9), boundary(&stored(r#""a""#), 9));
        assert_ne!(boundary(&stored(r#""a""#), 9), boundary(&stored(r#""b""#), 9));
        assert_ne!(boundary(&stored(r#""a""#), 9), boundary(&stored(r#""a""#), 8));
    }

    proptest! {
        #[test]
        fn the_length_said_is_the_length_sent(
            ranges in proptest::collection::vec((0_u64..500, 1_u64..500), 0..10),
            content_type in proptest::option::of("[ -~]{0,20}"),
        ) {
            let ranges = ranges.into_iter().map(|(start, length)| start..start + length).collect();
            let mut stored = HeaderMap::new();
            stored.extend(content_type.map(|text| (CONTENT_TYPE, text.parse().unwrap())));
            let multipart = Multipart::of(ranges, &stored, 1000);
            prop_assert_eq!(multipart.length(), written(&multipart, &[b'x'; 1000]).len() as u64);
        }
    }
}
