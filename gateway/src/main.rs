//! The engine behind an HTTP listener on loopback, and the command line.
//!
//! A kiosk that brings its own browser can use it, and so can every tool that speaks
//! HTTP. It decides nothing: it turns what comes in over HTTP into the engine's requests
//! and the engine's responses into HTTP.
//!
//! ```text
//! command_line ─▶ check, explain (and stats)
//!              └▶ serve ─▶ edge ─▶ { authority, body, cookies } ─▶ engine
//! ```
//!
//! Each client keeps its own cookies, as it would with the site: the gateway has no jar,
//! so two browsers never share a sign-in.

mod authority;
mod body;
mod check;
mod command_line;
mod cookies;
mod edge;
mod explain;
mod serve;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use command_line::Asked;
use holdfast_engine::in_full;
use serve::Failure;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

fn main() -> ExitCode {
    let asked = command_line::asked();
    log_if_wanted();
    match asked {
        Asked::Check { file } => check::run(&file),
        Asked::Explain(asked) => explain::run(asked),
        Asked::Stats { data } => explain::stats(&data),
        Asked::Serve(options) => match serve::run(&options) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => {
                let said = match &failure {
                    Failure::Profile(problems) => problems.to_string(),
                    Failure::Listen { .. } | Failure::Open(_) | Failure::System(_) => {
                        format!("holdfast-gateway: {}", in_full(&failure))
                    }
                };
                // Whoever does not read what went wrong still gets the exit code.
                let _ = writeln!(io::stderr(), "{said}");
                ExitCode::FAILURE
            }
        },
    }
}

/// Logs to the standard error what `RUST_LOG` asks for; without it, nothing.
fn log_if_wanted() {
    let wanted =
        EnvFilter::builder().with_default_directive(LevelFilter::OFF.into()).from_env_lossy();
    tracing_subscriber::fmt()
        .with_env_filter(wanted)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();
}
