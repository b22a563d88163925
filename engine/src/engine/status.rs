//! How the device is, for whoever looks after many of them.

use std::time::SystemTime;

use super::{Activity, Engine};
use crate::error::StoreError;
use crate::event::Connection;
use crate::store::{InstallStatus, Inventory, Standing, Stretch};
use crate::synced::SyncGroup;
use crate::traffic::Answered;

/// How the device is, in figures: no page that a person has opened and nothing that they have
/// entered is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// When it was so.
    pub at: SystemTime,
    /// Whether the site can be reached now.
    pub connection: Connection,
    /// The connection of the last day, the oldest first.
    pub history: Vec<Stretch>,
    /// What waits to be sent, by what has become of it; every state is there.
    pub outbox: Vec<Standing>,
    /// What the device holds.
    pub inventory: Inventory,
    /// What is fetched by itself.
    pub syncs: Vec<SyncGroup>,
    /// How far the install of the profile's version is.
    pub install: InstallStatus,
    /// The version that serves, if one does.
    pub serving: Option<String>,
    /// What was answered since the cache was begun.
    pub answered: Vec<Answered>,
}

impl Engine {
    /// Whether everything that the profile requires is there.
    pub fn is_installed(&self) -> bool {
        let site = &self.context.site;
        let status = self.context.store.install_status(&site.install_version());
        site.install.required.is_empty() || status.is_ok_and(|status| status.is_complete)
    }

    /// How the device is.
    ///
    /// # Errors
    ///
    /// What the databases report.
    pub fn status(&self) -> Result<Status, StoreError> {
        let context = &self.context;
        let Activity { connection: history, install, traffic: answered, .. } = self.activity()?;
        Ok(Status {
            at: context.clock.now(),
            connection: context.network.link.state(),
            history,
            outbox: context.store.standing()?,
            inventory: context.store.inventory()?,
            syncs: context.syncs.groups(),
            install,
            serving: context.store.serving_version()?,
            answered,
        })
    }
}
