//! The menu on a right click, reduced to what an app has.
//!
//! WebKitGTK makes it, and says before it is shown what is in it. What leads to another window goes,
//! what saves something goes through the engine, and a link is copied as it is on the site, not as
//! the page has it. Other systems show theirs.

use std::sync::Arc;

use gtk::gdk::SELECTION_CLIPBOARD;
use gtk::gio::SimpleAction;
use holdfast_engine::in_full;
use tauri::WebviewWindow;
use url::Url;
use webkit2gtk::{
    ContextMenu, ContextMenuAction, ContextMenuExt, ContextMenuItem, ContextMenuItemExt,
    HitTestResult, HitTestResultExt, WebViewExt,
};

use super::acts::{WindowAct, act};
use crate::language::Sentence;
use crate::shell::Shell;
use crate::{downloads, origin};

/// What becomes of an entry that the webview has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Stays,
    /// With words of the app's.
    Says(Sentence),
    /// Another one of the app's takes its place.
    Becomes(Own),
    Goes,
}

/// What the app does itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Own {
    CopyLink,
    SaveLink,
    SaveImage,
    Print,
}

impl Own {
    const fn sentence(self) -> Sentence {
        match self {
            Self::CopyLink => Sentence { en: "Copy link", de: "Link kopieren" },
            Self::SaveLink => Sentence { en: "Save link as file", de: "Link als Datei speichern" },
            Self::SaveImage => Sentence { en: "Save image", de: "Bild speichern" },
            Self::Print => Sentence { en: "Print…", de: "Drucken…" },
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::CopyLink => "copy-link",
            Self::SaveLink => "save-link",
            Self::SaveImage => "save-image",
            Self::Print => "print",
        }
    }
}

const BACK: Sentence = Sentence { en: "Back", de: "Zurück" };
const FORWARD: Sentence = Sentence { en: "Forward", de: "Vorwärts" };
const RELOAD: Sentence = Sentence { en: "Reload", de: "Neu laden" };
const CUT: Sentence = Sentence { en: "Cut", de: "Ausschneiden" };
const COPY: Sentence = Sentence { en: "Copy", de: "Kopieren" };
const PASTE: Sentence = Sentence { en: "Paste", de: "Einfügen" };
const PASTE_PLAIN: Sentence =
    Sentence { en: "Paste as plain text", de: "Als reinen Text einfügen" };
const DELETE: Sentence = Sentence { en: "Delete", de: "Löschen" };
const SELECT_ALL: Sentence = Sentence { en: "Select all", de: "Alles auswählen" };
const COPY_IMAGE: Sentence = Sentence { en: "Copy image", de: "Bild kopieren" };

/// Gives the window's webview its menu.
pub(super) fn attach(window: &WebviewWindow, shell: &Arc<Shell>) {
    let (asked, shell) = (window.clone(), Arc::clone(shell));
    let attached = window.with_webview(move |webview| {
        webview.inner().connect_context_menu(move |_, menu, _, hit| {
            change(menu, hit, &asked, &shell);
            // Without an entry there is no menu.
            menu.n_items() == 0
        });
    });
    if let Err(error) = attached {
        tracing::warn!(error = in_full(&error), "the menu of the page is the webview's");
    }
}

fn change(menu: &ContextMenu, hit: &HitTestResult, window: &WebviewWindow, shell: &Arc<Shell>) {
    let tag = shell.preferences.language();
    let mut said = Vec::new();
    let mut items: Vec<ContextMenuItem> = Vec::new();
    let mut is_page = false;
    for item in menu.items() {
        if item.is_separator() {
            // None first, none last, and no two in a row.
            if items.last().is_some_and(|last| !last.is_separator()) {
                items.push(item);
            }
            continue;
        }
        let stock = item.stock_action();
        is_page |= stock == ContextMenuAction::Reload;
        let kept = match fate(stock) {
            Fate::Goes => continue,
            Fate::Stays => item,
            Fate::Says(sentence) => {
                let says = sentence.in_language(&tag);
                ContextMenuItem::from_stock_action_with_label(stock, says)
            }
            Fate::Becomes(own) => match own_item(own, hit, window, shell, &tag) {
                Some(item) => item,
                None => continue,
            },
        };
        said.push(format!("{stock:?}"));
        items.push(kept);
    }
    if is_page && let Some(item) = own_item(Own::Print, hit, window, shell, &tag) {
        items.push(ContextMenuItem::new_separator());
        said.push("Print".to_owned());
        items.push(item);
    }
    while items.last().is_some_and(ContextMenuItemExt::is_separator) {
        items.pop();
    }
    menu.remove_all();
    for item in &items {
        menu.append(item);
    }
    tracing::debug!(entries = said.join(" "), "the page's menu is shown");
}

/// What an app has of what a browser has, but for what stays as it is.
const CHANGED: [(ContextMenuAction, Fate); 13] = [
    (ContextMenuAction::GoBack, Fate::Says(BACK)),
    (ContextMenuAction::GoForward, Fate::Says(FORWARD)),
    (ContextMenuAction::Reload, Fate::Says(RELOAD)),
    (ContextMenuAction::Cut, Fate::Says(CUT)),
    (ContextMenuAction::Copy, Fate::Says(COPY)),
    (ContextMenuAction::Paste, Fate::Says(PASTE)),
    (ContextMenuAction::PasteAsPlainText, Fate::Says(PASTE_PLAIN)),
    (ContextMenuAction::Delete, Fate::Says(DELETE)),
    (ContextMenuAction::SelectAll, Fate::Says(SELECT_ALL)),
    (ContextMenuAction::CopyImageToClipboard, Fate::Says(COPY_IMAGE)),
    (ContextMenuAction::CopyLinkToClipboard, Fate::Becomes(Own::CopyLink)),
    (ContextMenuAction::DownloadLinkToDisk, Fate::Becomes(Own::SaveLink)),
    (ContextMenuAction::DownloadImageToDisk, Fate::Becomes(Own::SaveImage)),
];

/// For entering text, and for what is played.
const STAYING: [ContextMenuAction; 19] = [
    ContextMenuAction::InputMethods,
    ContextMenuAction::Unicode,
    ContextMenuAction::InsertEmoji,
    ContextMenuAction::SpellingGuess,
    ContextMenuAction::NoGuessesFound,
    ContextMenuAction::IgnoreSpelling,
    ContextMenuAction::LearnSpelling,
    ContextMenuAction::IgnoreGrammar,
    ContextMenuAction::FontMenu,
    ContextMenuAction::Bold,
    ContextMenuAction::Italic,
    ContextMenuAction::Underline,
    ContextMenuAction::Outline,
    ContextMenuAction::ToggleMediaControls,
    ContextMenuAction::ToggleMediaLoop,
    ContextMenuAction::EnterVideoFullscreen,
    ContextMenuAction::MediaPlay,
    ContextMenuAction::MediaPause,
    ContextMenuAction::MediaMute,
];

fn fate(action: ContextMenuAction) -> Fate {
    let changed = CHANGED.iter().find(|(known, _)| *known == action).map(|(_, fate)| *fate);
    // For who develops the app.
    let is_for_developers = cfg!(debug_assertions) && action == ContextMenuAction::InspectElement;
    match changed {
        Some(fate) => fate,
        None if is_for_developers || STAYING.contains(&action) => Fate::Stays,
        // A click opens a link, another window there is none, and an address is the app's own.
        None => Fate::Goes,
    }
}

/// An entry of the app's; `None` where there is nothing for it.
fn own_item(
    own: Own,
    hit: &HitTestResult,
    window: &WebviewWindow,
    shell: &Arc<Shell>,
    tag: &str,
) -> Option<ContextMenuItem> {
    let address = match own {
        Own::CopyLink | Own::SaveLink => Some(hit.link_uri()?),
        Own::SaveImage => Some(hit.image_uri()?),
        Own::Print => None,
    };
    let url = address.and_then(|address| Url::parse(&address).ok());
    let on_site = url.as_ref().and_then(|url| {
        let is_own = origin::is_same(&shell.edge.own, url);
        is_own.then(|| origin::at(&shell.edge.site, &url[url::Position::BeforePath..]))
    });
    let action = SimpleAction::new(own.name(), None);
    let (window, shell) = (window.clone(), Arc::clone(shell));
    match own {
        Own::Print => {
            action.connect_activate(move |_, _| {
                if let Err(error) = act(&window, &shell, WindowAct::Print) {
                    tracing::warn!(error = in_full(&error), "the page is not printed");
                }
            });
        }
        Own::CopyLink => {
            // "polls://localhost/…" leads nobody else anywhere.
            let text = on_site.or(url)?.to_string();
            action.connect_activate(move |_, _| {
                gtk::Clipboard::get(&SELECTION_CLIPBOARD).set_text(&text);
            });
        }
        Own::SaveLink | Own::SaveImage => {
            let url = on_site?;
            action.connect_activate(move |_, _| {
                let page = window.url().ok();
                let page =
                    page.and_then(|page| crate::commands::on_site(&shell, page.as_str()).ok());
                downloads::fetch(&shell, url.clone(), page.as_ref(), None);
            });
        }
    }
    Some(ContextMenuItem::from_gaction(&action, own.sentence().in_language(tag), None))
}
