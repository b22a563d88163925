//! G6: making room in stores of several sizes.

use crate::goal::Goal;
use crate::sampling::{Best, ROUNDS, times};
use crate::site::{self, Kind};
use crate::stores::{Filled, SMALL};
use crate::table::{Against, Figure, Row};
use crate::{Outcome, Run};

/// How many old responses go for a new one.
const EVICTED: usize = 100;
/// How many new ones are stored in a round.
const NEW: usize = 10;

/// Storing a response for which a hundred small ones have to go, as they lie after filling and
/// after everything was replaced; the larger stores beside the smallest.
pub(super) async fn rows(run: &mut Run) -> Outcome<Vec<Row>> {
    let sizes = run.stores.sizes();
    let mut rows = Vec::new();
    let mut slowest: f64 = 0.0;
    for (phase, first) in [("", 30_000_000), (" after churn", 40_000_000)] {
        let mut times = Vec::new();
        for entries in sizes {
            let filled = run.stores.filled(entries).await?;
            if first > 30_000_000 {
                run.stores.churn(&filled).await?;
            }
            let best = evict(run, &filled, first).await?;
            slowest = slowest.max(best.slowest);
            times.push((entries, best.p50));
        }
        let Some(((fewest, baseline), more)) = times.split_first() else { continue };
        for ((entries, time), most) in more.iter().zip([1.6, 2.2]) {
            let what = format!("evict 100 of {entries} beside of {fewest}{phase}, p50");
            let against = Against::AtMost(most, Figure::Time(*baseline));
            rows.push(Row::new(Goal::G6, what, Figure::Time(*time), against));
        }
    }
    let limit = Against::Limit(Figure::Time(5e6));
    let what = "slowest of all that store and evict 100";
    rows.push(Row::new(Goal::G6, what, Figure::Time(slowest), limit));
    Ok(rows)
}

async fn evict(run: &Run, filled: &Filled, first: usize) -> Outcome<Best> {
    let engine = run.stores.full(filled).await?;
    // What is swept at the start is not what is measured.
    let warm = site::address(Kind::Octets, SMALL, first - 1)?;
    site::fetched(&engine, site::request(&warm)).await?;
    let mut best = Best::NONE;
    for round in 0..ROUNDS {
        let numbers = (0..NEW).map(|number| first + round * NEW + number);
        let urls: Vec<_> = numbers
            .map(|number| site::address(Kind::Octets, EVICTED * SMALL, number))
            .collect::<Outcome<_>>()?;
        let store = async |request| site::fetched(&engine, request).await;
        best.take(&times(urls.iter().map(site::request), store).await?);
    }
    engine.close().await;
    Ok(best)
}
