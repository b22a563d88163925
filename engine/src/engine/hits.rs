//! The SQL of a stored response that is served, counted where the connections are.

use std::future::ready;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::{CONTENT_TYPE, HeaderValue};
use tempfile::TempDir;
use tokio::time::{advance, sleep};
use url::Url;

use super::{Engine, Foundation};
use crate::body::Body;
use crate::config::Site;
use crate::error::NetworkError;
use crate::network::Transport;
use crate::request::{Destination, Request};
use crate::response::Provenance;
use crate::store::statements::take_ran;
use crate::time::Clock;

/// Under `/aged/` nothing is remembered: how old it is has to be looked at each time.
const PROFILE: &str = r#"
[site]
name   = "Hits"
origin = "http://127.0.0.1:1"

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

/// `/…/<n>` is a body of n bytes.
struct Memory;

impl Transport for Memory {
    fn send(
        &self,
        url: &Url,
        _request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, NetworkError>> {
        let length = url.path().rsplit('/').next().unwrap().parse().unwrap_or(0);
        let mut response = http::Response::new(Body::from("x".repeat(length)));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("image/png"));
        ready(Ok(response)).boxed()
    }
}

fn open(directory: &TempDir) -> Engine {
    let site = Site::read("hits.toml", PROFILE).unwrap();
    let clock = Clock::starting_at(std::time::UNIX_EPOCH + Duration::from_secs(1_767_225_600));
    let transport = Some(Box::new(Memory) as _);
    Engine::open(
        site,
        directory.path(),
        Foundation { transport, clock, jitter: || 1.0, shreds: false },
    )
    .unwrap()
}

/// The first word of each statement that a hit runs.
fn statements_of_a_hit(engine: &Engine, path: &str) -> String {
    take_ran();
    let request = Request::get(engine.site().address(path).unwrap(), Destination::Data);
    let response = engine.handle(request).now_or_never().expect("nothing is waited for");
    assert!(matches!(response.provenance, Provenance::Store { .. }), "{response:?}");
    let words: Vec<_> =
        take_ran().into_iter().map(|ran| ran.sql.split(' ').next().unwrap().to_owned()).collect();
    words.join(" ")
}

/// One read and no write, and none where it is remembered; after a pause or a write the
/// transaction is begun anew.
#[tokio::test(start_paused = true)]
async fn a_hit_is_one_statement_at_most() {
    let directory = TempDir::new().unwrap();
    let engine = open(&directory);
    let paths = ["/4096", "/aged/4096", "/100000"];
    for path in paths {
        let request = Request::get(engine.site().address(path).unwrap(), Destination::Data);
        engine.handle(request).await.body.collect().await.unwrap();
    }
    sleep(Duration::from_millis(500)).await;
    let of = |path| statements_of_a_hit(&engine, path);
    assert_eq!(of("/4096"), "BEGIN SELECT", "for the first time");
    assert_eq!(paths.map(of), ["SELECT", "SELECT", "SELECT"], "what is asked for again is held");
    for _ in 0..100 {
        assert_eq!(paths.map(of), ["", "SELECT", "SELECT"]);
    }
    advance(Duration::from_millis(100)).await;
    assert_eq!(paths.map(of), ["", "COMMIT BEGIN SELECT", "SELECT"]);
    sleep(Duration::from_millis(500)).await;
    assert_eq!(paths.map(of), ["", "BEGIN SELECT", "SELECT"]);
    engine.close().await;
}

/// It is copied several times before it begins, and a fetch is three times as large.
#[tokio::test]
async fn what_is_being_answered_is_small_until_something_is_fetched() {
    let directory = TempDir::new().unwrap();
    let engine = open(&directory);
    let url = Url::parse("http://127.0.0.1:1/4").unwrap();
    let answer = engine.handle(Request::get(url, Destination::Data));
    let size = std::mem::size_of_val(&answer);
    assert!(size <= 4 << 10, "{size} bytes");
}
