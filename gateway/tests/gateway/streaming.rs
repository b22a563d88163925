//! Bodies pass piece by piece, and what breaks off does not look whole.

use std::sync::atomic::Ordering;

use futures::StreamExt;
use reqwest::header::CONTENT_LENGTH;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::http::{Answer, Browser, connect, raw, read_until};
use crate::origin::{BIG, FILM, Origin, byte_at, one};
use crate::processes::{Gateway, until};

/// Less than a body of [`BIG`] bytes would take.
#[cfg(target_os = "linux")]
const MEMORY: u64 = 56 << 20;
/// What one more connection may take, which is much less than a body of [`FILM`] bytes.
#[cfg(target_os = "linux")]
const BUFFERS: u64 = 512 << 10;

struct Scene {
    directory: TempDir,
    origin: Origin,
    gateway: Gateway,
    browser: Browser,
}

impl Scene {
    async fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let origin = Origin::start().await;
        let gateway = Gateway::start(directory.path(), &origin.profile()).await;
        let browser = Browser::new(&gateway.origin);
        Self { directory, origin, gateway, browser }
    }

    /// Downloads `/big` and checks each byte.
    async fn download(&self) -> String {
        let response = self.browser.client().get(self.gateway.url("/big")).send().await.unwrap();
        assert_eq!(response.headers()[CONTENT_LENGTH], BIG.to_string());
        let status = response.headers()["cache-status"].to_str().unwrap().to_owned();
        let mut pieces = response.bytes_stream();
        let mut position = 0;
        while let Some(piece) = pieces.next().await {
            for byte in piece.unwrap() {
                assert_eq!(byte, byte_at(position), "at {position}");
                position += 1;
            }
        }
        assert_eq!(position, BIG);
        status
    }

    fn assert_memory_is_bounded(&self) {
        self.assert_memory_is_bounded_for(1);
    }

    /// The same while many read: each has buffers, and none has the body.
    #[cfg_attr(not(target_os = "linux"), expect(unused_variables, reason = "it is not told there"))]
    fn assert_memory_is_bounded_for(&self, readers: u64) {
        #[cfg(target_os = "linux")]
        assert!(
            self.gateway.peak_memory() < MEMORY + (readers - 1) * BUFFERS,
            "{} bytes",
            self.gateway.peak_memory()
        );
    }
}

#[tokio::test]
async fn a_large_download_passes_and_is_stored_without_being_held() {
    let mut scene = Scene::new().await;
    assert_eq!(scene.download().await, "Holdfast; fwd=miss; fwd-status=200; stored");
    scene.assert_memory_is_bounded();

    scene.origin.state.is_failing.store(true, Ordering::Relaxed);
    until("the body is stored", async || {
        let head = scene.browser.client().head(scene.gateway.url("/big")).send().await.unwrap();
        (head.status() == 200).then_some(())
    })
    .await;
    assert_eq!(scene.download().await, "Holdfast; hit; detail=server-error");
    scene.assert_memory_is_bounded();

    scene.gateway.start_again().await;
    scene.browser = Browser::new(&scene.gateway.origin);
    assert_eq!(scene.download().await, "Holdfast; hit; detail=server-error");
    assert!(scene.directory.path().join("store/cache.sqlite3").exists());
}

#[tokio::test]
async fn a_large_upload_passes_with_its_length_without_being_held() {
    let scene = Scene::new().await;
    const PIECE: u64 = 64 << 10;
    let piece = |start: u64| (start..start + PIECE).map(byte_at).collect::<Vec<u8>>();
    let mut hasher = blake3::Hasher::new();
    for start in (0..BIG).step_by(PIECE as usize) {
        hasher.update(&piece(start));
    }
    let hash = hasher.finalize().to_hex();

    for announced in [Some(BIG), None] {
        let starts = futures::stream::iter((0..BIG).step_by(PIECE as usize));
        let body =
            reqwest::Body::wrap_stream(starts.map(move |start| std::io::Result::Ok(piece(start))));
        let mut request = scene.browser.client().post(scene.gateway.url("/live/sink")).body(body);
        if let Some(length) = announced {
            request = request.header(CONTENT_LENGTH, length);
        }
        let answer = Answer::of(request.send().await.unwrap()).await;
        let announced = announced.map_or("none".to_owned(), |length| length.to_string());
        assert_eq!(answer.text(), format!("{BIG} bytes {hash}, announced {announced}"));
    }
    scene.assert_memory_is_bounded();
}

#[tokio::test]
async fn a_reader_who_stops_stops_the_site() {
    for path in ["/big", "/live/big"] {
        let scene = Scene::new().await;
        let authority = scene.gateway.authority();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
        let mut stream = connect(authority, &request).await;
        read_until(&mut stream, "\r\n\r\n").await;
        one(&scene.origin.state.blocked).await;
        let sent = scene.origin.state.sent.load(Ordering::Relaxed);
        assert!(sent < BIG / 2, "{path}: {sent} bytes were sent to nobody");
        scene.assert_memory_is_bounded();
    }
}

/// Browsers of all kinds that ask for a film of which half has come, and have seen its
/// beginning.
async fn audience(scene: &Scene) -> Vec<TcpStream> {
    let authority = scene.gateway.authority();
    let join = async |number: usize| {
        let request = format!(
            "GET /film HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: browser/{number}\r\n\
             Connection: close\r\n\r\n"
        );
        let mut stream = connect(authority, &request).await;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        assert!(head.starts_with("http/1.1 200") && head.contains(&format!("length: {FILM}\r\n")));
        assert_eq!(head.contains("collapsed"), number > 0, "{head}");
        stream
    };
    let first = join(0).await;
    one(&scene.origin.state.arrived).await;
    let others = futures::future::join_all((1..50).map(join)).await;
    std::iter::once(first).chain(others).collect()
}

#[tokio::test]
async fn a_long_body_is_fetched_once_for_fifty_who_ask_while_it_arrives() {
    let scene = Scene::new().await;
    let audience = audience(&scene).await;
    // Another request would take its time to arrive, and wait as well.
    scene.origin.state.released.add_permits(1);
    let bodies = audience.into_iter().map(async |mut stream| {
        let mut body = Vec::new();
        stream.read_to_end(&mut body).await.unwrap();
        body
    });
    for body in futures::future::join_all(bodies).await {
        assert!(body.into_iter().eq((0..FILM).map(byte_at)));
    }
    assert_eq!(scene.origin.state.arrived.available_permits(), 0, "it was asked once");
    scene.assert_memory_is_bounded_for(50);
}

#[tokio::test]
async fn a_long_body_that_breaks_off_is_whole_for_none_of_those_who_share_it() {
    let scene = Scene::new().await;
    let audience = audience(&scene).await;
    let Scene { origin, gateway: _gateway, .. } = scene;
    drop(origin);
    for mut stream in audience {
        let mut body = Vec::new();
        // The connection may be reset as well.
        let _ = stream.read_to_end(&mut body).await;
        assert!((body.len() as u64) < FILM);
    }
}

#[tokio::test]
async fn an_upload_arrives_while_it_is_sent() {
    let scene = Scene::new().await;
    let authority = scene.gateway.authority();
    let head = format!(
        "POST /live/sink HTTP/1.1\r\nHost: {authority}\r\nContent-Length: 10\r\n\
         Connection: close\r\n\r\n"
    );
    let mut stream = connect(authority, &format!("{head}first")).await;
    one(&scene.origin.state.begun).await;
    stream.write_all(b"-last").await.unwrap();
    let answer = read_until(&mut stream, "announced 10").await;
    assert!(answer.contains("10 bytes"), "{answer}");
}

#[tokio::test]
async fn a_client_that_asks_first_is_told_to_go_on() {
    let scene = Scene::new().await;
    let authority = scene.gateway.authority();
    let head = format!(
        "POST /live/sink HTTP/1.1\r\nHost: {authority}\r\nContent-Length: 4\r\n\
         Expect: 100-continue\r\n\r\n"
    );
    let mut stream = connect(authority, &head).await;
    let said = read_until(&mut stream, "\r\n\r\n").await;
    assert_eq!(said, "HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"body").await.unwrap();
    let answer = read_until(&mut stream, "announced 4").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
}

#[tokio::test]
async fn events_come_as_they_are_sent() {
    let scene = Scene::new().await;
    let request = scene.browser.client().get(scene.gateway.url("/events"));
    let response = request.header("accept", "text/event-stream").send().await.unwrap();
    let mut pieces = response.bytes_stream();
    assert_eq!(pieces.next().await.unwrap().unwrap(), "data: first\n\n");
    scene.origin.state.released.add_permits(1);
    assert_eq!(pieces.next().await.unwrap().unwrap(), "data: second\n\n");
}

#[tokio::test]
async fn a_body_that_breaks_off_breaks_the_connection() {
    for path in ["/live/short", "/live/short-chunked", "/short", "/short-chunked"] {
        let scene = Scene::new().await;
        let response = scene.browser.client().get(scene.gateway.url(path)).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert!(response.bytes().await.is_err(), "{path} came to an end");

        let authority = scene.gateway.authority();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
        let answer = until("the site is asked again", async || {
            let answer = raw(authority, &request).await;
            answer.starts_with("HTTP/1.1 200").then_some(answer)
        })
        .await;
        assert!(!answer.ends_with("\r\n0\r\n\r\n"), "{path} came to an end");
    }
}

#[tokio::test]
async fn a_client_that_goes_gives_its_request_up() {
    let scene = Scene::new().await;
    let authority = scene.gateway.authority();
    let request = format!("GET /live/held HTTP/1.1\r\nHost: {authority}\r\n\r\n");
    let stream = connect(authority, &request).await;
    one(&scene.origin.state.arrived).await;
    drop(stream);
    one(&scene.origin.state.given_up).await;
}

#[tokio::test]
async fn what_can_be_stored_is_fetched_to_its_end_also_for_nobody() {
    let scene = Scene::new().await;
    let authority = scene.gateway.authority();
    let request = format!("GET /held HTTP/1.1\r\nHost: {authority}\r\n\r\n");
    let stream = connect(authority, &request).await;
    one(&scene.origin.state.arrived).await;
    drop(stream);
    scene.origin.state.is_failing.store(true, Ordering::Relaxed);
    scene.origin.state.released.add_permits(1);
    let stored = until("the answer is stored", async || {
        // It may still be on its way, and is shared then.
        let answer = scene.browser.open("/held").await;
        answer.cache_status().starts_with("Holdfast; hit").then_some(answer)
    })
    .await;
    stored.assert_stored("server-error");
    assert_eq!(stored.text(), "held");
}

#[tokio::test]
async fn an_upload_that_breaks_off_says_nothing_about_the_site() {
    let scene = Scene::new().await;
    let authority = scene.gateway.authority();
    let head = format!(
        "POST /live/sink HTTP/1.1\r\nHost: {authority}\r\nContent-Length: 1000\r\n\r\nbegun"
    );
    let stream = connect(authority, &head).await;
    one(&scene.origin.state.begun).await;
    drop(stream);
    one(&scene.origin.state.given_up).await;
    let answer = scene.browser.open("/missing").await;
    assert_eq!(answer.status, 404, "{}: {}", answer.cache_status(), answer.text());
}
