//! One person's page is never another's.

use holdfast_engine::{Cookies, Request};
use http::header::{AUTHORIZATION, COOKIE, HeaderValue};

use crate::scenario::{Answer, POLLS, World};

/// A world whose site says who is asking, as `Vary: Cookie` announces.
pub(crate) async fn personal() -> World {
    let world = World::new().await;
    world.origin.at("/polls/", Answer::page("hello").header("vary", "Cookie"));
    world
}

#[tokio::test(start_paused = true)]
async fn page_of_one_session_is_not_shown_to_another_nor_to_nobody() {
    let world = personal().await;
    world.get_as("a", "/polls/").await;
    world.origin.refuses();
    world.get_as("b", "/polls/").await;
    world.get("/polls/").await;
    world.get_as("a", "/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/ (sessionid=a)
    0 ms  origin -> /polls/ hello
    0 ms  stored    /polls/ hello, for a
    0 ms  page   <- /polls/ hello
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /polls/ (sessionid=b)
    0 ms  page   <- /polls/ 504 Not here yet, in its place: offline
    0 ms  page   <- /polls/ 504 Not here yet, in its place: offline
    0 ms  page   <- /polls/ hello, from the store: offline
    0 ms  event     connection offline
    ");
}

#[tokio::test(start_paused = true)]
async fn page_made_for_nobody_signed_in_is_not_shown_to_a_session() {
    let world = personal().await;
    world.get("/polls/").await;
    world.origin.refuses();
    world.get_as("a", "/polls/").await;
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/
    0 ms  origin -> /polls/ hello
    0 ms  stored    /polls/ hello, for nobody signed in
    0 ms  page   <- /polls/ hello
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /polls/ (sessionid=a)
    0 ms  page   <- /polls/ 504 Not here yet, in its place: offline
    0 ms  page   <- /polls/ hello, from the store: offline
    0 ms  event     connection offline
    ");
}

/// A site that forgets to say `Vary: Cookie` must not give its visitors away: what a
/// session got is that session's, unless the site says that it is public.
#[tokio::test(start_paused = true)]
async fn what_a_session_got_is_its_own_also_where_the_site_says_nothing() {
    let world = World::new().await;
    world.origin.at("/polls/", Answer::page("hello a"));
    world.get_as("a", "/polls/").await;
    world.origin.refuses();
    world.get_as("b", "/polls/").await;
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/ (sessionid=a)
    0 ms  origin -> /polls/ hello a
    0 ms  stored    /polls/ hello a, for a
    0 ms  page   <- /polls/ hello a
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /polls/ (sessionid=b)
    0 ms  page   <- /polls/ 504 Not here yet, in its place: offline
    0 ms  page   <- /polls/ 504 Not here yet, in its place: offline
    0 ms  event     connection offline
    ");
}

#[tokio::test(start_paused = true)]
async fn each_has_a_copy_of_their_own() {
    let world = World::new().await;
    let page = |text| Answer::page(text).header("cache-control", "private");
    world.origin.at("/polls/", page("hello a"));
    world.get_as("a", "/polls/").await;
    world.origin.at("/polls/", page("hello b"));
    world.get_as("b", "/polls/").await;
    world.origin.at("/polls/", page("hello"));
    world.get("/polls/").await;
    world.origin.refuses();
    world.get("/polls/1/").await;
    world.get_as("a", "/polls/").await;
    world.get_as("b", "/polls/").await;
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/ (sessionid=a)
    0 ms  origin -> /polls/ hello a
    0 ms  stored    /polls/ hello a, for a
    0 ms  page   <- /polls/ hello a
    0 ms  origin <- GET /polls/ (sessionid=b)
    0 ms  origin -> /polls/ hello b
    0 ms  stored    /polls/ hello b, for b
    0 ms  page   <- /polls/ hello b
    0 ms  origin <- GET /polls/
    0 ms  origin -> /polls/ hello
    0 ms  stored    /polls/ hello, for nobody signed in
    0 ms  page   <- /polls/ hello
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /polls/1/
    0 ms  page   <- /polls/1/ 504 Not here yet, in its place: offline
    0 ms  page   <- /polls/ hello a, from the store: offline
    0 ms  page   <- /polls/ hello b, from the store: offline
    0 ms  page   <- /polls/ hello, from the store: offline
    0 ms  event     connection offline
    ");
}

#[tokio::test(start_paused = true)]
async fn what_is_public_is_served_to_all() {
    let world = World::new().await;
    let style = Answer::of("text/css", "a{}");
    world.origin.at("/static/a.css", style.clone());
    world.origin.at("/static/b.css", style.header("cache-control", "public, max-age=60"));
    world.get("/static/a.css").await;
    world.get_as("a", "/static/b.css").await;
    world.origin.falls_silent();
    world.get_as("a", "/static/a.css").await;
    world.get_as("b", "/static/b.css").await;
    world.get("/static/b.css").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /static/a.css
    0 ms  origin -> /static/a.css a{}
    0 ms  stored    /static/a.css a{}
    0 ms  page   <- /static/a.css a{}
    0 ms  origin <- GET /static/b.css (sessionid=a)
    0 ms  origin -> /static/b.css a{}
    0 ms  stored    /static/b.css a{}
    0 ms  page   <- /static/b.css a{}
    0 ms  origin falls silent
    0 ms  page   <- /static/a.css a{}, from the store: strategy
    0 ms  page   <- /static/b.css a{}, from the store: strategy
    0 ms  page   <- /static/b.css a{}, from the store: strategy
    ");
}

/// A cookie is for whom it was sent to: it is passed on, but not stored and not replayed.
/// The page that came with it is that client's, who is known by it.
#[tokio::test(start_paused = true)]
async fn set_cookie_is_never_stored_nor_replayed() {
    let world = World::new().await;
    world.origin.at("/polls/", Answer::page("new").header("set-cookie", "csrftoken=secret"));
    let fresh = world.get("/polls/").await;
    assert_eq!(fresh.header("set-cookie"), Some("csrftoken=secret"));
    world.origin.refuses();
    let mut again = world.request("/polls/");
    again.headers.insert(COOKIE, HeaderValue::from_static("csrftoken=secret"));
    let stored = world.send(again).await;
    assert_eq!(stored.header("set-cookie"), None);
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/
    0 ms  origin -> /polls/ new
    0 ms  stored    /polls/ new, for nobody signed in
    0 ms  page   <- /polls/ new
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /polls/ (csrftoken=secret)
    0 ms  page   <- /polls/ new, from the store: offline
    0 ms  page   <- /polls/ new, from the store: offline
    0 ms  event     connection offline
    ");
    let database = std::fs::read(world.directory.path().join("cache.sqlite3")).unwrap();
    let log = std::fs::read(world.directory.path().join("cache.sqlite3-wal")).unwrap();
    for bytes in [database, log] {
        assert!(!bytes.windows(6).any(|window| window == b"secret"));
    }
}

/// Behind the gateway there are many without a session. A page may hold the CSRF token of
/// the one it was made for.
#[tokio::test(start_paused = true)]
async fn clients_without_a_session_are_told_apart_by_their_cookies() {
    let world = personal().await;
    let with = |cookie: &str| {
        let mut request = world.request("/polls/");
        request.headers.insert(COOKIE, cookie.parse().unwrap());
        request
    };
    world.send(with("csrftoken=1; theme=dark")).await;
    world.origin.refuses();
    world.send(with("csrftoken=2; theme=dark")).await;
    world.get("/polls/").await;
    world.send(with("theme=dark; csrftoken=1")).await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/ (csrftoken=1; theme=dark)
    0 ms  origin -> /polls/ hello
    0 ms  stored    /polls/ hello, for one client
    0 ms  page   <- /polls/ hello
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /polls/ (csrftoken=2; theme=dark)
    0 ms  page   <- /polls/ 504 Not here yet, in its place: offline
    0 ms  page   <- /polls/ 504 Not here yet, in its place: offline
    0 ms  page   <- /polls/ hello, from the store: offline
    0 ms  event     connection offline
    ");
}

/// Whoever is shown a page without having a cookie has one afterwards, and has seen it.
#[tokio::test(start_paused = true)]
async fn client_that_has_got_its_first_cookie_finds_what_it_was_shown_without() {
    let world = World::new().await;
    world.origin.at("/polls/", Answer::page("hello").header("set-cookie", "csrftoken=1"));
    world.get("/polls/").await;
    world.origin.refuses();
    let mut request = world.request("/polls/");
    request.headers.insert(COOKIE, "csrftoken=1".parse().unwrap());
    assert_eq!(world.send(request).await.text(), "hello");
    assert_eq!(world.get("/polls/").await.text(), "hello");
    assert_ne!(world.get_as("a", "/polls/").await.text(), "hello");
}

/// The profile names no session cookie, so nothing tells visitors apart: what may be
/// somebody's is not stored at all.
#[tokio::test(start_paused = true)]
async fn without_a_session_cookie_in_the_profile_nothing_personal_is_stored() {
    let profile = POLLS.replace("session-cookie = \"sessionid\"", "");
    let world = World::with(&profile).await;
    let page = || Answer::page("hello");
    world.origin.at("/polls/1/", page().header("vary", "Cookie"));
    world.origin.at("/polls/2/", page().header("set-cookie", "id=1"));
    world.origin.at("/polls/3/", page().header("cache-control", "private"));
    world.origin.at("/polls/4/", page());
    for path in ["/polls/1/", "/polls/2/", "/polls/3/", "/polls/4/"] {
        world.get_as("a", path).await;
    }
    world.browse("/polls/2/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/1/ (sessionid=a)
    0 ms  origin -> /polls/1/ hello
    0 ms  page   <- /polls/1/ hello
    0 ms  origin <- GET /polls/2/ (sessionid=a)
    0 ms  origin -> /polls/2/ hello
    0 ms  page   <- /polls/2/ hello
    0 ms  origin <- GET /polls/3/ (sessionid=a)
    0 ms  origin -> /polls/3/ hello
    0 ms  page   <- /polls/3/ hello
    0 ms  origin <- GET /polls/4/ (sessionid=a)
    0 ms  origin -> /polls/4/ hello
    0 ms  stored    /polls/4/ hello
    0 ms  page   <- /polls/4/ hello
    0 ms  origin <- GET /polls/2/
    0 ms  origin -> /polls/2/ hello
    0 ms  page   <- /polls/2/ hello
    ");
}

#[tokio::test(start_paused = true)]
async fn no_store_is_honoured_unless_the_route_says_otherwise() {
    let page = || Answer::page("hello").header("cache-control", "no-store");
    let world = World::with(POLLS).await;
    world.origin.at("/polls/", page());
    world.get("/polls/").await;
    let ignoring = format!("{POLLS}ignore-no-store = true\n");
    let other = World::with(&ignoring).await;
    other.origin.at("/polls/", page());
    other.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/
    0 ms  origin -> /polls/ hello
    0 ms  page   <- /polls/ hello
    ");
    insta::assert_snapshot!(other.transcript().await, @"
    0 ms  origin <- GET /polls/
    0 ms  origin -> /polls/ hello
    0 ms  stored    /polls/ hello, for nobody signed in
    0 ms  page   <- /polls/ hello
    ");
}

#[tokio::test(start_paused = true)]
async fn answer_to_credentials_is_not_stored() {
    let world = World::new().await;
    world.origin.at("/polls/", Answer::page("hello"));
    let mut request = world.request("/polls/");
    request.headers.insert(AUTHORIZATION, HeaderValue::from_static("Basic YTpi"));
    world.send(request).await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/ with Basic YTpi
    0 ms  origin -> /polls/ hello
    0 ms  page   <- /polls/ hello
    ");
}

/// What is asked as nobody in particular is staged for everybody, with no cookie in it.
#[tokio::test(start_paused = true)]
async fn what_is_installed_is_served_to_all() {
    let profile = POLLS.replace(
        "[[route]]\nname     = \"static\"",
        "[install]\nrequired = [\"/about/\"]\n\n[[route]]\nname     = \"static\"",
    );
    let world = World::begin(&profile, |origin| {
        origin.at("/about/", Answer::page("about us").header("set-cookie", "csrftoken=1"));
    });
    world.settle().await;
    world.origin.refuses();
    world.get_as("a", "/about/").await;
    world.send(Request { cookies: Cookies::Jar, ..world.request("/about/") }).await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /about/
    0 ms  origin -> /about/ about us
    0 ms  stored    /about/ about us, installed
    0 ms  event     installed 1
    2 ms  origin is gone: connections are refused
    2 ms  origin <- GET /about/ (sessionid=a)
    2 ms  page   <- /about/ about us, from the store: offline
    2 ms  page   <- /about/ about us, from the store: offline
    2 ms  event     connection offline
    ");
}
