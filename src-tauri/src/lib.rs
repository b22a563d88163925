//! The app: a window on one website, every request of which goes through the engine.
//!
//! It decides nothing. It turns what the webview asks into requests of the engine, what
//! the engine answers into what a webview can take, and what happens into events for the
//! page.

mod answers;
mod background;
mod battery;
mod command_line;
mod commands;
mod deep_link;
mod facts;
#[cfg(desktop)]
mod instance;
mod language;
mod library;
mod link;
mod login;
#[cfg(desktop)]
mod menu;
mod metered;
mod navigation;
mod news;
mod notifications;
mod origin;
mod outbox;
mod pace;
mod policy;
mod problem;
#[cfg(desktop)]
mod proof;
mod protocol;
mod quiet;
mod remote;
mod saving;
mod settings;
mod shell;
mod status;
mod submissions;
#[cfg_attr(mobile, allow(dead_code, reason = "a phone has none, and says so"))]
mod tray;
#[cfg(test)]
mod types;

pub use shell::run;

/// Where phones start the app.
#[cfg(mobile)]
#[tauri::mobile_entry_point]
fn start() {
    let _ = run();
}
