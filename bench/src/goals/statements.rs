//! G14: what SQLite does for hot statements beyond what it has to.

use crate::goal::Goal;
use crate::table::Row;

/// Counted, not timed, and so by a test that runs with all others: `sqlite3_stmt_status` is
/// asked where the statements are, inside the engine.
pub(super) fn rows() -> Vec<Row> {
    let why = "counted by the engine's tests";
    vec![Row::unmeasured(Goal::G14, "re-prepares, sorts and full scans of hot statements", why)]
}
