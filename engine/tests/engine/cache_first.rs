//! Cache, falling back to network.

use holdfast_engine::{Body, Request};
use http::Method;

use crate::scenario::{Answer, World, secs};

const DAY: u64 = 86_400;

fn style(text: &'static str) -> Answer {
    Answer::of("text/css", text)
}

/// What is stored is served for good: a site that changes such a file changes its URL.
#[tokio::test(start_paused = true)]
async fn asked_once_and_never_again() {
    let world = World::new().await;
    world.origin.at("/static/a.css", style("a{}"));
    world.get("/static/a.css").await;
    world.origin.at("/static/a.css", style("b{}"));
    world.get("/static/a.css").await;
    world.rest(secs(30 * DAY)).await;
    world.get("/static/a.css").await;
    insta::assert_snapshot!(world.transcript().await, @"
         0 ms  origin <- GET /static/a.css
         0 ms  origin -> /static/a.css a{}
         0 ms  stored    /static/a.css a{}
         0 ms  page   <- /static/a.css a{}
         0 ms  page   <- /static/a.css a{}, from the store: strategy
    2592000000 ms  page   <- /static/a.css a{}, from the store: strategy
    ");
}

#[tokio::test(start_paused = true)]
async fn another_query_is_another_thing() {
    let world = World::new().await;
    world.origin.at("/static/a.css?v=1", style("a{}"));
    world.origin.at("/static/a.css?v=2", style("b{}"));
    world.get("/static/a.css?v=1").await;
    world.get("/static/a.css?v=2").await;
    world.get("/static/a.css?v=1&utm_source=mail").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /static/a.css?v=1
    0 ms  origin -> /static/a.css?v=1 a{}
    0 ms  stored    /static/a.css?v=1 a{}
    0 ms  page   <- /static/a.css?v=1 a{}
    0 ms  origin <- GET /static/a.css?v=2
    0 ms  origin -> /static/a.css?v=2 b{}
    0 ms  stored    /static/a.css?v=2 b{}
    0 ms  page   <- /static/a.css?v=2 b{}
    0 ms  page   <- /static/a.css?v=1&utm_source=mail a{}, from the store: strategy
    ");
}

#[tokio::test(start_paused = true)]
async fn slow_site_is_waited_for() {
    let world = World::new().await;
    world.origin.at("/static/a.css", style("a{}").after(secs(20)));
    world.get("/static/a.css").await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin <- GET /static/a.css
    20000 ms  origin -> /static/a.css a{}
    20000 ms  stored    /static/a.css a{}
    20000 ms  page   <- /static/a.css a{}
    ");
}

#[tokio::test(start_paused = true)]
async fn refused_with_nothing_stored_is_a_problem_at_once() {
    let world = World::new().await;
    world.origin.refuses();
    world.get("/static/a.css").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /static/a.css
    0 ms  page   <- /static/a.css 504 could not connect to 127.0.0.1: refused, in its place: offline
    0 ms  event     connection offline
    ");
}

#[tokio::test(start_paused = true)]
async fn known_to_be_offline_costs_no_wait_and_no_request() {
    let world = World::new().await;
    world.origin.at("/static/a.css", style("a{}"));
    world.get("/static/a.css").await;
    world.origin.refuses();
    world.get("/polls/").await;
    world.origin.falls_silent();
    world.get("/static/a.css").await;
    world.get("/static/b.css").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /static/a.css
    0 ms  origin -> /static/a.css a{}
    0 ms  stored    /static/a.css a{}
    0 ms  page   <- /static/a.css a{}
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /polls/
    0 ms  page   <- /polls/ 504 Not here yet, in its place: offline
    0 ms  origin falls silent
    0 ms  page   <- /static/a.css a{}, from the store: strategy
    0 ms  page   <- /static/b.css 504 the site cannot be reached and nothing is stored, in its place: offline
    0 ms  event     connection offline
    ");
}

/// The page's own request finds out that the site is gone; its style sheet waits no longer
/// than that.
#[tokio::test(start_paused = true)]
async fn silent_site_is_waited_for_until_it_is_known_to_be_gone() {
    let world = World::new().await;
    world.origin.falls_silent();
    tokio::join!(world.get("/polls/"), world.get("/static/a.css"));
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin falls silent
       0 ms  origin <- GET /polls/
       0 ms  origin <- GET /static/a.css
    6000 ms  page   <- /static/a.css 504 the site cannot be reached and nothing is stored, in its place: offline
    6000 ms  page   <- /polls/ 504 Not here yet, in its place: offline
    6000 ms  event     connection offline
    ");
}

#[tokio::test(start_paused = true)]
async fn errors_are_shown_and_not_stored() {
    let world = World::new().await;
    world.origin.at("/static/a.css", style("sorry").status(500));
    world.get("/static/a.css").await;
    world.origin.at("/static/a.css", style("not here").status(404));
    world.get("/static/a.css").await;
    world.origin.at("/static/a.css", style("a{}"));
    world.get("/static/a.css").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /static/a.css
    0 ms  origin -> /static/a.css 500 sorry
    0 ms  page   <- /static/a.css 500 sorry
    0 ms  origin <- GET /static/a.css
    0 ms  origin -> /static/a.css 404 not here
    0 ms  page   <- /static/a.css 404 not here
    0 ms  origin <- GET /static/a.css
    0 ms  origin -> /static/a.css a{}
    0 ms  stored    /static/a.css a{}
    0 ms  page   <- /static/a.css a{}
    ");
}

#[tokio::test(start_paused = true)]
async fn body_cut_on_the_way_is_not_stored() {
    let world = World::new().await;
    world.origin.at("/static/a.css", style("a{").then_cut());
    world.get("/static/a.css").await;
    world.rest(secs(1)).await;
    world.origin.at("/static/a.css", style("a{}"));
    world.get("/static/a.css").await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /static/a.css
       0 ms  origin -> /static/a.css a{ and breaks off
       0 ms  page   <- /static/a.css 504 the connection to 127.0.0.1 broke: the connection was cut, in its place: slow
    1000 ms  origin <- GET /static/a.css
    1000 ms  origin -> /static/a.css a{}
    1000 ms  stored    /static/a.css a{}
    1000 ms  page   <- /static/a.css a{}
    ");
}

#[tokio::test(start_paused = true)]
async fn only_permanent_redirects_are_stored() {
    let world = World::new().await;
    world.origin.at("/static/a.css", Answer::redirect(302, "/static/b.css"));
    world.origin.at("/static/c.css", Answer::redirect(301, "/static/b.css"));
    for _ in 0..2 {
        world.get("/static/a.css").await;
        world.get("/static/c.css").await;
    }
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /static/a.css
    0 ms  origin -> /static/a.css 302
    0 ms  page   <- /static/a.css 302 to /static/b.css
    0 ms  origin <- GET /static/c.css
    0 ms  origin -> /static/c.css 301
    0 ms  stored    /static/c.css
    0 ms  page   <- /static/c.css 301 to /static/b.css
    0 ms  origin <- GET /static/a.css
    0 ms  origin -> /static/a.css 302
    0 ms  page   <- /static/a.css 302 to /static/b.css
    0 ms  page   <- /static/c.css 301 to /static/b.css, from the store: strategy
    ");
}

#[tokio::test(start_paused = true)]
async fn post_is_sent_although_something_is_stored() {
    let world = World::new().await;
    world.origin.at("/static/form", Answer::page("form"));
    world.origin.at("POST /static/form", Answer::page("thanks"));
    world.get("/static/form").await;
    let request = world.request("/static/form");
    world.send(Request { method: Method::POST, body: Body::from("a=1"), ..request }).await;
    world.get("/static/form").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /static/form
    0 ms  origin -> /static/form form
    0 ms  stored    /static/form form
    0 ms  page   <- /static/form form
    0 ms  origin <- POST /static/form a=1
    0 ms  origin -> /static/form thanks
    0 ms  page   <- /static/form thanks
    0 ms  page   <- /static/form form, from the store: strategy
    ");
}
