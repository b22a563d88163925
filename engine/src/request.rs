//! A request of the page, normalised.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;

use http::header::{
    ACCEPT, CACHE_CONTROL, CONNECTION, COOKIE, HeaderMap, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION,
    TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderName, HeaderValue, Method};
use serde::Deserialize;
use url::{Position, Url};

use crate::body::Body;
use crate::seen::Form;

/// What the page asks for.
///
/// `Request<()>` is one whose body has been taken out, to be looked at by many.
#[derive(Debug, Clone)]
pub struct Request<B = Body> {
    /// The method.
    pub method: Method,
    /// The address on the site, without a fragment.
    pub url: Url,
    /// End-to-end headers, with the site's own origin in `Origin` and `Referer`.
    pub headers: HeaderMap,
    /// What the answer is for.
    pub destination: Destination,
    /// Whose cookies go with it.
    pub cookies: Cookies,
    /// The program whose page asks.
    pub agent: Agent,
    /// What happens with a redirect.
    pub redirects: Redirects,
    /// The form it was made with, where the page says what it showed.
    pub form: Option<Box<Form>>,
    /// The body; empty for most.
    pub body: B,
}

/// What the page will do with the answer, as the Fetch standard's destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Destination {
    /// A page or a frame.
    Document,
    /// A style sheet.
    Style,
    /// A script or a worker.
    Script,
    /// An image.
    Image,
    /// A font.
    Font,
    /// Sound or video.
    Media,
    /// What a script asked for.
    Data,
}

/// The program that asks, as far as it can be told from another one: each has pages of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Agent(u64);

impl Agent {
    /// The program that asks from this machine under this name.
    pub fn of(machine: IpAddr, name: Option<&HeaderValue>) -> Self {
        let mut hasher = DefaultHasher::new();
        (machine, name.map(HeaderValue::as_bytes)).hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// Where the cookies of a request come from and those of its answer go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookies {
    /// The engine's own jar: an app has one person at a time.
    Jar,
    /// The client's own headers: each client of the gateway keeps its cookies.
    Client,
}

/// What happens with a redirect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redirects {
    /// Followed within the site; the final answer comes back.
    Follow,
    /// Handed back, for a client that follows it itself.
    Manual,
}

/// Headers that belong to one connection, not to the request.
/// "intermediaries … MUST remove" (RFC 9110 §7.6.1).
const HOP_BY_HOP: [HeaderName; 9] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    HeaderName::from_static("proxy-connection"),
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

impl Request {
    /// A plain GET, for tests and for what the engine fetches by itself.
    pub fn get(url: Url, destination: Destination) -> Self {
        Self {
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            destination,
            cookies: Cookies::Client,
            agent: Agent::default(),
            redirects: Redirects::Manual,
            form: None,
            body: Body::empty(),
        }
    }

    /// The request and what it brings.
    pub(crate) fn split(self) -> (Request<()>, Body) {
        let Self { method, url, headers, destination, cookies, agent, redirects, form, body } =
            self;
        let request = Request {
            method,
            url,
            headers,
            destination,
            cookies,
            agent,
            redirects,
            form,
            body: (),
        };
        (request, body)
    }

    /// The same request, to be sent again; a body that is a stream is gone with the first.
    pub fn repeated(&self) -> Self {
        let body = match &self.body {
            Body::Bytes(bytes) => Body::Bytes(bytes.clone()),
            Body::Stream(_) => Body::empty(),
        };
        self.with_body(body)
    }
}

impl<B> Request<B> {
    /// The same request without its body.
    pub fn without_body(&self) -> Request<()> {
        self.with_body(())
    }

    /// The same request with another body.
    pub fn with_body<C>(&self, body: C) -> Request<C> {
        Request {
            method: self.method.clone(),
            url: self.url.clone(),
            headers: self.headers.clone(),
            destination: self.destination,
            cookies: self.cookies,
            agent: self.agent,
            redirects: self.redirects,
            form: self.form.clone(),
            body,
        }
    }

    /// Whether the network is not to be asked (RFC 9111 §5.2.1.7).
    pub fn is_only_if_cached(&self) -> bool {
        let lines = self.headers.get_all(CACHE_CONTROL).iter();
        let mut directives =
            lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(','));
        directives.any(|directive| directive.trim().eq_ignore_ascii_case("only-if-cached"))
    }

    /// The value of a cookie the request carries.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        cookie_pairs(&self.headers).find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}

impl Destination {
    /// What a request is for: `Sec-Fetch-Dest` where there is one, else `Accept`,
    /// else the extension of the path; `None` where nothing tells.
    pub fn of(headers: &HeaderMap, path: &str) -> Option<Self> {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(destination) = text(SEC_FETCH_DEST) {
            return Some(match destination {
                "document" | "iframe" | "frame" | "embed" | "object" => Self::Document,
                "style" | "xslt" => Self::Style,
                "script" | "worker" | "sharedworker" | "serviceworker" | "audioworklet"
                | "paintworklet" => Self::Script,
                "image" => Self::Image,
                "font" => Self::Font,
                "audio" | "video" | "track" => Self::Media,
                _ => Self::Data,
            });
        }
        let accept = text(ACCEPT).unwrap_or_default();
        match accept.split([',', ';']).next().map(str::trim).unwrap_or_default() {
            "text/html" | "application/xhtml+xml" => Some(Self::Document),
            "text/css" => Some(Self::Style),
            first if first.starts_with("image/") => Some(Self::Image),
            first if first.starts_with("video/") || first.starts_with("audio/") => {
                Some(Self::Media)
            }
            "" | "*/*" => Self::of_extension(path),
            _ => Some(Self::Data),
        }
    }

    fn of_extension(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or_default();
        let extension = name.rsplit_once('.').map(|(_, extension)| extension).unwrap_or_default();
        Some(match extension.to_ascii_lowercase().as_str() {
            "html" | "htm" | "xhtml" => Self::Document,
            "css" => Self::Style,
            "js" | "mjs" => Self::Script,
            "png" | "jpg" | "jpeg" | "gif" | "svg" | "webp" | "avif" | "ico" | "bmp" => Self::Image,
            "woff" | "woff2" | "ttf" | "otf" | "eot" => Self::Font,
            "mp3" | "mp4" | "ogg" | "oga" | "ogv" | "wav" | "webm" | "m4a" | "m4v" | "mov" => {
                Self::Media
            }
            "json" | "xml" | "csv" | "txt" => Self::Data,
            _ => return None,
        })
    }

    /// The word for it in a profile and in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Style => "style",
            Self::Script => "script",
            Self::Image => "image",
            Self::Font => "font",
            Self::Media => "media",
            Self::Data => "data",
        }
    }

    /// Every destination, in the order of the declaration.
    pub const ALL: [Self; 7] = [
        Self::Document,
        Self::Style,
        Self::Script,
        Self::Image,
        Self::Font,
        Self::Media,
        Self::Data,
    ];
}

/// The name and value of each cookie in the headers.
pub(crate) fn cookie_pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
}

/// Removes headers that belong to one connection, also those that `Connection` names.
pub(crate) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}

/// The address under which an answer is stored: without what only says where a visitor
/// came from.
pub(crate) fn key(url: &Url) -> Cow<'_, str> {
    let Some(query) = url.query().filter(|query| query.split('&').any(is_tracking)) else {
        return url[..Position::AfterQuery].into();
    };
    let path = &url[..Position::AfterPath];
    let kept: Vec<&str> = query.split('&').filter(|pair| !is_tracking(pair)).collect();
    if kept.is_empty() { path.into() } else { format!("{path}?{}", kept.join("&")).into() }
}

fn is_tracking(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default();
    name.starts_with("utm_") || TRACKING.contains(&name)
}

/// An address of a site that is served over TLS, as a server writes it that stands behind what
/// speaks TLS for it and does not know: the site itself would lead on from there.
pub(crate) fn upgraded(mut url: Url, site: &Url) -> Url {
    let is_same = url.host() == site.host() && url.port() == site.port();
    if is_same && url.scheme() == "http" && site.scheme() == "https" {
        // Between these two it is always possible.
        let _ = url.set_scheme("https");
    }
    url
}

/// Parameters that advertisers and mailers add to links.
const TRACKING: [&str; 8] =
    ["fbclid", "gclid", "dclid", "gbraid", "wbraid", "msclkid", "mc_cid", "mc_eid"];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(headers: &[(&'static str, &str)], path: &str, expected: Option<Destination>) {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        assert_eq!(Destination::of(&headers, path), expected);
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn destination_follows_the_strongest_sign() {
        check(&[("sec-fetch-dest", "image"), ("accept", "text/html")], "/a.css", Some(Destination::Image));
        check(&[("sec-fetch-dest", "empty")],                          "/a.html", Some(Destination::Data));
        check(&[("accept", "text/html,application/xhtml+xml;q=0.9")],  "/a.png", Some(Destination::Document));
        check(&[("accept", "text/css,*/*;q=0.1")],                     "/a",     Some(Destination::Style));
        check(&[("accept", "image/webp,image/png;q=0.8,*/*;q=0.5")],   "/a",     Some(Destination::Image));
        check(&[("accept", "*/*")],                                    "/a.js",  Some(Destination::Script));
        check(&[("accept", "*/*")],                                    "/a.woff2", Some(Destination::Font));
        check(&[("accept", "*/*")],                                    "/polls/1/json/", None);
        check(&[("accept", "application/json")],                       "/polls/1/json/", Some(Destination::Data));
        check(&[],                                                     "/polls/", None);
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn the_key_leaves_out_what_only_tracks() {
        let check = |url: &str, expected: &str| assert_eq!(key(&Url::parse(url).unwrap()), expected);
        check("http://h/a?utm_source=x&q=1&fbclid=y#f", "http://h/a?q=1");
        check("http://h/a?utm_source=x",                "http://h/a");
        check("http://h/a?q=a+b&q=%20",                 "http://h/a?q=a+b&q=%20");
        check("http://h/a?",                            "http://h/a?");
    }
}
