//! The entries of a bundle, one after the other, as they are read.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

use url::Url;

use super::BundleError;
use super::record::{FORMAT, Head, Kind, LONGEST, parsed, verified};
use super::unpacking::Terms;

/// A file that notes when more was asked of it than there is.
pub(super) struct Noted<R> {
    pub(super) from: R,
    pub(super) is_at_end: Rc<Cell<bool>>,
}

impl<R: Read> Read for Noted<R> {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(piece)?;
        self.is_at_end.set(read == 0 && !piece.is_empty());
        Ok(read)
    }
}

/// What is wrong with an archive that cannot be read on.
pub(super) fn broken(error: io::Error) -> BundleError {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        BundleError::Cut
    } else {
        BundleError::Unknown(error.to_string())
    }
}

pub(super) type Entries<'a> = tar::Entries<'a, Noted<BufReader<File>>>;
pub(super) type OneEntry<'a> = tar::Entry<'a, Noted<BufReader<File>>>;

/// The entries, one after the other.
pub(super) struct Reading<'a> {
    pub(super) entries: Entries<'a>,
    /// The number of the next record.
    pub(super) next: u64,
}

/// What comes next.
pub(super) enum Next<'a> {
    Record(Kind, String, Vec<u8>, Vec<u8>),
    Body(String, Box<OneEntry<'a>>),
}

impl<'a> Reading<'a> {
    fn entry(&mut self) -> Result<(String, OneEntry<'a>), BundleError> {
        // An archive that ends without saying so was cut.
        let entry = self.entries.next().ok_or(BundleError::Cut)?.map_err(broken)?;
        if entry.header().entry_type() != tar::EntryType::Regular {
            return Err(BundleError::Unknown("there is more in it than files".to_owned()));
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        Ok((name, entry))
    }

    pub(super) fn next(&mut self) -> Result<Next<'a>, BundleError> {
        let (name, entry) = self.entry()?;
        if let Some(hash) = name.strip_prefix("body-") {
            return Ok(Next::Body(hash.to_owned(), Box::new(entry)));
        }
        let unknown = || BundleError::Unknown(format!("there is {name:?} in it"));
        let name = name.strip_suffix(".sig").ok_or_else(unknown)?.to_owned();
        let kind = Kind::of(&name, self.next).ok_or_else(unknown)?;
        self.next += 1;
        let signature = read_whole(entry)?;
        let (text_name, entry) = self.entry()?;
        if text_name != format!("{name}.json") {
            return Err(BundleError::Changed { part: name });
        }
        Ok(Next::Record(kind, name, signature, read_whole(entry)?))
    }

    /// Whose it is, which is known before anything else of it counts.
    pub(super) fn head(&mut self, terms: &Terms<'_>) -> Result<Head, BundleError> {
        let Next::Record(Kind::Bundle, name, signature, text) = self.next()? else {
            return Err(BundleError::Unknown("it does not begin as one".to_owned()));
        };
        let head: Head = parsed(&name, &text)?;
        if head.holdfast_bundle > FORMAT {
            return Err(BundleError::Newer { found: head.holdfast_bundle, known: FORMAT });
        }
        verified((&head.key, &head.id, &name), &text, &signature)?;
        if !terms.trusted.contains(&head.key) {
            return Err(BundleError::Untrusted { key: head.key });
        }
        let is_of_site = Url::parse(&head.origin).is_ok_and(|url| url == *terms.origin);
        if is_of_site { Ok(head) } else { Err(BundleError::OtherSite { origin: head.origin }) }
    }
}

fn read_whole(entry: OneEntry<'_>) -> Result<Vec<u8>, BundleError> {
    let length = entry.size();
    if length > LONGEST {
        return Err(BundleError::Unknown(format!("a record of {length} bytes is in it")));
    }
    let mut whole = Vec::new();
    entry.take(length).read_to_end(&mut whole).map_err(broken)?;
    if whole.len() as u64 == length { Ok(whole) } else { Err(BundleError::Cut) }
}
