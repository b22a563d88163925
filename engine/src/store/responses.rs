//! The response table, and the blob table that goes with it.
//!
//! Plain functions on a connection, so that a caller decides what shares a transaction.

use std::collections::HashMap;
use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use rusqlite::{Connection, Row, named_params};

use super::blobs::{Blob, StoredBody};
use super::inventory::Browsed;
use crate::clients::Installed;
use crate::policy::{Partition, Variant};
use crate::time::{from_unix_ms, to_unix_ms};

/// A response to be stored, without its body.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) url: String,
    pub(crate) partition: Partition,
    pub(crate) variant: Variant,
    pub(crate) route: String,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) head_at: Option<usize>,
    pub(crate) fetched_at: SystemTime,
    /// Of the body without what differs each time.
    pub(crate) digest: Vec<u8>,
}

impl Entry {
    /// Whether a look-up by `request` would find it, own or shared.
    pub(crate) fn answers(&self, partition: &Partition, request: &HeaderMap) -> bool {
        let is_shown = self.partition == Partition::Shared || self.partition == *partition;
        is_shown && self.variant.matches(request)
    }
}

/// A body to be stored.
pub(crate) enum Content {
    Inline(Bytes),
    Blob(Blob),
}

/// A response that was stored.
#[derive(Debug)]
pub(crate) struct Stored {
    /// Its row, to be freshened.
    pub(crate) id: i64,
    /// Whether an unsafe request has made it doubtful since.
    pub(crate) is_invalid: bool,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) head_at: Option<usize>,
    pub(crate) fetched_at: SystemTime,
    pub(crate) body: StoredBody,
}

/// A row without its body.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) id: i64,
    pub(super) variant: Variant,
    /// Whether no other comes before it that answers other requests.
    pub(super) is_first: bool,
    pub(super) is_invalid: bool,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) head_at: Option<usize>,
    pub(super) fetched_at: SystemTime,
}

/// Where a row's body lies.
pub(super) enum Lies {
    InRow(Bytes),
    InBlob { hash: String, length: u64 },
}

/// What a row has, by its place: to find parameters and columns by name takes as long as to
/// find the row.
macro_rules! columns {
    ($rank:literal) => {
        concat!(
            "SELECT ",
            $rank,
            " + (install IS NOT NULL
                   AND EXISTS (SELECT 1 FROM install AS held
                                WHERE held.id = response.install AND held.is_shown = 2)),
                    fetched_at_ms, id, variant, route, install, status, is_invalid, head_at,
                    length, headers, blob, body
               FROM response
              WHERE url = ?1 AND "
        )
    };
}
macro_rules! rows {
    ($rank:literal, $condition:literal) => {
        concat!(
            columns!($rank),
            $condition,
            " AND (install IS NULL OR install = ?3
                   OR EXISTS (SELECT 1 FROM install AS shown
                               WHERE shown.id = response.install AND shown.is_shown > 0))"
        )
    };
}
/// A partition's own and the shared ones, each by its index, since `IN` sorts what it is
/// given, and without `ORDER BY`, since that sorts rows with their bodies.
///
/// Of what the person has saved, a copy that they have chosen comes before anything newer.
const LOOKUP: &str = concat!(
    rows!("1", "partition = ?2"),
    " UNION ALL ",
    rows!("1", "partition = 'shared' AND ?2 <> 'shared'")
);
/// What is in one install alone.
const LOOKUP_IN: &str = concat!(
    columns!("1"),
    "partition = ?2 AND install = ?3 UNION ALL ",
    columns!("1"),
    "partition = 'shared' AND ?2 <> 'shared' AND install = ?3"
);
/// What comes last.
const LOOKUP_BEFORE: &str = rows!("0", "partition = ?2");

/// The newest response for a URL that answers the request, own or shared; what the partition
/// was shown before it had anything comes last. Of what is installed it is only this one.
///
/// `is_expired` gets the id, route and time of a row that was not installed, and says
/// whether it is too old.
pub(super) fn lookup(
    db: &Connection,
    (url, partition, installed): (&str, &Partition, Installed),
    request: &HeaderMap,
    mut is_expired: impl FnMut(i64, &str, i64) -> bool,
) -> rusqlite::Result<Option<(Found, Lies)>> {
    // There are few: one for each variant, mostly one altogether.
    let (mut first, mut best) = (None, None);
    let mut look = |sql, partition: &Partition| {
        let mut statement = db.prepare_cached(sql)?;
        let mut rows = statement.query((url, &*partition.as_stored(), installed))?;
        while let Some(row) = rows.next()? {
            let place: (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            first = first.max(Some(place));
            let is_later = matches!(&best, Some((better, _)) if *better > place);
            let variant = Variant::from_stored(row.get(3)?);
            if is_later || !variant.matches(request) {
                continue;
            }
            let (_, fetched_at_ms, id) = place;
            let (route, install) = (row.get_ref(4)?.as_str()?, row.get::<_, Installed>(5)?);
            if install.is_none() && is_expired(id, route, fetched_at_ms) {
                continue;
            }
            best = Some((place, found(row, (fetched_at_ms, id), variant)?));
        }
        Ok::<_, rusqlite::Error>(best.is_some())
    };
    if !look(LOOKUP, partition)?
        && let Some(before) = partition.before()
    {
        look(LOOKUP_BEFORE, &before)?;
    }
    Ok(best.map(|(place, (found, lies))| {
        let is_first = first == Some(place);
        (Found { is_first, ..found }, lies)
    }))
}

/// The newest response of one install for a URL that answers the request, own or shared.
pub(super) fn lookup_in(
    db: &Connection,
    (url, partition, install): (&str, &Partition, i64),
    request: &HeaderMap,
) -> rusqlite::Result<Option<(Found, Lies)>> {
    let mut statement = db.prepare_cached(LOOKUP_IN)?;
    let mut rows = statement.query((url, &*partition.as_stored(), install))?;
    let mut best = None;
    while let Some(row) = rows.next()? {
        let place: (i64, i64) = (row.get(1)?, row.get(2)?);
        let is_later = matches!(&best, Some((better, _)) if *better > place);
        let variant = Variant::from_stored(row.get(3)?);
        if !is_later && variant.matches(request) {
            best = Some((place, found(row, place, variant)?));
        }
    }
    Ok(best.map(|(_, found)| found))
}

fn found(
    row: &Row<'_>,
    (fetched_at_ms, id): (i64, i64),
    variant: Variant,
) -> rusqlite::Result<(Found, Lies)> {
    let head_at: Option<i64> = row.get(8)?;
    let found = Found {
        id,
        variant,
        is_first: false,
        status: StatusCode::from_u16(row.get(6)?).unwrap_or(StatusCode::OK),
        is_invalid: row.get(7)?,
        head_at: head_at.and_then(|at| usize::try_from(at).ok()),
        headers: headers_from_stored(row.get_ref(10)?.as_blob()?),
        fetched_at: from_unix_ms(fetched_at_ms),
    };
    let lies = match row.get::<_, Option<String>>(11)? {
        Some(hash) => Lies::InBlob { hash, length: row.get::<_, i64>(9)?.unsigned_abs() },
        None => Lies::InRow(row.get::<_, Vec<u8>>(12)?.into()),
    };
    Ok((found, lies))
}

/// What a response takes the place of.
#[derive(Default)]
pub(super) struct Before {
    /// The row with the same key.
    id: Option<i64>,
    /// The digest of the response that was served until now: also of one that came with the
    /// install or that is everybody's.
    pub(super) digest: Option<Vec<u8>>,
}

/// What is there in place of `entry`. What is staged was not served.
pub(super) fn before(
    db: &Connection,
    entry: &Entry,
    install: Option<i64>,
) -> rusqlite::Result<Before> {
    const BEFORE: &str = "
        SELECT fetched_at_ms, id, digest, install IS ?4 FROM response
         WHERE url = ?1 AND partition = ?2 AND variant = ?3
           AND (install IS ?4
                OR ?4 IS NULL AND install = (SELECT id FROM install WHERE is_active = 1))
         UNION ALL
        SELECT fetched_at_ms, id, digest, 0 FROM response
         WHERE url = ?1 AND partition = 'shared' AND ?2 <> 'shared' AND variant = ?3
           AND (install IS ?4
                OR ?4 IS NULL AND install = (SELECT id FROM install WHERE is_active = 1))";
    let mut statement = db.prepare_cached(BEFORE)?;
    let key = (&entry.url, entry.partition.to_string(), entry.variant.as_str(), install);
    let mut rows = statement.query(key)?;
    // Four at most, too few to have them sorted.
    let (mut newest, mut own) = (None, None);
    while let Some(row) = rows.next()? {
        let found: (i64, i64, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if row.get(3)? {
            own = Some(found.1);
        }
        newest = newest.max(Some(found));
    }
    Ok(Before { id: own, digest: newest.map(|(_, _, digest)| digest) })
}

/// Stores a response in place of the one with the same key.
pub(super) fn replace(
    db: &Connection,
    (before, entry): (&Before, &Entry),
    content: &Content,
    (install, used_at_ms): (Option<i64>, i64),
) -> rusqlite::Result<()> {
    // Not `INSERT OR REPLACE`: that would not run the trigger that keeps the usage.
    if let Some(id) = before.id {
        db.prepare_cached("DELETE FROM response WHERE id = ?1")?.execute([id])?;
    }
    let (length, blob, body) = match content {
        Content::Inline(bytes) => (bytes.len() as u64, None, Some(&**bytes)),
        Content::Blob(blob) => (blob.length, Some(blob.hash.as_str()), None),
    };
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    if let Some(hash) = blob {
        let sql = "INSERT INTO blob (hash, length) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        db.prepare_cached(sql)?.execute((hash, length))?;
    }
    let sql = "INSERT INTO response (url, partition, variant, install, route, status, headers,
                                     head_at, fetched_at_ms, used_at_ms, length, digest, blob, body,
                                     kind)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
    db.prepare_cached(sql)?.execute((
        &entry.url,
        entry.partition.to_string(),
        entry.variant.as_str(),
        install,
        &entry.route,
        entry.status.as_u16(),
        headers_to_stored(&entry.headers),
        entry.head_at.and_then(|at| i64::try_from(at).ok()),
        to_unix_ms(entry.fetched_at),
        used_at_ms,
        length,
        &entry.digest,
        blob,
        body,
        Browsed::of(&entry.headers).as_str(),
    ))?;
    Ok(())
}

/// Takes over what a 304 says about a stored response, which is valid from then on.
pub(super) fn freshen(
    db: &Connection,
    id: i64,
    headers: &HeaderMap,
    fetched_at: SystemTime,
) -> rusqlite::Result<()> {
    let sql = "UPDATE response
                  SET headers = :headers, fetched_at_ms = :fetched_at_ms, is_invalid = 0
                WHERE id = :id";
    db.prepare_cached(sql)?.execute(named_params! {
        ":id": id,
        ":headers": headers_to_stored(headers),
        ":fetched_at_ms": to_unix_ms(fetched_at),
    })?;
    Ok(())
}

/// Makes every response for a URL doubtful.
pub(super) fn invalidate(db: &Connection, url: &str) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE response SET is_invalid = 1 WHERE url = :url")?
        .execute(named_params! { ":url": url })?;
    Ok(())
}

/// Makes one response doubtful.
pub(super) fn doubt(db: &Connection, id: i64) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE response SET is_invalid = 1 WHERE id = :id")?
        .execute(named_params! { ":id": id })?;
    Ok(())
}

/// Deletes everything that did not come with the install.
pub(super) fn delete_browsed(db: &Connection) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM response WHERE install IS NULL")?.execute([])?;
    Ok(())
}

/// Notes when rows were last used.
pub(super) fn note_uses(db: &Connection, uses: &HashMap<i64, SystemTime>) -> rusqlite::Result<()> {
    if uses.is_empty() {
        return Ok(());
    }
    let mut statement = db.prepare_cached("UPDATE response SET used_at_ms = ?2 WHERE id = ?1")?;
    for (id, used_at) in uses {
        statement.execute((id, to_unix_ms(*used_at)))?;
    }
    Ok(())
}

/// Deletes everything of one partition, which is not everybody's.
pub(super) fn delete_partition(db: &Connection, partition: &Partition) -> rusqlite::Result<()> {
    // As the index has it.
    let sql = "DELETE FROM response WHERE partition = :partition AND partition <> 'shared'";
    db.prepare_cached(sql)?.execute(named_params! { ":partition": partition.to_string() })?;
    Ok(())
}

/// Deletes everything that is not everybody's. Parts of a copy that was saved by nobody in
/// particular stay: it is whole or not at all.
pub(super) fn delete_private(db: &Connection) -> rusqlite::Result<()> {
    let sql = "DELETE FROM response
                WHERE partition <> 'shared' AND (install IS NULL OR partition LIKE 'session-%')";
    db.prepare_cached(sql)?.execute([])?;
    Ok(())
}

/// Deletes the responses with one blob.
pub(super) fn delete_with_blob(db: &Connection, hash: &str) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM response WHERE blob = :hash")?
        .execute(named_params! { ":hash": hash })?;
    Ok(())
}

/// The hash and length of each blob.
pub(super) fn blobs(db: &Connection) -> rusqlite::Result<HashMap<String, u64>> {
    db.prepare_cached("SELECT hash, length FROM blob")?
        .query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?
        .collect()
}

/// Takes the hashes of blobs that no response names any more; their files can go once
/// this is committed.
pub(super) fn take_unnamed_blobs(db: &Connection) -> rusqlite::Result<Vec<String>> {
    let sql = "DELETE FROM unnamed_blob RETURNING hash";
    let hashes: Vec<String> =
        db.prepare_cached(sql)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut unnamed = Vec::new();
    for hash in hashes {
        // It may have been stored again in the same transaction.
        if !is_named(db, &hash)? {
            unnamed.push(hash);
        }
    }
    Ok(unnamed)
}

/// Whether a response has this blob.
pub(super) fn is_named(db: &Connection, hash: &str) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM blob WHERE hash = :hash")?
        .exists(named_params! { ":hash": hash })
}

/// "name: value" lines, as in a message.
pub(super) fn headers_to_stored(headers: &HeaderMap) -> Vec<u8> {
    let mut stored = Vec::new();
    for (name, value) in headers {
        stored.extend_from_slice(name.as_str().as_bytes());
        stored.extend_from_slice(b": ");
        stored.extend_from_slice(value.as_bytes());
        stored.push(b'\n');
    }
    stored
}

pub(super) fn headers_from_stored(stored: &[u8]) -> HeaderMap {
    let lines = stored.iter().filter(|byte| **byte == b'\n').count();
    // And what each answer says anew.
    let mut headers = HeaderMap::with_capacity(lines + 3);
    // All values are parts of one copy.
    let stored = Bytes::copy_from_slice(stored);
    for line in stored.split(|byte| *byte == b'\n') {
        let Some(at) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = line.split_at(at);
        let value = stored.slice_ref(value.strip_prefix(b": ").unwrap_or_default());
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name), HeaderValue::from_maybe_shared(value))
        {
            headers.append(name, value);
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_headers_come_back_as_they_were() {
        let mut headers = HeaderMap::new();
        headers.append("link", HeaderValue::from_static("</a>; rel=x"));
        headers.append("link", HeaderValue::from_static("</b>: y"));
        headers.append("x-latin", HeaderValue::from_bytes(b"caf\xe9").unwrap());
        headers.append("x-empty", HeaderValue::from_static(""));
        assert_eq!(headers_from_stored(&headers_to_stored(&headers)), headers);
    }
}
