//! Cookies live in the app's own jar; scripts see those that they may.

use holdfast_tests::{Answer, World};
use serde_json::{Value, json};

#[tokio::test]
async fn a_cookie_that_a_script_sets_outlives_the_app() {
    let mut world = World::polls().await;
    let page = world.page();
    assert_eq!(page.text("document.cookie").await, "");
    page.click("#theme").await;
    assert_eq!(page.text("document.cookie").await, "theme=dark");
    page.follow("Is the sky blue?").await;
    page.at("/polls/1/").await;
    assert!(page.text("document.cookie").await.contains("theme=dark"));

    world.restart().await;
    let page = world.page();
    page.at("/polls/").await;
    assert!(page.text("document.cookie").await.contains("theme=dark"));
    // The site's script, which runs in the head, has seen it.
    assert_eq!(page.text("document.documentElement.dataset.theme").await, "dark");
}

/// The cookies of a list, which has no order that anybody may rely on.
fn pairs(list: &Value) -> Vec<&str> {
    let mut pairs: Vec<_> = list.as_str().unwrap().split("; ").collect();
    pairs.sort_unstable();
    pairs
}

#[tokio::test]
async fn cookies_of_responses_are_shown_sent_and_hidden_as_they_ask() {
    let world = World::echo(|request| match request.path.as_str() {
        "/" => Some(Answer::html("<title>start</title>").with("set-cookie", "seen=1; Path=/")),
        "/more" => Some(
            Answer::of("text/plain", "more")
                .with("set-cookie", "secret=2; Path=/; HttpOnly")
                .with("set-cookie", "fetched=3; Path=/; Max-Age=100"),
        ),
        "/less" => {
            Some(Answer::of("text/plain", "").with("set-cookie", "seen=; Path=/; Max-Age=0"))
        }
        _ => None,
    })
    .await;
    let page = world.page();
    assert_eq!(page.text("document.cookie").await, "seen=1");

    // A response of a script's own request changes what the script sees.
    let after = page.promise("await fetch('/more'); return document.cookie;").await;
    assert_eq!(pairs(&after), ["fetched=3", "seen=1"]);
    let after = page
        .promise("document.cookie = 'own=4; path=/'; return (await (await fetch('/show')).json())")
        .await;
    let sent = pairs(&after["headers"]["cookie"]);
    assert_eq!(sent, ["fetched=3", "own=4", "secret=2", "seen=1"]);
    let after =
        page.promise("await fetch('/less', { method: 'POST' }); return document.cookie;").await;
    assert_eq!(pairs(&after), ["fetched=3", "own=4"]);
    // The site's origin, not the app's, and no header of the webview's own making.
    let posted = world.site.first("POST", "/less").await;
    assert_eq!(posted.header("origin"), Some(world.site.origin()));
    assert_eq!(posted.header("referer"), Some(format!("{}/", world.site.origin()).as_str()));
    assert_eq!(page.js("return typeof window.cookieStore").await, json!("undefined"));
}
