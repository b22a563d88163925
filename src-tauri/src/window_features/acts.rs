//! What a key, an entry of the menu or a page does with the window.

use std::sync::Arc;

use holdfast_engine::in_full;
use serde::Deserialize;
use tauri::{State, WebviewWindow, command};

use crate::origin;
use crate::shell::Shell;

/// One of those things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WindowAct {
    ZoomIn,
    ZoomOut,
    ZoomReset,
    Print,
    FullScreen,
    /// To the start page.
    Home,
    Close,
}

/// Does something with the window that the page is in.
///
/// # Errors
///
/// If the window is to have none of this, or the system does not do it.
#[command]
pub(crate) async fn act_on_window(
    window: WebviewWindow,
    shell: State<'_, Arc<Shell>>,
    act: WindowAct,
) -> Result<(), String> {
    if !shell.features.are_given() {
        return Err("this window has no such thing".to_owned());
    }
    self::act(&window, &shell, act).map_err(|error| in_full(&error))
}

/// The same for a window that has it.
///
/// # Errors
///
/// If the system does not do it.
pub(crate) fn act(window: &WebviewWindow, shell: &Shell, act: WindowAct) -> tauri::Result<()> {
    let zoom = &shell.features.zoom;
    match act {
        WindowAct::ZoomIn => zoom.step(window, &shell.preferences, 1),
        WindowAct::ZoomOut => zoom.step(window, &shell.preferences, -1),
        WindowAct::ZoomReset => zoom.reset(window, &shell.preferences),
        WindowAct::Print => window.print(),
        WindowAct::FullScreen => window.set_fullscreen(!window.is_fullscreen()?),
        WindowAct::Home => window.navigate(origin::at(&shell.edge.own, &shell.engine.site().start)),
        WindowAct::Close => window.close(),
    }
}
