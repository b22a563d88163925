//! What is saved, in the Library, and what can be done about it there.

use std::sync::Arc;

use holdfast_engine::in_full;
use serde::Serialize;
use tauri::{AppHandle, State, command};

use super::commands::{show_page, tell};
use super::shelves::unix_ms;
use crate::saving::{self, SavedState};
use crate::shell::Shell;

/// A page that was saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[serde(rename_all = "camelCase")]
pub(super) struct SavedPage {
    key: String,
    /// Path and query.
    path: String,
    title: Option<String>,
    state: SavedState,
    /// How far it is, while it is being saved or refreshed.
    progress: Option<Progress>,
    /// When the copy that is shown was saved.
    #[cfg_attr(test, ts(type = "number | null"))]
    saved_at_ms: Option<u64>,
    /// Of the copy that is shown.
    #[cfg_attr(test, ts(type = "number"))]
    bytes: u64,
    #[cfg_attr(test, ts(type = "number"))]
    items: u64,
    missing: Vec<Missing>,
    /// Why the last attempt brought no copy.
    why: Option<Why>,
    /// Newest first.
    copies: Vec<Copy>,
}

/// How far a page is saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[serde(rename_all = "camelCase")]
struct Progress {
    #[cfg_attr(test, ts(type = "number"))]
    items: u64,
    #[cfg_attr(test, ts(type = "number"))]
    all_items: u64,
    #[cfg_attr(test, ts(type = "number"))]
    bytes: u64,
    #[cfg_attr(test, ts(type = "number | null"))]
    all_bytes: Option<u64>,
}

/// What a copy lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
struct Missing {
    path: String,
    why: Why,
}

/// Why something is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[serde(rename_all = "kebab-case")]
enum Why {
    Gone,
    SignIn,
    NotAllowed,
    NotKept,
    Site,
    Offline,
    Slow,
    TooLarge,
    Full,
    Elsewhere,
    NoList,
    NotOnRoute,
}

impl From<holdfast_engine::Why> for Why {
    fn from(why: holdfast_engine::Why) -> Self {
        match why {
            holdfast_engine::Why::Gone => Self::Gone,
            holdfast_engine::Why::SignIn => Self::SignIn,
            holdfast_engine::Why::NotAllowed => Self::NotAllowed,
            holdfast_engine::Why::NotKept => Self::NotKept,
            holdfast_engine::Why::Site => Self::Site,
            holdfast_engine::Why::Offline => Self::Offline,
            holdfast_engine::Why::Slow => Self::Slow,
            holdfast_engine::Why::TooLarge => Self::TooLarge,
            holdfast_engine::Why::Full => Self::Full,
            holdfast_engine::Why::Elsewhere => Self::Elsewhere,
            holdfast_engine::Why::NoList => Self::NoList,
            holdfast_engine::Why::NotOnRoute => Self::NotOnRoute,
        }
    }
}

/// One of the copies that are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[serde(rename_all = "camelCase")]
struct Copy {
    #[cfg_attr(test, ts(type = "number"))]
    number: i64,
    #[cfg_attr(test, ts(type = "number"))]
    saved_at_ms: u64,
    #[cfg_attr(test, ts(type = "number"))]
    bytes: u64,
    is_shown: bool,
}

impl SavedPage {
    /// Those that who is signed in now may see.
    pub(super) fn of_visitor(saved: Vec<holdfast_engine::SavedPage>) -> Vec<Self> {
        saved.into_iter().filter(|one| one.is_of_visitor).map(Self::from).collect()
    }
}

impl From<holdfast_engine::SavedPage> for SavedPage {
    fn from(one: holdfast_engine::SavedPage) -> Self {
        Self {
            key: one.key,
            path: one.path,
            title: one.title.filter(|title| !title.is_empty()),
            state: one.state.into(),
            progress: one.progress.map(|progress| Progress {
                items: progress.items,
                all_items: progress.all_items,
                bytes: progress.bytes,
                all_bytes: progress.all_bytes,
            }),
            saved_at_ms: one.saved_at.map(unix_ms),
            bytes: one.bytes,
            items: one.items,
            missing: one
                .missing
                .into_iter()
                .map(|missing| Missing { path: missing.path, why: missing.why.into() })
                .collect(),
            why: one.why.map(Why::from),
            copies: one
                .copies
                .into_iter()
                .map(|copy| Copy {
                    number: copy.number,
                    saved_at_ms: unix_ms(copy.saved_at),
                    bytes: copy.bytes,
                    is_shown: copy.is_shown,
                })
                .collect(),
        }
    }
}

type Shared<'s> = State<'s, Arc<Shell>>;

/// Opens one in the site's window.
///
/// # Errors
///
/// If it is gone, or the window is.
#[command]
pub(crate) async fn open_saved(
    app: AppHandle,
    shell: Shared<'_>,
    key: String,
) -> Result<(), String> {
    let one = own(&shell, &key).await?;
    show_page(&app, &shell, &one.path)
}

/// Begins to save one anew; what is shown of it stays until then.
///
/// # Errors
///
/// If it is gone, or may not be saved any more.
#[command]
pub(crate) async fn refresh_saved(shell: Shared<'_>, key: String) -> Result<(), String> {
    own(&shell, &key).await?;
    shell.engine.refresh_saved(&key).await.map_err(|error| in_full(&error))?;
    tell(&shell).await;
    Ok(())
}

/// Ends saving one; what was saved of it before stays.
///
/// # Errors
///
/// If it is gone.
#[command]
pub(crate) async fn cancel_saving(shell: Shared<'_>, key: String) -> Result<(), String> {
    own(&shell, &key).await?;
    shell.engine.cancel_save(&key).await.map_err(|error| in_full(&error))?;
    tell(&shell).await;
    Ok(())
}

/// Removes one and all its copies.
///
/// # Errors
///
/// If it is gone.
#[command]
pub(crate) async fn remove_saved(shell: Shared<'_>, key: String) -> Result<(), String> {
    own(&shell, &key).await?;
    shell.engine.remove_saved(&key).await.map_err(|error| in_full(&error))?;
    tell(&shell).await;
    Ok(())
}

/// Shows another of its copies, until it is refreshed.
///
/// # Errors
///
/// If it or the copy is gone.
#[command]
pub(crate) async fn show_copy(shell: Shared<'_>, key: String, number: i64) -> Result<(), String> {
    own(&shell, &key).await?;
    shell.engine.show_copy(&key, number).await.map_err(|error| in_full(&error))?;
    tell(&shell).await;
    Ok(())
}

/// One that who is signed in now may see.
pub(super) async fn own(shell: &Shell, key: &str) -> Result<holdfast_engine::SavedPage, String> {
    let saved = saving::list(shell).await?;
    let one = saved.into_iter().find(|one| one.key == key && one.is_of_visitor);
    one.ok_or_else(|| "it is saved no more".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_engine::{SavedCopy, SavedState};
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn what_is_anothers_is_not_on_the_shelf() {
        let at = UNIX_EPOCH + Duration::from_millis(1500);
        let copy = SavedCopy { number: 3, saved_at: at, bytes: 900, is_shown: true };
        let own = holdfast_engine::SavedPage {
            key: "1".to_owned(),
            path: "/polls/1/".to_owned(),
            title: Some(String::new()),
            is_of_visitor: true,
            state: SavedState::Complete,
            progress: None,
            saved_at: Some(at),
            bytes: 900,
            items: 7,
            missing: Vec::new(),
            why: None,
            copies: vec![copy],
        };
        let other = holdfast_engine::SavedPage { is_of_visitor: false, ..own.clone() };
        assert_eq!(
            serde_json::to_value(SavedPage::of_visitor(vec![own, other])).unwrap(),
            serde_json::json!([{
                "key": "1", "path": "/polls/1/", "title": null, "state": "complete",
                "progress": null, "savedAtMs": 1500, "bytes": 900, "items": 7, "missing": [],
                "why": null,
                "copies": [{ "number": 3, "savedAtMs": 1500, "bytes": 900, "isShown": true }],
            }])
        );
    }
}
