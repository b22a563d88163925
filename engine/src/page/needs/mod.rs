//! What a page needs to be whole without the network.
//!
//! ```text
//! body ── what its headers say it is ──▶ html · css · script · manifest ──▶ needs
//! ```
//!
//! A save fetches what is found here, and asks again of each body that arrives. What a page
//! asks for and cannot be read off its text is found when the page is rendered to prove the
//! save; what is named here and never asked for is found by nobody, and would make a save
//! incomplete for nothing. So nothing is taken up that no browser with scripts loads: what is
//! in an inert template, a script for browsers without modules, a `<noscript>` but for its
//! images, which scripts like to take from there.

mod css;
mod elements;
mod escapes;
mod foreign;
mod html;
mod import_map;
mod lexer;
mod manifest;
#[cfg(test)]
mod real_pages;
mod script;
mod srcset;
#[cfg(test)]
mod tests;
mod text;

use std::borrow::Cow;
use std::collections::HashSet;

use encoding_rs::{Encoding, UTF_8};
use http::header::{CONTENT_ENCODING, HeaderMap};
use url::Url;

use crate::request::Destination;
use crate::response::content_type;

/// One thing that a page needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Need {
    /// Its address, of HTTP and without a fragment; not always on the site.
    pub(crate) url: Url,
    /// What it is for, as a browser that asks for it says.
    pub(crate) destination: Destination,
}

/// How much of a body is looked at. A page, a style sheet or a script that is longer needs
/// what is found up to there.
const LOOKED_AT: usize = 4 << 20;
/// How many things a body may need. More than that are no page but an attack on memory.
const MOST: usize = 10_000;
/// The longest address that is followed: servers take no longer ones.
const LONGEST: usize = 8 << 10;

/// What a body needs that came from `url` for `destination`, in the order of its text.
///
/// What the body is, its headers say. What is neither HTML, SVG, CSS, JavaScript nor a web app
/// manifest needs nothing.
pub(crate) fn needs(
    body: &[u8],
    headers: &HeaderMap,
    url: &Url,
    destination: Destination,
) -> Vec<Need> {
    let mut found = Found::by(url);
    // A coding that the transport does not know is still on the body.
    let kind = if headers.contains_key(CONTENT_ENCODING) { None } else { Kind::of(headers, url) };
    let Some(kind) = kind else { return found.needs };
    let (text, encoding) = text::decoded(body, headers, kind);
    match kind {
        Kind::Html => html::find(&text, Base::of(url, encoding), html::Syntax::Html, &mut found),
        Kind::Xhtml => html::find(&text, Base::of(url, UTF_8), html::Syntax::Xml, &mut found),
        // "In secure static mode … all external references are disabled", and that is how an
        // image is shown (SVG Integration §2).
        Kind::Svg if destination == Destination::Image => {}
        Kind::Svg => html::find(&text, Base::of(url, UTF_8), html::Syntax::Xml, &mut found),
        Kind::Css => css::find(&text, &Base::of(url, UTF_8), &mut found),
        Kind::Script => {
            script::find(&text, url, &import_map::ImportMap::default(), &mut found);
        }
        Kind::Manifest => manifest::find(&text, &Base::of(url, UTF_8), &mut found),
    }
    found.needs
}

/// The title of a page, in one line, if it has one that says something.
pub(crate) fn title(body: &[u8], headers: &HeaderMap) -> Option<String> {
    html::title(&text::decoded(body, headers, Kind::Html).0)
}

/// What a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Html,
    Xhtml,
    Svg,
    Css,
    Script,
    Manifest,
}

impl Kind {
    fn of(headers: &HeaderMap, url: &Url) -> Option<Self> {
        let (essence, _) = content_type(headers)?;
        match essence.to_ascii_lowercase().as_str() {
            "text/html" => Some(Self::Html),
            "application/xhtml+xml" => Some(Self::Xhtml),
            "image/svg+xml" => Some(Self::Svg),
            "text/css" => Some(Self::Css),
            "application/manifest+json" => Some(Self::Manifest),
            script if is_script(script) => Some(Self::Script),
            // Servers that know no manifests send them as what they are made of.
            "application/json" | "text/json" | "text/plain" | "application/octet-stream" => {
                let name = url.path().rsplit('/').next().unwrap_or_default();
                let is_manifest = name.ends_with(".webmanifest") || name == "manifest.json";
                is_manifest.then_some(Self::Manifest)
            }
            _ => None,
        }
    }
}

/// Whether a media type without parameters, in lower case, is one for JavaScript.
///
/// "A JavaScript MIME type is any MIME type whose essence is one of the following"
/// (MIME Sniffing §4.6)
fn is_script(essence: &str) -> bool {
    let Some((kind, name)) = essence.split_once('/') else { return false };
    let is_kind = kind == "text" || kind == "application";
    let name = name.strip_prefix("x-").unwrap_or(name);
    is_kind && (name == "ecmascript" || name.starts_with("javascript"))
        || matches!(essence, "text/jscript" | "text/livescript")
}

/// What the addresses in a text are relative to.
#[derive(Debug, Clone)]
struct Base {
    url: Url,
    encoding: &'static Encoding,
}

impl Base {
    fn of(url: &Url, encoding: &'static Encoding) -> Self {
        Self { url: url.clone(), encoding }
    }

    fn join(&self, reference: &str) -> Option<Url> {
        // "percent-encode after encoding, with encoding" (URL §4.4): a page that is not in
        // UTF-8 writes the queries of its addresses in its own encoding.
        let encode: &dyn Fn(&str) -> Cow<'_, [u8]> = &|text| self.encoding.encode(text).0;
        let options = Url::options().base_url(Some(&self.url));
        let joined = if self.encoding == UTF_8 {
            options.parse(reference)
        } else {
            options.encoding_override(Some(encode)).parse(reference)
        };
        joined.ok().filter(|url| url.as_str().len() <= LONGEST)
    }
}

/// What has been found, each address once.
struct Found {
    /// What needs it, and does not need itself.
    page: Url,
    needs: Vec<Need>,
    seen: HashSet<Url>,
}

impl Found {
    fn by(url: &Url) -> Self {
        let mut page = url.clone();
        page.set_fragment(None);
        Self { page, needs: Vec::new(), seen: HashSet::new() }
    }

    fn is_full(&self) -> bool {
        self.needs.len() >= MOST
    }

    /// Adds what a reference leads to; an empty one and one into the page itself lead nowhere.
    fn add(&mut self, base: &Base, reference: &str, destination: Destination) {
        let reference = reference.trim_ascii();
        let leads_away = !reference.is_empty() && !reference.starts_with('#');
        if leads_away && reference.len() <= LONGEST && !self.is_full() {
            self.add_url(base.join(reference), destination);
        }
    }

    fn add_url(&mut self, url: Option<Url>, destination: Destination) {
        let Some(mut url) = url.filter(|url| matches!(url.scheme(), "http" | "https")) else {
            return;
        };
        url.set_fragment(None);
        if url != self.page && !self.is_full() && self.seen.insert(url.clone()) {
            self.needs.push(Need { url, destination });
        }
    }
}
