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
    insta::assert_snapshot!(world.transcript().await, @"");
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
    insta::assert_snapshot!(world.transcript().await, @"");
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
    insta::assert_snapshot!(world.transcript().await, @"");
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
    insta::assert_snapshot!(world.transcript().await, @"");
}

/// One link that leads out of the site is that page's, as long as a probe is answered.
#[tokio::test(start_paused = true)]
async fn one_page_that_leads_away_does_not_make_the_site_offline() {
    let world = World::new().await;
    world.origin.shows_probes();
    world.origin.at("/polls/out/", Answer::redirect(302, "https://elsewhere.example/"));
    world.browse("/polls/out/").await;
    world.rest(secs(5)).await;
    insta::assert_snapshot!(world.transcript().await, @"");
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
    insta::assert_snapshot!(world.transcript().await, @"");
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
    insta::assert_snapshot!(world.transcript().await, @"");
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
    insta::assert_snapshot!(world.transcript().await, @"");
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
    insta::assert_snapshot!(world.transcript().await, @"");
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
    insta::assert_snapshot!(world.transcript().await, @"");
}

#[tokio::test(start_paused = true)]
async fn site_on_the_machine_itself_needs_no_network() {
    let world = World::new().await.storing("/polls/", "old").await;
    world.origin.shows_probes();
    world.engine().system_link(SystemLink::Down);
    world.settle().await;
    world.origin.refuses();
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"");
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
    insta::assert_snapshot!(world.transcript().await, @"");
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
    insta::assert_snapshot!(world.transcript().await, @"");
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
    insta::assert_snapshot!(world.transcript().await, @"");
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
    insta::assert_snapshot!(world.transcript().await, @"");
}
