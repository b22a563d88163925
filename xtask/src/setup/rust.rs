//! A cargo that is new enough for the workspace.

use std::path::PathBuf;

use super::{Tools, debian, packages};
use crate::failure::{Failure, Outcome};
use crate::project::Project;
use crate::run;
use crate::version::Version;

/// The Rust that Debian keeps current for its browsers. It takes the place of
/// the one that came with the release.
const DEBIAN: [&str; 4] = ["rustc-web", "cargo-web", "rustfmt-web", "rust-web-clippy"];
const DEBIAN_FOLDER: &str = "/usr/bin";

/// Settles on the cargo of `PATH` if it is new enough, else on Debian's newest.
pub(super) fn get(project: &Project, tools: &mut Tools) -> Outcome<()> {
    let required = project.required_rust()?;
    let is_debian = packages::system() == packages::System::Debian;
    let found = found(tools);

    if found < Some(required) {
        if !is_debian {
            return Err(Failure::new(format!(
                "rust: {} is here, {required} or newer is needed: rustup update stable",
                shown(found)
            )));
        }
        println!("rust: {} is here, {required} or newer is needed: taking Debian's", shown(found));
        debian::install(project, &DEBIAN)?;
        tools.prefer(PathBuf::from(DEBIAN_FOLDER));
    } else if is_debian && is_debians(tools) {
        // An earlier run may have got no further than cargo.
        debian::install(project, &DEBIAN)?;
    }

    let found = self::found(tools);
    if found < Some(required) {
        return Err(Failure::new(format!(
            "rust: Debian's newest is {}, {required} or newer is needed. Are the security \
             updates among the package sources? Otherwise install Rust with rustup",
            shown(found)
        )));
    }
    println!("rust: {} is here, {required} or newer is needed", shown(found));
    Ok(())
}

/// The older of cargo and rustc; they come apart where two installations mix.
fn found(tools: &Tools) -> Option<Version> {
    let version = |program: &str| {
        let said = run::output_of(tools.command(program).arg("--version"))?;
        Version::in_text(&said)
    };
    version("cargo").min(version("rustc"))
}

fn is_debians(tools: &Tools) -> bool {
    let cargo = run::output_of(tools.command("sh").args(["-c", "command -v cargo"]));
    let is_first = cargo.map_or(false, |path| path.trim() == format!("{DEBIAN_FOLDER}/cargo"));
    is_first && debian::has("cargo-web")
}

fn shown(version: Option<Version>) -> String {
    version.map_or_else(|| "no Rust".to_owned(), |version| format!("Rust {version}"))
}
