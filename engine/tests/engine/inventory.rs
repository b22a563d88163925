//! What the device holds, by kind, and how a person makes room.

use bytes::Bytes;
use holdfast_engine::{Browsed, RouteStock};

use crate::outbox::{RECEIPTS, profile as votes, vote};
use crate::scenario::{Answer, World};

/// Something to install, votes that wait, and a route for all the rest.
fn profile() -> String {
    let rest = "[install]\nrequired = [\"/static/app.css\"]\n\n[[route]]\nname = \"all\"\n\
                when = { path = \"*\" }\nstrategy = \"cache-first\"\n";
    format!("{}\n{rest}", votes(RECEIPTS))
}

/// A world in which each kind has something.
async fn filled() -> World {
    let world = World::begin(&profile(), |origin| {
        origin.at("/static/app.css", Answer::of("text/css", "app{}"));
    });
    world.settle().await;
    world.origin.at("/polls/", Answer::page("polls"));
    world.origin.at("/polls/1/", Answer::page("hello a").header("vary", "Cookie"));
    world.origin.at("/a.png", Answer::of("image/png", Bytes::from(vec![b'x'; 100 << 10])));
    world.origin.at("/b.png", Answer::of("image/png", Bytes::from(vec![b'x'; 100 << 10])));
    world.origin.at("/a.css", Answer::of("text/css", "a{}"));
    for path in ["/polls/", "/a.png", "/b.png", "/a.css"] {
        world.get(path).await;
    }
    world.get_as("a", "/polls/1/").await;
    world.settle().await;
    world.origin.refuses();
    world.send(vote(&world, 1, "2")).await;
    world
}

fn shown(world: &World) -> Vec<String> {
    let stocks = world.engine().inventory().unwrap().stocks.into_iter();
    let shown = stocks.map(|stock| (stock.kind.as_str(), stock.entries, stock.bytes));
    shown.map(|(kind, entries, bytes)| format!("{kind} {entries} {bytes}")).collect()
}

#[tokio::test(start_paused = true)]
async fn what_is_stored_is_told_by_kind_and_by_route() {
    let world = filled().await;
    assert_eq!(
        shown(&world),
        ["saved 0 0", "app 1 5", "pages 2 12", "images 2 204800", "other 1 3", "unsent 1 8"]
    );
    let inventory = world.engine().inventory().unwrap();
    assert_eq!(inventory.bytes, 5 + 12 + (100 << 10) + 3, "two images share a body");
    assert_eq!(inventory.quota, 256 << 20);
    assert_eq!(inventory.evictable(), 12 + (200 << 10) + 3);
    let all = RouteStock { route: "all".to_owned(), entries: 5, bytes: 12 + (200 << 10) + 3 };
    assert_eq!(inventory.routes, [all]);
}

/// Nothing of what is installed or waits goes, and nothing of another kind.
#[tokio::test(start_paused = true)]
async fn clearing_a_kind_touches_no_other() {
    let world = filled().await;
    world.engine().clear(Browsed::Images).await.unwrap();
    assert_eq!(
        shown(&world),
        ["saved 0 0", "app 1 5", "pages 2 12", "images 0 0", "other 1 3", "unsent 1 8"]
    );
    world.engine().clear(Browsed::Other).await.unwrap();
    world.engine().clear(Browsed::Pages).await.unwrap();
    assert_eq!(
        shown(&world),
        ["saved 0 0", "app 1 5", "pages 0 0", "images 0 0", "other 0 0", "unsent 1 8"]
    );
    assert_eq!(world.engine().inventory().unwrap().bytes, 5);
    assert_eq!(world.waiting().len(), 1);
    world.settle().await;
    world.transcript.restart();
    world.get("/static/app.css").await;
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  gone      /a.css a{}
    0 ms  gone      /a.png 102400 bytes
    0 ms  gone      /b.png 102400 bytes
    0 ms  gone      /polls/ polls
    0 ms  gone      /polls/1/ hello a, for a
    0 ms  page   <- /static/app.css app{}, from the store: strategy
    0 ms  page   <- /polls/ 504 Not here yet, in its place: offline
    ");
}

/// What takes the place of another is of its own kind.
#[tokio::test(start_paused = true)]
async fn what_is_replaced_is_counted_anew() {
    let profile = votes("").replace("refresh = [\"/polls/:id/results/\"]\n", "");
    let rest = "[[route]]\nname = \"all\"\nwhen = { path = \"*\" }\n\
                strategy = \"network-first\"\n";
    let world = World::with(&format!("{profile}\n{rest}")).await;
    world.origin.at("/a", Answer::page("a page"));
    world.get("/a").await;
    assert_eq!(shown(&world)[2..5], ["pages 1 6", "images 0 0", "other 0 0"]);
    world.origin.at("/a", Answer::of("image/png", "png"));
    world.get("/a").await;
    assert_eq!(shown(&world)[2..5], ["pages 0 0", "images 1 3", "other 0 0"]);
}

/// What is pushed out by the quota is counted no more, and it is the older of two that were
/// used at the same moment, whatever they are.
#[tokio::test(start_paused = true)]
async fn what_is_evicted_is_counted_no_more() {
    let world = World::with(&format!("{}\n[storage]\nquota = \"100 KiB\"\n", profile())).await;
    world.origin.at("/page", Answer::page("x".repeat(30 << 10)));
    world.origin.at("/a.png", Answer::of("image/png", Bytes::from(vec![b'a'; 90 << 10])));
    world.get("/page").await;
    world.get("/a.png").await;
    world.settle().await;
    assert_eq!(shown(&world)[2..5], ["pages 0 0", "images 1 92160", "other 0 0"]);
}
