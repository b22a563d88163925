//! What is stored for somebody in particular on a device that the next person uses: sealed with
//! a key that is in memory alone. With the key it is gone, also if the power fails.
//!
//! ```text
//! url       ─▶ sealed:HASH   keyed, so that it is found and says nothing
//! headers   ─▶ holdfast-sealed: NONCE, AES-256-GCM     both bound to the row's key and to
//! body      ─▶ NONCE, AES-256-GCM                      what they are
//! digest    ─▶ HASH          keyed
//! ```
//!
//! Nothing else of such a row says what it is: its route, status, times and length, and whose it
//! is as a hash of the session. A body lies in its row, so no file has any of it: one that is too
//! long to be at hand is shown and not stored. What everybody is shown is stored as ever, and
//! what was submitted is not under this key, since it has to outlive it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use rusqlite::{Connection, OptionalExtension, named_params};
use zeroize::Zeroizing;

use super::responses::{Entry, Stored, headers_from_stored, headers_to_stored};
use super::{Store, StoredBody, cookies};
use crate::error::StoreError;
use crate::policy::Partition;

const HEADER: HeaderName = HeaderName::from_static("holdfast-sealed");
const URL: &str = "sealed:";

/// The key of who uses the device now.
pub(super) struct Shredding {
    /// Without random numbers there is none, and nothing of anybody is stored.
    key: Mutex<Option<Arc<Key>>>,
}

struct Key {
    bodies: RandomizedNonceKey,
    /// What names are hashed with.
    names: Zeroizing<[u8; blake3::KEY_LEN]>,
}

impl Key {
    fn new() -> Option<Self> {
        let random = SystemRandom::new();
        let (mut sealing, mut names) = (Zeroizing::new([0_u8; 32]), Zeroizing::new([0_u8; 32]));
        random.fill(&mut *sealing).ok()?;
        random.fill(&mut *names).ok()?;
        let bodies = RandomizedNonceKey::new(&AES_256_GCM, &*sealing).ok()?;
        Some(Self { bodies, names })
    }

    fn hash(&self, of: &[u8]) -> blake3::Hash {
        blake3::keyed_hash(&self.names, of)
    }

    fn url(&self, url: &str) -> String {
        format!("{URL}{}", self.hash(url.as_bytes()).to_hex())
    }

    fn seal(&self, bound_to: &str, content: &[u8]) -> Option<Vec<u8>> {
        let mut sealed = content.to_vec();
        let aad = Aad::from(bound_to.as_bytes());
        let nonce = self.bodies.seal_in_place_append_tag(aad, &mut sealed).ok()?;
        Some([nonce.as_ref().as_slice(), &sealed].concat())
    }

    fn open(&self, bound_to: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, content) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut content = content.to_vec();
        let aad = Aad::from(bound_to.as_bytes());
        let length = self.bodies.open_in_place(nonce, aad, &mut content).ok()?.len();
        content.truncate(length);
        Some(content)
    }

    fn headers(&self, of: &str, headers: &HeaderMap) -> Option<HeaderMap> {
        let sealed = self.seal(&format!("{of} headers"), &headers_to_stored(headers))?;
        let value = HeaderValue::try_from(BASE64.encode(sealed)).ok()?;
        Some(HeaderMap::from_iter([(HEADER, value)]))
    }
}

/// What a row's contents are bound to.
fn row(url: &str, partition: &str) -> String {
    format!("{url} {partition}")
}

impl Shredding {
    pub(super) fn begin() -> Self {
        Self { key: Mutex::new(Key::new().map(Arc::new)) }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Key>>> {
        self.key.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn key(&self) -> Option<Arc<Key>> {
        self.lock().clone()
    }

    /// The address that what is somebody's is stored under.
    pub(super) fn url(&self, url: &str) -> Option<String> {
        Some(self.key()?.url(url))
    }

    /// A response of somebody as it is stored.
    ///
    /// # Errors
    ///
    /// That it cannot be sealed: it is not stored then.
    pub(super) fn seal(&self, entry: Entry, body: &Bytes) -> Result<(Entry, Bytes), StoreError> {
        let key = self.key().ok_or(StoreError::NotSealed)?;
        let url = key.url(&entry.url);
        let of = row(&url, &entry.partition.to_string());
        let headers = key.headers(&of, &entry.headers).ok_or(StoreError::NotSealed)?;
        let body = key.seal(&format!("{of} body"), body).ok_or(StoreError::NotSealed)?;
        if !entry.variant.says_little() {
            return Err(StoreError::NotSealed);
        }
        let digest = key.hash(&entry.digest).as_bytes().to_vec();
        Ok((Entry { url, headers, digest, ..entry }, body.into()))
    }

    /// A response that was found for `partition` under a sealed address; `None` if the key was
    /// another one.
    pub(super) fn open(
        &self,
        (url, partition): (&str, &Partition),
        stored: Stored,
    ) -> Option<Stored> {
        let key = self.key()?;
        let of = row(url, &partition.to_string());
        let sealed = BASE64.decode(stored.headers.get(HEADER)?.as_bytes()).ok()?;
        let headers = headers_from_stored(&key.open(&format!("{of} headers"), &sealed)?);
        let StoredBody::Inline(body) = &stored.body else { return None };
        let body = key.open(&format!("{of} body"), body)?;
        Some(Stored { headers, body: StoredBody::Inline(body.into()), ..stored })
    }

    /// What a 304 says about a row, as it is stored; nothing if the row is not sealed.
    fn refreshed(&self, (url, partition): (&str, &str), headers: &HeaderMap) -> Option<HeaderMap> {
        url.starts_with(URL).then(|| self.key()?.headers(&row(url, partition), headers))?
    }
}

/// Deletes what is sealed, with whatever key, and what is somebody's from before.
fn shred(db: &Connection) -> rusqlite::Result<()> {
    let sql = "DELETE FROM response WHERE partition <> 'shared' AND install IS NULL";
    db.prepare_cached(sql)?.execute([])?;
    let sql = "DELETE FROM response WHERE url >= 'sealed:' AND url < 'sealed;'";
    db.prepare_cached(sql)?.execute([])?;
    Ok(())
}

impl Store {
    /// Whether what is somebody's is sealed.
    pub(crate) fn shreds(&self) -> bool {
        self.inner.shredding.is_some()
    }

    /// Begins with nothing of anybody: what is left of who was here when the power failed cannot
    /// be read any more, and goes.
    pub(super) fn begin_shredding(&self) -> Result<(), StoreError> {
        if self.shreds() {
            self.inner.state.write("forget who was here", |db| {
                cookies::replace(db, &[])?;
                db.prepare_cached("DELETE FROM person")?.execute([])
            })?;
            let subject = super::Subject::small("shred what was somebody's");
            self.inner.write_cache(subject, shred)?;
        }
        Ok(())
    }

    /// Somebody else uses the device from now on: the key of who did goes, and what was sealed
    /// with it.
    ///
    /// # Errors
    ///
    /// What the database reports; nobody can read it any more all the same.
    pub(crate) async fn shred(&self) -> Result<(), StoreError> {
        let Some(shredding) = &self.inner.shredding else { return Ok(()) };
        *shredding.lock() = Key::new().map(Arc::new);
        self.write_cache("shred what was somebody's", shred).await
    }

    /// Headers as they are stored in a row.
    pub(super) fn sealed_headers(
        &self,
        id: i64,
        headers: HeaderMap,
    ) -> Result<HeaderMap, StoreError> {
        let Some(shredding) = &self.inner.shredding else { return Ok(headers) };
        let sql = "SELECT url, partition FROM response WHERE id = :id";
        let found: Option<(String, String)> = self.inner.cache.read("find a response", |db| {
            db.prepare_cached(sql)?
                .query_row(named_params! { ":id": id }, |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
        })?;
        match found {
            Some((url, partition)) if url.starts_with(URL) => {
                shredding.refreshed((&url, &partition), &headers).ok_or(StoreError::NotSealed)
            }
            Some(_) | None => Ok(headers),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use http::StatusCode;

    use super::*;
    use crate::policy::{Variant, Visitor};

    fn entry() -> Entry {
        Entry {
            url: "https://example.org/mine".to_owned(),
            partition: Partition::Of(Visitor::of_session(Some("hers"))),
            variant: Variant::default(),
            route: "pages".to_owned(),
            status: StatusCode::OK,
            headers: HeaderMap::from_iter([(
                http::header::CONTENT_TYPE,
                HeaderValue::from_static("text/html"),
            )]),
            head_at: None,
            fetched_at: UNIX_EPOCH,
            digest: vec![7; 32],
        }
    }

    fn stored((entry, body): &(Entry, Bytes)) -> Stored {
        Stored {
            id: 1,
            is_invalid: false,
            status: entry.status,
            headers: entry.headers.clone(),
            head_at: None,
            fetched_at: entry.fetched_at,
            body: StoredBody::Inline(body.clone()),
        }
    }

    #[test]
    fn a_row_is_opened_in_its_place_and_with_its_key_alone() {
        let (shredding, partition) = (Shredding::begin(), entry().partition);
        let body = Bytes::from_static(b"a secret");
        let sealed = shredding.seal(entry(), &body).unwrap();
        let url = sealed.0.url.clone();
        assert_eq!(shredding.url("https://example.org/mine").as_ref(), Some(&url));
        assert_ne!(sealed.1, shredding.seal(entry(), &body).unwrap().1, "each has its own nonce");
        assert!(!sealed.1.windows(6).any(|part| part == b"secret"));

        let opened = shredding.open((&url, &partition), stored(&sealed)).unwrap();
        assert_eq!(opened.headers, entry().headers);
        assert!(matches!(&opened.body, StoredBody::Inline(opened) if *opened == body));

        let nobody = Partition::Of(Visitor::Anonymous);
        assert!(shredding.open((&url, &nobody), stored(&sealed)).is_none(), "of another visitor");
        let elsewhere = shredding.url("https://example.org/other").unwrap();
        assert!(shredding.open((&elsewhere, &partition), stored(&sealed)).is_none());
        let mut swapped = stored(&sealed);
        swapped.body = StoredBody::Inline(BASE64.decode(&sealed.0.headers[HEADER]).unwrap().into());
        assert!(shredding.open((&url, &partition), swapped).is_none(), "headers are no body");
        let mut changed = sealed.1.to_vec();
        *changed.last_mut().unwrap() ^= 1;
        let changed = (sealed.0.clone(), changed.into());
        assert!(shredding.open((&url, &partition), stored(&changed)).is_none());
        assert!(Shredding::begin().open((&url, &partition), stored(&sealed)).is_none());
    }
}
