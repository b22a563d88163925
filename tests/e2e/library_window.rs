//! The Library's window: how it is led to, what closing it does, and the pictures in it.

use std::fs;
use std::process::Command;

use fantoccini::key::Key;
use holdfast_tests::{Answer, Echo, Page, Received, World, python, root, until};
use serde_json::{Value, json};

use super::library::{leave, violations, vote, world};

/// Opens the Library beside what is open, at a place.
async fn open_at(page: &Page, place: &str) {
    page.press_letter(Key::Control, 'l').await;
    page.look_at_library().await;
    page.go_to(place).await;
}

/// Which place of the Library is shown.
const SHOWN: &str = "document.querySelector('holdfast-library').shown";

#[tokio::test]
async fn what_is_shown_of_what_waits_is_led_to_and_the_keys_leave_it_as_it_is() {
    let mut world = world().await;
    let page = world.page();
    leave(&mut world, 1).await;
    vote(&page, 1, 1).await;
    page.until_note("1 vote waiting to be sent.").await;
    open_at(&page, "storage").await;
    page.look_at_site().await;
    page.press_letter(Key::Control, 'l').await;
    page.look_at_site().await;
    page.press_note().await;
    until("the Library shows what waits", || async {
        page.look_at_library_as_it_is().await;
        (page.js(&format!("return {SHOWN}")).await == "waiting").then_some(())
    })
    .await;
    // Once more, from another place.
    page.go_to("settings").await;
    page.look_at_site().await;
    page.press_note().await;
    page.look_at_library_as_it_is().await;
    page.until(&format!("{SHOWN} === 'waiting' && location.hash === ''")).await;
    page.go_to("settings").await;
    page.look_at_site().await;
    page.press_letter(Key::Control, 'l').await;
    page.look_at_library_as_it_is().await;
    assert_eq!(page.js(&format!("return {SHOWN}")).await, "settings");
    assert_eq!(page.windows().await, 2);
}

/// Closes a window as a person does.
fn close(world: &World<impl Sized>, title: &str) {
    // The app has the display that the test does not know.
    let environment = fs::read(format!("/proc/{}/environ", world.app().id())).unwrap();
    let environment = String::from_utf8_lossy(&environment);
    let display = environment.split('\0').find_map(|one| one.strip_prefix("DISPLAY="));
    let script = root().join("tests/e2e/close_window.py");
    let mut command = Command::new(python());
    command.arg(script).arg(world.app().id().to_string()).arg(title);
    let asked = command.env("DISPLAY", display.unwrap()).status().unwrap();
    assert!(asked.success(), "{title}");
}

/// Where the Library has what is saved.
const SAVED: &str = "document.querySelector('holdfast-library').shadowRoot\
                     .querySelector('holdfast-saved').shadowRoot";

#[tokio::test]
async fn what_is_removed_is_gone_although_the_library_is_closed_at_once() {
    let mut world = World::polls().await;
    let page = world.page();
    page.visit("/polls/1/").await;
    page.promise("await holdfast.save()").await;
    open_at(&page, "saved").await;
    page.until(&format!("{SAVED}.querySelectorAll('.rows > li').length === 1")).await;
    let menu = format!("{SAVED}.querySelector('holdfast-menu').shadowRoot");
    page.js(&format!("{menu}.querySelector('button').click()")).await;
    page.until(&format!("{menu}.querySelector('[role=menuitem]') !== null")).await;
    page.js(&format!("[...{menu}.querySelectorAll('[role=menuitem]')].at(-1).click()")).await;
    page.until(&format!("{SAVED}.querySelector('.empty') !== null")).await;
    close(&world, "Library");
    until("the Library is closed", || async { (page.windows().await == 1).then_some(()) }).await;
    page.look_at_site().await;
    open_at(&page, "saved").await;
    page.until(&format!("{SAVED}.querySelector('.empty') !== null")).await;
    // Nor does it come back.
    world.kill_app().await;
    world.open().await;
    let page = world.page();
    page.at("/polls/").await;
    open_at(&page, "saved").await;
    page.until(&format!("{SAVED}.querySelector('.empty') !== null")).await;
}

/// A page that does all it can to be noticed, or to go elsewhere.
fn restless(request: &Received) -> Option<Answer> {
    match request.path.as_str() {
        "/page" => Some(Answer::html(
            "<!doctype html><title>The page</title><meta http-equiv=refresh content='2;url=/away'>\
             <link rel=stylesheet href=/style.css><link rel=preload as=fetch href=/preload>\
             <h1>The page</h1><img src=/picture.svg width=400 height=300>\
             <form id=f action=/sent method=post></form><iframe src=/frame></iframe>\
             <input autofocus><a href=/link target=_top>link</a>\
             <script>new Image().src = '/ran'; if (top !== self) { top.location = '/top'; f.submit() }\
             </script>",
        )),
        "/style.css" => Some(Answer::of("text/css", "body { background: #fc0; font-size: 60px }")),
        "/picture.svg" => Some(Answer::of(
            "image/svg+xml",
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 4 3'>\
             <rect width='4' height='3' fill='#06c'/></svg>",
        )),
        "/" => Some(Answer::html("<!doctype html><title>Start</title><p>start")),
        _ => Some(Answer::html("no").status(404)),
    }
}

#[tokio::test]
async fn a_saved_page_is_seen_in_the_library_and_does_nothing_there() {
    let site = Echo::start(restless);
    let profile = format!(
        "{}\n[[route]]\nname = \"page\"\nwhen = {{ path = \"/page\" }}\n\
         strategy = \"network-first\"\nsave = true\n",
        site.profile()
    );
    let world = World::of(site, &profile).await;
    let page = world.page();
    page.at("/").await;
    page.visit("/page").await;
    page.promise("await holdfast.save()").await;
    page.visit("/").await;
    until("the copy was looked at", || async { (page.windows().await == 1).then_some(()) }).await;
    let before = world.site.everything();

    open_at(&page, "saved").await;
    let picture = format!("{SAVED}.querySelector('holdfast-thumbnail').shadowRoot");
    page.until(&format!("{picture}.querySelector('iframe.shown') !== null")).await;
    page.screenshot("library-thumbnail").await;
    // Nothing in it takes the focus, and it leads nowhere.
    let focused = page.js("return document.activeElement.localName").await;
    assert!(focused == "body" || focused == "holdfast-library", "{focused}");
    // Longer than the page waits before it goes on.
    let frame = format!("{picture}.querySelector('iframe')");
    page.js(&format!("{frame}.began = performance.now()")).await;
    page.until(&format!("performance.now() - {frame}.began > 2500")).await;
    assert_eq!(page.text("location.protocol").await, "holdfast-library:");
    assert_eq!(page.js(&format!("return {frame}.contentDocument")).await, Value::Null);
    page.screenshot("library-thumbnail-later").await;
    assert_eq!(world.site.everything(), before);
    // The site's window gets nothing of it.
    page.look_at_site().await;
    let key = "fetch('holdfast-copy://a.localhost/page')";
    let fetched = page.promise(&format!("await {key}")).await;
    assert!(fetched["thrown"].as_str().is_some(), "{fetched}");
}

#[tokio::test]
async fn several_pictures_are_seen_at_once_in_any_theme() {
    for (theme, name) in [("Adwaita", "light"), ("Adwaita:dark", "dark")] {
        let environment = vec![("GTK_THEME".to_owned(), theme.to_owned())];
        let world = World::polls_with(environment).await;
        let page = world.page();
        for path in ["/polls/1/", "/polls/2/"] {
            page.visit(path).await;
            page.promise("await holdfast.save()").await;
        }
        open_at(&page, "saved").await;
        let shown = format!(
            "[...{SAVED}.querySelectorAll('holdfast-thumbnail')]\
             .filter((one) => one.shadowRoot.querySelector('iframe.shown')).length === 2"
        );
        page.until(&shown).await;
        assert_eq!(violations(&page).await, json!([]), "{name}");
        page.screenshot(&format!("library-thumbnails-{name}")).await;
        page.resize(360, 640).await;
        page.until(&shown).await;
        page.screenshot(&format!("library-thumbnails-{name}-narrow")).await;
    }
}
