//! What a data directory holds, in words: read from outside, also while its owner runs.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use crate::error::StoreError;
use crate::store::{Holding, InstallState, holding};
use crate::traffic::Answered;

/// Says which versions are installed or failed to be, how much is stored of which route, and
/// how many requests were answered from where and how fast.
///
/// `data` is the data directory of the app or of a gateway.
///
/// # Errors
///
/// What cannot be read of the data directory.
pub fn stats(data: &Path) -> Result<String, StoreError> {
    let Holding { bytes, installs, parts, answered } = holding(data)?;
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
    for (at, part) in answered.iter().enumerate() {
        let what = if at == 0 { "answered" } else { "" };
        line(&mut text, what, &traffic(part));
    }
    Ok(text)
}

/// "polls store: 120 requests, 12000 bytes, half within 3.1 µs, 99 of 100 within 12 µs"
fn traffic(answered: &Answered) -> String {
    let Answered { route, source, bytes, .. } = answered;
    let count = counted(answered.requests(), "request");
    let [half, most] = [50, 99].map(|percent| rounded(answered.within(percent)));
    format!(
        "{route} {source}: {count}, {bytes} bytes, half within {half:?}, 99 of 100 within {most:?}"
    )
}

/// To two digits: more are not known.
fn rounded(duration: Duration) -> Duration {
    let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    let unit = 10_u64.pow(nanoseconds.max(1).ilog10().saturating_sub(1));
    Duration::from_nanos(nanoseconds.div_ceil(unit).saturating_mul(unit))
}

fn counted(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

fn line(text: &mut String, what: &str, said: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "{what:<13} {said}");
}
