//! What happens to pages and style sheets on their way into the store.

use holdfast_engine::{Destination, Request};

use crate::scenario::{Answer, World, secs};

const PAGE: &str = "<!doctype html><html><head><title>Polls</title></head>\
                    <a href=\"http://127.0.0.1:8000/polls/1/\">one</a></html>";

/// Once, before storing: a hit costs no rewriting.
#[tokio::test(start_paused = true)]
async fn links_are_mapped_before_the_page_is_stored() {
    let world = World::new().await;
    world.origin.at("/polls/", Answer::page(PAGE));
    let fresh = world.get("/polls/").await;
    world.origin.refuses();
    let stored = world.get("/polls/").await;
    assert!(fresh.text().contains("<a href=\"/polls/1/\">"));
    assert_eq!(fresh.text(), stored.text());
    let database = std::fs::read(world.directory.path().join("cache.sqlite3-wal")).unwrap();
    let holds = |text: &[u8]| database.windows(text.len()).any(|window| window == text);
    assert!(holds(b"<a href=\"/polls/1/\">"));
    assert!(!holds(b"<a href=\"http://"));
}

#[tokio::test(start_paused = true)]
async fn style_sheets_are_mapped_too() {
    let world = World::new().await;
    let text = "a{background:url(http://127.0.0.1:8000/static/a.png)}";
    world.origin.at("/static/a.css", Answer::of("text/css", text));
    assert_eq!(world.get("/static/a.css").await.text(), "a{background:url(/static/a.png)}");
}

#[tokio::test(start_paused = true)]
async fn what_is_neither_passes_as_it_is() {
    let world = World::new().await;
    let text = "{\"next\": \"http://127.0.0.1:8000/polls/2/\"}";
    world.origin.at("/polls/1/json/", Answer::of("application/json", text));
    let answered = world.get("/polls/1/json/").await;
    assert_eq!(answered.text(), text);
    assert_eq!(answered.head_at, None);
}

/// The place for what the page should read first is the same, fresh and stored.
#[tokio::test(start_paused = true)]
async fn place_in_the_head_is_known_fresh_and_stored() {
    let world = World::new().await;
    world.origin.at("/polls/", Answer::page(PAGE));
    let fresh = world.get("/polls/").await;
    world.origin.refuses();
    let stored = world.get("/polls/").await;
    for answered in [fresh, stored] {
        let (before, after) = answered.text().split_at(answered.head_at.unwrap());
        assert_eq!(before, "<!doctype html><html><head>");
        assert!(after.starts_with("<title>"));
    }
}

/// A script asked for the page first and had it stored. A visit to it needs the place all
/// the same, and the script needs none.
#[tokio::test(start_paused = true)]
async fn page_that_a_script_has_stored_is_a_page_for_a_visit() {
    let world = World::new().await;
    world.origin.at("/polls/", Answer::page(PAGE));
    let request = || Request { destination: Destination::Data, ..world.request("/polls/") };
    assert_eq!(world.send(request()).await.head_at, None);
    world.origin.refuses();
    assert_eq!(world.send(request()).await.head_at, None);
    assert_eq!(world.get("/polls/").await.head_at, Some(27));
}

fn form(token: &str, question: &str) -> Answer {
    let token = format!("<input type=hidden name=csrf value={token}>");
    Answer::page(format!("{token}{question}"))
}

/// A token that is new with each visit is no news; another question is.
#[tokio::test(start_paused = true)]
async fn only_what_really_differs_is_a_change() {
    let world = World::new().await;
    for answer in
        [form("abc", "Sky?"), form("xyz", "Sky?"), form("xyz", "Tea?"), form("123", "Tea?")]
    {
        world.origin.at("/polls/1/", answer);
        world.get("/polls/1/").await;
        world.rest(secs(1)).await;
    }
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /polls/1/
       0 ms  origin -> /polls/1/ <input type=hidden name=csrf value=abc>Sky?
       0 ms  stored    /polls/1/ <input type=hidden name=csrf value=abc>Sky?
       0 ms  page   <- /polls/1/ <input type=hidden name=csrf value=abc>Sky?
    1000 ms  origin <- GET /polls/1/
    1000 ms  origin -> /polls/1/ <input type=hidden name=csrf value=xyz>Sky?
    1000 ms  stored    /polls/1/ <input type=hidden name=csrf value=xyz>Sky?
    1000 ms  page   <- /polls/1/ <input type=hidden name=csrf value=xyz>Sky?
    1000 ms  event     confirmed /polls/1/, document
    2000 ms  origin <- GET /polls/1/
    2000 ms  origin -> /polls/1/ <input type=hidden name=csrf value=xyz>Tea?
    2000 ms  stored    /polls/1/ <input type=hidden name=csrf value=xyz>Tea?
    2000 ms  page   <- /polls/1/ <input type=hidden name=csrf value=xyz>Tea?
    2000 ms  event     changed /polls/1/, document
    3000 ms  origin <- GET /polls/1/
    3000 ms  origin -> /polls/1/ <input type=hidden name=csrf value=123>Tea?
    3000 ms  stored    /polls/1/ <input type=hidden name=csrf value=123>Tea?
    3000 ms  page   <- /polls/1/ <input type=hidden name=csrf value=123>Tea?
    3000 ms  event     confirmed /polls/1/, document
    ");
}

/// What is shown to one visitor is compared with what was shown to that one.
#[tokio::test(start_paused = true)]
async fn pages_of_different_visitors_are_not_changes_of_each_other() {
    let world = World::new().await;
    let page = |text| Answer::page(text).header("vary", "Cookie");
    world.origin.at("/polls/", page("hello a"));
    world.get_as("a", "/polls/").await;
    world.origin.at("/polls/", page("hello b"));
    world.get_as("b", "/polls/").await;
    world.origin.at("/polls/", page("hello again, b"));
    world.get_as("b", "/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/ (sessionid=a)
    0 ms  origin -> /polls/ hello a
    0 ms  stored    /polls/ hello a, for a
    0 ms  page   <- /polls/ hello a
    0 ms  origin <- GET /polls/ (sessionid=b)
    0 ms  origin -> /polls/ hello b
    0 ms  stored    /polls/ hello b, for b
    0 ms  page   <- /polls/ hello b
    0 ms  origin <- GET /polls/ (sessionid=b)
    0 ms  origin -> /polls/ hello again, b
    0 ms  stored    /polls/ hello again, b, for b
    0 ms  page   <- /polls/ hello again, b
    0 ms  event     changed /polls/, document
    ");
}

/// Languages do not replace one another either.
#[tokio::test(start_paused = true)]
async fn each_variant_has_its_own_copy() {
    let world = World::new().await;
    let ask = |language: &str| {
        let mut request = world.request("/polls/");
        request.headers.insert("accept-language", language.parse().unwrap());
        request
    };
    let page = |text| Answer::page(text).header("vary", "Accept-Language");
    world.origin.at("/polls/", page("Umfragen"));
    world.send(ask("de")).await;
    world.origin.at("/polls/", page("Polls"));
    world.send(ask("en")).await;
    world.origin.refuses();
    world.send(ask("de")).await;
    world.send(ask("en")).await;
    world.send(ask("fr")).await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/
    0 ms  origin -> /polls/ Umfragen
    0 ms  stored    /polls/ Umfragen
    0 ms  page   <- /polls/ Umfragen
    0 ms  origin <- GET /polls/
    0 ms  origin -> /polls/ Polls
    0 ms  stored    /polls/ Polls
    0 ms  page   <- /polls/ Polls
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /polls/
    0 ms  page   <- /polls/ Umfragen, from the store: offline
    0 ms  page   <- /polls/ Polls, from the store: offline
    0 ms  page   <- /polls/ 504 Not here yet, in its place: offline
    0 ms  event     connection offline
    ");
}

/// A long page is rewritten piece by piece; the place is known if the head came first.
#[tokio::test(start_paused = true)]
async fn long_page_is_rewritten_while_it_passes() {
    let world = World::new().await;
    let long = format!("{PAGE}{}", " ".repeat(2 << 20));
    world.origin.at("/polls/", Answer::page(long));
    let fresh = world.get("/polls/").await;
    world.settle().await;
    world.origin.refuses();
    let stored = world.get("/polls/").await;
    assert_eq!(fresh.body, stored.body);
    assert!(fresh.text().contains("<a href=\"/polls/1/\">"));
    assert_eq!((fresh.head_at, stored.head_at), (Some(27), Some(27)));
}
