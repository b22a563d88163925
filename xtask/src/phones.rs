//! `cargo xtask phones`: what the projects of Android and iOS need of this app.
//!
//! `tauri android init` and `tauri ios init` make those projects below `src-tauri/gen/`, which
//! belongs to the machine. What the app needs there beside what Tauri puts in lies in
//! `packaging/`, with places for what differs from one site to the next; this fills it in and
//! lays it out. [docs/mobile.md] has all the steps.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};
use crate::project::Project;

/// Where the projects are.
const ANDROID: &str = "src-tauri/gen/android";
const IOS: &str = "src-tauri/gen/apple";

/// What is laid out into each: from which template, and where to.
const ANDROID_FILES: [(&str, &str); 3] = [
    // Gradle merges what belongs to one kind of build into the main one, which stays Tauri's.
    ("AndroidManifest.xml", "app/src/debug/AndroidManifest.xml"),
    ("AndroidManifest.xml", "app/src/release/AndroidManifest.xml"),
    ("network_security_config.xml", "app/src/main/res/xml/network_security_config.xml"),
];
const IOS_FILES: [(&str, &str); 2] =
    [("Info.plist", "holdfast.plist"), ("Refresh.m", "Sources/Refresh.m")];

/// What tells one app from another.
struct App {
    scheme: String,
    identifier: String,
}

/// Lays everything out into the projects that are there.
pub(crate) fn run(project: &Project, site: Option<&Path>) -> Outcome<()> {
    let site = site.map_or_else(|| project.path("src-tauri/site.toml"), Path::to_path_buf);
    let app = App {
        scheme: value(&site, "scheme", '=')?,
        identifier: value(&project.path("src-tauri/tauri.conf.json"), "\"identifier\"", ':')?,
    };
    let mut is_any = false;
    if project.path(ANDROID).exists() {
        is_any = true;
        lay_out_android(project, &app)?;
    }
    if project.path(IOS).exists() {
        is_any = true;
        for (template, to) in IOS_FILES {
            lay_out(project, &format!("packaging/ios/{template}"), &format!("{IOS}/{to}"), &app)?;
        }
    }
    if is_any {
        return Ok(());
    }
    Err(Failure::new(format!(
        "neither {ANDROID} nor {IOS} is there: `tauri android init` and `tauri ios init` make \
         them, as docs/mobile.md says"
    )))
}

fn lay_out_android(project: &Project, app: &App) -> Outcome<()> {
    for (template, to) in ANDROID_FILES {
        let to = format!("{ANDROID}/{to}");
        lay_out(project, &format!("packaging/android/{template}"), &to, app)?;
    }
    // Tauri has put it into the folder of its package, and says there which that is.
    let activity = find(&project.path(ANDROID).join("app/src/main/java"), "MainActivity.kt");
    let activity = activity.ok_or_else(|| {
        Failure::new(format!("{ANDROID} has no MainActivity.kt: make it anew with Tauri"))
    })?;
    let package = package_of(&read(&activity)?)
        .ok_or_else(|| Failure::new(format!("{} names no package", activity.display())))?;
    let template = read(&project.path("packaging/android/MainActivity.kt"))?;
    write(project, &activity, &template.replace("@PACKAGE@", &package))
}

fn lay_out(project: &Project, template: &str, to: &str, app: &App) -> Outcome<()> {
    let text = app.fill(&read(&project.path(template))?);
    write(project, &project.path(to), &text)
}

impl App {
    fn fill(&self, template: &str) -> String {
        template.replace("@SCHEME@", &self.scheme).replace("@IDENTIFIER@", &self.identifier)
    }
}

/// The value of a key whose line has both, in quotes.
fn value(file: &Path, key: &str, sign: char) -> Outcome<String> {
    let text = read(file)?;
    let found = text.lines().find_map(|line| {
        let (name, value) = line.split_once(sign)?;
        if name.trim() != key {
            return None;
        }
        value.split('"').nth(1).map(str::to_owned)
    });
    found.ok_or_else(|| Failure::new(format!("{} names no {key}", file.display())))
}

/// The package that a Kotlin file belongs to.
fn package_of(source: &str) -> Option<String> {
    let line = source.lines().find_map(|line| line.trim().strip_prefix("package "))?;
    Some(line.trim().to_owned())
}

/// A file of that name somewhere below a folder.
fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    fs::read_dir(folder).ok()?.flatten().find_map(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return find(&path, name);
        }
        if entry.file_name() == name { Some(path) } else { None }
    })
}

fn read(file: &Path) -> Outcome<String> {
    fs::read_to_string(file)
        .map_err(|error| Failure::new(format!("could not read {}: {error}", file.display())))
}

fn write(project: &Project, file: &Path, text: &str) -> Outcome<()> {
    println!("phones: {}", project.shown(file));
    let folder = file.parent().map_or(Ok(()), fs::create_dir_all);
    folder
        .and_then(|()| fs::write(file, text))
        .map_err(|error| Failure::new(format!("could not write {}: {error}", file.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_app_is_known_by_its_profile_and_its_configuration() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf();
        assert_eq!(value(&root.join("src-tauri/site.toml"), "scheme", '=').unwrap(), "polls");
        let configuration = root.join("src-tauri/tauri.conf.json");
        let identifier = value(&configuration, "\"identifier\"", ':').unwrap();
        assert_eq!(identifier, "org.holdfast.polls");
        assert!(value(&configuration, "\"none\"", ':').is_err());
    }

    #[test]
    fn every_template_is_filled() {
        let app = App { scheme: "polls".to_owned(), identifier: "org.x.y".to_owned() };
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf();
        let of = |folder: &str, files: &[(&str, &str)]| -> Vec<String> {
            let read = |(name, _): &(&str, &str)| read(&root.join(folder).join(name)).unwrap();
            files.iter().map(read).collect()
        };
        let android = of("packaging/android", &ANDROID_FILES);
        for template in android.into_iter().chain(of("packaging/ios", &IOS_FILES)) {
            let filled = app.fill(&template);
            let has_places = filled.split('@').skip(1).any(|rest| {
                rest.starts_with("SCHEME")
                    || rest.starts_with("IDENTIFIER")
                    || rest.starts_with("PACKAGE")
            });
            assert!(!has_places, "{filled}");
        }
    }

    #[test]
    fn the_activity_stays_in_its_package() {
        let source = "package org.`in`.polls\n\nimport android.os.Bundle\n";
        assert_eq!(package_of(source).as_deref(), Some("org.`in`.polls"));
        assert_eq!(package_of("import a.package b\n"), None);
    }
}
