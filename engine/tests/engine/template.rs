//! Templates.

use crate::scenario::{Answer, World, secs};

const PROFILE: &str = r#"
[site]
name   = "Polls"
origin = "http://127.0.0.1:8000"
start  = "/polls/"

[install]
required = ["/polls/template.html"]

[[route]]
name     = "poll"
when     = { path = "/polls/:id(\\d+)/" }
strategy = "template"
template = "/polls/template.html"
data     = "/polls/:id/data.json"

[[route]]
name     = "template"
when     = { path = "/polls/template.html" }
strategy = "cache-first"

[[route]]
name     = "data"
when     = { path = "/polls/:id/data.json" }
strategy = "network-first"
timeout  = "1s"
"#;

async fn world() -> World {
    let world = World::begin(PROFILE, |origin| {
        let template = "<html><head></head><h1>{{ question }}</h1>";
        origin.at("/polls/template.html", Answer::page(template));
        let data = Answer::of("application/json", r#"{"question": "Tea & <coffee>?"}"#);
        origin.at("/polls/1/data.json", data);
    });
    world.settle().await;
    world.transcript.restart();
    world
}

#[tokio::test(start_paused = true)]
async fn a_page_is_made_of_a_template_and_data() {
    let world = world().await;
    let page = world.get("/polls/1/").await;
    assert_eq!(page.text(), "<html><head></head><h1>Tea &amp; &lt;coffee&gt;?</h1>");
    assert_eq!(page.head_at, Some("<html><head>".len()));
    world.rest(secs(60)).await;
    world.origin.refuses();
    world.get("/polls/1/").await;
    insta::assert_snapshot!(world.transcript().await, @r#"
        0 ms  origin <- GET /polls/1/data.json
        0 ms  origin -> /polls/1/data.json {"question": "Tea & <coffee>?"}
        0 ms  stored    /polls/1/data.json {"question": "Tea & <coffee>?"}
        0 ms  page   <- /polls/1/ <html><head></head><h1>Tea &amp; &lt;coffee&gt;?</h1>
    60000 ms  origin is gone: connections are refused
    60000 ms  origin <- GET /polls/1/data.json
    60000 ms  page   <- /polls/1/ <html><head></head><h1>Tea &amp; &lt;coffee&gt;?</h1>, from the store: offline
    60000 ms  event     connection offline
    "#);
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_is_left_to_the_network() {
    let world = world().await;
    world.origin.at("/polls/2/", Answer::page("the site's own page"));
    world.get("/polls/2/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/2/data.json
    0 ms  origin -> /polls/2/data.json 404 no such page
    0 ms  origin <- GET /polls/2/
    0 ms  origin -> /polls/2/ the site's own page
    0 ms  stored    /polls/2/ the site's own page
    0 ms  page   <- /polls/2/ the site's own page
    ");
}

#[tokio::test(start_paused = true)]
async fn offline_without_its_data_the_page_falls_back() {
    let world = world().await;
    world.origin.refuses();
    world.get("/polls/3/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /polls/3/data.json
    0 ms  page   <- /polls/3/ 504 Not here yet, in its place: offline
    0 ms  event     connection offline
    ");
}
