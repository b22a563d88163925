//! The types that the app and its scripts share, as TypeScript.

use std::{env, fs};

use ts_rs::{Config, TS};

use crate::downloads::Download;
use crate::library::activity::Activity;
use crate::library::commands::{Imported, KeptAnswer};
use crate::library::storage::Storage;
use crate::library::{Place, Shelves};
use crate::outbox::{Draft, Outbox};
use crate::saving::Saving;
use crate::settings::{Choosable, Settings};
use crate::updates::{AppVersion, Obstacle};

/// With `HOLDFAST_WRITE_TYPES` set, it writes them instead.
#[test]
fn the_scripts_know_the_apps_types() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::new().with_out_dir(folder.path());
    Outbox::export_all(&config).unwrap();
    Draft::export_all(&config).unwrap();
    Saving::export_all(&config).unwrap();
    Shelves::export_all(&config).unwrap();
    KeptAnswer::export_all(&config).unwrap();
    Imported::export_all(&config).unwrap();
    Storage::export_all(&config).unwrap();
    Activity::export_all(&config).unwrap();
    Place::export_all(&config).unwrap();
    Settings::export_all(&config).unwrap();
    Choosable::export_all(&config).unwrap();
    AppVersion::export_all(&config).unwrap();
    Obstacle::export_all(&config).unwrap();
    Download::export_all(&config).unwrap();
    let ours = fs::read_to_string(folder.path().join("app-types.ts")).unwrap();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/src/app-types.ts");
    if env::var_os("HOLDFAST_WRITE_TYPES").is_some() {
        fs::write(file, &ours).unwrap();
    }
    let theirs = fs::read_to_string(file).unwrap();
    assert!(ours == theirs, "{file} is out of date: run this test with HOLDFAST_WRITE_TYPES=1");
}
