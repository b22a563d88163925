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

use crate::platform::instance::Starts;
use crate::platform::{self, proof};
use crate::protocol::{POPUPS, WINDOW};
use crate::shell::Shell;
use crate::site_window::{self, Appearance};
use crate::tray::Presence;
use crate::{commands, deep_link, library, notifications};

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

    /// Whether the person can see one.
    pub(crate) fn are_any(&self) -> bool {
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
        if matches!(event, WindowEvent::Destroyed) && label == WINDOW {
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
    #[cfg(mobile)]
    match event {
        WindowEvent::Suspended => suspended(shell),
        WindowEvent::Resumed => resumed(shell),
        _ => {}
    }
    if let WindowEvent::Destroyed = event {
        tracing::debug!(label, "a window is gone");
        shell.windows.gone(label);
        commands::closed(shell, label);
        if label == WINDOW {
            library::close(app);
            #[cfg(not(phone))]
            crate::popups::close_all(app);
            proof::end(app);
        }
        // The site's window may be hidden, and would keep the app for nobody.
        let is_further = label == library::WINDOW || label.starts_with(POPUPS);
        if is_further && !shell.windows.are_any() && !goes_on(shell) {
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
        Some(window) => platform::bring_forward(&window)?,
        None => site_window::open(app, shell, None, Appearance::Shown)?,
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
            platform::bring_forward(&window)?;
        }
        None => site_window::open(app, shell, Some(path), Appearance::Shown)?,
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
    let site = shell.engine.site();
    // What other apps share has the address that the site has for them.
    let shared = || if cfg!(phone) { deep_link::shared(site, link) } else { None };
    let path = deep_link::path(site, link).or_else(shared);
    if path.is_none() {
        tracing::warn!(link, "a link that does not lead to the site is not followed");
    }
    path
}

/// Answers those who start the app again, for as long as it runs: with the window, and the page
/// that they wanted. Who starts it at login once more wants neither.
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

/// The person looks at another app. From now on the system may stop this one at any moment,
/// or end it without a word; what was submitted is kept by then.
#[cfg(phone)]
pub(crate) fn suspended(shell: &Shell) {
    tracing::debug!("the app is suspended");
    shell.windows.gone(WINDOW);
}

/// The person is back. A phone has done nothing in between, so that is when all is caught up on.
#[cfg(phone)]
pub(crate) fn resumed(shell: &Arc<Shell>) {
    tracing::debug!("the app is resumed");
    shell.windows.shown(shell, WINDOW);
    let shell = Arc::clone(shell);
    tauri::async_runtime::spawn(async move { shell.engine.resumed().await });
}

/// Follows what the system says of the app as a whole.
pub(crate) fn follow_system(app: &AppHandle, shell: &Arc<Shell>, event: &RunEvent) {
    // Each system has words that others do not know.
    match event {
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
        Some(window) => platform::show(&window, Appearance::Minimised),
        None => site_window::open(app, shell, None, Appearance::Minimised),
    };
    match shown {
        Ok(()) => shell.windows.shown(shell, WINDOW),
        Err(error) => tracing::warn!(error = in_full(&error), "the window does not come back"),
    }
}
