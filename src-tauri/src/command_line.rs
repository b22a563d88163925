//! What the person who starts the app may say.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use holdfast_loopback::loopback;

/// A website as an app that keeps working without a network.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Arguments {
    /// The profile of the site to open instead of the one built in.
    #[arg(long, env = "HOLDFAST_SITE", value_name = "FILE")]
    pub(crate) site: Option<PathBuf>,

    /// Where the app keeps what it stores [default: the system's place for it].
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// Writes down where the time goes, for Chrome's trace viewer or Perfetto.
    #[arg(long, env = "HOLDFAST_TRACE", value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,

    /// Tells on this loopback address how the device is, as JSON and for Prometheus.
    #[arg(long, value_name = "127.0.0.1:PORT", value_parser = loopback, requires = "status_token")]
    pub(crate) status: Option<SocketAddr>,

    /// The file with the token that has to be said to be told.
    #[arg(long, value_name = "FILE", requires = "status")]
    pub(crate) status_token: Option<PathBuf>,

    /// Where a signed profile lies that is used in place of the built-in one.
    #[arg(long, value_name = "URL", requires = "config_key")]
    pub(crate) config_url: Option<String>,

    /// The file with the public key of minisign that it must be signed with.
    #[arg(long, value_name = "FILE", requires = "config_url")]
    pub(crate) config_key: Option<PathBuf>,

    /// Opens no window where there is a tray to open it from: how the system starts it at login.
    #[arg(long)]
    pub(crate) hidden: bool,

    /// Fills the screen with the site and leaves the public nothing else, as `[kiosk]` of the
    /// profile says.
    #[arg(long)]
    pub(crate) kiosk: bool,

    /// A link to a page of the site, as the system hands it over: web+SCHEME:/PATH.
    #[arg(value_name = "LINK")]
    pub(crate) link: Option<String>,
}
