//! The pages for when there is nothing else: no network, nothing stored, no offline page.
//!
//! In the language that the request prefers, as far as it is known here. They have no
//! script: whoever shows them goes on when the connection is back.

/// A page that says what it is waiting for.
pub(crate) fn waiting_page(name: &str, accept_language: Option<&str>) -> String {
    if prefers_german(accept_language) {
        let sentence = "wartet auf eine Verbindung und öffnet sich dann von selbst.";
        page("de", name, "Noch nicht da", sentence)
    } else {
        let sentence = "is waiting for a connection and will then open by itself.";
        page("en", name, "Not here yet", sentence)
    }
}

/// What is known of a submission that got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// It never left.
    Unsent,
    /// It may have arrived.
    Uncertain,
    /// It never left, and there is no room to keep it.
    Lost,
}

/// A page that says what became of a submission, so that nobody takes it for delivered.
pub(crate) fn unanswered_page(
    name: &str,
    accept_language: Option<&str>,
    known: Unanswered,
) -> String {
    match (known, prefers_german(accept_language)) {
        (Unanswered::Unsent, false) => {
            page("en", name, "Not sent", "cannot be reached. Go back to try again.")
        }
        (Unanswered::Unsent, true) => {
            let sentence =
                "ist nicht erreichbar. Gehen Sie zurück, um es noch einmal zu versuchen.";
            page("de", name, "Nicht gesendet", sentence)
        }
        (Unanswered::Lost, false) => {
            let sentence = "cannot be reached, and this device has no room to keep what you \
                            entered. Go back to try again.";
            page("en", name, "Not saved", sentence)
        }
        (Unanswered::Lost, true) => {
            let sentence = "ist nicht erreichbar, und auf diesem Gerät ist kein Platz für das, was \
                            Sie eingegeben haben. Gehen Sie zurück, um es noch einmal zu versuchen.";
            page("de", name, "Nicht gespeichert", sentence)
        }
        (Unanswered::Uncertain, false) => {
            let sentence = "did not answer, but may have received it. \
                            Look before you send it again.";
            page("en", name, "Perhaps not sent", sentence)
        }
        (Unanswered::Uncertain, true) => {
            let sentence = "hat nicht geantwortet, es aber vielleicht erhalten. \
                            Sehen Sie nach, bevor Sie es noch einmal senden.";
            page("de", name, "Vielleicht nicht gesendet", sentence)
        }
    }
}

fn page(language: &str, name: &str, heading: &str, sentence: &str) -> String {
    own_page(language, name, heading, &format!("<p>{} {sentence}</p>", escaped(name)))
}

/// A page of the app's own.
pub fn own_page(language: &str, name: &str, heading: &str, main: &str) -> String {
    let name = escaped(name);
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{name}</title>\n\
         <style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;\
         margin:20vh auto;padding:0 1rem;text-align:center}}</style></head>\n\
         <body><main><h1>{heading}</h1>{main}</main></body></html>\n"
    )
}

pub(super) fn prefers_german(accept_language: Option<&str>) -> bool {
    let first = accept_language.unwrap_or_default().split([',', ';', '-']).next();
    first.is_some_and(|language| language.trim().eq_ignore_ascii_case("de"))
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_speaks_the_readers_language_and_keeps_the_name_text() {
        assert!(waiting_page("Polls", Some("de-AT,de;q=0.9,en;q=0.8")).contains("lang=\"de\""));
        assert!(waiting_page("Polls", Some("fr,de")).contains("lang=\"en\""));
        assert!(waiting_page("<b>", None).contains("<title>&lt;b&gt;</title>"));
    }
}
