//! A site in memory, and an engine on it.

use std::path::Path;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use holdfast_engine::{
    Body, Destination, Engine, Foundation, NetworkError, Provenance, Request, Response, Site,
    Transport,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::Outcome;

pub(crate) const KIB: usize = 1 << 10;
pub(crate) const MIB: usize = 1 << 20;
/// The lengths at which hits are measured.
pub(crate) const LENGTHS: [usize; 4] = [4 * KIB, 64 * KIB, MIB, 10 * MIB];

/// How long a piece of a body is that comes as a stream.
pub(crate) const PIECE: usize = 64 * KIB;

/// What responses have beside their type; the engine and hyper add the date.
const HEADERS: [(&str, &str); 11] = [
    ("cache-control", "public, max-age=31536000"),
    ("content-language", "en"),
    ("cross-origin-opener-policy", "same-origin"),
    ("etag", "\"5f3c9e1b7a2d4680\""),
    ("last-modified", "Wed, 01 Oct 2025 00:00:00 GMT"),
    ("referrer-policy", "same-origin"),
    ("server", "bench"),
    ("strict-transport-security", "max-age=31536000"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("x-request-id", "0f8a2c7e5b914d36"),
];

/// The twelve headers of every response.
pub(crate) fn headers(content_type: &'static str) -> HeaderMap {
    let own = HEADERS
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
    let kind = (http::header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    own.chain([kind]).collect()
}

/// Bodies of any length up to [`Bodies::LONGEST`], each of its own bytes, without copying.
#[derive(Clone)]
pub(crate) struct Bodies(Bytes);

impl Bodies {
    pub(crate) const LONGEST: usize = 10 * MIB;

    pub(crate) fn new() -> Self {
        let mut hasher = blake3::Hasher::new();
        let mut bytes = vec![0; Self::LONGEST + 8 * MIB];
        hasher.update(b"bodies").finalize_xof().fill(&mut bytes);
        Self(bytes.into())
    }

    /// Another one for each `number`.
    pub(crate) fn get(&self, length: usize, number: usize) -> Bytes {
        let room = self.0.len() - Self::LONGEST;
        let at = number.wrapping_mul(4099) % room;
        self.0.slice(at..at + length.min(Self::LONGEST))
    }
}

/// The address of a body.
pub(crate) fn address(kind: Kind, length: usize, number: usize) -> Outcome<Url> {
    let kind = match kind {
        Kind::Octets => "octets",
        Kind::Html => "html",
        Kind::Stream => "stream",
    };
    Ok(Url::parse(&format!("http://127.0.0.1:1/{kind}/{length}/{number}"))?)
}

/// What there is on the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Bytes of no known type, at once.
    Octets,
    /// A page.
    Html,
    /// Bytes that arrive piece by piece.
    Stream,
}

/// The site: `/<kind>/<length>/<number>`.
pub(crate) struct Memory(pub(crate) Bodies);

impl Transport for Memory {
    fn send(
        &self,
        url: &Url,
        _request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, NetworkError>> {
        let mut segments = url.path_segments().into_iter().flatten();
        let kind = segments.next().unwrap_or_default();
        let mut number = || segments.next().and_then(|text| text.parse().ok()).unwrap_or(0);
        let (length, number): (usize, usize) = (number(), number());
        let (kind, body) = match kind {
            "html" => ("text/html; charset=utf-8", Body::from(page(length, number))),
            "stream" => {
                let piece = self.0.get(PIECE, number);
                let pieces = stream::iter(0..length / PIECE).map(move |_| Ok(piece.clone()));
                ("application/octet-stream", Body::Stream(pieces.boxed()))
            }
            _ => ("application/octet-stream", Body::from(self.0.get(length, number))),
        };
        let mut response = http::Response::new(body);
        *response.headers_mut() = headers(kind);
        std::future::ready(Ok(response)).boxed()
    }
}

/// A page of about `length` bytes, as a site's template makes it.
pub(crate) fn page(length: usize, number: usize) -> String {
    let mut page = format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>Page {number}</title>\
         <link rel=stylesheet href=\"/static/style.css\"><script src=\"/static/app.js\" defer>\
         </script></head><body><nav><a href=\"/\">Home</a> <a href=\"/about/\">About</a></nav>\
         <main>"
    );
    let mut paragraph = 0;
    while page.len() + 64 < length {
        paragraph += 1;
        let text = "Nothing that was written here is meant to be read by anybody. ";
        page += &format!("<section class=\"card\"><h2>{paragraph}</h2><p>{}", text.repeat(4));
        page += &format!("<a class=\"more\" href=\"/articles/{paragraph}/\">More</a></p>");
        page += &format!("<img src=\"/images/{paragraph}.png\" alt=\"\" width=80></section>\n");
    }
    page.truncate(length.saturating_sub(64));
    page + "</main></body></html>\n"
}

/// The store's quota where it is not the subject.
pub(crate) const AMPLE: u64 = 64 << 30;

/// An engine on the site in memory, with what is stored in `directory`.
///
/// # Errors
///
/// What of the directory cannot be used.
pub(crate) fn engine(directory: &Path, bodies: &Bodies, quota: u64) -> Outcome<Engine> {
    let profile = format!(
        "[site]\nname = \"Bench\"\norigin = \"http://127.0.0.1:1\"\n\
         [[route]]\nname = \"all\"\nwhen = {{ path = \"/*\" }}\nstrategy = \"cache-first\"\n\
         [storage]\nquota = \"{quota} B\"\n"
    );
    let site = Site::read("bench.toml", &profile)?;
    let transport: Box<dyn Transport> = Box::new(Memory(bodies.clone()));
    let foundation = Foundation { transport: Some(transport), ..Foundation::default() };
    Ok(Engine::open(site, directory, foundation)?)
}

/// A request for it, as a script of a page makes it.
pub(crate) fn request(url: &Url) -> Request {
    Request::get(url.clone(), Destination::Data)
}

/// The answer, which has to come from the store.
///
/// # Errors
///
/// If it does not.
pub(crate) async fn stored(engine: &Engine, request: Request) -> Outcome<Response> {
    let response = engine.handle(request).await;
    match response.provenance {
        Provenance::Store { .. } => Ok(response),
        Provenance::Network { .. } | Provenance::Outbox | Provenance::Fallback { .. } => {
            Err(format!("not from the store but {:?}", response.provenance).into())
        }
    }
}

/// The answer, which has to come from the site, read to its end.
///
/// # Errors
///
/// If it does not.
pub(crate) async fn fetched(engine: &Engine, request: Request) -> Outcome<usize> {
    let response = engine.handle(request).await;
    match response.provenance {
        Provenance::Network { .. } => read(response.body).await,
        Provenance::Store { .. } | Provenance::Outbox | Provenance::Fallback { .. } => {
            Err(format!("not from the site but {:?}", response.provenance).into())
        }
    }
}

/// Reads a body to its end without gathering it.
///
/// # Errors
///
/// What breaks it.
pub(crate) async fn read(body: Body) -> Outcome<usize> {
    match body {
        Body::Bytes(bytes) => Ok(bytes.len()),
        Body::Stream(mut pieces) => {
            let mut length = 0;
            while let Some(piece) = pieces.next().await {
                length += piece?.len();
            }
            Ok(length)
        }
    }
}
