//! The windows on a display, and who manages them: Debian's `openbox`.

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::desktop::Desktop;
use super::process::Process;
use super::until::until;

/// How a window is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// The person can see it.
    Open,
    /// It can be had back from wherever the desktop keeps those.
    Minimised,
}

/// A window manager, ended when this is dropped.
pub struct Windows {
    desktop: Arc<Desktop>,
    _manager: Process,
}

/// How long it takes to begin at most. On a display that has just begun it was seen, seldom, to
/// wait for ever.
const BEGINNING: Duration = Duration::from_secs(5);

fn manager(desktop: &Desktop) -> Process {
    let mut command = Process::command("openbox");
    command.args(["--sm-disable", "--replace"]);
    desktop.dress(&mut command);
    Process::start("openbox", command, desktop.folder())
}

impl Windows {
    /// Starts it, and waits until it manages.
    ///
    /// # Panics
    ///
    /// If `openbox` or `xprop` are missing.
    pub(super) async fn start(desktop: Arc<Desktop>) -> Self {
        let first = manager(&desktop);
        let mut started = Self { desktop, _manager: first };
        let mut asked = Instant::now();
        until("windows are managed", || {
            let check = started.ask("xprop", &["-root", "_NET_SUPPORTING_WM_CHECK"]);
            if asked.elapsed() > BEGINNING {
                started._manager = manager(&started.desktop);
                asked = Instant::now();
            }
            std::future::ready(check.contains("window id").then_some(()))
        })
        .await;
        started
    }

    /// The app's windows, each with its title.
    ///
    /// # Panics
    ///
    /// If `xdotool` or `xprop` are missing.
    pub fn list(&self) -> Vec<(String, Sight)> {
        let numbers = self.numbers();
        let window = |number: &str| {
            let properties = self.ask("xprop", &["-id", number, "WM_STATE", "_NET_WM_NAME"]);
            let sight = if properties.contains("window state: Normal") {
                Sight::Open
            } else if properties.contains("window state: Iconic") {
                Sight::Minimised
            } else {
                return None;
            };
            let title = properties.lines().find(|line| line.starts_with("_NET_WM_NAME"))?;
            let title = title.split_once('"')?.1.strip_suffix('"')?;
            Some((title.to_owned(), sight))
        };
        numbers.lines().filter_map(window).collect()
    }

    /// Waits until these and no others are there.
    ///
    /// # Panics
    ///
    /// If they are not by the deadline.
    pub async fn until(&self, expected: &[(&str, Sight)]) {
        let what = format!("the windows are {expected:?}");
        until(&what, || async {
            let list = self.list();
            let list: Vec<_> = list.iter().map(|(title, sight)| (&**title, *sight)).collect();
            (list == expected).then_some(())
        })
        .await;
    }

    /// Closes the one that has the focus, as the button in its corner does.
    ///
    /// # Panics
    ///
    /// If `xdotool` is missing, or none has it by the deadline.
    pub async fn close(&self) {
        self.press("alt+F4").await;
    }

    /// Presses a key, which the window with the focus gets, once one has it.
    ///
    /// # Panics
    ///
    /// If `xdotool` is missing, or none has it by the deadline.
    pub async fn press(&self, key: &str) {
        until("a window of the app has the focus", || {
            let active = self.ask("xdotool", &["getactivewindow"]);
            let has_it = self.numbers().lines().any(|number| number == active.trim());
            std::future::ready(has_it.then_some(()))
        })
        .await;
        self.ask("xdotool", &["key", key]);
    }

    /// The app's windows, a line each.
    fn numbers(&self) -> String {
        self.ask("xdotool", &["search", "--class", "holdfast-app"])
    }

    /// Writes a picture of the whole display to the folder of screenshots.
    ///
    /// # Panics
    ///
    /// If the display cannot be seen.
    pub fn screenshot(&self, name: &str) {
        self.desktop.screenshot(name);
    }

    /// What a program prints here.
    fn ask(&self, program: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(program);
        self.desktop.dress(&mut command);
        let output = command.args(arguments).output();
        let output = output.unwrap_or_else(|error| panic!("{program} does not start: {error}"));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}
