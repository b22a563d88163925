//! Bodies of submissions that are too large for a row, as files named by the submission.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use super::blobs::StoredBody;
use super::database::{create_folder, restrict, sync_folder};
use super::submission::{Content, Submission};
use super::{Store, blocking};
use crate::body::Body;
use crate::error::StoreError;

/// How old a file is at least that belongs to no submission: another process may just be about
/// to write the row.
const SETTLED: Duration = Duration::from_secs(3600);

/// The folder of the files.
pub(super) struct Uploads {
    folder: PathBuf,
}

/// A body being written; dropped before its end, it leaves nothing.
pub(crate) struct Upload {
    file: File,
    new: PathBuf,
    path: PathBuf,
    length: u64,
    limit: u64,
}

impl Uploads {
    pub(super) fn in_directory(folder: &Path) -> io::Result<Self> {
        create_folder(folder)?;
        restrict(folder, 0o700)?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// A file for the body of a submission, which may have `limit` bytes.
    pub(super) fn begin(&self, key: &str, limit: u64) -> Result<Upload, StoreError> {
        let (path, new) = (self.folder.join(key), self.folder.join(format!("{key}.new")));
        let create = || {
            let file = File::create(&new)?;
            restrict(&new, 0o600)?;
            Ok(file)
        };
        let file = create().map_err(|source| StoreError::File {
            action: "create",
            path: new.clone(),
            source,
        })?;
        Ok(Upload { file, new, path, length: 0, limit })
    }

    /// The body of a submission, which had `length` bytes.
    pub(super) fn body(&self, key: &str, length: u64) -> Result<Body, StoreError> {
        let path = self.folder.join(key);
        let open = || {
            let file = File::open(&path)?;
            match file.metadata()?.len() == length {
                true => Ok(file),
                false => Err(io::ErrorKind::UnexpectedEof.into()),
            }
        };
        let file = open().map_err(|source| StoreError::File {
            action: "read",
            path: path.clone(),
            source,
        })?;
        Ok(StoredBody::File { file, length }.into_body())
    }

    /// All of a body, for one who looks at it or changes it.
    pub(super) fn whole(&self, key: &str, length: u64) -> Result<Bytes, StoreError> {
        let path = self.folder.join(key);
        let failed = |source| StoreError::File { action: "read", path: path.clone(), source };
        let whole = fs::read(&path).map_err(failed)?;
        if whole.len() as u64 == length {
            return Ok(whole.into());
        }
        Err(failed(io::ErrorKind::UnexpectedEof.into()))
    }

    /// The submission is gone. A file that cannot be removed now is swept later.
    pub(super) fn remove(&self, key: &str) {
        if let Err(error) = fs::remove_file(self.folder.join(key))
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::debug!(%error, "the body of a submission stays behind");
        }
    }

    /// Removes what belongs to no submission.
    pub(super) fn sweep(&self, known: &HashSet<String>, now: SystemTime) {
        let Ok(files) = fs::read_dir(&self.folder) else { return };
        for file in files.flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            let written_at = file.metadata().and_then(|metadata| metadata.modified());
            let age = written_at.ok().and_then(|at| now.duration_since(at).ok());
            if !known.contains(&name) && age.is_some_and(|age| age > SETTLED) {
                self.remove(&name);
            }
        }
    }
}

impl Upload {
    /// Appends a piece.
    ///
    /// # Errors
    ///
    /// What the file system reports, or that the body is too large.
    pub(crate) fn write(mut self, piece: &[u8]) -> Result<Self, StoreError> {
        self.length += piece.len() as u64;
        if self.length > self.limit {
            return Err(StoreError::TooLarge { length: self.length, quota: self.limit });
        }
        self.file.write_all(piece).map_err(|source| self.failed(source))?;
        Ok(self)
    }

    /// Ends the body, which is on the disk under its name when this returns: its length.
    ///
    /// # Errors
    ///
    /// What the file system reports.
    pub(crate) fn finish(self) -> Result<u64, StoreError> {
        let finish = || {
            self.file.sync_all()?;
            fs::rename(&self.new, &self.path)?;
            self.path.parent().map_or(Ok(()), sync_folder)
        };
        finish().map_err(|source| self.failed(source))?;
        Ok(self.length)
    }

    fn failed(&self, source: io::Error) -> StoreError {
        StoreError::File { action: "write", path: self.new.clone(), source }
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        // One that is whole has another name by now.
        let _ = fs::remove_file(&self.new);
    }
}

impl Store {
    /// A file for a body that is too large for a row, up to `limit` bytes.
    ///
    /// # Errors
    ///
    /// What the file system reports.
    pub(crate) async fn begin_upload(&self, key: &str, limit: u64) -> Result<Upload, StoreError> {
        let (state, key) = (self.inner.state.clone(), key.to_owned());
        blocking(move || state.uploads.begin(&key, limit)).await
    }

    /// Appends a piece to a body.
    ///
    /// # Errors
    ///
    /// What the file system reports, or that the body is too large.
    pub(crate) async fn write_upload(
        &self,
        upload: Upload,
        piece: Bytes,
    ) -> Result<Upload, StoreError> {
        blocking(move || upload.write(&piece)).await
    }

    /// Ends a body, which is on the disk when this returns: its length in bytes.
    ///
    /// # Errors
    ///
    /// What the file system reports.
    pub(crate) async fn finish_upload(&self, upload: Upload) -> Result<u64, StoreError> {
        blocking(move || upload.finish()).await
    }

    /// The body of a submission was written, which was not kept after all.
    pub(crate) fn remove_upload(&self, key: &str) {
        self.inner.state.uploads.remove(key);
    }

    /// The body of a submission.
    ///
    /// # Errors
    ///
    /// That its file cannot be read.
    pub(crate) fn content(&self, submission: &Submission) -> Result<Body, StoreError> {
        match &submission.content {
            Content::InRow(bytes) => Ok(Body::Bytes(bytes.clone())),
            Content::InFile(length) => self.inner.state.uploads.body(&submission.key, *length),
        }
    }

    /// Removes the files of submissions that are gone.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub(crate) fn sweep_uploads(&self, now: SystemTime) -> Result<(), StoreError> {
        let state = &self.inner.state;
        let known: HashSet<String> = state.read("read what was submitted", |db| {
            db.prepare("SELECT key FROM submission WHERE file_length IS NOT NULL")?
                .query_map([], |row| row.get(0))?
                .collect()
        })?;
        state.uploads.sweep(&known, now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Clock;

    #[tokio::test]
    async fn a_body_is_there_when_it_is_whole_and_until_it_is_removed() {
        let directory = tempfile::tempdir().unwrap();
        let uploads = Uploads::in_directory(directory.path()).unwrap();
        let begun = uploads.begin("a", 6).unwrap().write(b"abc").unwrap();
        assert!(uploads.body("a", 3).is_err());
        assert_eq!(begun.write(b"def").unwrap().finish().unwrap(), 6);
        assert_eq!(uploads.body("a", 6).unwrap().collect().await.unwrap(), "abcdef");
        assert!(uploads.body("a", 7).is_err());
        assert!(uploads.begin("b", 2).unwrap().write(b"abc").is_err());
        let later = Clock::system().now() + SETTLED * 2;
        uploads.sweep(&HashSet::from(["a".to_owned()]), later);
        assert!(uploads.body("a", 6).is_ok());
        uploads.sweep(&HashSet::new(), Clock::system().now());
        assert!(uploads.body("a", 6).is_ok());
        uploads.sweep(&HashSet::new(), later);
        assert!(uploads.body("a", 6).is_err());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
