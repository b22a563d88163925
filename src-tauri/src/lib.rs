//! The app: a window on one website, every request of which goes through the engine.
//!
//! It decides nothing. It turns what the webview asks into requests of the engine, what
//! the engine answers into what a webview can take, and what happens into events for the
//! page.

mod answers;
mod background;
mod battery;
mod charset;
mod command_line;
mod commands;
mod deep_link;
#[cfg_attr(phone, allow(dead_code, reason = "nothing allows any on a phone"))]
mod downloads;
mod facts;
mod http_sign_in;
#[cfg(not(phone))]
mod instance;
mod kiosk;
mod language;
mod library;
mod link;
mod login;
#[cfg(not(phone))]
mod menu;
mod metered;
mod navigation;
mod news;
mod notifications;
mod origin;
mod outbox;
mod pace;
#[cfg(test)]
mod packages;
mod page_process;
#[cfg(target_os = "linux")]
mod painted;
mod platform;
mod policy;
#[cfg(not(phone))]
mod popups;
mod problem;
#[cfg(not(phone))]
mod proof;
mod protocol;
mod quiet;
mod remote;
mod reply;
mod restarts;
mod saving;
mod settings;
mod shell;
mod site_window;
mod status;
mod submissions;
#[cfg_attr(phone, allow(dead_code, reason = "a phone has none, and says so"))]
mod tray;
#[cfg(test)]
mod types;
mod updates;
#[cfg(not(phone))]
mod window_features;

pub use shell::run;

/// Where phones start the app.
#[cfg(mobile)]
#[tauri::mobile_entry_point]
fn start() {
    let _ = run();
}
