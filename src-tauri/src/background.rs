//! The app without a window, and back.
//!
//! ```text
//! the window is closed ── a tray, and the person wants it ──▶ hidden: engine, stream, outbox go on
//!       └── else ──▶ the app ends                                │
//!                       a window again ◀── tray, second start, notification
//! ```
//!
//! A window that is closed into the tray is hidden, not thrown away: it comes back as it was
//! left, with what was entered. Meanwhile its page is told that it is hidden, and nobody keeps
//! an eye on the connection.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use holdfast_engine::{Watch, in_full};
use tauri::{AppHandle, Manager, RunEvent, Window, WindowEvent};
use tokio::time;

#[cfg(desktop)]
use crate::instance::Starts;
use crate::protocol::WINDOW;
use crate::shell::{Appearance, Shell};
use crate::tray::Presence;
use crate::{deep_link, library, notifications, shell};

/// How long a tray may be away, or take to come at login, before the app is brought back to
/// where it can be found.
const WITHOUT_A_TRAY: Duration = Duration::from_secs(20);

/// The windows that the person can see.
#[derive(Default)]
pub(crate) struct Windows {
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    labels: BTreeSet<String>,
    /// Kept while there are any.
    watch: Option<Watch>,
}

impl Windows {
    /// Notes that a window can be seen.
    pub(crate) fn shown(&self, shell: &Shell, label: &str) {
        let mut seen = self.lock();
        seen.labels.insert(label.to_owned());
        seen.watch.get_or_insert_with(|| shell.engine.watch());
    }

    fn gone(&self, label: &str) {
        let mut seen = self.lock();
        seen.labels.remove(label);
        if seen.labels.is_empty() {
            seen.watch = None;
        }
    }

    fn are_any(&self) -> bool {
        !self.lock().labels.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Begins without a window: what waits is told elsewhere.
pub(crate) fn begin_hidden(app: AppHandle, shell: Arc<Shell>) {
    tracing::debug!("the app begins in the tray");
    shell.notifications.begin_hidden();
    tauri::async_runtime::spawn(async move {
        if let Err(error) = notifications::read_and_tell(&app, &shell).await {
            tracing::warn!(error, "what waits cannot be read");
        }
    });
}

/// Whether the app goes on without a window.
pub(crate) fn goes_on(shell: &Shell) -> bool {
    shell.preferences.keeps_running() && shell.tray.is_there()
}

/// What becomes of the app when something happens to a window.
pub(crate) fn notice(window: &Window, shell: &Arc<Shell>, event: &WindowEvent) {
    let (app, label) = (window.app_handle(), window.label());
    if let Some(terminal) = &shell.kiosk {
        if let WindowEvent::CloseRequested { api, .. } = event {
            api.prevent_close();
        }
        if let WindowEvent::Destroyed = event
            && label == WINDOW
        {
            shell.windows.gone(label);
            crate::kiosk::window_is_gone(terminal);
        }
        return;
    }
    if let WindowEvent::CloseRequested { api, .. } = event
        && label == WINDOW
        && goes_on(shell)
    {
        api.prevent_close();
        if let Err(error) = window.hide() {
            tracing::warn!(error = in_full(&error), "the window cannot be hidden");
        }
        tracing::debug!("the window is closed, and the app goes on in the tray");
        shell.windows.gone(label);
    }
    if let WindowEvent::Destroyed = event {
        shell.windows.gone(label);
        if label == WINDOW {
            library::close(app);
            #[cfg(desktop)]
            crate::proof::end(app);
        }
        // The site's window may be hidden, and would keep the app for nobody.
        if label == library::WINDOW && !shell.windows.are_any() && !goes_on(shell) {
            app.exit(0);
        }
    }
}

/// Shows the site's window as it was left.
///
/// # Errors
///
/// If the system opens no window.
pub(crate) fn show(app: &AppHandle, shell: &Arc<Shell>) -> tauri::Result<()> {
    match app.get_webview_window(WINDOW) {
        Some(window) => library::bring_forward(&window)?,
        None => shell::open_window(app, shell, None, Appearance::Shown)?,
    }
    shell.windows.shown(shell, WINDOW);
    Ok(())
}

/// Shows a page of the site in its window: path and query.
///
/// # Errors
///
/// If the system opens no window.
pub(crate) fn show_page(app: &AppHandle, shell: &Arc<Shell>, path: &str) -> tauri::Result<()> {
    match app.get_webview_window(WINDOW) {
        Some(window) => {
            window.navigate(crate::origin::at(&shell.edge.own, path))?;
            library::bring_forward(&window)?;
        }
        None => shell::open_window(app, shell, Some(path), Appearance::Shown)?,
    }
    shell.windows.shown(shell, WINDOW);
    Ok(())
}

/// Shows the page that a link of the system leads to; one that leads elsewhere changes nothing
/// but that the window is there.
pub(crate) fn follow(app: &AppHandle, shell: &Arc<Shell>, link: Option<&str>) {
    let shown = match path_of(shell, link) {
        Some(path) => show_page(app, shell, &path),
        None => show(app, shell),
    };
    if let Err(error) = shown {
        tracing::warn!(error = in_full(&error), "the window cannot be shown");
    }
}

/// The page that a link leads to, if there is one and it does.
pub(crate) fn path_of(shell: &Shell, link: Option<&str>) -> Option<String> {
    let link = link?;
    let path = deep_link::path(shell.engine.site(), link);
    if path.is_none() {
        tracing::warn!(link, "a link that does not lead to the site is not followed");
    }
    path
}

/// Answers those who start the app again, for as long as it runs: with the window, and the page
/// that they wanted. Who starts it at login once more wants neither.
#[cfg(desktop)]
pub(crate) fn answer(app: AppHandle, shell: Arc<Shell>, mut starts: Starts) {
    tauri::async_runtime::spawn(async move {
        while let Some(arguments) = starts.recv().await {
            tracing::debug!(?arguments, "the app is started again");
            if arguments.link.is_some() || !arguments.hidden {
                follow(&app, &shell, arguments.link.as_deref());
            }
        }
    });
}

/// Follows what the system says of the app as a whole.
pub(crate) fn follow_system(app: &AppHandle, shell: &Arc<Shell>, event: &RunEvent) {
    // Each system has words that others do not know.
    match event {
        // Again there after it was behind others. A phone does nothing in between, so that is
        // when all is caught up on.
        RunEvent::Resumed => {
            let shell = Arc::clone(shell);
            tauri::async_runtime::spawn(async move { shell.engine.resumed().await });
        }
        // The last window is gone, and the app is still in the tray, or gets another one.
        RunEvent::ExitRequested { code: None, api, .. }
            if goes_on(shell) || shell.kiosk.is_some() =>
        {
            api.prevent_exit();
        }
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { has_visible_windows: false, .. } => follow(app, shell, None),
        #[cfg(any(target_os = "macos", mobile))]
        RunEvent::Opened { urls } => {
            urls.iter().for_each(|link| follow(app, shell, Some(link.as_str())));
        }
        _ => {
            let _ = app;
        }
    }
}

/// Sees to it that the app can be found: without a window and without a tray it could not.
pub(crate) fn stay_within_reach(app: AppHandle, shell: Arc<Shell>) {
    tauri::async_runtime::spawn(async move {
        let mut presence = shell.tray.presence();
        let is_there = |presence: &Presence| *presence == Presence::There;
        while presence.wait_for(|presence| !is_there(presence)).await.is_ok() {
            let back = time::timeout(WITHOUT_A_TRAY, presence.wait_for(is_there)).await.is_ok();
            if !back && !shell.windows.are_any() {
                tracing::debug!("nobody shows a tray, so there is a window");
                come_back(&app, &shell);
            }
            if presence.wait_for(is_there).await.is_err() {
                return;
            }
        }
    });
}

/// Brings the window back without getting into the person's way.
fn come_back(app: &AppHandle, shell: &Arc<Shell>) {
    let shown = match app.get_webview_window(WINDOW) {
        #[cfg(desktop)]
        Some(window) => window.minimize().and_then(|()| window.show()),
        #[cfg(mobile)]
        Some(window) => window.show(),
        None => shell::open_window(app, shell, None, Appearance::Minimised),
    };
    match shown {
        Ok(()) => shell.windows.shown(shell, WINDOW),
        Err(error) => tracing::warn!(error = in_full(&error), "the window does not come back"),
    }
}
