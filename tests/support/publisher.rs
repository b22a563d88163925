//! Signatures of profiles.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// Who signs profiles, in the format of minisign.
pub struct Publisher(Ed25519KeyPair);

impl Publisher {
    /// Somebody with a key of their own.
    ///
    /// # Panics
    ///
    /// If the system gives no chance.
    pub fn new() -> Self {
        Self(Ed25519KeyPair::generate().expect("the system gives chance"))
    }

    /// The public one, as `minisign -G` writes it.
    pub fn key(&self) -> String {
        let key = [b"Ed".as_slice(), b"holdfast", self.0.public_key().as_ref()].concat();
        format!("untrusted comment: minisign public key\n{}\n", BASE64.encode(key))
    }

    /// What `minisign -S` writes beside a file with this text.
    pub fn signature(&self, text: &str) -> String {
        let signature = self.0.sign(text.as_bytes());
        let first = [b"Ed".as_slice(), b"holdfast", signature.as_ref()].concat();
        let comment = "a profile";
        let global = self.0.sign(&[signature.as_ref(), comment.as_bytes()].concat());
        format!(
            "untrusted comment: signature\n{}\ntrusted comment: {comment}\n{}\n",
            BASE64.encode(first),
            BASE64.encode(global.as_ref())
        )
    }
}

impl Default for Publisher {
    fn default() -> Self {
        Self::new()
    }
}
