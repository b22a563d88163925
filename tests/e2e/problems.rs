//! When the app cannot open the site, its window says why.

use std::fs;

use holdfast_tests::{World, shipped_profile};
use rusqlite::Connection;

#[tokio::test]
async fn a_broken_profile_is_shown_with_the_line_and_what_was_expected() {
    let profile = shipped_profile("http://127.0.0.1:8000")
        .replace("\"cache-first\"", "\"cache-frist\"")
        .replacen("timeout  = \"3s\"", "timeout  = \"3 sheep\"", 1);
    let world = World::of((), &profile).await;
    let page = world.page();
    page.until("document.querySelectorAll('li').length === 2").await;
    let shown = page.text("document.querySelector('main').innerText").await;
    let line = 1 + profile.lines().position(|line| line.contains("cache-frist")).unwrap();
    for expected in [
        "Holdfast cannot read site.toml",
        &format!("site.toml, line {line}"),
        "unknown strategy `cache-frist`, did you mean `cache-first`?",
        "strategy = \"cache-frist\"",
        "route[0].strategy",
        "timeout  = \"3 sheep\"",
    ] {
        assert!(shown.contains(expected), "{expected:?} is not in:\n{shown}");
    }
    page.screenshot("problem").await;

    let call = page.promise("return __TAURI_INTERNALS__.invoke('submit', new Uint8Array())").await;
    assert!(call["thrown"].as_str().is_some_and(|text| text.contains("not allowed")), "{call}");
}

#[tokio::test]
async fn problems_are_told_in_the_systems_language() {
    let mut world = World::not_yet_open((), "[site]\nname = \"Polls\"\n").await;
    world.settings.environment = vec![("LC_ALL".to_owned(), "de_AT.UTF-8".to_owned())];
    world.open().await;
    let page = world.page();
    page.until("document.querySelector('h1') !== null").await;
    let shown = page.text("document.querySelector('main').innerText").await;
    assert!(shown.starts_with("Holdfast kann site.toml nicht lesen"), "{shown}");
}

#[tokio::test]
async fn a_profile_that_is_not_there_is_named() {
    let mut world = World::not_yet_open((), "").await;
    world.settings.profile = world.path("nowhere.toml");
    world.open().await;
    let page = world.page();
    page.until("document.querySelector('h1') !== null").await;
    let shown = page.text("document.querySelector('main').innerText").await;
    assert!(shown.contains("nowhere.toml") && shown.contains("cannot read the profile"), "{shown}");
    // There is no line to point at.
    assert!(!shown.contains("line 0") && !shown.contains("Expected"), "{shown}");
}

#[tokio::test]
async fn a_state_of_a_newer_version_is_refused_and_left_alone() {
    let mut world = World::polls().await;
    world.close().await;
    let state = world.settings.data.join("state.sqlite3");
    let database = Connection::open(&state).unwrap();
    database.pragma_update(None, "user_version", 99).unwrap();
    database.close().unwrap();
    let before = fs::read(&state).unwrap();

    world.open().await;
    let page = world.page();
    page.until(
        "document.querySelector('h1') !== null && location.protocol === 'holdfast-problem:'",
    )
    .await;
    let shown = page.text("document.querySelector('main').innerText").await;
    page.screenshot("newer-state").await;
    assert!(shown.contains("was written by a newer version"), "{shown}");
    assert!(shown.starts_with("A newer version of this app was here"), "{shown}");
    assert!(shown.contains("install the newer version again"), "{shown}");
    assert!(!shown.contains("line 0") && !shown.contains("Expected"), "{shown}");
    assert_eq!(fs::read(&state).unwrap(), before);
}
