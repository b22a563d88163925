//! The profile that is written from what was seen.

use std::fmt::Write;

/// What was seen of a site.
pub(super) struct Found {
    pub(super) origin: String,
    pub(super) name: String,
    /// Path and query of the first page.
    pub(super) start: String,
    pub(super) session_cookie: Option<String>,
    /// The path of the page for signing in, and the field for who does.
    pub(super) sign_in: Option<(String, Option<String>)>,
    pub(super) sign_out: Option<String>,
    /// Paths of what the first page is made of.
    pub(super) parts: Vec<String>,
    pub(super) folders: Vec<Folder>,
    /// Where forms of the first page send what is entered.
    pub(super) posts: Vec<String>,
    /// Hosts that the first page has something from.
    pub(super) elsewhere: Vec<String>,
    pub(super) icon: Option<String>,
    /// Behind a page that is not painted yet.
    pub(super) background: Option<String>,
    /// Pages that are wanted often: what they are called, and their paths.
    pub(super) shortcuts: Vec<(String, String)>,
    /// Whether the site wants its first page kept nowhere.
    pub(super) is_not_to_be_stored: bool,
}

/// A folder of files.
pub(super) struct Folder {
    pub(super) path: String,
    pub(super) kept: Use,
}

/// How what is stored may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// A file that changes gets another name.
    Lasting,
    /// The stored one is shown, and asked about.
    Changing,
}

/// Names of session cookies, of the frameworks that most sites are made with.
const SESSION_COOKIES: [&str; 10] = [
    "sessionid",
    "session",
    "PHPSESSID",
    "JSESSIONID",
    "connect.sid",
    "laravel_session",
    "ASP.NET_SessionId",
    ".AspNetCore.Session",
    "_session_id",
    "sid",
];

/// The session cookie among those that were set, as far as it can be told. Before anybody signs
/// in, some frameworks show by another cookie only what theirs is called.
pub(super) fn session_cookie(cookies: &[String]) -> Option<String> {
    let named = |cookie: &String| cookie.split_once('=').map(|(name, _)| name.trim().to_owned());
    let names: Vec<String> = cookies.iter().filter_map(named).collect();
    let has = |name: &str| names.iter().any(|other| other == name);
    let known = SESSION_COOKIES.iter().find(|name| has(name)).map(|name| (*name).to_owned());
    let hidden = || {
        let found = cookies.iter().find(|cookie| {
            let attributes = cookie.to_ascii_lowercase();
            attributes.contains("httponly")
                && !attributes.contains("csrf")
                && !attributes.contains("xsrf")
        });
        found.and_then(named)
    };
    let of_django = || has("csrftoken").then(|| "sessionid".to_owned());
    known.or_else(hidden).or_else(of_django)
}

/// A colour as a profile has it, if it is one in hexadecimal digits.
pub(super) fn color(css: &str) -> Option<String> {
    let digits = css.trim().strip_prefix('#')?;
    let is_one = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    match (digits.len(), is_one) {
        (6, true) => Some(format!("#{digits}")),
        (3, true) => {
            Some(digits.chars().fold("#".to_owned(), |whole, c| whole + &format!("{c}{c}")))
        }
        _ => None,
    }
}

/// A scheme made of a name.
fn scheme_of(name: &str) -> String {
    let letters: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .skip_while(char::is_ascii_digit)
        .take(16)
        .collect();
    // Some short words mean something else to a system, and none of them ends like this.
    if letters.is_empty() { "siteapp".to_owned() } else { format!("{letters}app") }
}

/// A string as TOML has it, which is how JSON has it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text.replace('\u{7f}', "")).to_string()
}

fn list(paths: &[String]) -> String {
    let lines: Vec<String> = paths.iter().map(|path| format!("    {},\n", quoted(path))).collect();
    format!("[\n{}]", lines.concat())
}

/// The profile.
pub(super) fn written(found: &Found) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write_to(&mut text, found);
    text
}

fn write_to(text: &mut String, found: &Found) -> std::fmt::Result {
    writeln!(text, "# A first profile of {}, from what could be seen of it.", found.origin)?;
    writeln!(
        text,
        "# What each line means: docs/profile.md. Check it: holdfast-gateway check FILE"
    )?;
    if let Some(icon) = &found.icon {
        writeln!(text, "# Its icon: {icon}")?;
    }
    writeln!(text, "\n[site]\nname           = {}", quoted(&found.name))?;
    writeln!(text, "origin         = {}", quoted(&found.origin))?;
    writeln!(text, "start          = {}", quoted(&found.start))?;
    writeln!(text, "scheme         = {}", quoted(&scheme_of(&found.name)))?;
    writeln!(text, "version        = \"1\"")?;
    if let Some(color) = &found.background {
        writeln!(text, "background     = {}", quoted(color))?;
    }
    match &found.session_cookie {
        Some(name) => writeln!(text, "session-cookie = {}", quoted(name))?,
        None => {
            writeln!(
                text,
                "# If people sign in, name the cookie that tells who it is. Without it"
            )?;
            writeln!(text, "# nothing that depends on cookies is stored.")?;
            writeln!(text, "# session-cookie = \"sessionid\"")?;
        }
    }
    for (name, path) in &found.shortcuts {
        writeln!(text, "\n[[shortcut]]\nname = {}\npath = {}", quoted(name), quoted(path))?;
    }
    if found.sign_in.is_some() || found.sign_out.is_some() {
        writeln!(text, "\n[sign-in]")?;
        if let Some((page, field)) = &found.sign_in {
            writeln!(text, "page       = {}", quoted(page))?;
            if let Some(field) = field {
                writeln!(text, "user-field = {}", quoted(field))?;
            }
        }
        if let Some(path) = &found.sign_out {
            writeln!(text, "sign-out   = {}", quoted(path))?;
        }
    }
    let first = [found.start.clone()];
    let mut optional = found.parts.clone();
    optional.retain(|path| *path != found.start);
    optional.splice(0..0, first);
    writeln!(text, "\n[install]\noptional = {}", list(&optional))?;
    let mut names: Vec<String> = Vec::new();
    for folder in &found.folders {
        let name = folder.path.trim_matches('/');
        let name: String =
            name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let name = match name.trim_matches('-') {
            "" => "files".to_owned(),
            name => name.to_lowercase(),
        };
        // Two folders may differ in nothing else.
        let before = names.iter().filter(|other| **other == name).count();
        names.push(name.clone());
        let name = if before == 0 { name } else { format!("{name}-{}", before + 1) };
        let (strategy, reason) = match folder.kept {
            Use::Lasting => ("cache-first", "What changes here gets another name."),
            Use::Changing => ("stale-while-revalidate", "Shown as stored, and asked about."),
        };
        writeln!(text, "\n# {reason}\n[[route]]\nname     = {}", quoted(&name))?;
        let path = format!("{}*", escaped(&folder.path));
        writeln!(text, "when     = {{ path = {}, method = \"GET\" }}", quoted(&path))?;
        writeln!(text, "strategy = \"{strategy}\"")?;
    }
    for path in &found.posts {
        writeln!(
            text,
            "\n# A form of the first page. To keep what is entered until the site has it, say"
        )?;
        writeln!(text, "# what its answer is then (docs/profile.md, Submissions):")?;
        writeln!(text, "# [[route]]\n# name     = \"form\"")?;
        writeln!(text, "# when     = {{ method = \"POST\", path = {} }}", quoted(&escaped(path)))?;
        writeln!(text, "# strategy = \"network-only\"\n# [route.outbox]")?;
        writeln!(text, "# accept   = {{ redirect = \"/…/\" }}")?;
    }
    writeln!(
        text,
        "\n[[route]]\nname     = \"pages\"\nwhen     = {{ destination = \"document\" }}"
    )?;
    writeln!(text, "strategy = \"network-first\"\ntimeout  = \"3s\"\nsave     = true")?;
    if found.is_not_to_be_stored {
        writeln!(
            text,
            "# The site forbids to keep its pages (`no-store`), as some frameworks do by themselves."
        )?;
        writeln!(text, "# Without this line they are not there without a network:")?;
        writeln!(text, "# ignore-no-store = true")?;
    }
    if !found.elsewhere.is_empty() {
        writeln!(
            text,
            "\n# Its pages have something from other hosts, which the app does not load:"
        )?;
        writeln!(text, "# {}", found.elsewhere.join(", "))?;
    }
    Ok(())
}

/// A path as a pattern that means nothing but it.
fn escaped(path: &str) -> String {
    let mut escaped = String::new();
    for character in path.chars() {
        if matches!(character, ':' | '*' | '(' | ')' | '{' | '}' | '?' | '+' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use holdfast_engine::{Shortcut, Site};

    use super::*;

    #[test]
    fn the_session_cookie_is_told_from_others() {
        let check = |cookies: &[&str], expected: Option<&str>| {
            let cookies: Vec<String> = cookies.iter().map(|cookie| (*cookie).to_owned()).collect();
            assert_eq!(session_cookie(&cookies).as_deref(), expected, "{cookies:?}");
        };
        check(&["lang=en; Path=/", "PHPSESSID=1; path=/"], Some("PHPSESSID"));
        check(&["csrf=1; HttpOnly", "i_like_it=2; Path=/; HttpOnly"], Some("i_like_it"));
        check(&["csrftoken=1; Path=/; SameSite=Lax"], Some("sessionid"));
        check(&["lang=en"], None);
        check(&[], None);
    }

    /// Whatever a site says of itself, the profile can be read.
    #[test]
    fn what_a_site_says_ends_nothing_in_its_profile() {
        let awkward = "\"]\n[site]\u{7f}\\ é\t日本";
        let found = Found {
            origin: "https://example.org".to_owned(),
            name: awkward.to_owned(),
            start: "/?a=\"b\"".to_owned(),
            session_cookie: Some("sid".to_owned()),
            sign_in: Some(("/in/".to_owned(), Some(awkward.to_owned()))),
            sign_out: Some("/out/".to_owned()),
            parts: vec!["/a.css".to_owned(), "/?a=\"b\"".to_owned()],
            folders: vec![
                Folder { path: "/s(1)+/".to_owned(), kept: Use::Lasting },
                Folder { path: "/media/".to_owned(), kept: Use::Changing },
                Folder { path: "/@@media/".to_owned(), kept: Use::Changing },
            ],
            posts: vec!["/a:b/".to_owned()],
            elsewhere: vec!["cdn.example".to_owned()],
            icon: Some("https://example.org/i.png".to_owned()),
            background: Some("#1a2B3c".to_owned()),
            shortcuts: vec![(awkward.to_owned(), "/new?a=\"b\"".to_owned())],
            is_not_to_be_stored: true,
        };
        let text = written(&found);
        let site = Site::read("site.toml", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(site.start, found.start);
        assert_eq!(site.background, Some([0x1a, 0x2b, 0x3c]));
        let path = "/new?a=\"b\"".to_owned();
        // A character that no text has a use for is left out.
        let name = awkward.replace('\u{7f}', "");
        assert_eq!(site.shortcuts, [Shortcut { name, path }]);
        assert_eq!(site.install.optional, ["/?a=\"b\"", "/a.css"]);
        // One for each folder, one for pages, and the engine's own for the rest.
        assert_eq!(site.routes.len(), 5);
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn colours_in_digits_are_taken_over() {
        let check = |css: &str, expected: Option<&str>| assert_eq!(color(css).as_deref(), expected, "{css}");
        check("#fff",     Some("#ffffff"));
        check(" #1a2B3c", Some("#1a2B3c"));
        check("#1a2b3c80", None);
        check("#ggg",     None);
        check("white",    None);
    }

    #[test]
    fn names_become_schemes() {
        assert_eq!(scheme_of("My Tracker 2"), "mytracker2app");
        assert_eq!(scheme_of("2048"), "siteapp");
        assert_eq!(scheme_of("日本"), "siteapp");
    }
}
