//! Whether the site can be reached, and how that is found out.

use crate::scenario::{Answer, World, ms, secs};

/// One suspicion, one confirmation, attempts at growing intervals, one all-clear.
#[tokio::test(start_paused = true)]
async fn gone_and_back_is_told_once_each() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.shows_probes();
    world.origin.falls_silent();
    tokio::join!(world.get("/polls/"), world.get("/polls/"));
    world.rest(ms(4500)).await;
    world.origin.refuses();
    world.rest(secs(40)).await;
    world.origin.comes_back();
    world.rest(secs(20)).await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin falls silent
        0 ms  origin <- GET /polls/
     3000 ms  page   <- /polls/ old, from the store: slow
     3000 ms  page   <- /polls/ old, from the store: slow
     3000 ms  origin <- HEAD /polls/
     6000 ms  event     connection offline
     7000 ms  origin <- HEAD /polls/
     7500 ms  origin is gone: connections are refused
    19000 ms  origin <- HEAD /polls/
    23000 ms  origin <- HEAD /polls/
    31000 ms  origin <- HEAD /polls/
    46000 ms  origin <- HEAD /polls/
    47500 ms  origin comes back
    61000 ms  origin <- HEAD /polls/
    61000 ms  origin -> /polls/ 200
    61000 ms  event     connection online
    ");
}

#[tokio::test(start_paused = true)]
async fn real_request_that_succeeds_ends_the_wait_for_a_probe() {
    let world = World::new().await;
    world.origin.shows_probes();
    world.origin.refuses();
    world.get("/polls/").await;
    world.rest(secs(8)).await;
    world.origin.comes_back();
    world.get("/live/count").await;
    world.rest(secs(20)).await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin is gone: connections are refused
       0 ms  origin <- GET /polls/
       0 ms  page   <- /polls/ 504 Not here yet, in its place: offline
       0 ms  event     connection offline
    1000 ms  origin <- HEAD /polls/
    3000 ms  origin <- HEAD /polls/
    7000 ms  origin <- HEAD /polls/
    8000 ms  origin comes back
    8000 ms  origin <- GET /live/count
    8000 ms  origin -> /live/count 404 no such page
    8000 ms  page   <- /live/count 404 no such page
    8000 ms  event     connection online
    ");
}

/// A page that hangs is that page's fault as long as the site answers a probe.
#[tokio::test(start_paused = true)]
async fn one_page_that_hangs_does_not_make_the_site_offline() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.shows_probes();
    world.origin.at("/polls/", Answer::page("new").after(secs(3600)));
    world.get("/polls/").await;
    world.rest(secs(40)).await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin <- GET /polls/
     3000 ms  page   <- /polls/ old, from the store: slow
     3000 ms  origin <- HEAD /polls/
     3000 ms  origin -> /polls/ 200
    30000 ms  origin <- HEAD /polls/
    30000 ms  origin -> /polls/ 200
    ");
}

#[tokio::test(start_paused = true)]
async fn body_that_breaks_off_does_not_make_the_site_offline() {
    let world = World::new().await;
    world.origin.shows_probes();
    world.origin.at("/polls/", Answer::page("ne").then_cut());
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/
    0 ms  origin -> /polls/ ne and breaks off
    0 ms  origin <- HEAD /polls/
    0 ms  origin -> /polls/ 200
    0 ms  page   <- /polls/ 504 Not here yet, in its place: slow
    ");
}

/// Five seconds for an answer are slow, not gone: the probe that looks for the site's
/// return waits longer than the one that confirms a suspicion.
#[tokio::test(start_paused = true)]
async fn site_that_has_become_slow_is_found_again() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.shows_probes();
    world.origin.at("/polls/", Answer::page("new").after(secs(20)));
    world.origin.at("HEAD /polls/", Answer::page("").after(secs(5)));
    world.get("/polls/").await;
    world.rest(secs(12)).await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin <- GET /polls/
     3000 ms  page   <- /polls/ old, from the store: slow
     3000 ms  origin <- HEAD /polls/
     6000 ms  event     connection offline
     7000 ms  origin <- HEAD /polls/
    12000 ms  origin -> /polls/ 200
    12000 ms  event     connection online
    ");
}

#[tokio::test(start_paused = true)]
async fn heartbeat_only_while_somebody_looks_and_nothing_else_is_heard() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.shows_probes();
    world.rest(secs(60)).await;
    let watch = world.engine().watch();
    world.rest(secs(25)).await;
    world.get("/polls/").await;
    world.rest(secs(15)).await;
    drop(watch);
    world.rest(secs(60)).await;
    insta::assert_snapshot!(world.transcript().await, @"
    60000 ms  origin <- HEAD /polls/
    60000 ms  origin -> /polls/ 200
    70000 ms  origin <- HEAD /polls/
    70000 ms  origin -> /polls/ 200
    80000 ms  origin <- HEAD /polls/
    80000 ms  origin -> /polls/ 200
    85000 ms  origin <- GET /polls/
    85000 ms  origin -> /polls/ old
    85000 ms  stored    /polls/ old
    85000 ms  page   <- /polls/ old
    85000 ms  event     confirmed /polls/, document
    95000 ms  origin <- HEAD /polls/
    95000 ms  origin -> /polls/ 200
    ");
}

#[tokio::test(start_paused = true)]
async fn death_is_noticed_while_somebody_only_looks() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.shows_probes();
    let _watch = world.engine().watch();
    world.rest(ms(500)).await;
    world.origin.refuses();
    world.rest(secs(12)).await;
    world.origin.comes_back();
    world.rest(secs(3)).await;
    insta::assert_snapshot!(world.transcript().await, @"
      500 ms  origin is gone: connections are refused
     9998 ms  origin <- HEAD /polls/
     9998 ms  event     connection offline
    10998 ms  origin <- HEAD /polls/
    12500 ms  origin comes back
    12998 ms  origin <- HEAD /polls/
    12998 ms  origin -> /polls/ 200
    12998 ms  event     connection online
    ");
}

/// Five minutes after the last request nobody is interested any more: a closed lid costs
/// no battery. The next request rouses the interest.
#[tokio::test(start_paused = true)]
async fn nothing_is_probed_when_nobody_asks() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.refuses();
    world.get("/polls/").await;
    world.rest(secs(400)).await;
    world.transcript.restart();
    world.origin.shows_probes();
    world.rest(secs(3600)).await;
    world.get("/polls/").await;
    world.rest(secs(1)).await;
    insta::assert_snapshot!(world.transcript().await, @"
    3600000 ms  page   <- /polls/ old, from the store: offline
    3600000 ms  origin <- HEAD /polls/
    ");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_probed_while_all_is_well() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.shows_probes();
    world.rest(secs(3600)).await;
    insta::assert_snapshot!(world.transcript().await, @"");
}
