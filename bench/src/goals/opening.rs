//! G9: opening stores of several sizes.

use std::time::Instant;

use crate::goal::Goal;
use crate::sampling::{Best, ROUNDS, Times};
use crate::site::{self, AMPLE};
use crate::table::{Against, Figure, Row};
use crate::{Outcome, Run};

/// How often a store is opened in a round.
const OPENED: usize = 5;

pub(super) async fn rows(run: &mut Run) -> Outcome<Vec<Row>> {
    let [few, _, many] = run.stores.sizes();
    let small = run.stores.filled(few).await?;
    let large = run.stores.filled(many).await?;
    let stores = [small, large];
    let mut opened = [Best::NONE; 2];
    let mut answered = [Best::NONE; 2];
    // The first round brings both into the page cache.
    for round in 0..=ROUNDS {
        for ((store, opened), answered) in stores.iter().zip(&mut opened).zip(&mut answered) {
            let url = store.read.first().ok_or("there is nothing to read")?;
            let (mut opens, mut hits) = (Times::new()?, Times::new()?);
            for _ in 0..OPENED {
                let begun = Instant::now();
                let engine = site::engine(&store.directory, &run.stores.bodies, AMPLE)?;
                opens.note(begun.elapsed())?;
                site::stored(&engine, site::request(url)).await?;
                hits.note(begun.elapsed())?;
                // What it does beside has ended before the next one opens.
                engine.close().await;
            }
            if round > 0 {
                opened.take(&opens);
                answered.take(&hits);
            }
        }
    }
    let row = |what: &str, [small, large]: [Best; 2]| {
        let what = format!("{what} with {many} entries beside {few}");
        let against = Against::AtMost(1.5, Figure::Time(small.p50));
        Row::new(Goal::G9, what, Figure::Time(large.p50), against)
    };
    Ok(vec![row("open", opened), row("open and the first hit", answered)])
}
