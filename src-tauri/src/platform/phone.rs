//! A phone: one window, no tray, no menu, and a webview that hands over no bodies.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError};

use http::StatusCode;
use http::header::ACCEPT;
use serde::Deserialize;
use tauri::ipc::Invoke;
use tauri::{AppHandle, Builder, Manager, Runtime, WebviewWindow, WebviewWindowBuilder, Wry};
use url::Url;

use super::{Asked, Shown};
use crate::language::Sentence;
use crate::library::{self, Key, thumbnail};
use crate::protocol::HOLDFAST_DESTINATION;
use crate::reply;
use crate::shell::Shell;
use crate::site_window::Appearance;

pub(crate) use super::late::Late;

/// What each page has on a phone beside what it has everywhere.
const SCRIPT: &str = include_str!("../../../ui/dist/phone.js");
/// The addresses of the app's own pages, which are not the site's.
const OWN_PAGES: &str = r"/^(?:holdfast-(?:library|copy):|https:\/\/holdfast-(?:library|copy)\.)/";
/// What a page of the site may call.
const PAGE: &str = include_str!("../../capabilities/page.json");
/// What the Library shows with each command.
const KEY: &str = "holdfast-library";

const TAKES_LONG: Sentence = Sentence {
    en: "This page takes long. It opens by itself.",
    de: "Diese Seite braucht lange. Sie öffnet sich von selbst.",
};

/// Gives the Library its key.
pub(crate) fn prepare(builder: Builder<Wry>) -> Builder<Wry> {
    #[cfg(feature = "mobile-simulation")]
    let builder = super::simulation::prepare(builder);
    builder.manage(Key::default())
}

#[derive(Deserialize)]
struct Capability {
    permissions: Vec<String>,
}

/// The commands that a page of the site may call.
fn of_the_page() -> HashSet<String> {
    let capability = serde_json::from_str::<Capability>(PAGE);
    // One that cannot be read grants nothing.
    let permissions = capability.map(|capability| capability.permissions).unwrap_or_default();
    let name = |permission: &String| Some(permission.strip_prefix("allow-")?.replace('-', "_"));
    permissions.iter().filter_map(name).collect()
}

/// Lets through what a page of the site may call, and everything else from the Library alone:
/// the window has the capabilities of both.
pub(crate) fn guarded<C>(commands: C) -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static
where
    C: Fn(Invoke<Wry>) -> bool + Send + Sync + 'static,
{
    let of_the_page = of_the_page();
    move |invoke| {
        let message = &invoke.message;
        let is_of_library = || {
            let key = message.webview_ref().try_state::<Key>();
            let shown = message.headers().get(KEY);
            key.zip(shown).is_some_and(|(key, shown)| key.is(shown.as_bytes()))
        };
        if of_the_page.contains(message.command()) || is_of_library() {
            return commands(invoke);
        }
        let refused = format!("Command {} not allowed to a page", message.command());
        invoke.resolver.reject(refused);
        true
    }
}

/// Gets ready what only phones need.
///
/// # Errors
///
/// If the system refuses.
pub(crate) fn begin(app: &AppHandle) -> tauri::Result<()> {
    #[cfg(mobile)]
    app.plugin(tauri_plugin_notification::init())?;
    #[cfg(feature = "mobile-simulation")]
    super::simulation::begin(app)?;
    let _ = app;
    Ok(())
}

/// How the window is made.
pub(crate) fn dress<'a>(
    window: WebviewWindowBuilder<'a, Wry, AppHandle>,
    _app: &AppHandle,
    shell: &Shell,
    _appearance: Appearance,
) -> WebviewWindowBuilder<'a, Wry, AppHandle> {
    let language = serde_json::json!(shell.preferences.language());
    let script = format!("(() => {{\nconst __HOLDFAST_LANGUAGE__ = {language};\n{SCRIPT}\n}})();");
    #[cfg(feature = "mobile-simulation")]
    let window = super::simulation::dress(window);
    window.initialization_script(script)
}

/// The window has what it needs.
pub(crate) const fn attach(_window: &WebviewWindow, _shell: &Arc<Shell>) {}

/// Shows the window.
///
/// # Errors
///
/// If the system does not.
pub(crate) fn show<R: Runtime>(
    window: &WebviewWindow<R>,
    _appearance: Appearance,
) -> tauri::Result<()> {
    window.show()
}

/// The same for a person who has lost sight of it.
///
/// # Errors
///
/// If the system does not.
pub(crate) fn bring_forward<R: Runtime>(window: &WebviewWindow<R>) -> tauri::Result<()> {
    window.show()?;
    window.set_focus()
}

/// Whether the person looks at the app.
pub(crate) fn is_looked_at(_app: &AppHandle, shell: &Shell) -> bool {
    shell.windows.are_any()
}

/// Whether that is a page of the app's own, which the window may show: the Library, and in its
/// frames the copies. Their addresses have a key that no page of the site knows.
pub(crate) fn is_own_page(url: &Url) -> bool {
    library::is_at(url) || thumbnail::is_one(url)
}

/// A page is about to be shown in the window.
pub(crate) fn arrives<R: Runtime>(window: &WebviewWindow<R>, url: &Url) {
    let Some(shell) = window.try_state::<Arc<Shell>>() else { return };
    shows(&shell, if library::is_at(url) { Shown::Library } else { Shown::Page });
}

/// Whoever was in the window before hears no more: what is said there would be heard by the
/// page that is there now.
pub(crate) fn shows(shell: &Shell, shown: Shown) {
    match shown {
        Shown::Page => *shell.library.lock().unwrap_or_else(PoisonError::into_inner) = None,
        Shown::Library => shell.pages.lock().unwrap_or_else(PoisonError::into_inner).clear(),
    }
}

/// What runs in the site's pages, and not in the Library, which comes to the same window.
pub(crate) fn for_the_site(script: String) -> String {
    format!("if (!{OWN_PAGES}.test(location.href)) {script}")
}

/// Answers a request before the webview gives up, as Android's does after 30 s: it would then
/// ask a host that there is not, and the person would see its error.
///
/// A page that takes longer says so and asks again; meanwhile it is on its way. What else takes
/// longer has failed. Android hands over no body, and nothing is expected of one.
pub(crate) async fn answered<A, F>(
    shell: Arc<Shell>,
    request: Asked,
    answer: A,
) -> http::Response<Vec<u8>>
where
    A: FnOnce(Arc<Shell>, Asked) -> F,
    F: Future<Output = http::Response<Vec<u8>>> + Send + 'static,
{
    let request = request.map(|_body| Vec::new());
    // Nobody sees what was asked for another person.
    let page = is_page(&request).then(|| {
        let visitor = shell.engine.visitor(&shell.edge.site);
        format!("{visitor} {}", request.uri())
    });
    let asks_for_page = page.is_some();
    let answer = answer(Arc::clone(&shell), request);
    match shell.late.in_time(page, answer).await {
        Some(response) => response,
        None if asks_for_page => takes_long(&shell.preferences.language()),
        None => reply::empty(StatusCode::GATEWAY_TIMEOUT),
    }
}

/// Whether a page is asked for, by a navigation.
fn is_page(request: &Asked) -> bool {
    let accept = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok());
    let is_html = accept.is_some_and(|accept| accept.contains("text/html"));
    let by_script = request.headers().contains_key(HOLDFAST_DESTINATION);
    request.method() == http::Method::GET && is_html && !by_script
}

fn takes_long(language: &str) -> http::Response<Vec<u8>> {
    let said = TAKES_LONG.in_language(language);
    let content = format!(
        "<meta name=\"viewport\" content=\"width=device-width, viewport-fit=cover\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>…</title>\
         <style>body {{ margin: 0; padding: max(24px, env(safe-area-inset-top)) 24px; \
         font: 17px/1.5 system-ui, sans-serif; }}</style>\
         <p>{said}</p><script>setTimeout(() => location.reload(), 100)</script>"
    );
    reply::page(StatusCode::GATEWAY_TIMEOUT, &content)
}

/// A phone has no menu.
pub(crate) mod menu {
    use tauri::AppHandle;

    use crate::shell::Shell;

    pub(crate) const fn begin(_app: &AppHandle, _shell: &Shell) {}
    pub(crate) const fn refresh(_app: &AppHandle, _shell: &Shell) {}
}

/// Where there is one window, no copy is shown where nobody sees it: it stays without a tick.
pub(crate) mod proof {
    use std::sync::Arc;

    use http::StatusCode;
    use tauri::AppHandle;

    use crate::reply;
    use crate::shell::Shell;

    pub(crate) struct Proof {
        pub(crate) key: String,
        pub(crate) path: String,
    }

    #[derive(Default)]
    pub(crate) struct Proofs {}

    impl Proofs {
        pub(crate) fn ask(&self, Proof { key, path }: Proof) {
            tracing::debug!(key, path, "a copy stays unproven");
        }

        pub(crate) const fn end(&self) {}
    }

    pub(crate) async fn run(_app: AppHandle, _shell: Arc<Shell>) {}
    pub(crate) async fn begin(_shell: &Shell) {}
    pub(crate) async fn ask_for_unproven(_shell: &Shell) {}
    pub(crate) const fn end(_app: &AppHandle) {}

    pub(crate) async fn respond(
        _shell: &Arc<Shell>,
        _request: http::Request<Vec<u8>>,
    ) -> http::Response<Vec<u8>> {
        reply::empty(StatusCode::FORBIDDEN)
    }
}

/// The system starts an app once, and tells it of links otherwise.
pub(crate) mod instance {
    use std::path::Path;

    use tauri::AppHandle;
    use tokio::sync::mpsc;

    use crate::command_line::Arguments;

    pub(crate) type Starts = mpsc::UnboundedReceiver<Arguments>;

    pub(crate) fn begin(_app: &AppHandle, _data: &Path, _arguments: &Arguments) -> Starts {
        mpsc::unbounded_channel().1
    }
}
