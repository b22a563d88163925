//! Without the site: what was seen is shown, what was not is said to be missing.

use std::time::Duration;

use tokio::time::Instant;

use crate::http::Browser;
use crate::processes::{World, replaced, until};

#[tokio::test]
async fn with_the_site_gone_what_was_seen_stays_and_it_comes_back() {
    let mut world = World::new().await;
    let browser = Browser::new(&world.gateway.origin);
    let seen = browser.open("/polls/1/").await;
    assert!(seen.cache_status().ends_with("; stored"), "{}", seen.cache_status());
    browser.get("/polls/1/json/", "application/json").await;
    assert_eq!(browser.open("/polls/99/").await.status, 404);
    world.polls.kill().await;

    // The first finds out that the site is gone, the second knows.
    for _ in 0..2 {
        let page = browser.open_stored("/polls/1/", "offline").await;
        page.assert_stored("offline");
        assert_eq!(page.status, 200);
        assert!(page.body == seen.body, "{}", page.text());
    }
    browser.get("/static/polls/style.css", "text/css,*/*;q=0.1").await.assert_stored("strategy");
    browser.get("/polls/1/json/", "application/json").await.assert_stored("offline");

    // Never seen, or seen only as an error.
    for path in ["/polls/3/", "/polls/99/"] {
        let page = browser.open(path).await;
        assert_eq!(page.status, 503, "{path}");
        assert!(page.text().contains("<h1>You are offline.</h1>"), "{}", page.text());
        assert_eq!(page.cache_status(), "Holdfast; fwd=miss; detail=offline");
    }
    let counts = browser.get("/polls/3/json/", "application/json").await;
    assert_eq!((counts.status, counts.header("content-type")), (504, "application/problem+json"));
    assert_eq!(counts.json()["status"], 504);

    world.polls.start_again().await;
    let page = until("the site's return is noticed", async || {
        let page = browser.open("/polls/3/").await;
        (page.status == 200).then_some(page)
    })
    .await;
    assert!(page.is_fresh());
    until("all of it is there", async || browser.open("/polls/1/").await.is_fresh().then_some(()))
        .await;
}

#[tokio::test]
async fn a_silent_site_costs_one_wait() {
    let timeout = Duration::from_secs(1);
    let world = World::with(|profile| replaced(&profile, "\"3s\"", "\"1s\"")).await;
    let browser = Browser::new(&world.gateway.origin);
    browser.open("/polls/1/").await;
    world.polls.process.signal("STOP");

    let started = Instant::now();
    browser.open("/polls/1/").await.assert_stored("slow");
    let waited = started.elapsed();
    assert!(waited >= timeout && waited < 3 * timeout, "{waited:?}");

    let started = Instant::now();
    // While it is being found out whether the site is gone, it is called slow.
    let page = browser.open("/polls/1/").await;
    assert!(page.cache_status().starts_with("Holdfast; hit"), "{}", page.cache_status());
    assert!(started.elapsed() < timeout, "{:?}", started.elapsed());
    until("the site is known to be gone", async || {
        let page = browser.open("/polls/1/").await;
        page.cache_status().contains("detail=offline").then_some(())
    })
    .await;

    world.polls.process.signal("CONT");
    until("the site's return is noticed", async || {
        browser.open("/polls/1/").await.is_fresh().then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_failing_site_does_not_take_away_what_it_showed_before() {
    let mut world = World::new().await;
    let browser = Browser::new(&world.gateway.origin);
    let good = browser.open("/polls/1/").await;
    assert_eq!(good.status, 200);

    world.polls.rename_table("polls_choice", "polls_gone");
    for _ in 0..2 {
        let page = browser.open_stored("/polls/1/", "server-error").await;
        assert!(page.status == 200 && page.body == good.body);
    }
    assert_eq!(browser.open("/polls/2/").await.status, 500);

    // The error has replaced nothing and was not kept itself.
    world.polls.kill().await;
    let page = browser.open_stored("/polls/1/", "offline").await;
    assert!(page.body == good.body);
    assert_eq!(browser.open("/polls/2/").await.status, 503);

    world.polls.rename_table("polls_gone", "polls_choice");
    world.polls.start_again().await;
    until("the site's return is noticed", async || {
        browser.open("/polls/1/").await.is_fresh().then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_is_stored_survives_a_crash_of_the_gateway() {
    let mut world = World::new().await;
    let before = Browser::new(&world.gateway.origin);
    let seen = before.open("/polls/1/").await;
    world.polls.kill().await;
    world.gateway.start_again().await;

    let browser = Browser::new(&world.gateway.origin);
    let page = browser.open_stored("/polls/1/", "offline").await;
    assert!(page.body == seen.body);
    browser.get("/static/polls/app.js", "*/*").await.assert_stored("strategy");
    let missing = browser.open("/polls/2/").await;
    assert_eq!(missing.status, 503);
    assert!(missing.text().contains("<h1>You are offline.</h1>"));
}
