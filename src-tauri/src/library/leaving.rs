//! The Library's page is left: what could be taken back until then is done first.

use std::sync::{Mutex, PoisonError};

use tauri::{State, command};
use tokio::sync::oneshot;

/// Who waits until the page is done.
#[derive(Default)]
pub(crate) struct Leaving(Mutex<Option<oneshot::Sender<()>>>);

impl Leaving {
    /// Notes who waits, or nobody; who waited until now.
    pub(super) fn put(&self, waits: Option<oneshot::Sender<()>>) -> Option<oneshot::Sender<()>> {
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
