//! Import maps: what the names in a page's imports stand for (HTML §8.1.5.3).

use std::collections::BTreeMap;

use serde_json::Value;
use url::Url;

use super::{Base, Found, LONGEST};
use crate::request::Destination;

/// What specifiers stand for, on the whole page and in some of its scripts.
#[derive(Debug, Default)]
pub(super) struct ImportMap {
    imports: Entries,
    /// By the addresses of the scripts, or of folders of them.
    scopes: BTreeMap<String, Entries>,
}

/// `None` where the map says that a name leads nowhere.
type Entries = BTreeMap<String, Option<Url>>;

impl ImportMap {
    /// Adds what another map of the page says. What is malformed is left out.
    pub(super) fn add(&mut self, text: &str, base: &Base) {
        let map: Value = serde_json::from_str(text).unwrap_or_default();
        add_entries(&mut self.imports, map.get("imports"), base);
        for (prefix, entries) in map.get("scopes").and_then(Value::as_object).into_iter().flatten()
        {
            if let Some(prefix) = base.join(prefix) {
                add_entries(self.scopes.entry(prefix.into()).or_default(), Some(entries), base);
            }
        }
    }

    /// Adds what names stand for. A script in a file of its own is looked at without the map,
    /// so all that it may import by name is needed from the start.
    pub(super) fn find(&self, found: &mut Found) {
        for entries in std::iter::once(&self.imports).chain(self.scopes.values()) {
            for (name, address) in entries {
                if !name.ends_with('/') {
                    found.add_url(address.clone(), Destination::Script);
                }
            }
        }
    }

    /// Where an import in the script at `base` leads ("resolve a module specifier").
    pub(super) fn resolve(&self, specifier: &str, base: &Url) -> Option<Url> {
        if specifier.len() > LONGEST {
            return None;
        }
        let address = like_an_address(specifier, base);
        let name = address.as_ref().map_or(specifier, Url::as_str);
        // "in descending order": the most particular scope comes first.
        let scopes = std::iter::once(base.as_str()).chain(folders(base.as_str()));
        let scopes = scopes.filter_map(|prefix| self.scopes.get(prefix));
        let mut entries = scopes.chain([&self.imports]);
        match entries.find_map(|entries| mapped(entries, name)) {
            Some(target) => target,
            None => address,
        }
    }
}

fn add_entries(entries: &mut Entries, said: Option<&Value>, base: &Base) {
    for (name, address) in said.and_then(Value::as_object).into_iter().flatten() {
        let key = like_an_address(name, &base.url).map_or_else(|| name.clone(), Url::into);
        let address = address.as_str().and_then(|address| like_an_address(address, &base.url));
        // "If specifierKey ends with U+002F (/), and the serialization of addressURL does not
        // end with U+002F (/), then … set normalized[normalizedSpecifierKey] to null."
        let fits = |address: &Url| !name.ends_with('/') || address.as_str().ends_with('/');
        entries.insert(key, address.filter(fits));
    }
}

/// `Some` as soon as an entry is about the name; whole names and longer ones come first.
fn mapped(entries: &Entries, name: &str) -> Option<Option<Url>> {
    if let Some(target) = entries.get(name) {
        return Some(target.clone());
    }
    let (folder, target) = folders(name).find_map(|folder| Some((folder, entries.get(folder)?)))?;
    let rest = name.get(folder.len()..).unwrap_or_default();
    // "If the serialization of url does not start with the serialization of
    // resolutionResult, then throw": `../` does not lead out of the folder.
    let joined = target.as_ref().and_then(|target| {
        let joined = target.join(rest).ok()?;
        joined.as_str().starts_with(target.as_str()).then_some(joined)
    });
    Some(joined)
}

/// What ends in a slash and begins the name, the longest first.
fn folders(name: &str) -> impl Iterator<Item = &str> {
    name.rmatch_indices('/').filter_map(|(at, _)| name.get(..=at))
}

/// "If specifier starts with "/", "./", or "../", then: let url be the result of URL parsing
/// specifier with baseURL. … Let url be the result of URL parsing specifier."
fn like_an_address(specifier: &str, base: &Url) -> Option<Url> {
    let is_relative = ["/", "./", "../"].iter().any(|start| specifier.starts_with(start));
    if is_relative { base.join(specifier).ok() } else { Url::parse(specifier).ok() }
}

#[cfg(test)]
mod tests {
    use encoding_rs::UTF_8;

    use super::*;

    const MAP: &str = r#"{
        "imports": {
            "vue": "/js/vue.js", "lib/": "/js/lib/", "lib/deep/": "./deep/", "nothing": null,
            "bad/": "/js/bad", "./local.js": "/js/local.js", "bare": "other"
        },
        "scopes": { "/old/": { "vue": "/js/vue2.js" } }
    }"#;

    #[track_caller]
    fn check(specifier: &str, script: &str, expected: Option<&str>) {
        let page = Url::parse("http://127.0.0.1:8000/polls/").unwrap();
        let mut map = ImportMap::default();
        map.add(MAP, &Base::of(&page, UTF_8));
        let resolved = map.resolve(specifier, &page.join(script).unwrap());
        let path = resolved.map(|url| url.as_str().replace("http://127.0.0.1:8000", ""));
        assert_eq!(path.as_deref(), expected, "{specifier} in {script}");
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn names_stand_for_what_the_map_says() {
        check("vue",             "",        Some("/js/vue.js"));
        check("vue",             "/old/a.js", Some("/js/vue2.js"));
        check("lib/a.js",        "",        Some("/js/lib/a.js"));
        check("lib/deep/a.js",   "",        Some("/polls/deep/a.js"));
        check("lib/../../a.js",  "",        None);
        check("./local.js",      "",        Some("/js/local.js"));
        check("./local.js",      "/js/x.js", Some("/js/local.js"));
        check("./other.js",      "/js/x.js", Some("/js/other.js"));
        check("https://a.org/b", "",        Some("https://a.org/b"));
        check("nothing",         "",        None);
        check("bad/a.js",        "",        None);
        check("bare",            "",        None);
        check("unknown",         "",        None);
    }

    #[test]
    fn a_map_that_is_none_says_nothing() {
        let page = Url::parse("http://127.0.0.1:8000/polls/").unwrap();
        for text in ["", "[", "[]", r#"{"imports":[],"scopes":{"/":1}}"#, &"[".repeat(100_000)] {
            let mut map = ImportMap::default();
            map.add(text, &Base::of(&page, UTF_8));
            assert_eq!(map.resolve("vue", &page), None);
        }
    }
}
