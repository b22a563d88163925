//! What stands in where there is no answer.

use holdfast_engine::Request;
use http::header::{ACCEPT_LANGUAGE, HeaderValue};

use crate::scenario::{Answer, POLLS, World, secs};

fn with_offline_page() -> String {
    let install = "[install]\nrequired = [\"/polls/offline/\"]\n\n\
                   [fallback]\ndocument = \"/polls/offline/\"\n\n[[route]]";
    POLLS.replacen("[[route]]", install, 1)
}

async fn world() -> World {
    let world = World::begin(&with_offline_page(), |origin| {
        let page = "<!doctype html><html><head><title>Polls</title></head><h1>You are offline</h1>";
        origin.at("/polls/offline/", Answer::page(page));
    });
    world.settle().await;
    world.transcript.restart();
    world
}

/// The site's own page, with a status that says that it is not the page asked for.
#[tokio::test(start_paused = true)]
async fn page_never_seen_gets_the_sites_offline_page() {
    let world = world().await;
    world.origin.refuses();
    let answered = world.get("/polls/7/").await;
    assert_eq!(answered.status, 503);
    assert_eq!(answered.header("content-type"), Some("text/html; charset=utf-8"));
    let (before, _) = answered.text().split_at(answered.head_at.unwrap());
    assert_eq!(before, "<!doctype html><html><head>");
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /polls/7/
    0 ms  page   <- /polls/7/ 503 You are offline, in its place: offline
    0 ms  event     connection offline
    ");
}

/// A script that asks for data could make nothing of a page.
#[tokio::test(start_paused = true)]
async fn data_never_seen_gets_a_problem_report() {
    let world = world().await;
    world.origin.refuses();
    let answered = world.get("/polls/7/data.json").await;
    assert_eq!(answered.header("content-type"), Some("application/problem+json"));
    let text: serde_json::Value = serde_json::from_str(answered.text()).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&text).unwrap(), @r#"
    {
      "detail": "could not connect to 127.0.0.1: refused",
      "status": 504,
      "title": "No answer",
      "type": "about:blank"
    }
    "#);
}

#[tokio::test(start_paused = true)]
async fn reason_is_told_apart() {
    let world = world().await;
    world.origin.falls_silent();
    world.get("/live/count.json").await;
    world.rest(secs(10)).await;
    world.get("/polls/7/").await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin falls silent
        0 ms  origin <- GET /live/count.json
    30000 ms  page   <- /live/count.json 504 no response within 30s, in its place: slow
    33000 ms  event     connection offline
    40000 ms  page   <- /polls/7/ 503 You are offline, in its place: offline
    ");
}

/// Where nothing is installed yet, the engine has a page of its own, in the reader's
/// language.
#[tokio::test(start_paused = true)]
async fn before_anything_is_installed_there_is_a_page_that_waits() {
    let world = World::new().await;
    world.origin.refuses();
    let mut request = world.request("/polls/");
    request.headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static("de-DE,de;q=0.9"));
    let answered = world.send(request).await;
    assert_eq!(answered.status, 504);
    let (before, after) = answered.text().split_at(answered.head_at.unwrap());
    assert!(before.ends_with("<head>"));
    assert!(after.starts_with("<meta"));
    insta::assert_snapshot!(answered.text(), @r#"
    <!doctype html>
    <html lang="de">
    <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>Polls</title>
    <style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem;text-align:center}</style></head>
    <body><main><h1>Noch nicht da</h1><p>Polls wartet auf eine Verbindung und öffnet sich dann von selbst.</p></main></body></html>
    "#);
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /polls/
    0 ms  page   <- /polls/ 504 Noch nicht da, in its place: offline
    0 ms  page   <- /polls/ 504 Not here yet, in its place: offline
    0 ms  event     connection offline
    ");
}

/// A visit to the offline page itself must not change what stands in: it may be somebody's.
#[tokio::test(start_paused = true)]
async fn offline_page_is_the_one_that_is_everybodys() {
    let world = world().await;
    world.rest(secs(10)).await;
    let page = Answer::page("<h1>You are offline, a</h1>").header("vary", "Cookie");
    world.origin.at("/polls/offline/", page);
    world.get_as("a", "/polls/offline/").await;
    world.origin.refuses();
    world.get_as("b", "/polls/7/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    10000 ms  origin <- GET /polls/offline/ (sessionid=a)
    10000 ms  origin -> /polls/offline/ <h1>You are offline, a</h1>
    10000 ms  stored    /polls/offline/ <h1>You are offline, a</h1>, for a
    10000 ms  page   <- /polls/offline/ <h1>You are offline, a</h1>
    10000 ms  origin is gone: connections are refused
    10000 ms  origin <- GET /polls/7/ (sessionid=b)
    10000 ms  page   <- /polls/7/ 503 You are offline, in its place: offline
    10000 ms  event     changed /polls/offline/, document
    10000 ms  event     connection offline
    ");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_on_the_site_is_never_fetched() {
    let world = World::new().await;
    let url = "http://127.0.0.1:9000/".parse().unwrap();
    let answered = world.send(Request { url, ..world.request("/") }).await;
    assert_eq!(answered.status, 421);
    assert!(!world.transcript().await.contains("origin"));
}

/// Each kind has something of its kind in its place.
#[tokio::test(start_paused = true)]
async fn image_never_seen_gets_the_sites_image_and_a_font_the_sites_font() {
    let install = "[install]\nrequired = [\"/none.png\", \"/plain.woff2\"]\n\n\
                   [fallback]\nimage = \"/none.png\"\nfont = \"/plain.woff2\"\n\n[[route]]";
    let world = World::begin(&POLLS.replacen("[[route]]", install, 1), |origin| {
        origin.at("/none.png", Answer::of("image/png", "a grey box").header("etag", "\"1\""));
        origin.at("/plain.woff2", Answer::of("font/woff2", "a font"));
    });
    world.settle().await;
    world.transcript.restart();
    world.origin.refuses();
    let image = world.get("/media/1.png").await;
    assert_eq!(image.header("content-type"), Some("image/png"));
    assert_eq!(image.header("cache-control"), Some("no-store"));
    assert_eq!(image.header("etag"), None, "it is not the image that was asked for");
    world.get("/media/1.woff2").await;
    world.get("/media/1.mp4").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /media/1.png
    0 ms  page   <- /media/1.png a grey box, in its place: offline
    0 ms  page   <- /media/1.woff2 a font, in its place: offline
    0 ms  page   <- /media/1.mp4 504 the site cannot be reached and nothing is stored, in its place: offline
    0 ms  event     connection offline
    ");
}

/// Who wants only what is stored wants no page in its place.
#[tokio::test(start_paused = true)]
async fn only_if_cached_is_answered_with_504() {
    let world = World::with(
        &with_offline_page().replace("network-first", "http").replace("timeout  = \"3s\"\n", ""),
    )
    .await;
    let mut request = world.request("/polls/7/");
    request.headers.insert("cache-control", HeaderValue::from_static("only-if-cached"));
    assert_eq!(world.send(request).await.status, 504);
}
