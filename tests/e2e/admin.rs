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

/// What `holdfast-gateway init` writes for the admin, and the one line that lets its pages be
/// kept although it forbids that.
fn admin_profile(origin: &str) -> String {
    format!(
        r#"
[site]
name           = "Site administration"
origin         = "{origin}"
start          = "/admin/"
scheme         = "adminapp"
session-cookie = "sessionid"

[sign-in]
page       = "/admin/login/"
user-field = "username"

[[route]]
name     = "static"
when     = {{ path = "/static/*", method = "GET" }}
strategy = "stale-while-revalidate"

[[route]]
name            = "pages"
when            = {{ destination = "document" }}
strategy        = "network-first"
save            = true
ignore-no-store = true
"#
    )
}

async fn admin() -> World {
    let world = World::polls_under(admin_profile).await;
    let page = world.page();
    page.at("/admin/login/?next=/admin/").await;
    page.type_into("#id_username", "admin").await;
    page.type_into("#id_password", "admin-password").await;
    page.click("input[type=submit]").await;
    page.at("/admin/").await;
    world
}

/// Enough questions for a second page of them.
fn many_questions(world: &World) {
    world.site.execute(
        "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 130)
         INSERT INTO polls_question (question_text, pub_date, picture)
         SELECT printf('Question %03d of many?', n), datetime('now'), '' FROM numbers",
    );
}

#[tokio::test]
async fn lists_of_the_admin_are_searched_and_turned_also_offline() {
    let mut world = admin().await;
    let page = world.page();
    many_questions(&world);
    let first = "document.querySelector('#result_list tbody th').textContent";

    page.visit("/admin/polls/question/?o=1").await;
    page.until("document.querySelectorAll('#result_list tbody tr').length === 100").await;
    page.click(".paginator a[href*='p=2']").await;
    page.at("/admin/polls/question/?o=1&p=2").await;
    let second_page = page.text(first).await;
    assert!(second_page.contains("of many"), "{second_page}");

    page.visit("/admin/polls/question/").await;
    page.type_into("#searchbar", "077").await;
    page.click("#changelist-search [type=submit]").await;
    page.at("/admin/polls/question/?q=077").await;
    page.until(&format!("{first} === 'Question 077 of many?'")).await;
    page.follow("Question 077 of many?").await;
    page.until("document.querySelector('#id_question_text')?.value === 'Question 077 of many?'")
        .await;
    let edited = page.text("location.pathname + location.search").await;

    world.site.kill();
    for (path, expected) in [
        ("/admin/polls/question/?o=1&p=2", second_page.as_str()),
        ("/admin/polls/question/?q=077", "Question 077 of many?"),
    ] {
        page.visit(path).await;
        page.at(path).await;
        assert_eq!(page.text(first).await, expected);
        page.until_bar("offline").await;
    }
    page.screenshot("admin-offline").await;
    page.visit(&edited).await;
    page.until("document.querySelector('#id_question_text').value === 'Question 077 of many?'")
        .await;
    // What was never looked at is not there, and says so.
    page.visit("/admin/polls/question/?q=078").await;
    page.until("document.querySelector('#searchbar') === null").await;

    world.site.start_again().await;
    page.visit("/admin/polls/question/?q=078").await;
    page.until(&format!("{first} === 'Question 078 of many?'")).await;
    page.until_no_bar().await;
}

/// The admin opens windows for what a field refers to, and these fill in the field.
#[tokio::test]
async fn what_a_field_refers_to_is_added_in_a_window_of_its_own() {
    let world = admin().await;
    let page = world.page();
    page.visit("/admin/auth/user/1/change/").await;
    page.type_into("#id_first_name", "Ada").await;
    page.keep_popups().await;
    page.click("#add_id_groups").await;
    page.until("opened?.document.readyState === 'complete' && opened.document.querySelector('#id_name') !== null")
        .await;
    assert_eq!(page.text("opened.location.pathname").await, "/admin/auth/group/add/");
    page.js("opened.document.querySelector('#id_name').value = 'Weather people';\
         opened.document.querySelector('input[name=_save]').click()")
        .await;
    // The admin's own script puts it among what was chosen.
    page.until("Array.from(document.querySelectorAll('#id_groups_to option'), (o) => o.text).includes('Weather people')")
        .await;
    page.until("opened.closed").await;
    assert_eq!(page.text("document.querySelector('#id_first_name').value").await, "Ada");
    page.click("input[name=_save]").await;
    page.at("/admin/auth/user/").await;
    let groups: u32 = world
        .site
        .database()
        .query_row("SELECT COUNT(*) FROM auth_user_groups WHERE user_id = 1", [], |row| row.get(0))
        .unwrap();
    assert_eq!(groups, 1);
}

#[tokio::test]
async fn what_is_edited_in_the_admin_offline_says_that_it_was_not_sent() {
    let mut world = admin().await;
    let page = world.page();
    page.visit("/admin/polls/question/1/change/").await;
    page.js("document.querySelector('#id_question_text').value = ''").await;
    page.type_into("#id_question_text", "Is the sky blue? Really").await;
    // Nobody has noticed yet.
    world.site.kill();
    page.click("input[name=_save]").await;
    page.until_bar("unsent").await;
    assert_eq!(page.text("location.pathname").await, "/admin/polls/question/1/change/");
    world.site.start_again().await;
    page.until("!document.querySelector('input[name=_save]').disabled").await;
    page.click("input[name=_save]").await;
    page.at("/admin/polls/question/").await;
    let text: String = world
        .site
        .database()
        .query_row("SELECT question_text FROM polls_question WHERE id = 1", [], |row| row.get(0))
        .unwrap();
    assert_eq!(text, "Is the sky blue? Really");
}
