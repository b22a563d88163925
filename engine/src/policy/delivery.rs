//! What the answer to a submission means, beside what its route says is a delivery.

use std::time::{Duration, SystemTime};

use http::header::{HeaderMap, RETRY_AFTER};
use http::{Method, StatusCode};
use url::{Position, Url};

/// What the site answered to a submission.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) status: StatusCode,
    pub(crate) headers: &'a HeaderMap,
    /// Where it leads, or where it came from after redirects were followed.
    pub(crate) target: Option<Url>,
    /// The beginning of the body, as far as it is text.
    pub(crate) text: &'a str,
}

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The site has taken it.
    Delivered,
    /// Whoever sends it has to sign in first, perhaps at this path.
    SignIn(Option<String>),
    /// The site does not take it from this form any more (a stale CSRF token).
    StaleForm,
    /// The site does not take it.
    Refused,
    /// The site cannot take it now; it may say how long.
    Later(Option<Duration>),
    /// It was not the site that answered.
    Foreign,
    /// Something before the site gave up waiting for it (504): it may have arrived.
    Unknown,
    /// The form is not the same any more, in these words.
    Changed(&'static str),
}

/// What the answer to a submission to `site` means, which `is_delivery` as the route has it.
/// The site's page for signing in may be known.
pub(crate) fn verdict(
    (site, sign_in): (&Url, Option<&str>),
    answer: &Answer<'_>,
    is_delivery: bool,
    now: SystemTime,
) -> Verdict {
    let Answer { status, headers, target, text } = answer;
    if target.as_ref().is_some_and(|target| target.origin() != site.origin()) {
        return Verdict::Foreign;
    }
    if is_delivery {
        return Verdict::Delivered;
    }
    let asks = |target: &&Url| is_sign_in(target) || sign_in.is_some_and(|at| target.path() == at);
    if let Some(target) = target.as_ref().filter(asks) {
        return Verdict::SignIn(Some(target[Position::BeforePath..].to_owned()));
    }
    // "if a Proxy/Captive Portal requires it" (RFC 6585 §6)
    if *status == StatusCode::NETWORK_AUTHENTICATION_REQUIRED {
        return Verdict::Foreign;
    }
    if *status == StatusCode::UNAUTHORIZED {
        return Verdict::SignIn(sign_in.map(str::to_owned));
    }
    if is_stale_form(*status, text) {
        return Verdict::StaleForm;
    }
    if *status == StatusCode::GATEWAY_TIMEOUT {
        return Verdict::Unknown;
    }
    let is_temporary = status.is_server_error()
        || matches!(
            *status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY
        );
    // "The server refuses to perform the request using the current protocol" and the like
    // will be the same tomorrow.
    let is_final =
        matches!(*status, StatusCode::NOT_IMPLEMENTED | StatusCode::HTTP_VERSION_NOT_SUPPORTED);
    if is_temporary && !is_final {
        return Verdict::Later(retry_after(headers, now));
    }
    Verdict::Refused
}

/// Most frameworks call it so.
pub(crate) fn is_sign_in(target: &Url) -> bool {
    let names = ["login", "log-in", "log_in", "signin", "sign-in", "sign_in"];
    target.path_segments().is_some_and(|mut parts| parts.any(|part| names.contains(&part)))
}

/// Django answers 403, Rails 422, Laravel 419.
fn is_stale_form(status: StatusCode, text: &str) -> bool {
    match status.as_u16() {
        419 => true,
        400 | 403 | 422 => {
            let text = text.to_ascii_lowercase();
            ["csrf", "authenticitytoken", "authenticity token"]
                .iter()
                .any(|word| text.contains(word))
        }
        _ => false,
    }
}

/// "either an HTTP-date or a number of seconds" (RFC 9110 §10.2.3).
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => httpdate::parse_http_date(text).ok()?.duration_since(now).ok(),
    }
}

/// Whether a request may change something.
pub(crate) fn is_unsafe(method: &Method) -> bool {
    // "Of the request methods defined by this specification, the GET, HEAD, OPTIONS, and
    // TRACE methods are defined to be safe." (RFC 9110 §9.2.1)
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn answers_are_told_apart() {
        use Verdict::*;
        let check = |is_delivery: bool, (status, target, text): (u16, &str, &str), expected: Verdict| {
            let site = Url::parse("https://polls.example/").unwrap();
            let target = (!target.is_empty()).then(|| site.join(target).unwrap());
            let headers = HeaderMap::from_iter([(RETRY_AFTER, "120".parse().unwrap())]);
            let status = StatusCode::from_u16(status).unwrap();
            let answer = Answer { status, headers: &headers, target, text };
            assert_eq!(verdict((&site, Some("/enter/")), &answer, is_delivery, UNIX_EPOCH), expected, "{answer:?}");
        };
        let asks = |path: &str| SignIn(Some(path.to_owned()));
        let soon = || Later(Some(Duration::from_secs(120)));
        //            status target                          text
        check(true,  (302, "/polls/7/results/",             ""), Delivered);
        check(true,  (302, "https://portal.example/polls/7/results/", ""), Foreign);
        check(false, (302, "/polls/8/results/",             ""), Refused);
        check(false, (302, "/accounts/login/?next=/polls/", ""), asks("/accounts/login/?next=/polls/"));
        check(false, (302, "/enter/?next=/polls/",          ""), asks("/enter/?next=/polls/"));
        check(false, (401, "",                              ""), asks("/enter/"));
        check(false, (511, "",                              ""), Foreign);
        check(false, (504, "",                              ""), Unknown);
        check(false, (302, "https://portal.example/login",  ""), Foreign);
        check(false, (403, "", "CSRF verification failed. Request aborted."), StaleForm);
        check(false, (419, "",                              ""), StaleForm);
        check(false, (403, "",                              "Not for you"), Refused);
        check(false, (200, "",                              "You didn't select a choice."), Refused);
        check(false, (404, "",                              ""), Refused);
        check(false, (409, "",                              ""), Refused);
        check(false, (422, "",                              "choice is required"), Refused);
        check(false, (429, "",                              ""), soon());
        check(false, (500, "",                              ""), soon());
        check(false, (501, "",                              ""), Refused);
        check(false, (503, "",                              ""), soon());
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn the_site_says_when_to_come_back() {
        let check = |text: &str, expected: Option<u64>| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            let now = UNIX_EPOCH + Duration::from_secs(784_111_777);
            assert_eq!(retry_after(&headers, now), expected.map(Duration::from_secs), "{text}");
        };
        check("120",                           Some(120));
        check("Sun, 06 Nov 1994 08:50:37 GMT", Some(60));
        check("Sun, 06 Nov 1994 08:48:37 GMT", None);
        check("soon",                          None);
    }
}
