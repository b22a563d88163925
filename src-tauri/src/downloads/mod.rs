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

mod file;
mod name;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use holdfast_engine::{Body, Destination, Provenance, Redirects, Request, Response, in_full};
use http::header::{
    ACCEPT, ACCEPT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, REFERER,
    USER_AGENT,
};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, State, command};
use tauri_plugin_opener::OpenerExt;
use tokio::sync::{Notify, oneshot, watch};
use url::{Position, Url};

use crate::commands::{PageEvent, on_site, open_pages};
use crate::shell::Shell;
use crate::submissions::bytes_of;
use crate::{language, origin};
use name::Disposition;

/// How many run at once: a page that begins one after the other must not fill the disk.
const AT_ONCE: usize = 16;
/// How many are remembered.
const REMEMBERED: usize = 50;
/// How long a page that is opened afterwards still says what became of one.
const RECENT: Duration = Duration::from_secs(10);
/// What comes more often is told once: nobody reads faster.
const PAUSE: Duration = Duration::from_millis(100);

/// A download, as the person sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Download {
    #[cfg_attr(test, ts(type = "number"))]
    id: u64,
    /// The file's.
    name: String,
    #[cfg_attr(test, ts(type = "number"))]
    bytes: u64,
    /// How many there will be, if the site says so.
    #[cfg_attr(test, ts(type = "number | null"))]
    all_bytes: Option<u64>,
    state: DownloadState,
    /// Nothing would run that the site has sent.
    can_open: bool,
    /// When it began.
    #[cfg_attr(test, ts(type = "number"))]
    at_ms: u64,
}

/// How far a download is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DownloadState {
    Running,
    Saved,
    /// It is not stored, and the site cannot be reached.
    Offline,
    /// The site has none, or it broke off.
    Failed,
    /// The file cannot be written: there is no room, or the folder takes none.
    NotWritten,
    Cancelled,
}

/// Those of this run of the app.
#[derive(Default)]
pub(crate) struct Downloads {
    /// Where they go; until that is said there are none.
    folder: OnceLock<PathBuf>,
    list: Mutex<List>,
    /// How many run.
    running: watch::Sender<usize>,
    changed: Notify,
}

#[derive(Default)]
struct List {
    last: u64,
    /// The oldest first.
    all: VecDeque<Entry>,
    /// The calls of pages that have begun one: the webview may repeat them.
    calls: VecDeque<String>,
}

struct Entry {
    shown: Download,
    path: Option<PathBuf>,
    /// While it runs; dropped, it ends the download.
    cancel: Option<oneshot::Sender<()>>,
    ended: Option<Instant>,
}

/// What is to be a file.
struct Found {
    name: String,
    all_bytes: Option<u64>,
    body: Body,
}

impl Downloads {
    /// From now on there are downloads, and they go into this folder.
    pub(crate) fn allow(&self, folder: PathBuf) {
        // It is said once for each window, and is the same for all.
        let _ = self.folder.set(folder);
    }

    /// Whether this answer to a navigation is to be saved and not shown.
    pub(crate) fn take(&self, response: &Response) -> bool {
        self.folder.get().is_some()
            && response.status.is_success()
            && (Disposition::of(&response.headers).is_attachment
                || !can_be_shown(&response.headers))
    }

    /// Ends those that run, and waits until nothing of them is left.
    pub(crate) async fn end(&self) {
        for entry in &mut self.lock().all {
            entry.cancel = None;
        }
        // Only without the sender, which is here, could it fail.
        let _ = self.running.subscribe().wait_for(|running| *running == 0).await;
    }

    /// Notes one that begins: its number, and what ends when it is cancelled.
    fn begin(&self, name: String) -> Option<(u64, oneshot::Receiver<()>)> {
        let mut list = self.lock();
        if *self.running.borrow() >= AT_ONCE {
            return None;
        }
        while list.all.len() >= REMEMBERED {
            let oldest = list.all.iter().position(|entry| entry.ended.is_some())?;
            list.all.remove(oldest);
        }
        list.last += 1;
        let (cancel, cancelled) = oneshot::channel();
        let shown = Download {
            id: list.last,
            can_open: !name::runs(&name),
            name,
            bytes: 0,
            all_bytes: None,
            state: DownloadState::Running,
            at_ms: now_ms(),
        };
        let id = shown.id;
        list.all.push_back(Entry { shown, path: None, cancel: Some(cancel), ended: None });
        self.running.send_modify(|running| *running += 1);
        drop(list);
        self.changed.notify_one();
        Some((id, cancelled))
    }

    fn change(&self, id: u64, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.lock().all.iter_mut().find(|entry| entry.shown.id == id) {
            change(entry);
        }
        self.changed.notify_one();
    }

    fn ended(&self, id: u64, ended: Result<PathBuf, DownloadState>) {
        self.change(id, |entry| {
            entry.cancel = None;
            entry.ended = Some(Instant::now());
            entry.shown.state =
                *ended.as_ref().map_or_else(|state| state, |_| &DownloadState::Saved);
            if let Ok(path) = ended {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                entry.shown.can_open = !name::runs(&name);
                entry.shown.name = name;
                entry.path = Some(path);
            }
        });
        self.running.send_modify(|running| *running -= 1);
    }

    /// Those that run, and those that have just ended, the oldest first.
    fn recent(&self) -> Vec<Download> {
        let list = self.lock();
        let is_recent = |entry: &&Entry| entry.ended.is_none_or(|ended| ended.elapsed() < RECENT);
        list.all.iter().filter(is_recent).map(|entry| entry.shown.clone()).collect()
    }

    /// All that are remembered, the latest first.
    pub(crate) fn all(&self) -> Vec<Download> {
        self.lock().all.iter().rev().map(|entry| entry.shown.clone()).collect()
    }

    /// Whether a page has called so for the first time.
    fn is_new_call(&self, call: String) -> bool {
        let mut list = self.lock();
        let calls = &mut list.calls;
        let is_new = !calls.contains(&call);
        if is_new {
            calls.push_back(call);
            if calls.len() > REMEMBERED {
                calls.pop_front();
            }
        }
        is_new
    }

    fn lock(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}

/// Whether a webview shows such a page; what it has no type for it looks at.
fn can_be_shown(headers: &HeaderMap) -> bool {
    let Some(line) = headers.get(CONTENT_TYPE) else { return true };
    let line = line.to_str().unwrap_or_default();
    let essence = line.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.split_once('/') {
        // They are for other programs, and a page of them says little.
        Some(("text", kind)) => !matches!(
            kind,
            "csv"
                | "tab-separated-values"
                | "calendar"
                | "x-calendar"
                | "x-vcalendar"
                | "vcard"
                | "x-vcard"
                | "directory"
                | "rtf"
                | "ldif"
        ),
        Some(("image", kind)) => matches!(
            kind,
            "png"
                | "apng"
                | "jpeg"
                | "jpg"
                | "pjpeg"
                | "gif"
                | "webp"
                | "avif"
                | "bmp"
                | "svg+xml"
                | "x-icon"
                | "vnd.microsoft.icon"
        ),
        Some(("audio" | "video", _)) => true,
        Some(("multipart", "x-mixed-replace")) => true,
        Some(("application", kind)) => {
            kind.ends_with("+xml")
                || kind.ends_with("+json")
                || matches!(
                    kind,
                    "xml" | "json" | "javascript" | "x-javascript" | "ecmascript" | "pdf"
                )
        }
        Some(_) => false,
        None => true,
    }
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
    let Some(folder) = shell.downloads.folder.get().cloned() else { return };
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
            downloads.change(id, |entry| {
                entry.shown.name.clone_from(&name);
                entry.shown.all_bytes = all_bytes;
            });
            let came = |bytes| downloads.change(id, |entry| entry.shown.bytes = bytes);
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
        shell.downloads.changed.notified().await;
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
    let path = {
        let mut list = shell.downloads.lock();
        let entry = list.all.iter_mut().find(|entry| entry.shown.id == id);
        let entry = entry.ok_or("there is no such download")?;
        match act {
            DownloadAct::Cancel => {
                entry.cancel = None;
                return Ok(());
            }
            DownloadAct::Open if !entry.shown.can_open => return Err("it might run".to_owned()),
            DownloadAct::Show | DownloadAct::Open => entry.path.clone(),
        }
    };
    let path = path.ok_or("it is not saved")?;
    // The system may take its time.
    let asked = tauri::async_runtime::spawn_blocking(move || match act {
        DownloadAct::Open => app.opener().open_path(path.to_string_lossy(), None::<&str>),
        DownloadAct::Show | DownloadAct::Cancel => app.opener().reveal_item_in_dir(path),
    });
    asked.await.map_err(|error| in_full(&error))?.map_err(|error| in_full(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_engine::Because;
    use http::StatusCode;
    use http::header::CONTENT_DISPOSITION;

    fn answer(
        status: StatusCode,
        kind: Option<&'static str>,
        how: Option<&'static str>,
    ) -> Response {
        let mut response = Response::problem(status, "", "", Because::Strategy);
        response.headers.clear();
        let value = |text| HeaderValue::from_static(text);
        response.headers.extend(kind.map(|kind| (CONTENT_TYPE, value(kind))));
        response.headers.extend(how.map(|how| (CONTENT_DISPOSITION, value(how))));
        response
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn what_is_no_page_is_saved() {
        let downloads = Downloads::default();
        let html = Some("text/html; charset=utf-8");
        let attachment = Some("attachment; filename=a.html");
        assert!(!downloads.take(&answer(StatusCode::OK, html, attachment)), "none are allowed yet");
        downloads.allow(PathBuf::new());
        let check = |kind, how, expected| {
            assert_eq!(downloads.take(&answer(StatusCode::OK, kind, how)), expected, "{kind:?}, {how:?}");
        };
        check(html,                           None,           false);
        check(html,                           Some("inline"), false);
        check(html,                           attachment,     true);
        check(None,                           None,           false);
        check(Some("nonsense"),               None,           false);
        check(Some("text/plain"),             None,           false);
        check(Some("text/csv"),               None,           true);
        check(Some("image/png"),              None,           false);
        check(Some("image/tiff"),             None,           true);
        check(Some("application/json"),       None,           false);
        check(Some("application/xhtml+xml"),  None,           false);
        check(Some("Application/ZIP"),        None,           true);
        check(Some("application/octet-stream"), None,         true);
        check(Some("font/woff2"),             None,           true);
        assert!(!downloads.take(&answer(StatusCode::NOT_FOUND, html, attachment)), "what is said is read");
    }

    #[test]
    fn a_page_cannot_begin_without_end() {
        let downloads = Downloads::default();
        let running: Vec<_> = (0..AT_ONCE).map(|_| downloads.begin("a".to_owned())).collect();
        assert!(running.iter().all(Option::is_some));
        assert!(downloads.begin("a".to_owned()).is_none());
        downloads.ended(1, Err(DownloadState::Failed));
        assert!(downloads.begin("a".to_owned()).is_some());
    }

    #[test]
    fn what_ended_long_ago_is_forgotten_first() {
        let downloads = Downloads::default();
        let (first, _running) = downloads.begin("first".to_owned()).unwrap();
        for _ in 0..2 * REMEMBERED {
            let (id, _cancelled) = downloads.begin("other".to_owned()).unwrap();
            downloads.ended(id, Ok(PathBuf::from("other (1)")));
        }
        let all = downloads.all();
        assert_eq!(all.len(), REMEMBERED);
        assert_eq!(all.last().unwrap().id, first);
        assert_eq!(all.first().unwrap().name, "other (1)");
    }

    #[tokio::test]
    async fn the_end_waits_for_what_is_cancelled() {
        let downloads = Downloads::default();
        let (id, cancelled) = downloads.begin("a".to_owned()).unwrap();
        let mut end = std::pin::pin!(downloads.end());
        assert!(futures::poll!(&mut end).is_pending());
        assert!(cancelled.await.is_err(), "it hears of that");
        downloads.ended(id, Err(DownloadState::Cancelled));
        assert!(futures::poll!(&mut end).is_ready());
    }

    #[test]
    fn a_call_that_is_repeated_begins_one() {
        let downloads = Downloads::default();
        assert!(downloads.is_new_call("a".to_owned()));
        assert!(downloads.is_new_call("b".to_owned()));
        assert!(!downloads.is_new_call("a".to_owned()));
    }
}
