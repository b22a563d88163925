//! What desktops have and phones have not, and the other way round.
//!
//! Both have the same names here, so that the rest of the app asks nowhere on which of the two
//! it runs. A phone is Android, iOS, and whatever plays one (`mobile-simulation`); `build.rs`
//! calls all of them `phone`. What only the real ones have, Tauri calls `mobile`.

#[cfg(not(phone))]
mod desktop;
#[cfg(any(phone, test))]
mod late;
#[cfg(phone)]
mod phone;
#[cfg(feature = "mobile-simulation")]
mod simulation;

#[cfg(not(phone))]
pub(crate) use desktop::*;
#[cfg(phone)]
pub(crate) use phone::*;

/// A request of a webview.
type Asked = http::Request<Vec<u8>>;

/// What the site's window shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// A page of the site.
    Page,
    /// The Library, on a system that has one window.
    Library,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use quick_xml::events::Event;
    use serde_json::Value;

    const MANIFEST: &str = include_str!("../../../packaging/android/AndroidManifest.xml");
    const NETWORK: &str = include_str!("../../../packaging/android/network_security_config.xml");
    const LIST: &[u8] = include_bytes!("../../../packaging/ios/Info.plist");

    /// The elements of a document, each as it stands there; panics unless it is well-formed.
    fn elements(document: &str) -> Vec<String> {
        let mut reader = quick_xml::Reader::from_str(document);
        let (mut found, mut depth) = (Vec::new(), 0_usize);
        loop {
            match reader.read_event().unwrap() {
                Event::Start(element) => {
                    depth += 1;
                    found.push(element.to_string());
                }
                Event::Empty(element) => found.push(element.to_string()),
                Event::End(_) => depth -= 1,
                Event::Eof => break,
                Event::Text(_)
                | Event::CData(_)
                | Event::Comment(_)
                | Event::Decl(_)
                | Event::PI(_)
                | Event::DocType(_)
                | Event::GeneralRef(_) => {}
            }
        }
        assert_eq!(depth, 0);
        found
    }

    fn has(elements: &[String], name: &str, attribute: &str) -> bool {
        elements.iter().any(|one| one.starts_with(name) && one.contains(attribute))
    }

    #[test]
    fn android_is_told_of_the_links_of_the_site_and_of_what_is_shared() {
        let elements = elements(MANIFEST);
        assert!(has(&elements, "data", r#"android:scheme="web+@SCHEME@""#), "{elements:?}");
        assert!(has(&elements, "action", "android.intent.action.SEND"));
        assert!(has(&elements, "data", r#"android:mimeType="text/plain""#));
        assert!(has(&elements, "uses-permission", "android.permission.POST_NOTIFICATIONS"));
        assert!(has(&elements, "application", "@xml/network_security_config"));
    }

    #[test]
    fn android_fetches_nothing_without_tls_but_what_is_on_the_device() {
        let elements = elements(NETWORK);
        assert!(has(&elements, "base-config", r#"cleartextTrafficPermitted="false""#));
        let text: Vec<&str> = NETWORK.split("<domain ").skip(1).collect();
        let name = |part: &&str| part.split(['>', '<']).nth(1).unwrap().to_owned();
        let hosts: Vec<String> = text.iter().map(name).collect();
        assert_eq!(hosts, ["localhost", "127.0.0.1", "::1"]);
    }

    #[test]
    fn ios_is_told_of_the_links_of_the_site_and_wakes_the_app() {
        let list = plist::Value::from_reader_xml(LIST).unwrap();
        let list = list.as_dictionary().unwrap();
        let first = |value: &plist::Value, key: &str| {
            let value = match value.as_dictionary() {
                Some(fields) => fields.get(key).unwrap().clone(),
                None => value.clone(),
            };
            value.as_array().unwrap()[0].clone()
        };
        let types = first(list.get("CFBundleURLTypes").unwrap(), "");
        let scheme = first(&types, "CFBundleURLSchemes");
        assert_eq!(scheme.as_string(), Some("web+@SCHEME@"));
        assert_eq!(first(&list["UIBackgroundModes"], "").as_string(), Some("fetch"));
        // What wakes it has to say the same word.
        let word = first(&list["BGTaskSchedulerPermittedIdentifiers"], "");
        let refresh = include_str!("../../../packaging/ios/Refresh.m");
        assert!(refresh.contains(&format!("@\"{}\"", word.as_string().unwrap())));
        let exceptions = list["NSAppTransportSecurity"].as_dictionary().unwrap();
        let hosts = exceptions["NSExceptionDomains"].as_dictionary().unwrap();
        assert_eq!(hosts.keys().collect::<Vec<_>>(), ["localhost"]);
    }

    #[test]
    fn the_library_may_call_the_same_on_phones_and_on_desktops() {
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let phones = read(include_str!("../../capabilities/library-on-phones.json"));
        let desktops = read(include_str!("../../capabilities/library.json"));
        let permissions = |capability: &Value| -> BTreeSet<String> {
            serde_json::from_value(capability["permissions"].clone()).unwrap()
        };
        assert_eq!(permissions(&phones), permissions(&desktops));
        assert_eq!(phones["windows"], serde_json::json!(["main"]));
        assert_eq!(phones["platforms"], serde_json::json!(["android", "iOS"]));
    }
}
