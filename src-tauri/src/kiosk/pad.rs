//! The number pad: a window of the app's own, which no page sees into.

use std::cell::RefCell;
use std::fs;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gtk::gdk::keys::{Key, constants};
use gtk::glib::{Propagation, timeout_add_local_once};
use gtk::prelude::*;
use holdfast_engine::{Pin, PinHash, in_full};
use tauri::{AppHandle, Manager, WebviewWindow};

use super::backdrop::CLASS;
use super::lock;
use crate::shell::Shell;

/// More digits no PIN has.
const LONGEST: usize = 12;
/// How long the pad stays, whoever looks at it.
const STAYS: Duration = Duration::from_secs(30);

thread_local! {
    /// The pad that is open.
    static OPEN: RefCell<Option<Rc<Pad>>> = const { RefCell::new(None) };
}

struct Pad {
    window: gtk::Window,
    said: gtk::Label,
    dots: gtk::Label,
    digits: RefCell<String>,
    app: AppHandle,
    shell: Arc<Shell>,
}

/// What is said, in both languages.
#[derive(Clone, Copy)]
enum Words {
    Enter,
    Wrong,
    Locked,
}

impl Words {
    const fn of(self, is_german: bool) -> &'static str {
        match (self, is_german) {
            (Self::Enter, false) => "PIN",
            (Self::Enter, true) => "PIN eingeben",
            (Self::Wrong, false) => "That is not the PIN.",
            (Self::Wrong, true) => "Das ist nicht die PIN.",
            (Self::Locked, false) => "Too many attempts. Please wait.",
            (Self::Locked, true) => "Zu viele Versuche. Bitte warten.",
        }
    }
}

/// Opens the pad over a window, if the profile has a PIN.
pub(super) fn open(over: &WebviewWindow, shell: &Arc<Shell>) {
    let has_pin = shell.kiosk.as_ref().is_some_and(|terminal| terminal.rules.pin.is_some());
    if !has_pin || OPEN.with_borrow(Option::is_some) {
        return;
    }
    let window = gtk::Window::new(gtk::WindowType::Toplevel);
    window.set_title("PIN");
    window.set_type_hint(gtk::gdk::WindowTypeHint::Dialog);
    window.set_position(gtk::WindowPosition::CenterAlways);
    window.set_resizable(false);
    window.set_decorated(false);
    window.set_keep_above(true);
    window.set_modal(true);
    window.set_border_width(24);
    if let Ok(parent) = over.gtk_window() {
        window.set_transient_for(Some(&parent));
    }
    window.style_context().add_class(CLASS);
    let label = |class: &str| {
        let label = gtk::Label::new(None);
        label.style_context().add_class(class);
        label
    };
    let pad = Rc::new(Pad {
        said: label("said"),
        dots: label("digits"),
        digits: RefCell::default(),
        app: over.app_handle().clone(),
        shell: Arc::clone(shell),
        window,
    });
    pad.lay_out();
    pad.say(if pad.is_locked() { Words::Locked } else { Words::Enter });
    pad.window.connect_key_press_event({
        let pad = Rc::downgrade(&pad);
        move |_, key| {
            if let Some(pad) = pad.upgrade() {
                pad.press_key(key.keyval());
            }
            Propagation::Stop
        }
    });
    pad.window.connect_destroy(|_| {
        OPEN.take();
    });
    timeout_add_local_once(STAYS, {
        let window = pad.window.downgrade();
        move || {
            if let Some(window) = window.upgrade() {
                window.close();
            }
        }
    });
    pad.window.show_all();
    pad.window.present();
    tracing::debug!("the number pad is open");
    OPEN.set(Some(pad));
}

impl Pad {
    fn lay_out(self: &Rc<Self>) {
        let all = gtk::Box::new(gtk::Orientation::Vertical, 12);
        all.add(&self.said);
        all.add(&self.dots);
        let keys = gtk::Grid::new();
        keys.set_row_spacing(8);
        keys.set_column_spacing(8);
        let names = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "⌫", "0", "OK"];
        let places = (0..4).flat_map(|row| (0..3).map(move |column| (column, row)));
        for (name, (column, row)) in names.into_iter().zip(places) {
            let key = gtk::Button::with_label(name);
            key.set_focus_on_click(false);
            key.connect_clicked({
                let pad = Rc::downgrade(self);
                move |_| {
                    if let Some(pad) = pad.upgrade() {
                        pad.press(name);
                    }
                }
            });
            keys.attach(&key, column, row, 1, 1);
        }
        all.add(&keys);
        let close = gtk::Button::with_label(if self.is_german() { "Abbrechen" } else { "Cancel" });
        close.connect_clicked({
            let window = self.window.clone();
            move |_| window.close()
        });
        all.add(&close);
        self.window.add(&all);
    }

    fn is_german(&self) -> bool {
        self.shell.preferences.language().starts_with("de")
    }

    fn say(&self, words: Words) {
        self.said.set_text(words.of(self.is_german()));
        self.dots.set_text(&"●".repeat(self.digits.borrow().len()));
    }

    fn press_key(self: &Rc<Self>, key: Key) {
        match key {
            constants::Return | constants::KP_Enter => self.press("OK"),
            constants::BackSpace => self.press("⌫"),
            constants::Escape => self.window.close(),
            other => {
                let digit = other.to_unicode().filter(char::is_ascii_digit);
                if let Some(digit) = digit {
                    self.press(digit.encode_utf8(&mut [0; 4]));
                }
            }
        }
    }

    fn press(self: &Rc<Self>, name: &str) {
        if let Some(terminal) = &self.shell.kiosk {
            terminal.touch();
        }
        match name {
            "OK" => return self.check(),
            "⌫" => drop(self.digits.borrow_mut().pop()),
            digit if self.digits.borrow().len() < LONGEST => {
                self.digits.borrow_mut().push_str(digit);
            }
            _ => {}
        }
        self.say(Words::Enter);
    }

    fn is_locked(&self) -> bool {
        let terminal = self.shell.kiosk.as_ref();
        terminal
            .is_none_or(|terminal| lock(&terminal.attempts).locked_for(Instant::now()).is_some())
    }

    /// Tells by the hash, which takes a moment, on another thread.
    fn check(self: &Rc<Self>) {
        let Some(terminal) = &self.shell.kiosk else { return };
        let digits = self.digits.take();
        if self.is_locked() {
            return self.say(Words::Locked);
        }
        // Before it is looked at, so that nobody tries two at once.
        lock(&terminal.attempts).failed(Instant::now());
        let (app, shell) = (self.app.clone(), Arc::clone(&self.shell));
        tauri::async_runtime::spawn_blocking(move || {
            if is_pin(&shell, &digits) {
                tracing::info!("the PIN was entered, and the app ends");
                if let Some(terminal) = &shell.kiosk {
                    lock(&terminal.attempts).passed();
                }
                app.exit(0);
            } else {
                tracing::warn!("a wrong PIN was entered");
                let told = app.run_on_main_thread(|| {
                    OPEN.with_borrow(|pad| {
                        if let Some(pad) = pad {
                            pad.say(if pad.is_locked() { Words::Locked } else { Words::Wrong });
                        }
                    });
                });
                if let Err(error) = told {
                    tracing::warn!(error = in_full(&error), "nobody is told");
                }
            }
        });
    }
}

/// Whether this is the PIN; where its hash cannot be read, nothing is.
fn is_pin(shell: &Shell, digits: &str) -> bool {
    let Some(pin) = shell.kiosk.as_ref().and_then(|terminal| terminal.rules.pin.as_ref()) else {
        return false;
    };
    match pin {
        Pin::Hash(hash) => hash.is_of(digits),
        Pin::File(file) => {
            let text = fs::read_to_string(file).map_err(|error| in_full(&error));
            match text.and_then(|text| PinHash::parse(&text)) {
                Ok(hash) => hash.is_of(digits),
                Err(error) => {
                    tracing::error!(error, file = %file.display(), "the PIN cannot be read");
                    false
                }
            }
        }
    }
}
