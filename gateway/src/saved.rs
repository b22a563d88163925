//! Pages that are saved for offline, for everybody who asks the gateway without a sign-in.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use holdfast_engine::{Engine, Event, Foundation, SavedPage, SavedState, Site, Why, in_full};
use http::HeaderMap;
use serde_json::json;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::outbox::unix_ms;

/// What is to be done with saved pages.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Saves pages with everything they need, and waits until they are there.
    Add {
        /// Their paths on the site.
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<String>,

        #[command(flatten)]
        place: Place,
    },
    /// Lists what is saved, and what of it is missing.
    List {
        #[command(flatten)]
        place: Place,

        /// For programs: a JSON array, times in milliseconds since 1970.
        #[arg(long)]
        json: bool,
    },
    /// Removes saved pages with all their copies.
    Remove {
        /// Their keys.
        #[arg(required = true)]
        keys: Vec<String>,

        #[command(flatten)]
        place: Place,
    },
}

/// Where it is saved.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The site's profile, a TOML file.
    #[arg(long, value_name = "FILE", env = "HOLDFAST_SITE")]
    site: PathBuf,

    /// The data directory of the app or of a gateway; it may be running.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

/// Does it: what there is to say.
///
/// # Errors
///
/// Why it cannot be done, or what is not complete, in words.
pub(crate) fn run(command: Command) -> Result<String, String> {
    let runtime = tokio::runtime::Runtime::new().map_err(said)?;
    runtime.block_on(async {
        let (Command::Add { place, .. }
        | Command::List { place, .. }
        | Command::Remove { place, .. }) = &command;
        let site = Site::read_file(&place.site).map_err(|problems| problems.to_string())?;
        let engine = Engine::open(site, &place.data, Foundation::default()).map_err(said)?;
        let done = act(&engine, &command).await;
        engine.close().await;
        done
    })
}

async fn act(engine: &Engine, command: &Command) -> Result<String, String> {
    match command {
        Command::Add { paths, .. } => add(engine, paths).await,
        Command::List { json, .. } => {
            let saved = engine.saved().map_err(said)?;
            Ok(if *json {
                format!("{}\n", saved.iter().map(described).collect::<serde_json::Value>())
            } else if saved.is_empty() {
                "nothing is saved\n".to_owned()
            } else {
                saved.iter().map(in_words).collect()
            })
        }
        Command::Remove { keys, .. } => {
            for key in keys {
                engine.remove_saved(key).await.map_err(said)?;
            }
            Ok(keys.iter().map(|key| format!("{key} is removed\n")).collect())
        }
    }
}

/// Saves each; all of it is said, also if something is missing.
async fn add(engine: &Engine, paths: &[String]) -> Result<String, String> {
    let (mut text, mut is_whole) = (String::new(), true);
    for path in paths {
        let mut events = engine.events();
        let url = engine.site().address(path).map_err(said)?;
        let key = engine.save(&url, &HeaderMap::new()).await.map_err(said)?;
        let page = until_saved(engine, &mut events, &key).await?;
        is_whole &= page.state == SavedState::Saved || page.state == SavedState::Complete;
        text.push_str(&in_words(&page));
    }
    if is_whole { Ok(text) } else { Err(text.trim_end().to_owned()) }
}

async fn until_saved(
    engine: &Engine,
    events: &mut Receiver<Event>,
    key: &str,
) -> Result<SavedPage, String> {
    loop {
        let saved = engine.saved().map_err(said)?;
        let page = saved.into_iter().find(|page| page.key == key);
        let page = page.ok_or_else(|| format!("holdfast-gateway: {key} was removed"))?;
        if page.state != SavedState::Saving {
            return Ok(page);
        }
        match events.recv().await {
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return Err("holdfast-gateway: it is ending".to_owned()),
        }
    }
}

fn said(error: impl std::error::Error) -> String {
    format!("holdfast-gateway: {}", in_full(&error))
}

/// Times are in milliseconds since 1970.
fn described(page: &SavedPage) -> serde_json::Value {
    let missing = page.missing.iter();
    let missing = missing.map(|lacks| json!({ "path": lacks.path, "why": lacks.why.as_str() }));
    json!({
        "key": page.key,
        "path": page.path,
        "title": page.title,
        "state": state(page.state),
        "items": page.items,
        "bytes": page.bytes,
        "saved_at_ms": page.saved_at.map(unix_ms),
        "copies": page.copies.len(),
        "missing": missing.collect::<Vec<_>>(),
        "why": page.why.map(Why::as_str),
    })
}

fn in_words(page: &SavedPage) -> String {
    let SavedPage { key, path, title, items, bytes, saved_at, missing, why, .. } = page;
    let title = title.as_ref().map(|title| format!(" “{title}”"));
    let since = saved_at.map(|at| format!(", as of {}", httpdate::fmt_http_date(at)));
    let why = why.map(|why| format!(": {}", why.in_words()));
    let mut text = format!(
        "{key} {}, {path}{}, {items} things, {bytes} bytes{}{}\n",
        state(page.state),
        title.unwrap_or_default(),
        since.unwrap_or_default(),
        why.unwrap_or_default(),
    );
    for lacks in missing {
        text.push_str(&format!("  missing {}: {}\n", lacks.path, lacks.why.in_words()));
    }
    text
}

fn state(state: SavedState) -> &'static str {
    match state {
        SavedState::Saving => "saving",
        SavedState::Saved => "saved",
        SavedState::Complete => "complete",
        SavedState::Incomplete => "incomplete",
        SavedState::Failed => "failed",
    }
}
