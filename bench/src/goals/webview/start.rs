//! G16: how long a start takes until a stored page is painted, from the start of the process.

use std::time::{SystemTime, UNIX_EPOCH};

use holdfast_tests::{Desktop, Process, Settings, until};

use super::{Sides, page_script};
use crate::goal::Goal;
use crate::table::{Against, Figure, Row};
use crate::{Outcome, Run};

/// How many starts each; the best counts.
const STARTS: usize = 7;

/// A page that tells when it was first painted, in milliseconds since 1970.
const PAGE: &str = "<!doctype html><title>start</title><style>body { font: 16px sans-serif }</style>\
    <h1>Start</h1><p>A page with a few words.</p><script>\
    const tell = () => {\
        const [paint] = performance.getEntriesByType('paint');\
        if (paint) fetch('/painted?at=' + (performance.timeOrigin + paint.startTime));\
        else setTimeout(tell, 10);\
    };\
    tell();</script>";

pub(in super::super) async fn rows(run: &mut Run) -> Outcome<Vec<Row>> {
    let mut sides = Sides::on(PAGE, run).await?;
    let page = sides.folder.path().join("page.html");
    std::fs::write(&page, PAGE)?;
    sides.bare.environment.push(("BARE_PAGE".to_owned(), page.display().to_string()));
    // Everything is stored, and the webview has its folders.
    sides.open(&sides.ours).await.close().await;
    sides.open(&sides.bare).await.close().await;
    let [mut ours, mut bare] = [f64::INFINITY; 2];
    for _ in 0..run.extent.of(STARTS) {
        ours = ours.min(until_painted_by_ours(&sides).await?);
        bare = bare.min(until_painted_by_bare(&sides).await?);
    }
    let what = "start of the process until a stored page is painted, beside a bare window";
    let against = Against::AtMost(1.15, Figure::Time(bare));
    let mut rows = vec![Row::new(Goal::G16, what, Figure::Time(ours), against)];
    rows.push(page_script::row(&sides, run).await?);
    Ok(rows)
}

/// The page tells its site, which is asked through the engine; the time itself was taken
/// before.
async fn until_painted_by_ours(sides: &Sides) -> Outcome<f64> {
    const TOLD: &str = "GET /painted?at=";
    let count = || sides.site.everything().iter().filter(|one| one.starts_with(TOLD)).count();
    let before = count();
    let (process, begun) = start(&sides.desktop, &sides.ours);
    let told = || std::future::ready((count() > before).then_some(()));
    until("the page is painted", told).await;
    let everything = sides.site.everything();
    let last = everything.iter().rev().find_map(|one| one.strip_prefix(TOLD));
    let painted: f64 = last.ok_or("the page told nothing")?.parse()?;
    drop(process);
    // What ended like a crash leaves work for the next start, which is not what is measured.
    sides.open(&sides.ours).await.close().await;
    Ok(since(begun, painted))
}

async fn until_painted_by_bare(sides: &Sides) -> Outcome<f64> {
    let (mut process, begun) = start(&sides.desktop, &sides.bare);
    let line = process.first_line().await;
    let painted = line.trim().strip_prefix("at=").ok_or("the page told nothing")?.parse()?;
    Ok(since(begun, painted))
}

/// Starts a program without a driver, and says when, in milliseconds since 1970.
fn start(desktop: &Desktop, settings: &Settings) -> (Process, f64) {
    let mut command = Process::command(&settings.program);
    command.arg("--site").arg(&settings.profile).arg("--data").arg(&settings.data);
    desktop.dress(&mut command);
    command.envs(settings.environment.iter().map(|(name, value)| (name, value)));
    let begun = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (Process::start("started", command, &settings.logs), begun.as_secs_f64() * 1e3)
}

/// In nanoseconds.
fn since(begun: f64, painted: f64) -> f64 {
    (painted - begun) * 1e6
}
