//! The windows on a display, and who manages them: Debian's `openbox`.

use std::process::Command;
use std::sync::Arc;
use std::thread;
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

    /// Presses a key for whoever has taken all keys, as an open menu does.
    ///
    /// # Panics
    ///
    /// If `xdotool` is missing.
    pub fn key(&self, key: &str) {
        self.ask("xdotool", &["key", key]);
    }

    /// Holds a key down, or lets it go.
    ///
    /// # Panics
    ///
    /// If `xdotool` is missing.
    pub fn hold(&self, key: &str, is_down: bool) {
        self.ask("xdotool", &[if is_down { "keydown" } else { "keyup" }, key]);
    }

    /// Moves the pointer to a place in a window, from its left and from its top.
    ///
    /// # Panics
    ///
    /// If there is no such window.
    pub fn point_at(&self, title: &str, at: [i32; 2]) {
        let (number, [x, y]) = (self.number(title), at.map(|value| value.to_string()));
        // Where `xdotool` says that a window is its frame is counted twice.
        self.ask("xdotool", &["mousemove", "--window", &number, "--", &x, &y]);
    }

    /// Clicks with a button of the mouse; 4 and 5 turn its wheel.
    ///
    /// # Panics
    ///
    /// If `xdotool` is missing.
    pub fn click(&self, button: u8) {
        self.ask("xdotool", &["click", &button.to_string()]);
    }

    /// Presses the first button of the mouse, or lets it go.
    ///
    /// # Panics
    ///
    /// If `xdotool` is missing.
    pub fn grip(&self, is_down: bool) {
        self.ask("xdotool", &[if is_down { "mousedown" } else { "mouseup" }, "1"]);
    }

    /// Where a window is and how large its inside: left, top, width, height.
    ///
    /// # Panics
    ///
    /// If there is no such window.
    pub fn place(&self, title: &str) -> [i32; 4] {
        let number = self.number(title);
        let said = self.ask("xdotool", &["getwindowgeometry", "--shell", &number]);
        ["X", "Y", "WIDTH", "HEIGHT"].map(|name| {
            let line = said.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            line.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("{name}: {said}"))
        })
    }

    /// Moves a window and makes it so large: left, top, width, height of its inside.
    ///
    /// # Panics
    ///
    /// If it is not so by the deadline.
    pub async fn put(&self, title: &str, place: [i32; 4]) {
        let number = self.number(title);
        let [left, top, width, height] = place.map(|value| value.to_string());
        self.ask("xdotool", &["windowsize", &number, &width, &height]);
        until("the window is so large", || async {
            (self.place(title)[2..] == place[2..]).then_some(())
        })
        .await;
        let before = self.place(title);
        self.ask("xdotool", &["windowmove", &number, &left, &top]);
        until("the window is moved", || async { (self.place(title) != before).then_some(()) })
            .await;
    }

    /// Maximises a window or makes it as large as it was, by two clicks on its frame.
    ///
    /// # Panics
    ///
    /// If there is no such window.
    pub fn maximise(&self, title: &str) {
        self.point_at(title, [150, -8]);
        self.ask("xdotool", &["click", "--repeat", "2", "--delay", "60", "1"]);
    }

    /// The colour at a place of the display: red, green, blue.
    ///
    /// # Panics
    ///
    /// If the display cannot be seen.
    pub fn colour_at(&self, at: [u32; 2]) -> [u8; 3] {
        self.desktop.colour_at(at)
    }

    fn number(&self, title: &str) -> String {
        let asked = Instant::now();
        loop {
            let numbers = self.numbers();
            let found = numbers.lines().find(|number| {
                let named = self.ask("xprop", &["-id", number, "WM_STATE", "_NET_WM_NAME"]);
                named.contains("window state") && named.contains(&format!("= \"{title}\""))
            });
            if let Some(number) = found {
                return number.to_owned();
            }
            // While something is dragged, nobody may be told of windows for a moment.
            assert!(asked.elapsed() < BEGINNING, "there is no window {title:?}");
            thread::sleep(Duration::from_millis(25));
        }
    }

    /// Presses a button of the pointer at a place on the display, so often.
    ///
    /// # Panics
    ///
    /// If `xdotool` is missing.
    pub fn click_at(&self, (x, y): (u32, u32), button: u32, times: u32) {
        let [x, y, button, times] = [x, y, button, times].map(|number| number.to_string());
        self.ask("xdotool", &["mousemove", &x, &y, "click", "--repeat", &times, &button]);
    }

    /// Presses keys one after the other, which the window with the focus gets.
    ///
    /// # Panics
    ///
    /// If `xdotool` is missing.
    pub fn keys(&self, keys: &[&str]) {
        self.ask("xdotool", &[&["key"], keys].concat());
    }

    /// Presses keys one after the other in the window with this title, once it has the focus.
    ///
    /// # Panics
    ///
    /// If `xdotool` is missing, or it does not have it by the deadline.
    pub async fn press_in(&self, title: &str, keys: &[&str]) {
        let what = format!("the window {title:?} has the focus");
        until(&what, || {
            let active = self.ask("xdotool", &["getactivewindow", "getwindowname"]);
            std::future::ready((active.trim() == title).then_some(()))
        })
        .await;
        self.keys(keys);
    }

    /// How many windows the app has, menus and the like among them.
    ///
    /// # Panics
    ///
    /// If `xdotool` is missing.
    pub fn count(&self) -> usize {
        self.ask("xdotool", &["search", "--onlyvisible", "--class", "holdfast-app"]).lines().count()
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

    /// How many colours a picture of the whole display has.
    ///
    /// # Panics
    ///
    /// If the display cannot be seen.
    pub fn colours(&self) -> usize {
        let pixels = self.pixels();
        let colours: std::collections::HashSet<_> = pixels.chunks_exact(3).collect();
        colours.len()
    }

    /// Whether nothing is on the display, which has one colour then.
    ///
    /// # Panics
    ///
    /// If the display cannot be seen.
    pub fn is_blank(&self) -> bool {
        let pixels = self.pixels();
        let mut pixels = pixels.chunks_exact(3);
        let first = pixels.next();
        pixels.all(|pixel| Some(pixel) == first)
    }

    /// A picture of the whole display, three bytes for each pixel.
    fn pixels(&self) -> Vec<u8> {
        let file = self.desktop.folder().join("display.ppm");
        let mut command = Command::new("scrot");
        self.desktop.dress(&mut command);
        let status = command.arg("--overwrite").arg(&file).status();
        assert!(status.is_ok_and(|status| status.success()), "scrot takes no picture");
        let picture = std::fs::read(&file).expect("the picture was written");
        // The head is words.
        picture.get(64..).unwrap_or_default().to_vec()
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
