//! The process is killed at each of its writes, and what it leaves is looked at.
//!
//! Another process of this binary stores, installs, evicts and forgets on one thread, always
//! the same. strace kills it when it begins the nth call of a kind, so that the state
//! between any two writes is met. Then the store is opened as the next start would, and
//! everything must hold that holds of a store which was closed.
//!
//! There are some nine hundred such moments. A run takes a few of each kind, evenly; with
//! `HOLDFAST_EVERY_CRASH=1` it takes them all, in some minutes.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::pressure::{check, check_installed, install, open, put, stored};
use super::writer::Subject;
use super::{Store, cookies, eviction, responses};
use crate::error::StoreError;

/// Where the other process finds its store.
const DIRECTORY: &str = "HOLDFAST_CRASH_DIRECTORY";
/// Whether to crash at each moment.
pub(super) const EVERY: &str = "HOLDFAST_EVERY_CRASH";
/// How many moments of each kind a run takes otherwise.
const FEW: usize = 6;

/// Every call by which a process changes what is on the disk.
const WRITES: [&str; 14] = [
    "openat",
    "write",
    "pwrite64",
    "ftruncate",
    "fallocate",
    "fsync",
    "fdatasync",
    "rename",
    "unlink",
    "unlinkat",
    "mkdir",
    "chmod",
    "fchmod",
    "fchown",
];

/// What the other process does in a store that holds something already.
fn session(directory: &Path) -> Result<(), StoreError> {
    let (store, _) = open(directory);
    let inner = &store.inner;
    inner.sweep()?;
    keep(&store, directory, 1)?;
    for number in 0..4 {
        put(&store, number, (100 + number, 20 << 10), None)?;
        // The same body at another address, then another one in its place.
        put(&store, 10 + number, (number / 2, 300 << 10), None)?;
        put(&store, 10, (200 + number, 250 << 10), None)?;
        stored(&store, number);
    }
    keep(&store, directory, 2)?;
    install(&store, "2")?;
    let write = |write: fn(&rusqlite::Connection) -> rusqlite::Result<()>| {
        inner.write_cache(Subject::small("write"), write)
    };
    write(|db| responses::invalidate(db, "http://127.0.0.1/2"))?;
    write(|db| responses::doubt(db, 9))?;
    inner.writer.checkpoint();
    for number in 20..26 {
        put(&store, number, (number, 400 << 10), None)?;
    }
    write(|db| eviction::make_room(db, 100 << 10))?;
    keep(&store, directory, 3)?;
    put(&store, 30, (30, 100 << 10), None)?;
    write(responses::delete_browsed)?;
    put(&store, 31, (31, 100 << 10), None)?;
    inner.writer.checkpoint();
    keep(&store, directory, 4)
}

/// Keeps a cookie with a number, and notes it as somebody does who was told that it is kept.
fn keep(store: &Store, directory: &Path, number: u64) -> Result<(), StoreError> {
    let text = vec![format!("n={number}")];
    store.inner.state.write("keep the cookies", move |db| cookies::replace(db, &text))?;
    fs::write(directory.join(format!("told-{number}")), "").unwrap();
    Ok(())
}

#[test]
fn what_another_process_does_until_it_is_killed() {
    if let Some(directory) = env::var_os(DIRECTORY) {
        session(Path::new(&directory)).unwrap();
    }
}

/// A store as a start finds it: installed, filled, and not closed properly.
fn prepare(directory: &Path) {
    let (store, _) = open(directory);
    install(&store, "1").unwrap();
    keep(&store, directory, 0).unwrap();
    for number in 0..8 {
        put(&store, number, (number, 10 << 10), None).unwrap();
        put(&store, 10 + number, (number, 280 << 10), None).unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target)
        } else {
            let _bytes = fs::copy(&path, target).unwrap();
        }
    }
}

/// Runs the session on a copy of what was prepared, with these arguments for strace.
fn run(prepared: &Path, strace: &[&str]) -> (TempDir, bool) {
    let directory = TempDir::new().unwrap();
    copy(prepared, directory.path());
    let mut traced = Command::new("strace");
    traced.args(["-f", "-o"]).arg(directory.path().join("strace")).args(strace);
    traced.arg(env::current_exe().unwrap());
    let session = "store::crashes::what_another_process_does_until_it_is_killed";
    traced.args(["--exact", session, "--test-threads=1"]).env(DIRECTORY, directory.path());
    let ended = traced.output().unwrap();
    (directory, ended.status.success())
}

/// The writes of the session: each call, and how often it comes.
fn moments(prepared: &Path) -> Vec<(&'static str, usize)> {
    let kinds = format!("trace={}", WRITES.join(","));
    let (directory, is_done) = run(prepared, &["-e", &kinds]);
    assert!(is_done, "without being killed it comes to its end");
    check(directory.path());
    // strace counts for each thread, and one thread does it all.
    let calls = fs::read_to_string(directory.path().join("strace")).unwrap();
    let threads: BTreeSet<_> = calls.lines().filter_map(|line| line.split(' ').next()).collect();
    let count = |call: &str| {
        let begins = format!("{call}(");
        let of = |thread| {
            // A short number is padded.
            let own = calls.lines().filter_map(|line| line.strip_prefix(thread));
            own.filter(|line| line.trim_start().starts_with(&begins)).count()
        };
        threads.iter().copied().map(of).max().unwrap_or(0)
    };
    WRITES.into_iter().map(|call| (call, count(call))).collect()
}

/// What the next start finds.
fn check_left(directory: &Path) {
    let is_told = |number: &u64| directory.join(format!("told-{number}")).exists();
    let told = (0..=4).rev().find(is_told).unwrap();
    let (store, afresh) = open(directory);
    assert_eq!(afresh, None, "a crash damages nothing");
    let kept = store.cookies().unwrap();
    let possible = [told, told + 1].map(|number| vec![format!("n={number}")]);
    assert!(possible.contains(&kept), "{kept:?}, but somebody was told of {told}");
    check_installed(&store);
    store.inner.sweep().unwrap();
    check(directory);
    check_installed(&store);
    put(&store, 40, (40, 100 << 10), None).unwrap();
    assert!(stored(&store, 40).is_some(), "and it goes on");
}

/// Whether processes may be traced here; a container may forbid it.
pub(super) fn is_traceable() -> bool {
    let traced = Command::new("strace").args(["-o", "/dev/null", "true"]).status();
    traced.is_ok_and(|status| status.success())
}

#[test]
fn a_crash_at_any_write_leaves_a_whole_store() {
    if !is_traceable() {
        println!("skipped: strace is not there or may not trace, so that nothing is killed");
        return;
    }
    let prepared = TempDir::new().unwrap();
    prepare(prepared.path());
    let moments = moments(prepared.path());
    assert!(moments.iter().map(|(_, count)| count).sum::<usize>() > 500, "{moments:?}");
    for (call, count) in moments {
        let step = if env::var_os(EVERY).is_some() { 1 } else { count.div_ceil(FEW).max(1) };
        for n in (1..=count).rev().step_by(step) {
            let inject = format!("inject={call}:signal=SIGKILL:when={n}");
            let (directory, is_done) = run(prepared.path(), &["-e", &inject]);
            println!("{call} {n}{}", if is_done { ", not met" } else { "" });
            check_left(directory.path());
        }
    }
}
