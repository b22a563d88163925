//! How much a route stores, and for how long.

use bytes::Bytes;
use holdfast_engine::UsagePart;

use crate::scenario::{Answer, POLLS, World, ms, secs};

/// The polls profile whose first route has these limits.
fn limited(limits: &str) -> String {
    POLLS.replacen("\"cache-first\"\n", &format!("\"cache-first\"\n{limits}\n"), 1)
}

fn image(kilobytes: usize) -> Answer {
    Answer::of("image/png", Bytes::from(vec![b'x'; kilobytes << 10]))
}

async fn see(world: &World, names: &[&str]) {
    for name in names {
        world.get(name).await;
        world.rest(ms(100)).await;
    }
}

/// Of a route that may store two goes what was used longest ago, not what was stored longest
/// ago; another route is not touched.
#[tokio::test(start_paused = true)]
async fn beyond_max_entries_the_least_recently_used_of_the_route_goes() {
    let world = World::with(&limited("max-entries = 2")).await;
    for name in ["/static/a", "/static/b", "/static/c", "/polls/"] {
        world.origin.at(name, Answer::page(name));
    }
    see(&world, &["/polls/", "/static/a", "/static/b", "/static/a", "/static/c"]).await;
    insta::assert_snapshot!(world.transcript().await, @"
      0 ms  origin <- GET /polls/
      0 ms  origin -> /polls/ /polls/
      0 ms  stored    /polls/ /polls/
      0 ms  page   <- /polls/ /polls/
    100 ms  origin <- GET /static/a
    100 ms  origin -> /static/a /static/a
    100 ms  stored    /static/a /static/a
    100 ms  page   <- /static/a /static/a
    200 ms  origin <- GET /static/b
    200 ms  origin -> /static/b /static/b
    200 ms  stored    /static/b /static/b
    200 ms  page   <- /static/b /static/b
    300 ms  page   <- /static/a /static/a, from the store: strategy
    400 ms  origin <- GET /static/c
    400 ms  origin -> /static/c /static/c
    400 ms  stored    /static/c /static/c
    400 ms  gone      /static/b /static/b
    400 ms  page   <- /static/c /static/c
    ");
}

#[tokio::test(start_paused = true)]
async fn beyond_max_bytes_the_least_recently_used_of_the_route_goes() {
    let world = World::with(&limited("max-bytes = \"100 KiB\"")).await;
    world.origin.at("/static/a.png", image(40));
    world.origin.at("/static/b.png", image(50));
    world.origin.at("/static/c.png", image(45));
    world.origin.at("/polls/", Answer::page("polls"));
    see(&world, &["/polls/", "/static/a.png", "/static/b.png", "/static/c.png"]).await;
    insta::assert_snapshot!(world.transcript().await, @"
      0 ms  origin <- GET /polls/
      0 ms  origin -> /polls/ polls
      0 ms  stored    /polls/ polls
      0 ms  page   <- /polls/ polls
    100 ms  origin <- GET /static/a.png
    100 ms  origin -> /static/a.png 40960 bytes
    100 ms  stored    /static/a.png 40960 bytes
    100 ms  page   <- /static/a.png 40960 bytes
    200 ms  origin <- GET /static/b.png
    200 ms  origin -> /static/b.png 51200 bytes
    200 ms  stored    /static/b.png 51200 bytes
    200 ms  page   <- /static/b.png 51200 bytes
    300 ms  origin <- GET /static/c.png
    300 ms  origin -> /static/c.png 46080 bytes
    300 ms  stored    /static/c.png 46080 bytes
    300 ms  gone      /static/a.png 40960 bytes
    300 ms  page   <- /static/c.png 46080 bytes
    ");
}

/// What has just arrived is not what goes, however long it was on its way.
#[tokio::test(start_paused = true)]
async fn slow_body_is_not_taken_for_the_least_recently_used() {
    let world = World::with(&limited("max-entries = 1")).await;
    world.origin.at("/static/a", Answer::page("a").then(secs(10), "a"));
    world.origin.at("/static/b", Answer::page("b"));
    tokio::join!(world.get("/static/a"), async {
        world.rest(secs(5)).await;
        world.get("/static/b").await;
    });
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin <- GET /static/a
        0 ms  origin -> /static/a aa
     5000 ms  origin <- GET /static/b
     5000 ms  origin -> /static/b b
     5000 ms  stored    /static/b b
     5000 ms  page   <- /static/b b
    10000 ms  stored    /static/a aa
    10000 ms  gone      /static/b b
    10000 ms  page   <- /static/a aa
    ");
}

/// What came with the install is neither counted nor evicted.
#[tokio::test(start_paused = true)]
async fn limits_do_not_touch_what_is_installed() {
    let install = "[install]\nrequired = [\"/static/a.png\"]\n\n[[route]]";
    let limits = "max-entries = 1\nmax-age = \"1h\"\nmax-entry-bytes = \"1 KiB\"";
    let world = World::begin(&limited(limits).replacen("[[route]]", install, 1), |origin| {
        origin.at("/static/a.png", image(40));
        origin.at("/static/b.png", image(1));
    });
    world.settle().await;
    world.get("/static/b.png").await;
    world.rest(secs(7200)).await;
    world.transcript.restart();
    world.get("/static/a.png").await;
    world.get("/static/b.png").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  page   <- /static/a.png 40960 bytes, from the store: strategy
    0 ms  origin <- GET /static/b.png
    0 ms  origin -> /static/b.png 1024 bytes
    0 ms  stored    /static/b.png 1024 bytes
    0 ms  page   <- /static/b.png 1024 bytes
    ");
}

/// At the edge it is still served; after it the site is asked, and offline it is as if it
/// had never been stored.
#[tokio::test(start_paused = true)]
async fn older_than_max_age_is_not_served_and_goes_at_the_next_write() {
    let world = World::with(&limited("max-age = \"1h\"")).await.storing("/static/a", "old").await;
    world.origin.at("/static/b", Answer::page("b"));
    world.rest(secs(3600) - ms(2)).await;
    world.get("/static/a").await;
    world.rest(ms(1)).await;
    world.origin.refuses();
    world.get("/static/a").await;
    world.origin.comes_back();
    world.rest(secs(10)).await;
    world.get("/static/b").await;
    insta::assert_snapshot!(world.transcript().await, @"
    3599998 ms  page   <- /static/a old, from the store: strategy
    3599999 ms  origin is gone: connections are refused
    3599999 ms  origin <- GET /static/a
    3599999 ms  page   <- /static/a 504 Not here yet, in its place: offline
    3599999 ms  origin comes back
    3599999 ms  event     connection offline
    3600999 ms  event     connection online
    3609999 ms  origin <- GET /static/b
    3609999 ms  origin -> /static/b b
    3609999 ms  stored    /static/b b
    3609999 ms  gone      /static/a old
    3609999 ms  page   <- /static/b b
    ");
}

#[tokio::test(start_paused = true)]
async fn body_above_the_cap_is_served_and_not_stored() {
    let world = World::with(&limited("max-entry-bytes = \"64 KiB\"")).await;
    world.origin.at("/static/a.png", image(64));
    world.origin.at("/static/b.png", image(65));
    see(&world, &["/static/a.png", "/static/b.png"]).await;
    insta::assert_snapshot!(world.transcript().await, @"
      0 ms  origin <- GET /static/a.png
      0 ms  origin -> /static/a.png 65536 bytes
      0 ms  stored    /static/a.png 65536 bytes
      0 ms  page   <- /static/a.png 65536 bytes
    100 ms  origin <- GET /static/b.png
    100 ms  origin -> /static/b.png 66560 bytes
    100 ms  page   <- /static/b.png 66560 bytes
    100 ms  event     not stored /static/b.png: the body has more than the 65536 bytes that the route `static` stores
    ");
}

/// A film without an end must not fill the disk before it turns out to be too large.
#[tokio::test(start_paused = true)]
async fn long_body_above_the_cap_is_no_longer_written_as_soon_as_it_is() {
    let world = World::with(&limited("max-entry-bytes = \"2 MiB\"")).await;
    let piece = Bytes::from(vec![b'x'; 1 << 20]);
    let film = Answer::of("video/mp4", piece.clone());
    let film = (0..3).fold(film, |film, _| film.then(secs(1), piece.clone()));
    world.origin.at("/static/a.mp4", film);
    let request = world.request("/static/a.mp4");
    let response = world.engine().handle(request).await;
    let reading = response.body.collect();
    tokio::pin!(reading);
    let arriving = world.directory.path().join("blobs/arriving");
    let count = || std::fs::read_dir(&arriving).unwrap().count();
    tokio::select! {
        _ = &mut reading => panic!("the film goes on"),
        () = world.rest(ms(500)) => assert_eq!(count(), 1),
    }
    tokio::select! {
        _ = &mut reading => panic!("the film goes on"),
        () = world.rest(ms(1000)) => assert_eq!(count(), 0),
    }
    assert_eq!(reading.await.unwrap().len(), 4 << 20);
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /static/a.mp4
       0 ms  origin -> /static/a.mp4 4194304 bytes
    2000 ms  event     not stored /static/a.mp4: the body has more than the 2097152 bytes that the route `static` stores
    ");
}

#[tokio::test(start_paused = true)]
async fn usage_is_told_by_route_and_partition() {
    let install = "[install]\nrequired = [\"/static/a.png\"]\n\n[[route]]";
    let world = World::begin(&POLLS.replacen("[[route]]", install, 1), |origin| {
        origin.at("/static/a.png", image(100));
    });
    world.settle().await;
    world.origin.at("/static/b.png", image(2));
    world.origin.at("/static/c.png", image(100));
    world.origin.at("/polls/", Answer::page("hello a").header("vary", "Cookie"));
    world.get("/static/b.png").await;
    world.get("/static/c.png").await;
    world.get_as("a", "/polls/").await;
    world.get_as("a", "/polls/").await;
    world.settle().await;
    let usage = world.engine().usage().unwrap();
    let shown = |part: &UsagePart| {
        let UsagePart { route, is_installed, partition, entries, bytes } = part;
        let partition = partition.split('-').next().unwrap();
        format!("{route} {is_installed} {partition} {entries} {bytes}")
    };
    let parts: Vec<String> = usage.parts.iter().map(shown).collect();
    let expected =
        ["install true shared 1 102400", "pages false session 1 7", "static false shared 2 104448"];
    assert_eq!(parts, expected);
    assert_eq!(usage.bytes, 102_400 + 2048 + 7, "two responses share a body");
    assert_eq!(usage.quota, 256 << 20);
}
