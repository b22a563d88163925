//! What the desktop tells the person who does not look at the app.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use fantoccini::key::Key;
use holdfast_tests::{Answer, Echo, Page, Received, World};
use serde_json::json;

use crate::library::{PLACE, answer, choose, press, until_rows};

/// A site that answers a vote in the way of the day, and can be signed in to.
fn site(day: Arc<AtomicU8>) -> impl Fn(&Received) -> Option<Answer> + Send + Sync + 'static {
    move |request| {
        let form = "<!doctype html><title>A poll</title><form method=post action=/vote>\
                    <label><input type=radio name=choice value=1 checked>Yes</label><button>Vote</button></form>";
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/") => Some(Answer::html(form)),
            ("POST", "/vote") => Some(match day.load(Ordering::Relaxed) {
                BUSY => Answer::html("<h1>Busy</h1>").status(503),
                STRANGE => Answer::redirect(303, "/login"),
                _ => Answer::html("<!doctype html><title>No</title><h1>Closed</h1>").status(409),
            }),
            ("GET", "/login") => {
                Some(Answer::html("<!doctype html><title>Sign in</title><h1>Sign in</h1>"))
            }
            _ => None,
        }
    }
}

/// It takes no votes, and says so.
const BUSY: u8 = 0;
/// It asks who votes.
const STRANGE: u8 = 1;
/// The poll is over.
const CLOSED: u8 = 2;

/// The app on it, with a vote that waits.
async fn world(day: &Arc<AtomicU8>) -> (World<Echo>, Page) {
    let site = Echo::start(site(day.clone()));
    let profile = format!(
        "{}\n[[route]]\nname = \"votes\"\nwhen = {{ path = \"/vote\", method = \"POST\" }}\n\
         strategy = \"network-only\"\n[route.outbox]\nkind = \"vote\"\naccept = {{ redirect = \"/done\" }}\n\
         [[route]]\nname = \"pages\"\nwhen = {{ destination = \"document\" }}\nstrategy = \"network-first\"\n",
        site.profile()
    );
    let world = World::apart(site, &profile).await;
    let page = world.page();
    page.at("/").await;
    page.click("button").await;
    page.at("/vote").await;
    (world, page)
}

async fn open_library(page: &Page) {
    page.press_letter(Key::Control, 'l').await;
    page.look_at_library().await;
    page.until(&format!("{PLACE}.querySelectorAll('li').length === 1")).await;
}

/// Without a window manager, the window under the pointer has the focus, and the pointer is
/// in the middle of the display: the one that is looked at goes where it is not.
async fn look_away(page: &Page) {
    page.move_to(1000, 800).await;
}

const SIGN_IN: &str = "Sign in to send your vote.";
const ATTENTION: &str = "A vote needs your attention.";
/// What the app's log says of each.
const NOTIFIED: &str = "the person is notified";

#[tokio::test]
async fn a_notification_leads_to_the_page_for_signing_in() {
    let day = Arc::new(AtomicU8::new(BUSY));
    let (world, page) = world(&day).await;
    let desktop = world.notifications().await;
    look_away(&page).await;
    // It is tried again by itself.
    day.store(STRANGE, Ordering::Relaxed);
    desktop.until_shown(SIGN_IN).await;
    desktop.screenshot("notification");
    desktop.press();
    page.at("/login").await;
    desktop.until_none().await;
}

#[tokio::test]
async fn a_notification_leads_to_the_library_and_goes_when_it_is_seen_to() {
    let day = Arc::new(AtomicU8::new(BUSY));
    let (world, page) = world(&day).await;
    let desktop = world.notifications().await;
    look_away(&page).await;
    day.store(CLOSED, Ordering::Relaxed);
    desktop.until_shown(ATTENTION).await;
    desktop.press();
    page.look_at_library().await;
    until_rows(&page, json!([["Vote for “Yes” · A poll", "⚠ the site did not take it"]])).await;
    desktop.until_none().await;

    // It has come forward, and now goes as well.
    look_away(&page).await;
    day.store(STRANGE, Ordering::Relaxed);
    choose(&page, 0, "Send now").await;
    desktop.until_shown(SIGN_IN).await;
    choose(&page, 0, "Discard").await;
    answer(&page, ".yes").await;
    desktop.until_none().await;
}

#[tokio::test]
async fn who_looks_at_the_app_gets_no_notification() {
    let day = Arc::new(AtomicU8::new(BUSY));
    let (world, page) = world(&day).await;
    let desktop = world.notifications().await;
    open_library(&page).await;
    day.store(STRANGE, Ordering::Relaxed);
    press(&page, 0).await;
    until_rows(&page, json!([["Vote for “Yes” · A poll", "⚠ needs you to sign in"]])).await;
    assert_eq!(world.app().log().matches(NOTIFIED).count(), 0);

    look_away(&page).await;
    page.look_at_site().await;
    look_away(&page).await;
    page.look_at_library().await;
    day.store(CLOSED, Ordering::Relaxed);
    choose(&page, 0, "Send now").await;
    desktop.until_shown(ATTENTION).await;
    assert_eq!((desktop.count(), world.app().log().matches(NOTIFIED).count()), (1, 1));
    // The app says it itself to who comes back to it.
    page.move_to(0, 0).await;
    desktop.until_none().await;
}

#[tokio::test]
async fn a_notification_ends_with_the_app_and_is_not_repeated_to_who_starts_it() {
    let day = Arc::new(AtomicU8::new(BUSY));
    let (mut world, page) = world(&day).await;
    let desktop = world.notifications().await;
    look_away(&page).await;
    day.store(STRANGE, Ordering::Relaxed);
    desktop.until_shown(SIGN_IN).await;
    world.close().await;
    desktop.until_none().await;

    // It comes back where it was, which is away from the pointer, and so from the focus.
    fs::remove_file(world.settings.data.join("settings.json")).unwrap();
    world.open().await;
    let page = world.page();
    page.at("/").await;
    page.until_note(SIGN_IN).await;
    look_away(&page).await;
    day.store(CLOSED, Ordering::Relaxed);
    open_library(&page).await;
    look_away(&page).await;
    choose(&page, 0, "Send now").await;
    desktop.until_shown(ATTENTION).await;
    assert_eq!(desktop.count(), 2);
}

/// Chooses in the Library, and the rest stays as it is where nothing was chosen.
async fn choose_settings(page: &Page, settings: &str) {
    let change = format!(
        "const settings = await __TAURI_INTERNALS__.invoke('settings');\
         return await __TAURI_INTERNALS__.invoke('change_settings',\
         {{ settings: {{ ...settings, startAtLogin: null, ...{settings} }} }})"
    );
    let changed = page.promise(&change).await;
    assert!(changed["thrown"].is_null(), "{changed}");
}

#[tokio::test]
async fn who_wants_no_notification_gets_none_and_others_theirs_in_their_language() {
    let day = Arc::new(AtomicU8::new(BUSY));
    let (world, page) = world(&day).await;
    let desktop = world.notifications().await;
    open_library(&page).await;
    choose_settings(&page, "{ notifications: false }").await;
    look_away(&page).await;
    page.look_at_site().await;
    look_away(&page).await;
    page.look_at_library().await;
    day.store(STRANGE, Ordering::Relaxed);
    choose(&page, 0, "Send now").await;
    until_rows(&page, json!([["Vote for “Yes” · A poll", "⚠ needs you to sign in"]])).await;
    assert_eq!((desktop.count(), world.app().log().matches(NOTIFIED).count()), (0, 0));

    choose_settings(&page, "{ notifications: true, language: 'de' }").await;
    day.store(CLOSED, Ordering::Relaxed);
    choose(&page, 0, "Send now").await;
    desktop.until_shown("Eine Stimme braucht Ihre Entscheidung.").await;
}
