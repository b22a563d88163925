//! Tauri's updater, and what the app knows of it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use holdfast_engine::{SubmissionState, in_full};
use serde_json::Value;
use tauri::utils::config::BundleType;
use tauri::utils::platform::bundle_type;
use tauri::{AppHandle, Builder, Config, Manager, WebviewWindow, Wry};
use tauri_plugin_updater::{Update, Updater, UpdaterExt};
use tokio::{sync, time};

use super::decision::{self, By, Ending, Entered, Obstacle, Work};
use super::schedule::{self, AFTER_THE_START, Look};
use super::{AppVersion, UpdateState};
use crate::library::{self, commands as kept};
use crate::protocol::PROOF_WINDOW;
use crate::saving;
use crate::shell::{self, Shell};

/// Where Tauri's configuration has it.
const PLUGIN: &str = "updater";
/// Says whether something was entered on a page.
const ENTERED: &str = include_str!("entered.js");
/// How long a page may take to say so.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a server may be silent.
const SILENCE: Duration = Duration::from_secs(60);

/// What is known of newer versions.
#[derive(Default)]
pub(crate) struct Updates {
    known: Mutex<Known>,
    /// Held while it is looked for one.
    turn: sync::Mutex<()>,
    /// How often it was.
    looks: AtomicU64,
    /// The session ends.
    ends_with_session: AtomicBool,
}

#[derive(Default)]
struct Known {
    /// `None` where nobody is asked.
    state: Option<UpdateState>,
    next: Option<String>,
    /// What is installed when its time has come.
    ready: Option<Ready>,
}

/// An update that is here, and signed as it has to be.
struct Ready {
    update: Update,
    package: Vec<u8>,
}

/// Who wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    ByItself,
    ByThePerson,
}

impl Updates {
    /// Notes that it is not the person who ends the app.
    #[cfg_attr(windows, allow(dead_code, reason = "there the end of a session asks nobody"))]
    pub(crate) fn ends_with_session(&self) {
        self.ends_with_session.store(true, Ordering::Relaxed);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, state: UpdateState, next: Option<String>) {
        let mut known = self.known();
        (known.state, known.next) = (Some(state), next);
    }

    pub(super) fn said(&self, app: &AppHandle) -> AppVersion {
        let known = self.known();
        AppVersion {
            version: app.package_info().version.to_string(),
            state: known.state.unwrap_or(UpdateState::Off),
            next: known.next.clone(),
        }
    }

    /// Installs what is ready, if the app ends in a way that allows it.
    pub(crate) fn install_at_the_end(&self, is_tidy: bool) {
        let Some(Ready { update, package }) = self.known().ready.take() else { return };
        let is_of_system = self.ends_with_session.load(Ordering::Relaxed);
        let by = if is_of_system { By::System } else { By::Person };
        if !decision::at_the_end(Ending { by, is_tidy, asks_for_password: asks_for_password() }) {
            return;
        }
        tracing::debug!(version = update.version, "an update is installed at the end");
        // On Windows the installer takes over here.
        if let Err(error) = update.restart_after_install(false).install(package) {
            tracing::error!(error = in_full(&error), "an update is not installed");
        }
    }
}

/// Lets the endpoint be another one in a test, which says so in the environment. What is
/// released listens to nobody: whoever chooses the endpoint and the key chooses the program.
pub(crate) fn configure(config: &mut Config) {
    if cfg!(debug_assertions)
        && let Ok(endpoint) = std::env::var("HOLDFAST_TEST_UPDATE_ENDPOINT")
        && let Ok(key) = std::env::var("HOLDFAST_TEST_UPDATE_KEY")
    {
        let given = serde_json::json!({
            "endpoints": [endpoint],
            "pubkey": key,
            "requireSignedVersion": true,
            "dangerousInsecureTransportProtocol": true,
        });
        config.plugins.0.insert(PLUGIN.to_owned(), given);
    }
}

/// Whether there is somebody to ask, and a package that would be changed.
fn is_updated(config: &Config) -> bool {
    has_endpoint(config) && bundle_type().is_some()
}

fn has_endpoint(config: &Config) -> bool {
    let endpoints = config.plugins.0.get(PLUGIN).and_then(|updater| updater.get("endpoints"));
    endpoints.and_then(Value::as_array).is_some_and(|endpoints| !endpoints.is_empty())
}

/// Adds Tauri's updater where there is somebody to ask.
pub(crate) fn with_plugin(builder: Builder<Wry>, config: &Config) -> Builder<Wry> {
    if has_endpoint(config) {
        builder.plugin(tauri_plugin_updater::Builder::new().build())
    } else {
        builder
    }
}

/// Looks for newer versions as long as the app runs.
pub(crate) fn begin(app: &AppHandle, shell: &Arc<Shell>) {
    if !is_updated(app.config()) {
        tracing::debug!("nobody is asked for newer versions");
        return;
    }
    shell.updates.note(UpdateState::Unasked, None);
    let (app, shell) = (app.clone(), Arc::clone(shell));
    tauri::async_runtime::spawn(async move {
        time::sleep(AFTER_THE_START).await;
        loop {
            let look = look_for(&app, &shell, Asked::ByItself).await;
            let planned = schedule::next(look, SystemTime::now(), fastrand::f64());
            while let Some(pause) = schedule::pause(planned, SystemTime::now()) {
                time::sleep(pause).await;
            }
        }
    });
}

/// Looks for a newer version and fetches it; who comes while somebody does so waits for that.
async fn look_for(app: &AppHandle, shell: &Shell, asked: Asked) -> Look {
    let updates = &shell.updates;
    let before = updates.looks.load(Ordering::Acquire);
    let _turn = updates.turn.lock().await;
    if updates.looks.load(Ordering::Acquire) != before {
        return Look::Done;
    }
    let (former, next) = {
        let known = updates.known();
        (known.ready.as_ref().map(|ready| ready.update.version.clone()), known.next.clone())
    };
    if former.is_none() {
        updates.note(UpdateState::Asking, next);
    }
    let look = match look_and_fetch(app, shell, asked, former.as_deref()).await {
        Ok(look) => look,
        Err(error) => {
            tracing::warn!(error = in_full(&error), "nobody knows whether there is an update");
            // What is ready stays so.
            if former.is_none() {
                updates.note(UpdateState::Failed, None);
            }
            Look::Unfinished
        }
    };
    updates.looks.fetch_add(1, Ordering::Release);
    look
}

async fn look_and_fetch(
    app: &AppHandle,
    shell: &Shell,
    asked: Asked,
    former: Option<&str>,
) -> tauri_plugin_updater::Result<Look> {
    let updates = &shell.updates;
    let Some(update) = updater(app)?.check().await? else {
        tracing::debug!("there is no newer version");
        if former.is_none() {
            updates.note(UpdateState::Newest, None);
        }
        return Ok(Look::Done);
    };
    let version = update.version.clone();
    if former == Some(&version) {
        return Ok(Look::Done);
    }
    tracing::debug!(version, "there is a newer version");
    if asked == Asked::ByItself && shell.preferences.holds_back().await {
        updates.note(UpdateState::Held, Some(version));
        return Ok(Look::Unfinished);
    }
    updates.note(UpdateState::Fetching, Some(version.clone()));
    // Fails unless it is signed as it has to be.
    let package = update.download(|_, _| {}, || {}).await?;
    tracing::debug!(version, bytes = package.len(), "an update is ready");
    let mut known = updates.known();
    (known.state, known.next) = (Some(UpdateState::Ready), Some(version));
    known.ready = Some(Ready { update, package });
    Ok(Look::Done)
}

fn updater(app: &AppHandle) -> tauri_plugin_updater::Result<Updater> {
    let builder = app.updater_builder();
    let builder =
        builder.configure_client(|client| client.connect_timeout(SILENCE).read_timeout(SILENCE));
    let app = app.clone();
    // Only Windows ends the app in the midst of it.
    builder
        .on_before_exit(move || {
            if let Some(shell) = app.try_state::<Arc<Shell>>() {
                shell::end(&shell);
            }
            app.cleanup_before_exit();
        })
        .build()
}

/// Whether the system's packages have to be changed, which only its administrator may.
fn asks_for_password() -> bool {
    match bundle_type() {
        Some(BundleType::Deb | BundleType::Rpm) => true,
        Some(
            BundleType::AppImage
            | BundleType::Msi
            | BundleType::Nsis
            | BundleType::App
            | BundleType::Dmg,
        )
        | None => false,
    }
}

/// Looks for one because the person wants to know.
pub(super) async fn look(app: &AppHandle, shell: &Shell) {
    if is_updated(app.config()) {
        look_for(app, shell, Asked::ByThePerson).await;
    }
}

/// Installs what is ready and starts the app anew, unless something is in the way.
///
/// # Errors
///
/// If nothing is ready, or the system does not install it.
pub(super) async fn install(app: &AppHandle, shell: &Shell) -> Result<Option<Obstacle>, String> {
    if shell.updates.known().ready.is_none() {
        return Err("there is no update".to_owned());
    }
    if let Err(obstacle) = decision::now(work(app, shell).await?) {
        tracing::debug!(?obstacle, "an update is not installed now");
        return Ok(Some(obstacle));
    }
    let Some(ready) = shell.updates.known().ready.take() else {
        return Err("it is being installed".to_owned());
    };
    // The system may ask for a password, and the person take their time.
    let installed = tauri::async_runtime::spawn_blocking(move || {
        let installed = ready.update.install(&ready.package);
        (ready, installed)
    });
    let (ready, installed) = installed.await.map_err(|error| in_full(&error))?;
    if let Err(error) = installed {
        shell.updates.known().ready = Some(ready);
        let error = in_full(&error);
        tracing::error!(error, "an update is not installed");
        return Err(error);
    }
    tracing::debug!("an update is installed, and the app starts anew");
    app.request_restart();
    Ok(None)
}

/// What the app is doing.
async fn work(app: &AppHandle, shell: &Shell) -> Result<Work, String> {
    let waiting = kept::of_queue(shell, |queue| queue.list()).await?;
    let is_sending = shell.submissions.are_under_way()
        || waiting.iter().any(|one| one.state == SubmissionState::Sending);
    let saved = saving::list(shell).await?;
    // One that waits for the site is not being fetched.
    let is_saving = saved.iter().any(|one| one.progress.is_some());
    Ok(Work { is_sending, is_saving, entered: entered(app).await })
}

/// What was entered on the pages of the site that are open.
async fn entered(app: &AppHandle) -> Entered {
    let mut found = Entered::Nothing;
    let is_of_person = |label: &str| label != library::WINDOW && label != PROOF_WINDOW;
    for (label, window) in app.webview_windows() {
        match is_of_person(&label).then(|| entered_on(&window)) {
            None => {}
            Some(asked) => match asked.await {
                Entered::Nothing => {}
                something @ (Entered::Something | Entered::Unknown) => found = something,
            },
        }
    }
    found
}

async fn entered_on(window: &WebviewWindow) -> Entered {
    let (said, mut says) = sync::mpsc::unbounded_channel();
    let asked = window.eval_with_callback(ENTERED, move |answer| {
        // Who waits may have lost patience.
        let _ = said.send(answer);
    });
    if let Err(error) = asked {
        tracing::warn!(error = in_full(&error), "a page cannot be asked what was entered");
        return Entered::Unknown;
    }
    match time::timeout(PATIENCE, says.recv()).await {
        Ok(Some(answer)) if answer == "false" => Entered::Nothing,
        Ok(Some(answer)) if answer == "true" => Entered::Something,
        Ok(Some(_) | None) | Err(_) => Entered::Unknown,
    }
}
