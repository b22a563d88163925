//! The app as a public terminal: what the public can do, what always is on the screen, and what
//! the next person finds.

use std::fs;
use std::future::ready;
use std::time::{Duration, Instant};

use holdfast_engine::PinHash;
use holdfast_tests::{Page, Polls, Windows, World, until};

const HEADING: &str = "document.querySelector('h1').textContent";
const QUIET: &str = "document.body?.id === 'holdfast-quiet'";
const COUNTDOWN: &str = "document.querySelector('holdfast-countdown')?.shadowRoot.textContent";
/// What a page has that was neither left nor loaded again.
const MARK: &str = "window.isTheSame = true";

/// The polls site in a terminal with this in its `[kiosk]`, not yet started.
async fn closed(rules: &str) -> (World<Polls>, Windows) {
    let mut world = World::polls_apart().await;
    let profile = fs::read_to_string(&world.settings.profile).unwrap();
    fs::write(&world.settings.profile, format!("{profile}\n[kiosk]\n{rules}\n")).unwrap();
    world.settings.words = vec!["--kiosk".to_owned()];
    let windows = world.windows().await;
    (world, windows)
}

async fn terminal(rules: &str) -> (World<Polls>, Windows, Page) {
    let (mut world, windows) = closed(rules).await;
    world.open().await;
    let page = world.page();
    page.at("/polls/").await;
    page.until("window.innerWidth === 1280 && window.innerHeight === 900").await;
    world.installed().await;
    (world, windows, page)
}

/// Waits until the page that was marked is another one, with this heading.
async fn until_another(page: &Page, heading: &str) {
    page.until(&format!("!window.isTheSame && {HEADING} === '{heading}'")).await;
}

#[tokio::test]
async fn keys_and_menus_lead_nowhere_in_a_terminal() {
    let (world, windows, page) = terminal("").await;
    page.follow("Is the sky blue?").await;
    page.at("/polls/1/").await;
    page.js(MARK).await;
    let before = windows.count();
    windows.click((600, 600), 1, 1);
    windows.keys(&[
        "ctrl+l",
        "ctrl+s",
        "ctrl+q",
        "ctrl+w",
        "ctrl+p",
        "ctrl+r",
        "ctrl+plus",
        "ctrl+minus",
        "ctrl+shift+i",
        "ctrl+shift+c",
        "F5",
        "F10",
        "F11",
        "F12",
        "alt+Left",
        "alt+F4",
        "Menu",
        "shift+F10",
        "XF86Back",
        "XF86Reload",
        "XF86HomePage",
        "Super_L",
    ]);
    for button in [3, 8, 9] {
        windows.click((600, 600), button, 1);
    }
    // What comes after them arrives, and so they have all been seen to.
    page.js("document.querySelector('#choice2').focus()").await;
    windows.keys(&["space"]);
    page.until("document.querySelector('#choice2').checked").await;
    assert_eq!(page.js("return [window.isTheSame, location.pathname]").await[0], true);
    assert_eq!(page.js("return location.pathname").await, "/polls/1/");
    assert_eq!(page.js("return window.innerWidth").await, 1280);
    assert_eq!(windows.count(), before, "{:?}", windows.list());
    assert!(world.app().is_running());
    page.screenshot("kiosk").await;
}

#[tokio::test]
async fn the_public_stays_on_the_pages_that_are_allowed() {
    let (world, windows, page) = terminal("allow = [\"/polls/\", \"/polls/1/*\"]").await;
    page.js(MARK).await;
    for elsewhere in ["/admin/", "/polls/2/", "https://example.org/", "mailto:a@example.org"] {
        page.js(&format!("location.href = '{elsewhere}'")).await;
        page.js(&format!("window.open('{elsewhere}')")).await;
        page.js(&format!(
            "const a = Object.assign(document.createElement('a'), {{ href: '{elsewhere}', target: '_blank' }});\
             document.body.append(a); a.click(); a.remove()"
        ))
        .await;
    }
    // A form that the site answers with a redirect to where nobody may go.
    assert_eq!(page.js("return window.isTheSame").await, true);
    page.js("location.href = '/polls/1/'").await;
    page.at("/polls/1/").await;
    page.js("window.open('/polls/')").await;
    page.at("/polls/").await;
    assert_eq!(page.windows().await, 1);
    assert!(!world.app().log().contains("xdg-open"), "{}", world.app().log());
    drop(windows);
}

#[tokio::test]
async fn a_page_whose_process_is_killed_is_back_within_three_seconds() {
    let (world, _windows, page) = terminal("").await;
    page.follow("Is the sky blue?").await;
    page.at("/polls/1/").await;
    page.js(MARK).await;
    let killed = Instant::now();
    world.app().kill_page();
    until_another(&page, "Is the sky blue?").await;
    let took = killed.elapsed();
    assert!(took < Duration::from_secs(3), "{took:?}");
    // The public is told nothing of it.
    assert_eq!(page.bar().await, None);
}

#[tokio::test]
async fn a_page_that_ends_again_and_again_makes_room_for_a_quiet_one() {
    let (world, windows, page) = terminal("").await;
    for _ in 0..3 {
        page.js(MARK).await;
        world.app().kill_page();
        until_another(&page, "Questions").await;
    }
    world.app().kill_page();
    page.until(QUIET).await;
    page.screenshot("kiosk-quiet").await;
    windows.screenshot("kiosk-quiet-display");
    assert!(page.text("document.body.innerText").await.contains("One moment"));
}

#[tokio::test]
async fn a_page_that_hangs_is_started_afresh() {
    let (world, _windows, page) = terminal("hang = \"2s\"").await;
    page.js(MARK).await;
    page.js("setTimeout(() => { for (;;); })").await;
    world.logged("the page says nothing any more").await;
    until_another(&page, "Questions").await;
}

#[tokio::test]
async fn a_page_that_takes_too_much_memory_is_started_afresh() {
    let (world, _windows, page) = terminal("memory = \"700 MiB\"").await;
    page.js(MARK).await;
    page.js("window.held = []; for (let i = 0; i < 16; i++) held.push(new Uint8Array(64 << 20).fill(i + 1))")
        .await;
    world.logged("the page takes too much memory").await;
    until_another(&page, "Questions").await;
}

#[tokio::test]
async fn a_terminal_that_nobody_uses_loads_its_page_afresh_at_its_time_and_when_the_site_is_back() {
    let (mut world, _windows, page) = terminal("reload = \"3s\"").await;
    page.js(MARK).await;
    until_another(&page, "Questions").await;
    world.site.kill();
    page.until_bar("offline").await;
    world.site.start_again().await;
    page.until_no_bar().await;
    assert_eq!(page.text(HEADING).await, "Questions");
}

#[tokio::test]
async fn a_terminal_that_starts_without_a_network_waits_and_goes_on_by_itself() {
    let (mut world, windows) = closed("").await;
    world.site.kill();
    world.open().await;
    let page = world.page();
    page.at("/polls/").await;
    page.until("document.body?.innerText.includes('waiting for a connection')").await;
    windows.screenshot("kiosk-first-start");
    world.site.start_again().await;
    page.until(&format!("document.querySelector('h1') && {HEADING} === 'Questions'")).await;
}

#[tokio::test]
async fn the_next_person_finds_nothing_and_what_waits_is_sent_all_the_same() {
    let (mut world, windows, page) = terminal("idle = \"6s\"").await;
    page.click("#theme").await;
    page.js("localStorage.setItem('mine', 'secret')").await;
    page.js("sessionStorage.setItem('mine', 'secret')").await;
    page.follow("Is the sky blue?").await;
    page.at("/polls/1/").await;
    world.site.kill();
    page.click("#choice2").await;
    page.leave(page.click("form [type=submit]")).await;
    page.until_note("1 vote waiting to be sent.").await;
    page.until(&format!("{COUNTDOWN}?.includes('Are you still here?')")).await;
    windows.screenshot("kiosk-countdown");
    // Somebody who is there says so.
    windows.click((640, 300), 1, 1);
    page.until("!document.querySelector('holdfast-countdown')").await;
    assert_eq!(
        page.bar().await.and_then(|bar| bar.note).as_deref(),
        Some("1 vote waiting to be sent.")
    );
    // And then goes.
    world.logged("a session has ended").await;
    page.look_at_next("location.pathname === '/polls/'").await;
    page.until("document.readyState === 'complete'").await;
    let left = page
        .js("return [document.cookie, localStorage.length, sessionStorage.length, history.length]")
        .await;
    assert_eq!(left, serde_json::json!(["", 0, 0, 1]));
    assert_eq!(page.bar().await.and_then(|bar| bar.note), None);
    windows.screenshot("kiosk-next");
    // Not even where they had been can be read without a network.
    page.js("location.href = '/polls/1/'").await;
    page.at("/polls/1/").await;
    assert!(!page.text("document.body.innerText").await.contains("Is the sky blue?"));
    world.site.start_again().await;
    until("the vote has arrived", || ready((world.site.votes(2) == 1).then_some(()))).await;
    assert_eq!(world.site.all_votes(), 1);
    // Nobody is told what somebody else has chosen.
    assert_eq!(page.bar().await.and_then(|bar| bar.note), None);
}

#[tokio::test]
async fn nobody_but_who_knows_the_pin_ends_a_terminal() {
    let hash = PinHash::of("4711").unwrap();
    let (world, windows, _page) = terminal(&format!("pin = \"{hash}\"")).await;
    let before = windows.count();
    windows.click((10, 10), 1, 4);
    windows.click((600, 600), 1, 1);
    windows.click((10, 10), 1, 4);
    windows.click((10, 10), 1, 1);
    until("the number pad is there", || ready((windows.count() > before).then_some(()))).await;
    windows.screenshot("kiosk-pad");
    windows.press_in("PIN", &["1", "2", "3", "4", "Return"]).await;
    world.logged("a wrong PIN was entered").await;
    windows.screenshot("kiosk-pad-wrong");
    assert!(world.app().is_running());
    windows.press_in("PIN", &["4", "7", "1", "1", "Return"]).await;
    until("the app ends", || ready((!world.app().is_running()).then_some(()))).await;
}

#[tokio::test]
async fn without_a_pin_there_is_no_pad() {
    let (world, windows, page) = terminal("").await;
    let before = windows.count();
    windows.click((10, 10), 1, 5);
    page.js("document.querySelector('a').focus()").await;
    windows.keys(&["Return"]);
    page.until("location.pathname !== '/polls/'").await;
    assert_eq!(windows.count(), before, "{:?}", windows.list());
    assert!(world.app().is_running());
}
