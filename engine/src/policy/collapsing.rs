//! Which requests one fetch may answer.
//!
//! "This enables a cache to "collapse requests" -- or combine multiple incoming requests
//! into a single forward request" (RFC 9111 §4), "provided that it is allowed to reuse that
//! response for the requests in question".

use std::time::SystemTime;

use http::StatusCode;
use http::header::{AUTHORIZATION, HeaderMap};

use super::freshness::{Usability, usability, wants_younger, wishes};
use super::storability::{Follows, Rules};

/// Whether a request may share a fetch with others at all.
pub(crate) fn may_collapse(request: &HeaderMap) -> bool {
    let wishes = wishes(request);
    // "the client prefers stored response not be used to satisfy the request without
    // successful validation on the origin server" (RFC 9111 §5.2.1.4): what another has
    // asked for before is not the site's word on this one.
    let wants_the_site = wishes.has("no-cache");
    // "a cache MUST NOT store any part of either this request or any response to it"
    // (§5.2.1.5): so there is nothing that it could share.
    let leaves_nothing = wishes.has("no-store");
    // What is made for credentials is for nobody else (§3.5), whatever comes of it.
    !wants_the_site && !leaves_nothing && !request.contains_key(AUTHORIZATION)
}

/// Whether a response that was fetched for another request may answer one that was made
/// at `asked_at`, as far as the directives of both go.
///
/// It is as old as it was when it was asked for: what it waits for afterwards is its end.
pub(crate) fn may_answer_both(
    request: &HeaderMap,
    status: StatusCode,
    response: &HeaderMap,
    fetched_at: SystemTime,
    asked_at: SystemTime,
    rules: Rules,
) -> bool {
    let sharing = rules.sharing;
    if wants_younger(request, status, response, fetched_at, asked_at, sharing) {
        return false;
    }
    match rules.follows {
        Follows::Profile => true,
        // One that is stale on arrival has still just come from the site; only what must be
        // validated for each request is each one's own.
        Follows::Headers => {
            usability(request, status, response, fetched_at, asked_at, sharing)
                != Usability::Validated
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Sharing;
    use http::HeaderName;
    use std::time::{Duration, UNIX_EPOCH};

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let line = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), value.parse().unwrap())
        };
        lines.iter().map(line).collect()
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn who_wants_the_site_itself_shares_nothing() {
        let check = |request, expected| assert_eq!(may_collapse(&headers(request)), expected, "{request:?}");
        check(&[],                                     true);
        check(&[("user-agent", "x")],                  true);
        check(&[("cache-control", "max-age=0")],       true);
        check(&[("cache-control", "no-cache")],        false);
        check(&[("cache-control", "max-age=0, no-store")], false);
        check(&[("pragma", "no-cache")],               false);
        check(&[("authorization", "Basic YTpi")],      false);
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn nobody_gets_what_their_own_directives_forbid() {
        let check = |response, request, seconds, (profile, http)| {
            let asked_at = UNIX_EPOCH + Duration::from_secs(seconds);
            let answers = |follows| {
                let rules = Rules { honours_no_store: true, knows_visitors: true, follows, sharing: Sharing::Private };
                let (request, response) = (headers(request), headers(response));
                may_answer_both(&request, StatusCode::OK, &response, UNIX_EPOCH, asked_at, rules)
            };
            let answers = (answers(Follows::Profile), answers(Follows::Headers));
            assert_eq!(answers, (profile, http), "{response:?} {request:?} after {seconds} s");
        };
        const LASTING: &[(&str, &str)] = &[("cache-control", "max-age=60")];
        check(&[],     &[],                                0, (true, true));
        check(&[],     &[("cache-control", "max-age=0")],  0, (true, true));
        check(&[],     &[("cache-control", "max-age=0")],  1, (false, false));
        check(LASTING, &[("cache-control", "max-age=5")],  5, (true, true));
        check(LASTING, &[("cache-control", "max-age=5")],  6, (false, false));
        check(LASTING, &[("cache-control", "min-fresh=60")], 0, (true, true));
        check(LASTING, &[("cache-control", "min-fresh=61")], 0, (false, false));
        check(&[("age", "9")], &[("cache-control", "max-age=5")], 0, (false, false));
        check(&[("cache-control", "no-cache")], &[],       0, (true, false));
        check(&[("cache-control", "max-age=0, must-revalidate")], &[], 0, (true, false));
    }
}
