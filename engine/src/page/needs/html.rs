//! What a document needs, from its tags.
//!
//! html5ever's tokenizer reads it, with the state of its own that a parser would give it: which
//! elements hold raw text, and which of those are to be looked into.

use std::cell::{Cell, RefCell};

use html5ever::TokenizerResult;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::{RawKind, Rawtext, Rcdata, ScriptData};
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use super::elements::{Attributes, needs_of};
use super::foreign::Foreign;
use super::import_map::ImportMap;
use super::{Base, Found, css, is_script, script};
use crate::request::Destination;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    Html,
    /// SVG and XHTML: no element holds raw text, and every one may close itself.
    Xml,
}

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looking {
    Everything,
    /// In a `<noscript>`, which is shown by nobody who runs scripts.
    Images,
    Title,
}

/// How much is fed at once.
const PIECE: usize = 16 << 10;
/// How many attributes a tag may have: the tokenizer compares each with all before it. They
/// are counted by what may separate them, and a tag with more is read no further.
const MOST_ATTRIBUTES: usize = 16 << 10;
/// How many documents may be within one another, as `srcdoc`.
const MOST_WITHIN: u8 = 4;

/// Adds what a document needs.
pub(super) fn find(text: &str, base: Base, syntax: Syntax, found: &mut Found) {
    State::of(base, syntax, Looking::Everything, 0, found).read(text);
}

/// The first title of a document, if it says something.
pub(super) fn title(text: &str) -> Option<String> {
    let url = url::Url::parse("about:blank").ok()?;
    let base = Base::of(&url, encoding_rs::UTF_8);
    let mut found = Found::by(&url);
    let state = State::of(base, Syntax::Html, Looking::Title, 0, &mut found).read(text);
    let words: Vec<_> = state.title.split_whitespace().collect();
    Some(words.join(" ")).filter(|title| !title.is_empty())
}

/// What the text that comes next is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    Style,
    Module,
    Script,
    ImportMap,
    Noscript,
    Title,
}

struct State<'f> {
    base: Base,
    has_base: bool,
    syntax: Syntax,
    looking: Looking,
    /// How many documents this one is within.
    depth: u8,
    found: &'f mut Found,
    map: ImportMap,
    foreign: Foreign,
    /// The element whose text is gathered, by its tag's name.
    gathering: Option<(Within, String)>,
    text: String,
    title: String,
    /// How many templates are open whose content nothing shows.
    inert: usize,
    is_in_picture: bool,
    is_done: bool,
}

impl<'f> State<'f> {
    fn of(base: Base, syntax: Syntax, looking: Looking, depth: u8, found: &'f mut Found) -> Self {
        Self {
            base,
            has_base: false,
            syntax,
            looking,
            depth,
            found,
            map: ImportMap::default(),
            foreign: Foreign::default(),
            gathering: None,
            text: String::new(),
            title: String::new(),
            inert: 0,
            is_in_picture: false,
            is_done: false,
        }
    }

    fn read(self, text: &str) -> Self {
        let options = TokenizerOpts::default();
        let sink = Sink { state: RefCell::new(self), tokens: Cell::new(0) };
        let mut tokenizer = Tokenizer::new(sink, options.clone());
        let input = BufferQueue::default();
        // What the last token was found in, and how many attributes may have begun since.
        let (mut rest, mut tokens, mut stretch, mut separators) = (text, 0, text, 0);
        while !rest.is_empty() && !tokenizer.sink.state.borrow().is_done {
            let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE.min(rest.len())));
            separators += separators_in(piece);
            if separators > MOST_ATTRIBUTES {
                // A long comment is no long tag.
                let is_comment = stretch.get(..stretch.len() - rest.len());
                let is_comment = is_comment.is_some_and(|stretch| stretch.contains("<!--"));
                let Some(end) = rest.find("-->").filter(|_| is_comment) else { break };
                rest = rest.get(end + 3..).unwrap_or_default();
                (stretch, separators) = (rest, 0);
                tokenizer = Tokenizer::new(tokenizer.sink, options.clone());
                continue;
            }
            let fed = rest;
            rest = after;
            input.push_back(StrTendril::from(piece));
            // The sink neither runs scripts nor changes the encoding.
            while let TokenizerResult::Script(()) | TokenizerResult::EncodingIndicator(_) =
                tokenizer.feed(&input)
            {}
            if tokens != tokenizer.sink.tokens.get() {
                (tokens, stretch) = (tokenizer.sink.tokens.get(), fed);
                separators = separators_in(piece);
            }
        }
        tokenizer.end();
        let mut state = tokenizer.sink.state.into_inner();
        // A style sheet counts although it has no end; a script does not.
        if let Some((within @ (Within::Style | Within::Title), _)) = state.gathering.take() {
            state.gathered(within);
        }
        state
    }

    fn start(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let name = self.local(&tag.name);
        let is_closed = tag.self_closing;
        self.foreign.leave_for(&name);
        let is_foreign = match self.syntax {
            Syntax::Xml => true,
            Syntax::Html if is_closed => self.foreign.is_here(),
            Syntax::Html => self.foreign.start(&name),
        };
        let attributes = Attributes(&tag.attrs);
        if self.inert == 0 {
            self.element(&name, &attributes);
        }
        let has_content = !(is_foreign && is_closed);
        if name == "template" && has_content {
            // "declarative shadow roots" are shown; what is in other templates waits for
            // a script that fills it in.
            let is_shown = attributes.get("shadowrootmode").is_some() && self.inert == 0;
            self.inert += usize::from(!is_shown);
        }
        let within = self.within(&name, &attributes, is_foreign);
        if let Some(within) = within.filter(|_| has_content && self.gathering.is_none()) {
            self.gathering = Some((within, name.clone()));
        }
        if is_foreign {
            return TokenSinkResult::Continue;
        }
        match name.as_str() {
            "plaintext" => TokenSinkResult::Plaintext,
            name => {
                raw(name, self.looking).map_or(TokenSinkResult::Continue, TokenSinkResult::RawData)
            }
        }
    }

    /// The name of an element without the prefix that it may have in XML.
    fn local(&self, name: &str) -> String {
        match (self.syntax, name.rsplit_once(':')) {
            (Syntax::Xml, Some((_, local))) => local.to_owned(),
            (Syntax::Html, _) | (Syntax::Xml, None) => name.to_owned(),
        }
    }

    fn element(&mut self, name: &str, attributes: &Attributes<'_>) {
        match self.looking {
            Looking::Title => return,
            Looking::Everything => {}
            Looking::Images if ["img", "source", "picture", "input"].contains(&name) => {}
            Looking::Images => return,
        }
        match name {
            "picture" => self.is_in_picture = true,
            "audio" | "video" => self.is_in_picture = false,
            "base" => self.set_base(attributes),
            _ => {}
        }
        let srcdoc = attributes.get("srcdoc").filter(|_| name == "iframe");
        if let Some(srcdoc) = srcdoc {
            if self.depth < MOST_WITHIN {
                let base = self.base.clone();
                State::of(base, Syntax::Html, self.looking, self.depth + 1, self.found)
                    .read(srcdoc);
            }
        } else {
            let (base, found) = (&self.base, &mut *self.found);
            needs_of(name, attributes, self.is_in_picture, |need, destination| {
                found.add(base, need, destination);
            });
        }
        for style in attributes.styles() {
            css::find_in_declarations(style, &self.base, self.found);
        }
        self.is_done |= self.found.is_full();
    }

    /// "The first base element with an href attribute" (HTML §4.2.3). What came before it was
    /// asked for already.
    fn set_base(&mut self, attributes: &Attributes<'_>) {
        let Some(href) = attributes.get("href").filter(|_| !self.has_base) else { return };
        self.has_base = true;
        let joined = self.base.join(href.trim_ascii());
        if let Some(url) = joined.filter(|url| !matches!(url.scheme(), "data" | "javascript")) {
            self.base.url = url;
        }
    }

    /// What the text of an element is to be looked at for.
    fn within(&self, name: &str, attributes: &Attributes<'_>, is_foreign: bool) -> Option<Within> {
        let within = match name {
            "title" if !is_foreign => Some(Within::Title),
            "style" => Some(Within::Style),
            "noscript" if !is_foreign => Some(Within::Noscript),
            "script" if attributes.get("src").is_none() => {
                let kind = attributes.get("type").unwrap_or_default().trim_ascii();
                match kind.to_ascii_lowercase().as_str() {
                    "module" => Some(Within::Module),
                    "importmap" => Some(Within::ImportMap),
                    "" => Some(Within::Script),
                    kind => is_script(kind).then_some(Within::Script),
                }
            }
            _ => None,
        };
        within.filter(|within| match (self.looking, within) {
            (Looking::Everything, Within::Title) => false,
            (Looking::Everything, _) => self.inert == 0,
            (Looking::Images, _) => false,
            (Looking::Title, within) => *within == Within::Title,
        })
    }

    fn end(&mut self, tag: &Tag) {
        let name = self.local(&tag.name);
        self.foreign.end(&name);
        match name.as_str() {
            "template" => self.inert = self.inert.saturating_sub(1),
            "picture" => self.is_in_picture = false,
            _ => {}
        }
        if let Some((within, _)) = self.gathering.take_if(|(_, open)| *open == name) {
            self.gathered(within);
        }
    }

    fn gathered(&mut self, within: Within) {
        let text = std::mem::take(&mut self.text);
        match within {
            Within::Style => css::find(&text, &self.base, self.found),
            Within::Module => script::find(&text, &self.base.url, &self.map, self.found),
            Within::Script => script::find(&text, &self.base.url, &self.map, self.found),
            Within::ImportMap => {
                self.map.add(&text, &self.base);
                self.map.find(self.found);
            }
            Within::Noscript => {
                let base = self.base.clone();
                State::of(base, self.syntax, Looking::Images, self.depth, self.found).read(&text);
            }
            Within::Title => {
                self.title = text;
                self.is_done = true;
            }
        }
        self.is_done |= self.found.is_full();
    }
}

/// How many attributes may begin in a piece. Between attributes a slash is rare, while an image
/// written into an attribute has one in every 64 characters.
fn separators_in(piece: &str) -> usize {
    let count = |separator: fn(u8) -> bool| piece.bytes().filter(|byte| separator(*byte)).count();
    count(|byte| byte.is_ascii_whitespace() || byte == b'"' || byte == b'\'')
        + count(|byte| byte == b'/') / 4
}

/// The elements whose text is no markup, as they are read where scripts run.
fn raw(name: &str, looking: Looking) -> Option<RawKind> {
    match name {
        "title" | "textarea" => Some(Rcdata),
        "script" => Some(ScriptData),
        "style" | "xmp" | "iframe" | "noembed" | "noframes" => Some(Rawtext),
        // One in a `<noscript>` is none: only text is left of it.
        "noscript" => (looking != Looking::Images).then_some(Rawtext),
        _ => None,
    }
}

struct Sink<'f> {
    state: RefCell<State<'f>>,
    tokens: Cell<u64>,
}

impl TokenSink for Sink<'_> {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        self.tokens.set(self.tokens.get().wrapping_add(1));
        let mut state = self.state.borrow_mut();
        if state.is_done {
            return TokenSinkResult::Continue;
        }
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => return state.start(&tag),
            Token::TagToken(tag) => state.end(&tag),
            Token::CharacterTokens(text) if state.gathering.is_some() => state.text.push_str(&text),
            // `<?xml-stylesheet …?>` is a comment to a tokenizer of HTML.
            Token::CommentToken(text) if state.syntax == Syntax::Xml => {
                if let Some(rest) = text.strip_prefix("?xml-stylesheet")
                    && let Some(href) = pseudo_attribute(rest, "href")
                {
                    let State { base, found, .. } = &mut *state;
                    found.add(base, href, Destination::Style);
                }
            }
            Token::CharacterTokens(_)
            | Token::CommentToken(_)
            | Token::DoctypeToken(_)
            | Token::NullCharacterToken
            | Token::EOFToken
            | Token::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        let state = self.state.borrow();
        state.syntax == Syntax::Xml || state.foreign.is_here()
    }
}

fn pseudo_attribute<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, value) = text.split_once(name)?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| ['"', '\''].contains(quote))?;
    value.get(1..)?.split(quote).next()
}
