//! The sentences, the same as the bar's (`ui/src/words.ts`).

use holdfast_engine::Notice;

use super::{Matter, Said};
use crate::language::Sentence;
use crate::outbox::Kind;

/// A sentence, and what pressing it is called.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) text: String,
    pub(super) button: &'static str,
}

/// What is said of so many of a kind to a person whose system speaks `tag` (BCP 47).
pub(super) fn said(tag: &str, matter: Matter, (kind, count): (Kind, usize)) -> Words {
    let (one, many) = sentences(matter, kind);
    let sentence = if count == 1 { one } else { many }.in_language(tag);
    let button = match matter {
        Matter::SignIn => Sentence { en: "Sign in", de: "Anmelden" },
        Matter::Attention => SHOW,
    };
    Words { text: sentence.replace("{n}", &count.to_string()), button: button.in_language(tag) }
}

/// The most characters of a line that the site has written.
const LONGEST: usize = 300;

const SHOW: Sentence = Sentence { en: "Show", de: "Anzeigen" };
const OPEN: Sentence = Sentence { en: "Open", de: "Öffnen" };
const NOT_STORED: Sentence = Sentence {
    en: "It opens once there is a connection.",
    de: "Es lässt sich öffnen, sobald es eine Verbindung gibt.",
};
const NEW: Sentence = Sentence { en: "{n} new: {titles}", de: "{n} neu: {titles}" };

/// One of the notices of the site.
pub(super) fn told(tag: &str, sender: String, notice: &Notice) -> Said {
    let mut lines: Vec<String> = notice.body.iter().map(|body| clipped(body)).collect();
    if !notice.is_refreshed && notice.open.is_some() {
        lines.push(NOT_STORED.in_language(tag).to_owned());
    }
    let title = clipped(&notice.title);
    let button = OPEN.in_language(tag);
    Said { sender, title, text: lines.join("\n"), button }
}

/// Many of them as one.
pub(super) fn gathered(tag: &str, sender: String, count: usize, titles: &[String]) -> Said {
    let mut named = titles.iter().map(|title| clipped(title)).collect::<Vec<_>>().join(", ");
    if count > titles.len() {
        named.push_str(", …");
    }
    let text = NEW.in_language(tag).replace("{n}", &count.to_string());
    let text = text.replace("{titles}", &named);
    Said { title: sender.clone(), sender, text, button: SHOW.in_language(tag) }
}

/// A text of the site as one line that fits on a display.
fn clipped(text: &str) -> String {
    let is_visible = |c: &char| !c.is_control();
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut clipped: String = line.chars().filter(is_visible).take(LONGEST).collect();
    if line.chars().count() > LONGEST {
        clipped.push('…');
    }
    clipped
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
    fn what_the_site_has_to_tell_is_said_in_its_words() {
        let notice = Notice {
            key: "1".to_owned(),
            kind: "poll".to_owned(),
            title: "New\npoll\u{1b}".to_owned(),
            body: Some("x".repeat(LONGEST + 1)),
            open: Some("/polls/1/".to_owned()),
            tag: None,
            is_refreshed: false,
            at: std::time::UNIX_EPOCH,
        };
        let said = told("de", "Polls".to_owned(), &notice);
        assert_eq!((&*said.sender, &*said.title, said.button), ("Polls", "New poll", "Öffnen"));
        let body = format!("{}…\n{}", "x".repeat(LONGEST), NOT_STORED.de);
        assert_eq!(said.text, body);
        let stored = Notice { is_refreshed: true, body: None, ..notice };
        assert_eq!(told("en", "Polls".to_owned(), &stored).text, "");
    }

    #[test]
    fn many_are_counted_and_the_newest_named() {
        let said = |count, titles: &[&str]| {
            let titles: Vec<_> = titles.iter().map(|&title| title.to_owned()).collect();
            gathered("en", "Polls".to_owned(), count, &titles).text
        };
        assert_eq!(said(12, &["c", "b", "a"]), "12 new: c, b, a, …");
        assert_eq!(said(2, &["b", "a"]), "2 new: b, a");
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
