//! `cargo xtask bundle` and `wrap`: packages of the app, for the site that ships or any other.
//!
//! What tells one app from another is a profile, a name, an icon and an identifier; no code is.
//! Everything that is made from them lies in `target/bundle/IDENTIFIER/`, from where Tauri's
//! bundler takes it.

mod icon;
mod made;
mod smaller;
mod updates;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::failure::{Failure, Outcome};
use crate::project::Project;
use crate::setup::{self, Tools};
use crate::{run, ui};
use made::{App, Made};
pub(crate) use updates::Updates;

/// One app, as the person who wraps a site describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrapping {
    /// Its profile.
    pub(crate) site: PathBuf,
    /// What menus call it.
    pub(crate) name: String,
    /// Square, at best 1024 pixels wide.
    pub(crate) icon: PathBuf,
    /// In reverse-domain notation; what is stored lies in a folder of this name.
    pub(crate) identifier: String,
    /// Where its newer versions come from. Without that it asks nobody.
    pub(crate) updates: Option<Updates>,
}

/// What kinds of package there are on the system that this runs on.
const PACKAGES: &str = if cfg!(windows) {
    "nsis,msi"
} else if cfg!(target_os = "macos") {
    "app,dmg"
} else {
    // An AppImage would be made with tools from elsewhere.
    "deb,rpm"
};

/// The sizes in which Linux desktops look for an icon.
const ICON_SIZES: &str = "16,24,32,48,64,128,256,512";

/// Makes the packages of the app that ships.
pub(crate) fn run(project: &Project, updates: Option<Updates>) -> Outcome<()> {
    let wrapping = Wrapping {
        site: project.path("src-tauri/site.toml"),
        name: "Polls".to_owned(),
        icon: project.path("icons/icon.png"),
        identifier: "org.holdfast.polls".to_owned(),
        updates,
    };
    wrap(project, &wrapping)
}

/// Makes the packages of an app for another site.
pub(crate) fn wrap(project: &Project, wrapping: &Wrapping) -> Outcome<()> {
    // All that can be said at once is said before anything is built.
    made::check(wrapping)?;
    let site = readable("--site", &wrapping.site)?;
    let icon = readable("--icon", &wrapping.icon)?;
    icon::check(&icon)?;
    let updates = wrapping.updates.as_ref().map(Updates::read).transpose()?;
    let tools = setup::to_bundle(project)?;
    ui::build(project, &tools)?;
    let app = App {
        name: &wrapping.name,
        identifier: &wrapping.identifier,
        scheme: &value_of(&tools, &site, "scheme")?,
        shortcuts: value_of(&tools, &site, "shortcuts")?
            .lines()
            .filter_map(|line| line.split_once('\t'))
            .map(|(path, name)| (path.to_owned(), name.to_owned()))
            .collect(),
        version: project.version()?,
        date: project.date(),
        origin: value_of(&tools, &site, "origin")?,
        updates,
    };
    let folder = project.target_folder("bundle")?.join(&wrapping.identifier);
    let made = Made::write(&app, &project.path("packaging/linux"), &folder)?;
    make_icons(project, &tools, &icon, &folder.join("icons"))?;

    println!("cargo: building {} in release", wrapping.name);
    let mut build = tools.tauri(project);
    build.args(["build", "--no-bundle", "--config"]).arg(&made.config);
    build.env("HOLDFAST_BUILT_IN_SITE", &site);
    run::run(&mut build)?;
    let begun = SystemTime::now();
    let mut bundle = tools.tauri(project);
    bundle.args(["bundle", "--bundles", PACKAGES, "--config"]).arg(&made.config);
    run::run(bundle.arg("--config").arg(&made.packages))?;
    let packages = finish(project, begun)?;
    if app.updates.is_some() {
        sign(project, &tools, &app.version, &packages)?;
    }
    Ok(())
}

/// A value of a profile, which is valid then.
fn value_of(tools: &Tools, site: &Path, value: &str) -> Outcome<String> {
    let mut check = tools.cargo();
    // Not in release: it is asked once, and for who works on the tree it is built.
    check.args(["run", "--quiet", "--bin", "holdfast-gateway", "--", "check"]);
    check.args(["--print", value]).arg(site);
    let output = check.output().map_err(|error| run::could_not_start(&check, &error))?;
    let said = String::from_utf8_lossy(&output.stdout);
    if output.status.success() {
        return Ok(said.trim().to_owned());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(format!("--site {}: cannot be used:\n{said}{errors}", site.display())))
}

/// Draws the icon in every size that a system asks for.
fn make_icons(project: &Project, tools: &Tools, icon: &Path, into: &Path) -> Outcome<()> {
    println!("icons: {}", project.shown(into));
    let log = project.target_folder("logs")?.join("icons.log");
    for sizes in [None, Some(ICON_SIZES)] {
        let mut draw = tools.tauri(project);
        draw.arg("icon").arg(icon).arg("--output").arg(into);
        if let Some(sizes) = sizes {
            draw.args(["--png", sizes]);
        }
        run::run_quietly(&mut draw, &log)?;
    }
    Ok(())
}

/// Packs what was made since then as tightly as can be, and says where it is and how large.
fn finish(project: &Project, begun: SystemTime) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    collect(&project.path("target/release/bundle"), &mut found);
    // A file system may know the time of a file no better than to a second.
    let since = begun - Duration::from_secs(1);
    let is_new = |file: &PathBuf| {
        let written = file.metadata().and_then(|metadata| metadata.modified());
        written.map_or(false, |written| written >= since)
    };
    found.retain(is_new);
    if found.is_empty() {
        return Err(Failure::new("the bundler has made no package"));
    }
    for file in &found {
        if file.extension().map_or(false, |extension| extension == "deb") {
            smaller::repack(project, file)?;
        }
        let bytes = file.metadata().map(|metadata| metadata.len()).unwrap_or(0);
        println!("{}: {:.1} MB", project.shown(file), bytes as f64 / 1e6);
    }
    Ok(found)
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if matches!(extension, Some("deb" | "rpm" | "dmg" | "msi" | "exe")) {
            found.push(path);
        } else if path.is_dir() {
            collect(&path, found);
        }
    }
}

/// Signs the packages, as the version that they are, if there is a key to sign with.
fn sign(project: &Project, tools: &Tools, version: &str, packages: &[PathBuf]) -> Outcome<()> {
    let has_key = KEYS.iter().any(|name| std::env::var_os(name).is_some());
    if !has_key {
        println!("updates: not signed, since neither {} is set", KEYS.join(" nor "));
        return Ok(());
    }
    let log = project.target_folder("logs")?.join("sign.log");
    for package in packages {
        let mut sign = tools.tauri(project);
        sign.args(["signer", "sign", "--app-version", version]);
        run::run_quietly(sign.arg(package), &log)?;
        println!("updates: signed, {}.sig", project.shown(package));
    }
    Ok(())
}

/// Where Tauri's signer looks for the private key: the key itself, or a file.
const KEYS: [&str; 2] = ["TAURI_SIGNING_PRIVATE_KEY", "TAURI_SIGNING_PRIVATE_KEY_PATH"];

/// A file that is there, as a path that holds in any folder.
fn readable(option: &str, file: &Path) -> Outcome<PathBuf> {
    file.canonicalize()
        .map_err(|error| Failure::new(format!("{option} {}: {error}", file.display())))
}
