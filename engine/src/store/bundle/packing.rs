//! Writing a bundle.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rusqlite::{Connection, OptionalExtension, Row, named_params};
use serde::Serialize;

use super::record::{End, FORMAT, Head, Item, Kind, Page, body_name, signed};
use super::{BundleError, Packed};
use crate::error::StoreError;
use crate::store::copies::{Copy, Shown};
use crate::store::exported::Signer;
use crate::store::keeping::Inner;
use crate::store::queue::Queue;
use crate::store::responses::headers_to_stored;
use crate::store::submission::SubmissionState;
use crate::store::wishes::Wish;
use crate::store::{Store, database};
use crate::time::to_unix_ms;

/// What is to be packed.
pub(crate) struct Order<'o> {
    /// The origin of the site, as text.
    pub(crate) origin: &'o str,
    /// Whether what was submitted goes along.
    pub(crate) votes: bool,
    pub(crate) now: SystemTime,
}

/// Writes what is saved for everybody, and what waits, into a new file.
///
/// What waits is handed over before it is in the file, so that it is never sent from two places;
/// where no file comes of it, it is taken back.
///
/// # Errors
///
/// Why there is no file.
pub(crate) fn pack(
    store: &Store,
    queue: &Queue,
    to: &Path,
    order: &Order<'_>,
) -> Result<Packed, BundleError> {
    let failed = |action| move |source| BundleError::File { action, path: to.to_owned(), source };
    let file = new_file(to).map_err(failed("make"))?;
    let mut handed_over = Vec::new();
    let packed = Packing::begin(queue, &file, order).and_then(|mut packing| {
        packing.pages(store)?;
        if order.votes {
            packing.votes(queue, &mut handed_over)?;
        }
        packing.end()
    });
    let written = packed.and_then(|packed| {
        file.sync_all().map_err(failed("write"))?;
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
        database::sync_folder(folder.unwrap_or(Path::new("."))).map_err(failed("write"))?;
        Ok(packed)
    });
    written.map_err(|error| {
        // A part of a file is of no use to anybody.
        let _ = std::fs::remove_file(to);
        for key in handed_over {
            if let Err(error) = queue.send(&key) {
                tracing::warn!(key, %error, "a submission stays handed over");
            }
        }
        named(error, to)
    })
}

/// Only for its owner: votes are secret.
fn new_file(path: &Path) -> io::Result<File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The error with the name of the file, where it is of the file that is written.
fn named(error: BundleError, to: &Path) -> BundleError {
    if let BundleError::File { action, path, source } = error {
        let path = if path.as_os_str().is_empty() { to.to_owned() } else { path };
        return BundleError::File { action, path, source };
    }
    error
}

/// What went wrong with the file that is being written, whose name is known above.
fn unwritten(source: io::Error) -> BundleError {
    BundleError::File { action: "write", path: Path::new("").to_owned(), source }
}

struct Packing<'f> {
    archive: tar::Builder<io::BufWriter<&'f File>>,
    id: String,
    signer: Signer,
    next: u64,
    mtime: u64,
    /// The hashes of the bodies that are in it.
    bodies: HashSet<String>,
    packed: Packed,
}

impl<'f> Packing<'f> {
    fn begin(queue: &Queue, file: &'f File, order: &Order<'_>) -> Result<Self, BundleError> {
        let signer = queue.signer()?;
        let created_at_ms = to_unix_ms(order.now);
        let head = Head {
            holdfast_bundle: FORMAT,
            id: uuid::Uuid::new_v4().to_string(),
            origin: order.origin.to_owned(),
            created_at_ms,
            key: signer.public_key(),
        };
        let mut packing = Self {
            archive: tar::Builder::new(io::BufWriter::new(file)),
            id: head.id.clone(),
            signer,
            next: 0,
            mtime: created_at_ms.unsigned_abs() / 1000,
            bodies: HashSet::new(),
            packed: Packed { key: head.key.clone(), ..Packed::default() },
        };
        packing.record(Kind::Bundle, &json(&head)?)?;
        Ok(packing)
    }

    fn record(&mut self, kind: Kind, text: &[u8]) -> Result<(), BundleError> {
        let name = kind.name(self.next);
        self.next += 1;
        let signature = self.signer.sign(&signed(&self.id, &name, text));
        self.entry(&format!("{name}.sig"), signature.len() as u64, &*signature)?;
        self.entry(&format!("{name}.json"), text.len() as u64, text)
    }

    fn entry(&mut self, name: &str, length: u64, from: impl Read) -> Result<(), BundleError> {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_size(length);
        header.set_mode(0o600);
        header.set_mtime(self.mtime);
        // One that has become shorter would shift all that follows.
        let mut exact = Exact { from: from.take(length), left: length };
        self.archive.append_data(&mut header, name, &mut exact).map_err(unwritten)
    }

    /// Every page that is everybody's, the oldest wish first.
    fn pages(&mut self, store: &Store) -> Result<(), BundleError> {
        let (mut wishes, copies) = (store.wishes()?, store.copies()?);
        wishes.reverse();
        for wish in wishes {
            let shown = copies
                .iter()
                .find(|copy| copy.save == wish.key && copy.shown != Shown::Not && copy.items > 0);
            match shown {
                Some(copy) if wish.partition == "shared" => self.page(store, &wish, copy)?,
                Some(_) => self.packed.private += 1,
                None => {}
            }
        }
        Ok(())
    }

    /// As it is at one moment, whoever changes or removes it meanwhile.
    fn page(&mut self, store: &Store, wish: &Wish, copy: &Copy) -> Result<(), BundleError> {
        let inner = &store.inner;
        inner.cache.read("read a copy", |db| {
            let snapshot = db.unchecked_transaction()?;
            let (items, private) = items(&snapshot, copy.id)?;
            let page = Page {
                key: wish.key.clone(),
                url: wish.url.clone(),
                title: wish.title.clone(),
                headers: BASE64.encode(headers_to_stored(&wish.headers)),
                saved_at_ms: to_unix_ms(copy.saved_at),
                missing: copy.missing.clone(),
                // Nobody has seen it without what is left out.
                is_proven: copy.is_proven && private == 0,
                items: items.iter().map(|(_, item)| item.clone()).collect(),
            };
            Ok(json(&page).and_then(|text| {
                self.record(Kind::Page, &text)?;
                self.packed.pages += 1;
                items.iter().try_for_each(|(id, item)| self.body((inner, &snapshot), *id, item))
            }))
        })?
    }

    fn body(
        &mut self,
        (inner, db): (&Inner, &Connection),
        id: i64,
        item: &Item,
    ) -> Result<(), BundleError> {
        if !self.bodies.insert(item.body.clone()) {
            return Ok(());
        }
        let gone = || BundleError::Gone { part: item.url.clone() };
        let sql = "SELECT body FROM response WHERE id = :id";
        let in_row: Option<Option<Vec<u8>>> = db
            .prepare_cached(sql)
            .and_then(|mut sql| {
                sql.query_row(named_params! { ":id": id }, |row| row.get(0)).optional()
            })
            .map_err(|source| StoreError::Database { action: "read a copy", source })?;
        let name = body_name(&item.body);
        match in_row {
            None => return Err(gone()),
            Some(Some(body)) => self.entry(&name, item.length, &*body)?,
            Some(None) => {
                let file = inner.blobs.open(&item.body).map_err(|_| gone())?;
                self.entry(&name, item.length, file)?;
            }
        }
        self.packed.bodies += 1;
        Ok(())
    }

    /// What waits and is not being sent, in the order it was submitted.
    fn votes(&mut self, queue: &Queue, handed_over: &mut Vec<String>) -> Result<(), BundleError> {
        for waiting in queue.list()? {
            match waiting.state {
                SubmissionState::Queued
                | SubmissionState::NeedsSignIn
                | SubmissionState::Expired => {}
                // What the site has answered is the person's to decide about, and what was handed
                // over is in another file.
                SubmissionState::Sending
                | SubmissionState::Refused
                | SubmissionState::Changed
                | SubmissionState::Uncertain
                | SubmissionState::HandedOver => continue,
            }
            let text = match queue.export(std::slice::from_ref(&waiting.key)) {
                Ok(text) => text,
                // Its turn has come meanwhile.
                Err(crate::store::QueueError::NotNow { .. }) => continue,
                Err(error) => return Err(error.into()),
            };
            handed_over.push(waiting.key);
            self.record(Kind::Vote, text.as_bytes())?;
            self.packed.votes += 1;
        }
        Ok(())
    }

    fn end(mut self) -> Result<Packed, BundleError> {
        let end = End { pages: self.packed.pages, votes: self.packed.votes };
        self.record(Kind::End, &json(&end)?)?;
        let mut written = self.archive.into_inner().map_err(unwritten)?;
        written.flush().map_err(unwritten)?;
        Ok(self.packed)
    }
}

/// So many bytes, or an error.
struct Exact<R> {
    from: io::Take<R>,
    left: u64,
}

impl<R: Read> Read for Exact<R> {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(piece)?;
        if read == 0 && self.left > 0 && !piece.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= read as u64;
        Ok(read)
    }
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, BundleError> {
    serde_json::to_vec(value).map_err(|error| unwritten(error.into()))
}

/// What a copy has for everybody, each with its row, and how much it has for somebody.
fn items(db: &Connection, copy: i64) -> rusqlite::Result<(Vec<(i64, Item)>, u64)> {
    let sql = "SELECT id, url, variant, route, status, headers, head_at, fetched_at_ms, length,
                      digest, blob, body
                 FROM response WHERE install = :copy AND partition = 'shared' ORDER BY id";
    let items = db
        .prepare_cached(sql)?
        .query_map(named_params! { ":copy": copy }, |row| Ok((row.get("id")?, item(row)?)))?
        .collect::<Result<_, _>>()?;
    let sql = "SELECT COUNT(*) FROM response WHERE install = :copy AND partition <> 'shared'";
    let private: i64 =
        db.prepare_cached(sql)?.query_row(named_params! { ":copy": copy }, |row| row.get(0))?;
    Ok((items, private.unsigned_abs()))
}

fn item(row: &Row<'_>) -> rusqlite::Result<Item> {
    let head_at: Option<i64> = row.get("head_at")?;
    let body = match row.get::<_, Option<String>>("blob")? {
        Some(hash) => hash,
        None => blake3::hash(row.get_ref("body")?.as_blob()?).to_hex().to_string(),
    };
    Ok(Item {
        url: row.get("url")?,
        variant: row.get("variant")?,
        route: row.get("route")?,
        status: row.get("status")?,
        headers: BASE64.encode(row.get_ref("headers")?.as_blob()?),
        head_at: head_at.and_then(|at| usize::try_from(at).ok()),
        fetched_at_ms: row.get("fetched_at_ms")?,
        digest: BASE64.encode(row.get_ref("digest")?.as_blob()?),
        body,
        length: row.get::<_, i64>("length")?.unsigned_abs(),
    })
}
