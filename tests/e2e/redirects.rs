//! Redirects, which no webview follows under a scheme of its own.

use holdfast_tests::World;
use serde_json::json;

/// The newest question of the fixture that is published.
async fn newest(world: &World) -> String {
    let sql = "SELECT id FROM polls_question WHERE pub_date <= CURRENT_TIMESTAMP
                ORDER BY pub_date DESC LIMIT 1";
    let id: u32 = world.site.database().query_row(sql, [], |row| row.get(0)).unwrap();
    format!("/polls/{id}/")
}

#[tokio::test]
async fn a_redirected_page_has_the_final_address_and_leaves_no_trace() {
    let world = World::polls().await;
    let page = world.page();
    let newest = newest(&world).await;

    page.follow("Is the sky blue?").await;
    page.at("/polls/1/").await;
    let length = page.js("return history.length").await.as_u64().unwrap();
    page.follow("Latest question").await;
    page.at(&newest).await;
    assert_eq!(page.js("return history.length").await, length + 1);
    page.back().await;
    page.at("/polls/1/").await;
    page.forward().await;
    page.at(&newest).await;

    page.visit("/").await;
    page.at("/polls/").await;
    page.back().await;
    page.at(&newest).await;

    // "the user agent … inherits the fragment" (RFC 9110 §10.2.2).
    page.visit("/polls/latest/#choices").await;
    page.at(&format!("{newest}#choices")).await;
}

#[tokio::test]
async fn fetch_follows_redirects_unless_told_otherwise() {
    let world = World::polls().await;
    let page = world.page();
    let newest = newest(&world).await;

    let followed = page
        .promise(
            "const response = await fetch('/polls/latest/');\
             const copy = response.clone();\
             return [response.status, response.type, response.redirected, response.url, copy.url,\
                     (await response.text()).includes('<form')];",
        )
        .await;
    let url = format!("polls://localhost{newest}");
    assert_eq!(followed, json!([200, "basic", true, url, url, true]));

    let direct = page
        .promise(
            "const { redirected, url } = await fetch('/polls/1/#x'); return [redirected, url];",
        )
        .await;
    assert_eq!(direct, json!([false, "polls://localhost/polls/1/"]));

    let manual = page
        .promise(
            "const { status, type, ok, redirected } =\
                 await fetch('/polls/latest/', { redirect: 'manual' });\
             return [status, type, ok, redirected];",
        )
        .await;
    assert_eq!(manual, json!([0, "opaqueredirect", false, false]));

    let refused = page.promise("await fetch('/polls/latest/', { redirect: 'error' })").await;
    assert!(refused["thrown"].as_str().unwrap().starts_with("TypeError"), "{refused}");

    let old = page
        .promise(
            "const xhr = new XMLHttpRequest();\
             xhr.open('GET', '/polls/latest/');\
             await new Promise((done) => { xhr.onload = done; xhr.send(); });\
             return [xhr.status, xhr.responseURL];",
        )
        .await;
    assert_eq!(old, json!([200, url]));
}
