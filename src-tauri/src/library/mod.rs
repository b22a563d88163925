//! The Library, which shows what the device holds.
//!
//! A page of the app's own under a scheme of its own, with commands that no other page may
//! call. On desktops it has a window of its own ([`window`]), on phones it is shown in the only
//! one there is ([`inside`]). It hears of what changes for as long as it is there. What can
//! still be taken back in it when it is left is done first.

pub(crate) mod activity;
pub(crate) mod commands;
mod export;
#[cfg(phone)]
mod inside;
pub(crate) mod leaving;
pub(crate) mod saved;
mod shelves;
pub(crate) mod storage;
pub(crate) mod thumbnail;
#[cfg(not(phone))]
mod window;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tauri::{Manager, Wry};

use crate::reply;
use crate::shell::Shell;

#[cfg(phone)]
use inside::key;
#[cfg(phone)]
pub(crate) use inside::{Key, WINDOW, close, is_at, open, open_at};
pub(crate) use shelves::Shelves;
#[cfg(not(phone))]
use window::key;
#[cfg(not(phone))]
pub(crate) use window::{WINDOW, close, open, open_at};

/// The scheme its page is served under; no profile can have it.
const SCHEME: &str = "holdfast-library";
/// The page, with places for the language and for where the copies are. Its own policy lets
/// nothing else in.
const PAGE: &str = include_str!("../../../ui/dist/library.html");
const LANGUAGE: &str = "__HOLDFAST_LANGUAGE__";
const COPIES: &str = "__HOLDFAST_COPIES__";
const FRAMES: &str = "__HOLDFAST_FRAMES__";
const KEY: &str = "__HOLDFAST_KEY__";

/// A part of the Library that something else leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Place {
    Saved,
    Waiting,
}

impl Place {
    /// Its name in the page.
    const fn name(self) -> &'static str {
        match self {
            Self::Saved => "saved",
            Self::Waiting => "waiting",
        }
    }
}

/// Lets an app show its Library.
pub(crate) fn with_protocol(builder: tauri::Builder<Wry>) -> tauri::Builder<Wry> {
    let builder = builder.manage(leaving::Leaving::default());
    let builder = builder.register_uri_scheme_protocol(SCHEME, |context, request| {
        let shell = context.app_handle().try_state::<Arc<Shell>>();
        match shell.filter(|_| is_ours(context.webview_label(), request.uri())) {
            // What the person has chosen it asks for by itself.
            Some(shell) => response(&shell.language, &key(context.app_handle())),
            None => reply::empty(http::StatusCode::FORBIDDEN),
        }
    });
    let scheme = thumbnail::SCHEME;
    builder.register_asynchronous_uri_scheme_protocol(scheme, |context, request, responder| {
        let shell = context.app_handle().try_state::<Arc<Shell>>();
        let Some(shell) = shell.map(|shell| Arc::clone(&shell)) else {
            responder.respond(reply::empty(http::StatusCode::FORBIDDEN));
            return;
        };
        let label = context.webview_label().to_owned();
        tauri::async_runtime::spawn(async move {
            responder.respond(thumbnail::respond(&shell, &label, request).await);
        });
    })
}

/// Whether the Library's window asks for its page.
fn is_ours(label: &str, uri: &http::Uri) -> bool {
    label == WINDOW && uri.host() == Some("localhost") && uri.path() == "/"
}

fn response(language: &str, key: &str) -> http::Response<Vec<u8>> {
    // A tag of the system's, which must not end the attribute it stands in.
    let tag: String =
        language.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
    let page = PAGE.replace(LANGUAGE, &tag).replace(COPIES, thumbnail::address());
    let page = page.replace(FRAMES, thumbnail::source()).replace(KEY, key);
    let mut response = http::Response::new(page.into_bytes());
    let html = http::HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(http::header::CONTENT_TYPE, html);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_librarys_window_gets_its_page() {
        let check = |label: &str, uri: &str| is_ours(label, &uri.parse().unwrap());
        assert!(check("library", "holdfast-library://localhost/"));
        assert!(!check("main", "holdfast-library://localhost/"));
        assert!(!check("library", "holdfast-library://elsewhere/"));
        assert!(!check("library", "holdfast-library://localhost/other"));
    }

    #[test]
    fn the_page_has_its_policy_and_its_place() {
        let page = String::from_utf8(response("de-DE\"><script>", "1").into_body()).unwrap();
        assert!(page.contains("<html lang=\"de-DEscript\" "), "{page}");
        assert!(page.contains("default-src 'none'; script-src 'sha256-"), "{page}");
        assert!(!page.contains("__HOLDFAST_"), "{page}");
        assert!(page.contains(&format!("frame-src {};", thumbnail::source())), "{page}");
    }
}
