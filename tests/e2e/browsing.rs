//! Browsing online is as in a browser.

use fantoccini::key::Key;
use holdfast_tests::World;
use serde_json::json;

#[tokio::test]
async fn the_app_opens_the_start_page_under_its_own_scheme() {
    let world = World::polls().await;
    let page = world.page();
    assert_eq!(page.text("location.href").await, "polls://localhost/polls/");
    assert_eq!(page.text("document.title").await, "Polls");
    assert_eq!(page.text("document.querySelector('h1').textContent").await, "Questions");
    assert_eq!(page.bar().await, None);
    // Nothing is left of how the page was told about itself.
    page.until("document.getElementById('holdfast-page') === null").await;
    page.screenshot("index").await;
}

#[tokio::test]
async fn links_of_every_kind_stay_in_the_app() {
    let world = World::polls().await;
    let page = world.page();

    page.follow("Is the sky blue?").await; // "1/"
    page.at("/polls/1/").await;
    assert_eq!(page.text("location.origin").await, "polls://localhost");
    page.follow("Polls").await; // "/polls/"
    page.at("/polls/").await;
    page.follow("Tea or coffee?").await;
    page.at("/polls/2/").await;
    // Written by the site with its own origin. As it leads to where the page is, it adds
    // nothing to the history.
    page.leave(async { page.follow("Permalink").await }).await;
    page.at("/polls/2/").await;
    assert_eq!(page.text("location.origin").await, "polls://localhost");

    page.back().await;
    page.at("/polls/").await;
    page.back().await;
    page.at("/polls/1/").await;
    page.forward().await;
    page.at("/polls/").await;
    page.reload().await;
    page.at("/polls/").await;
    assert_eq!(page.text("document.querySelector('h1').textContent").await, "Questions");
}

#[tokio::test]
async fn queries_reach_the_site_and_stay_in_the_address() {
    let world = World::polls().await;
    let page = world.page();
    world.site.execute("UPDATE polls_choice SET votes = 7 WHERE question_id = 1");

    page.follow("Most votes").await;
    page.at("/polls/?sort=votes").await;
    let first = "document.querySelector('.questions a').textContent";
    assert_eq!(page.text(first).await, "Is the sky blue?");
    page.follow("Newest").await;
    page.at("/polls/?sort=newest").await;
    assert_ne!(page.text(first).await, "Is the sky blue?");
    page.back().await;
    page.at("/polls/?sort=votes").await;
    assert_eq!(page.text(first).await, "Is the sky blue?");
}

#[tokio::test]
async fn styles_images_and_scripts_are_applied() {
    let world = World::polls().await;
    let page = world.page();
    let style = |what: &str| format!("getComputedStyle(document.querySelector('main')).{what}");
    assert_eq!(page.text(&style("borderRadius")).await, "12px");

    let background = page
        .promise(
            "const value = getComputedStyle(document.body).backgroundImage;\
             const image = new Image();\
             image.src = value.match(/url\\(\"(.*)\"\\)/)[1];\
             await image.decode();\
             return [image.src, image.naturalWidth > 0];",
        )
        .await;
    assert_eq!(background, json!(["polls://localhost/static/polls/images/background.png", true]));

    // The site's script shows the button that needs it.
    page.until("!document.getElementById('theme').hidden").await;

    // And fetches what it shows.
    page.visit("/polls/1/results/").await;
    world.site.execute("UPDATE polls_choice SET votes = 3 WHERE id = 2");
    page.click("#refresh").await;
    page.until("document.querySelector('[data-choice=\"2\"] .votes').textContent === '3 votes'")
        .await;
}

#[tokio::test]
async fn error_pages_are_shown_as_the_site_sent_them() {
    let world = World::polls().await;
    let page = world.page();
    let status = "(async () => (await fetch(location.href)).status)()";

    page.visit("/polls/99/").await;
    page.at("/polls/99/").await;
    assert_eq!(page.text("document.querySelector('h1').textContent").await, "Page not found");
    assert_eq!(page.promise(&format!("return {status}")).await, 404);
    assert_eq!(page.bar().await, None);

    world.site.break_choices();
    page.visit("/polls/3/").await;
    page.at("/polls/3/").await;
    assert_eq!(page.text("document.querySelector('h1').textContent").await, "Something went wrong");
    assert_eq!(page.promise(&format!("return {status}")).await, 500);
    assert_eq!(page.bar().await, None);
}

#[tokio::test]
async fn the_keys_of_a_browser_go_back_forward_and_reload() {
    let world = World::polls().await;
    let page = world.page();
    page.follow("Is the sky blue?").await;
    page.at("/polls/1/").await;
    page.press(&[Key::Alt, Key::Left]).await;
    page.at("/polls/").await;
    page.press(&[Key::Alt, Key::Right]).await;
    page.at("/polls/1/").await;
    page.leave(async { page.press(&[Key::F5]).await }).await;
    page.at("/polls/1/").await;
}
