//! Room on the disk that is set aside for the worst case.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use super::database::restrict;

/// How many bytes are set aside.
const SIZE: usize = 1 << 20;

/// A file that is given up when the disk is full, so that what must be written can be.
pub(super) struct Reserve {
    path: PathBuf,
}

impl Reserve {
    /// The room at this place, whether it was set aside before or not.
    pub(super) const fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// Gives the room up.
    pub(super) fn release(&self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::debug!(path = %self.path.display(), %error, "no room was set aside");
        }
    }

    /// Sets the room aside if it is not. A disk without it has none to set aside.
    pub(super) fn restore(&self) {
        let is_there = fs::metadata(&self.path).is_ok_and(|metadata| metadata.len() == SIZE as u64);
        if is_there {
            return;
        }
        if let Err(error) = self.create() {
            tracing::debug!(path = %self.path.display(), %error, "no room can be set aside");
            // Half a reserve would fill the disk and be of little use.
            let _ = fs::remove_file(&self.path);
        }
    }

    fn create(&self) -> io::Result<()> {
        let mut file = File::create(&self.path)?;
        restrict(&self.path, 0o600)?;
        // Zeros may take no room on file systems that compress.
        let mut bytes = vec![0; SIZE];
        fastrand::fill(&mut bytes);
        file.write_all(&bytes)
    }
}
