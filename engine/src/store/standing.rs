//! What waits, counted, for whoever looks after many devices: nothing of it is shown.

use std::time::SystemTime;

use super::Store;
use super::submission::SubmissionState;
use crate::error::StoreError;
use crate::time::from_unix_ms;

/// How many submissions are in one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// What has become of them.
    pub state: SubmissionState,
    /// How many.
    pub count: u64,
    /// When the oldest of them was submitted.
    pub since: Option<SystemTime>,
}

impl Store {
    /// How many submissions are in each state, whosever they are.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn standing(&self) -> Result<Vec<Standing>, StoreError> {
        let sql = "SELECT state, COUNT(*), MIN(created_at_ms) FROM submission GROUP BY state";
        let found: Vec<Standing> = self.inner.state.read("count what was submitted", |db| {
            db.prepare_cached(sql)?
                .query_map([], |row| {
                    Ok(Standing {
                        state: row.get(0)?,
                        count: row.get::<_, i64>(1)?.unsigned_abs(),
                        since: row.get::<_, Option<i64>>(2)?.map(from_unix_ms),
                    })
                })?
                .collect()
        })?;
        let none = |state| Standing { state, count: 0, since: None };
        let of = |state| found.iter().find(|one| one.state == state).copied();
        Ok(SubmissionState::ALL.map(|state| of(state).unwrap_or_else(|| none(state))).to_vec())
    }
}
