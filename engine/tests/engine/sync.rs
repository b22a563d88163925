//! Pages that are fetched by themselves now and then. Chance is always at its end here: what
//! is spread over five minutes comes after five.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use holdfast_engine::{Background, SyncGroup};

use crate::scenario::{Answer, POLLS, World, secs};

/// 2026-01-01T00:00:00Z, when scenarios begin.
const BEGINNING: Duration = Duration::from_secs(1_767_225_600);

/// The polls each quarter of an hour.
fn polls() -> String {
    format!("{POLLS}\n[[sync]]\nname = \"polls\"\nevery = \"15m\"\nurls = [\"/polls/\"]\n")
}

/// Two groups, one of two pages.
fn polls_and_news() -> String {
    let polls = polls();
    format!(
        "{polls}\n[[sync]]\nname = \"news\"\nevery = \"1h\"\nurls = [\"/news/\", \"/static/n.js\"]\n"
    )
}

fn group(world: &World, name: &str) -> SyncGroup {
    world.engine().syncs().into_iter().find(|group| group.name == name).unwrap()
}

/// When the group was and will be fetched, in seconds of the scenario.
fn times(world: &World, name: &str) -> (Option<u64>, Option<u64>) {
    let SyncGroup { last_at, next_at, .. } = group(world, name);
    let seconds =
        |at: SystemTime| at.duration_since(UNIX_EPOCH + BEGINNING).unwrap_or_default().as_secs();
    (last_at.map(seconds), next_at.map(seconds))
}

/// Of what is stored the site is only asked whether it still holds, and an open page is told
/// when it does not.
#[tokio::test(start_paused = true)]
async fn pages_are_there_and_new_without_being_asked_for() {
    let world = World::with(&polls()).await;
    world.origin.at("/polls/", Answer::page("one").header("etag", "\"1\""));
    assert_eq!(times(&world, "polls"), (None, Some(300)));
    world.rest(secs(1300)).await;
    world.origin.at("/polls/", Answer::page("two").header("etag", "\"2\"").status(200));
    assert_eq!(times(&world, "polls"), (Some(1290), Some(2280)));
    world.origin.refuses();
    world.browse("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"");
}

#[tokio::test(start_paused = true)]
async fn page_that_has_changed_announces_itself() {
    let world = World::with(&polls()).await;
    world.origin.at("/polls/", Answer::page("one"));
    world.browse("/polls/").await;
    world.origin.at("/polls/", Answer::page("two"));
    world.rest(secs(301)).await;
    insta::assert_snapshot!(world.transcript().await, @"");
}

#[tokio::test(start_paused = true)]
async fn groups_are_fetched_one_after_the_other() {
    let world = World::with(&polls_and_news()).await;
    world.origin.at("/polls/", Answer::page("polls").after(secs(3)));
    world.origin.at("/news/", Answer::page("news").after(secs(2)));
    world.origin.at("/static/n.js", Answer::of("text/javascript", "news").after(secs(1)));
    world.rest(secs(310)).await;
    insta::assert_snapshot!(world.transcript().await, @"");
}

/// Somebody pays for the line, or the battery is low: what was due meanwhile is made up for
/// once, when it may be. Who asks for it by themselves gets it all the same.
#[tokio::test(start_paused = true)]
async fn nothing_is_fetched_while_it_is_held_unless_the_person_asks() {
    let world = World::with(&polls()).await;
    world.origin.at("/polls/", Answer::page("polls"));
    world.engine().background(Background::Held);
    world.rest(secs(4 * 3600)).await;
    insta::assert_snapshot!(world.transcript().await, @"");
    world.engine().sync_now();
    world.settle().await;
    insta::assert_snapshot!(world.transcript().await, @"");
    world.rest(secs(4 * 3600)).await;
    world.transcript.restart();
    world.engine().background(Background::Allowed);
    world.rest(secs(1000)).await;
    insta::assert_snapshot!(world.transcript().await, @"");
}

/// Away is tried again, later and later; back, it is asked soon, and not by all at once.
#[tokio::test(start_paused = true)]
async fn site_that_is_away_is_tried_later_and_later() {
    let world = World::with(&polls()).await;
    world.origin.at("/polls/", Answer::page("polls"));
    world.origin.refuses();
    world.rest(secs(400)).await;
    let failure = group(&world, "polls").failure.unwrap();
    assert_eq!(failure, "/polls/: could not connect to 127.0.0.1: refused");
    world.rest(secs(1800)).await;
    world.origin.comes_back();
    world.get("/polls/").await;
    world.rest(secs(310)).await;
    assert_eq!(group(&world, "polls").failure, None);
    insta::assert_snapshot!(world.transcript().await, @"");
}

/// A page that is not there is not worth trying again before its time; the others are fetched.
#[tokio::test(start_paused = true)]
async fn page_that_is_gone_is_said_and_waits_for_its_time() {
    let world = World::with(&polls_and_news()).await;
    world.origin.at("/static/n.js", Answer::of("text/javascript", "news"));
    world.rest(secs(310)).await;
    let news = group(&world, "news");
    assert_eq!(news.failure.as_deref(), Some("/news/: the site answered 404 Not Found"));
    assert_eq!(times(&world, "news"), (Some(300), Some(300 + 3600 + 360)));
}

/// The machine slept, or the program was not running: each group once, and not at once.
#[tokio::test(start_paused = true)]
async fn long_sleep_is_made_up_for_once() {
    let mut world = World::with(&polls_and_news()).await;
    world.origin.at("/polls/", Answer::page("polls"));
    world.origin.at("/news/", Answer::page("news"));
    world.origin.at("/static/n.js", Answer::of("text/javascript", "news"));
    world.rest(secs(310)).await;
    world.set_clock(UNIX_EPOCH + BEGINNING + secs(8 * 3600));
    world.transcript.restart();
    world.restart(&polls_and_news()).await;
    world.rest(secs(1000)).await;
    insta::assert_snapshot!(world.transcript().await, @"");
}

/// A clock that was a day ahead and is set right delays nothing by a day.
#[tokio::test(start_paused = true)]
async fn clock_that_is_set_back_delays_nothing_for_long() {
    let mut world = World::with(&polls()).await;
    world.origin.at("/polls/", Answer::page("polls"));
    world.set_clock(UNIX_EPOCH + BEGINNING + secs(24 * 3600));
    world.restart(&polls()).await;
    world.rest(secs(310)).await;
    world.set_clock(UNIX_EPOCH + BEGINNING);
    world.restart(&polls()).await;
    world.settle().await;
    assert_eq!(times(&world, "polls").1, Some(990));
}

#[tokio::test(start_paused = true)]
async fn last_and_next_time_outlive_the_program() {
    let mut world = World::with(&polls()).await;
    world.origin.at("/polls/", Answer::page("polls"));
    world.rest(secs(310)).await;
    let before = group(&world, "polls");
    world.restart(&polls()).await;
    world.settle().await;
    assert_eq!(group(&world, "polls"), before);
}
