//! `cargo xtask bundle` and `wrap`: packages of the app, for the site that ships or any other.
//!
//! What tells one app from another is a profile, a name, an icon and an identifier; no code is.
//! Everything that is made from them lies in `target/bundle/IDENTIFIER/`, from where Tauri's
//! bundler takes it.

mod made;

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};
use crate::project::Project;
use crate::setup::{self, Tools};
use crate::{run, ui};
use made::{App, Made};

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
pub(crate) fn run(project: &Project) -> Outcome<()> {
    let wrapping = Wrapping {
        site: project.path("src-tauri/site.toml"),
        name: "Polls".to_owned(),
        icon: project.path("icons/icon.png"),
        identifier: "org.holdfast.polls".to_owned(),
    };
    wrap(project, &wrapping)
}

/// Makes the packages of an app for another site.
pub(crate) fn wrap(project: &Project, wrapping: &Wrapping) -> Outcome<()> {
    let site = readable("--site", &wrapping.site)?;
    let icon = readable("--icon", &wrapping.icon)?;
    made::check(wrapping)?;
    let tools = setup::to_bundle(project)?;
    ui::build(project, &tools)?;
    let scheme = scheme_of(&tools, &site)?;
    let app = App {
        name: &wrapping.name,
        identifier: &wrapping.identifier,
        scheme: &scheme,
        version: project.version()?,
        date: project.date(),
    };
    let folder = project.target_folder("bundle")?.join(&wrapping.identifier);
    let made = Made::write(&app, &project.path("packaging/linux"), &folder)?;
    make_icons(project, &tools, &icon, &folder.join("icons"))?;

    println!("cargo: building {} in release", wrapping.name);
    let mut build = tools.tauri(project);
    build.args(["build", "--bundles", PACKAGES, "--config"]).arg(&made.config);
    build.env("HOLDFAST_BUILT_IN_SITE", &site);
    run::run(&mut build)?;
    report(project, &app)
}

/// The scheme in a profile, which is valid then.
fn scheme_of(tools: &Tools, site: &Path) -> Outcome<String> {
    let mut check = tools.cargo();
    check.args(["run", "--release", "--quiet", "--package", "holdfast-gateway", "--", "check"]);
    check.args(["--print", "scheme"]).arg(site);
    let output = check.output().map_err(|error| run::could_not_start(&check, &error))?;
    let said = String::from_utf8_lossy(&output.stdout);
    if output.status.success() {
        return Ok(said.trim().to_owned());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(format!("the profile cannot be used:\n{said}{errors}")))
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

/// Says where the packages are, and how large.
fn report(project: &Project, app: &App<'_>) -> Outcome<()> {
    let mut found = Vec::new();
    collect(&project.path("target/release/bundle"), &mut found);
    let is_ours = |file: &&PathBuf| {
        let name = file.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        name.starts_with(&app.package()) || name.starts_with(&app.name.to_lowercase())
    };
    let ours: Vec<_> = found.iter().filter(is_ours).collect();
    if ours.is_empty() {
        return Err(Failure::new("the bundler has made no package"));
    }
    for file in ours {
        let bytes = file.metadata().map(|metadata| metadata.len()).unwrap_or(0);
        println!("{}: {:.1} MB", project.shown(file), bytes as f64 / 1e6);
    }
    Ok(())
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if matches!(extension, Some("deb" | "rpm" | "dmg" | "msi" | "exe")) {
            found.push(path);
        } else if path.is_dir() && path.extension().is_none() {
            collect(&path, found);
        }
    }
}

/// A file that is there, as a path that holds in any folder.
fn readable(option: &str, file: &Path) -> Outcome<PathBuf> {
    file.canonicalize()
        .map_err(|error| Failure::new(format!("{option} {}: {error}", file.display())))
}
