//! Where an export goes: a new file in the folder where the person looks for downloads.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tauri::{AppHandle, Manager, Runtime};

/// How many exports with one name there may be.
const LIMIT: u32 = 1000;
const EXTENSION: &str = "holdfast";

/// The person's folder for downloads; where the system names none, their own folder.
pub(super) fn folder<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<PathBuf> {
    app.path().download_dir().or_else(|_| app.path().home_dir())
}

/// Writes a new file named after the site; it is whole when it is there.
pub(super) fn write(folder: &Path, site: &str, text: &str) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let name = named_after(site);
    for number in 1..=LIMIT {
        let file = match number {
            1 => format!("{name}.{EXTENSION}"),
            number => format!("{name} ({number}).{EXTENSION}"),
        };
        let path = folder.join(file);
        // Never over what is there.
        let opened = OpenOptions::new().write(true).create_new(true).open(&path);
        let mut file = match opened {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(error),
        };
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
        return match written {
            Ok(()) => Ok(path),
            Err(error) => {
                // Half an export would look like one.
                let _ = fs::remove_file(&path);
                Err(error)
            }
        };
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// A name for a file on every system.
fn named_after(site: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, ' ' | '-' | '_') { c } else { '_' };
    let name: String = site.chars().take(60).map(plain).collect();
    let name = name.trim();
    if name.is_empty() { "export".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_export_overwrites_another() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("Downloads");
        let names: Vec<_> = ["one", "two", "three"]
            .iter()
            .map(|text| write(&folder, "Polls: a/b", text).unwrap())
            .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
            .collect();
        assert_eq!(
            names,
            ["Polls_ a_b.holdfast", "Polls_ a_b (2).holdfast", "Polls_ a_b (3).holdfast"]
        );
        assert_eq!(fs::read_to_string(folder.join(&names[0])).unwrap(), "one");
    }

    #[test]
    fn a_site_without_a_name_has_one() {
        assert_eq!((named_after("..").as_str(), named_after(" ").as_str()), ("__", "export"));
    }
}
