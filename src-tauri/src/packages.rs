//! What packages are made by, as Tauri reads it: `tauri.conf.json`, with what `cargo xtask wrap`
//! overrides it with. xtask's own tests keep `packaging/override.example.json` what they write.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tauri::Config;
use tauri::utils::config::{BundleTarget, NSISInstallerMode, WebviewInstallMode, WixLanguage};

fn read(path: &str) -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

/// "Define a method for applying a JSON Merge Patch" (RFC 7396 §2), as Tauri does it.
fn merge(target: &mut Value, patch: Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (key, value) in patch {
                merge(target.entry(key).or_insert(Value::Null), value);
            }
        }
        (target, patch) => *target = patch,
    }
}

fn wrapped() -> Config {
    let mut config = read("tauri.conf.json");
    merge(&mut config, read("../packaging/override.example.json"));
    // It refuses what it does not know.
    serde_json::from_value(config).unwrap()
}

#[test]
fn each_app_has_its_own_name_everywhere() {
    let config = wrapped();
    assert_eq!(config.product_name.as_deref(), Some("My \"App\""));
    assert_eq!(config.main_binary_name.as_deref(), Some("my-app"));
    assert_eq!(config.identifier, "org.example.app");
    let schemes = &config.plugins.0["deep-link"]["desktop"]["schemes"];
    assert_eq!(schemes, &serde_json::json!(["web+qa"]));
    let bundle = config.bundle;
    assert!(bundle.active && matches!(bundle.targets, BundleTarget::All));
    assert_eq!(bundle.homepage.as_deref(), Some("https://example.org"));
    let icons = |end: &str| bundle.icon.iter().filter(|icon| icon.ends_with(end)).count();
    assert_eq!([icons(".png"), icons(".icns"), icons(".ico")], [8, 1, 1]);
    for files in [bundle.linux.deb.files, bundle.linux.rpm.files] {
        assert!(files.contains_key(Path::new("/usr/share/doc/my-app/copyright")), "{files:?}");
    }
    assert!(bundle.linux.deb.desktop_template.is_some());
}

#[test]
fn windows_and_macos_have_what_they_need() {
    let bundle = wrapped().bundle;
    let windows = bundle.windows;
    // Nothing is fetched while it is installed where the webview is there already.
    assert!(matches!(
        windows.webview_install_mode,
        WebviewInstallMode::EmbedBootstrapper { silent: true }
    ));
    // An older version could not read what a newer one has stored.
    assert!(!windows.allow_downgrades);
    let nsis = windows.nsis.unwrap();
    assert!(matches!(nsis.install_mode, NSISInstallerMode::CurrentUser), "without a password");
    assert_eq!(nsis.languages.unwrap(), ["English", "German"]);
    assert!(nsis.installer_icon.is_some());
    let WixLanguage::List(languages) = windows.wix.unwrap().language else { panic!("a list") };
    assert_eq!(languages, ["en-US", "de-DE"]);
    assert_eq!(bundle.macos.minimum_system_version.as_deref(), Some("13.3"));
    assert!(bundle.macos.hardened_runtime, "or it could not be notarised");
}

#[test]
fn an_update_is_looked_for_where_and_believed_as_is_said() {
    let config = wrapped();
    let updater = config.plugins.0["updater"].clone();
    let updater: tauri_plugin_updater::Config = serde_json::from_value(updater).unwrap();
    let endpoints: Vec<&str> = updater.endpoints.iter().map(|endpoint| endpoint.as_str()).collect();
    assert_eq!(endpoints, ["https://example.org/%7B%7Btarget%7D%7D/%7B%7Bcurrent_version%7D%7D"]);
    assert!(updater.require_signed_version && !updater.allow_downgrades);
    assert!(!updater.dangerous_insecure_transport_protocol);
    let unwrapped = read("tauri.conf.json");
    assert_eq!(unwrapped["plugins"].get("updater"), None, "what ships asks nobody");
}
