//! The install table: which set of required responses serves, and which is being staged.

use std::time::SystemTime;

use rusqlite::{Connection, OptionalExtension, named_params};

use crate::time::to_unix_ms;

/// What became of an install that is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activation {
    /// It serves.
    Done,
    /// It serves from the next navigation on; until then the one before does.
    AtNextNavigation,
}

/// The version that serves.
pub(super) fn active(db: &Connection) -> rusqlite::Result<Option<String>> {
    db.prepare_cached("SELECT version FROM install WHERE is_active = 1")?
        .query_row([], |row| row.get("version"))
        .optional()
}

/// The install that serves, by its number.
pub(super) fn serving(db: &Connection) -> rusqlite::Result<Option<i64>> {
    db.prepare_cached("SELECT id FROM install WHERE is_active = 1")?
        .query_row([], |row| row.get("id"))
        .optional()
}

/// Begins staging a version, or goes on with it: its id and the URLs that are there.
pub(super) fn begin(db: &Connection, version: &str) -> rusqlite::Result<(i64, Vec<String>)> {
    db.prepare_cached("INSERT INTO install (version) VALUES (:version) ON CONFLICT DO NOTHING")?
        .execute(named_params! { ":version": version })?;
    let id = db
        .prepare_cached("SELECT id FROM install WHERE version = :version")?
        .query_row(named_params! { ":version": version }, |row| row.get("id"))?;
    let staged = db
        .prepare_cached("SELECT url FROM response WHERE install = :install")?
        .query_map(named_params! { ":install": id }, |row| row.get("url"))?
        .collect::<Result<_, _>>()?;
    Ok((id, staged))
}

/// Notes why a version could not be installed.
pub(super) fn note_failure(
    db: &Connection,
    version: &str,
    (path, reason): (&str, &str),
    now: SystemTime,
) -> rusqlite::Result<()> {
    let sql = "UPDATE install
                  SET failed_path = :path, failed_reason = :reason, failed_at_ms = :now_ms
                WHERE version = :version";
    db.prepare_cached(sql)?.execute(named_params! {
        ":version": version,
        ":path": path,
        ":reason": reason,
        ":now_ms": to_unix_ms(now),
    })?;
    Ok(())
}

/// Notes that everything required is there. It serves at once if nothing else does.
pub(super) fn complete(db: &Connection, install: i64) -> rusqlite::Result<Activation> {
    let sql = "UPDATE install
                  SET is_complete = 1, failed_path = NULL, failed_reason = NULL, failed_at_ms = NULL
                WHERE id = :install";
    db.prepare_cached(sql)?.execute(named_params! { ":install": install })?;
    let mut others =
        db.prepare_cached("SELECT 1 FROM install WHERE is_active = 1 AND id <> :install")?;
    if others.exists(named_params! { ":install": install })? {
        return Ok(Activation::AtNextNavigation);
    }
    activate(db, install)?;
    Ok(Activation::Done)
}

/// Makes one version the one that serves. The one before is nobody's from then on, except of
/// the pages that were opened with it.
fn activate(db: &Connection, install: i64) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE install SET is_active = 0, is_complete = 0 WHERE is_active = 1")?
        .execute([])?;
    db.prepare_cached("UPDATE install SET is_active = 1, is_complete = 1 WHERE id = :install")?
        .execute(named_params! { ":install": install })?;
    Ok(())
}

/// Removes an install with its responses.
pub(super) fn delete(db: &Connection, install: i64) -> rusqlite::Result<()> {
    let parameters = named_params! { ":install": install };
    db.prepare_cached("DELETE FROM response WHERE install = :install")?.execute(parameters)?;
    db.prepare_cached("DELETE FROM install WHERE id = :install")?.execute(parameters)?;
    Ok(())
}

/// Makes the complete install serve that does not yet, if there is one: its version.
pub(super) fn activate_complete(db: &Connection) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT id, version FROM install
                WHERE is_complete = 1 AND is_active = 0 AND save IS NULL
                ORDER BY id DESC LIMIT 1";
    let found: Option<(i64, String)> = db
        .prepare_cached(sql)?
        .query_row([], |row| Ok((row.get("id")?, row.get("version")?)))
        .optional()?;
    let Some((id, version)) = found else { return Ok(None) };
    activate(db, id)?;
    Ok(Some(version))
}

/// What was staged for a profile that is no longer this one, what served before, and what was
/// given up.
pub(super) fn abandoned(db: &Connection, version: &str) -> rusqlite::Result<Vec<i64>> {
    let sql = "SELECT id FROM install WHERE is_active = 0 AND version <> :version AND save IS NULL";
    db.prepare_cached(sql)?
        .query_map(named_params! { ":version": version }, |row| row.get("id"))?
        .collect()
}

/// Makes an install or a copy one that nobody finds or goes on with, and that is abandoned.
pub(super) fn give_up(db: &Connection, install: i64) -> rusqlite::Result<()> {
    let sql = "UPDATE install
                  SET version = 'given up ' || id, save = NULL,
                      is_active = 0, is_complete = 0, is_shown = 0
                WHERE id = :install";
    db.prepare_cached(sql)?.execute(named_params! { ":install": install })?;
    Ok(())
}

/// Empties the cache for a version, once; whether there was anything to delete.
pub(super) fn reset(db: &Connection, version: &str) -> rusqlite::Result<bool> {
    let noted = db
        .prepare_cached("INSERT INTO reset (version) VALUES (:version) ON CONFLICT DO NOTHING")?
        .execute(named_params! { ":version": version })?;
    if noted == 0 {
        return Ok(false);
    }
    // What the person has saved is theirs.
    let sql = "DELETE FROM response
                WHERE install IS NULL OR install IN (SELECT id FROM install WHERE save IS NULL)";
    let responses = db.prepare_cached(sql)?.execute([])?;
    let installs = db.prepare_cached("DELETE FROM install WHERE save IS NULL")?.execute([])?;
    Ok(responses + installs > 0)
}
