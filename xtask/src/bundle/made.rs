//! What is made for one app before it is bundled: what Tauri is told, and what a desktop reads.

use std::fs;
use std::path::{Path, PathBuf};

use super::Wrapping;
use super::updates::Trusted;
use crate::failure::{Failure, Outcome};

/// What tells one app from another.
pub(super) struct App<'a> {
    pub(super) name: &'a str,
    pub(super) identifier: &'a str,
    /// Of the profile: links that begin with `web+` and this lead to the app.
    pub(super) scheme: &'a str,
    pub(super) version: String,
    /// Pages that are wanted often: path and name.
    pub(super) shortcuts: Vec<(String, String)>,
    /// Of this version, as 2026-11-22.
    pub(super) date: String,
    /// Where the site is: scheme, host and port.
    pub(super) origin: String,
    /// Where newer versions come from, if anywhere.
    pub(super) updates: Option<Trusted>,
}

/// What lies in the app's folder.
pub(super) struct Made {
    /// What Tauri's own configuration is overridden with.
    pub(super) config: PathBuf,
    /// What overrides both while packages are made of what was built.
    pub(super) packages: PathBuf,
}

/// What of Linux is a file in a package: from which template, and where to.
const FILES: [(&str, &str); 3] = [
    ("app.metainfo.xml", "/usr/share/metainfo/@IDENTIFIER@.metainfo.xml"),
    ("app.service", "/usr/lib/systemd/user/@COMMAND@.service"),
    ("copyright", "/usr/share/doc/@COMMAND@/copyright"),
];
/// What desktops and package managers say of an app beside its name.
const SUMMARY: &str = "The website @NAME@, also without a network";
const SUMMARY_DE: &str = "Die Website @NAME@, auch ohne Netz";

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
    // They would end a line or a value in what a desktop reads, or be a place in a template.
    let is_plain = !wrapping.name.contains(|c: char| c.is_control() || "/\\{}@".contains(c));
    let is_trimmed = wrapping.name.trim() == wrapping.name;
    if !has_letters || !is_plain || !is_trimmed {
        return Err(Failure::usage(format!(
            "--name {}: expected a name that begins with a letter of the English alphabet, without \
             slashes, braces, an @ or blanks around it",
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

    /// What X calls its windows: GTK makes it of the command.
    fn class(&self) -> String {
        let package = self.package();
        let mut rest = package.chars();
        rest.next().map_or_else(String::new, |first| {
            first.to_ascii_uppercase().to_string() + rest.as_str()
        })
    }

    /// What a desktop offers for its icon: each shortcut is a link to the app.
    fn actions(&self) -> String {
        let number = |at: usize| format!("Shortcut{at}");
        let groups = self.shortcuts.iter().enumerate().map(|(at, (path, name))| {
            let link = argument(&format!("web+{}:{path}", self.scheme));
            let (name, command) = (value(name), self.package());
            format!("\n\n[Desktop Action {}]\nName={name}\nExec={command} {link}", number(at))
        });
        let groups: String = groups.collect();
        let names: String = (0..self.shortcuts.len()).map(|at| number(at) + ";").collect();
        if names.is_empty() { names } else { format!("Actions={names}{groups}") }
    }

    /// A template with what the app is in its places; `escape` makes a value fit for it.
    fn filled(&self, template: &str, escape: fn(&str) -> String) -> String {
        let values = [
            // The sentences have the name in them.
            ("@SUMMARY@", SUMMARY),
            ("@SUMMARY_DE@", SUMMARY_DE),
            ("@NAME@", self.name),
            ("@IDENTIFIER@", self.identifier),
            ("@ORIGIN@", &self.origin),
            ("@SCHEME@", self.scheme),
            ("@VERSION@", &self.version),
            ("@DATE@", &self.date),
            ("@COMMAND@", &self.package()),
            ("@CLASS@", &self.class()),
            ("@ACTIONS@", &self.actions()),
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
            let escape = match template {
                "app.metainfo.xml" => xml,
                "app.service" => unit,
                _ => str::to_owned,
            };
            let made = write_filled(app, &templates.join(template), folder, escape)?;
            files.push((app.filled(place, str::to_owned), made));
        }
        let desktop = write_filled(app, &templates.join("app.desktop"), folder, str::to_owned)?;
        let config = folder.join("tauri.json");
        let text = config_of(app, &folder.join("icons"), &desktop, &files);
        fs::write(&config, text).map_err(|error| at(&config, &error))?;
        let packages = folder.join("packages.json");
        fs::write(&packages, packages_of(app)).map_err(|error| at(&packages, &error))?;
        Ok(Self { config, packages })
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
        .map(|name| slashed(&icons.join(name)))
        .collect();
    let installer_icon = icons.last().cloned().unwrap_or_default();
    let icons: Vec<String> = icons.iter().map(|icon| json(icon)).collect();
    let files: Vec<String> = files
        .iter()
        .map(|(place, made)| format!("        {}: {}", json(place), json(&slashed(made))))
        .collect();
    let linux = format!(
        "{{\n      \"desktopTemplate\": {},\n      \"files\": {{\n{}\n      }}\n    }}",
        json(&slashed(desktop)),
        files.join(",\n")
    );
    let updater = app.updates.as_ref().map_or_else(String::new, |trusted| {
        format!(
            ",\n    \"updater\": {{\n      \"endpoints\": [{}],\n      \"pubkey\": {},\n      \
             \"requireSignedVersion\": true,\n      \"dangerousInsecureTransportProtocol\": {}\n    \
             }}",
            json(&trusted.endpoint),
            json(&trusted.key),
            trusted.is_without_tls
        )
    });
    format!(
        "{{\n  \"productName\": {name},\n  \"mainBinaryName\": {package},\n  \"identifier\": \
         {identifier},\n  \"bundle\": {{\n    \"shortDescription\": {summary},\n    \"homepage\": \
         {homepage},\n    \"icon\": [\n      {icons}\n    ],\n    \"linux\": {{\n    \"deb\": \
         {linux},\n    \"rpm\": {linux}\n    }},\n    \"windows\": {{ \"nsis\": {{ \
         \"installerIcon\": {installer_icon} }} }}\n  }},\n  \"plugins\": {{\n    \"deep-link\": {{ \
         \"desktop\": {{ \"schemes\": [{scheme}] }} }}{updater}\n  }}\n}}\n",
        name = json(app.name),
        package = json(&app.package()),
        identifier = json(app.identifier),
        summary = json(&app.filled(SUMMARY, str::to_owned)),
        homepage = json(&app.origin),
        icons = icons.join(",\n      "),
        linux = linux,
        installer_icon = json(&installer_icon),
        scheme = json(&format!("web+{}", app.scheme)),
        updater = updater,
    )
}

/// What packages are called differently from what they hold. On Linux a name with blanks or
/// capitals would be one of files and of the desktop's entry, whose name has to be that of the
/// command: by it, desktops find out whose a window is.
fn packages_of(app: &App<'_>) -> String {
    let name = if cfg!(target_os = "linux") { app.package() } else { app.name.to_owned() };
    format!("{{ \"productName\": {} }}\n", json(&name))
}

/// A path as JSON and every system take it.
fn slashed(path: &Path) -> String {
    let path = path.to_string_lossy();
    if cfg!(windows) { path.replace('\\', "/") } else { path.into_owned() }
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

/// Text as it stands in a unit of systemd, where a percent sign begins a place.
fn unit(text: &str) -> String {
    text.replace('%', "%%")
}

/// Text as it stands in a desktop's entry ("Possible value types" of its specification).
fn value(text: &str) -> String {
    // With a blank, it is no place in the bundler's template.
    let text = text.replace("{{", "{ {");
    text.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t").replace('\r', "\\r")
}

/// A word of a command in a desktop's entry ("The Exec key"): quoted, and then a value.
fn argument(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '`' | '$' | '\\' => quoted.extend(['\\', character]),
            '%' => quoted += "%%",
            // The entry is a template of the bundler's.
            '{' => quoted += "%%7B",
            '}' => quoted += "%%7D",
            other => quoted.push(other),
        }
    }
    value(&(quoted + "\""))
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
            updates: None,
        }
    }

    fn app(name: &str) -> App<'_> {
        App {
            name,
            identifier: "org.example.app",
            scheme: "qa",
            version: "1.2.3".to_owned(),
            date: "2026-11-22".to_owned(),
            origin: "https://example.org".to_owned(),
            updates: None,
            shortcuts: Vec::new(),
        }
    }

    #[test]
    fn names_become_those_of_packages() {
        for (name, package) in [("Polls", "polls"), ("My App", "my-app"), ("Q&A (2)", "q-a-2")] {
            assert_eq!(package_of(name), package);
        }
        assert_eq!(app("My App").class(), "My-app", "as GTK makes it of the command");
    }

    #[test]
    fn what_could_not_be_installed_is_refused() {
        let check = |name, identifier| check(&wrapping(name, identifier)).is_ok();
        assert!(check("My App", "org.example.my-app"));
        for identifier in ["", "app", "org.", "org.2", "org.a_b", "org/example", "org..app"] {
            assert!(!check("My App", identifier), "{identifier}");
        }
        for name in ["", "  ", "2048", "a/b", "a\nExec=rm", "日本", " a", "{{exec}}", "@NAME@"] {
            assert!(!check(name, "org.example.app"), "{name:?}");
        }
    }

    #[test]
    fn a_name_ends_nothing_that_it_stands_in() {
        let app = app("\"Q&A\" <2>");
        assert_eq!(
            app.filled("<name>@NAME@</name>", xml),
            "<name>&quot;Q&amp;A&quot; &lt;2&gt;</name>"
        );
        let config = config_of(&app, Path::new("i"), Path::new("d"), &[]);
        assert!(config.contains(r#""productName": "\"Q&A\" <2>""#), "{config}");
        assert!(config.contains(r#""mainBinaryName": "q-a-2""#), "{config}");
        let all = super::App { name: "100% A", ..self::app("A") };
        assert_eq!(all.filled("Description=@NAME@", unit), "Description=100%% A");
    }

    /// Each template of the tree, in a folder of its own.
    fn made(app: &App<'_>, test: &str) -> Vec<(String, String)> {
        let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/linux");
        let folder = std::env::temp_dir().join(format!("holdfast-{test}-{}", std::process::id()));
        Made::write(app, &templates, &folder).unwrap();
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        let names = FILES.iter().map(|(name, _)| *name).chain(["app.desktop", "packages.json"]);
        let files = names.map(|name| (name.to_owned(), read(name))).collect();
        fs::remove_dir_all(folder).unwrap();
        files
    }

    #[test]
    fn no_place_of_a_template_is_left_empty() {
        for (name, text) in made(&app("My App"), "places") {
            let places = text.split('@').skip(1).step_by(2);
            for place in places {
                let is_place = place.chars().all(|c| c.is_ascii_uppercase() || c == '_');
                assert!(!is_place, "@{place}@ of {name}:\n{text}");
            }
        }
    }

    #[test]
    fn a_desktop_offers_the_shortcuts() {
        let shortcuts = [("/new/?a=%20", "New \\ one"), ("/$1", "One")];
        let shortcuts = shortcuts.map(|(path, name)| (path.to_owned(), name.to_owned())).into();
        let app = super::App { shortcuts, ..app("My App") };
        let files = made(&app, "actions");
        let desktop = &files.iter().find(|(file, _)| file == "app.desktop").unwrap().1;
        let expected = "\nActions=Shortcut0;Shortcut1;\n\
            \n[Desktop Action Shortcut0]\nName=New \\\\ one\nExec=my-app \"web+qa:/new/?a=%%20\"\n\
            \n[Desktop Action Shortcut1]\nName=One\nExec=my-app \"web+qa:/\\\\$1\"\n";
        assert!(desktop.ends_with(expected), "{desktop}");
    }

    #[test]
    fn desktops_find_the_entry_by_what_the_windows_are_called() {
        let files = made(&app("My App"), "entry");
        let text = |name: &str| &files.iter().find(|(file, _)| file == name).unwrap().1;
        let desktop = text("app.desktop");
        assert!(desktop.contains("\nName=My App\n"), "{desktop}");
        assert!(desktop.contains("\nStartupWMClass=My-app\n"), "{desktop}");
        // Tauri calls the entry as the packages.
        let launchable = "<launchable type=\"desktop-id\">my-app.desktop</launchable>";
        assert!(text("app.metainfo.xml").contains(launchable), "{files:?}");
        if cfg!(target_os = "linux") {
            assert_eq!(text("packages.json"), "{ \"productName\": \"my-app\" }\n");
        }
    }

    /// The app's own tests read this with Tauri's types.
    #[test]
    fn what_overrides_the_configuration_is_as_tauri_was_shown() {
        let trusted = Trusted {
            endpoint: "https://example.org/{{target}}/{{current_version}}".to_owned(),
            key: "dW50cnVzdGVkIGNvbW1lbnQ6IG1pbmlzaWdu".to_owned(),
            is_without_tls: false,
        };
        let app = App { updates: Some(trusted), ..app("My \"App\"") };
        let files =
            [("/usr/share/doc/my-app/copyright".to_owned(), PathBuf::from("made/copyright"))];
        let config =
            config_of(&app, Path::new("made/icons"), Path::new("made/app.desktop"), &files);
        let shown =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/override.example.json");
        if std::env::var_os("HOLDFAST_WRITE_OVERRIDE").is_some() {
            fs::write(&shown, &config).unwrap();
        }
        let shown = fs::read_to_string(shown).unwrap();
        assert_eq!(config, shown, "HOLDFAST_WRITE_OVERRIDE=1 writes it anew");
    }
}
