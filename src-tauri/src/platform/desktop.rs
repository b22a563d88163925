//! A desktop: windows, a menu, proofs that nobody sees, and one app for each data directory.

use std::sync::Arc;

use tauri::ipc::Invoke;
use tauri::{AppHandle, Builder, Manager, Runtime, WebviewWindow, WebviewWindowBuilder, Wry};
use url::Url;

use super::{Asked, Shown};
use crate::shell::Shell;
use crate::site_window::Appearance;
use crate::{popups, window_features};

pub(crate) use crate::{instance, menu, proof};

/// Nothing has to be known before the app is built.
pub(crate) fn prepare(builder: Builder<Wry>) -> Builder<Wry> {
    builder
}

/// Each window has a capability of its own, which says all.
pub(crate) fn guarded<C>(commands: C) -> C
where
    C: Fn(Invoke<Wry>) -> bool + Send + Sync + 'static,
{
    commands
}

/// Nothing has to be there before the site is opened.
///
/// # Errors
///
/// None.
pub(crate) fn begin(_app: &AppHandle) -> tauri::Result<()> {
    Ok(())
}

/// How the site's window is made.
pub(crate) fn dress<'a>(
    window: WebviewWindowBuilder<'a, Wry, AppHandle>,
    app: &AppHandle,
    shell: &Shell,
    appearance: Appearance,
) -> WebviewWindowBuilder<'a, Wry, AppHandle> {
    window_features::prepare(window, app, shell).visible(appearance == Appearance::Shown)
}

/// What the site's window gets once it is there.
pub(crate) fn attach(window: &WebviewWindow, shell: &Arc<Shell>) {
    window_features::attach(window, shell);
    popups::attach(window, shell);
}

/// Shows a window that is there.
///
/// # Errors
///
/// If the system does not.
pub(crate) fn show<R: Runtime>(
    window: &WebviewWindow<R>,
    appearance: Appearance,
) -> tauri::Result<()> {
    if appearance == Appearance::Minimised {
        window.minimize()?;
    }
    menu::show(window)
}

/// Shows a window to a person who has lost sight of it.
///
/// # Errors
///
/// If the system does not.
pub(crate) fn bring_forward<R: Runtime>(window: &WebviewWindow<R>) -> tauri::Result<()> {
    window.unminimize()?;
    menu::show(window)?;
    window.set_focus()
}

/// Whether the person looks at a window of the app.
pub(crate) fn is_looked_at(app: &AppHandle, _shell: &Shell) -> bool {
    // A window that is gone needs no word beside it.
    app.webview_windows().values().any(|window| window.is_focused().unwrap_or(true))
}

/// The Library has a window of its own.
pub(crate) const fn is_own_page(_url: &Url) -> bool {
    false
}

/// The site's window has only the site's pages.
pub(crate) const fn arrives<R: Runtime>(_window: &WebviewWindow<R>, _url: &Url) {}

/// The window may be at the Library no more.
pub(crate) const fn shows(_shell: &Shell, _shown: Shown) {}

/// What runs in the site's pages.
pub(crate) const fn for_the_site(script: String) -> String {
    script
}

/// Answers a request as it came: the webview waits for as long as it takes.
pub(crate) async fn answered<A, F>(shell: Arc<Shell>, request: Asked, answer: A) -> F::Output
where
    A: FnOnce(Arc<Shell>, Asked) -> F,
    F: Future,
{
    answer(shell, request).await
}
