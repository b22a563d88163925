//! The jar of the app's person.

use crate::scenario::{Answer, POLLS, World, secs};

const CSRF: &str = "csrftoken=c; Path=/; Max-Age=31449600; SameSite=Lax";
const SESSION: &str = "sessionid=a; Path=/; Max-Age=1209600; HttpOnly";

async fn signed_in() -> World {
    let world = World::new().await;
    let page = Answer::page("hello").header("set-cookie", CSRF).header("set-cookie", SESSION);
    world.origin.at("/polls/", page.header("set-cookie", "theme=dark; Path=/"));
    world.browse("/polls/").await;
    world.settle().await;
    world.transcript.restart();
    world.origin.at("/polls/", Answer::page("hello"));
    world
}

#[tokio::test(start_paused = true)]
async fn cookies_outlive_the_program_if_they_are_meant_to() {
    let mut world = signed_in().await;
    world.browse("/polls/").await;
    world.restart(POLLS).await;
    world.browse("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/ (csrftoken=c; sessionid=a; theme=dark)
    0 ms  origin -> /polls/ hello
    0 ms  stored    /polls/ hello, for a
    0 ms  page   <- /polls/ hello
    0 ms  event     confirmed /polls/, document
    2 ms  engine    is closed
    2 ms  engine    is opened
    2 ms  origin <- GET /polls/ (csrftoken=c; sessionid=a)
    2 ms  origin -> /polls/ hello
    2 ms  stored    /polls/ hello, for a
    2 ms  page   <- /polls/ hello
    2 ms  event     confirmed /polls/, document
    ");
}

/// What is not closed was written down all the same, as soon as it changed.
#[tokio::test(start_paused = true)]
async fn cookies_are_kept_before_the_program_ends() {
    let world = signed_in().await;
    let path = world.directory.path().join("state.sqlite3");
    let database = rusqlite::Connection::open(path).unwrap();
    let kept: i64 =
        database.query_row("SELECT count(*) FROM cookie", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 2, "the theme ends with the program");
}

#[tokio::test(start_paused = true)]
async fn scripts_see_what_is_not_http_only() {
    let world = signed_in().await;
    let page = world.request("/polls/").url;
    let mut cookies: Vec<_> =
        world.engine().script_cookies(&page).split("; ").map(str::to_owned).collect();
    cookies.sort();
    assert_eq!(cookies, ["csrftoken=c", "theme=dark"]);
}

#[tokio::test(start_paused = true)]
async fn scripts_cookie_goes_with_the_next_request_and_cannot_replace_the_session() {
    let world = signed_in().await;
    let page = world.request("/polls/").url;
    world.engine().set_script_cookie(&page, "theme=; path=/; max-age=0").await;
    world.engine().set_script_cookie(&page, "csrftoken=; path=/; max-age=0").await;
    world.engine().set_script_cookie(&page, "sessionid=forged; path=/").await;
    world.engine().set_script_cookie(&page, "lang=de; path=/polls/").await;
    world.browse("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/ (lang=de; sessionid=a)
    0 ms  origin -> /polls/ hello
    0 ms  stored    /polls/ hello, for a
    0 ms  page   <- /polls/ hello
    0 ms  event     confirmed /polls/, document
    ");
}

/// The gateway's clients keep their own cookies: the jar neither gives nor takes.
#[tokio::test(start_paused = true)]
async fn clients_that_keep_their_cookies_have_nothing_to_do_with_the_jar() {
    let world = signed_in().await;
    world.origin.at("/polls/", Answer::page("hello").header("set-cookie", "sessionid=b; Path=/"));
    let answered = world.get("/polls/").await;
    assert_eq!(answered.header("set-cookie"), Some("sessionid=b; Path=/"));
    world.origin.at("/polls/", Answer::page("hello"));
    world.engine().set_script_cookie(&world.request("/").url, "theme=; path=/; max-age=0").await;
    world
        .engine()
        .set_script_cookie(&world.request("/").url, "csrftoken=; path=/; max-age=0")
        .await;
    world.browse("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/
    0 ms  origin -> /polls/ hello
    0 ms  stored    /polls/ hello, for b
    0 ms  page   <- /polls/ hello
    0 ms  origin <- GET /polls/ (sessionid=a)
    0 ms  origin -> /polls/ hello
    0 ms  stored    /polls/ hello, for a
    0 ms  page   <- /polls/ hello
    0 ms  event     confirmed /polls/, document
    ");
}

/// A cookie that another site would set is none.
#[tokio::test(start_paused = true)]
async fn cookie_for_another_domain_is_refused() {
    let world = World::new().await;
    let stray = "sessionid=x; Path=/; Domain=example.org";
    world.origin.at("/polls/", Answer::page("hello").header("set-cookie", stray));
    world.browse("/polls/").await;
    world.browse("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/
    0 ms  origin -> /polls/ hello
    0 ms  page   <- /polls/ hello
    0 ms  origin <- GET /polls/
    0 ms  origin -> /polls/ hello
    0 ms  page   <- /polls/ hello
    ");
}

/// What the first answer sets goes with the request for the second.
#[tokio::test(start_paused = true)]
async fn each_hop_of_a_redirect_has_the_cookies_of_its_moment() {
    let world = World::new().await;
    let first = Answer::redirect(302, "/b.json").header("set-cookie", "step=1; Path=/");
    world.origin.at("/a.json", first.after(secs(1)));
    world.origin.at("/b.json", Answer::of("application/json", "[]"));
    world.browse("/a.json").await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /a.json
    1000 ms  origin -> /a.json 302
    1000 ms  origin <- GET /b.json (step=1)
    1000 ms  origin -> /b.json []
    1000 ms  stored    /b.json []
    1000 ms  page   <- /a.json []
    ");
}

/// What comes for a name and a password is not stored, as behind the gateway, and goes on only
/// while the program runs.
#[tokio::test(start_paused = true)]
async fn page_behind_a_password_is_shown_and_not_stored() {
    let mut world = World::new().await;
    world.origin.at("/polls/", Answer::page("hello"));
    let site = world.engine().site().origin.clone();
    world.engine().authenticate(&site, "a", "b");
    world.browse("/polls/").await;
    assert!(world.engine().is_authenticated(&site));
    world.restart(POLLS).await;
    assert!(!world.engine().is_authenticated(&site));
    world.browse("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/ with Basic YTpi
    0 ms  origin -> /polls/ hello
    0 ms  page   <- /polls/ hello
    2 ms  engine    is closed
    2 ms  engine    is opened
    2 ms  origin <- GET /polls/
    2 ms  origin -> /polls/ hello
    2 ms  stored    /polls/ hello
    2 ms  page   <- /polls/ hello
    ");
}
