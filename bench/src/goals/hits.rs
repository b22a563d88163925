//! Hits: from memory, from SQLite, from files.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use quick_cache::sync::Cache;
use url::Url;

use crate::goal::Goal;
use crate::raw::{self, Durability, Raw};
use crate::sampling::{Best, ROUNDS, Shuffled, times};
use crate::site::{self, AMPLE, KIB, Kind, LENGTHS, MIB};
use crate::table::{Against, Figure, Row};
use crate::{Outcome, Run};

/// How many calls are measured in a round.
const HITS: usize = 20_000;

/// G1: the same few responses again and again, beside a cache in memory and nothing else.
pub(super) async fn from_memory(run: &mut Run) -> Outcome<Vec<Row>> {
    /// What of them is in memory at once.
    const BYTES: usize = 2 * MIB;
    let mut rows = Vec::new();
    for length in LENGTHS.into_iter().filter(|length| *length <= 64 * KIB) {
        let folder = run.stores.empty()?;
        let engine = site::engine(folder.path(), &run.stores.bodies, AMPLE)?;
        let baseline = Cache::new(1000);
        let mut urls = Vec::new();
        for number in 0..BYTES / length {
            let url = site::address(Kind::Octets, length, number)?;
            site::fetched(&engine, site::request(&url)).await?;
            let response =
                (site::headers("application/octet-stream"), run.stores.bodies.get(length, number));
            baseline.insert(url.to_string(), Arc::new(response));
            urls.push(url);
        }
        let order: Vec<&Url> = {
            let order = Shuffled::new().below(run.extent.of(HITS)).into_iter();
            order.filter_map(|number| urls.get(number % urls.len())).collect()
        };
        let (mut ours, mut theirs, mut copied) = (Best::NONE, Best::NONE, Best::NONE);
        for _ in 0..ROUNDS {
            // The second look-up takes it into memory.
            for url in urls.iter().chain(&urls) {
                site::stored(&engine, site::request(url)).await?;
            }
            let requests = order.iter().map(|url| site::request(url));
            let hit = async |request| site::stored(&engine, request).await;
            ours.take(&times(requests, hit).await?);
            let hit = async |url: &&Url| from_cache(&baseline, url.as_str());
            theirs.take(&times(&order, hit).await?);
            let hit = async |url: &&Url| copied_from_cache(&baseline, url.as_str());
            copied.take(&times(&order, hit).await?);
        }
        engine.close().await;
        let what = format!("hit in memory, {}, ", shown(length));
        let row = |name, most, ours, theirs| {
            let against = Against::AtMost(most, Figure::Time(theirs));
            Row::new(Goal::G1, format!("{what}{name}"), Figure::Time(ours), against)
        };
        rows.push(row("p50", 2.0, ours.p50, theirs.p50));
        rows.push(row("p99", 3.0, ours.p99, theirs.p99));
        let beside = Against::Beside(Figure::Time(copied.p50));
        let what = format!("{what}p50, beside copied headers");
        rows.push(Row::new(Goal::G1, what, Figure::Time(ours.p50), beside));
    }
    Ok(rows)
}

type Entries = Cache<String, Arc<(HeaderMap, Bytes)>>;

/// Builds the response header by header, as whoever keeps them in a form of his own has to.
fn from_cache(entries: &Entries, url: &str) -> Outcome<Response<Bytes>> {
    let entry = entries.get(url).ok_or("it was held a moment ago")?;
    let (headers, body) = &*entry;
    let mut response = Response::builder().status(StatusCode::OK);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    Ok(response.body(body.clone())?)
}

/// Copies headers that are kept as they are needed.
fn copied_from_cache(entries: &Entries, url: &str) -> Outcome<Response<Bytes>> {
    let entry = entries.get(url).ok_or("it was held a moment ago")?;
    let (headers, body) = &*entry;
    let mut response = Response::new(body.clone());
    *response.headers_mut() = headers.clone();
    Ok(response)
}

/// G2: each response once since something was written, so that none is in memory; beside one
/// row of one table.
pub(super) async fn from_sqlite(run: &mut Run) -> Outcome<Vec<Row>> {
    let mut rows = Vec::new();
    for length in [4 * KIB, 64 * KIB] {
        let (engine_folder, raw_folder) = (run.stores.empty()?, run.stores.empty()?);
        let count = run.extent.of(if length == 4 * KIB { 1000 } else { 500 });
        let engine = site::engine(engine_folder.path(), &run.stores.bodies, AMPLE)?;
        let raw = Raw::open(raw_folder.path(), Durability::Soon)?;
        let mut urls = Vec::new();
        for number in 0..count {
            let url = site::address(Kind::Octets, length, number)?;
            site::fetched(&engine, site::request(&url)).await?;
            urls.push(url);
        }
        let bodies = (0..count).map(|number| run.stores.bodies.get(length, number));
        let entries = urls.iter().map(Url::as_str).zip(bodies);
        raw.fill(entries, &site::headers("application/octet-stream"))?;
        engine.close().await;
        let engine = site::engine(engine_folder.path(), &run.stores.bodies, AMPLE)?;
        let what = format!("hit in SQLite, {}, {count} entries, ", shown(length));
        rows.extend(rows_of_sqlite(&what, &engine, &raw, &urls).await?);
    }
    for entries in run.stores.sizes().into_iter().skip(1) {
        let filled = run.stores.filled(entries).await?;
        let engine = site::engine(&filled.directory, &run.stores.bodies, AMPLE)?;
        let raw = Raw::open(&filled.raw, Durability::Soon)?;
        let what = format!("hit in SQLite, 4 KiB, {entries} entries, ");
        rows.extend(rows_of_sqlite(&what, &engine, &raw, &filled.read).await?);
    }
    Ok(rows)
}

async fn rows_of_sqlite(
    what: &str,
    engine: &holdfast_engine::Engine,
    raw: &Raw,
    urls: &[Url],
) -> Outcome<Vec<Row>> {
    let order: Vec<&Url> = {
        let order = Shuffled::new().below(urls.len()).into_iter();
        order.filter_map(|number| urls.get(number)).collect()
    };
    let mut statement = raw.statement()?;
    let (mut ours, mut theirs) = (Best::NONE, Best::NONE);
    // The first round warms up the page cache and both connections.
    for round in 0..=ROUNDS {
        let new = site::address(Kind::Octets, 1, 90_000_000 + round)?;
        // A write makes what is in memory out of date.
        engine.handle(site::request(&new)).await;
        let requests = order.iter().map(|url| site::request(url));
        let mine = times(requests, async |request| site::stored(engine, request).await).await?;
        let get = async |url: &&Url| raw::get(&mut statement, url.as_str());
        let their = times(&order, get).await?;
        if round > 0 {
            ours.take(&mine);
            theirs.take(&their);
        }
    }
    engine.close().await;
    let row = |name, ours, against| {
        Row::new(Goal::G2, format!("{what}{name}"), Figure::Time(ours), against)
    };
    Ok(vec![
        row("p50", ours.p50, Against::AtMost(1.25, Figure::Time(theirs.p50))),
        row("p99", ours.p99, Against::Beside(Figure::Time(theirs.p99))),
    ])
}

/// G3: bodies that lie in files, read to their end, beside one row and one file read whole.
pub(super) async fn from_files(run: &mut Run) -> Outcome<Vec<Row>> {
    let mut rows = Vec::new();
    for length in LENGTHS.into_iter().filter(|length| *length > 64 * KIB) {
        // All of them in the page cache.
        let (count, hits) = ((64 * MIB / length).min(64), run.extent.of(2000 * MIB / length));
        let (engine_folder, raw_folder) = (run.stores.empty()?, run.stores.empty()?);
        let engine = site::engine(engine_folder.path(), &run.stores.bodies, AMPLE)?;
        let raw = Raw::open(raw_folder.path(), Durability::Soon)?;
        let headers = site::headers("application/octet-stream");
        let mut urls = Vec::new();
        for number in 0..count {
            let url = site::address(Kind::Octets, length, number)?;
            site::fetched(&engine, site::request(&url)).await?;
            let body = run.stores.bodies.get(length, number);
            raw.store_file(url.as_str(), number, &headers, &body)?;
            urls.push(url);
        }
        let order: Vec<(usize, &Url)> = {
            let order = Shuffled::new().below(hits).into_iter();
            order.filter_map(|number| urls.iter().enumerate().nth(number % count)).collect()
        };
        let mut statement = raw.statement()?;
        let (mut ours, mut theirs) = (Best::NONE, Best::NONE);
        for _ in 0..ROUNDS {
            for url in &urls {
                site::read(site::stored(&engine, site::request(url)).await?.body).await?;
            }
            let requests = order.iter().map(|(_, url)| site::request(url));
            let hit = async |request| site::read(site::stored(&engine, request).await?.body).await;
            ours.take(&times(requests, hit).await?);
            let hit = async |(number, url): &(usize, &Url)| {
                let mut response = raw::get(&mut statement, url.as_str())?;
                *response.body_mut() = std::fs::read(raw.file(*number))?.into();
                Ok(response)
            };
            theirs.take(&times(&order, hit).await?);
        }
        engine.close().await;
        let what = format!("hit in a file, {}, p50", shown(length));
        let (ours, theirs) = (Figure::Time(ours.p50), Figure::Time(theirs.p50));
        // What was agreed on is about 1 MiB.
        let against = match length == MIB {
            true => Against::AtMost(1.15, theirs),
            false => Against::Beside(theirs),
        };
        rows.push(Row::new(Goal::G3, what, ours, against));
    }
    Ok(rows)
}

/// A length as it is written.
pub(super) fn shown(length: usize) -> String {
    if length < MIB { format!("{} KiB", length / KIB) } else { format!("{} MiB", length / MIB) }
}
