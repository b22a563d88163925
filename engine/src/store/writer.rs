//! One writer for the cache: writes that come at the same time share a transaction.
//!
//! ```text
//! queued ── one at a time sees to all that is queued, until nothing is:
//!             one transaction, a savepoint for each ── committed ──▶ each gets its result
//!               └── failed as a whole ──▶ each in a transaction of its own
//!                     └── the disk is full ──▶ evict what was used longest ago, once more
//! ```
//!
//! Who waits needs no thread for it: with one for each, many writes at once would spend most
//! of their time waking threads.
//!
//! The writer's lock also guards the files of the bodies: a file gets its name, and one that
//! no row names any more is removed, only while it is held.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::executor::block_on;
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::blobs::Blobs;
use super::database::Database;
use super::reserve::Reserve;
use super::{eviction, responses};
use crate::error::StoreError;

/// A log longer than this is taken into the database.
const LONG_LOG: u64 = 4 << 20;

/// What a write is about.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    /// What is being done, as an infinitive.
    pub(super) action: &'static str,
    /// How much room it takes.
    pub(super) bytes: u64,
    /// The file that it gives its name, removed again if no row names it in the end.
    pub(super) blob: Option<String>,
}

impl Subject {
    /// A write that takes hardly any room.
    pub(super) fn small(action: &'static str) -> Self {
        Self { action, bytes: 0, blob: None }
    }
}

/// The cache's writer.
pub(super) struct Writer {
    database: Arc<Database>,
    blobs: Arc<Blobs>,
    reserve: Reserve,
    queue: Mutex<Queue>,
    is_checkpointing: AtomicBool,
}

/// What is to be written.
#[derive(Default)]
struct Queue {
    writes: Vec<Box<dyn Queued>>,
    /// Whether somebody sees to it.
    is_attended: bool,
}

/// How a write has ended, for whoever waits for it.
pub(super) struct Receipt<T>(oneshot::Receiver<Result<T, StoreError>>);

impl<T> Receipt<T> {
    /// Waits for the end, which somebody has to see to.
    ///
    /// # Errors
    ///
    /// As [`Writer::write`].
    pub(super) async fn result(self) -> Result<T, StoreError> {
        self.0.await.unwrap_or(Err(StoreError::Closing))
    }
}

/// Sees to what is queued, also when it is dropped.
pub(super) struct Attendant {
    writer: Arc<Writer>,
    is_done: bool,
}

impl Attendant {
    /// Writes until nothing is queued.
    pub(super) fn run(mut self) {
        self.write();
        self.writer.shorten_log();
    }

    /// Writes what is queued now; comes back if more is by then.
    pub(super) fn run_once(mut self) -> Option<Self> {
        self.writer.write_queued();
        let mut queue = lock(&self.writer.queue);
        queue.is_attended = !queue.writes.is_empty();
        self.is_done = !queue.is_attended;
        drop(queue);
        (!self.is_done).then_some(self)
    }

    fn write(&mut self) {
        while self.writer.write_queued() {}
        // That is noted already, and another one may have begun.
        self.is_done = true;
    }
}

impl Drop for Attendant {
    fn drop(&mut self) {
        if std::thread::panicking() {
            lock(&self.writer.queue).is_attended = false;
        } else if !self.is_done {
            self.write();
        }
    }
}

/// A write that waits for the writer, whatever it results in.
trait Queued: Send {
    fn subject(&self) -> &Subject;
    /// Can be run again after it was rolled back.
    fn run(&mut self, db: &Connection) -> Result<(), StoreError>;
    /// Says how it ended to whoever waits.
    fn conclude(&mut self, ended: Result<(), StoreError>);
}

struct Write<T, F> {
    subject: Subject,
    write: F,
    value: Option<T>,
    outcome: Option<oneshot::Sender<Result<T, StoreError>>>,
}

impl<T, F> Queued for Write<T, F>
where
    T: Send,
    F: FnMut(&Connection) -> Result<T, StoreError> + Send,
{
    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn run(&mut self, db: &Connection) -> Result<(), StoreError> {
        self.value = Some((self.write)(db)?);
        Ok(())
    }

    fn conclude(&mut self, ended: Result<(), StoreError>) {
        let value = self.value.take();
        let result = ended.and_then(|()| value.ok_or(StoreError::Closing));
        // Nobody may wait any more.
        let _ = self.outcome.take().map(|outcome| outcome.send(result));
    }
}

impl Writer {
    pub(super) fn new(database: Arc<Database>, blobs: Arc<Blobs>, reserve: Reserve) -> Self {
        reserve.restore();
        let (queue, is_checkpointing) = (Mutex::default(), AtomicBool::new(false));
        Self { database, blobs, reserve, queue, is_checkpointing }
    }

    /// Queues a write: all of it or nothing, together with what others write at the same time.
    ///
    /// `write` may run more than once: what it did before was rolled back.
    pub(super) fn queue<T: Send + 'static>(
        &self,
        subject: Subject,
        write: impl FnMut(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Receipt<T> {
        let (outcome, receipt) = oneshot::channel();
        let queued = Write { subject, write, value: None, outcome: Some(outcome) };
        lock(&self.queue).writes.push(Box::new(queued));
        Receipt(receipt)
    }

    /// Whoever asks first sees to what is queued; the others need not.
    pub(super) fn attendant(self: &Arc<Self>) -> Option<Attendant> {
        let is_attended = std::mem::replace(&mut lock(&self.queue).is_attended, true);
        (!is_attended).then(|| Attendant { writer: self.clone(), is_done: false })
    }

    /// Writes and waits for the end, on a thread that may wait.
    ///
    /// # Errors
    ///
    /// What `write` or the database reports. A full disk has been made room on once before.
    pub(super) fn write<T: Send + 'static>(
        self: &Arc<Self>,
        subject: Subject,
        write: impl FnMut(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let receipt = self.queue(subject, write);
        if let Some(attendant) = self.attendant() {
            attendant.run();
        }
        block_on(receipt.result())
    }

    /// Deletes what was used longest ago for the sake of `bytes` that do not fit on the disk.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(super) fn make_room(&self, bytes: u64) -> Result<(), StoreError> {
        let mut connection = self.database.writer();
        let made = self.make_room_with(&mut connection, bytes, &[]);
        self.reserve.restore();
        made
    }

    /// Writes what is queued; whether anything was. If not, nobody sees to it any more.
    #[tracing::instrument(level = "debug", name = "write", skip_all)]
    fn write_queued(&self) -> bool {
        let connection = &mut *self.database.writer();
        let mut writes = {
            let mut queue = lock(&self.queue);
            queue.is_attended = !queue.writes.is_empty();
            std::mem::take(&mut queue.writes)
        };
        if writes.is_empty() {
            return false;
        }
        let in_hand: Vec<String> =
            writes.iter().filter_map(|write| write.subject().blob.clone()).collect();
        let together = match writes.len() {
            0 | 1 => None,
            _ => self.together(connection, &mut writes, &in_hand).ok(),
        };
        let ended: Vec<_> = match together {
            Some(ended) => ended,
            None => writes
                .iter_mut()
                .map(|write| self.alone(connection, &mut **write, &in_hand))
                .collect(),
        };
        for (mut write, ended) in writes.into_iter().zip(ended) {
            // It failed, or what was written after it has pushed it out again.
            if let Some(hash) = &write.subject().blob {
                self.remove_if_unnamed(connection, hash);
            }
            write.conclude(ended);
        }
        true
    }

    /// All in one transaction; an error that is not one write's alone fails it as a whole.
    fn together(
        &self,
        connection: &mut Connection,
        writes: &mut [Box<dyn Queued>],
        in_hand: &[String],
    ) -> Result<Vec<Result<(), StoreError>>, StoreError> {
        let action = "store responses";
        self.transact(connection, action, in_hand, |db| {
            let execute = |sql| {
                let executed = db.prepare_cached(sql).and_then(|mut sql| sql.execute([]));
                executed.map_err(|source| self.database.failed(action, source))
            };
            let mut ended = Vec::with_capacity(writes.len());
            for write in &mut *writes {
                execute("SAVEPOINT one")?;
                let result = write.run(db);
                match &result {
                    Ok(()) => {}
                    Err(error) if error.is_disk_full() => return result.map(|()| Vec::new()),
                    Err(_) => {
                        execute("ROLLBACK TO one")?;
                    }
                }
                execute("RELEASE one")?;
                ended.push(result);
            }
            Ok(ended)
        })
    }

    fn alone(
        &self,
        connection: &mut Connection,
        write: &mut dyn Queued,
        in_hand: &[String],
    ) -> Result<(), StoreError> {
        let Subject { action, bytes, .. } = *write.subject();
        let result = self.transact(connection, action, in_hand, |db| write.run(db));
        match result {
            Err(error) if error.is_disk_full() => {}
            Err(_) | Ok(()) => return result,
        }
        self.make_room_with(connection, bytes, in_hand)?;
        let again = self.transact(connection, action, in_hand, |db| write.run(db));
        self.reserve.restore();
        again
    }

    fn make_room_with(
        &self,
        connection: &mut Connection,
        bytes: u64,
        in_hand: &[String],
    ) -> Result<(), StoreError> {
        let action = "make room on a full disk";
        // What is deleted is first of all written to the log, for which there is no room.
        self.reserve.release();
        let mut evict = || {
            let made = self.transact(connection, action, in_hand, |db| {
                let made = eviction::make_room(db, bytes);
                made.map_err(|source| self.database.failed(action, source))
            });
            // The log's own room counts as well.
            if let Err(error) = self.database.checkpoint(connection) {
                tracing::debug!(%error, "the log is as long as it was");
            }
            made
        };
        evict().or_else(|_| evict())
    }

    /// One transaction; afterwards the files are removed that no row names any more.
    fn transact<T>(
        &self,
        connection: &mut Connection,
        action: &'static str,
        in_hand: &[String],
        run: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let failed = |source| self.database.failed(action, source);
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let value = run(&transaction)?;
        let unnamed = responses::take_unnamed_blobs(&transaction).map_err(failed)?;
        let committed = transaction.commit().map_err(failed);
        // Also of one that failed nobody knows how far it came.
        self.database.held().writes().note();
        committed?;
        for hash in unnamed.iter().filter(|hash| !in_hand.contains(hash)) {
            self.blobs.remove(hash);
        }
        Ok(value)
    }

    /// Takes back what a write has put there that no row names.
    fn remove_if_unnamed(&self, connection: &Connection, hash: &str) {
        if let Ok(false) = responses::is_named(connection, hash) {
            self.blobs.remove(hash);
        }
    }

    /// How many writes wait to be taken along.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        lock(&self.queue).writes.len()
    }

    /// Whether it is time for [`Writer::shorten_log`], and nobody does it.
    pub(super) fn has_long_log(&self) -> bool {
        !self.is_checkpointing.load(Ordering::Acquire) && self.database.log_length() > LONG_LOG
    }

    /// Takes a long log into the database.
    pub(super) fn shorten_log(&self) {
        if self.has_long_log() {
            self.checkpoint();
        }
    }

    /// Takes the log into the database, beside whoever reads and writes.
    #[tracing::instrument(level = "debug", name = "checkpoint", skip_all)]
    pub(super) fn checkpoint(&self) {
        if self.is_checkpointing.swap(true, Ordering::AcqRel) {
            return;
        }
        let taken = self.database.checkpoint_beside();
        if let Err(error) = taken {
            tracing::debug!(%error, "the log is as long as it was");
        }
        self.reserve.restore();
        self.is_checkpointing.store(false, Ordering::Release);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
