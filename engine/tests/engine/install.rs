//! On install: what the profile requires is there before it is asked for, all or nothing.

use bytes::Bytes;

use crate::scenario::{Answer, Origin, POLLS, World, ms, secs};

/// The polls profile with something to install.
pub(crate) fn profile(version: &str) -> String {
    let install = format!(
        "version = \"{version}\"\n\n[install]\n\
         required = [\"/polls/offline/\", \"/static/a.css\", \"/static/b.css\"]\n\
         optional = [\"/polls/\"]\n\n\
         [fallback]\ndocument = \"/polls/offline/\"\n\n[[route]]"
    );
    POLLS.replacen("[[route]]", &install, 1)
}

pub(crate) fn complete(origin: &Origin) {
    origin.at("/polls/offline/", Answer::page("<h1>You are offline</h1>"));
    origin.at("/static/a.css", Answer::of("text/css", "a{}"));
    origin.at("/static/b.css", Answer::of("text/css", "b{}"));
    origin.at("/polls/", Answer::page("polls"));
}

#[tokio::test(start_paused = true)]
async fn everything_required_is_there_before_it_is_asked_for() {
    let world = World::begin(&profile("1"), complete);
    world.settle().await;
    world.origin.refuses();
    world.get("/polls/7/").await;
    world.get("/static/a.css").await;
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/offline/
    0 ms  origin -> /polls/offline/ <h1>You are offline</h1>
    0 ms  origin <- GET /static/a.css
    0 ms  origin -> /static/a.css a{}
    0 ms  origin <- GET /static/b.css
    0 ms  origin -> /static/b.css b{}
    0 ms  origin <- GET /polls/
    0 ms  origin -> /polls/ polls
    0 ms  stored    /polls/ polls, installed
    0 ms  stored    /polls/offline/ <h1>You are offline</h1>, installed
    0 ms  stored    /static/a.css a{}, installed
    0 ms  stored    /static/b.css b{}, installed
    0 ms  event     installed 1
    2 ms  origin is gone: connections are refused
    2 ms  origin <- GET /polls/7/
    2 ms  page   <- /polls/7/ 503 <h1>You are offline</h1>, in its place: offline
    2 ms  page   <- /static/a.css a{}, from the store: strategy
    2 ms  page   <- /polls/ polls, from the store: offline
    2 ms  event     connection offline
    ");
}

/// One of three is missing, so none is used. The failure is told by name, and only what is
/// missing is fetched again.
#[tokio::test(start_paused = true)]
async fn all_or_nothing() {
    let world = World::begin(&profile("1"), |origin| {
        complete(origin);
        origin.at("/static/b.css", Answer::of("text/css", "sorry").status(503));
    });
    world.rest(secs(1)).await;
    world.origin.at("/static/b.css", Answer::of("text/css", "b{}"));
    world.origin.at("/static/a.css", Answer::of("text/css", "newer{}"));
    world.get("/static/a.css").await;
    world.rest(secs(2)).await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /polls/offline/
       0 ms  origin -> /polls/offline/ <h1>You are offline</h1>
       0 ms  origin <- GET /static/a.css
       0 ms  origin -> /static/a.css a{}
       0 ms  origin <- GET /static/b.css
       0 ms  origin -> /static/b.css 503 sorry
       0 ms  stored    /polls/offline/ <h1>You are offline</h1>, installed
       0 ms  stored    /static/a.css a{}, installed
       0 ms  event     install failed: /static/b.css: the site answered 503 Service Unavailable
    1000 ms  origin <- GET /static/a.css
    1000 ms  origin -> /static/a.css newer{}
    1000 ms  stored    /static/a.css newer{}
    1000 ms  page   <- /static/a.css newer{}
    2000 ms  origin <- GET /static/b.css
    2000 ms  origin -> /static/b.css b{}
    2000 ms  origin <- GET /polls/
    2000 ms  origin -> /polls/ polls
    2000 ms  stored    /polls/ polls, installed
    2000 ms  stored    /static/b.css b{}, installed
    2000 ms  event     installed 1
    ");
}

#[tokio::test(start_paused = true)]
async fn retried_as_soon_as_the_site_is_back() {
    let world = World::begin(&profile("1"), |origin| {
        complete(origin);
        origin.refuses();
        origin.shows_probes();
    });
    world.rest(ms(6500)).await;
    world.origin.comes_back();
    world.rest(secs(2)).await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin is gone: connections are refused
       0 ms  origin <- GET /polls/offline/
       0 ms  event     connection offline
       0 ms  event     install failed: /polls/offline/: could not connect to 127.0.0.1: refused
    1000 ms  origin <- HEAD /polls/
    2000 ms  origin <- GET /polls/offline/
    2000 ms  event     install failed: /polls/offline/: could not connect to 127.0.0.1: refused
    3000 ms  origin <- HEAD /polls/
    6000 ms  origin <- GET /polls/offline/
    6000 ms  event     install failed: /polls/offline/: could not connect to 127.0.0.1: refused
    6500 ms  origin comes back
    7000 ms  origin <- HEAD /polls/
    7000 ms  origin -> /polls/ 200
    7000 ms  origin <- GET /polls/offline/
    7000 ms  origin -> /polls/offline/ <h1>You are offline</h1>
    7000 ms  origin <- GET /static/a.css
    7000 ms  origin -> /static/a.css a{}
    7000 ms  origin <- GET /static/b.css
    7000 ms  origin -> /static/b.css b{}
    7000 ms  origin <- GET /polls/
    7000 ms  origin -> /polls/ polls
    7000 ms  stored    /polls/ polls, installed
    7000 ms  stored    /polls/offline/ <h1>You are offline</h1>, installed
    7000 ms  stored    /static/a.css a{}, installed
    7000 ms  stored    /static/b.css b{}, installed
    7000 ms  event     connection online
    7000 ms  event     installed 1
    ");
}

/// The app is closed in the middle of an install. The next start goes on where it was.
#[tokio::test(start_paused = true)]
async fn resumed_without_fetching_again_what_arrived() {
    let mut world = World::begin(&profile("1"), |origin| {
        complete(origin);
        origin.at("/static/b.css", Answer::of("text/css", "b{}").after(secs(60)));
    });
    world.rest(secs(1)).await;
    world.restart(&profile("1")).await;
    world.rest(secs(1)).await;
    world.origin.at("/static/b.css", Answer::of("text/css", "b{}"));
    world.restart(&profile("1")).await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /polls/offline/
       0 ms  origin -> /polls/offline/ <h1>You are offline</h1>
       0 ms  origin <- GET /static/a.css
       0 ms  origin -> /static/a.css a{}
       0 ms  origin <- GET /static/b.css
       0 ms  stored    /polls/offline/ <h1>You are offline</h1>, installed
       0 ms  stored    /static/a.css a{}, installed
    1002 ms  engine    is closed
    1002 ms  engine    is opened
    1002 ms  origin <- GET /static/b.css
    2004 ms  engine    is closed
    2004 ms  engine    is opened
    2004 ms  origin <- GET /static/b.css
    2004 ms  origin -> /static/b.css b{}
    2004 ms  origin <- GET /polls/
    2004 ms  origin -> /polls/ polls
    2004 ms  stored    /polls/ polls, installed
    2004 ms  stored    /static/b.css b{}, installed
    2004 ms  event     installed 1
    ");
}

#[tokio::test(start_paused = true)]
async fn what_is_installed_is_not_installed_again() {
    let mut world = World::begin(&profile("1"), complete);
    world.settle().await;
    world.transcript.restart();
    world.restart(&profile("1")).await;
    insta::assert_snapshot!(world.transcript().await, @"
    2 ms  engine    is closed
    2 ms  engine    is opened
    ");
}

/// A new version is staged beside the one that serves, and takes its place when it is
/// complete, not before.
#[tokio::test(start_paused = true)]
async fn former_version_serves_until_the_new_one_is_complete() {
    let mut world = World::begin(&profile("1"), complete);
    world.settle().await;
    world.transcript.restart();
    world.origin.at("/polls/offline/", Answer::page("<h1>Offline, as of 2</h1>"));
    world.origin.at("/static/a.css", Answer::of("text/css", "a2{}"));
    world.origin.at("/static/b.css", Answer::of("text/css", "b2{}").then_cut());
    world.restart(&profile("2")).await;
    world.settle().await;
    world.get("/static/a.css").await;
    world.get("/static/b.css").await;
    world.origin.at("/static/b.css", Answer::of("text/css", "b2{}"));
    world.rest(secs(2)).await;
    world.get("/static/a.css").await;
    world.origin.refuses();
    world.get("/polls/7/").await;
    insta::assert_snapshot!(world.transcript().await, @"
       2 ms  engine    is closed
       2 ms  engine    is opened
       2 ms  origin <- GET /polls/offline/
       2 ms  origin -> /polls/offline/ <h1>Offline, as of 2</h1>
       2 ms  origin <- GET /static/a.css
       2 ms  origin -> /static/a.css a2{}
       2 ms  origin <- GET /static/b.css
       2 ms  origin -> /static/b.css b2{} and breaks off
       2 ms  stored    /polls/offline/ <h1>Offline, as of 2</h1>, installed
       2 ms  stored    /static/a.css a2{}, installed
       2 ms  event     install failed: /static/b.css: the connection to 127.0.0.1 broke: the connection was cut
       4 ms  page   <- /static/a.css a{}, from the store: strategy
       4 ms  page   <- /static/b.css b{}, from the store: strategy
    2002 ms  origin <- GET /static/b.css
    2002 ms  origin -> /static/b.css b2{}
    2002 ms  origin <- GET /polls/
    2002 ms  origin -> /polls/ polls
    2002 ms  stored    /polls/ polls, installed
    2002 ms  stored    /static/b.css b2{}, installed
    2004 ms  page   <- /static/a.css a{}, from the store: strategy
    2004 ms  origin is gone: connections are refused
    2004 ms  origin <- GET /polls/7/
    2004 ms  gone      /polls/ polls, installed
    2004 ms  gone      /polls/offline/ <h1>You are offline</h1>, installed
    2004 ms  gone      /static/a.css a{}, installed
    2004 ms  gone      /static/b.css b{}, installed
    2004 ms  page   <- /polls/7/ 503 <h1>Offline, as of 2</h1>, in its place: offline
    2004 ms  event     connection offline
    2004 ms  event     installed 2
    ");
}

/// A path that moves from one list to the other must be fetched anew if it has to.
#[tokio::test(start_paused = true)]
async fn another_list_is_another_install_although_the_version_is_the_same() {
    let mut world = World::begin(&profile("1"), |origin| {
        complete(origin);
        origin.at("/polls/", Answer::page("sorry").status(500));
    });
    world.settle().await;
    world.transcript.restart();
    world.origin.at("/polls/", Answer::page("polls"));
    let moved = profile("1")
        .replace("\"/static/b.css\"]", "\"/static/b.css\", \"/polls/\"]")
        .replace("optional = [\"/polls/\"]", "optional = []");
    world.restart(&moved).await;
    world.settle().await;
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    2 ms  engine    is closed
    2 ms  engine    is opened
    2 ms  origin <- GET /polls/offline/
    2 ms  origin -> /polls/offline/ <h1>You are offline</h1>
    2 ms  origin <- GET /static/a.css
    2 ms  origin -> /static/a.css a{}
    2 ms  origin <- GET /static/b.css
    2 ms  origin -> /static/b.css b{}
    2 ms  origin <- GET /polls/
    2 ms  origin -> /polls/ polls
    2 ms  stored    /polls/ polls, installed
    2 ms  stored    /polls/offline/ <h1>You are offline</h1>, installed
    2 ms  stored    /static/a.css a{}, installed
    2 ms  stored    /static/b.css b{}, installed
    4 ms  origin <- GET /polls/
    4 ms  origin -> /polls/ polls
    4 ms  stored    /polls/ polls
    4 ms  gone      /polls/offline/ <h1>You are offline</h1>, installed
    4 ms  gone      /static/a.css a{}, installed
    4 ms  gone      /static/b.css b{}, installed
    4 ms  page   <- /polls/ polls
    4 ms  event     confirmed /polls/, document
    4 ms  event     installed 1
    ");
}

/// What is optional fails no install, is tried until it is there, and not again then.
#[tokio::test(start_paused = true)]
async fn optional_parts_are_fetched_as_far_as_they_can_be_had() {
    let mut world = World::begin(&profile("1"), |origin| {
        complete(origin);
        origin.at("/polls/", Answer::page("sorry").status(500));
    });
    world.rest(secs(1)).await;
    world.origin.at("/polls/", Answer::page("polls"));
    world.rest(secs(2)).await;
    world.restart(&profile("1")).await;
    world.settle().await;
    world.origin.refuses();
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /polls/offline/
       0 ms  origin -> /polls/offline/ <h1>You are offline</h1>
       0 ms  origin <- GET /static/a.css
       0 ms  origin -> /static/a.css a{}
       0 ms  origin <- GET /static/b.css
       0 ms  origin -> /static/b.css b{}
       0 ms  origin <- GET /polls/
       0 ms  origin -> /polls/ 500 sorry
       0 ms  stored    /polls/offline/ <h1>You are offline</h1>, installed
       0 ms  stored    /static/a.css a{}, installed
       0 ms  stored    /static/b.css b{}, installed
       0 ms  event     installed 1
    2000 ms  origin <- GET /polls/
    2000 ms  origin -> /polls/ polls
    2000 ms  stored    /polls/ polls, installed
    3002 ms  engine    is closed
    3002 ms  engine    is opened
    3004 ms  origin is gone: connections are refused
    3004 ms  origin <- GET /polls/
    3004 ms  page   <- /polls/ polls, from the store: offline
    3004 ms  event     connection offline
    ");
}

#[tokio::test(start_paused = true)]
async fn long_body_that_breaks_off_is_not_installed() {
    let world = World::begin(&profile("1"), |origin| {
        complete(origin);
        let long = Answer::of("text/css", Bytes::from(vec![b' '; 2 << 20]));
        origin.at("/static/b.css", long.then_cut());
    });
    world.settle().await;
    world.origin.at("/static/b.css", Answer::of("text/css", Bytes::from(vec![b' '; 2 << 20])));
    world.rest(secs(2)).await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /polls/offline/
       0 ms  origin -> /polls/offline/ <h1>You are offline</h1>
       0 ms  origin <- GET /static/a.css
       0 ms  origin -> /static/a.css a{}
       0 ms  origin <- GET /static/b.css
       0 ms  origin -> /static/b.css 2097152 bytes and breaks off
       0 ms  stored    /polls/offline/ <h1>You are offline</h1>, installed
       0 ms  stored    /static/a.css a{}, installed
       0 ms  event     install failed: /static/b.css: the body broke off: the connection was cut
       0 ms  event     not stored /static/b.css: the body is incomplete: the connection was cut
    2000 ms  origin <- GET /static/b.css
    2000 ms  origin -> /static/b.css 2097152 bytes
    2000 ms  origin <- GET /polls/
    2000 ms  origin -> /polls/ polls
    2000 ms  stored    /polls/ polls, installed
    2000 ms  stored    /static/b.css 2097152 bytes, installed
    2000 ms  event     installed 1
    ");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_stored_is_not_taken_for_installed() {
    let world = World::begin(&profile("1"), |origin| {
        complete(origin);
        origin.at("/polls/offline/", Answer::page("offline").header("vary", "*"));
    });
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/offline/
    0 ms  origin -> /polls/offline/ offline
    0 ms  origin <- GET /static/a.css
    0 ms  origin -> /static/a.css a{}
    0 ms  origin <- GET /static/b.css
    0 ms  origin -> /static/b.css b{}
    0 ms  stored    /static/a.css a{}, installed
    0 ms  stored    /static/b.css b{}, installed
    0 ms  event     install failed: /polls/offline/: the answer could not be stored
    ");
}

/// A redirect is no page: what a sign-in page would answer must not become the offline
/// page.
#[tokio::test(start_paused = true)]
async fn redirect_is_not_installed() {
    let world = World::begin(&profile("1"), |origin| {
        complete(origin);
        origin.at("/polls/offline/", Answer::redirect(302, "/accounts/login/"));
    });
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/offline/
    0 ms  origin -> /polls/offline/ 302
    0 ms  event     install failed: /polls/offline/: the site answered 302 Found
    ");
}

/// What a person's visit stored is newer than what came with the install.
#[tokio::test(start_paused = true)]
async fn newer_copy_from_a_visit_is_preferred() {
    let world = World::begin(&profile("1"), complete);
    world.rest(secs(10)).await;
    world.transcript.restart();
    world.origin.at("/polls/", Answer::page("polls, later"));
    world.get("/polls/").await;
    world.origin.refuses();
    world.get("/polls/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- GET /polls/
    0 ms  origin -> /polls/ polls, later
    0 ms  stored    /polls/ polls, later
    0 ms  page   <- /polls/ polls, later
    0 ms  origin is gone: connections are refused
    0 ms  origin <- GET /polls/
    0 ms  page   <- /polls/ polls, later, from the store: offline
    0 ms  event     changed /polls/, document
    0 ms  event     connection offline
    ");
}

#[tokio::test(start_paused = true)]
async fn as_many_are_fetched_side_by_side_as_the_profile_says() {
    let profile = profile("1").replace("[install]", "[install]\nparallel = 2");
    let world = World::begin(&profile, |origin| {
        complete(origin);
        origin.at("/polls/offline/", Answer::page("offline").after(secs(1)));
        origin.at("/static/a.css", Answer::of("text/css", "a{}").after(secs(2)));
    });
    world.rest(secs(3)).await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- GET /polls/offline/
       0 ms  origin <- GET /static/a.css
    1000 ms  origin -> /polls/offline/ offline
    1000 ms  origin <- GET /static/b.css
    1000 ms  origin -> /static/b.css b{}
    1000 ms  stored    /polls/offline/ offline, installed
    1000 ms  stored    /static/b.css b{}, installed
    2000 ms  origin -> /static/a.css a{}
    2000 ms  origin <- GET /polls/
    2000 ms  origin -> /polls/ polls
    2000 ms  stored    /polls/ polls, installed
    2000 ms  stored    /static/a.css a{}, installed
    2000 ms  event     installed 1
    ");
}

#[tokio::test(start_paused = true)]
async fn optional_parts_are_tried_again_after_a_restart() {
    let mut world = World::begin(&profile("1"), |origin| {
        complete(origin);
        origin.at("/polls/", Answer::page("sorry").status(500));
    });
    world.settle().await;
    world.restart(&profile("1")).await;
    world.settle().await;
    world.transcript.restart();
    world.origin.at("/polls/", Answer::page("polls"));
    world.rest(secs(3)).await;
    insta::assert_snapshot!(world.transcript().await, @"
    1998 ms  origin <- GET /polls/
    1998 ms  origin -> /polls/ polls
    1998 ms  stored    /polls/ polls, installed
    ");
}

/// The kill switch: a version that asks for it begins with nothing, once; the person stays
/// signed in.
#[tokio::test(start_paused = true)]
async fn reset_empties_the_cache_once_and_keeps_the_state() {
    let resetting = |version| profile(version).replace("[install]", "[install]\nreset = true");
    let mut world = World::begin(&profile("1"), complete);
    let session = "sessionid=a; Path=/; Max-Age=1209600; HttpOnly";
    world.origin.at("/polls/7/", Answer::page("seven").header("set-cookie", session));
    world.browse("/polls/7/").await;
    world.origin.at("/polls/7/", Answer::page("seven"));
    world.settle().await;
    world.transcript.restart();
    world.restart(&resetting("2")).await;
    world.settle().await;
    world.browse("/polls/7/").await;
    world.restart(&resetting("2")).await;
    world.origin.refuses();
    world.browse("/polls/7/").await;
    world.origin.comes_back();
    world.restart(&resetting("3")).await;
    insta::assert_snapshot!(world.transcript().await, @"
    2 ms  engine    is closed
    2 ms  engine    is opened
    2 ms  origin <- GET /polls/offline/
    2 ms  origin -> /polls/offline/ <h1>You are offline</h1>
    2 ms  origin <- GET /static/a.css
    2 ms  origin -> /static/a.css a{}
    2 ms  origin <- GET /static/b.css
    2 ms  origin -> /static/b.css b{}
    2 ms  origin <- GET /polls/
    2 ms  origin -> /polls/ polls
    2 ms  stored    /polls/ polls, installed
    2 ms  stored    /polls/offline/ <h1>You are offline</h1>, installed
    2 ms  stored    /static/a.css a{}, installed
    2 ms  stored    /static/b.css b{}, installed
    2 ms  gone      /polls/7/ seven, for a
    2 ms  event     cache started afresh: the profile of version 2-f8a2e7fa asks for it
    2 ms  event     installed 2
    4 ms  origin <- GET /polls/7/ (sessionid=a)
    4 ms  origin -> /polls/7/ seven
    4 ms  stored    /polls/7/ seven, for a
    4 ms  page   <- /polls/7/ seven
    6 ms  engine    is closed
    6 ms  engine    is opened
    6 ms  origin is gone: connections are refused
    6 ms  origin <- GET /polls/7/ (sessionid=a)
    6 ms  page   <- /polls/7/ seven, from the store: offline
    6 ms  origin comes back
    6 ms  event     connection offline
    8 ms  engine    is closed
    8 ms  engine    is opened
    8 ms  origin <- GET /polls/offline/
    8 ms  origin -> /polls/offline/ <h1>You are offline</h1>
    8 ms  origin <- GET /static/a.css
    8 ms  origin -> /static/a.css a{}
    8 ms  origin <- GET /static/b.css
    8 ms  origin -> /static/b.css b{}
    8 ms  origin <- GET /polls/
    8 ms  origin -> /polls/ polls
    8 ms  stored    /polls/ polls, installed
    8 ms  stored    /polls/offline/ <h1>You are offline</h1>, installed
    8 ms  stored    /static/a.css a{}, installed
    8 ms  stored    /static/b.css b{}, installed
    8 ms  gone      /polls/7/ seven, for a
    8 ms  event     cache started afresh: the profile of version 3-8733e520 asks for it
    8 ms  event     installed 3
    ");
}

/// Nothing was there, so there is nothing to tell.
#[tokio::test(start_paused = true)]
async fn first_start_with_a_reset_is_an_ordinary_one() {
    let profile = profile("1").replace("[install]", "[install]\nreset = true");
    let world = World::begin(&profile, complete);
    let transcript = world.transcript().await;
    assert!(!transcript.contains("afresh"), "{transcript}");
}

/// Who looks into the store is told what keeps a version from being installed.
#[tokio::test(start_paused = true)]
async fn failure_is_kept_until_the_install_is_complete() {
    let world = World::begin(&profile("1"), |origin| {
        complete(origin);
        origin.at("/static/b.css", Answer::page("no such page").status(404));
    });
    world.settle().await;
    let said = holdfast_engine::stats(world.directory.path()).unwrap();
    assert!(said.contains("is being installed, 2 responses"), "{said}");
    assert!(said.contains("/static/b.css: the site answered 404"), "{said}");
    complete(&world.origin);
    world.rest(secs(10)).await;
    let said = holdfast_engine::stats(world.directory.path()).unwrap();
    assert!(said.contains("serves, 4 responses\n") && !said.contains("404"), "{said}");
}
