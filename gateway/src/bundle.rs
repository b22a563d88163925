//! What is saved and what waits, carried to another device in a file.

use std::path::PathBuf;
use std::time::SystemTime;

use clap::Args;
use holdfast_engine::{
    Arrived, BundleError, NotAllArrived, Queue, Site, export_bundle, import_bundle, in_full,
};

/// Writes the pages that are saved for everybody, and what waits to be sent, into one file.
#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    place: Place,

    /// The file, which must not exist.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,

    /// Leaves what waits to be sent where it is.
    #[arg(long)]
    without_votes: bool,
}

/// Takes over from such a file what is not here yet.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The file.
    file: PathBuf,

    #[command(flatten)]
    place: Place,

    /// The key of a device that is trusted, as `holdfast-gateway key` prints it there.
    #[arg(long = "trust", value_name = "KEY")]
    trusted: Vec<String>,
}

/// Whose.
#[derive(Debug, Args)]
struct Place {
    /// The site's profile, a TOML file.
    #[arg(long, value_name = "FILE", env = "HOLDFAST_SITE")]
    site: PathBuf,

    /// The data directory of the app or of a gateway; it may be running.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

/// Writes the file: what is in it.
///
/// # Errors
///
/// Why there is none, in words.
pub(crate) fn export(asked: &Export) -> Result<String, String> {
    let site = asked.place.site()?;
    let of = (&site, asked.place.data.as_path());
    let packed = export_bundle(of, &asked.to, !asked.without_votes, SystemTime::now());
    let packed = packed.map_err(|error| format!("holdfast-gateway: {}", in_full(&error)))?;
    let mut text = format!(
        "{}: {}, {}\nsigned with {}\n",
        asked.to.display(),
        counted(packed.pages, "page"),
        counted(packed.votes, "unsent submission"),
        packed.key
    );
    if packed.private > 0 {
        let count = counted(packed.private, "page");
        text.push_str(&format!("{count} of a person left out\n"));
    }
    Ok(text)
}

/// Reads the file: what has come of it.
///
/// # Errors
///
/// Why not all of it was taken over, in words, and what was.
pub(crate) fn import(asked: &Import) -> Result<String, String> {
    let site = asked.place.site()?;
    let of = (&site, asked.place.data.as_path());
    let file = asked.file.display();
    match import_bundle(of, &asked.file, &asked.trusted, SystemTime::now()) {
        Ok(arrived) => Ok(in_words(&arrived)),
        Err(NotAllArrived { arrived, error }) => {
            let advice = if let BundleError::Untrusted { key } = &error {
                format!("\nif that is the key of the device it is from, say --trust {key}")
            } else {
                String::new()
            };
            let before = match *arrived == Arrived::default() {
                true => "nothing of it is taken over\n".to_owned(),
                false => format!("taken over before that:\n{}", in_words(&arrived)),
            };
            let before = before.trim_end();
            Err(format!("holdfast-gateway: {file}: {}{advice}\n{before}", in_full(&error)))
        }
    }
}

/// The key of a device.
///
/// # Errors
///
/// Why there is none, in words.
pub(crate) fn key(data: &std::path::Path) -> Result<String, String> {
    if !data.is_dir() {
        return Err(format!("holdfast-gateway: there is no directory {}", data.display()));
    }
    let said = |error: &dyn std::error::Error| format!("holdfast-gateway: {}", in_full(error));
    let queue = Queue::open(data).map_err(|error| said(&error))?;
    let key = queue.device_key().map_err(|error| said(&error))?;
    Ok(format!("{key}\n"))
}

impl Place {
    fn site(&self) -> Result<Site, String> {
        Site::read_file(&self.site).map_err(|problems| problems.to_string())
    }
}

fn in_words(arrived: &Arrived) -> String {
    let Arrived { pages, known, older, left_out, bodies, votes, known_votes } = arrived;
    let mut text = format!(
        "{} new with {bodies} files, {known} known already, {older} older than what is here\n\
         {} taken over, {known_votes} known already\n",
        counted(*pages, "page"),
        counted(*votes, "unsent submission"),
    );
    for lacks in left_out {
        text.push_str(&format!("left out {}: {}\n", lacks.path, lacks.why.in_words()));
    }
    text
}

fn counted(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}
