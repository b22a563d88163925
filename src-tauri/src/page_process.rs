//! The process that runs the page may end: the same page is shown again, and says so. One that
//! ends again and again makes room for a page that runs nothing.
//!
//! On Linux WebKit says so to whoever has the view. On macOS and iOS it is told through Tauri;
//! the webviews of Windows and Android start such a process again by themselves.

use std::sync::atomic::Ordering;

use holdfast_engine::in_full;
use tauri::{Runtime, WebviewWindow};

use crate::shell::Shell;

/// Says in the page that it was restarted.
const RESTARTED: &str = include_str!("../../ui/dist/restarted.js");

/// A page is complete: one that was started again says so, but not to the public.
pub(crate) fn tell<R: Runtime>(window: &WebviewWindow<R>, shell: &Shell) {
    if !shell.was_restarted.swap(false, Ordering::AcqRel) || shell.kiosk.is_some() {
        return;
    }
    let told = serde_json::json!({ "language": shell.preferences.language() });
    let script = format!("(() => {{\nconst __HOLDFAST__ = {told};\n{RESTARTED}\n}})();");
    tracing::debug!("the page says that it was restarted");
    if let Err(error) = window.eval(script) {
        tracing::warn!(error = in_full(&error), "nobody is told that the page was restarted");
    }
}

#[cfg(target_os = "linux")]
pub(crate) use webkit::follow;

/// Sees to the page of a window; here, somebody else does.
#[cfg(not(target_os = "linux"))]
pub(crate) fn follow(_window: &WebviewWindow, _shell: &std::sync::Arc<Shell>) {}

/// The process of the site's page has ended.
#[cfg(any(target_os = "macos", target_os = "ios"))]
pub(crate) fn ended<R: Runtime>(webview: &tauri::Webview<R>) {
    use tauri::Manager;

    let shell = webview.try_state::<std::sync::Arc<Shell>>();
    if let Some(shell) = shell.filter(|_| webview.label() == crate::protocol::WINDOW) {
        shell.was_restarted.store(true, Ordering::Release);
    }
    if let Err(error) = webview.reload() {
        tracing::error!(error = in_full(&error), "the page does not come again");
    }
}

#[cfg(target_os = "linux")]
mod webkit {
    use std::sync::{Arc, PoisonError};
    use std::time::{Duration, Instant};

    use gtk::glib::{ObjectExt, timeout_add_local_once};
    use gtk::prelude::WidgetExt;
    use holdfast_engine::own_page;
    use webkit2gtk::{LoadEvent, WebView, WebViewExt};

    use super::{Ordering, in_full};
    use crate::restarts::Next;
    use crate::shell::Shell;

    /// Sees to the page of a window.
    pub(crate) fn follow(window: &tauri::WebviewWindow, shell: &Arc<Shell>) {
        let shell = Arc::clone(shell);
        let followed = window.with_webview(move |platform| {
            let webview = platform.inner();
            webview.connect_web_process_terminated(move |webview, reason| {
                tracing::warn!(?reason, "the page's process has ended");
                // Of one that comes after one that was never painted WebKitGTK shows nothing,
                // unless the webview comes anew as well.
                webview.hide();
                ended(webview, &shell);
            });
            webview.connect_load_changed(|webview, event| {
                if event == LoadEvent::Committed && !webview.is_visible() {
                    webview.show();
                    // Keys were the page's before.
                    webview.grab_focus();
                }
            });
        });
        if let Err(error) = followed {
            tracing::error!(error = in_full(&error), "a page that ends does not come again");
        }
    }

    fn ended(webview: &WebView, shell: &Arc<Shell>) {
        // It ends with the session, and another one is begun.
        if shell.kiosk.as_ref().is_some_and(crate::kiosk::Terminal::is_ending) {
            return;
        }
        let mut restarts = shell.restarts.lock().unwrap_or_else(PoisonError::into_inner);
        let next = restarts.ended(Instant::now());
        drop(restarts);
        match next {
            Next::Again => {
                shell.was_restarted.store(true, Ordering::Release);
                webview.reload();
            }
            Next::Quiet(pause) => rest(webview, shell, pause),
        }
    }

    /// Shows a page that says so; in a terminal nobody else tries again.
    fn rest(webview: &WebView, shell: &Shell, pause: Duration) {
        tracing::error!(?pause, "the page ends again and again");
        let address = webview.uri().unwrap_or_default();
        let language = shell.preferences.language();
        let page = quiet_page(&shell.engine.site().name, &language, shell.kiosk.is_some());
        // At its own address, so that to load it again is to try again.
        webview.load_alternate_html(&page, &address, Some(&address));
        if shell.kiosk.is_some() {
            let webview = webview.downgrade();
            timeout_add_local_once(pause, move || {
                if let Some(webview) = webview.upgrade() {
                    webview.load_uri(&address);
                }
            });
        }
    }

    fn quiet_page(name: &str, language: &str, is_terminal: bool) -> String {
        let is_german = language.starts_with("de");
        let (heading, sentence) = match (is_german, is_terminal) {
            (false, false) => ("This page has stopped", "It stopped again and again."),
            (true, false) => ("Diese Seite ist stehen geblieben", "Das ist mehrmals geschehen."),
            (false, true) => ("One moment, please", "This will be back by itself."),
            (true, true) => ("Einen Moment bitte", "Es geht von selbst weiter."),
        };
        let again = match (is_terminal, is_german) {
            (true, _) => "",
            (false, false) => "<p><a href=\"\">Try again</a></p>",
            (false, true) => "<p><a href=\"\">Noch einmal versuchen</a></p>",
        };
        let language = if is_german { "de" } else { "en" };
        own_page(language, name, heading, &format!("<p>{sentence}</p>{again}"))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_public_is_not_asked_to_do_anything() {
            let page = quiet_page("<Polls>", "de-AT", true);
            assert!(page.contains("lang=\"de\"") && page.contains("<title>&lt;Polls&gt;</title>"));
            assert!(!page.contains("<a "));
            assert!(quiet_page("Polls", "fr", false).contains(">Try again</a>"));
        }
    }
}
