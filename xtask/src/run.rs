//! Running other programs.

use std::fs::File;
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use crate::failure::{Failure, Outcome};

/// Runs a program with its output on the terminal.
pub(crate) fn run(command: &mut Command) -> Outcome<()> {
    let status = command.status().map_err(|error| could_not_start(command, &error))?;
    check(command, status)
}

/// Runs a program with its output in `log`; the end of it is part of the failure.
pub(crate) fn run_quietly(command: &mut Command, log: &Path) -> Outcome<()> {
    let file = File::create(log).and_then(|out| Ok((out.try_clone()?, out)));
    let (out, err) =
        file.map_err(|error| Failure::new(format!("could not write {}: {error}", log.display())))?;
    let status = command
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .status()
        .map_err(|error| could_not_start(command, &error))?;
    check(command, status).map_err(|failure| Failure::new(format!("{failure}\n{}", end_of(log))))
}

/// What a program prints, if it is there and succeeds.
pub(crate) fn output_of(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    if !output.status.success() {
        return None;
    }
    String::from_utf8(output.stdout).ok()
}

/// `outer`, a program that runs another, with `command` as that other one.
pub(crate) fn inside(mut outer: Command, command: &Command) -> Command {
    outer.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        outer.current_dir(folder);
    }
    outer
}

/// The failure for a program that could not be started.
pub(crate) fn could_not_start(command: &Command, error: &io::Error) -> Failure {
    let program = command.get_program().to_string_lossy();
    match error.kind() {
        io::ErrorKind::NotFound => Failure::new(format!("`{program}` is not installed")),
        _ => Failure::new(format!("could not start `{program}`: {error}")),
    }
}

/// The last lines of a log, for a failure that is about what it says.
pub(crate) fn end_of(log: &Path) -> String {
    const LINES: usize = 20;
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let end = &lines[lines.len().saturating_sub(LINES)..];
    format!("the end of {}:\n  {}", log.display(), end.join("\n  "))
}

fn check(command: &Command, status: ExitStatus) -> Outcome<()> {
    if status.success() {
        return Ok(());
    }
    Err(Failure::new(format!("`{}` failed ({status})", shown(command))))
}

fn shown(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy()];
    words.extend(command.get_args().map(|argument| argument.to_string_lossy()));
    words.join(" ")
}
