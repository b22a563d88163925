//! What the desktop notifies the person of: Debian's `dunst` on the desktop's own bus.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use super::desktop::Desktop;
use super::process::Process;
use super::until::until;

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";

/// A server for notifications, ended when this is dropped.
pub struct Notifications {
    desktop: Arc<Desktop>,
    server: Process,
    printed: PathBuf,
}

impl Notifications {
    /// Starts it, and waits until it serves.
    ///
    /// # Panics
    ///
    /// If `dunst` is missing or does not serve.
    pub(super) async fn start(desktop: Arc<Desktop>) -> Self {
        let settings = desktop.folder().join("dunstrc");
        // Nobody moves the mouse in a test, and what is shown stays all the same.
        fs::write(&settings, "[global]\n").expect("the desktop has a folder");
        let mut command = Process::command("dunst");
        command.arg("-print").arg("-conf").arg(settings);
        desktop.dress(&mut command);
        let server = Process::start("dunst", command, desktop.folder()).ends_itself();
        let printed = desktop.folder().join("dunst.out");
        let started = Self { desktop, server, printed };
        until("notifications are served", || async {
            let listed = started.ask("org.freedesktop.DBus.ListNames", "org.freedesktop.DBus", &[]);
            listed.filter(|names| names.contains(NAME))
        })
        .await;
        started
    }

    /// Waits until one and no other notification is shown that says this last.
    ///
    /// # Panics
    ///
    /// If there is none by the deadline.
    pub async fn until_shown(&self, text: &str) {
        until(&format!("a notification says {text:?}"), || async {
            let body = format!("body: '{text}'");
            let last = self.printed();
            let last = last.lines().rfind(|line| line.trim_start().starts_with("body:"));
            let is_last = last.is_some_and(|line| line.trim() == body);
            (is_last && self.shown() == Some(1)).then_some(())
        })
        .await;
    }

    /// Waits until none is shown.
    ///
    /// # Panics
    ///
    /// If one is at the deadline.
    pub async fn until_none(&self) {
        until("no notification is shown", || async { (self.shown() == Some(0)).then_some(()) })
            .await;
    }

    /// How many there have been so far.
    pub fn count(&self) -> usize {
        self.printed().lines().filter(|line| line.trim_start().starts_with("body:")).count()
    }

    /// Presses the one that is shown, as a click on it does.
    ///
    /// # Panics
    ///
    /// If the server takes no clicks.
    pub fn press(&self) {
        let pressed = self.ask("org.dunstproject.cmd0.NotificationAction", NAME, &["uint32:0"]);
        pressed.unwrap_or_else(|| panic!("nothing can be pressed\n{}", self.server.log()));
    }

    /// Writes a picture of the whole display to the folder of screenshots.
    ///
    /// # Panics
    ///
    /// If the display cannot be seen.
    pub fn screenshot(&self, name: &str) {
        self.desktop.screenshot(name);
    }

    fn printed(&self) -> String {
        fs::read_to_string(&self.printed).unwrap_or_default()
    }

    /// How many are shown now.
    fn shown(&self) -> Option<usize> {
        let property = ["string:org.dunstproject.cmd0", "string:displayedLength"];
        let answer = self.ask("org.freedesktop.DBus.Properties.Get", NAME, &property)?;
        answer.split_whitespace().last()?.parse().ok()
    }

    /// Calls a method on the desktop's bus.
    fn ask(&self, method: &str, whom: &str, arguments: &[&str]) -> Option<String> {
        let mut command = Command::new("dbus-send");
        self.desktop.dress(&mut command);
        command.args(["--session", "--print-reply=literal"]).arg(format!("--dest={whom}"));
        command.arg(PATH).arg(method).args(arguments);
        let output = command.output().expect("dbus-send is there");
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }
}
