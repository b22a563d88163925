//! Network only.

use futures::StreamExt;
use holdfast_engine::{Body, Request};
use http::Method;

use crate::scenario::{Answer, World, ms, secs};

#[tokio::test(start_paused = true)]
async fn asked_each_time_and_never_stored() {
    let world = World::new().await;
    world.origin.at("/live/count", Answer::of("application/json", "1"));
    world.get("/live/count").await;
    world.origin.at("/live/count", Answer::of("application/json", "2").after(secs(5)));
    world.get("/live/count").await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /live/count
       0 ms  origin -> /live/count 1
       0 ms  page   <- /live/count 1
       0 ms  origin <- GET /live/count
    5000 ms  origin -> /live/count 2
    5000 ms  page   <- /live/count 2
    ");
}

#[tokio::test(start_paused = true)]
async fn error_is_shown_as_the_site_sent_it() {
    let world = World::new().await;
    world.origin.at("/live/count", Answer::page("sorry").status(500));
    world.get("/live/count").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /live/count
    0 ms  origin -> /live/count 500 sorry
    0 ms  page   <- /live/count 500 sorry
    ");
}

/// The attempt is made also when it is known to be offline, and its success is news.
#[tokio::test(start_paused = true)]
async fn tried_also_when_offline() {
    let world = World::new().await;
    world.origin.at("/live/count", Answer::of("application/json", "1"));
    world.origin.refuses();
    world.get("/live/count").await;
    world.rest(ms(500)).await;
    world.get("/live/count").await;
    world.origin.comes_back();
    world.get("/live/count").await;
    insta::assert_snapshot!(world.transcript().await, @"
      0 ms  origin is gone: connections are refused
      0 ms  origin <- GET /live/count
      0 ms  page   <- /live/count 504 Not here yet, in its place: offline
      0 ms  event     connection offline
    500 ms  origin <- GET /live/count
    500 ms  page   <- /live/count 504 Not here yet, in its place: offline
    500 ms  origin comes back
    500 ms  origin <- GET /live/count
    500 ms  origin -> /live/count 1
    500 ms  page   <- /live/count 1
    500 ms  event     connection online
    ");
}

#[tokio::test(start_paused = true)]
async fn silent_site_is_given_up_after_half_a_minute() {
    let world = World::new().await;
    world.origin.falls_silent();
    world.get("/live/count").await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin falls silent
        0 ms  origin <- GET /live/count
    30000 ms  page   <- /live/count 504 Not here yet, in its place: slow
    ");
}

/// Nothing falls back to the store here, so nothing is held back for it: a stream of events
/// arrives event by event, and may be quiet for longer than any other body.
#[tokio::test(start_paused = true)]
async fn body_is_passed_on_as_it_comes() {
    let world = World::new().await;
    let lines = Answer::of("text/plain", "one").then(secs(10), "two");
    let events = Answer::of("text/event-stream", "data: one").then(secs(300), "data: two");
    world.origin.at("/live/lines", lines);
    world.origin.at("/polls/events", events);
    for path in ["/live/lines", "/polls/events"] {
        let response = world.engine().handle(world.request(path)).await;
        let mut pieces = response.body.into_stream();
        while let Some(piece) = pieces.next().await {
            let piece = String::from_utf8(piece.unwrap().to_vec()).unwrap();
            world.transcript.note("page", format!("<- {piece}"));
        }
    }
    insta::assert_snapshot!(world.transcript().await, @"
         0 ms  origin <- GET /live/lines
         0 ms  origin -> /live/lines onetwo
         0 ms  page   <- one
     10000 ms  page   <- two
     10000 ms  origin <- GET /polls/events
     10000 ms  origin -> /polls/events data: onedata: two
     10000 ms  page   <- data: one
    310000 ms  page   <- data: two
    ");
}

#[tokio::test(start_paused = true)]
async fn post_is_sent_once_and_its_answer_not_stored() {
    let world = World::new().await;
    world.origin.at("POST /live/vote", Answer::page("thanks").after(secs(10)));
    let request = world.request("/live/vote");
    world.send(Request { method: Method::POST, body: Body::from("choice=1"), ..request }).await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin <- POST /live/vote choice=1
    10000 ms  origin -> /live/vote thanks
    10000 ms  page   <- /live/vote thanks
    ");
}

/// The person must not take it for undelivered and send it again unseen.
#[tokio::test(start_paused = true)]
async fn submission_whose_answer_never_comes_may_have_arrived() {
    let world = World::new().await;
    world.origin.at("POST /polls/1/vote/", Answer::page("thank").then_cut());
    let mut request = world.request("/polls/1/vote/");
    request.method = Method::POST;
    let answered = world.send(request).await;
    assert_eq!(answered.status, 504);
    assert!(answered.text().contains("may have received it"));
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- POST /polls/1/vote/
    0 ms  origin -> /polls/1/vote/ thank and breaks off
    0 ms  page   <- /polls/1/vote/ 504 Perhaps not sent, in its place: slow
    ");
}
