//! The escapes in the strings of a script.

use std::borrow::Cow;

/// What a string means whose escapes are undone (ECMAScript §12.9.4).
pub(super) fn unescaped(written: &str) -> Cow<'_, str> {
    if !written.contains('\\') {
        return written.into();
    }
    let mut text = String::with_capacity(written.len());
    let mut rest = written;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let mut characters = after.chars();
        let escaped = characters.next();
        rest = characters.as_str();
        match escaped {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some('b') => text.push('\u{8}'),
            Some('f') => text.push('\u{c}'),
            Some('v') => text.push('\u{b}'),
            Some('x') => text.extend(code(&mut rest, 2)),
            Some('u') => text.extend(match rest.strip_prefix('{') {
                Some(braced) => {
                    let (digits, after) = braced.split_once('}').unwrap_or_default();
                    rest = after;
                    character(digits)
                }
                None => code(&mut rest, 4),
            }),
            // The line goes on.
            Some('\r') => rest = rest.strip_prefix('\n').unwrap_or(rest),
            Some('\n') | None => {}
            Some(other) => text.push(other),
        }
    }
    text.push_str(rest);
    text.into()
}

/// The character of that many hexadecimal digits.
fn code(rest: &mut &str, digits: usize) -> Option<char> {
    let (code, after) = rest.split_at_checked(digits)?;
    *rest = after;
    character(code)
}

fn character(digits: &str) -> Option<char> {
    char::from_u32(u32::from_str_radix(digits, 16).ok()?)
}
