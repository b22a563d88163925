//! Children that end when this program does, however it ends.
//!
//! A signal handler needs code that std does not have, and none runs after
//! SIGKILL. So a child gets a shell beside it that holds one end of a pipe:
//! whatever happens to this program, the kernel closes the other end, and the
//! shell ends the child with everything that the child started.

use std::fs::File;
use std::io;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use crate::failure::{Failure, Outcome};
use crate::run::{could_not_start, inside};

/// Runs in a session, and so in a process group, of its own (`kill 0` reaches
/// just that), with the pipe as standard input.
const SCRIPT: &str = r#"
trap : TERM
exec 3<&0
"$@" 3<&- </dev/null &
child=$!
(cat <&3; trap '' TERM; kill -TERM 0; sleep 3; kill -KILL 0) >/dev/null 2>&1 &
# The shell would say "Terminated".
wait $child 2>/dev/null
status=$?
# A signal ends the wait before the child has ended.
while kill -0 $child 2>/dev/null; do
    kill -TERM $child 2>/dev/null
    wait $child 2>/dev/null
    status=$?
done
trap '' TERM
kill -TERM 0
exit $status
"#;

/// Where a program's words go.
pub(crate) enum Output {
    /// Both what it prints and what it complains about.
    Terminal,
    /// What it prints, to [`Leash::take_output`].
    Pipe,
    /// Both, to this file.
    Log(File),
}

/// A running program that ends when this value is dropped.
pub(crate) struct Leash {
    shell: Child,
}

impl Leash {
    /// Starts `command`; its standard input is empty.
    pub(crate) fn start(command: &Command, output: Output) -> Outcome<Self> {
        let mut shell = Command::new("setsid");
        shell.args(["sh", "-c", SCRIPT, "leash"]);
        let mut shell = inside(shell, command);
        shell.stdin(Stdio::piped());
        match output {
            Output::Terminal => {}
            Output::Pipe => {
                shell.stdout(Stdio::piped());
            }
            Output::Log(file) => {
                let copy = file
                    .try_clone()
                    .map_err(|error| Failure::new(format!("could not share a log: {error}")))?;
                shell.stdout(file).stderr(copy);
            }
        }
        let shell = shell.spawn().map_err(|error| could_not_start(&shell, &error))?;
        Ok(Self { shell })
    }

    /// The process to end in order to end the program.
    pub(crate) fn process(&self) -> u32 {
        self.shell.id()
    }

    /// What the program writes, if it was started with a pipe.
    pub(crate) fn take_output(&mut self) -> Option<ChildStdout> {
        self.shell.stdout.take()
    }

    /// How the program ended, if it has.
    pub(crate) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.shell.try_wait()
    }

    /// Waits for the program to end by itself.
    pub(crate) fn wait(mut self) -> io::Result<ExitStatus> {
        // `Child::wait` would close the pipe first, and so end the program.
        let pipe = self.shell.stdin.take();
        let status = self.shell.wait();
        drop(pipe);
        status
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // Waited for, so that what it occupied is free afterwards; the shell
        // itself bounds how long that takes.
        if let Err(error) = self.shell.wait() {
            eprintln!("could not wait for process {}: {error}", self.shell.id());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read};
    use std::process::Command;

    use super::{Leash, Output};

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_leash_reports_how_its_program_ended() {
        let leash = Leash::start(&shell("exit 7"), Output::Terminal).unwrap();
        assert_eq!(leash.wait().unwrap().code(), Some(7));
    }

    #[test]
    fn dropping_a_leash_ends_the_program_and_what_it_started() {
        let command = shell("sleep 600 & echo started; wait");
        let mut leash = Leash::start(&command, Output::Pipe).unwrap();
        let mut output = BufReader::new(leash.take_output().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(line, "started\n");

        drop(leash);
        // The grandchild holds the pipe as well: it ends only when all have ended.
        assert_eq!(output.read_to_end(&mut Vec::new()).unwrap(), 0);
    }
}
