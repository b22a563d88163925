//! The Library in a window of its own.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use holdfast_engine::in_full;
use tauri::{
    AppHandle, Manager, Runtime, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent,
};
use tokio::sync::oneshot;

use super::leaving::Leaving;
use super::{Place, SCHEME, thumbnail};
use crate::origin;
use crate::platform::{self, menu};
use crate::shell::Shell;

/// The window; the capability names it too.
pub(crate) const WINDOW: &str = "library";
/// How long its page has to say that it is done. One that hangs is closed all the same.
const PATIENCE: Duration = Duration::from_secs(1);
/// Tells the page.
const TELL: &str = "dispatchEvent(new Event('holdfast-close'))";

/// Nothing has to be told from the site's pages in a window of its own.
pub(super) fn key<R: Runtime>(_app: &AppHandle<R>) -> String {
    String::new()
}

/// Opens the window, or brings it to the front as it is.
///
/// # Errors
///
/// If the system opens no window.
pub(crate) fn open<R: Runtime>(app: &AppHandle<R>, shell: &Arc<Shell>) -> tauri::Result<()> {
    if let Some(window) = app.get_webview_window(WINDOW) {
        return platform::bring_forward(&window);
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
    platform::bring_forward(&window)
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
    menu::listen(&window);
    window.on_window_event({
        let (shell, app) = (Arc::clone(shell), app.clone());
        move |event| {
            if let WindowEvent::CloseRequested { api, .. } = event
                && let Some(window) = app.get_webview_window(WINDOW)
            {
                api.prevent_close();
                leave(&window);
            }
            // Nothing is read any more for one that is closed.
            if let WindowEvent::Destroyed = event {
                *shell.library.lock().unwrap_or_else(PoisonError::into_inner) = None;
            }
        }
    });
    Ok(())
}

/// Ends with the window of the site, without which it can lead nowhere.
pub(crate) fn close<R: Runtime>(app: &AppHandle<R>) {
    let Some(window) = app.get_webview_window(WINDOW) else { return };
    if let Err(error) = window.close() {
        tracing::warn!(error = in_full(&error), "the Library stays open");
    }
}

/// Closes the window once its page is done.
fn leave<R: Runtime>(window: &WebviewWindow<R>) {
    let (done, is_done) = oneshot::channel();
    drop(window.state::<Leaving>().put(Some(done)));
    // The person has closed it, whatever there is to do.
    if let Err(error) = window.hide().and_then(|()| window.eval(TELL)) {
        tracing::warn!(error = in_full(&error), "the Library is closed at once");
    }
    let window = window.clone();
    tauri::async_runtime::spawn(async move {
        // Done, or too slow: it goes.
        let _ = tokio::time::timeout(PATIENCE, is_done).await;
        // Opened again meanwhile, it stays.
        if !window.is_visible().unwrap_or(false)
            && let Err(error) = window.destroy()
        {
            tracing::warn!(error = in_full(&error), "the Library stays open");
        }
    });
}
