//! Sessions begin and end, and with them what may be shown.

use holdfast_engine::{Body, Request};
use http::Method;

use crate::partitions::personal;
use crate::scenario::{Answer, World, secs};

/// The site ends the session in its answer: at once nothing of it is left.
#[tokio::test(start_paused = true)]
async fn signing_out_deletes_the_sessions_pages_at_once() {
    let world = personal().await;
    world.get_as("a", "/polls/").await;
    world.get_as("b", "/polls/").await;
    let gone = "sessionid=\"\"; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/";
    world
        .origin
        .at("POST /accounts/logout/", Answer::redirect(302, "/polls/").header("set-cookie", gone));
    let request = world.request_as("a", "/accounts/logout/");
    world.send(Request { method: Method::POST, ..request }).await;
    world.origin.refuses();
    world.get_as("a", "/polls/").await;
    world.get_as("b", "/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/ (sessionid=a)
    0 ms  origin -> /polls/ hello
    0 ms  stored    /polls/ hello, for a
    0 ms  page   <- /polls/ hello
    0 ms  origin <- GET /polls/ (sessionid=b)
    0 ms  origin -> /polls/ hello
    0 ms  stored    /polls/ hello, for b
    0 ms  page   <- /polls/ hello
    0 ms  origin <- POST /accounts/logout/ (sessionid=a)
    0 ms  origin -> /accounts/logout/ 302
    0 ms  gone      /polls/ hello, for a
    0 ms  page   <- /accounts/logout/ 302 to /polls/
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /polls/ (sessionid=a)
    0 ms  page   <- /polls/ 504 Not here yet, in its place: offline
    0 ms  page   <- /polls/ hello, from the store: offline
    0 ms  event     connection offline
    ");
}

/// The page that says good-bye names who left; it is nobody's afterwards.
#[tokio::test(start_paused = true)]
async fn page_that_ends_a_session_is_not_stored() {
    let world = personal().await;
    world.get_as("a", "/polls/").await;
    let gone = "sessionid=; Max-Age=0; Path=/";
    world.origin.at("/accounts/logout/", Answer::page("bye, a").header("set-cookie", gone));
    world.get_as("a", "/accounts/logout/").await;
    world.origin.refuses();
    world.get_as("a", "/accounts/logout/").await;
    world.get("/accounts/logout/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/ (sessionid=a)
    0 ms  origin -> /polls/ hello
    0 ms  stored    /polls/ hello, for a
    0 ms  page   <- /polls/ hello
    0 ms  origin <- GET /accounts/logout/ (sessionid=a)
    0 ms  origin -> /accounts/logout/ bye, a
    0 ms  gone      /polls/ hello, for a
    0 ms  page   <- /accounts/logout/ bye, a
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /accounts/logout/ (sessionid=a)
    0 ms  page   <- /accounts/logout/ 504 Not here yet, in its place: offline
    0 ms  page   <- /accounts/logout/ 504 Not here yet, in its place: offline
    0 ms  event     connection offline
    ");
}

/// A sign-in by link: the page is the new session's, although nobody in particular asked.
#[tokio::test(start_paused = true)]
async fn page_that_begins_a_session_belongs_to_it() {
    let world = World::new().await;
    let begun = "sessionid=a; HttpOnly; Path=/";
    world.origin.at("/welcome/", Answer::page("welcome, a").header("set-cookie", begun));
    world.get("/welcome/").await;
    world.origin.refuses();
    world.get("/welcome/").await;
    world.get_as("b", "/welcome/").await;
    world.get_as("a", "/welcome/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /welcome/
    0 ms  origin -> /welcome/ welcome, a
    0 ms  stored    /welcome/ welcome, a, for a
    0 ms  page   <- /welcome/ welcome, a
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /welcome/
    0 ms  page   <- /welcome/ 504 Not here yet, in its place: offline
    0 ms  page   <- /welcome/ 504 Not here yet, in its place: offline
    0 ms  page   <- /welcome/ welcome, a, from the store: offline
    0 ms  event     connection offline
    ");
}

/// Signing in as somebody else leaves nothing of who was there before.
#[tokio::test(start_paused = true)]
async fn new_session_deletes_the_former_ones_pages() {
    let world = personal().await;
    world.get_as("a", "/polls/").await;
    let begun = "sessionid=b; HttpOnly; Path=/";
    let answer = Answer::redirect(302, "/polls/").header("set-cookie", begun);
    world.origin.at("POST /accounts/login/", answer);
    let request = world.request_as("a", "/accounts/login/");
    world.send(Request { method: Method::POST, ..request }).await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/ (sessionid=a)
    0 ms  origin -> /polls/ hello
    0 ms  stored    /polls/ hello, for a
    0 ms  page   <- /polls/ hello
    0 ms  origin <- POST /accounts/login/ (sessionid=a)
    0 ms  origin -> /accounts/login/ 302
    0 ms  gone      /polls/ hello, for a
    0 ms  page   <- /accounts/login/ 302 to /polls/
    ");
}

/// In the app the engine holds the cookies. The partition follows the jar: signing in and
/// out changes at once what may be shown.
#[tokio::test(start_paused = true)]
async fn app_shows_the_pages_of_whoever_the_jar_says() {
    let world = personal().await;
    let login = |cookie| Answer::redirect(302, "/polls/").header("set-cookie", cookie);
    world.origin.at("POST /login/", login("sessionid=a; Path=/; Max-Age=1000"));
    world.origin.at("POST /logout/", login("sessionid=; Path=/; Max-Age=0"));
    let post = |path| Request {
        method: Method::POST,
        body: Body::from("x"),
        ..world.browser_request(path)
    };
    world.browse("/polls/").await;
    world.send(post("/login/")).await;
    world.origin.at("/polls/", Answer::page("hello a").header("vary", "Cookie"));
    world.browse("/polls/").await;
    world.send(post("/logout/")).await;
    world.origin.refuses();
    world.browse("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/
    0 ms  origin -> /polls/ hello
    0 ms  stored    /polls/ hello, for nobody signed in
    0 ms  page   <- /polls/ hello
    0 ms  origin <- POST /login/ x
    0 ms  origin -> /login/ 302
    0 ms  page   <- /login/ 302 to /polls/
    0 ms  origin <- GET /polls/ (sessionid=a)
    0 ms  origin -> /polls/ hello a
    0 ms  stored    /polls/ hello a, for a
    0 ms  page   <- /polls/ hello a
    0 ms  origin <- POST /logout/ (sessionid=a) x
    0 ms  origin -> /logout/ 302
    0 ms  gone      /polls/ hello a, for a
    0 ms  page   <- /logout/ 302 to /polls/
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /polls/
    0 ms  page   <- /polls/ hello, from the store: offline
    0 ms  event     connection offline
    ");
}

/// The jar takes the cookies of an answer, so the page never sees them; that they came
/// still says that the page is somebody's.
#[tokio::test(start_paused = true)]
async fn app_keeps_a_page_that_set_a_cookie_from_others() {
    let world = World::new().await;
    world
        .origin
        .at("/welcome/", Answer::page("welcome, a").header("set-cookie", "sessionid=a; Path=/"));
    let answered = world.browse("/welcome/").await;
    assert_eq!(answered.header("set-cookie"), None);
    world.origin.refuses();
    world.get("/welcome/").await;
    world.get_as("b", "/welcome/").await;
    world.browse("/welcome/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /welcome/
    0 ms  origin -> /welcome/ welcome, a
    0 ms  stored    /welcome/ welcome, a, for a
    0 ms  page   <- /welcome/ welcome, a
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /welcome/
    0 ms  page   <- /welcome/ 504 Not here yet, in its place: offline
    0 ms  page   <- /welcome/ 504 Not here yet, in its place: offline
    0 ms  page   <- /welcome/ welcome, a, from the store: offline
    0 ms  event     connection offline
    ");
}

/// Redirects are followed within the engine for what scripts ask: the session that began
/// on the way is whose page comes back.
#[tokio::test(start_paused = true)]
async fn app_keeps_the_page_behind_a_redirect_that_signed_in() {
    let world = World::new().await;
    world.origin.at(
        "/enter.json",
        Answer::redirect(302, "/me.json").header("set-cookie", "sessionid=a; Path=/"),
    );
    world.origin.at("/me.json", Answer::of("application/json", "\"a\""));
    world.browse("/enter.json").await;
    world.origin.refuses();
    world.get("/me.json").await;
    world.browse("/me.json").await;
    insta::assert_snapshot!(world.transcript().await, @r#"
    0 ms  origin <- GET /enter.json
    0 ms  origin -> /enter.json 302
    0 ms  origin <- GET /me.json (sessionid=a)
    0 ms  origin -> /me.json "a"
    0 ms  stored    /me.json "a", for a
    0 ms  page   <- /enter.json "a"
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /me.json
    0 ms  page   <- /me.json 504 could not connect to 127.0.0.1: refused, in its place: offline
    0 ms  page   <- /me.json "a", from the store: offline
    0 ms  event     connection offline
    "#);
}

/// A slow page that was asked for before the sign-out arrives after it: it is too late.
#[tokio::test(start_paused = true)]
async fn app_does_not_store_a_late_page_of_who_has_left() {
    let world = personal().await;
    let cookie = |cookie| Answer::page("ok").header("set-cookie", cookie);
    world.origin.at("/in/", cookie("sessionid=a; Path=/"));
    world.origin.at("/out/", cookie("sessionid=; Path=/; Max-Age=0"));
    world.origin.at("/polls/", Answer::page("hello a").after(secs(2)));
    world.browse("/in/").await;
    tokio::join!(world.browse("/polls/"), async {
        world.rest(secs(1)).await;
        world.browse("/out/").await;
    });
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /in/
       0 ms  origin -> /in/ ok
       0 ms  stored    /in/ ok, for a
       0 ms  page   <- /in/ ok
       0 ms  origin <- GET /polls/ (sessionid=a)
    1000 ms  origin <- GET /out/ (sessionid=a)
    1000 ms  origin -> /out/ ok
    1000 ms  gone      /in/ ok, for a
    1000 ms  page   <- /out/ ok
    2000 ms  origin -> /polls/ hello a
    2000 ms  page   <- /polls/ hello a
    ");
}

/// Somebody's script ends the session as well as the site can.
#[tokio::test(start_paused = true)]
async fn script_that_drops_the_session_cookie_deletes_the_sessions_pages() {
    let world = World::new().await;
    world.origin.at("/in/", Answer::page("ok").header("set-cookie", "sessionid=a; Path=/"));
    world.origin.at("/polls/", Answer::page("hello a"));
    world.browse("/in/").await;
    world.browse("/polls/").await;
    let page = world.request("/polls/").url;
    world.engine().set_script_cookie(&page, "sessionid=; Path=/; Max-Age=0").await;
    world.origin.refuses();
    world.browse("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /in/
    0 ms  origin -> /in/ ok
    0 ms  stored    /in/ ok, for a
    0 ms  page   <- /in/ ok
    0 ms  origin <- GET /polls/ (sessionid=a)
    0 ms  origin -> /polls/ hello a
    0 ms  stored    /polls/ hello a, for a
    0 ms  page   <- /polls/ hello a
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /polls/
    0 ms  gone      /in/ ok, for a
    0 ms  gone      /polls/ hello a, for a
    0 ms  page   <- /polls/ 504 Not here yet, in its place: offline
    0 ms  event     connection offline
    ");
}
