//! Where in a document SVG and MathML are, whose elements hold no raw text.
//!
//! A tokenizer does not know it, and a tree is not built, because that takes the square of the
//! depth: a few megabytes of tags without an end would take minutes. So of the rules for
//! foreign content (HTML §13.2.6.5) those are followed that bear on what is raw text.

/// How deep foreign content may be nested in documents that somebody wrote.
const DEEPEST: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    /// An element of SVG or MathML that holds such elements, by its name.
    Foreign(&'static str),
    /// An element of theirs that holds HTML.
    Html(&'static str),
}

/// What is open of foreign content.
#[derive(Debug, Default)]
pub(super) struct Foreign(Vec<Within>);

impl Foreign {
    pub(super) fn is_here(&self) -> bool {
        matches!(self.0.last(), Some(Within::Foreign(_)))
    }

    /// "A start tag whose tag name is one of" these ends the foreign content.
    pub(super) fn leave_for(&mut self, name: &str) {
        if ENDING.contains(&name) {
            while self.is_here() {
                self.0.pop();
            }
        }
    }

    /// A start tag that does not close itself: whether its element is a foreign one.
    pub(super) fn start(&mut self, name: &str) -> bool {
        let was_here = self.is_here();
        let known = |names: &[&'static str]| names.iter().find(|known| **known == name).copied();
        let root = known(&["svg", "math"]);
        let opened = match root {
            Some(root) => Some(Within::Foreign(root)),
            None if was_here => known(&HOLDING_HTML).map(Within::Html),
            None => None,
        };
        if self.0.len() < DEEPEST {
            self.0.extend(opened);
        }
        was_here || root.is_some()
    }

    pub(super) fn end(&mut self, name: &str) {
        let is_it = |within: &Within| match within {
            Within::Foreign(open) | Within::Html(open) => *open == name,
        };
        if let Some(at) = self.0.iter().rposition(is_it) {
            self.0.truncate(at);
        }
    }
}

/// "an HTML integration point" or "a MathML text integration point"
const HOLDING_HTML: [&str; 9] =
    ["foreignobject", "desc", "title", "annotation-xml", "mi", "mo", "mn", "ms", "mtext"];

#[rustfmt::skip] // A table reads better dense.
const ENDING: [&str; 43] = [
    "b", "big", "blockquote", "body", "br", "center", "code", "dd", "div", "dl", "dt", "em",
    "embed", "h1", "h2", "h3", "h4", "h5", "h6", "head", "hr", "i", "img", "li", "listing",
    "menu", "meta", "nobr", "ol", "p", "pre", "ruby", "s", "small", "span", "strong", "strike",
    "sub", "sup", "table", "tt", "u", "ul",
];
