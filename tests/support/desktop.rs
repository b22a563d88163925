//! What the app needs around it: a display and a session bus.

use std::env;
use std::process::Command;

use tempfile::TempDir;

use super::process::Process;

/// What a laptop shows; the app's window has to fit.
const SCREEN: &str = "1280x900x24";

/// A display, the person's or one in memory, and a session bus of its own.
pub struct Desktop {
    display: String,
    bus: String,
    _programs: Vec<Process>,
    home: TempDir,
}

impl Desktop {
    /// Starts what is not there.
    ///
    /// # Panics
    ///
    /// If `Xvfb` or `dbus-daemon` are missing.
    pub async fn start() -> Self {
        let home = TempDir::new().expect("a temporary directory can be made");
        let mut programs = Vec::new();
        let display = match env::var("DISPLAY") {
            Ok(display) if !display.is_empty() => display,
            _ => {
                // Asked to end, it removes its lock and its socket.
                let mut command = Process::command_ended_by("TERM", "Xvfb");
                command.args(["-displayfd", "1", "-screen", "0", SCREEN, "-nolisten", "tcp"]);
                let mut server = Process::start("Xvfb", command, home.path()).ends_itself();
                let number = server.first_line().await;
                programs.push(server);
                format!(":{}", number.trim())
            }
        };
        let mut command = Process::command("dbus-daemon");
        command.args(["--session", "--nofork", "--print-address"]);
        let mut daemon = Process::start("dbus-daemon", command, home.path()).ends_itself();
        let bus = daemon.first_line().await;
        programs.push(daemon);
        Self { display, bus, _programs: programs, home }
    }

    /// Lets a program run here, with nothing of the person who runs the tests.
    pub fn dress(&self, command: &mut Command) {
        for name in ["WAYLAND_DISPLAY", "LC_ALL", "LANGUAGE", "HOLDFAST_SITE", "RUST_LOG"] {
            command.env_remove(name);
        }
        for name in ["XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"] {
            command.env(name, self.home.path());
        }
        command.env("DISPLAY", &self.display).env("DBUS_SESSION_BUS_ADDRESS", &self.bus);
        command.env("GDK_BACKEND", "x11").env("NO_AT_BRIDGE", "1");
        command.env("LANG", "C.UTF-8").env("TZ", "UTC");
    }
}
