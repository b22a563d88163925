//! The app without a window: in the tray, started again, led to a page by a link of the system.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use fantoccini::key::Key;
use holdfast_tests::{Answer, Echo, Process, Received, Sight, Windows, World, until};
use serde_json::json;

use crate::library::PLACE;

/// What windows are called by, here.
const OPEN: Sight = Sight::Open;
const MINIMISED: Sight = Sight::Minimised;

/// A site with a form that takes what it gets once it is not busy any more.
fn site(is_busy: Arc<AtomicBool>) -> impl Fn(&Received) -> Option<Answer> + Send + Sync + 'static {
    move |request| {
        let form = "<!doctype html><title>A poll</title><form method=post action=/vote>\
                    <input name=choice><button>Vote</button></form><textarea></textarea>";
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/") => Some(Answer::html(form)),
            ("GET", path) if path.starts_with("/page") => {
                Some(Answer::html("<!doctype html><title>A page</title><h1>A page</h1>"))
            }
            ("POST", "/vote") if is_busy.load(Ordering::Relaxed) => {
                Some(Answer::html("<h1>Busy</h1>").status(503))
            }
            ("POST", "/vote") => Some(Answer::redirect(303, "/done")),
            _ => None,
        }
    }
}

/// The app on it, before it is started.
async fn world() -> World<Echo> {
    let site = Echo::start(site(Arc::new(AtomicBool::new(true))));
    let profile = format!(
        "{}\n[[route]]\nname = \"votes\"\nwhen = {{ path = \"/vote\", method = \"POST\" }}\n\
         strategy = \"network-only\"\n[route.outbox]\nkind = \"vote\"\naccept = {{ redirect = \"/done\" }}\n\
         [[route]]\nname = \"pages\"\nwhen = {{ destination = \"document\" }}\nstrategy = \"network-first\"\n",
        site.profile()
    );
    World::not_yet_open_apart(site, &profile).await
}

/// What the window is called that shows the page with the form.
async fn title(windows: &Windows) -> String {
    until("there is a window", || async {
        let list = windows.list();
        list.into_iter().find(|(title, _)| title.starts_with("A poll")).map(|(title, _)| title)
    })
    .await
}

async fn ended(process: &mut Process) {
    let status = until("it ends", || std::future::ready(process.ended())).await;
    assert!(status.success(), "{status}\n{}", process.log());
}

#[tokio::test]
async fn a_window_that_is_closed_comes_back_from_the_tray_as_it_was_left() {
    let mut world = world().await;
    let (tray, windows) = (world.tray().await, world.windows().await);
    world.open().await;
    let page = world.page();
    page.at("/").await;
    let title = title(&windows).await;
    page.type_into("textarea", "half a thought").await;
    tray.until_used().await;

    windows.close().await;
    windows.until(&[]).await;
    assert!(world.app().is_running());
    tray.press().await;
    windows.until(&[(&title, OPEN)]).await;
    assert_eq!(page.text("document.querySelector('textarea').value").await, "half a thought");

    // And once more by the menu.
    windows.close().await;
    windows.until(&[]).await;
    let menu = tray.menu().await;
    tray.choose(&menu[0]).await;
    windows.until(&[(&title, OPEN)]).await;
}

/// The same with a program that people have.
#[tokio::test]
async fn a_click_on_the_icon_in_a_panel_brings_the_window_back() {
    let world = world().await;
    let (panel, windows) = (world.panel(), world.windows().await);
    let mut app = world.start("the app", &["--hidden"]);
    panel.click().await;
    let title = title(&windows).await;
    windows.until(&[(&title, OPEN)]).await;
    windows.screenshot("panel");
    windows.close().await;
    windows.until(&[]).await;
    assert!(app.ended().is_none(), "{}", app.log());
    panel.click().await;
    windows.until(&[(&title, OPEN)]).await;
}

#[tokio::test]
async fn without_a_tray_the_app_ends_with_its_window() {
    let world = world().await;
    let windows = world.windows().await;
    let mut app = world.start("the app", &[]);
    let title = title(&windows).await;
    windows.until(&[(&title, OPEN)]).await;
    windows.close().await;
    ended(&mut app).await;
}

#[tokio::test]
async fn who_does_not_want_it_to_go_on_ends_it_with_its_window() {
    let world = world().await;
    let (tray, windows) = (world.tray().await, world.windows().await);
    std::fs::create_dir_all(&world.settings.data).unwrap();
    let settings = json!({ "keepsRunning": false }).to_string();
    std::fs::write(world.settings.data.join("settings.json"), settings).unwrap();
    let mut app = world.start("the app", &[]);
    let title = title(&windows).await;
    windows.until(&[(&title, OPEN)]).await;
    tray.until_used().await;
    windows.close().await;
    ended(&mut app).await;
}

#[tokio::test]
async fn the_tray_says_what_waits_and_leads_there_and_ends_the_app() {
    let mut world = world().await;
    let tray = world.tray().await;
    world.open().await;
    let page = world.page();
    page.at("/").await;
    tray.until_used().await;
    let name = tray.title().await;
    let open = format!("Open {name}");
    tray.until_menu(&[&open, "Library", "Sync now", "Quit"]).await;
    page.type_into("input", "Yes").await;
    page.click("button").await;
    page.at("/vote").await;
    let waits = "1 vote waiting to be sent";
    tray.until_menu(&[&open, "Library", waits, "Sync now", "Quit"]).await;

    tray.choose(waits).await;
    page.look_at_library().await;
    page.until(&format!("{PLACE}.querySelectorAll('li').length === 1")).await;
    let change = "const settings = await __TAURI_INTERNALS__.invoke('settings');\
                  return await __TAURI_INTERNALS__.invoke('change_settings',\
                  { settings: { ...settings, startAtLogin: null, language: 'de' } })";
    let changed = page.promise(change).await;
    assert!(changed["thrown"].is_null(), "{changed}");
    let open = format!("{name} öffnen");
    let waits = "1 Stimme wartet auf den Versand";
    tray.until_menu(&[&open, "Bibliothek", waits, "Jetzt abgleichen", "Beenden"]).await;

    tray.choose("Beenden").await;
    let app = world.app();
    until("the app ends", || std::future::ready((!app.is_running()).then_some(()))).await;
}

#[tokio::test]
async fn what_waits_is_there_after_the_app_was_ended_from_the_tray() {
    let mut world = world().await;
    let (tray, windows) = (world.tray().await, world.windows().await);
    world.open().await;
    let page = world.page();
    page.at("/").await;
    page.type_into("input", "Yes").await;
    page.click("button").await;
    page.at("/vote").await;
    tray.until_used().await;
    windows.close().await;
    windows.until(&[]).await;
    tray.choose("Quit").await;
    until("the app ends", || std::future::ready((!world.app().is_running()).then_some(()))).await;

    world.open().await;
    let page = world.page();
    page.at("/").await;
    page.press_letter(Key::Control, 'l').await;
    page.look_at_library().await;
    page.until(&format!("{PLACE}.querySelectorAll('li').length === 1")).await;
}

#[tokio::test]
async fn a_second_start_leads_to_the_first_and_to_the_page_it_was_given() {
    let mut world = world().await;
    let (tray, windows) = (world.tray().await, world.windows().await);
    world.open().await;
    let page = world.page();
    page.at("/").await;
    let scheme = scheme(&world);
    tray.until_used().await;
    let room = page.js("return innerHeight").await;
    windows.close().await;
    windows.until(&[]).await;

    ended(&mut world.start("the first once more", &[])).await;
    let title = title(&windows).await;
    windows.until(&[(&title, OPEN)]).await;
    page.until(&format!("innerHeight === {room}")).await;
    ended(&mut world.start("the second", &[&format!("web+{scheme}:/page/1/")])).await;
    page.at("/page/1/").await;
    ended(&mut world.start("the third", &[&format!("web+{scheme}://page/2/")])).await;
    page.at("/page/2/").await;

    // What does not lead to the site leads nowhere, and what was open stays.
    for link in ["https://evil.example/", "web+other:/page/3/", "file:///etc/passwd"] {
        ended(&mut world.start("the fourth", &[link])).await;
    }
    let evil = format!("web+{scheme}:https%3A%2F%2Fevil.example%2Fpage%2F3%2F");
    ended(&mut world.start("the fourth", &[&evil])).await;
    world.logged("evil.example%2Fpage").await;
    assert_eq!(page.text("location.pathname").await, "/page/2/");
    // Started at login once more, it stays where it is.
    windows.close().await;
    windows.until(&[]).await;
    ended(&mut world.start("the fifth", &["--hidden"])).await;
    world.logged("hidden: true").await;
    assert_eq!(windows.list(), []);
}

#[tokio::test]
async fn another_data_directory_is_another_app() {
    let mut world = world().await;
    let windows = world.windows().await;
    world.open().await;
    world.page().at("/").await;
    let title = title(&windows).await;
    world.settings.data = world.path("another");
    let mut other = world.start("the other app", &[]);
    windows.until(&[(&title, OPEN), (&title, OPEN)]).await;
    assert!(other.ended().is_none(), "{}", other.log());
}

#[tokio::test]
async fn a_first_start_opens_the_page_of_its_link_and_no_other() {
    let world = world().await;
    let windows = world.windows().await;
    let scheme = scheme(&world);
    let app = world.start("the app", &[&format!("web+{scheme}:/page/1/")]);
    until("the page is open", || async {
        windows.list().iter().any(|(title, _)| title.starts_with("A page")).then_some(())
    })
    .await;
    drop(app);
    let _app = world.start("the app on evil", &["web+evil:/page/1/"]);
    title(&windows).await;
}

/// That of the profile.
fn scheme<S>(world: &World<S>) -> String {
    let profile = std::fs::read_to_string(&world.settings.profile).unwrap();
    let line = profile.lines().find(|line| line.starts_with("scheme"));
    line.and_then(|line| line.split('"').nth(1)).unwrap_or("holdfast").to_owned()
}

#[tokio::test]
async fn started_at_login_it_is_in_the_tray_alone_until_it_is_opened() {
    let world = world().await;
    let (tray, windows) = (world.tray().await, world.windows().await);
    let mut app = world.start("the app", &["--hidden"]);
    tray.until_used().await;
    assert_eq!(windows.list(), []);
    assert!(world.site.received("GET", "/").is_empty(), "{}", app.log());
    // The Library alone does not end it either.
    tray.choose("Library").await;
    until("the Library is open", || async { (windows.list().len() == 1).then_some(()) }).await;
    windows.close().await;
    windows.until(&[]).await;
    assert!(app.ended().is_none(), "{}", app.log());

    tray.press().await;
    let title = title(&windows).await;
    windows.until(&[(&title, OPEN)]).await;
    tray.choose("Quit").await;
    ended(&mut app).await;
}

#[tokio::test]
async fn started_at_login_without_a_tray_it_is_minimised() {
    let world = world().await;
    let windows = world.windows().await;
    let _app = world.start("the app", &["--hidden"]);
    let title = title(&windows).await;
    windows.until(&[(&title, MINIMISED)]).await;
}

#[tokio::test]
async fn an_app_whose_tray_is_gone_comes_back() {
    let world = world().await;
    let (tray, windows) = (world.tray().await, world.windows().await);
    let _app = world.start("the app", &[]);
    let title = title(&windows).await;
    tray.until_used().await;
    windows.close().await;
    windows.until(&[]).await;
    drop(tray);
    windows.until(&[(&title, MINIMISED)]).await;
}

#[tokio::test]
async fn the_menu_comes_with_a_key_and_leads_to_the_library_and_to_the_end() {
    let world = world().await;
    let windows = world.windows().await;
    let mut app = world.start("the app", &[]);
    let title = title(&windows).await;
    windows.until(&[(&title, OPEN)]).await;
    // One that is not laid out yet hears of no key.
    until("the page is open", || async { app.log().contains("is complete").then_some(()) }).await;
    windows.press("F10").await;
    windows.screenshot("menu");
    for key in ["Down", "Down", "Return"] {
        windows.press(key).await;
    }
    until("the Library is open", || async { (windows.list().len() == 2).then_some(()) }).await;
    windows.press("ctrl+q").await;
    ended(&mut app).await;
}
