//! Under which address a client sees the gateway, and whether it may.
//!
//! A page of any website can make the browser send requests to loopback. Its own
//! address keeps it from reading the answers, unless its name is made to lead to loopback
//! (DNS rebinding): then only the `Host` header tells.

use http::header::{HOST, HeaderMap};
use http::uri::{Authority, Scheme};
use http::{Method, StatusCode, Uri};
use url::{Host, Position, Url};

/// A request that is not passed to the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What it is answered with.
    pub status: StatusCode,
    /// What the matter is, in two or three words.
    pub title: &'static str,
    /// The same for somebody who looks into it.
    pub detail: String,
}

/// The gateway's origin as the client names it, mostly as it was `announced`.
///
/// # Errors
///
/// Why the request must not be answered.
pub fn own_origin(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    announced: &Url,
) -> Result<Url, Refusal> {
    if method == Method::CONNECT || uri.path() == "*" {
        return Err(Refusal {
            status: StatusCode::NOT_IMPLEMENTED,
            title: "Not a proxy",
            detail: format!("{method} {uri} asks for more than an address of the site"),
        });
    }
    if uri.scheme().is_some_and(|scheme| *scheme != Scheme::HTTP) {
        return Err(misdirected(uri));
    }
    let named = host(headers)?;
    // "the origin server MUST ignore the received Host header field (if any) and instead
    // replace it with the host information of the request-target" (RFC 9112 §3.2.2)
    let authority = uri.authority().unwrap_or(&named);
    if authority.as_str() == &announced[Position::BeforeHost..Position::AfterPort] {
        return Ok(announced.clone());
    }
    if authority.as_str().contains('@') {
        return Err(malformed("a name before the host has no meaning here"));
    }
    let own = Url::parse(&format!("http://{authority}/"))
        .map_err(|error| malformed(&format!("`{authority}` names no host: {error}")))?;
    if is_loopback(&own) && own.port_or_known_default() == announced.port_or_known_default() {
        Ok(own)
    } else {
        Err(misdirected(authority))
    }
}

/// "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request
/// message that lacks a Host header field and to any request message that contains more
/// than one Host header field line or a Host header field with an invalid field value."
/// (RFC 9112 §3.2)
fn host(headers: &HeaderMap) -> Result<Authority, Refusal> {
    let mut lines = headers.get_all(HOST).iter();
    match (lines.next(), lines.next()) {
        (Some(line), None) => Authority::try_from(line.as_bytes())
            .map_err(|error| malformed(&format!("the Host header names no host: {error}"))),
        (None, _) => Err(malformed("there is no Host header")),
        (Some(_), Some(_)) => Err(malformed("there is more than one Host header")),
    }
}

/// A name that never leads anywhere but to this machine: "name resolution APIs and
/// libraries SHOULD recognize localhost names as special" (RFC 6761 §6.3).
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn malformed(detail: &str) -> Refusal {
    Refusal {
        status: StatusCode::BAD_REQUEST,
        title: "Malformed request",
        detail: detail.to_owned(),
    }
}

fn misdirected(target: impl std::fmt::Display) -> Refusal {
    Refusal {
        status: StatusCode::MISDIRECTED_REQUEST,
        title: "Not this host",
        detail: format!("{target} is not where this program listens"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(port: u16) -> Url {
        Url::parse(&format!("http://127.0.0.1:{port}/")).unwrap()
    }

    #[track_caller]
    fn check(target: &str, hosts: &[&str], expected: Result<&str, u16>) {
        let headers =
            hosts.iter().map(|host| (HOST, host.parse().expect("a header value"))).collect();
        let origin = own_origin(&Method::GET, &target.parse().unwrap(), &headers, &announced(8080));
        let origin = origin.map(|url| url.origin().ascii_serialization());
        let expected = expected.map(str::to_owned);
        assert_eq!(
            origin.map_err(|refusal| refusal.status.as_u16()),
            expected,
            "{target} {hosts:?}"
        );
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn only_loopback_names_with_the_own_port_are_answered() {
        check("/a", &["127.0.0.1:8080"],               Ok("http://127.0.0.1:8080"));
        check("/a", &["127.1.2.3:8080"],               Ok("http://127.1.2.3:8080"));
        check("/a", &["[::1]:8080"],                   Ok("http://[::1]:8080"));
        check("/a", &["LocalHost:8080"],               Ok("http://localhost:8080"));
        check("/a", &["polls.localhost:8080"],         Ok("http://polls.localhost:8080"));
        check("/a", &["localhost:8081"],               Err(421));
        check("/a", &["localhost"],                    Err(421));
        check("/a", &["example.org:8080"],             Err(421));
        check("/a", &["localhost.example.org:8080"],   Err(421));
        check("/a", &["127.0.0.1.example.org:8080"],   Err(421));
        check("/a", &["notlocalhost:8080"],            Err(421));
        check("/a", &["192.168.0.1:8080"],             Err(421));
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn a_request_names_one_host() {
        check("/a", &[],                                   Err(400));
        check("/a", &[""],                                 Err(400));
        check("/a", &["localhost:8080", "localhost:8080"], Err(400));
        check("/a", &["a@localhost:8080"],                 Err(400));
        check("/a", &["local host:8080"],                  Err(400));
        check("/a", &["localhost:99999"],                  Err(400));
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn the_target_counts_where_it_names_a_host() {
        check("http://localhost:8080/a",   &["example.org"],    Ok("http://localhost:8080"));
        check("http://example.org:8080/a", &["localhost:8080"], Err(421));
        check("https://localhost:8080/a",  &["localhost:8080"], Err(421));
        check("http://localhost:8080/a",   &[],                 Err(400));
    }

    #[test]
    fn port_80_goes_without_saying() {
        let headers = [(HOST, "localhost".parse().unwrap())].into_iter().collect();
        assert!(own_origin(&Method::GET, &Uri::from_static("/"), &headers, &announced(80)).is_ok());
    }

    #[test]
    fn it_is_no_proxy() {
        for (method, target) in [(Method::CONNECT, "localhost:8080"), (Method::OPTIONS, "*")] {
            let headers = [(HOST, "localhost:8080".parse().unwrap())].into_iter().collect();
            let origin = own_origin(&method, &target.parse().unwrap(), &headers, &announced(8080));
            assert_eq!(origin.unwrap_err().status, StatusCode::NOT_IMPLEMENTED, "{method}");
        }
    }
}
