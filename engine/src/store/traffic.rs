//! What was answered, as it is kept for who looks later.

use std::time::Duration;

use rusqlite::{Connection, named_params};

use super::Store;
use crate::error::StoreError;
use crate::traffic::Answered;

/// Adds to what is kept.
pub(super) fn add(db: &Connection, answered: &Answered) -> rusqlite::Result<()> {
    let Answered { route, source, bytes, latencies } = answered;
    let sql = "INSERT INTO traffic (route, source, bytes) VALUES (:route, :source, :bytes)
               ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes";
    let bytes = as_stored(*bytes);
    db.prepare_cached(sql)?
        .execute(named_params! { ":route": route, ":source": source, ":bytes": bytes })?;
    let sql = "INSERT INTO latency (route, source, within_ns, requests)
                    VALUES (:route, :source, :within_ns, :requests)
               ON CONFLICT DO UPDATE SET requests = requests + excluded.requests";
    let mut statement = db.prepare_cached(sql)?;
    for (within, requests) in latencies {
        statement.execute(named_params! {
            ":route": route,
            ":source": source,
            ":within_ns": i64::try_from(within.as_nanos()).unwrap_or(i64::MAX),
            ":requests": as_stored(*requests),
        })?;
    }
    Ok(())
}

/// Everything that is kept, by route.
pub(super) fn all(db: &Connection) -> rusqlite::Result<Vec<Answered>> {
    let sql = "SELECT within_ns, requests FROM latency
                WHERE route = :route AND source = :source
                ORDER BY within_ns";
    let mut latencies = db.prepare(sql)?;
    db.prepare("SELECT route, source, bytes FROM traffic ORDER BY route, source")?
        .query_map([], |row| {
            let (route, source): (String, String) = (row.get("route")?, row.get("source")?);
            let latencies = latencies
                .query_map(named_params! { ":route": route, ":source": source }, |row| {
                    let within = row.get::<_, i64>("within_ns")?.unsigned_abs();
                    let requests = row.get::<_, i64>("requests")?.unsigned_abs();
                    Ok((Duration::from_nanos(within), requests))
                })?
                .collect::<Result<_, _>>()?;
            let bytes = row.get::<_, i64>("bytes")?.unsigned_abs();
            Ok(Answered { route, source, bytes, latencies })
        })?
        .collect()
}

fn as_stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl Store {
    /// Adds to what is kept of what was answered.
    ///
    /// # Errors
    ///
    /// What the database reports; nothing of it is added.
    pub(crate) async fn add_traffic(&self, answered: Vec<Answered>) -> Result<(), StoreError> {
        self.write_cache("keep what was answered", move |db| {
            answered.iter().try_for_each(|answered| add(db, answered))
        })
        .await
    }
}
