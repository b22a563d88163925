//! Saving a page for offline, as the person and the page meet it.

use fantoccini::key::Key;
use holdfast_tests::{Answer, Echo, Page, Received, World};
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
