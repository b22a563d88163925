//! The profile and its signature, from where they lie.
//!
//! Whoever answers can only keep something back: what is used is what was signed.

use std::time::Duration;

use minisign_verify::{PublicKey, Signature};
use reqwest::Client;
use url::Url;

/// A profile has some kilobytes.
const LONGEST: usize = 1 << 20;
const PATIENCE: Duration = Duration::from_secs(30);

/// Why nothing was fetched.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unfetched {
    /// There is nobody, or something else than a file.
    #[error("{url} is not to be had")]
    Network {
        url: Url,
        #[source]
        source: reqwest::Error,
    },
    #[error("{url} is longer than {LONGEST} bytes")]
    TooLong { url: Url },
}

/// The text at an address, and its signature beside it.
pub(super) async fn fetch(url: &Url) -> Result<(Vec<u8>, Vec<u8>), Unfetched> {
    let failed = |source| Unfetched::Network { url: url.clone(), source };
    let client = Client::builder().timeout(PATIENCE).build().map_err(failed)?;
    let mut signed = url.clone();
    signed.set_path(&format!("{}.minisig", url.path()));
    Ok((get(&client, url).await?, get(&client, &signed).await?))
}

async fn get(client: &Client, url: &Url) -> Result<Vec<u8>, Unfetched> {
    let failed = |source| Unfetched::Network { url: url.clone(), source };
    let sent =
        client.get(url.clone()).send().await.and_then(|response| response.error_for_status());
    let (mut response, mut text) = (sent.map_err(failed)?, Vec::new());
    while let Some(piece) = response.chunk().await.map_err(failed)? {
        text.extend_from_slice(&piece);
        if text.len() > LONGEST {
            return Err(Unfetched::TooLong { url: url.clone() });
        }
    }
    Ok(text)
}

/// Whether a signature is over a text.
pub(super) fn is_signed(key: &PublicKey, text: &[u8], signature: &[u8]) -> bool {
    let signature = std::str::from_utf8(signature).ok();
    let signature = signature.and_then(|signature| Signature::decode(signature).ok());
    // Also as minisign signed before it hashed first.
    signature.is_some_and(|signature| key.verify(text, &signature, true).is_ok())
}
