//! The app in the system's tray: where it is found while it has no window.
//!
//! On Linux it speaks the protocol of trays itself, over the session bus, so that no library
//! has to be there and it is known whether anybody shows it. Windows and macOS always do.
//! Phones have none.

#[cfg(all(not(phone), unix, not(target_os = "macos")))]
mod freedesktop;
#[cfg(all(not(phone), not(all(unix, not(target_os = "macos")))))]
mod system;
mod words;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use holdfast_engine::Waiting;
use tauri::AppHandle;
use tokio::sync::watch;

use crate::outbox::{self, Counted};
use crate::shell::Shell;
#[cfg(not(phone))]
use crate::{background, library};
use words::Said;

#[cfg(all(not(phone), unix, not(target_os = "macos")))]
use freedesktop::Icon;
#[cfg(all(not(phone), not(all(unix, not(target_os = "macos")))))]
use system::Icon;

/// What the person can choose there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// The site, as it was left.
    Open,
    Library,
    /// What waits to be sent, which the Library shows.
    Waiting,
    /// What is to be kept fresh, now.
    Sync,
    Quit,
}

/// Whether there is a tray that shows the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Presence {
    /// Nobody has answered yet.
    #[default]
    Unknown,
    There,
    Gone,
}

/// The app in the tray, and what it says there.
#[derive(Default)]
pub(crate) struct Tray {
    presence: watch::Sender<Presence>,
    shown: Mutex<Shown>,
}

#[derive(Default)]
struct Shown {
    waiting: Option<Counted>,
    said: Option<Said>,
    icon: Option<Icon>,
}

impl Tray {
    /// Whether there is one, now and as it changes.
    pub(crate) fn presence(&self) -> watch::Receiver<Presence> {
        self.presence.subscribe()
    }

    /// Whether a window that is closed can be opened again there.
    pub(crate) fn is_there(&self) -> bool {
        *self.presence.borrow() == Presence::There
    }

    /// Says how much waits of who is signed in.
    pub(crate) fn tell(&self, shell: &Shell, waiting: &[Waiting]) {
        let own = waiting.iter().filter(|one| one.is_of_visitor && one.state.is_waiting());
        self.lock().waiting = outbox::counted(own);
        self.refresh(shell);
    }

    /// Says the same in the language that the person has chosen now.
    pub(crate) fn refresh(&self, shell: &Shell) {
        let mut shown = self.lock();
        let said = said(shell, shown.waiting.as_ref());
        // A tray that is told the same again draws it again.
        if shown.said.as_ref() == Some(&said) {
            return;
        }
        if let Some(icon) = &shown.icon {
            icon.say(said.clone());
            shown.said = Some(said);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn said(shell: &Shell, waiting: Option<&Counted>) -> Said {
    Said::of(&shell.engine.site().name, &shell.preferences.language(), waiting)
}

/// Shows the app in the tray, now or as soon as there is one.
#[cfg(not(phone))]
pub(crate) fn begin(app: &AppHandle, shell: &Arc<Shell>) {
    let said = said(shell, None);
    let icon = Icon::begin(app, said.clone(), shell.tray.presence.clone());
    let mut shown = shell.tray.lock();
    (shown.icon, shown.said) = (icon, Some(said));
}

/// A phone shows no app there.
#[cfg(phone)]
pub(crate) fn begin(_app: &AppHandle, shell: &Arc<Shell>) {
    shell.tray.presence.send_replace(Presence::Gone);
}

/// What an app without a tray has instead of a place in it.
#[cfg(phone)]
struct Icon;

#[cfg(phone)]
impl Icon {
    #[expect(clippy::unused_self, reason = "there is none")]
    fn say(&self, _said: Said) {}
}

/// Does what the person has chosen.
#[cfg(not(phone))]
fn choose(app: &AppHandle, shell: &Arc<Shell>, entry: Entry) {
    tracing::debug!(?entry, "chosen in the tray");
    let done = match entry {
        Entry::Open => background::show(app, shell),
        Entry::Library => library::open(app, shell),
        Entry::Waiting => library::open_at(app, shell, library::Place::Waiting),
        Entry::Sync => {
            shell.engine.sync_now();
            Ok(())
        }
        Entry::Quit => {
            app.exit(0);
            Ok(())
        }
    };
    if let Err(error) = done {
        tracing::warn!(error = holdfast_engine::in_full(&error), "the tray leads nowhere");
    }
}
