//! A virtual environment with what the polls site needs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::debian;
use super::packages::{self, System};
use crate::failure::{Failure, Outcome};
use crate::project::Project;
use crate::run;

const REQUIREMENTS: &str = "tests/requirements.txt";

/// The interpreter of the virtual environment, whether it is there yet or not.
pub(super) fn interpreter(project: &Project) -> PathBuf {
    environment(project).join("bin/python")
}

/// Brings the virtual environment to what the requirements say.
pub(super) fn get_requirements(project: &Project, tools: &super::Tools) -> Outcome<()> {
    let requirements = project.path(REQUIREMENTS);
    let wanted = fs::read(&requirements)
        .map_err(|error| Failure::new(format!("python: {}: {error}", requirements.display())))?;
    make_environment(project)?;

    // A copy of the file beside what it installed tells when it has changed.
    let stamp = environment(project).join("installed-requirements.txt");
    if fs::read(&stamp).ok().as_ref() == Some(&wanted) {
        println!("python: {REQUIREMENTS} is installed");
        return Ok(());
    }
    println!("python: installing {REQUIREMENTS} into {}", shown(project));
    let mut pip = tools.python();
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--requirement"]);
    run::run_quietly(pip.arg(&requirements), &log(project)?)?;
    write(&stamp, &wanted)
}

/// Installs one package, named with its exact version; returns the interpreter that has it.
pub(super) fn get_package(project: &Project, requirement: &str) -> Outcome<PathBuf> {
    make_environment(project)?;
    let interpreter = interpreter(project);
    let name = requirement.split("==").next().unwrap_or(requirement);
    let stamp = environment(project).join(format!("installed-{name}.txt"));
    if fs::read(&stamp).ok().as_deref() != Some(requirement.as_bytes()) {
        println!("python: installing {requirement} into {}", shown(project));
        let mut pip = Command::new(&interpreter);
        pip.args(["-m", "pip", "install", "--disable-pip-version-check", requirement]);
        run::run_quietly(&mut pip, &log(project)?)?;
        write(&stamp, requirement.as_bytes())?;
    }
    Ok(interpreter)
}

fn make_environment(project: &Project) -> Outcome<()> {
    // One that does not run has lost the Python that it was made with.
    if run::output_of(Command::new(interpreter(project)).arg("--version")).is_some() {
        return Ok(());
    }
    let system = match packages::system() {
        System::Debian => {
            if !debian::has("python3-venv") {
                debian::install(project, &["python3-venv"])?;
            }
            // The one that the package belongs to, whichever comes first in PATH.
            "/usr/bin/python3"
        }
        System::OtherLinux | System::MacOs | System::Windows => "python3",
    };
    println!("python: making {}", shown(project));
    let mut make = Command::new(system);
    make.args(["-m", "venv", "--clear"]).arg(environment(project));
    run::run_quietly(&mut make, &log(project)?).map_err(|failure| {
        Failure::new(format!("python: {failure}\nPython 3.10 or newer with venv is needed"))
    })
}

fn environment(project: &Project) -> PathBuf {
    project.path("target/venv")
}

fn shown(project: &Project) -> String {
    project.shown(&environment(project)).to_string()
}

fn log(project: &Project) -> Outcome<PathBuf> {
    Ok(project.target_folder("logs")?.join("python.log"))
}

fn write(stamp: &Path, content: &[u8]) -> Outcome<()> {
    fs::write(stamp, content)
        .map_err(|error| Failure::new(format!("could not write {}: {error}", stamp.display())))
}
