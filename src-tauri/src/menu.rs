//! The app's menu.
//!
//! macOS has one at the top of the screen, with what people expect there. On Linux it is hidden
//! until F10 is pressed, as browsers have it: a bar would always take room from the site, for
//! what has a key and a place in the page or the tray. On Windows, where no bar can be called
//! forth, the tray's menu is the app's.
//!
//! A key is acted on once: while the bar is hidden GTK leaves its keys to the page
//! (`ui/src/keys.ts`), and while it is there the page does not hear of them. On macOS the page
//! comes first, and the menu only gets what the page leaves.

use tauri::{AppHandle, Runtime, WebviewWindow};

use crate::shell::Shell;

#[cfg(any(target_os = "linux", target_os = "macos"))]
pub(crate) use bar::{attach, begin, listen, refresh};

/// Shows a window. With it, GTK shows all that is in it, and so the bar as well.
///
/// # Errors
///
/// If the system does not show it.
pub(crate) fn show<R: Runtime>(window: &WebviewWindow<R>) -> tauri::Result<()> {
    window.show()?;
    if cfg!(target_os = "linux") { window.hide_menu() } else { Ok(()) }
}

/// What a window does on a system where the bar is not the app's.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub(crate) fn attach(_window: &WebviewWindow, _shell: &Shell) {}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub(crate) fn listen<R: Runtime>(_window: &WebviewWindow<R>) {}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub(crate) fn begin(_app: &AppHandle, _shell: &Shell) {}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub(crate) fn refresh(_app: &AppHandle, _shell: &Shell) {}

#[cfg(any(target_os = "linux", target_os = "macos"))]
mod bar {
    use std::sync::Arc;

    use holdfast_engine::in_full;
    use tauri::menu::{Menu, MenuItemBuilder, Submenu, SubmenuBuilder};
    use tauri::{Manager, Runtime, Wry};

    use super::{AppHandle, Shell, WebviewWindow};
    use crate::language::Sentence;
    use crate::{library, protocol};

    const SAVE: &str = "app-save";
    const LIBRARY: &str = "app-library";
    const CLOSE: &str = "app-close";
    const QUIT: &str = "app-quit";

    /// What the page itself does for Ctrl+S; a page that may not be saved says so.
    const SAVE_PAGE: &str = "globalThis.holdfast?.save?.()?.catch?.(() => {})";

    /// Acts on what is chosen, and gives macOS its menu.
    pub(crate) fn begin(app: &AppHandle, shell: &Shell) {
        app.on_menu_event(|app, event| choose(app, event.id().as_ref()));
        if cfg!(target_os = "macos") {
            refresh(app, shell);
        }
    }

    /// Says the same in the language that the person has chosen now.
    pub(crate) fn refresh(app: &AppHandle, shell: &Shell) {
        if cfg!(target_os = "macos") {
            let set = menu(app, shell).and_then(|menu| app.set_menu(menu));
            if let Err(error) = set {
                tracing::warn!(error = in_full(&error), "the menu says what it said before");
            }
        } else if let Some(window) = app.get_webview_window(protocol::WINDOW) {
            put(&window, shell);
        }
    }

    /// Gives a window of the site its menu.
    pub(crate) fn attach(window: &WebviewWindow, shell: &Shell) {
        if cfg!(target_os = "linux") {
            put(window, shell);
        }
        listen(window);
    }

    /// Has a window act on the app's keys that no page knows.
    pub(crate) fn listen<R: Runtime>(window: &WebviewWindow<R>) {
        #[cfg(target_os = "linux")]
        keys::follow(window);
        // macOS has them in the menu of the app.
        #[cfg(target_os = "macos")]
        let _ = window;
    }

    fn put(window: &WebviewWindow, shell: &Shell) {
        let menu = menu(window.app_handle(), shell);
        let put = menu.and_then(|menu| window.set_menu(menu)).and_then(|_| window.hide_menu());
        if let Err(error) = put {
            tracing::warn!(error = in_full(&error), "the window has no menu");
        }
    }

    fn choose(app: &AppHandle, entry: &str) {
        let Some(shell) = app.try_state::<Arc<Shell>>() else { return };
        let window = app.get_webview_window(protocol::WINDOW);
        let done = match (entry, window) {
            (SAVE, Some(window)) => window.eval(SAVE_PAGE),
            (CLOSE, Some(window)) => window.close(),
            (LIBRARY, _) => library::open(app, &shell),
            (QUIT, _) => {
                app.exit(0);
                Ok(())
            }
            // The tray's are chosen there.
            (_, _) => return,
        };
        if let Err(error) = done {
            tracing::warn!(error = in_full(&error), entry, "the menu leads nowhere");
        }
        #[cfg(target_os = "linux")]
        keys::leave(app);
    }

    fn menu(app: &AppHandle, shell: &Shell) -> tauri::Result<Menu<Wry>> {
        let tag = shell.preferences.language();
        let file = file(app, &tag)?;
        if cfg!(target_os = "macos") {
            // The rest is what every app has there: itself, Edit, View, Window, Help.
            let menu = Menu::default(app)?;
            // The app's own comes first, then the one with what is done with a page.
            let other = menu.items()?.into_iter().nth(1);
            if let Some(tauri::menu::MenuItemKind::Submenu(other)) = other {
                menu.remove(&other)?;
            }
            menu.insert(&file, 1)?;
            return Ok(menu);
        }
        Menu::with_items(app, &[&file])
    }

    fn file(app: &AppHandle, tag: &str) -> tauri::Result<Submenu<Wry>> {
        let item = |id: &str, sentence: Sentence, key: &str| {
            MenuItemBuilder::with_id(id, sentence.in_language(tag)).accelerator(key).build(app)
        };
        let file = SubmenuBuilder::new(app, FILE.in_language(tag))
            .item(&item(SAVE, SAVE_WORDS, "CmdOrCtrl+S")?)
            .item(&item(LIBRARY, LIBRARY_WORDS, "CmdOrCtrl+L")?)
            .separator()
            .item(&item(CLOSE, CLOSE_WORDS, "CmdOrCtrl+W")?);
        // macOS has that in the app's own menu.
        if cfg!(target_os = "macos") {
            return file.build();
        }
        file.item(&item(QUIT, QUIT_WORDS, "CmdOrCtrl+Q")?).build()
    }

    const FILE: Sentence = Sentence { en: "File", de: "Datei" };
    const SAVE_WORDS: Sentence = Sentence { en: "Save for offline", de: "Offline speichern" };
    const LIBRARY_WORDS: Sentence = Sentence { en: "Library", de: "Bibliothek" };
    const CLOSE_WORDS: Sentence = Sentence { en: "Close window", de: "Fenster schließen" };
    const QUIT_WORDS: Sentence = Sentence { en: "Quit", de: "Beenden" };

    /// The keys that call the bar forth, and that end the app without it.
    #[cfg(target_os = "linux")]
    mod keys {
        use gtk::gdk::{EventKey, ModifierType, keys::constants};
        use gtk::glib::Propagation;
        use gtk::prelude::WidgetExt;
        use holdfast_engine::in_full;
        use tauri::{AppHandle, Manager, Runtime, WebviewWindow};

        use crate::protocol;

        /// Listens before the page does.
        pub(super) fn follow<R: Runtime>(window: &WebviewWindow<R>) {
            let followed = window.clone();
            // What is GTK's lives on its thread.
            let asked = window.run_on_main_thread(move || match followed.gtk_window() {
                Ok(native) => {
                    native.connect_key_press_event(move |_, key| press(&followed, key));
                }
                Err(error) => {
                    tracing::warn!(error = in_full(&error), "the menu cannot be called forth");
                }
            });
            if let Err(error) = asked {
                tracing::warn!(error = in_full(&error), "the menu cannot be called forth");
            }
        }

        fn press<R: Runtime>(window: &WebviewWindow<R>, key: &EventKey) -> Propagation {
            let held = key.state();
            let others = ModifierType::MOD1_MASK | ModifierType::SHIFT_MASK;
            let is_command = held.contains(ModifierType::CONTROL_MASK) && !held.intersects(others);
            if is_command && key.keyval().to_lower() == constants::q {
                window.app_handle().exit(0);
                return Propagation::Stop;
            }
            let is_alone = !held.intersects(others | ModifierType::CONTROL_MASK);
            let is_of_site = window.label() == protocol::WINDOW;
            if !is_of_site || !is_alone || key.keyval() != constants::F10 {
                return Propagation::Proceed;
            }
            if window.is_menu_visible().unwrap_or(false) {
                hide(window);
                return Propagation::Stop;
            }
            if let Err(error) = window.show_menu() {
                tracing::warn!(error = in_full(&error), "the menu does not come");
            }
            // GTK opens the bar that is there now: F10 is its key for that.
            Propagation::Proceed
        }

        /// Hides the bar after something was chosen.
        pub(super) fn leave(app: &AppHandle) {
            if let Some(window) = app.get_webview_window(protocol::WINDOW) {
                hide(&window);
            }
        }

        fn hide<R: Runtime>(window: &WebviewWindow<R>) {
            if let Err(error) = window.hide_menu() {
                tracing::warn!(error = in_full(&error), "the menu stays");
            }
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_menu_says_what_the_page_and_the_library_say() {
            let page = include_str!("../../ui/src/words.ts");
            let library = include_str!("../../ui/src/library/words.ts");
            for (words, Sentence { en, de }) in [(page, SAVE_WORDS), (library, LIBRARY_WORDS)] {
                let entry = format!("{{ en: \"{en}\", de: \"{de}\" }}");
                assert!(words.contains(&entry), "{entry}");
            }
        }
    }
}
