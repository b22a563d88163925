//! Reading a bundle: each page in one transaction, once all of it has come.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::StatusCode;
use http::header::SET_COOKIE;
use rusqlite::Connection;
use url::Url;

use super::archive::{Next, Noted, OneEntry, Reading, broken};
use super::record::{End, Head, Item, Kind, Page, body_name, parsed, verified};
use super::spool::{Counted, Spool, Unkept};
use super::{Arrived, BundleError, NotAllArrived};
use crate::error::StoreError;
use crate::policy::{Partition, Variant};
use crate::saved::{Missing, Why};
use crate::store::blobs::{Blob, Written};
use crate::store::copies::{self, Shown};
use crate::store::queue::Queue;
use crate::store::responses::{self, Before, Content, Entry, headers_from_stored};
use crate::store::writer::Subject;
use crate::store::{INLINE, Store};
use crate::time::{from_unix_ms, to_unix_ms};

/// What is asked of a bundle.
pub(crate) struct Terms<'t> {
    /// The origin of the site.
    pub(crate) origin: &'t Url,
    /// The public keys of the devices that are trusted, in base64.
    pub(crate) trusted: &'t [String],
    /// Whether the profile says that the page at an address may be saved.
    pub(crate) may_be_saved: &'t dyn Fn(&Url) -> bool,
    pub(crate) now: SystemTime,
}

/// Takes over what is in a bundle and not here yet.
///
/// # Errors
///
/// Why not all of it. What had come whole by then stays.
pub(crate) fn unpack(
    store: &Store,
    (queue, directory): (&Queue, &Path),
    from: &Path,
    terms: &Terms<'_>,
) -> Result<Arrived, NotAllArrived> {
    let mut arrived = Arrived::default();
    let failed = |source| BundleError::File { action: "read", path: from.to_owned(), source };
    let spool = Spool::in_directory(directory).map_err(|source| BundleError::File {
        action: "write in",
        path: directory.to_owned(),
        source,
    });
    let is_at_end = Rc::new(Cell::new(false));
    let ended = spool.and_then(|spool| {
        let file = BufReader::new(File::open(from).map_err(failed)?);
        let mut archive = tar::Archive::new(Noted { from: file, is_at_end: is_at_end.clone() });
        let mut reading =
            Reading { entries: archive.entries().map_err(broken)?.raw(true), next: 0 };
        let head = reading.head(terms)?;
        let unpacking =
            Unpacking { store, queue, terms, head, spool: Arc::new(spool), arrived: &mut arrived };
        unpacking.run(&mut reading)
    });
    match ended {
        Ok(()) => Ok(arrived),
        // Nothing was left to be read, and something was missing.
        Err(BundleError::Unknown(_)) if is_at_end.get() => {
            Err(NotAllArrived { arrived: Box::new(arrived), error: BundleError::Cut })
        }
        Err(error) => Err(NotAllArrived { arrived: Box::new(arrived), error }),
    }
}

struct Unpacking<'u> {
    store: &'u Store,
    queue: &'u Queue,
    terms: &'u Terms<'u>,
    head: Head,
    spool: Arc<Spool>,
    arrived: &'u mut Arrived,
}

/// A page whose bodies are coming.
struct Coming {
    page: Page,
    /// The lengths of its bodies, by their hash.
    lengths: HashMap<String, u64>,
    /// Those that are neither here nor have come.
    lacking: HashSet<String>,
}

impl Unpacking<'_> {
    fn run(mut self, reading: &mut Reading<'_>) -> Result<(), BundleError> {
        let (mut coming, mut seen): (Option<Coming>, _) = (None, End { pages: 0, votes: 0 });
        loop {
            let (kind, name, signature, text) = match reading.next()? {
                Next::Record(kind, name, signature, text) => (kind, name, signature, text),
                Next::Body(hash, entry) => {
                    self.body(coming.as_mut(), &hash, *entry)?;
                    continue;
                }
            };
            verified((&self.head.key, &self.head.id, &name), &text, &signature)?;
            if let Some(coming) = coming.take() {
                self.conclude(coming)?;
            }
            match kind {
                Kind::Bundle => return Err(BundleError::Changed { part: name }),
                Kind::Page => {
                    seen.pages += 1;
                    coming = Some(self.begin(parsed(&name, &text)?)?);
                }
                Kind::Vote => {
                    seen.votes += 1;
                    let text = std::str::from_utf8(&text);
                    let text = text.map_err(|_| BundleError::Changed { part: name })?;
                    let imported = self.queue.import(text)?;
                    self.arrived.votes += imported.new as u64;
                    self.arrived.known_votes += imported.known as u64;
                }
                Kind::End => {
                    let end: End = parsed(&name, &text)?;
                    let is_all = end == seen;
                    return if is_all { Ok(()) } else { Err(BundleError::Changed { part: name }) };
                }
            }
        }
    }

    fn begin(&mut self, page: Page) -> Result<Coming, BundleError> {
        let mut lengths = HashMap::new();
        for item in &page.items {
            let before = lengths.insert(item.body.clone(), item.length);
            if before.is_some_and(|before| before != item.length) {
                return Err(BundleError::Changed { part: item.url.clone() });
            }
        }
        let mut lacking = HashSet::new();
        for (hash, length) in &lengths {
            if !self.spool.has(hash) && !self.is_stored(hash, *length)? {
                lacking.insert(hash.clone());
            }
        }
        Ok(Coming { page, lengths, lacking })
    }

    /// Whether a body lies in a file here; what lies in a row is written with each row.
    fn is_stored(&self, hash: &str, length: u64) -> Result<bool, BundleError> {
        if length <= INLINE as u64 {
            return Ok(false);
        }
        let inner = &self.store.inner;
        let is_named = inner.cache.read("find a body", |db| responses::is_named(db, hash))?;
        Ok(is_named && inner.blobs.open(hash).is_ok_and(|file| is_long(&file, length)))
    }

    fn body(
        &mut self,
        coming: Option<&mut Coming>,
        hash: &str,
        mut entry: OneEntry<'_>,
    ) -> Result<(), BundleError> {
        let part = || BundleError::Changed { part: body_name(hash) };
        let coming = coming.ok_or_else(part)?;
        let length = *coming.lengths.get(hash).ok_or_else(part)?;
        if entry.size() != length {
            return Err(part());
        }
        if !coming.lacking.remove(hash) {
            return Ok(());
        }
        let mut counted = Counted { from: &mut entry, count: 0 };
        match self.spool.keep((hash, length), &mut counted) {
            Ok(true) => Ok(()),
            Ok(false) if counted.count < length => Err(BundleError::Cut),
            Ok(false) => Err(part()),
            Err(Unkept::Reading(error)) => Err(broken(error)),
            Err(Unkept::Writing(error)) => Err(error.into()),
        }
    }

    /// All of a page is here: it is taken over, unless it is known or there is a newer one.
    fn conclude(&mut self, coming: Coming) -> Result<(), BundleError> {
        let Coming { page, lacking, .. } = coming;
        if let Some(hash) = lacking.iter().next() {
            return Err(BundleError::Changed { part: body_name(hash) });
        }
        let (path, url) = match Url::parse(&page.url) {
            Ok(url) => (url[url::Position::BeforePath..].to_owned(), url),
            Err(_) => return Err(BundleError::Changed { part: page.url }),
        };
        let is_of_site = |text: &str| {
            Url::parse(text).is_ok_and(|url| url.origin() == self.terms.origin.origin())
        };
        if !is_of_site(&page.url) || !page.items.iter().all(|item| is_of_site(&item.url)) {
            return Err(BundleError::OtherSite { origin: url.origin().ascii_serialization() });
        }
        if !(self.terms.may_be_saved)(&url) {
            self.arrived.left_out.push(Missing { path, why: Why::NotOnRoute });
            return Ok(());
        }
        let saved_at = from_unix_ms(page.saved_at_ms).min(self.terms.now);
        let wish = self.store.wishes()?;
        let wish = wish.iter().find(|wish| wish.url == page.url && wish.partition == "shared");
        if let Some(wish) = wish {
            let copies = self.store.copies()?;
            let shown = copies
                .iter()
                .find(|copy| copy.save == wish.key && copy.shown != Shown::Not && copy.items > 0);
            match shown {
                Some(copy) if copy.saved_at == saved_at => {
                    self.arrived.known += 1;
                    return Ok(());
                }
                // One that the person has chosen comes before anything newer.
                Some(copy) if copy.saved_at > saved_at || copy.shown == Shown::Held => {
                    self.arrived.older += 1;
                    return Ok(());
                }
                Some(_) | None => {}
            }
        }
        let bytes: u64 = page.items.iter().map(|item| item.length).sum();
        if bytes > self.store.room_to_keep()? {
            self.arrived.left_out.push(Missing { path, why: Why::Full });
            return Ok(());
        }
        self.store_page(&page, saved_at)
    }

    /// The wish first, as one that has failed, so that nothing is fetched for it: with the copy
    /// it has succeeded.
    fn store_page(&mut self, page: &Page, saved_at: SystemTime) -> Result<(), BundleError> {
        let inner = self.store.inner.clone();
        let headers = headers_from_stored(&decoded(&page.headers, &page.url)?);
        let about = (page.url.as_str(), page.title.as_str(), page.key.as_str());
        let save = self.store.adopt_wish(about, &headers, saved_at)?;
        let mut entries = Vec::new();
        let mut written: HashMap<String, Written> = HashMap::new();
        for item in &page.items {
            entries.push((entry(item)?, item.body.clone(), item.length));
            let is_new = item.length > INLINE as u64
                && !written.contains_key(&item.body)
                && !self.is_stored(&item.body, item.length)?;
            if is_new {
                written.insert(item.body.clone(), self.write_blob(item)?);
            }
        }
        let small: HashSet<&str> = (page.items.iter().filter(|item| item.length <= INLINE as u64))
            .map(|item| item.body.as_str())
            .collect();
        let new_bodies = (written.len() + small.len()) as u64;
        let (spool, missing, is_proven) =
            (self.spool.clone(), page.missing.clone(), page.is_proven);
        let (now_ms, in_closure) = (to_unix_ms(self.terms.now), inner.clone());
        let mut kept: HashSet<String> = HashSet::new();
        let write = move |db: &Connection| {
            let failed = |source| StoreError::Database { action: "take a page over", source };
            let copy = copies::begin_new(db, &save).map_err(failed)?;
            for (entry, hash, length) in &entries {
                let content = match written.get(hash) {
                    // A second run finds the file under its name.
                    Some(written) if kept.insert(hash.clone()) => {
                        Content::Blob(in_closure.blobs.keep(written)?)
                    }
                    _ if *length > INLINE as u64 => {
                        Content::Blob(Blob { hash: hash.clone(), length: *length })
                    }
                    _ => Content::Inline(small_body(&spool, hash)?.into()),
                };
                let place = (&Before::default(), entry);
                responses::replace(db, place, &content, (Some(copy), now_ms)).map_err(failed)?;
            }
            if !kept.is_empty() {
                in_closure.blobs.sync_names()?;
            }
            let this = (save.as_str(), copy);
            copies::complete(db, this, (&missing, is_proven), saved_at).map_err(failed)
        };
        let subject = Subject { bytes: page_bytes(page), ..Subject::small("take a page over") };
        let (is_new, unwanted) = inner.writer.write(subject, write)?;
        inner.cache.sync_log()?;
        inner.remove_installs(unwanted)?;
        self.store.wish_fulfilled(&page.url, saved_at)?;
        if is_new {
            self.arrived.pages += 1;
            self.arrived.bodies += new_bodies;
        } else {
            self.arrived.known += 1;
        }
        Ok(())
    }

    /// Writes a long body as those that are fetched are.
    fn write_blob(&self, item: &Item) -> Result<Written, BundleError> {
        let inner = &self.store.inner;
        // What is saved is bounded by the room for it alone.
        let bounds = inner.bounds(&item.route, Some(0));
        let mut writer = Some(inner.blobs.begin(bounds)?);
        let is_there = self.spool.read(&item.body, |piece| {
            let before = writer.take().ok_or(StoreError::Closing)?;
            writer = Some(before.write(piece)?);
            Ok::<_, BundleError>(())
        })?;
        match writer {
            Some(writer) if is_there => Ok(writer.finish()?),
            _ => Err(BundleError::Gone { part: item.url.clone() }),
        }
    }
}

/// A page that many may want is not waited for by many at once.
fn page_bytes(page: &Page) -> u64 {
    page.items.iter().map(|item| item.length).filter(|length| *length <= INLINE as u64).sum()
}

fn small_body(spool: &Spool, hash: &str) -> Result<Vec<u8>, StoreError> {
    let mut body = Vec::new();
    let read = spool.read(hash, |piece| {
        body.extend_from_slice(piece);
        Ok::<_, io::Error>(())
    });
    match read {
        Ok(true) => Ok(body),
        Ok(false) => Err(StoreError::IncompleteBody(io::ErrorKind::NotFound.into())),
        Err(error) => Err(StoreError::IncompleteBody(error)),
    }
}

fn entry(item: &Item) -> Result<Entry, BundleError> {
    let changed = || BundleError::Changed { part: item.url.clone() };
    let mut headers = headers_from_stored(&decoded(&item.headers, &item.url)?);
    // None is ever stored.
    headers.remove(SET_COOKIE);
    Ok(Entry {
        url: item.url.clone(),
        partition: Partition::Shared,
        variant: Variant::from_stored(item.variant.clone()),
        route: item.route.clone(),
        status: StatusCode::from_u16(item.status).map_err(|_| changed())?,
        headers,
        head_at: item.head_at,
        fetched_at: from_unix_ms(item.fetched_at_ms),
        digest: decoded(&item.digest, &item.url)?,
    })
}

fn decoded(text: &str, part: &str) -> Result<Vec<u8>, BundleError> {
    BASE64.decode(text).map_err(|_| BundleError::Changed { part: part.to_owned() })
}

fn is_long(file: &File, length: u64) -> bool {
    file.metadata().is_ok_and(|is| is.len() == length)
}
