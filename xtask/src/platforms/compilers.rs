//! C compilers for the C code in dependencies.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Platform;
use crate::failure::{Failure, Outcome};
use crate::project::Project;
use crate::{run, setup};

/// Zig as a Python package: a C compiler with the headers of many systems.
const ZIG: &str = "ziglang==0.15.2";

/// Says where it is.
const FIND_ZIG: &str =
    "import pathlib, ziglang; print(pathlib.Path(ziglang.__file__).parent / 'zig')";

/// Takes a compiler's arguments and starts Zig's with those that it knows.
///
/// It has no Apple SDK, so Objective-C is compiled as if the file were empty;
/// nothing is linked, so nothing misses it.
const COMPILE: &str = r#"#!/bin/sh
# Written by `cargo xtask check-platforms`.
empty="$(dirname "$0")/empty.c"
drop_next=
for argument; do
    shift
    if [ -n "$drop_next" ]; then
        drop_next=
        continue
    fi
    case "$argument" in
        --target | -target | -arch | -isysroot) drop_next=yes ;;
        --target=* | -mmacosx-version-min=* | -mmacos-version-min=* | -miphoneos-version-min=* | \
            -mios-version-min=* | -mtargetos=*) ;;
        *.m | *.mm) set -- "$@" "$empty" ;;
        *) set -- "$@" "$argument" ;;
    esac
done
exec "@ZIG@" cc @TARGET@ "$@"
"#;

const ARCHIVE: &str = r#"#!/bin/sh
# Written by `cargo xtask check-platforms`.
exec "@ZIG@" ar "$@"
"#;

/// The scripts that stand in for each platform's C compiler.
pub(super) struct Compilers {
    folder: PathBuf,
    temporary: PathBuf,
}

impl Compilers {
    /// Gets Zig, and writes the scripts below `folder`.
    pub(super) fn get(project: &Project, folder: &Path) -> Outcome<Self> {
        let python = setup::python_package(project, ZIG)?;
        let compilers = Self { folder: folder.join("bin"), temporary: folder.join("temporary") };
        fs::create_dir_all(&compilers.folder).map_err(|error| compilers.failure(&error))?;
        if compilers.temporary.exists() {
            fs::remove_dir_all(&compilers.temporary).map_err(|error| compilers.failure(&error))?;
        }
        fs::create_dir(&compilers.temporary).map_err(|error| compilers.failure(&error))?;

        // Itself: Python would be started once more for each of a thousand files.
        let mut ask = Command::new(&python);
        let zig = run::output_of(ask.args(["-c", FIND_ZIG]));
        let zig = zig.ok_or_else(|| Failure::new("the Python package ziglang has no compiler"))?;
        let with_zig = |script: &str| script.replace("@ZIG@", zig.trim());
        let compile = with_zig(COMPILE);
        // Bionic's headers are part of the NDK; musl's are near enough to compile against.
        compilers.write(
            "android-cc",
            &compile.replace("@TARGET@", "-target aarch64-linux-musl -D_GNU_SOURCE"),
        )?;
        compilers.write("apple-cc", &compile.replace("@TARGET@", "-target aarch64-macos"))?;
        compilers.write("ar", &with_zig(ARCHIVE))?;
        compilers.write("empty.c", "")?;
        Ok(compilers)
    }

    /// Tells the build scripts that `cargo` runs which compiler to use.
    pub(super) fn choose(&self, platform: Platform, target: &str, cargo: &mut Command) {
        let target = target.replace('-', "_");
        cargo.env("ZIG_GLOBAL_CACHE_DIR", self.folder.join("cache"));
        // Some of them leave hundreds of empty files behind.
        cargo.env("TMPDIR", &self.temporary);
        let mut set = |name: &str, value: PathBuf| {
            cargo.env(format!("{name}_{target}"), value);
        };
        match platform {
            Platform::Windows => set("CC", "x86_64-w64-mingw32-gcc".into()),
            Platform::Android => {
                set("CC", self.folder.join("android-cc"));
                set("AR", self.folder.join("ar"));
            }
            Platform::Ios | Platform::MacOs => {
                set("CC", self.folder.join("apple-cc"));
                set("AR", self.folder.join("ar"));
                // Any folder: the build scripts only want to be told.
                cargo.env("SDKROOT", &self.folder);
            }
        }
    }

    fn write(&self, name: &str, text: &str) -> Outcome<()> {
        let path = self.folder.join(name);
        // Left as it is if it says the same: build scripts look at its time.
        if fs::read_to_string(&path).map_or(false, |current| current == text) {
            return Ok(());
        }
        fs::write(&path, text)
            .and_then(|()| make_executable(&path))
            .map_err(|error| self.failure(&error))
    }

    fn failure(&self, error: &std::io::Error) -> Failure {
        Failure::new(format!("could not write {}: {error}", self.folder.display()))
    }
}

#[cfg(unix)]
fn make_executable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

/// Nothing to do; the command ends before this on a system without these bits.
#[cfg(not(unix))]
fn make_executable(_path: &Path) -> std::io::Result<()> {
    Ok(())
}
