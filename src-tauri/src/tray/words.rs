//! What the tray says, in the Library's words (`ui/src/words.ts`).

use super::Entry;
use crate::language::Sentence;
use crate::outbox::{Counted, Kind};

/// What the tray says: whose place it is, how things stand, and what can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// What the person calls the site.
    pub(super) name: String,
    /// What waits, if anything does.
    pub(super) state: Option<String>,
    /// From top to bottom, in groups with a line between them.
    pub(super) groups: Vec<Vec<(Entry, String)>>,
}

impl Said {
    /// What is said to a person who wants to hear `tag` (BCP 47).
    pub(super) fn of(name: &str, tag: &str, waiting: Option<&Counted>) -> Self {
        let state = waiting.map(|waiting| {
            let (one, many) = waits(waiting.kind);
            let sentence = if waiting.count == 1 { one } else { many };
            sentence.in_language(tag).replace("{n}", &waiting.count.to_string())
        });
        let entry =
            |entry, sentence: Sentence| (entry, sentence.in_language(tag).replace("{site}", name));
        let mut groups = vec![vec![entry(Entry::Open, OPEN), entry(Entry::Library, LIBRARY)]];
        groups.extend(state.clone().map(|state| vec![(Entry::Waiting, state)]));
        groups.push(vec![entry(Entry::Sync, SYNC)]);
        groups.push(vec![entry(Entry::Quit, QUIT)]);
        Self { name: name.to_owned(), state, groups }
    }
}

const OPEN: Sentence = Sentence { en: "Open {site}", de: "{site} öffnen" };
pub(crate) const LIBRARY: Sentence = Sentence { en: "Library", de: "Bibliothek" };
const SYNC: Sentence = Sentence { en: "Sync now", de: "Jetzt abgleichen" };
pub(crate) const QUIT: Sentence = Sentence { en: "Quit", de: "Beenden" };

/// For one, and for several. There is no full stop in a menu.
const fn waits(kind: Kind) -> (Sentence, Sentence) {
    match kind {
        Kind::Vote => (
            Sentence { en: "1 vote waiting to be sent", de: "1 Stimme wartet auf den Versand" },
            Sentence {
                en: "{n} votes waiting to be sent",
                de: "{n} Stimmen warten auf den Versand",
            },
        ),
        Kind::Message => (
            Sentence {
                en: "1 message waiting to be sent",
                de: "1 Nachricht wartet auf den Versand",
            },
            Sentence {
                en: "{n} messages waiting to be sent",
                de: "{n} Nachrichten warten auf den Versand",
            },
        ),
        Kind::Form => (
            Sentence { en: "1 form waiting to be sent", de: "1 Formular wartet auf den Versand" },
            Sentence {
                en: "{n} forms waiting to be sent",
                de: "{n} Formulare warten auf den Versand",
            },
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAR: &str = include_str!("../../../ui/src/words.ts");
    const SHELVES: &str = include_str!("../../../ui/src/library/words.ts");

    #[test]
    fn the_tray_says_what_the_bar_and_the_library_say() {
        for kind in [Kind::Vote, Kind::Message, Kind::Form] {
            let (one, many) = waits(kind);
            for Sentence { en, de } in [one, many] {
                let entry = format!("{{ en: \"{en}.\", de: \"{de}.\" }}");
                assert!(BAR.contains(&entry), "{entry}");
            }
        }
        let Sentence { en, de } = LIBRARY;
        let entry = format!("{{ en: \"{en}\", de: \"{de}\" }}");
        assert!(SHELVES.contains(&entry), "{entry}");
    }

    #[test]
    fn what_waits_is_said_once_something_does() {
        let labels = |tag, waiting: Option<&Counted>| {
            let said = Said::of("Polls", tag, waiting);
            said.groups.concat().into_iter().map(|(_, label)| label).collect::<Vec<_>>()
        };
        let two = Counted { kind: Kind::Vote, count: 2 };
        assert_eq!(labels("en-GB", None), ["Open Polls", "Library", "Sync now", "Quit"]);
        assert_eq!(
            labels("de", Some(&two)),
            [
                "Polls öffnen",
                "Bibliothek",
                "2 Stimmen warten auf den Versand",
                "Jetzt abgleichen",
                "Beenden"
            ]
        );
    }
}
