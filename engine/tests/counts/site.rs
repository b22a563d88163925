//! A site that is in memory, and an engine for it.

use std::future::ready;
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use holdfast_engine::{
    Body, Clock, Destination, Engine, Foundation, NetworkError, Provenance, Request, Response,
    Site, Transport,
};
use http::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_TYPE, DATE, ETAG, HeaderName,
    HeaderValue, LAST_MODIFIED, REFERER, SERVER, USER_AGENT, VARY,
};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio::time::sleep;
use url::Url;

/// Under `/aged/` nothing is remembered: how old it is has to be looked at each time.
const PROFILE: &str = r#"
[site]
name   = "Counts"
origin = "http://127.0.0.1:1"

[storage]
quota = "4 GiB"

[[route]]
name     = "aged"
when     = { path = "/aged/*" }
strategy = "cache-first"
max-age  = "30d"

[[route]]
name     = "everything"
when     = { path = "/*" }
strategy = "cache-first"
"#;

/// The pieces in which a long body arrives.
const PIECE: usize = 64 << 10;

/// `/…/<n>` is a body of n bytes, at hand up to one piece, and then in pieces.
struct Memory;

impl Transport for Memory {
    fn send(
        &self,
        url: &Url,
        _request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, NetworkError>> {
        let length: usize = url.path().rsplit('/').next().unwrap().parse().unwrap_or(0);
        let body = if length <= PIECE {
            Body::from(Bytes::from(vec![b'x'; length]))
        } else {
            // Each piece is memory of its own, as off a socket.
            let piece = move |at| Ok(Bytes::from(vec![b'x'; PIECE.min(length - at * PIECE)]));
            Body::Stream(stream::iter(0..length.div_ceil(PIECE)).map(piece).boxed())
        };
        let mut response = http::Response::new(body);
        response.headers_mut().extend(
            [
                (CONTENT_TYPE, "application/octet-stream"),
                (CACHE_CONTROL, "public, max-age=3600"),
                (ETAG, "\"5f2b-6123456789abc\""),
                (LAST_MODIFIED, "Thu, 01 Jan 2026 00:00:00 GMT"),
                (DATE, "Thu, 01 Jan 2026 00:00:00 GMT"),
                (SERVER, "nginx"),
                (VARY, "accept-encoding"),
                (HeaderName::from_static("x-frame-options"), "DENY"),
                (HeaderName::from_static("x-content-type-options"), "nosniff"),
                (HeaderName::from_static("referrer-policy"), "same-origin"),
            ]
            .map(|(name, value)| (name, HeaderValue::from_static(value))),
        );
        ready(Ok(response)).boxed()
    }
}

/// An engine whose time stands still while something happens, all of it on this thread but
/// what the disk is asked for.
pub(crate) struct Counted {
    pub(crate) engine: Engine,
    pub(crate) directory: TempDir,
    runtime: Runtime,
}

impl Counted {
    pub(crate) fn open() -> Self {
        Self::open_in(TempDir::new().unwrap())
    }

    fn open_in(directory: TempDir) -> Self {
        let runtime =
            Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let site = Site::read("counts.toml", PROFILE).unwrap();
        let engine = runtime.block_on(async {
            let clock = Clock::starting_at(UNIX_EPOCH + Duration::from_secs(1_767_225_600));
            let transport = Some(Box::new(Memory) as _);
            let foundation = Foundation { transport, clock, jitter: || 1.0, shreds: false };
            let engine = Engine::open(site, directory.path(), foundation).unwrap();
            sleep(Duration::from_millis(5)).await;
            engine
        });
        Self { engine, directory, runtime }
    }

    /// The same as the next start finds it: nothing is left in the log.
    pub(crate) fn restarted(self) -> Self {
        self.runtime.block_on(self.engine.close());
        let Self { engine, directory, runtime } = self;
        drop((engine, runtime));
        Self::open_in(directory)
    }

    /// An engine that has stored what is at these paths, and found it once.
    pub(crate) fn storing(paths: &[&str]) -> Self {
        let counted = Self::open();
        for path in paths {
            counted.read(path);
        }
        for path in paths {
            counted.read(path);
        }
        counted
    }

    pub(crate) fn request(&self, path: &str) -> Request {
        let mut request =
            Request::get(self.engine.site().address(path).unwrap(), Destination::Data);
        request.headers.extend(
            [
                (ACCEPT, "*/*"),
                (ACCEPT_ENCODING, "gzip, deflate, br"),
                (ACCEPT_LANGUAGE, "en-GB,en;q=0.9"),
                (REFERER, "http://127.0.0.1:1/"),
                (USER_AGENT, "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15"),
                (HeaderName::from_static("sec-fetch-dest"), "image"),
                (HeaderName::from_static("sec-fetch-mode"), "no-cors"),
                (HeaderName::from_static("sec-fetch-site"), "same-origin"),
            ]
            .map(|(name, value)| (name, HeaderValue::from_static(value))),
        );
        request
    }

    /// A stored response, which is there without waiting for anything.
    pub(crate) fn hit(&self, request: Request) -> Response {
        let _inside = self.runtime.enter();
        let response = self.engine.handle(request).now_or_never().expect("nothing is waited for");
        assert!(matches!(response.provenance, Provenance::Store { .. }), "{response:?}");
        response
    }

    /// Reads a body to its end, piece by piece: its length.
    pub(crate) fn read(&self, path: &str) -> usize {
        self.runtime.block_on(async {
            let response = self.engine.handle(self.request(path)).await;
            let mut length = 0;
            let mut pieces = response.body.into_stream();
            while let Some(piece) = pieces.next().await {
                length += piece.unwrap().len();
            }
            // What is stored beside it is stored a moment later.
            sleep(Duration::from_millis(2)).await;
            length
        })
    }

    pub(crate) fn close(self) {
        self.runtime.block_on(self.engine.close());
    }
}
