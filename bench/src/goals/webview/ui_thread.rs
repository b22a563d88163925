//! G15: how long a request holds up the thread that paints.

use std::fs;

use holdfast_tests::{App, Settings, trace};

use super::{Sides, fetched};
use crate::goal::Goal;
use crate::sampling::{ROUNDS, Times};
use crate::site::KIB;
use crate::table::{Against, Figure, Row};
use crate::{Outcome, Run};

/// What the goal allows.
const LIMIT: f64 = 50_000.0;
const LENGTH: usize = 4 * KIB;

/// Our part of it: from when the webview hands a request over until it has the thread back.
const HANDLER: &str = "take a request";

pub(in super::super) async fn rows(run: &mut Run) -> Outcome<Vec<Row>> {
    let sides = Sides::on("<!doctype html><title>bench</title>", run).await?;
    let count = run.extent.of(1000);
    let [mut ours, mut bare] = [f64::INFINITY; 2];
    for _ in 0..ROUNDS {
        let path = format!("/body/{LENGTH}");
        ours = ours.min(processor_time(&sides, &sides.ours, &path, count).await?);
        let path = format!("/{LENGTH}");
        bare = bare.min(processor_time(&sides, &sides.bare, &path, count).await?);
    }
    let beside = "UI thread for a fetch of 4 KiB, processor time, mean, beside a bare handler";
    let above = "what that is above the bare handler";
    let held = "UI thread held by the app's own handler for a fetch of 4 KiB, p99";
    let longest = handled(&sides, count).await?;
    Ok(vec![
        Row::new(Goal::G15, beside, Figure::Time(ours), Against::Beside(Figure::Time(bare))),
        Row::new(
            Goal::G15,
            above,
            Figure::Time((ours - bare).max(0.0)),
            Against::Limit(Figure::Time(LIMIT)),
        ),
        Row::new(Goal::G15, held, Figure::Time(longest), Against::Limit(Figure::Time(LIMIT))),
    ])
}

/// How much of the processor the thread that paints takes for one request, in nanoseconds:
/// the webview's own part, the handler, and handing over the answer.
async fn processor_time(
    sides: &Sides,
    settings: &Settings,
    path: &str,
    count: usize,
) -> Outcome<f64> {
    let app = sides.open(settings).await;
    fetched(&app, path, LENGTH, count.div_ceil(10), 1).await;
    let before = main_thread(&app)?;
    fetched(&app, path, LENGTH, 0, count).await;
    let after = main_thread(&app)?;
    app.close().await;
    Ok((after - before) / count as f64)
}

/// "time spent on the cpu (in nanoseconds)" of the main thread, which paints
/// (Documentation/scheduler/sched-stats.rst).
fn main_thread(app: &App) -> Outcome<f64> {
    let id = app.id();
    let text = fs::read_to_string(format!("/proc/{id}/task/{id}/schedstat"))?;
    Ok(text.split_whitespace().next().ok_or("schedstat is empty")?.parse()?)
}

/// The slowest hundredth of the app's handler in nanoseconds, the best of the rounds. The
/// clock and writing the trace are in it.
async fn handled(sides: &Sides, count: usize) -> Outcome<f64> {
    let file = sides.folder.path().join("trace.json");
    let mut settings = sides.ours.clone();
    settings.environment.push(("HOLDFAST_TRACE".to_owned(), file.display().to_string()));
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let app = sides.open(&settings).await;
        fetched(&app, &format!("/body/{LENGTH}"), LENGTH, 0, count).await;
        app.close().await;
        let mut times = Times::new()?;
        for step in trace(&file).into_iter().filter(|step| step.name == HANDLER) {
            let Some(ends) = step.ends else { continue };
            times.note(ends.saturating_sub(step.begins))?;
        }
        best = best.min(times.p99());
    }
    Ok(best)
}
