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
            "href" | "src" | "action" | "formaction" | "poster" | "data" => links.path(&value),
            "srcset" | "imagesrcset" => links.srcset(&value),
            "style" => links.css(&value),
            "content" if is_refresh(element) => map_refresh(&value, links),
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

fn is_refresh(element: &Element<'_, '_>) -> bool {
    let equivalent = element.get_attribute("http-equiv").unwrap_or_default();
    equivalent.eq_ignore_ascii_case("refresh")
}

/// "5; url=http://site/path".
fn map_refresh(value: &str, links: &Links) -> Option<String> {
    let (delay, target) = value.split_once(['u', 'U'])?;
    let target = target.get(2..)?.trim_start().strip_prefix('=')?;
    let path = links.path(target.trim().trim_matches(['"', '\'']))?;
    Some(format!("{delay}url={path}"))
}
