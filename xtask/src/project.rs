//! Where things are.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};
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

fn rust_version(manifest: &str) -> Option<Version> {
    let line = manifest.lines().find(|line| line.trim_start().starts_with("rust-version"))?;
    Version::in_text(&line.split_once('=')?.1.replace('"', " "))
}

#[cfg(test)]
mod tests {
    use super::rust_version;
    use crate::version::Version;

    #[test]
    fn the_rust_version_is_read_from_the_manifest() {
        let manifest = "[workspace.package]\nedition = \"2024\"\nrust-version = \"1.95\"\n";
        assert_eq!(rust_version(manifest), Some(Version(1, 95, 0)));
        assert_eq!(rust_version("[workspace]\n"), None);
    }
}
