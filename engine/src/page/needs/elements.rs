//! What each element needs, by its attributes.

use html5ever::Attribute;

use super::is_script;
use super::srcset::candidates;
use crate::request::Destination;

/// The attributes of an element.
pub(super) struct Attributes<'t>(pub(super) &'t [Attribute]);

impl<'t> Attributes<'t> {
    /// The value of the one with this name, in lower case.
    pub(super) fn get(&self, name: &str) -> Option<&'t str> {
        let attribute = self.0.iter().find(|attribute| &*attribute.name.local == name);
        attribute.map(|attribute| &*attribute.value)
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.get(name).is_some_and(|found| found.trim_ascii().eq_ignore_ascii_case(value))
    }

    /// Whether one of the words of an attribute is one of these.
    fn says(&self, name: &str, words: &[&str]) -> bool {
        let value = self.get(name).unwrap_or_default();
        let mut said = value.split_ascii_whitespace();
        said.any(|said| words.iter().any(|word| said.eq_ignore_ascii_case(word)))
    }

    /// What is written in CSS.
    pub(super) fn styles(&self) -> impl Iterator<Item = &'t str> {
        let styles = self.0.iter().filter(|attribute| STYLES.contains(&&*attribute.name.local));
        styles.map(|attribute| &*attribute.value).filter(|style| style.contains('('))
    }
}

/// The `style` of any element, and properties that elements of SVG have as attributes.
const STYLES: [&str; 11] = [
    "style",
    "clip-path",
    "cursor",
    "fill",
    "filter",
    "marker",
    "marker-end",
    "marker-mid",
    "marker-start",
    "mask",
    "stroke",
];

/// Tells `add` of each reference of an element.
pub(super) fn needs_of(
    name: &str,
    attributes: &Attributes<'_>,
    is_in_picture: bool,
    mut add: impl FnMut(&str, Destination),
) {
    let mut add_all = |names: &[&str], destination| {
        for value in names.iter().filter_map(|name| attributes.get(name)) {
            add(value, destination);
        }
    };
    match name {
        "img" => {
            add_all(&["src"], Destination::Image);
            add_candidates(attributes.get("srcset"), add);
        }
        // One in SVG has `href`; to HTML it is another name of `img`.
        "image" => {
            add_all(&["src", "href", "xlink:href"], Destination::Image);
            add_candidates(attributes.get("srcset"), add);
        }
        "use" | "feimage" => add_all(&["href", "xlink:href"], Destination::Image),
        "input" if attributes.is("type", "image") => add_all(&["src"], Destination::Image),
        "source" if is_in_picture => add_candidates(attributes.get("srcset"), add),
        "source" | "audio" | "track" => add_all(&["src"], Destination::Media),
        "video" => {
            add_all(&["poster"], Destination::Image);
            add_all(&["src"], Destination::Media);
        }
        "iframe" | "frame" | "embed" => add_all(&["src"], Destination::Document),
        "object" => add_all(&["data"], Destination::Document),
        "body" | "table" | "thead" | "tbody" | "tfoot" | "tr" | "td" | "th" => {
            add_all(&["background"], Destination::Image);
        }
        "script" if runs(attributes) => {
            add_all(&["src", "href", "xlink:href"], Destination::Script);
        }
        "link" => link(attributes, add),
        _ => {}
    }
}

fn add_candidates(srcset: Option<&str>, mut add: impl FnMut(&str, Destination)) {
    for address in candidates(srcset.unwrap_or_default()) {
        add(address, Destination::Image);
    }
}

/// Whether a script is run by browsers that know modules.
fn runs(attributes: &Attributes<'_>) -> bool {
    let kind = attributes.get("type").unwrap_or_default().trim_ascii().to_ascii_lowercase();
    let is_module = kind == "module";
    is_module || (kind.is_empty() || is_script(&kind)) && attributes.get("nomodule").is_none()
}

const ICONS: [&str; 4] = ["icon", "apple-touch-icon", "apple-touch-icon-precomposed", "mask-icon"];

fn link(attributes: &Attributes<'_>, mut add: impl FnMut(&str, Destination)) {
    let is = |words: &[&str]| attributes.says("rel", words);
    let kind = attributes.get("as").unwrap_or_default().trim_ascii().to_ascii_lowercase();
    let destination = if is(&["stylesheet"]) {
        // "If the element has a type attribute whose value is not a supported one" it is not
        // fetched (HTML §4.6.7.19).
        let is_css = attributes.get("type").is_none_or(|kind| {
            let essence = kind.split(';').next().unwrap_or_default().trim_ascii();
            essence.is_empty() || essence.eq_ignore_ascii_case("text/css")
        });
        is_css.then_some(Destination::Style)
    } else if is(&ICONS) {
        Some(Destination::Image)
    } else if is(&["manifest"]) {
        Some(Destination::Data)
    } else if is(&["modulepreload"]) {
        Some(preloaded(&kind).unwrap_or(Destination::Script))
    } else if is(&["preload"]) {
        // "If … as … is not a valid destination, then return" (HTML §4.6.7.17)
        let destination = preloaded(&kind);
        if destination == Some(Destination::Image) {
            add_candidates(attributes.get("imagesrcset"), &mut add);
        }
        destination
    } else {
        None
    };
    if let Some((href, destination)) = attributes.get("href").zip(destination) {
        add(href, destination);
    }
}

/// What is preloaded, by the `as` of its link.
fn preloaded(kind: &str) -> Option<Destination> {
    match kind {
        "style" => Some(Destination::Style),
        "script" | "worker" | "sharedworker" | "audioworklet" | "paintworklet" => {
            Some(Destination::Script)
        }
        "image" => Some(Destination::Image),
        "font" => Some(Destination::Font),
        "audio" | "video" | "track" => Some(Destination::Media),
        "document" | "iframe" | "frame" | "embed" | "object" => Some(Destination::Document),
        "fetch" | "json" | "manifest" => Some(Destination::Data),
        _ => None,
    }
}
