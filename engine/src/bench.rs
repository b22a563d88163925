//! What the benchmark in `bench/` measures by itself, and sees no other way; only with the
//! feature `bench`. What a request costs it measures through [`crate::Engine::handle`].

use std::error::Error as StdError;
use std::io;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use url::Url;

use crate::body::Body;
use crate::error::StoreError;
use crate::page::{Links, rewrite};
use crate::policy::{Partition, Variant};
use crate::store::{Entry, IGNORES_USE, Store, Terms};

/// What is written before anybody is told.
pub struct State(Store);

impl State {
    /// Opens or creates it, beside a cache, in a directory.
    ///
    /// # Errors
    ///
    /// What cannot be used.
    pub fn open(directory: &Path) -> Result<Self, Box<dyn StdError + Send + Sync>> {
        let (store, _) = Store::open(directory, Terms::default(), UNIX_EPOCH)?;
        Ok(Self(store))
    }

    /// Keeps these cookies and no others. They are on the disk when this returns.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub async fn keep_cookies(&self, texts: Vec<String>) -> Result<(), StoreError> {
        self.0.keep_cookies(texts).await
    }
}

/// The store of responses, apart from what fetches them.
pub struct Responses(Store);

impl Responses {
    /// Opens or creates it in a directory.
    ///
    /// # Errors
    ///
    /// What cannot be used.
    pub fn open(directory: &Path, quota: u64) -> Result<Self, Box<dyn StdError + Send + Sync>> {
        let (store, _) = Store::open(directory, Terms { quota, ..Terms::default() }, UNIX_EPOCH)?;
        Ok(Self(store))
    }

    /// Stores a response, as one that was fetched.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub async fn put(
        &self,
        url: String,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<(), StoreError> {
        let entry = Entry {
            url,
            partition: Partition::Shared,
            variant: Variant::from_stored(String::new()),
            route: "all".to_owned(),
            status: StatusCode::OK,
            headers,
            head_at: None,
            fetched_at: UNIX_EPOCH,
            digest: vec![0; 32],
        };
        self.0.put(entry, body, None).await.map(drop)
    }

    /// Waits until nothing is done any more for what was stored.
    pub async fn rest(&self) {
        self.0.rest().await;
    }

    /// Waits until everything is written.
    pub async fn close(&self) {
        self.0.close().await;
    }
}

/// A page as it is stored.
///
/// # Errors
///
/// None for a page that is at hand.
pub async fn rewritten(page: Bytes, site: &Url) -> io::Result<Bytes> {
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, html)]);
    rewrite(Body::Bytes(page), &headers, &Links::to(site)).await.body.collect().await
}

/// Whether engines note when something was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recency {
    /// As they do.
    Noted,
    /// As if nothing was ever evicted.
    Ignored,
}

/// From now on, for all engines of this process.
pub fn set_recency(recency: Recency) {
    IGNORES_USE.store(recency == Recency::Ignored, Ordering::Relaxed);
}
