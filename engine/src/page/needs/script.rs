//! What a script imports, and what it names relative to itself.

use http::header::HeaderMap;
use url::Url;

use super::import_map::ImportMap;
use super::lexer::{Lexer, Token};
use super::{Base, Found};
use crate::request::Destination;

/// Adds what the script at `base` needs. Names that are neither addresses nor in the map lead
/// nowhere, in a browser as here.
pub(super) fn find(text: &str, base: &Url, map: &ImportMap, found: &mut Found) {
    // Most scripts import nothing, and need not be read.
    let mut words = ["import", "export"].iter().map(|word| word.as_bytes());
    if !words.any(|word| memchr::memmem::find(text.as_bytes(), word).is_some()) {
        return;
    }
    let mut reading = Reading { tokens: Lexer::of(text), back: None, base, map, found };
    let mut is_after_dot = false;
    while let Some(token) = reading.next() {
        match token {
            // `x.import` is a name of the site's own.
            Token::Word(_) if is_after_dot => {}
            Token::Word("import") => reading.import(),
            Token::Word("export") => reading.export(),
            Token::Word("new") => reading.made_new(),
            Token::Word("importScripts") => reading.scripts(),
            Token::Word(_) | Token::Text(_) | Token::Sign(_) | Token::Other => {}
        }
        is_after_dot = matches!(token, Token::Sign("." | "?."));
        if reading.found.is_full() {
            break;
        }
    }
}

struct Reading<'r, 't> {
    tokens: Lexer<'t>,
    /// What was read and belongs to what comes next.
    back: Option<Token<'t>>,
    base: &'r Url,
    map: &'r ImportMap,
    found: &'r mut Found,
}

impl<'t> Reading<'_, 't> {
    fn next(&mut self) -> Option<Token<'t>> {
        self.back.take().or_else(|| self.tokens.next())
    }

    /// Passes over what is expected, and over nothing else.
    fn passes(&mut self, expected: &[Token<'static>]) -> bool {
        expected.iter().all(|expected| {
            let token = self.next();
            let is_expected = token.as_ref() == Some(expected);
            if !is_expected {
                self.back = token;
            }
            is_expected
        })
    }

    fn text(&mut self) -> Option<String> {
        match self.next() {
            Some(Token::Text(text)) => Some(text.into_owned()),
            other => {
                self.back = other;
                None
            }
        }
    }

    /// `import "a"`, `import a, {b as c} from "d"`, `import("e")`.
    fn import(&mut self) {
        if let Some(specifier) = self.text() {
            self.with_attributes(&specifier);
        } else if self.passes(&[Token::Sign("(")]) {
            let Some(specifier) = self.text() else { return };
            match self.next() {
                Some(Token::Sign(")")) => self.add(&specifier, Destination::Script),
                Some(Token::Sign(",")) => {
                    self.passes(&[Token::Sign("{")]);
                    self.with_attributes(&specifier);
                }
                // `import("./" + name)`
                other => self.back = other,
            }
        } else {
            self.clause();
        }
    }

    /// `export * from "a"`, `export {b} from "c"`; what else is exported is of the script.
    fn export(&mut self) {
        match self.next() {
            Some(sign @ Token::Sign("*" | "{")) => {
                self.back = Some(sign);
                self.clause();
            }
            other => self.back = other,
        }
    }

    /// The names up to `from "…"`; no more is read than belongs to them.
    fn clause(&mut self) {
        let mut is_in_braces = false;
        while let Some(token) = self.next() {
            match token {
                Token::Sign("{") => is_in_braces = true,
                Token::Sign("}") => {
                    if !self.passes(&[Token::Word("from")]) {
                        return;
                    }
                    self.back = Some(Token::Word("from"));
                    is_in_braces = false;
                }
                Token::Word("from") if !is_in_braces => {
                    if let Some(specifier) = self.text() {
                        return self.with_attributes(&specifier);
                    }
                }
                Token::Sign("*" | ",") => {}
                Token::Text(_) | Token::Word(_) if is_in_braces => {}
                // `import from from "a"` imports something called `from`.
                Token::Word(word) if !matches!(word, "import" | "export" | "new") => {}
                Token::Word(_) | Token::Text(_) | Token::Sign(_) | Token::Other => {
                    self.back = Some(token);
                    return;
                }
            }
        }
    }

    /// `with {type: "json"}`, which says what is imported if it is no script.
    fn with_attributes(&mut self, specifier: &str) {
        let mut kind = None;
        if self.passes(&[Token::Word("with")]) || self.passes(&[Token::Word("assert")]) {
            self.passes(&[Token::Sign(":")]);
            let is_kind = self.passes(&[Token::Sign("{"), Token::Word("type"), Token::Sign(":")]);
            kind = if is_kind { self.text() } else { None };
        }
        let destination = match kind.as_deref() {
            Some("json") => Destination::Data,
            Some("css") => Destination::Style,
            Some(_) | None => Destination::Script,
        };
        self.add(specifier, destination);
    }

    fn add(&mut self, specifier: &str, destination: Destination) {
        let url = self.map.resolve(specifier, self.base);
        self.found.add_url(url, destination);
    }

    /// `new URL("a", import.meta.url)`, perhaps in `new Worker(…)`.
    fn made_new(&mut self) {
        let is_worker =
            self.passes(&[Token::Word("Worker")]) || self.passes(&[Token::Word("SharedWorker")]);
        if is_worker && !self.passes(&[Token::Sign("("), Token::Word("new")])
            || !self.passes(&[Token::Word("URL"), Token::Sign("(")])
        {
            return;
        }
        let Some(reference) = self.text() else { return };
        let of_script = [",", "import", ".", "meta", ".", "url"].map(|piece| match piece {
            "," | "." => Token::Sign(piece),
            word => Token::Word(word),
        });
        if self.passes(&of_script) {
            self.add_beside(&reference, is_worker.then_some(Destination::Script));
        }
    }

    /// `importScripts("a", "b")` in a worker.
    fn scripts(&mut self) {
        if !self.passes(&[Token::Sign("(")]) {
            return;
        }
        while let Some(reference) = self.text() {
            self.add_beside(&reference, Some(Destination::Script));
            self.passes(&[Token::Sign(",")]);
        }
    }

    /// Adds what is named relative to the script; where it does not say what for, the ending
    /// of its name does.
    fn add_beside(&mut self, reference: &str, destination: Option<Destination>) {
        let base = Base::of(self.base, encoding_rs::UTF_8);
        let by_name = || Destination::of(&HeaderMap::new(), base.join(reference)?.path());
        let destination = destination.or_else(by_name).unwrap_or(Destination::Data);
        self.found.add(&base, reference, destination);
    }
}
