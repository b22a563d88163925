//! The programs that the set-up settled on.

use std::env;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

use super::python;
use crate::project::Project;

/// How to start the programs that the set-up found or installed.
pub(crate) struct Tools {
    root: PathBuf,
    python: PathBuf,
    /// Where to look before `PATH`.
    first: Vec<PathBuf>,
}

impl Tools {
    /// Those that `PATH` has.
    pub(super) fn new(project: &Project) -> Self {
        Self { root: project.path(""), python: python::interpreter(project), first: Vec::new() }
    }

    /// Looks in `folder` before everywhere else.
    pub(super) fn prefer(&mut self, folder: PathBuf) {
        self.first.insert(0, folder);
    }

    /// A command in the root that finds these programs, and whose own commands do.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = self.first.iter().cloned().chain(env::split_paths(&path));
        // Joining fails only for a folder with a colon in its name, which
        // could not have come out of splitting.
        if let Ok(path) = env::join_paths(folders) {
            command.env("PATH", path);
        }
        // Whatever the person has configured, the binaries are where the demo
        // and the tests look for them.
        command.env("CARGO_TARGET_DIR", self.root.join("target"));
        command.env_remove("CARGO_BUILD_TARGET");
        command.env("HOLDFAST_PYTHON", &self.python);
        command.current_dir(&self.root);
        command
    }

    /// Cargo, new enough for the workspace.
    pub(crate) fn cargo(&self) -> Command {
        self.command("cargo")
    }

    /// npm, in the folder that it is for.
    pub(crate) fn npm(&self) -> Command {
        let mut npm = self.command(if cfg!(windows) { "npm.cmd" } else { "npm" });
        npm.current_dir(self.root.join("ui"));
        npm
    }

    /// Tauri's command line, which bundles.
    pub(crate) fn tauri(&self, project: &Project) -> Command {
        let program = if cfg!(windows) { "tauri.cmd" } else { "tauri" };
        let mut tauri = self.command(project.path("packaging/node_modules/.bin").join(program));
        // Where it looks for the app.
        tauri.current_dir(project.path("src-tauri"));
        // It asks the registry for a newer one otherwise, and colours what is read from a log.
        tauri.env("CI", "true");
        tauri
    }

    /// Python, with what the polls site needs.
    pub(crate) fn python(&self) -> Command {
        self.command(&self.python)
    }
}
