//! Bodies that are made to end the program: a clear outcome, nothing of them stored, no
//! more memory than for others, and the next one is served.

use std::path::Path;

use async_compression::tokio::write::{BrotliEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};
use futures::StreamExt;
use tempfile::TempDir;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use crate::http::{Answer, Browser, connect, read_until};
use crate::origin::{Origin, one};
use crate::processes::{Gateway, until};

const MEBIBYTE: usize = 1 << 20;
/// By how many bytes the memory of the gateway may grow, whatever is sent to it.
#[cfg(target_os = "linux")]
const GROWTH: u64 = 64 << 20;

struct Scene {
    origin: Origin,
    gateway: Gateway,
    browser: Browser,
    #[cfg(target_os = "linux")]
    memory: u64,
    /// Removed last.
    _directory: TempDir,
}

impl Scene {
    async fn with(storage: &str) -> Self {
        let directory = TempDir::new().unwrap();
        let origin = Origin::start().await;
        let profile = format!("{}{storage}", origin.profile());
        let gateway = Gateway::start(directory.path(), &profile).await;
        let browser = Browser::new(&gateway.origin);
        origin.put("/well", "200 OK\r\ncontent-type: text/plain\r\ncontent-length: 4", b"well");
        assert_eq!(browser.open("/well").await.text(), "well");
        Self {
            #[cfg(target_os = "linux")]
            memory: gateway.peak_memory(),
            origin,
            gateway,
            browser,
            _directory: directory,
        }
    }

    /// Reads a body up to its end or to `most` bytes; how many came, and whether it broke.
    async fn read(&self, path: &str, most: usize) -> (usize, bool) {
        let response = self.browser.client().get(self.gateway.url(path)).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert!(!response.headers().contains_key("content-encoding"), "{path}");
        let mut pieces = response.bytes_stream();
        let mut length = 0;
        while let Some(piece) = pieces.next().await {
            match piece {
                Ok(piece) => length += piece.len(),
                Err(_broken) => return (length, true),
            }
            if length >= most {
                break;
            }
        }
        (length, false)
    }

    /// Waits until it was told why something is not stored.
    async fn told_not_stored(&self, path: &str, why: &str) {
        let told = format!("NotStored {{ path: \"{path}\", reason: \"{why}");
        until("it is told that nothing is stored", async || {
            self.gateway.process.log().contains(&told).then_some(())
        })
        .await;
    }

    /// Checks that nothing is left of a body, in memory or in the store.
    async fn assert_unharmed(&self, path: &str) {
        let part = self.browser.client().get(self.gateway.url(path));
        let part = part.header("cache-control", "only-if-cached").send().await.unwrap();
        assert_eq!(part.status(), 504, "{path} is stored");
        let blobs = self.gateway.data().join("blobs");
        until("nothing lies in the store", async || (files_in(&blobs) == 0).then_some(())).await;
        assert_eq!(self.browser.open("/well").await.text(), "well");
        self.assert_memory_is_bounded();
    }

    fn assert_memory_is_bounded(&self) {
        #[cfg(target_os = "linux")]
        {
            let growth = self.gateway.peak_memory() - self.memory;
            assert!(growth < GROWTH, "{growth} bytes more");
        }
    }
}

fn files_in(directory: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(directory) else { return 0 };
    let count = |path: &Path| if path.is_dir() { files_in(path) } else { 1 };
    entries.map(|entry| count(&entry.unwrap().path())).sum()
}

/// 200 MiB of zeros, packed: once it has begun, each mebibyte packs like the one before.
async fn bomb<W: AsyncWrite + Unpin>(mut encoder: W, packed: impl Fn(&W) -> &Vec<u8>) -> Vec<u8> {
    let zeros = vec![0; MEBIBYTE];
    let mut ends = Vec::new();
    for _ in 0..3 {
        encoder.write_all(&zeros).await.unwrap();
        encoder.flush().await.unwrap();
        ends.push(packed(&encoder).len());
    }
    let packed = packed(&encoder);
    let (begun, again) = (&packed[..ends[1]], &packed[ends[1]..ends[2]]);
    [begun, &again.repeat(198)].concat()
}

async fn gzip_bomb() -> Vec<u8> {
    bomb(GzipEncoder::new(Vec::new()), |encoder| encoder.get_ref()).await
}

#[tokio::test]
async fn what_unpacks_to_far_more_than_was_sent_is_broken_off() {
    let scene = Scene::with("").await;
    let gzip = gzip_bomb().await;
    let mut nested = GzipEncoder::new(Vec::new());
    nested.write_all(&gzip).await.unwrap();
    nested.shutdown().await.unwrap();
    let bombs = [
        ("gzip", gzip),
        ("gzip, gzip", nested.into_inner()),
        ("deflate", bomb(ZlibEncoder::new(Vec::new()), |encoder| encoder.get_ref()).await),
        ("br", bomb(BrotliEncoder::new(Vec::new()), |encoder| encoder.get_ref()).await),
        ("zstd", bomb(ZstdEncoder::new(Vec::new()), |encoder| encoder.get_ref()).await),
    ];
    for (number, (codings, packed)) in bombs.into_iter().enumerate() {
        assert!(packed.len() < 300 << 10, "{codings}: {} bytes", packed.len());
        for type_ in ["text/html", "application/octet-stream"] {
            let path = format!("/{number}/{type_}");
            let length = packed.len();
            let head = format!(
                "200 OK\r\ncontent-type: {type_}\r\ncontent-encoding: {codings}\r\n\
                 content-length: {length}"
            );
            scene.origin.put(&path, &head, &packed);
            let (length, is_broken) = scene.read(&path, usize::MAX).await;
            assert!(is_broken, "{codings} came to an end");
            assert!(length <= 60 * MEBIBYTE, "{codings}: {length} bytes");
            let why = format!(
                "the body is incomplete: what {}{path} sent unpacks to more than 200 times its \
                 length",
                scene.origin.url
            );
            scene.told_not_stored(&path, &why).await;
            scene.assert_unharmed(&path).await;
        }
    }
}

#[tokio::test]
async fn content_that_was_packed_again_and_again_is_not_unpacked() {
    let scene = Scene::with("").await;
    let head = "200 OK\r\ncontent-type: text/html\r\ncontent-encoding: gzip, br, br, gzip\r\n\
                content-length: 4";
    scene.origin.put("/wrapped", head, b"none");
    let answer = scene.browser.open("/wrapped").await;
    assert_eq!(answer.status, 504, "{}", answer.text());
    let log = scene.gateway.process.log();
    assert!(log.contains("/wrapped sent has more than 3 content codings"), "{log}");
    scene.assert_unharmed("/wrapped").await;
}

#[tokio::test]
async fn a_body_without_an_end_is_given_up_when_nobody_reads_and_nothing_is_stored() {
    let scene = Scene::with("\n[storage]\nquota = \"4 MiB\"\n").await;
    for path in ["/endless", "/live/endless"] {
        let (length, is_broken) = scene.read(path, 16 * MEBIBYTE).await;
        assert!(length >= 16 * MEBIBYTE && !is_broken, "{path}: {length} bytes");
        one(&scene.origin.state.given_up).await;
        scene.assert_unharmed(path).await;
    }
    scene.told_not_stored("/endless", "").await;
}

/// A client that asked and went on to something else must not leave a fetch behind.
#[tokio::test]
async fn a_body_without_an_end_is_given_up_for_who_never_read_it() {
    let scene = Scene::with("\n[storage]\nquota = \"4 MiB\"\n").await;
    let authority = scene.gateway.authority();
    let request = format!("GET /endless HTTP/1.1\r\nHost: {authority}\r\n\r\n");
    let mut stream = connect(authority, &request).await;
    read_until(&mut stream, "\r\n\r\n").await;
    drop(stream);
    one(&scene.origin.state.given_up).await;
    scene.told_not_stored("/endless", "").await;
    scene.assert_unharmed("/endless").await;
}

/// A part of what is packed could not be unpacked, so it is asked for as it is.
#[tokio::test]
async fn the_site_may_pack_what_is_asked_for_whole_and_no_part() {
    let scene = Scene::with("").await;
    let ask = async |range: Option<&str>| {
        let request = scene.browser.client().get(scene.gateway.url("/live/echo"));
        let request =
            range.into_iter().fold(request, |request, range| request.header("range", range));
        Answer::of(request.send().await.unwrap()).await.text().to_ascii_lowercase()
    };
    let whole = ask(None).await;
    assert!(whole.contains("accept-encoding: gzip, deflate, br, zstd\r\n"), "{whole}");
    let part = ask(Some("bytes=0-9")).await;
    assert!(part.contains("accept-encoding: identity\r\n"), "{part}");
}

/// Fifty megabytes of one page pass piece by piece, with each link mapped.
#[tokio::test]
async fn a_very_long_page_is_rewritten_while_it_passes() {
    let scene = Scene::with("").await;
    let line = format!("<p><a href=\"{}/polls/1/\">{}</a>\n", scene.origin.url, "x".repeat(16_000));
    let page = format!("<html><head>{}", line.repeat(50_000_000 / line.len()));
    let head = format!("200 OK\r\ncontent-type: text/html\r\ncontent-length: {}", page.len());
    scene.origin.put("/long", &head, page.as_bytes());
    let response = scene.browser.client().get(scene.gateway.url("/long")).send().await.unwrap();
    let served = Answer::of(response).await;
    assert!(served.body == page.replace(&scene.origin.url, "").as_bytes(), "the page differs");
    scene.assert_memory_is_bounded();
    until("the page is stored", async || {
        let head = scene.browser.client().get(scene.gateway.url("/long"));
        let head = head.header("cache-control", "only-if-cached").send().await.unwrap();
        (head.status() == 200).then_some(())
    })
    .await;
}

/// What the rewriter would have to hold to understand it is passed on as it is.
#[tokio::test]
async fn markup_without_an_end_costs_no_memory() {
    let scene = Scene::with("").await;
    for (path, start, filler) in [
        ("/attribute", "<html><head><a href=\"", "xxxxxxxx"),
        ("/nested", "<html><body>", "<b><i>"),
        ("/style", "<html><head><style>", "a{b:c} "),
        ("/comment", "<html><head><!--", "-- x -- "),
    ] {
        let page = format!("{start}{}", filler.repeat(20 * MEBIBYTE / filler.len()));
        let head = format!("200 OK\r\ncontent-type: text/html\r\ncontent-length: {}", page.len());
        scene.origin.put(path, &head, page.as_bytes());
        let answer = scene.browser.open(path).await;
        assert!(answer.body == page.as_bytes(), "{path} differs: {} bytes", answer.body.len());
        scene.assert_memory_is_bounded();
    }
}
