//! Declares the commands, so that none is open to a page unless a capability grants it.

fn main() {
    let page = std::path::Path::new("../ui/dist/page.js");
    println!("cargo::rerun-if-changed=../ui/dist");
    if !page.exists() {
        println!("cargo::error=ui/dist/page.js is missing: build it with `cargo xtask ui`");
        return;
    }
    // A phone, or a desktop that plays one.
    println!("cargo::rustc-check-cfg=cfg(phone)");
    let system = std::env::var("CARGO_CFG_TARGET_OS");
    let plays_a_phone = std::env::var_os("CARGO_FEATURE_MOBILE_SIMULATION").is_some();
    if plays_a_phone || matches!(system.as_deref(), Ok("android" | "ios")) {
        println!("cargo::rustc-cfg=phone");
    }
    // The profile that is built in, for who wraps another site.
    println!("cargo::rerun-if-env-changed=HOLDFAST_BUILT_IN_SITE");
    let site = std::env::var("HOLDFAST_BUILT_IN_SITE");
    println!(
        "cargo::rustc-env=HOLDFAST_BUILT_IN_SITE={}",
        site.as_deref().unwrap_or("../site.toml")
    );
    let commands = tauri_build::AppManifest::new().commands(&[
        // Of the page.
        "act_on_download",
        "act_on_window",
        "cancel_saving_page",
        "download",
        "load_part",
        "open_library",
        "open_portal",
        "page_opened",
        "past_the_store",
        "save_page",
        "set_cookie",
        "submit",
        // Of the Library.
        "activity",
        "answer_to_waiting",
        "cancel_saving",
        "change_settings",
        "clear_stored",
        "discard_waiting",
        "edit_waiting",
        "export_waiting",
        "import_waiting",
        "install_update",
        "library_left",
        "library_opened",
        "look_for_update",
        "open_saved",
        "refresh_saved",
        "remove_saved",
        "send_all_waiting",
        "send_waiting",
        "settings",
        "show_copy",
        "sign_in_for_waiting",
        "storage",
        "sync_now",
        "updates",
    ]);
    let attributes = tauri_build::Attributes::new().app_manifest(commands);
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error={error:#}");
    }
}
