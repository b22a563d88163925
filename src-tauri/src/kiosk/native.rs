//! What GTK and WebKit are told about a terminal's window, and what they tell.
//!
//! Keys reach the window before the page, and the pointer and fingers its webview before the
//! page. What a terminal has no use for stops here.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gtk::gdk::keys::{Key, constants};
use gtk::gdk::{Cursor, CursorType, Event, EventSequence, EventType, ModifierType};
use gtk::glib::{Propagation, SourceId, TimeSpan, timeout_add_local_once};
use gtk::prelude::*;
use gtk::{gdk, gio, glib};
use holdfast_engine::in_full;
use tauri::WebviewWindow;
use tokio::sync::oneshot;
use webkit2gtk::{
    FileChooserRequestExt, SettingsExt, WebView, WebViewExt, WebsiteDataManagerExtManual,
    WebsiteDataTypes,
};

use super::{backdrop, cover, pad};
use crate::shell::Shell;

/// Buttons of a mouse that lead back and forward.
const SIDE_BUTTONS: u32 = 8;
/// What is held for the system.
const OTHER_LEVELS: ModifierType = ModifierType::MOD1_MASK
    .union(ModifierType::MOD4_MASK)
    .union(ModifierType::SUPER_MASK)
    .union(ModifierType::META_MASK);
/// With Ctrl, what helps to write.
const WRITING: [Key; 11] = [
    constants::a,
    constants::c,
    constants::v,
    constants::x,
    constants::z,
    constants::Left,
    constants::Right,
    constants::Home,
    constants::End,
    constants::BackSpace,
    constants::Delete,
];
/// Keys of the web, of the system and of menus.
const OTHERS: [Key; 4] =
    [constants::Menu, constants::Print, constants::Super_L, constants::Super_R];
/// From here on keys have names such as "back", "reload" and "home page".
const FIRST_MULTIMEDIA: u32 = 0x1008_ff00;

/// Has a window behave as a terminal's.
pub(super) fn attach(window: &WebviewWindow, shell: &Arc<Shell>) {
    let (of_window, shell) = (window.clone(), Arc::clone(shell));
    let attached = window.with_webview(move |platform| {
        let webview = platform.inner();
        match of_window.gtk_window() {
            Ok(native) => follow(&native, &webview, &of_window, &shell),
            Err(error) => tracing::error!(error = in_full(&error), "nothing is held back"),
        }
    });
    if let Err(error) = attached {
        tracing::error!(error = in_full(&error), "nothing is held back");
    }
}

fn follow(
    native: &gtk::ApplicationWindow,
    webview: &WebView,
    window: &WebviewWindow,
    shell: &Arc<Shell>,
) {
    let Some(terminal) = &shell.kiosk else { return };
    if let Some(settings) = WebViewExt::settings(webview) {
        settings.set_enable_developer_extras(false);
        settings.set_enable_back_forward_navigation_gestures(false);
    }
    let (may_print, may_choose) = (terminal.rules.print, terminal.rules.files);
    webview.connect_context_menu(|_, _, _, _| true);
    // While the person answers, the page waits as well.
    let asks = |shell: &Shell| {
        if let Some(terminal) = &shell.kiosk {
            *super::lock(&terminal.asks_since) = Some(Instant::now());
        }
    };
    webview.connect_print({
        let shell = Arc::clone(shell);
        move |_, _| {
            asks(&shell);
            !may_print
        }
    });
    webview.connect_run_file_chooser(move |_, request| {
        if !may_choose {
            request.cancel();
        }
        !may_choose
    });
    webview.connect_script_dialog({
        let shell = Arc::clone(shell);
        move |_, _| {
            asks(&shell);
            false
        }
    });
    native.connect_key_press_event({
        let shell = Arc::clone(shell);
        move |_, key| {
            touch(&shell);
            stop_unless(is_for_the_page(key.keyval(), key.state()))
        }
    });
    let pointer = Rc::new(Pointer::new(terminal.rules.cursor));
    let fingers = Rc::new(RefCell::new(HashSet::new()));
    let cover = cover::put_over(webview, &backdrop::words(shell));
    for widget in [webview.upcast_ref(), cover.upcast_ref::<gtk::Widget>()] {
        let (shell, window) = (Arc::clone(shell), window.clone());
        let (pointer, fingers) = (Rc::clone(&pointer), Rc::clone(&fingers));
        widget.connect_event(move |widget, event| {
            see(widget, event, (&shell, &window), (&pointer, &fingers))
        });
    }
    native.show_all();
    native.present();
}

fn stop_unless(is_wanted: bool) -> Propagation {
    if is_wanted { Propagation::Proceed } else { Propagation::Stop }
}

fn touch(shell: &Shell) {
    if let Some(terminal) = &shell.kiosk {
        terminal.touch();
    }
}

/// Whether a key is one that a page in a terminal has a use for.
fn is_for_the_page(key: Key, held: ModifierType) -> bool {
    if held.intersects(OTHER_LEVELS) {
        return false;
    }
    if held.contains(ModifierType::CONTROL_MASK) {
        return WRITING.contains(&key.to_lower());
    }
    let is_function = (*constants::F1..=*constants::F35).contains(&*key);
    !is_function && *key < FIRST_MULTIMEDIA && !OTHERS.contains(&key)
}

/// One event of the pointer or of a finger.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "nobody does the many others: windows come and go"
)]
fn see(
    widget: &gtk::Widget,
    event: &Event,
    (shell, window): (&Arc<Shell>, &WebviewWindow),
    (pointer, fingers): (&Rc<Pointer>, &RefCell<HashSet<EventSequence>>),
) -> Propagation {
    match event.event_type() {
        EventType::ButtonPress => {
            touch(shell);
            let button = event.button().unwrap_or_default();
            if button == 1 {
                tap(event, shell, window);
            }
            stop_unless(button < SIDE_BUTTONS)
        }
        // A webview may also act when they are let go.
        EventType::ButtonRelease => stop_unless(event.button().unwrap_or_default() < SIDE_BUTTONS),
        EventType::TouchBegin => {
            touch(shell);
            tap(event, shell, window);
            let Some(finger) = event.event_sequence() else { return Propagation::Proceed };
            let mut fingers = fingers.borrow_mut();
            // With two, a page would be made larger.
            let is_first = fingers.is_empty();
            fingers.insert(finger);
            stop_unless(is_first)
        }
        EventType::TouchEnd | EventType::TouchCancel => {
            touch(shell);
            if let Some(finger) = event.event_sequence() {
                fingers.borrow_mut().remove(&finger);
            }
            Propagation::Proceed
        }
        EventType::MotionNotify => {
            touch(shell);
            pointer.moves(widget);
            Propagation::Proceed
        }
        EventType::Scroll => {
            touch(shell);
            let held = event.state().unwrap_or_else(ModifierType::empty);
            stop_unless(!held.contains(ModifierType::CONTROL_MASK))
        }
        EventType::TouchUpdate => {
            touch(shell);
            Propagation::Proceed
        }
        EventType::TouchpadPinch | EventType::TouchpadSwipe => Propagation::Stop,
        _ => Propagation::Proceed,
    }
}

/// The corner is the window's, which fills the screen.
fn tap(event: &Event, shell: &Arc<Shell>, window: &WebviewWindow) {
    let (Some(terminal), Some(place)) = (&shell.kiosk, event.coords()) else { return };
    // A finger that is also told as a pointer taps once.
    if event.is_pointer_emulated() {
        return;
    }
    if super::lock(&terminal.taps).tap(place, Instant::now()) {
        pad::open(window, shell);
    }
}

/// The pointer, which is hidden while it rests.
struct Pointer {
    rests: Duration,
    timer: RefCell<Option<SourceId>>,
    /// What the page showed when it was hidden.
    hidden: RefCell<Option<Option<Cursor>>>,
}

impl Pointer {
    fn new(rests: Duration) -> Self {
        Self { rests, timer: RefCell::default(), hidden: RefCell::default() }
    }

    fn moves(self: &Rc<Self>, widget: &gtk::Widget) {
        if let Some(timer) = self.timer.take() {
            timer.remove();
        }
        if let (Some(before), Some(window)) = (self.hidden.take(), widget.window()) {
            window.set_cursor(before.as_ref());
        }
        let (pointer, widget) = (Rc::clone(self), widget.clone());
        *self.timer.borrow_mut() = Some(timeout_add_local_once(self.rests, move || {
            pointer.timer.take();
            let Some(window) = widget.window() else { return };
            let blank = Cursor::for_display(&window.display(), CursorType::BlankCursor);
            *pointer.hidden.borrow_mut() = Some(window.cursor());
            window.set_cursor(blank.as_ref());
            tracing::debug!("the pointer is hidden");
        }));
    }
}

/// Answers dialogs that wait for a person who has gone. The thread that has windows may be caught
/// in one (printing), and hears of nothing by way of Tauri meanwhile.
pub(super) async fn dismiss_dialogs() {
    let (done, dismissed) = oneshot::channel();
    glib::MainContext::default().invoke(move || {
        for window in gtk::Window::list_toplevels() {
            if let Some(dialog) = window.downcast_ref::<gtk::Dialog>() {
                dialog.response(gtk::ResponseType::Cancel);
            }
        }
        // Nobody waits any more if it took too long.
        let _ = done.send(());
    });
    // Dropped only if the thread has ended.
    drop(dismissed.await);
}

/// Ends the window's page and all that pages have stored; done when it is gone.
pub(super) async fn clear(window: &WebviewWindow) {
    let (done, cleared) = oneshot::channel();
    let asked = window.with_webview(move |platform| {
        let webview = platform.inner();
        // With it goes what it has in memory, and nothing of it can store anything more.
        webview.terminate_web_process();
        for selection in [gdk::SELECTION_CLIPBOARD, gdk::SELECTION_PRIMARY] {
            let clipboard = gtk::Clipboard::get(&selection);
            // Also what another program has put there.
            clipboard.set_text("");
            clipboard.clear();
        }
        let Some(stored) = webview.website_data_manager() else { return };
        let everything = (WebsiteDataTypes::ALL, TimeSpan::from_seconds(0));
        stored.clear(everything.0, everything.1, gio::Cancellable::NONE, move |cleared| {
            if let Err(error) = cleared {
                tracing::error!(error = in_full(&error), "what pages have stored is still there");
            }
            // Nobody waits any more if it took too long.
            let _ = done.send(());
        });
    });
    match asked {
        Ok(()) => drop(cleared.await),
        Err(error) => tracing::error!(error = in_full(&error), "the page cannot be ended"),
    }
}

/// Ends the process of the window's page, which is then started again.
pub(super) fn restart(window: &WebviewWindow) {
    let asked = window.with_webview(|platform| platform.inner().terminate_web_process());
    if let Err(error) = asked {
        tracing::error!(error = in_full(&error), "the page cannot be ended");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn keys_write_and_lead_nowhere() {
        let none = ModifierType::empty();
        let (ctrl, alt, shift) = (ModifierType::CONTROL_MASK, ModifierType::MOD1_MASK, ModifierType::SHIFT_MASK);
        let check = |key: Key, held: ModifierType, expected: bool| {
            assert_eq!(is_for_the_page(key, held), expected, "{key:?} {held:?}");
        };
        check(constants::a,       none,         true);
        check(constants::A,       shift,        true);
        check(constants::Return,  none,         true);
        check(constants::Escape,  none,         true);
        check(constants::Tab,     shift,        true);
        check(constants::c,       ctrl,         true);
        check(constants::Left,    ctrl,         true);
        check(constants::adiaeresis, ModifierType::MOD5_MASK, true);
        check(constants::q,       ctrl,         false);
        check(constants::l,       ctrl,         false);
        check(constants::s,       ctrl,         false);
        check(constants::p,       ctrl,         false);
        check(constants::r,       ctrl,         false);
        check(constants::I,       ctrl | shift, false);
        check(constants::plus,    ctrl,         false);
        check(constants::F5,      none,         false);
        check(constants::F10,     shift,        false);
        check(constants::F12,     none,         false);
        check(constants::Left,    alt,          false);
        check(constants::F4,      alt,          false);
        check(constants::Menu,    none,         false);
        check(constants::Back,    none,         false);
        check(constants::Reload,  none,         false);
    }
}
