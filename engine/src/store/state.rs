//! The person's part of the store: what must not be lost.

use std::path::Path;

use rusqlite::{Connection, Transaction};

use super::database::{self, Database};
use super::reserve::Reserve;
use super::sender::Sender;
use super::uploads::Uploads;
use crate::error::{OpenError, StoreError};

/// `state.sqlite3`, and what lies beside it.
pub(super) struct State {
    pub(super) database: Database,
    /// Room on a disk that the cache has filled.
    reserve: Reserve,
    /// Who sends what was submitted.
    pub(super) sender: Sender,
    pub(super) uploads: Uploads,
}

impl State {
    /// Opens or creates the state in a directory that is there; one that cannot be opened is
    /// left as it is.
    pub(super) fn open(directory: &Path) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Directory { path: directory.to_owned(), source };
        let reserve = Reserve::at(directory.join("state.reserve"));
        let database = database::open_state(&directory.join("state.sqlite3"), &reserve)?;
        Ok(Self {
            database,
            reserve,
            sender: Sender::in_directory(directory).map_err(failed)?,
            uploads: Uploads::in_directory(&directory.join("submissions")).map_err(failed)?,
        })
    }

    /// Sets room aside for what is written on a full disk. Only once everything is open, or what
    /// is left of the disk is taken from what has to be opened yet.
    pub(super) fn set_room_aside(&self) {
        self.reserve.restore();
    }

    pub(super) fn read<T>(
        &self,
        action: &'static str,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.database.read(action, read)
    }

    /// Writes in one transaction, which is on the disk when this returns. On a full disk the
    /// room that was set aside for it is given up.
    pub(super) fn write<T>(
        &self,
        action: &'static str,
        write: impl Fn(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        match self.database.write(action, &write) {
            Err(error) if error.is_disk_full() => {
                self.reserve.release();
                self.database.write(action, &write)
            }
            written => written,
        }
    }
}
