//! Forms of pages that are not in UTF-8.
//!
//! "Let encoding be the result of picking an encoding for the form" (HTML §4.10.22.3): what a
//! form sends is in the encoding of its page, and a site that has one reads nothing else. The
//! page's script writes UTF-8, which is the only one that scripts can write, so it is written
//! anew here.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use encoding_rs::{Encoding, UTF_8};
use http::header::{CONTENT_TYPE, HeaderMap};
use url::form_urlencoded;

/// How many pages are remembered; those that are open are among the last.
const REMEMBERED: usize = 32;
/// How much of a page is searched for the word on its encoding: "the first 1024 bytes" (HTML
/// §4.2.5.4), and what the app has put in front of them.
const PRESCANNED: usize = 8 << 10;

/// Pages with another encoding than UTF-8, by path and query.
#[derive(Default)]
pub(crate) struct Charsets {
    known: Mutex<VecDeque<(String, &'static Encoding)>>,
}

impl Charsets {
    /// Notes the encoding of a page that is shown.
    pub(crate) fn note(&self, page: &str, headers: &HeaderMap, body: &[u8]) {
        let encoding = encoding_of(headers, body);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // Most sites have one, and nothing to remember.
        if encoding == UTF_8 && known.is_empty() {
            return;
        }
        known.retain(|(other, _)| other != page);
        if encoding != UTF_8 {
            known.push_back((page.to_owned(), encoding));
        }
        if known.len() > REMEMBERED {
            known.pop_front();
        }
    }

    /// What a form on a page sends, in the page's encoding.
    pub(crate) fn of_form(&self, page: &str, content_type: Option<&str>, body: Bytes) -> Bytes {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let encoding = known.iter().find(|(other, _)| other == page).map(|(_, encoding)| *encoding);
        match encoding {
            Some(encoding) => encoded(encoding, content_type.unwrap_or_default(), body),
            None => body,
        }
    }
}

fn encoding_of(headers: &HeaderMap, body: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(body) {
        return encoding.output_encoding();
    }
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let start = body.get(..PRESCANNED).unwrap_or(body);
    // Letters of other encodings are none that it is searched for.
    let start = String::from_utf8_lossy(start);
    let said = charset_in(text).or_else(|| charset_in(&start));
    // "return UTF-8 if it is replacement or UTF-16" (Encoding §4.3, get an output encoding)
    said.map_or(UTF_8, Encoding::output_encoding)
}

/// The encoding that `charset=` names in a header or a page.
fn charset_in(text: &str) -> Option<&'static Encoding> {
    let lower = text.to_ascii_lowercase();
    let (_, rest) = lower.split_once("charset")?;
    let label = rest.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
    let end = label.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:.+".contains(c)));
    Encoding::for_label(label.get(..end.unwrap_or(label.len()))?.as_bytes())
}

fn encoded(encoding: &'static Encoding, content_type: &str, body: Bytes) -> Bytes {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("multipart/form-data") {
        let boundary = content_type.split_once("boundary=").map(|(_, boundary)| boundary);
        return boundary.map_or(body.clone(), |boundary| multipart(encoding, boundary, &body));
    }
    if kind.eq_ignore_ascii_case("text/plain") {
        return Bytes::from(written(encoding, &body).into_owned());
    }
    let write = writer(encoding);
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    pairs.encoding_override(Some(&write));
    for (name, value) in form_urlencoded::parse(&body) {
        // "If entry's name is `_charset_` and type is hidden, then set value to […] the name of
        // encoding" (HTML §4.10.22.4)
        let value = if name == "_charset_" { encoding.name().into() } else { value };
        pairs.append_pair(&name, &value);
    }
    pairs.finish().into()
}

fn writer(encoding: &'static Encoding) -> impl Fn(&str) -> Cow<'_, [u8]> {
    move |text| encoding.encode(text).0
}

/// Text in another encoding; what it does not have stands as a character reference, as
/// browsers send it.
fn written<'b>(encoding: &'static Encoding, text: &'b [u8]) -> Cow<'b, [u8]> {
    match std::str::from_utf8(text) {
        Ok(text) => encoding.encode(text).0,
        Err(_) => Cow::Borrowed(text),
    }
}

/// The parts of a form, of which the heads and what was entered are text, and files are not.
fn multipart(encoding: &'static Encoding, boundary: &str, body: &Bytes) -> Bytes {
    const HEAD_ENDS: &[u8] = b"\r\n\r\n";
    let mark = format!("--{boundary}").into_bytes();
    let mut whole = Vec::with_capacity(body.len());
    let mut rest: &[u8] = body;
    while let Some(at) = find(rest, &mark) {
        let (part, after) = rest.split_at(at);
        match find(part, HEAD_ENDS) {
            Some(end) => {
                let (head, content) = part.split_at(end);
                whole.extend_from_slice(&written(encoding, head));
                let is_file = find(head, b"; filename=").is_some();
                let content =
                    if is_file { Cow::Borrowed(content) } else { written(encoding, content) };
                whole.extend_from_slice(&content);
            }
            None => whole.extend_from_slice(part),
        }
        let (mark, after) = after.split_at(mark.len());
        whole.extend_from_slice(mark);
        rest = after;
    }
    whole.extend_from_slice(rest);
    whole.into()
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(content_type: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(CONTENT_TYPE, http::HeaderValue::from_static(content_type))])
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn the_encoding_of_a_page_is_what_it_says() {
        let check = |header: &'static str, page: &str, expected: &str| {
            assert_eq!(encoding_of(&headers(header), page.as_bytes()).name(), expected, "{header} {page}");
        };
        check("text/html; charset=ISO-8859-1",  "<meta charset=utf-8>",      "windows-1252");
        check("text/html",                      "<meta charset='koi8-r'>",   "KOI8-R");
        check("text/html",                      "<meta http-equiv=Content-Type content=\"text/html; charset=Shift_JIS\">", "Shift_JIS");
        check("text/html; charset=utf-16",      "",                          "UTF-8");
        check("text/html",                      "<meta charset=nonsense>",   "UTF-8");
        check("text/html",                      "<p>charset",                "UTF-8");
    }

    #[test]
    fn a_form_is_sent_in_the_encoding_of_its_page() {
        let charsets = Charsets::default();
        charsets.note("/old?a", &headers("text/html; charset=iso-8859-1"), b"");
        charsets.note("/new", &headers("text/html; charset=utf-8"), b"");
        let form = "word=gr%C3%BCn+%E2%98%83&_charset_=";
        let sent = |page, form: &'static str| charsets.of_form(page, None, Bytes::from(form));
        assert_eq!(sent("/old?a", form), "word=gr%FCn+%26%239731%3B&_charset_=windows-1252");
        assert_eq!(sent("/new", form), form);
        // It is another page by now.
        charsets.note("/old?a", &headers("text/html; charset=utf-8"), b"");
        assert_eq!(sent("/old?a", form), form);
    }

    #[test]
    fn files_of_a_form_stay_as_they_are() {
        let part = |name: &str, value: &[u8]| {
            [
                format!("--b\r\nContent-Disposition: form-data; {name}\r\n\r\n").as_bytes(),
                value,
                b"\r\n",
            ]
            .concat()
        };
        let body = [
            part("name=\"w\u{f6}rt\"", "grün".as_bytes()),
            part("name=\"f\"; filename=\"ü.txt\"", "grün".as_bytes()),
            b"--b--\r\n".to_vec(),
        ];
        let encoding = encoding_rs::WINDOWS_1252;
        let sent = encoded(encoding, "multipart/form-data; boundary=b", Bytes::from(body.concat()));
        let expected = [
            &b"--b\r\nContent-Disposition: form-data; name=\"w\xf6rt\"\r\n\r\ngr\xfcn\r\n"[..],
            b"--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"\xfc.txt\"\r\n\r\n",
            "grün\r\n--b--\r\n".as_bytes(),
        ];
        assert_eq!(sent, expected.concat());
    }

    #[test]
    fn only_the_last_pages_are_remembered() {
        let charsets = Charsets::default();
        for number in 0..=REMEMBERED {
            charsets.note(&format!("/{number}"), &headers("text/html; charset=koi8-r"), b"");
        }
        assert_eq!(charsets.known.lock().unwrap().len(), REMEMBERED);
        assert_eq!(charsets.of_form("/0", None, Bytes::from("a=%C3%BC")), "a=%C3%BC");
    }
}
