//! What lies over the webview while it has painted nothing of its page: without it the screen is
//! white until then, for seconds on a slow machine.

use gtk::gdk;
use gtk::prelude::*;
use webkit2gtk::{WebView, WebViewExt};

use super::backdrop;
use crate::painted;

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
    let of_cover = cover.downgrade();
    webview.connect_web_process_terminated(move |_, _| {
        if let Some(cover) = of_cover.upgrade() {
            cover.show();
        }
    });
    let (of_cover, to_go) = (cover.downgrade(), cover.downgrade());
    let is_covered = move || of_cover.upgrade().is_some_and(|cover| cover.is_visible());
    painted::follow(webview, is_covered, move |_| {
        tracing::debug!("the page is painted");
        if let Some(cover) = to_go.upgrade() {
            cover.hide();
        }
    });
    cover
}
