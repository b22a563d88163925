//! What waits in a data directory until it can be sent.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use holdfast_engine::{Waiting, in_full, waiting};
use serde_json::json;

use crate::command_line::Format;

/// The list, in words or for programs.
///
/// # Errors
///
/// Why it cannot be read, in words.
pub(crate) fn list(data: &Path, format: Format) -> Result<String, String> {
    if !data.is_dir() {
        return Err(format!("holdfast-gateway: there is no directory {}", data.display()));
    }
    let waiting =
        waiting(data).map_err(|error| format!("holdfast-gateway: {}", in_full(&error)))?;
    Ok(match format {
        Format::Json => {
            format!("{}\n", waiting.iter().map(described).collect::<serde_json::Value>())
        }
        Format::Words if waiting.is_empty() => "nothing waits\n".to_owned(),
        Format::Words => waiting.iter().map(in_words).collect(),
    })
}

/// Times are in milliseconds since 1970.
fn described(waiting: &Waiting) -> serde_json::Value {
    let Waiting { key, route, method, url, state, tries, created_at, next_try_at, reason } =
        waiting;
    json!({
        "key": key,
        "route": route,
        "method": method,
        "url": url,
        "state": state.as_str(),
        "tries": tries,
        "created_at_ms": unix_ms(*created_at),
        "next_try_at_ms": next_try_at.map(unix_ms),
        "reason": reason,
    })
}

fn in_words(waiting: &Waiting) -> String {
    let Waiting { key, method, url, state, tries, created_at, next_try_at, reason, .. } = waiting;
    let since = httpdate::fmt_http_date(*created_at);
    let next = next_try_at.map(httpdate::fmt_http_date).map(|at| format!(", next by {at}"));
    let reason = reason.as_ref().map(|reason| format!(": {reason}"));
    format!(
        "{key} {}, {method} {url}, since {since}, tried {tries} times{}{}\n",
        state.as_str(),
        next.unwrap_or_default(),
        reason.unwrap_or_default(),
    )
}

fn unix_ms(time: SystemTime) -> u128 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()
}
