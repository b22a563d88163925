//! How old a stored response is, how long it holds, and what may be done with it then.

use std::time::{Duration, SystemTime};

use http::StatusCode;
use http::header::{AGE, CACHE_CONTROL, DATE, EXPIRES, HeaderMap, LAST_MODIFIED, PRAGMA};

use super::directives::{Directives, delta_seconds};
use super::storability::Sharing;

/// When a stored response may be served to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Usability {
    /// It holds.
    AtOnce,
    /// It no longer holds and may be served once more while it is asked for anew.
    WhileRevalidating,
    /// Only when the site fails to give another, be it by an error of its own (5xx).
    OnError,
    /// Only when the site cannot be reached.
    WhenUnreachable,
    /// Only when the site has said that it still holds.
    Validated,
}

/// A heuristic never makes a response hold for longer than this: it is a guess.
const LONGEST_GUESS: Duration = Duration::from_secs(86_400);

/// "assigned a fraction of the interval since Last-Modified; a typical setting of this
/// fraction might be 10%" (RFC 9111 §4.2.2).
const GUESSED_FRACTION: u32 = 10;

/// What may be done with a stored response whose headers carry its age on arrival
/// ([`initial_age`]), for a request.
pub(crate) fn usability(
    request: &HeaderMap,
    status: StatusCode,
    stored: &HeaderMap,
    fetched_at: SystemTime,
    now: SystemTime,
    sharing: Sharing,
) -> Usability {
    let (wishes, says) = (wishes(request), Directives::of(stored));
    // "the cache MUST NOT use it to satisfy any other request without forwarding it for
    // validation" (§5.2.2.4); the request's own no-cache says the same (§5.2.1.4).
    if says.has("no-cache") {
        return Usability::Validated;
    }
    let age = age(stored, fetched_at, now);
    let lifetime = lifetime(status, stored, &says, sharing);
    let is_fresh = lifetime > age;
    let wants_younger = is_too_old_for(&wishes, age, lifetime);
    if is_fresh && !wants_younger {
        return Usability::AtOnce;
    }
    // "once the response has become stale, a cache MUST NOT reuse that response to satisfy
    // another request until it has been successfully validated" (§5.2.2.2); of a shared
    // cache proxy-revalidate and s-maxage demand the same (§5.2.2.8, §5.2.2.10).
    let is_bound = says.has("must-revalidate")
        || sharing == Sharing::Shared && (says.has("proxy-revalidate") || says.has("s-maxage"));
    if is_bound && !is_fresh {
        return Usability::Validated;
    }
    let overdue = age.saturating_sub(lifetime);
    let allows = |directive: Option<Duration>| directive.is_some_and(|most| overdue <= most);
    // "the client will accept a response that has exceeded its freshness lifetime" (§5.2.1.2)
    if !wants_younger && allows(wishes.seconds_or("max-stale", Duration::MAX)) {
        return Usability::AtOnce;
    }
    // "Indicates that caches MAY serve the response in which it appears after it becomes
    // stale, up to the indicated number of seconds" (RFC 5861 §3)
    if !wants_younger && allows(says.seconds("stale-while-revalidate")) {
        return Usability::WhileRevalidating;
    }
    // RFC 5861 §4: in either message.
    let if_error = says.seconds("stale-if-error").max(wishes.seconds("stale-if-error"));
    if allows(if_error) { Usability::OnError } else { Usability::WhenUnreachable }
}

/// Whether a request wants a younger response than this one, or one that holds for longer,
/// whatever the site says about it.
pub(super) fn wants_younger(
    request: &HeaderMap,
    status: StatusCode,
    stored: &HeaderMap,
    fetched_at: SystemTime,
    now: SystemTime,
    sharing: Sharing,
) -> bool {
    let lifetime = lifetime(status, stored, &Directives::of(stored), sharing);
    is_too_old_for(&wishes(request), age(stored, fetched_at, now), lifetime)
}

fn is_too_old_for(wishes: &Directives, age: Duration, lifetime: Duration) -> bool {
    wishes.has("no-cache")
        || wishes.seconds("max-age").is_some_and(|most| age > most)
        || wishes.seconds("min-fresh").is_some_and(|least| lifetime.saturating_sub(age) < least)
}

/// The directives of a request.
///
/// "When the Cache-Control header field is not present in a request, caches MUST consider
/// the no-cache request pragma-directive as having the same effect" (RFC 7234 §5.4).
pub(crate) fn wishes(request: &HeaderMap) -> Directives {
    if request.contains_key(CACHE_CONTROL) {
        return Directives::of(request);
    }
    let pragma = request.get_all(PRAGMA).iter().map(|value| (CACHE_CONTROL, value.clone()));
    Directives::of(&pragma.collect())
}

/// The age of a stored response (§4.2.3). A clock set back makes nothing younger.
pub(crate) fn age(stored: &HeaderMap, fetched_at: SystemTime, now: SystemTime) -> Duration {
    // "resident_time = now - response_time;
    //  current_age = corrected_initial_age + resident_time;"
    let resident_time = now.duration_since(fetched_at).unwrap_or(Duration::ZERO);
    age_value(stored) + resident_time
}

/// The age a response has when it arrives, after a wait for it.
pub(crate) fn initial_age(
    response: &HeaderMap,
    fetched_at: SystemTime,
    response_delay: Duration,
) -> Duration {
    // "apparent_age = max(0, response_time - date_value);
    //  corrected_age_value = age_value + response_delay;
    //  corrected_initial_age = max(apparent_age, corrected_age_value);" (§4.2.3)
    let date = time_of(response, &DATE).unwrap_or(fetched_at);
    let apparent_age = fetched_at.duration_since(date).unwrap_or(Duration::ZERO);
    apparent_age.max(age_value(response) + response_delay)
}

/// "a cache encountering a message with a list-based Age field value SHOULD use the first
/// member … If the field value … is invalid …, a cache SHOULD ignore the field." (§5.1)
fn age_value(headers: &HeaderMap) -> Duration {
    let first = headers.get(AGE).and_then(|age| age.to_str().ok()?.split(',').next());
    first.and_then(|first| delta_seconds(first.trim())).unwrap_or(Duration::ZERO)
}

/// For how long after it was made a response holds (§4.2.1).
fn lifetime(
    status: StatusCode,
    headers: &HeaderMap,
    says: &Directives,
    sharing: Sharing,
) -> Duration {
    let shared = match sharing {
        Sharing::Shared => says.seconds("s-maxage"),
        Sharing::Private => None,
    };
    if let Some(lifetime) = shared.or_else(|| says.seconds("max-age")) {
        return lifetime;
    }
    let date = time_of(headers, &DATE);
    if headers.contains_key(EXPIRES) {
        // "A cache recipient MUST interpret invalid date formats, especially the value "0",
        // as representing a time in the past" (§5.3)
        let left = time_of(headers, &EXPIRES).zip(date);
        return left
            .and_then(|(expires, date)| expires.duration_since(date).ok())
            .unwrap_or(Duration::ZERO);
    }
    if !is_heuristically_cacheable(status) && !says.has("public") {
        return Duration::ZERO;
    }
    let unchanged = date.zip(time_of(headers, &LAST_MODIFIED));
    let unchanged = unchanged.and_then(|(date, modified)| date.duration_since(modified).ok());
    unchanged.map_or(Duration::ZERO, |since| (since / GUESSED_FRACTION).min(LONGEST_GUESS))
}

/// "responses with status codes that are defined as heuristically cacheable" (RFC 9110 §15.1).
pub(super) fn is_heuristically_cacheable(status: StatusCode) -> bool {
    matches!(status.as_u16(), 200 | 203 | 204 | 206 | 300 | 301 | 308 | 404 | 405 | 410 | 414 | 501)
}

/// The time in a header, in any of the three formats that a recipient must understand
/// (RFC 9110 §5.6.7); of several lines the first counts.
fn time_of(headers: &HeaderMap, name: &http::HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(name)?.to_str().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderName;
    use std::time::UNIX_EPOCH;

    /// 2026-01-01T00:00:00Z, a Thursday.
    const NOON: Duration = Duration::from_secs(1_767_225_600);

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        headers
    }

    #[track_caller]
    fn check(
        request: &[(&'static str, &str)],
        response: &[(&'static str, &str)],
        after: u64,
        expected: Usability,
    ) {
        let mut response = headers(response);
        response.entry(DATE).or_insert("Thu, 01 Jan 2026 00:00:00 GMT".parse().unwrap());
        let fetched_at = UNIX_EPOCH + NOON;
        let now = fetched_at + Duration::from_secs(after);
        let found = usability(
            &headers(request),
            StatusCode::OK,
            &response,
            fetched_at,
            now,
            Sharing::Private,
        );
        assert_eq!(found, expected);
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn a_response_holds_for_as_long_as_its_headers_say() {
        use Usability::{AtOnce, OnError, Validated, WhenUnreachable, WhileRevalidating};
        let cc = "cache-control";
        check(&[], &[(cc, "max-age=10")],                                   9, AtOnce);
        check(&[], &[(cc, "max-age=10")],                                  10, WhenUnreachable);
        check(&[], &[(cc, "max-age=10"), ("age", "5")],                     5, WhenUnreachable);
        check(&[], &[(cc, "max-age=10"), ("age", "x")],                     5, AtOnce);
        check(&[], &[(cc, "s-maxage=10")],                                  5, WhenUnreachable);
        check(&[], &[(cc, "max-age=10, must-revalidate")],                  5, AtOnce);
        check(&[], &[(cc, "max-age=10, must-revalidate")],                 15, Validated);
        check(&[], &[(cc, "max-age=10, no-cache")],                         5, Validated);
        check(&[], &[(cc, "max-age=10, stale-while-revalidate=10")],       15, WhileRevalidating);
        check(&[], &[(cc, "max-age=10, stale-while-revalidate=10")],       25, WhenUnreachable);
        check(&[], &[(cc, "max-age=10, stale-if-error=10")],               15, OnError);
        check(&[], &[("expires", "Thu, 01 Jan 2026 00:00:10 GMT")],         5, AtOnce);
        check(&[], &[("expires", "Thursday, 01-Jan-26 00:00:10 GMT")],      5, AtOnce);
        check(&[], &[("expires", "0")],                                     5, WhenUnreachable);
        check(&[], &[("last-modified", "Wed, 31 Dec 2025 23:58:20 GMT")],   5, AtOnce);
        check(&[], &[("last-modified", "Wed, 31 Dec 2025 23:58:20 GMT")],  11, WhenUnreachable);
        check(&[], &[],                                                     0, WhenUnreachable);
        check(&[(cc, "no-cache")],     &[(cc, "max-age=10")],               5, WhenUnreachable);
        check(&[("pragma", "no-cache")], &[(cc, "max-age=10")],             5, WhenUnreachable);
        check(&[(cc, "max-age=3")],    &[(cc, "max-age=10")],               5, WhenUnreachable);
        check(&[(cc, "min-fresh=6")],  &[(cc, "max-age=10")],               5, WhenUnreachable);
        check(&[(cc, "max-stale")],    &[(cc, "max-age=10")],              50, AtOnce);
        check(&[(cc, "max-stale=5")],  &[(cc, "max-age=10")],              15, AtOnce);
        check(&[(cc, "max-stale=5")],  &[(cc, "max-age=10")],              16, WhenUnreachable);
        check(&[(cc, "max-stale")],    &[(cc, "max-age=10, must-revalidate")], 50, Validated);
    }

    #[test]
    fn a_response_is_as_old_on_arrival_as_its_date_or_its_age_says() {
        let at = UNIX_EPOCH + NOON;
        let of = |lines: &[_]| initial_age(&headers(lines), at, Duration::from_secs(1)).as_secs();
        assert_eq!(of(&[("date", "Wed, 31 Dec 2025 23:59:50 GMT")]), 10);
        assert_eq!(of(&[("date", "Wed, 31 Dec 2025 23:59:50 GMT"), ("age", "20, 3")]), 21);
        assert_eq!(of(&[("date", "Thu, 01 Jan 2026 00:10:00 GMT")]), 1);
        assert_eq!(of(&[]), 1);
    }
}
