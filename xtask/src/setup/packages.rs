//! What the system has to bring: a webview, a display in memory, a C compiler.

use std::path::Path;
use std::process::Command;

use super::debian;
use crate::failure::{Failure, Outcome};
use crate::project::Project;
use crate::run;

/// Who installs packages here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum System {
    Debian,
    OtherLinux,
    MacOs,
    Windows,
}

/// What Debian calls everything that the demo and the tests need.
#[rustfmt::skip] // One reason a line.
const DEBIAN: [&str; 23] = [
    "ca-certificates",                  // the registries are reached by TLS
    "gcc", "libc6-dev", "pkg-config",   // SQLite and the TLS provider are C
    "libwebkit2gtk-4.1-dev",            // the webview
    "webkit2gtk-driver",                // WebDriver for it
    "xvfb", "xauth",                    // a display in memory
    "chromium",                         // shows the Library in colours of the person's own
    "dbus", "dbus-x11",                 // GTK programs want a session bus
    "dunst",                            // shows notifications
    "fonts-dejavu-core",                // without fonts a page is blank
    "xfce4-panel",                      // has a tray
    "openbox",                          // closes and minimises windows
    "xdotool", "x11-utils",             // press keys, and say which windows there are
    "scrot",                            // screenshots of the whole display
    "strace",                           // system calls are counted, and a crash put at each
    "xdg-utils",                        // opens links in the system's browser
    "python3-venv",                     // the polls site is Django
    "nginx", "libnginx-mod-nchan",      // a hub that tells of what is new
];

/// What the gateway is measured against, and with.
#[rustfmt::skip] // One reason a line.
const TO_MEASURE: [&str; 4] = [
    "nginx", "varnish",                 // caches in front of a site, as the gateway is one
    "wrk",                              // asks them as fast as they answer
    "strace",                           // shows what a process hands to the system
];

/// What a package is tried out with, beside what is in the Debian that is made for it.
#[rustfmt::skip] // One reason a line.
const TO_TRY: [&str; 4] = [
    "ca-certificates", "debootstrap",   // a Debian in a folder
    "iproute2",                         // a network of its own
    "util-linux",                       // whose mounts and processes end with it
];

/// What shows on another Linux that a package is there: how to ask for it.
const PROBES: [(&str, &[&str]); 13] = [
    ("WebKitGTK 4.1", &["pkg-config", "--exists", "webkit2gtk-4.1"]),
    ("a C compiler", &["cc", "--version"]),
    ("Python's venv", &["python3", "-c", "import venv, ensurepip"]),
    ("xvfb-run", &["sh", "-c", "command -v xvfb-run"]),
    ("dbus-run-session", &["dbus-run-session", "--version"]),
    ("WebKitWebDriver", &["sh", "-c", "command -v WebKitWebDriver"]),
    ("dunst", &["dunst", "--version"]),
    ("xfce4-panel", &["xfce4-panel", "--version"]),
    ("openbox", &["openbox", "--version"]),
    ("xdotool", &["xdotool", "version"]),
    ("xprop", &["sh", "-c", "command -v xprop"]),
    ("scrot", &["scrot", "--version"]),
    ("strace", &["strace", "-V"]),
];

const OTHER_SYSTEMS: &str = "\
Debian, Ubuntu: installed by `cargo xtask setup`
Fedora:  dnf install gcc pkgconf-pkg-config webkit2gtk4.1-devel webkitgtk6.0 xorg-x11-server-Xvfb \
xauth chromium dbus-daemon dbus-x11 dunst xfce4-panel openbox xdotool xprop dejavu-sans-fonts scrot strace xdg-utils python3
Arch:    pacman -S --needed base-devel webkit2gtk-4.1 xorg-server-xvfb xorg-xauth chromium dbus dunst xfce4-panel openbox xdotool \
xorg-xprop ttf-dejavu scrot strace xdg-utils python
macOS:   xcode-select --install; brew install node python
Windows: the Visual Studio build tools with C++, the WebView2 runtime (part of Windows 11), \
Node.js, Python
and on each Rust from rustup";

/// Gets the packages, or says which to install.
pub(super) fn get(project: &Project) -> Outcome<()> {
    match system() {
        System::Debian => debian::install(project, &DEBIAN),
        System::OtherLinux => {
            let missing = missing_by_probe();
            if missing.is_empty() {
                println!("packages: everything is there");
                return Ok(());
            }
            Err(Failure::new(format!(
                "packages: missing: {}. To install, by system:\n\n{OTHER_SYSTEMS}",
                missing.join(", ")
            )))
        }
        System::MacOs | System::Windows => Err(Failure::new(format!(
            "packages: the demo and the tests drive WebKitGTK and run on Linux. What building \
             the app takes, by system:\n\n{OTHER_SYSTEMS}"
        ))),
    }
}

/// Gets what the gateway is measured against, or says what to install.
pub(super) fn get_to_measure(project: &Project) -> Outcome<()> {
    let missing = || {
        let is_missing = |name: &&str| {
            let probe = format!("PATH=$PATH:/usr/sbin command -v {name}");
            run::output_of(Command::new("sh").args(["-c", &probe])).is_none()
        };
        let programs = ["nginx", "varnishd", "wrk", "strace", "taskset", "setpriv"];
        programs.iter().filter(|name| is_missing(name)).copied().collect::<Vec<_>>()
    };
    match system() {
        System::Debian => debian::install_stopped(project, &TO_MEASURE),
        System::OtherLinux if missing().is_empty() => Ok(()),
        System::OtherLinux | System::MacOs | System::Windows => Err(Failure::new(format!(
            "packages: the gateway is measured on Linux; missing: {}. Without it: \
             `cargo xtask bench --only G1,G2,…`",
            missing().join(", ")
        ))),
    }
}

/// Gets what a package is tried out with.
pub(super) fn get_to_try(project: &Project) -> Outcome<()> {
    match system() {
        System::Debian => debian::install(project, &TO_TRY),
        System::OtherLinux | System::MacOs | System::Windows => Err(Failure::new(
            "packages: a .deb is tried out on Debian, with debootstrap and unshare, as root",
        )),
    }
}

/// The system that this program runs on.
pub(crate) fn system() -> System {
    if cfg!(target_os = "macos") {
        System::MacOs
    } else if cfg!(windows) {
        System::Windows
    } else if Path::new("/etc/debian_version").exists() {
        System::Debian
    } else {
        System::OtherLinux
    }
}

fn missing_by_probe() -> Vec<&'static str> {
    let is_missing = |probe: &[&str]| match probe.split_first() {
        Some((program, arguments)) => {
            run::output_of(Command::new(program).args(arguments)).is_none()
        }
        None => false,
    };
    PROBES.iter().filter(|(_, probe)| is_missing(probe)).map(|(name, _)| *name).collect()
}
