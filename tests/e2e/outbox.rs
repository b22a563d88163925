//! Votes that are cast while the site is away.

use std::fs;

use holdfast_tests::{Polls, World, until};

/// The app on the polls site, where votes wait.
async fn world() -> World<Polls> {
    let mut world = World::polls().await;
    let profile = fs::read_to_string(&world.settings.profile).unwrap();
    let votes = "path = \"/polls/:id/vote/\" }\nstrategy = \"network-only\"\n";
    assert!(profile.contains(votes), "{profile}");
    let waits = format!(
        "{votes}[route.outbox]\naccept = {{ redirect = \"/polls/:id/results/\" }}\n\
         refresh = [\"/polls/:id/results/\"]\n"
    );
    fs::write(&world.settings.profile, profile.replace(votes, &waits)).unwrap();
    world.restart().await;
    world.page().at("/polls/").await;
    world
}

/// The buttons stay open, the page says that the vote is kept, and it is, whatever becomes of
/// the app; it is counted once.
#[tokio::test]
async fn a_vote_cast_offline_is_counted_once_when_the_site_is_back() {
    let mut world = world().await;
    let page = world.page();
    page.visit("/polls/1/").await;
    page.at("/polls/1/").await;
    world.site.kill();
    page.until_bar("offline").await;
    page.click("#choice2").await;
    page.click("input[type=submit]").await;
    page.at("/polls/1/vote/").await;
    assert_eq!(page.text("document.querySelector('h1').textContent").await, "Saved");
    page.until_note("1 form waiting to be sent.").await;
    page.follow("Back").await;
    page.at("/polls/1/").await;

    world.kill_app().await;
    world.site.start_again().await;
    world.open().await;
    until("the vote is counted", || async { (world.site.votes(2) == 1).then_some(()) }).await;
    world.restart().await;
    world.page().at("/polls/").await;
    world.page().visit("/polls/1/results/").await;
    world.page().at("/polls/1/results/").await;
    assert_eq!(world.site.all_votes(), 1);
}
