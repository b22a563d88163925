//! Votes that are cast while the site is away.

use std::fs;

use holdfast_tests::{World, until};

use crate::admin::sign_in;

/// The buttons stay open, the page says that the vote is kept, and it is, whatever becomes of
/// the app; it is counted once.
#[tokio::test]
async fn a_vote_cast_offline_is_counted_once_when_the_site_is_back() {
    let mut world = World::polls().await;
    let page = world.page();
    page.visit("/polls/1/").await;
    page.at("/polls/1/").await;
    world.site.kill();
    page.until_bar("offline").await;
    page.click("#choice2").await;
    page.click("input[type=submit]").await;
    page.at("/polls/1/vote/").await;
    assert_eq!(page.text("document.querySelector('h1').textContent").await, "Saved");
    page.until_note("1 vote waiting to be sent.").await;
    page.follow("Back").await;
    page.at("/polls/1/").await;

    world.kill_app().await;
    world.site.start_again().await;
    world.open().await;
    until("the vote is counted", || async { (world.site.votes(2) == 1).then_some(()) }).await;
    world.restart().await;
    world.page().at("/polls/").await;
    world.page().visit("/polls/1/results/").await;
    world.page().at("/polls/1/results/").await;
    assert_eq!(world.site.all_votes(), 1);
}

/// The site has another secret since, and so the token of the page is worth nothing: the vote
/// goes with the one that the page has now.
#[tokio::test]
async fn a_vote_whose_token_has_become_stale_is_counted_once() {
    let mut world = World::polls().await;
    let page = world.page();
    world.site.kill();
    world.site.start_again_with(&[("POLLS_SESSION_CSRF", "1")]).await;
    page.visit("/polls/1/").await;
    // Where it was noticed that the site was gone for a moment, the page comes by itself.
    page.until("document.querySelector('#choice2') !== null").await;
    page.until_no_bar().await;
    world.site.kill();
    page.until_bar("offline").await;
    page.click("#choice2").await;
    page.click("input[type=submit]").await;
    page.at("/polls/1/vote/").await;

    let rotated = [("POLLS_SESSION_CSRF", "1"), ("POLLS_SECRET_KEY", "another one altogether")];
    world.kill_app().await;
    world.site.start_again_with(&rotated).await;
    world.open().await;
    until("the vote is counted", || async { (world.site.votes(2) == 1).then_some(()) }).await;
    world.page().at("/polls/").await;
    world.page().visit("/polls/1/results/").await;
    world.page().at("/polls/1/results/").await;
    assert_eq!(world.site.all_votes(), 1);
}

/// Where there is no room for it the page says so, and the form keeps what was chosen.
#[tokio::test]
async fn a_vote_that_cannot_be_kept_is_said_not_to_be_and_stays_in_the_form() {
    let mut world = World::polls().await;
    let page = world.page();
    page.visit("/polls/1/").await;
    page.at("/polls/1/").await;
    let state = rusqlite::Connection::open(world.settings.data.join("state.sqlite3")).unwrap();
    let full = "CREATE TRIGGER full BEFORE INSERT ON submission
                BEGIN SELECT RAISE(FAIL, 'there is no room'); END";
    state.execute(full, []).unwrap();
    world.site.kill();
    page.until_bar("offline").await;
    page.click("#choice2").await;
    page.click("input[type=submit]").await;
    let bar = page.until_bar("unsent").await;
    assert_eq!(bar.text, "This was neither sent nor saved. What you entered is still here.");
    page.screenshot("not-saved").await;
    assert_eq!(page.js("return document.querySelector('#choice2').checked").await, true);

    state.execute("DROP TRIGGER full", []).unwrap();
    page.click("input[type=submit]").await;
    page.at("/polls/1/vote/").await;
    world.site.start_again().await;
    until("the vote is counted", || async { (world.site.votes(2) == 1).then_some(()) }).await;
}

/// What was entered while the sign-in ran out waits for it, and goes on by itself. The form is
/// the admin's own: with a picture field, rows of choices, and a token that is new after the
/// sign-in.
#[tokio::test]
async fn what_was_entered_goes_on_when_its_person_has_signed_in_again() {
    let mut world = World::polls().await;
    let profile = fs::read_to_string(&world.settings.profile).unwrap();
    let forms = "[[route]]\nname = \"questions\"\nwhen = { method = \"POST\", \
                 path = \"/admin/polls/question/:id/change/\" }\nstrategy = \"network-only\"\n\
                 [route.outbox]\naccept = { redirect = \"/admin/polls/question/\" }\n\n";
    let admin = "[[route]]\nname     = \"admin\"";
    assert!(profile.contains(admin), "{profile}");
    fs::write(&world.settings.profile, profile.replace(admin, &format!("{forms}{admin}"))).unwrap();
    world.restart().await;
    let page = world.page();
    page.at("/polls/").await;
    sign_in(&page).await;
    page.visit("/admin/polls/question/1/change/").await;
    page.at("/admin/polls/question/1/change/").await;
    page.type_into("#id_question_text", "Is it?").await;
    world.site.kill();
    world.site.execute("DELETE FROM django_session");
    page.until_bar("offline").await;
    page.click("input[name=_save]").await;
    page.until_note("1 form waiting to be sent.").await;

    world.site.start_again().await;
    page.until_note("Sign in to send your form.").await;
    page.screenshot("sign-in").await;
    page.press_note().await;
    page.until("location.pathname === '/admin/login/'").await;
    page.type_into("#id_username", "admin").await;
    page.type_into("#id_password", "admin-password").await;
    page.click("input[type=submit]").await;
    let text = || -> String {
        let sql = "SELECT question_text FROM polls_question WHERE id = 1";
        world.site.database().query_row(sql, [], |row| row.get(0)).unwrap()
    };
    until("the question is changed", || async { (text() == "Is it?").then_some(()) }).await;
}
