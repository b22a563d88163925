//! What a page may call. The capability grants these to the main window and nothing else.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use holdfast_engine::{
    Because, Body, Connection, Destination, Event, Form, Provenance, Redirects, Request, Response,
    Waiting, in_full,
};
use http::header::{ACCEPT, ACCEPT_LANGUAGE, LOCATION, ORIGIN, REFERER, USER_AGENT};
use http::{HeaderName, HeaderValue, Method, StatusCode, Uri};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use tauri::ipc::{Channel, InvokeBody};
use tauri::{AppHandle, State, WebviewWindow, command};
use tokio::sync::broadcast::error::RecvError;
use url::{Position, Url};

use crate::outbox::{Draft, Kind, Outbox};
use crate::shell::Shell;
use crate::{language, library, origin};

/// What a page hears of while it is open.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub(crate) enum PageEvent {
    /// The site became reachable or unreachable.
    Connection { online: bool },
    /// Another version of a path, with its query, was stored.
    PageChanged { path: String, update: Update },
    /// What the site sent for a path is what is stored.
    PageConfirmed { path: String },
    /// What waits to be sent has changed.
    Outbox { outbox: Option<Outbox> },
    /// Something that waited was sent.
    Sent { kind: Kind, choice: Option<String> },
}

/// What becomes of a page that shows an older version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Update {
    /// It says so.
    Notice,
    /// It is changed where it differs.
    Patch,
}

/// A request with a body, as the page describes it beside the bytes.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Submission {
    /// The same for each repetition of one call.
    id: String,
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    mode: Mode,
    page: String,
    /// What the person saw of a form.
    #[serde(default)]
    form: Option<Form>,
}

/// Who submits, and so what is wanted of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    /// A form wants to know where to go.
    Form,
    /// A script wants the answer itself.
    Fetch,
}

/// What became of a submission.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Outcome {
    /// The site sends the page on.
    Redirect { location: String },
    /// The site answered; the answer waits at `url` for a form, under `id` for a script.
    Answer { id: String, url: String, redirected: bool },
    /// The site has nothing to show.
    Nothing,
    /// Nothing was answered.
    Unsent { because: &'static str, message: String },
}

/// Submissions under way and lately done, so that one that the webview repeats over another
/// way of calling is sent once.
#[derive(Default)]
pub(crate) struct Submissions {
    known: Mutex<HashMap<String, Shared<BoxFuture<'static, Outcome>>>>,
}

/// What few pages need, and so is no part of what each carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Part {
    /// What patches pages.
    Patch,
    /// What says what waits to be sent.
    Outbox,
}

impl Part {
    const fn script(self) -> &'static str {
        match self {
            Self::Patch => include_str!("../../ui/dist/patch.js"),
            Self::Outbox => include_str!("../../ui/dist/outbox.js"),
        }
    }
}

/// How many submissions are remembered.
const REMEMBERED: usize = 256;
/// How often a submission follows a redirect that keeps its method.
const REPEATS: usize = 20;

/// How things stand when a page is shown.
#[derive(Serialize)]
pub(crate) struct Opened {
    online: bool,
    visitor: String,
    /// What the page, if it is a stored copy, was too late to hear.
    news: Option<PageEvent>,
    /// What waits to be sent.
    outbox: Option<Outbox>,
    /// What is to be entered in a form of the page.
    draft: Option<Draft>,
}

/// The page that is open: where it hears of events, and its path with its query.
#[derive(Clone)]
pub(crate) struct OpenPage {
    channel: Channel<PageEvent>,
    path: String,
}

/// Notes that a page is shown: from now on it hears of events, and the one before no more.
///
/// # Errors
///
/// If the page is not one of the site.
#[command]
pub(crate) async fn page_opened(
    shell: State<'_, Arc<Shell>>,
    channel: Channel<PageEvent>,
    page: String,
) -> Result<Opened, String> {
    let page = on_site(&shell, &page)?;
    tracing::debug!(path = page.path(), "a page is opened");
    let path = page[Position::BeforePath..Position::AfterQuery].to_owned();
    let open = OpenPage { channel, path: path.clone() };
    *shell.page.lock().unwrap_or_else(PoisonError::into_inner) = Some(open);
    shell.engine.page_shown(&page).await;
    let visitor = shell.engine.visitor(&shell.edge.site);
    let news = shell.news.of(&path);
    let waiting = waiting(&shell).await;
    let outbox = Outbox::of(&waiting, &path);
    // Somebody else may be signed in now.
    library::commands::tell(&shell, waiting);
    let draft = shell
        .draft
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take_if(|draft| draft.page == path);
    Ok(Opened { online: is_online(&shell), visitor, news, outbox, draft })
}

/// Opens the window that shows what the device holds.
///
/// # Errors
///
/// If the system opens no window.
#[command]
pub(crate) async fn open_library(
    app: AppHandle,
    shell: State<'_, Arc<Shell>>,
) -> Result<(), String> {
    library::open(&app, &shell).map_err(|error| in_full(&error))
}

/// What waits to be sent; what cannot be read is not said of a page.
async fn waiting(shell: &Shell) -> Vec<Waiting> {
    library::commands::waiting(shell).await.unwrap_or_else(|error| {
        tracing::warn!(error, "what waits cannot be read");
        Vec::new()
    })
}

/// Runs a part of the page's script in the window; it says by itself that it is there.
///
/// As the app, not as the page: what a site's policy lets a page load holds for neither.
///
/// # Errors
///
/// If the window is gone.
#[command]
pub(crate) fn load_part(window: WebviewWindow, part: Part) -> Result<(), String> {
    window.eval(part.script()).map_err(|error| error.to_string())
}

/// How long a hard reload goes past the store: a page has asked for its parts by then.
const HARD_RELOAD: Duration = Duration::from_secs(10);

/// For a short while, asks the site first for whatever the page asks for, as a browser's
/// hard reload does. Where the site has nothing, what is stored is still there.
#[command]
pub(crate) fn past_the_store(shell: State<'_, Arc<Shell>>) {
    let until = Instant::now() + HARD_RELOAD;
    *shell.past_the_store_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
}

/// Whether the page was just reloaded past the store.
pub(crate) fn goes_past_the_store(shell: &Shell) -> bool {
    let until = shell.past_the_store_until.lock().unwrap_or_else(PoisonError::into_inner);
    until.is_some_and(|until| Instant::now() < until)
}

/// Sets a cookie as a script does; answers with what scripts see then.
///
/// # Errors
///
/// If the page is not one of the site.
#[command]
pub(crate) async fn set_cookie(
    shell: State<'_, Arc<Shell>>,
    cookie: String,
    page: String,
) -> Result<String, String> {
    let page = on_site(&shell, &page)?;
    shell.engine.set_script_cookie(&page, &cookie).await;
    Ok(shell.engine.script_cookies(&page))
}

/// Sends a request with a body.
///
/// # Errors
///
/// If the call is malformed; what happens to the request is an [`Outcome`].
#[command]
pub(crate) async fn submit(
    shell: State<'_, Arc<Shell>>,
    call: tauri::ipc::Request<'_>,
) -> Result<Outcome, String> {
    let described = call.headers().get("holdfast-submission").and_then(|value| value.to_str().ok());
    let described = described.ok_or("the header holdfast-submission is missing")?;
    let described =
        percent_decode_str(described).decode_utf8().map_err(|error| error.to_string())?;
    let submission: Submission =
        serde_json::from_str(&described).map_err(|error| error.to_string())?;
    let body = bytes_of(call.body())?;
    let id = submission.id.clone();
    let shell = Arc::clone(&shell);
    let request = request(&shell, &submission, body)?;
    let answer = shell.submissions.once(id, || deliver(shell.clone(), submission, request).boxed());
    Ok(answer.await)
}

impl Submissions {
    /// The outcome of the call with this id, which begins unless it is known.
    fn once(
        &self,
        id: String,
        begin: impl FnOnce() -> BoxFuture<'static, Outcome>,
    ) -> Shared<BoxFuture<'static, Outcome>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.retain(|_, answer| answer.peek().is_none());
        }
        known
            .entry(id)
            .or_insert_with(|| {
                let answer = begin().shared();
                // It goes on also when the page that waits for it goes away.
                tauri::async_runtime::spawn(answer.clone());
                answer
            })
            .clone()
    }
}

/// Passes the engine's events on to the page that is open, for as long as there are any.
pub(crate) fn tell_the_page(shell: Arc<Shell>) {
    let mut events = shell.engine.events();
    tauri::async_runtime::spawn(async move {
        // The window is looked at for as long as it is there.
        let _watch = shell.engine.watch();
        loop {
            let event = match events.recv().await {
                Ok(event) => event,
                // The state can be asked for, so what was missed is made up for at once.
                Err(RecvError::Lagged(_)) => Event::Connection(*shell.engine.connection().borrow()),
                Err(RecvError::Closed) => return,
            };
            let event = match event {
                Event::Connection(connection) => {
                    tell_what_waits(&shell).await;
                    PageEvent::Connection { online: connection == Connection::Online }
                }
                Event::Changed { path, destination: Destination::Document, update } => {
                    let update = match update {
                        holdfast_engine::Update::Notice => Update::Notice,
                        holdfast_engine::Update::Patch => Update::Patch,
                    };
                    PageEvent::PageChanged { path, update }
                }
                Event::Confirmed { path, destination: Destination::Document } => {
                    PageEvent::PageConfirmed { path }
                }
                Event::Outbox => {
                    tell_what_waits(&shell).await;
                    continue;
                }
                Event::Delivered { key, kind, label, .. } if shell.patience.had_waited(&key) => {
                    PageEvent::Sent { kind: kind.into(), choice: label }
                }
                Event::Delivered { .. }
                | Event::Changed { .. }
                | Event::Confirmed { .. }
                | Event::Installed { .. }
                | Event::InstallFailed { .. }
                | Event::CacheStartedAfresh { .. }
                | Event::NotKept { .. }
                | Event::NotStored { .. } => continue,
            };
            shell.news.note(&event);
            let page = open_page(&shell);
            // A page that has gone meanwhile asks for the state when it is back.
            let _ = page.map(|page| page.channel.send(event));
        }
    });
}

/// Tells whoever shows it what waits to be sent.
async fn tell_what_waits(shell: &Shell) {
    let waiting = waiting(shell).await;
    if let Some(OpenPage { channel, path }) = open_page(shell) {
        let _ = channel.send(PageEvent::Outbox { outbox: Outbox::of(&waiting, &path) });
    }
    library::commands::tell(shell, waiting);
}

fn open_page(shell: &Shell) -> Option<OpenPage> {
    shell.page.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// What the page is told of the connection: a suspicion is not yet offline.
pub(crate) fn is_online(shell: &Shell) -> bool {
    *shell.engine.connection().borrow() != Connection::Offline
}

/// The bytes beside a call. Some platforms only carry JSON, where they are numbers.
fn bytes_of(body: &InvokeBody) -> Result<Bytes, String> {
    match body {
        InvokeBody::Raw(bytes) => Ok(bytes.clone().into()),
        InvokeBody::Json(value) => serde_json::from_value::<Vec<u8>>(value.clone())
            .map(Bytes::from)
            .map_err(|error| error.to_string()),
    }
}

/// The address on the site of a page, as the page has it.
fn on_site(shell: &Shell, url: &str) -> Result<Url, String> {
    let url = Url::parse(url).map_err(|error| format!("{url}: {error}"))?;
    if origin::is_same(&shell.edge.own, &url) || origin::is_same(&shell.edge.site, &url) {
        return Ok(origin::at(&shell.edge.site, &url[Position::BeforePath..]));
    }
    Err(format!("{url} is not on the site"))
}

fn request(shell: &Shell, submission: &Submission, body: Bytes) -> Result<Request, String> {
    let url = on_site(shell, &submission.url)?;
    let page = on_site(shell, &submission.page)?;
    let method: Method = submission.method.parse().map_err(|_| "not a method".to_owned())?;
    let path: Uri = url[Position::BeforePath..Position::AfterQuery]
        .parse()
        .map_err(|_| "not a path".to_owned())?;
    let mut parts = http::Request::new(()).into_parts().0;
    parts.method = method;
    parts.uri = path;
    for (name, value) in &submission.headers {
        let name: HeaderName = name.parse().map_err(|_| format!("`{name}` is not a header"))?;
        let value = HeaderValue::from_bytes(value.as_bytes());
        parts.headers.append(name, value.map_err(|_| "not a header value".to_owned())?);
    }
    let site = shell.edge.site.origin().ascii_serialization();
    let text = |text: &str| HeaderValue::try_from(text).map_err(|error| error.to_string());
    parts.headers.insert(ORIGIN, text(&site)?);
    parts.headers.insert(REFERER, text(&page[..Position::AfterQuery])?);
    parts.headers.insert(ACCEPT_LANGUAGE, language::accept(&shell.language));
    let agent = shell.user_agent.lock().unwrap_or_else(PoisonError::into_inner).clone();
    parts.headers.extend(agent.map(|agent| (USER_AGENT, agent)));
    let (accept, destination, redirects) = match submission.mode {
        Mode::Form => (
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            Destination::Document,
            Redirects::Manual,
        ),
        Mode::Fetch => ("*/*", Destination::Data, Redirects::Follow),
    };
    parts.headers.entry(ACCEPT).or_insert(HeaderValue::from_static(accept));
    let mut request = shell.edge.request(parts, Body::Bytes(body));
    (request.destination, request.redirects) = (destination, redirects);
    request.form = submission.form.clone().map(Box::new);
    // A script may want to see a redirect itself.
    leave_redirects_if_asked(&mut request);
    Ok(request)
}

/// Sends the request and makes the answer known to whoever submitted.
async fn deliver(shell: Arc<Shell>, submission: Submission, mut request: Request) -> Outcome {
    let mut url = request.url.clone();
    for _ in 0..=REPEATS {
        let again = request.repeated();
        let response = shell.engine.handle(request).await;
        if let Provenance::Fallback { because, .. } = response.provenance {
            return unsent(because);
        }
        let location = response.headers.get(LOCATION).and_then(|value| value.to_str().ok());
        let next = location.filter(|_| response.status.is_redirection()).map(str::to_owned);
        if submission.mode == Mode::Form && is_nothing(response.status) {
            return Outcome::Nothing;
        }
        let (Mode::Form, Some(next)) = (submission.mode, next) else {
            return hold(&shell, submission.mode, &url, response);
        };
        // "the user agent MUST NOT change the request method" (RFC 9110 §15.4.8, 307 and 308)
        let keeps_method = matches!(
            response.status,
            StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT
        );
        if !(keeps_method && next.starts_with('/')) {
            return Outcome::Redirect { location: next };
        }
        url = origin::at(&shell.edge.site, &next);
        request = again;
        request.url = url.clone();
    }
    Outcome::Unsent { because: "refused", message: "too many redirects".to_owned() }
}

/// "the user agent … stays on its current document view" (RFC 9110 §15.3.5, 204 and 205)
fn is_nothing(status: StatusCode) -> bool {
    matches!(status, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT)
}

fn unsent(because: Because) -> Outcome {
    let because = match because {
        Because::Offline => "offline",
        Because::Slow => "slow",
        Because::ServerError | Because::Strategy => "refused",
    };
    Outcome::Unsent { because, message: format!("not sent: {because}") }
}

fn hold(shell: &Shell, mode: Mode, url: &Url, response: Response) -> Outcome {
    let redirected = response.redirected_to.is_some();
    let asked = url[Position::BeforePath..].to_owned();
    let url = response.redirected_to.clone().unwrap_or(asked);
    let id = match mode {
        Mode::Form => {
            shell.answers.show_next(url.clone(), response);
            String::new()
        }
        Mode::Fetch => shell.answers.hold(response),
    };
    Outcome::Answer { id, url, redirected }
}

/// Leaves redirects to a script that wants to see them itself.
pub(crate) fn leave_redirects_if_asked(request: &mut Request) {
    if request.headers.remove("holdfast-redirect").is_some() {
        request.redirects = Redirects::Manual;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOOR: &str = include_str!("../../ui/src/door.ts");

    /// The words of the page's script for a value with a tag.
    fn described(value: impl Serialize, tag: &str) {
        let value = serde_json::to_value(value).unwrap();
        let fields = value.as_object().unwrap();
        let tagged = format!("{{ {tag}: {}", fields[tag]);
        assert!(DOOR.contains(&tagged), "{tagged}");
        for name in fields.keys() {
            assert!(DOOR.contains(&format!("{name}: ")), "{name}");
        }
    }

    #[test]
    fn the_pages_script_knows_the_same_words() {
        let path = String::new;
        described(PageEvent::Connection { online: true }, "type");
        described(PageEvent::PageChanged { path: path(), update: Update::Patch }, "type");
        described(PageEvent::PageConfirmed { path: path() }, "type");
        described(PageEvent::Outbox { outbox: None }, "type");
        described(PageEvent::Sent { kind: Kind::Vote, choice: None }, "type");
        described(Outcome::Redirect { location: path() }, "kind");
        described(Outcome::Answer { id: path(), url: path(), redirected: false }, "kind");
        described(Outcome::Nothing, "kind");
        described(Outcome::Unsent { because: "offline", message: path() }, "kind");
    }

    #[tokio::test]
    async fn a_call_that_is_repeated_is_sent_once() {
        let submissions = Submissions::default();
        let sent = std::sync::atomic::AtomicUsize::new(0);
        let send = || {
            sent.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            std::future::ready(Outcome::Nothing).boxed()
        };
        submissions.once("a".to_owned(), send).await;
        submissions.once("a".to_owned(), send).await;
        submissions.once("b".to_owned(), send).await;
        assert_eq!(sent.into_inner(), 2);
    }
}
