//! The tray of Windows, and the menu bar of macOS.

use holdfast_engine::in_full;
use tauri::menu::{Menu, MenuBuilder, MenuItemBuilder};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager, Wry};
use tokio::sync::watch;

use super::words::Said;
use super::{Entry, Presence, choose};
use crate::shell::Shell;

/// What each entry is called between the menu and this.
const ENTRIES: [(Entry, &str); 5] = [
    (Entry::Open, "open"),
    (Entry::Library, "library"),
    (Entry::Waiting, "waiting"),
    (Entry::Sync, "sync"),
    (Entry::Quit, "quit"),
];

/// The app's place in the tray.
pub(super) struct Icon {
    icon: TrayIcon,
}

impl Icon {
    /// Shows it; `None` if the system does not.
    pub(super) fn begin(
        app: &AppHandle,
        said: Said,
        presence: watch::Sender<Presence>,
    ) -> Option<Self> {
        match build(app, &said) {
            Ok(icon) => {
                presence.send_replace(Presence::There);
                Some(Self { icon })
            }
            Err(error) => {
                tracing::warn!(error = in_full(&error), "there is no tray");
                presence.send_replace(Presence::Gone);
                None
            }
        }
    }

    /// Says this from now on.
    pub(super) fn say(&self, said: Said) {
        let icon = self.icon.clone();
        // The system is told on the thread that paints, which may be waiting for this one.
        tauri::async_runtime::spawn(async move {
            let menu = menu(icon.app_handle(), &said);
            let told = menu.and_then(|menu| icon.set_menu(Some(menu)));
            if let Err(error) = told.and_then(|()| icon.set_tooltip(Some(tooltip(&said)))) {
                tracing::warn!(error = in_full(&error), "the tray says what it said before");
            }
        });
    }
}

fn build(app: &AppHandle, said: &Said) -> tauri::Result<TrayIcon> {
    let mut builder = TrayIconBuilder::new()
        .menu(&menu(app, said)?)
        .tooltip(tooltip(said))
        // A click opens the window on Windows, and the menu on macOS, as people know it there.
        .show_menu_on_left_click(cfg!(target_os = "macos"))
        .on_menu_event(|app, event| {
            let chosen = ENTRIES.iter().find(|(_, name)| event.id() == name);
            if let Some((entry, _)) = chosen {
                choose_later(app, *entry);
            }
        })
        .on_tray_icon_event(|icon, event| {
            if let TrayIconEvent::Click { button, button_state, .. } = event
                && (button, button_state) == (MouseButton::Left, MouseButtonState::Up)
                && cfg!(windows)
            {
                choose_later(icon.app_handle(), Entry::Open);
            }
        });
    if let Some(icon) = app.default_window_icon() {
        builder = builder.icon(icon.clone());
    }
    builder.build(app)
}

/// Opens a window outside of the event that asks for it: Windows could not answer.
fn choose_later(app: &AppHandle, entry: Entry) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        if let Some(shell) = app.try_state::<std::sync::Arc<Shell>>() {
            choose(&app, &shell, entry);
        }
    });
}

fn menu(app: &AppHandle, said: &Said) -> tauri::Result<Menu<Wry>> {
    let mut builder = MenuBuilder::new(app);
    for (index, entries) in said.groups.iter().enumerate() {
        if index > 0 {
            builder = builder.separator();
        }
        for (entry, label) in entries {
            let name = ENTRIES.iter().find(|(known, _)| known == entry).map(|(_, name)| *name);
            // An ampersand marks an access key; two are one.
            let label = label.replace('&', "&&");
            let item = MenuItemBuilder::with_id(name.unwrap_or_default(), label).build(app)?;
            builder = builder.item(&item);
        }
    }
    builder.build()
}

fn tooltip(said: &Said) -> String {
    match &said.state {
        Some(state) => format!("{}: {state}", said.name),
        None => said.name.clone(),
    }
}
