//! What a style sheet needs: what it imports, its images and its fonts.

use cssparser::{CowRcStr, Delimiter, Delimiters, ParseError, Parser, ParserInput, Token};

use super::{Base, Found};
use crate::request::Destination;

/// How deep blocks and functions are looked into. What is deeper is passed over, because a
/// call for each level would take the stack away.
const DEEPEST: u8 = 64;

/// Adds what a style sheet needs.
pub(super) fn find(text: &str, base: &Base, found: &mut Found) {
    read(text, base, found, Place { imports: Imports::Load, ..PLAIN });
}

/// Adds what the declarations of a `style` attribute or the value of a property need.
pub(super) fn find_in_declarations(text: &str, base: &Base, found: &mut Found) {
    read(text, base, found, PLAIN);
}

fn read(text: &str, base: &Base, found: &mut Found, place: Place) {
    let mut input = ParserInput::new(text);
    Reading { base, found }.block(&mut Parser::new(&mut input), place);
}

/// What the things in a block mean.
#[derive(Clone, Copy)]
struct Place {
    addresses: Destination,
    strings: Strings,
    imports: Imports,
    depth: u8,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Strings {
    AreAddresses,
    AreText,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Imports {
    Load,
    /// "Any @import rules must precede all other valid at-rules and style rules in a style
    /// sheet" (CSS Cascade 5 §2), else nothing loads them.
    AreIgnored,
}

const PLAIN: Place = Place {
    addresses: Destination::Image,
    strings: Strings::AreText,
    imports: Imports::AreIgnored,
    depth: 0,
};

struct Reading<'r> {
    base: &'r Base,
    found: &'r mut Found,
}

impl Reading<'_> {
    /// Reads to the end of a block, a function or the sheet.
    fn block(&mut self, parser: &mut Parser<'_, '_>, mut place: Place) {
        // What is between the braces that come next.
        let mut within = PLAIN;
        while let Ok(token) = parser.next().cloned() {
            if let Token::AtKeyword(name) = token {
                within = self.at_rule(parser, &name, &mut place);
            } else if let Token::UnquotedUrl(address) = token {
                self.found.add(self.base, &address, place.addresses);
            } else if let Token::QuotedString(address) = token {
                if place.strings == Strings::AreAddresses {
                    self.found.add(self.base, &address, place.addresses);
                }
            } else if let Token::Function(name) = token {
                self.function(parser, &name, place);
            } else if matches!(token, Token::CurlyBracketBlock) {
                place.imports = Imports::AreIgnored;
                self.nested(parser, Place { depth: place.depth, ..within });
                within = PLAIN;
            } else if matches!(token, Token::ParenthesisBlock | Token::SquareBracketBlock) {
                let strings = Strings::AreText;
                self.nested(parser, Place { strings, imports: Imports::AreIgnored, ..place });
            }
        }
    }

    fn nested(&mut self, parser: &mut Parser<'_, '_>, place: Place) {
        // A block that is not read is skipped by whoever takes the next token.
        if place.depth < DEEPEST && !self.found.is_full() {
            let _: Ended<'_> = parser.parse_nested_block(|parser| {
                self.block(parser, Place { depth: place.depth + 1, ..place });
                Ok(())
            });
        }
    }

    fn function(&mut self, parser: &mut Parser<'_, '_>, name: &str, place: Place) {
        let is = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
        if is(&["url", "src"]) {
            if let Some(address) = quoted(parser) {
                self.found.add(self.base, &address, place.addresses);
            }
        } else if is(&["image-set", "-webkit-image-set"]) {
            // "the <string> is … equivalent to url(<string>)" (CSS Images 4 §2.3)
            self.nested(parser, Place { strings: Strings::AreAddresses, ..place });
        } else {
            self.nested(parser, Place { strings: Strings::AreText, ..place });
        }
    }

    /// Reads an at-rule up to its block: what is in that.
    fn at_rule(
        &mut self,
        parser: &mut Parser<'_, '_>,
        name: &CowRcStr<'_>,
        place: &mut Place,
    ) -> Place {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if is("import") {
            let address = first_address(parser);
            if place.imports == Imports::Load
                && let Some(address) = address
            {
                self.found.add(self.base, &address, Destination::Style);
            }
            return PLAIN;
        }
        if !is("layer") && !is("charset") {
            place.imports = Imports::AreIgnored;
        }
        if is("charset") || is("namespace") {
            // The address of a namespace is a name, which nothing loads.
            skip(parser, Delimiter::Semicolon);
            return PLAIN;
        }
        // What a rule asks for (`@supports (background: url(a.png))`) is not loaded either.
        skip(parser, Delimiter::Semicolon | Delimiter::CurlyBracketBlock);
        let is_font = is("font-face");
        Place { addresses: if is_font { Destination::Font } else { Destination::Image }, ..PLAIN }
    }
}

type Ended<'i> = Result<(), ParseError<'i, ()>>;

fn skip(parser: &mut Parser<'_, '_>, delimiters: Delimiters) {
    let _: Ended<'_> = parser.parse_until_before(delimiters, |parser| {
        while parser.next().is_ok() {}
        Ok(())
    });
}

/// The address that a rule begins with, and nothing of its media, its layer and the rest.
fn first_address<'i>(parser: &mut Parser<'i, '_>) -> Option<CowRcStr<'i>> {
    let first: Result<_, ParseError<'i, ()>> =
        parser.parse_until_after(Delimiter::Semicolon, |parser| {
            let first = match parser.next().cloned() {
                Ok(Token::QuotedString(address) | Token::UnquotedUrl(address)) => Some(address),
                Ok(Token::Function(name))
                    if ["url", "src"].iter().any(|known| name.eq_ignore_ascii_case(known)) =>
                {
                    quoted(parser)
                }
                Ok(_) | Err(_) => None,
            };
            while parser.next().is_ok() {}
            Ok(first)
        });
    first.ok().flatten()
}

/// The string in the parentheses of `url("…" …)`.
fn quoted<'i>(parser: &mut Parser<'i, '_>) -> Option<CowRcStr<'i>> {
    let address: Result<_, ParseError<'i, ()>> = parser.parse_nested_block(|parser| {
        let address = parser.expect_string_cloned().ok();
        while parser.next().is_ok() {}
        Ok(address)
    });
    address.ok().flatten()
}
