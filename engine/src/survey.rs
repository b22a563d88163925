//! What a site says of itself on its first page and in its manifest, as far as a first profile
//! goes.

use dom_query::{Document, NodeRef};
use http::header::HeaderMap;
use serde_json::Value;
use url::{Position, Url};

use crate::page::{needs, title};
use crate::request::Destination;

/// What a page says of its site.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    /// What the site calls itself.
    pub name: Option<String>,
    /// What the page is made of, wherever that lies.
    pub needs: Vec<(Url, Destination)>,
    /// Its web app manifest.
    pub manifest: Option<Url>,
    /// Its icons, the best one first.
    pub icons: Vec<Url>,
    /// The form for signing in, if it is on this page.
    pub sign_in: Option<SignInForm>,
    /// Where a link for signing in leads: its path, with the query where only that says so.
    pub sign_in_link: Option<String>,
    /// Where links for signing out lead, by their path.
    pub sign_out_link: Option<String>,
    /// Where its other forms send what is entered with POST, by their path, each once.
    pub posts: Vec<String>,
}

/// A form for signing in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInForm {
    /// The name of the field for who signs in.
    pub user_field: Option<String>,
}

/// A web app manifest, as far as an app has a use for it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest {
    /// What fits under an icon, or else the whole name.
    pub name: Option<String>,
    /// The first page.
    pub start: Option<Url>,
    /// Its icons, the largest first.
    pub icons: Vec<Url>,
    /// Behind a page that is not painted yet, as CSS has it.
    pub background: Option<String>,
    /// Of what surrounds a page, as CSS has it.
    pub theme: Option<String>,
    /// Pages that are wanted often, with what they are called.
    pub shortcuts: Vec<(String, Url)>,
}

/// Words in the paths of pages for signing in, in this order.
const SIGN_IN: [&str; 4] = ["login", "signin", "sign-in", "sign_in"];
const SIGN_OUT: [&str; 4] = ["logout", "signout", "sign-out", "sign_out"];

/// What a page at `url` says of its site.
pub fn look(body: &[u8], headers: &HeaderMap, url: &Url) -> Look {
    let document = Document::from(String::from_utf8_lossy(body).as_ref());
    let base = document.base_uri().and_then(|base| url.join(&base).ok());
    let base = base.unwrap_or_else(|| url.clone());
    let join = |node: &NodeRef<'_>, name| base.join(node.attr(name)?.trim()).ok();
    let of_links = |words: &[&str], end: Position| {
        let links = document.select("a[href], form[action]");
        links.nodes().iter().find_map(|node| {
            let to = join(node, "href").or_else(|| join(node, "action"))?;
            let place = to[Position::BeforePath..end].to_ascii_lowercase();
            let is_one =
                to.origin() == url.origin() && words.iter().any(|word| place.contains(word));
            is_one.then_some(to)
        })
    };
    // Some sites have one path for everything, and say what is wanted in the query. What signs
    // out is known by its path alone, or all of those would.
    let path = |to: Url| to.path().to_owned();
    let sign_in_link = of_links(&SIGN_IN, Position::AfterPath).map(path).or_else(|| {
        let to = of_links(&SIGN_IN, Position::AfterQuery)?;
        Some(to[Position::BeforePath..Position::AfterQuery].to_owned())
    });
    let (sign_in, posts) = forms(&document, url, &base);
    let manifest = document.select("link[rel~=manifest]");
    let manifest = manifest.nodes().first().and_then(|link| join(link, "href"));
    let icons = document.select("link[rel~=apple-touch-icon], link[rel~=icon]");
    let mut icons: Vec<_> = icons
        .nodes()
        .iter()
        .filter_map(|link| {
            let is_touched = link.attr_or("rel", "").contains("apple");
            Some((size(&link.attr_or("sizes", "")), is_touched, join(link, "href")?))
        })
        .collect();
    icons.sort_by_key(|(size, is_touched, _)| std::cmp::Reverse((*size, *is_touched)));
    Look {
        name: meta(&document, "name", "application-name")
            .or_else(|| meta(&document, "property", "og:site_name"))
            .or_else(|| title(body, headers)),
        needs: needs(body, headers, url, Destination::Document)
            .into_iter()
            .map(|need| (need.url, need.destination))
            .collect(),
        manifest,
        icons: icons.into_iter().map(|(_, _, icon)| icon).collect(),
        sign_in,
        sign_in_link,
        sign_out_link: of_links(&SIGN_OUT, Position::AfterPath).map(path),
        posts,
    }
}

/// What a manifest at `url` says.
pub fn read_manifest(text: &str, url: &Url) -> Manifest {
    let manifest: Value = serde_json::from_str(text).unwrap_or_default();
    let text = |owner: &Value, name: &str| {
        let text = owner.get(name).and_then(Value::as_str).map(str::trim);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let list = |name: &str| manifest.get(name).and_then(Value::as_array).into_iter().flatten();
    let mut icons: Vec<_> = list("icons")
        .filter_map(|icon| {
            let sizes = text(icon, "sizes").unwrap_or_default();
            Some((size(&sizes), url.join(&text(icon, "src")?).ok()?))
        })
        .collect();
    icons.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
    Manifest {
        name: text(&manifest, "short_name").or_else(|| text(&manifest, "name")),
        start: text(&manifest, "start_url").and_then(|start| url.join(&start).ok()),
        icons: icons.into_iter().map(|(_, icon)| icon).collect(),
        background: text(&manifest, "background_color"),
        theme: text(&manifest, "theme_color"),
        shortcuts: list("shortcuts")
            .filter_map(|shortcut| {
                let to = url.join(&text(shortcut, "url")?).ok()?;
                Some((text(shortcut, "name")?, to))
            })
            .collect(),
    }
}

/// The largest of sizes such as `32x32 64x64`, in pixels; of `any`, which has none, the most.
fn size(sizes: &str) -> u32 {
    let sizes = sizes.split_whitespace().map(|size| match size {
        "any" => u32::MAX,
        size => size.split(['x', 'X']).next().and_then(|width| width.parse().ok()).unwrap_or(0),
    });
    sizes.max().unwrap_or(0)
}

fn meta(document: &Document, key: &str, name: &str) -> Option<String> {
    let found = document.select(&format!("meta[{key}=\"{name}\"]"));
    let content = found.nodes().first()?.attr("content")?;
    let words: Vec<&str> = content.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// The form for signing in, and where the others lead.
fn forms(document: &Document, url: &Url, base: &Url) -> (Option<SignInForm>, Vec<String>) {
    let (mut sign_in, mut posts) = (None, Vec::new());
    for form in document.select("form").nodes() {
        if !form.attr_or("method", "").eq_ignore_ascii_case("post") {
            continue;
        }
        let inputs: Vec<NodeRef<'_>> = form
            .descendants_it()
            .filter(|node| node.node_name().is_some_and(|name| &*name == "input"))
            .collect();
        let kind = |input: &NodeRef<'_>| input.attr_or("type", "text").to_ascii_lowercase();
        let passwords = inputs.iter().filter(|input| kind(input) == "password").count();
        // One with two is for a new password.
        if passwords == 1 {
            let user = inputs.iter().find(|input| matches!(&*kind(input), "text" | "email"));
            let user_field = user.and_then(|input| input.attr("name")).map(|name| name.to_string());
            sign_in.get_or_insert(SignInForm { user_field });
            continue;
        }
        let action = form.attr_or("action", "");
        let to = if action.trim().is_empty() { Ok(url.clone()) } else { base.join(action.trim()) };
        let path = to.ok().filter(|to| to.origin() == url.origin()).map(|to| to.path().to_owned());
        let is_sign_out = |path: &String| SIGN_OUT.iter().any(|word| path.contains(word));
        posts.extend(path.filter(|path| !posts.contains(path) && !is_sign_out(path)));
    }
    (sign_in, posts)
}

#[cfg(test)]
mod tests {
    use http::header::{CONTENT_TYPE, HeaderValue};

    use super::*;

    fn url(path: &str) -> Url {
        Url::parse("https://example.org").unwrap().join(path).unwrap()
    }

    fn html(text: &str) -> Look {
        let headers = [(CONTENT_TYPE, HeaderValue::from_static("text/html"))];
        look(text.as_bytes(), &HeaderMap::from_iter(headers), &url("/app/"))
    }

    #[test]
    fn a_page_says_what_its_site_is_called() {
        let name = |text| html(text).name;
        assert_eq!(name("<title> All  issues </title>"), Some("All issues".to_owned()));
        assert_eq!(
            name("<title>All</title><meta property='og:site_name' content='Tracker'>"),
            Some("Tracker".to_owned())
        );
        assert_eq!(
            name("<meta name='application-name' content='Track'><title>All</title>"),
            Some("Track".to_owned())
        );
        assert_eq!(name("<title></title>"), None);
    }

    #[test]
    fn the_form_for_signing_in_is_told_from_others() {
        let found = html(
            "<form method=post action=/comment><input name=text></form>\
             <form method=POST><input name=user><input type=password name=pw></form>\
             <form method=post action=/password><input type=password><input type=password></form>\
             <form action=/search><input name=q></form>\
             <form method=post action=/logout/><button>Go</button></form>\
             <form method=post action=https://elsewhere.example/><input></form>\
             <a href=/accounts/login/?next=/>Sign in</a>",
        );
        assert_eq!(found.sign_in, Some(SignInForm { user_field: Some("user".to_owned()) }));
        assert_eq!(found.posts, ["/comment", "/password"]);
        assert_eq!(found.sign_in_link.as_deref(), Some("/accounts/login/"));
        assert_eq!(found.sign_out_link.as_deref(), Some("/logout/"));
    }

    #[test]
    fn a_site_with_one_path_says_in_the_query_where_to_sign_in() {
        let found = html(
            "<a href=/doku.php?id=start>Start</a><a href='/doku.php?id=start&amp;do=login'>Log in</a>\
             <a href='/doku.php?id=start&amp;do=logout'>Log out</a>",
        );
        assert_eq!(found.sign_in_link.as_deref(), Some("/doku.php?id=start&do=login"));
        assert_eq!(found.sign_out_link, None);
    }

    #[test]
    fn the_largest_icon_comes_first() {
        let found = html(
            "<link rel=icon href=/16.png sizes=16x16><link rel='shortcut icon' href=/any.svg sizes=any>\
             <link rel=apple-touch-icon href=/180.png sizes=180x180><link rel=icon href=old.ico>",
        );
        let paths: Vec<_> = found.icons.iter().map(Url::path).collect();
        assert_eq!(paths, ["/any.svg", "/180.png", "/16.png", "/app/old.ico"]);
    }

    #[test]
    fn a_manifest_is_read_as_far_as_it_can_be() {
        let manifest = read_manifest(
            r##"{"name": "The tracker", "short_name": "Track", "start_url": "../start?pwa",
                "icons": [{"src": "a.png", "sizes": "48x48"}, {}, {"src": "b.png", "sizes": "512x512"}],
                "background_color": "#fff", "theme_color": 7,
                "shortcuts": [{"name": "New", "url": "/new"}, {"url": "/nameless"}]}"##,
            &url("/static/app.webmanifest"),
        );
        assert_eq!(manifest.name.as_deref(), Some("Track"));
        assert_eq!(manifest.start, Some(url("/start?pwa")));
        assert_eq!(manifest.icons, [url("/static/b.png"), url("/static/a.png")]);
        assert_eq!((manifest.background.as_deref(), manifest.theme), (Some("#fff"), None));
        assert_eq!(manifest.shortcuts, [("New".to_owned(), url("/new"))]);
        assert_eq!(read_manifest("<!doctype html>", &url("/")), Manifest::default());
    }
}
