//! Cache and network race.

use crate::scenario::{Answer, World, everything_by, secs};

fn profile() -> String {
    everything_by("cache-network-race", "")
}

#[tokio::test(start_paused = true)]
async fn the_store_wins_against_a_slower_network_which_still_stores() {
    let world = World::with(&profile()).await.storing("/polls/", "old").await;
    world.origin.at("/polls/", Answer::page("new").after(secs(2)));
    assert_eq!(world.get("/polls/").await.text(), "old");
    // The two begin in the same moment, in either order.
    world.rest(secs(1)).await;
    world.transcript.restart();
    world.rest(secs(5)).await;
    insta::assert_snapshot!(world.transcript().await, @"
    1000 ms  origin -> /polls/ new
    1000 ms  stored    /polls/ new
    1000 ms  event     changed /polls/, document
    ");
}

#[tokio::test(start_paused = true)]
async fn the_network_is_waited_for_when_nothing_is_stored() {
    let world = World::with(&profile()).await;
    world.origin.at("/polls/", Answer::page("new").after(secs(5)));
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /polls/
    5000 ms  origin -> /polls/ new
    5000 ms  stored    /polls/ new
    5000 ms  page   <- /polls/ new
    ");
}

#[tokio::test(start_paused = true)]
async fn neither_has_it() {
    let world = World::with(&profile()).await;
    world.origin.refuses();
    world.get("/polls/").await;
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /polls/
    0 ms  page   <- /polls/ 504 Not here yet, in its place: offline
    0 ms  page   <- /polls/ 504 Not here yet, in its place: offline
    0 ms  event     connection offline
    ");
}

#[tokio::test(start_paused = true)]
async fn known_to_be_offline_nothing_races() {
    let world = World::with(&profile()).await.storing("/polls/", "old").await;
    world.origin.refuses();
    world.get("/polls/1/").await;
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /polls/1/
    0 ms  page   <- /polls/1/ 504 Not here yet, in its place: offline
    0 ms  page   <- /polls/ old, from the store: offline
    0 ms  event     connection offline
    ");
}

/// A disk that does not answer does not keep the network from winning: here it is a pipe
/// that nobody writes to.
#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn the_network_wins_against_a_slower_disk() {
    use std::fs::{self, OpenOptions};
    use std::process::Command;

    let world = World::with(&profile()).await;
    world.origin.at("/long", Answer::of("text/plain", "old ".repeat(64 << 10).into_bytes()));
    world.get("/long").await;
    let files = world.files();
    let [blob] = &files[..] else { panic!("{files:?}") };
    fs::remove_file(blob).unwrap();
    assert!(Command::new("mkfifo").arg(blob).status().unwrap().success());
    let pipe = world.directory.path().join("pipe");
    fs::hard_link(blob, &pipe).unwrap();
    world.origin.at("/long", Answer::of("text/plain", "new"));
    assert_eq!(world.get("/long").await.text(), "new");
    // Lets go of whoever waits for the disk by now; who comes later finds nothing.
    let other_end = OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
    let _ = fs::remove_file(blob);
    drop(other_end);
}
