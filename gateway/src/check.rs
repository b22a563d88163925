//! Says everything that is wrong with a profile, or that nothing is.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use holdfast_engine::{Shortcut, Site};

/// What else can be asked of a profile, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Value {
    /// What the person calls the site.
    Name,
    /// Scheme, host and port.
    Origin,
    /// The scheme that the app shows it under.
    Scheme,
    /// Pages that are wanted often: a line each, of path, tab and name.
    Shortcuts,
}

/// Prints what is found, or a value of a profile that can be used, and says by the exit code whether the profile can be used.
pub(crate) fn run(file: &Path, value: Option<Value>) -> ExitCode {
    let (verdict, code) = match Site::read_file(file) {
        Ok(site) => {
            let said = match value {
                None => format!("{}: fine: {}", file.display(), summary(&site)),
                Some(Value::Name) => site.name,
                Some(Value::Origin) => site.origin.origin().ascii_serialization(),
                Some(Value::Scheme) => site.scheme,
                Some(Value::Shortcuts) => {
                    let line = |Shortcut { name, path }: &Shortcut| format!("{path}\t{name}");
                    site.shortcuts.iter().map(line).collect::<Vec<_>>().join("\n")
                }
            };
            (said, ExitCode::SUCCESS)
        }
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
