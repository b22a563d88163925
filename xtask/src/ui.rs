//! `ui/dist`: what Rust includes of the web side.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use crate::failure::{Failure, Outcome};
use crate::project::Project;
use crate::run;
use crate::setup::Tools;

/// Builds `ui/dist` unless it is newer than everything it is made from.
///
/// Building it anew would make cargo build the app anew.
pub(crate) fn build(project: &Project, tools: &Tools) -> Outcome<()> {
    let folder = project.path("ui");
    // Written last and deleted first: a build that broke off has none.
    let stamp = folder.join("dist/.complete");
    let built = modified(&stamp);
    if built.is_some() && built > newest(&folder) {
        println!("ui: ui/dist is up to date");
        return Ok(());
    }
    println!("ui: building ui/dist");
    if built.is_some() {
        fs::remove_file(&stamp).map_err(|error| at(&stamp, &error))?;
    }
    run::run_quietly(
        tools.npm().args(["run", "build"]),
        &project.target_folder("logs")?.join("ui.log"),
    )?;
    fs::write(&stamp, "").map_err(|error| at(&stamp, &error))
}

fn at(file: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{}: {error}", file.display()))
}

/// When the latest change was made to what the build reads.
fn newest(folder: &Path) -> Option<SystemTime> {
    let is_source = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        name != "dist" && name != "node_modules"
    };
    let entries = fs::read_dir(folder).ok()?.flatten().filter(is_source);
    entries
        .filter_map(|entry| match entry.path().is_dir() {
            true => newest(&entry.path()),
            false => modified(&entry.path()),
        })
        .max()
}

fn modified(file: &Path) -> Option<SystemTime> {
    file.metadata().and_then(|metadata| metadata.modified()).ok()
}
