//! `cargo xtask try-package`: a `.deb` in a Debian that has nothing but what it asks for.
//!
//! It is installed there as a person's machine would do it, started beside the polls site in a
//! network of their own, opened by a link, started once more without the site, and removed;
//! `packaging/linux/try-deb.sh` does it and says what it looks at. It takes minutes and root, so
//! it is no part of the tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use crate::failure::{Failure, Outcome};
use crate::project::Project;
use crate::{run, setup};

/// Where the bundler puts them.
const MADE: &str = "target/release/bundle/deb";
/// Where the profile that is built in expects the polls site.
const PORT: &str = "8000";
/// The window beside which the app's memory is measured, where the benchmark has built it.
const BARE: &str = "target/release/examples/bare";

/// Tries `package`, or the one that was made last.
pub(crate) fn run(project: &Project, package: Option<&Path>) -> Outcome<()> {
    let package = match package {
        Some(package) => package
            .canonicalize()
            .map_err(|error| Failure::new(format!("{}: {error}", package.display())))?,
        None => newest(&project.path(MADE))?,
    };
    if run::output_of(Command::new("id").arg("-u")).as_deref() != Some("0\n") {
        return Err(Failure::new("try-package makes a Debian of its own, which takes root"));
    }
    let tools = setup::to_try_a_package(project)?;
    let folder = project.target_folder("try")?;
    println!("package: {}", project.shown(&package));

    let mut trial = tools.command("sh");
    trial.arg(project.path("packaging/linux/try-deb.sh")).arg(&package).arg(&folder);
    trial.arg(project.path("target/venv/bin/python"));
    trial.arg(project.path("tests/polls_site/serve.py"));
    trial.args(["--port", PORT, "--database"]).arg(folder.join("polls.sqlite3"));
    let bare = project.path(BARE);
    if bare.exists() {
        trial.env("BARE", bare);
    } else {
        println!("memory: of the app alone, since `cargo xtask bench` has not built {BARE}");
    }
    run::run(&mut trial)?;
    println!("pictures: {}", project.shown(&folder));
    Ok(())
}

/// The package that was written last.
fn newest(folder: &Path) -> Outcome<PathBuf> {
    let written = |path: &Path| -> Option<SystemTime> { path.metadata().ok()?.modified().ok() };
    let packages = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    packages
        .filter(|path| path.extension().map_or(false, |extension| extension == "deb"))
        .max_by_key(|path| written(path))
        .ok_or_else(|| {
            Failure::new(format!(
                "there is no package in {}: `cargo xtask bundle` makes one",
                folder.display()
            ))
        })
}
