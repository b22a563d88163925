//! The attributes of an element that hold links.

use super::links::Links;

/// An element as handlers that may move between threads see it.
pub(super) type Element<'r, 't> =
    lol_html::html_content::Element<'r, 't, lol_html::send::SendHandlerTypes>;

/// Maps the links of one element, unless a `<base>` has led elsewhere before.
pub(super) fn map_attributes(
    element: &mut Element<'_, '_>,
    links: &Links,
    has_foreign_base: &mut bool,
) {
    let is_base = element.tag_name() == "base";
    let mut mapped = Vec::new();
    for attribute in element.attributes() {
        let name = attribute.name();
        let value = attribute.value();
        let replacement = match name.as_str() {
            "href" if is_base => {
                let path = links.path(&value);
                *has_foreign_base |= path.is_none() && value.contains("//");
                path
            }
            "href" | "src" | "action" | "formaction" | "poster" | "data" | "background"
            | "xlink:href" => links.path(&value),
            "srcset" | "imagesrcset" => links.srcset(&value),
            // Scripts that load images late take their addresses from there.
            "data-src" | "data-lazy-src" | "data-original" | "data-bg" => links.path(&value),
            "data-srcset" | "data-lazy-srcset" => links.srcset(&value),
            "style" => links.css(&value),
            "content" if stands_for(element, "refresh") => links.refresh(&value),
            "content" if stands_for(element, "content-security-policy") => links.policy(&value),
            _ => None,
        };
        mapped.extend(replacement.map(|replacement| (name, replacement)));
    }
    if mapped.is_empty() || *has_foreign_base {
        return;
    }
    for (name, value) in mapped {
        // The names come from the document's own attributes, so they are valid ones.
        let _ = element.set_attribute(&name, &value);
    }
}

/// Whether an element stands for a header.
fn stands_for(element: &Element<'_, '_>, header: &str) -> bool {
    let equivalent = element.get_attribute("http-equiv").unwrap_or_default();
    equivalent.trim().eq_ignore_ascii_case(header)
}
