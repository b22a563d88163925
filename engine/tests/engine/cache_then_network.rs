//! Cache, then network.

use crate::scenario::{Answer, World, everything_by, secs};

fn profile() -> String {
    everything_by("cache-then-network", "update = \"patch\"")
}

#[tokio::test(start_paused = true)]
async fn the_page_is_told_when_the_network_says_something_else() {
    let world = World::with(&profile()).await.storing("/polls/", "old").await;
    world.origin.at("/polls/", Answer::page("new").after(secs(2)));
    world.get("/polls/").await;
    world.rest(secs(5)).await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  page   <- /polls/ old, from the store: strategy
       0 ms  origin <- GET /polls/
    2000 ms  origin -> /polls/ new
    2000 ms  stored    /polls/ new
    2000 ms  event     changed /polls/, document
    ");
}

/// Headers differ and so does the CSRF token; what the page says does not.
#[tokio::test(start_paused = true)]
async fn the_page_is_not_told_when_only_tokens_and_headers_differ() {
    let form = |token: &str| {
        let page = format!("<input type=hidden name=csrfmiddlewaretoken value={token}>");
        Answer::page(page).header("x-request", token)
    };
    let world = World::with(&profile()).await;
    world.origin.at("/polls/", form("one"));
    world.get("/polls/").await;
    world.origin.at("/polls/", form("two"));
    world.get("/polls/").await;
    world.rest(secs(1)).await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/
    0 ms  origin -> /polls/ <input type=hidden name=csrfmiddlewaretoken value=one>
    0 ms  stored    /polls/ <input type=hidden name=csrfmiddlewaretoken value=one>
    0 ms  page   <- /polls/ <input type=hidden name=csrfmiddlewaretoken value=one>
    0 ms  page   <- /polls/ <input type=hidden name=csrfmiddlewaretoken value=one>, from the store: strategy
    0 ms  origin <- GET /polls/
    0 ms  origin -> /polls/ <input type=hidden name=csrfmiddlewaretoken value=two>
    0 ms  stored    /polls/ <input type=hidden name=csrfmiddlewaretoken value=two>
    0 ms  event     confirmed /polls/, document
    ");
}

#[tokio::test(start_paused = true)]
async fn failure_of_the_network_is_no_news() {
    let world = World::with(&profile()).await.storing("/polls/", "old").await;
    world.origin.falls_silent();
    world.get("/polls/").await;
    world.rest(secs(60)).await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin falls silent
        0 ms  page   <- /polls/ old, from the store: strategy
        0 ms  origin <- GET /polls/
    33000 ms  event     connection offline
    ");
}
