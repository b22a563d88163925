//! G4: the same hits through http-cache-reqwest with each of its managers.

use std::path::Path;

use http_cache_reqwest::{
    CACacheManager, Cache, CacheManager, CacheMode, HttpCache, HttpCacheOptions, MokaCacheBuilder,
    MokaManager, RedbManager,
};
use reqwest::{ResponseBuilderExt, Url};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next};

use super::hits::shown;
use crate::goal::Goal;
use crate::sampling::{Best, ROUNDS, Shuffled, times};
use crate::site::{self, AMPLE, Bodies, KIB, Kind, MIB};
use crate::table::{Against, Figure, Row};
use crate::{Outcome, Run};

/// Answers in place of the network, behind the cache.
struct Memory(Bodies);

#[async_trait::async_trait]
impl Middleware for Memory {
    async fn handle(
        &self,
        request: reqwest::Request,
        _extensions: &mut http::Extensions,
        _next: Next<'_>,
    ) -> reqwest_middleware::Result<reqwest::Response> {
        let mut segments = request.url().path_segments().into_iter().flatten().skip(1);
        let mut number = || segments.next().and_then(|text| text.parse().ok()).unwrap_or(0);
        let (length, number): (usize, usize) = (number(), number());
        let response = http::Response::builder().url(request.url().clone());
        let mut response = response
            .body(self.0.get(length, number))
            .map_err(reqwest_middleware::Error::middleware)?;
        *response.headers_mut() = site::headers("application/octet-stream");
        Ok(response.into())
    }
}

fn client(manager: impl CacheManager, bodies: &Bodies) -> Outcome<ClientWithMiddleware> {
    // A cache for one person, as the app's is.
    let options = HttpCacheOptions::default();
    let cache = Cache(HttpCache { mode: CacheMode::ForceCache, manager, options });
    let client = reqwest::Client::builder().no_proxy().build()?;
    Ok(ClientBuilder::new(client).with(cache).with(Memory(bodies.clone())).build())
}

fn clients(folder: &Path, bodies: &Bodies) -> Outcome<[(&'static str, ClientWithMiddleware); 3]> {
    let moka = MokaManager::new(MokaCacheBuilder::new(10_000).build());
    let redb = RedbManager::new(folder.join("peer.redb"))?;
    let cacache = CACacheManager::new(folder.join("cacache"), false);
    Ok([
        ("moka", client(moka, bodies)?),
        ("redb", client(redb, bodies)?),
        ("cacache", client(cacache, bodies)?),
    ])
}

async fn hit(client: &ClientWithMiddleware, url: Url) -> Outcome<usize> {
    let response = client.get(url).send().await?;
    let is_hit = response.headers().get("x-cache").is_some_and(|value| value == "HIT");
    if !is_hit {
        return Err("http-cache-reqwest has not stored it".into());
    }
    Ok(response.bytes().await?.len())
}

pub(super) async fn rows(run: &mut Run) -> Outcome<Vec<Row>> {
    let mut rows = Vec::new();
    for length in [4 * KIB, 64 * KIB, MIB] {
        let folder = run.stores.empty()?;
        let engine = site::engine(folder.path(), &run.stores.bodies, AMPLE)?;
        let clients = clients(folder.path(), &run.stores.bodies)?;
        let urls: Vec<Url> = (0..(2 * MIB / length).clamp(8, 100))
            .map(|number| site::address(Kind::Octets, length, number))
            .collect::<Outcome<_>>()?;
        for url in &urls {
            site::fetched(&engine, site::request(url)).await?;
            for (_, client) in &clients {
                client.get(url.clone()).send().await?.bytes().await?;
            }
        }
        let order = Shuffled::new().below(run.extent.of((200 * MIB / length).clamp(300, 5000)));
        let order: Vec<&Url> =
            order.into_iter().filter_map(|number| urls.get(number % urls.len())).collect();
        let mut ours = Best::NONE;
        let mut theirs = clients.each_ref().map(|(name, _)| (*name, Best::NONE));
        for _ in 0..ROUNDS {
            for url in urls.iter().chain(&urls) {
                site::read(site::stored(&engine, site::request(url)).await?.body).await?;
            }
            let requests = order.iter().map(|url| site::request(url));
            let read = async |request| site::read(site::stored(&engine, request).await?.body).await;
            ours.take(&times(requests, read).await?);
            for ((_, client), (_, best)) in clients.iter().zip(&mut theirs) {
                for url in &urls {
                    hit(client, url.clone()).await?;
                }
                let requests = order.iter().copied().cloned();
                best.take(&times(requests, async |url| hit(client, url).await).await?);
            }
        }
        engine.close().await;
        rows.extend(compared(length, ours, &theirs));
    }
    Ok(rows)
}

/// How many times faster: at 4 KiB four times than the best and twenty times than cacache, at
/// 1 MiB ten times than any.
fn compared(length: usize, ours: Best, theirs: &[(&str, Best)]) -> Vec<Row> {
    let best = theirs.iter().map(|(_, best)| best.p50).fold(f64::INFINITY, f64::min);
    let rows = theirs.iter().map(|(name, their)| {
        let baseline = Figure::Time(their.p50);
        let most = match (length, *name) {
            (MIB, _) => Some(1.0 / 10.0),
            (4096, "cacache") => Some(1.0 / 20.0),
            _ if their.p50 <= best => Some(1.0 / 4.0),
            _ => None,
        };
        let against =
            most.map_or(Against::Beside(baseline), |most| Against::AtMost(most, baseline));
        let what = format!("hit, {}, beside http-cache-reqwest with {name}", shown(length));
        Row::new(Goal::G4, what, Figure::Time(ours.p50), against)
    });
    rows.collect()
}
