//! Writes a first profile for a site by looking at it: a few requests, and none that robots may
//! not make.
//!
//! ```text
//! robots.txt ─▶ the start page ─▶ its manifest, the page for signing in, one file of each folder
//!                                   └─▶ profile
//! ```
//!
//! It is a beginning for whoever knows the site: what could not be seen from outside is said in
//! comments, and nothing is kept for sending later before somebody has said what delivered means.

mod asking;
mod profile;

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use holdfast_engine::{Destination, Look, Manifest, Site, in_full, look, read_manifest};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, SET_COOKIE, VARY};
use url::{Position, Url};

use asking::{Answer, Asking};
use profile::{Folder, Found, Use};

/// Which site, and where the profile goes.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The address of the site's first page.
    url: String,

    /// Writes the profile here instead of printing it; a file that is there stays as it is.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Writes the site's largest icon here.
    #[arg(long, value_name = "FILE")]
    icon: Option<PathBuf>,
}

/// Of how many folders a file is looked at.
const MOST_FOLDERS: usize = 6;
/// What a page's style and scripts are fetched for beforehand, at most.
const MOST_PARTS: usize = 24;

/// Looks at the site: what to print.
///
/// # Errors
///
/// Why there is no profile.
pub(crate) fn run(asked: &Init) -> Result<String, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("holdfast-gateway: {}", in_full(&error)))?;
    runtime.block_on(look_at(asked)).map_err(|error| format!("holdfast-gateway: {error}"))
}

async fn look_at(asked: &Init) -> Result<String, String> {
    let mut asking = Asking::of(address(&asked.url)?).await?;
    let start = asking.get(asking.start().clone()).await?;
    check_start(asking.start(), &start)?;
    // The site is where its first page is in the end.
    let origin = start.url.clone();
    let on_site = |url: &Url| url.origin() == origin.origin();
    let page = look(&start.body, &start.headers, &start.url);
    let manifest = match page.manifest.clone().filter(on_site) {
        Some(url) => read_at(&mut asking, url).await,
        None => Manifest::default(),
    };
    let signing_in = signing_in(&mut asking, &start, &page).await;
    let folders = folders(&mut asking, &page, &origin).await;
    let cookies = asking.cookies();
    let path = |url: &Url| url[Position::BeforePath..Position::AfterQuery].to_owned();
    let first = manifest.start.as_ref().filter(|url| on_site(url));
    // A site that leads to its sign-in has another first page.
    let asked_for = if on_site(asking.start()) { asking.start() } else { &start.url };
    let parts = page.needs.iter().filter(|(url, destination)| {
        let is_part = match destination {
            Destination::Style | Destination::Script | Destination::Font => true,
            Destination::Document | Destination::Image | Destination::Media | Destination::Data => {
                false
            }
        };
        is_part && on_site(url)
    });
    let mut elsewhere: Vec<String> = page
        .needs
        .iter()
        .filter(|(url, _)| !on_site(url))
        .filter_map(|(url, _)| url.host_str().map(str::to_owned))
        .collect();
    elsewhere.sort();
    elsewhere.dedup();
    let icons: Vec<Url> = manifest.icons.iter().chain(&page.icons).cloned().collect();
    let found = Found {
        origin: origin.origin().ascii_serialization(),
        name: manifest.name.or(page.name).unwrap_or_else(|| host_of(&origin)),
        start: path(first.unwrap_or(asked_for)),
        session_cookie: profile::session_cookie(&cookies),
        sign_in: signing_in,
        sign_out: page.sign_out_link,
        parts: parts.map(|(url, _)| path(url)).take(MOST_PARTS).collect(),
        folders,
        posts: page.posts,
        elsewhere,
        icon: icons.first().map(ToString::to_string),
        background: manifest.background.as_deref().and_then(profile::color),
        shortcuts: manifest
            .shortcuts
            .into_iter()
            .filter(|(name, to)| on_site(to) && !name.trim().is_empty())
            .map(|(name, to)| (name, path(&to)))
            .collect(),
        is_not_to_be_stored: forbids_storing(&start.headers),
    };
    let text = profile::written(&found);
    let name = asked.output.as_deref().unwrap_or(Path::new("site.toml"));
    Site::read(&name.display().to_string(), &text).map_err(|problems| problems.to_string())?;
    if let Some(file) = &asked.icon {
        let icon = icons.first().ok_or("the site names no icon")?;
        let icon = asking.get(icon.clone()).await?;
        write(file, &icon.body)?;
    }
    match &asked.output {
        Some(file) => {
            write(file, text.as_bytes())?;
            Ok(format!("{}: written, after {} requests\n", file.display(), asking.count()))
        }
        None => Ok(text),
    }
}

/// Whether what was asked for is the first page of the site that it was asked of.
fn check_start(asked: &Url, start: &Answer) -> Result<(), String> {
    let url = &start.url;
    if start.status == StatusCode::UNAUTHORIZED {
        return Err(format!(
            "{url} wants a name and a password before it shows anything (HTTP authentication), \
             which init has not: start from a page that everybody sees"
        ));
    }
    if !start.status.is_success() {
        return Err(format!("{url} answers {}", start.status));
    }
    let kind = start.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !["text/html", "application/xhtml+xml"].iter().any(|page| kind.eq_ignore_ascii_case(page)) {
        let kind = if kind.is_empty() { "of no type" } else { kind };
        return Err(format!("{url} is {kind} and no page: give the address of the first page"));
    }
    if host_of(url) != host_of(asked) {
        return Err(format!(
            "{asked} leads to another site, {}; if people sign in there, it cannot be wrapped, \
             since the app shows one site. If that is the site, give its address",
            url.origin().ascii_serialization()
        ));
    }
    Ok(())
}

/// The address as a profile takes it: encrypted, or on this machine.
fn address(text: &str) -> Result<Url, String> {
    let with_scheme =
        if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let url = Url::parse(&with_scheme).map_err(|error| format!("`{text}`: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(format!("`{text}` is not the address of a website"));
    }
    Ok(url)
}

fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().trim_start_matches("www.").to_owned()
}

async fn read_at(asking: &mut Asking, url: Url) -> Manifest {
    match asking.get(url).await {
        Ok(answer) if answer.status.is_success() => {
            read_manifest(&String::from_utf8_lossy(&answer.body), &answer.url)
        }
        Ok(_) | Err(_) => Manifest::default(),
    }
}

/// The path of the page for signing in, and the field for who does.
async fn signing_in(
    asking: &mut Asking,
    start: &Answer,
    page: &Look,
) -> Option<(String, Option<String>)> {
    if let Some(form) = &page.sign_in {
        return Some((start.url.path().to_owned(), form.user_field.clone()));
    }
    let path = page.sign_in_link.clone()?;
    let url = start.url.join(&path).ok()?;
    let answer = asking.get(url).await.ok().filter(|answer| answer.status.is_success())?;
    let form = look(&answer.body, &answer.headers, &answer.url).sign_in?;
    // Where only the query says what the page is for, its path is that of others.
    let page = if path.contains('?') { path } else { answer.url.path().to_owned() };
    Some((page, form.user_field))
}

/// The folders that what pages are made of lies in, and how what is in them may be kept.
async fn folders(asking: &mut Asking, page: &Look, origin: &Url) -> Vec<Folder> {
    let mut folders: Vec<(String, Vec<Url>)> = Vec::new();
    for (url, destination) in &page.needs {
        let is_file = match destination {
            Destination::Style | Destination::Script | Destination::Font | Destination::Image => {
                url.origin() == origin.origin()
            }
            Destination::Document | Destination::Media | Destination::Data => false,
        };
        let Some((first, _)) = url.path().trim_start_matches('/').split_once('/') else { continue };
        if !is_file || first.is_empty() {
            continue;
        }
        let path = format!("/{first}/");
        match folders.iter_mut().find(|(known, _)| *known == path) {
            Some((_, files)) => files.push(url.clone()),
            None => folders.push((path, vec![url.clone()])),
        }
    }
    let mut found = Vec::new();
    for (path, files) in folders.into_iter().take(MOST_FOLDERS) {
        let Some(sample) = files.first() else { continue };
        let Ok(answer) = asking.get(sample.clone()).await else { continue };
        if !answer.status.is_success() || !is_for_everybody(&answer.headers) {
            continue;
        }
        let is_lasting = is_said_to_last(&answer.headers) || files.iter().all(is_versioned);
        found.push(Folder { path, kept: if is_lasting { Use::Lasting } else { Use::Changing } });
    }
    found
}

/// Whether the site wants its pages kept nowhere.
fn forbids_storing(headers: &HeaderMap) -> bool {
    let control = headers.get(CACHE_CONTROL).and_then(|value| value.to_str().ok());
    let mut directives = control.unwrap_or_default().split(',');
    directives.any(|directive| directive.trim().eq_ignore_ascii_case("no-store"))
}

/// Whether a response is a file that is the same for everybody.
fn is_for_everybody(headers: &HeaderMap) -> bool {
    let text = |name| {
        let value = headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
        value.unwrap_or_default().to_ascii_lowercase()
    };
    !text(&CONTENT_TYPE).starts_with("text/html")
        && !text(&VARY).contains("cookie")
        && !text(&CACHE_CONTROL).contains("private")
        && !text(&CACHE_CONTROL).contains("no-store")
        && !headers.contains_key(SET_COOKIE)
}

/// Whether the site says that it will not be another one: for a month, or for ever.
fn is_said_to_last(headers: &HeaderMap) -> bool {
    const MONTH: u64 = 30 * 24 * 60 * 60;
    let control = headers.get(CACHE_CONTROL).and_then(|value| value.to_str().ok());
    control.unwrap_or_default().split(',').any(|directive| {
        let directive = directive.trim();
        let age = directive.strip_prefix("max-age=").and_then(|age| age.parse::<u64>().ok());
        directive.eq_ignore_ascii_case("immutable") || age.is_some_and(|age| age >= MONTH)
    })
}

/// Whether a file has another name when it is another one, as `app.3f2a9c81.js` has.
fn is_versioned(url: &Url) -> bool {
    const HASH: usize = 8;
    let name = url.path().rsplit('/').next().unwrap_or_default();
    let mut parts = name.split(['.', '-', '_']);
    let is_hash = |part: &str| {
        part.len() >= HASH
            && part.chars().all(|c| c.is_ascii_alphanumeric())
            && part.chars().any(|c| c.is_ascii_digit())
            && part.chars().any(|c| c.is_ascii_alphabetic())
    };
    url.query().is_some_and(|query| !query.is_empty()) || parts.any(is_hash)
}

/// Writes a file that is not there yet.
fn write(file: &Path, content: &[u8]) -> Result<(), String> {
    let opened = OpenOptions::new().write(true).create_new(true).open(file);
    opened
        .and_then(|mut opened| opened.write_all(content))
        .map_err(|error| format!("{}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_may_be_written_as_people_do() {
        assert_eq!(address("example.org").unwrap().as_str(), "https://example.org/");
        assert_eq!(address("http://127.0.0.1:8000/polls/").unwrap().path(), "/polls/");
        assert!(address("ftp://example.org").is_err());
        assert!(address("not a site").is_err());
    }

    #[test]
    fn a_name_that_changes_with_its_file_is_known() {
        let check = |path: &str, expected: bool| {
            let url = Url::parse("https://example.org").unwrap().join(path).unwrap();
            assert_eq!(is_versioned(&url), expected, "{path}");
        };
        check("/static/app.3f2a9c81.js", true);
        check("/assets/index-DiwrgTda0.css", true);
        check("/static/app.js?v=3", true);
        check("/static/app.js", false);
        check("/static/jquery-3.7.1.min.js", false);
        check("/static/bootstrap.bundle.min.js", false);
    }
}
