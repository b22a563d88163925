//! What the site tells by itself: a new poll, saved by somebody else in the admin, is told to
//! the person, and opens from the store.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use holdfast_tests::{Answer, Echo, Notifications, Page, Polls, Sight, World, until};
use serde_json::json;

/// The app on the polls site, with the stream open.
async fn world() -> (World<Polls>, Notifications) {
    let mut world = World::polls_apart().await;
    let desktop = world.notifications().await;
    world.open().await;
    world.page().at("/polls/").await;
    listens(&world).await;
    (world, desktop)
}

/// Waits until the app hears of what is announced from now on: the site notes what there is
/// already when somebody begins to listen.
async fn listens(world: &World<Polls>) {
    let noted = "SELECT COUNT(*) FROM polls_announcement";
    until("somebody listens", || async {
        let noted: u32 = world.site.database().query_row(noted, [], |row| row.get(0)).ok()?;
        (noted > 0).then_some(())
    })
    .await;
}

async fn shows(page: &Page, question: u32, text: &str) {
    page.at(&format!("/polls/{question}/")).await;
    assert_eq!(page.text("document.querySelector('h1').textContent").await, text);
}

#[tokio::test]
async fn a_new_question_is_told_and_opens_although_the_server_has_gone() {
    let (mut world, desktop) = world().await;
    let page = world.page();
    let question = world.site.save_question("Which cloud is this?");
    desktop.until_shown("Which cloud is this?").await;
    desktop.screenshot("notification-of-a-poll");
    world.site.kill();
    desktop.press();
    shows(&page, question, "Which cloud is this?").await;
    page.until_bar("offline").await;
    desktop.until_none().await;
}

#[tokio::test]
async fn a_new_question_opens_from_the_tray_although_the_server_has_gone() {
    let mut world = World::polls_apart().await;
    let (tray, windows) = (world.tray().await, world.windows().await);
    let desktop = world.notifications().await;
    world.open().await;
    let page = world.page();
    page.at("/polls/").await;
    tray.until_used().await;
    listens(&world).await;
    windows.close().await;
    windows.until(&[]).await;

    let question = world.site.save_question("Which cloud is this?");
    desktop.until_shown("Which cloud is this?").await;
    world.site.kill();
    assert_eq!(windows.list(), []);
    desktop.press();
    shows(&page, question, "Which cloud is this?").await;
    until("the window is there", || async {
        windows.list().iter().any(|(_, sight)| *sight == Sight::Open).then_some(())
    })
    .await;
}

#[tokio::test]
async fn several_are_told_beside_one_another_and_many_as_one() {
    let (world, desktop) = world().await;
    let page = world.page();
    for count in 1..=3 {
        world.site.save_question(&format!("Question {count}?"));
        desktop.until_so_many(count).await;
    }
    desktop.screenshot("notifications-of-polls");
    world.site.save_question("Question 4?");
    desktop.until_shown("4 new: Question 4?, Question 1?, Question 2?, …").await;
    desktop.screenshot("notifications-as-one");
    desktop.press();
    page.at("/polls/").await;
    desktop.until_none().await;
}

#[tokio::test]
async fn what_was_announced_while_the_app_was_away_is_told_when_it_is_back() {
    let (mut world, desktop) = world().await;
    world.close().await;
    world.site.save_question("Which cloud is this?");
    assert_eq!(desktop.count(), 0);
    world.open().await;
    desktop.until_shown("Which cloud is this?").await;
}

/// What the message names is on its way when the app is killed.
#[tokio::test]
async fn what_was_not_fetched_yet_when_the_app_was_killed_is_fetched_and_told_once() {
    const EVENT: &str = "id: 1\ndata: {\"refresh\": [\"/news\"], \"notify\": \
                         {\"title\": \"News\", \"body\": \"It rains.\", \"open\": \"/news\"}}\n\n";
    let (release, held) = mpsc::channel::<()>();
    let held = Mutex::new(held);
    let is_asked_for = Arc::new(AtomicBool::new(false));
    let noted = Arc::clone(&is_asked_for);
    let site = Echo::start(move |request| match request.path.as_str() {
        "/" => Some(Answer::html("<!doctype html><title>page</title>")),
        "/stream" if request.header("last-event-id") == Some("1") => {
            Some(Answer::html("").status(204))
        }
        "/stream" => Some(Answer::of("text/event-stream", EVENT)),
        "/news" => {
            noted.store(true, Ordering::Relaxed);
            // Until nobody holds the other end any more.
            let _ = held.lock().unwrap().recv();
            Some(Answer::html("<!doctype html><title>News</title><h1>It rains.</h1>"))
        }
        _ => None,
    });
    let profile = format!(
        "{}\n[push]\nstream = \"/stream\"\n\n[[route]]\nname = \"pages\"\n\
         when = {{ destination = \"document\" }}\nstrategy = \"network-first\"\n",
        site.profile()
    );
    let mut world = World::not_yet_open_apart(site, &profile).await;
    let desktop = world.notifications().await;
    world.open().await;
    let asked = || std::future::ready(is_asked_for.load(Ordering::Relaxed).then_some(()));
    until("the page is asked for", asked).await;
    world.kill_app().await;
    assert_eq!(desktop.count(), 0);
    drop(release);
    world.open().await;
    desktop.until_shown("It rains.").await;
    let again = world.site.received("GET", "/stream");
    assert_eq!(again.last().unwrap().header("last-event-id"), Some("1"));
    assert_eq!(desktop.count(), 1);
    desktop.press();
    world.page().at("/news").await;
}

#[tokio::test]
async fn what_comes_in_quiet_hours_is_told_at_the_end_of_them_and_what_is_muted_never() {
    let (world, desktop) = world().await;
    let page = world.page();
    page.press_letter(fantoccini::key::Key::Control, 'l').await;
    page.look_at_library().await;
    choose(&page, json!({ "quietHours": { "from": "00:00", "to": "23:59" } })).await;
    world.site.save_question("Which cloud is this?");
    world.logged("the person wants quiet now").await;
    assert_eq!(desktop.count(), 0);
    choose(&page, json!({ "quietHours": null })).await;
    desktop.until_shown("Which cloud is this?").await;

    choose(&page, json!({ "mutedKinds": ["poll"] })).await;
    world.site.save_question("And this one?");
    world.logged("the person does not want to be told that").await;
    assert_eq!(desktop.count(), 1);
}

/// Chooses in the Library, and the rest stays as it is.
async fn choose(page: &Page, settings: serde_json::Value) {
    let change = format!(
        "const settings = await __TAURI_INTERNALS__.invoke('settings');\
         return await __TAURI_INTERNALS__.invoke('change_settings',\
         {{ settings: {{ ...settings, startAtLogin: null, ...{settings} }} }})"
    );
    let changed = page.promise(&change).await;
    assert!(changed["thrown"].is_null(), "{changed}");
}
