//! The Library.

use std::fs;

use fantoccini::key::Key;
use holdfast_tests::{Page, Polls, World, root, until};
use serde_json::{Value, json};

/// Where the Library has what waits.
pub(crate) const PLACE: &str = "document.querySelector('holdfast-library').shadowRoot\
                     .querySelector('holdfast-waiting').shadowRoot";

/// The app on the polls site, where votes wait, with something in its environment.
async fn world_with(environment: &[(&str, &str)]) -> World<Polls> {
    let environment =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let world = World::polls_with(environment.collect()).await;
    world.page().at("/polls/").await;
    world
}

pub(crate) async fn world() -> World<Polls> {
    world_with(&[]).await
}

/// Votes while the site is away.
pub(crate) async fn vote(page: &Page, question: u32, choice: u32) {
    page.visit(&format!("/polls/{question}/")).await;
    page.click(&format!("#choice{choice}")).await;
    page.click("input[type=submit]").await;
    page.at(&format!("/polls/{question}/vote/")).await;
}

/// Has the pages of a poll on the device, and the site away.
pub(crate) async fn leave(world: &mut World<Polls>, question: u32) {
    let page = world.page();
    for path in [format!("/polls/{question}/results/"), format!("/polls/{question}/")] {
        page.visit(&path).await;
        page.at(&path).await;
    }
    world.site.kill();
    page.until_bar("offline").await;
}

/// What each row says: what it is, and how.
pub(crate) async fn rows(page: &Page) -> Value {
    page.js(&format!(
        "const said = (element) => element.textContent.replace(/\\s+/g, ' ').trim();\
         return [...{PLACE}.querySelectorAll('li')].map((row) => \
             [said(row.querySelector('.name')), said(row.querySelector('.state'))])"
    ))
    .await
}

pub(crate) async fn until_rows(page: &Page, expected: Value) {
    until(&format!("the Library shows {expected}"), || async {
        (rows(page).await == expected).then_some(())
    })
    .await;
}

/// Chooses from the menu of a row.
pub(crate) async fn choose(page: &Page, row: usize, entry: &str) {
    let menu =
        format!("{PLACE}.querySelectorAll('li')[{row}].querySelector('holdfast-menu').shadowRoot");
    page.js(&format!("{menu}.querySelector('button').click()")).await;
    let found = format!(
        "[...{menu}.querySelectorAll('[role=menuitem]')].find(({{ textContent }}) => textContent === {})",
        Value::from(entry)
    );
    page.until(&format!("{found} !== undefined")).await;
    page.js(&format!("{found}.click()")).await;
}

/// Presses the main button of a row.
pub(crate) async fn press(page: &Page, row: usize) {
    page.js(&format!("{PLACE}.querySelectorAll('li')[{row}].querySelector('button.main').click()"))
        .await;
}

/// Answers what is asked.
pub(crate) async fn answer(page: &Page, button: &str) {
    let ask = format!("{PLACE}.querySelector('holdfast-ask').shadowRoot");
    page.until(&format!("{ask}.querySelector('dialog').open")).await;
    page.js(&format!("{ask}.querySelector('{button}').click()")).await;
}

pub(crate) async fn until_said(page: &Page, beginning: &str) -> String {
    let said = page
        .until(&format!(
            "((said) => said.startsWith({}) && said)({PLACE}.querySelector('[role=status]').textContent)",
            Value::from(beginning)
        ))
        .await;
    said.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_library_lists_what_waits_and_discards_what_is_not_wanted() {
    let mut world = world().await;
    let page = world.page();
    leave(&mut world, 1).await;
    vote(&page, 1, 1).await;
    vote(&page, 1, 3).await;
    page.until_note("2 votes waiting to be sent.").await;
    page.press_note().await;
    page.look_at_library().await;
    assert_eq!(page.text("document.title").await, "Library");
    until_rows(
        &page,
        json!([
            ["Vote for “Yes” · Is the sky blue?", "waiting for a connection"],
            ["Vote for “Sometimes” · Is the sky blue?", "waiting for a connection"],
        ]),
    )
    .await;

    choose(&page, 0, "Discard").await;
    page.screenshot("library-discard").await;
    answer(&page, ".no").await;
    choose(&page, 0, "Discard").await;
    answer(&page, ".yes").await;
    let left = json!([["Vote for “Sometimes” · Is the sky blue?", "waiting for a connection"]]);
    until_rows(&page, left).await;

    page.look_at_site().await;
    page.until_note("1 vote waiting to be sent.").await;
    // It is opened once.
    page.press_letter(Key::Control, 'l').await;
    world.site.start_again().await;
    page.look_at_library().await;
    until_rows(&page, json!([])).await;
    assert_eq!(page.windows().await, 2);
    page.screenshot("library-empty").await;
    assert_eq!((world.site.votes(3), world.site.all_votes()), (1, 1));
}

/// What axe-core, the accessibility checker, finds in the window.
pub(crate) async fn violations(page: &Page) -> Value {
    let axe = root().join("ui/node_modules/axe-core/axe.min.js");
    let axe = fs::read_to_string(&axe).unwrap_or_else(|error| panic!("{}: {error}", axe.display()));
    page.js(&axe).await;
    page.promise(
        "const { violations } = await axe.run();\
         return violations.map(({ id, nodes }) => [id, nodes.map(({ failureSummary }) => failureSummary)])",
    )
    .await
}

#[tokio::test]
async fn the_library_is_for_everybody_in_both_languages_and_at_any_size() {
    for (language, theme, name) in
        [("en_GB.UTF-8", "Adwaita", "light"), ("de_DE.UTF-8", "Adwaita:dark", "dark-german")]
    {
        let mut world = world_with(&[("LANG", language), ("GTK_THEME", theme)]).await;
        let page = world.page();
        leave(&mut world, 1).await;
        vote(&page, 1, 2).await;
        vote(&page, 1, 3).await;
        page.press_letter(Key::Control, 'l').await;
        page.look_at_library().await;
        page.until(&format!("{PLACE}.querySelectorAll('li').length === 2")).await;
        for (width, height, size) in [(1000, 760, ""), (360, 640, "-narrow")] {
            page.resize(width, height).await;
            for place in ["saved", "waiting", "storage", "activity", "settings"] {
                page.go_to(place).await;
                assert_eq!(violations(&page).await, json!([]), "{place} {name}{size}");
                let scrolls = page.js("return document.documentElement.scrollWidth").await;
                assert_eq!(scrolls, width, "{place} {name}{size}");
                page.screenshot(&format!("library-{place}-{name}{size}")).await;
            }
        }
    }
}

#[tokio::test]
async fn the_library_works_by_keys_alone() {
    let mut world = world().await;
    let page = world.page();
    leave(&mut world, 1).await;
    vote(&page, 1, 2).await;
    page.press_letter(Key::Control, 'l').await;
    page.look_at_library().await;
    page.until(&format!("{PLACE}.querySelectorAll('li').length === 1")).await;
    let focused = format!("{PLACE}.activeElement");
    // The five places, send all, more, send now, and the menu of the row.
    for _ in 0..9 {
        page.press(&[Key::Tab]).await;
    }
    page.until(&format!("{focused}?.label?.startsWith('More for Vote for “No”')")).await;
    page.press(&[Key::Enter]).await;
    page.until(&format!("{focused}.shadowRoot.activeElement?.textContent === 'Edit'")).await;
    page.press(&[Key::Up]).await;
    page.until(&format!("{focused}.shadowRoot.activeElement.textContent === 'Discard'")).await;
    page.press(&[Key::Enter]).await;
    page.until(&format!("{focused}.shadowRoot.activeElement?.textContent === 'Keep'")).await;
    page.press(&[Key::Tab]).await;
    page.press(&[Key::Enter]).await;
    until_rows(&page, json!([])).await;
}

#[tokio::test]
async fn the_library_can_call_its_own_commands_and_no_other() {
    let world = World::polls().await;
    let page = world.page();
    page.press_letter(Key::Control, 'l').await;
    page.look_at_library().await;
    for command in [
        "submit",
        "set_cookie",
        "page_opened",
        "load_part",
        "past_the_store",
        "open_library",
        "open_portal",
        "save_page",
        "cancel_saving_page",
        // What stands behind its own.
        "plugin:store|load",
        "plugin:store|set",
        "plugin:autostart|enable",
        "plugin:autostart|disable",
    ] {
        let call =
            page.promise(&format!("await __TAURI_INTERNALS__.invoke('{command}', {{}})")).await;
        let thrown = call["thrown"].as_str().unwrap_or_else(|| panic!("{command}: {call}"));
        assert!(thrown.contains("not allowed"), "{command}: {thrown}");
    }
    for (command, arguments) in [
        ("storage", json!({})),
        ("clear_stored", json!({ "kind": "images" })),
        ("activity", json!({})),
        ("settings", json!({})),
    ] {
        let call = format!("return await __TAURI_INTERNALS__.invoke('{command}', {arguments})");
        let answer = page.promise(&call).await;
        assert_eq!(answer["thrown"], Value::Null, "{command}: {answer}");
    }
    // Of what the person keeps it can clear nothing.
    for kind in ["saved", "app", "unsent"] {
        let call =
            format!("await __TAURI_INTERNALS__.invoke('clear_stored', {{ kind: '{kind}' }})");
        let refused = page.promise(&call).await;
        assert!(refused["thrown"].as_str().is_some(), "{kind}: {refused}");
    }
    // Nor does it get anything of the site.
    let fetched = page.promise("await fetch('polls://localhost/polls/')").await;
    assert!(fetched["thrown"].as_str().is_some(), "{fetched}");
}

/// What is chosen in the Library holds at once for what is opened then, and after a restart.
#[tokio::test]
async fn what_the_person_chooses_outlives_the_app() {
    let mut world = world_with(&[("LANG", "en_GB.UTF-8")]).await;
    let settings = json!({
        "language": "de", "notifications": false, "mutedKinds": ["poll"],
        "quietHours": { "from": "22:30", "to": "06:00" }, "refreshEvery": "1h",
        "startAtLogin": null, "refreshesOnMetered": true, "syncsOnLowBattery": true,
        "keepsRunning": false
    });
    let page = world.page();
    page.press_letter(Key::Control, 'l').await;
    page.look_at_library().await;
    page.until("document.documentElement.lang === 'en'").await;
    let arguments = json!({ "settings": settings });
    let change = format!("return await __TAURI_INTERNALS__.invoke('change_settings', {arguments})");
    let changed = page.promise(&change).await;
    assert_eq!(changed["language"], "de", "{changed}");
    page.js("location.reload()").await;
    page.until("document.documentElement.lang === 'de'").await;

    world.kill_app().await;
    world.open().await;
    let page = world.page();
    page.at("/polls/").await;
    page.press_letter(Key::Control, 'l').await;
    page.look_at_library().await;
    page.until("document.documentElement.lang === 'de'").await;
    let kept = page.promise("return await __TAURI_INTERNALS__.invoke('settings', {})").await;
    for (name, chosen) in settings.as_object().unwrap() {
        assert!(kept[name] == *chosen || name == "startAtLogin", "{name}: {kept}");
    }
    // What is not wanted any more is not kept either.
    let mut settings = settings;
    settings["quietHours"] = Value::Null;
    let arguments = json!({ "settings": settings });
    page.promise(&format!("await __TAURI_INTERNALS__.invoke('change_settings', {arguments})"))
        .await;
    let file = fs::read_to_string(world.settings.data.join("settings.json")).unwrap();
    assert!(!file.contains("quietHours") && file.contains("mutedKinds"), "{file}");
}

/// The places are reached by a rail, or by tabs where there is no room.
#[tokio::test]
async fn several_places_have_a_rail_or_tabs() {
    let world = World::polls().await;
    let page = world.page();
    page.press_letter(Key::Control, 'l').await;
    page.look_at_library().await;
    let nav = "document.querySelector('holdfast-library').shadowRoot.querySelector('nav')";
    page.until(&format!("{nav}?.getBoundingClientRect().left === 0")).await;
    assert_eq!(violations(&page).await, json!([]));
    page.screenshot("library-rail").await;
    page.resize(360, 640).await;
    let bottom = format!("return {nav}.getBoundingClientRect().bottom === innerHeight");
    assert_eq!(page.js(&bottom).await, true);
    assert_eq!(violations(&page).await, json!([]));
    page.screenshot("library-tabs").await;
}
