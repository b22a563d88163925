//! What is remembered, in small files each of which is there as a whole or not at all.
//!
//! ```text
//! profile/memory.json    which profile is good, on trial, waiting
//! profile/HASH.toml      their texts, on the disk before the memory names them
//! ```

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::decision::{Held, Memory};

/// The folder.
#[derive(Debug, Clone)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn in_directory(data: &Path) -> io::Result<Self> {
        let folder = data.join("profile");
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    /// What is remembered; nothing where that cannot be read.
    pub(super) fn memory(&self) -> Memory {
        let text = fs::read(self.0.join("memory.json")).unwrap_or_default();
        if text.is_empty() {
            return Memory::default();
        }
        serde_json::from_slice(&text).unwrap_or_else(|error| {
            tracing::warn!(%error, "what is remembered of profiles cannot be read");
            Memory::default()
        })
    }

    /// Remembers this from now on, and throws away texts that nobody needs any more.
    pub(super) fn remember(&self, memory: &Memory) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(memory)?;
        self.write("memory.json", &text)?;
        for entry in fs::read_dir(&self.0)?.flatten() {
            let name = entry.file_name();
            let is_text = Path::new(&name).extension().is_some_and(|kind| kind == "toml");
            let is_needed = memory.needed().any(|held| *name == *text_name(held));
            if is_text && !is_needed {
                // One that stays takes a few kilobytes.
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(())
    }

    /// The text of a profile, if it is there as it was fetched.
    pub(super) fn text(&self, held: &Held) -> Option<String> {
        let text = fs::read_to_string(self.0.join(text_name(held))).ok()?;
        (blake3::hash(text.as_bytes()).to_hex().as_str() == held.hash).then_some(text)
    }

    pub(super) fn keep(&self, held: &Held, text: &str) -> io::Result<()> {
        self.write(&text_name(held), text.as_bytes())
    }

    /// In place of what is there, or not at all.
    fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let new = self.0.join(format!("{name}.new"));
        let mut file = File::create(&new)?;
        file.write_all(content)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&new, self.0.join(name))?;
        sync(&self.0)
    }
}

fn text_name(held: &Held) -> String {
    format!("{}.toml", held.hash)
}

/// Has the names on the disk.
#[cfg(unix)]
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be opened, and the file system's journal has to do.
#[cfg(not(unix))]
fn sync(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_comes_back_and_what_was_begun_does_not() {
        let data = tempfile::TempDir::new().unwrap();
        let folder = Folder::in_directory(data.path()).unwrap();
        assert_eq!(folder.memory(), Memory::default());
        let held = |text: &str, serial| Held {
            serial,
            hash: blake3::hash(text.as_bytes()).to_hex().to_string(),
        };
        let (one, two) = (held("one", 1), held("two", 2));
        folder.keep(&one, "one").unwrap();
        folder.keep(&two, "two").unwrap();
        let memory =
            Memory { good: Some(one.clone()), waiting: Some(two.clone()), ..Memory::default() };
        folder.remember(&memory).unwrap();
        // A process was killed while it wrote.
        fs::write(data.path().join("profile/memory.json.new"), "{ \"go").unwrap();
        assert_eq!(folder.memory(), memory);
        assert_eq!(
            (folder.text(&one).as_deref(), folder.text(&two).as_deref()),
            (Some("one"), Some("two"))
        );
        fs::write(data.path().join(format!("profile/{}.toml", two.hash)), "tw").unwrap();
        assert_eq!(folder.text(&two), None, "it is not as it was fetched");
        folder.remember(&Memory { good: Some(one.clone()), ..Memory::default() }).unwrap();
        assert!(!data.path().join(format!("profile/{}.toml", two.hash)).exists());
        assert_eq!(folder.text(&one).as_deref(), Some("one"));
    }
}
