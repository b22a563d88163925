//! The server is gone.

use std::fs;
use std::time::{Duration, Instant};

use holdfast_tests::{Page, World};

const HEADING: &str = "document.querySelector('h1').textContent";

/// Sees a page, and comes back to the start page.
async fn see(page: &Page, path: &str) {
    page.visit(path).await;
    page.at(path).await;
    page.visit("/polls/").await;
    page.at("/polls/").await;
}

#[tokio::test]
async fn what_was_seen_is_shown_and_says_how_old_it_is() {
    let mut world = World::polls().await;
    let page = world.page();
    see(&page, "/polls/1/").await;
    see(&page, "/polls/?sort=votes").await;
    world.site.kill();

    page.follow("Is the sky blue?").await;
    page.at("/polls/1/").await;
    assert_eq!(page.text(HEADING).await, "Is the sky blue?");
    let bar = page.until_bar("offline").await;
    let text = bar.text;
    assert!(text.starts_with("You are offline. This is the copy from "), "{text}");
    assert!(text.ends_with(", just now."), "{text}");
    assert_eq!(
        page.text("getComputedStyle(document.querySelector('main')).borderRadius").await,
        "12px"
    );
    let background = "(async () => { const image = new Image();\
                      image.src = '/static/polls/images/background.png';\
                      await image.decode(); return image.naturalWidth > 0 })()";
    assert_eq!(page.promise(&format!("return {background}")).await, true);

    // Known to be offline, nothing waits for anything.
    for (path, heading) in [
        ("/polls/", "Questions"),
        ("/polls/?sort=votes", "Questions"),
        ("/polls/2/", "You are offline."),
        ("/polls/1/", "Is the sky blue?"),
    ] {
        let asked = Instant::now();
        page.visit(path).await;
        page.at(path).await;
        let took = asked.elapsed();
        assert!(took < Duration::from_secs(2), "{path} took {took:?}");
        assert_eq!(page.text(HEADING).await, heading, "{path}");
    }
    page.visit("/polls/").await;
    page.until_bar("offline").await;
    page.screenshot("offline").await;
}

#[tokio::test]
async fn a_page_never_seen_is_the_sites_offline_page_until_the_site_is_back() {
    let mut world = World::polls().await;
    let page = world.page();
    world.site.kill();
    page.follow("Tea or coffee?").await;
    page.at("/polls/2/").await;
    assert_eq!(page.text(HEADING).await, "You are offline.");
    assert_eq!(
        page.text("getComputedStyle(document.querySelector('main')).borderRadius").await,
        "12px"
    );
    let bar = page.until_bar("fallback").await;
    assert_eq!(bar.text, "You are offline. This page is not on this device yet.");
    page.screenshot("offline-page").await;

    world.site.start_again().await;
    page.until("document.querySelector('h1')?.textContent === 'Tea or coffee?'").await;
    page.at("/polls/2/").await;
    assert_eq!(page.bar().await, None);
}

/// The app on the polls site, where votes do not wait.
async fn without_outbox() -> World {
    let mut world = World::polls().await;
    let mut profile = fs::read_to_string(&world.settings.profile).unwrap();
    // Nor without a stream, which breaks at once when the site goes.
    for table in ["[route.outbox]", "[push]", "[push.kinds]"] {
        let (before, after) = profile.split_once(table).unwrap();
        let (_, after) = after.split_once("\n\n").unwrap();
        profile = format!("{before}{after}");
    }
    fs::write(&world.settings.profile, profile).unwrap();
    world.restart().await;
    world.page().at("/polls/").await;
    world
}

#[tokio::test]
async fn the_bar_and_the_buttons_follow_the_connection_without_a_reload() {
    let mut world = without_outbox().await;
    let page = world.page();
    page.visit("/polls/1/").await;
    page.click("#choice2").await;
    page.js("window.isTheSame = true").await;
    let is_open = "!document.querySelector('input[type=submit]').disabled";
    assert_eq!(page.js(&format!("return {is_open}")).await, true);

    world.site.kill();
    let killed = Instant::now();
    let bar = page.until_bar("offline").await;
    let took = killed.elapsed();
    assert!(took < Duration::from_secs(13), "it took {took:?}");
    assert!(bar.text.starts_with("You are offline. This is the copy from "), "{bar:?}");
    assert_eq!(page.js(&format!("return {is_open}")).await, false);
    let title = page.text("document.querySelector('input[type=submit]').title").await;
    assert_eq!(title, "You are offline. This can be sent when you are online again.");

    world.site.start_again().await;
    page.until_no_bar().await;
    page.until(is_open).await;
    assert_eq!(page.js("return window.isTheSame").await, true);
    assert_eq!(page.js("return document.querySelector('#choice2').checked").await, true);
    page.click("input[type=submit]").await;
    page.at("/polls/1/results/").await;
    assert_eq!(world.site.votes(2), 1);
}

#[tokio::test]
async fn a_vote_that_cannot_be_sent_is_said_not_to_be_and_stays_in_the_form() {
    let mut world = without_outbox().await;
    let page = world.page();
    page.visit("/polls/1/").await;
    page.click("#choice2").await;
    // Nobody has noticed yet.
    world.site.kill();
    page.click("input[type=submit]").await;
    let bar = page.until_bar("unsent").await;
    assert!(bar.text.starts_with("This was not sent, because there was no connection."), "{bar:?}");
    page.at("/polls/1/").await;
    assert_eq!(page.js("return document.querySelector('#choice2').checked").await, true);

    world.site.start_again().await;
    page.until("!document.querySelector('input[type=submit]').disabled").await;
    page.click("input[type=submit]").await;
    page.at("/polls/1/results/").await;
    assert_eq!(world.site.all_votes(), 1);
}

#[tokio::test]
async fn a_server_error_shows_the_copy_and_says_so() {
    let world = World::polls().await;
    let page = world.page();
    see(&page, "/polls/1/").await;
    world.site.break_choices();
    page.follow("Is the sky blue?").await;
    page.at("/polls/1/").await;
    assert_eq!(page.text(HEADING).await, "Is the sky blue?");
    let bar = page.until_bar("server-error").await;
    let said = "The site is not answering properly. This is the copy from ";
    assert!(bar.text.starts_with(said), "{bar:?}");
    assert_eq!(bar.button.as_deref(), Some("Try again"));

    // As broken as before.
    page.leave(page.press_bar()).await;
    page.until_bar("server-error").await;
    world.site.mend_choices();
    page.leave(page.press_bar()).await;
    page.at("/polls/1/").await;
    assert_eq!(page.bar().await, None);
}

#[tokio::test]
async fn error_pages_are_never_stored() {
    let mut world = World::polls().await;
    let page = world.page();
    see(&page, "/polls/1/").await;
    see(&page, "/polls/99/").await;
    world.site.break_choices();
    page.visit("/polls/3/").await;
    page.at("/polls/3/").await;
    assert_eq!(page.text(HEADING).await, "Something went wrong");
    page.visit("/polls/1/").await;
    page.until_bar("server-error").await;
    world.site.mend_choices();
    // It was there, and then it was not.
    world.site.execute("UPDATE polls_question SET pub_date = '2999-01-01' WHERE id = 1");
    page.reload().await;
    assert_eq!(page.text(HEADING).await, "Page not found");

    world.site.kill();
    for (path, heading) in [
        ("/polls/99/", "You are offline."),
        ("/polls/3/", "You are offline."),
        ("/polls/1/", "Is the sky blue?"),
    ] {
        page.visit(path).await;
        page.at(path).await;
        assert_eq!(page.text(HEADING).await, heading, "{path}");
    }
}
