//! The pages that a page leads to.

use dom_query::Document;
use url::Url;

/// Where the links of a page lead, each once, without fragments.
pub(super) fn links(html: &str, page: &Url) -> Vec<Url> {
    let document = Document::from(html);
    let base = document.base_uri().and_then(|base| page.join(&base).ok());
    let base = base.unwrap_or_else(|| page.clone());
    let mut found: Vec<Url> = Vec::new();
    for node in document.select("a[href], area[href]").nodes() {
        let target = node.attr("href").and_then(|href| base.join(&href).ok());
        let Some(mut target) = target else { continue };
        target.set_fragment(None);
        if target != *page && !found.contains(&target) {
            found.push(target);
        }
    }
    found
}
