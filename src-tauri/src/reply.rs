//! What webviews are answered: each answer in the form in which they can take it.

use std::sync::atomic::Ordering;

use holdfast_engine::{Body, CACHE_STATUS, Provenance, Response, in_full};
use http::StatusCode;
use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG,
    EXPIRES, HeaderMap, HeaderName, HeaderValue, LAST_MODIFIED, PRAGMA, SET_COOKIE,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::facts::Facts;
use crate::shell::Shell;
use crate::{origin, policy};

/// The most bytes of one answer: a webview takes each in one piece and copies it, and one
/// without an end must not end the app. How far content may unpack the engine has bounded.
const LARGEST: usize = 256 << 20;

/// How many redirects in a row a window follows, as the Fetch standard has it.
const REDIRECT_LIMIT: usize = 20;

const WORKER_PRELUDE: &[u8] = include_bytes!("../../ui/dist/worker.js");
const HOLDFAST_COOKIES: HeaderName = HeaderName::from_static("holdfast-cookies");
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

pub(crate) fn empty(status: StatusCode) -> http::Response<Vec<u8>> {
    let mut response = http::Response::new(Vec::new());
    *response.status_mut() = status;
    response
}

/// Puts what a worker needs in front of its script.
pub(crate) fn with_prelude(answer: &mut http::Response<Vec<u8>>) {
    answer.body_mut().splice(0..0, WORKER_PRELUDE.iter().copied());
}

/// Leaves the window or the frame on the page that it shows.
pub(crate) fn stay() -> http::Response<Vec<u8>> {
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
pub(crate) fn back(shell: &Shell) -> http::Response<Vec<u8>> {
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
    html(status, format!("<!doctype html><meta charset=\"utf-8\">{content}"))
}

/// A page of the app's own, whole.
pub(crate) fn html(status: StatusCode, content: String) -> http::Response<Vec<u8>> {
    let content_type = HeaderValue::from_static("text/html; charset=utf-8");
    finished(status, HeaderMap::from_iter([(CONTENT_TYPE, content_type)]), content.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

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
