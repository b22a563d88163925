//! The language the person's system speaks, and the one that they want the app to speak.

use http::HeaderValue;

use crate::settings::Language;

/// One sentence in each language there are words for; the first serves everybody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sentence {
    pub(crate) en: &'static str,
    pub(crate) de: &'static str,
}

impl Sentence {
    /// As a person hears it who speaks `tag` (BCP 47).
    pub(crate) fn in_language(self, tag: &str) -> &'static str {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("de") { self.de } else { self.en }
    }
}

/// The system's language as a BCP 47 tag; English where it has none (`LANG=C`).
///
/// The webview cannot be asked: without a locale it says "C".
pub(crate) fn of_system() -> String {
    let tag = sys_locale::get_locale().unwrap_or_default();
    let is_language = tag.split('-').next().is_some_and(|language| {
        (2..=3).contains(&language.len()) && language.chars().all(|c| c.is_ascii_alphabetic())
    });
    if is_language { tag } else { "en".to_owned() }
}

/// The tag of the language that the person has chosen, where the system speaks `system`.
pub(crate) fn chosen(language: Language, system: &str) -> String {
    let chosen = match language {
        Language::System => return system.to_owned(),
        Language::En => "en",
        Language::De => "de",
    };
    // Its region says how dates are written there.
    let spoken = system.split('-').next().unwrap_or_default();
    if spoken.eq_ignore_ascii_case(chosen) { system.to_owned() } else { chosen.to_owned() }
}

/// What a browser set to that language would ask for: the language, the language without
/// its region, English.
pub(crate) fn accept(tag: &str) -> HeaderValue {
    let language = tag.split('-').next().unwrap_or("en");
    let mut wanted = vec![tag];
    wanted.extend([language, "en"].into_iter().filter(|other| *other != tag));
    wanted.dedup();
    let listed: Vec<String> = wanted
        .iter()
        .enumerate()
        .map(|(index, tag)| match index {
            0 => (*tag).to_owned(),
            _ => format!("{tag};q=0.{}", 10 - index),
        })
        .collect();
    HeaderValue::try_from(listed.join(",")).unwrap_or(HeaderValue::from_static("en"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_keeps_the_region_of_the_system_if_it_is_of_that_language() {
        assert_eq!(chosen(Language::System, "de-AT"), "de-AT");
        assert_eq!(chosen(Language::De, "de-AT"), "de-AT");
        assert_eq!(chosen(Language::En, "de-AT"), "en");
        assert_eq!(chosen(Language::De, "fr"), "de");
    }

    #[test]
    fn a_region_falls_back_to_its_language_and_to_english() {
        assert_eq!(accept("de-AT"), "de-AT,de;q=0.9,en;q=0.8");
        assert_eq!(accept("de"), "de,en;q=0.9");
        assert_eq!(accept("en-GB"), "en-GB,en;q=0.9");
        assert_eq!(accept("en"), "en");
    }
}
