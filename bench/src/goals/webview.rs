//! G13, G15 and G16: the app in its webview, beside a protocol handler with nothing behind it.

use std::path::PathBuf;

use holdfast_tests::{Answer, App, Desktop, Echo, Settings, app_program};

use super::hits::shown;
use crate::goal::Goal;
use crate::sampling::ROUNDS;
use crate::site::KIB;
use crate::table::{Against, Figure, Row};
use crate::{Outcome, Run};

const PROFILE: &str = r#"
[site]
name = "Bench"
origin = "ORIGIN"
scheme = "bench"

[[route]]
name = "bodies"
when = { path = "/body/*" }
strategy = "cache-first"
"#;

const LENGTHS: [usize; 2] = [4 * KIB, 64 * KIB];

/// The mean of many in a row: the page's clock shows whole milliseconds.
const FETCHES: &str = "
    const get = async () => (await (await fetch(path)).arrayBuffer()).byteLength;
    for (let i = 0; i < 50; i++) await get();
    const begun = performance.now();
    for (let i = 0; i < count; i++) if (await get() !== length) throw new Error('not the body');
    return (performance.now() - begun) / count;
";

/// G13: a page's `fetch` of what is stored.
pub(super) async fn fetches(run: &mut Run) -> Outcome<Vec<Row>> {
    let bare = bare_program()?;
    let desktop = Desktop::start().await;
    let folder = run.stores.empty()?;
    let site = Echo::start(|request| {
        let length = request.path.strip_prefix("/body/")?.parse().ok()?;
        Some(Answer::of("application/octet-stream", vec![b'x'; length]))
    });
    let profile = folder.path().join("site.toml");
    std::fs::write(&profile, PROFILE.replace("ORIGIN", site.origin()))?;
    let ours = Settings {
        program: app_program(),
        profile,
        data: folder.path().join("data"),
        logs: folder.path().to_owned(),
        environment: vec![("RUST_LOG".to_owned(), "off".to_owned())],
    };
    let bare = Settings { program: bare, ..ours.clone() };
    let count = run.extent.of(500);
    let [mut app, mut handler] = [[f64::INFINITY; LENGTHS.len()]; 2];
    // In turn, so that a machine that is slower for a while is so for both.
    for _ in 0..ROUNDS {
        for (best, time) in app.iter_mut().zip(times(&desktop, &ours, "/body/", count).await) {
            *best = best.min(time);
        }
        for (best, time) in handler.iter_mut().zip(times(&desktop, &bare, "/", count).await) {
            *best = best.min(time);
        }
    }
    let rows = LENGTHS.iter().zip(app.iter().zip(handler)).map(|(length, (ours, handler))| {
        let what = format!("fetch of {} in a page, beside a bare handler, mean", shown(*length));
        let against = Against::AtMost(1.1, Figure::Time(handler));
        Row::new(Goal::G13, what, Figure::Time(*ours), against)
    });
    let mut rows: Vec<Row> = rows.collect();
    let what = "fetch in a page, beside a service worker with the Cache API";
    rows.push(Row::unmeasured(Goal::G13, what, NOT_YET));
    Ok(rows)
}

/// G15: how long a request holds up the thread that paints.
pub(super) fn ui_thread() -> Vec<Row> {
    vec![Row::unmeasured(Goal::G15, "UI thread for a request, p99", NOT_YET)]
}

/// G16: how long a start takes until a stored page is there.
pub(super) fn start() -> Vec<Row> {
    vec![Row::unmeasured(Goal::G16, "start to the first stored page", NOT_YET)]
}

const NOT_YET: &str = "the benchmark does not know how";

/// One start of the program, and how many nanoseconds each body takes in it.
async fn times(desktop: &Desktop, settings: &Settings, folder: &str, count: usize) -> Vec<f64> {
    let app = App::start(desktop, settings).await;
    app.page.until("document.readyState === 'complete' && location.protocol !== 'about:'").await;
    let mut times = Vec::new();
    for length in LENGTHS {
        let numbers = format!("length = {length}, count = {count}");
        let script = format!("const path = '{folder}{length}', {numbers};{FETCHES}");
        let milliseconds = app.page.promise(&script).await.as_f64().unwrap_or(f64::NAN);
        times.push(milliseconds * 1e6);
    }
    app.close().await;
    times
}

fn bare_program() -> Outcome<PathBuf> {
    let own = std::env::current_exe()?;
    let programs =
        [own.with_file_name("holdfast-app"), own.with_file_name("examples").join("bare")];
    match programs.iter().find(|program| !program.exists()) {
        None => Ok(own.with_file_name("examples").join("bare")),
        Some(missing) => Err(format!("{} is not built", missing.display()).into()),
    }
}
