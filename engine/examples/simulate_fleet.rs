//! What a million devices do to one site, with chance and without: `cargo xtask simulate-fleet`.

#![expect(clippy::print_stdout, reason = "a table on standard output is what it is for")]

use std::process::ExitCode;

use holdfast_engine::fleet::{Chance, simulate};

/// How many devices if nobody says.
const DEVICES: u32 = 1_000_000;
/// How many times the mean the busiest second may be.
const MOST: f64 = 3.0;

fn main() -> ExitCode {
    let devices = match std::env::args().nth(1).map(|word| word.replace('_', "").parse()) {
        None => DEVICES,
        Some(Ok(devices)) => devices,
        Some(Err(error)) => {
            println!("the number of devices: {error}");
            return ExitCode::FAILURE;
        }
    };
    let (with, without) = (simulate(devices, Chance::Taken), simulate(devices, Chance::Ignored));
    println!(
        "| {devices} devices | seconds | requests | mean/s | peak/s | peak to mean | peak/s without chance |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|");
    for (load, crowd) in with.iter().zip(&without) {
        println!(
            "| {} | {} | {} | {:.0} | {} | {:.1} | {} |",
            load.name,
            load.seconds,
            load.requests,
            load.mean(),
            load.peak,
            load.ratio(),
            crowd.peak
        );
    }
    let worst = with.iter().map(|load| load.ratio()).fold(0.0, f64::max);
    if worst < MOST { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
