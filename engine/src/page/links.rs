//! Links to the site, as the page must see them.

use url::{Position, Url};

use crate::request::upgraded;

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
        let origin = format!("//{}/", self.authority);
        if !text.contains(&origin) {
            return None;
        }
        let mut mapped = text.to_owned();
        // Without a scheme it is one only where a URL begins.
        for before in ["http:", "https:", "(", "\"", "'"] {
            let kept = if before.ends_with(':') { "" } else { before };
            let protected = mapped.replace(&format!("{before}{origin}/"), &format!("{kept}/.//"));
            mapped = protected.replace(&format!("{before}{origin}"), &format!("{kept}/"));
        }
        (mapped != text).then_some(mapped)
    }

    /// The same for what a `Refresh` says: "5; url=http://site/path".
    pub(crate) fn refresh(&self, value: &str) -> Option<String> {
        let (delay, target) = value.split_once([';', ','])?;
        let target = target.trim();
        // "If […] matches U" (HTML, "shared declarative refresh steps"): the word may be left out.
        let named = strip_ignoring_case(target, "url").map(str::trim_start);
        let target = named.and_then(|rest| rest.strip_prefix('=')).unwrap_or(target);
        let path = self.path(target.trim().trim_matches(['"', '\'']))?;
        Some(format!("{delay}; url={path}"))
    }

    /// A content security policy, or several with commas between, under which what names the
    /// site holds wherever the page has its origin.
    pub(crate) fn policy(&self, policies: &str) -> Option<String> {
        let mut is_changed = false;
        let mapped: Vec<String> = policies
            .split_inclusive([';', ','])
            .map(|directive| {
                let name = directive.split_whitespace().next().unwrap_or_default();
                if !is_of_sources(name) {
                    return directive.to_owned();
                }
                let mapped = directive.split_inclusive(|c: char| c.is_whitespace() || c == ';');
                let mapped = mapped.map(|token| {
                    let source = token
                        .trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ';' | ','));
                    let rest = token.get(source.len()..).unwrap_or_default();
                    let replaced = self.source(source);
                    is_changed |= replaced.is_some();
                    replaced.map_or_else(|| token.to_owned(), |source| source + rest)
                });
                mapped.collect::<String>()
            })
            .collect();
        is_changed.then(|| mapped.concat())
    }

    /// What a source of a policy is to a page of the site under another origin.
    fn source(&self, source: &str) -> Option<String> {
        // Whatever is fetched so; the site is, and its page does not see it.
        if strip_ignoring_case(source, self.site.scheme()) == Some(":") {
            return Some(format!("{source} 'self'"));
        }
        let is_named = self.path(source).is_some()
            || self.path(&format!("//{source}")).is_some_and(|_| !source.starts_with('/'));
        is_named.then(|| "'self'".to_owned())
    }

    /// The path for the target of a redirect or of another header with a URL in it,
    /// relative to the URL that was asked; `None` if it leaves the site.
    pub(crate) fn target(&self, asked: &Url, location: &str) -> Option<(Url, String)> {
        let mut target = upgraded(asked.join(location).ok()?, &self.site);
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

/// Whether a directive of a policy says from where something may come: others have addresses
/// that mean something else.
fn is_of_sources(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("-src") || matches!(&*name, "base-uri" | "form-action" | "frame-ancestors")
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
    fn a_style_sheet_that_leaves_out_the_scheme_stays_too() {
        assert_eq!(
            links()
                .css("@import \"//127.0.0.1:8000/x.css\"; a{background:url(//127.0.0.1:8000//b)}"),
            Some("@import \"/x.css\"; a{background:url(/.//b)}".to_owned())
        );
        assert_eq!(links().css("/* see ftp://127.0.0.1:8000/x */"), None);
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn a_page_that_leads_on_by_itself_stays() {
        let check = |value: &str, expected: Option<&str>| {
            assert_eq!(links().refresh(value).as_deref(), expected, "{value}");
        };
        check("5; URL=http://127.0.0.1:8000/a",    Some("5; url=/a"));
        check("0;url='http://127.0.0.1:8000/a?b'", Some("0; url=/a?b"));
        check("0, http://127.0.0.1:8000/urls",     Some("0; url=/urls"));
        check("0; url=/a",                         None);
        check("0; url=https://example.org/",       None);
        check("300",                               None);
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn a_policy_that_names_the_site_means_the_page() {
        let check = |policy: &str, expected: Option<&str>| {
            assert_eq!(links().policy(policy).as_deref(), expected, "{policy}");
        };
        check("default-src http://127.0.0.1:8000",          Some("default-src 'self'"));
        check("img-src 127.0.0.1:8000 data:; font-src a.b", Some("img-src 'self' data:; font-src a.b"));
        check("script-src https://127.0.0.1:8000/js/;",     Some("script-src 'self';"));
        check("default-src http: 'unsafe-inline', img-src *", Some("default-src http: 'self' 'unsafe-inline', img-src *"));
        check("report-uri http://127.0.0.1:8000/r",         None);
        check("default-src 'self' https://example.org",     None);
        check("img-src http://127.0.0.1:80001",             None);
    }

    #[test]
    fn a_redirect_that_forgets_tls_stays_on_a_site_that_has_it() {
        let links = Links::to(&Url::parse("https://example.org").unwrap());
        let asked = Url::parse("https://example.org/in/").unwrap();
        let path = |location| links.target(&asked, location).map(|(_, path)| path);
        assert_eq!(path("http://example.org/out").as_deref(), Some("/out"));
        assert_eq!(path("http://example.org:8080/out"), None);
        assert_eq!(path("http://www.example.org/out"), None);
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
