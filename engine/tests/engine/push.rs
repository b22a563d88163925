//! What the site tells by itself.

use holdfast_engine::{Connection, Notice};

use crate::scenario::{Answer, Origin, World, ms, secs};

/// The polls profile with a stream, and more of it.
fn profile(push: &str) -> String {
    format!(
        r#"
[site]
name           = "Polls"
origin         = "http://127.0.0.1:8000"
session-cookie = "sessionid"

[[route]]
name     = "live"
when     = {{ path = "/live/*" }}
strategy = "network-only"

[push]
stream = "/stream/"
{push}
"#
    )
}

const NEW_POLL: &str = r#"data: {"id":"p1","kind":"poll","refresh":["/polls/1/"],"notify":{"title":"New poll","open":"/polls/1/","tag":"p1"}}"#;

/// A stream that says something and goes on without a word.
fn stream(said: impl Into<String>) -> Answer {
    Answer::of("text/event-stream", said.into()).then_stalled()
}

/// One that says something and ends.
fn short_stream(said: impl Into<String>) -> Answer {
    Answer::of("text/event-stream", said.into())
}

/// A world whose stream is open and has said nothing that matters.
async fn world(push: &str, prepare: impl FnOnce(&Origin)) -> World {
    let world = World::begin(&profile(push), |origin| {
        origin.at("/polls/1/", Answer::page("poll 1"));
        prepare(origin);
    });
    world.settle().await;
    world
}

fn told(world: &World) -> Vec<String> {
    let said = |notice: &Notice| {
        let state = if notice.is_refreshed { "" } else { ", as it was" };
        format!("{}{state}", notice.title)
    };
    world.engine().notices().unwrap().iter().map(said).collect()
}

async fn shown(world: &World) {
    let keys: Vec<String> =
        world.engine().notices().unwrap().into_iter().map(|notice| notice.key).collect();
    world.engine().notices_shown(&keys).await.unwrap();
}

/// When the stream was asked for, in seconds, and from where on.
async fn opened(world: &World) -> Vec<String> {
    let transcript = world.transcript().await;
    let asked = transcript.lines().filter(|line| line.contains("<- GET /stream/"));
    asked
        .map(|line| {
            let (at, rest) = line.trim().split_once(" ms").unwrap();
            let (_, rest) = rest.split_once("/stream/").unwrap();
            format!("{}{rest}", at.parse::<f64>().unwrap() / 1000.0)
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn page_is_refreshed_before_anybody_is_told() {
    let world = world("", |origin| {
        origin.at("/polls/1/", Answer::page("poll 1").after(secs(2)));
        let said = format!("id: 7\n{NEW_POLL}\n\n");
        origin.at("/stream/", short_stream(": hello\n\n").then(ms(100), said).then_stalled());
    })
    .await;
    world.rest(secs(1)).await;
    assert_eq!(told(&world), Vec::<String>::new());
    world.rest(secs(2)).await;
    assert_eq!(told(&world), ["New poll"]);
    world.origin.refuses();
    world.browse("/polls/1/").await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /stream/
       0 ms  origin -> /stream/ 132 bytes and stalls
       0 ms  event     installed 1
     100 ms  origin <- GET /polls/1/
    2100 ms  origin -> /polls/1/ poll 1
    2100 ms  stored    /polls/1/ poll 1
    2100 ms  event     notice
    3002 ms  origin is gone: connections are refused
    3002 ms  origin <- GET /polls/1/
    3002 ms  page   <- /polls/1/ poll 1, from the store: offline
    3002 ms  event     connection offline
    ");
    let notice = world.engine().notices().unwrap().remove(0);
    assert_eq!((&*notice.kind, notice.open.as_deref()), ("poll", Some("/polls/1/")));
    shown(&world).await;
    assert_eq!(told(&world), Vec::<String>::new());
}

/// Killed while the page is on its way, it goes on where it was, and tells it once.
#[tokio::test(start_paused = true)]
async fn what_was_told_outlives_the_program() {
    let mut world = world("", |origin| {
        origin.at("/polls/1/", Answer::page("poll 1").after(secs(20)));
        origin.at("/stream/", stream(format!("id: 7\n{NEW_POLL}\n\n")));
    })
    .await;
    world.rest(secs(1)).await;
    world.origin.at("/polls/1/", Answer::page("poll 1"));
    world.restart(&profile("")).await;
    world.rest(secs(1)).await;
    assert_eq!(told(&world), ["New poll"]);
    assert_eq!(opened(&world).await, ["0", "1.004 after 7"]);
    world.restart(&profile("")).await;
    world.rest(secs(1)).await;
    assert_eq!(told(&world), ["New poll"]);
    shown(&world).await;
    world.restart(&profile("")).await;
    world.rest(secs(30)).await;
    assert_eq!(told(&world), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn stream_that_ends_is_opened_again_where_it_was_left() {
    let world = world("", |origin| {
        origin.at("/stream/", short_stream(format!("id: 7\n{NEW_POLL}\n\nid: 8\n\ndata: half")));
    })
    .await;
    world.rest(secs(1)).await;
    let missed = NEW_POLL.replace("p1", "p2").replace("New poll", "Missed");
    world.origin.at("/stream/", stream(format!("id: 9\n{missed}\n\n")));
    world.rest(secs(9)).await;
    assert_eq!(told(&world), ["New poll", "Missed"]);
    assert_eq!(opened(&world).await, ["0", "5 after 8"]);
}

/// A hub that says everything again, in whatever process, tells nothing new.
#[tokio::test(start_paused = true)]
async fn replayed_messages_are_ignored_also_after_a_restart() {
    let by_event = r#"data: {"refresh":["/polls/1/"],"notify":{"title":"By event"}}"#;
    let said = format!("{NEW_POLL}\n\nid: e1\n{by_event}\n\n");
    let mut world =
        world("", |origin| origin.at("/stream/", stream(format!("{said}{said}")))).await;
    world.rest(secs(1)).await;
    assert_eq!(told(&world), ["New poll", "By event"]);
    shown(&world).await;
    world.restart(&profile("")).await;
    world.rest(secs(1)).await;
    assert_eq!(told(&world), Vec::<String>::new());
    let fetched = world.transcript().await.matches("<- GET /polls/1/").count();
    assert_eq!(fetched, 1);
}

#[tokio::test(start_paused = true)]
async fn pause_that_the_site_asks_for_is_kept() {
    let world = world("", |origin| origin.at("/stream/", short_stream("retry: 60000\n\n"))).await;
    world.rest(secs(140)).await;
    // And those who have lost it together come back over as long again.
    assert_eq!(opened(&world).await, ["0", "120"]);
}

#[tokio::test(start_paused = true)]
async fn stream_that_says_nothing_is_opened_again() {
    let world = world("keep-alive = \"30s\"", |origin| {
        let said = short_stream("id: 1\n\n").then(secs(20), ": still here\n\n");
        origin.at("/stream/", said.then_stalled());
    })
    .await;
    world.rest(secs(49)).await;
    assert_eq!(opened(&world).await, ["0"]);
    world.rest(secs(10)).await;
    assert_eq!(opened(&world).await, ["0", "55 after 1"]);
}

#[tokio::test(start_paused = true)]
async fn pauses_grow_while_the_site_fails() {
    let world = world("", |origin| {
        origin.at("/stream/", Answer::page("busy").status(503));
    })
    .await;
    world.rest(secs(80)).await;
    assert_eq!(opened(&world).await, ["0", "5", "15", "35", "75"]);
    world.origin.at("/stream/", Answer::page("busy").status(429).header("retry-after", "300"));
    world.rest(secs(700)).await;
    assert_eq!(opened(&world).await.last().unwrap(), "755");
}

#[tokio::test(start_paused = true)]
async fn stream_that_is_ended_for_good_is_not_opened_again() {
    let world = world("", |origin| {
        origin.at("/stream/", Answer::page("").status(204));
        origin.at("/in/", Answer::page("in").header("set-cookie", "sessionid=a; Path=/"));
    })
    .await;
    world.rest(secs(100_000)).await;
    assert_eq!(opened(&world).await, ["0"]);
    world.browse("/in/").await;
    world.rest(secs(2)).await;
    assert_eq!(opened(&world).await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_stream_is_not_read() {
    let world = world("", |origin| origin.at("/stream/", Answer::page(NEW_POLL))).await;
    world.rest(secs(800)).await;
    assert_eq!((opened(&world).await, told(&world)), (vec!["0".to_owned()], vec![]));
    world.origin.at("/stream/", stream(format!("{NEW_POLL}\n\n")));
    world.rest(secs(200)).await;
    assert_eq!(told(&world), ["New poll"]);
}

#[tokio::test(start_paused = true)]
async fn redirect_is_followed_within_the_site_only() {
    let world = world("", |origin| {
        origin.at("/stream/", Answer::redirect(307, "/hub/"));
        origin.at("/hub/", stream(format!("{NEW_POLL}\n\n")));
    })
    .await;
    world.rest(secs(1)).await;
    assert_eq!(told(&world), ["New poll"]);
    let world = self::world("", |origin| {
        origin.at("/stream/", Answer::redirect(302, "https://elsewhere.example/"));
    })
    .await;
    world.rest(secs(6)).await;
    assert_eq!(opened(&world).await, ["0", "5"]);
}

/// While nobody else asks, a site that is gone is asked seldom; and at once, but not by all at
/// the same moment, when somebody has found out that it is back.
#[tokio::test(start_paused = true)]
async fn site_that_is_gone_is_waited_for() {
    let world = world("", |origin| origin.at("/stream/", short_stream("id: 1\n\n"))).await;
    world.origin.refuses();
    world.rest(secs(6)).await;
    assert!(world.engine().connection().borrow().is_offline());
    world.rest(secs(60)).await;
    assert_eq!(opened(&world).await, ["0", "5 after 1"]);
    world.origin.at("/stream/", stream(format!("{NEW_POLL}\n\n")));
    world.origin.comes_back();
    world.browse("/polls/1/").await;
    world.rest(secs(20)).await;
    assert_eq!(*world.engine().connection().borrow(), Connection::Online);
    world.rest(secs(6)).await;
    assert_eq!(told(&world), ["New poll"]);
}

#[tokio::test(start_paused = true)]
async fn what_one_person_is_told_is_not_told_to_another() {
    let session = |name: &str| {
        let cookie = format!("sessionid={name}; Path=/");
        Answer::page(name.to_owned()).header("set-cookie", &cookie)
    };
    let world = world("", |origin| {
        origin.at("/a/", session("a"));
        origin.at("/b/", session("b"));
        origin.at("/polls/1/", Answer::page("poll 1").after(secs(30)));
        origin.at(
            "/stream/",
            stream("id: 1\ndata: {\"id\":1,\"notify\":{\"title\":\"For all\"}}\n\n"),
        );
    })
    .await;
    assert_eq!(told(&world), ["For all"]);
    let private = NEW_POLL.replace("New poll", "For a");
    let hers = "data: {\"id\":2,\"notify\":{\"title\":\"Hers\"}}";
    world.origin.at("/stream/", stream(format!("id: 2\n{private}\n\n{hers}\n\n")));
    world.browse("/a/").await;
    world.rest(secs(2)).await;
    assert_eq!(told(&world), ["For all", "Hers"]);
    world.origin.at("/stream/", stream(": nothing for b\n\n"));
    world.browse("/b/").await;
    assert_eq!(told(&world), ["For all"]);
    // What was on its way for her when she left is not told to who came after.
    world.rest(secs(120)).await;
    assert_eq!(told(&world), ["For all"]);
    let asked = opened(&world).await;
    assert_eq!(asked, ["0", "1.002 after 1 (sessionid=a)", "3.002 after 1 (sessionid=b)"]);
}

/// Each page is fetched a few times however often it is named, and of what is told the newest
/// hundred are kept.
#[tokio::test(start_paused = true)]
async fn a_thousand_messages_cost_bounded_work() {
    let message = |number: usize| {
        format!(
            "id: {number}\ndata: {{\"id\":{number},\"refresh\":[\"/polls/\",\"/polls/{}/\"],\
             \"notify\":{{\"title\":\"{number}\"}}}}\n\n",
            number % 10
        )
    };
    let burst: String = (0..1000).map(message).collect();
    let world = world("", |origin| {
        origin.at("/polls/", Answer::page("polls").after(ms(50)));
        for number in 0..10 {
            let page = Answer::page(format!("poll {number}")).after(ms(50));
            origin.at(&format!("/polls/{number}/"), page);
        }
        let pieces = burst.as_bytes().chunks(10_000);
        let answer = Answer::of("text/event-stream", ": hello\n\n");
        let answer = pieces.fold(answer, |answer, piece| answer.then(ms(1), piece.to_vec()));
        origin.at("/stream/", answer.then_stalled());
    })
    .await;
    world.rest(secs(60)).await;
    let told = told(&world);
    assert_eq!((told.len(), &*told[0], &*told[99]), (100, "900", "999"));
    assert_eq!(world.engine().notices_left_out().unwrap(), 900);
    let fetched = world.transcript().await.matches("<- GET /polls/").count();
    assert!(fetched <= 40, "{fetched} fetches");
    shown(&world).await;
    assert_eq!(world.engine().notices_left_out().unwrap(), 0);
}

/// Of many who are told at once each fetches at a moment of its own, and tells it then.
#[tokio::test(start_paused = true)]
async fn pages_of_a_message_to_many_are_fetched_over_a_while() {
    let said = NEW_POLL.replace("{\"id\"", "{\"told\":100000,\"id\"");
    let world = world("", |origin| origin.at("/stream/", stream(format!("{said}\n\n")))).await;
    world.rest(secs(99)).await;
    assert_eq!(told(&world), Vec::<String>::new());
    world.rest(secs(2)).await;
    assert_eq!(told(&world), ["New poll"]);
}

#[tokio::test(start_paused = true)]
async fn later_one_with_the_same_tag_takes_the_place_of_the_first() {
    let second = NEW_POLL.replace("\"id\":\"p1\"", "\"id\":\"p2\"").replace("New poll", "Newer");
    let said = format!("{NEW_POLL}\n\n{second}\n\n");
    let world = world("", |origin| origin.at("/stream/", stream(said))).await;
    world.rest(secs(1)).await;
    assert_eq!(told(&world), ["Newer"]);
}

#[tokio::test(start_paused = true)]
async fn page_that_cannot_be_fetched_now_is_told_as_it_is_or_waited_for() {
    for (way, at_once, later) in [
        ("tell", vec!["New poll, as it was"], vec!["New poll"]),
        ("wait", vec![], vec!["New poll"]),
    ] {
        let world = world(&format!("on-failure = \"{way}\""), |origin| {
            origin.at("/polls/1/", Answer::page("busy").status(503));
            origin.at("/stream/", stream(format!("{NEW_POLL}\n\n")));
        })
        .await;
        world.rest(secs(5)).await;
        assert_eq!(told(&world), at_once, "{way}");
        world.origin.at("/polls/1/", Answer::page("poll 1"));
        world.rest(secs(6)).await;
        assert_eq!(told(&world), later, "{way}");
    }
}

#[tokio::test(start_paused = true)]
async fn page_that_is_not_to_be_had_is_told_as_it_is() {
    for (path, answer) in [
        ("/polls/1/", Answer::page("gone").status(404)),
        ("/polls/1/", Answer::page("x").header("cache-control", "no-store")),
        ("/live/1/", Answer::page("x")),
    ] {
        let world = world("on-failure = \"wait\"", |origin| {
            origin.at(path, answer);
            let said = NEW_POLL.replace("[\"/polls/1/\"]", &format!("[\"{path}\"]"));
            origin.at("/stream/", stream(format!("{said}\n\n")));
        })
        .await;
        world.rest(secs(1)).await;
        assert_eq!(told(&world), ["New poll, as it was"], "{path}");
    }
}

/// Of what is stored already the site is only asked whether it still holds.
#[tokio::test(start_paused = true)]
async fn page_that_has_not_changed_costs_a_few_headers() {
    let world = world("", |origin| {
        origin.at("/polls/1/", Answer::page("poll 1").header("etag", "\"1\""));
        let said = format!("{NEW_POLL}\n\n");
        origin.at("/stream/", short_stream(": hello\n\n").then(secs(1), said).then_stalled());
    })
    .await;
    world.browse("/polls/1/").await;
    world.rest(secs(2)).await;
    assert_eq!(told(&world), ["New poll"]);
    let transcript = world.transcript().await;
    assert!(transcript.contains("origin -> /polls/1/ 304"), "{transcript}");
}

#[tokio::test(start_paused = true)]
async fn plain_data_of_a_hub_means_what_the_profile_says() {
    let mapping = r#"
[push.kinds]
poll = "New polls"
[[push.message]]
event   = "poll"
kind    = "poll"
refresh = ["/polls/{id}/"]
title   = "New: {question}"
open    = "/polls/{id}/"
tag     = "poll-{id}"
"#;
    let world = world(mapping, |origin| {
        let said = "event: poll\nid: 1\ndata: {\"id\": 1, \"question\": \"Why?\"}\n\n";
        origin.at("/stream/", stream(format!("event: other\ndata: 5\n\n{said}")));
    })
    .await;
    world.rest(secs(1)).await;
    assert_eq!(told(&world), ["New: Why?"]);
    let notice = world.engine().notices().unwrap().remove(0);
    assert_eq!((&*notice.kind, notice.tag.as_deref()), ("poll", Some("poll-1")));
    let kinds = &world.engine().site().push.kinds;
    assert_eq!((&*kinds[0].name, &*kinds[0].label), ("poll", "New polls"));
}

/// The Mercure protocol: topics in the address, and a token in a header or in a cookie.
#[tokio::test(start_paused = true)]
async fn hub_is_asked_for_its_topics_with_a_token() {
    for (token, before, asked) in [
        ("{ path = \"/token/\" }", "/nothing/", " with Bearer abc"),
        (
            "{ cookie = \"mercureAuthorization\" }",
            "/cookie/",
            " (mercureAuthorization=def) with Bearer def",
        ),
    ] {
        let profile = profile("").replace(
            "stream = \"/stream/\"",
            &format!("[[push.stream]]\npath = \"/hub\"\ntopics = [\"a b\", \"/polls/{{id}}\"]\ntoken = {token}"),
        );
        let world = World::begin(&profile, |origin| {
            origin.at("/token/", Answer::of("application/json", "{\"token\": \"abc\"}"));
            let cookie = "mercureAuthorization=def; Path=/hub";
            origin.at("/cookie/", Answer::page("x").header("set-cookie", cookie));
            origin
                .at("/hub?topic=a+b&topic=%2Fpolls%2F%7Bid%7D", short_stream("id: urn:uuid:1\n\n"));
        });
        world.settle().await;
        world.browse(before).await;
        world.transcript.restart();
        world.rest(secs(6)).await;
        let transcript = world.transcript().await;
        let expected =
            format!("<- GET /hub?topic=a+b&topic=%2Fpolls%2F%7Bid%7D after urn:uuid:1{asked}");
        assert!(transcript.contains(&expected), "{transcript}");
    }
}

#[tokio::test(start_paused = true)]
async fn several_streams_are_read_side_by_side() {
    let profile = profile("").replace(
        "stream = \"/stream/\"",
        "[[push.stream]]\npath = \"/one/\"\n[[push.stream]]\npath = \"/two/\"",
    );
    let world = World::begin(&profile, |origin| {
        origin.at("/one/", stream("id: 1\ndata: {\"notify\":{\"title\":\"One\"}}\n\n"));
        let both = "id: 1\ndata: {\"notify\":{\"title\":\"Two\"}}\n\n";
        origin.at("/two/", short_stream(": hello\n\n").then(secs(1), both).then_stalled());
    });
    world.rest(secs(2)).await;
    assert_eq!(told(&world), ["One", "Two"]);
}

/// The machine was asleep: a connection that looks open may be gone.
#[tokio::test(start_paused = true)]
async fn stream_is_opened_anew_after_sleep() {
    let world = world("", |origin| origin.at("/stream/", stream("id: 1\n\n"))).await;
    world.rest(secs(10)).await;
    world.engine().resumed().await;
    world.rest(secs(1)).await;
    assert_eq!(opened(&world).await, ["0", "10.002 after 1"]);
}
