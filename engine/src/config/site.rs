//! The profile's contents and what makes each valid.

use std::path::Path;

use http::HeaderName;
use toml::de::DeTable;
use url::{Host, Url};

use super::kiosk::{Kiosk, read_kiosk};
use super::problem::{Problem, Problems};
use super::push::{Push, read_push};
use super::reader::{Reader, Table};
use super::remote::{RemoteTerms, read_remote};
use super::route::read_route;
use super::status::{StatusTerms, read_status};
use super::sync::{SyncRule, read_sync};
use crate::policy::Sharing;
use crate::route::Route;

/// One website, as its profile describes it.
#[derive(Debug, Clone)]
pub struct Site {
    /// What the person calls it; the window's title.
    pub name: String,
    /// Scheme, host and port of the site; `https`, or `http` on loopback.
    pub origin: Url,
    /// The path and query of the first page.
    pub start: String,
    /// The custom scheme under which the webview sees the site.
    pub scheme: String,
    /// A new one is a new install.
    pub version: String,
    /// What the window shows before its first page: red, green, blue.
    pub background: Option<[u8; 3]>,
    /// Pages that are wanted often.
    pub shortcuts: Vec<Shortcut>,
    /// The cookie that tells whose page it is. Without one, what depends on cookies
    /// is never stored.
    pub session_cookie: Option<String>,
    /// Where a person signs in and out.
    pub sign_in: SignInPages,
    /// What is stored before it is asked for.
    pub install: Install,
    /// What stands in for what is not to be had.
    pub fallback: Fallback,
    /// The rules, first match wins; the last one matches everything.
    pub routes: Vec<Route>,
    /// What is fetched by itself now and then.
    pub syncs: Vec<SyncRule>,
    /// What the site tells by itself.
    pub push: Push,
    /// The app as a public terminal.
    pub kiosk: Option<Kiosk>,
    /// How many bytes of responses may be kept.
    pub quota: u64,
    /// Whether responses are stored as for one person or for many.
    pub sharing: Sharing,
    /// Where whoever looks after the device is told how it is.
    pub status: Option<StatusTerms>,
    /// Where a newer profile lies.
    pub remote: Option<RemoteTerms>,
    /// Its number among those that were published, which grows.
    pub serial: Option<u64>,
    /// From which number it goes back to an earlier state.
    pub rolls_back: Option<u64>,
}

/// Where a person signs in and out, as far as it cannot be told by itself.
#[derive(Debug, Clone, Default)]
pub struct SignInPages {
    /// The path of the page for signing in.
    pub page: Option<String>,
    /// The name of the field with the name of who signs in.
    pub user_field: Option<String>,
    /// The path that signs out.
    pub sign_out: Option<String>,
}

/// What is stored before it is asked for, as paths on the site.
#[derive(Debug, Clone)]
pub struct Install {
    /// All of these or none.
    pub required: Vec<String>,
    /// As many of these as can be had.
    pub optional: Vec<String>,
    /// How many are fetched side by side.
    pub parallel: usize,
    /// Whether the cache is emptied at the next start and installed afresh.
    pub reset: bool,
}

impl Default for Install {
    fn default() -> Self {
        Self { required: Vec::new(), optional: Vec::new(), parallel: 6, reset: false }
    }
}

/// What stands in for what is not to be had, as paths on the site.
#[derive(Debug, Clone, Default)]
pub struct Fallback {
    /// The page for a page.
    pub document: Option<String>,
    /// The image for an image.
    pub image: Option<String>,
    /// The font for a font.
    pub font: Option<String>,
}

/// The bytes kept if the profile does not say.
const DEFAULT_QUOTA: u64 = 256 << 20;
/// Schemes that mean something else to a webview or to the system.
const TAKEN_SCHEMES: [&str; 16] = [
    "about",
    "asset",
    "blob",
    "data",
    "file",
    "ftp",
    "http",
    "https",
    "ipc",
    "javascript",
    "mailto",
    "tauri",
    "tel",
    "view-source",
    "ws",
    "wss",
];

impl Site {
    /// Reads the profile in a file.
    ///
    /// # Errors
    ///
    /// Every problem it has; a file that cannot be read is one problem at line 0.
    pub fn read_file(path: &Path) -> Result<Self, Problems> {
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::read(&file, &text),
            Err(error) => Err(Problems(vec![Problem {
                message: format!("cannot read the profile: {error}"),
                file,
                line: 0,
                column: 0,
                key: String::new(),
                expected: String::new(),
                text: String::new(),
            }])),
        }
    }

    /// Reads a profile's text; `file` is how messages name it.
    ///
    /// # Errors
    ///
    /// Every problem it has, in the order of the text.
    pub fn read(file: &str, text: &str) -> Result<Self, Problems> {
        let reader = Reader::new(file, text);
        let (entries, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let span = error.span().unwrap_or(0..0);
            reader.report(&span, "", error.message(), "valid TOML");
        }
        // Half a table would only bring up problems that are not there.
        let site = if errors.is_empty() { read_site(&reader, entries.get_ref()) } else { None };
        let problems = reader.into_problems();
        match site {
            Some(site) if problems.is_empty() => Ok(site),
            _ => Err(Problems(problems)),
        }
    }

    /// The address of a path on the site.
    ///
    /// # Errors
    ///
    /// What is wrong with the path.
    pub fn address(&self, path: &str) -> Result<Url, url::ParseError> {
        self.origin.join(path)
    }

    /// Whether an address is on the site.
    pub fn holds(&self, url: &Url) -> bool {
        // Like comparing `Url::origin`, which copies what it compares.
        let (own, port) = (&self.origin, Url::port_or_known_default);
        own.scheme() == url.scheme() && own.host() == url.host() && port(own) == port(url)
    }

    /// Changes whenever something that is installed changes.
    pub fn install_version(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        let Install { required, optional, .. } = &self.install;
        hasher.update(self.version.as_bytes());
        for list in [required, optional] {
            hasher.update(b"\0\0");
            for path in list {
                hasher.update(path.as_bytes());
                hasher.update(b"\0");
            }
        }
        format!("{}-{}", self.version, &hasher.finalize().to_hex().as_str()[..8])
    }
}

/// A page that menus and the desktop lead to at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortcut {
    /// What the person is shown.
    pub name: String,
    /// Path and query.
    pub path: String,
}

fn read_shortcuts(root: &Table<'_, '_>, origin: Option<&Url>) -> Vec<Shortcut> {
    let read = |table: Table<'_, '_>| {
        let name = read_name(&table, "what the person is shown");
        let path = table.required("path", PATH_EXPECTED, |path| checked_path(path, origin));
        table.finish();
        Some(Shortcut { name: name?, path: path? })
    };
    root.tables("shortcut").into_iter().filter_map(read).collect()
}

fn read_site<'t>(reader: &Reader<'t>, entries: &DeTable<'t>) -> Option<Site> {
    let root = reader.root(entries);
    let expected = "a table `[site]` with at least `name` and `origin`";
    let table = root.required_table("site", expected)?;
    let name = read_name(&table, "what the person calls the site");
    let origin = read_origin(&table);
    let scheme = read_scheme(&table).unwrap_or_else(|| "holdfast".to_owned());
    let version = table.text("version", "a string such as \"1\"").unwrap_or_else(|| "1".to_owned());
    let background = read_color(&table, "background");
    let session_cookie = read_session_cookie(&table);
    let start = read_path(&table, "start", origin.as_ref()).unwrap_or_else(|| "/".to_owned());
    table.finish();

    let shortcuts = read_shortcuts(&root, origin.as_ref());
    let sign_in = root.table("sign-in").map(|table| {
        let user_field = table.text("user-field", "the name of a field, such as \"username\"");
        let page = read_path(&table, "page", origin.as_ref());
        let sign_out = read_path(&table, "sign-out", origin.as_ref());
        table.finish();
        SignInPages { page, user_field, sign_out }
    });
    let sign_in = sign_in.unwrap_or_default();
    let install = root.table("install").map(|table| {
        let install = Install {
            required: read_paths(&table, "required", origin.as_ref()),
            optional: read_paths(&table, "optional", origin.as_ref()),
            parallel: read_parallel(&table),
            reset: table.truth("reset").unwrap_or(false),
        };
        table.finish();
        install
    });
    let install = install.unwrap_or_default();
    let fallback =
        root.table("fallback").map(|table| read_fallback(&table, origin.as_ref(), &install));
    let mut routes = Vec::new();
    for table in root.tables("route") {
        routes.extend(read_route(&table, &routes, &sign_in));
    }
    routes.push(Route::for_everything_else());
    let mut syncs = Vec::new();
    for table in root.tables("sync") {
        syncs.extend(read_sync(&table, &syncs, origin.as_ref()));
    }
    let push = root.table("push").map(|table| read_push(&table, origin.as_ref()));
    let kiosk = root.table("kiosk").map(|table| read_kiosk(&table, &start));
    let storage = root.table("storage").map(|table| {
        let (quota, is_shared) = (table.size("quota"), table.truth("shared-cache"));
        table.finish();
        (quota, is_shared.unwrap_or(false))
    });
    let (quota, is_shared) = storage.unwrap_or_default();
    let remote = root.table("remote").map(|table| read_remote(&table)).unwrap_or_default();
    let status = root.table("status").map(|table| read_status(&table));
    root.finish();
    Some(Site {
        name: name?,
        origin: origin?,
        start,
        scheme,
        version,
        background,
        shortcuts,
        session_cookie,
        sign_in,
        install,
        fallback: fallback.unwrap_or_default(),
        routes,
        syncs,
        push: push.unwrap_or_default(),
        kiosk,
        quota: quota.unwrap_or(DEFAULT_QUOTA),
        sharing: if is_shared { Sharing::Shared } else { Sharing::Private },
        status: status.flatten(),
        remote: remote.terms,
        serial: remote.serial,
        rolls_back: remote.rolls_back,
    })
}

fn read_name(table: &Table<'_, '_>, expected: &str) -> Option<String> {
    table.required("name", expected, |text| {
        if text.trim().is_empty() {
            Err("the name is empty".to_owned())
        } else {
            Ok(text.to_owned())
        }
    })
}

fn read_origin(table: &Table<'_, '_>) -> Option<Url> {
    let expected = "the site's origin, \"https://host\", or \"http://127.0.0.1:port\" on loopback";
    table.required("origin", expected, |text| {
        let url = Url::parse(text).map_err(|error| format!("`{text}` is not a URL: {error}"))?;
        let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !is_bare || !url.username().is_empty() || url.password().is_some() {
            return Err(format!("`{text}` is more than an origin"));
        }
        match url.scheme() {
            "https" => Ok(url),
            "http" if is_loopback(&url) => Ok(url),
            "http" => Err(format!("`{text}` would be fetched unencrypted")),
            other => Err(format!("the scheme `{other}` is not the web's")),
        }
    })
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn read_scheme(table: &Table<'_, '_>) -> Option<String> {
    let expected = "a scheme of its own, such as \"polls\": lower-case letters and digits, \
                    beginning with a letter";
    table.parsed("scheme", expected, |scheme| {
        let is_well_formed = scheme.starts_with(|c: char| c.is_ascii_lowercase())
            && scheme.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        if !is_well_formed {
            return Err(format!("`{scheme}` is not a scheme"));
        }
        if TAKEN_SCHEMES.contains(&scheme) {
            return Err(format!("the scheme `{scheme}` is taken"));
        }
        Ok(scheme.to_owned())
    })
}

fn read_color(table: &Table<'_, '_>, key: &'static str) -> Option<[u8; 3]> {
    table.parsed(key, "a colour such as \"#1a2b3c\"", |text| {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
        let is_one = |digits: &&str| digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let number = digits.filter(is_one).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let [_, red, green, blue] =
            number.ok_or_else(|| format!("`{text}` is not a colour"))?.to_be_bytes();
        Ok([red, green, blue])
    })
}

/// "cookie-name = token" (RFC 6265 §4.1.1), which is what a header name is as well.
fn read_session_cookie(table: &Table<'_, '_>) -> Option<String> {
    table.parsed("session-cookie", "the name of a cookie, such as \"sessionid\"", |name| {
        match name.parse::<HeaderName>() {
            Ok(_) => Ok(name.to_owned()),
            Err(_) => Err(format!("`{name}` is not the name of a cookie")),
        }
    })
}

const PATH_EXPECTED: &str = "a path on the site that begins with \"/\"";

pub(super) fn read_path(
    table: &Table<'_, '_>,
    key: &'static str,
    origin: Option<&Url>,
) -> Option<String> {
    table.parsed(key, PATH_EXPECTED, |path| checked_path(path, origin))
}

pub(super) fn read_paths(
    table: &Table<'_, '_>,
    key: &'static str,
    origin: Option<&Url>,
) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    for (text, found) in table.texts(key, "a list of paths on the site") {
        match checked_path(&text, origin) {
            Ok(path) if paths.contains(&path) => {
                table.report(&found, format!("`{path}` is listed twice"), "each path once");
            }
            Ok(path) => paths.push(path),
            Err(message) => table.report(&found, message, PATH_EXPECTED),
        }
    }
    paths
}

pub(super) fn checked_path(path: &str, origin: Option<&Url>) -> Result<String, String> {
    let is_on_site = |origin: &Url| {
        let url = origin.join(path);
        url.is_ok_and(|url| url.origin() == origin.origin() && url.fragment().is_none())
    };
    if path.starts_with('/') && origin.is_none_or(is_on_site) {
        return Ok(path.to_owned());
    }
    Err(format!("`{path}` is not a path on the site"))
}

/// More side by side would be rude to the site.
const MOST_PARALLEL: u64 = 32;

fn read_parallel(table: &Table<'_, '_>) -> usize {
    let parallel = table.count("parallel").and_then(|count| usize::try_from(count).ok());
    if let (Some(found), Some(count)) = (table.get("parallel"), parallel)
        && !(1..=MOST_PARALLEL).contains(&(count as u64))
    {
        table.report(&found, format!("{count} is out of range"), "1 to 32");
    }
    parallel.unwrap_or(Install::default().parallel)
}

fn read_fallback(table: &Table<'_, '_>, origin: Option<&Url>, install: &Install) -> Fallback {
    let read = |key| {
        table.parsed(key, "a path that `install.required` lists as well", |text| {
            let path = checked_path(text, origin)?;
            if install.required.contains(&path) {
                return Ok(path);
            }
            Err(format!("`{path}` would not be there when it is needed"))
        })
    };
    let fallback =
        Fallback { document: read("document"), image: read("image"), font: read("font") };
    table.finish();
    fallback
}
