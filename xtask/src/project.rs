//! Where things are.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Failure, Outcome};
use crate::run;
use crate::version::Version;

/// The checked-out tree that is worked on.
pub(crate) struct Project {
    root: PathBuf,
}

impl Project {
    /// The tree that this program belongs to.
    pub(crate) fn find() -> Outcome<Self> {
        // Asked at run time, so that a moved tree still finds itself.
        env::var_os("CARGO_MANIFEST_DIR")
            .and_then(|manifest| Path::new(&manifest).parent().map(Path::to_path_buf))
            .map(|root| Self { root })
            .ok_or_else(|| Failure::new("started without cargo; use `cargo xtask`"))
    }

    /// A path inside the tree.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// A folder under `target/`, which is made if it is not there.
    pub(crate) fn target_folder(&self, name: &str) -> Outcome<PathBuf> {
        let folder = self.path("target").join(name);
        fs::create_dir_all(&folder).map_err(|error| {
            Failure::new(format!("could not make {}: {error}", folder.display()))
        })?;
        Ok(folder)
    }

    /// The path as it reads from the root, for messages.
    pub(crate) fn shown<'a>(&self, path: &'a Path) -> std::path::Display<'a> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }

    /// The version of the app.
    pub(crate) fn version(&self) -> Outcome<String> {
        let manifest = self.path("Cargo.toml");
        let text = fs::read_to_string(&manifest).unwrap_or_default();
        value_in(&text, "version")
            .map(str::to_owned)
            .ok_or_else(|| Failure::new(format!("{} names no version", manifest.display())))
    }

    /// When the tree was last changed, as 2026-11-22; the beginning of time if nobody knows.
    pub(crate) fn date(&self) -> String {
        let mut log = Command::new("git");
        log.args(["log", "-1", "--format=%cs"]).current_dir(&self.root);
        run::output_of(&mut log).map_or_else(|| "1970-01-01".to_owned(), |date| date.trim().into())
    }

    /// The oldest Rust that builds the workspace, as its manifest says.
    pub(crate) fn required_rust(&self) -> Outcome<Version> {
        let manifest = self.path("Cargo.toml");
        let text = fs::read_to_string(&manifest).map_err(|error| {
            Failure::new(format!("could not read {}: {error}", manifest.display()))
        })?;
        rust_version(&text)
            .ok_or_else(|| Failure::new(format!("{} names no rust-version", manifest.display())))
    }
}

/// The value of a line such as `version = "0.1.0"`, the first of its name.
fn value_in<'m>(manifest: &'m str, name: &str) -> Option<&'m str> {
    let mut values = manifest.lines().filter_map(|line| line.split_once('='));
    values.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().trim_matches('"'))
}

fn rust_version(manifest: &str) -> Option<Version> {
    let line = manifest.lines().find(|line| line.trim_start().starts_with("rust-version"))?;
    Version::in_text(&line.split_once('=')?.1.replace('"', " "))
}

#[cfg(test)]
mod tests {
    use super::{rust_version, value_in};
    use crate::version::Version;

    #[test]
    fn the_rust_version_is_read_from_the_manifest() {
        let manifest = "[workspace.package]\nedition = \"2024\"\nrust-version = \"1.95\"\n";
        assert_eq!(rust_version(manifest), Some(Version(1, 95, 0)));
        assert_eq!(rust_version("[workspace]\n"), None);
    }

    #[test]
    fn the_version_is_the_first_that_the_manifest_names() {
        let manifest = "[workspace.package]\nversion = \"0.1.0\"\nrust-version = \"1.95\"\n";
        assert_eq!(value_in(manifest, "version"), Some("0.1.0"));
        assert_eq!(value_in("[workspace]\n", "version"), None);
    }
}
