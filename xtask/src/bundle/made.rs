//! What is made for one app before it is bundled: what Tauri is told, and what a desktop reads.

use std::fs;
use std::path::{Path, PathBuf};

use super::Wrapping;
use crate::failure::{Failure, Outcome};

/// What tells one app from another.
pub(super) struct App<'a> {
    pub(super) name: &'a str,
    pub(super) identifier: &'a str,
    /// Of the profile: links that begin with `web+` and this lead to the app.
    pub(super) scheme: &'a str,
    pub(super) version: String,
    /// Of this version, as 2026-11-22.
    pub(super) date: String,
}

/// What lies in the app's folder.
pub(super) struct Made {
    /// What Tauri's own configuration is overridden with.
    pub(super) config: PathBuf,
}

/// What of Linux is a file in a package: from which template, and where to.
const FILES: [(&str, &str); 2] = [
    ("app.metainfo.xml", "/usr/share/metainfo/@IDENTIFIER@.metainfo.xml"),
    ("app.service", "/usr/lib/systemd/user/@COMMAND@.service"),
];

/// Whether what the person says can be the name of a package and the folder of what is stored.
pub(super) fn check(wrapping: &Wrapping) -> Outcome<()> {
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let parts: Vec<&str> = wrapping.identifier.split('.').collect();
    if parts.len() < 2 || !parts.iter().all(|part| is_part(part)) {
        return Err(Failure::usage(format!(
            "--identifier {}: expected a reversed domain, such as org.example.app",
            wrapping.identifier
        )));
    }
    let has_letters = package_of(&wrapping.name).starts_with(|c: char| c.is_ascii_alphabetic());
    // Both would end a line or a value in what a desktop reads.
    let is_plain = !wrapping.name.contains(|c: char| c.is_control() || c == '/' || c == '\\');
    if !has_letters || !is_plain {
        return Err(Failure::usage(format!(
            "--name {}: expected a name that begins with a letter and has no slash in it",
            wrapping.name
        )));
    }
    Ok(())
}

/// What a package of this name is called: "My App" is `my-app`.
fn package_of(name: &str) -> String {
    let dashed: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let words: Vec<&str> = dashed.split('-').filter(|word| !word.is_empty()).collect();
    words.join("-").to_lowercase()
}

impl App<'_> {
    /// Of its package, and of the command that starts it.
    pub(super) fn package(&self) -> String {
        package_of(self.name)
    }

    /// A template with what the app is in its places; `escape` makes a value fit for it.
    fn filled(&self, template: &str, escape: fn(&str) -> String) -> String {
        let values = [
            ("@NAME@", self.name),
            ("@IDENTIFIER@", self.identifier),
            ("@SCHEME@", self.scheme),
            ("@VERSION@", &self.version),
            ("@DATE@", &self.date),
            ("@COMMAND@", &self.package()),
        ];
        values.iter().fold(template.to_owned(), |filled, (place, value)| {
            filled.replace(place, &escape(value))
        })
    }
}

impl Made {
    /// Writes everything for `app` into `folder`, from the templates in another.
    pub(super) fn write(app: &App<'_>, templates: &Path, folder: &Path) -> Outcome<Self> {
        fs::create_dir_all(folder).map_err(|error| at(folder, &error))?;
        let mut files = Vec::new();
        for (template, place) in FILES {
            let escape = if template.ends_with(".xml") { xml } else { str::to_owned };
            let made = write_filled(app, &templates.join(template), folder, escape)?;
            files.push((app.filled(place, str::to_owned), made));
        }
        let desktop = write_filled(app, &templates.join("app.desktop"), folder, str::to_owned)?;
        let config = folder.join("tauri.json");
        let text = config_of(app, &folder.join("icons"), &desktop, &files);
        fs::write(&config, text).map_err(|error| at(&config, &error))?;
        Ok(Self { config })
    }
}

fn write_filled(
    app: &App<'_>,
    template: &Path,
    folder: &Path,
    escape: fn(&str) -> String,
) -> Outcome<PathBuf> {
    let text = fs::read_to_string(template).map_err(|error| at(template, &error))?;
    let made = folder.join(template.file_name().unwrap_or_default());
    fs::write(&made, app.filled(&text, escape)).map_err(|error| at(&made, &error))?;
    Ok(made)
}

/// What differs from `src-tauri/tauri.conf.json`.
fn config_of(app: &App<'_>, icons: &Path, desktop: &Path, files: &[(String, PathBuf)]) -> String {
    let drawn = super::ICON_SIZES.split(',').map(|size| format!("{size}x{size}.png"));
    let icons: Vec<String> = drawn
        .chain(["icon.icns".to_owned(), "icon.ico".to_owned()])
        .map(|name| json(&icons.join(name).to_string_lossy()))
        .collect();
    let files: Vec<String> = files
        .iter()
        .map(|(place, made)| format!("{}: {}", json(place), json(&made.to_string_lossy())))
        .collect();
    let linux = format!(
        "{{ \"desktopTemplate\": {}, \"files\": {{ {} }} }}",
        json(&desktop.to_string_lossy()),
        files.join(", ")
    );
    format!(
        "{{\n  \"productName\": {},\n  \"mainBinaryName\": {},\n  \"identifier\": {},\n  \
         \"bundle\": {{\n    \"icon\": [{}],\n    \"linux\": {{ \"deb\": {linux}, \"rpm\": \
         {linux} }}\n  }},\n  \"plugins\": {{ \"deep-link\": {{ \"desktop\": {{ \"schemes\": [{}] }} \
         }} }}\n}}\n",
        json(app.name),
        json(&app.package()),
        json(app.identifier),
        icons.join(", "),
        json(&format!("web+{}", app.scheme)),
    )
}

/// A string as JSON has it.
fn json(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            c if c.is_control() => quoted += &format!("\\u{:04x}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// Text as it stands in XML.
fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn at(file: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapping(name: &str, identifier: &str) -> Wrapping {
        Wrapping {
            site: PathBuf::new(),
            name: name.to_owned(),
            icon: PathBuf::new(),
            identifier: identifier.to_owned(),
        }
    }

    #[test]
    fn names_become_those_of_packages() {
        for (name, package) in [("Polls", "polls"), ("My App", "my-app"), ("Q&A (2)", "q-a-2")] {
            assert_eq!(package_of(name), package);
        }
    }

    #[test]
    fn what_could_not_be_installed_is_refused() {
        let check = |name, identifier| check(&wrapping(name, identifier)).is_ok();
        assert!(check("My App", "org.example.my-app"));
        for identifier in ["", "app", "org.", "org.2", "org.a_b", "org/example", "org..app"] {
            assert!(!check("My App", identifier), "{identifier}");
        }
        for name in ["", "  ", "2048", "a/b", "a\nExec=rm", "日本"] {
            assert!(!check(name, "org.example.app"), "{name:?}");
        }
    }

    #[test]
    fn a_name_ends_nothing_that_it_stands_in() {
        let app = App {
            name: "\"Q&A\" <2>",
            identifier: "org.example.app",
            scheme: "qa",
            version: "1.2.3".to_owned(),
            date: "2026-11-22".to_owned(),
        };
        assert_eq!(
            app.filled("<name>@NAME@</name>", xml),
            "<name>&quot;Q&amp;A&quot; &lt;2&gt;</name>"
        );
        let config = config_of(&app, Path::new("i"), Path::new("d"), &[]);
        assert!(config.contains(r#""productName": "\"Q&A\" <2>""#), "{config}");
        assert!(config.contains(r#""mainBinaryName": "q-a-2""#), "{config}");
    }
}
