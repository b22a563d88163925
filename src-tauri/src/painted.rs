//! Tells when something of a page can be seen: WebKit says when it is loaded, which is sooner.

use std::rc::Rc;
use std::time::Duration;

use gtk::gio::Cancellable;
use gtk::glib;
use gtk::glib::timeout_add_local_once;
use gtk::prelude::ObjectExt;
use webkit2gtk::{LoadEvent, WebView, WebViewExt};

/// How long a page that has begun to come may take until it is seen, complete or not.
const TO_BE_PARSED: Duration = Duration::from_millis(300);
/// Done when the page has been painted: before its second frame the first one was shown.
const PAINTED: &str = "await new Promise(done => \
                       requestAnimationFrame(() => requestAnimationFrame(done)))";
/// Where no script of the page is.
const WORLD: &str = "holdfast";

/// Calls `painted` after each load of a webview once its page was painted, as long as that
/// `is_awaited`.
pub(crate) fn follow(
    webview: &WebView,
    is_awaited: impl Fn() -> bool + 'static,
    painted: impl Fn(&WebView) + 'static,
) {
    let (is_awaited, painted) = (Rc::new(is_awaited), Rc::new(painted));
    webview.connect_load_changed(move |webview, event| {
        let pause = match event {
            LoadEvent::Committed => TO_BE_PARSED,
            LoadEvent::Finished => Duration::ZERO,
            LoadEvent::Started | LoadEvent::Redirected | _ => return,
        };
        let (is_awaited, painted) = (Rc::clone(&is_awaited), Rc::clone(&painted));
        let webview = webview.downgrade();
        timeout_add_local_once(pause, move || {
            let Some(shown) = webview.upgrade().filter(|_| is_awaited()) else { return };
            let tell = move |answer: Result<_, glib::Error>| {
                // Another page has come in its place, for which it is asked again.
                let (Ok(_), Some(webview)) = (answer, webview.upgrade()) else { return };
                if is_awaited() {
                    painted(&webview);
                }
            };
            let (none, world) = (None::<&glib::Variant>, Some(WORLD));
            shown.call_async_javascript_function(
                PAINTED,
                none,
                world,
                None,
                Cancellable::NONE,
                tell,
            );
        });
    });
}
