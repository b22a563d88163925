//! A body that is being written, for those who read it meanwhile.
//!
//! They read the file behind the one who writes it, each at their own pace: memory does not
//! grow with how far they are apart. The file is opened once and shared, so that it can be
//! read to its end after it has got its name, was evicted or was given up: an open file
//! outlives its name on Unix, and on Windows since the standard library opens files with
//! `FILE_SHARE_DELETE`, which lets them be renamed and deleted.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use tokio::sync::{Notify, watch};

use super::responses::Entry;
use crate::blocking::blocking;

/// How much is read at once: there may be many who do.
const PIECE: u64 = 64 << 10;

/// A response whose body is being written.
#[derive(Debug)]
pub(crate) struct Arriving {
    pub(crate) entry: Entry,
    /// The length of the whole body in bytes, if it was announced.
    pub(crate) length: Option<u64>,
    pub(crate) tail: Tail,
}

/// How much of a body is written.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Grown {
    pub(super) length: u64,
    pub(super) is_whole: bool,
}

/// A body that is being written. Clones read the same file.
#[derive(Debug, Clone)]
pub(crate) struct Tail {
    file: Arc<Mutex<File>>,
    grown: watch::Receiver<Grown>,
    company: Arc<Notify>,
}

impl Tail {
    pub(super) fn new(file: File, grown: watch::Receiver<Grown>) -> Self {
        Self { file: Arc::new(Mutex::new(file)), grown, company: Arc::default() }
    }

    /// The whole body, for one more who reads along.
    pub(crate) fn joined(&self) -> BoxStream<'static, io::Result<Bytes>> {
        self.company.notify_one();
        self.read_from(0)
    }

    /// Waits until somebody reads along.
    pub(crate) async fn company(&self) {
        self.company.notified().await;
    }

    /// The body from a position on; it ends in an error if it never becomes whole.
    pub(crate) fn read_from(&self, position: u64) -> BoxStream<'static, io::Result<Bytes>> {
        let pieces = stream::unfold(Some((self.clone(), position)), |reader| async {
            let (mut tail, position) = reader?;
            match tail.piece(position).await {
                Ok(None) => None,
                Ok(Some(piece)) => {
                    let next = position + piece.len() as u64;
                    Some((Ok(piece), Some((tail, next))))
                }
                Err(error) => Some((Err(error), None)),
            }
        });
        pieces.boxed()
    }

    /// What is written at a position; `None` at the end of the whole body.
    async fn piece(&mut self, position: u64) -> io::Result<Option<Bytes>> {
        let has_more = |grown: &Grown| grown.is_whole || grown.length > position;
        let Ok(grown) = self.grown.wait_for(has_more).await.map(|grown| *grown) else {
            return Err(io::Error::other("the body broke off or could not be stored"));
        };
        let length = grown.length.saturating_sub(position).min(PIECE);
        if length == 0 {
            return Ok(None);
        }
        let file = self.file.clone();
        let read = blocking(move || read(&file, position, length)).await;
        let piece = read.unwrap_or_else(|| Err(io::Error::other("the engine is shutting down")))?;
        // Somebody cut the file behind our back.
        if piece.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(Some(piece)) }
    }
}

fn read(file: &Mutex<File>, position: u64, length: u64) -> io::Result<Bytes> {
    let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
    file.seek(SeekFrom::Start(position))?;
    let mut piece = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    Read::by_ref(&mut *file).take(length).read_to_end(&mut piece)?;
    Ok(piece.into())
}
