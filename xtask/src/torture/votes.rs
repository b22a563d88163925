//! The votes in the site's database, and what waits, both read by Python.
//!
//! `std` reads neither SQLite nor JSON, and the interpreter that runs the site does.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::thread;

use super::comparison::Listed;
use crate::failure::{Failure, Outcome};
use crate::run;
use crate::setup::Tools;

const SCRIPT: &str = include_str!("votes.py");

/// Makes the choices that `lines` name.
pub(super) fn prepare(tools: &Tools, database: &Path, lines: String) -> Outcome<()> {
    run_script(tools, "prepare", Some(database), lines.into_bytes()).map(drop)
}

/// How often each choice was counted, if it was.
pub(super) fn counted(tools: &Tools, database: &Path) -> Outcome<BTreeMap<u64, u64>> {
    let printed = run_script(tools, "count", Some(database), Vec::new())?;
    let pair = |line: &str| {
        let (choice, count) = line.split_once(' ')?;
        Some((choice.parse().ok()?, count.parse().ok()?))
    };
    all(&printed, pair)
}

/// What the gateway has said in JSON that it still has.
pub(super) fn listed(tools: &Tools, json: Vec<u8>) -> Outcome<Vec<Listed>> {
    let printed = run_script(tools, "waiting", None, json)?;
    let row = |line: &str| {
        let mut parts = line.splitn(4, '\t').map(str::to_owned);
        let (key, state) = (parts.next()?, parts.next()?);
        Some(Listed { key, state, choice: parts.next()?.parse().ok()?, reason: parts.next()? })
    };
    all(&printed, row)
}

fn all<T, C: FromIterator<T>>(printed: &str, read: impl Fn(&str) -> Option<T>) -> Outcome<C> {
    let read = |line| read(line).ok_or_else(|| Failure::new(format!("votes.py printed {line:?}")));
    printed.lines().map(read).collect()
}

fn run_script(
    tools: &Tools,
    task: &str,
    database: Option<&Path>,
    input: Vec<u8>,
) -> Outcome<String> {
    let mut python = tools.python();
    python.args(["-c", SCRIPT, task]).args(database);
    python.stdin(Stdio::piped()).stdout(Stdio::piped());
    let failed = |error: std::io::Error| Failure::new(format!("votes.py {task}: {error}"));
    let mut child = python.spawn().map_err(|error| run::could_not_start(&python, &error))?;
    let stdin = child.stdin.take();
    // Written by another thread, or both might wait for the other one to read.
    let writer = thread::spawn(move || match stdin {
        Some(mut stdin) => stdin.write_all(&input),
        None => Ok(()),
    });
    let output = child.wait_with_output().map_err(failed)?;
    if !output.status.success() {
        return Err(Failure::new(format!("votes.py {task} ended with {}", output.status)));
    }
    if let Ok(written) = writer.join() {
        written.map_err(failed)?;
    }
    String::from_utf8(output.stdout)
        .map_err(|error| Failure::new(format!("votes.py {task}: {error}")))
}
