//! Displays: the person's, or one in memory.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Failure, Outcome};
use crate::leash::{Leash, Output};
use crate::run;

/// What a laptop shows; the app's window has to fit.
///
/// A server that begins anew when its last program goes refuses the next one meanwhile.
const SCREEN: &str = "-screen 0 1280x900x24 -noreset";

/// Whether the person has a screen to open a window on.
pub(crate) fn is_there() -> bool {
    let is_set = |name| env::var_os(name).map_or(false, |value| !value.is_empty());
    is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}

/// `command` on a display and a D-Bus session of its own, both gone when it ends.
pub(crate) fn headless(command: &Command) -> Command {
    let mut xvfb = Command::new("xvfb-run");
    xvfb.args(["-a", "-s", SCREEN]);
    let mut whole = run::inside(xvfb, &with_session_bus(command));
    x11_only(&mut whole);
    whole
}

/// `command` on a D-Bus session of its own.
pub(crate) fn with_session_bus(command: &Command) -> Command {
    let mut session = Command::new("dbus-run-session");
    session.arg("--");
    run::inside(session, command)
}

/// A display in memory, which ends when this value is dropped.
pub(crate) struct Xvfb {
    name: String,
    authority: PathBuf,
    _server: Leash,
}

impl Xvfb {
    /// Starts one on the first free number; `folder` gets the key to it.
    pub(crate) fn start(folder: &Path) -> Outcome<Self> {
        let authority = folder.join("Xauthority");
        fs::write(&authority, "").map_err(|error| {
            Failure::new(format!("could not write {}: {error}", authority.display()))
        })?;
        let mut command = Command::new("xvfb-run");
        command.args(["-a", "-s", SCREEN, "-f"]).arg(&authority);
        command.args(["sh", "-c", "echo \"$DISPLAY\"; exec sleep infinity"]);

        let mut server = Leash::start(&command, Output::Pipe)?;
        let mut name = String::new();
        if let Some(output) = server.take_output() {
            BufReader::new(output)
                .read_line(&mut name)
                .map_err(|error| Failure::new(format!("could not hear from Xvfb: {error}")))?;
        }
        if name.trim().is_empty() {
            return Err(Failure::new("Xvfb did not start"));
        }
        Ok(Self { name: name.trim().to_owned(), authority, _server: server })
    }

    /// Its name, as `DISPLAY` has it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Makes `command` open its windows here.
    pub(crate) fn show(&self, command: &mut Command) {
        command.env("DISPLAY", &self.name).env("XAUTHORITY", &self.authority);
        x11_only(command);
    }
}

/// GTK prefers a Wayland session that it hears of to the display it is given.
fn x11_only(command: &mut Command) {
    command.env_remove("WAYLAND_DISPLAY").env("GDK_BACKEND", "x11");
}
