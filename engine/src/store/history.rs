//! What has happened, for the person who looks at it later: when the site was there, and how
//! the install went.

use std::time::{Duration, SystemTime};

use rusqlite::{Connection as Database, OptionalExtension, Row, named_params};

use super::{Store, installs, traffic};
use crate::error::StoreError;
use crate::event::{Cause, Connection};
use crate::time::{from_unix_ms, to_unix_ms};
use crate::traffic::Answered;

/// For how long the connection is remembered.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);
/// How many changes are remembered: a line that comes and goes must not fill the disk.
const CHANGES: i64 = 500;

/// The connection from one change to the next, or to now.
///
/// Also while nothing ran: then it is the last that was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// When it began.
    pub from: SystemTime,
    /// What it was.
    pub state: Connection,
}

/// How far the install of the profile's version is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallStatus {
    /// The version.
    pub version: String,
    /// Whether everything required is there.
    pub is_complete: bool,
    /// The path that failed last, and why, if nothing has come after it.
    pub failure: Option<(String, String)>,
}

impl Store {
    /// Notes that the site became reachable or unreachable.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) async fn note_connection(
        &self,
        state: Connection,
        now: SystemTime,
    ) -> Result<(), StoreError> {
        self.write_cache("note the connection", move |db| note(db, state, now)).await
    }

    /// How the connection was when it was noted last.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn last_connection(&self) -> Result<Option<Connection>, StoreError> {
        let last = self.inner.cache.read("read the connection", last)?;
        Ok(last.map(|stretch| stretch.state))
    }

    /// The connection of the last day, the oldest first. What was at its beginning has begun
    /// before.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn connections(&self, now: SystemTime) -> Result<Vec<Stretch>, StoreError> {
        self.inner.cache.read("read the connection", |db| since(db, now))
    }

    /// How far the install of a version is.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn install_status(&self, version: &str) -> Result<InstallStatus, StoreError> {
        let found =
            self.inner.cache.read("read how the install goes", |db| install(db, version))?;
        let none =
            || InstallStatus { version: version.to_owned(), is_complete: false, failure: None };
        Ok(found.unwrap_or_else(none))
    }

    /// The version that serves, if one does.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn serving_version(&self) -> Result<Option<String>, StoreError> {
        self.inner.cache.read("read what serves", installs::active)
    }

    /// What is kept of what was answered.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn traffic(&self) -> Result<Vec<Answered>, StoreError> {
        self.inner.cache.read("read what was answered", traffic::all)
    }
}

fn note(db: &Database, state: Connection, now: SystemTime) -> rusqlite::Result<()> {
    let sql =
        "INSERT INTO connection (at_ms, is_online, cause) VALUES (:at_ms, :is_online, :cause)";
    let cause = match state {
        Connection::Online | Connection::Slow | Connection::Suspect => None,
        Connection::Offline(cause) => Some(cause.as_str()),
    };
    db.prepare_cached(sql)?.execute(named_params! {
        ":at_ms": to_unix_ms(now),
        ":is_online": state.is_usable(),
        ":cause": cause,
    })?;
    let sql = "DELETE FROM connection
                WHERE id < (SELECT MAX(id) FROM connection WHERE at_ms <= :since_ms)
                   OR id <= (SELECT MAX(id) FROM connection) - :changes";
    db.prepare_cached(sql)?
        .execute(named_params! { ":since_ms": beginning(now), ":changes": CHANGES })?;
    Ok(())
}

fn last(db: &Database) -> rusqlite::Result<Option<Stretch>> {
    let sql = "SELECT at_ms, is_online, cause FROM connection ORDER BY id DESC LIMIT 1";
    db.prepare_cached(sql)?.query_row([], stretch).optional()
}

fn since(db: &Database, now: SystemTime) -> rusqlite::Result<Vec<Stretch>> {
    let sql = "SELECT at_ms, is_online, cause FROM connection
                WHERE id >= COALESCE((SELECT MAX(id) FROM connection WHERE at_ms <= :since_ms), 0)
                ORDER BY id";
    db.prepare_cached(sql)?
        .query_map(named_params! { ":since_ms": beginning(now) }, stretch)?
        .collect()
}

fn beginning(now: SystemTime) -> i64 {
    to_unix_ms(now - REMEMBERED)
}

fn stretch(row: &Row<'_>) -> rusqlite::Result<Stretch> {
    let cause: Option<String> = row.get("cause")?;
    let state = match row.get("is_online")? {
        true => Connection::Online,
        // What is from before there were causes.
        false => Connection::Offline(
            cause.and_then(|word| Cause::of(&word)).unwrap_or(Cause::Unreachable),
        ),
    };
    Ok(Stretch { from: from_unix_ms(row.get("at_ms")?), state })
}

fn install(db: &Database, version: &str) -> rusqlite::Result<Option<InstallStatus>> {
    let sql = "SELECT version, is_active OR is_complete AS is_complete, failed_path, failed_reason
                 FROM install WHERE version = :version";
    let status = |row: &Row<'_>| {
        let path: Option<String> = row.get("failed_path")?;
        Ok(InstallStatus {
            version: row.get("version")?,
            is_complete: row.get("is_complete")?,
            failure: path.zip(row.get("failed_reason")?),
        })
    };
    db.prepare_cached(sql)?.query_row(named_params! { ":version": version }, status).optional()
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::super::database::tests::cache_in_memory;
    use super::*;
    use crate::event::Cause::{CaptivePortal, NoLink, Unreachable};
    use crate::event::Connection::{Offline, Online};

    fn hours(hours: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(hours * 60 * 60)
    }

    fn kept(db: &Database) -> i64 {
        db.query_row("SELECT COUNT(*) FROM connection", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn of_the_day_before_only_what_reaches_into_the_day_is_left() {
        let db = cache_in_memory();
        let changes = [
            (1, Online),
            (10, Offline(NoLink)),
            (20, Online),
            (40, Offline(CaptivePortal)),
            (41, Online),
        ];
        for (at, state) in changes {
            note(&db, state, hours(at)).unwrap();
        }
        let shown = |now| -> Vec<_> {
            since(&db, hours(now)).unwrap().into_iter().map(|one| (one.from, one.state)).collect()
        };
        let expected = changes.map(|(at, state)| (hours(at), state));
        assert_eq!(shown(43), expected[1..], "it was offline when the day began");
        assert_eq!(shown(44), expected[2..]);
        assert_eq!(shown(100), expected[4..], "nothing has changed since");
        assert_eq!(kept(&db), 4, "what ended before is deleted with the next change");
        assert_eq!(last(&db).unwrap().unwrap().state, Online);
    }

    #[test]
    fn a_line_that_comes_and_goes_is_not_remembered_without_end() {
        let db = cache_in_memory();
        for change in 0..CHANGES + 50 {
            let state = if change % 2 == 0 { Offline(Unreachable) } else { Online };
            note(&db, state, hours(100)).unwrap();
        }
        assert_eq!(kept(&db), CHANGES);
    }
}
