//! `cargo xtask check-platforms`: compiling for the systems that are not this one.
//!
//! No Android NDK and no Xcode is needed: Debian's Rust comes with the source
//! of the standard library, which is built for each target, and Zig compiles
//! the C code in dependencies. Android and Apple targets are type-checked and
//! not linked; Windows is built to the end, with mingw.

mod compilers;
mod wine;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::failure::{Failure, Outcome};
use crate::project::Project;
use crate::setup::{self, System, Tools};
use crate::{run, ui};
use compilers::Compilers;
pub(crate) use wine::test as test_windows;

/// A system that the app is for and that this is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Platform {
    Android,
    Ios,
    MacOs,
    Windows,
}

const PLATFORMS: [(Platform, &str, &str); 4] = [
    (Platform::Android, "android", "aarch64-linux-android"),
    (Platform::Ios, "ios", "aarch64-apple-ios"),
    (Platform::MacOs, "macos", "aarch64-apple-darwin"),
    (Platform::Windows, "windows", "x86_64-pc-windows-gnu"),
];

const DEBIAN: [&str; 5] = [
    "rustc-web",
    "cargo-web",
    "rust-web-src",
    "gcc-mingw-w64-x86-64-posix",
    "binutils-mingw-w64-x86-64",
];

impl Platform {
    /// The platform with that name.
    pub(crate) fn named(name: &str) -> Outcome<Self> {
        let found = PLATFORMS.iter().find(|(_, known, _)| *known == name);
        found.map(|(platform, ..)| *platform).ok_or_else(|| {
            Failure::usage(format!("there is no platform `{name}`; there are: {}", Self::names()))
        })
    }

    /// All names, for messages.
    pub(crate) fn names() -> String {
        PLATFORMS.map(|(_, name, _)| name).join(", ")
    }

    fn job(self) -> &'static [&'static str] {
        match self {
            Self::Android | Self::Ios | Self::MacOs => &["check", "--package", "holdfast-app"],
            Self::Windows => {
                &["build", "--package", "holdfast-app", "--package", "holdfast-gateway"]
            }
        }
    }
}

/// Compiles for the platforms in `only`, or all, and prints one line for each.
pub(crate) fn run(project: &Project, only: &[Platform]) -> Outcome<()> {
    if setup::system() != System::Debian {
        return Err(Failure::new(
            "check-platforms needs Debian's rustc-web, cargo-web and rust-web-src",
        ));
    }
    let tools = setup::for_the_ui(project)?;
    ui::build(project, &tools)?;
    setup::install_debian_packages(project, &DEBIAN)?;
    let folder = project.target_folder("platforms")?;
    let compilers = Compilers::get(project, &folder)?;

    let mut failed = Vec::new();
    for (platform, name, target) in PLATFORMS {
        if !only.is_empty() && !only.contains(&platform) {
            continue;
        }
        let log = folder.join(format!("{name}.log"));
        let mut cargo = debian_cargo(&tools, &folder);
        cargo.args(platform.job()).args(["--target", target]);
        compilers.choose(platform, target, &mut cargo);

        let start = Instant::now();
        let outcome = run::run_quietly(&mut cargo, &log);
        let time = start.elapsed().as_secs();
        match outcome {
            Ok(()) => {
                println!("{name}: passed, cargo {} for {target}, {time} s", platform.job()[0])
            }
            Err(_) => {
                println!("{name}: FAILED, cargo {} for {target}, {time} s", platform.job()[0]);
                eprintln!("{}", errors_in(&log));
                failed.push(name);
            }
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("failed: {}; the logs are in target/platforms", failed.join(", "))))
}

/// Debian's own cargo, whichever comes first in `PATH`: only it has the source
/// of the standard library that belongs to it.
fn debian_cargo(tools: &Tools, folder: &Path) -> Command {
    let mut cargo = tools.command("/usr/bin/cargo");
    cargo.env("RUSTC", "/usr/bin/rustc");
    // Building the standard library is for nightly, unless one insists.
    cargo.env("RUSTC_BOOTSTRAP", "1");
    // What is compiled is not run: neither debugged nor built again soon, and it is gigabytes.
    cargo.env("CARGO_PROFILE_DEV_DEBUG", "false").env("CARGO_INCREMENTAL", "0");
    // Where rustup's cargo started this program, its libraries lead.
    cargo.env_remove("LD_LIBRARY_PATH");
    cargo.env("CARGO_TARGET_DIR", folder);
    cargo.arg("-Zbuild-std=std,panic_abort");
    cargo
}

/// The errors of a cargo log without what was compiled before them.
fn errors_in(log: &Path) -> String {
    const LINES: usize = 60;
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let from_first_error: Vec<&str> =
        text.lines().skip_while(|line| !line.starts_with("error")).take(LINES).collect();
    if from_first_error.is_empty() {
        return run::end_of(log);
    }
    from_first_error.join("\n")
}
