//! Says everything that is wrong with a profile, or that nothing is.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use holdfast_engine::Site;

/// Prints what is found and says by the exit code whether the profile can be used.
pub(crate) fn run(file: &Path) -> ExitCode {
    let (verdict, code) = match Site::read_file(file) {
        Ok(site) => (format!("{}: fine: {}", file.display(), summary(&site)), ExitCode::SUCCESS),
        Err(problems) => (problems.to_string(), ExitCode::FAILURE),
    };
    // Whoever does not read the verdict still gets the exit code.
    let _ = writeln!(io::stdout(), "{verdict}");
    code
}

fn summary(site: &Site) -> String {
    // The last route is the engine's own, for what no other matched.
    let routes = site.routes.len().saturating_sub(1);
    let plural = if routes == 1 { "" } else { "s" };
    let origin = site.origin.origin().ascii_serialization();
    format!("site \"{}\" at {origin}, {routes} route{plural}", site.name)
}
