//! Where requests come in: who asks, and how what they ask looks to the site.

use http::HeaderValue;
use http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, EXPECT, HOST, HeaderMap, ORIGIN, REFERER};
use url::Url;

use crate::body::Body;
use crate::request::{Agent, Cookies, Destination, Redirects, Request, remove_hop_by_hop};

/// Who asks, and under which address it sees the site.
#[derive(Debug, Clone)]
pub struct Edge {
    /// The origin under which the page sees the site.
    pub own: Url,
    /// The site's origin.
    pub site: Url,
    /// What kind of client asks.
    pub client: Client,
}

/// What kind of client asks: each has its own way with cookies and redirects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// A webview behind a custom scheme: cookies live in the engine, a redirect can
    /// only be shown to a navigation, and pages are told apart by `Accept`.
    Webview,
    /// An HTTP client of the gateway: it keeps its cookies and follows redirects. One
    /// that does not say what it wants (curl) is taken to want a page, since browsers
    /// say it when they want anything else.
    Http,
}

impl Edge {
    /// A request that came in at this edge, as the site expects it.
    pub fn request(&self, parts: http::request::Parts, body: Body) -> Request {
        let mut url = self.site.clone();
        url.set_path(parts.uri.path());
        url.set_query(parts.uri.query());
        let unmarked = match self.client {
            Client::Webview => Destination::Data,
            Client::Http => Destination::Document,
        };
        let destination = Destination::of(&parts.headers, url.path()).unwrap_or(unmarked);
        let headers = as_the_site_expects(parts.headers, &self.own, &self.site);
        let (cookies, redirects) = match (self.client, destination) {
            (Client::Http, _) => (Cookies::Client, Redirects::Manual),
            (Client::Webview, Destination::Document) => (Cookies::Jar, Redirects::Manual),
            (Client::Webview, _) => (Cookies::Jar, Redirects::Follow),
        };
        let (method, agent, form) = (parts.method, Agent::default(), None);
        Request { method, url, headers, destination, cookies, agent, redirects, form, body }
    }
}

/// Maps the page's origin to the site's, where a header names it: Django refuses a
/// submission whose `Origin` or `Referer` is not its own.
fn as_the_site_expects(mut headers: HeaderMap, own: &Url, site: &Url) -> HeaderMap {
    remove_hop_by_hop(&mut headers);
    // The transport sets these itself: the page's are about another connection.
    for name in [HOST, CONTENT_LENGTH, ACCEPT_ENCODING, EXPECT] {
        headers.remove(name);
    }
    for name in [ORIGIN, REFERER] {
        let Some(mapped) = headers
            .get(&name)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| map_origin(value, own, site))
        else {
            continue;
        };
        headers.insert(name, mapped);
    }
    headers
}

/// `value` with `own` at its start replaced by `site`, or `None` if it is elsewhere.
fn map_origin(value: &str, own: &Url, site: &Url) -> Option<HeaderValue> {
    let own = own.as_str().trim_end_matches('/');
    let rest = value.strip_prefix(own)?;
    if !(rest.is_empty() || rest.starts_with('/')) {
        return None;
    }
    let site = site.origin().ascii_serialization();
    HeaderValue::try_from(format!("{site}{rest}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_site_sees_its_own_origin() {
        let own = Url::parse("polls://localhost").unwrap();
        let site = Url::parse("http://127.0.0.1:8000").unwrap();
        let parts = http::Request::post("polls://localhost/polls/1/vote/?a=b")
            .header("origin", "polls://localhost")
            .header("referer", "polls://localhost/polls/1/")
            .header("connection", "close, x-hop")
            .header("x-hop", "1")
            .header("host", "localhost")
            .body(())
            .unwrap()
            .into_parts()
            .0;
        let edge = Edge { own, site, client: Client::Webview };
        let request = edge.request(parts, Body::empty());
        assert_eq!(request.url.as_str(), "http://127.0.0.1:8000/polls/1/vote/?a=b");
        let headers: Vec<_> = request
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
            .collect();
        assert_eq!(
            headers,
            [("origin", "http://127.0.0.1:8000"), ("referer", "http://127.0.0.1:8000/polls/1/")]
        );
    }

    #[test]
    fn another_origin_that_begins_alike_is_not_mapped() {
        let own = Url::parse("http://127.0.0.1:80").unwrap();
        let site = Url::parse("http://127.0.0.1:8000").unwrap();
        assert_eq!(map_origin("http://127.0.0.1.example.org/", &own, &site), None);
    }
}
