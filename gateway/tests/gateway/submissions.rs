//! Forms, as Django accepts them only from its own pages.

use reqwest::multipart::{Form, Part};

use crate::http::{Answer, Browser, FORM, url_encoded};
use crate::processes::World;

#[tokio::test]
async fn a_vote_counts_once_and_reading_the_results_does_not_vote() {
    let world = World::new().await;
    let browser = Browser::new(&world.gateway.origin);
    let token = browser.token("/polls/1/").await;
    let body = url_encoded(&[("csrfmiddlewaretoken", &token), ("choice", "1")]);

    let vote = browser.post("/polls/1/vote/", "/polls/1/").header("content-type", FORM);
    let answer = Answer::of(vote.body(body.clone()).send().await.unwrap()).await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    assert_eq!(answer.header("location"), "/polls/1/results/");
    assert_eq!(answer.cache_status(), "Holdfast; fwd=method; fwd-status=302");

    for _ in 0..3 {
        let results = browser.open("/polls/1/results/").await;
        assert!(results.is_fresh());
        assert!(results.text().contains("<span class=\"aside votes\">1 vote</span>"));
    }
    let counts = browser.get("/polls/1/json/", "application/json").await.json();
    assert_eq!(counts["votes"], 1, "{counts}");

    // Another site's page cannot vote with the reader's cookies.
    let forged = browser
        .client()
        .post(world.url("/polls/1/vote/"))
        .header("origin", "https://example.org")
        .header("content-type", FORM)
        .body(body);
    assert_eq!(forged.send().await.unwrap().status(), 403);
    let counts = browser.get("/polls/1/json/", "application/json").await.json();
    assert_eq!(counts["votes"], 1, "{counts}");
}

#[tokio::test]
async fn a_question_with_choices_and_a_picture_is_added_in_the_admin() {
    let world = World::new().await;
    let browser = Browser::new(&world.gateway.origin);
    browser.sign_in().await;
    let page = "/admin/polls/question/add/";
    let token = browser.token(page).await;
    // Large enough to arrive in many pieces, and not text.
    let picture: Vec<u8> =
        (0..3_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();

    let mut form = Form::new()
        .text("csrfmiddlewaretoken", token)
        .text("question_text", "Which pet?")
        .text("pub_date_0", "2025-03-04")
        .text("pub_date_1", "09:00:00")
        .text("choice_set-TOTAL_FORMS", "2")
        .text("choice_set-INITIAL_FORMS", "0");
    for (index, choice) in ["Cat", "Dog"].into_iter().enumerate() {
        form = form
            .text(format!("choice_set-{index}-choice_text"), choice)
            .text(format!("choice_set-{index}-votes"), "0");
    }
    let part = Part::bytes(picture.clone()).file_name("pet.png").mime_str("image/png").unwrap();
    let form = form.part("picture", part).text("_save", "Save");
    let answer = Answer::of(browser.post(page, page).multipart(form).send().await.unwrap()).await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    assert_eq!(answer.header("location"), "/admin/polls/question/");
    let list = browser.open("/admin/polls/question/").await.text();
    assert!(list.contains("was added successfully"), "{list}");

    let index = Browser::new(&world.gateway.origin).open("/polls/").await.text();
    assert!(index.contains("Which pet?"), "{index}");
    let detail = browser.open("/polls/4/").await.text();
    assert!(detail.contains("Cat") && detail.contains("Dog"), "{detail}");
    assert!(detail.contains("<img src=\"/media/pictures/pet.png\""), "{detail}");
    let downloaded = browser.get("/media/pictures/pet.png", "image/png").await;
    assert_eq!(downloaded.status, 200);
    assert!(downloaded.body == picture, "the picture differs");
}
