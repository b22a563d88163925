//! The custom protocol: what the webview asks, to the engine and back.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use holdfast_engine::{Body, Destination, Provenance, Redirects, Request};
use http::StatusCode;
use http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, HeaderName, HeaderValue, LOCATION, REFERER, USER_AGENT,
};
use tauri::{AppHandle, Manager, Runtime, UriSchemeResponder};
use tracing::Instrument;
use url::Url;

use crate::commands::goes_past_the_store;
use crate::facts::Facts;
use crate::platform::proof;
use crate::reply::{as_data, as_document, back, empty, redirect, stay, with_prelude};
use crate::shell::Shell;
use crate::submissions::leave_redirects_if_asked;
use crate::{downloads, http_sign_in, language, origin, platform};

/// The window of the site.
pub(crate) const WINDOW: &str = "main";

/// The window that proves a copy: it is answered from that alone.
pub(crate) const PROOF_WINDOW: &str = "proof";

/// How the names of windows begin that scripts of the site open.
pub(crate) const POPUPS: &str = "popup-";

/// What no page of the site has: the app itself answers there.
pub(crate) const OWN: &str = "/.holdfast/";
/// Where scripts fetch the answers to their submissions.
pub(crate) const ANSWERS: &str = "/.holdfast/answer/";
/// Marks a script that is to run in a worker.
const WORKER: &str = "holdfast-worker";

/// Set where a script asks: one that accepts HTML looks like a navigation otherwise.
pub(crate) const HOLDFAST_DESTINATION: HeaderName = HeaderName::from_static("holdfast-destination");

/// Answers one request of a webview, whatever happens: one without an answer would hang.
pub(crate) fn answer<R: Runtime>(
    app: &AppHandle<R>,
    label: &str,
    request: http::Request<Vec<u8>>,
    responder: UriSchemeResponder,
) {
    // How long the thread that paints is held up.
    let _taking = tracing::debug_span!(parent: None, "take a request").entered();
    let pending = Pending(Some(responder));
    let shell = app.try_state::<Arc<Shell>>().filter(|_| is_ours(label, request.uri()));
    let Some(shell) = shell.map(|shell| Arc::clone(&shell)) else {
        pending.respond(empty(StatusCode::FORBIDDEN));
        return;
    };
    if label == PROOF_WINDOW {
        tauri::async_runtime::spawn(async move {
            let response = proof::respond(&shell, request).await;
            pending.respond(response);
        });
        return;
    }
    let span = tracing::debug_span!(parent: None, "webview asks", path = %request.uri().path());
    let asked = shell.clone();
    let answer = async move {
        let respond = |shell: Arc<Shell>, request| async move { respond(&shell, request).await };
        let response = platform::answered(shell, request, respond).await;
        pending.respond(response);
    };
    let mut answer = Box::pin(answer.instrument(span));
    let runtime = tauri::async_runtime::handle();
    let _within = runtime.inner().enter();
    if !asked.pace.run_here(&mut answer) {
        runtime.spawn(async move { asked.pace.run(answer).await });
    }
}

/// Whether a window of the site, or the one that proves a copy, asks for something of the site.
/// Some webviews hand over every host that only begins like it.
fn is_ours(label: &str, uri: &http::Uri) -> bool {
    let is_of_site = matches!(label, WINDOW | PROOF_WINDOW) || label.starts_with(POPUPS);
    is_of_site && uri.host() == Some("localhost")
}

/// A request that must be answered.
struct Pending(Option<UriSchemeResponder>);

impl Pending {
    fn respond(mut self, response: http::Response<Vec<u8>>) {
        if let Some(responder) = self.0.take() {
            responder.respond(response);
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(responder) = self.0.take() {
            responder.respond(empty(StatusCode::INTERNAL_SERVER_ERROR));
        }
    }
}

async fn respond(shell: &Arc<Shell>, request: http::Request<Vec<u8>>) -> http::Response<Vec<u8>> {
    let (mut parts, body) = request.into_parts();
    let page = page_of(shell, &parts);
    if let Some(number) = parts.uri.path().strip_prefix(ANSWERS) {
        return match shell.answers.take(number) {
            Some(response) => as_data(response, Some(shell.engine.script_cookies(&page))).await,
            None => empty(StatusCode::NOT_FOUND),
        };
    }
    let is_worker = without_mark(&mut parts.uri);
    let is_script = parts.headers.remove(HOLDFAST_DESTINATION).is_some();
    parts.headers.insert(ACCEPT_LANGUAGE, language::accept(&shell.language));
    let mut request = shell.edge.request(parts, Body::from(bytes::Bytes::from(body)));
    if is_script {
        request.destination = Destination::Data;
        request.redirects = Redirects::Follow;
    }
    if goes_past_the_store(shell) && !request.is_only_if_cached() {
        request.headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    if request.destination == Destination::Document {
        return document(shell, request).await;
    }
    leave_redirects_if_asked(&mut request);
    let before = shell.engine.script_cookies(&page);
    let response = shell.engine.handle(request).await;
    let cookies = Some(shell.engine.script_cookies(&page)).filter(|after| *after != before);
    let mut answer = as_data(response, cookies).await;
    if is_worker && answer.status() == StatusCode::OK {
        with_prelude(&mut answer);
    }
    answer
}

/// The page that asks, as the site has it: which cookies a script sees depends on its path.
fn page_of(shell: &Shell, parts: &http::request::Parts) -> Url {
    let referrer = parts.headers.get(REFERER).and_then(|value| value.to_str().ok());
    let page = referrer.and_then(|referrer| Url::parse(referrer).ok());
    let path = match &page {
        Some(page) if origin::is_same(page, &shell.edge.own) => page.path(),
        _ => parts.uri.path(),
    };
    origin::at(&shell.edge.site, path)
}

/// Takes the mark of a worker's script out of the query; whether it was there.
pub(crate) fn without_mark(uri: &mut http::Uri) -> bool {
    let Some(query) = uri.query() else { return false };
    let others: Vec<&str> = query.split('&').filter(|pair| *pair != WORKER).collect();
    if others.len() == query.split('&').count() {
        return false;
    }
    let path = match others.as_slice() {
        [] => uri.path().to_owned(),
        others => format!("{}?{}", uri.path(), others.join("&")),
    };
    match path.parse() {
        Ok(unmarked) => *uri = unmarked,
        Err(error) => tracing::debug!(%error, "a worker's address keeps its mark"),
    }
    true
}

/// Answers a navigation of the window or of a frame.
async fn document(shell: &Arc<Shell>, request: Request) -> http::Response<Vec<u8>> {
    let agent = request.headers.get(USER_AGENT).cloned();
    if agent.is_some() {
        *shell.user_agent.lock().unwrap_or_else(PoisonError::into_inner) = agent;
    }
    let url = request.url.clone();
    let shown_at = &url[url::Position::BeforePath..];
    let is_get = request.method == http::Method::GET;
    // A page that asks for its newer copy stays where it is, and so does an answer to a form.
    let is_patch = request.is_only_if_cached();
    let held = if is_get && !is_patch { shell.answers.take_shown_at(shown_at) } else { None };
    let is_answer = held.is_some();
    let response = match held {
        Some(response) => {
            shell.engine.open_page(&url).await;
            response
        }
        None => shell.engine.handle(request).await,
    };
    if response.status.is_redirection()
        && let Some(location) = response.headers.get(LOCATION).and_then(|value| value.to_str().ok())
    {
        return redirect(shell, location);
    }
    let was_led_here = shell.redirects.swap(0, Ordering::Relaxed) > 0;
    if shell.downloads.take(&response) {
        downloads::save(shell, &url, response);
        return if was_led_here { back(shell) } else { stay() };
    }
    // The answer to a form is shown as it is: to ask for it anew would lose what was entered.
    if !is_answer && let Some(asks) = http_sign_in::page(shell, &url, &response) {
        return asks;
    }
    match response.provenance {
        Provenance::Store { .. } => shell.news.expect(shown_at),
        Provenance::Network { .. } | Provenance::Outbox | Provenance::Fallback { .. } => {
            shell.news.forget(shown_at);
        }
    }
    let facts = Facts::of(shell, &url, response.provenance, response.status);
    let facts = if is_answer { facts.of_answer() } else { facts };
    let shown = as_document(&facts, response).await;
    shell.charsets.note(shown_at, shown.headers(), shown.body());
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_sites_window_and_the_sites_host_are_answered() {
        let check = |label: &str, uri: &str| is_ours(label, &uri.parse().unwrap());
        assert!(check("main", "polls://localhost/polls/"));
        assert!(check("proof", "polls://localhost/polls/"));
        assert!(check("popup-1", "polls://localhost/polls/"));
        assert!(!check("other", "polls://localhost/polls/"));
        assert!(!check("library", "polls://localhost/polls/"));
        assert!(!check("main", "polls://elsewhere/polls/"));
        assert!(!check("main", "polls://localhost.example.org/polls/"));
    }

    #[test]
    fn the_mark_of_a_worker_never_reaches_the_site() {
        let check = |text: &str, expected: &str, is_worker: bool| {
            let mut uri: http::Uri = text.parse().unwrap();
            assert_eq!(without_mark(&mut uri), is_worker);
            assert_eq!(uri.to_string(), expected);
        };
        check("/w.js?holdfast-worker", "/w.js", true);
        check("/w.js?v=1&holdfast-worker", "/w.js?v=1", true);
        check("/w.js?v=holdfast-worker-2", "/w.js?v=holdfast-worker-2", false);
        check("/w.js", "/w.js", false);
    }
}
