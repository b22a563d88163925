//! The page that asks for a name and a password in place of a browser, where a site wants them by
//! HTTP authentication.

use super::offline::{escaped, own_page, prefers_german};

/// Whether the site has already been given a name and a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// It asks for the first time.
    First,
    /// It asks again: those were not accepted.
    Again,
}

/// What is said.
struct Words {
    language: &'static str,
    heading: &'static str,
    asks: &'static str,
    again: &'static str,
    name: &'static str,
    password: &'static str,
}

const ENGLISH: Words = Words {
    language: "en",
    heading: "Sign in",
    asks: "wants to know who you are.",
    again: "That was not accepted. Please try again.",
    name: "Name",
    password: "Password",
};

const GERMAN: Words = Words {
    language: "de",
    heading: "Anmelden",
    asks: "möchte wissen, wer Sie sind.",
    again: "Das wurde nicht angenommen. Bitte versuchen Sie es noch einmal.",
    name: "Name",
    password: "Passwort",
};

/// The page of a site called `site`, for a reader of `language` (BCP 47). What is entered goes to
/// `action` as `name` and `password`; `realm` is what the site calls that for which it asks.
pub fn sign_in_page(
    (site, realm): (&str, &str),
    language: &str,
    attempt: Attempt,
    action: &str,
) -> String {
    let Words { language, heading, asks, again, name, password } =
        if prefers_german(Some(language)) { GERMAN } else { ENGLISH };
    let what = escaped(if realm.is_empty() { site } else { realm });
    let said = match attempt {
        Attempt::First => String::new(),
        Attempt::Again => format!("<p role=\"alert\"><strong>{again}</strong></p>"),
    };
    let main = format!(
        "<p>{what} {asks}</p>{said}<form method=\"post\" action=\"{action}\">\
         <p><label>{name}<br><input name=\"name\" autocomplete=\"username\" \
         autocapitalize=\"none\" spellcheck=\"false\" required autofocus></label></p>\
         <p><label>{password}<br><input name=\"password\" type=\"password\" \
         autocomplete=\"current-password\"></label></p><p><button>{heading}</button></p></form>",
        action = escaped(action),
    );
    own_page(language, site, heading, &main)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_who_asks_in_the_readers_language_and_what_went_wrong() {
        let page = sign_in_page(("Wiki", "<b>\"x\""), "de-AT", Attempt::Again, "/in");
        assert!(page.contains("&lt;b&gt;&quot;x&quot; möchte wissen"), "{page}");
        assert!(page.contains("role=\"alert\"") && page.contains("action=\"/in\""));
        let page = sign_in_page(("Wiki", ""), "fr", Attempt::First, "/in");
        assert!(page.contains("<p>Wiki wants to know who you are.</p>"), "{page}");
        assert!(!page.contains("role=\"alert\""));
    }
}
