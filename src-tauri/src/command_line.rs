//! What the person who starts the app may say.

use std::path::PathBuf;

use clap::Parser;

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
