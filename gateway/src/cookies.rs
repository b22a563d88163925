//! The site's cookies, as a client of the gateway can keep them.
//!
//! They pass through: each client keeps its own, so two browsers never share a sign-in.
//! Only what ties a cookie to the site's own host and to TLS goes, since the client knows
//! neither. What protects the cookie in the client, `HttpOnly` and `SameSite`, stays.

use http::header::{HeaderMap, HeaderValue, SET_COOKIE};

/// How the site is reached, which is how it may have marked its cookies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Upstream {
    Encrypted,
    Plain,
}

/// Rewrites every `Set-Cookie` for a client that sees the site on loopback.
pub(crate) fn adapt(headers: &mut HeaderMap, upstream: Upstream) {
    let lines: Vec<HeaderValue> = headers.get_all(SET_COOKIE).iter().cloned().collect();
    if lines.is_empty() {
        return;
    }
    headers.remove(SET_COOKIE);
    for line in lines {
        headers.append(SET_COOKIE, adapted(&line, upstream));
    }
}

/// One cookie without `Domain`, and without what demands TLS if the site has it: the
/// gateway has not.
fn adapted(line: &HeaderValue, upstream: Upstream) -> HeaderValue {
    // Names and values may hold any byte, so nothing is taken for text.
    let mut parts = line.as_bytes().split(|byte| *byte == b';');
    let pair = parts.next().unwrap_or_default();
    let loses_secure = upstream == Upstream::Encrypted && !demands_secure(pair);
    let mut adapted = pair.to_vec();
    for attribute in parts {
        let is_dropped = is_attribute(attribute, b"domain", None)
            || loses_secure
                && (is_attribute(attribute, b"secure", None)
                    || is_attribute(attribute, b"partitioned", None)
                    || is_attribute(attribute, b"samesite", Some(b"none")));
        if !is_dropped {
            adapted.push(b';');
            adapted.extend_from_slice(attribute);
        }
    }
    // A part of a valid value between semicolons is valid, so this never falls back.
    HeaderValue::from_bytes(&adapted).unwrap_or_else(|_| line.clone())
}

/// Cookies with these prefixes are refused without `Secure` (RFC 6265bis §4.1.3). With it,
/// browsers that trust loopback as they trust TLS take them.
fn demands_secure(pair: &[u8]) -> bool {
    let name = pair.trim_ascii_start();
    [b"__Secure-".as_slice(), b"__Host-"].iter().any(|prefix| {
        name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    })
}

/// Whether an attribute has this name and, where one is given, this value.
fn is_attribute(attribute: &[u8], name: &[u8], value: Option<&[u8]>) -> bool {
    let mut halves = attribute.splitn(2, |byte| *byte == b'=');
    let its_name = halves.next().unwrap_or_default().trim_ascii();
    let its_value = halves.next().unwrap_or_default().trim_ascii();
    its_name.eq_ignore_ascii_case(name)
        && value.is_none_or(|value| its_value.eq_ignore_ascii_case(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(upstream: Upstream, cookie: &str, expected: &str) {
        let adapted = adapted(&cookie.parse().unwrap(), upstream);
        assert_eq!(adapted.to_str().unwrap(), expected);
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn a_cookie_is_freed_of_what_its_client_cannot_keep() {
        use Upstream::{Encrypted, Plain};
        check(Plain,     "a=b",                                    "a=b");
        check(Plain,     "a=b; Domain=example.org; Path=/",        "a=b; Path=/");
        check(Plain,     "a=b; domain = example.org;HttpOnly",     "a=b;HttpOnly");
        check(Plain,     "a=b; Secure; SameSite=None",             "a=b; Secure; SameSite=None");
        check(Encrypted, "a=b; Secure; HttpOnly; SameSite=Strict", "a=b; HttpOnly; SameSite=Strict");
        check(Encrypted, "a=b; secure; samesite=none; Partitioned; Max-Age=5", "a=b; Max-Age=5");
        check(Encrypted, "a=b; SameSite=Lax; SECURE",              "a=b; SameSite=Lax");
        check(Encrypted, "__Host-a=b; Secure; Path=/",             "__Host-a=b; Secure; Path=/");
        check(Encrypted, "__secure-a=b; Secure; Domain=h",         "__secure-a=b; Secure");
        check(Encrypted, "secure=domain; Path=/secure",            "secure=domain; Path=/secure");
        check(Encrypted, "",                                       "");
    }

    #[test]
    fn every_cookie_of_a_response_is_adapted() {
        let mut headers = HeaderMap::new();
        for line in ["a=1; Domain=h", "b=2; Domain=h"] {
            headers.append(SET_COOKIE, HeaderValue::from_static(line));
        }
        adapt(&mut headers, Upstream::Plain);
        let lines: Vec<_> = headers.get_all(SET_COOKIE).iter().collect();
        assert_eq!(lines, ["a=1", "b=2"]);
    }

    #[test]
    fn bytes_that_are_no_text_pass() {
        let line = HeaderValue::from_bytes(b"a=\xe9; Domain=h; Path=/").unwrap();
        assert_eq!(adapted(&line, Upstream::Plain).as_bytes(), b"a=\xe9; Path=/");
    }
}
