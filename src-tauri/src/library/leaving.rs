//! The end of the Library's window: what could be taken back until then is done first.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use holdfast_engine::in_full;
use tauri::{Manager, Runtime, State, WebviewWindow, command};
use tokio::sync::oneshot;

/// How long the page has to say that it is done. One that hangs is closed all the same.
const PATIENCE: Duration = Duration::from_secs(1);
/// Tells the page.
const TELL: &str = "dispatchEvent(new Event('holdfast-close'))";

/// Who waits until the page is done.
#[derive(Default)]
pub(crate) struct Leaving(Mutex<Option<oneshot::Sender<()>>>);

impl Leaving {
    fn put(&self, waits: Option<oneshot::Sender<()>>) -> Option<oneshot::Sender<()>> {
        std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), waits)
    }
}

/// The page has nothing to do any more.
#[command]
pub(crate) fn library_left(leaving: State<'_, Leaving>) {
    if let Some(waits) = leaving.put(None) {
        // Nobody waits any more for one that was too slow.
        let _ = waits.send(());
    }
}

/// Closes the window once its page is done.
pub(super) fn leave<R: Runtime>(window: &WebviewWindow<R>) {
    let (done, is_done) = oneshot::channel();
    drop(window.state::<Leaving>().put(Some(done)));
    // The person has closed it, whatever there is to do.
    if let Err(error) = window.hide().and_then(|()| window.eval(TELL)) {
        tracing::warn!(error = in_full(&error), "the Library is closed at once");
    }
    let window = window.clone();
    tauri::async_runtime::spawn(async move {
        // Done, or too slow: it goes.
        let _ = tokio::time::timeout(PATIENCE, is_done).await;
        // Opened again meanwhile, it stays.
        if !window.is_visible().unwrap_or(false)
            && let Err(error) = window.destroy()
        {
            tracing::warn!(error = in_full(&error), "the Library stays open");
        }
    });
}
