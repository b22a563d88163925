//! Bodies too large for a row, as files named by the hash of their content.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures::stream::{self, StreamExt};
use tokio::sync::watch;

use super::database::{create_folder, restrict, sync_folder};
use super::responses::{Found, Lies, Stored};
use super::sender::Sender;
use super::tail::{Grown, Tail};
use crate::body::Body;
use crate::error::{OpenError, StoreError};

/// Files up to this many bytes are read at once: as many as are held in memory anyway when
/// they come from the network.
const WHOLE: u64 = 1 << 20;
/// How much of a longer one is read at once.
const PIECE: usize = 64 << 10;

/// The folder of the blobs: `<first two digits>/<hash>`, and `arriving/` for what is not
/// whole yet.
pub(super) struct Blobs {
    directory: PathBuf,
    arriving: PathBuf,
    /// This process, as the names of what it writes begin.
    writer: String,
    /// The number of the next.
    next: AtomicU64,
}

/// A blob that a row may name.
pub(crate) struct Blob {
    pub(super) hash: String,
    pub(super) length: u64,
}

/// A stored body.
#[derive(Debug)]
pub(crate) enum StoredBody {
    Inline(Bytes),
    /// A file whose length is right; open, so that it can be read to its end even when it
    /// is replaced meanwhile.
    File {
        file: File,
        length: u64,
    },
}

/// What a body is written within.
pub(super) struct Bounds {
    /// Says whether a body of so many bytes may be stored.
    pub(super) check: Box<dyn Fn(u64) -> Result<(), StoreError> + Send>,
    /// Makes room on a full disk for so many bytes.
    pub(super) make_room: Box<dyn Fn(u64) -> Result<(), StoreError> + Send>,
}

/// A body being written; dropped, it leaves nothing.
pub(crate) struct BlobWriter {
    file: File,
    path: PathBuf,
    hasher: blake3::Hasher,
    length: u64,
    /// For those who read along; gone before the body is whole, it says that it never will be.
    grown: watch::Sender<Grown>,
    bounds: Bounds,
    is_finished: bool,
}

/// A whole body on the disk, not yet under its name; dropped, it leaves nothing.
pub(crate) struct Written {
    path: PathBuf,
    hash: blake3::Hash,
    length: u64,
}

impl Blobs {
    /// Those in a folder, which are written by `sender`.
    pub(super) fn in_directory(directory: &Path, sender: &Sender) -> Result<Self, OpenError> {
        let arriving = directory.join("arriving");
        let prepare = || {
            create_folder(directory)?;
            fs::create_dir_all(&arriving)?;
            // What a crash left unfinished is of no use; what another program is receiving is.
            // Windows may keep what somebody still reads, which goes once nobody does.
            for left in fs::read_dir(&arriving)? {
                let left = left?;
                let name = left.file_name().to_string_lossy().into_owned();
                let writer = name.rsplit_once('-').map_or("", |(writer, _)| writer);
                if sender.has_ended(writer) {
                    remove_file(&left.path());
                }
            }
            restrict(directory, 0o700)
        };
        prepare().map_err(|source| OpenError::Directory { path: directory.to_owned(), source })?;
        let writer = sender.name.clone();
        Ok(Self { directory: directory.to_owned(), arriving, writer, next: AtomicU64::new(0) })
    }

    fn path(&self, hash: &str) -> PathBuf {
        self.directory.join(hash.get(..2).unwrap_or_default()).join(hash)
    }

    /// Begins a file for a body.
    pub(super) fn begin(&self, bounds: Bounds) -> Result<BlobWriter, StoreError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let path = self.arriving.join(format!("{}-{number}", self.writer));
        let create = || {
            let file = OpenOptions::new().write(true).create(true).truncate(true).open(&path)?;
            restrict(&path, 0o600)?;
            Ok(file)
        };
        let file = create().map_err(|source| StoreError::File {
            action: "create",
            path: path.clone(),
            source,
        })?;
        let (hasher, grown) = (blake3::Hasher::new(), watch::Sender::default());
        Ok(BlobWriter { file, path, hasher, length: 0, grown, bounds, is_finished: false })
    }

    /// Gives a whole body its name.
    pub(super) fn keep(&self, written: &Written) -> Result<Blob, StoreError> {
        let hash = written.name();
        let path = self.path(&hash);
        let rename = || {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::rename(&written.path, &path)
        };
        rename().map_err(|source| StoreError::File {
            action: "store",
            path: path.clone(),
            source,
        })?;
        Ok(Blob { hash, length: written.length })
    }

    /// The file with this name.
    ///
    /// # Errors
    ///
    /// What the file system reports.
    pub(super) fn open(&self, hash: &str) -> io::Result<File> {
        File::open(self.path(hash))
    }

    /// Has the names of all files reach the disk, as their bytes have when they get them.
    pub(super) fn sync_names(&self) -> Result<(), StoreError> {
        let sync = || {
            for folder in fs::read_dir(&self.directory)? {
                sync_folder(&folder?.path())?;
            }
            sync_folder(&self.directory)
        };
        sync().map_err(|source| StoreError::File {
            action: "sync",
            path: self.directory.clone(),
            source,
        })
    }

    /// Removes a file that no row names. One that cannot be removed now is swept later.
    pub(super) fn remove(&self, hash: &str) {
        remove_file(&self.path(hash));
    }

    /// The response of a row with its body; `None` if its file is gone or was cut.
    pub(super) fn load(&self, row: Found, lies: Lies) -> Option<Stored> {
        let body = match lies {
            Lies::InRow(bytes) => StoredBody::Inline(bytes),
            Lies::InBlob { hash, length } => {
                let path = self.path(&hash);
                let file = File::open(&path).ok();
                let whole = file.filter(|file| file.metadata().is_ok_and(|is| is.len() == length));
                let Some(file) = whole else {
                    tracing::warn!(path = %path.display(), "a stored body is missing or cut");
                    return None;
                };
                StoredBody::File { file, length }
            }
        };
        let Found { id, is_invalid, status, headers, head_at, fetched_at, .. } = row;
        Some(Stored { id, is_invalid, status, headers, head_at, fetched_at, body })
    }

    /// Removes files that are not among `known`; returns those of `known` without a file
    /// of the right length.
    pub(super) fn sweep(&self, known: &HashMap<String, u64>) -> Result<Vec<String>, StoreError> {
        let failed =
            |source| StoreError::File { action: "list", path: self.directory.clone(), source };
        let mut present = HashMap::new();
        for folder in fs::read_dir(&self.directory).map_err(failed)? {
            let folder = folder.map_err(failed)?.path();
            if folder == self.arriving || !folder.is_dir() {
                continue;
            }
            for file in fs::read_dir(&folder).map_err(failed)? {
                let file = file.map_err(failed)?;
                let hash = file.file_name().to_string_lossy().into_owned();
                let length = file.metadata().map_err(failed)?.len();
                if known.contains_key(&hash) {
                    present.insert(hash, length);
                } else {
                    remove_file(&file.path());
                }
            }
        }
        let missing = known.iter().filter(|(hash, length)| present.get(*hash) != Some(*length));
        Ok(missing.map(|(hash, _)| hash.clone()).collect())
    }
}

fn remove_file(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        tracing::debug!(path = %path.display(), %error, "a blob stays behind");
    }
}

impl StoredBody {
    /// The length in bytes.
    pub(crate) fn length(&self) -> u64 {
        match self {
            Self::Inline(bytes) => bytes.len() as u64,
            Self::File { length, .. } => *length,
        }
    }

    /// The body as it is served.
    pub(crate) fn into_body(self) -> Body {
        match self {
            Self::Inline(bytes) => Body::Bytes(bytes),
            // Where it is asked for, like everything that is looked up: to hand each piece to
            // another thread takes longer than to read it.
            Self::File { file, length } if length <= WHOLE => {
                Body::Stream(stream::once(async move { whole(file, length) }).boxed())
            }
            Self::File { file, .. } => {
                Body::Stream(stream::iter(std::iter::from_fn(move || piece(&file))).boxed())
            }
        }
    }
}

/// All of a file.
fn whole(mut file: File, length: u64) -> io::Result<Bytes> {
    let mut whole = Vec::new();
    // It asks for the length first, and for all at once.
    file.read_to_end(&mut whole)?;
    if whole.len() as u64 == length {
        Ok(whole.into())
    } else {
        Err(ErrorKind::UnexpectedEof.into())
    }
}

/// The next piece of a file, if it is not at its end.
fn piece(mut file: &File) -> Option<io::Result<Bytes>> {
    let mut piece = vec![0; PIECE];
    match file.read(&mut piece) {
        Ok(0) => None,
        Ok(length) => {
            piece.truncate(length);
            Some(Ok(piece.into()))
        }
        Err(error) => Some(Err(error)),
    }
}

impl BlobWriter {
    /// The body for those who read it while it is written.
    ///
    /// # Errors
    ///
    /// What the file system reports.
    pub(crate) fn tail(&self) -> Result<Tail, StoreError> {
        let file = File::open(&self.path).map_err(|source| StoreError::File {
            action: "read",
            path: self.path.clone(),
            source,
        })?;
        Ok(Tail::new(file, self.grown.subscribe()))
    }

    /// Appends a piece. On a full disk other bodies make room for it once.
    ///
    /// # Errors
    ///
    /// What the file system reports, or that the body is larger than may be stored;
    /// nothing of the body is kept then.
    pub(crate) fn write(mut self, piece: &[u8]) -> Result<Self, StoreError> {
        let length = self.length + piece.len() as u64;
        (self.bounds.check)(length)?;
        match self.append(piece) {
            Err(error) if error.is_disk_full() => {
                (self.bounds.make_room)(length)?;
                self.append(piece)?;
            }
            appended => appended?,
        }
        self.hasher.update(piece);
        self.length = length;
        self.grown.send_replace(Grown { length, is_whole: false });
        Ok(self)
    }

    /// Writes a piece behind what is there, in place of a part of it that may be there.
    fn append(&mut self, piece: &[u8]) -> Result<(), StoreError> {
        let written = self.file.seek(SeekFrom::Start(self.length));
        written.and_then(|_| self.file.write_all(piece)).map_err(|source| StoreError::File {
            action: "write",
            path: self.path.clone(),
            source,
        })
    }

    /// Ends the body; its bytes have reached the disk when this returns.
    ///
    /// # Errors
    ///
    /// What the file system reports; nothing of the body is kept then.
    pub(crate) fn finish(mut self) -> Result<Written, StoreError> {
        // It can be read before it is safe.
        self.grown.send_replace(Grown { length: self.length, is_whole: true });
        self.file.sync_data().map_err(|source| StoreError::File {
            action: "write",
            path: self.path.clone(),
            source,
        })?;
        self.is_finished = true;
        let (hash, length) = (self.hasher.finalize(), self.length);
        Ok(Written { path: std::mem::take(&mut self.path), hash, length })
    }
}

impl Drop for BlobWriter {
    fn drop(&mut self) {
        if !self.is_finished {
            // Best effort: the next start empties the folder.
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        // One that was kept has another name by now.
        let _ = fs::remove_file(&self.path);
    }
}

impl Written {
    /// The length of the body in bytes.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// The name that the body gets.
    pub(super) fn name(&self) -> String {
        self.hash.to_hex().to_string()
    }

    /// The hash of the body.
    pub(crate) fn digest(&self) -> Vec<u8> {
        self.hash.as_bytes().to_vec()
    }
}
