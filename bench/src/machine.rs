//! The machine: what it is, and whether it does anything else.

use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::Outcome;

/// The part of all processors' time that may go elsewhere on an idle machine.
const IDLE: f64 = 0.05;

/// How busy the machine was while this program did nothing, from 0 to 1.
///
/// # Errors
///
/// If `/proc` does not say.
pub(crate) async fn busyness() -> Outcome<f64> {
    let [busy, all] = processor_times()?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let [busy_then, all_then] = processor_times()?;
    Ok((busy_then - busy) / (all_then - all).max(1.0))
}

/// What is wrong with measuring now, if something is.
pub(crate) fn complaint(busyness: f64) -> Option<String> {
    (busyness > IDLE).then(|| format!("the machine is {:.0} % busy", busyness * 100.0))
}

/// Ticks of all processors since the start: not idle, and all.
fn processor_times() -> Outcome<[f64; 2]> {
    let text = fs::read_to_string("/proc/stat")?;
    let line = text.lines().next().unwrap_or_default();
    let ticks: Vec<f64> =
        line.split_whitespace().skip(1).map(str::parse).collect::<Result<_, _>>()?;
    // user nice system idle iowait irq softirq steal; guests are counted in user already.
    let all: f64 = ticks.iter().take(8).sum();
    let idle: f64 = ticks.iter().skip(3).take(2).sum();
    Ok([all - idle, all])
}

/// Processor, memory, kernel, file system and date, for whoever reads the table later.
pub(crate) fn description(directory: &std::path::Path) -> String {
    let value = |file: &str, name: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name)).map(str::to_owned);
        line.and_then(|line| Some(line.split_once(':')?.1.trim().to_owned())).unwrap_or_default()
    };
    let said = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().map(|output| output.stdout);
        String::from_utf8_lossy(&output.unwrap_or_default()).trim().to_owned()
    };
    let file_system = said("stat", &["-f", "-c", "%T", &directory.display().to_string()]);
    format!(
        "{}; {} processors ({}), {} memory, Linux {}, {file_system}, SQLite {}",
        said("date", &["+%F %R"]),
        std::thread::available_parallelism().map_or(1, usize::from),
        value("/proc/cpuinfo", "model name"),
        value("/proc/meminfo", "MemTotal"),
        said("uname", &["-r"]),
        rusqlite::version(),
    )
}

/// The peak of this process's resident memory in bytes, since [`forget_peak`].
///
/// # Errors
///
/// If `/proc` does not say.
pub(crate) fn peak_memory() -> Outcome<f64> {
    resident("VmHWM:")
}

/// This process's resident memory in bytes.
///
/// # Errors
///
/// If `/proc` does not say.
pub(crate) fn memory() -> Outcome<f64> {
    resident("VmRSS:")
}

fn resident(name: &str) -> Outcome<f64> {
    let text = fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let kibibytes = line.and_then(|line| line.split_whitespace().next());
    Ok(kibibytes.ok_or("no such line in /proc/self/status")?.parse::<f64>()? * 1024.0)
}

/// Makes the peak of resident memory what it is now.
///
/// # Errors
///
/// If the system does not let it.
pub(crate) fn forget_peak() -> Outcome<()> {
    Ok(fs::write("/proc/self/clear_refs", "5")?)
}
