//! G7: noting when something was used.

use holdfast_engine::Engine;
use holdfast_engine::bench::{Recency, set_recency};
use rusqlite::Connection;
use url::Url;

use crate::goal::Goal;
use crate::sampling::{Best, ROUNDS, Shuffled, times};
use crate::site::{self, AMPLE, Kind};
use crate::table::{Against, Figure, Row};
use crate::{Outcome, Run};

/// How many responses are asked for.
const ENTRIES: usize = 500;

/// What hits write, and what noting them costs.
pub(super) async fn rows(run: &mut Run) -> Outcome<Vec<Row>> {
    let folder = run.stores.empty()?;
    let engine = site::engine(folder.path(), &run.stores.bodies, AMPLE)?;
    let mut urls = Vec::new();
    for number in 0..ENTRIES {
        let url = site::address(Kind::Octets, 4096, number)?;
        site::fetched(&engine, site::request(&url)).await?;
        urls.push(url);
    }
    let order = Shuffled::new().below(run.extent.of(20_000)).into_iter();
    let order: Vec<&Url> = order.filter_map(|number| urls.get(number % ENTRIES)).collect();
    let database = Connection::open(folder.path().join("cache.sqlite3"))?;
    let rows = vec![commits(&engine, &database, &order).await?, cost(&engine, &order).await?];
    engine.close().await;
    Ok(rows)
}

/// SQLite's own counter says it: it changes for one connection whenever another one has
/// committed something.
async fn commits(engine: &Engine, database: &Connection, order: &[&Url]) -> Outcome<Row> {
    /// The counter is asked after so many hits.
    const BATCH: usize = 100;
    let version =
        || -> Outcome<i64> { Ok(database.query_row("PRAGMA data_version", [], |row| row.get(0))?) };
    let (mut commits, mut before) = (0.0, version()?);
    for batch in order.chunks(BATCH) {
        for url in batch {
            site::stored(engine, site::request(url)).await?;
        }
        let now = version()?;
        commits += if now == before { 0.0 } else { 1.0 };
        before = now;
    }
    // What is noted may be written down now and then, but not for each hit.
    #[expect(clippy::cast_precision_loss, reason = "some thousands are exact")]
    let few = Against::Limit(Figure::Count((order.len() as f64 / 1000.0).max(1.0)));
    let what = format!("commits during {} hits", order.len());
    Ok(Row::new(Goal::G7, what, Figure::Count(commits), few))
}

/// The same hits with and without noting that something was used.
async fn cost(engine: &Engine, order: &[&Url]) -> Outcome<Row> {
    let (mut noted, mut ignored) = (Best::NONE, Best::NONE);
    let hit = async |request| site::stored(engine, request).await;
    // In turn and often: the difference is small.
    for _ in 0..4 * ROUNDS {
        for (recency, best) in [(Recency::Noted, &mut noted), (Recency::Ignored, &mut ignored)] {
            set_recency(recency);
            best.take(&times(order.iter().map(|url| site::request(url)), hit).await?);
        }
    }
    set_recency(Recency::Noted);
    let against = Against::AtMost(1.05, Figure::Time(ignored.p50));
    let what = "hit in memory with recency beside without, 4 KiB, p50";
    Ok(Row::new(Goal::G7, what, Figure::Time(noted.p50), against))
}
