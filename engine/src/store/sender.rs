//! Which process sends: each has a file that is locked for as long as it lives.
//!
//! What a process was sending when it ended is found out at once and whatever the clock says,
//! which no time limit could promise.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use uuid::Uuid;

use super::database::restrict;

/// This process, as others of the same directory know it.
pub(super) struct Sender {
    pub(super) name: String,
    folder: PathBuf,
    /// Unlocked by the system when the process ends.
    _locked: File,
}

impl Sender {
    /// A new one, beside those of other processes.
    pub(super) fn in_directory(directory: &Path) -> io::Result<Self> {
        let folder = directory.join("senders");
        fs::create_dir_all(&folder)?;
        restrict(&folder, 0o700)?;
        let name = Uuid::new_v4().to_string();
        // It has its name only once it is locked, so that nobody takes it for an old one.
        let new = folder.join(format!("{name}.new"));
        let locked = File::create(&new)?;
        restrict(&new, 0o600)?;
        match locked.try_lock() {
            Ok(()) => {}
            // Where files cannot be locked, programs have their directory for themselves.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(error) => return Err(error.into()),
        }
        fs::rename(&new, folder.join(&name))?;
        Ok(Self { name, folder, _locked: locked })
    }

    /// Whether the process that had this name has ended; its file goes with it.
    pub(super) fn has_ended(&self, name: &str) -> bool {
        let path = self.folder.join(name);
        let Ok(file) = File::open(&path) else { return true };
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => false,
            Ok(()) | Err(TryLockError::Error(_)) => {
                let _ = fs::remove_file(path);
                true
            }
        }
    }

    /// Whether other processes have the directory open now. Files of those that have ended go.
    pub(super) fn others_live(&self) -> bool {
        let Ok(files) = fs::read_dir(&self.folder) else { return false };
        let names = files.flatten().map(|file| file.file_name().to_string_lossy().into_owned());
        let others = names.filter(|name| *name != self.name && !name.ends_with(".new"));
        // Each is looked at, or files would stay behind one that lives.
        others.filter(|name| !self.has_ended(name)).count() > 0
    }

    /// Calls `arrived` when a process comes or goes, for as long as the watch lives; `None`
    /// where the system does not tell.
    pub(super) fn watch(&self, arrived: impl Fn() + Send + 'static) -> Option<Box<dyn Send>> {
        let told = move |event: notify::Result<Event>| {
            if event.is_ok_and(|event| event.kind.is_create() || event.kind.is_remove()) {
                arrived();
            }
        };
        let watch = || {
            let mut watcher = notify::recommended_watcher(told)?;
            watcher.watch(&self.folder, RecursiveMode::NonRecursive)?;
            Ok(watcher)
        };
        let watched: notify::Result<RecommendedWatcher> = watch();
        match watched {
            Ok(watcher) => Some(Box::new(watcher)),
            Err(error) => {
                tracing::debug!(%error, "other programs are not noticed at once");
                None
            }
        }
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        // One that stays behind is taken for what it is.
        let _ = fs::remove_file(self.folder.join(&self.name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_has_ended_when_nobody_holds_its_file() {
        let directory = tempfile::tempdir().unwrap();
        let (one, other) =
            (Sender::in_directory(directory.path()), Sender::in_directory(directory.path()));
        let (one, other) = (one.unwrap(), other.unwrap());
        assert!(!one.has_ended(&other.name) && !other.has_ended(&one.name));
        // As a crash leaves it.
        let left = directory.path().join("senders").join("left");
        File::create(&left).unwrap();
        assert!(one.has_ended("left") && !left.exists());
        File::create(&left).unwrap();
        assert!(one.others_live() && !left.exists());
        let name = other.name.clone();
        drop(other);
        assert!(one.has_ended(&name) && !one.others_live());
    }
}
