//! The window of the site: how it is made, where it may go, and what its pages run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use holdfast_engine::{Pattern, Site, in_full};
use tauri::webview::PageLoadEvent;
use tauri::window::Color;
use tauri::{AppHandle, WebviewUrl, WebviewWindow, WebviewWindowBuilder, Wry};

use crate::shell::Shell;
use crate::{kiosk, navigation, origin, page_process, platform, protocol};

/// What every page has of the app.
const PAGE_SCRIPT: &str = include_str!("../../ui/dist/page.js");
/// How a window comes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Appearance {
    Shown,
    /// Where the person finds it, without being in their way.
    Minimised,
}

/// Opens the window on a page of the site, or on its start page.
///
/// # Errors
///
/// If the system opens none.
#[tracing::instrument(level = "debug", name = "open the window", skip_all)]
pub(crate) fn open(
    app: &AppHandle,
    shell: &Arc<Shell>,
    path: Option<&str>,
    appearance: Appearance,
) -> tauri::Result<()> {
    let start = path.unwrap_or(&shell.engine.site().start);
    let start = WebviewUrl::CustomProtocol(origin::at(&shell.edge.own, start));
    let window = builder(app, shell, protocol::WINDOW, start).inner_size(1024.0, 768.0);
    #[cfg(desktop)]
    let window = match &shell.kiosk {
        Some(_) => {
            // It is shown once it is covered.
            let window = window.fullscreen(true).decorations(false).visible(false);
            window.devtools(false).on_download(|_, _| false)
        }
        None => platform::dress(window, app, shell, appearance),
    };
    #[cfg(mobile)]
    let window = platform::dress(window, app, shell, appearance);
    let window = window.build()?;
    page_process::follow(&window, shell);
    if shell.kiosk.is_some() {
        kiosk::attach(&window, shell);
        shell.windows.shown(shell, protocol::WINDOW);
        return Ok(());
    }
    platform::attach(&window, shell);
    if appearance == Appearance::Minimised {
        platform::show(&window, appearance)?;
    }
    shell.windows.shown(shell, protocol::WINDOW);
    Ok(())
}

/// A window that shows the site: where it may go, and what its pages run.
pub(crate) fn builder<'a>(
    app: &'a AppHandle,
    shell: &Arc<Shell>,
    label: &str,
    start: WebviewUrl,
) -> WebviewWindowBuilder<'a, Wry, AppHandle> {
    let site = shell.engine.site();
    let window = WebviewWindowBuilder::new(app, label, start)
        .title(&site.name)
        .min_inner_size(320.0, 320.0)
        .use_https_scheme(true)
        .data_directory(shell.webview.clone())
        .initialization_script_for_all_frames(platform::for_the_site(page_script(site)))
        .disable_drag_drop_handler()
        .on_navigation({
            let (app, shell, label) = (app.clone(), Arc::clone(shell), label.to_owned());
            move |url| navigation::allow(&app, &shell, &label, url)
        })
        .on_new_window({
            let (app, shell, label) = (app.clone(), Arc::clone(shell), label.to_owned());
            move |url, features| navigation::new_window(&app, &shell, &label, &url, features)
        })
        .on_page_load({
            let (shell, label) = (Arc::clone(shell), label.to_owned());
            let is_colored = AtomicBool::new(site.background.is_some());
            move |window, load| match load.event() {
                PageLoadEvent::Started => {
                    tracing::debug!("a page arrives");
                    platform::arrives(&window, load.url());
                }
                PageLoadEvent::Finished => {
                    tracing::debug!("a page is complete");
                    if is_colored.swap(false, Ordering::Relaxed) {
                        on_white(&window);
                    }
                    if label == protocol::WINDOW {
                        page_process::tell(&window, &shell);
                    }
                }
            }
        })
        .on_document_title_changed({
            let name = site.name.clone();
            move |window, title| {
                let title =
                    if title.is_empty() { name.clone() } else { format!("{title} – {name}") };
                // A window that is gone needs no title.
                let _ = window.set_title(&title);
            }
        });
    match site.background {
        Some([red, green, blue]) => window.background_color(Color(red, green, blue, 0xff)),
        None => window,
    }
}

/// A page without a colour of its own is on white, as in a browser; what the profile says is
/// for before there is one.
fn on_white(window: &WebviewWindow) {
    if let Err(error) = window.set_background_color(Some(Color(0xff, 0xff, 0xff, 0xff))) {
        tracing::warn!(error = in_full(&error), "pages are not on white");
    }
}

/// What a page runs before it is parsed.
pub(crate) fn page_script(site: &Site) -> String {
    let origin = site.origin.origin().ascii_serialization();
    // What is submitted there waits while the site is away.
    let waits = site.routes.iter().filter(|route| route.outbox.is_some());
    let waits = waits.map(|route| route.when.path.as_ref().map_or(".*", Pattern::expression));
    let told = serde_json::json!({ "origin": origin, "outbox": waits.collect::<Vec<_>>() });
    // A scope of its own, so that the page sees nothing of it.
    format!("(() => {{\nconst __HOLDFAST__ = {told};\n{PAGE_SCRIPT}\n}})();")
}
