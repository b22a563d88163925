//! G5: storing, one response at a time and many at once.

use std::path::Path;

use bytes::Bytes;
use futures::future::try_join_all;
use holdfast_engine::bench::{Responses, State};
use url::Url;

use crate::goal::Goal;
use crate::raw::{Durability, Raw};
use crate::sampling::{Best, ROUNDS, times};
use crate::site::{self, AMPLE, KIB, Kind};
use crate::stores::AT_ONCE;
use crate::table::{Against, Figure, Row};
use crate::{Outcome, Run};

const LENGTH: usize = 4 * KIB;

/// In a new store, in a full one after everything in it was replaced, and in the state.
pub(super) async fn rows(run: &mut Run) -> Outcome<Vec<Row>> {
    let folder = run.stores.empty()?;
    let mut rows = in_store(run, folder.path(), "a new store", 0).await?;

    let [_, entries, _] = run.stores.sizes();
    let filled = run.stores.filled(entries).await?;
    run.stores.churn(&filled).await?;
    // With room again, since evicting is another goal.
    let what = format!("a store of {entries} entries after churn");
    rows.extend(in_store(run, &filled.directory, &what, 20_000_000).await?);

    rows.push(in_state(run).await?);
    Ok(rows)
}

/// Beside one transaction with one row of one table.
async fn in_store(run: &Run, directory: &Path, what: &str, first: usize) -> Outcome<Vec<Row>> {
    let folder = run.stores.empty()?;
    let raw = Raw::open(folder.path(), Durability::Soon)?;
    let headers = site::headers("application/octet-stream");
    let count = run.extent.of(2000);
    let [mut alone, mut together, mut fetched, mut theirs] = [Best::NONE; 4];
    let mut next = first;
    // The first round warms up.
    for round in 0..=ROUNDS {
        let mut new = |count: usize| -> Outcome<Vec<(Url, Bytes)>> {
            next += count;
            let body = |number| run.stores.bodies.get(LENGTH, number);
            let new = |number| Ok((site::address(Kind::Octets, LENGTH, number)?, body(number)));
            (next - count..next).map(new).collect()
        };
        let [mine, others, many, asked] =
            [new(count)?, new(count)?, new(count.max(AT_ONCE))?, new(count)?];

        let store = Responses::open(directory, AMPLE)?;
        let put = |(url, body): &(Url, Bytes)| {
            let (url, headers, body) = (url.to_string(), headers.clone(), body.clone());
            async { Outcome::<()>::Ok(store.put(url, headers, body).await?) }
        };
        // What becomes of the log is left out of both.
        let mut mines = Vec::new();
        for chunk in mine.chunks(500) {
            mines.push(times(chunk.iter().map(put), async |put| put.await).await?);
            store.rest().await;
        }
        let mut their = Vec::new();
        for chunk in others.chunks(500) {
            let store = async |(url, body): &(Url, Bytes)| raw.store(url.as_str(), &headers, body);
            their.push(times(chunk, store).await?);
            raw.tidy()?;
        }
        let mut manies = Vec::new();
        for chunk in many.chunks(8 * AT_ONCE) {
            let put = async |many: &[_]| try_join_all(many.iter().map(put)).await;
            manies.push(times(chunk.chunks(AT_ONCE), put).await?);
            store.rest().await;
        }
        store.close().await;

        let engine = site::engine(directory, &run.stores.bodies, AMPLE)?;
        let fetch = async |request| site::fetched(&engine, request).await;
        let asked = times(asked.iter().map(|(url, _)| site::request(url)), fetch).await?;
        engine.close().await;
        if round > 0 {
            mines.iter().for_each(|times| alone.take(times));
            manies.iter().for_each(|times| together.take(times));
            fetched.take(&asked);
            their.iter().for_each(|times| theirs.take(times));
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "it is 64")]
    let each = together.p50 / AT_ONCE as f64;
    let baseline = Figure::Time(theirs.p50);
    let row = |how, ours, against| {
        Row::new(Goal::G5, format!("{how}, {what}, p50"), Figure::Time(ours), against)
    };
    let at_once = format!("store 4 KiB {AT_ONCE} at once, each");
    Ok(vec![
        row("store 4 KiB alone", alone.p50, Against::AtMost(1.3, baseline)),
        row(&at_once, each, Against::AtMost(0.4, baseline)),
        row("fetch and store 4 KiB", fetched.p50, Against::Beside(baseline)),
    ])
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
