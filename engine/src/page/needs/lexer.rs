//! The words, strings and signs of a script.
//!
//! Written here because nothing that is kept up in Rust reads the imports of a script without
//! being a compiler's parser (oxc, swc), which would make the app megabytes larger to find a
//! few strings. It need not understand a script, but it must not take for code what is in a
//! string, a template, a comment or a regular expression, nor the other way round.
//!
//! Where a slash begins a regular expression is told by what comes before it, as far as a
//! stack of brackets tells. Where that is wrong, the line ends before the expression does, and
//! it is read once more as a division.

use std::borrow::Cow;

use super::escapes::unescaped;

/// A piece of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// A name or a keyword.
    Word(&'t str),
    /// A string, or a template that is nothing else.
    Text(Cow<'t, str>),
    /// A bracket, an operator or a part of one.
    Sign(&'t str),
    /// Numbers, regular expressions and pieces of templates.
    Other,
}

/// What is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Parenthesis,
    /// The parenthesis of `if (…)`, after which a statement begins.
    Condition,
    Bracket,
    /// Braces around statements.
    Block,
    /// Braces around a value.
    Object,
    /// `${` in a template.
    Hole,
}

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// A value, so that a slash begins a regular expression.
    Value,
    /// An operator, so that a slash divides.
    Operator,
}

/// How many bytes may be read in vain, for expressions and strings without an end. A script
/// that takes more is made to keep its reader busy, and is read no further.
const IN_VAIN: usize = 16 << 20;

/// Signs of more than one character that must not be taken for their parts.
const SIGNS: [&str; 5] = ["...", "=>", "?.", "++", "--"];

pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
    open: Vec<Open>,
    next: Next,
    last: Token<'t>,
    left: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        // "#!" begins a comment at the very start (ECMAScript §12.5).
        let at = if text.starts_with("#!") { line_end(text, 0) } else { 0 };
        let last = Token::Sign(";");
        Self { text, at, open: Vec::new(), next: Next::Value, last, left: IN_VAIN }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn slice(&self, from: usize) -> &'t str {
        self.text.get(from..self.at).unwrap_or_default()
    }

    fn starts_with(&self, start: &str) -> bool {
        let rest = self.text.as_bytes().get(self.at..);
        rest.is_some_and(|rest| rest.starts_with(start.as_bytes()))
    }

    /// Passes over spaces and comments, also those that hid scripts from old browsers.
    fn skip_spaces(&mut self) {
        while let Some(byte) = self.byte(self.at) {
            if byte.is_ascii_whitespace() || byte == 0x0b {
                self.at += 1;
            } else if self.starts_with("//") || self.starts_with("<!--") {
                self.at = line_end(self.text, self.at);
            } else if self.starts_with("/*") {
                let rest = self.text.get(self.at + 2..).unwrap_or_default();
                let length = rest.find("*/").map_or(rest.len(), |end| end + 2);
                self.at += 2 + length;
            } else {
                break;
            }
        }
    }

    fn token(&mut self) -> Option<Token<'t>> {
        self.skip_spaces();
        let byte = self.byte(self.at)?;
        match byte {
            b'"' | b'\'' => self.string(byte),
            b'`' => {
                self.at += 1;
                Some(self.template())
            }
            b'/' if self.next == Next::Value => self.expression(),
            b'0'..=b'9' => {
                self.pass_over(|byte| is_of_word(byte) || byte == b'.');
                self.next = Next::Operator;
                Some(Token::Other)
            }
            _ if is_of_word(byte) => Some(self.word()),
            _ => Some(self.sign()),
        }
    }

    fn pass_over(&mut self, belongs: impl Fn(u8) -> bool) {
        while self.byte(self.at).is_some_and(&belongs) {
            self.at += 1;
        }
    }

    fn word(&mut self) -> Token<'t> {
        let from = self.at;
        self.pass_over(is_of_word);
        let word = self.slice(from);
        let is_keyword = KEYWORDS.contains(&word) && !self.is_after_dot();
        self.next = if is_keyword { Next::Value } else { Next::Operator };
        Token::Word(word)
    }

    fn is_after_dot(&self) -> bool {
        matches!(self.last, Token::Sign("." | "?."))
    }

    fn sign(&mut self) -> Token<'t> {
        let from = self.at;
        let long = SIGNS.iter().find(|sign| self.starts_with(sign));
        self.at += long.map_or(1, |sign| sign.len());
        let sign = self.slice(from);
        self.next = match sign {
            "(" => {
                self.opened(if self.is_condition() { Open::Condition } else { Open::Parenthesis })
            }
            "[" => self.opened(Open::Bracket),
            "{" => self.opened(if self.is_value() { Open::Object } else { Open::Block }),
            "}" if self.open.last() == Some(&Open::Hole) => {
                self.open.pop();
                return self.rest_of_template();
            }
            ")" | "]" | "}" => match self.open.pop() {
                Some(Open::Condition | Open::Block) => Next::Value,
                Some(Open::Parenthesis | Open::Bracket | Open::Object | Open::Hole) | None => {
                    Next::Operator
                }
            },
            // Far more often after a value than before one.
            "++" | "--" => self.next,
            _ => Next::Value,
        };
        Token::Sign(sign)
    }

    fn opened(&mut self, open: Open) -> Next {
        self.open.push(open);
        Next::Value
    }

    fn is_condition(&self) -> bool {
        matches!(self.last, Token::Word("if" | "while" | "for" | "with"))
    }

    /// Whether braces that open here are around a value.
    fn is_value(&self) -> bool {
        match self.last {
            Token::Sign("{" | "}" | ";" | ")" | "=>") => false,
            // After a colon it depends on whether that is of an object or of a label.
            Token::Sign(":") => matches!(
                self.open.last(),
                Some(Open::Object | Open::Parenthesis | Open::Bracket | Open::Hole)
            ),
            Token::Word(word) => self.next == Next::Value && !matches!(word, "else" | "do"),
            Token::Sign(_) => self.next == Next::Value,
            Token::Text(_) | Token::Other => self.next == Next::Value,
        }
    }

    /// A string; its quotation mark alone if the line ends before it.
    fn string(&mut self, quote: u8) -> Option<Token<'t>> {
        let from = self.at + 1;
        let mut at = from;
        loop {
            match self.byte(at) {
                Some(byte) if byte == quote => break,
                Some(b'\\') => at += if self.byte(at + 1) == Some(b'\r') { 1 } else { 2 },
                Some(b'\n') | None => return self.in_vain(at),
                Some(_) => at += 1,
            }
        }
        self.at = at + 1;
        self.next = Next::Operator;
        Some(Token::Text(unescaped(self.text.get(from..at).unwrap_or_default())))
    }

    /// A regular expression; a slash if the line ends before it.
    fn expression(&mut self) -> Option<Token<'t>> {
        let mut at = self.at + 1;
        let mut is_in_class = false;
        loop {
            match self.byte(at) {
                Some(b'/') if !is_in_class => break,
                Some(b'[') => is_in_class = true,
                Some(b']') => is_in_class = false,
                Some(b'\\') if self.byte(at + 1) != Some(b'\n') => at += 1,
                Some(b'\n') | None => return self.in_vain(at),
                Some(_) => {}
            }
            at += 1;
        }
        self.at = at + 1;
        self.pass_over(is_of_word);
        self.next = Next::Operator;
        Some(Token::Other)
    }

    /// What began here has no end: its first character is a sign. `None` if that has happened
    /// too often.
    fn in_vain(&mut self, end: usize) -> Option<Token<'t>> {
        self.left = self.left.checked_sub(end.saturating_sub(self.at))?;
        let from = self.at;
        self.at += 1;
        self.next = Next::Value;
        Some(Token::Sign(self.slice(from)))
    }

    /// A template up to its end or to its first hole.
    fn template(&mut self) -> Token<'t> {
        let from = self.at;
        let piece = self.rest_of_template();
        if self.next == Next::Value {
            return piece;
        }
        let end = self.at.saturating_sub(1);
        Token::Text(unescaped(self.text.get(from..end).unwrap_or_default()))
    }

    fn rest_of_template(&mut self) -> Token<'t> {
        loop {
            match self.byte(self.at) {
                Some(b'`') => {
                    self.at += 1;
                    self.next = Next::Operator;
                    return Token::Other;
                }
                Some(b'$') if self.byte(self.at + 1) == Some(b'{') => {
                    self.at += 2;
                    self.next = self.opened(Open::Hole);
                    return Token::Other;
                }
                Some(b'\\') => self.at += 2,
                Some(_) => self.at += 1,
                None => {
                    // One without an end is no text.
                    self.next = Next::Value;
                    return Token::Other;
                }
            }
        }
    }
}

impl<'t> Iterator for Lexer<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        let token = self.token()?;
        self.last.clone_from(&token);
        Some(token)
    }
}

/// Words after which a value comes.
const KEYWORDS: [&str; 14] = [
    "await",
    "case",
    "default",
    "delete",
    "do",
    "else",
    "extends",
    "in",
    "instanceof",
    "new",
    "return",
    "throw",
    "typeof",
    "void",
];

/// Letters beyond ASCII and escapes belong to names, for who need not tell which ones do.
fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'#' | b'\\') || byte >= 0x80
}

fn line_end(text: &str, from: usize) -> usize {
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    from + memchr::memchr(b'\n', rest).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words as they stand, strings in quotation marks, `_` for the rest.
    fn read(script: &str) -> String {
        let piece = |token| match token {
            Token::Word(word) => word.to_owned(),
            Token::Text(text) => format!("{text:?}"),
            Token::Sign(sign) => sign.to_owned(),
            Token::Other => "_".to_owned(),
        };
        Lexer::of(script).map(piece).collect::<Vec<_>>().join(" ")
    }

    #[track_caller]
    fn check(script: &str, expected: &str) {
        assert_eq!(read(script), expected, "{script}");
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn code_is_told_from_what_is_none() {
        check("a // b\nc /* d */ <!-- e\nf",      "a c f");
        check("#! node\na",                       "a");
        check(r#"'a"b' "c'd" '\'' "#,             r#""a\"b" "c'd" "'""#);
        check(r"'\x41\u0042\u{43}\q\
x'",                                              r#""ABCqx""#);
        check("`a` `b${c}d${`e${f}`}g` h",        r#""a" _ c _ _ f _ _ h"#);
        check("`${ {a: '}'} }`b",                 "_ { a : \"}\" } _ b");
        check("a = /'/; b",                       "a = _ ; b");
        check("a / b / c",                        "a / b / c");
        check("(a) / b / 'c'",                    "( a ) / b / \"c\"");
        check("if (a) /b'/.test(c)",              "if ( a ) _ . test ( c )");
        check("return /[/']/g.x",                 "return _ . x");
        check("x.return / y / 'z'",               "x . return / y / \"z\"");
        check("{} /a'/.b",                        "{ } _ . b");
        check("x = {} / a / 'b'",                 "x = { } / a / \"b\"");
        check("a++ / b / 'c'",                    "a ++ / b / \"c\"");
        check("x => /'/",                         "x => _");
        check("[1] / 2 / 'c'",                    "[ _ ] / _ / \"c\"");
        check("case /'/: {} /'/",                 "case _ : { } _");
        check("a ? /'/ : /\\//",                  "a ? _ : _");
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn what_has_no_end_costs_no_more_than_itself() {
        check("'a\nb",         "' a b");
        check("= /a\n'b'",     "= / a \"b\"");
        check("`a",            "_");
        check("`a${b",         "_ b");
        check("/* a",          "");
        check("'a\\",          "' a\\");
        check("'\\u{",         "' \\u {");
        check("} ) ]",         "} ) ]");
        check("'\\u{zz}\\x'",  r#""""#);
    }
}
