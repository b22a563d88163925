//! What the Library may call. The capability grants these to its window and nothing else.

use std::sync::{Arc, PoisonError};

use holdfast_engine::{Queue, Waiting, in_full};
use serde::Serialize;
use tauri::ipc::Channel;
use tauri::{AppHandle, State, command};

use super::{Shelves, export};
use crate::commands::is_online;
use crate::outbox::Draft;
use crate::platform::{self, Shown};
use crate::shell::Shell;
use crate::{background, saving};

/// What the site answered to a submission.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeptAnswer {
    is_page: bool,
    text: String,
}

/// What was in a file.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
pub(crate) struct Imported {
    #[cfg_attr(test, ts(type = "number"))]
    new: usize,
    #[cfg_attr(test, ts(type = "number"))]
    known: usize,
}

type Shared<'s> = State<'s, Arc<Shell>>;

/// Notes that the Library is open: it hears of what changes from now on.
///
/// # Errors
///
/// If what there is cannot be read.
#[command]
pub(crate) async fn library_opened(
    shell: Shared<'_>,
    channel: Channel<Shelves>,
) -> Result<Shelves, String> {
    platform::shows(&shell, Shown::Library);
    *shell.library.lock().unwrap_or_else(PoisonError::into_inner) = Some(channel);
    shelves(&shell).await
}

/// Sends one now, whatever has become of it: the person decides.
///
/// # Errors
///
/// If it is gone or being sent.
#[command]
pub(crate) async fn send_waiting(shell: Shared<'_>, key: String) -> Result<(), String> {
    let key = own(&shell, key).await?.key;
    of_queue(&shell, move |queue| queue.send(&key)).await
}

/// Sends all that wait now; how many they are.
///
/// # Errors
///
/// If what waits cannot be read.
#[command]
pub(crate) async fn send_all_waiting(shell: Shared<'_>) -> Result<usize, String> {
    of_queue(&shell, |queue| queue.send_all()).await
}

/// Throws one away.
///
/// # Errors
///
/// If it is gone or being sent.
#[command]
pub(crate) async fn discard_waiting(shell: Shared<'_>, key: String) -> Result<(), String> {
    let key = own(&shell, key).await?.key;
    of_queue(&shell, move |queue| queue.discard(&key)).await
}

/// Opens the page of its form in the site's window, where it is filled in.
///
/// # Errors
///
/// If nobody knows where it was entered, or the window is gone.
#[command]
pub(crate) async fn edit_waiting(
    app: AppHandle,
    shell: Shared<'_>,
    key: String,
) -> Result<(), String> {
    let one = own(&shell, key).await?;
    let draft = Draft::of(&one).ok_or("there is no page to edit it on")?;
    let page = draft.page.clone();
    *shell.draft.lock().unwrap_or_else(PoisonError::into_inner) = Some(draft);
    show_page(&app, &shell, &page)
}

/// Opens the page where one signs in, in the site's window.
///
/// # Errors
///
/// If it needs no sign-in, or the window is gone.
#[command]
pub(crate) async fn sign_in_for_waiting(
    app: AppHandle,
    shell: Shared<'_>,
    key: String,
) -> Result<(), String> {
    let path = one(&shell, key).await?.sign_in.ok_or("it needs no sign-in")?;
    show_page(&app, &shell, &path)
}

/// What the site answered last, if it is kept.
///
/// # Errors
///
/// If it cannot be read.
#[command]
pub(crate) async fn answer_to_waiting(
    shell: Shared<'_>,
    key: String,
) -> Result<Option<KeptAnswer>, String> {
    let key = own(&shell, key).await?.key;
    let answer = of_queue(&shell, move |queue| queue.answer(&key)).await?;
    Ok(answer.map(|answer| KeptAnswer {
        is_page: answer.content_type.is_some_and(|kind| kind.starts_with("text/html")),
        text: String::from_utf8_lossy(&answer.body).into_owned(),
    }))
}

/// Writes those into a new file; where it is.
///
/// # Errors
///
/// If one of them is gone, or the file cannot be written.
#[command]
pub(crate) async fn export_waiting(
    app: AppHandle,
    shell: Shared<'_>,
    keys: Vec<String>,
) -> Result<String, String> {
    let folder = export::folder(&app).map_err(|error| in_full(&error))?;
    let site = shell.engine.site().name.clone();
    let list = of_queue(&shell, |queue| queue.list()).await?;
    let is_own = |key: &String| list.iter().any(|one| one.key == *key && one.is_of_visitor);
    // Without a name, the queue would export all there is.
    if keys.is_empty() || !keys.iter().all(is_own) {
        return Err("these are not all there".to_owned());
    }
    let text = of_queue(&shell, move |queue| queue.export(&keys)).await?;
    let write = move || export::write(&folder, &site, &text);
    let path =
        tauri::async_runtime::spawn_blocking(write).await.map_err(|error| in_full(&error))?;
    path.map(|path| path.display().to_string()).map_err(|error| in_full(&error))
}

/// Takes over what a file has.
///
/// # Errors
///
/// If the file is damaged or none of this app.
#[command]
pub(crate) async fn import_waiting(shell: Shared<'_>, text: String) -> Result<Imported, String> {
    let imported = of_queue(&shell, move |queue| queue.import(&text)).await?;
    Ok(Imported { new: imported.new, known: imported.known })
}

/// Tells the Library what there is, if it is open.
pub(crate) async fn tell(shell: &Shell) {
    let library = shell.library.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let Some(library) = library else { return };
    // Locked while it is read as well, or an older state could come last.
    let _turn = shell.telling.lock().await;
    match shelves(shell).await {
        // One that is closed hears nothing.
        Ok(shelves) => drop(library.send(shelves)),
        Err(error) => tracing::warn!(error, "the Library is not told what there is"),
    }
}

async fn shelves(shell: &Shell) -> Result<Shelves, String> {
    let (waiting, saved) = (waiting(shell).await?, saving::list(shell).await?);
    Ok(Shelves::of(waiting, saved, is_online(shell)))
}

/// What waits; not what is just being submitted.
pub(crate) async fn waiting(shell: &Shell) -> Result<Vec<Waiting>, String> {
    let mut all = of_queue(shell, |queue| queue.list()).await?;
    if shell.kiosk.is_some() {
        // What waits of those who were here before is nobody's business.
        all.retain(|one| one.is_of_visitor);
    }
    Ok(shell.patience.of_those(all))
}

/// Asks the queue, on a thread that may wait for the disk.
pub(crate) async fn of_queue<T, E>(
    shell: &Shell,
    ask: impl FnOnce(Queue) -> Result<T, E> + Send + 'static,
) -> Result<T, String>
where
    T: Send + 'static,
    E: std::error::Error + Send + 'static,
{
    let queue = shell.engine.queue();
    let asked = tauri::async_runtime::spawn_blocking(move || ask(queue)).await;
    let answer = asked.map_err(|error| in_full(&error))?;
    answer.map_err(|error| in_full(&error))
}

async fn one(shell: &Shell, key: String) -> Result<Waiting, String> {
    let list = of_queue(shell, |queue| queue.list()).await?;
    list.into_iter().find(|one| one.key == key).ok_or_else(|| "it waits no more".to_owned())
}

/// One that belongs to who is signed in now.
async fn own(shell: &Shell, key: String) -> Result<Waiting, String> {
    let one = one(shell, key).await?;
    if one.is_of_visitor { Ok(one) } else { Err("it is another's".to_owned()) }
}

/// Leads the site's window to a page, and brings it to the front.
pub(crate) fn show_page(app: &AppHandle, shell: &Arc<Shell>, path: &str) -> Result<(), String> {
    background::show_page(app, shell, path).map_err(|error| in_full(&error))
}
