//! The profile from a signed file elsewhere, with the way back to the last good one.
//!
//! ```text
//! start ─▶ which profile? (`decision`) ─▶ the engine runs with it
//!            on trial: a good state ─▶ the last good one     not in time ─▶ back, and start anew
//! beside: fetched now and then (`fetching`) ─▶ signed? in order? newer? ─▶ waits for the next start
//! ```
//!
//! A profile is used in place of the built-in one, and belongs to the same site. Without a network,
//! with nobody there, with a broken file or one that nobody has signed, everything goes on as it is.

mod decision;
mod fetching;
mod memory;

use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::time::sleep;

use crate::config::{RemoteTerms, Site};
use crate::error::in_full;
use decision::{Held, Memory, Offer};
use memory::Folder;

pub use decision::Refused;

/// How often a trial is looked at.
const LOOKED_AT: Duration = Duration::from_secs(1);

/// Where the profile comes from that is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// The number of the profile that is used; `None` is the built-in one.
    pub serial: Option<u64>,
    /// Whether it has come to no good state yet.
    pub is_on_trial: bool,
    /// The number of the one that waits for the next start.
    pub waiting: Option<u64>,
    /// The numbers of those that came to none, the last one last.
    pub failed: Vec<u64>,
    /// When it was looked for the last time, and what came of it: `new`, `same`, `unreachable`, or
    /// why it is not used.
    pub looked: Option<(SystemTime, &'static str)>,
}

/// What the program has come to, as far as a trial goes by that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrialStanding {
    /// Everything that the profile requires is there, and the person has seen a page, if anybody
    /// is to see one.
    pub is_good: bool,
    /// The site can be reached: without it nothing can come to a good state, whatever the profile.
    pub is_usable: bool,
}

/// The profile of one data directory.
pub struct Remote {
    terms: RemoteTerms,
    built_in: Site,
    folder: Folder,
    memory: Mutex<Memory>,
    used: Option<Held>,
    looked: Mutex<Option<(SystemTime, &'static str)>>,
}

impl Remote {
    /// Decides which profile this start is with, and remembers it: the profile.
    ///
    /// # Errors
    ///
    /// What the file system reports; the built-in profile is used then.
    pub fn begin(
        built_in: Site,
        terms: RemoteTerms,
        data: &Path,
        now: SystemTime,
    ) -> io::Result<(Self, Site)> {
        let folder = Folder::in_directory(data)?;
        let (mut memory, mut used) = folder.memory().started(now);
        folder.remember(&memory)?;
        let mut site = built_in.clone();
        // One that this version cannot read, or that is not as it was, has failed.
        while let Some(held) = &used {
            match folder.text(held).and_then(|text| read(held, &text)) {
                Some(read) => {
                    // Whoever is told how the device is must hear of this as well.
                    let status = read.status.clone().or_else(|| built_in.status.clone());
                    site = Site { status, ..read };
                    break;
                }
                None if memory.trial.is_some() => memory = memory.rolled_back(),
                None => memory.good = None,
            }
            used = memory.good.clone();
            folder.remember(&memory)?;
        }
        let (memory, looked) = (Mutex::new(memory), Mutex::default());
        Ok((Self { terms, built_in, folder, memory, used, looked }, site))
    }

    /// Looks for a newer profile now and then, and after the trial of the one that is used;
    /// returns once that has failed, so that the program starts anew with the last good one.
    pub async fn run(&self, now: impl Fn() -> SystemTime, standing: impl Fn() -> TrialStanding) {
        tokio::select! {
            () = self.look(&now) => {}
            () = self.watch(&now, &standing) => {}
        }
    }

    /// Waits until the trial has failed. One that succeeds is no trial any more.
    async fn watch(&self, now: &impl Fn() -> SystemTime, standing: &impl Fn() -> TrialStanding) {
        loop {
            if self.lock().trial.is_none() {
                return std::future::pending().await;
            }
            let TrialStanding { is_good, is_usable } = standing();
            if is_good {
                self.becomes(|memory| memory.confirmed());
            } else if is_usable && self.lock().is_overdue(now(), self.terms.trial) {
                tracing::warn!(
                    "the new profile came to no good state, so the last good one is used"
                );
                return self.becomes(|memory| memory.rolled_back());
            }
            sleep(LOOKED_AT).await;
        }
    }

    async fn look(&self, now: &impl Fn() -> SystemTime) {
        loop {
            let came = self.look_once().await;
            *self.looked.lock().unwrap_or_else(PoisonError::into_inner) = Some((now(), came));
            sleep(self.terms.every).await;
        }
    }

    async fn look_once(&self) -> &'static str {
        let (text, signature) = match fetching::fetch(&self.terms.url).await {
            Ok(fetched) => fetched,
            Err(error) => {
                tracing::debug!(error = in_full(&error), "no profile is fetched");
                return "unreachable";
            }
        };
        match self.offer(&text, &signature) {
            Ok(true) => "new",
            Ok(false) => "same",
            Err(refused) => {
                tracing::warn!(why = refused.as_str(), "the fetched profile is not used");
                refused.as_str()
            }
        }
    }

    /// Whether what was fetched waits for the next start from now on.
    fn offer(&self, text: &[u8], signature: &[u8]) -> Result<bool, Refused> {
        if !fetching::is_signed(&self.terms.key, text, signature) {
            return Err(Refused::Signature);
        }
        let text = std::str::from_utf8(text).map_err(|_| Refused::Broken)?;
        let site = Site::read(self.terms.url.as_str(), text).map_err(|problems| {
            tracing::warn!(%problems, "the fetched profile has mistakes");
            Refused::Broken
        })?;
        let Some(serial) = site.serial else { return Err(Refused::Broken) };
        let hash = blake3::hash(text.as_bytes()).to_hex().to_string();
        let of = |site: &Site| (site.origin.clone(), site.scheme.clone());
        let offer = Offer {
            held: Held { serial, hash },
            rolls_back: site.rolls_back,
            is_of_site: of(&site) == of(&self.built_in),
        };
        let mut memory = self.lock();
        let next = memory.offered(&offer)?;
        if next == *memory {
            return Ok(false);
        }
        let kept = self.folder.keep(&offer.held, text).and_then(|()| self.folder.remember(&next));
        match kept {
            Ok(()) => *memory = next,
            Err(error) => {
                tracing::warn!(%error, "the fetched profile cannot be kept");
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether another profile than this one is to be used: a newer one waits, or the trial of
    /// this one has failed.
    pub fn next_is_another(&self) -> bool {
        let memory = self.lock();
        memory.waiting.is_some() || memory.trial.is_none() && memory.good != self.used
    }

    /// How it stands.
    pub fn configuration(&self) -> Configuration {
        let memory = self.lock();
        let trial = memory.trial.as_ref().map(|trial| &trial.held);
        Configuration {
            serial: self.used.as_ref().map(|held| held.serial),
            is_on_trial: trial.is_some() && trial == self.used.as_ref(),
            waiting: memory.waiting.as_ref().map(|held| held.serial),
            failed: memory.failed.iter().map(|held| held.serial).collect(),
            looked: *self.looked.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    fn becomes(&self, next: impl FnOnce(&Memory) -> Memory) {
        let mut memory = self.lock();
        *memory = next(&memory);
        if let Err(error) = self.folder.remember(&memory) {
            tracing::warn!(%error, "what has become of a profile is not remembered");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(held: &Held, text: &str) -> Option<Site> {
    Site::read(&format!("profile {}", held.serial), text).ok()
}
