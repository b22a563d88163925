//! What may be stored, and for whom.

use http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_RANGE, HeaderMap, HeaderName, SET_COOKIE,
};
use http::{Method, StatusCode};

use super::partition::{Partition, Visitor};
use super::vary::{Variant, depends_on_cookies};
use crate::request::Request;

/// What the profile says about storing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// Whether `no-store` keeps a response from being stored.
    pub(crate) honours_no_store: bool,
    /// Whether a cookie tells visitors apart.
    pub(crate) knows_visitors: bool,
}

/// Why a response is not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unstorable {
    /// Only what GET brings can answer a later request.
    Method,
    /// An error, a part, or a temporary redirect.
    Status,
    /// The site or the page said so.
    NoStore,
    /// `Vary: *`.
    VariesByEverything,
    /// It was made for credentials.
    Authorized,
    /// It is somebody's, and the profile names no cookie that says whose.
    UnknownVisitor,
}

/// Decides whether a response may be stored, and who may see it again.
///
/// Errors are never stored, so that they never replace a good copy. Of redirects only
/// the permanent ones are: a temporary one is often the way to a sign-in page.
pub(crate) fn storability<B>(
    request: &Request<B>,
    visitor: &Visitor,
    status: StatusCode,
    response: &HeaderMap,
    rules: Rules,
) -> Result<(Partition, Variant), Unstorable> {
    if request.method != Method::GET {
        return Err(Unstorable::Method);
    }
    let is_storable_status = matches!(
        status,
        StatusCode::OK | StatusCode::MOVED_PERMANENTLY | StatusCode::PERMANENT_REDIRECT
    );
    if !is_storable_status || response.contains_key(CONTENT_RANGE) {
        return Err(Unstorable::Status);
    }
    // "the no-store cache directive is not present in the response" (RFC 9111 §3)
    let no_store =
        has_directive(&request.headers, "no-store") || has_directive(response, "no-store");
    if no_store && rules.honours_no_store {
        return Err(Unstorable::NoStore);
    }
    let is_public = has_directive(response, "public");
    if request.headers.contains_key(AUTHORIZATION) && !is_public {
        return Err(Unstorable::Authorized);
    }
    let Some(variant) = Variant::of(&request.headers, response) else {
        return Err(Unstorable::VariesByEverything);
    };
    let partition = partition(visitor, response, is_public, no_store);
    if !rules.knows_visitors && partition != Partition::Shared {
        return Err(Unstorable::UnknownVisitor);
    }
    Ok((partition, variant))
}

/// A response is everybody's if nobody in particular asked and nothing in it says that
/// it was made for one visitor; or if the site says `public`.
fn partition(
    visitor: &Visitor,
    response: &HeaderMap,
    is_public: bool,
    no_store: bool,
) -> Partition {
    let is_personal = no_store
        || depends_on_cookies(response)
        || response.contains_key(SET_COOKIE)
        || has_directive(response, "private");
    if is_personal {
        return Partition::Of(visitor.clone());
    }
    match visitor {
        Visitor::Anonymous | Visitor::Client(_) => Partition::Shared,
        Visitor::Session(_) if is_public => Partition::Shared,
        Visitor::Session(_) => Partition::Of(visitor.clone()),
    }
}

/// Whether a `Cache-Control` directive is present, with or without an argument.
///
/// "directives are identified by a token, to be compared case-insensitively"
/// (RFC 9111 §5.2). A name inside a quoted argument is no directive.
pub(super) fn has_directive(headers: &HeaderMap, directive: &str) -> bool {
    headers.get_all(CACHE_CONTROL).iter().any(|line| {
        directives(&String::from_utf8_lossy(line.as_bytes())).any(|name| name == directive)
    })
}

fn directives(line: &str) -> impl Iterator<Item = String> {
    let mut is_quoted = false;
    let parts = line.split(move |c: char| {
        if c == '"' {
            is_quoted = !is_quoted;
        }
        c == ',' && !is_quoted
    });
    let names =
        parts.map(|part| part.split('=').next().unwrap_or_default().trim().to_ascii_lowercase());
    names.collect::<Vec<_>>().into_iter()
}

/// Headers that are not stored with a response: cookies belong to the jar or the client,
/// and the length is that of the stored body.
pub(crate) const NOT_STORED: [HeaderName; 2] = [SET_COOKIE, http::header::CONTENT_LENGTH];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Destination;
    use http::HeaderValue;
    use proptest::prelude::*;
    use url::Url;

    fn session() -> Visitor {
        Visitor::of_session(Some("abc"))
    }

    #[track_caller]
    fn check(
        visitor: Visitor,
        response: &[(&'static str, &str)],
        expected: Result<Partition, Unstorable>,
    ) {
        let url = Url::parse("http://127.0.0.1:8000/polls/").unwrap();
        let request = Request::get(url, Destination::Document);
        let response = response
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        let rules = Rules { honours_no_store: true, knows_visitors: true };
        let decided = storability(&request, &visitor, StatusCode::OK, &response, rules);
        assert_eq!(decided.map(|(partition, _)| partition), expected);
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn one_persons_page_is_never_shared() {
        let anonymous = || Visitor::Anonymous;
        let own = || Ok(Partition::Of(session()));
        let nobodys = || Ok(Partition::Of(Visitor::Anonymous));
        let shared = || Ok(Partition::Shared);
        check(anonymous(), &[],                                   shared());
        check(anonymous(), &[("vary", "Cookie")],                 nobodys());
        check(anonymous(), &[("set-cookie", "csrftoken=1")],      nobodys());
        check(anonymous(), &[("cache-control", "private")],       nobodys());
        check(session(),   &[],                                   own());
        check(session(),   &[("cache-control", "public")],        shared());
        check(session(),   &[("cache-control", "public"), ("vary", "cookie, origin")], own());
        check(session(),   &[("cache-control", "PUBLIC, Private")], own());
        check(session(),   &[("cache-control", "no-store")],      Err(Unstorable::NoStore));
        check(session(),   &[("cache-control", "max-age=0, No-Store")], Err(Unstorable::NoStore));
        check(anonymous(), &[("cache-control", "private=\"x, no-store\"")], nobodys());
        check(anonymous(), &[("vary", "*")],                      Err(Unstorable::VariesByEverything));
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn errors_and_temporary_redirects_are_not_stored() {
        let url = Url::parse("http://127.0.0.1:8000/").unwrap();
        let request = Request::get(url, Destination::Document);
        let rules = Rules { honours_no_store: true, knows_visitors: true };
        let decide = |status: u16| {
            let status = StatusCode::from_u16(status).unwrap();
            storability(&request, &Visitor::Anonymous, status, &HeaderMap::new(), rules).is_ok()
        };
        for status in [200, 301, 308] { assert!(decide(status), "{status}"); }
        for status in [204, 206, 302, 303, 304, 307, 400, 403, 404, 410, 500, 503] {
            assert!(!decide(status), "{status}");
        }
    }

    proptest! {
        #[test]
        fn any_cache_control_is_taken_as_it_comes(
            bytes in proptest::collection::vec(any::<u8>(), 0..40),
        ) {
            let Ok(value) = HeaderValue::from_bytes(&bytes) else { return Ok(()) };
            let headers = HeaderMap::from_iter([(CACHE_CONTROL, value)]);
            let _ = has_directive(&headers, "no-store");
        }

        #[test]
        fn a_directive_is_found_among_any_others(
            before in proptest::collection::vec("[a-z-]{1,9}(=([0-9]{1,5}|\"[a-z, =]{0,9}\"))?", 0..4),
            after in "(, ?[a-z-]{1,9})?",
            directive in "(no-store|No-Store|NO-STORE)( ?= ?\"x\")?",
        ) {
            let line = before.iter().fold(String::new(), |line, part| line + part + ", ");
            let value = format!("{line}{directive}{after}").parse().expect("a header value");
            let headers = HeaderMap::from_iter([(CACHE_CONTROL, value)]);
            prop_assert!(has_directive(&headers, "no-store"));
        }
    }
}
