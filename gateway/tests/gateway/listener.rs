//! Who is answered, what passes, and how it ends.

use std::time::Duration;

use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::http::{Browser, connect, raw, read_until};
use crate::origin::{Origin, one};
use crate::processes::{Gateway, until};

async fn scene() -> (TempDir, Origin, Gateway) {
    let directory = TempDir::new().unwrap();
    let origin = Origin::start().await;
    let gateway = Gateway::start(directory.path(), &origin.profile()).await;
    (directory, origin, gateway)
}

#[tokio::test]
async fn only_requests_to_loopback_are_answered() {
    let (_directory, _origin, gateway) = scene().await;
    let port = gateway.authority().rsplit(':').next().unwrap().to_owned();
    let other: u16 = port.parse::<u16>().unwrap() ^ 1;
    for (target, host, expected) in [
        ("/live/echo", format!("127.0.0.1:{port}"), "200 OK"),
        ("/live/echo", format!("localhost:{port}"), "200 OK"),
        ("/live/echo", format!("[::1]:{port}"), "200 OK"),
        ("/live/echo", format!("attacker.example:{port}"), "421 Misdirected Request"),
        ("/live/echo", format!("127.0.0.1:{other}"), "421 Misdirected Request"),
        ("/live/echo", "127.0.0.1".to_owned(), "421 Misdirected Request"),
        ("http://127.0.0.1:PORT/live/echo", "attacker.example".to_owned(), "200 OK"),
        (
            "http://attacker.example/live/echo",
            format!("127.0.0.1:{port}"),
            "421 Misdirected Request",
        ),
        (
            "https://127.0.0.1:PORT/live/echo",
            format!("127.0.0.1:{port}"),
            "421 Misdirected Request",
        ),
        ("*", format!("127.0.0.1:{port}"), "501 Not Implemented"),
    ] {
        let target = target.replace("PORT", &port);
        let method = if target == "*" { "OPTIONS" } else { "GET" };
        let request =
            format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let answer = raw(gateway.authority(), &request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {expected}\r\n")), "{request}{answer}");
        if expected != "200 OK" {
            assert!(answer.contains("\r\ncontent-type: application/problem+json\r\n"), "{answer}");
        }
    }
}

#[tokio::test]
async fn what_is_no_request_for_the_site_is_refused() {
    let (_directory, _origin, gateway) = scene().await;
    let authority = gateway.authority();
    let long = "x".repeat(300_000);
    for (request, expected) in [
        ("GET / HTTP/1.1\r\nConnection: close\r\n\r\n".to_owned(), "400 Bad Request"),
        (
            format!(
                "GET / HTTP/1.1\r\nHost: {authority}\r\nHost: {authority}\r\nConnection: close\r\n\r\n"
            ),
            "400 Bad Request",
        ),
        (
            "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\nConnection: close\r\n\r\n"
                .to_owned(),
            "501 Not Implemented",
        ),
        (format!("GET /{long} HTTP/1.1\r\nHost: {authority}\r\n\r\n"), "4"),
        (
            format!("GET / HTTP/1.1\r\nHost: {authority}\r\nx-long: {long}\r\n\r\n"),
            "431 Request Header Fields Too Large",
        ),
    ] {
        let answer = raw(authority, &request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {expected}")), "{answer}");
    }
    // None of it has hurt.
    assert_eq!(Browser::new(&gateway.origin).open("/live/echo").await.status, 200);
}

#[tokio::test]
async fn headers_of_one_connection_do_not_reach_the_other() {
    let (_directory, origin, gateway) = scene().await;
    let authority = gateway.authority();
    let answer = raw(
        authority,
        &format!(
            "GET /live/echo HTTP/1.1\r\nHost: {authority}\r\nConnection: close, x-hop\r\nX-Hop: 1\r\n\
             TE: trailers\r\nUpgrade: websocket\r\nProxy-Authorization: Basic eA==\r\n\
             Keep-Alive: 5\r\nX-End-To-End: 1\r\nOrigin: http://{authority}\r\n\
             Referer: http://{authority}/page\r\nCookie: a=b\r\n\r\n"
        ),
    )
    .await
    .to_ascii_lowercase();
    let (head, echoed) = answer.split_once("\r\n\r\n").unwrap();

    let site = origin.url.to_ascii_lowercase();
    let host = site.strip_prefix("http://").unwrap();
    for line in [
        &format!("host: {host}"),
        &format!("origin: {site}"),
        &format!("referer: {site}/page"),
        "cookie: a=b",
        "x-end-to-end: 1",
    ] {
        assert!(echoed.contains(line), "{line} is not in {echoed}");
    }
    for name in ["x-hop", "\r\nte:", "upgrade", "proxy-authorization", "keep-alive", authority] {
        assert!(!echoed.contains(name), "{name} is in {echoed}");
    }
    for line in ["x-end-to-end: 1", "set-cookie: a=1; path=/; httponly; secure", "set-cookie: b=2"]
    {
        assert!(head.contains(line), "{line} is not in {head}");
    }
    for name in ["x-hop", "keep-alive", "proxy-authenticate", "alt-svc", "domain"] {
        assert!(!head.contains(name), "{name} is in {head}");
    }
}

#[tokio::test]
async fn locations_on_the_site_become_paths() {
    let (_directory, _origin, gateway) = scene().await;
    let browser = Browser::new(&gateway.origin);
    assert_eq!(browser.open("/live/moved").await.header("location"), "/echo?a=b#c");
    assert_eq!(browser.open("/live/away").await.header("location"), "https://example.org/polls/");
}

#[tokio::test]
async fn told_to_end_it_finishes_what_runs() {
    for signal in ["TERM", "INT"] {
        let (_directory, origin, mut gateway) = scene().await;
        let authority = gateway.authority().to_owned();
        let idle = TcpStream::connect(&authority).await.unwrap();
        let request = format!("GET /live/held HTTP/1.1\r\nHost: {authority}\r\n\r\n");
        let mut stream = connect(&authority, &request).await;
        one(&origin.state.arrived).await;

        gateway.process.signal(signal);
        until("no connection is accepted any more", async || {
            TcpStream::connect(&authority).await.err()
        })
        .await;
        origin.state.released.add_permits(1);
        let answer = read_until(&mut stream, "held").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        let status = gateway.process.ended().await;
        assert_eq!(status.code(), Some(0), "{status}");
        drop(idle);
    }
}

#[tokio::test]
async fn told_twice_to_end_it_does_not_wait() {
    let (_directory, origin, mut gateway) = scene().await;
    let authority = gateway.authority().to_owned();
    let request = format!("GET /live/held HTTP/1.1\r\nHost: {authority}\r\n\r\n");
    let mut stream = connect(&authority, &request).await;
    one(&origin.state.arrived).await;
    let started = Instant::now();
    gateway.process.signal("TERM");
    until("no connection is accepted any more", async || {
        TcpStream::connect(&authority).await.err()
    })
    .await;
    gateway.process.signal("TERM");
    assert_eq!(gateway.process.ended().await.code(), Some(0));
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    assert_eq!(stream.read(&mut [0; 16]).await.unwrap_or(0), 0, "there is no answer");
}
