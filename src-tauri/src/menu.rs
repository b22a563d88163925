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

    use holdfast_engine::{Shortcut, in_full};
    use tauri::menu::{Menu, MenuItem, MenuItemBuilder, Submenu, SubmenuBuilder};
    use tauri::{Manager, Runtime, Wry};
    use url::Url;

    use super::{AppHandle, Shell, WebviewWindow};
    use crate::language::Sentence;
    use crate::window_features::acts::{WindowAct, act};
    use crate::{commands, library, origin, protocol};

    const SAVE: &str = "app-save";
    const LIBRARY: &str = "app-library";
    const CLOSE: &str = "app-close";
    const QUIT: &str = "app-quit";

    const HOME: &str = "page-home";
    /// Before the number of one.
    const SHORTCUT: &str = "shortcut-";
    const BACK: &str = "page-back";
    const FORWARD: &str = "page-forward";
    const RELOAD: &str = "page-reload";
    const RELOAD_ALL: &str = "page-reload-all";
    const FIND: &str = "page-find";
    const PRINT: &str = "page-print";
    const ZOOM_IN: &str = "page-zoom-in";
    const ZOOM_OUT: &str = "page-zoom-out";
    const ZOOM_RESET: &str = "page-zoom-reset";
    const FULL_SCREEN: &str = "page-full-screen";

    /// What the page itself does for Ctrl+F (`ui/src/window-keys.ts`).
    const ASK_TO_FIND: &str =
        "dispatchEvent(new CustomEvent('holdfast-find-words', { detail: 'find' }))";

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
            (HOME, Some(window)) => act(&window, &shell, WindowAct::Home),
            (BACK, Some(window)) => window.eval("history.back()"),
            (FORWARD, Some(window)) => window.eval("history.forward()"),
            (RELOAD, Some(window)) => window.eval("location.reload()"),
            (RELOAD_ALL, Some(window)) => {
                commands::go_past_the_store(&shell);
                window.eval("location.reload()")
            }
            (FIND, Some(window)) => window.eval(ASK_TO_FIND),
            (PRINT, Some(window)) => act(&window, &shell, WindowAct::Print),
            (ZOOM_IN, Some(window)) => act(&window, &shell, WindowAct::ZoomIn),
            (ZOOM_OUT, Some(window)) => act(&window, &shell, WindowAct::ZoomOut),
            (ZOOM_RESET, Some(window)) => act(&window, &shell, WindowAct::ZoomReset),
            (FULL_SCREEN, Some(window)) => act(&window, &shell, WindowAct::FullScreen),
            (LIBRARY, _) => library::open(app, &shell),
            (QUIT, _) => {
                app.exit(0);
                Ok(())
            }
            (entry, Some(window)) => match shortcut(&shell, entry) {
                Some(page) => window.navigate(page),
                // The tray's are chosen there.
                None => return,
            },
            (_, None) => return,
        };
        if let Err(error) = done {
            tracing::warn!(error = in_full(&error), entry, "the menu leads nowhere");
        }
        #[cfg(target_os = "linux")]
        keys::leave(app);
    }

    /// The page that an entry leads to, if it is that of a shortcut.
    fn shortcut(shell: &Shell, entry: &str) -> Option<Url> {
        let number: usize = entry.strip_prefix(SHORTCUT)?.parse().ok()?;
        let shortcut = shell.engine.site().shortcuts.get(number)?;
        Some(origin::at(&shell.edge.own, &shortcut.path))
    }

    fn menu(app: &AppHandle, shell: &Shell) -> tauri::Result<Menu<Wry>> {
        let tag = shell.preferences.language();
        let shortcuts = &shell.engine.site().shortcuts;
        let (file, page) = (file(app, &tag)?, page(app, &tag, shortcuts)?);
        if cfg!(target_os = "macos") {
            // The rest is what every app has there: itself, Edit, View, Window, Help.
            let menu = Menu::default(app)?;
            // The app's own comes first, then the one with what is done with a page.
            let other = menu.items()?.into_iter().nth(1);
            if let Some(tauri::menu::MenuItemKind::Submenu(other)) = other {
                menu.remove(&other)?;
            }
            menu.insert(&file, 1)?;
            menu.insert(&page, 3)?;
            return Ok(menu);
        }
        Menu::with_items(app, &[&file, &page])
    }

    fn file(app: &AppHandle, tag: &str) -> tauri::Result<Submenu<Wry>> {
        let item = |id: &str, sentence: Sentence, key: &str| item(app, tag, id, sentence, key);
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

    fn item(
        app: &AppHandle,
        tag: &str,
        id: &str,
        sentence: Sentence,
        key: &str,
    ) -> tauri::Result<MenuItem<Wry>> {
        MenuItemBuilder::with_id(id, sentence.in_language(tag)).accelerator(key).build(app)
    }

    /// What is done with the page that is shown.
    fn page(app: &AppHandle, tag: &str, shortcuts: &[Shortcut]) -> tauri::Result<Submenu<Wry>> {
        let item = |id: &str, sentence: Sentence, key: &str| item(app, tag, id, sentence, key);
        let is_mac = cfg!(target_os = "macos");
        let key = |mac: &'static str, other: &'static str| if is_mac { mac } else { other };
        let page = SubmenuBuilder::new(app, PAGE.in_language(tag))
            .item(&item(HOME, HOME_WORDS, key("Cmd+Shift+H", "Alt+Home"))?)
            .item(&item(BACK, BACK_WORDS, key("Cmd+[", "Alt+Left"))?)
            .item(&item(FORWARD, FORWARD_WORDS, key("Cmd+]", "Alt+Right"))?);
        let page = shortcuts.iter().enumerate().fold(page, |page, (number, shortcut)| {
            // An ampersand is before the letter of a key.
            page.text(format!("{SHORTCUT}{number}"), shortcut.name.replace('&', "&&"))
        });
        let page = page
            .item(&item(RELOAD, RELOAD_WORDS, "CmdOrCtrl+R")?)
            .item(&item(RELOAD_ALL, RELOAD_ALL_WORDS, "CmdOrCtrl+Shift+R")?)
            .separator()
            .item(&item(FIND, FIND_SENTENCE, "CmdOrCtrl+F")?)
            .item(&item(PRINT, PRINT_WORDS, "CmdOrCtrl+P")?)
            .separator()
            .item(&item(ZOOM_IN, ZOOM_IN_WORDS, "CmdOrCtrl+=")?)
            .item(&item(ZOOM_OUT, ZOOM_OUT_WORDS, "CmdOrCtrl+-")?)
            .item(&item(ZOOM_RESET, ZOOM_RESET_WORDS, "CmdOrCtrl+0")?);
        // macOS has that beside it.
        if is_mac {
            return page.build();
        }
        page.separator().item(&item(FULL_SCREEN, FULL_SCREEN_WORDS, "F11")?).build()
    }

    const PAGE: Sentence = Sentence { en: "Page", de: "Seite" };
    const HOME_WORDS: Sentence = Sentence { en: "Start page", de: "Startseite" };
    const BACK_WORDS: Sentence = Sentence { en: "Back", de: "Zurück" };
    const FORWARD_WORDS: Sentence = Sentence { en: "Forward", de: "Vorwärts" };
    const RELOAD_WORDS: Sentence = Sentence { en: "Reload", de: "Neu laden" };
    const RELOAD_ALL_WORDS: Sentence =
        Sentence { en: "Reload from the site", de: "Von der Website neu laden" };
    const FIND_SENTENCE: Sentence = Sentence { en: "Find in page", de: "Auf der Seite suchen" };
    const PRINT_WORDS: Sentence = Sentence { en: "Print…", de: "Drucken…" };
    const ZOOM_IN_WORDS: Sentence = Sentence { en: "Larger", de: "Größer" };
    const ZOOM_OUT_WORDS: Sentence = Sentence { en: "Smaller", de: "Kleiner" };
    const ZOOM_RESET_WORDS: Sentence = Sentence { en: "Actual size", de: "Originalgröße" };
    const FULL_SCREEN_WORDS: Sentence = Sentence { en: "Full screen", de: "Vollbild" };

    const FILE: Sentence = Sentence { en: "File", de: "Datei" };
    const SAVE_WORDS: Sentence = Sentence { en: "Save for offline", de: "Offline speichern" };
    const LIBRARY_WORDS: Sentence = Sentence { en: "Library", de: "Bibliothek" };
    const CLOSE_WORDS: Sentence = Sentence { en: "Close window", de: "Fenster schließen" };
    const QUIT_WORDS: Sentence = Sentence { en: "Quit", de: "Beenden" };

    /// The keys that call the bar forth, and those that no page may keep to itself.
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
            if is_command && key.keyval().to_lower() == constants::w {
                if let Err(error) = window.close() {
                    tracing::warn!(error = in_full(&error), "the window stays open");
                }
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
            let said = [(page, SAVE_WORDS), (page, FIND_SENTENCE), (library, LIBRARY_WORDS)];
            for (words, Sentence { en, de }) in said {
                let entry = format!("{{ en: \"{en}\", de: \"{de}\" }}");
                assert!(words.contains(&entry), "{entry}");
            }
        }
    }
}
