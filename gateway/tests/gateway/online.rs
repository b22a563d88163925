//! With the site there, the gateway is as the site.

use crate::http::{Browser, raw};
use crate::processes::World;

#[tokio::test]
async fn pages_files_and_errors_are_as_the_site_sent_them() {
    let world = World::new().await;
    let browser = Browser::new(&world.gateway.origin);

    let line = &world.gateway.line;
    let expected = format!(
        "holdfast-gateway: {}/ serves {} (Polls)",
        world.gateway.origin, world.polls.origin
    );
    assert_eq!(*line, expected);

    let index = browser.open("/polls/").await;
    assert_eq!(index.status, 200);
    assert!(index.is_fresh(), "{}", index.cache_status());
    assert!(index.text().contains("Is the sky blue?"));
    let length: usize = index.header("content-length").parse().unwrap();
    assert_eq!(length, index.body.len());

    // Absolute links of the site lead to the gateway, not around it.
    let text = browser.open("/polls/1/").await.text();
    assert!(!text.contains(&format!("href=\"{}", world.polls.origin)), "{text}");
    assert!(text.contains("<a href=\"/polls/1/\">Permalink</a>"), "{text}");

    let sorted = browser.open("/polls/?sort=votes").await.text();
    assert!(sorted.contains("<a href=\"?sort=votes\" aria-current=\"true\">"), "{sorted}");

    let style = browser.get("/static/polls/style.css", "text/css,*/*;q=0.1").await;
    assert_eq!((style.status, style.header("content-type")), (200, "text/css; charset=\"utf-8\""));
    let image = browser.get("/static/polls/images/background.png", "image/png").await;
    assert_eq!(image.header("content-type"), "image/png");
    assert!(image.body.starts_with(b"\x89PNG"));

    let json = browser.get("/polls/1/json/", "application/json").await.json();
    assert_eq!(json["question"], "Is the sky blue?");

    let missing = browser.open("/polls/99/").await;
    assert_eq!(missing.status, 404);
    assert!(missing.text().contains("<h1>Page not found</h1>"));

    world.polls.rename_table("polls_choice", "polls_gone");
    let broken = browser.open("/polls/2/").await;
    assert_eq!(broken.status, 500);
    assert!(broken.text().contains("<h1>Something went wrong</h1>"));
}

#[tokio::test]
async fn redirects_are_handed_on_with_a_path() {
    let world = World::new().await;
    let browser = Browser::new(&world.gateway.origin);
    for (path, status, target) in [
        ("/", 302, "/polls/"),
        ("/polls", 301, "/polls/"),
        ("/polls/latest/", 302, "/polls/3/"),
        ("/admin/", 302, "/admin/login/?next=/admin/"),
    ] {
        let answer = browser.open(path).await;
        assert_eq!((answer.status, answer.header("location")), (status, target), "{path}");
    }
}

#[tokio::test]
async fn a_head_has_no_body_and_the_connection_stays_open() {
    let world = World::new().await;
    let authority = world.gateway.authority();
    let request = format!(
        "GET /polls/99/ HTTP/1.1\r\nHost: {authority}\r\n\r\n\
         HEAD /static/polls/style.css HTTP/1.1\r\nHost: {authority}\r\n\r\n\
         HEAD /polls/ HTTP/1.1\r\nHost: {authority}\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
    );
    let answers = raw(authority, &request).await;
    let answers: Vec<&str> = answers.split("HTTP/1.1 ").collect();
    let ["", missing, style, index] = answers.as_slice() else { panic!("{answers:?}") };
    assert!(missing.starts_with("404") && missing.contains("Page not found"), "{missing}");
    for head in [style, index] {
        assert!(head.starts_with("200 OK\r\n"), "{head}");
        assert!(head.ends_with("\r\n\r\n") && head.matches("\r\n\r\n").count() == 1, "{head}");
        assert!(!head.contains("content-length: 0\r\n"), "{head}");
    }
}
