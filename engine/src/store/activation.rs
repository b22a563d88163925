//! Which version of what is installed serves, and which is to come.

use std::sync::atomic::Ordering;
use std::time::SystemTime;

use super::installs::{self, Activation};
use super::{Store, blocking};
use crate::clients::Installed;
use crate::error::{StoreError, in_full};

impl Store {
    /// The install that serves, by version.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn active_install(&self) -> Result<Option<String>, StoreError> {
        self.inner.cache.read("find the active install", installs::active)
    }

    /// The install that serves, by its number.
    pub(crate) fn serving(&self) -> Installed {
        Some(self.serving.load(Ordering::Acquire)).filter(|id| *id != 0)
    }

    /// Notes which install serves.
    pub(crate) fn look_who_serves(&self) {
        match self.inner.cache.read("find the install that serves", installs::serving) {
            Ok(id) => self.serving.store(id.unwrap_or(0), Ordering::Release),
            // What served before serves on.
            Err(error) => tracing::warn!(error = in_full(&error), "nothing new is served"),
        }
    }

    /// Begins an install or goes on with one that was interrupted; returns its id and
    /// the URLs that are staged already.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn begin_install(
        &self,
        version: String,
    ) -> Result<(i64, Vec<String>), StoreError> {
        self.write_cache("begin an install", move |db| installs::begin(db, &version)).await
    }

    /// Notes why a version could not be installed, for who looks into the store.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn note_install_failure(
        &self,
        version: String,
        path: String,
        reason: String,
        now: SystemTime,
    ) -> Result<(), StoreError> {
        self.write_cache("note a failed install", move |db| {
            installs::note_failure(db, &version, (&path, &reason), now)
        })
        .await
    }

    /// Notes that everything an install requires is there, and on the disk: it is not lost
    /// when the power fails. It serves at once if nothing else does, and otherwise after
    /// [`Store::activate_complete_install`].
    ///
    /// # Errors
    ///
    /// What the database reports; the one that served before serves on.
    pub(crate) async fn complete_install(&self, install: i64) -> Result<Activation, StoreError> {
        let inner = self.inner.clone();
        let activation = blocking(move || inner.complete_install(install)).await?;
        self.has_complete.store(activation == Activation::AtNextNavigation, Ordering::Release);
        self.look_who_serves();
        Ok(activation)
    }

    /// Makes the install that is complete the one that serves, once
    /// [`Store::look_who_serves`] is called: its version. The one before is there until it
    /// is deleted. Costs nothing if there is none.
    ///
    /// # Errors
    ///
    /// What the database reports; the one that served before serves on, until the next call.
    pub(crate) async fn activate_complete_install(&self) -> Result<Option<String>, StoreError> {
        if !self.has_complete.swap(false, Ordering::AcqRel) {
            return Ok(None);
        }
        let activated = self.write_cache("activate an install", installs::activate_complete).await;
        if activated.is_err() {
            self.has_complete.store(true, Ordering::Release);
        }
        activated
    }

    /// Removes installs with their responses.
    ///
    /// # Errors
    ///
    /// What the database reports; the next start removes them.
    pub(crate) async fn delete_installs(&self, ids: Vec<i64>) -> Result<(), StoreError> {
        let inner = self.inner.clone();
        blocking(move || inner.remove_installs(ids)).await
    }

    /// The version that began to serve when the store was opened, if one did.
    pub(crate) fn activated_when_opened(&self) -> Option<&str> {
        self.activated.as_deref()
    }
}
