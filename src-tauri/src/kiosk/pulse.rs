//! Whether the page and the engine live: each is asked something again and again.
//!
//! A page that says nothing for too long, or that takes too much memory, is started afresh. As
//! long as both answer, systemd is told so, and where it is not told it starts the app afresh
//! (`WatchdogSec`, docs/kiosk.md).

use std::sync::Arc;
use std::time::{Duration, Instant};

use tauri::{AppHandle, Manager};
use tokio::sync::oneshot;
use tokio::time;

use super::{Terminal, lock};
use crate::protocol;
use crate::shell::Shell;

/// How long between two questions, at most.
const BETWEEN: Duration = Duration::from_secs(2);
/// How long the engine may take to say what it has.
const ENGINE: Duration = Duration::from_secs(5);

/// Asks for as long as the app runs.
pub(super) async fn run(app: AppHandle, shell: Arc<Shell>) {
    let Some(terminal) = &shell.kiosk else { return };
    tell_systemd(Health::Begun);
    let mut answered = Instant::now();
    loop {
        time::sleep(BETWEEN.min(terminal.rules.hang / 2)).await;
        if terminal.is_ending() {
            answered = Instant::now();
            continue;
        }
        let allowed = terminal.may_be_silent_for();
        let left = allowed.saturating_sub(answered.elapsed());
        match time::timeout(left, page_answers(&app)).await {
            Ok(true) => {
                answered = Instant::now();
                lock(&terminal.asks_since).take();
                if engine_answers(&shell).await {
                    tell_systemd(Health::Well);
                }
            }
            // There is no page just now, or another one has just come in its place.
            Ok(false) => {
                answered = Instant::now();
                continue;
            }
            Err(_) if terminal.is_ending() || answered.elapsed() < terminal.may_be_silent_for() => {
                continue;
            }
            Err(_) => {
                tracing::warn!("the page says nothing any more");
                restart(&app);
                answered = Instant::now();
            }
        }
        if is_too_large(terminal) {
            tracing::warn!("the page takes too much memory");
            restart(&app);
        }
    }
}

impl Terminal {
    /// A page that asks its person something waits for them, and they may have gone.
    fn may_be_silent_for(&self) -> Duration {
        let is_asking = lock(&self.asks_since).is_some();
        self.rules.hang + if is_asking { self.rules.idle } else { Duration::ZERO }
    }
}

/// Done when the page has answered: whether there is one.
async fn page_answers(app: &AppHandle) -> bool {
    let Some(window) = app.get_webview_window(protocol::WINDOW) else { return false };
    let (answer, answered) = oneshot::channel();
    let answer = std::sync::Mutex::new(Some(answer));
    let asked = window.eval_with_callback("1", move |_| {
        // It is called once, and its type does not say so.
        if let Some(answer) = lock(&answer).take() {
            let _ = answer.send(());
        }
    });
    // One that is dropped belongs to a page that is gone.
    asked.is_ok() && answered.await.is_ok()
}

async fn engine_answers(shell: &Arc<Shell>) -> bool {
    let shell = Arc::clone(shell);
    let asked = tauri::async_runtime::spawn_blocking(move || shell.engine.usage().is_ok());
    matches!(time::timeout(ENGINE, asked).await, Ok(Ok(true)))
}

#[cfg(target_os = "linux")]
fn is_too_large(terminal: &Terminal) -> bool {
    super::processes::largest() > terminal.rules.memory
}

#[cfg(not(target_os = "linux"))]
fn is_too_large(_terminal: &Terminal) -> bool {
    false
}

fn restart(app: &AppHandle) {
    let window = app.get_webview_window(protocol::WINDOW);
    #[cfg(target_os = "linux")]
    if let Some(window) = window {
        super::native::restart(&window);
    }
    #[cfg(not(target_os = "linux"))]
    drop(window);
}

/// Tells systemd how the app is. Without it nobody listens, and that is no error.
#[cfg(target_os = "linux")]
fn tell_systemd(how: Health) {
    let state = match how {
        Health::Begun => sd_notify::NotifyState::Ready,
        Health::Well => sd_notify::NotifyState::Watchdog,
    };
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(error = holdfast_engine::in_full(&error), "systemd is not told");
    }
}

#[cfg(not(target_os = "linux"))]
fn tell_systemd(_how: Health) {}

/// What systemd is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Begun,
    /// Page and engine have answered just now.
    Well,
}
