//! What pages and the Library call.

use std::sync::Arc;

use holdfast_engine::in_full;
use http::header::{CONTENT_TYPE, HeaderValue};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use tauri::{AppHandle, State, command};
use tauri_plugin_opener::OpenerExt;

use super::{fetch, keep};
use crate::commands::on_site;
use crate::shell::Shell;
use crate::submissions::bytes_of;

/// What a page wants to have saved, as it describes it beside the bytes.
#[derive(Debug, Deserialize)]
struct Wanted {
    /// The same for each repetition of one call.
    id: String,
    /// What is on the site; without it the bytes are what is saved.
    url: Option<String>,
    name: String,
    /// The type of the bytes.
    #[serde(rename = "type")]
    content_type: Option<String>,
    /// The address of the page.
    page: String,
}

/// Saves what is at an address of the site, or what the page has made.
///
/// # Errors
///
/// If the call is malformed, or names what is not on the site.
#[command]
pub(crate) fn download(
    shell: State<'_, Arc<Shell>>,
    call: tauri::ipc::Request<'_>,
) -> Result<(), String> {
    let described = call.headers().get("holdfast-download").and_then(|value| value.to_str().ok());
    let described = described.ok_or("the header holdfast-download is missing")?;
    let described =
        percent_decode_str(described).decode_utf8().map_err(|error| error.to_string())?;
    let wanted: Wanted = serde_json::from_str(&described).map_err(|error| error.to_string())?;
    let page = on_site(&shell, &wanted.page)?;
    let url = wanted.url.map(|url| on_site(&shell, &url)).transpose()?;
    if !shell.downloads.is_new_call(wanted.id) {
        return Ok(());
    }
    match url {
        Some(url) => fetch(&shell, url, Some(&page), Some(wanted.name)),
        None => {
            let kind = wanted.content_type.and_then(|kind| HeaderValue::try_from(kind).ok());
            let headers = kind.map(|kind| (CONTENT_TYPE, kind)).into_iter().collect();
            keep(&shell, &headers, &wanted.name, bytes_of(call.body())?);
        }
    }
    Ok(())
}

/// What the person does with a download.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DownloadAct {
    Cancel,
    /// Where it lies.
    Show,
    Open,
}

/// Does something with a download.
///
/// # Errors
///
/// If there is none of that number, or the system does not do it.
#[command]
pub(crate) async fn act_on_download(
    app: AppHandle,
    shell: State<'_, Arc<Shell>>,
    id: u64,
    act: DownloadAct,
) -> Result<(), String> {
    let path = match act {
        DownloadAct::Cancel => return Ok(shell.downloads.cancel(id)?),
        DownloadAct::Show | DownloadAct::Open => {
            shell.downloads.file(id, act == DownloadAct::Open)?
        }
    };
    // The system may take its time.
    let asked = tauri::async_runtime::spawn_blocking(move || match act {
        DownloadAct::Open => app.opener().open_path(path.to_string_lossy(), None::<&str>),
        DownloadAct::Show | DownloadAct::Cancel => app.opener().reveal_item_in_dir(path),
    });
    asked.await.map_err(|error| in_full(&error))?.map_err(|error| in_full(&error))
}
