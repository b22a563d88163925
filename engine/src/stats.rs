//! What a data directory holds, in words: read from outside, also while its owner runs.

use std::fmt::Write;
use std::path::Path;

use crate::error::StoreError;
use crate::store::{Holding, InstallState, holding};

/// Says which versions are installed or failed to be, and how much is stored of which route.
///
/// `data` is the data directory of the app or of a gateway.
///
/// # Errors
///
/// What cannot be read of the data directory.
pub fn stats(data: &Path) -> Result<String, StoreError> {
    let Holding { bytes, installs, parts } = holding(data)?;
    let mut text = String::new();
    if installs.is_empty() {
        line(&mut text, "install", "nothing");
    }
    for InstallState { version, is_active, is_complete, entries, failure } in installs {
        let state = match (is_active, is_complete) {
            (true, _) => "serves",
            (false, true) => "is complete and waits for a navigation",
            (false, false) => "is being installed",
        };
        let count = counted(entries, "response");
        line(&mut text, "install", &format!("{version} {state}, {count}"));
        if let Some((path, reason)) = failure {
            line(&mut text, "failed", &format!("{path}: {reason}"));
        }
    }
    line(&mut text, "stored", &format!("{bytes} bytes"));
    for part in parts {
        let whose = if part.is_installed { "installed" } else { part.partition.as_str() };
        let count = counted(part.entries, "response");
        line(&mut text, "", &format!("{} {whose}: {count}, {} bytes", part.route, part.bytes));
    }
    Ok(text)
}

fn counted(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

fn line(text: &mut String, what: &str, said: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "{what:<13} {said}");
}
