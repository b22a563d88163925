//! The pages about what was submitted: that it is kept, and that it would be discarded.

use super::offline::{escaped, own_page, prefers_german};
use crate::seen::Kind;

/// A page that says that a submission is kept until it can be sent, with a link to the page
/// it was made on. `what` is what the person would call it, and what was chosen.
pub(crate) fn receipt_page(
    name: &str,
    accept_language: Option<&str>,
    what: (Kind, Option<&str>),
    back: &str,
) -> String {
    let back = escaped(back);
    let (language, heading, link) = match prefers_german(accept_language) {
        true => ("de", "Gespeichert", "Zurück"),
        false => ("en", "Saved", "Back"),
    };
    let sentence = escaped(&sentence(what, language));
    let main = format!("<p>{sentence}</p><p><a href=\"{back}\">{link}</a></p>");
    own_page(language, name, heading, &main)
}

fn sentence((kind, label): (Kind, Option<&str>), language: &str) -> String {
    let before = match (kind, label, language) {
        (Kind::Vote, Some(label), "de") => format!("Ihre Stimme für „{label}“ wird"),
        (Kind::Vote, None, "de") => "Ihre Stimme wird".to_owned(),
        (Kind::Vote, Some(label), _) => format!("Your vote for “{label}”"),
        (Kind::Vote, None, _) => "Your vote".to_owned(),
        (Kind::Message, _, "de") => "Ihre Nachricht wird".to_owned(),
        (Kind::Message, _, _) => "Your message".to_owned(),
        (Kind::Form, _, "de") => "Was Sie eingegeben haben, wird".to_owned(),
        (Kind::Form, _, _) => "What you entered".to_owned(),
    };
    match language {
        "de" => format!("{before} gesendet, sobald Sie wieder online sind."),
        _ => format!("{before} will be sent when you are online again."),
    }
}

/// A page that says that so many submissions would be discarded, with a form that goes on: a
/// method, a path and fields.
pub(crate) fn discarding_page(
    name: &str,
    accept_language: Option<&str>,
    count: u32,
    (method, path, fields): (&str, &str, &[(String, String)]),
) -> String {
    let is_german = prefers_german(accept_language);
    let (language, heading, back, on) = match is_german {
        true => ("de", "Noch nicht gesendet", "Zurück", "Abmelden und verwerfen"),
        false => ("en", "Not sent yet", "Back", "Sign out and discard"),
    };
    let sentence = match (is_german, count) {
        (false, 1) => "What you entered has not been sent yet. It is discarded when you sign out.",
        (false, _) => "{n} forms have not been sent yet. They are discarded when you sign out.",
        (true, 1) => "Eine Eingabe wurde noch nicht gesendet. Beim Abmelden wird sie verworfen.",
        (true, _) => "{n} Eingaben wurden noch nicht gesendet. Beim Abmelden werden sie verworfen.",
    };
    let sentence = sentence.replace("{n}", &count.to_string());
    let hidden = fields.iter().map(|(name, value)| {
        let (name, value) = (escaped(name), escaped(value));
        format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">")
    });
    let hidden: String = hidden.collect();
    let (method, path) = (method.to_ascii_lowercase(), escaped(path));
    let main = format!(
        "<p>{sentence}</p><form method=\"{method}\" action=\"{path}\">{hidden}\
         <p><a href=\"/\">{back}</a></p><button>{on}</button></form>"
    );
    own_page(language, name, heading, &main)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn it_says_what_will_be_sent() {
        let check = |what, language, expected: &str| {
            assert_eq!(sentence(what, language), expected);
        };
        check((Kind::Vote, Some("Yes")), "en", "Your vote for “Yes” will be sent when you are online again.");
        check((Kind::Vote, Some("Ja")),  "de", "Ihre Stimme für „Ja“ wird gesendet, sobald Sie wieder online sind.");
        check((Kind::Form, Some("Yes")), "en", "What you entered will be sent when you are online again.");
        let page = receipt_page("<P>", None, (Kind::Vote, Some("<b>")), "/?a=\"");
        assert!(page.contains("“&lt;b&gt;”") && page.contains("href=\"/?a=&quot;\""), "{page}");
    }
}
