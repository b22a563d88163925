//! G5: storing, one response at a time and many at once.

use futures::future::try_join_all;
use holdfast_engine::Engine;
use holdfast_engine::bench::State;
use url::Url;

use crate::goal::Goal;
use crate::raw::{Durability, Raw};
use crate::sampling::{Best, ROUNDS, Times, times};
use crate::site::{self, AMPLE, KIB, Kind};
use crate::stores::AT_ONCE;
use crate::table::{Against, Figure, Row};
use crate::{Outcome, Run};

const LENGTH: usize = 4 * KIB;

/// In a new store, in a full one after everything in it was replaced, and in the state.
pub(super) async fn rows(run: &mut Run) -> Outcome<Vec<Row>> {
    let folder = run.stores.empty()?;
    let engine = site::engine(folder.path(), &run.stores.bodies, AMPLE)?;
    let mut rows = in_store(run, &engine, "a new store", 0).await?;
    engine.close().await;

    let [_, entries, _] = run.stores.sizes();
    let filled = run.stores.filled(entries).await?;
    run.stores.churn(&filled).await?;
    // With room again, since evicting is another goal.
    let engine = site::engine(&filled.directory, &run.stores.bodies, AMPLE)?;
    let what = format!("a store of {entries} entries after churn");
    rows.extend(in_store(run, &engine, &what, 20_000_000).await?);
    engine.close().await;

    rows.push(in_state(run).await?);
    Ok(rows)
}

/// Beside one transaction with one row of one table.
async fn in_store(run: &Run, engine: &Engine, what: &str, first: usize) -> Outcome<Vec<Row>> {
    let folder = run.stores.empty()?;
    let raw = Raw::open(folder.path(), Durability::Soon)?;
    let headers = site::headers("application/octet-stream");
    let count = run.extent.of(2000);
    let (mut alone, mut together, mut theirs) = (Best::NONE, Best::NONE, Best::NONE);
    let mut next = first;
    // The first round warms up.
    for round in 0..=ROUNDS {
        let mut new = |count: usize| -> Outcome<Vec<Url>> {
            next += count;
            (next - count..next).map(|number| site::address(Kind::Octets, LENGTH, number)).collect()
        };
        let [mine, others, many] = [new(count)?, new(count)?, new(count.max(AT_ONCE))?];
        let store = async |request| site::fetched(engine, request).await;
        let mine = times(mine.iter().map(site::request), store).await?;
        let bodies = (0..).map(|number| run.stores.bodies.get(LENGTH, number));
        let store = async |(url, body)| {
            let (url, body): (&Url, bytes::Bytes) = (url, body);
            raw.store(url.as_str(), &headers, &body)
        };
        let mut their = Vec::new();
        for chunk in others.iter().zip(bodies).collect::<Vec<_>>().chunks(500) {
            their.push(times(chunk.iter().cloned(), store).await?);
            raw.tidy()?;
        }
        let requests = many.chunks(AT_ONCE).map(|urls| urls.iter().map(site::request));
        let many: Times = times(requests, async |requests| {
            try_join_all(requests.map(|request| site::fetched(engine, request))).await
        })
        .await?;
        if round > 0 {
            alone.take(&mine);
            together.take(&many);
            their.iter().for_each(|times| theirs.take(times));
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "it is 64")]
    let each = together.p50 / AT_ONCE as f64;
    let baseline = Figure::Time(theirs.p50);
    let row = |how, ours, most| {
        let what = format!("store 4 KiB {how}, {what}, p50");
        Row::new(Goal::G5, what, Figure::Time(ours), Against::AtMost(most, baseline))
    };
    let each_name = format!("{AT_ONCE} at once, each");
    Ok(vec![row("alone", alone.p50, 1.3), row(&each_name, each, 0.4)])
}

/// What has to be on the disk before anybody is told, beside the same without an engine.
async fn in_state(run: &Run) -> Outcome<Row> {
    let (folder, raw_folder) = (run.stores.empty()?, run.stores.empty()?);
    let state = State::open(folder.path())?;
    let raw = Raw::open(raw_folder.path(), Durability::Now)?;
    let text = "session=abcdefghijklmnopqrstuvwxyz; Path=/; HttpOnly; Secure".to_owned();
    let headers = site::headers("application/octet-stream");
    let body = bytes::Bytes::from(text.clone());
    let count = run.extent.of(300);
    let (mut ours, mut theirs) = (Best::NONE, Best::NONE);
    for _ in 0..ROUNDS {
        let texts = (0..count).map(|number| vec![format!("{text}; n={number}")]);
        let keep = async |texts| Ok(state.keep_cookies(texts).await?);
        ours.take(&times(texts, keep).await?);
        let urls = (0..count).map(|number| number.to_string());
        let store = async |url: String| raw.store(&url, &headers, &body);
        theirs.take(&times(urls, store).await?);
    }
    let against = Against::AtMost(1.3, Figure::Time(theirs.p50));
    let what = "keep a cookie (on the disk), p50";
    Ok(Row::new(Goal::G5, what, Figure::Time(ours.p50), against))
}
