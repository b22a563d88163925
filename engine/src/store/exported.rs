//! Submissions on their way to another device: a signed file.
//!
//! The text that is signed stands in the file as it is, so that reading and writing need not
//! agree on how JSON looks. The signature shows that nothing of it was changed or lost, and on
//! which device it was made.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

use super::submission::{Content, Kept, Submission, SubmissionState};
use crate::request::Cookies;
use crate::seen::{Kind, Label};
use crate::time::{from_unix_ms, to_unix_ms};

/// What this version writes, and the newest that it reads.
const FORMAT: u32 = 1;

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Damaged {
    /// It is none of the files that are exported here.
    #[error("it is not a file of unsent submissions: {0}")]
    Unknown(String),
    /// It has been cut or changed since it was exported.
    #[error("it is not as it was exported: its signature does not fit")]
    Changed,
    /// A newer version has written it.
    #[error("a newer version has written it (format {found}, this one reads up to {known})")]
    Newer {
        /// Its format.
        found: u32,
        /// The newest that is known here.
        known: u32,
    },
    /// One of the submissions in it.
    #[error("the submission {key} in it has no {what}")]
    Item {
        /// Which one.
        key: String,
        /// What cannot be read.
        what: &'static str,
    },
}

/// The file.
#[derive(Serialize, Deserialize)]
struct Sealed {
    holdfast: u32,
    /// The [`Exported`], as text.
    submissions: String,
    /// The public key and the signature, in base64.
    key: String,
    signature: String,
}

/// What is in it.
#[derive(Serialize, Deserialize)]
pub(super) struct Exported {
    pub(super) items: Vec<Item>,
}

/// One submission. Cookies stay where they are; whose it is shows by the hash of who was
/// signed in.
#[derive(Serialize, Deserialize)]
pub(super) struct Item {
    key: String,
    route: String,
    lane: String,
    is_anonymous: bool,
    person: Option<String>,
    kind: String,
    has_receipts: bool,
    shown_on: Vec<String>,
    method: String,
    url: String,
    is_of_jar: bool,
    headers: Vec<(String, String)>,
    title: String,
    labels: Vec<Label>,
    body: String,
    created_at_ms: i64,
    may_have_arrived: bool,
}

/// What a device signs with: an Ed25519 key.
pub(super) struct Signer {
    pkcs8: Vec<u8>,
    pair: Ed25519KeyPair,
}

impl Signer {
    /// A new one; `None` where the system has no random numbers.
    pub(super) fn generate() -> Option<Self> {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).ok()?;
        Self::from_pkcs8(document.as_ref())
    }

    /// One that was kept.
    pub(super) fn from_pkcs8(pkcs8: &[u8]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8).ok()?;
        Some(Self { pkcs8: pkcs8.to_owned(), pair })
    }

    /// The public key, in base64.
    pub(super) fn public_key(&self) -> String {
        BASE64.encode(self.pair.public_key())
    }

    /// The signature over a text.
    pub(super) fn sign(&self, text: &[u8]) -> Vec<u8> {
        self.pair.sign(text).as_ref().to_vec()
    }

    /// The form in which it is kept.
    pub(super) fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }
}

impl Exported {
    /// The file's text.
    pub(super) fn signed(&self, signer: &Signer) -> String {
        let submissions = serde_json::to_string(self).unwrap_or_default();
        let sealed = Sealed {
            holdfast: FORMAT,
            key: BASE64.encode(signer.pair.public_key()),
            signature: BASE64.encode(signer.pair.sign(submissions.as_bytes())),
            submissions,
        };
        serde_json::to_string_pretty(&sealed).unwrap_or_default()
    }

    /// What is in a file, and the device it is from.
    pub(super) fn read(text: &str) -> Result<(Self, String), Damaged> {
        let unknown = |error: serde_json::Error| Damaged::Unknown(error.to_string());
        let sealed: Sealed = serde_json::from_str(text).map_err(unknown)?;
        if sealed.holdfast > FORMAT {
            return Err(Damaged::Newer { found: sealed.holdfast, known: FORMAT });
        }
        let decoded = |text: &str| BASE64.decode(text).map_err(|_| Damaged::Changed);
        let (key, signature) = (decoded(&sealed.key)?, decoded(&sealed.signature)?);
        UnparsedPublicKey::new(&ED25519, &key)
            .verify(sealed.submissions.as_bytes(), &signature)
            .map_err(|_| Damaged::Changed)?;
        let exported = serde_json::from_str(&sealed.submissions).map_err(unknown)?;
        Ok((exported, device(&key)))
    }
}

/// A device as a person compares it: four groups of four.
fn device(public_key: &[u8]) -> String {
    let hash = blake3::hash(public_key).to_hex();
    let groups = hash.as_bytes().chunks(4).take(4);
    groups.map(|group| String::from_utf8_lossy(group)).collect::<Vec<_>>().join("-")
}

impl Item {
    pub(super) fn of(kept: &Kept, body: &Bytes) -> Self {
        let submission = &kept.submission;
        let mut headers = submission.headers.clone();
        for secret in [COOKIE, AUTHORIZATION] {
            headers.remove(secret);
        }
        let is_lost = kept.state == SubmissionState::Uncertain;
        Self {
            key: submission.key.clone(),
            route: submission.route.clone(),
            lane: submission.lane.clone(),
            is_anonymous: !submission.partition.starts_with("session-"),
            person: submission.person.clone(),
            kind: submission.kind.as_str().to_owned(),
            has_receipts: submission.has_receipts,
            shown_on: submission.shown_on.clone(),
            method: submission.method.to_string(),
            url: submission.url.clone(),
            is_of_jar: submission.cookies == Cookies::Jar,
            headers: headers
                .iter()
                .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.into())))
                .collect(),
            title: submission.title.clone(),
            labels: submission.labels.clone(),
            body: BASE64.encode(body),
            created_at_ms: to_unix_ms(submission.created_at),
            may_have_arrived: kept.may_have_arrived || is_lost,
        }
    }

    /// As it is kept here, and in which state.
    pub(super) fn into_submission(self) -> Result<(Submission, SubmissionState), Damaged> {
        let key = self.key.clone();
        let broken = |what| Damaged::Item { key: key.clone(), what };
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let name: HeaderName = name.parse().map_err(|_| broken("readable headers"))?;
            let value = HeaderValue::from_str(value).map_err(|_| broken("readable headers"))?;
            headers.append(name, value);
        }
        let body = BASE64.decode(&self.body).map_err(|_| broken("readable body"))?;
        let method = self.method.parse().map_err(|_| broken("method"))?;
        // A key names a file, too.
        if !self.key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') || self.key.is_empty() {
            return Err(broken("usable key"));
        }
        let submission = Submission {
            // Until its person signs in here it is nobody's who could.
            partition: if self.is_anonymous { "anonymous" } else { "elsewhere" }.to_owned(),
            key: self.key,
            route: self.route,
            lane: self.lane,
            person: self.person,
            kind: Kind::of(&self.kind).unwrap_or_default(),
            has_receipts: self.has_receipts,
            shown_on: self.shown_on,
            method,
            url: self.url,
            cookies: if self.is_of_jar { Cookies::Jar } else { Cookies::Client },
            headers,
            title: self.title,
            labels: self.labels,
            content: Content::InRow(body.into()),
            created_at: from_unix_ms(self.created_at_ms),
        };
        let is_lost = self.may_have_arrived && !submission.has_receipts;
        let state = if is_lost { SubmissionState::Uncertain } else { SubmissionState::Queued };
        Ok((submission, state))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_changed_is_not_read() {
        let text = Exported { items: Vec::new() }.signed(&Signer::generate().unwrap());
        let (read, from) = Exported::read(&text).unwrap();
        assert!(read.items.is_empty() && from.len() == 19, "{from}");
        let refused = |text: &str| Exported::read(text).err().unwrap().to_string();
        let changed = text.replace("[]", "[ ]");
        assert!(refused(&changed).contains("its signature does not fit"));
        assert!(refused(&text[..text.len() / 2]).contains("not a file of unsent submissions"));
        assert!(refused("\u{0}").contains("not a file of unsent submissions"));
        assert!(refused(&text.replace("\"holdfast\": 1", "\"holdfast\": 9")).contains("format 9"));
    }
}
