//! The addresses in a `srcset`.

/// Each candidate's address, as "parse a srcset attribute" finds them (HTML §4.8.4.3).
///
/// Descriptors are passed over without looking whether they are valid ones: which candidate is
/// shown depends on the screen, and all of them are needed.
pub(super) fn candidates(value: &str) -> impl Iterator<Item = &str> {
    let mut rest = value;
    std::iter::from_fn(move || {
        // "Collect a sequence of code points that are ASCII whitespace or U+002C COMMA"
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        if rest.is_empty() {
            return None;
        }
        // "Collect a sequence of code points that are not ASCII whitespace … let that be url."
        // Commas within an address belong to it.
        let end = rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len());
        let (url, after) = rest.split_at(end);
        // "If url ends with U+002C (,), … remove all trailing U+002C COMMA characters from url"
        let address = url.trim_end_matches(',');
        rest = if address.len() < url.len() { after } else { after_descriptors(after) };
        Some(address)
    })
}

/// What comes after the comma that ends the descriptors; one in parentheses does not.
fn after_descriptors(text: &str) -> &str {
    let mut is_in_parentheses = false;
    let end = text.find(|c| {
        match c {
            '(' => is_in_parentheses = true,
            ')' => is_in_parentheses = false,
            _ => {}
        }
        c == ',' && !is_in_parentheses
    });
    end.and_then(|end| text.get(end..)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &str, expected: &[&str]) {
        assert_eq!(candidates(value).collect::<Vec<_>>(), expected);
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn commas_end_candidates_only_where_they_are_none_of_the_address() {
        check("",                                      &[]);
        check(" , ,",                                  &[]);
        check("a.png",                                 &["a.png"]);
        check("a.png 1x, b.png 2x",                    &["a.png", "b.png"]);
        check("a.png,b.png 2x",                        &["a.png,b.png"]);
        check("a.png, b.png",                          &["a.png", "b.png"]);
        check("a.png,,, b.png 2x",                     &["a.png", "b.png"]);
        check("a.png 100w,b.png 200w",                 &["a.png", "b.png"]);
        check("a.png 1x (,b.png) ,c.png",              &["a.png", "c.png"]);
        check("data:image/png;base64,iVBO,Rw0 1x,\n\tb.png\t2x", &["data:image/png;base64,iVBO,Rw0", "b.png"]);
        check("/w_100,h_50/a.png 1x, /w_200,h_100/a.png 2x", &["/w_100,h_50/a.png", "/w_200,h_100/a.png"]);
        check("a.png 1x (",                            &["a.png"]);
    }
}
