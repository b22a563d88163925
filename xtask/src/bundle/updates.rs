//! Where an app asks for newer versions of itself, and whose signature it believes.

use std::fs;
use std::path::PathBuf;

use crate::failure::{Failure, Outcome};

/// As the person who wraps a site says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Updates {
    /// What is asked; Tauri fills in `{{target}}`, `{{arch}}` and `{{current_version}}`.
    pub(crate) endpoint: String,
    /// The public key that `tauri signer generate` has written.
    pub(crate) key: PathBuf,
}

/// The same, read and found to be in order.
pub(super) struct Trusted {
    pub(super) endpoint: String,
    pub(super) key: String,
    /// Only on this machine, for trying it out.
    pub(super) is_without_tls: bool,
}

/// How base64 of "untrusted comment:" begins, and so each of minisign's files.
const BEGINNING: &str = "dW50cnVzdGVkIGNvbW1lbnQ6";
/// Whoever answers there is on this machine.
const LOOPBACK: [&str; 3] = ["http://127.0.0.1", "http://localhost", "http://[::1]"];

impl Updates {
    /// Reads the key.
    pub(super) fn read(&self) -> Outcome<Trusted> {
        let Self { endpoint, key } = self;
        let is_without_tls = LOOPBACK.iter().any(|host| {
            let rest = endpoint.strip_prefix(host);
            rest.map_or(false, |rest| rest.starts_with([':', '/']))
        });
        let has_host = endpoint.strip_prefix("https://").map_or(false, |rest| {
            rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
        });
        if !is_without_tls && !has_host {
            return Err(Failure::usage(format!(
                "--update-endpoint {endpoint}: expected an address that begins with https://"
            )));
        }
        let wrong = |what: &str| Failure::new(format!("--update-key {}: {what}", key.display()));
        let text = fs::read_to_string(key).map_err(|error| wrong(&error.to_string()))?;
        let text = text.trim();
        if !text.starts_with(BEGINNING) || text.contains(char::is_whitespace) {
            return Err(wrong("is no public key as `tauri signer generate` writes them"));
        }
        Ok(Trusted { endpoint: endpoint.clone(), key: text.to_owned(), is_without_tls })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(endpoint: &str, key: &str) -> Outcome<Trusted> {
        static NUMBER: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let file =
            std::env::temp_dir().join(format!("holdfast-key-{}-{number}", std::process::id()));
        fs::write(&file, key).unwrap();
        let read = Updates { endpoint: endpoint.to_owned(), key: file.clone() }.read();
        fs::remove_file(file).unwrap();
        read
    }

    const KEY: &str = "dW50cnVzdGVkIGNvbW1lbnQ6IG1pbmlzaWduIHB1YmxpYyBrZXkK\n";

    #[test]
    fn updates_come_over_tls_or_from_this_machine() {
        for endpoint in ["https://example.org/{{target}}/{{current_version}}", "https://[::1]/x"] {
            assert!(!read(endpoint, KEY).unwrap().is_without_tls, "{endpoint}");
        }
        for endpoint in ["http://127.0.0.1:8/latest.json", "http://localhost/"] {
            assert!(read(endpoint, KEY).unwrap().is_without_tls, "{endpoint}");
        }
        for endpoint in
            ["http://example.org/", "http://127.0.0.1.example.org/", "https://", "ftp://x", ""]
        {
            let said = read(endpoint, KEY).err().unwrap().to_string();
            assert!(said.starts_with(&format!("--update-endpoint {endpoint}: ")), "{said}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused_with_the_option_and_the_file() {
        assert_eq!(read("https://example.org/", KEY).unwrap().key, KEY.trim());
        for key in ["", "untrusted comment: minisign public key\nRWQ", "-----BEGIN PUBLIC KEY-----"]
        {
            let said = read("https://example.org/", key).err().unwrap().to_string();
            assert!(said.starts_with("--update-key ") && said.contains("holdfast-key"), "{said}");
        }
    }
}
