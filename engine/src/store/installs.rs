//! The install table: which set of required responses serves, and which is being staged.

use rusqlite::{Connection, OptionalExtension, named_params};

/// The version that serves.
pub(super) fn active(db: &Connection) -> rusqlite::Result<Option<String>> {
    db.prepare_cached("SELECT version FROM install WHERE is_active = 1")?
        .query_row([], |row| row.get("version"))
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

/// Makes one version the one that serves and removes every other with its responses.
pub(super) fn activate(db: &Connection, install: i64) -> rusqlite::Result<()> {
    let parameters = named_params! { ":install": install };
    db.prepare_cached("DELETE FROM response WHERE install <> :install")?.execute(parameters)?;
    db.prepare_cached("DELETE FROM install WHERE id <> :install")?.execute(parameters)?;
    db.prepare_cached("UPDATE install SET is_active = 1 WHERE id = :install")?
        .execute(parameters)?;
    Ok(())
}
