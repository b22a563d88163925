//! The bar at the top of the page.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use holdfast_tests::{Answer, Bar, Echo, Page, Received, World, until};
use rusqlite::Connection;
use serde_json::json;

/// Where the bar is, where the page begins, and what it looks like.
async fn looks(page: &Page) -> serde_json::Value {
    page.js("const host = document.querySelector('holdfast-bar');\
         const row = host.shadowRoot.querySelector('div');\
         const { display, fontSize, backgroundColor } = getComputedStyle(row);\
         const bar = host.getBoundingClientRect();\
         const covered = document.body.getBoundingClientRect().top < bar.bottom;\
         return { top: bar.top, isWide: bar.width === document.documentElement.clientWidth,\
                  isHigh: bar.height >= 40, covered, display, fontSize, backgroundColor,\
                  role: host.shadowRoot.querySelector('p').getAttribute('role') };")
        .await
}

fn as_it_should() -> serde_json::Value {
    json!({
        "top": 0, "isWide": true, "isHigh": true, "covered": false, "display": "flex",
        "fontSize": "14px", "backgroundColor": "rgb(233, 238, 247)", "role": "status",
    })
}

#[tokio::test]
async fn the_bar_stands_above_the_page_and_takes_nothing_from_it() {
    let mut world = World::polls().await;
    let page = world.page();
    page.visit("/polls/1/").await;
    page.js("document.querySelector('#choice1').focus()").await;
    world.site.kill();
    let bar = page.until_bar("offline").await;
    assert_eq!(looks(&page).await, as_it_should());
    assert_eq!(bar.button, None);
    assert_eq!(page.text("document.activeElement.id").await, "choice1");

    page.resize(360, 640).await;
    assert_eq!(looks(&page).await, as_it_should());
    assert_eq!(page.js("return document.documentElement.scrollWidth").await, 360);
    page.screenshot("narrow").await;

    page.dismiss_bar().await;
    assert_eq!(page.bar().await, None);
}

#[tokio::test]
async fn the_bar_says_how_old_the_copy_is() {
    let mut world = World::polls().await;
    world.close().await;
    world.site.kill();
    let store = Connection::open(world.settings.data.join("cache.sqlite3")).unwrap();
    store
        .execute_batch("UPDATE response SET fetched_at_ms = fetched_at_ms - 2 * 3600 * 1000")
        .unwrap();
    store.close().unwrap();

    world.open().await;
    let bar = world.page().until_bar("offline").await;
    assert!(bar.text.ends_with(", 2 hours ago."), "{bar:?}");
}

#[tokio::test]
async fn the_bar_speaks_the_systems_language() {
    let mut world = World::polls_with(vec![("LANG".to_owned(), "de_DE.UTF-8".to_owned())]).await;
    let page = world.page();
    world.site.kill();
    let bar = page.until_bar("offline").await;
    let said = "Sie sind offline. Dies ist der Stand von ";
    assert!(bar.text.starts_with(said) && bar.text.ends_with(", gerade eben."), "{bar:?}");
    assert_eq!(page.text("document.querySelector('holdfast-bar').lang").await, "de");
    page.screenshot("german").await;
}

/// A site that forbids and overrules whatever it can.
fn hostile(request: &Received) -> Option<Answer> {
    let policy = "default-src 'self'; require-trusted-types-for 'script'";
    match request.path.as_str() {
        "/" => Some(
            Answer::html(
                "<!doctype html><title>hostile</title><link rel=stylesheet href=/style.css>\
                 <h1>hostile</h1><form method=post action=/x><button>Send</button></form>",
            )
            .with("content-security-policy", policy),
        ),
        "/style.css" => Some(Answer::of(
            "text/css",
            "* { all: unset !important; color: red !important }\
             holdfast-bar, html > :not(body) { display: none !important; position: fixed !important;\
                 height: 0 !important; opacity: 0 !important }\
             html, body, h1 { display: block !important }",
        )),
        _ => None,
    }
}

#[tokio::test]
async fn no_style_and_no_policy_of_a_site_bends_the_bar() {
    let world = World::echo(hostile).await;
    let page = world.page();
    page.until("getComputedStyle(document.querySelector('h1')).color === 'rgb(255, 0, 0)'").await;
    drop(world.site);
    page.until_bar("offline").await;
    let looks = looks(&page).await;
    page.screenshot("hostile").await;
    assert_eq!(looks, as_it_should());
}

/// A site whose pages break, or that is somebody else's, once it is told so.
async fn failing(fail: fn() -> Answer) -> (World<Echo>, Arc<AtomicBool>) {
    let fails = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&fails);
    let site = Echo::start(move |_| {
        let page =
            "<!doctype html><title>page</title><p>text<form method=post><button>Go</button></form>";
        Some(if told.load(Ordering::Relaxed) { fail() } else { Answer::html(page) })
    });
    let profile = format!(
        "{}\n[[route]]\nname = \"pages\"\nwhen = {{ destination = \"document\" }}\n\
         strategy = \"network-first\"\n",
        site.profile()
    );
    let world = World::of(site, &profile).await;
    world.page().at("/").await;
    (world, fails)
}

/// Until the app has found out, each page is asked for again, as a person does.
async fn until_said(page: &Page, state: &str) -> Bar {
    until(&format!("the bar says {state}"), || async {
        page.visit("/").await;
        page.bar().await.filter(|bar| bar.state == state && !bar.text.is_empty())
    })
    .await
}

#[tokio::test]
async fn a_site_that_breaks_is_said_to_answer_badly_and_still_takes_forms() {
    let (world, fails) = failing(|| Answer::html("broken").status(503)).await;
    let page = world.page();
    fails.store(true, Ordering::Relaxed);
    let bar = until_said(&page, "server-error").await;
    assert!(
        bar.text.starts_with("The site is not answering properly. This is the copy"),
        "{bar:?}"
    );
    assert_eq!(bar.button.as_deref(), Some("Try again"));
    assert_eq!(page.js("return document.querySelector('button').disabled").await, false);
    page.screenshot("server-error").await;
}

#[tokio::test]
async fn a_network_that_wants_a_sign_in_is_said_to() {
    let portal = || Answer::redirect(302, "http://portal.example/login");
    let (world, fails) = failing(portal).await;
    let page = world.page();
    fails.store(true, Ordering::Relaxed);
    let bar = until_said(&page, "portal").await;
    assert_eq!(bar.text, "This network wants you to sign in first.");
    assert_eq!(bar.button.as_deref(), Some("Open sign-in page"));
    page.screenshot("portal").await;
    fails.store(false, Ordering::Relaxed);
    page.until_no_bar().await;
}
