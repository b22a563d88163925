//! Whether the site can be reached, and how that is found out.

use holdfast_engine::{Cause, Connection, SystemLink};

use crate::scenario::{Answer, POLLS, World, ms, secs};

/// The polls site as it is on the internet: over TLS, and on another machine.
fn far_away() -> String {
    POLLS.replace("http://127.0.0.1:8000", "https://polls.example")
}

/// One suspicion, one confirmation, attempts at growing intervals, one all-clear.
#[tokio::test(start_paused = true)]
async fn gone_and_back_is_told_once_each() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.shows_probes();
    world.origin.falls_silent();
    tokio::join!(world.get("/polls/"), world.get("/polls/"));
    world.rest(ms(4500)).await;
    world.origin.refuses();
    world.rest(secs(40)).await;
    world.origin.comes_back();
    world.rest(secs(20)).await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin falls silent
        0 ms  origin <- GET /polls/
     3000 ms  page   <- /polls/ old, from the store: slow
     3000 ms  page   <- /polls/ old, from the store: slow
     3000 ms  origin <- HEAD /polls/
     6000 ms  event     connection offline
     7000 ms  origin <- HEAD /polls/
     7500 ms  origin is gone: connections are refused
    19000 ms  origin <- HEAD /polls/
    23000 ms  origin <- HEAD /polls/
    31000 ms  origin <- HEAD /polls/
    46000 ms  origin <- HEAD /polls/
    47500 ms  origin comes back
    61000 ms  origin <- HEAD /polls/
    61000 ms  origin -> /polls/ 200
    61000 ms  event     connection online
    ");
}

#[tokio::test(start_paused = true)]
async fn real_request_that_succeeds_ends_the_wait_for_a_probe() {
    let world = World::new().await;
    world.origin.shows_probes();
    world.origin.refuses();
    world.get("/polls/").await;
    world.rest(secs(8)).await;
    world.origin.comes_back();
    world.get("/live/count").await;
    world.rest(secs(20)).await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin is gone: connections are refused
       0 ms  origin <- GET /polls/
       0 ms  page   <- /polls/ 504 Not here yet, in its place: offline
       0 ms  event     connection offline
    1000 ms  origin <- HEAD /polls/
    3000 ms  origin <- HEAD /polls/
    7000 ms  origin <- HEAD /polls/
    8000 ms  origin comes back
    8000 ms  origin <- GET /live/count
    8000 ms  origin -> /live/count 404 no such page
    8000 ms  page   <- /live/count 404 no such page
    8000 ms  event     connection online
    ");
}

/// A page that hangs is that page's fault as long as the site answers a probe.
#[tokio::test(start_paused = true)]
async fn one_page_that_hangs_does_not_make_the_site_offline() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.shows_probes();
    world.origin.at("/polls/", Answer::page("new").after(secs(3600)));
    world.get("/polls/").await;
    world.rest(secs(40)).await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin <- GET /polls/
     3000 ms  page   <- /polls/ old, from the store: slow
     3000 ms  origin <- HEAD /polls/
     3000 ms  origin -> /polls/ 200
    30000 ms  origin <- HEAD /polls/
    30000 ms  origin -> /polls/ 200
    ");
}

#[tokio::test(start_paused = true)]
async fn body_that_breaks_off_does_not_make_the_site_offline() {
    let world = World::new().await;
    world.origin.shows_probes();
    world.origin.at("/polls/", Answer::page("ne").then_cut());
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/
    0 ms  origin -> /polls/ ne and breaks off
    0 ms  origin <- HEAD /polls/
    0 ms  origin -> /polls/ 200
    0 ms  page   <- /polls/ 504 Not here yet, in its place: slow
    ");
}

/// Five seconds for an answer are slow, not gone: the probe that looks for the site's
/// return waits longer than the one that confirms a suspicion.
#[tokio::test(start_paused = true)]
async fn site_that_has_become_slow_is_found_again() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.shows_probes();
    world.origin.at("/polls/", Answer::page("new").after(secs(20)));
    world.origin.at("HEAD /polls/", Answer::page("").after(secs(5)));
    world.get("/polls/").await;
    world.rest(secs(12)).await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin <- GET /polls/
     3000 ms  page   <- /polls/ old, from the store: slow
     3000 ms  origin <- HEAD /polls/
     6000 ms  event     connection offline
     7000 ms  origin <- HEAD /polls/
    12000 ms  origin -> /polls/ 200
    12000 ms  event     connection online
    ");
}

#[tokio::test(start_paused = true)]
async fn heartbeat_only_while_somebody_looks_and_nothing_else_is_heard() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.shows_probes();
    world.rest(secs(60)).await;
    let watch = world.engine().watch();
    world.rest(secs(25)).await;
    world.get("/polls/").await;
    world.rest(secs(15)).await;
    drop(watch);
    world.rest(secs(60)).await;
    insta::assert_snapshot!(world.transcript().await, @"
    60000 ms  origin <- HEAD /polls/
    60000 ms  origin -> /polls/ 200
    70000 ms  origin <- HEAD /polls/
    70000 ms  origin -> /polls/ 200
    80000 ms  origin <- HEAD /polls/
    80000 ms  origin -> /polls/ 200
    85000 ms  origin <- GET /polls/
    85000 ms  origin -> /polls/ old
    85000 ms  stored    /polls/ old
    85000 ms  page   <- /polls/ old
    85000 ms  event     confirmed /polls/, document
    95000 ms  origin <- HEAD /polls/
    95000 ms  origin -> /polls/ 200
    ");
}

#[tokio::test(start_paused = true)]
async fn death_is_noticed_while_somebody_only_looks() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.shows_probes();
    let _watch = world.engine().watch();
    world.rest(ms(500)).await;
    world.origin.refuses();
    world.rest(secs(12)).await;
    world.origin.comes_back();
    world.rest(secs(3)).await;
    insta::assert_snapshot!(world.transcript().await, @"
      500 ms  origin is gone: connections are refused
     9998 ms  origin <- HEAD /polls/
     9998 ms  event     connection offline
    10998 ms  origin <- HEAD /polls/
    12500 ms  origin comes back
    12998 ms  origin <- HEAD /polls/
    12998 ms  origin -> /polls/ 200
    12998 ms  event     connection online
    ");
}

/// Five minutes after the last request nobody is interested any more: a closed lid costs
/// no battery. The next request rouses the interest.
#[tokio::test(start_paused = true)]
async fn nothing_is_probed_when_nobody_asks() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.refuses();
    world.get("/polls/").await;
    world.rest(secs(400)).await;
    world.transcript.restart();
    world.origin.shows_probes();
    world.rest(secs(3600)).await;
    world.get("/polls/").await;
    world.rest(secs(1)).await;
    insta::assert_snapshot!(world.transcript().await, @"
    3600000 ms  page   <- /polls/ old, from the store: offline
    3600000 ms  origin <- HEAD /polls/
    ");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_probed_while_all_is_well() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.shows_probes();
    world.rest(secs(3600)).await;
    insta::assert_snapshot!(world.transcript().await, @"");
}

/// Five causes are told by how a connection fails; the words are those of the person's bar.
#[tokio::test(start_paused = true)]
async fn causes_are_told_apart() {
    let world = World::with(&far_away()).await.storing("/polls/", "old").await;
    let causes = [Cause::NoLink, Cause::NameNotFound, Cause::Unreachable, Cause::TlsRefused];
    for cause in causes {
        world.origin.fails(cause);
        world.get("/live/count").await;
        world.get("/polls/").await;
        world.settle().await;
        assert_eq!(*world.engine().connection().borrow(), Connection::Offline(cause));
    }
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin is gone: no-link
    0 ms  origin <- GET /live/count
    0 ms  page   <- /live/count 504 Not here yet, in its place: offline
    0 ms  page   <- /polls/ old, from the store: offline
    0 ms  event     connection offline: no-link
    2 ms  origin is gone: name-not-found
    2 ms  origin <- GET /live/count
    2 ms  page   <- /live/count 504 Not here yet, in its place: offline
    2 ms  page   <- /polls/ old, from the store: offline
    2 ms  event     connection offline: name-not-found
    4 ms  origin is gone: unreachable
    4 ms  origin <- GET /live/count
    4 ms  page   <- /live/count 504 Not here yet, in its place: offline
    4 ms  page   <- /polls/ old, from the store: offline
    4 ms  event     connection offline
    6 ms  origin is gone: tls-refused
    6 ms  origin <- GET /live/count
    6 ms  page   <- /live/count 504 Not here yet, in its place: offline
    6 ms  page   <- /polls/ old, from the store: offline
    6 ms  event     connection offline: tls-refused
    ");
}

/// Over TLS a portal can only refuse; without it shows where it wants the person.
#[tokio::test(start_paused = true)]
async fn portal_is_found_by_asking_without_encryption() {
    let world = World::with(&far_away()).await.storing("/polls/", "old").await;
    world.origin.shows_probes();
    world.origin.is_captured("https://wifi.example/welcome");
    world.get("/polls/").await;
    world.rest(secs(4)).await;
    let portal = world.engine().portal().map(String::from);
    assert_eq!(portal.as_deref(), Some("https://wifi.example/welcome"));
    world.get("/polls/").await;
    world.origin.comes_back();
    world.rest(secs(10)).await;
    assert_eq!(world.engine().portal(), None);
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin is behind https://wifi.example/welcome
        0 ms  origin <- GET /polls/
        0 ms  page   <- /polls/ old, from the store: offline
        0 ms  event     connection offline: tls-refused
     1000 ms  origin <- HEAD /polls/
     1000 ms  origin <- GET http://polls.example/
     1000 ms  origin -> http://polls.example/ 302
     1000 ms  event     connection offline: captive-portal
     3000 ms  origin <- HEAD /polls/
     3000 ms  origin <- GET http://polls.example/
     3000 ms  origin -> http://polls.example/ 302
     4000 ms  page   <- /polls/ old, from the store: offline
     4000 ms  origin comes back
     7000 ms  origin <- HEAD /polls/
     7000 ms  origin -> /polls/ 200
     7000 ms  event     connection online
    14000 ms  origin <- GET /polls/
    14000 ms  origin -> /polls/ old
    14000 ms  stored    /polls/ old
    14000 ms  page   <- /polls/ old
    14000 ms  event     confirmed /polls/, document
    ");
}

/// A redirect from the site itself, over TLS, is the site's: many lead to a sign-in elsewhere.
#[tokio::test(start_paused = true)]
async fn site_that_leads_to_another_host_over_tls_is_there() {
    let world = World::with(&far_away()).await.storing("/polls/", "old").await;
    world.origin.shows_probes();
    world.origin.at("/polls/", Answer::redirect(302, "https://sign-in.example/"));
    world.origin.at("HEAD /polls/", Answer::redirect(302, "https://sign-in.example/"));
    let _watch = world.engine().watch();
    world.get("/polls/").await;
    world.rest(secs(11)).await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin <- GET /polls/
        0 ms  origin -> /polls/ 302
        0 ms  page   <- /polls/ 302 to https://sign-in.example/
    10000 ms  origin <- HEAD /polls/
    10000 ms  origin -> /polls/ 302
    ");
}

/// Without TLS, which is so on the machine itself only, all answers are somebody else's.
#[tokio::test(start_paused = true)]
async fn answers_that_are_not_the_sites_replace_nothing() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.shows_probes();
    world.origin.is_captured("http://wifi.example/");
    world.get("/polls/").await;
    world.get("/polls/7/").await;
    world.browse("/polls/").await;
    world.rest(ms(500)).await;
    assert_eq!(world.engine().portal().map(String::from).as_deref(), Some("http://wifi.example/"));
    world.origin.comes_back();
    world.rest(secs(5)).await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin is behind http://wifi.example/
       0 ms  origin <- GET /polls/
       0 ms  origin -> /polls/ 302
       0 ms  origin <- HEAD /polls/
       0 ms  origin -> /polls/ 302
       0 ms  page   <- /polls/ 302 to http://wifi.example/
       0 ms  page   <- /polls/7/ 504 Not here yet, in its place: offline
       0 ms  page   <- /polls/ old, from the store: offline
       0 ms  event     connection offline: captive-portal
     500 ms  origin comes back
    1000 ms  origin <- HEAD /polls/
    1000 ms  origin -> /polls/ 200
    1000 ms  event     connection online
    ");
}

/// One link that leads out of the site is that page's, as long as a probe is answered.
#[tokio::test(start_paused = true)]
async fn one_page_that_leads_away_does_not_make_the_site_offline() {
    let world = World::new().await;
    world.origin.shows_probes();
    world.origin.at("/polls/out/", Answer::redirect(302, "https://elsewhere.example/"));
    world.browse("/polls/out/").await;
    world.rest(secs(5)).await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/out/
    0 ms  origin -> /polls/out/ 302
    0 ms  origin <- HEAD /polls/
    0 ms  origin -> /polls/ 200
    0 ms  page   <- /polls/out/ 302 to https://elsewhere.example/
    ");
}

/// The site is there and does not work: what is stored is shown at once and says why, and
/// nobody adds to its troubles but a probe now and then, and who has nothing else.
#[tokio::test(start_paused = true)]
async fn site_that_does_not_work_is_left_alone() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.shows_probes();
    for at in ["/polls/", "HEAD /polls/", "/polls/7/"] {
        world.origin.at(at, Answer::page("down").status(503));
    }
    world.get("/polls/").await;
    world.settle().await;
    world.get("/polls/").await;
    world.get("/polls/7/").await;
    world.rest(secs(8)).await;
    for at in ["/polls/", "HEAD /polls/"] {
        world.origin.at(at, Answer::page("new"));
    }
    world.rest(secs(10)).await;
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin <- GET /polls/
        0 ms  origin -> /polls/ 503 down
        0 ms  origin <- HEAD /polls/
        0 ms  origin -> /polls/ 503
        0 ms  page   <- /polls/ old, from the store: server-error
        0 ms  event     connection offline: server-error
        2 ms  page   <- /polls/ old, from the store: server-error
        2 ms  origin <- GET /polls/7/
        2 ms  origin -> /polls/7/ 503 down
        2 ms  page   <- /polls/7/ 503 down
     1000 ms  origin <- HEAD /polls/
     1000 ms  origin -> /polls/ 503
     3000 ms  origin <- HEAD /polls/
     3000 ms  origin -> /polls/ 503
     7000 ms  origin <- HEAD /polls/
     7000 ms  origin -> /polls/ 503
    15000 ms  origin <- HEAD /polls/
    15000 ms  origin -> /polls/ 200
    15000 ms  event     connection online
    18002 ms  origin <- GET /polls/
    18002 ms  origin -> /polls/ new
    18002 ms  stored    /polls/ new
    18002 ms  page   <- /polls/ new
    18002 ms  event     changed /polls/, document
    ");
}

#[tokio::test(start_paused = true)]
async fn one_page_out_of_order_does_not_make_the_site_offline() {
    let world = World::new().await;
    world.origin.shows_probes();
    for status in [500, 503] {
        world.origin.at("/polls/7/", Answer::page("broken").status(status));
        world.get("/polls/7/").await;
        world.settle().await;
    }
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/7/
    0 ms  origin -> /polls/7/ 500 broken
    0 ms  page   <- /polls/7/ 500 broken
    2 ms  origin <- GET /polls/7/
    2 ms  origin -> /polls/7/ 503 broken
    2 ms  origin <- HEAD /polls/
    2 ms  origin -> /polls/ 200
    2 ms  page   <- /polls/7/ 503 broken
    ");
}

/// A site that never learnt what HEAD is works all the same.
#[tokio::test(start_paused = true)]
async fn site_that_answers_every_probe_with_500_is_there() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.shows_probes();
    world.origin.at("HEAD /polls/", Answer::page("").status(500));
    world.origin.at("/polls/7/", Answer::page("late").after(secs(4)));
    let _watch = world.engine().watch();
    world.get("/polls/7/").await;
    world.rest(secs(30)).await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin <- GET /polls/7/
     3000 ms  origin <- HEAD /polls/
     3000 ms  origin -> /polls/ 500
     4000 ms  origin -> /polls/7/ late
     4000 ms  stored    /polls/7/ late
     4000 ms  page   <- /polls/7/ late
    14000 ms  origin <- HEAD /polls/
    14000 ms  origin -> /polls/ 500
    24000 ms  origin <- HEAD /polls/
    24000 ms  origin -> /polls/ 500
    34000 ms  origin <- HEAD /polls/
    34000 ms  origin -> /polls/ 500
    ");
}

/// What the system says is why, and when it is asked; whether is said by the site.
#[tokio::test(start_paused = true)]
async fn lost_network_is_noticed_at_once_and_so_is_its_return() {
    let world = World::with(&far_away()).await.storing("/polls/", "old").await;
    world.origin.shows_probes();
    world.rest(secs(2)).await;
    world.origin.fails(Cause::NameNotFound);
    world.engine().system_link(SystemLink::Down);
    world.rest(secs(6)).await;
    world.get("/polls/").await;
    world.origin.comes_back();
    world.engine().system_link(SystemLink::Up);
    world.settle().await;
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    2000 ms  origin is gone: name-not-found
    2000 ms  origin <- HEAD /polls/
    2000 ms  event     connection offline: no-link
    3000 ms  origin <- HEAD /polls/
    5000 ms  origin <- HEAD /polls/
    8000 ms  page   <- /polls/ old, from the store: offline
    8000 ms  origin comes back
    8000 ms  origin <- HEAD /polls/
    8000 ms  origin -> /polls/ 200
    8000 ms  event     connection online
    8002 ms  origin <- GET /polls/
    8002 ms  origin -> /polls/ old
    8002 ms  stored    /polls/ old
    8002 ms  page   <- /polls/ old
    8002 ms  event     confirmed /polls/, document
    ");
}

/// A system that does not know of the way that requests take is not believed.
#[tokio::test(start_paused = true)]
async fn wrong_word_of_the_system_costs_one_probe() {
    let world = World::with(&far_away()).await.storing("/polls/", "old").await;
    world.origin.shows_probes();
    world.engine().system_link(SystemLink::Down);
    world.settle().await;
    world.engine().system_link(SystemLink::Down);
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- HEAD /polls/
    0 ms  origin -> /polls/ 200
    2 ms  origin <- GET /polls/
    2 ms  origin -> /polls/ old
    2 ms  stored    /polls/ old
    2 ms  page   <- /polls/ old
    2 ms  event     confirmed /polls/, document
    ");
}

#[tokio::test(start_paused = true)]
async fn site_on_the_machine_itself_needs_no_network() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.shows_probes();
    world.engine().system_link(SystemLink::Down);
    world.settle().await;
    world.origin.refuses();
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    2 ms  origin is gone: connections are refused
    2 ms  origin <- GET /polls/
    2 ms  page   <- /polls/ old, from the store: offline
    2 ms  event     connection offline
    ");
}

/// A site that is usually there at once and then says nothing keeps nobody waiting for as long
/// as its route allows.
#[tokio::test(start_paused = true)]
async fn reader_of_a_quick_site_waits_no_longer_than_is_usual() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.at("/polls/", Answer::page("old").after(ms(40)));
    for _ in 0..8 {
        world.get("/polls/").await;
    }
    world.settle().await;
    world.transcript.restart();
    world.origin.shows_probes();
    world.origin.at("/polls/", Answer::page("new").after(secs(2)));
    world.get("/polls/").await;
    world.rest(secs(3)).await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /polls/
     500 ms  page   <- /polls/ old, from the store: slow
     500 ms  origin <- HEAD /polls/
     500 ms  origin -> /polls/ 200
    2000 ms  origin -> /polls/ new
    2000 ms  stored    /polls/ new
    2000 ms  event     changed /polls/, document
    ");
}

/// Nobody waits for a slow site who has something else; what comes late is for the next time.
#[tokio::test(start_paused = true)]
async fn slow_site_is_known_to_be_slow() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.at("/live/count", Answer::of("text/plain", "7").after(ms(2500)));
    for _ in 0..6 {
        world.get("/live/count").await;
    }
    world.settle().await;
    assert_eq!(*world.engine().connection().borrow(), Connection::Slow);
    world.transcript.restart();
    world.origin.shows_probes();
    world.origin.at("/polls/", Answer::page("new").after(ms(2500)));
    world.get("/polls/").await;
    world.rest(secs(3)).await;
    world.origin.at("/live/count", Answer::of("text/plain", "8"));
    for _ in 0..8 {
        world.get("/live/count").await;
    }
    assert_eq!(*world.engine().connection().borrow(), Connection::Online);
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /polls/
     500 ms  page   <- /polls/ old, from the store: slow
    2500 ms  origin -> /polls/ new
    2500 ms  stored    /polls/ new
    2500 ms  event     changed /polls/, document
    3500 ms  origin <- GET /live/count
    3500 ms  origin -> /live/count 8
    3500 ms  page   <- /live/count 8
    3500 ms  origin <- GET /live/count
    3500 ms  origin -> /live/count 8
    3500 ms  page   <- /live/count 8
    3500 ms  origin <- GET /live/count
    3500 ms  origin -> /live/count 8
    3500 ms  page   <- /live/count 8
    3500 ms  origin <- GET /live/count
    3500 ms  origin -> /live/count 8
    3500 ms  page   <- /live/count 8
    3500 ms  origin <- GET /live/count
    3500 ms  origin -> /live/count 8
    3500 ms  page   <- /live/count 8
    3500 ms  origin <- GET /live/count
    3500 ms  origin -> /live/count 8
    3500 ms  page   <- /live/count 8
    3500 ms  origin <- GET /live/count
    3500 ms  origin -> /live/count 8
    3500 ms  page   <- /live/count 8
    3500 ms  origin <- GET /live/count
    3500 ms  origin -> /live/count 8
    3500 ms  page   <- /live/count 8
    3500 ms  event     connection online
    ");
}

/// A line that comes and goes: probes begin anew with each loss and never come close together.
#[tokio::test(start_paused = true)]
async fn line_that_comes_and_goes_is_followed() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.shows_probes();
    let _watch = world.engine().watch();
    for _ in 0..3 {
        world.origin.refuses();
        world.get("/polls/").await;
        world.rest(ms(1500)).await;
        world.origin.comes_back();
        world.rest(ms(2500)).await;
    }
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin is gone: connections are refused
        0 ms  origin <- GET /polls/
        0 ms  page   <- /polls/ old, from the store: offline
        0 ms  event     connection offline
     1000 ms  origin <- HEAD /polls/
     1500 ms  origin comes back
     3000 ms  origin <- HEAD /polls/
     3000 ms  origin -> /polls/ 200
     3000 ms  event     connection online
     4000 ms  origin is gone: connections are refused
     4000 ms  origin <- GET /polls/
     4000 ms  page   <- /polls/ old, from the store: offline
     4000 ms  event     connection offline
     5000 ms  origin <- HEAD /polls/
     5500 ms  origin comes back
     7000 ms  origin <- HEAD /polls/
     7000 ms  origin -> /polls/ 200
     7000 ms  event     connection online
     8000 ms  origin is gone: connections are refused
     8000 ms  origin <- GET /polls/
     8000 ms  page   <- /polls/ old, from the store: offline
     8000 ms  event     connection offline
     9000 ms  origin <- HEAD /polls/
     9500 ms  origin comes back
    11000 ms  origin <- HEAD /polls/
    11000 ms  origin -> /polls/ 200
    11000 ms  event     connection online
    ");
}

/// While the site is gone, a hundred pages ask it nothing: one probe at a time does.
#[tokio::test(start_paused = true)]
async fn site_that_is_gone_is_asked_by_one_at_a_time() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.refuses();
    world.get("/polls/").await;
    world.origin.falls_silent();
    world.transcript.restart();
    world.origin.shows_probes();
    for _ in 0..100 {
        world.engine().handle(world.request("/polls/")).await;
        world.rest(ms(200)).await;
    }
    insta::assert_snapshot!(world.transcript().await, @"
     1000 ms  origin <- HEAD /polls/
    13000 ms  origin <- HEAD /polls/
    ");
}
