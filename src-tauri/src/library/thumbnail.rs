//! What a saved page looks like: its copy, small and still, in a frame of the Library.
//!
//! Each copy has an origin of its own, so that the paths of what belongs to the page lead back
//! here. Everything is answered from the copy alone. The policy lets the page draw itself and
//! nothing else: no script, no form, no way out.

use holdfast_engine::{Body, Destination, Engine, Request, Response};
use http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, LOCATION,
};
use http::{StatusCode, Uri};
use url::Url;

use super::WINDOW;
use super::saved::own;
use crate::shell::Shell;
use crate::{language, origin, reply};

/// The scheme the copies are under; no profile can have it.
pub(super) const SCHEME: &str = "holdfast-copy";
/// Behind the key in a host, as other names lead elsewhere in some webviews.
const HOST: &str = ".localhost";
/// The most bytes of one thing: a small picture needs no more.
const LARGEST: usize = 16 << 20;
/// So often a copy may lead on to another page in it.
const REDIRECTS: usize = 5;

/// Where the Library's page finds the copies: `{key}` stands for what a saved page is known by.
pub(super) const fn address() -> &'static str {
    if cfg!(any(windows, target_os = "android")) {
        "https://holdfast-copy.{key}.localhost"
    } else {
        "holdfast-copy://{key}.localhost"
    }
}

/// The same in a policy, where only the first label of a host may be left open.
pub(super) const fn source() -> &'static str {
    if cfg!(any(windows, target_os = "android")) { "https://*.localhost" } else { "holdfast-copy:" }
}

/// Whether that is the address of a copy.
pub(crate) fn is_one(url: &Url) -> bool {
    let (scheme, host) = (url.scheme(), url.host_str().unwrap_or_default());
    let is_under = if cfg!(any(windows, target_os = "android")) {
        scheme == "https" && host.starts_with("holdfast-copy.")
    } else {
        scheme == SCHEME
    };
    is_under && host.ends_with(HOST)
}

/// What a copy may do in its frame: draw itself. A frame without an origin is not `'self'`.
fn policy() -> String {
    let copy = source();
    format!(
        "sandbox; default-src 'none'; img-src {copy} data:; font-src {copy} data:; \
         style-src {copy} data: 'unsafe-inline'; form-action 'none'"
    )
}

/// Answers one request of a frame in the window with that label.
pub(super) async fn respond(
    shell: &Shell,
    label: &str,
    request: http::Request<Vec<u8>>,
) -> http::Response<Vec<u8>> {
    let (mut parts, _body) = request.into_parts();
    let Some(key) = key_of(label, &parts.uri) else {
        return reply::empty(StatusCode::FORBIDDEN);
    };
    // What a copy has depends on who has saved it and on the language.
    parts.headers.insert(ACCEPT_LANGUAGE, language::accept(&shell.language));
    let request = shell.edge.request(parts, Body::default()).without_body();
    let is_wanted = match request.destination {
        // What belongs to a page is looked up as who is signed in now.
        Destination::Document => own(shell, &key).await.is_ok(),
        Destination::Style | Destination::Image | Destination::Font => true,
        Destination::Script | Destination::Media | Destination::Data => false,
    };
    if !is_wanted {
        return reply::empty(StatusCode::NOT_FOUND);
    }
    let engine = shell.engine.clone();
    let look = tauri::async_runtime::spawn_blocking(move || found(&engine, &key, request));
    let Ok(Some(response)) = look.await else { return reply::empty(StatusCode::NOT_FOUND) };
    let content_type = response.headers.get(CONTENT_TYPE).cloned();
    let Ok(body) = response.body.collect_within(LARGEST).await else {
        return reply::empty(StatusCode::BAD_GATEWAY);
    };
    let mut answer = http::Response::new(body.into());
    *answer.status_mut() = response.status;
    let headers = answer.headers_mut();
    headers.extend(content_type.map(|value| (CONTENT_TYPE, value)));
    headers.extend(HeaderValue::try_from(policy()).map(|value| (CONTENT_SECURITY_POLICY, value)));
    // Tomorrow another copy may be at the same address.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// The copy that a frame of the Library asks for.
fn key_of(label: &str, uri: &Uri) -> Option<String> {
    let key = uri.host()?.strip_suffix(HOST)?;
    (label == WINDOW && !key.is_empty()).then(|| key.to_owned())
}

/// What a copy has, also where it leads on: a frame in which nothing runs follows nothing.
fn found(engine: &Engine, key: &str, mut request: Request<()>) -> Option<Response> {
    for _ in 0..=REDIRECTS {
        let response = engine.from_copy(key, &request)?;
        if !response.status.is_redirection() {
            return Some(response);
        }
        let location = response.headers.get(LOCATION)?.to_str().ok()?;
        let next = request.url.join(location).ok()?;
        if !origin::is_same(&next, &request.url) {
            return None;
        }
        request.url = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_librarys_frames_see_a_copy() {
        let check = |label: &str, uri: &str| key_of(label, &uri.parse().unwrap());
        let key = "0190c2f0-7a54-4d3e-8f6b-1c2d3e4f5a6b";
        let uri = format!("holdfast-copy://{key}.localhost/polls/?page=2");
        assert_eq!(check("library", &uri).as_deref(), Some(key));
        assert_eq!(check("main", &uri), None);
        assert_eq!(check("proof", &uri), None);
        assert_eq!(check("library", "holdfast-copy://localhost/polls/"), None);
        assert_eq!(check("library", "holdfast-copy://.localhost/polls/"), None);
        assert_eq!(check("library", &format!("holdfast-copy://{key}.elsewhere/")), None);
    }

    #[test]
    fn the_library_finds_the_copies_and_goes_nowhere_else() {
        let at = |text: &str| is_one(&Url::parse(text).unwrap());
        assert!(at(&format!("{}/polls/", address().replace("{key}", "a"))));
        assert!(!at("https://example.org/") && !at("https://a.localhost/"));
        assert!(!at("polls://localhost/polls/"));
    }

    #[test]
    fn a_copy_runs_nothing_and_asks_nobody_else() {
        let policy = policy();
        assert!(policy.starts_with("sandbox; default-src 'none'; "), "{policy}");
        assert!(!policy.contains("allow-") && !policy.contains("script-src"), "{policy}");
        assert!(!policy.contains('*') || cfg!(any(windows, target_os = "android")), "{policy}");
    }
}
