//! What happened when, for whoever looks for the cause of a violation.

use std::fmt::Arguments;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::failure::{Failure, Outcome};

/// A file with a line for each event.
pub(super) struct Journal {
    begun: Instant,
    file: Mutex<File>,
}

impl Journal {
    /// A new one.
    ///
    /// Fails if the file cannot be made.
    pub(super) fn in_file(path: &Path) -> Outcome<Self> {
        let file = File::create(path).map_err(|error| {
            Failure::new(format!("could not write {}: {error}", path.display()))
        })?;
        Ok(Self { begun: Instant::now(), file: Mutex::new(file) })
    }

    /// Notes an event. One that cannot be noted is no reason to end the run.
    pub(super) fn note(&self, event: Arguments<'_>) {
        let line = format!("{:9.3} {event}\n", self.begun.elapsed().as_secs_f64());
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = file.write_all(line.as_bytes());
    }
}
