//! What the site's own headers say (RFC 9111, RFC 5861).

use crate::scenario::{Answer, World, everything_by, secs};

fn profile() -> String {
    everything_by("http", "")
}

fn lasting(seconds: u32, text: &'static str) -> Answer {
    Answer::page(text).header("cache-control", &format!("max-age={seconds}"))
}

#[tokio::test(start_paused = true)]
async fn fresh_is_served_without_asking() {
    let world = World::with(&profile()).await;
    world.origin.at("/polls/", lasting(10, "page"));
    world.get("/polls/").await;
    world.rest(secs(9)).await;
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /polls/
       0 ms  origin -> /polls/ page
       0 ms  stored    /polls/ page
       0 ms  page   <- /polls/ page
    9000 ms  page   <- /polls/ page, from the store: strategy
    ");
}

#[tokio::test(start_paused = true)]
async fn stale_is_asked_about_and_holds_again() {
    let world = World::with(&profile()).await;
    world.origin.at("/polls/", lasting(10, "page").header("etag", "\"1\""));
    world.get("/polls/").await;
    world.rest(secs(20)).await;
    world.get("/polls/").await;
    world.rest(secs(5)).await;
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin <- GET /polls/
        0 ms  origin -> /polls/ page
        0 ms  stored    /polls/ page
        0 ms  page   <- /polls/ page
    20000 ms  origin <- GET /polls/
    20000 ms  origin -> /polls/ 304
    20000 ms  stored    /polls/ page
    20000 ms  page   <- /polls/ page
    20000 ms  event     confirmed /polls/, document
    25000 ms  page   <- /polls/ page, from the store: strategy
    ");
}

#[tokio::test(start_paused = true)]
async fn stale_without_a_validator_is_fetched_again() {
    let world = World::with(&profile()).await;
    world.origin.at("/polls/", lasting(10, "old"));
    world.get("/polls/").await;
    world.origin.at("/polls/", lasting(10, "new"));
    world.rest(secs(20)).await;
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin <- GET /polls/
        0 ms  origin -> /polls/ old
        0 ms  stored    /polls/ old
        0 ms  page   <- /polls/ old
    20000 ms  origin <- GET /polls/
    20000 ms  origin -> /polls/ new
    20000 ms  stored    /polls/ new
    20000 ms  page   <- /polls/ new
    20000 ms  event     changed /polls/, document
    ");
}

#[tokio::test(start_paused = true)]
async fn stale_while_revalidate_serves_once_more_and_asks_beside() {
    let world = World::with(&profile()).await;
    let answer =
        |text| Answer::page(text).header("cache-control", "max-age=10, stale-while-revalidate=60");
    world.origin.at("/polls/", answer("old"));
    world.get("/polls/").await;
    world.origin.at("/polls/", answer("new").after(secs(1)));
    world.rest(secs(20)).await;
    world.get("/polls/").await;
    world.rest(secs(2)).await;
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin <- GET /polls/
        0 ms  origin -> /polls/ old
        0 ms  stored    /polls/ old
        0 ms  page   <- /polls/ old
    20000 ms  page   <- /polls/ old, from the store: strategy
    20000 ms  origin <- GET /polls/
    21000 ms  origin -> /polls/ new
    21000 ms  stored    /polls/ new
    21000 ms  event     changed /polls/, document
    22000 ms  page   <- /polls/ new, from the store: strategy
    ");
}

#[tokio::test(start_paused = true)]
async fn unreachable_serves_the_stale_one_unless_it_forbids_that() {
    let world = World::with(&profile()).await;
    world.origin.at("/polls/", lasting(10, "page"));
    let strict = Answer::page("strict").header("cache-control", "max-age=10, must-revalidate");
    world.origin.at("/strict/", strict);
    world.get("/polls/").await;
    world.get("/strict/").await;
    world.rest(secs(20)).await;
    world.origin.refuses();
    world.get("/polls/").await;
    world.get("/strict/").await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin <- GET /polls/
        0 ms  origin -> /polls/ page
        0 ms  stored    /polls/ page
        0 ms  page   <- /polls/ page
        0 ms  origin <- GET /strict/
        0 ms  origin -> /strict/ strict
        0 ms  stored    /strict/ strict
        0 ms  page   <- /strict/ strict
    20000 ms  origin is gone: connections are refused
    20000 ms  origin <- GET /polls/
    20000 ms  page   <- /polls/ page, from the store: offline
    20000 ms  page   <- /strict/ 504 Not here yet, in its place: offline
    20000 ms  event     connection offline
    ");
}

#[tokio::test(start_paused = true)]
async fn silent_site_serves_the_stale_one_once_it_is_known_to_be_gone() {
    let world = World::with(&profile()).await;
    world.origin.at("/polls/", lasting(10, "page"));
    world.get("/polls/").await;
    world.rest(secs(20)).await;
    world.origin.falls_silent();
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin <- GET /polls/
        0 ms  origin -> /polls/ page
        0 ms  stored    /polls/ page
        0 ms  page   <- /polls/ page
    20000 ms  origin falls silent
    20000 ms  origin <- GET /polls/
    26000 ms  page   <- /polls/ page, from the store: offline
    26000 ms  event     connection offline
    ");
}

#[tokio::test(start_paused = true)]
async fn error_of_the_site_is_passed_on_or_replaced_as_the_site_has_it() {
    let world = World::with(&profile()).await;
    let lenient = "max-age=10, stale-if-error=60";
    world.origin.at("/lenient/", Answer::page("page").header("cache-control", lenient));
    world.origin.at("/polls/", lasting(10, "page"));
    world.get("/lenient/").await;
    world.get("/polls/").await;
    world.rest(secs(20)).await;
    world.origin.at("/lenient/", Answer::page("broken").status(503));
    world.origin.at("/polls/", Answer::page("broken").status(503));
    world.get("/lenient/").await;
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin <- GET /lenient/
        0 ms  origin -> /lenient/ page
        0 ms  stored    /lenient/ page
        0 ms  page   <- /lenient/ page
        0 ms  origin <- GET /polls/
        0 ms  origin -> /polls/ page
        0 ms  stored    /polls/ page
        0 ms  page   <- /polls/ page
    20000 ms  origin <- GET /lenient/
    20000 ms  origin -> /lenient/ 503 broken
    20000 ms  page   <- /lenient/ page, from the store: server-error
    20000 ms  origin <- GET /polls/
    20000 ms  origin -> /polls/ 503 broken
    20000 ms  page   <- /polls/ 503 broken
    ");
}

#[tokio::test(start_paused = true)]
async fn submission_makes_what_it_may_have_changed_doubtful() {
    let world = World::with(&profile()).await;
    world.origin.at("/polls/1/", lasting(100, "one"));
    world.origin.at("/polls/1/results/", lasting(100, "results"));
    world.origin.at("/polls/", lasting(100, "list"));
    for path in ["/polls/1/", "/polls/1/results/", "/polls/"] {
        world.get(path).await;
    }
    world.origin.at("POST /polls/1/", Answer::redirect(302, "/polls/1/results/"));
    let request = world.request("/polls/1/");
    world.send(holdfast_engine::Request { method: http::Method::POST, ..request }).await;
    world.transcript.restart();
    for path in ["/polls/1/", "/polls/1/results/", "/polls/"] {
        world.get(path).await;
    }
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/1/
    0 ms  origin -> /polls/1/ one
    0 ms  stored    /polls/1/ one
    0 ms  page   <- /polls/1/ one
    0 ms  origin <- GET /polls/1/results/
    0 ms  origin -> /polls/1/results/ results
    0 ms  stored    /polls/1/results/ results
    0 ms  page   <- /polls/1/results/ results
    0 ms  page   <- /polls/ list, from the store: strategy
    0 ms  event     confirmed /polls/1/, document
    0 ms  event     confirmed /polls/1/results/, document
    ");
}

/// Two tabs, one fetch.
#[tokio::test(start_paused = true)]
async fn requests_for_the_same_at_the_same_time_share_one_fetch() {
    let world = World::with(&profile()).await;
    world.origin.at("/polls/", lasting(10, "page").after(secs(1)));
    tokio::join!(world.get("/polls/"), world.get("/polls/"), world.get("/polls/"));
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /polls/
    1000 ms  origin -> /polls/ page
    1000 ms  stored    /polls/ page
    1000 ms  page   <- /polls/ page
    1000 ms  page   <- /polls/ page
    1000 ms  page   <- /polls/ page
    ");
}

/// What one client may not keep another does not get.
#[tokio::test(start_paused = true)]
async fn what_is_not_stored_is_fetched_for_each() {
    let world = World::with(&profile()).await;
    let own = Answer::page("page").header("cache-control", "no-store").after(secs(1));
    world.origin.at("/polls/", own);
    tokio::join!(world.get("/polls/"), world.get("/polls/"));
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /polls/
    1000 ms  origin -> /polls/ page
    1000 ms  origin <- GET /polls/
    1000 ms  page   <- /polls/ page
    2000 ms  origin -> /polls/ page
    2000 ms  page   <- /polls/ page
    ");
}

#[tokio::test(start_paused = true)]
async fn failure_is_shared_too() {
    let world = World::with(&profile()).await;
    world.origin.at("/polls/", Answer::page("page").after(secs(1)).then_cut());
    tokio::join!(world.get("/polls/"), world.get("/polls/"));
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /polls/
    1000 ms  origin -> /polls/ page and breaks off
    1000 ms  page   <- /polls/ 504 Not here yet, in its place: slow
    1000 ms  page   <- /polls/ 504 Not here yet, in its place: slow
    ");
}
