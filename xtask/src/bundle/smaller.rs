//! Packs a `.deb` tighter than Tauri's bundler, which knows nothing but gzip for it.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::failure::{Failure, Outcome};
use crate::project::Project;
use crate::run;

/// Packs it anew with xz, as Debian packs its own; what is in it stays as it is.
///
/// Where there is no `dpkg-deb`, the package stays as the bundler has made it, and that is said.
pub(super) fn repack(project: &Project, package: &Path) -> Outcome<()> {
    if run::output_of(Command::new("dpkg-deb").arg("--version")).is_none() {
        println!("{}: packed with gzip, for want of dpkg-deb", project.shown(package));
        return Ok(());
    }
    let log = project.target_folder("logs")?.join("repack.log");
    let folder = project.target_folder("bundle")?.join("unpacked");
    let remove = || match fs::remove_dir_all(&folder) {
        Err(error) if folder.exists() => {
            Err(Failure::new(format!("{}: {error}", folder.display())))
        }
        Ok(()) | Err(_) => Ok(()),
    };
    // An earlier one may have broken off.
    remove()?;
    run::run_quietly(
        Command::new("dpkg-deb").arg("--raw-extract").arg(package).arg(&folder),
        &log,
    )?;
    // The files belong to whoever runs this, and are root's on the system they are installed on.
    let mut build = Command::new("dpkg-deb");
    build.args(["--root-owner-group", "-Zxz", "--build"]).arg(&folder).arg(package);
    run::run_quietly(&mut build, &log)?;
    remove()
}
