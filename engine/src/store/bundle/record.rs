//! The records of a bundle, and what is signed of them.

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::BundleError;
use crate::saved::Missing;

/// What this version writes, and the newest that it reads.
pub(super) const FORMAT: u32 = 1;
/// No record is longer: it is read into memory. A submission is, and it holds files.
pub(super) const LONGEST: u64 = 256 << 20;

/// What a record is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bundle,
    Page,
    Vote,
    End,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Bundle, Self::Page, Self::Vote, Self::End];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Bundle => "bundle",
            Self::Page => "page",
            Self::Vote => "vote",
            Self::End => "end",
        }
    }

    /// The name of the record with this number.
    pub(super) fn name(self, number: u64) -> String {
        format!("{number:06}-{}", self.as_str())
    }

    /// The kind of the record with this number, by its name.
    pub(super) fn of(name: &str, number: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name(number) == name)
    }
}

/// Whose bundle it is.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) holdfast_bundle: u32,
    /// Of this bundle alone, so that no record of another one fits.
    pub(super) id: String,
    pub(super) origin: String,
    pub(super) created_at_ms: i64,
    /// The public key of the device, in base64.
    pub(super) key: String,
}

/// A copy of a page, without its bodies.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Page {
    pub(super) key: String,
    pub(super) url: String,
    pub(super) title: String,
    /// What it was asked for with, as it is stored, in base64.
    pub(super) headers: String,
    pub(super) saved_at_ms: i64,
    pub(super) missing: Vec<Missing>,
    pub(super) is_proven: bool,
    pub(super) items: Vec<Item>,
}

/// A response of a copy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Item {
    pub(super) url: String,
    pub(super) variant: String,
    pub(super) route: String,
    pub(super) status: u16,
    /// As they are stored, in base64: a value need not be text.
    pub(super) headers: String,
    pub(super) head_at: Option<usize>,
    pub(super) fetched_at_ms: i64,
    /// Of the body without what differs each time, in base64.
    pub(super) digest: String,
    /// The BLAKE3 hash of the body, and how long it is.
    pub(super) body: String,
    pub(super) length: u64,
}

/// What there is in the bundle.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct End {
    pub(super) pages: u64,
    pub(super) votes: u64,
}

/// What is signed of a record.
pub(super) fn signed(id: &str, name: &str, text: &[u8]) -> Vec<u8> {
    [b"holdfast bundle 1\n", id.as_bytes(), b"\n", name.as_bytes(), b"\n", text].concat()
}

/// What is in a record whose signature fits.
pub(super) fn verified<'t>(
    (key, id, name): (&str, &str, &str),
    text: &'t [u8],
    signature: &[u8],
) -> Result<&'t [u8], BundleError> {
    let changed = || BundleError::Changed { part: name.to_owned() };
    let key = BASE64.decode(key).map_err(|_| changed())?;
    UnparsedPublicKey::new(&ED25519, &key)
        .verify(&signed(id, name, text), signature)
        .map_err(|_| changed())?;
    Ok(text)
}

/// What a record's text says.
pub(super) fn parsed<T: DeserializeOwned>(name: &str, text: &[u8]) -> Result<T, BundleError> {
    serde_json::from_slice(text)
        .map_err(|error| BundleError::Unknown(format!("{name} cannot be read: {error}")))
}

/// The name of the entry with a body.
pub(super) fn body_name(hash: &str) -> String {
    format!("body-{hash}")
}
