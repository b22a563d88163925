//! The custom protocol: what the webview asks, to the engine and back.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use holdfast_engine::{
    Body, CACHE_STATUS, Destination, Provenance, Redirects, Request, Response, in_full,
};
use http::StatusCode;
use http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH,
    CONTENT_TYPE, ETAG, EXPIRES, HeaderMap, HeaderName, HeaderValue, LAST_MODIFIED, LOCATION,
    PRAGMA, REFERER, SET_COOKIE, USER_AGENT,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tauri::{AppHandle, Manager, Runtime, UriSchemeResponder};
use tracing::Instrument;
use url::Url;

use crate::commands::goes_past_the_store;
use crate::facts::Facts;
use crate::platform::proof;
use crate::shell::Shell;
use crate::submissions::leave_redirects_if_asked;
use crate::{downloads, language, origin, platform, policy};

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
const WORKER_PRELUDE: &[u8] = include_bytes!("../../ui/dist/worker.js");

/// The most bytes of one answer: a webview takes each in one piece and copies it, and one
/// without an end must not end the app. How far content may unpack the engine has bounded.
const LARGEST: usize = 256 << 20;

/// How many redirects in a row a window follows, as the Fetch standard has it.
const REDIRECT_LIMIT: usize = 20;

const HOLDFAST_COOKIES: HeaderName = HeaderName::from_static("holdfast-cookies");
/// Set where a script asks: one that accepts HTML looks like a navigation otherwise.
pub(crate) const HOLDFAST_DESTINATION: HeaderName = HeaderName::from_static("holdfast-destination");
const HOLDFAST_LOCATION: HeaderName = HeaderName::from_static("holdfast-location");

/// Caching is the engine's: the webview would keep a subresource for as long as it runs.
const NOT_FOR_WEBVIEWS: [HeaderName; 8] = [
    ETAG,
    LAST_MODIFIED,
    EXPIRES,
    PRAGMA,
    SET_COOKIE,
    CONTENT_LENGTH,
    CONTENT_ENCODING,
    HeaderName::from_static("strict-transport-security"),
];

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

pub(crate) fn empty(status: StatusCode) -> http::Response<Vec<u8>> {
    let mut response = http::Response::new(Vec::new());
    *response.status_mut() = status;
    response
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

/// Puts what a worker needs in front of its script.
pub(crate) fn with_prelude(answer: &mut http::Response<Vec<u8>>) {
    answer.body_mut().splice(0..0, WORKER_PRELUDE.iter().copied());
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

/// Leaves the window or the frame on the page that it shows.
fn stay() -> http::Response<Vec<u8>> {
    // "the user agent … stays on its current document view" (RFC 9110 §15.3.5), but for WebKitGTK
    // and custom schemes: it shows an empty page. What it is to save from there it only drops.
    let mut response =
        empty(if cfg!(target_os = "linux") { StatusCode::OK } else { StatusCode::NO_CONTENT });
    if cfg!(target_os = "linux") {
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    }
    response
}

/// Brings the window back from the page that led it on (see [`redirect`]).
fn back(shell: &Shell) -> http::Response<Vec<u8>> {
    let start = in_script(&shell.engine.site().start);
    page(
        StatusCode::OK,
        &format!(
            "<script>if (self === top)\
             history.length > 1 ? history.back() : location.replace({start});</script>"
        ),
    )
}

/// A text as a script has it. In one, `<` could end the element.
fn in_script(text: &str) -> String {
    serde_json::json!(text).to_string().replace('<', "\\u003c")
}

/// Answers with a page that is told about itself.
pub(crate) async fn as_document(facts: &Facts, response: Response) -> http::Response<Vec<u8>> {
    let Response { status, mut headers, body, cache_status, head_at, .. } = response;
    headers.append(CACHE_STATUS, cache_status.into());
    let body = match whole(body).await {
        Ok(body) => body,
        Err(error) => {
            let status = broken(&error).status();
            return page(status, "<title>…</title><p>This page broke off on the way.");
        }
    };
    let body = match head_at {
        Some(head_at) => facts.put_into(&body, head_at),
        None => body.into(),
    };
    finished(status, headers, body)
}

/// A whole body. One that is not at hand is not read by the thread that paints.
async fn whole(body: Body) -> std::io::Result<bytes::Bytes> {
    if let Body::Stream(_) = body {
        tokio::task::yield_now().await;
    }
    body.collect_within(LARGEST).await
}

/// Answers anything else. `cookies` are what scripts see, if it changed.
pub(crate) async fn as_data(
    response: Response,
    cookies: Option<String>,
) -> http::Response<Vec<u8>> {
    let Response { status, mut headers, body, redirected_to, provenance, cache_status, .. } =
        response;
    headers.append(CACHE_STATUS, cache_status.into());
    let body = match whole(body).await {
        Ok(body) => body,
        Err(error) => return broken(&error),
    };
    let mut answer = finished(status, headers, body.into());
    let location = redirected_to.and_then(|path| encoded(HOLDFAST_LOCATION, &path));
    answer.headers_mut().extend(location);
    if let Provenance::Network { .. } = provenance {
        answer.headers_mut().extend(cookies.and_then(|text| encoded(HOLDFAST_COOKIES, &text)));
    }
    answer
}

fn encoded(name: HeaderName, text: &str) -> Option<(HeaderName, HeaderValue)> {
    let value = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    HeaderValue::try_from(value).ok().map(|value| (name, value))
}

/// A response as a webview can take it.
fn finished(status: StatusCode, headers: HeaderMap, body: Vec<u8>) -> http::Response<Vec<u8>> {
    let mut response = http::Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = for_webviews(headers);
    response
}

fn for_webviews(headers: HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::with_capacity(headers.len() + 2);
    let mut last = None;
    for (name, value) in headers {
        // Of several lines with one name only the first comes with it.
        last = name.or(last);
        let Some(name) = &last else { continue };
        // Others end the process on some platforms.
        let is_plain = value.as_bytes().iter().all(|byte| (0x20..0x7f).contains(byte));
        if is_plain && !NOT_FOR_WEBVIEWS.contains(name) {
            kept.append(name.clone(), value);
        }
    }
    kept.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    policy::apply(&mut kept);
    kept
}

/// A body that broke off: what came of it would look like all of it.
fn broken(error: &std::io::Error) -> http::Response<Vec<u8>> {
    tracing::info!(error = in_full(error), "a body broke off");
    empty(StatusCode::BAD_GATEWAY)
}

/// A page that goes on to `location` and leaves no trace: webviews do not follow a redirect
/// of a custom scheme.
pub(crate) fn redirect(shell: &Shell, location: &str) -> http::Response<Vec<u8>> {
    if shell.redirects.fetch_add(1, Ordering::Relaxed) >= REDIRECT_LIMIT {
        shell.redirects.store(0, Ordering::Relaxed);
        return page(
            StatusCode::LOOP_DETECTED,
            "<title>…</title><p>This page leads back to itself again and again.",
        );
    }
    let location = in_script(allowed(shell, location));
    let start = in_script(&shell.engine.site().start);
    // "the user agent … inherits the fragment" (RFC 9110 §10.2.2). A target on another site
    // opens elsewhere, and the window is left on this page: it goes back.
    page(
        StatusCode::OK,
        &format!(
            "<script>\
             const to = new URL({location}, document.baseURI);\
             if (!to.hash) to.hash = location.hash;\
             location.replace(to);\
             if (to.origin !== location.origin)\
             setTimeout(() => history.length > 1 ? history.back() : location.replace({start}), 100);\
             </script>"
        ),
    )
}

/// Where a redirect leads; where the public may not go, to the start page instead.
fn allowed<'l>(shell: &'l Shell, location: &'l str) -> &'l str {
    let Some(terminal) = &shell.kiosk else { return location };
    let target = shell.edge.own.join(location).ok();
    let is_allowed = target.is_some_and(|target| {
        let is_inside = [&shell.edge.own, &shell.edge.site]
            .into_iter()
            .any(|origin| origin::is_same(origin, &target));
        is_inside && terminal.allows(&target)
    });
    if is_allowed { location } else { &shell.engine.site().start }
}

pub(crate) fn page(status: StatusCode, content: &str) -> http::Response<Vec<u8>> {
    let html = format!("<!doctype html><meta charset=\"utf-8\">{content}");
    let content_type = HeaderValue::from_static("text/html; charset=utf-8");
    finished(status, HeaderMap::from_iter([(CONTENT_TYPE, content_type)]), html.into_bytes())
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

    #[test]
    fn webviews_get_no_validators_and_no_value_they_cannot_take() {
        let mut headers = HeaderMap::new();
        headers.insert(ETAG, HeaderValue::from_static("\"1\""));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=100"));
        headers.insert("x-name", HeaderValue::from_bytes(b"caf\xc3\xa9").unwrap());
        headers.append("link", HeaderValue::from_static("<a>"));
        headers.append("link", HeaderValue::from_static("<b>"));
        let kept = for_webviews(headers);
        assert_eq!(kept[CACHE_CONTROL], "no-store");
        assert!(!kept.contains_key(ETAG) && !kept.contains_key("x-name"));
        assert_eq!(kept.get_all("link").iter().count(), 2);
    }
}
