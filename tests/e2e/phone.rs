//! The app as a phone has it: one small window, commands that travel as numbers, requests
//! without bodies, and a system that stops it. Many other tests run on it as well
//! (`cargo xtask test --only phone`).

use fantoccini::key::Key;
use holdfast_tests::{Answer, Echo, Page, Received, World, until};
use serde_json::{Value, json};

use super::library::{leave, vote};

const HEADING: &str = "document.querySelector('h1').textContent";
/// Where the Library is.
const LIBRARY: &str = "document.querySelector('holdfast-library')";

/// Goes to the Library.
async fn open_library(page: &Page) {
    page.press_letter(Key::Control, 'l').await;
    page.until(&format!("{LIBRARY}?.shelves != null")).await;
}

/// Goes back from it as its button says.
async fn press_back(page: &Page) {
    page.js(&format!("{LIBRARY}.shadowRoot.querySelector('.back').click()")).await;
    page.until("document.querySelector('h1') !== null").await;
}

/// Draws a finger over the page: where it begins, and how far it goes.
async fn draw(page: &Page, from: (i32, i32), by: (i32, i32)) {
    page.js_with(
        "const [[x, y], [right, down]] = arguments;\
         const send = (type, x, y) => {\
             const event = new Event(type, { bubbles: true, cancelable: true, composed: true });\
             const touch = { identifier: 1, clientX: x, clientY: y };\
             event.touches = type === 'touchend' ? [] : [touch];\
             event.changedTouches = [touch];\
             document.body.dispatchEvent(event);\
         };\
         send('touchstart', x, y);\
         for (let step = 1; step <= 10; step++) send('touchmove', x + right * step / 10, y + down * step / 10);\
         send('touchend', x + right, y + down)",
        vec![json!([from.0, from.1]), json!([by.0, by.1])],
    )
    .await;
}

#[tokio::test]
async fn the_library_is_in_the_only_window_and_the_way_back_leads_to_the_page() {
    let (world, _phone) = World::polls_on_phone().await;
    let page = world.page();
    assert_eq!(page.js("return [innerWidth, innerHeight]").await, json!([390, 844]));
    page.visit("/polls/1/").await;
    page.at("/polls/1/").await;
    page.screenshot("phone-page").await;
    open_library(&page).await;
    assert_eq!(page.windows().await, 1);
    for place in ["saved", "waiting", "storage", "activity", "settings"] {
        page.go_to(place).await;
        page.screenshot(&format!("phone-library-{place}")).await;
        let is_wide = "document.documentElement.scrollWidth > innerWidth";
        assert_eq!(page.js(&format!("return {is_wide}")).await, false, "{place}");
    }
    // No page's script runs in it.
    assert_eq!(page.text("typeof holdfast").await, "undefined");
    press_back(&page).await;
    page.at("/polls/1/").await;
    assert_eq!(page.text(HEADING).await, "Is the sky blue?");
    // As the button of a phone does.
    open_library(&page).await;
    page.back().await;
    page.at("/polls/1/").await;
}

#[tokio::test]
async fn a_page_can_do_nothing_that_the_library_can_in_the_same_window() {
    let (world, _phone) = World::polls_on_phone().await;
    let page = world.page();
    // It was there before, and is behind the page.
    open_library(&page).await;
    assert_eq!(page.text(&format!("{LIBRARY}.isBroken ? 'broken' : 'whole'")).await, "whole");
    press_back(&page).await;
    let calls = [
        ("storage", json!({})),
        ("settings", json!({})),
        ("activity", json!({})),
        ("library_opened", json!({ "channel": "__CHANNEL__:1" })),
        ("send_all_waiting", json!({})),
        ("export_waiting", json!({ "keys": ["x"] })),
        ("clear_stored", json!({ "kind": "pages" })),
        ("plugin:window|close", json!({ "label": "main" })),
        ("no_such_command", json!({})),
    ];
    for headers in
        [json!({}), json!({ "holdfast-library": "" }), json!({ "holdfast-library": "x" })]
    {
        for (command, arguments) in &calls {
            let call = page
                .promise(&format!(
                    "return {{ answered: await __TAURI_INTERNALS__.invoke({}, {arguments}, \
                     {{ headers: {headers} }}) ?? null }}",
                    Value::from(*command)
                ))
                .await;
            let thrown = call["thrown"].as_str().unwrap_or_else(|| panic!("{command}: {call}"));
            assert!(thrown.contains("not allowed") || thrown.contains("not found"), "{thrown}");
        }
    }
    // Nor can it read the Library's page, which has the key.
    let address = "holdfast-library://localhost/";
    let read = page.promise(&format!("return await (await fetch('{address}')).text()")).await;
    assert!(read["thrown"].is_string(), "{read}");
    let framed = page
        .promise(&format!(
            "const frame = document.createElement('iframe'); frame.src = '{address}';\
             const loaded = new Promise((resolve) => frame.onload = resolve);\
             document.body.append(frame); await loaded;\
             try {{ return frame.contentDocument?.documentElement.outerHTML ?? 'closed' }} \
             catch {{ return 'closed' }}"
        ))
        .await;
    assert!(!framed.to_string().contains("data-key"), "{framed}");
    // Those that it may call go on.
    let cookie = page
        .promise("return __TAURI_INTERNALS__.invoke('set_cookie', { cookie: 'a=b', page: location.href })")
        .await;
    assert_eq!(cookie, "a=b");
}

#[tokio::test]
async fn what_is_removed_is_gone_although_the_library_is_left_at_once() {
    let (world, _phone) = World::polls_on_phone().await;
    let page = world.page();
    page.visit("/polls/1/").await;
    page.promise("await holdfast.save()").await;
    let saved = format!("{LIBRARY}.shadowRoot.querySelector('holdfast-saved').shadowRoot");
    open_library(&page).await;
    page.go_to("saved").await;
    page.until(&format!("{saved}.querySelectorAll('.rows > li').length === 1")).await;
    let menu = format!("{saved}.querySelector('holdfast-menu').shadowRoot");
    page.js(&format!("{menu}.querySelector('button').click()")).await;
    page.until(&format!("{menu}.querySelector('[role=menuitem]') !== null")).await;
    page.js(&format!("[...{menu}.querySelectorAll('[role=menuitem]')].at(-1).click()")).await;
    page.until(&format!("{saved}.querySelector('.empty') !== null")).await;
    page.back().await;
    page.at("/polls/1/").await;
    open_library(&page).await;
    page.go_to("saved").await;
    page.until(&format!("{saved}.querySelector('.empty') !== null")).await;
}

#[tokio::test]
async fn a_saved_page_opens_from_the_library_and_the_way_back_leads_into_it() {
    let (mut world, _phone) = World::polls_on_phone().await;
    let page = world.page();
    page.visit("/polls/1/").await;
    page.promise("await holdfast.save()").await;
    page.visit("/polls/").await;
    world.site.kill();
    page.until_bar("offline").await;
    page.screenshot("phone-offline").await;
    open_library(&page).await;
    page.go_to("saved").await;
    let saved = format!("{LIBRARY}.shadowRoot.querySelector('holdfast-saved').shadowRoot");
    page.until(&format!("{saved}.querySelectorAll('.rows > li').length === 1")).await;
    page.screenshot("phone-library-saved-page").await;
    page.js(&format!("{saved}.querySelector('.rows > li button.main').click()")).await;
    page.at("/polls/1/").await;
    page.back().await;
    page.until(&format!("{LIBRARY}?.shelves != null")).await;
    // It hears of what changes once more.
    world.site.start_again().await;
    page.until(&format!("{LIBRARY}.shelves.online")).await;
}

#[tokio::test]
async fn a_page_that_is_pulled_down_offers_what_can_be_done_and_then_loads() {
    let (world, _phone) = World::polls_on_phone().await;
    let page = world.page();
    const PULLED: &str = "document.querySelector('holdfast-pull')";
    draw(&page, (200, 100), (0, 80)).await;
    page.until(&format!("{PULLED}.dataset.state === 'choice'")).await;
    page.screenshot("phone-pulled").await;
    // A finger elsewhere takes it away.
    draw(&page, (200, 400), (0, 0)).await;
    page.until(&format!("{PULLED} === null")).await;
    draw(&page, (200, 100), (0, 80)).await;
    page.js(&format!("{PULLED}.shadowRoot.querySelectorAll('button')[1].click()")).await;
    page.until(&format!("{LIBRARY}?.shelves != null")).await;
    press_back(&page).await;
    page.leave(async { draw(&page, (200, 100), (0, 200)).await }).await;
    page.at("/polls/").await;
    // What is done sideways or not at the top is no pull.
    draw(&page, (200, 100), (150, 100)).await;
    assert_eq!(page.js(&format!("return {PULLED} === null")).await, true);
}

#[tokio::test]
async fn a_swipe_from_an_edge_goes_back_and_forward() {
    let (world, _phone) = World::polls_on_phone().await;
    let page = world.page();
    page.visit("/polls/1/").await;
    page.at("/polls/1/").await;
    draw(&page, (5, 400), (150, 10)).await;
    page.at("/polls/").await;
    draw(&page, (385, 400), (-150, 10)).await;
    page.at("/polls/1/").await;
    // From the Library too.
    open_library(&page).await;
    draw(&page, (5, 400), (150, 10)).await;
    page.at("/polls/1/").await;
}

#[tokio::test]
async fn what_another_app_shares_opens_the_page_of_the_site_that_it_names() {
    let (world, phone) = World::polls_on_phone().await;
    let page = world.page();
    phone.open(&format!("{}/polls/2/", world.site.origin()));
    page.at("/polls/2/").await;
    phone.open("web+polls:/polls/1/");
    page.at("/polls/1/").await;
    // Nothing else leads anywhere, and what comes after it is followed.
    phone.open("https://evil.example/polls/2/");
    phone.open("web+polls:/polls/1/results/");
    page.at("/polls/1/results/").await;
    page.back().await;
    page.at("/polls/1/").await;
}

#[tokio::test]
async fn a_phone_that_was_stopped_catches_up_when_its_person_is_back() {
    let (mut world, phone) = World::polls_on_phone().await;
    let page = world.page();
    leave(&mut world, 1).await;
    vote(&page, 1, 2).await;
    page.until_note("1 vote waiting to be sent.").await;
    page.screenshot("phone-waiting").await;
    phone.suspend();
    world.logged("the app is suspended").await;
    world.app().stop();
    world.site.start_again().await;
    world.app().go_on();
    phone.resume();
    world.logged("the app is resumed").await;
    until("the vote is counted", || async { (world.site.votes(2) == 1).then_some(()) }).await;
    page.until_no_bar().await;
    assert_eq!(world.site.all_votes(), 1);
}

fn submitted(request: &Received) -> Option<Answer> {
    Some(match request.path.as_str() {
        "/" => Answer::html(
            "<!doctype html><title>t</title><form action=/sent method=post enctype=multipart/form-data>\
             <input type=file name=file><input type=submit></form>",
        ),
        _ => Answer::html("<!doctype html><title>t</title><p>sent"),
    })
}

#[tokio::test]
async fn a_file_travels_by_command_as_numbers_and_arrives_byte_for_byte() {
    let site = Echo::start(submitted);
    let profile = site.profile();
    let mut world = World::not_yet_open(site, &profile).await;
    let _phone = world.become_phone();
    world.open().await;
    let page = world.page();
    page.at("/").await;
    let bytes: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let file = world.path("file.bin");
    std::fs::write(&file, &bytes).unwrap();
    page.type_into("input[type=file]", file.to_str().unwrap()).await;
    page.leave(async { page.click("input[type=submit]").await }).await;
    page.at("/sent").await;
    let parts = world.site.first("POST", "/sent").await.parts();
    assert!(parts.iter().any(|(_, body)| *body == bytes));
}
