//! Requests with a body, which travel by command: there is no other way for them on every
//! platform.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use holdfast_engine::{Because, Body, Destination, Form, Provenance, Redirects, Request, Response};
use http::header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_TYPE, LOCATION, ORIGIN, REFERER, USER_AGENT};
use http::{HeaderName, HeaderValue, Method, StatusCode, Uri};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use tauri::ipc::InvokeBody;
use tauri::{State, command};
use url::{Position, Url};

use crate::commands::on_site;
use crate::shell::Shell;
use crate::{downloads, http_sign_in, language, origin};

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

/// How many submissions are remembered.
const REMEMBERED: usize = 256;
/// How often a submission follows a redirect that keeps its method.
const REPEATS: usize = 20;

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
    /// Whether the outcome of one is still open.
    #[cfg(desktop)]
    pub(crate) fn are_under_way(&self) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.values().any(|answer| answer.peek().is_none())
    }

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

/// The bytes beside a call. Some platforms only carry JSON, where they are numbers.
pub(crate) fn bytes_of(body: &InvokeBody) -> Result<Bytes, String> {
    match body {
        InvokeBody::Raw(bytes) => Ok(bytes.clone().into()),
        InvokeBody::Json(value) => serde_json::from_value::<Vec<u8>>(value.clone())
            .map(Bytes::from)
            .map_err(|error| error.to_string()),
    }
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
    let body = match submission.mode {
        // That page is the app's own, whatever is at its address otherwise.
        Mode::Form if url.path() == http_sign_in::ADDRESS => body,
        Mode::Form => {
            let kind = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
            let page = &page[Position::BeforePath..Position::AfterQuery];
            shell.charsets.of_form(page, kind, body)
        }
        // What a script sends is what it has made.
        Mode::Fetch => body,
    };
    let mut request = shell.edge.request(parts, Body::Bytes(body));
    (request.destination, request.redirects) = (destination, redirects);
    request.form = submission.form.clone().map(Box::new);
    // A script may want to see a redirect itself.
    leave_redirects_if_asked(&mut request);
    Ok(request)
}

/// Sends the request and makes the answer known to whoever submitted.
async fn deliver(shell: Arc<Shell>, submission: Submission, mut request: Request) -> Outcome {
    if request.url.path() == http_sign_in::ADDRESS {
        return match on_site(&shell, &submission.page) {
            Ok(page) => Outcome::Redirect { location: http_sign_in::take(&shell, &page, &request) },
            Err(_) => Outcome::Nothing,
        };
    }
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
            // As a link to it would, it leaves the page where it is.
            if submission.mode == Mode::Form && shell.downloads.take(&response) {
                downloads::save(&shell, &url, response);
                return Outcome::Nothing;
            }
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
