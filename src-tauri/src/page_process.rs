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
    use std::cell::Cell;
    use std::rc::Rc;
    use std::sync::{Arc, PoisonError};
    use std::time::Instant;

    use gtk::glib::{ObjectExt, timeout_add_local_once};
    use holdfast_engine::own_page;
    use webkit2gtk::{WebView, WebViewExt};

    use super::{Ordering, in_full};
    use crate::painted;
    use crate::restarts::Next;
    use crate::shell::Shell;

    /// What is known of the process that runs a page.
    #[derive(Default)]
    struct Process {
        /// Something of what it runs was seen.
        was_painted: Cell<bool>,
        /// The one before ended unseen: then WebKitGTK listens for pictures to that one still, and
        /// shows none of this one's, unless this one ends as well once it has painted.
        is_unseen: Cell<bool>,
        /// It is ended for that.
        makes_room: Cell<bool>,
        /// What it runs is the quiet page.
        is_quiet: Cell<bool>,
    }

    impl Process {
        /// Has the next one show what this one did.
        fn load_again(&self, webview: &WebView, shell: &Shell) {
            if !self.is_quiet.get() {
                webview.reload();
                return;
            }
            let address = webview.uri().unwrap_or_default();
            let language = shell.preferences.language();
            let page = quiet_page(&shell.engine.site().name, &language, shell.kiosk.is_some());
            // At its own address, so that to load it again is to try again.
            webview.load_alternate_html(&page, &address, Some(&address));
        }
    }

    /// Sees to the page of a window.
    pub(crate) fn follow(window: &tauri::WebviewWindow, shell: &Arc<Shell>) {
        let shell = Arc::clone(shell);
        let followed = window.with_webview(move |platform| {
            let webview = platform.inner();
            let process = Rc::new(Process::default());
            webview.connect_web_process_terminated({
                let process = Rc::clone(&process);
                move |webview, reason| {
                    tracing::warn!(?reason, "the page's process has ended");
                    if process.makes_room.take() {
                        process.load_again(webview, &shell);
                        return;
                    }
                    if !process.was_painted.take() {
                        process.is_unseen.set(true);
                    }
                    ended(webview, &shell, &process);
                }
            });
            let awaiting = Rc::clone(&process);
            let is_awaited = move || !awaiting.was_painted.get();
            painted::follow(&webview, is_awaited, move |webview| {
                if process.is_unseen.take() {
                    tracing::debug!("the page is painted where nobody sees it");
                    process.makes_room.set(true);
                    webview.terminate_web_process();
                } else {
                    process.was_painted.set(true);
                }
            });
        });
        if let Err(error) = followed {
            tracing::error!(error = in_full(&error), "a page that ends does not come again");
        }
    }

    fn ended(webview: &WebView, shell: &Arc<Shell>, process: &Process) {
        // It ends with the session, and another one is begun.
        if shell.kiosk.as_ref().is_some_and(crate::kiosk::Terminal::is_ending) {
            return;
        }
        let mut restarts = shell.restarts.lock().unwrap_or_else(PoisonError::into_inner);
        let next = restarts.ended(Instant::now());
        drop(restarts);
        process.is_quiet.set(matches!(next, Next::Quiet(_)));
        match next {
            Next::Again => shell.was_restarted.store(true, Ordering::Release),
            Next::Quiet(pause) => {
                tracing::error!(?pause, "the page ends again and again");
                // In a terminal nobody else tries again.
                if shell.kiosk.is_some() {
                    let webview = webview.downgrade();
                    timeout_add_local_once(pause, move || {
                        if let Some(webview) = webview.upgrade() {
                            let address = webview.uri().unwrap_or_default();
                            webview.load_uri(&address);
                        }
                    });
                }
            }
        }
        process.load_again(webview, shell);
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
