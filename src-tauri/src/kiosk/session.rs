//! One person's session at a terminal, from the first touch to the last.

use std::fs;
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use holdfast_engine::in_full;
use tauri::{AppHandle, Manager};
use tokio::time;

use super::{Stage, Terminal, lock};
use crate::protocol;
use crate::shell::Shell;
use crate::site_window::{self, Appearance};

/// Says how long until the session ends, over the page.
const COUNTDOWN: &str = include_str!("../../../ui/dist/countdown.js");
/// How long the system may take to let go of a window or of what pages have stored.
const LETTING_GO: Duration = Duration::from_secs(3);

/// Begins with nobody's session, whatever ended the last time.
pub(super) fn begin_afresh(shell: &Shell) {
    tauri::async_runtime::block_on(forget(shell));
    match fs::remove_dir_all(&shell.webview) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => {
            tracing::error!(error = in_full(&error), "what pages have stored is still there");
        }
    }
}

/// Ends sessions for as long as the app runs.
pub(super) async fn run(app: AppHandle, shell: Arc<Shell>) {
    let Some(terminal) = &shell.kiosk else { return };
    let mut told = None;
    loop {
        // From here on a touch is heard of.
        let touched = terminal.touched.notified();
        let (stage, pause) = terminal.stage();
        let is_counted = matches!(stage, Stage::Leaving(_));
        terminal.awaits_touch.store(is_counted || stage == Stage::Nobody, Ordering::Release);
        match stage {
            Stage::Gone => {
                tracing::debug!("nobody is there any more");
                end(&app, &shell, terminal).await;
                told = None;
                continue;
            }
            Stage::Leaving(seconds) => {
                tracing::debug!(seconds, "it is counted down");
                told = Some(seconds);
                say(&app, &shell, told);
            }
            Stage::Somebody | Stage::Nobody => {
                if told.take().is_some() {
                    tracing::debug!("somebody is there, and nobody is counted out");
                    say(&app, &shell, None);
                }
            }
        }
        tokio::select! {
            () = touched => {}
            () = time::sleep(pause) => {}
        }
    }
}

/// Says in the page how many seconds are left, or nothing any more.
fn say(app: &AppHandle, shell: &Shell, seconds: Option<u64>) {
    let Some(window) = app.get_webview_window(protocol::WINDOW) else { return };
    let told = serde_json::json!({ "seconds": seconds, "language": shell.preferences.language() });
    let script = format!("(() => {{\nconst __HOLDFAST__ = {told};\n{COUNTDOWN}\n}})();");
    if let Err(error) = window.eval(script) {
        tracing::warn!(error = in_full(&error), "nobody is told that the session ends");
    }
}

/// Ends the session: nothing of it is left, and the start page is shown. Where something stays, the
/// next does not begin: it is tried again at once, and systemd is told nothing good meanwhile.
async fn end(app: &AppHandle, shell: &Arc<Shell>, terminal: &Terminal) {
    terminal.is_ending.store(true, Ordering::Release);
    // The page first, so that it stores nothing more.
    if let Some(window) = app.get_webview_window(protocol::WINDOW) {
        let gone = terminal.gone.notified();
        #[cfg(target_os = "linux")]
        {
            if time::timeout(LETTING_GO, super::native::dismiss_dialogs()).await.is_err() {
                tracing::error!("a dialog is perhaps still there");
            }
            if time::timeout(LETTING_GO, super::native::clear(&window)).await.is_err() {
                tracing::error!("what pages have stored is perhaps still there");
                return;
            }
        }
        if let Err(error) = window.destroy() {
            tracing::error!(error = in_full(&error), "the window stays open");
        }
        if time::timeout(LETTING_GO, gone).await.is_err() {
            tracing::error!("the window is not gone yet");
            return;
        }
    }
    forget(shell).await;
    lock(&terminal.asks_since).take();
    lock(&terminal.idle).end();
    terminal.is_ending.store(false, Ordering::Release);
    open(app, shell);
    tracing::debug!("a session has ended");
}

/// Forgets what the app itself has of a session.
async fn forget(shell: &Shell) {
    if let Err(error) = shell.engine.end_session().await {
        tracing::error!(error = in_full(&error), "something of a session is still there");
    }
    shell.answers.forget();
    shell.patience.forget();
    lock(&shell.draft).take();
    lock(&shell.pages).clear();
}

/// Opens the window on the start page, and on the thread that has windows.
pub(super) fn open(app: &AppHandle, shell: &Arc<Shell>) {
    let opened = app.run_on_main_thread({
        let (app, shell) = (app.clone(), Arc::clone(shell));
        move || {
            if let Err(error) = site_window::open(&app, &shell, None, Appearance::Shown) {
                tracing::error!(error = in_full(&error), "the window does not come again");
            }
        }
    });
    if let Err(error) = opened {
        tracing::error!(error = in_full(&error), "the window does not come again");
    }
}
