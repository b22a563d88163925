//! System calls for each hit, as strace counts them.

use std::collections::BTreeMap;
use std::process::Command;

use tempfile::NamedTempFile;

use crate::apart::process;

/// How many hits are counted.
const HITS: i64 = 2000;
/// What the runtime's own threads may wake and sleep meanwhile, however many hits there are.
const AROUND: i64 = 200;

/// What the allocator asks of the system: when, depends on what happens to lie where.
const OF_THE_ALLOCATOR: [&str; 6] = ["brk", "mmap", "munmap", "mprotect", "madvise", "mremap"];

/// The calls of a process that does a job, by name.
fn calls(job: &str) -> BTreeMap<String, i64> {
    let summary = NamedTempFile::new().unwrap();
    let path = summary.path().to_str().unwrap();
    let strace = ["strace", "-f", "-c", "-U", "calls,name", "-o", path];
    let output = process(&strace, job).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().filter_map(|line| line.trim().split_once(char::is_whitespace));
    let counted = lines.filter_map(|(count, name)| Some((name.trim(), count.parse().ok()?)));
    counted.filter(|(name, _)| *name != "total").map(|(name, n)| (name.to_owned(), n)).collect()
}

/// What so many hits take, by name, beyond what it takes to begin and to end.
fn calls_of_hits(path: &str) -> BTreeMap<String, i64> {
    let mut calls_of_all = calls(&format!("hits {path} {}", 100 + HITS));
    for (name, count) in calls(&format!("hits {path} 100")) {
        *calls_of_all.entry(name).or_default() -= count;
    }
    calls_of_all
}

/// Whether a process may be traced here; a container may forbid it.
#[expect(clippy::print_stdout, reason = "what is not checked is said")]
fn is_traceable() -> bool {
    let traced = Command::new("strace").args(["-f", "-c", "-U", "calls,name", "true"]).output();
    let is_traceable = traced.is_ok_and(|output| output.status.success());
    if !is_traceable {
        println!("skipped: strace is not there or may not trace, so that nothing is counted");
    }
    is_traceable
}

/// Checks how often a hit makes each call: these as often as it says, others never.
#[track_caller]
fn check(path: &str, expected: &[(&str, i64)]) {
    let calls = calls_of_hits(path);
    let mut shown = String::new();
    let is_counted = |name: &String| !OF_THE_ALLOCATOR.contains(&name.as_str());
    for (name, count) in calls.iter().filter(|(name, _)| is_counted(name)) {
        let expected = expected.iter().find(|(known, _)| known == name);
        let expected = expected.map_or(0, |(_, each)| each * HITS);
        if (count - expected).abs() > AROUND {
            shown.push_str(&format!("{name}: {count} in {HITS} hits, not {expected}\n"));
        }
    }
    assert_eq!(shown, "", "{path}: {calls:?}");
}

#[test]
fn a_hit_in_memory_takes_no_system_call() {
    if is_traceable() {
        check("/4096", &[]);
    }
}

/// The transaction that is kept has its locks and knows that its pages hold. What of a body
/// lies outside the row's own page SQLite reads from the file, page by page.
#[test]
fn a_hit_in_the_database_takes_no_lock() {
    if is_traceable() {
        check("/aged/2048", &[]);
        check("/aged/4096", &[("pread64", 1)]);
        check("/aged/65536", &[("pread64", 16)]);
    }
}

/// It is opened, and its length looked at. Without optimisation the standard library also
/// looks whether what it closes is open.
#[test]
fn a_hit_in_a_file_takes_three_system_calls() {
    if is_traceable() {
        let and = if cfg!(debug_assertions) { 1 } else { 0 };
        check("/1048576", &[("openat", 1), ("statx", 1), ("close", 1), ("fcntl", and)]);
    }
}
