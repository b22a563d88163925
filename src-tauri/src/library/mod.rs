//! The Library: the window that shows what the device holds.
//!
//! A page of the app's own under a scheme of its own, with commands that no other window may
//! call. It is made when it is opened, and hears of what changes for as long as it is there.
//! What can still be taken back in it when it is closed is done first.

pub(crate) mod activity;
pub(crate) mod commands;
mod export;
pub(crate) mod leaving;
pub(crate) mod saved;
mod shelves;
pub(crate) mod storage;
mod thumbnail;

use std::sync::{Arc, PoisonError};

use holdfast_engine::in_full;
use serde::{Deserialize, Serialize};
use tauri::{
    AppHandle, Manager, Runtime, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent, Wry,
};

use crate::shell::Shell;
use crate::{origin, protocol};

pub(crate) use shelves::Shelves;

/// The window; the capability names it too.
pub(crate) const WINDOW: &str = "library";
/// The scheme its page is served under; no profile can have it.
const SCHEME: &str = "holdfast-library";
/// The page, with places for the language and for where the copies are. Its own policy lets
/// nothing else in.
const PAGE: &str = include_str!("../../../ui/dist/library.html");
const LANGUAGE: &str = "__HOLDFAST_LANGUAGE__";
const COPIES: &str = "__HOLDFAST_COPIES__";
const FRAMES: &str = "__HOLDFAST_FRAMES__";

/// A part of the Library that something else leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Place {
    Saved,
    Waiting,
}

impl Place {
    /// Its name in the page.
    const fn name(self) -> &'static str {
        match self {
            Self::Saved => "saved",
            Self::Waiting => "waiting",
        }
    }
}

/// Lets an app show its Library.
pub(crate) fn with_protocol(builder: tauri::Builder<Wry>) -> tauri::Builder<Wry> {
    let builder = builder.manage(leaving::Leaving::default());
    let builder = builder.register_uri_scheme_protocol(SCHEME, |context, request| {
        let shell = context.app_handle().try_state::<Arc<Shell>>();
        match shell.filter(|_| is_ours(context.webview_label(), request.uri())) {
            // What the person has chosen it asks for by itself.
            Some(shell) => response(&shell.language),
            None => protocol::empty(http::StatusCode::FORBIDDEN),
        }
    });
    let scheme = thumbnail::SCHEME;
    builder.register_asynchronous_uri_scheme_protocol(scheme, |context, request, responder| {
        let shell = context.app_handle().try_state::<Arc<Shell>>();
        let Some(shell) = shell.map(|shell| Arc::clone(&shell)) else {
            responder.respond(protocol::empty(http::StatusCode::FORBIDDEN));
            return;
        };
        let label = context.webview_label().to_owned();
        tauri::async_runtime::spawn(async move {
            responder.respond(thumbnail::respond(&shell, &label, request).await);
        });
    })
}

/// Whether the Library's window asks for its page.
fn is_ours(label: &str, uri: &http::Uri) -> bool {
    label == WINDOW && uri.host() == Some("localhost") && uri.path() == "/"
}

fn response(language: &str) -> http::Response<Vec<u8>> {
    // A tag of the system's, which must not end the attribute it stands in.
    let tag: String =
        language.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
    let page = PAGE.replace(LANGUAGE, &tag).replace(COPIES, thumbnail::address());
    let page = page.replace(FRAMES, thumbnail::source());
    let mut response = http::Response::new(page.into_bytes());
    let html = http::HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(http::header::CONTENT_TYPE, html);
    response
}

/// Opens the window, or brings it to the front as it is.
///
/// # Errors
///
/// If the system opens no window.
pub(crate) fn open<R: Runtime>(app: &AppHandle<R>, shell: &Arc<Shell>) -> tauri::Result<()> {
    if let Some(window) = app.get_webview_window(WINDOW) {
        return bring_forward(&window);
    }
    open_window(app, shell, None)
}

/// The same at one of its places, wherever in it the person was.
///
/// # Errors
///
/// If the system opens no window.
pub(crate) fn open_at<R: Runtime>(
    app: &AppHandle<R>,
    shell: &Arc<Shell>,
    place: Place,
) -> tauri::Result<()> {
    let Some(window) = app.get_webview_window(WINDOW) else {
        return open_window(app, shell, Some(place));
    };
    // The page hears of that, and loads nothing.
    window.eval(format!("location.hash = '{}'", place.name()))?;
    bring_forward(&window)
}

fn open_window<R: Runtime>(
    app: &AppHandle<R>,
    shell: &Arc<Shell>,
    place: Option<Place>,
) -> tauri::Result<()> {
    let mut address = origin::of_page(SCHEME).map_err(tauri::Error::InvalidUrl)?;
    address.set_fragment(place.map(Place::name));
    let own = address.clone();
    let site = shell.engine.site().name.clone();
    let window = WebviewWindowBuilder::new(app, WINDOW, WebviewUrl::CustomProtocol(address))
        .title(&site)
        .inner_size(760.0, 560.0)
        .min_inner_size(320.0, 320.0)
        .use_https_scheme(true)
        // The same as the site's window has: each other one would cost processes of its own.
        .data_directory(shell.webview.clone())
        // Frames ask here too. What they may show besides, the policy of the page decides.
        .on_navigation(move |url| {
            origin::is_same(&own, url) || url.scheme() == "about" || thumbnail::is_one(url)
        })
        .on_document_title_changed(move |window, title| {
            // A window that is gone needs no title.
            let _ = window.set_title(&format!("{title} – {site}"));
        })
        .build()?;
    shell.windows.shown(shell, WINDOW);
    #[cfg(desktop)]
    crate::menu::listen(&window);
    window.on_window_event({
        let (shell, app) = (Arc::clone(shell), app.clone());
        move |event| {
            if let WindowEvent::CloseRequested { api, .. } = event
                && let Some(window) = app.get_webview_window(WINDOW)
            {
                api.prevent_close();
                leaving::leave(&window);
            }
            // Nothing is read any more for one that is closed.
            if let WindowEvent::Destroyed = event {
                *shell.library.lock().unwrap_or_else(PoisonError::into_inner) = None;
            }
        }
    });
    Ok(())
}

/// Shows a window to a person who has lost sight of it.
pub(crate) fn bring_forward<R: Runtime>(window: &WebviewWindow<R>) -> tauri::Result<()> {
    #[cfg(desktop)]
    {
        window.unminimize()?;
        crate::menu::show(window)?;
    }
    #[cfg(mobile)]
    window.show()?;
    window.set_focus()
}

/// Ends with the window of the site, without which it can lead nowhere.
pub(crate) fn close<R: Runtime>(app: &AppHandle<R>) {
    let Some(window) = app.get_webview_window(WINDOW) else { return };
    if let Err(error) = window.close() {
        tracing::warn!(error = in_full(&error), "the Library stays open");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_librarys_window_gets_its_page() {
        let check = |label: &str, uri: &str| is_ours(label, &uri.parse().unwrap());
        assert!(check("library", "holdfast-library://localhost/"));
        assert!(!check("main", "holdfast-library://localhost/"));
        assert!(!check("library", "holdfast-library://elsewhere/"));
        assert!(!check("library", "holdfast-library://localhost/other"));
    }

    #[test]
    fn the_page_has_its_policy_and_its_place() {
        let page = String::from_utf8(response("de-DE\"><script>").into_body()).unwrap();
        assert!(page.contains("<html lang=\"de-DEscript\" "), "{page}");
        assert!(page.contains("default-src 'none'; script-src 'sha256-"), "{page}");
        assert!(!page.contains("__HOLDFAST_"), "{page}");
        assert!(page.contains(&format!("frame-src {};", thumbnail::source())), "{page}");
    }
}
