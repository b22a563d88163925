//! The site's admin: signing in, adding a question with its choices, uploading a picture.

use std::fs;

use holdfast_tests::{Page, World, root};
use serde_json::Value;

pub(crate) async fn sign_in(page: &Page) {
    page.follow("Admin").await;
    page.at("/admin/login/?next=/admin/").await;
    page.type_into("#id_username", "admin").await;
    page.type_into("#id_password", "admin-password").await;
    page.click("input[type=submit]").await;
    page.at("/admin/").await;
}

#[tokio::test]
async fn nothing_of_who_has_signed_out_is_shown_again() {
    let mut world = World::polls().await;
    let page = world.page();
    sign_in(&page).await;
    page.click("#logout-form button").await;
    page.at("/admin/logout/").await;
    page.back().await;
    page.at("/admin/login/?next=/admin/").await;

    world.site.kill();
    page.visit("/admin/").await;
    page.at("/admin/").await;
    assert_eq!(page.text("document.querySelector('h1').textContent").await, "You are offline.");
}

#[tokio::test]
async fn a_question_is_added_in_the_admin_with_choices_and_a_picture() {
    let mut world = World::polls().await;
    let page = world.page();
    sign_in(&page).await;
    let cookies = page.text("document.cookie").await;
    assert!(cookies.contains("csrftoken=") && !cookies.contains("sessionid"), "{cookies}");

    page.visit("/admin/polls/question/add/").await;
    page.type_into("#id_question_text", "Which cloud is this?").await;
    let picture = world.path("a cloud.png");
    fs::copy(root().join("tests/polls_site/polls/static/polls/images/background.png"), &picture)
        .unwrap();
    page.type_into("#id_picture", picture.to_str().unwrap()).await;
    page.click("details summary").await;
    // "Today" and "Now" come from the admin's own script.
    page.follow("Today").await;
    page.follow("Now").await;
    for (index, text) in ["Cumulus", "Stratus", "Cirrus"].iter().enumerate() {
        page.type_into(&format!("#id_choice_set-{index}-choice_text"), text).await;
    }
    page.click(".add-row a").await;
    page.type_into("#id_choice_set-3-choice_text", "Nimbus").await;
    page.click("input[name=_save]").await;
    page.at("/admin/polls/question/").await;
    page.until("document.querySelector('.messagelist .success') !== null").await;

    let database = world.site.database();
    let (id, file): (u32, String) = database
        .query_row(
            "SELECT id, picture FROM polls_question WHERE question_text = 'Which cloud is this?'",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    let choices: Vec<String> = database
        .prepare("SELECT choice_text FROM polls_choice WHERE question_id = ?1 ORDER BY id")
        .unwrap()
        .query_map([id], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(choices, ["Cumulus", "Stratus", "Cirrus", "Nimbus"]);
    let bytes = fs::read(&picture).unwrap();
    assert_eq!(fs::read(world.site.media().join(&file)).unwrap(), bytes);

    // Shown in its page, and the same bytes come back.
    page.visit(&format!("/polls/{id}/")).await;
    page.until("document.querySelector('.picture img').naturalWidth > 0").await;
    let downloaded = page
        .promise(
            "const { href } = document.querySelector('.picture');\
             return Array.from(new Uint8Array(await (await fetch(href)).arrayBuffer()));",
        )
        .await;
    let downloaded: Vec<u8> =
        downloaded.as_array().unwrap().iter().filter_map(Value::as_u64).map(|b| b as u8).collect();
    assert_eq!(downloaded, bytes);

    world.restart().await;
    let page = world.page();
    page.at("/polls/").await;
    page.follow("Admin").await;
    page.at("/admin/").await;
    assert!(page.text("document.getElementById('user-tools').textContent").await.contains("admin"));
}
