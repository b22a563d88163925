//! What messages ask of a cache besides being stored and served.

use holdfast_engine::{Redirects, Request};
use http::Method;
use http::header::{HeaderName, HeaderValue};

use crate::scenario::{Answer, POLLS, World, secs};

/// A request with a header more.
fn with(mut request: Request, name: &'static str, value: &'static str) -> Request {
    request.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    request
}

#[tokio::test(start_paused = true)]
async fn site_that_says_clear_the_cache_has_it_cleared() {
    let world = World::new().await.storing("/polls/", "page").await;
    let farewell = Answer::page("bye").header("clear-site-data", "\"cache\", \"storage\"");
    world.origin.at("/live/sign-out/", farewell);
    world.browse("/live/sign-out/").await;
    world.origin.refuses();
    world.browse("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /live/sign-out/
    0 ms  origin -> /live/sign-out/ bye
    0 ms  gone      /polls/ page
    0 ms  page   <- /live/sign-out/ bye
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /polls/
    0 ms  page   <- /polls/ 504 Not here yet, in its place: offline
    0 ms  event     connection offline
    ");
}

/// A client of the gateway has no say over what others may read.
#[tokio::test(start_paused = true)]
async fn site_that_clears_one_clients_cache_leaves_the_others() {
    let world = World::new().await.storing("/polls/", "page").await;
    let farewell = Answer::page("bye").header("clear-site-data", "\"*\"");
    world.origin.at("/live/sign-out/", farewell);
    world.get_as("a", "/live/sign-out/").await;
    world.origin.refuses();
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /live/sign-out/ (sessionid=a)
    0 ms  origin -> /live/sign-out/ bye
    0 ms  page   <- /live/sign-out/ bye
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /polls/
    0 ms  page   <- /polls/ page, from the store: offline
    0 ms  event     connection offline
    ");
}

#[tokio::test(start_paused = true)]
async fn site_that_says_clear_the_cookies_has_them_forgotten() {
    let world = World::new().await;
    let sign_in = Answer::page("hello").header("set-cookie", "sessionid=a; Path=/");
    world.origin.at("/live/sign-in/", sign_in);
    world
        .origin
        .at("/live/sign-out/", Answer::page("bye").header("clear-site-data", "\"cookies\""));
    world.browse("/live/sign-in/").await;
    world.browse("/live/sign-out/").await;
    world.browse("/live/sign-out/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /live/sign-in/
    0 ms  origin -> /live/sign-in/ hello
    0 ms  page   <- /live/sign-in/ hello
    0 ms  origin <- GET /live/sign-out/ (sessionid=a)
    0 ms  origin -> /live/sign-out/ bye
    0 ms  page   <- /live/sign-out/ bye
    0 ms  origin <- GET /live/sign-out/
    0 ms  origin -> /live/sign-out/ bye
    0 ms  page   <- /live/sign-out/ bye
    ");
}

#[tokio::test(start_paused = true)]
async fn query_that_is_to_be_ignored_tells_nothing_apart() {
    let route = "strategy = \"cache-first\"\nignore-search = true";
    let world = World::with(&POLLS.replacen("strategy = \"cache-first\"", route, 1)).await;
    world.origin.at("/static/a.css?v=1", Answer::of("text/css", "a{}"));
    world.get("/static/a.css?v=1").await;
    world.get("/static/a.css?v=2").await;
    world.get("/static/a.css").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /static/a.css?v=1
    0 ms  origin -> /static/a.css?v=1 a{}
    0 ms  stored    /static/a.css a{}
    0 ms  page   <- /static/a.css?v=1 a{}
    0 ms  page   <- /static/a.css?v=2 a{}, from the store: strategy
    0 ms  page   <- /static/a.css a{}, from the store: strategy
    ");
}

/// Whether a client may change something is the site's to say.
#[tokio::test(start_paused = true)]
async fn condition_on_the_sites_own_copy_is_the_sites_to_judge() {
    let world = World::new().await.storing("/static/a.css", "a{}").await;
    world.send(with(world.request("/static/a.css"), "if-match", "\"1\"")).await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /static/a.css
    0 ms  origin -> /static/a.css a{}
    0 ms  page   <- /static/a.css a{}
    ");
}

#[tokio::test(start_paused = true)]
async fn client_that_has_it_already_is_told_so_from_the_store() {
    let world = World::new().await;
    let style = Answer::of("text/css", "a{}").header("etag", "\"1\"");
    world.origin.at("/static/a.css", style);
    world.get("/static/a.css").await;
    world.send(with(world.request("/static/a.css"), "if-none-match", "\"0\", W/\"1\"")).await;
    world.send(with(world.request("/static/a.css"), "range", "bytes=1-")).await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /static/a.css
    0 ms  origin -> /static/a.css a{}
    0 ms  stored    /static/a.css a{}
    0 ms  page   <- /static/a.css a{}
    0 ms  page   <- /static/a.css 304, from the store: strategy
    0 ms  page   <- /static/a.css 206 {}, from the store: strategy
    ");
}

/// A 304 about something else than what is here is no answer.
#[tokio::test(start_paused = true)]
async fn not_modified_with_another_tag_is_asked_again() {
    let profile = POLLS.replacen("\"cache-first\"", "\"http\"", 1);
    let world = World::with(&profile).await;
    world.origin.at("/static/a.css", Answer::of("text/css", "old{}").header("etag", "\"1\""));
    world.get("/static/a.css").await;
    world.origin.at("/static/a.css", Answer::of("text/css", "new{}").header("etag", "\"2\""));
    world.get("/static/a.css").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /static/a.css
    0 ms  origin -> /static/a.css old{}
    0 ms  stored    /static/a.css old{}
    0 ms  page   <- /static/a.css old{}
    0 ms  origin <- GET /static/a.css
    0 ms  origin -> /static/a.css 304
    0 ms  origin <- GET /static/a.css
    0 ms  origin -> /static/a.css new{}
    0 ms  stored    /static/a.css new{}
    0 ms  page   <- /static/a.css new{}
    0 ms  event     changed /static/a.css, style
    ");
}

/// The page has moved, and where it is now has not changed since: that says nothing about the
/// copy from before.
#[tokio::test(start_paused = true)]
async fn not_modified_behind_a_redirect_is_asked_again() {
    let world = World::new().await;
    let data = |text| Answer::of("application/json", text).header("etag", "\"1\"");
    world.origin.at("/old.json", data("[1]"));
    let request = || Request { redirects: Redirects::Follow, ..world.request("/old.json") };
    world.send(request()).await;
    world.origin.at("/old.json", Answer::redirect(302, "/new.json"));
    world.origin.at("/new.json", data("[2]"));
    assert_eq!(world.send(request()).await.text(), "[2]");
}

/// What was rewritten is not what the site's strong validator is of.
#[tokio::test(start_paused = true)]
async fn rewritten_page_has_a_weak_validator() {
    let world = World::new().await;
    let page = "<html><head></head><a href='http://127.0.0.1:8000/polls/'>x</a>";
    world.origin.at("/polls/1/", Answer::page(page).header("etag", "\"1\""));
    world.origin.at("/polls/2/", Answer::page("<html><head></head>").header("etag", "\"2\""));
    assert_eq!(world.get("/polls/1/").await.header("etag"), Some("W/\"1\""));
    assert_eq!(world.get("/polls/2/").await.header("etag"), Some("\"2\""));
}

/// A hung request is not what a reload has to wait for.
#[tokio::test(start_paused = true)]
async fn fetch_that_hangs_is_not_joined_for_long() {
    let world = World::new().await;
    world.origin.at("HEAD /polls/", Answer::page("").after(secs(1)));
    world.origin.at("/live.json", Answer::of("application/json", "[1]").after(secs(25)));
    let slow = async {
        world.get("/live.json").await;
    };
    let fast = async {
        world.rest(secs(10)).await;
        world.origin.at("/live.json", Answer::of("application/json", "[2]"));
        world.get("/live.json").await;
    };
    tokio::join!(slow, fast);
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin <- GET /live.json
    10000 ms  origin <- GET /live.json
    10000 ms  origin -> /live.json [2]
    10000 ms  stored    /live.json [2]
    10000 ms  page   <- /live.json [2]
    25000 ms  origin -> /live.json [1]
    25000 ms  stored    /live.json [1]
    25000 ms  page   <- /live.json [1]
    25000 ms  event     changed /live.json, data
    ");
}

#[tokio::test(start_paused = true)]
async fn methods_that_are_not_known_pass() {
    let world = World::new().await;
    world.origin.at("PROPFIND /polls/", Answer::page("found").status(207));
    let method = Method::from_bytes(b"PROPFIND").unwrap();
    world.send(Request { method, ..world.request("/polls/") }).await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- PROPFIND /polls/
    0 ms  origin -> /polls/ 207 found
    0 ms  page   <- /polls/ 207 found
    ");
}
