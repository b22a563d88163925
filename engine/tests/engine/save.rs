//! Pages that the person saves.

use std::time::Duration;

use holdfast_engine::{Refresh, SavedPage, SavedState};
use http::HeaderMap;

use crate::scenario::{Answer, World, ms, secs};

/// The polls profile, with polls that may be saved.
fn profile(save: &str) -> String {
    format!(
        r#"
[site]
name           = "Polls"
origin         = "http://127.0.0.1:8000"
session-cookie = "sessionid"
[sign-in]
page = "/accounts/login/"

[[route]]
name     = "static"
when     = {{ path = "/static/*" }}
strategy = "cache-first"

[[route]]
name     = "polls"
when     = {{ path = "/polls/:id/" }}
strategy = "network-first"
max-age  = "1h"
{save}

[storage]
quota = "64 KiB"
"#
    )
}

const PAGE: &str = r#"<title>A poll</title><link rel="stylesheet" href="/static/a.css">
    <img src="/static/a.png"><a href="/polls/2/">another</a>"#;

/// A world with a poll that needs a style sheet and an image.
async fn polls(save: &str) -> World {
    let world = World::with(&profile(save)).await;
    world.origin.at("/polls/1/", Answer::page(PAGE));
    world.origin.at("/static/a.css", Answer::of("text/css", "body{color:red}"));
    world.origin.at("/static/a.png", Answer::of("image/png", "png"));
    world
}

async fn save(world: &World, path: &str) -> String {
    let url = world.engine().site().address(path).unwrap();
    let key = world.engine().save(&url, &HeaderMap::new()).await.unwrap();
    world.rest(secs(1)).await;
    key
}

fn saved(world: &World) -> SavedPage {
    let saved = world.engine().saved().unwrap();
    assert_eq!(saved.len(), 1, "{saved:#?}");
    saved.into_iter().next().unwrap()
}

fn missing(page: &SavedPage) -> Vec<(&str, &str)> {
    page.missing.iter().map(|lacks| (&*lacks.path, lacks.why.as_str())).collect()
}

#[tokio::test(start_paused = true)]
async fn page_is_saved_with_everything_it_needs() {
    let world = polls("save = true").await;
    save(&world, "/polls/1/").await;
    let page = saved(&world);
    assert_eq!((page.state, page.items, missing(&page)), (SavedState::Saved, 3, vec![]));
    assert_eq!((&*page.path, page.title.as_deref()), ("/polls/1/", Some("A poll")));
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/1/
    0 ms  origin -> /polls/1/ 126 bytes
    0 ms  origin <- GET /static/a.css
    0 ms  origin -> /static/a.css body{color:red}
    0 ms  origin <- GET /static/a.png
    0 ms  origin -> /static/a.png png
    0 ms  stored    /polls/1/ 126 bytes, installed
    0 ms  stored    /static/a.css body{color:red}, installed
    0 ms  stored    /static/a.png png, installed
    0 ms  event     saved /polls/1/
    ");
    world.origin.refuses();
    for path in ["/polls/1/", "/static/a.css", "/static/a.png"] {
        assert_eq!(world.browse(path).await.status, 200, "{path}");
    }
}

/// Neither age nor a full cache takes anything of it away, nor what clears the cache.
#[tokio::test(start_paused = true)]
async fn saved_page_is_never_evicted_and_never_too_old() {
    let world = polls("save = true").await;
    save(&world, "/polls/1/").await;
    for number in 0..20 {
        let path = format!("/static/{number}.png");
        world.origin.at(&path, Answer::of("image/png", vec![7; 8 << 10]));
        world.browse(&path).await;
    }
    world.origin.at("/polls/3/", Answer::page("x").header("clear-site-data", "\"cache\""));
    world.browse("/polls/3/").await;
    world.engine().refresh_saved_every(Refresh::Never);
    world.rest(Duration::from_hours(48)).await;
    world.origin.refuses();
    for path in ["/polls/1/", "/static/a.css", "/static/a.png"] {
        assert_eq!(world.browse(path).await.status, 200, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_saved_is_listed_with_its_reason_and_tried_again() {
    let world = polls("save = true").await;
    world.origin.at("/static/a.png", Answer::of("image/png", "no").status(404));
    let key = save(&world, "/polls/1/").await;
    let page = saved(&world);
    assert_eq!(page.state, SavedState::Incomplete);
    assert_eq!(missing(&page), [("/static/a.png", "gone")]);
    world.origin.at("/static/a.png", Answer::of("image/png", "png"));
    world.engine().refresh_saved(&key).await.unwrap();
    world.rest(secs(1)).await;
    assert_eq!((saved(&world).state, saved(&world).items), (SavedState::Saved, 3));
}

#[tokio::test(start_paused = true)]
async fn page_that_is_not_to_be_had_is_not_saved_and_says_why() {
    let world = polls("save = true").await;
    for (answer, reason) in [
        (Answer::page("no").status(404), "gone"),
        (Answer::page("x").header("cache-control", "no-store"), "not-kept"),
        (Answer::redirect(302, "/accounts/login/?next=/"), "sign-in"),
    ] {
        world.origin.at("/polls/1/", answer);
        world.origin.at("/accounts/login/?next=/", Answer::page("sign in"));
        let key = save(&world, "/polls/1/").await;
        let page = saved(&world);
        assert_eq!(
            (page.state, page.why.map(|why| why.as_str())),
            (SavedState::Failed, Some(reason))
        );
        world.engine().remove_saved(&key).await.unwrap();
        assert_eq!(world.engine().saved().unwrap(), []);
    }
    let other = world.engine().site().address("/other/").unwrap();
    let refused = world.engine().save(&other, &HeaderMap::new()).await.unwrap_err();
    assert_eq!(refused.to_string(), "the profile has no `save` for /other/");
}

#[tokio::test(start_paused = true)]
async fn page_that_is_saved_without_a_network_comes_when_the_site_is_back() {
    let world = polls("save = true").await;
    world.origin.refuses();
    save(&world, "/polls/1/").await;
    assert_eq!((saved(&world).state, saved(&world).items), (SavedState::Saving, 0));
    world.origin.comes_back();
    world.rest(secs(60)).await;
    assert_eq!((saved(&world).state, saved(&world).items), (SavedState::Saved, 3));
}

/// The site goes away in the middle, and the program ends: what has come is not fetched again.
#[tokio::test(start_paused = true)]
async fn saving_goes_on_after_a_restart_without_fetching_again_what_has_come() {
    let mut world = polls("save = true").await;
    let slow = Answer::of("image/png", "p").then(secs(30), "ng");
    world.origin.at("/static/a.png", slow);
    save(&world, "/polls/1/").await;
    assert_eq!(
        saved(&world).progress.map(|progress| (progress.items, progress.all_items)),
        Some((2, 3))
    );
    world.browse("/polls/1/").await;
    world.restart(&profile("save = true")).await;
    world.origin.at("/static/a.png", Answer::of("image/png", "png"));
    world.transcript.restart();
    world.rest(secs(1)).await;
    assert_eq!((saved(&world).state, saved(&world).items), (SavedState::Saved, 3));
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /static/a.png
    0 ms  origin -> /static/a.png png
    0 ms  stored    /static/a.png png, installed
    0 ms  event     saved /polls/1/
    ");
}

#[tokio::test(start_paused = true)]
async fn saving_that_is_cancelled_leaves_nothing() {
    let world = polls("save = true").await;
    world.origin.at("/static/a.png", Answer::of("image/png", "p").then(secs(30), "ng"));
    let key = save(&world, "/polls/1/").await;
    world.engine().cancel_save(&key).await.unwrap();
    world.rest(secs(60)).await;
    assert_eq!(world.engine().saved().unwrap(), []);
    world.origin.refuses();
    assert_eq!(world.browse("/polls/1/").await.status, 504);
    assert_eq!(world.engine().usage().unwrap().parts.len(), 0);
}

/// The copy before is found until the new one is complete; three are kept, and each can be
/// shown again.
#[tokio::test(start_paused = true)]
async fn page_that_has_changed_is_copied_anew_and_the_former_copies_are_kept() {
    let world = polls("save = true").await;
    let key = save(&world, "/polls/1/").await;
    for version in 2..=5 {
        let text = format!("{PAGE} version {version}");
        world.origin.at("/polls/1/", Answer::page(text));
        world.engine().refresh_saved(&key).await.unwrap();
        world.rest(secs(60)).await;
    }
    let page = saved(&world);
    assert_eq!((page.copies.len(), page.copies[0].is_shown), (3, true));
    world.origin.refuses();
    assert!(world.browse("/polls/1/").await.text().ends_with("version 5"));
    world.engine().show_copy(&key, page.copies[2].number).await.unwrap();
    assert!(world.browse("/polls/1/").await.text().ends_with("version 3"));
    assert!(world.engine().show_copy(&key, 999).await.is_err());
    world.origin.comes_back();
    // It stays until the person refreshes it.
    world.browse("/polls/1/").await;
    world.rest(Duration::from_hours(48)).await;
    assert!(saved(&world).copies[2].is_shown);
    world.engine().refresh_saved(&key).await.unwrap();
    world.rest(secs(1)).await;
    assert!(saved(&world).copies[0].is_shown, "{:#?}", saved(&world));
}

/// The site is only asked whether it has changed, and what it has not sent again is taken over.
#[tokio::test(start_paused = true)]
async fn page_that_has_not_changed_costs_a_few_headers_a_day() {
    let world = polls("save = true").await;
    world.origin.at("/polls/1/", Answer::page(PAGE).header("etag", "\"1\""));
    let css = Answer::of("text/css", "body{color:red}").header("etag", "\"c\"");
    world.origin.at("/static/a.css", css);
    save(&world, "/polls/1/").await;
    let first = saved(&world);
    world.transcript.restart();
    world.rest(Duration::from_hours(25)).await;
    let page = saved(&world);
    assert_eq!((page.copies.len(), page.items, page.bytes), (1, 3, first.bytes));
    assert!(page.saved_at > first.saved_at);
    insta::assert_snapshot!(world.transcript().await, @"
    86399000 ms  origin <- GET /polls/1/
    86399000 ms  origin -> /polls/1/ 304
    86399000 ms  origin <- GET /static/a.css
    86399000 ms  origin -> /static/a.css 304
    86399000 ms  origin <- GET /static/a.png
    86399000 ms  origin -> /static/a.png png
    86399000 ms  event     confirmed /polls/1/, document
    86399000 ms  event     confirmed /static/a.css, style
    ");
}

/// A page that is read online and has changed is what is saved from then on.
#[tokio::test(start_paused = true)]
async fn page_that_was_seen_to_have_changed_is_copied_anew() {
    let world = polls("save = true").await;
    world.browse("/polls/1/").await;
    save(&world, "/polls/1/").await;
    world.rest(secs(60)).await;
    world.origin.at("/polls/1/", Answer::page("<title>Another</title>"));
    world.browse("/polls/1/").await;
    world.rest(secs(1)).await;
    let page = saved(&world);
    assert_eq!((page.title.as_deref(), page.copies.len()), (Some("Another"), 2));
}

/// Until a new copy is complete, nothing of it is found.
#[tokio::test(start_paused = true)]
async fn copy_is_found_as_a_whole_or_not_at_all() {
    let world = polls("save = true").await;
    let key = save(&world, "/polls/1/").await;
    world.origin.at("/polls/1/", Answer::page(format!("{PAGE} new")));
    let slow = Answer::of("image/png", "n").then(secs(20), "ew");
    world.origin.at("/static/a.png", slow);
    world.engine().refresh_saved(&key).await.unwrap();
    world.rest(secs(10)).await;
    let mut request = world.browser_request("/polls/1/");
    request.headers.insert("cache-control", "only-if-cached".parse().unwrap());
    assert!(!world.send(request.repeated()).await.text().ends_with("new"));
    world.rest(secs(60)).await;
    assert!(world.send(request).await.text().ends_with("new"));
}

#[tokio::test(start_paused = true)]
async fn what_the_profile_says_belongs_to_a_page_is_saved_with_it() {
    let world = polls(
        "[route.save]\ninclude = [\"/polls/:id/results/\"]\nurls = \"/list?id=:id\"\ndepth = 1",
    )
    .await;
    world.origin.at("/polls/1/results/", Answer::page("results"));
    world.origin.at("/list?id=1", Answer::of("application/json", "[\"/a.json\", \"/gone/\"]"));
    world.origin.at("/a.json", Answer::of("application/json", "{}"));
    world.origin.at("/gone/", Answer::page("no").status(410));
    world.origin.at("/polls/2/", Answer::page("<a href='/polls/3/'>next</a>"));
    save(&world, "/polls/1/").await;
    let page = saved(&world);
    assert_eq!(missing(&page), [("/gone/", "gone")]);
    world.origin.refuses();
    for path in ["/polls/1/results/", "/list?id=1", "/a.json", "/polls/2/"] {
        assert_eq!(world.browse(path).await.status, 200, "{path}");
    }
    assert_eq!(world.browse("/polls/3/").await.status, 504, "two links away");
}

#[tokio::test(start_paused = true)]
async fn page_has_no_more_bytes_than_the_profile_grants() {
    let world = polls("[route.save]\nmax-bytes = \"2 KiB\"").await;
    world.origin.at("/static/a.css", Answer::of("text/css", vec![b' '; 4 << 10]));
    save(&world, "/polls/1/").await;
    let page = saved(&world);
    assert_eq!(page.state, SavedState::Incomplete);
    let expected = ("/static/a.css", "too-large");
    assert!(missing(&page).contains(&expected), "{page:#?}");
}

/// A page of somebody goes with their session, and comes back with their next one.
#[tokio::test(start_paused = true)]
async fn page_of_somebody_is_theirs_alone() {
    let world = polls("save = true").await;
    let personal = Answer::page("<title>Ada's</title>").header("vary", "cookie");
    world.origin.at("/polls/1/", personal);
    crate::outbox_sign_in::sign_in(&world, "username=ada&password=1", "a").await;
    save(&world, "/polls/1/").await;
    assert_eq!((saved(&world).state, saved(&world).is_of_visitor), (SavedState::Saved, true));
    crate::outbox_sign_in::sign_in(&world, "username=bob&password=2", "b").await;
    world.rest(secs(1)).await;
    assert!(!saved(&world).is_of_visitor);
    assert!(world.engine().remove_saved(&saved(&world).key).await.is_err());
    world.origin.refuses();
    assert_eq!(world.browse("/polls/1/").await.status, 504);
    world.origin.comes_back();
    crate::outbox_sign_in::sign_in(&world, "username=ada&password=1", "a2").await;
    world.rest(secs(60)).await;
    assert_eq!((saved(&world).state, saved(&world).is_of_visitor), (SavedState::Saved, true));
    world.origin.refuses();
    assert_eq!(world.browse("/polls/1/").await.status, 200);
}

/// What a page asked for that was shown from its copy alone, and was not found in its markup.
#[tokio::test(start_paused = true)]
async fn page_is_complete_only_once_it_was_shown_from_its_copy_alone() {
    let world = polls("save = true").await;
    let key = save(&world, "/polls/1/").await;
    let ask = |path: &str| world.browser_request(path).without_body();
    assert!(world.engine().from_copy(&key, &ask("/polls/1/")).is_some());
    assert!(world.engine().from_copy(&key, &ask("/static/late.png")).is_none());
    world.origin.at("/static/late.png", Answer::of("image/png", "late"));
    let asked = vec!["/static/late.png".to_owned()];
    assert!(world.engine().proven(&key, asked).await.unwrap(), "it is worth another look");
    assert!(world.engine().from_copy(&key, &ask("/static/late.png")).is_some());
    assert!(!world.engine().proven(&key, vec![]).await.unwrap());
    assert_eq!((saved(&world).state, saved(&world).items), (SavedState::Complete, 4));
    world.engine().proven(&key, vec!["/static/never.png".to_owned()]).await.unwrap();
    assert_eq!(saved(&world).state, SavedState::Incomplete);
}

/// A cache that was broken and started afresh is no reason to forget what the person saved.
#[tokio::test(start_paused = true)]
async fn what_is_saved_outlives_a_broken_cache() {
    let mut world = polls("save = true").await;
    save(&world, "/polls/1/").await;
    let broken = |data: &std::path::Path| {
        std::fs::write(data.join("cache.sqlite3"), "this is no database").unwrap();
    };
    world.reopen(&profile("save = true"), broken).await.unwrap();
    world.rest(secs(1)).await;
    assert_eq!((saved(&world).state, saved(&world).items), (SavedState::Saved, 3));
}

/// The app and a gateway may share a data directory, and be asked for the same page at once.
#[tokio::test(start_paused = true)]
async fn page_that_two_programs_save_at_once_is_saved_once_and_whole() {
    let world = polls("save = true").await;
    world.origin.at("/polls/1/", Answer::page(PAGE).after(ms(20)));
    world.origin.at("/static/a.css", Answer::of("text/css", "body{color:red}").after(ms(50)));
    let other = world.beside(&profile("save = true"));
    let url = world.engine().site().address("/polls/1/").unwrap();
    let headers = HeaderMap::new();
    let (one, two) = tokio::join!(world.engine().save(&url, &headers), other.save(&url, &headers));
    assert_eq!(one.unwrap(), two.unwrap());
    world.rest(secs(120)).await;
    for engine in [world.engine(), &other] {
        let pages = engine.saved().unwrap();
        let [page] = &*pages else { panic!("{pages:#?}") };
        assert_eq!((page.state, page.items, missing(page)), (SavedState::Saved, 3, vec![]));
        assert_eq!(page.copies.len(), 1, "{page:#?}");
    }
    other.close().await;
    world.origin.refuses();
    for path in ["/polls/1/", "/static/a.css", "/static/a.png"] {
        assert_eq!(world.get(path).await.status, 200, "{path}");
    }
}
