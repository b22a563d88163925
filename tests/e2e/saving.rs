//! Saving a page for offline, as the person and the page meet it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use fantoccini::key::Key;
use holdfast_tests::{Answer, Echo, Page, Received, World, on_phone, until};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

/// Lets all pages of a site be saved.
const SAVES: &str = "\n[[route]]\nname = \"pages\"\nwhen = { destination = \"document\" }\n\
                     strategy = \"network-first\"\nsave = true\n\n\
                     [[route]]\nname = \"rest\"\nwhen = { path = \"/*\" }\nstrategy = \"network-first\"\n";

/// The control at the bar's end.
const CONTROL: &str =
    "document.querySelector('holdfast-bar')?.shadowRoot.querySelector('section')?.shadowRoot";

/// What a person sees of it.
async fn seen(page: &Page) -> Value {
    page.js(&format!(
        "return [...({CONTROL}).children].filter((one) => !one.closest('[hidden]') && one.textContent)\
             .map((one) => one.textContent)"
    ))
    .await
}

async fn until_seen(page: &Page, text: &str) {
    let text = Value::from(text);
    page.until(&format!(
        "[...(({CONTROL})?.children ?? [])].some((one) => !one.hidden && one.textContent === {text})"
    ))
    .await;
}

/// What is said of a page once all is there, in the page and in the Library: a phone proves nothing.
fn at_hand() -> (&'static str, &'static str) {
    if on_phone() { ("Saved", "saved") } else { ("✓", "complete") }
}

async fn press(page: &Page, text: &str) {
    until_seen(page, text).await;
    let text = Value::from(text);
    page.js(&format!(
        "[...({CONTROL}).querySelectorAll('button')].find((one) => one.textContent === {text}).click()"
    ))
    .await;
}

#[tokio::test]
async fn one_click_saves_a_page_and_says_when_it_is_proven() {
    let world = World::polls().await;
    let page = world.page();
    page.visit("/polls/1/").await;
    until_seen(&page, "Save for offline").await;
    page.screenshot("save").await;
    press(&page, "Save for offline").await;
    until_seen(&page, "✓").await;
    assert_eq!(seen(&page).await, json!(["✓", "Saved"]));
    page.screenshot("saved").await;
}

#[tokio::test]
async fn a_page_that_may_not_be_saved_offers_nothing_and_says_why() {
    let world = World::polls().await;
    let page = world.page();
    assert_eq!(page.js("return document.querySelector('holdfast-bar')").await, Value::Null);
    let thrown = page.promise("await holdfast.save()").await;
    assert_eq!(thrown["thrown"], "Error: This page cannot be saved.");
}

#[tokio::test]
async fn a_site_has_a_button_of_its_own_and_the_keys_save_too() {
    let world = World::polls().await;
    let page = world.page();
    page.visit("/polls/1/").await;
    let saved = page.promise("await holdfast.save(); return 'saved'").await;
    assert_eq!(saved, "saved");
    page.visit("/polls/2/").await;
    until_seen(&page, "Save for offline").await;
    page.press_letter(Key::Control, 's').await;
    until_seen(&page, "Saved").await;
}

#[tokio::test]
async fn what_the_person_dismisses_is_not_offered_on_the_next_page() {
    let world = World::polls().await;
    let page = world.page();
    page.visit("/polls/1/").await;
    until_seen(&page, "Save for offline").await;
    page.dismiss_bar().await;
    page.visit("/polls/2/").await;
    assert_eq!(page.js("return document.querySelector('holdfast-bar')").await, Value::Null);
    page.press_letter(Key::Control, 's').await;
    until_seen(&page, "Saved").await;
}

#[tokio::test]
async fn the_offer_moves_nothing_when_it_comes() {
    let world = World::polls().await;
    let page = world.page();
    // So narrow that nothing has room to spare.
    page.resize(360, 640).await;
    page.visit("/polls/1/").await;
    until_seen(&page, "Save for offline").await;
    let height = "return document.querySelector('holdfast-bar').getBoundingClientRect().height";
    let with_offer = page.js(height).await;
    let room = page
        .js(&format!(
            "const parts = [...({CONTROL}).children].filter((one) => !one.hidden);\
             for (const part of parts) part.hidden = true;\
             const height = document.querySelector('holdfast-bar').getBoundingClientRect().height;\
             for (const part of parts) part.hidden = false;\
             return height"
        ))
        .await;
    assert_eq!(room, with_offer, "before the control comes, and after");
    page.screenshot("save-narrow").await;
}

/// A page that asks for something every second, so that its proof takes a while.
fn restless(request: &Received) -> Option<Answer> {
    let page = "<!doctype html><title>page</title><p>text\
                <script>setInterval(() => fetch('/news'), 1000)</script>";
    (request.path == "/page").then(|| Answer::html(page))
}

#[tokio::test]
async fn a_page_that_is_proven_can_call_no_command() {
    let site = Echo::start(restless);
    let profile = format!("{}{SAVES}", site.profile());
    let world = World::of(site, &profile).await;
    let page = world.page();
    page.at("/").await;
    page.visit("/page").await;
    press(&page, "Save for offline").await;
    page.look_at_proof().await;
    for command in ["page_opened", "save_page", "load_part", "submit", "set_cookie", "open_saved"] {
        let call =
            page.promise(&format!("await __TAURI_INTERNALS__.invoke('{command}', {{}})")).await;
        let thrown = call["thrown"].as_str().unwrap_or_else(|| panic!("{command}: {call}"));
        assert!(thrown.contains("not allowed"), "{command}: {thrown}");
    }
    page.look_at_site().await;
}

/// A page with a style sheet and an image, which the site sends once it may.
const ALBUM: &str = "<!doctype html><title>Album</title><link rel=stylesheet href=/album.css>\
     <h1>Album</h1><img src=/photo.png alt=photo>";
const PHOTO: &[u8] = include_bytes!("../../icons/32x32.png");

/// What the site has at the moment.
#[derive(Default)]
struct Shelf {
    /// Whether the image is sent, `None`: it is not there.
    photo: Mutex<Option<bool>>,
    /// What the page says beside.
    text: Mutex<String>,
}

/// The app on an album that may be saved.
async fn album(photo: Option<bool>) -> (World<Echo>, Arc<Shelf>) {
    let shelf = Arc::new(Shelf { photo: Mutex::new(photo), text: Mutex::default() });
    let site = Arc::clone(&shelf);
    let echo = Echo::start(move |request| match request.path.as_str() {
        "/" => Some(Answer::html("<title>Start</title>")),
        "/album/" => {
            let text = site.text.lock().unwrap().clone();
            Some(Answer::html(&format!("{ALBUM}{text}")))
        }
        "/album.css" => Some(Answer::of("text/css", "h1 { color: rgb(1, 2, 3) }")),
        "/late.png" => Some(Answer::of("image/png", PHOTO)),
        "/photo.png" => loop {
            match *site.photo.lock().unwrap() {
                Some(true) => break Some(Answer::of("image/png", PHOTO)),
                None => break Some(Answer::html("no").status(404)),
                Some(false) => {}
            }
            std::thread::sleep(Duration::from_millis(20));
        },
        _ => Some(Answer::html("no").status(404)),
    });
    let profile = format!(
        "{}\n[[route]]\nname = \"album\"\nwhen = {{ path = \"/album/\" }}\nstrategy = \"network-first\"\n\
         save = true\n",
        echo.profile()
    );
    let world = World::of(echo, &profile).await;
    world.page().at("/").await;
    (world, shelf)
}

/// Where the Library has what is saved.
const SAVED: &str = "document.querySelector('holdfast-library').shadowRoot\
                     .querySelector('holdfast-saved').shadowRoot";

async fn until_state(page: &Page, state: &str) {
    page.until(&format!("{SAVED}.querySelector('.rows > li')?.dataset.state === '{state}'")).await;
}

/// Chooses from the menu of the first row.
async fn choose(page: &Page, beginning: &str) {
    let menu = format!("{SAVED}.querySelector('.rows > li holdfast-menu').shadowRoot");
    page.js(&format!("{menu}.querySelector('button').click()")).await;
    let found = format!(
        "[...{menu}.querySelectorAll('[role=menuitem], [role=menuitemradio]')]\
             .filter(({{ textContent }}) => textContent.trim().startsWith({}))",
        Value::from(beginning)
    );
    page.until(&format!("{found}.length > 0")).await;
    page.js(&format!("{found}.at(-1).click()")).await;
}

#[tokio::test]
async fn a_saved_page_is_read_with_the_server_gone_and_after_a_restart() {
    let mut world = World::polls().await;
    let page = world.page();
    page.visit("/polls/1/").await;
    press(&page, "Save for offline").await;
    until_seen(&page, at_hand().0).await;
    world.site.kill();
    world.kill_app().await;
    world.open().await;
    let page = world.page();
    page.at("/polls/").await;
    for path in ["/polls/1/", "/polls/1/results/"] {
        page.visit(path).await;
        page.at(path).await;
        page.until_bar("offline").await;
        let is_styled = page.js("return document.styleSheets.length > 0").await;
        assert_eq!(is_styled, true, "{path}");
    }
    page.screenshot("saved-offline").await;
}

#[tokio::test]
async fn saving_goes_on_after_the_process_was_killed_in_the_middle() {
    let (mut world, shelf) = album(Some(false)).await;
    // Not shown, since the page itself would ask for the image.
    let page = world.page();
    page.visit("/album/").await;
    page.press_letter(Key::Control, 's').await;
    page.until(&format!("({CONTROL})?.querySelector('[role=progressbar]') !== null")).await;
    page.screenshot("saving").await;
    let fetched = || world.site.received("GET", "/album.css").len();
    let cache = world.settings.data.join("cache.sqlite3");
    until("the style is stored", || async {
        let cache = Connection::open_with_flags(&cache, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
        let of_style = "SELECT url FROM response WHERE url LIKE '%/album.css'";
        cache.query_row(of_style, [], |_| Ok(())).ok()
    })
    .await;
    let before = fetched();
    world.kill_app().await;
    *shelf.photo.lock().unwrap() = Some(true);
    world.open().await;
    let page = world.page();
    page.at("/").await;
    page.press_letter(Key::Control, 'l').await;
    page.look_at_library().await;
    page.go_to("saved").await;
    until_state(&page, at_hand().1).await;
    page.screenshot("library-saved").await;
    assert_eq!(world.site.received("GET", "/album.css").len(), before, "it was there already");
}

#[tokio::test]
async fn saving_that_is_cancelled_is_offered_again() {
    let (world, _shelf) = album(Some(false)).await;
    let page = world.page();
    page.visit("/album/").await;
    press(&page, "Save for offline").await;
    page.until(&format!("({CONTROL})?.querySelector('[role=progressbar]') !== null")).await;
    // The second click of a double click cancels nothing.
    tokio::time::sleep(Duration::from_secs(1)).await;
    press(&page, "Cancel").await;
    until_seen(&page, "Save for offline").await;
    page.press_letter(Key::Control, 'l').await;
    page.look_at_library().await;
    page.go_to("saved").await;
    page.until(&format!("{SAVED}.querySelector('.empty') !== null")).await;
}

/// What is missing is said in the page, listed in the Library, and tried again from there.
#[tokio::test]
async fn a_missing_image_is_said_listed_and_tried_again() {
    let (world, shelf) = album(None).await;
    let page = world.page();
    page.visit("/album/").await;
    press(&page, "Save for offline").await;
    until_seen(&page, "Saved, 1 thing missing").await;
    page.screenshot("saved-incomplete").await;
    press(&page, "▸").await;
    page.look_at_library().await;
    page.go_to("saved").await;
    until_state(&page, "incomplete").await;
    let listed = page.text(&format!("{SAVED}.querySelector('details li').textContent")).await;
    assert_eq!(listed, "/photo.png: the site does not have it");
    page.js(&format!("{SAVED}.querySelector('details').open = true")).await;
    page.screenshot("library-saved-incomplete").await;
    *shelf.photo.lock().unwrap() = Some(true);
    page.js(&format!("{SAVED}.querySelector('button.tryAgain').click()")).await;
    until_state(&page, "complete").await;
}

/// What only a script asks for is found when the copy is shown, and fetched then.
#[tokio::test]
async fn what_a_script_asks_for_is_found_by_the_proof() {
    let (world, shelf) = album(Some(true)).await;
    let script =
        "<script>addEventListener('load', () => { new Image().src = '/late' + '.png' })</script>";
    script.clone_into(&mut shelf.text.lock().unwrap());
    let page = world.page();
    page.visit("/album/").await;
    press(&page, "Save for offline").await;
    until_seen(&page, "✓").await;
    page.press_letter(Key::Control, 'l').await;
    page.look_at_library().await;
    page.go_to("saved").await;
    until_state(&page, "complete").await;
    let said = format!("return {SAVED}.querySelector('.rows > li').textContent");
    assert!(!page.js(&said).await.to_string().contains("missing"));
}

/// A page that has changed is copied anew; the copy before is one choice away, and what is
/// removed can be had back for a while.
#[tokio::test]
async fn the_library_keeps_former_copies_and_takes_a_removal_back() {
    let (world, shelf) = album(Some(true)).await;
    let page = world.page();
    page.visit("/album/").await;
    press(&page, "Save for offline").await;
    until_seen(&page, "✓").await;
    "<p id=new>new</p>".clone_into(&mut shelf.text.lock().unwrap());
    page.press_letter(Key::Control, 'l').await;
    page.look_at_library().await;
    page.go_to("saved").await;
    choose(&page, "Refresh").await;
    let copies = "document.querySelector('holdfast-library').shelves.saved[0].copies";
    page.until(&format!("{copies}.length === 2 && {copies}[0].isShown")).await;
    until_state(&page, "complete").await;
    choose(&page, "Show the copy of").await;
    page.until(&format!("{copies}[1].isShown")).await;

    choose(&page, "Remove").await;
    let undo =
        "document.querySelector('holdfast-library').shadowRoot.querySelector('.later button')";
    page.until(&format!("{SAVED}.querySelector('.empty') !== null && {undo} !== null")).await;
    page.screenshot("library-removed").await;
    page.js(&format!("{undo}.click()")).await;
    until_state(&page, "complete").await;
    choose(&page, "Remove").await;
    // Until then it is not removed.
    page.until(&format!("{undo} === null")).await;
    page.look_at_site().await;
    until_seen(&page, "Save for offline").await;
}
