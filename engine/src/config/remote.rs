//! What a profile says about itself as one of several, and about where a newer one lies.

use std::fmt;
use std::time::Duration;

use minisign_verify::PublicKey;
use url::Url;

use super::reader::Table;

/// How often a newer profile is looked for, if nothing else is said.
const DEFAULT_EVERY: Duration = Duration::from_secs(60 * 60);
/// How long a new one may take to a good state, if nothing else is said.
const DEFAULT_TRIAL: Duration = Duration::from_secs(10 * 60);
/// More often would be rude to whoever has it.
const SHORTEST: Duration = Duration::from_secs(1);

/// Where a newer profile lies.
#[derive(Clone)]
pub struct RemoteTerms {
    /// Its address; that of its signature ends in `.minisig` besides.
    pub url: Url,
    /// What it must be signed with.
    pub key: PublicKey,
    /// How long is waited between two looks.
    pub every: Duration,
    /// How long a new one may take to a good state.
    pub trial: Duration,
}

impl RemoteTerms {
    /// From what the command line says: an address, and the text of a file with the key.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words.
    pub fn of(url: &str, key: &str) -> Result<Self, String> {
        let url = read_url(url)?;
        let key = read_key(key)?;
        Ok(Self { url, key, every: DEFAULT_EVERY, trial: DEFAULT_TRIAL })
    }
}

impl fmt::Debug for RemoteTerms {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, every, trial, .. } = self;
        formatter
            .debug_struct("RemoteTerms")
            .field("url", &url.as_str())
            .field("every", every)
            .field("trial", trial)
            .finish_non_exhaustive()
    }
}

/// What `[remote]` says.
#[derive(Default)]
pub(super) struct ReadRemote {
    pub(super) terms: Option<RemoteTerms>,
    pub(super) serial: Option<u64>,
    pub(super) rolls_back: Option<u64>,
}

/// Reads `[remote]`.
pub(super) fn read_remote(table: &Table<'_, '_>) -> ReadRemote {
    let url = table.parsed("url", "the http or https address of a signed profile", read_url);
    let key = table.parsed("key", "a public key of minisign, such as \"RWQ…\"", read_key);
    for (key, is_alone) in
        [("key", url.is_some() && key.is_none()), ("url", key.is_some() && url.is_none())]
    {
        if is_alone && table.get(key).is_none() {
            table.report_missing(key, "both `url` and `key`, or neither");
        }
    }
    let duration = |key, default| {
        let duration = table.duration(key).unwrap_or(default);
        if let Some(found) = table.get(key)
            && duration < SHORTEST
        {
            table.report(&found, format!("{duration:?} is too short"), "at least \"1s\"");
        }
        duration
    };
    let (every, trial) = (duration("every", DEFAULT_EVERY), duration("trial", DEFAULT_TRIAL));
    let serial = table.count("serial");
    let rolls_back = table.count("rolls-back");
    table.finish();
    let terms = url.zip(key).map(|(url, key)| RemoteTerms { url, key, every, trial });
    ReadRemote { terms, serial, rolls_back }
}

fn read_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("`{text}` is not a URL: {error}"))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        other => Err(format!("the scheme `{other}` is not the web's")),
    }
}

/// The file that `minisign -G` writes, or its second line.
fn read_key(text: &str) -> Result<PublicKey, String> {
    let text = text.trim();
    let key = PublicKey::decode(text).or_else(|_| PublicKey::from_base64(text));
    key.map_err(|_| "it is no public key of minisign".to_owned())
}
