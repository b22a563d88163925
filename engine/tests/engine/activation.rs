//! On activate: which version of what is installed a page gets, and until when.

use holdfast_engine::{Agent, Request};
use http::header::{HeaderValue, REFERER};

use crate::install::{complete, profile};
use crate::scenario::{Answer, World, secs};

/// What is open keeps the style sheets and scripts that it was made for, however long ago
/// the next version became complete.
#[tokio::test(start_paused = true)]
async fn open_page_keeps_its_version_until_it_navigates() {
    let mut world = World::begin(&profile("1"), complete);
    world.settle().await;
    world.origin.at("/static/a.css", Answer::of("text/css", "a2{}"));
    world.origin.at("/static/b.css", Answer::of("text/css", "b2{}"));
    world.restart(&profile("2")).await;
    world.transcript.restart();
    world.rest(secs(60)).await;
    world.get("/static/a.css").await;
    world.rest(secs(60)).await;
    world.get("/static/b.css").await;
    world.get("/polls/").await;
    world.get("/static/a.css").await;
    insta::assert_snapshot!(world.transcript().await, @"
         0 ms  origin <- GET /polls/offline/
         0 ms  origin -> /polls/offline/ <h1>You are offline</h1>
         0 ms  origin <- GET /static/a.css
         0 ms  origin -> /static/a.css a2{}
         0 ms  origin <- GET /static/b.css
         0 ms  origin -> /static/b.css b2{}
         0 ms  origin <- GET /polls/
         0 ms  origin -> /polls/ polls
         0 ms  stored    /polls/ polls, installed
         0 ms  stored    /polls/offline/ <h1>You are offline</h1>, installed
         0 ms  stored    /static/a.css a2{}, installed
         0 ms  stored    /static/b.css b2{}, installed
     60000 ms  page   <- /static/a.css a{}, from the store: strategy
    120000 ms  page   <- /static/b.css b{}, from the store: strategy
    120000 ms  origin <- GET /polls/
    120000 ms  origin -> /polls/ polls
    120000 ms  stored    /polls/ polls
    120000 ms  gone      /polls/ polls, installed
    120000 ms  gone      /polls/offline/ <h1>You are offline</h1>, installed
    120000 ms  gone      /static/a.css a{}, installed
    120000 ms  gone      /static/b.css b{}, installed
    120000 ms  page   <- /polls/ polls
    120000 ms  page   <- /static/a.css a2{}, from the store: strategy
    120000 ms  event     confirmed /polls/, document
    120000 ms  event     installed 2
    ");
}

/// A page's part, which says what page it is of.
fn part_of(world: &World, agent: Agent, page: &str, path: &str) -> Request {
    let mut request = Request { agent, ..world.request(path) };
    let referrer = world.engine().site().address(page).unwrap();
    request.headers.insert(REFERER, referrer.as_str().parse().unwrap());
    request
}

/// A world in which the second version is complete under a page that was opened with the
/// first.
async fn second_under_an_open_page(agent: Agent) -> World {
    let mut world = World::begin(&profile("1"), complete);
    world.settle().await;
    world.origin.at("/static/a.css", Answer::of("text/css", "a2{}"));
    world.restart(&profile("2")).await;
    world.send(Request { agent, ..world.request("/polls/1/") }).await;
    world.rest(secs(60)).await;
    world.transcript.restart();
    world
}

#[tokio::test(start_paused = true)]
async fn page_of_one_program_keeps_its_version_while_another_opens_one() {
    let agent = |name| Agent::of([127, 0, 0, 1].into(), Some(&HeaderValue::from_static(name)));
    let (first, second) = (agent("first"), agent("second"));
    let world = second_under_an_open_page(first).await;
    world.send(Request { agent: second, ..world.request("/polls/2/") }).await;
    world.settle().await;
    world.transcript.restart();
    world.send(part_of(&world, first, "/polls/1/", "/static/a.css")).await;
    // After `history.pushState` nobody has opened what the page says it is.
    world.send(part_of(&world, first, "/polls/pushed/", "/static/a.css")).await;
    world.send(part_of(&world, second, "/polls/2/", "/static/a.css")).await;
    world.send(Request { agent: first, ..world.request("/polls/1/") }).await;
    world.send(part_of(&world, first, "/polls/1/", "/static/a.css")).await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  page   <- /static/a.css a{}, from the store: strategy
    0 ms  page   <- /static/a.css a{}, from the store: strategy
    0 ms  page   <- /static/a.css a2{}, from the store: strategy
    0 ms  origin <- GET /polls/1/
    0 ms  origin -> /polls/1/ 404 no such page
    0 ms  gone      /polls/ polls, installed
    0 ms  gone      /polls/offline/ <h1>You are offline</h1>, installed
    0 ms  gone      /static/a.css a{}, installed
    0 ms  gone      /static/b.css b{}, installed
    0 ms  page   <- /polls/1/ 404 no such page
    0 ms  page   <- /static/a.css a2{}, from the store: strategy
    ");
}

/// What a frame shows is a page of its own, and newer than the one around it.
#[tokio::test(start_paused = true)]
async fn frame_does_not_change_the_version_of_the_page_around_it() {
    let world = second_under_an_open_page(Agent::default()).await;
    world.get("/polls/frame/").await;
    world.send(part_of(&world, Agent::default(), "/polls/1/", "/static/a.css")).await;
    world.send(part_of(&world, Agent::default(), "/polls/frame/", "/static/a.css")).await;
    world.get("/polls/2/").await;
    world.settle().await;
    world.transcript.note("page", "   says that it is shown");
    world.engine().page_shown(&world.request("/polls/2/").url).await;
    world.get("/static/a.css").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/frame/
    0 ms  origin -> /polls/frame/ 404 no such page
    0 ms  page   <- /polls/frame/ 404 no such page
    0 ms  page   <- /static/a.css a{}, from the store: strategy
    0 ms  page   <- /static/a.css a2{}, from the store: strategy
    0 ms  origin <- GET /polls/2/
    0 ms  origin -> /polls/2/ 404 no such page
    0 ms  page   <- /polls/2/ 404 no such page
    0 ms  event     installed 2
    2 ms  page      says that it is shown
    2 ms  gone      /polls/ polls, installed
    2 ms  gone      /polls/offline/ <h1>You are offline</h1>, installed
    2 ms  gone      /static/a.css a{}, installed
    2 ms  gone      /static/b.css b{}, installed
    2 ms  page   <- /static/a.css a2{}, from the store: strategy
    ");
}

/// Nobody says when a browser's page is closed.
#[tokio::test(start_paused = true)]
async fn version_of_a_page_that_is_silent_for_a_day_is_removed() {
    let agent = Agent::of([127, 0, 0, 1].into(), None);
    let world = second_under_an_open_page(agent).await;
    world.get("/polls/2/").await;
    world.rest(secs(24 * 60 * 60)).await;
    world.transcript.restart();
    world.get("/polls/2/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/2/
    0 ms  origin -> /polls/2/ 404 no such page
    0 ms  gone      /polls/ polls, installed
    0 ms  gone      /polls/offline/ <h1>You are offline</h1>, installed
    0 ms  gone      /static/a.css a{}, installed
    0 ms  gone      /static/b.css b{}, installed
    0 ms  page   <- /polls/2/ 404 no such page
    ");
}

/// Whoever never navigates has the new version when the program is started again, before
/// the first request and without a network.
#[tokio::test(start_paused = true)]
async fn complete_version_serves_from_the_next_start_on() {
    let mut world = World::begin(&profile("1"), complete);
    world.settle().await;
    world.origin.at("/static/a.css", Answer::of("text/css", "a2{}"));
    world.restart(&profile("2")).await;
    world.settle().await;
    world.origin.refuses();
    world.restart(&profile("2")).await;
    world.transcript.restart();
    world.get("/static/a.css").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  gone      /polls/ polls, installed
    0 ms  gone      /polls/offline/ <h1>You are offline</h1>, installed
    0 ms  gone      /static/a.css a{}, installed
    0 ms  gone      /static/b.css b{}, installed
    0 ms  page   <- /static/a.css a2{}, from the store: strategy
    0 ms  event     installed 2
    ");
}

/// Who goes back to the version before has it at once, and what was staged goes.
#[tokio::test(start_paused = true)]
async fn version_that_serves_is_not_replaced_when_the_profile_goes_back_to_it() {
    let mut world = World::begin(&profile("1"), complete);
    world.settle().await;
    world.origin.at("/static/a.css", Answer::of("text/css", "a2{}"));
    world.restart(&profile("2")).await;
    world.settle().await;
    world.transcript.restart();
    world.restart(&profile("1")).await;
    world.get("/polls/").await;
    world.get("/static/a.css").await;
    insta::assert_snapshot!(world.transcript().await, @"
    2 ms  engine    is closed
    2 ms  engine    is opened
    2 ms  origin <- GET /polls/
    2 ms  origin -> /polls/ polls
    2 ms  stored    /polls/ polls
    2 ms  gone      /polls/ polls, installed
    2 ms  gone      /polls/offline/ <h1>You are offline</h1>, installed
    2 ms  gone      /static/a.css a2{}, installed
    2 ms  gone      /static/b.css b{}, installed
    2 ms  page   <- /polls/ polls
    2 ms  page   <- /static/a.css a{}, from the store: strategy
    2 ms  event     confirmed /polls/, document
    ");
}
