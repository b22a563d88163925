//! Pictures of a display that nobody looks at.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::display::Xvfb;
use crate::failure::{Failure, Outcome};
use crate::run;

/// How long a window may take from its first pixel to its first picture.
const PAUSE: Duration = Duration::from_secs(2);

/// The oldest are deleted: a demo may run for days.
const KEPT: usize = 200;

/// Numbered pictures of a display: one whenever what it shows has changed.
pub(crate) struct Screenshots<'a> {
    display: &'a Xvfb,
    folder: PathBuf,
    taken: usize,
    last: Vec<u8>,
    next_look: Instant,
}

impl<'a> Screenshots<'a> {
    /// Takes the empty display as what is already known, and empties `folder`.
    pub(crate) fn start(display: &'a Xvfb, folder: PathBuf) -> Outcome<Self> {
        let at_folder = |error| Failure::new(format!("{}: {error}", folder.display()));
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(at_folder)?;
        }
        fs::create_dir_all(&folder).map_err(at_folder)?;

        let next_look = Instant::now() + PAUSE;
        let mut shots = Self { display, folder, taken: 0, last: Vec::new(), next_look };
        let empty = shots.folder.join("empty.png");
        shots.last = shots.shoot(&empty)?;
        fs::remove_file(&empty).map_err(|error| shots.failure(&empty, &error))?;
        Ok(shots)
    }

    /// Where the pictures are.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Takes a picture if it is time to; returns its name if it shows something new.
    pub(crate) fn look(&mut self) -> Outcome<Option<String>> {
        if Instant::now() < self.next_look {
            return Ok(None);
        }
        let path = self.numbered(self.taken + 1);
        let picture = self.shoot(&path)?;
        self.next_look = Instant::now() + PAUSE;
        if picture == self.last {
            fs::remove_file(&path).map_err(|error| self.failure(&path, &error))?;
            return Ok(None);
        }
        self.last = picture;
        self.taken += 1;
        if self.taken > KEPT {
            let oldest = self.numbered(self.taken - KEPT);
            fs::remove_file(&oldest).map_err(|error| self.failure(&oldest, &error))?;
        }
        Ok(Some(name(self.taken)))
    }

    fn numbered(&self, number: usize) -> PathBuf {
        self.folder.join(name(number))
    }

    fn shoot(&self, path: &Path) -> Outcome<Vec<u8>> {
        let mut command = Command::new("scrot");
        command.args(["--overwrite", "--silent"]).arg(path);
        self.display.show(&mut command);
        run::run(&mut command)?;
        fs::read(path).map_err(|error| self.failure(path, &error))
    }

    fn failure(&self, path: &Path, error: &std::io::Error) -> Failure {
        Failure::new(format!("screenshot {}: {error}", path.display()))
    }
}

fn name(number: usize) -> String {
    format!("{number:04}.png")
}
