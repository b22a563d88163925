//! G13, G15 and G16: the app in its webview, beside a window with a protocol handler that has
//! nothing behind it, and beside a service worker in the same webview.

mod fetches;
mod page_script;
mod start;
mod ui_thread;

pub(super) use fetches::rows as fetches;
pub(super) use start::rows as start;
pub(super) use ui_thread::rows as ui_thread;

use std::path::PathBuf;

use holdfast_tests::{Answer, App, Desktop, Echo, Settings, app_program};
use tempfile::TempDir;

use crate::{Outcome, Run};

const PROFILE: &str = r#"
[site]
name = "Bench"
origin = "ORIGIN"
scheme = "bench"

[[route]]
name = "painted"
when = { path = "/painted" }
strategy = "network-only"

[[route]]
name = "all"
when = { path = "/*" }
strategy = "cache-first"
"#;

/// Asks for the same again and again; gives the mean of many in milliseconds, since the
/// page's clock shows whole ones.
const FETCHES: &str = "
    const get = async () => (await (await fetch(path)).arrayBuffer()).byteLength;
    for (let i = 0; i < before; i++) await get();
    const begun = performance.now();
    for (let i = 0; i < count; i++) if (await get() !== length) throw new Error('not the body');
    return (performance.now() - begun) / count;
";

/// The same site for the app and for the window with nothing behind it.
struct Sides {
    desktop: Desktop,
    site: Echo,
    ours: Settings,
    bare: Settings,
    folder: TempDir,
}

impl Sides {
    /// A site whose bodies are as long as their addresses say, and has `page` at its start.
    async fn on(page: &'static str, run: &Run) -> Outcome<Self> {
        let bare = bare_program()?;
        let desktop = Desktop::start().await;
        let folder = run.stores.empty()?;
        let site = Echo::start(move |request| {
            if let Some(length) = request.path.strip_prefix("/body/") {
                let bytes = vec![b'x'; length.parse().ok()?];
                return Some(Answer::of("application/octet-stream", bytes));
            }
            match request.path.as_str() {
                "/" => Some(Answer::html(page)),
                "/sw.js" => Some(Answer::of("text/javascript", fetches::WORKER)),
                _ => None,
            }
        });
        let profile = folder.path().join("site.toml");
        std::fs::write(&profile, PROFILE.replace("ORIGIN", site.origin()))?;
        let ours = Settings {
            program: app_program(),
            profile,
            data: folder.path().join("data"),
            logs: folder.path().to_owned(),
            words: Vec::new(),
            environment: vec![("RUST_LOG".to_owned(), "off".to_owned())],
        };
        let data = folder.path().join("bare");
        let bare = Settings { program: bare, data, ..ours.clone() };
        Ok(Self { desktop, site, ours, bare, folder })
    }

    /// One of the two, started and showing its page.
    async fn open(&self, settings: &Settings) -> App {
        let app = App::start(&self.desktop, settings).await;
        let is_there = "document.readyState === 'complete' && location.protocol !== 'about:'";
        app.page.until(is_there).await;
        app
    }
}

/// How long one of `count` requests for `path` takes in nanoseconds, the mean.
async fn fetched(app: &App, path: &str, length: usize, before: usize, count: usize) -> f64 {
    let numbers = format!("length = {length}, before = {before}, count = {count}");
    let script = format!("const path = '{path}', {numbers};{FETCHES}");
    app.page.promise(&script).await.as_f64().unwrap_or(f64::NAN) * 1e6
}

fn bare_program() -> Outcome<PathBuf> {
    let own = std::env::current_exe()?;
    let bare = own.with_file_name("examples").join("bare");
    let programs = [own.with_file_name("holdfast-app"), bare.clone()];
    match programs.iter().find(|program| !program.exists()) {
        None => Ok(bare),
        Some(missing) => Err(format!("{} is not built", missing.display()).into()),
    }
}
