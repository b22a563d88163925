//! A process of its own for what is counted by process: this binary once more, with one test
//! that does what it is told. Without being told it does nothing.

use std::env;
use std::path::Path;
use std::process::Command;

use crate::site::Counted;

const JOB: &str = "HOLDFAST_COUNTS_JOB";

/// A process that does `job`, to be started.
pub(crate) fn process(wrapper: &[&str], job: &str) -> Command {
    let own = env::current_exe().unwrap();
    let mut command = match wrapper.split_first() {
        Some((program, arguments)) => {
            let mut command = Command::new(program);
            command.args(arguments).arg(&own);
            command
        }
        None => Command::new(&own),
    };
    command.args(["--exact", "apart::what_another_process_is_told", "--nocapture"]);
    command.env(JOB, job);
    command
}

#[test]
fn what_another_process_is_told() {
    let Ok(job) = env::var(JOB) else { return };
    let words: Vec<&str> = job.split(' ').collect();
    match words[..] {
        ["hits", path, count] => hits(path, count.parse().unwrap()),
        ["stream", path] => stream(path),
        _ => panic!("{job} is no job"),
    }
}

/// Finds what was stored before the last start so many times, and reads nothing of a file.
fn hits(path: &str, count: usize) {
    let counted = Counted::storing(&[path]).restarted();
    counted.read(path);
    for _ in 0..count {
        counted.hit(counted.request(path));
    }
    counted.close();
}

/// Has a body stored and read again, and says how much memory that took beyond what storing
/// and reading a short one takes.
#[expect(clippy::print_stdout, reason = "it is how the other process is answered")]
fn stream(path: &str) {
    let counted = Counted::storing(&["/aged/4194304"]);
    let begun = peak_memory();
    let length = counted.read(path);
    let stored = peak_memory();
    assert_eq!(counted.read(path), length);
    let read = peak_memory();
    println!("\ngrown {} {}", stored - begun, read - begun);
    counted.close();
}

/// The most memory that this process ever had at once, in KiB.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string(Path::new("/proc/self/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse().unwrap()
}
