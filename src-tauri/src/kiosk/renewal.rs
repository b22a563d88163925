//! The page is loaded afresh by itself: at its time, and when the site is back. Never under
//! somebody's hands: after their session the start page is fresh anyway.

use std::sync::Arc;

use holdfast_engine::{Connection, in_full};
use jiff::Zoned;
use tauri::{AppHandle, Manager};
use tokio::time;

use super::{Terminal, schedule};
use crate::origin;
use crate::protocol;
use crate::shell::Shell;

/// Sees to it for as long as the app runs.
pub(super) async fn run(app: AppHandle, shell: Arc<Shell>) {
    let Some(terminal) = &shell.kiosk else { return };
    tokio::join!(at_its_time(&app, &shell, terminal), when_it_is_back(&app, &shell, terminal));
}

async fn at_its_time(app: &AppHandle, shell: &Shell, terminal: &Terminal) {
    let Some(reload) = terminal.rules.reload else { return };
    loop {
        // A timer may be early by the clock on the wall, never by more than this.
        time::sleep(schedule::until(reload, &Zoned::now())).await;
        if !terminal.is_used() {
            tracing::debug!("it is time to load the page afresh");
            load(app, shell, terminal);
        }
    }
}

async fn when_it_is_back(app: &AppHandle, shell: &Shell, terminal: &Terminal) {
    let mut connection = shell.engine.connection();
    loop {
        if connection.wait_for(|connection| connection.is_offline()).await.is_err() {
            return;
        }
        if connection.wait_for(is_there).await.is_err() {
            return;
        }
        if !terminal.is_used() {
            tracing::debug!("the site is back, and the page is loaded afresh");
            load(app, shell, terminal);
        }
    }
}

fn is_there(connection: &Connection) -> bool {
    matches!(connection, Connection::Online | Connection::Slow)
}

/// Loads the start page, whatever is shown.
fn load(app: &AppHandle, shell: &Shell, terminal: &Terminal) {
    if terminal.is_ending() {
        return;
    }
    let Some(window) = app.get_webview_window(protocol::WINDOW) else { return };
    let start = origin::at(&shell.edge.own, &shell.engine.site().start);
    if let Err(error) = window.navigate(start) {
        tracing::warn!(error = in_full(&error), "the page is not loaded afresh");
    }
}
