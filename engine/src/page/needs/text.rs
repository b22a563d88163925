//! The text of a body, in whichever encoding it came.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};
use http::header::HeaderMap;

use super::{Kind, LOOKED_AT};
use crate::response::content_type;

/// "The user agent [should] scan the first 1024 bytes" (HTML §13.2.3.2)
const SCANNED: usize = 1024;

/// The text, and its encoding: by byte order mark, then by header, then by what it says itself.
pub(super) fn decoded<'b>(
    body: &'b [u8],
    headers: &HeaderMap,
    kind: Kind,
) -> (Cow<'b, str>, &'static Encoding) {
    let body = body.get(..LOOKED_AT).unwrap_or(body);
    let named = content_type(headers)
        .and_then(|(_, charset)| charset)
        .and_then(|label| Encoding::for_label(label.as_bytes()));
    let encoding = named.or_else(|| declared(body, kind)).unwrap_or(UTF_8);
    let (text, encoding, _) = encoding.decode(body);
    // "an output encoding" (Encoding §4.3): nothing is written in UTF-16.
    (text, encoding.output_encoding())
}

fn declared(body: &[u8], kind: Kind) -> Option<&'static Encoding> {
    let start = body.get(..SCANNED).unwrap_or(body);
    let mark: &[u8] = match kind {
        Kind::Html => b"charset",
        Kind::Css if start.starts_with(b"@charset \"") => b"@charset",
        Kind::Xhtml | Kind::Svg if start.starts_with(b"<?xml") => b"encoding",
        Kind::Xhtml | Kind::Svg | Kind::Css | Kind::Script | Kind::Manifest => return None,
    };
    let at = start.windows(mark.len()).position(|word| word.eq_ignore_ascii_case(mark))?;
    let label = start.get(at + mark.len()..)?.trim_ascii_start();
    let label = label.strip_prefix(b"=").unwrap_or(label).trim_ascii_start();
    let label = label.strip_prefix(b"\"").or(label.strip_prefix(b"'")).unwrap_or(label);
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"\"';>/?".contains(byte);
    let label = label.split(is_end).next()?;
    let encoding = Encoding::for_label(label)?;
    // "If charset is UTF-16BE/LE, then set charset to UTF-8. If charset is x-user-defined,
    // then set charset to windows-1252." (HTML §13.2.3.2) Else the label could not be read.
    Some(match encoding {
        utf_16 if utf_16 == UTF_16BE || utf_16 == UTF_16LE => UTF_8,
        user_defined if user_defined == X_USER_DEFINED => WINDOWS_1252,
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use http::header::{CONTENT_TYPE, HeaderValue};

    use super::*;

    #[track_caller]
    fn check(body: &[u8], content_type: &'static str, kind: Kind, expected: &str) {
        let value = HeaderValue::from_static(content_type);
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, value)]);
        assert!(decoded(body, &headers, kind).0.ends_with(expected));
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn the_encoding_is_found_where_it_is_said() {
        check(b"\xe4",                                     "text/html; charset=latin1", Kind::Html, "\u{e4}");
        check(b"\xef\xbb\xbf\xc3\xa4",                     "text/html; charset=latin1", Kind::Html, "\u{e4}");
        check(b"<meta charset=latin1>\xe4",                "text/html",                 Kind::Html, "\u{e4}");
        check(b"<meta content='text/html; Charset = \"windows-1252\"'>\xe4", "text/html", Kind::Html, "\u{e4}");
        check(b"<meta charset=utf-16>\xc3\xa4",            "text/html",                 Kind::Html, "\u{e4}");
        check(b"@charset \"latin1\";\xe4",                 "text/css",                  Kind::Css,  "\u{e4}");
        check(b"<?xml version='1.0' encoding='latin1'?>\xe4", "image/svg+xml",          Kind::Svg,  "\u{e4}");
        check(b"\xff\xfe\xe4\0",                           "text/html",                 Kind::Html, "\u{e4}");
        check(b"\xc3\xa4",                                 "text/html",                 Kind::Html, "\u{e4}");
        check(b"\xe4",                                     "text/javascript",           Kind::Script, "\u{fffd}");
    }
}
