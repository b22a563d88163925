//! The app ends, as it should or as it should not, and is started again.

use std::fs;
use std::future::ready;

use holdfast_tests::{Polls, World, kill_pages, shipped_profile, until};

const HEADING: &str = "document.querySelector('h1').textContent";

#[tokio::test]
async fn a_killed_app_comes_back_with_everything_also_without_a_server() {
    let mut world = World::polls().await;
    let page = world.page();
    page.click("#theme").await;
    page.follow("Is the sky blue?").await;
    page.at("/polls/1/").await;
    // A page is stored before it is shown, a cookie soon after it is set.
    let log = world.settings.data.join("state.sqlite3-wal");
    until("the cookie is written down", || async {
        fs::read(&log).ok()?.windows(5).any(|text| text == b"theme").then_some(())
    })
    .await;
    world.kill_app().await;
    world.site.kill();

    world.open().await;
    let page = world.page();
    page.at("/polls/").await;
    assert_eq!(page.text(HEADING).await, "Questions");
    page.until_bar("offline").await;
    assert_eq!(page.text("document.documentElement.dataset.theme").await, "dark");
    page.follow("Is the sky blue?").await;
    page.at("/polls/1/").await;
    assert_eq!(page.text(HEADING).await, "Is the sky blue?");
    page.visit("/polls/2/").await;
    assert_eq!(page.text(HEADING).await, "You are offline.");
}

/// Without a driver, which loses its session with the page's process.
#[tokio::test]
async fn a_page_whose_process_ends_comes_back_and_says_so() {
    let world = World::polls_apart().await;
    let windows = world.windows().await;
    let app = world.start("the app", &[]);
    let count = |text: &str| app.log().matches(text).count();
    let pages = "a page is opened path=\"/polls/\"";
    until("the page is there", || ready((count(pages) == 1).then_some(()))).await;
    for restart in 1..=3 {
        kill_pages(app.id());
        until("it is there again", || ready((count(pages) == restart + 1).then_some(()))).await;
        let said = "the page says that it was restarted";
        until("it says so", || ready((count(said) == restart).then_some(()))).await;
    }
    until("it is painted", || ready((windows.colours() > 150).then_some(()))).await;
    windows.screenshot("restarted");
    // The fourth time within a minute there is something wrong with it.
    kill_pages(app.id());
    until("it is left alone", || ready((count("ends again and again") == 1).then_some(()))).await;
    until("a page says so", || ready((windows.colours() > 30).then_some(()))).await;
    windows.screenshot("quiet");
    assert_eq!(count("the page's process has ended reason=Crashed"), 4);
}

#[tokio::test]
async fn a_first_start_without_a_server_waits_and_goes_on_by_itself() {
    let directory = tempfile::TempDir::new().unwrap();
    let mut polls = Polls::start(directory.path()).await;
    polls.kill();
    let profile = shipped_profile(polls.origin());
    let mut world = World::of(polls, &profile).await;
    let page = world.page();
    page.at("/polls/").await;
    let shown = page.text("document.body.innerText").await;
    assert!(shown.contains("Polls"), "{shown}");
    page.screenshot("waiting").await;

    world.site.start_again().await;
    page.until("document.querySelector('h1')?.textContent === 'Questions'").await;
    assert_eq!(page.bar().await, None);
}
