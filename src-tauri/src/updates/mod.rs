//! Newer versions of the app: looked for, fetched, and installed when nothing is in the way.
//!
//! ```text
//! no endpoint ──▶ nobody is ever asked
//! an endpoint ── a moment after the start, then once a day ──▶ asked
//!   newer ── signed with the key that is built in ──▶ fetched, and ready
//!     ready ── the person says so, and nothing is in the way ──▶ installed, started anew
//!       └── the person ends the app, where nobody has to be asked ──▶ installed
//! ```
//!
//! Where to ask and whose signature to believe is built in (`cargo xtask wrap --update-endpoint
//! … --update-key …`), not part of a profile: who opens the profile of another site must not
//! get another program by it. Phones have their stores.

#[cfg_attr(mobile, allow(dead_code, reason = "phones install nothing"))]
mod decision;
#[cfg(desktop)]
mod desktop;
#[cfg(desktop)]
mod schedule;

use std::sync::Arc;

use serde::Serialize;
use tauri::{AppHandle, State, command};

use crate::shell::Shell;
pub(crate) use decision::Obstacle;
#[cfg(desktop)]
use desktop as platform;
#[cfg(desktop)]
pub(crate) use desktop::{configure, with_plugin};
#[cfg(mobile)]
use mobile as platform;
pub(crate) use platform::{Updates, begin};

/// What the Library says of the app itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[serde(rename_all = "camelCase")]
pub(crate) struct AppVersion {
    version: String,
    state: UpdateState,
    /// The newer one, where there is one.
    next: Option<String>,
}

/// How far it is with a newer version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[cfg_attr(mobile, allow(dead_code, reason = "phones have their stores"))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum UpdateState {
    /// Nobody is asked.
    Off,
    /// Nobody was asked yet.
    Unasked,
    Asking,
    /// There is none.
    Newest,
    /// There is one, which is fetched once that costs nothing.
    Held,
    Fetching,
    Ready,
    /// Nobody could be asked, or what came was not what was signed.
    Failed,
}

/// What there is to say of the app itself.
#[command]
pub(crate) fn updates(app: AppHandle, shell: State<'_, Arc<Shell>>) -> AppVersion {
    shell.updates.said(&app)
}

/// Looks for a newer version now and fetches it; what is known then.
///
/// # Errors
///
/// None: what cannot be had is among what is known.
#[command]
pub(crate) async fn look_for_update(
    app: AppHandle,
    shell: State<'_, Arc<Shell>>,
) -> Result<AppVersion, String> {
    platform::look(&app, &shell).await;
    Ok(shell.updates.said(&app))
}

/// Installs what is ready and starts the app anew; or says what is in the way of that, and does
/// nothing.
///
/// # Errors
///
/// If nothing is ready, or the system does not install it. The app goes on as it is.
#[command]
pub(crate) async fn install_update(
    app: AppHandle,
    shell: State<'_, Arc<Shell>>,
) -> Result<Option<Obstacle>, String> {
    platform::install(&app, &shell).await
}

#[cfg(mobile)]
mod mobile {
    use std::sync::Arc;

    use tauri::AppHandle;

    use super::{AppVersion, Obstacle, UpdateState};
    use crate::shell::Shell;

    /// Nothing: the system's store does it.
    #[derive(Default)]
    pub(crate) struct Updates;

    impl Updates {
        pub(super) fn said(&self, app: &AppHandle) -> AppVersion {
            let version = app.package_info().version.to_string();
            AppVersion { version, state: UpdateState::Off, next: None }
        }
    }

    pub(crate) fn begin(_app: &AppHandle, _shell: &Arc<Shell>) {}

    pub(super) async fn look(_app: &AppHandle, _shell: &Shell) {}

    pub(super) async fn install(
        _app: &AppHandle,
        _shell: &Shell,
    ) -> Result<Option<Obstacle>, String> {
        Err("the system's store does that".to_owned())
    }
}
