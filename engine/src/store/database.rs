//! Opening the databases, and connections to them.

use std::error::Error as StdError;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use rusqlite::config::DbConfig;
use rusqlite::ffi::SQLITE_IOERR_SHMSIZE;
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};
use rusqlite_migration::{M, Migrations};

use super::held::Held;
use super::reserve::Reserve;
use crate::error::{OpenError, StoreError, in_full};
use crate::time::to_unix_ms;

type AnyError = Box<dyn StdError + Send + Sync>;

const CACHE_SCHEMA: &[&str] = &[
    include_str!("schema/cache/0001_responses.sql"),
    include_str!("schema/cache/0002_invalid.sql"),
    include_str!("schema/cache/0003_limits.sql"),
    include_str!("schema/cache/0004_complete.sql"),
    include_str!("schema/cache/0005_failure.sql"),
    include_str!("schema/cache/0006_traffic.sql"),
    include_str!("schema/cache/0007_fewer_trees.sql"),
    include_str!("schema/cache/0008_saved.sql"),
    include_str!("schema/cache/0009_kinds.sql"),
    include_str!("schema/cache/0010_connection.sql"),
    include_str!("schema/cache/0011_cause.sql"),
    include_str!("schema/cache/0012_sync.sql"),
];
const STATE_SCHEMA: &[&str] = &[
    include_str!("schema/state/0001_cookies.sql"),
    include_str!("schema/state/0002_outbox.sql"),
    include_str!("schema/state/0003_whose.sql"),
    include_str!("schema/state/0004_saved.sql"),
    include_str!("schema/state/0005_push.sql"),
];

/// How often the log is taken into the database before it is left for the next time.
const TRIES: usize = 4;
/// A log that is longer is emptied whoever has to wait for it.
const VERY_LONG_LOG: u64 = 32 << 20;

/// How safely a database writes.
#[derive(Debug, Clone, Copy)]
enum Durability {
    /// Consistent after a crash, on the disk soon.
    Soon,
    /// On the disk before a write returns: WAL with `NORMAL` loses acknowledged rows
    /// when the power fails.
    Now,
}

/// One database: a connection for writing, and as many for reading as ever read at once.
pub(super) struct Database {
    path: PathBuf,
    durability: Durability,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    held: Held,
}

impl Database {
    /// Looks up what is asked for again and again: as if on a connection of its own, in less
    /// time. What another process has written may be missing for a moment.
    pub(super) fn look<T>(
        &self,
        action: &'static str,
        now: SystemTime,
        look: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let connect = || connect(&self.path, self.durability);
        self.held.read(connect, now, look).map_err(|source| self.failed(action, source))
    }

    /// The look-ups, to be told of writes and to be ended.
    pub(super) fn held(&self) -> &Held {
        &self.held
    }

    /// Reads on a connection of its own, so that no reader waits for another.
    pub(super) fn read<T>(
        &self,
        action: &'static str,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let database = |source| self.failed(action, source);
        let idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connect(&self.path, self.durability).map_err(database)?,
        };
        let result = read(&connection);
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        result.map_err(database)
    }

    /// Writes in one transaction: all of it or nothing.
    pub(super) fn write<T>(
        &self,
        action: &'static str,
        write: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let mut connection = self.writer();
        let run = || {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = write(&transaction)?;
            transaction.commit()?;
            Ok(value)
        };
        run().map_err(|source| self.failed(action, source))
    }

    /// The connection for writing, for as long as the guard lives.
    pub(super) fn writer(&self) -> MutexGuard<'_, Connection> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The length in bytes of the log, which holds what is not yet in the database itself.
    pub(super) fn log_length(&self) -> u64 {
        fs::metadata(self.log()).map_or(0, |metadata| metadata.len())
    }

    /// Has everything on the disk that was written until now, where a write does not wait for
    /// that. What is not in the log any more is there already.
    pub(super) fn sync_log(&self) -> Result<(), StoreError> {
        let path = self.log();
        // Opened to be written, without which Windows syncs nothing.
        let synced = fs::OpenOptions::new().append(true).open(&path);
        match synced.and_then(|log| log.sync_data()) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(StoreError::File { action: "sync", path, source })
            }
            Err(_) | Ok(()) => Ok(()),
        }
    }

    fn log(&self) -> PathBuf {
        PathBuf::from(format!("{}-wal", self.path.display()))
    }

    /// Takes the log into the database and empties it, on the writer's connection.
    pub(super) fn checkpoint(&self, connection: &Connection) -> rusqlite::Result<()> {
        let _nobody_keeps_the_log = self.held.release();
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
    }

    /// Takes the log into the database while others read and write, and empties it.
    ///
    /// Nobody may write while it is emptied. So that is done when nothing of it is left to be
    /// taken over, which waits for the disk; who writes without a pause is waited for once
    /// the log has become very long.
    pub(super) fn checkpoint_beside(&self) -> rusqlite::Result<()> {
        let connection = connect(&self.path, self.durability)?;
        // Who is in the way is not waited for: the next time will do.
        connection.busy_timeout(Duration::ZERO)?;
        let _nobody_keeps_the_log = self.held.release();
        for _ in 0..TRIES {
            let before = self.held.writes().count();
            let sql = "PRAGMA wal_checkpoint(PASSIVE)";
            connection.query_row(sql, [], |_| Ok(()))?;
            let _nobody_writes = self.writer();
            if self.held.writes().count() == before || self.log_length() > VERY_LONG_LOG {
                return self.checkpoint(&connection);
            }
        }
        Ok(())
    }

    /// Damage that shows while a file is in use is noted for the next start.
    pub(super) fn failed(&self, action: &'static str, source: rusqlite::Error) -> StoreError {
        let code = source.sqlite_error_code();
        if matches!(code, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)) {
            // Without the note the damage shows again, that is all.
            let _ = fs::write(damage_note(&self.path), source.to_string());
        }
        StoreError::Database { action, source }
    }
}

fn damage_note(database: &Path) -> PathBuf {
    PathBuf::from(format!("{}.damaged", database.display()))
}

/// Creates the directory if need be and closes it to everybody else.
pub(super) fn prepare_directory(directory: &Path) -> Result<(), OpenError> {
    let prepare = || {
        create_folder(directory)?;
        restrict(directory, 0o700)
    };
    prepare().map_err(|source| OpenError::Directory { path: directory.to_owned(), source })
}

/// Creates a folder, and those above it, unless it is there. What is synced within it is lost
/// all the same when the power fails before its name has reached the disk, so that is waited for.
pub(super) fn create_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let above = path.parent().filter(|above| !above.as_os_str().is_empty());
    above.map_or(Ok(()), create_folder)?;
    match fs::create_dir(path) {
        // Another process may have been quicker.
        Err(error) if !path.is_dir() => return Err(error),
        Err(_) | Ok(()) => {}
    }
    if let Err(error) = sync_folder(above.unwrap_or(Path::new("."))) {
        // It may be one that cannot be listed.
        tracing::debug!(path = %path.display(), %error, "the name of a folder is not synced");
    }
    Ok(())
}

/// Has the names in a folder on the disk.
#[cfg(unix)]
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    fs::File::open(path)?.sync_all()
}

/// Elsewhere a folder cannot be opened, and the file system's journal has to do.
#[cfg(not(unix))]
pub(super) fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Opens the state, which is never touched when something is wrong with it. On a full disk the
/// room in `reserve` is given up for it.
pub(super) fn open_state(path: &Path, reserve: &Reserve) -> Result<Database, OpenError> {
    match open_using(reserve, path, Durability::Now, STATE_SCHEMA) {
        Ok(database) => Ok(database),
        Err(Unopened::Newer { found, known }) => {
            Err(OpenError::NewerState { path: path.to_owned(), found, known })
        }
        Err(Unopened::Full(source) | Unopened::Broken(source)) => {
            Err(OpenError::State { path: path.to_owned(), source })
        }
    }
}

/// Opens the cache; one that is broken or too new is moved aside and started afresh, and
/// the reason comes back beside it. On a full disk the room in `reserve` is given up for it.
pub(super) fn open_cache(
    path: &Path,
    reserve: &Reserve,
    now: SystemTime,
) -> Result<(Database, Option<String>), OpenError> {
    let failed = |source: AnyError| OpenError::Cache { path: path.to_owned(), source };
    let damage = fs::read_to_string(damage_note(path)).ok();
    let reason = match (damage, open_using(reserve, path, Durability::Soon, CACHE_SCHEMA)) {
        (None, Ok(database)) => return Ok((database, None)),
        (Some(damage), Ok(_)) => format!("it was found damaged: {damage}"),
        (_, Err(Unopened::Newer { found, known })) => {
            format!("it has schema {found}, this version knows up to {known}")
        }
        // What is stored is as good as before, and there is no room for a new one.
        (_, Err(Unopened::Full(error))) => return Err(failed(error)),
        (_, Err(Unopened::Broken(error))) => in_full(&*error),
    };
    for suffix in ["", "-wal", "-shm"] {
        let old = PathBuf::from(format!("{}{suffix}", path.display()));
        let aside = PathBuf::from(format!("{}.aside-{}{suffix}", path.display(), to_unix_ms(now)));
        if old.exists() {
            fs::rename(&old, &aside).map_err(|error| failed(error.into()))?;
        }
    }
    // It speaks of the file that was moved.
    let _ = fs::remove_file(damage_note(path));
    match open(path, Durability::Soon, CACHE_SCHEMA) {
        Ok(database) => Ok((database, Some(reason))),
        Err(Unopened::Newer { .. }) => Err(failed("it is newer although it is new".into())),
        Err(Unopened::Full(error) | Unopened::Broken(error)) => Err(failed(error)),
    }
}

enum Unopened {
    Newer {
        found: i64,
        known: i64,
    },
    /// There is no room on the disk for what SQLite has beside a database.
    Full(AnyError),
    Broken(AnyError),
}

impl<E: Into<AnyError>> From<E> for Unopened {
    fn from(error: E) -> Self {
        let error = error.into();
        if is_disk_full(&*error) { Self::Full(error) } else { Self::Broken(error) }
    }
}

fn is_disk_full(error: &(dyn StdError + 'static)) -> bool {
    let here = if let Some(error) = error.downcast_ref::<rusqlite::Error>() {
        // "unable to enlarge the wal-index …: the underlying file system was unable to allocate
        // disk space" (SQLite, result code 4874)
        error.sqlite_error().is_some_and(|error| {
            error.code == ErrorCode::DiskFull || error.extended_code == SQLITE_IOERR_SHMSIZE
        })
    } else if let Some(error) = error.downcast_ref::<io::Error>() {
        matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
    } else {
        false
    };
    here || error.source().is_some_and(is_disk_full)
}

/// Opens a database, on a full disk with the room that was set aside for it.
fn open_using(
    reserve: &Reserve,
    path: &Path,
    durability: Durability,
    schema: &[&str],
) -> Result<Database, Unopened> {
    match open(path, durability, schema) {
        Err(Unopened::Full(_)) => {
            reserve.release();
            open(path, durability, schema)
        }
        opened => opened,
    }
}

#[tracing::instrument(level = "debug", name = "open a database", skip_all, fields(path = %path.display()))]
fn open(path: &Path, durability: Durability, schema: &[&str]) -> Result<Database, Unopened> {
    // SQLite gives its other files the rights of this one. One that is there is not opened: to
    // close it would take the locks away that this process may have on it (POSIX, `fcntl`).
    match fs::OpenOptions::new().write(true).create_new(true).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error.into()),
        Err(_) | Ok(_) => {}
    }
    restrict(path, 0o600)?;
    let mut connection = connect(path, durability)?;
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = i64::try_from(schema.len())?;
    if found > known {
        return Err(Unopened::Newer { found, known });
    }
    Migrations::new(schema.iter().map(|sql| M::up(sql)).collect()).to_latest(&mut connection)?;
    // A damaged file shows at the first read, not when it is opened.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(Database {
        path: path.to_owned(),
        durability,
        writer: Mutex::new(connection),
        readers: Mutex::default(),
        held: Held::default(),
    })
}

fn connect(path: &Path, durability: Durability) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let synchronous = match durability {
        Durability::Soon => "NORMAL",
        Durability::Now => "FULL",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    match durability {
        // The writer takes the log into the database off the way of requests; otherwise now
        // and then a commit would do it, and stall.
        Durability::Soon => connection.pragma_update(None, "wal_autocheckpoint", 0)?,
        Durability::Now => {}
    }
    connection.pragma_update(None, "foreign_keys", true)?;
    // Or a statement may be planned anew whenever its parameters change.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(64);
    #[cfg(test)]
    super::statements::note(&connection);
    Ok(connection)
}

/// Sets the owner's rights and takes away everybody else's.
#[cfg(unix)]
pub(super) fn restrict(path: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// Elsewhere a person's folder is closed to others by the system.
#[cfg(not(unix))]
pub(super) fn restrict(_path: &Path, _mode: u32) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The schema that this version writes.
    pub(in crate::store) const LATEST: usize = CACHE_SCHEMA.len();

    /// The same of the state.
    pub(in crate::store) const STATE_LATEST: usize = STATE_SCHEMA.len();

    /// An empty cache for tests of single statements.
    pub(in crate::store) fn cache_in_memory() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate_cache(&mut connection, LATEST);
        connection
    }

    /// Brings a cache to a schema.
    pub(in crate::store) fn migrate_cache(connection: &mut Connection, version: usize) {
        migrate(CACHE_SCHEMA, connection, version);
    }

    /// Brings a state to a schema.
    pub(in crate::store) fn migrate_state(connection: &mut Connection, version: usize) {
        migrate(STATE_SCHEMA, connection, version);
    }

    fn migrate(schema: &[&str], connection: &mut Connection, version: usize) {
        let schema = Migrations::new(schema.iter().map(|sql| M::up(sql)).collect());
        schema.to_version(connection, version).unwrap();
    }
}
