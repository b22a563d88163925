//! Voting online, from the ordinary form.

use fantoccini::actions::{Actions, InputSource, MouseActions, PointerAction};
use holdfast_tests::World;

#[tokio::test]
async fn a_vote_is_counted_once_whatever_the_person_does_next() {
    let world = World::polls().await;
    let page = world.page();
    page.follow("Is the sky blue?").await;
    page.at("/polls/1/").await;
    page.click("#choice1").await;
    page.click("input[type=submit]").await;
    page.at("/polls/1/results/").await;
    assert_eq!(page.text("document.querySelector('.votes').textContent").await, "1 vote");
    page.screenshot("results").await;

    page.reload().await;
    page.back().await;
    page.at("/polls/1/").await;
    page.forward().await;
    page.at("/polls/1/results/").await;
    page.back().await;
    page.at("/polls/1/").await;
    page.reload().await;
    page.at("/polls/1/").await;
    assert_eq!((world.site.votes(1), world.site.all_votes()), (1, 1));

    // The page that was gone back to votes again if it is asked to.
    page.click("#choice2").await;
    page.click("input[type=submit]").await;
    page.at("/polls/1/results/").await;
    assert_eq!((world.site.votes(2), world.site.all_votes()), (1, 2));
}

#[tokio::test]
async fn a_page_from_the_history_can_vote_again() {
    let world = World::polls().await;
    let page = world.page();
    page.visit("/polls/1/").await;
    page.click("#choice1").await;
    for votes in 1..=3 {
        page.click("input[type=submit]").await;
        page.at("/polls/1/results/").await;
        page.back().await;
        page.at("/polls/1/").await;
        assert_eq!(world.site.votes(1), votes);
    }
    page.click("input[type=submit]").await;
    page.at("/polls/1/results/").await;
    assert_eq!(world.site.votes(1), 4);
}

#[tokio::test]
async fn a_vote_without_a_choice_shows_the_form_again() {
    let world = World::polls().await;
    let page = world.page();
    page.visit("/polls/1/").await;
    page.click("input[type=submit]").await;
    page.at("/polls/1/vote/").await;
    let error = "document.querySelector('.error').textContent";
    assert_eq!(page.text(error).await, "You didn't select a choice.");
    assert_eq!(page.bar().await, None);

    page.reload().await;
    assert_eq!(world.site.all_votes(), 0);
    page.click("#choice3").await;
    page.click("input[type=submit]").await;
    page.at("/polls/1/results/").await;
    assert_eq!((world.site.votes(3), world.site.all_votes()), (1, 1));
}

#[tokio::test]
async fn a_double_click_votes_once() {
    let world = World::polls().await;
    let page = world.page();
    page.visit("/polls/1/").await;
    page.click("#choice1").await;
    let element = page.find("input[type=submit]").await;
    let (x, y, width, height) = element.rectangle().await.unwrap();
    let at = PointerAction::MoveTo { duration: None, x: x + width / 2.0, y: y + height / 2.0 };
    let [down, up] = [
        PointerAction::Down { button: fantoccini::actions::MOUSE_BUTTON_LEFT },
        PointerAction::Up { button: fantoccini::actions::MOUSE_BUTTON_LEFT },
    ];
    let twice = MouseActions::new("mouse".to_owned())
        .then(at)
        .then(down.clone())
        .then(up.clone())
        .then(down)
        .then(up);
    element.client().perform_actions(Actions::from(twice)).await.unwrap();
    page.at("/polls/1/results/").await;
    assert_eq!(world.site.votes(1), 1);

    // Faster than any hand.
    page.visit("/polls/2/").await;
    page.click("#choice1").await;
    page.js("const button = document.querySelector('input[type=submit]'); button.click(); button.click();")
        .await;
    page.at("/polls/2/results/").await;
    page.reload().await;
    assert_eq!((world.site.votes(4), world.site.all_votes()), (1, 2));
}
