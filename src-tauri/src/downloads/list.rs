//! The downloads of this run of the app: which there are, and how far each is.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use holdfast_engine::Response;
use serde::Serialize;
use tokio::sync::{Notify, oneshot, watch};

use super::{kind, name};

/// How many run at once: a page that begins one after the other must not fill the disk.
const AT_ONCE: usize = 16;
/// How many are remembered.
const REMEMBERED: usize = 50;
/// How long a page that is opened afterwards still says what became of one.
const RECENT: Duration = Duration::from_secs(10);
/// A download, as the person sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Download {
    #[cfg_attr(test, ts(type = "number"))]
    id: u64,
    /// The file's.
    pub(super) name: String,
    #[cfg_attr(test, ts(type = "number"))]
    pub(super) bytes: u64,
    /// How many there will be, if the site says so.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub(super) all_bytes: Option<u64>,
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

impl Downloads {
    /// From now on there are downloads, and they go into this folder.
    pub(crate) fn allow(&self, folder: PathBuf) {
        // It is said once for each window, and is the same for all.
        let _ = self.folder.set(folder);
    }

    /// Whether this answer to a navigation is to be saved and not shown.
    pub(crate) fn take(&self, response: &Response) -> bool {
        self.folder.get().is_some() && kind::is_file(response)
    }

    /// Where they go, if they are allowed.
    pub(super) fn folder(&self) -> Option<PathBuf> {
        self.folder.get().cloned()
    }

    /// Done when there is something new to tell.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Ends one that runs.
    pub(super) fn cancel(&self, id: u64) -> Result<(), &'static str> {
        self.entry(id, |entry| entry.cancel = None)
    }

    /// The file of one that is saved, to be opened or only shown.
    pub(super) fn file(&self, id: u64, is_opened: bool) -> Result<PathBuf, &'static str> {
        self.entry(id, |entry| match &entry.path {
            _ if is_opened && !entry.shown.can_open => Err("it might run"),
            Some(path) => Ok(path.clone()),
            None => Err("it is not saved"),
        })?
    }

    fn entry<T>(&self, id: u64, look: impl FnOnce(&mut Entry) -> T) -> Result<T, &'static str> {
        let mut list = self.lock();
        let entry = list.all.iter_mut().find(|entry| entry.shown.id == id);
        entry.map(look).ok_or("there is no such download")
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
    pub(super) fn begin(&self, name: String) -> Option<(u64, oneshot::Receiver<()>)> {
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

    /// Changes what is shown of one.
    pub(super) fn change(&self, id: u64, change: impl FnOnce(&mut Download)) {
        self.change_entry(id, |entry| change(&mut entry.shown));
    }

    fn change_entry(&self, id: u64, change: impl FnOnce(&mut Entry)) {
        // One that is forgotten has ended.
        let _ = self.entry(id, change);
        self.changed.notify_one();
    }

    /// Notes what became of one.
    pub(super) fn ended(&self, id: u64, ended: Result<PathBuf, DownloadState>) {
        self.change_entry(id, |entry| {
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
    pub(super) fn recent(&self) -> Vec<Download> {
        let list = self.lock();
        let is_recent = |entry: &&Entry| entry.ended.is_none_or(|ended| ended.elapsed() < RECENT);
        list.all.iter().filter(is_recent).map(|entry| entry.shown.clone()).collect()
    }

    /// All that are remembered, the latest first.
    pub(crate) fn all(&self) -> Vec<Download> {
        self.lock().all.iter().rev().map(|entry| entry.shown.clone()).collect()
    }

    /// Whether a page has called so for the first time.
    pub(super) fn is_new_call(&self, call: String) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_engine::Because;
    use http::StatusCode;
    use http::header::{CONTENT_TYPE, HeaderValue};

    #[test]
    fn there_are_none_until_it_is_said_where_they_go() {
        let downloads = Downloads::default();
        let mut file = Response::problem(StatusCode::OK, "", "", Because::Strategy);
        file.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/zip"));
        assert!(!downloads.take(&file));
        downloads.allow(PathBuf::new());
        assert!(downloads.take(&file));
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
