//! Cache only.

use crate::scenario::{Answer, World, everything_by, secs};

fn profile() -> String {
    everything_by("cache-only", "")
}

#[tokio::test(start_paused = true)]
async fn the_network_is_never_asked() {
    let world = World::with(&profile()).await;
    world.origin.at("/polls/", Answer::page("page"));
    world.get("/polls/").await;
    world.get("/polls/data.json").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  page   <- /polls/ 504 Not here yet, in its place: strategy
    0 ms  page   <- /polls/data.json 504 nothing is stored, and the network is not to be asked, in its place: strategy
    ");
}

#[tokio::test(start_paused = true)]
async fn what_was_installed_is_served() {
    let profile = format!("{}[install]\nrequired = [\"/polls/\"]\n", profile());
    let world = World::begin(&profile, |origin| origin.at("/polls/", Answer::page("page")));
    world.settle().await;
    world.transcript.restart();
    world.get("/polls/").await;
    world.rest(secs(60)).await;
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  page   <- /polls/ page, from the store: strategy
    60000 ms  page   <- /polls/ page, from the store: strategy
    ");
}
