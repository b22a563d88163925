//! What the programs say of what they do: on the standard error for who reads along, and as
//! a trace for who wants to see where the time goes.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::path::Path;

use tracing_chrome::{ChromeLayerBuilder, FlushGuard, TraceStyle};
pub use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::filter::{EnvFilter, Targets};
use tracing_subscriber::prelude::*;

/// The trace is written as long as this lives.
pub struct Trace {
    _flush: Option<FlushGuard>,
}

/// Begins to log what `RUST_LOG` asks for, and `otherwise` what is at least as bad as that.
/// With a file to `trace` to, what takes time goes there, as Chrome's trace viewer and
/// Perfetto read it.
///
/// # Errors
///
/// Why the file for the trace cannot be written.
pub fn begin(otherwise: LevelFilter, trace: Option<&Path>) -> io::Result<Trace> {
    let wanted = EnvFilter::builder().with_default_directive(otherwise.into()).from_env_lossy();
    let log = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_filter(wanted);
    let (timeline, flush) = match trace {
        Some(path) => {
            let (layer, flush) = ChromeLayerBuilder::new()
                .writer(File::create(path)?)
                .include_args(true)
                .include_locations(false)
                // A request goes from thread to thread.
                .trace_style(TraceStyle::Async)
                .build();
            let ours = Targets::new().with_target("holdfast", LevelFilter::DEBUG);
            (Some(layer.with_filter(ours)), Some(flush))
        }
        None => (None, None),
    };
    // It fails if there is one already, which says as much.
    let _ = tracing_subscriber::registry().with(log).with(timeline).try_init();
    Ok(Trace { _flush: flush })
}
