//! `cargo xtask compatibility`: real applications in the app and behind the gateway.
//!
//! What they are made of lies in `target/compatibility/`: a Python of its own, and Debian's
//! packages unpacked rather than installed, since their servers are not wanted here.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::failure::{Failure, Outcome};
use crate::leash::{Leash, Output};
use crate::project::Project;
use crate::setup::{self, System};
use crate::{display, run, ui};

/// What the applications are, with the versions that were tried.
const PYTHON: [&str; 3] = ["wagtail==8.0.1", "roundup==2.6.0", "waitress==3.0.2"];

/// What runs them and the browser before the gateway.
const PROGRAMS: [&str; 6] =
    ["chromium-driver", "php-cli", "php-intl", "php-mbstring", "php-sqlite3", "php-xml"];

/// What of Debian is unpacked.
const UNPACKED: [&str; 2] = ["mediawiki", "mediawiki-classes"];

/// Tries the applications in `names`, or all.
pub(crate) fn run(project: &Project, names: &[String]) -> Outcome<()> {
    if setup::system() != System::Debian {
        return Err(Failure::new("compatibility: the applications come from Debian's packages"));
    }
    let tools = setup::everything(project)?;
    setup::install_debian_packages(project, &PROGRAMS)?;
    let folder = project.target_folder("compatibility")?;
    get_python(project, &folder)?;
    unpack(project, &folder)?;
    ui::build(project, &tools)?;
    run::run(tools.cargo().args(["build", "--workspace"]))?;
    // With the whole workspace, or what it is made of would be built once more.
    let example = ["build", "--workspace", "--example", "compatibility"];
    run::run(tools.cargo().args(example))?;

    let mut trial = tools.command(project.path("target/debug/examples/compatibility"));
    trial.args(names);
    let status = Leash::start(&display::headless(&trial), Output::Terminal)?
        .wait()
        .map_err(|error| Failure::new(format!("could not wait for the trial: {error}")))?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::new(format!("not everything works ({status})")))
}

fn get_python(project: &Project, folder: &Path) -> Outcome<()> {
    let (stamp, wanted) = (folder.join("installed-python.txt"), PYTHON.join("\n"));
    if fs::read_to_string(&stamp).ok().as_ref() == Some(&wanted) {
        return Ok(());
    }
    println!("compatibility: installing {}", PYTHON.join(", "));
    let log = project.target_folder("logs")?.join("compatibility.log");
    let environment = folder.join("venv");
    run::run_quietly(
        Command::new("/usr/bin/python3").args(["-m", "venv"]).arg(&environment),
        &log,
    )?;
    let mut pip = Command::new(environment.join("bin/python"));
    pip.args(["-m", "pip", "install", "--disable-pip-version-check"]).args(PYTHON);
    run::run_quietly(&mut pip, &log)?;
    write(&stamp, &wanted)
}

fn unpack(project: &Project, folder: &Path) -> Outcome<()> {
    let into = folder.join("debian");
    let stamp = folder.join("unpacked.txt");
    if fs::read_to_string(&stamp).ok() == Some(UNPACKED.join("\n")) {
        return Ok(());
    }
    println!("compatibility: unpacking {}", UNPACKED.join(", "));
    let log = project.target_folder("logs")?.join("compatibility.log");
    let packages = folder.join("packages");
    fs::create_dir_all(&packages).map_err(|error| at(&packages, &error))?;
    let mut download = Command::new("apt-get");
    download.arg("download").args(UNPACKED).current_dir(&packages);
    run::run_quietly(&mut download, &log)?;
    let listed = fs::read_dir(&packages).map_err(|error| at(&packages, &error))?;
    for package in listed.flatten() {
        let mut unpack = Command::new("dpkg-deb");
        run::run_quietly(unpack.arg("--extract").arg(package.path()).arg(&into), &log)?;
    }
    write(&stamp, &UNPACKED.join("\n"))
}

fn write(file: &Path, text: &str) -> Outcome<()> {
    fs::write(file, text).map_err(|error| at(file, &error))
}

fn at(file: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{}: {error}", file.display()))
}
