//! The sentences, the same as the bar's (`ui/src/words.ts`).

use super::Matter;
use crate::outbox::Kind;

/// A sentence, and what pressing it is called.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) text: String,
    pub(super) button: &'static str,
}

/// One sentence in each language there are words for; the first serves everybody else.
struct Sentence {
    en: &'static str,
    de: &'static str,
}

/// What is said of so many of a kind to a person whose system speaks `tag` (BCP 47).
pub(super) fn said(tag: &str, matter: Matter, (kind, count): (Kind, usize)) -> Words {
    let in_language = |sentence: Sentence| {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("de") { sentence.de } else { sentence.en }
    };
    let (one, many) = sentences(matter, kind);
    let sentence = in_language(if count == 1 { one } else { many });
    let button = match matter {
        Matter::SignIn => Sentence { en: "Sign in", de: "Anmelden" },
        Matter::Attention => Sentence { en: "Show", de: "Anzeigen" },
    };
    Words { text: sentence.replace("{n}", &count.to_string()), button: in_language(button) }
}

/// For one, and for several.
#[rustfmt::skip] // A table reads better aligned.
const fn sentences(matter: Matter, kind: Kind) -> (Sentence, Sentence) {
    match (matter, kind) {
        (Matter::SignIn, Kind::Vote) => (
            Sentence { en: "Sign in to send your vote.", de: "Melden Sie sich an, damit Ihre Stimme gesendet wird." },
            Sentence { en: "Sign in to send your {n} votes.", de: "Melden Sie sich an, damit Ihre {n} Stimmen gesendet werden." },
        ),
        (Matter::SignIn, Kind::Message) => (
            Sentence { en: "Sign in to send your message.", de: "Melden Sie sich an, damit Ihre Nachricht gesendet wird." },
            Sentence { en: "Sign in to send your {n} messages.", de: "Melden Sie sich an, damit Ihre {n} Nachrichten gesendet werden." },
        ),
        (Matter::SignIn, Kind::Form) => (
            Sentence { en: "Sign in to send your form.", de: "Melden Sie sich an, damit Ihr Formular gesendet wird." },
            Sentence { en: "Sign in to send your {n} forms.", de: "Melden Sie sich an, damit Ihre {n} Formulare gesendet werden." },
        ),
        (Matter::Attention, Kind::Vote) => (
            Sentence { en: "A vote needs your attention.", de: "Eine Stimme braucht Ihre Entscheidung." },
            Sentence { en: "{n} votes need your attention.", de: "{n} Stimmen brauchen Ihre Entscheidung." },
        ),
        (Matter::Attention, Kind::Message) => (
            Sentence { en: "A message needs your attention.", de: "Eine Nachricht braucht Ihre Entscheidung." },
            Sentence { en: "{n} messages need your attention.", de: "{n} Nachrichten brauchen Ihre Entscheidung." },
        ),
        (Matter::Attention, Kind::Form) => (
            Sentence { en: "A form needs your attention.", de: "Ein Formular braucht Ihre Entscheidung." },
            Sentence { en: "{n} forms need your attention.", de: "{n} Formulare brauchen Ihre Entscheidung." },
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAR: &str = include_str!("../../../ui/src/words.ts");

    #[test]
    fn a_notification_says_what_the_bar_says() {
        for matter in [Matter::SignIn, Matter::Attention] {
            for kind in [Kind::Vote, Kind::Message, Kind::Form] {
                let (one, many) = sentences(matter, kind);
                for Sentence { en, de } in [one, many] {
                    let entry = format!("{{ en: \"{en}\", de: \"{de}\" }}");
                    assert!(BAR.contains(&entry), "{entry}");
                }
            }
        }
        for entry in ["{ en: \"Sign in\", de: \"Anmelden\" }", "{ en: \"Show\", de: \"Anzeigen\" }"]
        {
            assert!(BAR.contains(entry), "{entry}");
        }
    }

    #[test]
    fn it_speaks_the_persons_language_and_counts() {
        let text = |tag, count| said(tag, Matter::SignIn, (Kind::Vote, count)).text;
        assert_eq!(text("en-GB", 1), "Sign in to send your vote.");
        assert_eq!(text("fr", 2), "Sign in to send your 2 votes.");
        assert_eq!(text("de-AT", 1), "Melden Sie sich an, damit Ihre Stimme gesendet wird.");
        assert_eq!(said("de", Matter::Attention, (Kind::Form, 3)).button, "Anzeigen");
    }
}
