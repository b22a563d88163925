//! What people expect of a window with a website in it, in one place, so that an app can be
//! without it: a place that is remembered, zoom, finding words, printing, full screen, downloads,
//! a menu, and that nothing that is dropped leads away.
//!
//! [`prepare`] is what a window is made with, [`attach`] what it gets once it is there. Without
//! both, no key does anything of this, and an attachment is nowhere saved.

pub(crate) mod acts;
#[cfg(target_os = "linux")]
mod context_menu;
mod place;
mod zoom;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use holdfast_engine::{Site, in_full};
use tauri::{AppHandle, Manager, WebviewWindow, WebviewWindowBuilder, Wry};

use crate::menu;
use crate::shell::Shell;

use place::Places;
use zoom::Zoom;

/// What each page has of it, beside what it has anyway.
const WINDOW_SCRIPT: &str = include_str!("../../../ui/dist/window.js");

type Builder<'a> = WebviewWindowBuilder<'a, Wry, AppHandle>;

/// How the window of the site is, for those who change it and for the next start.
#[derive(Default)]
pub(crate) struct WindowFeatures {
    are_given: AtomicBool,
    places: Places,
    zoom: Zoom,
}

impl WindowFeatures {
    /// Whether the window has them.
    pub(crate) fn are_given(&self) -> bool {
        self.are_given.load(Ordering::Relaxed)
    }

    /// Writes down how the window was left.
    pub(crate) fn keep(&self, shell: &Shell) {
        self.places.keep(&shell.preferences);
    }
}

/// Prepares the window of the site.
pub(crate) fn prepare<'a>(builder: Builder<'a>, app: &AppHandle, shell: &Shell) -> Builder<'a> {
    let builder = builder.initialization_script_for_all_frames(script(shell.engine.site()));
    shell.features.places.prepare(builder, app, &shell.preferences)
}

/// Gives the window of the site what it could not be made with.
pub(crate) fn attach(window: &WebviewWindow, shell: &Arc<Shell>) {
    let app = window.app_handle();
    shell.features.are_given.store(true, Ordering::Relaxed);
    match folder(app) {
        Ok(folder) => shell.downloads.allow(folder),
        Err(error) => tracing::warn!(error = in_full(&error), "nothing can be downloaded"),
    }
    shell.features.zoom.begin(window, &shell.preferences);
    shell.features.places.follow(window, shell);
    #[cfg(target_os = "linux")]
    context_menu::attach(window, shell);
    menu::attach(window, shell);
}

/// Where downloads go: as the person has it, or where most people do.
fn folder(app: &AppHandle) -> tauri::Result<PathBuf> {
    let paths = app.path();
    paths.download_dir().or_else(|_| Ok(paths.home_dir()?.join("Downloads")))
}

/// What a page runs before it is parsed.
fn script(site: &Site) -> String {
    let origin = serde_json::json!(site.origin.origin().ascii_serialization());
    // A scope of its own, so that the page sees nothing of it.
    format!("(() => {{\nconst __HOLDFAST_SITE__ = {origin};\n{WINDOW_SCRIPT}\n}})();")
}
