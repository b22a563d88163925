//! Which requests a stored response holds for (RFC 9111 §4.1).

use http::HeaderName;
use http::header::{HeaderMap, VARY};

/// The request headers a response depends on, with the values it was made for.
///
/// Two differ from the letter of `Vary`: `Cookie` is the partition's concern, since a
/// CSRF cookie that changes with each visit would otherwise hide every page; and
/// `Accept-Encoding` is the transport's, which decodes before anything is stored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Variant(String);

impl Variant {
    /// What `response` depends on, as `request` has it; `None` for `Vary: *`.
    ///
    /// "A stored response with a Vary header field value containing a member "*"
    /// always fails to match." (RFC 9111 §4.1)
    pub(crate) fn of(request: &HeaderMap, response: &HeaderMap) -> Option<Self> {
        let mut names = varying_names(response)?;
        names.retain(|name| name != "cookie" && name != "accept-encoding");
        let lines: Vec<String> = names
            .into_iter()
            .map(|name| match normalised(request, &name) {
                Some(value) => format!("{name}={value}"),
                None => name,
            })
            .collect();
        Some(Self(lines.join("\n")))
    }

    /// Whether a response stored with this variant answers `request`.
    pub(crate) fn matches(&self, request: &HeaderMap) -> bool {
        self.0.lines().all(|line| match line.split_once('=') {
            Some((name, value)) => normalised(request, name).as_deref() == Some(value),
            // "If (after any normalization …) a header field is absent from a request, it can
            // only match another request if it is also absent there."
            None => !request.contains_key(line),
        })
    }

    /// Whether it says nothing about who has asked that their browser does not tell everybody.
    pub(crate) fn says_little(&self) -> bool {
        const TOLD: [&str; 6] =
            ["accept", "accept-language", "origin", "purpose", "user-agent", "x-requested-with"];
        self.0.lines().all(|line| {
            let name = line.split('=').next().unwrap_or_default();
            TOLD.contains(&name) || name.starts_with("sec-")
        })
    }

    /// The form it is stored in.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The inverse of [`Variant::as_str`].
    pub(crate) fn from_stored(text: String) -> Self {
        Self(text)
    }
}

/// Whether a response says that it depends on the cookies.
pub(super) fn depends_on_cookies(response: &HeaderMap) -> bool {
    varying_names(response).is_none_or(|names| names.iter().any(|name| name == "cookie"))
}

/// The names in `Vary`, sorted, in lower case; `None` if `*` is among them.
fn varying_names(response: &HeaderMap) -> Option<Vec<String>> {
    let lines = response.get_all(VARY).iter();
    let mut names: Vec<String> = lines
        .flat_map(|line| {
            String::from_utf8_lossy(line.as_bytes())
                .split(',')
                .map(|name| name.trim().to_ascii_lowercase())
                .collect::<Vec<_>>()
        })
        // What is no name is none of a header that a request could have.
        .filter(|name| HeaderName::from_bytes(name.as_bytes()).is_ok())
        .collect();
    names.sort();
    names.dedup();
    if names.iter().any(|name| name == "*") { None } else { Some(names) }
}

/// "combining multiple header field lines with the same field name" and folding
/// white space (RFC 9111 §4.1).
fn normalised(request: &HeaderMap, name: &str) -> Option<String> {
    if !request.contains_key(name) {
        return None;
    }
    let lines = request.get_all(name).iter();
    let joined = lines
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .collect::<Vec<_>>()
        .join(",");
    let folded = joined
        .split(',')
        .map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect::<Vec<_>>()
        .join(",");
    Some(folded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[track_caller]
    fn check(
        vary: &'static str,
        stored_for: &[(&'static str, &'static str)],
        asked: &[(&'static str, &'static str)],
        expected: bool,
    ) {
        let matches = Variant::of(&headers(stored_for), &headers(&[("vary", vary)]))
            .is_some_and(|variant| variant.matches(&headers(asked)));
        assert_eq!(matches, expected);
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn a_variant_answers_requests_that_agree_in_what_varies() {
        check("Accept-Language", &[("accept-language", "de")],    &[("accept-language", "de")],   true);
        check("Accept-Language", &[("accept-language", "de")],    &[("accept-language", "en")],   false);
        check("Accept-Language", &[("accept-language", "de")],    &[],                            false);
        check("Accept-Language", &[("accept-language", "")],      &[],                            false);
        check("Accept-Language", &[],                             &[],                            true);
        check("accept-language", &[("accept-language", "de, en")],&[("accept-language", "de,en")],true);
        check("Cookie",          &[("cookie", "a=1")],            &[("cookie", "a=2")],           true);
        check("Accept-Encoding", &[("accept-encoding", "gzip")],  &[],                            true);
        check("*",               &[],                             &[],                            false);
        check("x=y, , a b",      &[],                             &[],                            true);
        check("Origin, X-A",     &[("x-a", "1")],                 &[("x-a", "1")],                true);
        check("Origin, X-A",     &[("x-a", "1")],                 &[("x-a", "1"), ("origin", "x")], false);
    }

    /// What may stand in a header: visible characters, spaces, tabs and bytes beyond ASCII.
    fn value() -> impl Strategy<Value = HeaderValue> {
        let byte = prop_oneof![Just(b'\t'), 0x20_u8..0x7f, 0x80_u8..=0xff];
        proptest::collection::vec(byte, 0..40)
            .prop_map(|bytes| HeaderValue::from_bytes(&bytes).expect("these bytes are allowed"))
    }

    proptest! {
        #[test]
        fn any_vary_is_taken_as_it_comes(vary in value(), asked in value()) {
            let request = HeaderMap::from_iter([(http::header::ACCEPT, asked)]);
            let response = HeaderMap::from_iter([(VARY, vary)]);
            let _ = depends_on_cookies(&response);
            let _ = Variant::of(&request, &response).map(|variant| variant.matches(&request));
        }

        #[test]
        fn a_variant_answers_the_request_it_was_made_for(
            names in proptest::collection::vec("(accept|accept-language|cookie|x-a|origin)", 0..5),
            accept in value(),
            language in value(),
        ) {
            let request = HeaderMap::from_iter([
                (http::header::ACCEPT, accept),
                (http::header::ACCEPT_LANGUAGE, language),
            ]);
            let vary = names.join(" , ").parse().expect("these are header names");
            let variant = Variant::of(&request, &HeaderMap::from_iter([(VARY, vary)]));
            let stored = variant.expect("it does not vary by everything").as_str().to_owned();
            prop_assert!(Variant::from_stored(stored).matches(&request));
        }
    }
}
