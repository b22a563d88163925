//! Whoever looks after many devices is told how this one is, if the profile or the command line
//! asks for it.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use holdfast_engine::{Remote, in_full};
use holdfast_loopback::{Endpoint, Program, Wanted};

use crate::command_line::Arguments;
use crate::shell::Shell;

/// Begins to tell. A person who cannot be helped by it is not bothered with why it cannot.
pub(crate) fn begin(
    shell: &Arc<Shell>,
    arguments: &Arguments,
    data: &Path,
    remote: Option<Arc<Remote>>,
) {
    let asked = arguments.status.zip(arguments.status_token.clone());
    let asked = asked.map(|(listen, token_file)| Wanted { listen, token_file });
    let engine = shell.engine.clone();
    let Some(wanted) = Wanted::of(asked, engine.site(), data) else { return };
    let (name, version) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    let program = Program { name, version, started_at: SystemTime::now(), remote };
    tauri::async_runtime::spawn(async move {
        match Endpoint::open(&wanted).await {
            Ok(endpoint) => {
                // Whoever asked for any port reads it there.
                let told = &endpoint.address;
                tracing::debug!(address = told.as_str(), "the status is told");
                let _ =
                    writeln!(io::stdout(), "holdfast-app: {told}status tells how the device is");
                endpoint.serve(program, engine).await;
            }
            Err(error) => {
                tracing::error!(error = in_full(&error), "nobody is told how the device is");
            }
        }
    });
}
