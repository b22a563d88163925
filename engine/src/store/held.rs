//! Look-ups that share a read transaction.
//!
//! Of a small read of a database with a log, a third or more is taking its locks and asking
//! whether somebody has written. In a transaction that stays open that is done once. What
//! such a transaction sees never changes, and a log that somebody reads cannot be emptied.
//! So it is short of sight on purpose:
//!
//! ```text
//! begun ──▶ kept for the next look-up ── this process writes ──▶ begun again
//!             ├── a tenth of a second has passed: others may have written ──▶ begun again
//!             ├── not used for about as long, or the store closes ──▶ ended
//!             └── the log is taken into the database ──▶ ended, and none kept meanwhile
//! ```

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use rusqlite::Connection;
use tokio::sync::Notify;
use tokio::time::sleep;

use super::hot::Writes;

/// For how long a transaction is kept.
const KEPT: Duration = Duration::from_millis(100);

/// The connections of look-ups, as many as ever looked at once.
#[derive(Default)]
pub(super) struct Held {
    writes: Writes,
    readers: Mutex<Readers>,
    /// A transaction is kept that somebody has to end.
    kept: Notify,
}

#[derive(Default)]
struct Readers {
    /// Those that nobody uses at the moment.
    idle: Vec<Reader>,
    /// How many want nothing to be kept.
    released: usize,
}

struct Reader {
    connection: Connection,
    /// What its transaction sees, if it is in one.
    view: Option<View>,
    is_used: bool,
}

#[derive(Clone, Copy)]
struct View {
    /// How many writes there had been, at least.
    writes: u64,
    since: SystemTime,
}

impl View {
    fn holds(self, writes: u64, now: SystemTime) -> bool {
        self.writes == writes && now.duration_since(self.since).is_ok_and(|age| age < KEPT)
    }
}

/// While this lives no transaction is kept.
pub(super) struct Released<'h>(&'h Held);

impl Drop for Released<'_> {
    fn drop(&mut self) {
        self.0.readers().released -= 1;
    }
}

impl Held {
    /// The writes after which a transaction is not used again.
    pub(super) fn writes(&self) -> &Writes {
        &self.writes
    }

    /// Reads, in a transaction that sees every write that was noted before.
    pub(super) fn read<T>(
        &self,
        connect: impl FnOnce() -> rusqlite::Result<Connection>,
        now: SystemTime,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let idle = self.readers().idle.pop();
        let mut reader = match idle {
            Some(reader) => reader,
            None => Reader { connection: connect()?, view: None, is_used: true },
        };
        // Counted before it begins: it may see more than that, never less.
        let writes = self.writes.count();
        if !reader.view.is_some_and(|view| view.holds(writes, now)) {
            reader.end()?;
            reader.begin(View { writes, since: now })?;
        }
        let value = read(&reader.connection);
        reader.is_used = true;
        let mut readers = self.readers();
        // After an error nobody knows what has become of the transaction.
        if readers.released > 0 || value.is_err() {
            reader.end()?;
        } else {
            self.kept.notify_one();
        }
        readers.idle.push(reader);
        value
    }

    /// Ends every transaction as soon as it is not used, until what this returns is dropped.
    pub(super) fn release(&self) -> Released<'_> {
        let mut readers = self.readers();
        readers.released += 1;
        readers.idle.retain_mut(|reader| reader.end().is_ok());
        Released(self)
    }

    /// Ends every transaction, and keeps none from now on.
    pub(super) fn close(&self) {
        std::mem::forget(self.release());
    }

    /// Ends the transactions that are not used any more, as long as this is polled.
    pub(super) async fn end_unused(&self) {
        loop {
            self.kept.notified().await;
            while self.is_one_kept() {
                sleep(KEPT).await;
                self.readers().idle.retain_mut(|reader| {
                    std::mem::replace(&mut reader.is_used, false) || reader.end().is_ok()
                });
            }
        }
    }

    fn is_one_kept(&self) -> bool {
        self.readers().idle.iter().any(|reader| reader.view.is_some())
    }

    fn readers(&self) -> MutexGuard<'_, Readers> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader {
    fn begin(&mut self, view: View) -> rusqlite::Result<()> {
        self.connection.prepare_cached("BEGIN")?.execute([])?;
        self.view = Some(view);
        Ok(())
    }

    fn end(&mut self) -> rusqlite::Result<()> {
        // An error may have ended it already.
        if self.view.take().is_some() && !self.connection.is_autocommit() {
            self.connection.prepare_cached("COMMIT")?.execute([])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn look(held: &Held) -> rusqlite::Result<i64> {
        let look = |db: &Connection| db.query_row("SELECT 1", [], |row| row.get(0));
        held.read(Connection::open_in_memory, UNIX_EPOCH, look)
    }

    /// One that nobody ends would keep the log for as long as the program runs.
    #[tokio::test(start_paused = true)]
    async fn what_nobody_looks_at_any_more_is_let_go() {
        let held = Held::default();
        let looks = async {
            for _ in 0..20 {
                look(&held).unwrap();
                sleep(KEPT / 2).await;
                assert!(held.is_one_kept(), "it is used");
            }
            sleep(2 * KEPT).await;
            assert!(!held.is_one_kept(), "it is not");
            look(&held).unwrap();
            assert!(held.is_one_kept());
            sleep(3 * KEPT).await;
            assert!(!held.is_one_kept(), "nor a second time");
        };
        tokio::select! {
            () = held.end_unused() => {}
            () = looks => {}
        }
    }

    /// The transaction of a look-up that failed may be in any state.
    #[test]
    fn an_error_ends_the_transaction() {
        let held = Held::default();
        look(&held).unwrap();
        let fail =
            |db: &Connection| db.query_row("SELECT 1 WHERE 0", [], |row| row.get::<_, i64>(0));
        held.read(Connection::open_in_memory, UNIX_EPOCH, fail).unwrap_err();
        assert!(!held.is_one_kept());
        look(&held).unwrap();
    }
}
