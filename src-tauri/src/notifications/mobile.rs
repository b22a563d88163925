//! The notifications of a phone.
//!
//! The person is asked when there is the first thing to say, since before that nobody can tell
//! what for. A notification that is pressed opens the app as it was left: the plugin tells
//! scripts alone which one it was, and no page may call it.

use futures::future::{BoxFuture, FutureExt};
use holdfast_engine::in_full;
use tauri::AppHandle;
use tauri::plugin::PermissionState;
use tauri_plugin_notification::NotificationExt;

use super::{Board, Ended, Place, Said, Sight};

/// The system's own centre.
pub(super) struct Phone {
    app: AppHandle,
}

impl Phone {
    pub(super) fn of(app: &AppHandle) -> Self {
        Self { app: app.clone() }
    }
}

impl Board for Phone {
    fn show(&self, place: Place, said: Said, _ended: Ended) -> BoxFuture<'static, Sight> {
        let app = self.app.clone();
        // The system is asked on a thread that may wait for the person.
        let shown = tauri::async_runtime::spawn_blocking(move || show(&app, place, said));
        async move {
            match shown.await.map_err(|error| in_full(&error)).flatten() {
                Ok(sight) => sight,
                Err(error) => {
                    tracing::debug!(error, "nothing shows notifications here");
                    Sight::Unseen
                }
            }
        }
        .boxed()
    }

    fn clear(&self, place: Place) -> BoxFuture<'static, ()> {
        let app = self.app.clone();
        let cleared = tauri::async_runtime::spawn_blocking(move || {
            // One that is not shown cannot be taken away.
            let _ = app.notification().remove_active(vec![number(place)]);
        });
        cleared.map(drop).boxed()
    }
}

/// What the system knows a place by; a further one takes its place.
fn number(place: Place) -> i32 {
    let index = Place::ALL.iter().position(|known| *known == place);
    index.and_then(|index| i32::try_from(index).ok()).unwrap_or_default()
}

fn show(app: &AppHandle, place: Place, said: Said) -> Result<Sight, String> {
    let notifications = app.notification();
    let state = match notifications.permission_state().map_err(|error| in_full(&error))? {
        PermissionState::Prompt | PermissionState::PromptWithRationale => {
            notifications.request_permission().map_err(|error| in_full(&error))?
        }
        decided @ (PermissionState::Granted | PermissionState::Denied) => decided,
    };
    if state != PermissionState::Granted {
        return Ok(Sight::Unseen);
    }
    let builder = notifications.builder().id(number(place)).title(said.title).body(said.text);
    builder.show().map_err(|error| in_full(&error))?;
    Ok(Sight::Seen)
}
