//! What a page may call. The capability grants these to the main window and nothing else.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use holdfast_engine::{Destination, Event, Waiting, in_full};
use serde::{Deserialize, Serialize};
use tauri::ipc::Channel;
use tauri::{AppHandle, State, WebviewWindow, command};
use tokio::sync::broadcast::error::RecvError;
use url::{Position, Url};

use crate::downloads::{self, Download};
use crate::facts::{Cause, cause_of};
use crate::outbox::{Draft, Kind, Outbox};
use crate::platform::{self, Shown, proof};
use crate::saving::{self, Saving};
use crate::shell::Shell;
use crate::{library, navigation, notifications, origin, protocol};

/// What a page hears of while it is open.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub(crate) enum PageEvent {
    /// The site became reachable or unreachable, or is so for another reason.
    Connection { online: bool, cause: Option<Cause> },
    /// Another version of a path, with its query, was stored.
    PageChanged { path: String, update: Update },
    /// What the site sent for a path is what is stored.
    PageConfirmed { path: String },
    /// What waits to be sent has changed.
    Outbox { outbox: Option<Outbox> },
    /// Something that waited was sent.
    Sent { kind: Kind, choice: Option<String> },
    /// How far the page is saved has changed.
    Saving { saving: Saving },
    /// How far downloads are has changed: those that run or have just ended, the oldest first.
    Downloads { downloads: Vec<Download> },
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

/// What few pages need, and so is no part of what each carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Part {
    /// What patches pages.
    Patch,
    /// What says what waits to be sent.
    Outbox,
    /// The control that saves the page.
    Saving,
    /// What says why the site cannot be reached.
    Cause,
    /// What finds words in the page.
    Find,
}

impl Part {
    fn script(self, language: &str, is_public: bool) -> String {
        let script = match self {
            Self::Patch => include_str!("../../ui/dist/patch.js"),
            Self::Outbox => include_str!("../../ui/dist/outbox.js"),
            Self::Saving => include_str!("../../ui/dist/saving.js"),
            Self::Cause => include_str!("../../ui/dist/cause.js"),
            Self::Find => include_str!("../../ui/dist/find.js"),
        };
        let told = serde_json::json!({ "language": language, "isPublic": is_public });
        // A scope of its own, so that the page sees nothing of it.
        format!("(() => {{\nconst __HOLDFAST__ = {told};\n{script}\n}})();")
    }
}

/// How things stand when a page is shown.
#[derive(Serialize)]
pub(crate) struct Opened {
    online: bool,
    cause: Option<Cause>,
    visitor: String,
    /// What the page, if it is a stored copy, was too late to hear.
    news: Option<PageEvent>,
    /// What waits to be sent.
    outbox: Option<Outbox>,
    /// What is to be entered in a form of the page.
    draft: Option<Draft>,
    /// How far the page is saved.
    saving: Saving,
}

/// The page that is open: where it hears of events, and its path with its query.
#[derive(Clone)]
pub(crate) struct OpenPage {
    pub(crate) channel: Channel<PageEvent>,
    pub(crate) path: String,
}

/// The pages that are open, by the names of their windows.
pub(crate) type OpenPages = BTreeMap<String, OpenPage>;

/// Notes that a page is shown: from now on it hears of events, and the one before it in its
/// window no more.
///
/// # Errors
///
/// If the page is not one of the site.
#[command]
pub(crate) async fn page_opened(
    app: AppHandle,
    window: WebviewWindow,
    shell: State<'_, Arc<Shell>>,
    channel: Channel<PageEvent>,
    page: String,
) -> Result<Opened, String> {
    let page = on_site(&shell, &page)?;
    tracing::debug!(path = page.path(), "a page is opened");
    let path = page[Position::BeforePath..Position::AfterQuery].to_owned();
    let open = OpenPage { channel, path: path.clone() };
    opened(&shell, window.label(), open);
    downloads::tell(&shell);
    platform::shows(&shell, Shown::Page);
    // What a further window shows closes nothing that the site's own has.
    if window.label() == protocol::WINDOW {
        shell.engine.page_shown(&page).await;
    }
    let visitor = shell.engine.visitor(&shell.edge.site);
    let news = shell.news.of(&path);
    let waiting = waiting(&app, &shell).await;
    let outbox = Outbox::of(&waiting, &path);
    // Somebody else may be signed in now.
    library::commands::tell(&shell).await;
    proof::begin(&shell).await;
    let saving = saving::of_page(&shell, &path).await;
    let draft = shell
        .draft
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take_if(|draft| draft.page == path);
    let cause = cause_of(*shell.engine.connection().borrow());
    Ok(Opened { online: cause.is_none(), cause, visitor, news, outbox, draft, saving })
}

/// Opens the window that shows what the device holds, at one of its places or as it was.
///
/// # Errors
///
/// If the system opens no window.
#[command]
pub(crate) async fn open_library(
    app: AppHandle,
    shell: State<'_, Arc<Shell>>,
    place: Option<library::Place>,
) -> Result<(), String> {
    if shell.kiosk.is_some() {
        return Err("the public has no Library".to_owned());
    }
    let opened = match place {
        Some(place) => library::open_at(&app, &shell, place),
        None => library::open(&app, &shell),
    };
    opened.map_err(|error| in_full(&error))
}

/// Opens the page on which the network wants the person to sign in, in the system's browser.
///
/// # Errors
///
/// If the network wants nothing any more.
#[command]
pub(crate) fn open_portal(app: AppHandle, shell: State<'_, Arc<Shell>>) -> Result<(), String> {
    if shell.kiosk.is_some() {
        return Err("the public opens no other program".to_owned());
    }
    let portal = shell.engine.portal().ok_or("this network asks for nothing")?;
    navigation::open_portal(&app, &portal);
    Ok(())
}

/// What waits to be sent; what cannot be read is not said of a page.
async fn waiting(app: &AppHandle, shell: &Arc<Shell>) -> Vec<Waiting> {
    notifications::read_and_tell(app, shell).await.unwrap_or_else(|error| {
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
pub(crate) fn load_part(
    window: WebviewWindow,
    shell: State<'_, Arc<Shell>>,
    part: Part,
) -> Result<(), String> {
    // In a public terminal a part offers nothing that is not there.
    let script = part.script(&shell.preferences.language(), shell.kiosk.is_some());
    window.eval(script).map_err(|error| error.to_string())
}

/// How long a hard reload goes past the store: a page has asked for its parts by then.
const HARD_RELOAD: Duration = Duration::from_secs(10);

/// For a short while, asks the site first for whatever the page asks for, as a browser's
/// hard reload does. Where the site has nothing, what is stored is still there.
#[command]
pub(crate) fn past_the_store(shell: State<'_, Arc<Shell>>) {
    go_past_the_store(&shell);
}

pub(crate) fn go_past_the_store(shell: &Shell) {
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

/// Passes the engine's events on to the page that is open, for as long as there are any.
pub(crate) fn tell_the_page(app: AppHandle, shell: Arc<Shell>) {
    let mut events = shell.engine.events();
    tauri::async_runtime::spawn(saving::keep_telling(shell.clone()));
    tauri::async_runtime::spawn(downloads::keep_telling(shell.clone()));
    tauri::async_runtime::spawn(proof::run(app.clone(), shell.clone()));
    tauri::async_runtime::spawn(async move {
        loop {
            let event = match events.recv().await {
                Ok(event) => event,
                // The state can be asked for, so what was missed is made up for at once.
                Err(RecvError::Lagged(_)) => {
                    shell.saving_has_changed.notify_one();
                    shell.notifications.reconsider();
                    proof::ask_for_unproven(&shell).await;
                    Event::Connection(*shell.engine.connection().borrow())
                }
                Err(RecvError::Closed) => return,
            };
            let event = match event {
                Event::Connection(connection) => {
                    tell_what_waits(&app, &shell).await;
                    let cause = cause_of(connection);
                    PageEvent::Connection { online: cause.is_none(), cause }
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
                    tell_what_waits(&app, &shell).await;
                    continue;
                }
                Event::Delivered { key, kind, label, .. } if shell.patience.had_waited(&key) => {
                    PageEvent::Sent { kind: kind.into(), choice: label }
                }
                Event::Notice => {
                    shell.notifications.reconsider();
                    continue;
                }
                Event::Saving { .. } => {
                    shell.saving_has_changed.notify_one();
                    continue;
                }
                Event::Saved { key, path } => {
                    shell.proofs.ask(proof::Proof { key, path });
                    shell.saving_has_changed.notify_one();
                    continue;
                }
                Event::Delivered { .. }
                | Event::Changed { .. }
                | Event::Confirmed { .. }
                | Event::Installed { .. }
                | Event::InstallFailed { .. }
                | Event::CacheStartedAfresh { .. }
                | Event::NotKept { .. }
                | Event::NotStored { .. }
                | Event::Synced => continue,
            };
            shell.news.note(&event);
            for page in open_pages(&shell) {
                // A page that has gone meanwhile asks for the state when it is back.
                let _ = page.channel.send(event.clone());
            }
        }
    });
}

/// Tells whoever shows it what waits to be sent.
async fn tell_what_waits(app: &AppHandle, shell: &Arc<Shell>) {
    let waiting = waiting(app, shell).await;
    for OpenPage { channel, path } in open_pages(shell) {
        let _ = channel.send(PageEvent::Outbox { outbox: Outbox::of(&waiting, &path) });
    }
    library::commands::tell(shell).await;
}

/// Whether a page has been opened in the site's window.
pub(crate) fn has_page(shell: &Shell) -> bool {
    open_page(shell, protocol::WINDOW).is_some()
}

/// The page that is open in a window.
pub(crate) fn open_page(shell: &Shell, window: &str) -> Option<OpenPage> {
    shell.pages.lock().unwrap_or_else(PoisonError::into_inner).get(window).cloned()
}

/// Notes what a window shows.
fn opened(shell: &Shell, window: &str, page: OpenPage) {
    let mut pages = shell.pages.lock().unwrap_or_else(PoisonError::into_inner);
    pages.insert(window.to_owned(), page);
}

/// Notes that a window is gone, and with it what it showed.
pub(crate) fn closed(shell: &Shell, window: &str) {
    shell.pages.lock().unwrap_or_else(PoisonError::into_inner).remove(window);
}

pub(crate) fn open_pages(shell: &Shell) -> Vec<OpenPage> {
    shell.pages.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
}

/// What is told of the connection: a suspicion is not yet offline.
pub(crate) fn is_online(shell: &Shell) -> bool {
    !shell.engine.connection().borrow().is_offline()
}

/// The address on the site of a page, as the page has it.
pub(crate) fn on_site(shell: &Shell, url: &str) -> Result<Url, String> {
    let url = Url::parse(url).map_err(|error| format!("{url}: {error}"))?;
    if origin::is_same(&shell.edge.own, &url) || origin::is_same(&shell.edge.site, &url) {
        return Ok(origin::at(&shell.edge.site, &url[Position::BeforePath..]));
    }
    Err(format!("{url} is not on the site"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::submissions::Outcome;

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
        described(PageEvent::Connection { online: true, cause: None }, "type");
        described(PageEvent::PageChanged { path: path(), update: Update::Patch }, "type");
        described(PageEvent::PageConfirmed { path: path() }, "type");
        described(PageEvent::Outbox { outbox: None }, "type");
        described(PageEvent::Sent { kind: Kind::Vote, choice: None }, "type");
        described(PageEvent::Saving { saving: Saving::of(None) }, "type");
        described(PageEvent::Downloads { downloads: Vec::new() }, "type");
        described(Outcome::Redirect { location: path() }, "kind");
        described(Outcome::Answer { id: path(), url: path(), redirected: false }, "kind");
        described(Outcome::Nothing, "kind");
        described(Outcome::Unsent { because: "offline", message: path() }, "kind");
    }
}
