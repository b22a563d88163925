//! `cargo xtask test-windows`: the engine's tests as a Windows build, under Wine.
//!
//! Files that are open cannot be replaced there, locks are another matter, and names are not
//! told apart by case. Wine is not Windows, but it has the same functions for all of that.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::compilers::Compilers;
use super::{DEBIAN, Platform, debian_cargo};
use crate::failure::{Failure, Outcome};
use crate::project::Project;
use crate::run;
use crate::setup::{self, System};

const TARGET: &str = "x86_64-pc-windows-gnu";
/// As Debian's package `wine64` has it.
const WINE: &str = "/usr/lib/wine/wine64";
const WINE_SERVER: &str = "/usr/lib/wine/wineserver64";

/// Rust's standard library takes its chance from a function that Debian's Wine has not yet.
const CHANCE: &str = r#"/* Written by `cargo xtask test-windows`. */
#include <windows.h>
#include <bcrypt.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T count)
{
    return BCryptGenRandom(NULL, bytes, (ULONG)count, BCRYPT_USE_SYSTEM_PREFERRED_RNG) >= 0;
}
"#;

/// Runs the engine's tests; `pass_on` goes to the test binaries.
pub(crate) fn test(project: &Project, pass_on: &[String]) -> Outcome<()> {
    if setup::system() != System::Debian {
        return Err(Failure::new("test-windows needs Debian's rustc-web, mingw and wine64"));
    }
    setup::install_debian_packages(project, &DEBIAN)?;
    setup::install_debian_packages(project, &["wine64"])?;
    let tools = setup::for_the_engine(project)?;
    let folder = project.target_folder("platforms")?;
    let compilers = Compilers::get(project, &folder)?;
    let wine = Wine::get(&folder.join("wine"))?;

    let mut cargo = debian_cargo(&tools, &folder);
    cargo.args(["test", "--package", "holdfast-engine", "--target", TARGET, "--no-fail-fast"]);
    cargo.args(["--lib", "--tests", "--"]).args(pass_on);
    compilers.choose(Platform::Windows, TARGET, &mut cargo);
    wine.runs(&mut cargo);
    let outcome = run::run(&mut cargo);
    wine.end();
    outcome
}

/// Wine, with a Windows of its own.
struct Wine {
    prefix: PathBuf,
    libraries: PathBuf,
}

impl Wine {
    /// Makes what programs need beside it.
    fn get(folder: &Path) -> Outcome<Self> {
        let wine = Self { prefix: folder.join("prefix"), libraries: folder.join("libraries") };
        let source = folder.join("bcryptprimitives.c");
        fs::create_dir_all(&wine.libraries)
            .and_then(|()| fs::write(&source, CHANCE))
            .map_err(|error| Failure::new(format!("{}: {error}", folder.display())))?;
        let mut compile = Command::new("x86_64-w64-mingw32-gcc");
        compile.arg("-shared").arg(&source).arg("-lbcrypt");
        compile.arg("-o").arg(wine.libraries.join("bcryptprimitives.dll"));
        run::run(&mut compile)?;
        Ok(wine)
    }

    /// Has cargo run what it has built.
    fn runs(&self, cargo: &mut Command) {
        cargo.env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", WINE);
        cargo.env("WINEPREFIX", &self.prefix).env("WINEPATH", &self.libraries);
        // It says much that is of no matter, and would offer a browser and .NET, and a menu.
        cargo.env("WINEDEBUG", "-all");
        cargo.env("WINEDLLOVERRIDES", "mscoree,mshtml,winemenubuilder.exe=");
        cargo.env_remove("DISPLAY");
    }

    /// Ends what goes on running in the background for the next program.
    fn end(&self) {
        let _ = Command::new(WINE_SERVER).arg("-k").env("WINEPREFIX", &self.prefix).status();
    }
}
