//! Links to the site, as the page must see them.

use url::{Position, Url};

/// Maps links to one site into paths.
///
/// A path holds under whichever origin the page has: `polls://localhost`,
/// `https://polls.localhost` or the gateway's.
#[derive(Debug, Clone)]
pub(crate) struct Links {
    site: Url,
    /// Host and port as links write them.
    authority: String,
}

impl Links {
    pub(crate) fn to(site: &Url) -> Self {
        let authority = &site[Position::BeforeHost..Position::AfterPort];
        Self { authority: authority.to_ascii_lowercase(), site: site.clone() }
    }

    /// The path for a link to the site; `None` for a link elsewhere or without an origin.
    ///
    /// The rest is taken as it stands, since in HTML it may hold character references.
    pub(crate) fn path(&self, link: &str) -> Option<String> {
        let link = link.trim();
        let rest = self.after_authority(link)?;
        match rest.chars().next() {
            None | Some('?' | '#') => Some(format!("/{rest}")),
            // "//other" would be a link to another host.
            Some('/') if rest.starts_with("//") => Some(format!("/.{rest}")),
            Some('/') => Some(rest.to_owned()),
            Some(_) => None,
        }
    }

    fn after_authority<'l>(&self, link: &'l str) -> Option<&'l str> {
        let after_scheme = strip_ignoring_case(link, "http:")
            .or_else(|| strip_ignoring_case(link, "https:"))
            .unwrap_or(link);
        let after_slashes = after_scheme.strip_prefix("//")?;
        strip_ignoring_case(after_slashes, &self.authority)
    }

    /// The same for each candidate of a `srcset`.
    pub(crate) fn srcset(&self, value: &str) -> Option<String> {
        if !value.contains("//") {
            return None;
        }
        let mapped = value.split_inclusive(char::is_whitespace).map(|token| {
            let link = token.trim_end_matches([' ', '\t', '\n', '\r', '\u{c}', ',']);
            let separator = token.get(link.len()..).unwrap_or_default();
            let path = self.path(link);
            path.map_or_else(|| token.to_owned(), |path| format!("{path}{separator}"))
        });
        Some(mapped.collect())
    }

    /// The same for `url(…)` and `@import` in style sheets: text in which the site's
    /// origin begins a URL.
    pub(crate) fn css(&self, text: &str) -> Option<String> {
        let mut mapped = None;
        for prefix in
            [format!("http://{}/", self.authority), format!("https://{}/", self.authority)]
        {
            let current = mapped.as_deref().unwrap_or(text);
            if current.contains(&prefix) {
                let protected = current.replace(&format!("{prefix}/"), "/.//");
                mapped = Some(protected.replace(&prefix, "/"));
            }
        }
        mapped
    }

    /// The path for the target of a redirect or of another header with a URL in it,
    /// relative to the URL that was asked; `None` if it leaves the site.
    pub(crate) fn target(&self, asked: &Url, location: &str) -> Option<(Url, String)> {
        let mut target = asked.join(location).ok()?;
        if target.origin() != self.site.origin() {
            return None;
        }
        // "if the Location value does not have a fragment component, a user agent MUST
        // process the redirection as if the value inherits the fragment" (RFC 9110 §10.2.2)
        if target.fragment().is_none() {
            target.set_fragment(asked.fragment());
        }
        let path = target[Position::BeforePath..].to_owned();
        let path = if path.starts_with("//") { format!("/.{path}") } else { path };
        Some((target, path))
    }
}

fn strip_ignoring_case<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let head = text.get(..prefix.len())?;
    if head.eq_ignore_ascii_case(prefix) { text.get(prefix.len()..) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links() -> Links {
        Links::to(&Url::parse("http://127.0.0.1:8000").unwrap())
    }

    #[track_caller]
    fn check(link: &str, expected: Option<&str>) {
        assert_eq!(links().path(link).as_deref(), expected);
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn only_links_to_the_site_become_paths() {
        check("http://127.0.0.1:8000/polls/?a=1&amp;b=2#c", Some("/polls/?a=1&amp;b=2#c"));
        check("HTTP://127.0.0.1:8000",                      Some("/"));
        check("http://127.0.0.1:8000?a",                    Some("/?a"));
        check("//127.0.0.1:8000/x",                         Some("/x"));
        check("https://127.0.0.1:8000/x",                   Some("/x"));
        check(" http://127.0.0.1:8000/x ",                  Some("/x"));
        check("http://127.0.0.1:8000//example.org/",        Some("/.//example.org/"));
        check("http://127.0.0.1:80001/x",                   None);
        check("http://127.0.0.1:8000.example.org/",         None);
        check("http://user@127.0.0.1:8000/",                None);
        check("/polls/",                                    None);
        check("1/",                                         None);
        check("https://www.djangoproject.com/",             None);
    }

    #[test]
    fn srcset_keeps_its_descriptors() {
        assert_eq!(
            links().srcset(
                "http://127.0.0.1:8000/a.png 1x, /b.png 2x, http://127.0.0.1:8000/c.png 3x"
            ),
            Some("/a.png 1x, /b.png 2x, /c.png 3x".to_owned())
        );
    }

    #[test]
    fn style_sheets_stay_in_the_app() {
        assert_eq!(
            links()
                .css("a{background:url(http://127.0.0.1:8000/x.png)} b{background:url('y.png')}"),
            Some("a{background:url(/x.png)} b{background:url('y.png')}".to_owned())
        );
        assert_eq!(links().css("a{}"), None);
    }

    #[test]
    fn redirects_are_resolved_and_kept_on_the_site() {
        let asked = Url::parse("http://127.0.0.1:8000/polls/1/vote/").unwrap();
        let path = |location| links().target(&asked, location).map(|(_, path)| path);
        assert_eq!(path("../results/").as_deref(), Some("/polls/1/results/"));
        assert_eq!(path("http://127.0.0.1:8000/x?y").as_deref(), Some("/x?y"));
        assert_eq!(path("https://example.org/"), None);
        assert_eq!(path("javascript:alert(1)"), None);
    }
}
