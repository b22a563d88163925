//! What sites get wrong: a clear outcome each time, and nothing wrong stored.

use bytes::Bytes;
use holdfast_engine::{Body, Http, Provenance, Request, Transport};
use http::StatusCode;
use http::header::LOCATION;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

use crate::scenario::{Answer, Answered, World, secs};

const LINK: &str = "<a href=\"http://127.0.0.1:8000/polls/1/\">one</a>";
const MAPPED: &str = "<a href=\"/polls/1/\">one</a>";

/// A page as it comes fresh and as it comes from the store, which must be the same.
async fn fresh_and_stored(answer: Answer) -> Answered {
    let world = World::new().await;
    world.origin.at("/polls/", answer);
    let fresh = world.get("/polls/").await;
    world.origin.refuses();
    let stored = world.get("/polls/").await;
    assert_eq!(stored.status, StatusCode::OK);
    assert_eq!((&stored.body, stored.head_at), (&fresh.body, fresh.head_at));
    assert_eq!(stored.header("content-type"), fresh.header("content-type"));
    fresh
}

/// A script's request for a picture, which follows redirects within.
fn picture(world: &World, path: &str) -> Request {
    world.browser_request(path)
}

fn utf_16(text: &str) -> Bytes {
    let mark = [0xff, 0xfe];
    mark.into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

/// The browser makes a head before the first thing that does not belong to one.
#[tokio::test(start_paused = true)]
async fn a_page_without_a_head_has_a_place_for_one() {
    let page = fresh_and_stored(Answer::page(format!("<p>{LINK}"))).await;
    assert_eq!(page.text(), format!("<p>{MAPPED}"));
    assert_eq!(page.head_at, Some(0));
    let text = fresh_and_stored(Answer::page("no markup at all")).await;
    assert_eq!(text.text(), "no markup at all");
    assert_eq!(text.head_at, None);
    let empty = fresh_and_stored(Answer::page("")).await;
    assert_eq!((empty.text(), empty.head_at), ("", None));
}

/// What is put into a page is put in as ASCII, which would be letters of another kind there.
#[tokio::test(start_paused = true)]
async fn a_page_in_utf_16_is_left_alone() {
    let text = utf_16(&format!("<!doctype html><html><head>{LINK}"));
    for content_type in ["text/html", "text/html; charset=utf-16le", "text/html; charset=utf-8"] {
        let page = fresh_and_stored(Answer::of(content_type, text.clone())).await;
        assert_eq!(page.body, text, "{content_type}");
        assert_eq!(page.head_at, None, "{content_type}");
    }
    let unmarked = text.slice(2..);
    let answer = Answer::of("text/html; charset=UTF-16BE", unmarked.clone());
    let page = fresh_and_stored(answer).await;
    assert_eq!((page.body, page.head_at), (unmarked, None));
}

/// The mark stays in front: behind anything else it would be a letter.
#[tokio::test(start_paused = true)]
async fn a_byte_order_mark_stays_the_first_thing() {
    let answer = Answer::page(format!("\u{feff}<html><head>{LINK}"));
    let page = fresh_and_stored(answer).await;
    assert_eq!(page.text(), format!("\u{feff}<html><head>{MAPPED}"));
    assert_eq!(page.head_at, Some("\u{feff}<html><head>".len()));
    let page = fresh_and_stored(Answer::page(format!("\u{feff}<p>{LINK}"))).await;
    assert_eq!(page.head_at, Some("\u{feff}".len()));
}

/// Paths follow `<base>`: one on the site is a path itself, and under one that leads
/// elsewhere links to the site stay in full.
#[tokio::test(start_paused = true)]
async fn links_lead_where_they_led_under_a_base() {
    let own = format!("<base href=http://127.0.0.1:8000/polls/><a href=1/>x</a>{LINK}");
    let page = fresh_and_stored(Answer::page(own)).await;
    assert_eq!(page.text(), format!("<base href=\"/polls/\"><a href=1/>x</a>{MAPPED}"));
    for base in ["https://example.org/", "//example.org/", "http://127.0.0.1:9000/"] {
        let elsewhere = format!("<base href={base}><a href=1/>x</a>{LINK}");
        let page = fresh_and_stored(Answer::page(elsewhere.clone())).await;
        assert_eq!(page.text(), elsewhere);
    }
}

/// The bytes are the site's, whatever it calls them; only links are changed.
#[tokio::test(start_paused = true)]
async fn a_wrong_charset_changes_no_letter() {
    let page = |before: &[u8], link: &str| -> Bytes {
        [b"<html><head></head><p title=\"", before, b"\">", before, link.as_bytes()].concat().into()
    };
    let latin = b"caf\xe9 \x80\xff\x00";
    let japanese = b"\x83\x5c\x95\x5c";
    for (charset, letters) in [
        ("utf-8", &latin[..]),
        ("us-ascii", latin),
        ("nonsense", latin),
        ("", latin),
        ("\"utf-8", latin),
        ("utf-8", japanese),
        ("windows-1252", japanese),
        ("shift_jis", japanese),
        ("shift_jis", latin),
        ("windows-1252", "€ä".as_bytes()),
    ] {
        let content_type = format!("text/html; charset={charset}");
        let answer = Answer::of(&content_type, page(letters, LINK));
        let served = fresh_and_stored(answer).await;
        assert_eq!(served.body, page(letters, MAPPED), "{content_type}");
        assert_eq!(served.head_at, Some("<html><head>".len()), "{content_type}");
    }
}

/// "A client SHOULD detect and intervene in cyclical redirections" (RFC 9110 §15.4).
#[tokio::test(start_paused = true)]
async fn a_redirect_loop_ends_and_is_not_stored() {
    let world = World::new().await;
    for status in [301, 302, 307, 308] {
        world.origin.at("/static/a.png", Answer::redirect(status, "/static/b.png"));
        world.origin.at("/static/b.png", Answer::redirect(status, "/static/a.png"));
        world.transcript.restart();
        let answered = world.send(picture(&world, "/static/a.png")).await;
        assert_eq!(answered.status, StatusCode::GATEWAY_TIMEOUT);
        let transcript = world.transcript().await;
        assert_eq!(transcript.matches("origin <- GET").count(), 21, "{transcript}");
        assert!(!transcript.contains("stored"), "{transcript}");
        assert!(transcript.contains("more than 20 redirects"), "{transcript}");
    }
}

/// Each hop of a lasting redirect may be stored; the way round is found out all the same.
#[tokio::test(start_paused = true)]
async fn a_stored_redirect_loop_ends_as_well() {
    let world = World::new().await;
    world.origin.at("/static/a.png", Answer::redirect(301, "/static/b.png"));
    world.origin.at("/static/b.png", Answer::redirect(301, "/static/a.png"));
    world.get("/static/a.png").await;
    world.get("/static/b.png").await;
    let transcript = world.transcript().await;
    assert_eq!(transcript.matches("stored    /static/").count(), 2, "{transcript}");
    world.origin.refuses();
    let answered = world.send(picture(&world, "/static/a.png")).await;
    assert_eq!(answered.status, StatusCode::GATEWAY_TIMEOUT);
}

/// A page handed `javascript:` or `file:` by a redirect is never what was asked for.
#[tokio::test(start_paused = true)]
async fn a_redirect_to_another_scheme_is_not_followed() {
    let world = World::new().await;
    for target in [
        "https://127.0.0.1:8000/static/b.png",
        "ftp://127.0.0.1:8000/static/b.png",
        "file:///etc/passwd",
        "data:image/png,x",
        "javascript:alert(1)",
        "//127.0.0.1:9000/static/b.png",
        "http://user@127.0.0.1:8001/static/b.png",
    ] {
        for status in [301, 302] {
            world.origin.at("/static/a.png", Answer::redirect(status, target));
            world.transcript.restart();
            let answered = world.send(picture(&world, "/static/a.png")).await;
            assert_eq!(answered.status, StatusCode::GATEWAY_TIMEOUT, "{target}");
            let transcript = world.transcript().await;
            assert_eq!(transcript.matches("origin <- GET").count(), 1, "{transcript}");
            assert!(transcript.contains("which is not the site"), "{transcript}");
            assert!(!transcript.contains("stored"), "{transcript}");
        }
    }
}

/// A redirect that leads nowhere is handed on, as a browser would show it.
#[tokio::test(start_paused = true)]
async fn a_location_that_is_none_leads_nowhere() {
    let world = World::new().await;
    for location in [&b"/static/\xff\xfe.png"[..], b"http://[::1", b"http://127.0.0.1:99999/"] {
        world.origin.at("/static/a.png", Answer::redirect(302, "/").location(location));
        world.transcript.restart();
        let response = world.engine().handle(picture(&world, "/static/a.png")).await;
        assert_eq!(response.status, StatusCode::FOUND);
        assert_eq!(response.headers.get(LOCATION).unwrap().as_bytes(), location);
        assert!(matches!(response.provenance, Provenance::Network { .. }));
        let transcript = world.transcript().await;
        assert_eq!(transcript.matches("origin <- GET").count(), 1, "{transcript}");
        assert!(!transcript.contains("stored"), "{transcript}");
    }
}

/// "a recipient […] MUST either reject the message as invalid or replace the duplicated field
/// values with a single valid Content-Length" (RFC 9110 §8.6)
#[tokio::test(start_paused = true)]
async fn a_length_said_twice_is_said_once() {
    let world = World::new().await;
    let answer = Answer::of("image/png", "12345")
        .header("content-length", "5")
        .header("content-length", "5")
        .header("x-content-length", "9");
    world.origin.at("/static/a.png", answer);
    let fresh = world.get("/static/a.png").await;
    assert_eq!(fresh.text(), "12345");
    assert!(fresh.headers.get_all("content-length").iter().count() <= 1);
    let stored = world.get("/static/a.png").await;
    assert_eq!(stored.text(), "12345");
    let lengths: Vec<_> = stored.headers.get_all("content-length").iter().collect();
    assert_eq!(lengths, ["5"]);
    assert_eq!(stored.header("x-content-length"), Some("9"));
}

/// Half a minute of silence is the end of a body, which is then not one.
#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_given_up_and_not_stored() {
    let world = World::new().await;
    let short = Answer::of("image/png", "the first bytes").then_stalled();
    world.origin.at("/static/a.png", short);
    let answered = world.get("/static/a.png").await;
    assert_eq!(answered.status, StatusCode::GATEWAY_TIMEOUT);
    let long = Answer::of("image/png", vec![b'x'; 2 << 20]).then_stalled();
    world.origin.at("/static/b.png", long);
    world.get("/static/b.png").await;
    world.rest(secs(1)).await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin <- GET /static/a.png
        0 ms  origin -> /static/a.png the first bytes and stalls
    30000 ms  page   <- /static/a.png 504 the connection to 127.0.0.1 broke: nothing came for 30s, in its place: slow
    30000 ms  origin <- GET /static/b.png
    30000 ms  origin -> /static/b.png 2097152 bytes and stalls
    60000 ms  page   <- /static/b.png 2097152 bytes and breaks off
    60000 ms  event     not stored /static/b.png: the body is incomplete: nothing came for 30s
    ");
}

/// A copy that is there is worth more than half of a new one.
#[tokio::test(start_paused = true)]
async fn a_page_that_never_ends_leaves_the_good_copy() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.at("/polls/", Answer::page("ne").then_stalled());
    let answered = world.get("/polls/").await;
    assert_eq!(answered.text(), "old");
    world.rest(secs(60)).await;
    world.origin.refuses();
    assert_eq!(world.get("/polls/").await.text(), "old");
}

/// What the transport makes of a response, given as it is on the wire: the body, or `None`
/// where the response or its end is refused.
async fn received(response: &[u8]) -> Option<Bytes> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let site = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let response = response.to_owned();
    let server = async {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut head = [0; 1024];
        assert_ne!(connection.read(&mut head).await.unwrap(), 0);
        // Who refuses the head does not wait for the rest.
        let _ = connection.write_all(&response).await;
        let _ = connection.shutdown().await;
    };
    let client = async {
        let transport = Http::to(&site).unwrap();
        let answer = transport.send(&site, http::Request::new(Body::empty())).await.ok()?;
        answer.into_body().collect().await.ok()
    };
    let ((), received) = tokio::join!(server, client);
    received
}

/// A socket is the subject: whether a body is whole is told by its length, and by nothing
/// else once the connection is closed.
#[tokio::test]
async fn a_body_of_a_wrong_length_is_an_error() {
    let check = async |headers: &str, body: &str, expected: Option<&str>| {
        let response = format!("HTTP/1.1 200 OK\r\n{headers}\r\n{body}");
        let received = received(response.as_bytes()).await;
        assert_eq!(received.as_deref(), expected.map(str::as_bytes), "{headers}{body}");
    };
    let chunked = "Transfer-Encoding: chunked\r\n";
    check("Content-Length: 5\r\n", "12345", Some("12345")).await;
    check("Content-Length: 5\r\n", "123", None).await;
    check("Content-Length: 5\r\n", "1234567", Some("12345")).await;
    check("Content-Length: 5\r\nContent-Length: 5\r\n", "12345", Some("12345")).await;
    check("Content-Length: 5\r\nContent-Length: 7\r\n", "1234567", None).await;
    check("Content-Length: 5, 7\r\n", "1234567", None).await;
    check("Content-Length: -5\r\n", "12345", None).await;
    check("Content-Length: 5x\r\n", "12345", None).await;
    check("Content-Length: 99999999999999999999\r\n", "12345", None).await;
    check(chunked, "5\r\n12345\r\n0\r\n\r\n", Some("12345")).await;
    check(chunked, "5\r\n12345\r\n0\r\nX-Trailer: 1\r\n\r\n", Some("12345")).await;
    check(chunked, "5\r\n12345\r\n", None).await;
    check(chunked, "5\r\n123", None).await;
    check(chunked, "x\r\n12345\r\n0\r\n\r\n", None).await;
    check(chunked, "ffffffffffffffffff\r\n12345", None).await;
    check("", "12345", Some("12345")).await;
}

/// Ten megabytes of headers are no headers.
#[tokio::test]
async fn headers_without_an_end_are_refused() {
    let lines = "X-Filler: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n".repeat(200_000);
    let response = format!("HTTP/1.1 200 OK\r\n{lines}Content-Length: 1\r\n\r\n1");
    assert_eq!(received(response.as_bytes()).await, None);
    let long = "x".repeat(10 << 20);
    let response = format!("HTTP/1.1 200 OK\r\nX-Filler: {long}\r\nContent-Length: 1\r\n\r\n1");
    assert_eq!(received(response.as_bytes()).await, None);
}

/// Letters of any code are taken in a header; what ends a line early is not a header.
#[tokio::test]
async fn odd_headers_are_taken_or_refused() {
    let response =
        b"HTTP/1.1 200 OK\r\nX-Latin: caf\xe9\xff\r\nX-Empty:\r\nContent-Length: 1\r\n\r\n1";
    assert_eq!(received(response).await.as_deref(), Some(&b"1"[..]));
    for odd in [&b"X-Zero: a\0b"[..], b"X Space: a", b": no name", b"no colon", b"X-Caf\xe9: a"] {
        let response = [b"HTTP/1.1 200 OK\r\n", odd, b"\r\nContent-Length: 1\r\n\r\n1"].concat();
        assert_eq!(received(&response).await, None, "{}", odd.escape_ascii());
    }
    for start in [
        "",
        "HTTP/1.1\r\n\r\n",
        "HTTP/9.9 200 OK\r\n\r\n",
        "HTTP/1.1 99 x\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
    ] {
        assert_eq!(received(start.as_bytes()).await, None, "{start}");
    }
}
