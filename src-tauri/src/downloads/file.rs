//! A download on its way to the disk: under a hidden name until all of it is there.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures::StreamExt;
use holdfast_engine::Body;
use tempfile::{Builder, NamedTempFile};
use tokio::sync::mpsc;

use super::name::numbered;

/// How many pieces wait for the disk.
const WAITING: usize = 4;
/// How many files of one name there may be.
const OF_ONE_NAME: u32 = 10_000;

/// A download that is no file.
#[derive(Debug)]
pub(super) enum WriteError {
    /// What was to come did not.
    BrokeOff(io::Error),
    /// The folder takes no such file.
    NotWritten(io::Error),
    /// Nobody wants it any more.
    Cancelled,
}

impl std::fmt::Display for WriteError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::BrokeOff(_) => "the download broke off",
            Self::NotWritten(_) => "the download cannot be written",
            Self::Cancelled => "the download is not wanted any more",
        })
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::BrokeOff(error) | Self::NotWritten(error) => Some(error),
            Self::Cancelled => None,
        }
    }
}

enum Piece {
    Bytes(Bytes),
    /// That was all.
    End,
}

/// Writes `body` into `folder` under `name`, or that with a number if it is taken; where that is.
///
/// Unless that is all of it, nothing is left when this ends.
pub(super) async fn write(
    folder: PathBuf,
    name: String,
    body: Body,
    came: impl FnMut(u64),
    cancelled: impl Future,
) -> Result<PathBuf, WriteError> {
    let (pieces, arriving) = mpsc::channel(WAITING);
    let writing = tauri::async_runtime::spawn_blocking(move || write_all(&folder, &name, arriving));
    let passed = tokio::select! {
        passed = pass_on(body, pieces, came) => passed,
        _ = cancelled => Err(WriteError::Cancelled),
    };
    let written = writing.await.map_err(|error| WriteError::NotWritten(io::Error::other(error)))?;
    passed.and(written.map_err(WriteError::NotWritten))
}

/// Hands over what comes, and the end.
async fn pass_on(
    body: Body,
    pieces: mpsc::Sender<Piece>,
    mut came: impl FnMut(u64),
) -> Result<(), WriteError> {
    let mut stream = body.into_stream();
    let mut bytes = 0;
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(WriteError::BrokeOff)?;
        bytes += piece.len() as u64;
        // Who writes no more says why.
        if pieces.send(Piece::Bytes(piece)).await.is_err() {
            return Ok(());
        }
        came(bytes);
    }
    let _ = pieces.send(Piece::End).await;
    Ok(())
}

fn write_all(
    folder: &Path,
    name: &str,
    mut arriving: mpsc::Receiver<Piece>,
) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let mut builder = Builder::new();
    builder.prefix(".holdfast-").suffix(".part");
    // As what a person saves, and not their secret.
    #[cfg(unix)]
    builder.permissions(<fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    loop {
        match arriving.blocking_recv() {
            Some(Piece::Bytes(bytes)) => file.write_all(&bytes)?,
            Some(Piece::End) => break,
            // It broke off, or nobody wants it any more: the file goes with this.
            None => return Err(io::ErrorKind::Interrupted.into()),
        }
    }
    file.as_file().sync_all()?;
    let path = put(file, folder, name)?;
    mark(&path);
    Ok(path)
}

/// Gives a file the first name that no other one has.
fn put(mut file: NamedTempFile, folder: &Path, name: &str) -> io::Result<PathBuf> {
    for number in 0..OF_ONE_NAME {
        let path = folder.join(numbered(name, number));
        // In one step with the question whether there is one.
        match file.persist_noclobber(&path) {
            Ok(_) => return Ok(path),
            Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => file = taken.file,
            Err(error) => return Err(error.error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Windows asks before it runs what is marked so.
#[cfg(windows)]
fn mark(path: &Path) {
    let mut stream = path.as_os_str().to_owned();
    stream.push(":Zone.Identifier");
    // Not every file system has room for it.
    if let Err(error) = fs::write(stream, "[ZoneTransfer]\r\nZoneId=3\r\n") {
        tracing::debug!(%error, "a download is not marked as one");
    }
}

#[cfg(not(windows))]
fn mark(_path: &Path) {}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream;

    fn stream(pieces: Vec<io::Result<Bytes>>) -> Body {
        Body::Stream(stream::iter(pieces).boxed())
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut names: Vec<_> =
            entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    async fn write_into(folder: &Path, body: Body) -> Result<PathBuf, WriteError> {
        let never = std::future::pending::<()>();
        write(folder.to_owned(), "a.txt".to_owned(), body, |_| {}, never).await
    }

    #[tokio::test]
    async fn nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        // The folder itself may not be there yet.
        let folder = folder.path().join("Downloads");
        for text in ["one", "two", "three"] {
            write_into(&folder, Body::from(text)).await.unwrap();
        }
        assert_eq!(names(&folder), ["a (1).txt", "a (2).txt", "a.txt"]);
        assert_eq!(fs::read_to_string(folder.join("a.txt")).unwrap(), "one");
        assert_eq!(fs::read_to_string(folder.join("a (2).txt")).unwrap(), "three");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_link_that_leads_elsewhere_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let target = elsewhere.path().join("target");
        std::os::unix::fs::symlink(&target, folder.path().join("a.txt")).unwrap();
        write_into(folder.path(), Body::from("one")).await.unwrap();
        assert!(!target.exists());
        assert_eq!(names(folder.path()), ["a (1).txt", "a.txt"]);
    }

    #[tokio::test]
    async fn what_breaks_off_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let cut = io::Error::from(io::ErrorKind::ConnectionReset);
        let body = stream(vec![Ok(Bytes::from_static(b"half")), Err(cut)]);
        let error = write_into(folder.path(), body).await.unwrap_err();
        assert!(matches!(error, WriteError::BrokeOff(_)), "{error:?}");
        assert!(names(folder.path()).is_empty());
    }

    #[tokio::test]
    async fn what_is_cancelled_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let pieces = stream::iter([Ok(Bytes::from_static(b"half"))]).chain(stream::pending());
        let (tell, told) = tokio::sync::oneshot::channel::<()>();
        let mut tell = Some(tell);
        // It is cancelled once half of it is there.
        let came = move |_| drop(tell.take());
        let body = Body::Stream(pieces.boxed());
        let written = write(folder.path().to_owned(), "a.txt".to_owned(), body, came, told).await;
        assert!(matches!(written, Err(WriteError::Cancelled)), "{written:?}");
        assert!(names(folder.path()).is_empty());
    }

    #[tokio::test]
    async fn a_folder_that_takes_nothing_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = write_into(&file, Body::from("one")).await.unwrap_err();
        assert!(matches!(error, WriteError::NotWritten(_)), "{error:?}");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_download_is_a_file_like_others() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let other = folder.path().join("other");
        fs::write(&other, "").unwrap();
        let path = write_into(folder.path(), Body::from("one")).await.unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&path), mode(&other));
    }
}
