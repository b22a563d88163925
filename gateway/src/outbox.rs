//! What waits in a data directory until it can be sent, for whoever it belongs to.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, Subcommand};
use holdfast_engine::{Imported, Queue, SubmissionState, Waiting, in_full};
use serde_json::json;

/// What is to be done with what waits.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lists everything, in the order it was submitted.
    List {
        #[command(flatten)]
        place: Place,

        /// For programs: a JSON array, times in milliseconds since 1970.
        #[arg(long)]
        json: bool,
    },
    /// Shows one: what was entered, what was tried, what the site has answered.
    Show {
        /// Its key, or how it begins.
        key: String,

        #[command(flatten)]
        place: Place,

        /// For programs: a JSON object, times in milliseconds since 1970.
        #[arg(long, conflicts_with = "answer")]
        json: bool,

        /// What the site has answered, as it came.
        #[arg(long)]
        answer: bool,
    },
    /// Has some sent as soon as the site can be reached, whatever has become of them.
    ///
    /// A program that runs on the data directory sends them; else the next one that does.
    Send {
        /// Their keys, or how they begin; without any, all that wait by themselves.
        keys: Vec<String>,

        #[command(flatten)]
        place: Place,
    },
    /// Gives fields of one other values, and has it sent.
    Edit {
        /// Its key, or how it begins.
        key: String,

        /// The fields, each as NAME=VALUE.
        #[arg(required = true, value_name = "NAME=VALUE", value_parser = field)]
        fields: Vec<(String, String)>,

        #[command(flatten)]
        place: Place,
    },
    /// Deletes some for good.
    Discard {
        /// Their keys, or how they begin.
        #[arg(required = true)]
        keys: Vec<String>,

        #[command(flatten)]
        place: Place,
    },
    /// Writes some into a signed file, which another device imports and delivers.
    ///
    /// Where the site gives no receipts they are sent only from there from then on.
    Export {
        /// Their keys, or how they begin; without any, all.
        keys: Vec<String>,

        #[command(flatten)]
        place: Place,

        /// The file, which must not exist.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Takes over what another device has exported. What is here already, or was delivered
    /// from here, is not taken again.
    Import {
        /// The file.
        file: PathBuf,

        #[command(flatten)]
        place: Place,
    },
}

/// Where it waits.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The data directory of the app or of a gateway; it may be running.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

fn field(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected a name, `=` and a value")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Does it: what there is to say.
///
/// # Errors
///
/// Why it cannot be done, in words.
pub(crate) fn run(command: Command) -> Result<String, String> {
    match command {
        Command::List { place, json } => list(&place, json),
        Command::Show { key, place, json, answer } => show(&key, &place, (json, answer)),
        Command::Send { keys, place } => {
            let queue = open(&place.data)?;
            if keys.is_empty() {
                let count = queue.send_all().map_err(said)?;
                return Ok(format!("{count} are sent as soon as the site can be reached\n"));
            }
            each(
                &keys,
                |key| queue.send(key).map_err(said),
                "is sent as soon as the site can be reached",
            )
        }
        Command::Edit { key, fields, place } => {
            open(&place.data)?.edit(&key, &fields).map_err(said)?;
            Ok(format!("{key} is edited, and sent as soon as the site can be reached\n"))
        }
        Command::Discard { keys, place } => {
            let queue = open(&place.data)?;
            each(&keys, |key| queue.discard(key).map_err(said), "is discarded")
        }
        Command::Export { keys, place, to } => export(&keys, &place.data, &to),
        Command::Import { file, place } => import(&file, &place.data),
    }
}

fn open(data: &Path) -> Result<Queue, String> {
    if !data.is_dir() {
        return Err(format!("holdfast-gateway: there is no directory {}", data.display()));
    }
    Queue::open(data).map_err(said)
}

fn said(error: impl std::error::Error) -> String {
    format!("holdfast-gateway: {}", in_full(&error))
}

/// Does the same with each; what could be done is done, also if something cannot.
fn each(
    keys: &[String],
    act: impl Fn(&str) -> Result<(), String>,
    done: &str,
) -> Result<String, String> {
    let (mut said, mut failed) = (String::new(), Vec::new());
    for key in keys {
        match act(key) {
            Ok(()) => said.push_str(&format!("{key} {done}\n")),
            Err(error) => failed.push(error),
        }
    }
    if failed.is_empty() { Ok(said) } else { Err(failed.join("\n")) }
}

fn list(place: &Place, json: bool) -> Result<String, String> {
    let waiting = open(&place.data)?.list().map_err(said)?;
    Ok(if json {
        format!("{}\n", waiting.iter().map(described).collect::<serde_json::Value>())
    } else if waiting.is_empty() {
        "nothing waits\n".to_owned()
    } else {
        waiting.iter().map(in_words).collect()
    })
}

fn show(key: &str, place: &Place, (json, answer): (bool, bool)) -> Result<String, String> {
    let queue = open(&place.data)?;
    let kept = queue.answer(key).map_err(said)?;
    if answer {
        let kept = kept.ok_or_else(|| format!("holdfast-gateway: no answer to {key} is kept"))?;
        return Ok(String::from_utf8_lossy(&kept.body).into_owned());
    }
    let all = queue.list().map_err(said)?;
    let found = all.iter().find(|waiting| waiting.key.starts_with(key));
    let waiting = found.ok_or_else(|| format!("holdfast-gateway: nothing has the key {key}"))?;
    if json {
        return Ok(format!("{}\n", described(waiting)));
    }
    let mut text = in_words(waiting);
    let mut line = |name: &str, value: &str| text.push_str(&format!("  {name}: {value}\n"));
    line("route", &waiting.route);
    line("kind", waiting.kind.as_str());
    for (name, value) in [("page", &waiting.page), ("title", &waiting.title)] {
        value.iter().for_each(|value| line(name, value));
    }
    for label in &waiting.labels {
        line("chosen", &format!("{}={} “{}”", label.name, label.value, label.text));
    }
    for (name, value) in &waiting.fields {
        line("field", &format!("{name}={value}"));
    }
    line("length", &format!("{} bytes", waiting.bytes));
    waiting.sign_in.iter().for_each(|path| line("sign in at", path));
    if let Some(kept) = kept {
        line("answer", &format!("status {}, {} bytes: see --answer", kept.status, kept.body.len()));
    }
    Ok(text)
}

fn export(keys: &[String], data: &Path, to: &Path) -> Result<String, String> {
    let queue = open(data)?;
    // Made before anything is handed over, and only for its owner: votes are secret.
    let file = new_file(to);
    let mut file =
        file.map_err(|error| format!("holdfast-gateway: cannot make {}: {error}", to.display()))?;
    let written = queue.export(keys).map_err(said).and_then(|text| {
        std::io::Write::write_all(&mut file, text.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(|error| format!("holdfast-gateway: cannot write {}: {error}", to.display()))
    });
    if let Err(error) = written {
        let _ = fs::remove_file(to);
        return Err(error);
    }
    Ok(format!("written to {}\n", to.display()))
}

fn new_file(path: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn import(file: &Path, data: &Path) -> Result<String, String> {
    let text = fs::read_to_string(file)
        .map_err(|error| format!("holdfast-gateway: cannot read {}: {error}", file.display()))?;
    let imported = open(data)?.import(&text);
    let Imported { new, known, from } =
        imported.map_err(|error| format!("{}: {}", file.display(), in_full(&error)))?;
    Ok(format!("{new} taken over from the device {from}, {known} known already\n"))
}

/// Times are in milliseconds since 1970.
fn described(waiting: &Waiting) -> serde_json::Value {
    let labels = waiting
        .labels
        .iter()
        .map(|label| json!({ "name": label.name, "value": label.value, "text": label.text }));
    json!({
        "key": waiting.key,
        "route": waiting.route,
        "kind": waiting.kind.as_str(),
        "method": waiting.method,
        "url": waiting.url,
        "page": waiting.page,
        "title": waiting.title,
        "labels": labels.collect::<Vec<_>>(),
        "fields": waiting.fields,
        "bytes": waiting.bytes,
        "state": waiting.state.as_str(),
        "tries": waiting.tries,
        "created_at_ms": unix_ms(waiting.created_at),
        "next_try_at_ms": waiting.next_try_at.map(unix_ms),
        "reason": waiting.reason,
        "answer_status": waiting.answer_status,
        "sign_in": waiting.sign_in,
    })
}

fn in_words(waiting: &Waiting) -> String {
    let Waiting { key, method, url, state, tries, created_at, next_try_at, reason, .. } = waiting;
    let since = httpdate::fmt_http_date(*created_at);
    let next = next_try_at.map(httpdate::fmt_http_date).map(|at| format!(", next by {at}"));
    let reason = reason.as_ref().map(|reason| format!(": {reason}"));
    let advice = advice(*state).map(|advice| format!("\n  {advice}"));
    format!(
        "{key} {}, {method} {url}, since {since}, tried {tries} times{}{}{}\n",
        state.as_str(),
        next.unwrap_or_default(),
        reason.unwrap_or_default(),
        advice.unwrap_or_default(),
    )
}

/// What the person can do about it.
fn advice(state: SubmissionState) -> Option<&'static str> {
    match state {
        SubmissionState::Queued | SubmissionState::Sending => None,
        SubmissionState::NeedsSignIn => Some("goes on when its person signs in"),
        SubmissionState::Refused => Some("see `show --answer`; `edit` or `discard` it"),
        SubmissionState::Changed => Some("look at its page; `edit`, `send` or `discard` it"),
        SubmissionState::Uncertain => Some("may have arrived: look, then `send` or `discard` it"),
        SubmissionState::Expired => Some("has waited too long: `send` or `discard` it"),
        SubmissionState::HandedOver => Some("is sent from another device; `send` takes it back"),
    }
}

pub(crate) fn unix_ms(time: SystemTime) -> u128 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()
}
