//! Says what would happen to a request, and why; and what a data directory holds.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use holdfast_engine::{Body, Client, Clock, Edge, Site, explain, in_full};

use crate::command_line::Explain;

/// Prints the explanation, or what keeps it from being given.
pub(crate) fn run(asked: Explain) -> ExitCode {
    print(explanation(asked))
}

/// Prints what a data directory holds, or why it cannot be read.
pub(crate) fn stats(data: &Path) -> ExitCode {
    if !data.is_dir() {
        return print(Err(format!("holdfast-gateway: there is no directory {}", data.display())));
    }
    print(
        holdfast_engine::stats(data)
            .map_err(|error| format!("holdfast-gateway: {}", in_full(&error))),
    )
}

/// Prints what was asked for, or why it cannot be said.
pub(crate) fn print(said: Result<String, String>) -> ExitCode {
    match said {
        Ok(text) => {
            // Whoever does not read it still gets the exit code.
            let _ = write!(io::stdout(), "{text}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            let _ = writeln!(io::stderr(), "{message}");
            ExitCode::FAILURE
        }
    }
}

fn explanation(asked: Explain) -> Result<String, String> {
    let site = Site::read_file(&asked.site).map_err(|problems| problems.to_string())?;
    let url = site.origin.join(&asked.url).ok().filter(|url| site.holds(url));
    let url = url.ok_or_else(|| {
        let origin = site.origin.origin().ascii_serialization();
        format!("holdfast-gateway: `{}` is not an address of {origin}", asked.url)
    })?;
    let mut request = http::Request::new(());
    *request.method_mut() = asked.method;
    *request.uri_mut() = url.as_str().parse().map_err(|error| format!("{url}: {error}"))?;
    request.headers_mut().extend(asked.headers);
    let edge = Edge { own: site.origin.clone(), site: site.origin.clone(), client: Client::Http };
    let request = edge.request(request.into_parts().0, Body::empty());
    explain(&site, asked.data.as_deref(), &request, Clock::system().now())
        .map_err(|error| format!("holdfast-gateway: {}", in_full(&error)))
}
