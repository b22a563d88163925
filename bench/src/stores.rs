//! Stores with many entries, filled once a run: small bodies, and some of the length that is
//! read.

use std::path::{Path, PathBuf};

use futures::StreamExt;
use futures::stream;
use holdfast_engine::Engine;
use tempfile::TempDir;
use url::Url;

use crate::raw::{Durability, Raw};
use crate::sampling::Shuffled;
use crate::site::{self, AMPLE, Bodies, KIB, Kind};
use crate::{Extent, Outcome};

/// The length of the bodies that make a store large.
pub(crate) const SMALL: usize = 512;
/// The length of the bodies that are read.
pub(crate) const READ: usize = 4 * KIB;
/// How many of those there are at most.
const MOST_READ: usize = 5_000;
/// So many at once share a transaction.
pub(crate) const AT_ONCE: usize = 64;

/// A folder of the run, and what is filled in it.
pub(crate) struct Stores {
    folder: TempDir,
    pub(crate) bodies: Bodies,
    extent: Extent,
    filled: Vec<Filled>,
    /// How often one was churned: each time with other addresses.
    churned: usize,
}

/// A store with a number of entries.
#[derive(Debug, Clone)]
pub(crate) struct Filled {
    pub(crate) entries: usize,
    /// The engine's folder.
    pub(crate) directory: PathBuf,
    /// The folder of the raw database with the same entries.
    pub(crate) raw: PathBuf,
    /// What of them has bodies of [`READ`] bytes.
    pub(crate) read: Vec<Url>,
}

impl Stores {
    /// In a new folder under `parent`, which should be on a real disk.
    pub(crate) fn new(parent: &Path, extent: Extent) -> Outcome<Self> {
        std::fs::create_dir_all(parent)?;
        let folder = tempfile::Builder::new().prefix("run-").tempdir_in(parent)?;
        Ok(Self { folder, bodies: Bodies::new(), extent, filled: Vec::new(), churned: 0 })
    }

    /// A new folder in it.
    pub(crate) fn empty(&self) -> Outcome<TempDir> {
        Ok(tempfile::tempdir_in(self.folder.path())?)
    }

    /// The numbers of entries that are compared, from few to many.
    pub(crate) const fn sizes(&self) -> [usize; 3] {
        match self.extent {
            Extent::Full => [10_000, 100_000, 1_000_000],
            Extent::Quick => [4_000, 8_000, 16_000],
        }
    }

    /// A store with so many entries, which keeps what earlier goals did to it.
    pub(crate) async fn filled(&mut self, entries: usize) -> Outcome<Filled> {
        if let Some(filled) = self.filled.iter().find(|filled| filled.entries == entries) {
            return Ok(filled.clone());
        }
        eprintln!("bench: filling a store with {entries} entries");
        let directory = self.folder.path().join(format!("engine-{entries}"));
        let raw = self.folder.path().join(format!("raw-{entries}"));
        let (mut all, mut read) = (Vec::new(), Vec::new());
        let reads = MOST_READ.min(entries / 10).max(1);
        for number in Shuffled::new().below(entries) {
            let length = if number < reads { READ } else { SMALL };
            let url = site::address(Kind::Octets, length, number)?;
            if length == READ {
                read.push(url.clone());
            }
            all.push((url, self.bodies.get(length, number)));
        }
        // What is small is the oldest, and so what is evicted first.
        all.sort_by_key(|(_, body)| body.len());
        let database = Raw::open(&raw, Durability::Soon)?;
        let rows = all.iter().map(|(url, body)| (url.as_str(), body.clone()));
        database.fill(rows, &site::headers("application/octet-stream"))?;
        let engine = site::engine(&directory, &self.bodies, AMPLE)?;
        store_all(&engine, all.into_iter().map(|(url, _)| url)).await?;
        engine.close().await;
        let filled = Filled { entries, directory, raw, read };
        self.filled.push(filled.clone());
        Ok(filled)
    }

    /// Replaces everything in a full store, so that its file and its folder of bodies are as
    /// after a long time of use: each new entry evicts old ones.
    pub(crate) async fn churn(&mut self, filled: &Filled) -> Outcome<()> {
        /// Long enough for a file each.
        const LONG: usize = 128 * KIB;
        eprintln!("bench: replacing the {} entries of a store", filled.entries);
        let engine = self.full(filled).await?;
        self.churned += 1;
        let first = self.churned * 100_000_000;
        let addresses = |length: usize, count: usize| -> Outcome<Vec<Url>> {
            let numbers = Shuffled::new().below(count).into_iter();
            numbers.map(|number| site::address(Kind::Octets, length, first + number)).collect()
        };
        store_all(&engine, addresses(LONG, filled.entries / 500)?).await?;
        // Half as many again, so that the long ones have gone as well.
        store_all(&engine, addresses(SMALL, filled.entries * 3 / 2)?).await?;
        store_all(&engine, filled.read.iter().cloned()).await?;
        engine.close().await;
        Ok(())
    }

    /// The engine on a store in which there is no room left.
    pub(crate) async fn full(&self, filled: &Filled) -> Outcome<Engine> {
        let engine = site::engine(&filled.directory, &self.bodies, AMPLE)?;
        let bytes = engine.usage()?.bytes;
        engine.close().await;
        site::engine(&filled.directory, &self.bodies, bytes)
    }
}

/// Fetches and so stores them, many at once. What is stored already stays as it is.
async fn store_all(engine: &Engine, urls: impl IntoIterator<Item = Url>) -> Outcome<()> {
    let urls = stream::iter(urls);
    let answers = urls.map(|url| async move {
        let response = engine.handle(site::request(&url)).await;
        site::read(response.body).await
    });
    let mut answers = answers.buffer_unordered(AT_ONCE);
    while let Some(answer) = answers.next().await {
        answer?;
    }
    Ok(())
}
