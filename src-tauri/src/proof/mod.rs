//! The proof that a saved page is complete: it is shown where nobody sees it, from its copy
//! alone, and what it asks for and does not get is noted.
//!
//! ```text
//! a new copy ──▶ queue ──▶ a hidden window ── loaded and quiet ──▶ the engine is told what is
//!                 ▲                                                 missing, and fetches it
//!                 └──────────────── shown once more ◀────────────────┘
//! ```
//!
//! The window has no capability, so the page in it can call no command, and its requests never
//! leave this module. A page that hangs or leads elsewhere proves nothing, and its copy stays
//! as it was.

mod look;
mod queue;

use std::sync::Arc;
use std::time::{Duration, Instant};

use holdfast_engine::{Body, Destination, SavedState, in_full};
use http::StatusCode;
use http::header::{ACCEPT_LANGUAGE, LOCATION};
use tauri::webview::{NewWindowResponse, PageLoadEvent, PermissionResponse};
use tauri::{AppHandle, Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent};
use url::{Position, Url};

use crate::facts::Facts;
use crate::protocol::PROOF_WINDOW as WINDOW;
use crate::shell::Shell;
use crate::site_window::page_script;
use crate::{language, origin, protocol, reply, saving};

pub(crate) use queue::{Proof, Proofs};

/// How often a page is shown at most: what a script asks for may bring further scripts.
const ROUNDS: usize = 3;
/// How long a window may take to go. The next one cannot have its name before.
const CLOSING: Duration = Duration::from_secs(5);
const SILENCE: &str = include_str!("silence.js");
/// What is not shown is not laid out by itself, and then no font and no background is wanted.
const LAY_OUT: &str = "document.documentElement.getBoundingClientRect()";

/// Proves what is asked for, one after another, until the app ends.
pub(crate) async fn run(app: AppHandle, shell: Arc<Shell>) {
    while let Some(proof) = shell.proofs.next().await {
        for _ in 0..ROUNDS {
            let Some(missing) = look_at(&app, &shell, &proof).await else { break };
            tracing::debug!(path = proof.path, ?missing, "a copy was shown");
            match shell.engine.proven(&proof.key, missing).await {
                Ok(true) if shell.proofs.is_wanted() => {}
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(error = in_full(&error), "a proof is not kept");
                    break;
                }
            }
        }
    }
}

/// Notes that a page is shown: from the first one on there is time to prove copies, also those
/// whose proof the end of the app has cut short.
pub(crate) async fn begin(shell: &Shell) {
    if shell.proofs.begin() {
        ask_for_unproven(shell).await;
    }
}

/// Asks for all copies that nobody has proven.
pub(crate) async fn ask_for_unproven(shell: &Shell) {
    match saving::list(shell).await {
        Ok(saved) => {
            let is_unproven = |one: &&holdfast_engine::SavedPage| {
                one.state == SavedState::Saved && one.is_of_visitor
            };
            for one in saved.iter().filter(is_unproven) {
                shell.proofs.ask(Proof { key: one.key.clone(), path: one.path.clone() });
            }
        }
        Err(error) => tracing::warn!(error, "what is to be proven cannot be read"),
    }
}

/// The app ends, which it does not while there is a window.
pub(crate) fn end(app: &AppHandle) {
    if let Some(shell) = app.try_state::<Arc<Shell>>() {
        shell.proofs.end();
    }
    if let Some(window) = app.get_webview_window(WINDOW) {
        close(&window);
    }
}

/// Answers one request of the window from the copy, or not at all.
pub(crate) async fn respond(
    shell: &Arc<Shell>,
    request: http::Request<Vec<u8>>,
) -> http::Response<Vec<u8>> {
    let Some(key) = shell.proofs.asked_by() else {
        return reply::empty(StatusCode::FORBIDDEN);
    };
    let (mut parts, _body) = request.into_parts();
    let is_worker = protocol::without_mark(&mut parts.uri);
    let is_script = parts.headers.remove(protocol::HOLDFAST_DESTINATION).is_some();
    if parts.uri.path().starts_with(protocol::ANSWERS) {
        return reply::empty(StatusCode::NOT_FOUND);
    }
    parts.headers.insert(ACCEPT_LANGUAGE, language::accept(&shell.language));
    let mut request = shell.edge.request(parts, Body::default()).without_body();
    if is_script {
        request.destination = Destination::Data;
    }
    let (method, url) = (request.method.clone(), request.url.clone());
    let destination = request.destination;
    let engine = shell.engine.clone();
    let looked_up = move || engine.from_copy(&key, &request);
    let found = tauri::async_runtime::spawn_blocking(looked_up).await.ok().flatten();
    // Answered or not, that is when the page can go on.
    let now = Instant::now();
    let Some(response) = found else {
        shell.proofs.see(|look| {
            look.asks(now);
            look.misses(&method, path_of(&url));
        });
        return reply::empty(StatusCode::GATEWAY_TIMEOUT);
    };
    shell.proofs.see(|look| look.asks(now));
    if destination != Destination::Document {
        let mut answer = reply::as_data(response, None).await;
        if is_worker && answer.status() == StatusCode::OK {
            reply::with_prelude(&mut answer);
        }
        return answer;
    }
    let location = response.headers.get(LOCATION).and_then(|value| value.to_str().ok());
    if let Some(location) = location.filter(|_| response.status.is_redirection()) {
        let path = on_site(shell, location);
        shell.proofs.see(|look| look.leads_to(&path));
        return reply::redirect(shell, location);
    }
    let facts = Facts::of(shell, &url, response.provenance, response.status).offline();
    let answer = reply::as_document(&facts, response).await;
    shell.proofs.see(|look| look.reads(answer.body()));
    answer
}

/// Shows a page from its copy: what is missing, if that can be told.
async fn look_at(app: &AppHandle, shell: &Arc<Shell>, proof: &Proof) -> Option<Vec<String>> {
    if !shell.proofs.is_wanted() {
        return None;
    }
    shell.proofs.begin_look(on_site(shell, &proof.path), Instant::now());
    let gone = Arc::new(tokio::sync::Notify::new());
    let seen = match open(app, shell, &proof.path, gone.clone()) {
        Ok(window) => {
            let seen = shell.proofs.seen().await;
            close(&window);
            if tokio::time::timeout(CLOSING, gone.notified()).await.is_err() {
                tracing::warn!("the hidden window does not go");
            }
            seen
        }
        Err(error) => {
            tracing::warn!(error = in_full(&error), "no hidden window opens");
            None
        }
    };
    shell.proofs.end_look();
    seen
}

/// Opens the window; `gone` hears of its end.
fn open(
    app: &AppHandle,
    shell: &Arc<Shell>,
    path: &str,
    gone: Arc<tokio::sync::Notify>,
) -> tauri::Result<WebviewWindow> {
    let own = shell.edge.own.clone();
    let loads = shell.clone();
    let page = WebviewUrl::CustomProtocol(origin::at(&own, path));
    let window = WebviewWindowBuilder::new(app, WINDOW, page)
        .visible(false)
        .focused(false)
        .skip_taskbar(true)
        .inner_size(1024.0, 768.0)
        .use_https_scheme(true)
        // The page finds there what its scripts have kept.
        .data_directory(shell.webview.clone())
        .initialization_script_for_all_frames(SILENCE)
        // Its scripts ask for the same as in the window of the site.
        .initialization_script_for_all_frames(page_script(shell.engine.site()))
        .disable_drag_drop_handler()
        // Frames ask here too, so that the page goes nowhere else is seen when it is shown.
        .on_navigation(move |url| {
            origin::is_same(&own, url) || matches!(url.scheme(), "about" | "blob" | "data")
        })
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .on_permission_request(|_, _| PermissionResponse::Deny)
        .on_page_load(move |window, load| match load.event() {
            PageLoadEvent::Started => {
                let path = on_site(&loads, path_of(load.url()));
                loads.proofs.see(|look| look.shows(&path));
            }
            PageLoadEvent::Finished => {
                // A window that is gone is laid out no more.
                let _ = window.eval(LAY_OUT);
                loads.proofs.see(|look| look.loads(Instant::now()));
            }
        })
        .build()?;
    let shell = shell.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::Destroyed = event {
            shell.proofs.see(look::Look::goes);
            gone.notify_one();
        }
    });
    Ok(window)
}

fn close(window: &WebviewWindow) {
    if let Err(error) = window.destroy() {
        tracing::warn!(error = in_full(&error), "the hidden window stays");
    }
}

/// A path with its query as the site has it: schemes differ in how they write one.
fn on_site(shell: &Shell, path: &str) -> String {
    path_of(&origin::at(&shell.edge.site, path)).to_owned()
}

/// Path and query.
fn path_of(url: &Url) -> &str {
    &url[Position::BeforePath..Position::AfterQuery]
}
