//! What goes when there is no room: what was used longest ago.
//!
//! Each step takes the first entry of an index, whatever the number of rows. What is
//! installed is exempt: the index does not hold it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use rusqlite::{Connection, OptionalExtension};

use super::usage;
use crate::route::Limits;

/// A full disk is made room on by at least this many bytes.
const LEAST_ROOM: u64 = 1 << 20;
/// And by so many times what is needed, or the next write would meet it full again.
const ROOM_FACTOR: u64 = 4;

/// What a route used longest ago.
const OLDEST: &str = "
    SELECT used_at_ms, id FROM response
     WHERE route = ?1 AND install IS NULL ORDER BY used_at_ms LIMIT 1";

/// Deletes until the bodies take at most `quota` bytes.
pub(super) fn evict_beyond(db: &Connection, quota: u64) -> rusqlite::Result<()> {
    if usage::bytes(db)? <= quota {
        return Ok(());
    }
    let mut oldest = Oldest::of(db, usage::routes(db)?)?;
    while usage::bytes(db)? > quota && oldest.evict()?.is_some() {}
    Ok(())
}

/// Deletes of one route until its limits hold.
pub(super) fn evict_of_route(
    db: &Connection,
    route: &str,
    limits: &Limits,
) -> rusqlite::Result<()> {
    let is_beyond = |(entries, bytes)| {
        limits.max_entries.is_some_and(|most| entries > most)
            || limits.max_bytes.is_some_and(|most| bytes > most)
    };
    if !is_beyond(usage::of_route(db, route)?) {
        return Ok(());
    }
    let mut oldest = Oldest::of(db, [route.to_owned()])?;
    while is_beyond(usage::of_route(db, route)?) && oldest.evict()?.is_some() {}
    Ok(())
}

/// Makes room on a full disk for a body of `needed` bytes, and for some that follow.
pub(super) fn make_room(db: &Connection, needed: u64) -> rusqlite::Result<()> {
    let wanted = needed.saturating_mul(ROOM_FACTOR).max(LEAST_ROOM);
    let mut oldest = Oldest::of(db, usage::routes(db)?)?;
    let mut freed: u64 = 0;
    while freed < wanted
        && let Some(length) = oldest.evict()?
    {
        freed = freed.saturating_add(length);
    }
    Ok(())
}

/// When something was used last, in milliseconds.
pub(super) fn newest(db: &Connection) -> rusqlite::Result<i64> {
    let mut of_route = db.prepare_cached(
        "SELECT used_at_ms FROM response
          WHERE route = ?1 AND install IS NULL ORDER BY used_at_ms DESC LIMIT 1",
    )?;
    let mut newest = 0;
    for route in usage::routes(db)? {
        let used_at_ms = of_route.query_row([&route], |row| row.get(0)).optional()?;
        newest = newest.max(used_at_ms.unwrap_or_default());
    }
    Ok(newest)
}

/// Deletes rows that were met too old, unless they were freshened since.
pub(super) fn delete_expired(db: &Connection, expired: &HashMap<i64, i64>) -> rusqlite::Result<()> {
    if expired.is_empty() {
        return Ok(());
    }
    let sql = "DELETE FROM response WHERE id = ?1 AND fetched_at_ms = ?2";
    let mut delete = db.prepare_cached(sql)?;
    for (id, fetched_at_ms) in expired {
        delete.execute((id, fetched_at_ms))?;
    }
    Ok(())
}

/// What each of some routes used longest ago.
struct Oldest<'db> {
    db: &'db Connection,
    /// When it was used, its id, and its route.
    of_each: BinaryHeap<Reverse<(i64, i64, String)>>,
}

impl<'db> Oldest<'db> {
    fn of(db: &'db Connection, routes: impl IntoIterator<Item = String>) -> rusqlite::Result<Self> {
        let mut oldest = Self { db, of_each: BinaryHeap::new() };
        routes.into_iter().try_for_each(|route| oldest.look(route))?;
        Ok(oldest)
    }

    fn look(&mut self, route: String) -> rusqlite::Result<()> {
        let found = self
            .db
            .prepare_cached(OLDEST)?
            .query_row([&route], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        self.of_each.extend(found.map(|(used_at_ms, id)| Reverse((used_at_ms, id, route))));
        Ok(())
    }

    /// Deletes what was used longest ago of all. The length of its body; `None` if there was
    /// none to go.
    fn evict(&mut self) -> rusqlite::Result<Option<u64>> {
        let Some(Reverse((_, id, route))) = self.of_each.pop() else { return Ok(None) };
        let sql = "DELETE FROM response WHERE id = ?1 RETURNING length";
        let length: i64 = self.db.prepare_cached(sql)?.query_row([id], |row| row.get(0))?;
        self.look(route)?;
        Ok(Some(length.unsigned_abs()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::database::tests::cache_in_memory;
    use super::*;

    /// A plan that scans the table or sorts it grows with what is stored.
    #[test]
    fn what_was_used_longest_ago_is_the_first_entry_of_an_index() {
        let db = cache_in_memory();
        let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {OLDEST}")).unwrap();
        let steps: Vec<String> =
            plan.query_map(["a"], |row| row.get(3)).unwrap().collect::<Result<_, _>>().unwrap();
        let plan = steps.join("; ");
        assert!(plan.contains("USING COVERING INDEX response_by_route"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }
}
