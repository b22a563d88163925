//! The Library: the window that shows what the device holds.
//!
//! A page of the app's own under a scheme of its own, with commands that no other window may
//! call. It is made when it is opened, and hears of what changes for as long as it is there.

pub(crate) mod activity;
pub(crate) mod commands;
mod export;
pub(crate) mod saved;
mod shelves;
pub(crate) mod storage;

use std::sync::{Arc, PoisonError};

use holdfast_engine::in_full;
use tauri::{
    AppHandle, Manager, Runtime, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent, Wry,
};

use crate::origin;
use crate::shell::Shell;

pub(crate) use shelves::Shelves;

/// The window; the capability names it too.
const WINDOW: &str = "library";
/// The scheme its page is served under; no profile can have it.
const SCHEME: &str = "holdfast-library";
/// The page, with a place for the language. Its own policy lets nothing else in.
const PAGE: &str = include_str!("../../../ui/dist/library.html");
const LANGUAGE: &str = "__HOLDFAST_LANGUAGE__";

/// Lets an app show its Library.
pub(crate) fn with_protocol(builder: tauri::Builder<Wry>) -> tauri::Builder<Wry> {
    builder.register_uri_scheme_protocol(SCHEME, |context, request| {
        let shell = context.app_handle().try_state::<Arc<Shell>>();
        match shell.filter(|_| is_ours(context.webview_label(), request.uri())) {
            // What the person has chosen it asks for by itself.
            Some(shell) => response(&shell.language),
            None => {
                let mut refused = http::Response::new(Vec::new());
                *refused.status_mut() = http::StatusCode::FORBIDDEN;
                refused
            }
        }
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
    let mut response = http::Response::new(PAGE.replace(LANGUAGE, &tag).into_bytes());
    let html = http::HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(http::header::CONTENT_TYPE, html);
    response
}

/// Opens the window, or brings it to the front.
///
/// # Errors
///
/// If the system opens no window.
pub(crate) fn open<R: Runtime>(app: &AppHandle<R>, shell: &Arc<Shell>) -> tauri::Result<()> {
    if let Some(window) = app.get_webview_window(WINDOW) {
        return bring_forward(&window);
    }
    let address = origin::of_page(SCHEME).map_err(tauri::Error::InvalidUrl)?;
    let own = address.clone();
    let site = shell.engine.site().name.clone();
    let window = WebviewWindowBuilder::new(app, WINDOW, WebviewUrl::CustomProtocol(address))
        .title(&site)
        .inner_size(760.0, 560.0)
        .min_inner_size(320.0, 320.0)
        .use_https_scheme(true)
        // The same as the site's window has: each other one would cost processes of its own.
        .data_directory(shell.webview.clone())
        .on_navigation(move |url| origin::is_same(&own, url) || url.scheme() == "about")
        .on_document_title_changed(move |window, title| {
            // A window that is gone needs no title.
            let _ = window.set_title(&format!("{title} – {site}"));
        })
        .build()?;
    window.on_window_event({
        let shell = Arc::clone(shell);
        move |event| {
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
    window.unminimize()?;
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
        assert!(page.contains("<html lang=\"de-DEscript\">"), "{page}");
        assert!(page.contains("default-src 'none'; script-src 'sha256-"), "{page}");
        assert!(!page.contains("__HOLDFAST_"), "{page}");
    }
}
