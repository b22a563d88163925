//! Web app manifests: the icons, of the app and of its shortcuts.
//!
//! Screenshots are shown by stores and not by the app.

use serde::Deserialize;

use super::{Base, Found};
use crate::request::Destination;

#[derive(Deserialize)]
struct Icon {
    src: String,
}

pub(super) fn find(text: &str, base: &Base, found: &mut Found) {
    let manifest: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let shortcuts = manifest.get("shortcuts").and_then(|shortcuts| shortcuts.as_array());
    let owners = std::iter::once(&manifest).chain(shortcuts.into_iter().flatten());
    let lists = owners.filter_map(|owner| owner.get("icons")?.as_array());
    for icon in lists.flatten() {
        // One that is malformed takes nothing from the others.
        if let Ok(icon) = Icon::deserialize(icon) {
            found.add(base, &icon.src, Destination::Image);
        }
    }
}
