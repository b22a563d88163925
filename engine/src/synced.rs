//! What is fetched by itself now and then, as whoever shows it sees it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use tokio::sync::Notify;

use crate::event::Background;

/// A group of pages that is fetched by itself now and then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncGroup {
    /// Its name in the profile.
    pub name: String,
    /// When it was fetched last as a whole.
    pub last_at: Option<SystemTime>,
    /// When it is fetched next, if nothing stands against it then.
    pub next_at: Option<SystemTime>,
    /// Why not all of it could be fetched the last time, in full.
    pub failure: Option<String>,
    /// Whether it is being fetched now.
    pub is_running: bool,
}

/// The groups as they are now, and what the person and the app want of them.
#[derive(Debug)]
pub(crate) struct Syncs {
    groups: Mutex<Vec<SyncGroup>>,
    /// Whether somebody wants all of them now.
    is_wanted: Mutex<bool>,
    /// There is something new to be decided about.
    pub(crate) woken: Notify,
    background: Mutex<Background>,
}

impl Syncs {
    /// The groups with these names, of which nothing is known.
    pub(crate) fn of<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        let groups = names.map(|name| SyncGroup {
            name: name.to_owned(),
            last_at: None,
            next_at: None,
            failure: None,
            is_running: false,
        });
        Self {
            groups: Mutex::new(groups.collect()),
            is_wanted: Mutex::new(false),
            woken: Notify::new(),
            background: Mutex::default(),
        }
    }

    /// As they are now.
    pub(crate) fn groups(&self) -> Vec<SyncGroup> {
        lock(&self.groups).clone()
    }

    /// Changes what is known of the group with this name.
    pub(crate) fn change(&self, name: &str, change: impl FnOnce(&mut SyncGroup)) {
        if let Some(group) = lock(&self.groups).iter_mut().find(|group| group.name == name) {
            change(group);
        }
    }

    /// Somebody wants all of them now.
    pub(crate) fn want(&self) {
        *lock(&self.is_wanted) = true;
        self.woken.notify_one();
    }

    /// Whether somebody has wanted all of them since this was asked last.
    pub(crate) fn take_wanted(&self) -> bool {
        std::mem::take(&mut *lock(&self.is_wanted))
    }

    /// Whether what nobody waits for may use the network.
    pub(crate) fn background(&self) -> Background {
        *lock(&self.background)
    }

    /// Says whether what nobody waits for may use the network.
    pub(crate) fn set_background(&self, background: Background) {
        *lock(&self.background) = background;
        self.woken.notify_one();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
