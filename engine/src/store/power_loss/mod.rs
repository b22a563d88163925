//! The power fails at any moment, and what the disk may hold then is looked at.
//!
//! Another process of this binary submits, installs, saves, stores and evicts, always the same,
//! and says whenever it was told that something is done (`session.rs`). strace writes down what it does to its
//! files (`recording.rs`). From that a disk is made up as it may be found after a power loss
//! (`disk.rs`), the store is opened on it, and:
//!
//! - what was submitted and acknowledged waits, once, with its whole body; what was delivered
//!   does not come back;
//! - what was installed and saved is there, whole; before that was said it may be missing;
//! - of what was browsed any part may be gone, but what is found is whole, and counted.
//!
//! A run takes the moments at which something was said and some between; with
//! `HOLDFAST_EVERY_CRASH=1` it takes them all, in some minutes.

mod disk;
mod recording;
mod session;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use bytes::Bytes;
use fastrand::Rng;
use http::HeaderMap;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use self::disk::{Disk, Left};
use self::recording::{CALLS, Done};
use self::session::{length, submitted};
use super::crashes::{EVERY, is_traceable};
use super::pressure::{check, open_as, put, stored};
use super::submission::{COLUMNS, Kept, kept};
use super::tests::body;
use super::{Shown, Store, SubmissionState};
use crate::policy::Partition;

/// Where the other process finds its folder.
const FOLDER: &str = "HOLDFAST_POWER_LOSS_FOLDER";
/// The data directory in it, which is not there at first.
const DATA: &str = "data/site";
/// How many moments a run takes beside those at which something was said.
const BETWEEN: usize = 60;
/// What is stored while browsing has addresses up to this.
const BROWSED: u64 = 40;

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

fn submissions(store: &Store) -> Vec<Kept> {
    let sql = format!("SELECT {COLUMNS} FROM submission ORDER BY id");
    let read = store.inner.state.read("read what was submitted", |db| {
        db.prepare_cached(&sql)?.query_map([], kept)?.collect()
    });
    read.unwrap()
}

/// What was said until the power failed, and what might have been next.
struct Said {
    until: BTreeSet<String>,
    next: BTreeSet<String>,
}

impl Said {
    fn at(log: &[Done], moment: usize) -> Self {
        let (before, after) = log.split_at(moment);
        let facts = |said: &str| said.split(", ").map(str::to_owned).collect::<BTreeSet<_>>();
        let until = before.iter().filter_map(Done::told).flat_map(facts).collect();
        let next = after.iter().find_map(Done::told).map(facts).unwrap_or_default();
        Self { until, next }
    }

    fn is_said(&self, what: &str, number: u64) -> bool {
        self.until.contains(&format!("{what} {number}"))
    }

    fn may_be(&self, what: &str, number: u64) -> bool {
        self.is_said(what, number) || self.next.contains(&format!("{what} {number}"))
    }

    /// The greatest number of which this was said; 0 if it was of none.
    fn last(&self, what: &str) -> u64 {
        (0..100).rev().find(|number| self.is_said(what, *number)).unwrap_or(0)
    }
}

/// What the next start finds.
async fn check_left(data: &Path, said: &Said, chance: &mut Rng) {
    let version = said.last("opened").max(1);
    // Who has gone back to the version before finds a whole one as well.
    let version = if chance.u8(..4) == 0 { 1 } else { version };
    let (store, afresh) = open_as(data, &version.to_string());
    assert_eq!(afresh, None, "a power loss damages nothing");
    check_state(&store, said).await;
    check_installed(&store, said, version);
    check_copies(&store, said);
    check_browsed(&store);
    store.sweep().await.unwrap();
    check(data);
    check_installed(&store, said, version);
    check_copies(&store, said);
    put(&store, 50, (50, 100 << 10), None).unwrap();
    assert!(stored(&store, 50).is_some(), "and it goes on");
}

async fn check_state(store: &Store, said: &Said) {
    let cookies = store.cookies().unwrap();
    let number = cookies.first().map_or(0, |number| number.parse().unwrap());
    let told = said.last("cookies");
    let is_next = said.next.contains(&format!("cookies {number}"));
    assert!(number == told || is_next, "{told} was kept, {number} is there");

    let waiting = submissions(store);
    let by_key: BTreeMap<u64, &Kept> =
        waiting.iter().map(|kept| (kept.submission.key.parse().unwrap(), kept)).collect();
    assert_eq!(by_key.len(), waiting.len(), "none is doubled");
    for number in 1..=6 {
        let Some(kept) = by_key.get(&number) else {
            let is_gone = !said.is_said("submitted", number) || said.may_be("gone", number);
            assert!(is_gone, "{number} was submitted, and is lost");
            continue;
        };
        assert!(said.may_be("submitted", number) && !said.is_said("gone", number), "{number}");
        if said.is_said("sent", number) {
            assert_eq!(kept.state, SubmissionState::Sending, "{number} may have arrived");
        }
        let body = store.content(&kept.submission).unwrap().collect().await.unwrap();
        assert!(body == submitted(number), "{number} with all that was submitted");
    }
}

/// What serves is whole, and nothing older than was said.
fn check_installed(store: &Store, said: &Said, version: u64) {
    let active = store.active_install().unwrap().map(|version| version.parse::<u64>().unwrap());
    if said.is_said("installed", version) {
        assert!(active >= Some(version), "{version} was installed, {active:?} serves");
    }
    let found = [1000, 1001].map(|number| stored(store, number));
    let expected =
        active.map(|version| [body(1000 + version, 100), body(2000 + version, 100 << 10)]);
    let expected = expected.map_or([None, None], |bodies| bodies.map(Some));
    assert!(found == expected, "{active:?} serves, but not whole");
}

/// Every copy is whole, and one of them is found.
fn check_copies(store: &Store, said: &Said) {
    let copies = store.copies().unwrap();
    let numbers: Vec<u64> = copies
        .iter()
        .map(|copy| {
            let [small, large] = [2000, 2001].map(|number| in_copy(store, number, copy.id));
            let number = u64::from_le_bytes(small[..8].try_into().unwrap()) - 3000;
            let whole = [body(3000 + number, 100), body(4000 + number, 100 << 10)];
            assert!([small, large] == whole, "{number} is not whole");
            number
        })
        .collect();
    let newest = numbers.first().copied().unwrap_or(0);
    let told = said.last("saved");
    let is_next = said.next.contains(&format!("saved {newest}"));
    assert!(newest == told || is_next, "{told} was saved, {newest} is there");
    let shown = copies.iter().filter(|copy| copy.shown != Shown::Not).count();
    assert_eq!(shown, copies.len().min(1), "{copies:?}");
}

fn in_copy(store: &Store, number: u64, copy: i64) -> Bytes {
    let url = format!("http://127.0.0.1/{number}");
    let found = store.lookup_in_copy((&url, &Partition::Shared, copy), &HeaderMap::new()).unwrap();
    let body = found.unwrap_or_else(|| panic!("{number} of copy {copy}")).body.into_body();
    futures::executor::block_on(body.collect()).unwrap()
}

/// What is found is what was stored, also before anything is swept.
fn check_browsed(store: &Store) {
    for number in 0..BROWSED {
        let Some(found) = stored(store, number) else { continue };
        let seed = u64::from_le_bytes(found[..8].try_into().unwrap());
        assert!(found == body(seed, length(seed)), "{number} is not whole");
    }
}

/// A folder that no disk has to be waited for, where there is one.
fn in_memory() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| TempDir::new()).unwrap()
}

/// What the other process does to its files.
fn record() -> Vec<Done> {
    let directory = TempDir::new().unwrap();
    let folder = directory.path().canonicalize().unwrap().join("recorded");
    fs::create_dir(&folder).unwrap();
    let log = directory.path().join("log");
    let mut traced = Command::new("strace");
    traced.args(["-f", "-y", "-xx", "-s", "10000000", "-e", &format!("trace={CALLS}"), "-o"]);
    traced.arg(&log).arg(env::current_exe().unwrap());
    let session = "store::power_loss::session::what_another_process_does_until_the_power_fails";
    traced.args(["--exact", session, "--test-threads=1"]).env(FOLDER, &folder);
    let ended = traced.output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
    recording::read(&fs::read_to_string(log).unwrap(), &folder)
}

/// The moments that a run takes, with what is left then.
fn moments(log: &[Done]) -> Vec<(usize, Left)> {
    let is_every = env::var_os(EVERY).is_some();
    let between = log.len().div_ceil(BETWEEN);
    let mut moments = Vec::new();
    for at in 1..=log.len() {
        let is_said = log[at - 1].told().is_some();
        if is_every {
            moments.extend(Left::ALL.map(|left| (at, left)));
        } else if is_said {
            moments.extend([(at, Left::Nothing), (at, Left::Some)]);
        } else if at.is_multiple_of(between) {
            moments.push((at, if moments.len() % 2 == 0 { Left::Some } else { Left::Beginning }));
        }
    }
    moments
}

#[test]
fn power_loss_at_any_moment_loses_nothing_that_was_acknowledged() {
    if !is_traceable() {
        println!("skipped: strace is not there or may not trace, so that nothing is recorded");
        return;
    }
    let log = record();
    let synced = log.iter().filter(|done| matches!(done, Done::Synced(_))).count();
    assert!(log.len() > 500 && synced > 50, "{} calls, {synced} of them sync", log.len());
    let (mut disk, mut done) = (Disk::new(), log.iter());
    let mut at = 0;
    for (moment, left) in moments(&log) {
        done.by_ref().take(moment - at).for_each(|done| disk.apply(done));
        at = moment;
        // Printed where the test fails: what is left is the same the next time.
        println!(
            "{left:?} of what was not synced after call {moment}: {}",
            log[moment - 1].brief()
        );
        let mut chance = Rng::with_seed(moment as u64);
        let directory = in_memory();
        disk.leave(left, &mut chance, directory.path());
        let said = Said::at(&log, moment);
        runtime().block_on(check_left(&directory.path().join(DATA), &said, &mut chance));
    }
}
