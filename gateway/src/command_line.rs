//! What the person asked for.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};
use holdfast_loopback::{Wanted, loopback};
use http::{HeaderName, HeaderValue, Method};

use crate::{bundle, check, init, outbox, saved};

/// Serves a website on this machine and goes on when the network does not.
///
/// The site is described by a profile. Pages, files and answers that were seen once are
/// kept in the data directory and served from there when the site cannot be reached.
/// Each client keeps its own cookies.
#[derive(Debug, Parser)]
#[command(name = "holdfast-gateway", version, after_help = EXAMPLES)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,

    /// The site's profile, a TOML file.
    #[arg(long, value_name = "FILE", env = "HOLDFAST_SITE", required = true)]
    site: Option<PathBuf>,

    /// Where to listen, on a loopback address only; port 0 takes one that is free.
    #[arg(long, value_name = "127.0.0.1:PORT", value_parser = loopback, required = true)]
    listen: Option<SocketAddr>,

    /// Where what is stored lies; made if need be, and closed to other users.
    #[arg(long, value_name = "DIR", required = true)]
    data: Option<PathBuf>,

    /// Tells on this loopback address how the device is, as JSON and for Prometheus.
    #[arg(long, value_name = "127.0.0.1:PORT", value_parser = loopback, requires = "status_token")]
    status: Option<SocketAddr>,

    /// The file with the token that has to be said to be told.
    #[arg(long, value_name = "FILE", requires = "status")]
    status_token: Option<PathBuf>,

    /// Where a signed profile lies that is used in place of the other one.
    #[arg(long, value_name = "URL", requires = "config_key")]
    config_url: Option<String>,

    /// The file with the public key of minisign that it must be signed with.
    #[arg(long, value_name = "FILE", requires = "config_url")]
    config_key: Option<PathBuf>,

    /// Writes down where the time goes, for Chrome's trace viewer or Perfetto.
    #[arg(long, env = "HOLDFAST_TRACE", value_name = "FILE")]
    trace: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Says everything that is wrong with a profile.
    Check {
        /// The profile.
        file: PathBuf,
        /// Prints this of it instead, if nothing is wrong.
        #[arg(long, value_enum)]
        print: Option<check::Value>,
    },
    /// Says which route a request falls under and why, what is stored for it, and what would
    /// be served online and offline.
    Explain(Explain),
    /// Writes a first profile for a site by looking at it, with a few requests.
    Init(init::Init),
    /// Shows and changes what was submitted and waits until the site takes it.
    Outbox {
        #[command(subcommand)]
        command: outbox::Command,
    },
    /// Prints the hash of a PIN for the profile of a kiosk; the PIN is read from the standard
    /// input.
    Pin,
    /// Saves pages for offline, with everything they need; lists and removes them.
    Saved {
        #[command(subcommand)]
        command: saved::Command,
    },
    /// Writes the pages that are saved for everybody, and what waits to be sent, into one signed
    /// file that another device takes over.
    Export(bundle::Export),
    /// Takes over from such a file what is not here yet.
    Import(bundle::Import),
    /// Prints the key that this device signs such files with.
    Key {
        /// The data directory of the app or of a gateway; it may be running.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
    /// Says which versions are installed or failed to be, and how much is stored.
    Stats {
        /// The data directory of the app or of a gateway; it may be running.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
}

/// A request to be explained.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The site's profile, a TOML file.
    #[arg(long, value_name = "FILE", env = "HOLDFAST_SITE")]
    pub(crate) site: PathBuf,

    /// The data directory of the app or of a gateway; it may be running.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// The method.
    #[arg(long, default_value = "GET")]
    pub(crate) method: Method,

    /// A header of the request, as often as there are headers.
    #[arg(long = "header", short = 'H', value_name = "NAME: VALUE", value_parser = header)]
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,

    /// An address of the site, or its path.
    pub(crate) url: String,
}

const EXAMPLES: &str = "\
Examples:
  holdfast-gateway --site site.toml --listen 127.0.0.1:8080 --data ~/.local/share/polls
  holdfast-gateway init https://example.org --output site.toml
  holdfast-gateway check site.toml
  holdfast-gateway explain --site site.toml --data ~/.local/share/polls /polls/1/
  holdfast-gateway export --site site.toml --data ~/.local/share/polls --to /media/stick/polls
  holdfast-gateway outbox list --data ~/.local/share/polls
  holdfast-gateway saved add /polls/1/ --site site.toml --data ~/.local/share/polls

RUST_LOG=debug logs to the standard error what happens.
Exit codes: 0 fine, 1 failed, 2 not understood.";

/// What the person asked for, complete.
#[derive(Debug)]
pub(crate) enum Asked {
    Check { file: PathBuf, print: Option<check::Value> },
    Explain(Explain),
    Init(init::Init),
    Stats { data: PathBuf },
    Export(bundle::Export),
    Import(bundle::Import),
    Key { data: PathBuf },
    Outbox(outbox::Command),
    Pin,
    Saved(saved::Command),
    Serve(Serve),
}

/// How to serve a site.
#[derive(Debug)]
pub(crate) struct Serve {
    pub(crate) site: PathBuf,
    pub(crate) listen: SocketAddr,
    pub(crate) data: PathBuf,
    /// Where the status is to be told, whatever the profile says.
    pub(crate) status: Option<Wanted>,
    /// Where a newer profile lies, whatever the profile says, and the file with its key.
    pub(crate) remote: Option<(String, PathBuf)>,
    pub(crate) trace: Option<PathBuf>,
}

/// Reads the command line. What cannot be understood ends the program with 2.
pub(crate) fn asked() -> Asked {
    // The options are all there when there is no subcommand. clap knows that, its types
    // do not: `HOLDFAST_SITE` may be set for a subcommand that has no use for it.
    match CommandLine::parse() {
        CommandLine { command: Some(Command::Check { file, print }), .. } => {
            Asked::Check { file, print }
        }
        CommandLine { command: Some(Command::Explain(explain)), .. } => Asked::Explain(explain),
        CommandLine { command: Some(Command::Init(init)), .. } => Asked::Init(init),
        CommandLine { command: Some(Command::Stats { data }), .. } => Asked::Stats { data },
        CommandLine { command: Some(Command::Export(export)), .. } => Asked::Export(export),
        CommandLine { command: Some(Command::Import(import)), .. } => Asked::Import(import),
        CommandLine { command: Some(Command::Key { data }), .. } => Asked::Key { data },
        CommandLine { command: Some(Command::Outbox { command }), .. } => Asked::Outbox(command),
        CommandLine { command: Some(Command::Pin), .. } => Asked::Pin,
        CommandLine { command: Some(Command::Saved { command }), .. } => Asked::Saved(command),
        CommandLine {
            command: None,
            site: Some(site),
            listen: Some(listen),
            data: Some(data),
            status,
            status_token,
            config_url,
            config_key,
            trace,
        } => {
            let remote = config_url.zip(config_key);
            let status = status.zip(status_token);
            let status = status.map(|(listen, token_file)| Wanted { listen, token_file });
            Asked::Serve(Serve { site, listen, data, status, remote, trace })
        }
        CommandLine { command: None, .. } => CommandLine::command()
            .error(ErrorKind::MissingRequiredArgument, "--site, --listen and --data are needed")
            .exit(),
    }
}

fn header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = text.split_once(':').ok_or("expected a name, a colon and a value")?;
    let name = name.trim().parse().map_err(|_| format!("`{name}` is not a header name"))?;
    let value = value.trim().parse().map_err(|_| format!("`{value}` is not a header value"))?;
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }
}
