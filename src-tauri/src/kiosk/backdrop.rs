//! What the app itself shows where there is no page: one moment, please.

use std::cell::RefCell;

use gtk::gdk;
use gtk::prelude::*;
use holdfast_engine::in_full;

use crate::shell::Shell;

thread_local! {
    /// The window behind all others.
    static BACKDROP: RefCell<Option<gtk::Window>> = const { RefCell::new(None) };
}

/// What the app itself shows is of this class.
pub(super) const CLASS: &str = "holdfast";
/// Its colours, those of the page that waits.
const STYLE: &[u8] = b"
.holdfast { background: #ffffff; color: #1b1f27; }
.holdfast .name { font-size: 26px; font-weight: bold; }
.holdfast .wait { font-size: 18px; }
.holdfast button { font-size: 22px; min-width: 84px; min-height: 64px; }
.holdfast .said { font-size: 18px; }
.holdfast .digits { font-size: 30px; }
";

/// Fills the screen before there is any window with a page, and between two of them.
pub(super) fn begin(shell: &Shell) {
    let window = gtk::Window::new(gtk::WindowType::Toplevel);
    window.set_title(&shell.engine.site().name);
    window.set_decorated(false);
    window.set_accept_focus(false);
    // Below every other, whichever of them has the focus.
    window.set_type_hint(gdk::WindowTypeHint::Desktop);
    window.add(&words(shell));
    window.style_context().add_class(CLASS);
    let style = gtk::CssProvider::new();
    if let Err(error) = style.load_from_data(STYLE) {
        tracing::warn!(error = in_full(&error), "what is the app's own has no style");
    }
    if let Some(screen) = gdk::Screen::default() {
        let priority = gtk::STYLE_PROVIDER_PRIORITY_APPLICATION;
        gtk::StyleContext::add_provider_for_screen(&screen, &style, priority);
    }
    // Not to files: their dialog shows the folders of the machine, and writes into them.
    if let Some(settings) = gtk::Settings::default() {
        settings.set_property("gtk-print-backends", "cups");
    }
    window.fullscreen();
    window.show_all();
    BACKDROP.set(Some(window));
}

/// What the site is called, and that it comes.
pub(super) fn words(shell: &Shell) -> gtk::Box {
    let wait = if shell.preferences.language().starts_with("de") {
        "Einen Moment bitte …"
    } else {
        "One moment, please …"
    };
    let words = gtk::Box::new(gtk::Orientation::Vertical, 12);
    words.set_valign(gtk::Align::Center);
    for (text, class) in [(shell.engine.site().name.as_str(), "name"), (wait, "wait")] {
        let label = gtk::Label::new(Some(text));
        label.style_context().add_class(class);
        words.add(&label);
    }
    words
}
