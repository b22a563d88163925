//! Downloads: what the site hands over to be kept, as files in the person's folder for them.
//!
//! ```text
//! an answer that is no page, to a link or a form ─┐
//! <a download>, "Save image as" ──────────────────┼─▶ a hidden file ── whole ──▶ name (1).ext
//! what a page has made itself ────────────────────┘        └── broken off, cancelled ──▶ nothing
//! ```
//!
//! The engine answers, as it does for everything: what is stored is saved without a network.
//! Nothing is ever overwritten, and a name is of a file only once all of it is there.

mod calls;
mod file;
mod kind;
mod list;
mod name;

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use holdfast_engine::{Body, Destination, Provenance, Redirects, Request, Response, in_full};
use http::header::{
    ACCEPT, ACCEPT_LANGUAGE, CONTENT_LENGTH, HeaderMap, HeaderValue, REFERER, USER_AGENT,
};
use url::{Position, Url};

use crate::commands::{PageEvent, open_pages};
use crate::shell::Shell;
use crate::{language, origin};
pub(crate) use calls::*;
use list::DownloadState;
pub(crate) use list::{Download, Downloads};

/// What comes more often is told once: nobody reads faster.
const PAUSE: Duration = Duration::from_millis(100);

/// What is to be a file.
struct Found {
    name: String,
    all_bytes: Option<u64>,
    body: Body,
}

/// Saves what the site has answered to a request for `url`.
pub(crate) fn save(shell: &Arc<Shell>, url: &Url, response: Response) {
    let found = found(response, None, url);
    let name = found.name.clone();
    run(shell, name, std::future::ready(Ok(found)));
}

/// Fetches what is at `url` on the site and saves it, for the page at `page` on it; named as the
/// site says, else as it is `suggested`.
pub(crate) fn fetch(shell: &Arc<Shell>, url: Url, page: Option<&Url>, suggested: Option<String>) {
    let name = name::of(&HeaderMap::new(), suggested.as_deref(), Some(&url));
    let request = request(shell, &url, page);
    let asked = Arc::clone(shell);
    run(shell, name, async move {
        let response = asked.engine.handle(request.ok_or(DownloadState::Failed)?).await;
        match response.provenance {
            Provenance::Fallback { .. } => return Err(DownloadState::Offline),
            Provenance::Network { .. } | Provenance::Store { .. } | Provenance::Outbox => {}
        }
        if !response.status.is_success() {
            return Err(DownloadState::Failed);
        }
        Ok(found(response, suggested.as_deref(), &url))
    });
}

/// Saves what a page has made.
fn keep(shell: &Arc<Shell>, headers: &HeaderMap, suggested: &str, bytes: Bytes) {
    let name = name::of(headers, Some(suggested), None);
    let found =
        Found { name: name.clone(), all_bytes: Some(bytes.len() as u64), body: Body::Bytes(bytes) };
    run(shell, name, std::future::ready(Ok(found)));
}

fn found(response: Response, suggested: Option<&str>, url: &Url) -> Found {
    let Response { headers, body, redirected_to, .. } = response;
    let led = redirected_to.map(|path| origin::at(url, &path));
    let said = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    Found {
        name: name::of(&headers, suggested, Some(led.as_ref().unwrap_or(url))),
        all_bytes: body.length().or(said),
        body,
    }
}

fn request(shell: &Shell, url: &Url, page: Option<&Url>) -> Option<Request> {
    let mut parts = http::Request::new(()).into_parts().0;
    parts.uri = url[Position::BeforePath..Position::AfterQuery].parse().ok()?;
    let headers = &mut parts.headers;
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    headers.insert(ACCEPT_LANGUAGE, language::accept(&shell.language));
    let page = page.and_then(|page| HeaderValue::try_from(&page[..Position::AfterQuery]).ok());
    headers.extend(page.map(|page| (REFERER, page)));
    let agent = shell.user_agent.lock().unwrap_or_else(PoisonError::into_inner).clone();
    headers.extend(agent.map(|agent| (USER_AGENT, agent)));
    let mut request = shell.edge.request(parts, Body::empty());
    // No page is opened by it.
    if request.destination == Destination::Document {
        request.destination = Destination::Data;
    }
    request.redirects = Redirects::Follow;
    Some(request)
}

/// Saves what `found` brings, as long as nobody cancels it.
fn run(
    shell: &Arc<Shell>,
    name: String,
    found: impl Future<Output = Result<Found, DownloadState>> + Send + 'static,
) {
    let Some(folder) = shell.downloads.folder() else { return };
    let Some((id, mut cancelled)) = shell.downloads.begin(name) else {
        tracing::warn!("so many downloads run that no other one begins");
        return;
    };
    let shell = Arc::clone(shell);
    tauri::async_runtime::spawn(async move {
        let downloads = &shell.downloads;
        let ended = async {
            let found = tokio::select! {
                found = found => found?,
                _ = &mut cancelled => return Err(DownloadState::Cancelled),
            };
            let Found { name, all_bytes, body } = found;
            downloads.change(id, |shown| {
                shown.name.clone_from(&name);
                shown.all_bytes = all_bytes;
            });
            let came = |bytes| downloads.change(id, |shown| shown.bytes = bytes);
            let written = file::write(folder, name, body, came, cancelled).await;
            written.map_err(|error| {
                tracing::info!(error = in_full(&error), "a download comes to nothing");
                match error {
                    file::WriteError::BrokeOff(_) => DownloadState::Failed,
                    file::WriteError::NotWritten(_) => DownloadState::NotWritten,
                    file::WriteError::Cancelled => DownloadState::Cancelled,
                }
            })
        };
        let ended = ended.await;
        tracing::debug!(id, ?ended, "a download has ended");
        downloads.ended(id, ended);
    });
}

/// Tells the pages that are open how far downloads are, whenever that has changed.
pub(crate) async fn keep_telling(shell: Arc<Shell>) {
    loop {
        shell.downloads.changed().await;
        tell(&shell);
        tokio::time::sleep(PAUSE).await;
    }
}

/// Tells them now, if there is something to tell.
pub(crate) fn tell(shell: &Shell) {
    let downloads = shell.downloads.recent();
    if downloads.is_empty() {
        return;
    }
    for page in open_pages(shell) {
        // A page that has gone meanwhile is followed by one that is told when it opens.
        let _ = page.channel.send(PageEvent::Downloads { downloads: downloads.clone() });
    }
}
