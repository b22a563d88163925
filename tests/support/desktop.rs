//! What the app needs around it: a display and a session bus.

use std::env;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::places::screenshots;
use super::process::Process;

/// What a laptop shows; the app's window has to fit.
const SCREEN: &str = "1280x900x24";

/// A session bus that starts nothing by itself: what is installed on the machine is no part
/// of a test.
const BUS: &str = r#"<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=DIRECTORY</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

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
        Self::on(env::var("DISPLAY").ok().filter(|display| !display.is_empty())).await
    }

    /// The same with a display of its own, where nobody else has the pointer or the focus.
    ///
    /// # Panics
    ///
    /// If `Xvfb` or `dbus-daemon` are missing.
    pub async fn start_apart() -> Self {
        Self::on(None).await
    }

    async fn on(display: Option<String>) -> Self {
        let home = TempDir::new().expect("a temporary directory can be made");
        let mut programs = Vec::new();
        let display = match display {
            Some(display) => display,
            None => {
                // Asked to end, it removes its lock and its socket.
                let mut command = Process::command_ended_by("TERM", "Xvfb");
                command.args([
                    "-displayfd",
                    "1",
                    "-screen",
                    "0",
                    SCREEN,
                    "-noreset",
                    "-nolisten",
                    "tcp",
                ]);
                let mut server = Process::start("Xvfb", command, home.path()).ends_itself();
                let number = server.first_line().await;
                programs.push(server);
                format!(":{}", number.trim())
            }
        };
        // No test puts anything into the folder of the person who runs it.
        let downloads = format!("XDG_DOWNLOAD_DIR=\"{}\"\n", downloads_in(&home).display());
        fs::write(home.path().join("user-dirs.dirs"), downloads)
            .expect("the temporary directory can be written to");
        let bus = home.path().join("bus.conf");
        fs::write(&bus, BUS.replace("DIRECTORY", &home.path().to_string_lossy()))
            .expect("the temporary directory can be written to");
        let mut command = Process::command("dbus-daemon");
        command.arg("--config-file").arg(bus).args(["--nofork", "--print-address"]);
        let mut daemon = Process::start("dbus-daemon", command, home.path()).ends_itself();
        let bus = daemon.first_line().await;
        programs.push(daemon);
        Self { display, bus, _programs: programs, home }
    }

    /// Where its programs keep what they need.
    pub(super) fn folder(&self) -> &Path {
        self.home.path()
    }

    /// Where its programs put what is downloaded.
    pub(super) fn downloads(&self) -> PathBuf {
        downloads_in(&self.home)
    }

    /// The address of its session bus.
    pub(super) fn bus(&self) -> &str {
        self.bus.trim()
    }

    /// Writes a picture of the whole display to the folder of screenshots.
    ///
    /// # Panics
    ///
    /// If the display cannot be seen.
    pub fn screenshot(&self, name: &str) {
        let mut command = Command::new("scrot");
        self.dress(&mut command);
        command.arg("--overwrite").arg(screenshots().join(format!("{name}.png")));
        assert!(command.status().is_ok_and(|status| status.success()), "scrot takes no picture");
    }

    /// The colour at a place of the display: red, green, blue.
    ///
    /// # Panics
    ///
    /// If the display cannot be seen.
    pub(super) fn colour_at(&self, [left, top]: [u32; 2]) -> [u8; 3] {
        let file = self.home.path().join("colour.png");
        let mut command = Command::new("scrot");
        self.dress(&mut command);
        command.args(["--overwrite", "--autoselect", &format!("{left},{top},1,1")]).arg(&file);
        assert!(command.status().is_ok_and(|status| status.success()), "scrot takes no picture");
        let file = BufReader::new(File::open(file).expect("the picture is there"));
        let mut reader = png::Decoder::new(file).read_info().expect("it is a picture");
        let mut pixels = vec![0; reader.output_buffer_size().expect("it is small")];
        reader.next_frame(&mut pixels).expect("it has a pixel");
        [pixels[0], pixels[1], pixels[2]]
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

fn downloads_in(home: &TempDir) -> PathBuf {
    home.path().join("Downloads")
}
