//! Stale-while-revalidate.

use crate::scenario::{Answer, World, everything_by, secs};

fn profile() -> String {
    everything_by("stale-while-revalidate", "")
}

#[tokio::test(start_paused = true)]
async fn the_stored_one_is_served_and_the_newer_one_the_next_time() {
    let world = World::with(&profile()).await.storing("/polls/", "old").await;
    world.origin.at("/polls/", Answer::page("new").after(secs(5)));
    world.get("/polls/").await;
    world.rest(secs(10)).await;
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  page   <- /polls/ old, from the store: strategy
        0 ms  origin <- GET /polls/
     5000 ms  origin -> /polls/ new
     5000 ms  stored    /polls/ new
     5000 ms  event     changed /polls/, document
    10000 ms  page   <- /polls/ new, from the store: strategy
    10000 ms  origin <- GET /polls/
    ");
}

#[tokio::test(start_paused = true)]
async fn nothing_stored_is_fetched() {
    let world = World::with(&profile()).await;
    world.origin.at("/polls/", Answer::page("page").after(secs(5)));
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /polls/
    5000 ms  origin -> /polls/ page
    5000 ms  stored    /polls/ page
    5000 ms  page   <- /polls/ page
    ");
}

/// It says that it is from the store because the site is gone, not by the way.
#[tokio::test(start_paused = true)]
async fn offline_the_stored_one_says_so_and_nothing_is_asked() {
    let world = World::with(&profile()).await.storing("/polls/", "old").await;
    world.origin.refuses();
    world.get("/polls/").await;
    world.settle().await;
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin is gone: connections are refused
    0 ms  page   <- /polls/ old, from the store: strategy
    0 ms  origin <- GET /polls/
    0 ms  event     connection offline
    2 ms  page   <- /polls/ old, from the store: offline
    ");
}

#[tokio::test(start_paused = true)]
async fn failure_of_the_refresh_leaves_the_stored_one() {
    let world = World::with(&profile()).await.storing("/polls/", "old").await;
    world.origin.at("/polls/", Answer::page("broken").status(500));
    world.get("/polls/").await;
    world.rest(secs(1)).await;
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  page   <- /polls/ old, from the store: strategy
       0 ms  origin <- GET /polls/
       0 ms  origin -> /polls/ 500 broken
    1000 ms  page   <- /polls/ old, from the store: strategy
    1000 ms  origin <- GET /polls/
    1000 ms  origin -> /polls/ 500 broken
    ");
}

/// Only what is stored is asked about: the site need not send it again.
#[tokio::test(start_paused = true)]
async fn what_has_not_changed_is_not_sent_again() {
    let world = World::with(&profile()).await;
    world.origin.at("/polls/", Answer::page("page").header("etag", "\"1\""));
    world.get("/polls/").await;
    world.get("/polls/").await;
    world.rest(secs(1)).await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/
    0 ms  origin -> /polls/ page
    0 ms  stored    /polls/ page
    0 ms  page   <- /polls/ page
    0 ms  page   <- /polls/ page, from the store: strategy
    0 ms  origin <- GET /polls/
    0 ms  origin -> /polls/ 304
    0 ms  event     confirmed /polls/, document
    ");
}

/// A hard reload wants what the site has now.
#[tokio::test(start_paused = true)]
async fn hard_reload_asks_the_site_first() {
    let world = World::with(&profile()).await.storing("/polls/", "old").await;
    world.origin.at("/polls/", Answer::page("new").after(secs(1)));
    let mut request = world.request("/polls/");
    request.headers.insert("cache-control", "no-cache".parse().unwrap());
    world.send(request).await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /polls/
    1000 ms  origin -> /polls/ new
    1000 ms  stored    /polls/ new
    1000 ms  page   <- /polls/ new
    1000 ms  event     changed /polls/, document
    ");
}
