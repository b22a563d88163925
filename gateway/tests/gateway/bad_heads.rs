//! Heads of responses that no site should send: a clear outcome for the client, nothing of
//! them stored, and the next request is served.

use tempfile::TempDir;

use crate::http::{Answer, Browser};
use crate::origin::Origin;
use crate::processes::{Gateway, until};

struct Scene {
    origin: Origin,
    gateway: Gateway,
    browser: Browser,
    /// Removed last.
    _directory: TempDir,
}

impl Scene {
    async fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let origin = Origin::start().await;
        let gateway = Gateway::start(directory.path(), &origin.profile()).await;
        let browser = Browser::new(&gateway.origin);
        origin.put(
            "/live/well",
            "200 OK\r\ncontent-type: text/plain\r\ncontent-length: 4",
            b"well",
        );
        Self { origin, gateway, browser, _directory: directory }
    }

    /// What comes of a response, and then of one that is in order.
    async fn answer(&self, path: &str, head: &str, body: &[u8]) -> Answer {
        self.origin.put(path, head, body);
        let answer = self.browser.open(path).await;
        // A connection that breaks is suspicious, until the site is found to be there.
        let well = until("the site is asked again", async || {
            let well = self.browser.open("/live/well").await;
            (well.status == 200).then_some(well)
        });
        assert_eq!(well.await.text(), "well", "after {path}");
        answer
    }

    async fn is_stored(&self, path: &str) -> bool {
        let request = self.browser.client().get(self.gateway.url(path));
        let answer = request.header("cache-control", "only-if-cached").send().await.unwrap();
        answer.status() == 200
    }
}

/// Heads that are refused: whoever asked is told so, and nothing is stored.
#[tokio::test]
async fn a_head_that_is_none_is_refused() {
    let scene = Scene::new().await;
    let filler = "X-Filler: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n";
    let many = format!("200 OK\r\n{}Content-Length: 1", filler.repeat((10 << 20) / filler.len()));
    let long = format!("200 OK\r\nX-Filler: {}\r\nContent-Length: 1", "x".repeat(10 << 20));
    #[cfg(target_os = "linux")]
    let before = scene.gateway.peak_memory();
    for (path, head) in [
        ("/many", many.as_str()),
        ("/long", &long),
        ("/lengths", "200 OK\r\nContent-Length: 1\r\nContent-Length: 2"),
        ("/list", "200 OK\r\nContent-Length: 1, 2"),
        ("/word", "200 OK\r\nContent-Length: one"),
        ("/negative", "200 OK\r\nContent-Length: -1"),
        ("/space", "200 OK\r\nX Filler: x\r\nContent-Length: 1"),
        ("/nameless", "200 OK\r\n: x\r\nContent-Length: 1"),
        ("/zero", "200 OK\r\nX-Filler: a\0b\r\nContent-Length: 1"),
        ("/status", "1000 OK\r\nContent-Length: 1"),
        ("/nothing", ""),
    ] {
        let answer = scene.answer(path, head, b"1").await;
        assert_eq!(answer.status, 504, "{path}: {}", answer.text());
        assert!(!scene.is_stored(path).await, "{path}");
    }
    #[cfg(target_os = "linux")]
    assert!(scene.gateway.peak_memory() - before < 32 << 20);
}

/// Heads that are odd and still heads: what is in order passes, and is stored.
#[tokio::test]
async fn an_odd_head_is_taken_for_what_it_says() {
    let scene = Scene::new().await;
    for (path, head) in [
        ("/twice", "200 OK\r\nContent-Length: 4\r\nContent-Length: 4"),
        ("/listed", "200 OK\r\nContent-Length: 4, 4"),
        ("/empty", "200 OK\r\nX-Empty:\r\nContent-Type:\r\nContent-Length: 4"),
        ("/silent", "200 \r\nContent-Length: 4"),
        (
            "/unknown-charset",
            "200 OK\r\nContent-Type: text/html; charset=none\r\nContent-Length: 4",
        ),
        ("/cut-charset", "200 OK\r\nContent-Type: text/html; charset=\"\r\nContent-Length: 4"),
        ("/ages", "200 OK\r\nAge: -1\r\nCache-Control: =,,max-age=x;\r\nContent-Length: 4"),
        ("/dates", "200 OK\r\nDate: never\r\nExpires: -1\r\nContent-Length: 4"),
        ("/vary", "200 OK\r\nVary: ,,\r\nETag: W/\r\nContent-Length: 4"),
    ] {
        let answer = scene.answer(path, head, b"text").await;
        assert_eq!((answer.status, answer.text().as_str()), (200, "text"), "{path}");
        let lengths: Vec<_> = answer.headers.get_all("content-length").iter().collect();
        assert_eq!(lengths, ["4"], "{path}");
        until("it is stored", async || scene.is_stored(path).await.then_some(())).await;
    }
}

/// Bytes that are no UTF-8, in headers and in bodies, pass as they are.
#[tokio::test]
async fn letters_of_another_code_pass_unchanged() {
    let scene = Scene::new().await;
    let body = b"<html><head><title>caf\xe9 \xff\xfe</title><p>\x80\xc3";
    // The head is put together as text, and é is two bytes in it.
    let head = format!(
        "200 OK\r\nX-Name: caf\u{e9}\r\nContent-Type: text/html; charset=utf-8\r\n\
         Content-Length: {}",
        body.len()
    );
    for _ in 0..2 {
        let answer = scene.answer("/letters", &head, body).await;
        assert_eq!(answer.body, body);
        assert_eq!(answer.headers["x-name"].as_bytes(), "caf\u{e9}".as_bytes());
    }
}

/// A loop is found out, and what leads out of the site is never fetched for the client: it
/// is told where to go, and decides.
#[tokio::test]
async fn redirects_are_the_clients() {
    let scene = Scene::new().await;
    for (path, to) in [
        ("/round", "/round"),
        ("/host", "https://example.org/polls/"),
        ("/scheme", "ftp://127.0.0.1/polls/"),
        ("/script", "javascript:alert(1)"),
        ("/no-address", "http://[::1"),
    ] {
        let head = format!("302 Found\r\nLocation: {to}\r\nContent-Length: 0");
        let answer = scene.answer(path, &head, b"").await;
        assert_eq!((answer.status, answer.header("location")), (302, to), "{path}");
        assert!(!scene.is_stored(path).await, "{path}");
    }
}
