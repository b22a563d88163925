//! What cookies a client has after an answer.

use http::header::{HeaderMap, HeaderValue, SET_COOKIE};

use crate::request::cookie_pairs;

/// The name and value that a `Set-Cookie` leaves; the value of one that ends is empty.
pub(crate) fn pair_set_by(cookie: &HeaderValue) -> Option<(&str, &str)> {
    let text = cookie.to_str().ok()?;
    let (name, value) = text.split(';').next()?.split_once('=')?;
    let value = value.trim();
    let is_ended = value == "\"\"" || has_run_out(text);
    Some((name.trim(), if is_ended { "" } else { value }))
}

/// "If delta-seconds is less than or equal to zero (0), let expiry-time be the earliest
/// representable date and time." (RFC 6265 §5.2.2)
fn has_run_out(set_cookie: &str) -> bool {
    let mut attributes = set_cookie.split(';').skip(1).filter_map(|part| part.split_once('='));
    attributes.any(|(name, value)| {
        name.trim().eq_ignore_ascii_case("max-age")
            && value.trim().parse::<i64>().is_ok_and(|seconds| seconds <= 0)
    })
}

/// The cookies of a client that sent these headers and was answered with those; `None` if it
/// has none.
pub(crate) fn cookies_after(sent: &HeaderMap, answer: &HeaderMap) -> Option<HeaderValue> {
    let set: Vec<_> = answer.get_all(SET_COOKIE).iter().filter_map(pair_set_by).collect();
    let is_kept = |(name, _): &(&str, &str)| !set.iter().any(|(other, _)| other == name);
    let kept = cookie_pairs(sent).filter(is_kept);
    let new = set.iter().copied().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<_> = kept.chain(new).map(|(name, value)| format!("{name}={value}")).collect();
    if pairs.is_empty() { None } else { HeaderValue::try_from(pairs.join("; ")).ok() }
}

#[cfg(test)]
mod tests {
    use http::header::COOKIE;

    use super::*;

    #[test]
    fn what_an_answer_sets_takes_the_place_of_what_was_sent() {
        let sent = HeaderMap::from_iter([(COOKIE, HeaderValue::from_static("a=1; b=2; c=3"))]);
        let mut answer = HeaderMap::new();
        answer.append(SET_COOKIE, HeaderValue::from_static("b=4; Path=/"));
        answer.append(SET_COOKIE, HeaderValue::from_static("a=x; Max-Age=0"));
        assert_eq!(cookies_after(&sent, &answer).unwrap(), "c=3; b=4");
        assert_eq!(cookies_after(&HeaderMap::new(), &HeaderMap::new()), None);
    }
}
