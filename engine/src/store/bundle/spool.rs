//! The bodies that have come, until a page that names them is whole: in one file without a
//! name, which goes with the process, however that ends. On Windows it has a name, which the
//! system takes away with it, and nobody else can open it.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How much is read and written at once.
pub(super) const PIECE: usize = 64 << 10;

/// What a body was not kept for.
#[derive(Debug)]
pub(super) enum Unkept {
    /// It could not be read.
    Reading(io::Error),
    /// It could not be written.
    Writing(io::Error),
}

pub(super) struct Spool {
    kept: Mutex<Kept>,
}

struct Kept {
    file: File,
    end: u64,
    /// Where each begins, and how long it is, by its hash.
    places: HashMap<String, (u64, u64)>,
}

impl Spool {
    pub(super) fn in_directory(directory: &Path) -> io::Result<Self> {
        let file = tempfile::tempfile_in(directory)?;
        Ok(Self { kept: Mutex::new(Kept { file, end: 0, places: HashMap::new() }) })
    }

    pub(super) fn has(&self, hash: &str) -> bool {
        self.lock().places.contains_key(hash)
    }

    /// Keeps what comes out of `from`, if it is the body with this hash and length: whether
    /// it is.
    pub(super) fn keep(
        &self,
        (hash, length): (&str, u64),
        from: &mut impl Read,
    ) -> Result<bool, Unkept> {
        let mut kept = self.lock();
        let begin = kept.end;
        kept.file.seek(SeekFrom::Start(begin)).map_err(Unkept::Writing)?;
        let (mut hasher, mut written) = (blake3::Hasher::new(), 0);
        let mut piece = vec![0; PIECE];
        loop {
            let read = from.read(&mut piece).map_err(Unkept::Reading)?;
            let Some(read) = piece.get(..read).filter(|read| !read.is_empty()) else { break };
            kept.file.write_all(read).map_err(Unkept::Writing)?;
            hasher.update(read);
            written += read.len() as u64;
        }
        let is_it = written == length && hasher.finalize().to_hex().as_str() == hash;
        if is_it {
            kept.end += written;
            kept.places.insert(hash.to_owned(), (begin, length));
        }
        Ok(is_it)
    }

    /// Hands a body over piece by piece; whether it is there.
    pub(super) fn read<E: From<io::Error>>(
        &self,
        hash: &str,
        mut hand: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<bool, E> {
        let mut kept = self.lock();
        let Some((begin, mut left)) = kept.places.get(hash).copied() else { return Ok(false) };
        kept.file.seek(SeekFrom::Start(begin))?;
        let mut piece = vec![0; PIECE];
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            let part = piece.get_mut(..most).unwrap_or_default();
            kept.file.read_exact(part)?;
            hand(part)?;
            left -= most as u64;
        }
        Ok(true)
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How much has come.
pub(super) struct Counted<R> {
    pub(super) from: R,
    pub(super) count: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(piece)?;
        self.count += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_and_what_differs_is_not_kept() {
        let folder = tempfile::TempDir::new().unwrap();
        let spool = Spool::in_directory(folder.path()).unwrap();
        let bodies = [vec![1; 3 * PIECE + 7], Vec::new(), vec![2; 10]];
        let hash = |body: &[u8]| blake3::hash(body).to_hex().to_string();
        for body in &bodies {
            let of = hash(body);
            let length = body.len() as u64;
            assert!(!spool.keep((&of, length + 1), &mut &**body).unwrap());
            assert!(!spool.keep((&hash(b"another"), length), &mut &**body).unwrap());
            assert!(!spool.has(&of));
            assert!(spool.keep((&of, length), &mut &**body).unwrap());
        }
        for body in &bodies {
            let mut read = Vec::new();
            let hand = |piece: &[u8]| {
                read.extend_from_slice(piece);
                Ok::<_, io::Error>(())
            };
            assert!(spool.read(&hash(body), hand).unwrap());
            assert_eq!(read, *body);
        }
        assert!(!spool.read(&hash(b"another"), |_| Ok::<_, io::Error>(())).unwrap());
        let names = || std::fs::read_dir(folder.path()).unwrap().count();
        assert!(cfg!(windows) || names() == 0, "it has no name");
        drop(spool);
        assert_eq!(names(), 0, "it goes with who has it");
    }
}
