//! Frames of the site are pages of the site: they read and they post.

use holdfast_tests::{Answer, Received, World};
use serde_json::json;

fn respond(request: &Received) -> Option<Answer> {
    let page = match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/") => {
            "<title>outer</title><iframe name=inner src=/inner></iframe>\
             <form method=post action=/into target=inner><button>into</button></form>"
        }
        ("GET", "/inner") => {
            "<title>inner</title><form method=post action=/from><input name=a value=b>\
             <button>from</button></form>"
        }
        ("POST", "/from" | "/into") => return Some(Answer::redirect(303, "/landed")),
        ("GET", "/landed") => "<title>landed</title><h1>landed</h1>",
        _ => return None,
    };
    Some(Answer::html(page))
}

#[tokio::test]
async fn a_frame_of_the_site_posts_and_fetches() {
    let world = World::echo(respond).await;
    let page = world.page();
    page.until("frames[0].document.querySelector('form') !== null").await;

    let fetched = page
        .promise(
            "const { window: frame } = frames[0];\
             const response = await frame.fetch('/fetched', { method: 'POST', body: new frame.Blob(['x']) });\
             return [response.url, (await response.json()).length];",
        )
        .await;
    assert_eq!(fetched, json!(["echo://localhost/fetched", 1]));

    // The answer to a frame's form is shown in the frame.
    page.js("frames[0].document.querySelector('button').click()").await;
    page.until("frames[0].document.title === 'landed'").await;
    assert_eq!(world.site.first("POST", "/from").await.body, b"a=b");
    assert_eq!(page.text("document.title").await, "outer");

    // And so is that of a form that names the frame.
    page.js("frames[0].location = '/inner'").await;
    page.until("frames[0].document.title === 'inner'").await;
    page.click("button").await;
    page.until("frames[0].document.title === 'landed'").await;
    world.site.first("POST", "/into").await;
    assert_eq!(page.text("document.title").await, "outer");
    assert!(world.app().is_running());
}
