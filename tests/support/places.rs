//! Where things are.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// The root of the tree.
pub fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("this package lies in the tree").to_owned()
}

/// The app's program, built with the same settings as these tests; where `HOLDFAST_ON_PHONE` is
/// set, the one that plays a phone.
///
/// # Panics
///
/// If it is not built: cargo does not build the programs of other packages for a test.
pub fn app_program() -> PathBuf {
    if on_phone() {
        return phone_program();
    }
    program("holdfast-app", "-p holdfast-app")
}

/// Whether the tests run on what plays a phone.
pub fn on_phone() -> bool {
    env::var_os("HOLDFAST_ON_PHONE").is_some()
}

/// The app's program as a phone has it.
///
/// # Panics
///
/// If it is not built.
pub fn phone_program() -> PathBuf {
    program(
        "examples/phone",
        "--workspace --features holdfast-app/mobile-simulation --example phone",
    )
}

fn program(name: &str, build: &str) -> PathBuf {
    let name = format!("{name}{}", env::consts::EXE_SUFFIX);
    let own = env::current_exe().expect("a running program has a path");
    // A test lies in `deps` beside the programs, a benchmark among them.
    let found = own.ancestors().skip(1).take(2).map(|folder| folder.join(&name));
    found.into_iter().find(|program| program.exists()).unwrap_or_else(|| {
        panic!("there is no {name} beside {}; build it first: cargo build {build}", own.display())
    })
}

/// A Python with Django.
///
/// # Panics
///
/// If there is none.
pub fn python() -> PathBuf {
    if let Some(python) = env::var_os("HOLDFAST_PYTHON") {
        return python.into();
    }
    let python = root().join("target/venv/bin/python");
    assert!(
        python.exists(),
        "there is no Python with Django for the polls site: `cargo xtask test` puts one at {}, \
         or HOLDFAST_PYTHON names another",
        python.display()
    );
    python
}

/// The folder for pictures of what the tests saw.
///
/// # Panics
///
/// If it cannot be made.
pub fn screenshots() -> PathBuf {
    let folder = root().join("target/screenshots");
    fs::create_dir_all(&folder).expect("target/screenshots can be made");
    folder
}

/// The profile that ships, of the polls site at `origin`.
///
/// # Panics
///
/// If the shipped profile cannot be read or names another origin than it used to.
pub fn shipped_profile(origin: &str) -> String {
    const SHIPPED: &str = "http://127.0.0.1:8000";
    let profile = fs::read_to_string(root().join("src-tauri/site.toml")).expect("it ships");
    assert!(profile.contains(SHIPPED), "{SHIPPED} is not in:\n{profile}");
    profile.replace(SHIPPED, origin)
}
