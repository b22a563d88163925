//! The app as a public terminal: the site fills the screen, and nobody finds what the one
//! before left.
//!
//! ```text
//! somebody touches it ─▶ their session ── idle ─▶ counted down ─▶ ended ─▶ the start page
//! the page's process  ── ends, hangs, grows ─▶ the same page again; again and again ─▶ quiet
//! five taps in the corner ─▶ the number pad ── the PIN ─▶ the app ends
//! ```
//!
//! Behind the window of the site lies one without any page (`backdrop`), and over its webview the
//! same words until the page is painted (`cover`), so that the screen shows something also while
//! there is no page. Input is seen as the system has it (`native`), before
//! any page does, so that a page which hangs holds nobody in. That is why terminals run on Linux
//! only.

mod attempts;
#[cfg(target_os = "linux")]
mod backdrop;
#[cfg(target_os = "linux")]
mod cover;
mod gesture;
mod idle;
#[cfg(target_os = "linux")]
mod native;
#[cfg(target_os = "linux")]
mod pad;
#[cfg(target_os = "linux")]
mod processes;
mod pulse;
mod renewal;
mod schedule;
mod session;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use holdfast_engine::{Kiosk, Site};
use tauri::{AppHandle, WebviewWindow};
use tokio::sync::Notify;
use url::Url;

use crate::command_line::Arguments;
use crate::shell::Shell;
use attempts::Attempts;
use gesture::Taps;
use idle::{Idle, Stage};

/// What a terminal goes by.
pub(crate) struct Terminal {
    pub(crate) rules: Kiosk,
    idle: Mutex<Idle>,
    /// Somebody touched something where that makes a difference.
    touched: Notify,
    /// Whether it does.
    awaits_touch: AtomicBool,
    taps: Mutex<Taps>,
    attempts: Mutex<Attempts>,
    /// Since when the page asks the person something, and answers nobody else.
    asks_since: Mutex<Option<Instant>>,
    /// A session is being ended: the window goes, and comes again.
    is_ending: AtomicBool,
    /// The window is gone.
    gone: Notify,
}

/// Whether there are terminals on this system.
pub(crate) const IS_POSSIBLE: bool = cfg!(target_os = "linux");

/// The site as this app shows it: it is a terminal only where that is asked for.
pub(crate) fn applied(mut site: Site, arguments: &Arguments) -> Site {
    let rules = site.kiosk.take().unwrap_or_default();
    site.kiosk = arguments.kiosk.then_some(rules);
    site
}

impl Terminal {
    pub(crate) fn of(rules: Kiosk) -> Self {
        Self {
            idle: Mutex::new(Idle::of(rules.idle)),
            touched: Notify::new(),
            awaits_touch: AtomicBool::new(true),
            taps: Mutex::default(),
            attempts: Mutex::default(),
            asks_since: Mutex::default(),
            is_ending: AtomicBool::new(false),
            gone: Notify::new(),
            rules,
        }
    }

    /// Whether the window may show a page of the site.
    pub(crate) fn allows(&self, page: &Url) -> bool {
        self.rules.allows(page.path())
    }

    /// Somebody touches something. What ends ends all the same.
    fn touch(&self) {
        if self.is_ending() {
            return;
        }
        lock(&self.idle).touch(Instant::now());
        if self.awaits_touch.swap(false, Ordering::AcqRel) {
            self.touched.notify_one();
        }
    }

    /// Whether anybody uses it.
    pub(crate) fn is_used(&self) -> bool {
        self.stage().0 != Stage::Nobody
    }

    fn stage(&self) -> (Stage, Duration) {
        lock(&self.idle).stage(Instant::now())
    }

    pub(crate) fn is_ending(&self) -> bool {
        self.is_ending.load(Ordering::Acquire)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Begins what goes on beside the window, before there is one: with nobody's session.
pub(crate) fn begin(app: &AppHandle, shell: &Arc<Shell>) {
    #[cfg(target_os = "linux")]
    backdrop::begin(shell);
    session::begin_afresh(shell);
    tauri::async_runtime::spawn(session::run(app.clone(), Arc::clone(shell)));
    tauri::async_runtime::spawn(pulse::run(app.clone(), Arc::clone(shell)));
    tauri::async_runtime::spawn(renewal::run(app.clone(), Arc::clone(shell)));
}

/// Has a window of the site behave as a terminal's.
pub(crate) fn attach(window: &WebviewWindow, shell: &Arc<Shell>) {
    #[cfg(target_os = "linux")]
    native::attach(window, shell);
    #[cfg(not(target_os = "linux"))]
    let _ = (window, shell);
}

/// The window of a terminal is gone: it comes again.
pub(crate) fn window_is_gone(terminal: &Terminal) {
    terminal.gone.notify_one();
}
