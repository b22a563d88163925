//! The engine behind an HTTP listener on loopback, and the command line.
//!
//! A kiosk that brings its own browser can use it, and so can every tool that speaks
//! HTTP. It decides nothing: it turns what comes in over HTTP into the engine's requests
//! and the engine's responses into HTTP.
//!
//! ```text
//! command_line ─▶ bundle, check, explain (and stats), init, outbox, pin, saved
//!              └▶ serve ─▶ edge ─▶ { authority (loopback), body, cookies } ─▶ engine
//! ```
//!
//! Each client keeps its own cookies, as it would with the site: the gateway has no jar,
//! so two browsers never share a sign-in.

mod body;
mod bundle;
mod check;
mod command_line;
mod cookies;
mod edge;
mod explain;
mod init;
mod outbox;
mod pin;
mod saved;
mod serve;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use command_line::Asked;
use holdfast_engine::in_full;
use holdfast_logging::LevelFilter;
use serve::Failure;

fn main() -> ExitCode {
    let asked = command_line::asked();
    // Without `RUST_LOG` nothing is logged.
    let trace = match &asked {
        Asked::Serve(options) => options.trace.as_deref(),
        Asked::Check { .. }
        | Asked::Explain(_)
        | Asked::Init(_)
        | Asked::Stats { .. }
        | Asked::Export(_)
        | Asked::Import(_)
        | Asked::Key { .. }
        | Asked::Outbox(_)
        | Asked::Pin
        | Asked::Saved(_) => None,
    };
    let _trace = match holdfast_logging::begin(LevelFilter::OFF, trace) {
        Ok(trace) => trace,
        Err(error) => {
            let file = trace.unwrap_or(Path::new("")).display();
            return failed(&format!("holdfast-gateway: cannot write the trace to {file}: {error}"));
        }
    };
    match asked {
        Asked::Check { file, print } => check::run(&file, print),
        Asked::Explain(asked) => explain::run(asked),
        Asked::Init(asked) => explain::print(init::run(&asked)),
        Asked::Stats { data } => explain::stats(&data),
        Asked::Export(asked) => explain::print(bundle::export(&asked)),
        Asked::Import(asked) => explain::print(bundle::import(&asked)),
        Asked::Key { data } => explain::print(bundle::key(&data)),
        Asked::Outbox(command) => explain::print(outbox::run(command)),
        Asked::Pin => explain::print(pin::run()),
        Asked::Saved(command) => explain::print(saved::run(command)),
        Asked::Serve(options) => match serve::run(&options) {
            Ok(()) => ExitCode::SUCCESS,
            Err(Failure::Profile(problems)) => failed(&problems.to_string()),
            Err(
                failure @ (Failure::Listen { .. }
                | Failure::Address(_)
                | Failure::Open(_)
                | Failure::Status(_)
                | Failure::Remote(_)
                | Failure::Memory(_)
                | Failure::System(_)),
            ) => failed(&format!("holdfast-gateway: {}", in_full(&failure))),
        },
    }
}

/// Says what went wrong; whoever does not read it still gets the exit code.
fn failed(said: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "{said}");
    ExitCode::FAILURE
}
