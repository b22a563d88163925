//! Saving the page that is open, and who is told how far that is.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use holdfast_engine::{SavedPage, in_full};
use http::HeaderMap;
use http::header::{ACCEPT_LANGUAGE, USER_AGENT};
use serde::Serialize;
use tauri::{State, WebviewWindow, command};
use url::Url;

use crate::commands::{OpenPage, PageEvent, open_page, open_pages};
use crate::shell::Shell;
use crate::{language, library, origin};

/// What has become of a page that was saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SavedState {
    Saving,
    /// Nobody knows yet whether the copy has all that the page asks for.
    Saved,
    Complete,
    Incomplete,
    Failed,
}

/// How far the page that is open is saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Saving {
    can_save: bool,
    state: Option<SavedState>,
    #[cfg_attr(test, ts(type = "number"))]
    items: u64,
    #[cfg_attr(test, ts(type = "number"))]
    all_items: u64,
    #[cfg_attr(test, ts(type = "number"))]
    bytes: u64,
    #[cfg_attr(test, ts(type = "number | null"))]
    all_bytes: Option<u64>,
    /// How many things the copy that is shown lacks.
    #[cfg_attr(test, ts(type = "number"))]
    missing: usize,
}

/// What comes more often is told once: nobody reads faster.
const PAUSE: Duration = Duration::from_millis(100);

impl From<holdfast_engine::SavedState> for SavedState {
    fn from(state: holdfast_engine::SavedState) -> Self {
        match state {
            holdfast_engine::SavedState::Saving => Self::Saving,
            holdfast_engine::SavedState::Saved => Self::Saved,
            holdfast_engine::SavedState::Complete => Self::Complete,
            holdfast_engine::SavedState::Incomplete => Self::Incomplete,
            holdfast_engine::SavedState::Failed => Self::Failed,
        }
    }
}

impl Saving {
    /// Of a page that may be saved; `one` is what is saved of it.
    pub(crate) fn of(one: Option<&SavedPage>) -> Self {
        let progress = one.and_then(|one| one.progress);
        let (items, bytes) = one.map_or((0, 0), |one| (one.items, one.bytes));
        Self {
            can_save: true,
            state: one.map(|one| one.state.into()),
            items: progress.map_or(items, |progress| progress.items),
            all_items: progress.map_or(items, |progress| progress.all_items),
            bytes: progress.map_or(bytes, |progress| progress.bytes),
            all_bytes: progress.and_then(|progress| progress.all_bytes),
            missing: one.map_or(0, |one| one.missing.len()),
        }
    }
}

/// What is saved of the page at `path` for who is signed in.
fn find<'s>(saved: &'s [SavedPage], path: &str) -> Option<&'s SavedPage> {
    saved.iter().find(|one| one.is_of_visitor && one.path == path)
}

/// Begins to save the page that is open, or to refresh what is saved of it.
///
/// # Errors
///
/// If it may not be saved.
#[command]
pub(crate) async fn save_page(
    window: WebviewWindow,
    shell: State<'_, Arc<Shell>>,
) -> Result<(), String> {
    if shell.kiosk.is_some() {
        return Err("the public saves nothing".to_owned());
    }
    let page = address_of_open_page(&shell, window.label())?;
    let asked_with = asked_with(&shell);
    shell.engine.save(&page, &asked_with).await.map_err(|error| in_full(&error))?;
    // Whoever asked knows from here on that it has begun.
    tell(&shell).await;
    Ok(())
}

/// Ends saving the page that is open; what was saved of it before stays.
///
/// # Errors
///
/// If it is not being saved.
#[command]
pub(crate) async fn cancel_saving_page(
    window: WebviewWindow,
    shell: State<'_, Arc<Shell>>,
) -> Result<(), String> {
    let path = open_page(&shell, window.label()).ok_or("no page is open")?.path;
    let saved = list(&shell).await?;
    let one = find(&saved, &path).ok_or("the page is not being saved")?;
    shell.engine.cancel_save(&one.key).await.map_err(|error| in_full(&error))?;
    tell(&shell).await;
    Ok(())
}

/// What pages are asked for with, as far as the site's answers may differ by it.
fn asked_with(shell: &Shell) -> HeaderMap {
    let agent = shell.user_agent.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let agent = agent.map(|agent| (USER_AGENT, agent));
    let language = (ACCEPT_LANGUAGE, language::accept(&shell.language));
    agent.into_iter().chain([language]).collect()
}

fn address_of_open_page(shell: &Shell, window: &str) -> Result<Url, String> {
    let page = open_page(shell, window).ok_or("no page is open")?;
    Ok(origin::at(&shell.edge.site, &page.path))
}

/// How far the page at `path`, with its query, is saved; what cannot be read is not said.
pub(crate) async fn of_page(shell: &Shell, path: &str) -> Saving {
    if !shell.engine.can_save(&origin::at(&shell.edge.site, path)) {
        return Saving { can_save: false, ..Saving::of(None) };
    }
    let saved = list(shell).await.unwrap_or_else(|error| {
        tracing::warn!(error, "what is saved cannot be read");
        Vec::new()
    });
    Saving::of(find(&saved, path))
}

/// What is saved, newest first, read on a thread that may wait for the disk.
pub(crate) async fn list(shell: &Shell) -> Result<Vec<SavedPage>, String> {
    let engine = shell.engine.clone();
    let read = tauri::async_runtime::spawn_blocking(move || engine.saved()).await;
    read.map_err(|error| in_full(&error))?.map_err(|error| in_full(&error))
}

/// Tells the page that is open and the Library how far pages are saved, whenever that has
/// changed, for as long as there is anybody.
pub(crate) async fn keep_telling(shell: Arc<Shell>) {
    loop {
        shell.saving_has_changed.notified().await;
        tell(&shell).await;
        tokio::time::sleep(PAUSE).await;
    }
}

async fn tell(shell: &Shell) {
    for OpenPage { path, .. } in open_pages(shell) {
        // Locked while it is read as well, or an older state could come last.
        let _turn = shell.telling.lock().await;
        let saving = of_page(shell, &path).await;
        // Other pages may be open by now, which ask by themselves.
        for page in open_pages(shell).iter().filter(|page| page.path == path) {
            // A page that has gone meanwhile asks for the state when it is back.
            let _ = page.channel.send(PageEvent::Saving { saving: saving.clone() });
        }
    }
    library::commands::tell(shell).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_engine::{Missing, SaveProgress, SavedState, Why};

    fn saved(state: SavedState) -> SavedPage {
        let missing = Missing { path: "/a.png".to_owned(), why: Why::Gone };
        SavedPage {
            key: "1".to_owned(),
            path: "/polls/1/".to_owned(),
            title: None,
            is_of_visitor: true,
            state,
            progress: None,
            saved_at: None,
            bytes: 900,
            items: 7,
            missing: vec![missing],
            why: None,
            copies: Vec::new(),
        }
    }

    fn told(one: Option<&SavedPage>) -> serde_json::Value {
        serde_json::to_value(Saving::of(one)).unwrap()
    }

    #[test]
    fn a_page_is_told_of_its_copy_or_of_how_far_the_next_one_is() {
        assert_eq!(
            told(None),
            serde_json::json!({
                "canSave": true, "state": null, "items": 0, "allItems": 0,
                "bytes": 0, "allBytes": null, "missing": 0,
            })
        );
        assert_eq!(
            told(Some(&saved(SavedState::Incomplete))),
            serde_json::json!({
                "canSave": true, "state": "incomplete", "items": 7, "allItems": 7,
                "bytes": 900, "allBytes": null, "missing": 1,
            })
        );
        let progress = SaveProgress { items: 2, all_items: 8, bytes: 50, all_bytes: Some(100) };
        let again = SavedPage { progress: Some(progress), ..saved(SavedState::Saving) };
        assert_eq!(
            told(Some(&again)),
            serde_json::json!({
                "canSave": true, "state": "saving", "items": 2, "allItems": 8,
                "bytes": 50, "allBytes": 100, "missing": 1,
            })
        );
    }

    #[test]
    fn what_is_anothers_is_not_spoken_of() {
        let all = [SavedPage { is_of_visitor: false, ..saved(SavedState::Complete) }];
        assert_eq!(find(&all, "/polls/1/"), None);
        assert!(find(&[saved(SavedState::Complete)], "/polls/1/").is_some());
        assert!(find(&[saved(SavedState::Complete)], "/polls/1/?page=2").is_none());
    }
}
