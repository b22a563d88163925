//! The page for when there is nothing else: no network, nothing stored, no offline page.

/// A small page that says what it is waiting for.
///
/// In the language that the request prefers, as far as it is known here. It has no
/// script: whoever shows it goes on when the connection is back.
pub(crate) fn waiting_page(name: &str, accept_language: Option<&str>) -> String {
    let (language, heading, sentence) = if prefers_german(accept_language) {
        ("de", "Noch nicht da", "wartet auf eine Verbindung und öffnet sich dann von selbst.")
    } else {
        ("en", "Not here yet", "is waiting for a connection and will then open by itself.")
    };
    let name = escaped(name);
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{name}</title>\n\
         <style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;\
         margin:20vh auto;padding:0 1rem;text-align:center}}</style></head>\n\
         <body><main><h1>{heading}</h1><p>{name} {sentence}</p></main></body></html>\n"
    )
}

fn prefers_german(accept_language: Option<&str>) -> bool {
    let first = accept_language.unwrap_or_default().split([',', ';', '-']).next();
    first.is_some_and(|language| language.trim().eq_ignore_ascii_case("de"))
}

fn escaped(text: &str) -> String {
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
