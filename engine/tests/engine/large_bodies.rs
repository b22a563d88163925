//! Bodies too large for a row, and bodies too large for memory.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures::StreamExt;
use holdfast_engine::Engine;

use crate::scenario::{Answer, POLLS, World, ms, secs};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// Bytes that no compression and no shift leaves as they are.
fn noise(length: usize, seed: u8) -> Bytes {
    let mut state = u32::from(seed) + 1;
    let next = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    });
    next.take(length).collect()
}

fn image(body: Bytes) -> Answer {
    Answer::of("image/png", body)
}

/// Every file with a stored body, whole or arriving.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![directory.join("blobs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files
}

impl World {
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        files(self.directory.path())
    }
}

#[tokio::test(start_paused = true)]
async fn body_beyond_64_kib_is_a_file_and_comes_back_equal() {
    let world = World::new().await;
    for (name, length, count) in [
        ("/static/a.png", 64 * KIB, 0),
        ("/static/b.png", 64 * KIB + 1, 1),
        ("/static/c.png", 3 * MIB, 2),
    ] {
        let body = noise(length, 1);
        world.origin.at(name, image(body.clone()));
        assert_eq!(world.get(name).await.body, body);
        world.settle().await;
        world.origin.at(name, image(Bytes::new()));
        let stored = world.get(name).await;
        assert_eq!(stored.header("cache-status"), Some("Holdfast; hit; detail=strategy"));
        assert_eq!(stored.header("content-length"), Some(length.to_string().as_str()));
        assert_eq!(stored.body, body);
        assert_eq!(world.files().len(), count, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn same_body_under_two_urls_is_one_file_until_both_are_gone() {
    let world = World::new().await;
    let page = |text: &str| Answer::page(text.repeat(100 * KIB));
    world.origin.at("/polls/1/", page("x"));
    world.origin.at("/polls/2/", page("x"));
    world.get("/polls/1/").await;
    world.get("/polls/2/").await;
    assert_eq!(world.files().len(), 1);
    world.origin.at("/polls/1/", page("y"));
    world.get("/polls/1/").await;
    assert_eq!(world.files().len(), 2);
    world.origin.at("/polls/2/", page("y"));
    world.get("/polls/2/").await;
    assert_eq!(world.files().len(), 1);
}

/// Memory must not grow with the body: what has arrived is passed on before the rest has.
#[tokio::test(start_paused = true)]
async fn body_beyond_a_mebibyte_streams() {
    let world = World::new().await;
    let answer = image(noise(2 * MIB, 1)).then(secs(10), noise(MIB, 2));
    world.origin.at("/static/a.png", answer);
    let response = world.engine().handle(world.request("/static/a.png")).await;
    let mut pieces = response.body.into_stream();
    let mut arrived = 0;
    while let Some(piece) = pieces.next().await {
        if arrived == 0 {
            world.transcript.note("page", "<- the first bytes");
        }
        arrived += piece.unwrap().len();
    }
    assert_eq!(arrived, 3 * MIB);
    world.transcript.note("page", "<- the last bytes");
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin <- GET /static/a.png
        0 ms  origin -> /static/a.png 3145728 bytes
        0 ms  page   <- the first bytes
    10000 ms  page   <- the last bytes
    10000 ms  stored    /static/a.png 3145728 bytes
    ");
}

#[tokio::test(start_paused = true)]
async fn stream_that_breaks_off_leaves_no_row_and_no_file() {
    let world = World::new().await;
    world.origin.at("/static/a.png", image(noise(2 * MIB, 1)).then_cut());
    world.get("/static/a.png").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /static/a.png
    0 ms  origin -> /static/a.png 2097152 bytes and breaks off
    0 ms  page   <- /static/a.png 2097152 bytes and breaks off
    0 ms  event     not stored /static/a.png: the body is incomplete: the connection was cut
    ");
    assert!(world.files().is_empty());
}

#[tokio::test(start_paused = true)]
async fn client_that_leaves_in_the_middle_has_it_stored_all_the_same() {
    let world = World::new().await;
    let answer = image(noise(2 * MIB, 1)).then(secs(10), noise(30 * MIB, 2));
    world.origin.at("/static/a.png", answer);
    let response = world.engine().handle(world.request("/static/a.png")).await;
    let mut pieces = response.body.into_stream();
    assert!(pieces.next().await.unwrap().is_ok());
    drop(pieces);
    world.rest(secs(10)).await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin <- GET /static/a.png
        0 ms  origin -> /static/a.png 33554432 bytes
    10000 ms  stored    /static/a.png 33554432 bytes
    ");
}

/// Somebody cleaned up behind our back. That is a miss, not an error, and it heals.
#[tokio::test(start_paused = true)]
async fn file_that_is_gone_or_cut_is_a_miss() {
    let world = World::new().await;
    let body = noise(100 * KIB, 1);
    world.origin.at("/static/a.png", image(body.clone()));
    let damages: [fn(&Path); 2] = [
        |path| fs::remove_file(path).unwrap(),
        |path| fs::File::options().write(true).open(path).unwrap().set_len(10).unwrap(),
    ];
    for damage in damages {
        world.get("/static/a.png").await;
        damage(&world.files()[0]);
        assert_eq!(world.get("/static/a.png").await.body, body);
        assert_eq!(world.get("/static/a.png").await.body, body);
    }
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /static/a.png
    0 ms  origin -> /static/a.png 102400 bytes
    0 ms  stored    /static/a.png 102400 bytes
    0 ms  page   <- /static/a.png 102400 bytes
    0 ms  origin <- GET /static/a.png
    0 ms  origin -> /static/a.png 102400 bytes
    0 ms  page   <- /static/a.png 102400 bytes
    0 ms  page   <- /static/a.png 102400 bytes, from the store: strategy
    0 ms  page   <- /static/a.png 102400 bytes, from the store: strategy
    0 ms  origin <- GET /static/a.png
    0 ms  origin -> /static/a.png 102400 bytes
    0 ms  page   <- /static/a.png 102400 bytes
    0 ms  page   <- /static/a.png 102400 bytes, from the store: strategy
    0 ms  event     confirmed /static/a.png, image
    0 ms  event     confirmed /static/a.png, image
    ");
}

/// The body that is being read is replaced by another: it is still read to its end.
#[tokio::test(start_paused = true)]
async fn body_being_read_outlives_its_row() {
    let world = World::new().await;
    let old = Bytes::from("x".repeat(MIB));
    world.origin.at("/polls/", Answer::page(old.clone()));
    world.get("/polls/").await;
    world.origin.at("/polls/", Answer::page("new").status(500));
    let response = world.engine().handle(world.request("/polls/")).await;
    world.origin.at("/polls/", Answer::page("new"));
    world.get("/polls/").await;
    // Windows may keep the name for as long as somebody reads.
    assert!(cfg!(windows) || world.files().is_empty());
    assert_eq!(response.body.collect().await.unwrap(), old);
    assert!(world.files().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_a_crash_left_is_swept_at_the_next_start() {
    let mut world = World::new().await;
    for path in ["/static/a.png", "/static/b.png"] {
        world.origin.at(path, image(noise(100 * KIB, path.as_bytes()[8])));
        world.get(path).await;
    }
    world.transcript.restart();
    let lost = world.files()[0].clone();
    world
        .reopen(POLLS, |directory| {
            fs::remove_file(&lost).unwrap();
            for orphan in ["ab/abcd", "ab/x", "arriving/1-1"] {
                let path = directory.join("blobs").join(orphan);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, "left behind").unwrap();
            }
        })
        .await
        .unwrap();
    world.settle().await;
    assert_eq!(world.files().len(), 1);
    world.get("/polls/").await;
    let rows = world.transcript().await;
    assert_eq!(rows.matches("gone      /static/").count(), 1, "{rows}");
}

/// A profile that grants 300 KiB.
fn tight() -> String {
    format!("{POLLS}\n[storage]\nquota = \"300 KiB\"\n")
}

/// Beyond the quota goes what was used longest ago, not what was stored longest ago.
#[tokio::test(start_paused = true)]
async fn least_recently_used_is_evicted() {
    let world = World::with(&tight()).await;
    for name in
        ["/static/a.png", "/static/b.png", "/static/c.png", "/static/a.png", "/static/d.png"]
    {
        world.origin.at(name, image(noise(90 * KIB, name.as_bytes()[8])));
        world.get(name).await;
        world.rest(ms(100)).await;
    }
    assert_eq!(world.files().len(), 3);
    insta::assert_snapshot!(world.transcript().await, @"
      0 ms  origin <- GET /static/a.png
      0 ms  origin -> /static/a.png 92160 bytes
      0 ms  stored    /static/a.png 92160 bytes
      0 ms  page   <- /static/a.png 92160 bytes
    100 ms  origin <- GET /static/b.png
    100 ms  origin -> /static/b.png 92160 bytes
    100 ms  stored    /static/b.png 92160 bytes
    100 ms  page   <- /static/b.png 92160 bytes
    200 ms  origin <- GET /static/c.png
    200 ms  origin -> /static/c.png 92160 bytes
    200 ms  stored    /static/c.png 92160 bytes
    200 ms  page   <- /static/c.png 92160 bytes
    300 ms  page   <- /static/a.png 92160 bytes, from the store: strategy
    400 ms  origin <- GET /static/d.png
    400 ms  origin -> /static/d.png 92160 bytes
    400 ms  stored    /static/d.png 92160 bytes
    400 ms  gone      /static/b.png 92160 bytes
    400 ms  page   <- /static/d.png 92160 bytes
    ");
}

#[tokio::test(start_paused = true)]
async fn what_is_installed_is_never_evicted() {
    let profile =
        tight().replacen("[[route]]", "[install]\nrequired = [\"/static/a.png\"]\n\n[[route]]", 1);
    let world = World::begin(&profile, |origin| {
        origin.at("/static/a.png", image(noise(250 * KIB, 1)));
    });
    world.settle().await;
    world.transcript.restart();
    for name in ["/static/b.png", "/static/c.png"] {
        world.origin.at(name, image(noise(40 * KIB, name.as_bytes()[8])));
        world.get(name).await;
        world.rest(ms(100)).await;
    }
    world.get("/static/a.png").await;
    insta::assert_snapshot!(world.transcript().await, @"
      0 ms  origin <- GET /static/b.png
      0 ms  origin -> /static/b.png 40960 bytes
      0 ms  stored    /static/b.png 40960 bytes
      0 ms  page   <- /static/b.png 40960 bytes
    100 ms  origin <- GET /static/c.png
    100 ms  origin -> /static/c.png 40960 bytes
    100 ms  stored    /static/c.png 40960 bytes
    100 ms  gone      /static/b.png 40960 bytes
    100 ms  page   <- /static/c.png 40960 bytes
    200 ms  page   <- /static/a.png 256000 bytes, from the store: strategy
    ");
}

/// A film that is larger than all that may be kept must not push everything else out.
#[tokio::test(start_paused = true)]
async fn body_beyond_the_quota_is_served_and_evicts_nothing() {
    let world = World::with(&tight()).await;
    world.origin.at("/static/a.png", image(noise(90 * KIB, 1)));
    world.origin.at("/static/b.png", image(noise(301 * KIB, 2)));
    world.origin.at("/static/c.png", image(noise(2 * MIB, 2)));
    world.get("/static/a.png").await;
    world.get("/static/b.png").await;
    world.get("/static/c.png").await;
    world.settle().await;
    assert_eq!(world.files().len(), 1);
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /static/a.png
    0 ms  origin -> /static/a.png 92160 bytes
    0 ms  stored    /static/a.png 92160 bytes
    0 ms  page   <- /static/a.png 92160 bytes
    0 ms  origin <- GET /static/b.png
    0 ms  origin -> /static/b.png 308224 bytes
    0 ms  page   <- /static/b.png 308224 bytes
    0 ms  origin <- GET /static/c.png
    0 ms  origin -> /static/c.png 2097152 bytes
    0 ms  page   <- /static/c.png 2097152 bytes
    0 ms  event     not stored /static/b.png: 308224 bytes are more than the quota of 307200
    0 ms  event     not stored /static/c.png: 2097152 bytes are more than the quota of 307200
    ");
}

/// The engine ends in the middle of a body: nothing of it is taken for whole.
#[tokio::test(start_paused = true)]
async fn body_that_was_arriving_at_the_end_is_not_stored() {
    let mut world = World::new().await;
    let answer = image(noise(2 * MIB, 1)).then(secs(10), noise(MIB, 2));
    world.origin.at("/static/a.png", answer);
    let response = Engine::handle(world.engine(), world.request("/static/a.png")).await;
    drop(response);
    world.restart(POLLS).await;
    world.settle().await;
    assert!(world.files().is_empty());
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /static/a.png
    0 ms  origin -> /static/a.png 3145728 bytes
    2 ms  engine    is closed
    2 ms  engine    is opened
    ");
}
