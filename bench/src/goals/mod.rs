//! A function for each goal, which returns the rows of the table that it fills.

mod allocations;
mod eviction;
mod hits;
mod html;
mod long_body;
mod opening;
mod peers;
mod recency;
mod statements;
mod storing;
mod through_gateway;
mod webview;

use crate::goal::Goal;
use crate::table::Row;
use crate::{Outcome, Run};

/// Measures one goal.
pub(crate) async fn rows(goal: Goal, run: &mut Run) -> Outcome<Vec<Row>> {
    match goal {
        Goal::G1 => hits::from_memory(run).await,
        Goal::G2 => hits::from_sqlite(run).await,
        Goal::G3 => hits::from_files(run).await,
        Goal::G4 => peers::rows(run).await,
        Goal::G5 => storing::rows(run).await,
        Goal::G6 => eviction::rows(run).await,
        Goal::G7 => recency::rows(run).await,
        Goal::G8 => long_body::rows(run).await,
        Goal::G9 => opening::rows(run).await,
        Goal::G10 => through_gateway::rows(run).await,
        Goal::G11 => allocations::rows(run).await,
        Goal::G12 => html::rows(run).await,
        Goal::G13 => webview::fetches(run).await,
        Goal::G14 => Ok(statements::rows()),
        Goal::G15 => webview::ui_thread(run).await,
        Goal::G16 => webview::start(run).await,
    }
}
