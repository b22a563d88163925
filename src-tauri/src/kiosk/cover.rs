//! What lies over the webview while it has painted nothing of its page: without it the screen is
//! white until then, for seconds on a slow machine.

use std::time::Duration;

use gtk::gio::Cancellable;
use gtk::glib::{WeakRef, timeout_add_local_once};
use gtk::prelude::*;
use gtk::{gdk, glib};
use webkit2gtk::{LoadEvent, WebView, WebViewExt};

use super::backdrop;

/// How long a page that has begun to come may take until it is shown, complete or not.
const TO_BE_PARSED: Duration = Duration::from_millis(300);
/// Done when the page has been painted: before its second frame the first one was shown.
const PAINTED: &str = "await new Promise(done => \
                       requestAnimationFrame(() => requestAnimationFrame(done)))";
/// Where no script of the page is.
const WORLD: &str = "holdfast";

/// Puts `words` over a webview that is in no window that is shown yet, as long as there is nothing
/// to be seen of its page.
pub(super) fn put_over(webview: &WebView, words: &gtk::Box) -> gtk::EventBox {
    let cover = gtk::EventBox::new();
    cover.add_events(
        gdk::EventMask::BUTTON_PRESS_MASK
            | gdk::EventMask::TOUCH_MASK
            | gdk::EventMask::POINTER_MOTION_MASK,
    );
    cover.add(words);
    cover.style_context().add_class(backdrop::CLASS);
    if let Some(parent) = webview.parent().and_then(|parent| parent.downcast::<gtk::Box>().ok()) {
        let layers = gtk::Overlay::new();
        parent.remove(webview);
        layers.add(webview);
        layers.add_overlay(&cover);
        parent.pack_start(&layers, true, true, 0);
    }
    webview.connect_web_process_terminated({
        let cover = cover.downgrade();
        move |_, _| {
            if let Some(cover) = cover.upgrade() {
                cover.show();
            }
        }
    });
    webview.connect_load_changed({
        let cover = cover.downgrade();
        move |webview, event| {
            let pause = match event {
                LoadEvent::Committed => TO_BE_PARSED,
                LoadEvent::Finished => Duration::ZERO,
                LoadEvent::Started | LoadEvent::Redirected | _ => return,
            };
            let (webview, cover) = (webview.downgrade(), cover.clone());
            timeout_add_local_once(pause, move || uncover(&webview, cover));
        }
    });
    cover
}

/// Takes the cover away once the page that is there now is painted.
fn uncover(webview: &WeakRef<WebView>, cover: WeakRef<gtk::EventBox>) {
    let is_covered = cover.upgrade().is_some_and(|cover| cover.is_visible());
    let Some(webview) = webview.upgrade().filter(|_| is_covered) else { return };
    let (none, world) = (None::<&glib::Variant>, Some(WORLD));
    let painted = move |painted: Result<_, glib::Error>| {
        // Another page has come in its place, for which it is asked again.
        let (Ok(_), Some(cover)) = (painted, cover.upgrade()) else { return };
        tracing::debug!("the page is painted");
        cover.hide();
    };
    webview.call_async_javascript_function(PAINTED, none, world, None, Cancellable::NONE, painted);
}
