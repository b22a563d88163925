//! A tray that people have: that of Debian's `xfce4-panel`.

use std::fs;
use std::process::Command;
use std::sync::Arc;

use super::desktop::Desktop;
use super::process::Process;
use super::until::until;

/// What starts the daemon that the panel has its settings from, as its package says. The bus of
/// a test starts nothing by itself.
const SETTINGS: &str = "/usr/share/dbus-1/services/org.xfce.Xfconf.service";
/// How wide an icon is at least, in pixels; an empty tray is narrower.
const ICON: u32 = 20;

/// A panel with a tray, ended when this is dropped.
pub struct Panel {
    desktop: Arc<Desktop>,
    _programs: [Process; 2],
}

impl Panel {
    /// Starts it.
    ///
    /// # Panics
    ///
    /// If it is not installed.
    pub(super) fn start(desktop: Arc<Desktop>) -> Self {
        let service = fs::read_to_string(SETTINGS).expect("xfconf is installed");
        let daemon = service.lines().find_map(|line| line.strip_prefix("Exec="));
        let mut settings = Process::command(daemon.expect("a service says what starts it"));
        desktop.dress(&mut settings);
        let mut panel = Process::command("xfce4-panel");
        panel.arg("--disable-wm-check");
        desktop.dress(&mut panel);
        let programs = [
            Process::start("xfconfd", settings, desktop.folder()),
            Process::start("xfce4-panel", panel, desktop.folder()),
        ];
        Self { desktop, _programs: programs }
    }

    /// Waits until there is one icon in the tray, and clicks on it.
    ///
    /// # Panics
    ///
    /// If there is none by the deadline.
    pub async fn click(&self) {
        let icon = until("an icon is in the tray", || std::future::ready(self.icon())).await;
        self.ask(&["mousemove", "--window", &icon, "12", "12", "click", "1"]);
    }

    /// The window of the tray, which is the first of the plugins from the left that is wide
    /// enough for an icon. A plugin is a process with a window of its own within the panel.
    fn icon(&self) -> Option<String> {
        let windows = self.ask(&["search", "--onlyvisible", "--class", "wrapper-2.0"]);
        let plugins = windows.lines().filter_map(|window| {
            let geometry = self.ask(&["getwindowgeometry", "--shell", window]);
            let value = |name: &str| {
                let line = geometry.lines().find_map(|line| line.strip_prefix(name))?;
                line.strip_prefix('=')?.parse::<u32>().ok()
            };
            let is_wide = value("WIDTH")? >= ICON;
            Some((value("X")?, window)).filter(|_| is_wide)
        });
        // The other one says who is logged in.
        let plugins: Vec<_> = plugins.collect();
        plugins.iter().min().filter(|_| plugins.len() > 1).map(|(_, window)| (*window).to_owned())
    }

    fn ask(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("xdotool");
        self.desktop.dress(&mut command);
        let output = command.args(arguments).output().expect("xdotool is installed");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}
