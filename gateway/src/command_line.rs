//! What the person asked for.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};
use http::{HeaderName, HeaderValue, Method};

use crate::{check, init, outbox, saved};

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
        CommandLine { command: Some(Command::Outbox { command }), .. } => Asked::Outbox(command),
        CommandLine { command: Some(Command::Pin), .. } => Asked::Pin,
        CommandLine { command: Some(Command::Saved { command }), .. } => Asked::Saved(command),
        CommandLine {
            command: None,
            site: Some(site),
            listen: Some(listen),
            data: Some(data),
            trace,
        } => Asked::Serve(Serve { site, listen, data, trace }),
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

/// An address that only this machine can reach: there is no sign-in to the gateway, and
/// what passes is not encrypted.
fn loopback(text: &str) -> Result<SocketAddr, String> {
    let expected = "an address and a port such as 127.0.0.1:8080 or [::1]:8080";
    let address: SocketAddr = text.parse().map_err(|_| format!("expected {expected}"))?;
    if address.ip().is_loopback() {
        return Ok(address);
    }
    Err(format!(
        "{} is not a loopback address: others could reach the site through it. Expected {expected}",
        address.ip()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn only_loopback_addresses_are_listened_on() {
        let check = |text: &str, expected: bool| assert_eq!(loopback(text).is_ok(), expected, "{text}");
        check("127.0.0.1:8080",          true);
        check("127.8.9.10:0",            true);
        check("[::1]:8080",              true);
        check("0.0.0.0:8080",            false);
        check("[::]:8080",               false);
        check("192.168.1.2:8080",        false);
        check("[::ffff:127.0.0.1]:8080", false);
        check("127.0.0.1",               false);
        check("8080",                    false);
        check("example.org:80",          false);
    }
}
