//! One app for each data directory: whoever starts it again is led to the one that runs.
//!
//! On Linux the first one has a name on the session bus, made of its directory. On Windows and
//! macOS the plugin knows an app by its identifier alone, so there it is only asked about the
//! app as it is installed. Where nobody can be asked, several run, which the engine bears.

use std::path::{Path, PathBuf};

use clap::Parser;
use holdfast_engine::in_full;
use tauri::AppHandle;
use tokio::sync::mpsc;

use crate::command_line::Arguments;

/// What those say who start the app again.
pub(crate) type Starts = mpsc::UnboundedReceiver<Arguments>;

/// Ends this process if another one has the directory, which is told what this one was.
pub(crate) fn begin(app: &AppHandle, data: &Path, arguments: &Arguments) -> Starts {
    let (started, starts) = mpsc::unbounded_channel();
    let is_as_installed = arguments.site.is_none() && arguments.data.is_none();
    if cfg!(not(target_os = "linux")) && !is_as_installed || !can_be_asked() {
        return starts;
    }
    let mut plugin = tauri_plugin_single_instance::Builder::new();
    if cfg!(target_os = "linux") {
        plugin = plugin.dbus_id(name(&app.config().identifier, data));
    }
    let plugin = plugin.callback(move |_, words, _| {
        // Words that the first one does not understand come from nobody it knows.
        if let Ok(arguments) = Arguments::try_parse_from(words) {
            // It listens for as long as it runs.
            let _ = started.send(arguments);
        }
    });
    if let Err(error) = app.plugin(plugin.build()) {
        tracing::warn!(error = in_full(&error), "the app may run more than once");
    }
    starts
}

/// The name of the app that has this directory.
fn name(identifier: &str, data: &Path) -> String {
    // It may not be there yet, and the way to it may be a link.
    let data = std::path::absolute(data).unwrap_or_else(|_| data.to_owned());
    let real = data.ancestors().find_map(|known| {
        let rest = data.strip_prefix(known).ok()?;
        Some(known.canonicalize().ok()?.join(rest))
    });
    // Without the slash that an empty rest leaves at the end.
    let data: PathBuf = real.as_deref().unwrap_or(&data).components().collect();
    let hash = blake3::hash(data.as_os_str().as_encoded_bytes()).to_hex();
    // "Each element must only contain the ASCII characters [A-Z][a-z][0-9]_-" and "must not
    // begin with a digit" (D-Bus specification, bus names)
    format!("{identifier}.at-{}", hash.get(..16).unwrap_or_default())
}

/// Whether the address of the bus can be read; the plugin takes that for granted.
#[cfg(target_os = "linux")]
fn can_be_asked() -> bool {
    zbus::Address::session().is_ok()
}

#[cfg(not(target_os = "linux"))]
const fn can_be_asked() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_directory_has_a_name_of_its_own_that_the_bus_takes() {
        let (one, other) = (name("org.x.y", Path::new("/a b")), name("org.x.y", Path::new("/c")));
        assert_ne!(one, other);
        assert_eq!(one, name("org.x.y", Path::new("/a b")));
        let folder = tempfile::TempDir::new().unwrap();
        let data = folder.path().join("store");
        let before = name("x", &data);
        std::fs::create_dir(&data).unwrap();
        assert_eq!(before, name("x", &data), "it is the same once it is there");
        let element = one.strip_prefix("org.x.y.").unwrap();
        assert!(element.starts_with(|c: char| c.is_ascii_alphabetic()), "{element}");
        assert!(element.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{element}");
    }
}
