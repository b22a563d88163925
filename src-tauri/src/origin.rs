//! The origin under which the page sees the site: the one place that spells it.

use url::Url;

/// `polls://localhost`, or `https://polls.localhost` where webviews serve custom schemes
/// over https (Windows, Android).
///
/// Changing it loses the pages' own storage, so it never changes for a scheme.
pub(crate) fn of_page(scheme: &str) -> Result<Url, url::ParseError> {
    if cfg!(any(windows, target_os = "android")) {
        Url::parse(&format!("https://{scheme}.localhost/"))
    } else {
        Url::parse(&format!("{scheme}://localhost/"))
    }
}

/// Whether two URLs have the same scheme, host and port; `Url::origin` calls every custom
/// scheme a stranger even to itself.
pub(crate) fn is_same(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host() == other.host()
        && one.port_or_known_default() == other.port_or_known_default()
}

/// A path with its query at an origin.
pub(crate) fn at(origin: &Url, path: &str) -> Url {
    let mut url = origin.clone();
    let (path, fragment) = match path.split_once('#') {
        Some((path, fragment)) => (path, Some(fragment)),
        None => (path, None),
    };
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path, None),
    };
    url.set_path(path);
    url.set_query(query);
    url.set_fragment(fragment);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_schemes_are_the_same_only_as_themselves() {
        let polls = Url::parse("polls://localhost/").unwrap();
        assert!(is_same(&polls, &Url::parse("polls://localhost/x?y").unwrap()));
        assert!(!is_same(&polls, &Url::parse("polls://elsewhere/").unwrap()));
        assert!(!is_same(&polls, &Url::parse("https://localhost/").unwrap()));
    }

    #[test]
    fn a_path_keeps_query_and_fragment() {
        let polls = Url::parse("polls://localhost/").unwrap();
        assert_eq!(at(&polls, "/a/?b=1#c").as_str(), "polls://localhost/a/?b=1#c");
        assert_eq!(at(&polls, "/.//x").as_str(), "polls://localhost//x");
    }
}
