//! A stored response through `engine.handle`, beside a raw read of the same row.

use std::error::Error;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use holdfast_engine::{
    Body, Destination, Engine, Foundation, NetworkError, Provenance, Request, Site, Transport,
};
use rusqlite::{Connection, named_params};
use url::Url;

use super::{Comparison, median};

const PROFILE: &str = r#"
[site]
name = "Bench"
origin = "http://127.0.0.1:1"

[[route]]
name = "everything"
when = { path = "/*" }
strategy = "cache-first"
"#;

const ROUNDS: usize = 3;
const READS: usize = 5_000;

/// A site in memory: `/<n>` is a body of n bytes.
struct Memory;

impl Transport for Memory {
    fn send(
        &self,
        url: &Url,
        _request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, NetworkError>> {
        let length = url.path().trim_start_matches('/').parse().unwrap_or(0);
        let mut response = http::Response::new(Body::from(Bytes::from(vec![b'x'; length])));
        let binary = http::HeaderValue::from_static("application/octet-stream");
        response.headers_mut().insert(http::header::CONTENT_TYPE, binary);
        std::future::ready(Ok(response)).boxed()
    }
}

pub(super) async fn measure() -> Result<Vec<Comparison>, Box<dyn Error + Send + Sync>> {
    let directory = tempfile::tempdir()?;
    let site = Site::read("bench.toml", PROFILE)?;
    let foundation = Foundation { transport: Some(Box::new(Memory)), ..Foundation::default() };
    let engine = Engine::open(site, directory.path(), foundation)?;
    let database = Connection::open(directory.path().join("cache.sqlite3"))?;
    let mut table = Vec::new();
    for length in [4 << 10, 64 << 10] {
        let url = Url::parse(&format!("http://127.0.0.1:1/{length}"))?;
        // Stored by the first request.
        read_through(&engine, &url).await?;
        let mut best = Comparison {
            what: format!("stored response of {} KiB, engine.handle", length >> 10),
            ours: Duration::MAX,
            baseline: Duration::MAX,
        };
        for _ in 0..ROUNDS {
            let mut times = Vec::with_capacity(READS);
            for _ in 0..READS {
                let begun = Instant::now();
                read_through(&engine, &url).await?;
                times.push(begun.elapsed());
            }
            best.ours = best.ours.min(median(times));
            let mut times = Vec::with_capacity(READS);
            for _ in 0..READS {
                let begun = Instant::now();
                read_raw(&database, url.as_str())?;
                times.push(begun.elapsed());
            }
            best.baseline = best.baseline.min(median(times));
        }
        table.push(best);
    }
    engine.close().await;
    Ok(table)
}

async fn read_through(engine: &Engine, url: &Url) -> Result<usize, Box<dyn Error + Send + Sync>> {
    let response = engine.handle(Request::get(url.clone(), Destination::Data)).await;
    match response.provenance {
        Provenance::Network { .. } | Provenance::Store { .. } => {}
        Provenance::Fallback { .. } => return Err(format!("{url} was not answered").into()),
    }
    Ok(response.body.collect().await?.len())
}

fn read_raw(database: &Connection, url: &str) -> rusqlite::Result<usize> {
    let sql = "SELECT status, headers, body FROM response WHERE url = :url";
    database.prepare_cached(sql)?.query_row(named_params! { ":url": url }, |row| {
        let _status: u16 = row.get(0)?;
        let _headers: Vec<u8> = row.get(1)?;
        let body: Vec<u8> = row.get(2)?;
        Ok(body.len())
    })
}
