//! What has happened, as the person can look at it: why they have seen what they saw.

use holdfast_engine::{Body, Cause, Connection, Request};
use http::Method;

use crate::outbox::{profile as votes, vote};
use crate::scenario::{Answer, POLLS, World, ms, secs};

/// What the person who is signed in is shown of the last requests.
fn shown(world: &World) -> Vec<String> {
    let requests = world.engine().activity().unwrap().requests.into_iter();
    let shown = requests.map(|asked| {
        let route = asked.route.unwrap_or_else(|| "no route".to_owned());
        let (path, strategy, source) = (asked.path, asked.strategy, asked.provenance.source());
        let length = asked.bytes.map_or("?".to_owned(), |bytes| bytes.to_string());
        format!("{path} {route} {strategy} {source} {:?} {length}", asked.took)
    });
    shown.collect()
}

#[tokio::test(start_paused = true)]
async fn why_something_was_shown_can_be_looked_at() {
    let world = World::new().await;
    world.origin.at("/polls/?page=1", Answer::page("new"));
    world.origin.at("/static/a.css", Answer::of("text/css", "a{}"));
    world.browse("/polls/?page=1").await;
    world.browse("/static/a.css").await;
    world.browse("/static/a.css").await;
    world.origin.falls_silent();
    world.browse("/polls/?page=1").await;
    world.browse("/data.json").await;
    assert_eq!(
        shown(&world),
        [
            "/data.json default network-first fallback 3s 115",
            "/polls/?page=1 pages network-first store 3s 3",
            "/static/a.css static cache-first store 0ns 3",
            "/static/a.css static cache-first network 0ns 3",
            "/polls/?page=1 pages network-first network 0ns 3",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn what_waits_was_answered_by_the_outbox() {
    let world = World::with(&votes("")).await;
    world.origin.refuses();
    world.send(vote(&world, 1, "2")).await;
    let requests = world.engine().activity().unwrap().requests;
    let shown: Vec<_> =
        requests.iter().map(|asked| (asked.strategy, asked.provenance.source())).collect();
    assert_eq!(shown, [("outbox", "outbox")]);
}

/// What somebody has asked for is nothing to the next person at the same device.
#[tokio::test(start_paused = true)]
async fn nobody_sees_what_another_has_asked_for() {
    let world = World::new().await;
    world.origin.at("/polls/", Answer::page("polls"));
    for session in ["a", "b"] {
        let cookie = format!("sessionid={session}; Path=/");
        let redirect = Answer::redirect(302, "/polls/").header("set-cookie", &cookie);
        world.origin.at(&format!("POST /login/{session}"), redirect);
    }
    let sign_in = |session: &str| {
        let request = world.browser_request(&format!("/login/{session}"));
        Request { method: Method::POST, body: Body::from("password"), ..request }
    };
    world.browse("/polls/?nobody").await;
    world.send(sign_in("a")).await;
    world.browse("/polls/?of=a").await;
    assert_eq!(shown(&world), ["/polls/?of=a pages network-first network 0ns 12"]);
    world.send(sign_in("b")).await;
    assert_eq!(shown(&world), Vec::<String>::new());
    world.browse("/polls/?of=b").await;
    assert_eq!(shown(&world).len(), 1);
}

/// The clients of a gateway are many, and its own diary is nobody's.
#[tokio::test(start_paused = true)]
async fn requests_of_clients_of_a_gateway_are_not_shown() {
    let world = World::new().await.storing("/polls/", "polls").await;
    world.get_as("a", "/polls/").await;
    assert_eq!(shown(&world), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn the_connection_of_the_last_day_outlives_the_program() {
    let mut world = World::new().await.storing("/polls/", "polls").await;
    let begun = world.engine().activity().unwrap().connection[0].from;
    let history = |world: &World| -> Vec<_> {
        let all = world.engine().activity().unwrap().connection.into_iter();
        all.map(|stretch| (stretch.from.duration_since(begun).unwrap(), stretch.state)).collect()
    };
    assert_eq!(history(&world), [(secs(0), Connection::Online)]);
    world.rest(secs(60)).await;
    world.origin.refuses();
    world.get("/polls/").await;
    world.settle().await;
    let gone = history(&world)[1];
    assert_eq!(gone.1, Connection::Offline(Cause::Unreachable));
    world.restart(POLLS).await;
    assert_eq!(history(&world)[1..], [gone], "it is not known to be back");
    world.rest(secs(3600)).await;
    world.origin.comes_back();
    world.get("/polls/").await;
    world.settle().await;
    let all = history(&world);
    assert_eq!(all[1], gone);
    assert_eq!((all.len(), all[2].1), (3, Connection::Online));
    assert!(all[2].0 - gone.0 >= secs(3600), "{all:?}");
    world.rest(secs(25 * 3600)).await;
    assert_eq!(history(&world), all[2..], "what ended a day ago is not shown");
}

#[tokio::test(start_paused = true)]
async fn traffic_is_told_whether_it_is_written_down_or_not() {
    let mut world = World::new().await.storing("/polls/", "polls").await;
    let shown = |world: &World| -> Vec<String> {
        let traffic = world.engine().activity().unwrap().traffic;
        let shown = traffic
            .iter()
            .map(|of| format!("{} {} {} {}", of.route, of.source, of.requests(), of.bytes));
        shown.collect()
    };
    assert_eq!(shown(&world), ["pages network 1 5"]);
    world.restart(POLLS).await;
    world.get("/polls/").await;
    world.origin.refuses();
    world.rest(ms(1)).await;
    world.get("/polls/").await;
    assert_eq!(shown(&world), ["pages network 2 10", "pages store 1 5"]);
}

#[tokio::test(start_paused = true)]
async fn an_install_that_fails_says_where_and_why() {
    let profile = crate::install::profile("1");
    let world = World::begin(&profile, |origin| {
        crate::install::complete(origin);
        origin.at("/static/b.css", Answer::page("no such file").status(404));
    });
    world.settle().await;
    let install = world.engine().activity().unwrap().install;
    assert!(install.version.starts_with("1-"), "{install:?}");
    let (path, reason) = install.failure.unwrap();
    assert_eq!((path.as_str(), install.is_complete), ("/static/b.css", false));
    assert!(reason.contains("404"), "{reason}");
    crate::install::complete(&world.origin);
    world.rest(secs(10)).await;
    let install = world.engine().activity().unwrap().install;
    assert_eq!((install.failure, install.is_complete), (None, true));
}
