//! What a page needs.

use http::HeaderMap;
use url::Url;

use crate::request::Destination;
use crate::response::is_html;

/// One thing that a page needs, by its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) url: Url,
    pub(crate) destination: Destination,
}

/// What a body needs.
pub(crate) fn needs(body: &[u8], headers: &HeaderMap, url: &Url, _: Destination) -> Vec<Need> {
    if !is_html(headers) {
        return Vec::new();
    }
    let html = String::from_utf8_lossy(body);
    let document = dom_query::Document::from(&*html);
    let mut found = Vec::new();
    for (selector, name, destination) in [
        ("link[rel=stylesheet]", "href", Destination::Style),
        ("script[src]", "src", Destination::Script),
        ("img[src]", "src", Destination::Image),
    ] {
        for node in document.select(selector).nodes() {
            let Some(value) = node.attr(name) else { continue };
            if let Ok(url) = url.join(&value) {
                found.push(Need { url, destination });
            }
        }
    }
    found
}
