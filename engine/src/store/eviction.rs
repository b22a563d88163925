//! What goes when there is no room: what was used longest ago.
//!
//! Each step takes the first entry of an index, whatever the number of rows. What is
//! installed is exempt: the indexes do not hold it.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Statement, ToSql, named_params};

use super::usage;
use crate::route::Limits;

/// A full disk is made room on by at least this many bytes.
const LEAST_ROOM: u64 = 1 << 20;
/// And by so many times what is needed, or the next write would meet it full again.
const ROOM_FACTOR: u64 = 4;

/// Deletes until the bodies take at most `quota` bytes.
pub(super) fn evict_beyond(db: &Connection, quota: u64) -> rusqlite::Result<()> {
    let mut oldest = oldest(db)?;
    while usage::bytes(db)? > quota {
        if evict(&mut oldest, &[])?.is_none() {
            break;
        }
    }
    Ok(())
}

/// Deletes of one route until its limits hold.
pub(super) fn evict_of_route(
    db: &Connection,
    route: &str,
    limits: &Limits,
) -> rusqlite::Result<()> {
    let sql = "DELETE FROM response
                WHERE id = (SELECT id FROM response WHERE route = :route AND install IS NULL
                             ORDER BY used_at_ms LIMIT 1)
            RETURNING length";
    let is_beyond = |(entries, bytes)| {
        limits.max_entries.is_some_and(|most| entries > most)
            || limits.max_bytes.is_some_and(|most| bytes > most)
    };
    let mut oldest = db.prepare_cached(sql)?;
    while is_beyond(usage::of_route(db, route)?) {
        if evict(&mut oldest, named_params! { ":route": route })?.is_none() {
            break;
        }
    }
    Ok(())
}

/// Makes room on a full disk for a body of `needed` bytes, and for some that follow.
pub(super) fn make_room(db: &Connection, needed: u64) -> rusqlite::Result<()> {
    let wanted = needed.saturating_mul(ROOM_FACTOR).max(LEAST_ROOM);
    let mut oldest = oldest(db)?;
    let mut freed: u64 = 0;
    while freed < wanted
        && let Some(length) = evict(&mut oldest, &[])?
    {
        freed = freed.saturating_add(length);
    }
    Ok(())
}

/// Deletes rows that were met too old, unless they were freshened since.
pub(super) fn delete_expired(db: &Connection, expired: &HashMap<i64, i64>) -> rusqlite::Result<()> {
    let sql = "DELETE FROM response WHERE id = :id AND fetched_at_ms = :fetched_at_ms";
    let mut delete = db.prepare_cached(sql)?;
    for (id, fetched_at_ms) in expired {
        delete.execute(named_params! { ":id": id, ":fetched_at_ms": fetched_at_ms })?;
    }
    Ok(())
}

fn oldest(db: &Connection) -> rusqlite::Result<rusqlite::CachedStatement<'_>> {
    db.prepare_cached(
        "DELETE FROM response
          WHERE id = (SELECT id FROM response WHERE install IS NULL
                       ORDER BY used_at_ms LIMIT 1)
      RETURNING length",
    )
}

/// The length of the body that went; `None` if there was none to go.
fn evict(
    statement: &mut Statement<'_>,
    parameters: &[(&str, &dyn ToSql)],
) -> rusqlite::Result<Option<u64>> {
    statement
        .query_row(parameters, |row| row.get(0))
        .optional()
        .map(|length: Option<i64>| length.map(i64::unsigned_abs))
}

#[cfg(test)]
mod tests {
    use super::super::database::tests::cache_in_memory;

    /// A plan that scans the table or sorts it grows with what is stored.
    #[track_caller]
    fn check_plan(sql: &str, index: &str) {
        let db = cache_in_memory();
        let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let steps: Vec<String> =
            plan.query_map([], |row| row.get(3)).unwrap().collect::<Result<_, _>>().unwrap();
        let plan = steps.join("; ");
        assert!(plan.contains(&format!("USING COVERING INDEX {index}")), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }

    #[test]
    fn what_was_used_longest_ago_is_the_first_entry_of_an_index() {
        check_plan(
            "SELECT id FROM response WHERE install IS NULL ORDER BY used_at_ms LIMIT 1",
            "response_by_use",
        );
        check_plan(
            "SELECT id FROM response WHERE route = 'a' AND install IS NULL
              ORDER BY used_at_ms LIMIT 1",
            "response_by_route",
        );
    }
}
