//! Networks that let nobody through before the person has signed in or agreed to something.
//!
//! Such a network answers in the place of every site, as far as it can: without encryption.
//! With it, it can only refuse. So a site that is served over TLS, as all are that are not on
//! the machine itself, is asked without once it does not answer otherwise:
//!
//! ```text
//! http://the.site/ ── a redirect to another host, or 511 ──▶ a portal
//!   ├── 200 ──▶ a portal: a site that is served over TLS leads there
//!   └── a redirect to the site, or no answer ──▶ none
//! ```
//!
//! Nothing of what is answered so is shown or stored, and no cookie goes along.

use std::time::Duration;

use http::header::HeaderMap;
use http::{Method, StatusCode};
use tokio::time;
use url::Url;

use super::{Network, target};
use crate::body::Body;

impl Network {
    /// What an answer says about the connection.
    pub(super) fn take_note(
        &self,
        asked: &Url,
        (status, headers): (StatusCode, &HeaderMap),
        took: Option<Duration>,
    ) {
        // "used by intercepting proxies to control access to the network" (RFC 6585 §6)
        if status == StatusCode::NETWORK_AUTHENTICATION_REQUIRED {
            return self.link.captured(without_encryption(&self.site));
        }
        match self.leads_astray(asked, status, headers) {
            Some(_) => self.link.led_astray(),
            None => self.link.answered(status, took),
        }
    }

    /// The other host that an answer leads to, if it may not be the site's own answer.
    pub(crate) fn leads_astray(
        &self,
        asked: &Url,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> Option<Url> {
        let may_be = status.is_redirection() && self.link.may_be_led_astray();
        let to = if may_be { target(asked, headers) } else { None };
        to.filter(|to| to.origin() != self.site.origin())
    }

    /// Where the network wants the person first, if it is one that answers in the site's place.
    pub(crate) async fn find_portal(&self, patience: Duration) -> Option<Url> {
        if self.link.may_be_led_astray() {
            return None;
        }
        let plain = without_encryption(&self.site);
        let mut request = http::Request::new(Body::empty());
        // Some portals answer nothing else.
        *request.method_mut() = Method::GET;
        let answer = time::timeout(patience, self.transport.send(&plain, request)).await;
        let answer = answer.ok()?.ok()?;
        portal(&self.site, &plain, (answer.status(), answer.headers()))
    }
}

/// The address of the site's host without encryption.
fn without_encryption(site: &Url) -> Url {
    let mut plain = site.clone();
    // Of an `https` address neither can fail.
    let _ = plain.set_scheme("http");
    if site.scheme() == "https" {
        let _ = plain.set_port(None);
    }
    plain
}

/// Where an answer without encryption leads that is not the site's.
fn portal(site: &Url, asked: &Url, (status, headers): (StatusCode, &HeaderMap)) -> Option<Url> {
    if status.is_redirection() {
        return target(asked, headers).filter(|to| !is_same_house(site, to));
    }
    let is_answered = status.is_success() || status == StatusCode::NETWORK_AUTHENTICATION_REQUIRED;
    is_answered.then(|| asked.clone())
}

/// Whether a host is the site's, or one has the other's name within its own: many sites lead
/// from `example.org` to `www.example.org`.
fn is_same_house(site: &Url, other: &Url) -> bool {
    let (Some(site), Some(other)) = (site.host_str(), other.host_str()) else { return false };
    let is_within = |name: &str, of: &str| {
        of.contains('.') && name.strip_suffix(of).is_some_and(|rest| rest.ends_with('.'))
    };
    site == other || is_within(site, other) || is_within(other, site)
}

#[cfg(test)]
mod tests {
    use http::header::LOCATION;

    use super::*;

    #[track_caller]
    fn check(status: u16, location: &str, expected: Option<&str>) {
        let site = Url::parse("https://polls.example.org:8443/").unwrap();
        let plain = without_encryption(&site);
        let headers = HeaderMap::from_iter(
            Some(location).filter(|to| !to.is_empty()).map(|to| (LOCATION, to.parse().unwrap())),
        );
        let found = portal(&site, &plain, (StatusCode::from_u16(status).unwrap(), &headers));
        assert_eq!(found.as_ref().map(Url::as_str), expected);
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn who_answers_without_encryption_in_the_sites_place_is_a_portal() {
        //    status  leads to                            portal
        check(301, "https://polls.example.org/",          None);
        check(302, "http://www.polls.example.org/",       None);
        check(302, "https://example.org/polls",           None);
        check(302, "/login",                              None);
        check(302, "",                                    None);
        check(302, "https://wifi.cafe.example/?to=polls", Some("https://wifi.cafe.example/?to=polls"));
        check(303, "http://192.168.1.1/",                 Some("http://192.168.1.1/"));
        check(302, "https://notpolls.example.org.evil/",  Some("https://notpolls.example.org.evil/"));
        check(200, "",                                    Some("http://polls.example.org/"));
        check(511, "",                                    Some("http://polls.example.org/"));
        check(404, "",                                    None);
        check(503, "",                                    None);
    }
}
