//! What the engine costs beside what cannot be saved: `cargo xtask bench`.
//!
//! Each figure stands beside a baseline measured in the same run, since only ratios hold
//! from one machine to the next.

#![expect(clippy::print_stdout, reason = "a table on standard output is what it is for")]

mod engine;
mod webview;

use std::error::Error;
use std::time::Duration;

/// One line of the table: ours beside the baseline, each the best of three medians.
struct Comparison {
    what: String,
    ours: Duration,
    baseline: Duration,
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut table = runtime.block_on(engine::measure())?;
    table.extend(runtime.block_on(webview::measure())?);
    println!("{:<58} {:>12} {:>12} {:>7}", "", "ours", "baseline", "ratio");
    for Comparison { what, ours, baseline } in table {
        let ratio = ours.as_secs_f64() / baseline.as_secs_f64();
        println!("{what:<58} {:>12} {:>12} {ratio:>7.2}", shown(ours), shown(baseline));
    }
    Ok(())
}

fn shown(duration: Duration) -> String {
    format!("{:.1} µs", duration.as_secs_f64() * 1e6)
}

/// The middle of the measured times.
fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
