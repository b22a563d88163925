//! A page's `fetch` through the app, beside a protocol handler with nothing behind it.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use holdfast_tests::{Answer, App, Desktop, Echo, Settings, app_program};

use super::Comparison;

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

const ROUNDS: usize = 3;
const LENGTHS: [usize; 2] = [4 << 10, 64 << 10];

/// The mean of many in a row: the page's clock shows whole milliseconds.
const FETCHES: &str = "
    const get = async () => (await (await fetch(path)).arrayBuffer()).byteLength;
    for (let i = 0; i < 50; i++) await get();
    const begun = performance.now();
    for (let i = 0; i < 500; i++) if (await get() !== length) throw new Error('not the body');
    return (performance.now() - begun) / 500;
";

pub(super) async fn measure() -> Result<Vec<Comparison>, Box<dyn Error + Send + Sync>> {
    let desktop = Desktop::start().await;
    let directory = tempfile::tempdir()?;
    let site = Echo::start(|request| {
        let length = request.path.strip_prefix("/body/")?.parse().ok()?;
        Some(Answer::of("application/octet-stream", vec![b'x'; length]))
    });
    let profile = directory.path().join("site.toml");
    std::fs::write(&profile, PROFILE.replace("ORIGIN", site.origin()))?;
    let ours = Settings {
        program: app_program(),
        profile,
        data: directory.path().join("data"),
        logs: directory.path().to_owned(),
        environment: vec![("RUST_LOG".to_owned(), "off".to_owned())],
    };
    let bare = Settings { program: bare_program()?, ..ours.clone() };

    let mut table = LENGTHS.map(|length| Comparison {
        what: format!("fetch of {} KiB in a page, stored / bare handler", length >> 10),
        ours: Duration::MAX,
        baseline: Duration::MAX,
    });
    // In turn, so that a machine that is slower for a while is so for both.
    for _ in 0..ROUNDS {
        let times = times(&desktop, &ours, "/body/").await;
        for (row, time) in table.iter_mut().zip(times) {
            row.ours = row.ours.min(time);
        }
        let times = self::times(&desktop, &bare, "/").await;
        for (row, time) in table.iter_mut().zip(times) {
            row.baseline = row.baseline.min(time);
        }
    }
    Ok(table.into())
}

/// One start of the program, and how long each body takes in it.
async fn times(desktop: &Desktop, settings: &Settings, folder: &str) -> Vec<Duration> {
    let app = App::start(desktop, settings).await;
    app.page.until("document.readyState === 'complete' && location.protocol !== 'about:'").await;
    let mut times = Vec::new();
    for length in LENGTHS {
        let script = format!("const path = '{folder}{length}', length = {length};{FETCHES}");
        let milliseconds = app.page.promise(&script).await.as_f64().unwrap_or(f64::NAN);
        times.push(Duration::from_secs_f64(milliseconds / 1e3));
    }
    app.close().await;
    times
}

fn bare_program() -> Result<PathBuf, Box<dyn Error + Send + Sync>> {
    let beside = app_program();
    let program = beside.with_file_name("examples").join("bare");
    if program.exists() {
        Ok(program)
    } else {
        Err(format!("{} is not built", program.display()).into())
    }
}
