//! Every strategy of the Offline Cookbook, over plain HTTP and with a real site.

use crate::http::Browser;
use crate::processes::{World, replaced, until};

const ROUTES: &str = r#"
[[route]]
name     = "page-of-its-own"
when     = { path = "/polls/offline/" }
strategy = "cache-only"

[[route]]
name     = "never"
when     = { path = "/polls/never/" }
strategy = "cache-only"

[[route]]
name     = "one"
when     = { path = "/polls/1/" }
strategy = "stale-while-revalidate"

[[route]]
name     = "two"
when     = { path = "/polls/2/" }
strategy = "cache-then-network"

[[route]]
name     = "three"
when     = { path = "/polls/3/" }
strategy = "cache-network-race"

[[route]]
name     = "headers"
when     = { path = "/static/*" }
strategy = "http"

[[route]]
name     = "summary"
when     = { path = "/polls/:id/summary/" }
strategy = "template"
template = "/polls/offline/"
data     = "/polls/:id/json/"

"#;

async fn world() -> World {
    World::with(|profile| {
        let fallback = "document = \"/polls/offline/\"\n\
                        image    = \"/static/polls/images/background.png\"";
        let profile = replaced(&profile, "document = \"/polls/offline/\"", fallback);
        profile.replacen("[[route]]", &format!("{ROUTES}[[route]]"), 1)
    })
    .await
}

#[tokio::test]
async fn each_strategy_does_what_its_name_says() {
    let mut world = world().await;
    let browser = Browser::new(&world.gateway.origin);

    browser.open("/polls/offline/").await.assert_stored("strategy");
    let never = browser.open("/polls/never/").await;
    assert_eq!(never.status, 503, "nobody is asked for it");
    assert_eq!(never.cache_status(), "Holdfast; fwd=miss; detail=strategy");

    let paths = ["/polls/1/", "/polls/2/", "/polls/3/"];
    for path in paths {
        assert!(browser.open(path).await.is_fresh(), "{path}");
        let again = browser.open(path).await;
        // The site may win a race.
        assert!(path == "/polls/3/" || !again.is_fresh(), "{path}: {}", again.cache_status());
    }
    world.polls.execute("UPDATE polls_question SET question_text = 'Is it green?'");
    for path in paths {
        until("the newer page is there", async || {
            browser.open(path).await.text().contains("Is it green?").then_some(())
        })
        .await;
    }

    // Made here: of a page that was installed and of data of the moment.
    let summary = browser.open("/polls/1/summary/").await;
    assert_eq!(summary.status, 200);
    assert!(summary.text().contains("You are offline."), "{}", summary.text());

    world.polls.kill().await;
    browser.open_stored("/polls/1/", "offline").await;
    for path in paths {
        let page = browser.open(path).await;
        page.assert_stored("offline");
        assert!(page.text().contains("Is it green?"), "{path}");
    }
    assert_eq!(browser.open("/polls/1/summary/").await.status, 200);
    let image = browser.get("/media/none.png", "image/png").await;
    assert_eq!((image.status, image.header("content-type")), (200, "image/png"));
    assert_eq!(image.header("cache-control"), "no-store");
}

#[tokio::test]
async fn headers_are_gone_by_where_the_profile_says_so() {
    let world = world().await;
    let browser = Browser::new(&world.gateway.origin);
    let script = "/static/polls/app.js?v=1";
    let first = browser.get(script, "*/*").await;
    let etag = first.headers.get("etag").cloned();
    browser.get(script, "*/*").await.assert_stored("strategy");
    let condition = match etag {
        Some(etag) => ("if-none-match", etag),
        None => ("if-modified-since", first.headers["last-modified"].clone()),
    };
    let request = browser.client().get(world.url(script)).header(condition.0, condition.1);
    assert_eq!(request.send().await.unwrap().status(), 304);
    let part = browser.client().get(world.url(script)).header("range", "bytes=0-9");
    let part = part.send().await.unwrap();
    assert_eq!(part.status(), 206);
    assert!(part.headers()["content-range"].to_str().unwrap().starts_with("bytes 0-9/"));
    assert_eq!(part.bytes().await.unwrap(), first.body[..10]);
}
