//! A program that runs for a test.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{io, thread};

use super::until::until;

/// How long a program may take to end by itself when it is asked to.
pub(super) const ENDING: Duration = Duration::from_secs(3);

/// A running program, ended when this is dropped.
pub struct Process {
    name: &'static str,
    child: Child,
    output: PathBuf,
    errors: PathBuf,
    ends_itself: bool,
}

impl Process {
    /// A command for a program that ends with the thread that starts it, however that ends.
    pub fn command(program: impl AsRef<OsStr>) -> Command {
        Self::command_ended_by("KILL", program)
    }

    /// The same with the signal that ends it.
    pub fn command_ended_by(signal: &str, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", signal, "--"]).arg(program);
        command
    }

    /// Starts a program; what it writes goes to files named after it in `directory`.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn start(name: &'static str, mut command: Command, directory: &Path) -> Self {
        let file = |kind: &str| directory.join(format!("{}.{kind}", name.replace(' ', "-")));
        let (output, errors) = (file("out"), file("log"));
        // What an earlier start printed would be taken for what this one prints.
        let new = |path: &Path| File::create(path).expect("the directory can be written to");
        let log = File::options().append(true).create(true).open(&errors).expect("the same");
        command.stdin(Stdio::null()).stdout(new(&output)).stderr(log);
        let child =
            command.spawn().unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        Self { name, child, output, errors, ends_itself: false }
    }

    /// Lets it tidy up when it is dropped.
    #[must_use]
    pub fn ends_itself(mut self) -> Self {
        self.ends_itself = true;
        self
    }

    /// The first line that it prints.
    ///
    /// # Panics
    ///
    /// If it ends or the deadline passes before.
    pub async fn first_line(&mut self) -> String {
        let printed = until("a line is printed", || {
            let text = fs::read_to_string(&self.output).unwrap_or_default();
            let line = text.split_once('\n').map(|(line, _)| Ok(line.to_owned()));
            let ended = self.child.try_wait().ok().flatten();
            std::future::ready(line.or(ended.map(Err)))
        });
        match printed.await {
            Ok(line) => line,
            Err(status) => panic!("{} ended with {status}:\n{}", self.name, self.log()),
        }
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Ends it as a crash would, without a chance to tidy up.
    ///
    /// # Panics
    ///
    /// If the system does not let it be ended.
    pub fn kill(&mut self) {
        self.child.kill().expect("a child can be killed");
        self.child.wait().expect("a child can be waited for");
    }

    /// Sends it a signal: `STOP`, `CONT`, `TERM`.
    ///
    /// # Panics
    ///
    /// If it has ended.
    pub fn signal(&self, name: &str) {
        send(name, self.id()).expect("the process runs");
    }

    /// What it has written to its standard error so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.errors).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("--- {} said:\n{}", self.name, self.log());
        }
        if self.ended().is_none() && self.ends_itself && send("TERM", self.id()).is_ok() {
            let asked = Instant::now();
            while self.ended().is_none() && asked.elapsed() < ENDING {
                thread::sleep(Duration::from_millis(5));
            }
        }
        // Nothing can be done about one that cannot be ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal to a process that a test has started.
pub(super) fn send(signal: &str, process: u32) -> io::Result<()> {
    let command = format!("kill -{signal} {process}");
    let status = Command::new("sh").args(["-c", &command]).stderr(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(command)) }
}

/// The processes that `parent` has started.
pub(super) fn children_of(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter(|process| parent_of(*process) == Some(parent)).collect()
}

fn parent_of(process: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name stands in parentheses and may have blanks in it.
    let (_, rest) = status.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}

/// Whether there is a process of that number, be it one that has ended.
pub(super) fn is_listed(process: u32) -> bool {
    Path::new("/proc").join(process.to_string()).exists()
}

/// Whether a process runs. One that has ended and is not asked about stays for a while
/// without threads of its own.
pub(super) fn is_running(process: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let state = status.rsplit_once(')').and_then(|(_, rest)| rest.trim_start().chars().next());
    let threads = fs::read_dir(format!("/proc/{process}/task")).map_or(0, Iterator::count);
    state.is_some_and(|state| state != 'Z' || threads > 1)
}
