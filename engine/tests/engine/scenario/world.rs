//! An engine in a scripted world.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use holdfast_engine::{
    CACHE_STATUS, Cause, Clock, Connection, Cookies, Destination, Engine, Event, Foundation,
    OpenError, Provenance, Redirects, Request, Response, Site, Waiting,
};
use http::header::{COOKIE, LOCATION};
use http::{HeaderMap, HeaderValue, StatusCode};
use rusqlite::OpenFlags;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{self, Instant};

use super::transcript::Kind;
use super::{Answer, Origin, POLLS, Transcript, label};

/// 2026-01-01T00:00:00Z.
const BEGINNING: Duration = Duration::from_secs(1_767_225_600);

/// An engine, the site it talks to, and what happens between them.
pub(crate) struct World {
    pub(crate) origin: Origin,
    pub(crate) transcript: Transcript,
    pub(crate) directory: TempDir,
    /// Where it was before it broke off, for those who still look there.
    former: Vec<TempDir>,
    engine: Option<Engine>,
    rows: Rows,
    clock: Clock,
    listeners: JoinSet<()>,
}

/// An answer with its body.
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) head_at: Option<usize>,
    pub(crate) redirected_to: Option<String>,
    pub(crate) body: Bytes,
}

impl Answered {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl World {
    /// An engine for the polls profile that has settled.
    pub(crate) async fn new() -> Self {
        Self::with(POLLS).await
    }

    /// An engine for a profile that has settled: nothing is noted of its start.
    pub(crate) async fn with(profile: &str) -> Self {
        let world = Self::begin(profile, |_| {});
        world.settle().await;
        world.transcript.restart();
        world
    }

    /// An engine that has just been opened on a site that `prepare` has scripted.
    pub(crate) fn begin(profile: &str, prepare: impl FnOnce(&Origin)) -> Self {
        Self::begin_as(profile, false, prepare)
    }

    /// One that is used by one person after the other, if it `shreds` what is somebody's.
    pub(crate) fn begin_shredding(profile: &str, shreds: bool) -> Self {
        Self::begin_as(profile, shreds, |_| {})
    }

    fn begin_as(profile: &str, shreds: bool, prepare: impl FnOnce(&Origin)) -> Self {
        let transcript = Transcript::new();
        let (origin, ends) = Origin::new(transcript.clone());
        prepare(&origin);
        let directory = tempfile::tempdir().unwrap();
        let clock = Clock::starting_at(UNIX_EPOCH + BEGINNING);
        let engine = open(profile, &origin, directory.path(), (clock, shreds)).unwrap();
        let rows = Rows::in_directory(directory.path());
        let mut listeners = JoinSet::new();
        listeners.spawn(note_late_rows(rows.clone(), transcript.clone(), ends));
        let state = directory.path().join("state.sqlite3");
        listeners.spawn(note_events(engine.events(), transcript.clone()));
        listeners.spawn(note_outbox(engine.events(), transcript.clone(), state));
        Self {
            origin,
            transcript,
            directory,
            former: Vec::new(),
            engine: Some(engine),
            rows,
            clock,
            listeners,
        }
    }

    /// The app is closed and started again, perhaps with another profile.
    pub(crate) async fn restart(&mut self, profile: &str) {
        self.reopen(profile, |_| {}).await.unwrap();
    }

    /// It breaks off with all that it has in memory, and what it has on the disk is opened again.
    pub(crate) async fn restart_shredding(&mut self, profile: &str) {
        self.settle().await;
        let (former, data) = (self.directory.path().to_owned(), tempfile::tempdir().unwrap());
        copy_folder(&former, data.path());
        drop(self.engine.take());
        self.former.push(std::mem::replace(&mut self.directory, data));
        let place = (self.clock, true);
        self.engine = Some(open(profile, &self.origin, self.directory.path(), place).unwrap());
        self.settle().await;
    }

    /// The same, with something done to the data directory in between.
    pub(crate) async fn reopen(
        &mut self,
        profile: &str,
        meddle: impl FnOnce(&Path),
    ) -> Result<(), OpenError> {
        self.settle().await;
        if let Some(engine) = self.engine.take() {
            engine.close().await;
        }
        self.transcript.note("engine", "   is closed");
        meddle(self.directory.path());
        let engine = open(profile, &self.origin, self.directory.path(), (self.clock, false))?;
        self.transcript.note("engine", "   is opened");
        let state = self.directory.path().join("state.sqlite3");
        self.listeners.spawn(note_events(engine.events(), self.transcript.clone()));
        self.listeners.spawn(note_outbox(engine.events(), self.transcript.clone(), state));
        self.engine = Some(engine);
        Ok(())
    }

    /// The clock shows another time from the next start of the app on.
    pub(crate) fn set_clock(&mut self, now: SystemTime) {
        self.clock = Clock::starting_at(now);
    }

    /// Another program's engine on the same data directory, of which nothing is noted.
    pub(crate) fn beside(&self, profile: &str) -> Engine {
        open(profile, &self.origin, self.directory.path(), (self.clock, false)).unwrap()
    }

    pub(crate) fn engine(&self) -> &Engine {
        self.engine.as_ref().expect("the last reopening went well")
    }

    /// Has a page stored that says `text`, without a word in the transcript.
    pub(crate) async fn storing(self, path: &str, text: &'static str) -> Self {
        self.origin.at(path, Answer::page(text));
        self.get(path).await;
        self.settle().await;
        self.transcript.restart();
        self
    }

    /// A GET for a path, by a client that keeps its own cookies and has none.
    pub(crate) fn request(&self, path: &str) -> Request {
        let url = self.engine().site().address(path).unwrap();
        let destination = Destination::of(&HeaderMap::new(), url.path());
        Request::get(url, destination.unwrap_or(Destination::Document))
    }

    /// The same with a session cookie.
    pub(crate) fn request_as(&self, session: &str, path: &str) -> Request {
        let mut request = self.request(path);
        let cookie = HeaderValue::try_from(format!("sessionid={session}")).unwrap();
        request.headers.insert(COOKIE, cookie);
        request
    }

    pub(crate) async fn get(&self, path: &str) -> Answered {
        self.send(self.request(path)).await
    }

    pub(crate) async fn get_as(&self, session: &str, path: &str) -> Answered {
        self.send(self.request_as(session, path)).await
    }

    /// A GET of the app's webview: the engine keeps its cookies.
    pub(crate) async fn browse(&self, path: &str) -> Answered {
        self.send(self.browser_request(path)).await
    }

    pub(crate) fn browser_request(&self, path: &str) -> Request {
        let request = self.request(path);
        let is_page = request.destination == Destination::Document;
        let redirects = if is_page { Redirects::Manual } else { Redirects::Follow };
        Request { cookies: Cookies::Jar, redirects, ..request }
    }

    /// Asks the engine and notes the whole answer.
    pub(crate) async fn send(&self, request: Request) -> Answered {
        let path = path_of(request.url.as_str());
        let response = self.engine().handle(request).await;
        let Response {
            status,
            mut headers,
            head_at,
            redirected_to,
            provenance,
            cache_status,
            body,
        } = response;
        headers.append(CACHE_STATUS, cache_status.into());
        let mut whole = BytesMut::new();
        let mut end = "";
        let mut pieces = body.into_stream();
        while let Some(piece) = pieces.next().await {
            match piece {
                Ok(piece) => whole.extend_from_slice(&piece),
                Err(_) => end = " and breaks off",
            }
        }
        let body = whole.freeze();
        self.rows.note_changes(&self.transcript, Instant::now(), Kind::Deed);
        let mut shown = Vec::new();
        if status != StatusCode::OK {
            shown.push(status.as_u16().to_string());
        }
        shown.extend(Some(label(&body)).filter(|label| !label.is_empty()));
        if let Some(location) = headers.get(LOCATION) {
            shown.push(format!("to {}", location.to_str().unwrap()));
        }
        shown.insert(0, path);
        let origin = described(&provenance);
        self.transcript.note("page", format!("<- {}{end}{origin}", shown.join(" ")));
        Answered { status, headers, head_at, redirected_to, body }
    }

    /// Asks the engine for what goes on beside other things: when the answer comes is not noted.
    pub(crate) async fn send_beside(&self, request: Request) {
        drop(self.engine().handle(request).await);
    }

    /// What waits, as who is signed in sees it.
    pub(crate) fn waiting(&self) -> Vec<Waiting> {
        self.engine().queue().list().unwrap()
    }

    /// Lets time pass.
    pub(crate) async fn rest(&self, duration: Duration) {
        time::sleep(duration).await;
    }

    /// Lets happen what happens at once.
    pub(crate) async fn settle(&self) {
        time::sleep(Duration::from_millis(2)).await;
    }

    /// Everything that happened until now.
    pub(crate) async fn transcript(&self) -> String {
        self.settle().await;
        self.transcript.text()
    }
}

fn open(
    profile: &str,
    origin: &Origin,
    directory: &Path,
    (clock, shreds): (Clock, bool),
) -> Result<Engine, OpenError> {
    let site = Site::read("site.toml", profile).unwrap();
    let transport = Some(Box::new(origin.clone()) as _);
    Engine::open(site, directory, Foundation { transport, clock, jitter: || 1.0, shreds })
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir(&to).unwrap();
            copy_folder(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn path_of(url: &str) -> String {
    let origins = ["http://127.0.0.1:8000", "https://polls.example"];
    origins.into_iter().find_map(|origin| url.strip_prefix(origin)).unwrap_or(url).to_owned()
}

fn described(provenance: &Provenance) -> String {
    match provenance {
        Provenance::Network { .. } => String::new(),
        Provenance::Outbox => ", which waits".to_owned(),
        Provenance::Store { because, .. } => format!(", from the store: {}", because.as_str()),
        Provenance::Fallback { because, .. } => format!(", in its place: {}", because.as_str()),
    }
}

/// Notes what waits once all of a moment has happened, as with [`note_late_rows`].
async fn note_outbox(
    mut events: tokio::sync::broadcast::Receiver<Event>,
    transcript: Transcript,
    state: PathBuf,
) {
    let mut noted = in_outbox(&state).unwrap();
    while let Ok(event) = events.recv().await {
        let at = Instant::now();
        if event != Event::Outbox {
            continue;
        }
        time::sleep(Duration::from_millis(1)).await;
        let now = in_outbox(&state).unwrap();
        if now != noted {
            transcript.note_at(at, Kind::Outbox, "outbox", format!("   {now}"));
            noted = now;
        }
    }
}

async fn note_events(mut events: tokio::sync::broadcast::Receiver<Event>, transcript: Transcript) {
    while let Ok(event) = events.recv().await {
        let what = match event {
            Event::Connection(Connection::Online) => "connection online".to_owned(),
            Event::Connection(Connection::Slow) => "connection slow".to_owned(),
            // What is most usual is not named.
            Event::Connection(Connection::Offline(Cause::Unreachable)) => {
                "connection offline".to_owned()
            }
            Event::Connection(Connection::Offline(cause)) => {
                format!("connection offline: {}", cause.as_str())
            }
            Event::Connection(Connection::Suspect) => "connection suspect".to_owned(),
            Event::Changed { path, destination, .. } => {
                format!("changed {path}, {}", destination.as_str())
            }
            // What is as it was is no news in a transcript.
            Event::Confirmed { path, destination } => {
                format!("confirmed {path}, {}", destination.as_str())
            }
            Event::Installed { version } => {
                format!("installed {}", version.split('-').next().unwrap())
            }
            Event::InstallFailed { path, reason } => format!("install failed: {path}: {reason}"),
            Event::CacheStartedAfresh { reason } => format!("cache started afresh: {reason}"),
            Event::NotStored { path, reason } => format!("not stored {path}: {reason}"),
            Event::Notice => "notice".to_owned(),
            Event::NotKept { path, reason } => format!("not kept {path}: {reason}"),
            Event::Delivered { label: Some(label), .. } => format!("delivered: {label}"),
            Event::Saved { path, .. } => format!("saved {path}"),
            Event::Delivered { label: None, .. }
            | Event::Outbox
            | Event::Saving { .. }
            | Event::Synced => {
                continue;
            }
        };
        transcript.note_event(what);
    }
}

/// What is in the outbox: paths and what has become of each.
fn in_outbox(state: &Path) -> rusqlite::Result<String> {
    let database = rusqlite::Connection::open(state)?;
    let mut statement = database.prepare("SELECT url, body, state FROM submission ORDER BY id")?;
    let rows = statement.query_map([], |row| {
        let (url, body): (String, Vec<u8>) = (row.get(0)?, row.get(1)?);
        Ok(format!("{} {} {}", path_of(&url), label(&body), row.get::<_, String>(2)?))
    })?;
    let rows: Vec<String> = rows.collect::<Result<_, _>>()?;
    Ok(if rows.is_empty() { "empty".to_owned() } else { rows.join(", ") })
}

/// Notes what is stored after its request was answered.
///
/// A body's end and its row are of the same virtual moment, since time stands still while
/// the store works; a millisecond later the row is there.
async fn note_late_rows(
    rows: Rows,
    transcript: Transcript,
    mut ends: mpsc::UnboundedReceiver<Instant>,
) {
    while let Some(at) = ends.recv().await {
        time::sleep_until(at + Duration::from_millis(1)).await;
        rows.note_changes(&transcript, at, Kind::Stored);
    }
}

/// The rows of the response table, as they were seen last.
#[derive(Clone)]
struct Rows {
    database: Arc<Path>,
    seen: Arc<Mutex<BTreeMap<Key, Row>>>,
}

/// URL, partition, variant, and whether it belongs to an install.
type Key = (String, String, String, Option<i64>);
/// Id, time and label.
type Row = (i64, i64, String);

impl Rows {
    fn in_directory(directory: &Path) -> Self {
        Self { database: directory.join("cache.sqlite3").into(), seen: Arc::default() }
    }

    fn read(&self) -> rusqlite::Result<BTreeMap<Key, Row>> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
        let database = rusqlite::Connection::open_with_flags(&self.database, flags)?;
        let sql = "SELECT url, partition, variant, install, id, fetched_at_ms, length, body
                     FROM response ORDER BY id";
        let mut statement = database.prepare(sql)?;
        let rows = statement.query_map([], |row| {
            let body: Option<Vec<u8>> = row.get(7)?;
            let length: i64 = row.get(6)?;
            let label = body.map_or_else(|| format!("{length} bytes"), |body| label(&body));
            let key = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            Ok((key, (row.get(4)?, row.get(5)?, label)))
        })?;
        rows.collect()
    }

    fn note_changes(&self, transcript: &Transcript, at: Instant, kind: Kind) {
        // Where the database is not one, nothing is stored.
        let Ok(now) = self.read() else { return };
        let mut seen = self.seen.lock().unwrap();
        for (key, row) in &now {
            if seen.get(key) != Some(row) {
                transcript.note_at(at, kind, "stored", named(key, row));
            }
        }
        for (key, row) in seen.iter().filter(|(key, _)| !now.contains_key(key)) {
            transcript.note_at(at, kind, "gone", named(key, row));
        }
        *seen = now;
    }
}

fn named((url, partition, _, install): &Key, (_, _, label): &Row) -> String {
    let whose = match (install, partition.as_str()) {
        (Some(_), _) => ", installed".to_owned(),
        (None, "shared") => String::new(),
        (None, "anonymous") => ", for nobody signed in".to_owned(),
        (None, client) if client.starts_with("client-") => ", for one client".to_owned(),
        (None, session) => format!(", for {}", name_of(session)),
    };
    let what = [path_of(url), label.clone()];
    format!("   {}{whose}", what.join(" ").trim_end())
}

/// Whose partition it is, of those that scenarios have sessions of.
fn name_of(partition: &str) -> String {
    let hash = |name: &str| blake3::hash(name.as_bytes()).to_hex()[..32].to_owned();
    let names = ["a", "b"].into_iter();
    let mut known = names.filter(|name| partition == format!("session-{}", hash(name)));
    known.next().unwrap_or("somebody").to_owned()
}
