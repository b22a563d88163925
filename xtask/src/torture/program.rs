//! A program that is ended as a crash would end it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::failure::{Failure, Outcome};
use crate::run;

/// A running program, killed when this is dropped.
///
/// Not on a leash, since SIGKILL has to reach the program itself. The system kills it when
/// the thread ends that has started it.
pub(super) struct Program {
    name: &'static str,
    child: Child,
    output: PathBuf,
    log: PathBuf,
}

impl Program {
    /// Starts a program; what it writes goes to files named after it in `folder`.
    pub(super) fn start(name: &'static str, command: &Command, folder: &Path) -> Outcome<Self> {
        let file = |kind: &str| folder.join(format!("{}.{kind}", name.replace(' ', "-")));
        let (output, log) = (file("out"), file("log"));
        let could_not = |error: std::io::Error| Failure::new(format!("could not log: {error}"));
        // What it printed when it was started before would be taken for what it prints now.
        let printed = File::create(&output).map_err(could_not)?;
        let logged = File::options().append(true).create(true).open(&log).map_err(could_not)?;
        let mut tied = Command::new("setpriv");
        tied.args(["--pdeathsig", "KILL", "--"]);
        let mut tied = run::inside(tied, command);
        tied.stdin(Stdio::null()).stdout(printed).stderr(logged);
        let child = tied.spawn().map_err(|error| run::could_not_start(&tied, &error))?;
        Ok(Self { name, child, output, log })
    }

    /// Where it listens, once it has said so.
    pub(super) fn port(&self) -> Option<u16> {
        port_in(&fs::read_to_string(&self.output).unwrap_or_default())
    }

    /// How it ended, if it has.
    pub(super) fn ended(&mut self) -> Outcome<Option<ExitStatus>> {
        self.child
            .try_wait()
            .map_err(|error| Failure::new(format!("could not watch {}: {error}", self.name)))
    }

    /// Fails if it has ended, which nobody has asked it to.
    pub(super) fn require_running(&mut self) -> Outcome<()> {
        match self.ended()? {
            None => Ok(()),
            Some(status) => Err(Failure::new(format!(
                "{} ended by itself with {status}; {}",
                self.name,
                run::end_of(&self.log)
            ))),
        }
    }

    /// Ends it at once, wherever it is.
    pub(super) fn kill(mut self) {
        self.kill_and_wait();
    }

    /// Asks it to end.
    pub(super) fn ask_to_end(&self) -> Outcome<()> {
        run::run(Command::new("sh").args(["-c", &format!("kill -TERM {}", self.child.id())]))
    }

    fn kill_and_wait(&mut self) {
        // One that has ended already is waited for all the same.
        let _ = self.child.kill();
        if let Err(error) = self.child.wait() {
            eprintln!("could not wait for {}: {error}", self.name);
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill_and_wait();
    }
}

/// The port in the first line that both programs print when they are ready.
fn port_in(printed: &str) -> Option<u16> {
    let (line, _) = printed.split_once('\n')?;
    let (_, after) = line.split_once("http://127.0.0.1:")?;
    after.split('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::port_in;

    #[test]
    fn the_port_is_read_once_its_line_is_whole() {
        assert_eq!(port_in("polls site: http://127.0.0.1:8123/polls/\n"), Some(8123));
        let gateway = "holdfast-gateway: http://127.0.0.1:45/ serves http://127.0.0.1:9 (Polls)\n";
        assert_eq!(port_in(gateway), Some(45));
        assert_eq!(port_in("polls site: http://127.0.0.1:81"), None);
        assert_eq!(port_in(""), None);
    }
}
