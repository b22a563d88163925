//! What may be stored, and for whom.

use http::header::{
    AUTHORIZATION, CONTENT_RANGE, COOKIE, EXPIRES, HeaderMap, HeaderName, SET_COOKIE,
};
use http::{Method, StatusCode};

use super::directives::Directives;
use super::freshness::is_heuristically_cacheable;
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
    /// Whose word counts.
    pub(crate) follows: Follows,
    /// For whom the cache is.
    pub(crate) sharing: Sharing,
}

/// Whose word counts on what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Follows {
    /// The profile's: whatever is good is kept for a day without a network.
    Profile,
    /// The site's headers, as RFC 9111 has it.
    Headers,
}

/// For whom the cache is, as RFC 9111 tells caches apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sharing {
    /// "dedicated to a single user": each visitor has a part of their own.
    #[default]
    Private,
    /// "stores responses to be reused by more than one user": nothing `private` is stored.
    Shared,
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
    /// It is somebody's, and the cache is everybody's.
    Private,
    /// `Vary: *`.
    VariesByEverything,
    /// It was made for credentials.
    Authorized,
    /// It is somebody's, and the profile names no cookie that says whose.
    UnknownVisitor,
}

/// Decides whether a response may be stored, and who may see it again.
///
/// Only what GET brings is stored.
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
    let says = Directives::of(response);
    let is_storable = match rules.follows {
        Follows::Profile => is_good(status),
        Follows::Headers => is_cacheable(status, response, &says, rules.sharing),
    };
    if !is_storable || response.contains_key(CONTENT_RANGE) {
        return Err(Unstorable::Status);
    }
    // must-understand "limits caching of the response to a cache that understands and
    // conforms to the requirements for that response's status code" (§5.2.2.3), and then
    // counts for more than a no-store beside it.
    let must_understand = says.has("must-understand");
    let is_understood = must_understand && status.canonical_reason().is_some();
    if must_understand && !is_understood {
        return Err(Unstorable::Status);
    }
    // "the no-store cache directive is not present in the response" (RFC 9111 §3)
    let no_store =
        Directives::of(&request.headers).has("no-store") || says.has("no-store") && !is_understood;
    if no_store && rules.honours_no_store {
        return Err(Unstorable::NoStore);
    }
    if rules.sharing == Sharing::Shared && says.has("private") {
        return Err(Unstorable::Private);
    }
    let is_public = says.has("public");
    // "if the cache is shared: … the response contains a response directive that explicitly
    // allows shared caching" (§3.5). One person's is not kept apart by credentials here, so
    // a private cache needs the same permission.
    let is_allowed = is_public
        || rules.sharing == Sharing::Shared
            && (says.has("must-revalidate") || says.has("s-maxage"));
    if request.headers.contains_key(AUTHORIZATION) && !is_allowed {
        return Err(Unstorable::Authorized);
    }
    let Some(variant) = Variant::of(&request.headers, response) else {
        return Err(Unstorable::VariesByEverything);
    };
    let partition = partition(visitor, response, &says);
    // Without cookies on either side there is nobody whose it could be.
    let is_somebodys = request.headers.contains_key(COOKIE) || response.contains_key(SET_COOKIE);
    if !rules.knows_visitors && is_somebodys && partition != Partition::Shared {
        return Err(Unstorable::UnknownVisitor);
    }
    Ok((partition, variant))
}

/// What is worth keeping for a day without a network: never an error, which would replace a
/// good copy, and of redirects only the permanent ones, since a temporary one is often the
/// way to a sign-in page.
fn is_good(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::OK | StatusCode::MOVED_PERMANENTLY | StatusCode::PERMANENT_REDIRECT
    )
}

/// "A cache MUST NOT store a response to a request unless: … the response contains at least
/// one of" these (RFC 9111 §3). Beyond that, what is an error of the site (5xx) is not
/// stored, so that it never replaces a good copy; nor are parts and 304s.
fn is_cacheable(
    status: StatusCode,
    response: &HeaderMap,
    says: &Directives,
    sharing: Sharing,
) -> bool {
    if matches!(status, StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED)
        || status.is_informational()
        || status.is_server_error()
    {
        return false;
    }
    let is_explicit = match sharing {
        Sharing::Shared => says.has("s-maxage"),
        Sharing::Private => says.has("private"),
    };
    is_explicit
        || says.has("public")
        || says.has("max-age")
        || response.contains_key(EXPIRES)
        || is_heuristically_cacheable(status)
}

/// A response is everybody's if nobody in particular asked and nothing in it says that
/// it was made for one visitor; or if the site says `public`.
fn partition(visitor: &Visitor, response: &HeaderMap, says: &Directives) -> Partition {
    let is_personal = says.has("no-store")
        || depends_on_cookies(response)
        || response.contains_key(SET_COOKIE)
        || says.has("private");
    if is_personal {
        return Partition::Of(visitor.clone());
    }
    match visitor {
        Visitor::Anonymous | Visitor::Client(_) => Partition::Shared,
        Visitor::Session(_) if says.has("public") => Partition::Shared,
        Visitor::Session(_) => Partition::Of(visitor.clone()),
    }
}

/// Headers that are not stored with a response: cookies belong to the jar or the client,
/// and the length is that of the stored body.
pub(crate) const NOT_STORED: [HeaderName; 2] = [SET_COOKIE, http::header::CONTENT_LENGTH];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Destination;
    use url::Url;

    const RULES: Rules = Rules {
        honours_no_store: true,
        knows_visitors: true,
        follows: Follows::Profile,
        sharing: Sharing::Private,
    };

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
        let rules = RULES;
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
        let rules = RULES;
        let decide = |status: u16| {
            let status = StatusCode::from_u16(status).unwrap();
            storability(&request, &Visitor::Anonymous, status, &HeaderMap::new(), rules).is_ok()
        };
        for status in [200, 301, 308] { assert!(decide(status), "{status}"); }
        for status in [204, 206, 302, 303, 304, 307, 400, 403, 404, 410, 500, 503] {
            assert!(!decide(status), "{status}");
        }
    }
}
