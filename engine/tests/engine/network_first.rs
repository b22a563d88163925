//! Network, falling back to cache.

use holdfast_engine::{Body, Destination, Redirects, Request};
use http::Method;
use http::header::{CACHE_CONTROL, HeaderValue, IF_NONE_MATCH};

use crate::scenario::{Answer, World, secs};

#[tokio::test(start_paused = true)]
async fn fast_network_is_served_and_stored() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.at("/polls/", Answer::page("new").after(secs(1)));
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /polls/
    1000 ms  origin -> /polls/ new
    1000 ms  stored    /polls/ new
    1000 ms  page   <- /polls/ new
    1000 ms  event     changed /polls/, document
    ");
}

/// "the client only wishes to obtain a stored response" (RFC 9111 §5.2.1.7): how an open
/// page gets the newer copy that was stored a moment ago.
#[tokio::test(start_paused = true)]
async fn who_wants_only_what_is_stored_does_not_bother_the_site() {
    let world = World::new().await.storing("/polls/", "old").await;
    for path in ["/polls/", "/polls/1/"] {
        let mut request = world.request(path);
        let value = HeaderValue::from_static("max-age=0, Only-If-Cached");
        request.headers.insert(CACHE_CONTROL, value);
        world.send(request).await;
    }
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  page   <- /polls/ old, from the store: strategy
    0 ms  page   <- /polls/1/ 504 nothing is stored, and the network is not to be asked, in its place: strategy
    ");
}

/// A network slower than the timeout costs the reader three seconds, not ten,
/// and what it brings at last is there for the next visit.
#[tokio::test(start_paused = true)]
async fn slow_network_falls_back_and_the_late_answer_is_stored() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.at("/polls/", Answer::page("new").after(secs(10)));
    world.get("/polls/").await;
    world.rest(secs(8)).await;
    world.origin.refuses();
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin <- GET /polls/
     3000 ms  page   <- /polls/ old, from the store: slow
    10000 ms  origin -> /polls/ new
    10000 ms  stored    /polls/ new
    10000 ms  event     changed /polls/, document
    11000 ms  origin is gone: connections are refused
    11000 ms  origin <- GET /polls/
    11000 ms  page   <- /polls/ new, from the store: offline
    11000 ms  event     connection offline
    ");
}

#[tokio::test(start_paused = true)]
async fn slow_network_with_nothing_stored_is_waited_for() {
    let world = World::new().await;
    world.origin.at("/polls/", Answer::page("new").after(secs(10)));
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin <- GET /polls/
    10000 ms  origin -> /polls/ new
    10000 ms  stored    /polls/ new
    10000 ms  page   <- /polls/ new
    ");
}

/// The site takes five seconds for everything, probes included. That is not gone: the
/// answer that comes weighs more than the probe that was given up.
#[tokio::test(start_paused = true)]
async fn slow_site_is_not_taken_for_gone() {
    let world = World::new().await;
    world.origin.shows_probes();
    world.origin.at("/polls/", Answer::page("new").after(secs(5)));
    world.origin.at("HEAD /polls/", Answer::page("").after(secs(5)));
    world.get("/polls/").await;
    world.rest(secs(5)).await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /polls/
    3000 ms  origin <- HEAD /polls/
    5000 ms  origin -> /polls/ new
    5000 ms  stored    /polls/ new
    5000 ms  page   <- /polls/ new
    ");
}

/// Three seconds of silence raise the suspicion, three more without an answer to a probe
/// confirm it: nobody waits for a dead site's thirty seconds.
#[tokio::test(start_paused = true)]
async fn silent_site_with_nothing_stored_gives_the_offline_page_once_it_is_known_to_be_gone() {
    let world = World::new().await;
    world.origin.shows_probes();
    world.origin.falls_silent();
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin falls silent
       0 ms  origin <- GET /polls/
    3000 ms  origin <- HEAD /polls/
    6000 ms  page   <- /polls/ 504 Not here yet, in its place: offline
    6000 ms  event     connection offline
    ");
}

#[tokio::test(start_paused = true)]
async fn silent_site_costs_the_reader_of_a_stored_page_the_timeout_once() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.falls_silent();
    world.get("/polls/").await;
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin falls silent
       0 ms  origin <- GET /polls/
    3000 ms  page   <- /polls/ old, from the store: slow
    3000 ms  page   <- /polls/ old, from the store: slow
    3000 ms  origin <- GET /polls/
    ");
}

/// While it is being found out whether the site is gone, a page that is stored does not
/// wait, and one that is not still has its chance.
#[tokio::test(start_paused = true)]
async fn suspicion_withholds_nothing_that_could_still_be_had() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.at("/polls/", Answer::page("new").after(secs(20)));
    world.origin.at("HEAD /polls/", Answer::page("").after(secs(2)));
    world.origin.at("/polls/1/", Answer::page("one").after(secs(1)));
    world.get("/polls/").await;
    tokio::join!(world.get("/polls/"), world.get("/polls/1/"));
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /polls/
    3000 ms  page   <- /polls/ old, from the store: slow
    3000 ms  page   <- /polls/ old, from the store: slow
    3000 ms  origin <- GET /polls/
    3000 ms  origin <- GET /polls/1/
    4000 ms  origin -> /polls/1/ one
    4000 ms  stored    /polls/1/ one
    4000 ms  page   <- /polls/1/ one
    ");
}

#[tokio::test(start_paused = true)]
async fn refused_connection_falls_back_at_once() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.refuses();
    world.get("/polls/").await;
    world.get("/polls/1/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /polls/
    0 ms  page   <- /polls/ old, from the store: offline
    0 ms  page   <- /polls/1/ 504 Not here yet, in its place: offline
    0 ms  event     connection offline
    ");
}

#[tokio::test(start_paused = true)]
async fn known_to_be_offline_costs_no_wait_and_no_request() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.refuses();
    world.get("/polls/1/").await;
    world.origin.falls_silent();
    world.get("/polls/").await;
    world.get("/polls/2/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /polls/1/
    0 ms  page   <- /polls/1/ 504 Not here yet, in its place: offline
    0 ms  origin falls silent
    0 ms  page   <- /polls/ old, from the store: offline
    0 ms  page   <- /polls/2/ 504 Not here yet, in its place: offline
    0 ms  event     connection offline
    ");
}

#[tokio::test(start_paused = true)]
async fn server_error_serves_the_stored_copy() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.at("/polls/", Answer::page("sorry").status(500));
    world.get("/polls/").await;
    world.origin.at("/polls/", Answer::page("busy").status(503));
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/
    0 ms  origin -> /polls/ 500 sorry
    0 ms  page   <- /polls/ old, from the store: server-error
    0 ms  origin <- GET /polls/
    0 ms  origin -> /polls/ 503 busy
    0 ms  page   <- /polls/ old, from the store: server-error
    ");
}

#[tokio::test(start_paused = true)]
async fn server_error_without_a_stored_copy_is_shown_as_the_site_sent_it() {
    let world = World::new().await;
    world.origin.at("/polls/", Answer::page("sorry").status(500));
    world.get("/polls/").await;
    world.origin.refuses();
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/
    0 ms  origin -> /polls/ 500 sorry
    0 ms  page   <- /polls/ 500 sorry
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /polls/
    0 ms  page   <- /polls/ 504 Not here yet, in its place: offline
    0 ms  event     connection offline
    ");
}

/// A late error must not replace the page that was shown in its place either.
#[tokio::test(start_paused = true)]
async fn late_server_error_is_not_stored() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.at("/polls/", Answer::page("sorry").status(502).after(secs(5)));
    world.get("/polls/").await;
    world.rest(secs(5)).await;
    world.origin.refuses();
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /polls/
    3000 ms  page   <- /polls/ old, from the store: slow
    5000 ms  origin -> /polls/ 502 sorry
    8000 ms  origin is gone: connections are refused
    8000 ms  origin <- GET /polls/
    8000 ms  page   <- /polls/ old, from the store: offline
    8000 ms  event     connection offline
    ");
}

#[tokio::test(start_paused = true)]
async fn not_found_is_shown_and_does_not_replace_the_good_copy() {
    let world = World::new().await.storing("/polls/1/", "one").await;
    world.origin.at("/polls/1/", Answer::page("not here").status(404));
    world.get("/polls/1/").await;
    world.origin.refuses();
    world.get("/polls/1/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/1/
    0 ms  origin -> /polls/1/ 404 not here
    0 ms  page   <- /polls/1/ 404 not here
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /polls/1/
    0 ms  page   <- /polls/1/ one, from the store: offline
    0 ms  event     connection offline
    ");
}

#[tokio::test(start_paused = true)]
async fn body_cut_on_the_way_falls_back_and_is_not_stored() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.at("/polls/", Answer::page("ne").then_cut());
    world.get("/polls/").await;
    world.rest(secs(1)).await;
    world.origin.at("/polls/", Answer::page("new"));
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /polls/
       0 ms  origin -> /polls/ ne and breaks off
       0 ms  page   <- /polls/ old, from the store: offline
    1000 ms  origin <- GET /polls/
    1000 ms  origin -> /polls/ new
    1000 ms  stored    /polls/ new
    1000 ms  page   <- /polls/ new
    1000 ms  event     changed /polls/, document
    ");
}

#[tokio::test(start_paused = true)]
async fn body_cut_on_the_way_with_nothing_stored_is_no_page() {
    let world = World::new().await;
    world.origin.at("/polls/", Answer::page("ne").then_cut());
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/
    0 ms  origin -> /polls/ ne and breaks off
    0 ms  page   <- /polls/ 504 Not here yet, in its place: slow
    ");
}

/// The headers are there at once, the body is not: a deadline for headers alone would
/// wait for ever.
#[tokio::test(start_paused = true)]
async fn stalled_body_counts_towards_the_timeout() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.at("/polls/", Answer::page("ne").then_stalled());
    world.get("/polls/").await;
    world.rest(secs(60)).await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /polls/
       0 ms  origin -> /polls/ ne and stalls
    3000 ms  page   <- /polls/ old, from the store: slow
    ");
}

#[tokio::test(start_paused = true)]
async fn stalled_body_with_nothing_stored_is_given_up_after_half_a_minute() {
    let world = World::new().await;
    world.origin.at("/polls/", Answer::page("ne").then_stalled());
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin <- GET /polls/
        0 ms  origin -> /polls/ ne and stalls
    30000 ms  page   <- /polls/ 504 Not here yet, in its place: slow
    ");
}

#[tokio::test(start_paused = true)]
async fn temporary_redirect_is_handed_on_and_not_stored() {
    let world = World::new().await;
    world.origin.at("/polls/9/", Answer::redirect(302, "../"));
    world.get("/polls/9/").await;
    world.origin.refuses();
    world.get("/polls/9/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/9/
    0 ms  origin -> /polls/9/ 302
    0 ms  page   <- /polls/9/ 302 to /polls/
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /polls/9/
    0 ms  page   <- /polls/9/ 504 Not here yet, in its place: offline
    0 ms  event     connection offline
    ");
}

#[tokio::test(start_paused = true)]
async fn permanent_redirect_is_handed_on_and_stored() {
    let world = World::new().await;
    world.origin.at("/polls", Answer::redirect(301, "http://127.0.0.1:8000/polls/?a=1#b"));
    world.get("/polls").await;
    world.origin.refuses();
    world.get("/polls/").await;
    world.get("/polls").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls
    0 ms  origin -> /polls 301
    0 ms  stored    /polls
    0 ms  page   <- /polls 301 to /polls/?a=1#b
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /polls/
    0 ms  page   <- /polls/ 504 Not here yet, in its place: offline
    0 ms  page   <- /polls 301 to /polls/?a=1#b, from the store: offline
    0 ms  event     connection offline
    ");
}

#[tokio::test(start_paused = true)]
async fn redirect_to_another_site_keeps_its_address() {
    let world = World::new().await;
    world.origin.at("/polls/out/", Answer::redirect(302, "https://example.org/?a=1"));
    world.get("/polls/out/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/out/
    0 ms  origin -> /polls/out/ 302
    0 ms  page   <- /polls/out/ 302 to https://example.org/?a=1
    ");
}

/// What a script or a style sheet asks for cannot follow a redirect under a custom scheme,
/// so the engine does: on the network, and among what is stored.
#[tokio::test(start_paused = true)]
async fn redirect_is_followed_for_whom_asks_for_it() {
    let world = World::new().await;
    world.origin.at("/polls/1/latest/", Answer::redirect(301, "/polls/1/json/"));
    world.origin.at("/polls/1/json/", Answer::of("application/json", "[1]"));
    let request = || Request {
        destination: Destination::Data,
        redirects: Redirects::Follow,
        ..world.request("/polls/1/latest/")
    };
    let answered = world.send(request()).await;
    assert_eq!(answered.redirected_to.as_deref(), Some("/polls/1/json/"));
    world.get("/polls/1/latest/").await;
    world.origin.refuses();
    world.get("/polls/").await;
    let answered = world.send(request()).await;
    assert_eq!(answered.redirected_to.as_deref(), Some("/polls/1/json/"));
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/1/latest/
    0 ms  origin -> /polls/1/latest/ 301
    0 ms  origin <- GET /polls/1/json/
    0 ms  origin -> /polls/1/json/ [1]
    0 ms  stored    /polls/1/json/ [1]
    0 ms  stored    /polls/1/latest/
    0 ms  page   <- /polls/1/latest/ [1]
    0 ms  origin <- GET /polls/1/latest/
    0 ms  origin -> /polls/1/latest/ 301
    0 ms  stored    /polls/1/latest/
    0 ms  page   <- /polls/1/latest/ 301 to /polls/1/json/
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /polls/
    0 ms  page   <- /polls/ 504 Not here yet, in its place: offline
    0 ms  page   <- /polls/1/latest/ [1], from the store: offline
    0 ms  event     confirmed /polls/1/latest/, document
    0 ms  event     connection offline
    ");
}

#[tokio::test(start_paused = true)]
async fn redirect_out_of_the_site_is_never_followed() {
    let world = World::new().await;
    world.origin.at("/polls/data/", Answer::redirect(302, "http://127.0.0.1:9000/secret"));
    let request = world.request("/polls/data/");
    let request =
        Request { destination: Destination::Data, redirects: Redirects::Follow, ..request };
    world.send(request).await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/data/
    0 ms  origin -> /polls/data/ 302
    0 ms  page   <- /polls/data/ 504 redirected to http://127.0.0.1:9000/secret, which is not the site, in its place: server-error
    ");
}

#[tokio::test(start_paused = true)]
async fn post_is_always_sent_and_never_answered_from_the_store() {
    let world = World::new().await.storing("/polls/1/", "one").await;
    world.origin.at("POST /polls/1/", Answer::redirect(302, "/polls/1/results/"));
    let vote = || Request {
        method: Method::POST,
        body: Body::from("choice=2"),
        ..world.request("/polls/1/")
    };
    world.send(vote()).await;
    world.origin.refuses();
    world.send(vote()).await;
    world.send(vote()).await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- POST /polls/1/ choice=2
    0 ms  origin -> /polls/1/ 302
    0 ms  page   <- /polls/1/ 302 to /polls/1/results/
    0 ms  origin is gone: connections are refused
    0 ms  origin <- POST /polls/1/ choice=2
    0 ms  page   <- /polls/1/ 504 Not sent, in its place: offline
    0 ms  origin <- POST /polls/1/ choice=2
    0 ms  page   <- /polls/1/ 504 Not sent, in its place: offline
    0 ms  event     connection offline
    ");
}

/// A client that has a copy of its own asks whether it is still good. What is stored must
/// be a page, not the word that it has not changed.
#[tokio::test(start_paused = true)]
async fn conditional_request_brings_a_whole_page_into_the_store() {
    let world = World::new().await;
    world.origin.at("/polls/", Answer::page("new"));
    let mut request = world.request("/polls/");
    request.headers.insert(IF_NONE_MATCH, HeaderValue::from_static("\"1\""));
    world.send(request).await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/
    0 ms  origin -> /polls/ new
    0 ms  stored    /polls/ new
    0 ms  page   <- /polls/ new
    ");
}

#[tokio::test(start_paused = true)]
async fn head_is_answered_from_the_store_without_the_body() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.refuses();
    let answered = world.send(Request { method: Method::HEAD, ..world.request("/polls/") }).await;
    assert_eq!(answered.header("content-length"), Some("3"));
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin is gone: connections are refused
    0 ms  page   <- /polls/, from the store: offline
    0 ms  event     connection offline
    ");
}
