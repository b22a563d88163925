//! What each response says of its way (RFC 9211).

use holdfast_engine::{Body, Request};
use http::Method;

use crate::scenario::{Answer, World, secs};

#[track_caller]
fn check(answered: &crate::scenario::Answered, expected: &str) {
    let lines: Vec<_> = answered.headers.get_all("cache-status").iter().collect();
    assert_eq!(lines, [expected]);
}

#[tokio::test(start_paused = true)]
async fn each_way_has_its_words() {
    let world = World::new().await;
    let page = || Answer::page("page");
    world.origin.at("/polls/", page());
    world.origin.at("/polls/private/", page().header("cache-control", "no-store"));
    world.origin.at("/polls/gone/", page().status(404));
    world.origin.at("/live/count", page());
    world.origin.at("/static/a.css", Answer::of("text/css", "a{}"));
    world.origin.at("POST /polls/1/vote/", Answer::redirect(302, "/polls/1/results/"));

    check(&world.get("/polls/").await, "Holdfast; fwd=miss; fwd-status=200; stored");
    check(&world.get("/polls/private/").await, "Holdfast; fwd=miss; fwd-status=200");
    check(&world.get("/polls/gone/").await, "Holdfast; fwd=miss; fwd-status=404");
    check(&world.get("/live/count").await, "Holdfast; fwd=bypass; fwd-status=200");
    check(&world.get("/static/a.css").await, "Holdfast; fwd=miss; fwd-status=200; stored");
    check(&world.get("/static/a.css").await, "Holdfast; hit; detail=strategy");
    let vote = Request {
        method: Method::POST,
        body: Body::from("choice=1"),
        ..world.request("/polls/1/vote/")
    };
    check(&world.send(vote).await, "Holdfast; fwd=method; fwd-status=302");

    world.origin.at("/polls/", page().status(500));
    check(&world.get("/polls/").await, "Holdfast; hit; detail=server-error");
    check(&world.get("/polls/2/").await, "Holdfast; fwd=miss; fwd-status=404");
    world.origin.at("/polls/", page().after(secs(10)));
    check(&world.get("/polls/").await, "Holdfast; hit; detail=slow");
    world.rest(secs(10)).await;
    world.origin.refuses();
    check(&world.get("/polls/").await, "Holdfast; hit; detail=offline");
    check(&world.get("/polls/2/").await, "Holdfast; fwd=miss; detail=offline");
    check(&world.get("/static/b.css").await, "Holdfast; fwd=miss; detail=offline");
}

/// "each cache adds its own" (RFC 9211 §2): what one further up said stays, for this
/// answer, in front.
#[tokio::test(start_paused = true)]
async fn what_a_cache_further_up_said_stays_in_front() {
    let world = World::new().await;
    world.origin.at("/polls/", Answer::page("page").header("cache-status", "Edge; hit"));
    let answered = world.get("/polls/").await;
    let lines: Vec<_> = answered.headers.get_all("cache-status").iter().collect();
    assert_eq!(lines, ["Edge; hit", "Holdfast; fwd=miss; fwd-status=200; stored"]);
}

#[tokio::test(start_paused = true)]
async fn hits_say_how_old_they_are() {
    let world = World::new().await;
    let style = |age| Answer::of("text/css", "a{}").header("age", age);
    world.origin.at("/static/a.css", Answer::of("text/css", "a{}"));
    world.origin.at("/static/b.css", style("60"));
    world.origin.at("/static/c.css", style("99999999999999999999"));
    for path in ["/static/a.css", "/static/b.css", "/static/c.css"] {
        world.get(path).await;
    }
    world.rest(secs(40)).await;
    assert_eq!(world.get("/static/a.css").await.header("age"), Some("40"));
    assert_eq!(world.get("/static/b.css").await.header("age"), Some("100"));
    // More than can be told is 2^31 (RFC 9111 §1.2.2).
    assert_eq!(world.get("/static/c.css").await.header("age"), Some("2147483688"));
}
