//! Links of the system that lead to pages of the site: `web+polls:/polls/1/`.
//!
//! Anybody can write one into a mail or a page, so what does not lead to the site leads
//! nowhere. It opens a page, as a link in a browser does, and does nothing else.

use holdfast_engine::Site;
use percent_encoding::percent_decode_str;
use url::{Position, Url};

use crate::{origin, protocol};

/// What the scheme of such links begins with.
///
/// "A string which starts with "web+" followed by one or more ASCII lower alphas" (HTML,
/// custom scheme handlers): what a site may claim for itself, and no system does.
const PREFIX: &str = "web+";
/// No page has a longer address.
const LONGEST: usize = 8 << 10;

/// The path on the site that a link leads to, with its query and fragment; `None` if it does
/// not lead to the site.
///
/// ```text
/// web+polls:/polls/1/    web+polls://polls/1/    web+polls:https%3A%2F%2Fexample.org%2Fpolls%2F1%2F
/// ```
pub(crate) fn path(site: &Site, link: &str) -> Option<String> {
    let rest = after_scheme(site, link)?;
    let rest = rest.trim_start_matches('/');
    // Programs add a slash or two where there is no host, so they say nothing.
    let url = match full_address(rest) {
        Some(address) => Url::parse(&address).ok()?,
        None => site.origin.join(&format!("/{rest}")).ok()?,
    };
    page_at(site, &url)
}

/// The path of a page of the site, if that is its address.
fn page_at(site: &Site, url: &Url) -> Option<String> {
    let is_plain = url.username().is_empty() && url.password().is_none();
    let leads_to_site = origin::is_same(&site.origin, url) && is_plain;
    // What the app itself answers is no page; and two slashes would begin a host elsewhere.
    let is_page = !url.path().starts_with("//") && !url.path().starts_with(protocol::OWN);
    (leads_to_site && is_page).then(|| url[Position::BeforePath..].to_owned())
}

/// The path of the first page of the site in what another app shares: an address, or a text
/// with one in it.
///
/// ```text
/// https://example.org/polls/1/    data:text/plain,Look%3A%20https%3A%2F%2Fexample.org%2Fpolls%2F1%2F
/// ```
pub(crate) fn shared(site: &Site, text: &str) -> Option<String> {
    // Tauri hands over what is no address as one that holds it (tao, `handle_intent`).
    let text = match text.strip_prefix("data:text/plain,") {
        Some(text) => percent_decode_str(text).decode_utf8_lossy(),
        None => text.into(),
    };
    if text.len() > LONGEST {
        return None;
    }
    text.split_whitespace().find_map(|word| page_at(site, &Url::parse(word).ok()?))
}

/// What a link of this site says after its scheme, if it is one and could be meant so.
fn after_scheme<'l>(site: &Site, link: &'l str) -> Option<&'l str> {
    let (scheme, rest) = link.split_once(':')?;
    let name = scheme.get(..PREFIX.len()).filter(|prefix| prefix.eq_ignore_ascii_case(PREFIX));
    let is_ours = name.is_some() && scheme.get(PREFIX.len()..)?.eq_ignore_ascii_case(&site.scheme);
    // Each of these is read in more than one way.
    let is_clear = !rest.contains(|c: char| c == '\\' || c.is_control() || c.is_whitespace());
    (is_ours && is_clear && link.len() <= LONGEST).then_some(rest)
}

/// The address in a link that has a whole one, escaped as browsers hand it over or not.
fn full_address(rest: &str) -> Option<String> {
    let (scheme, _) = rest.split_once([':', '%'])?;
    if !matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https") {
        return None;
    }
    if rest.get(scheme.len()..)?.starts_with(':') {
        return Some(rest.to_owned());
    }
    // What is no text has no host, and is no address then.
    Some(percent_decode_str(rest).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILE: &str = "[site]\nname = \"Polls\"\norigin = \"https://example.org\"\n\
                           start = \"/polls/\"\nscheme = \"polls\"\nversion = \"1\"\n";

    fn check(link: &str, expected: Option<&str>) {
        let site = Site::read("site.toml", PROFILE).unwrap();
        assert_eq!(path(&site, link).as_deref(), expected, "{link}");
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn links_lead_to_pages_of_the_site() {
        //    link                                                   path
        check("web+polls:/polls/1/",                                 Some("/polls/1/"));
        check("web+polls:polls/1/",                                  Some("/polls/1/"));
        check("web+polls://polls/1/",                                Some("/polls/1/"));
        check("web+polls:///polls/1/",                               Some("/polls/1/"));
        check("WEB+Polls:/polls/1/",                                 Some("/polls/1/"));
        check("web+polls:",                                          Some("/"));
        check("web+polls://",                                        Some("/"));
        check("web+polls:/polls/?q=a%20b&c#d",                       Some("/polls/?q=a%20b&c#d"));
        check("web+polls:/polls/../admin/",                          Some("/admin/"));
        check("web+polls:/polls/Straße",                             Some("/polls/Stra%C3%9Fe"));
        check("web+polls:https%3A%2F%2Fexample.org%2Fpolls%2F1%2F",  Some("/polls/1/"));
        check("web+polls://https%3a%2f%2fexample.org%2fpolls%2f1%2f", Some("/polls/1/"));
        check("web+polls:https://example.org/polls/1/?a=b#c",        Some("/polls/1/?a=b#c"));
        check("web+polls:https://EXAMPLE.org:443/polls/",            Some("/polls/"));
        // Nobody's address: it is a page that the site does not have.
        check("web+polls:/javascript:alert(1)",                      Some("/javascript:alert(1)"));
        check("web+polls:javascript:alert(1)",                       Some("/javascript:alert(1)"));
        check("web+polls://evil.example/polls/",                     Some("/evil.example/polls/"));
        check("web+polls:/polls/%2F%2Fevil.example",                 Some("/polls/%2F%2Fevil.example"));
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn whatever_else_a_link_says_leads_nowhere() {
        check("",                                                    None);
        check("/polls/1/",                                           None);
        check("polls://localhost/polls/1/",                          None);
        check("web+other:/polls/1/",                                 None);
        check("web+pollsx:/polls/1/",                                None);
        check("web+:/polls/1/",                                      None);
        check("wéb+polls:/polls/1/",                                 None);
        check("https://example.org/polls/1/",                        None);
        check("file:///etc/passwd",                                  None);
        check("--data=/tmp",                                         None);
        check("web+polls:https://evil.example/polls/",               None);
        check("web+polls:https%3A%2F%2Fevil.example%2Fpolls%2F",     None);
        check("web+polls:http://example.org/polls/",                 None);
        check("web+polls:https://example.org:8443/polls/",           None);
        check("web+polls:https://example.org.evil.example/",         None);
        check("web+polls:https://example.org@evil.example/",         None);
        check("web+polls:https://user:word@example.org/polls/",      None);
        check("web+polls:https://evil.example%2f@example.org/",      None);
        check("web+polls:https:%2F%2Fevil.example/",                 None);
        check("web+polls:https%3A%2F%2Fexample.org%2F%2Fevil/",      None);
        check("web+polls:/.//evil.example/",                         None);
        check("web+polls:\\\\evil.example\\",                        None);
        check("web+polls:/\\evil.example/",                          None);
        check("web+polls:/polls/ 1/",                                None);
        check("web+polls:/polls/\n1/",                               None);
        check("web+polls:/polls/\0",                                 None);
        check("web+polls:https%3A%2F%2F%FF%FE",                      None);
        check("web+polls:https%",                                    None);
        check("web+polls:/.holdfast/answer/1",                       None);
        check("web+polls:/polls/../.holdfast/answer/1",              None);
        check(&format!("web+polls:/{}", "a".repeat(LONGEST)),        None);
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn what_is_shared_leads_to_the_page_of_the_site_that_it_names() {
        let check = |text: &str, expected: Option<&str>| {
            let site = Site::read("site.toml", PROFILE).unwrap();
            assert_eq!(shared(&site, text).as_deref(), expected, "{text}");
        };
        check("https://example.org/polls/1/?a=b#c",                           Some("/polls/1/?a=b#c"));
        check("data:text/plain,Look%3A%20https%3A%2F%2Fexample.org%2Fpolls%2F1%2F%0A", Some("/polls/1/"));
        check("data:text/plain,https%3A%2F%2Fa.example%2F%20https%3A%2F%2Fexample.org%2Fb", Some("/b"));
        check("https://evil.example/polls/",                                  None);
        check("http://example.org/polls/",                                    None);
        check("https://user:word@example.org/polls/",                         None);
        check("https://example.org//evil.example/",                           None);
        check("https://example.org/.holdfast/answer/1",                       None);
        check("data:text/plain,nothing%20here",                               None);
        check("data:text/plain,%FF%FE",                                       None);
        check("",                                                             None);
        check(&format!("https://example.org/{}", "a".repeat(LONGEST)),        None);
    }

    proptest::proptest! {
        #[test]
        fn no_link_leads_out_of_the_site(rest in r#"[/:@%a-zA-Z0-9.\\?#\[\]-]{0,40}"#) {
            let site = Site::read("site.toml", PROFILE).unwrap();
            if let Some(path) = path(&site, &format!("web+polls:{rest}")) {
                proptest::prop_assert!(path.starts_with('/') && !path.starts_with("//"), "{}", path);
                let page = site.origin.join(&path).unwrap();
                proptest::prop_assert!(origin::is_same(&site.origin, &page), "{}", page);
            }
        }
    }

    #[test]
    fn the_system_is_told_of_the_scheme_of_the_built_in_site() {
        let configuration: serde_json::Value =
            serde_json::from_str(include_str!("../tauri.conf.json")).unwrap();
        let site = Site::read("site.toml", include_str!("../site.toml")).unwrap();
        let told = &configuration["plugins"]["deep-link"]["desktop"]["schemes"];
        assert_eq!(*told, serde_json::json!([format!("{PREFIX}{}", site.scheme)]));
    }
}
