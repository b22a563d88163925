//! Submissions that cannot be delivered now.

use holdfast_engine::{Body, Cookies, Destination, Redirects, Request};
use http::Method;
use http::header::{ACCEPT, HeaderValue, REFERER};

use crate::scenario::{Answer, World, secs};

/// The polls profile, with votes that wait.
pub(crate) fn profile(outbox: &str) -> String {
    format!(
        r#"
[site]
name           = "Polls"
origin         = "http://127.0.0.1:8000"
session-cookie = "sessionid"

[[route]]
name     = "votes"
when     = {{ method = "POST", path = "/polls/:id/vote/" }}
strategy = "network-only"
[route.outbox]
accept  = {{ redirect = "/polls/:id/results/" }}
refresh = ["/polls/:id/results/"]
{outbox}
"#
    )
}

pub(crate) const RECEIPTS: &str = "receipts = \"idempotency-key\"";

/// A vote as the app's page makes it.
pub(crate) fn vote(world: &World, poll: u32, choice: &str) -> Request {
    let mut request = world.request(&format!("/polls/{poll}/vote/"));
    request.method = Method::POST;
    request.destination = Destination::Document;
    request.cookies = Cookies::Jar;
    request.redirects = Redirects::Manual;
    request.body = Body::from(format!("choice={choice}"));
    let page = format!("http://127.0.0.1:8000/polls/{poll}/");
    request.headers.insert(REFERER, HeaderValue::try_from(page).unwrap());
    request.headers.insert(ACCEPT, HeaderValue::from_static("text/html"));
    request
}

pub(crate) fn takes_votes(world: &World, poll: u32) {
    let results = format!("/polls/{poll}/results/");
    world.origin.at(&format!("POST /polls/{poll}/vote/"), Answer::redirect(302, &results));
    world.origin.at(&results, Answer::page("counted"));
}

#[tokio::test(start_paused = true)]
async fn vote_of_somebody_online_goes_straight_to_the_site() {
    let profile = profile("").replace("refresh = [\"/polls/:id/results/\"]", "");
    let world = World::with(&profile).await;
    takes_votes(&world, 1);
    world.send(vote(&world, 1, "2")).await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- POST /polls/1/vote/ choice=2
    0 ms  origin -> /polls/1/vote/ 302
    0 ms  page   <- /polls/1/vote/ 302 to /polls/1/results/
    ");
}

/// Kept before the page is told, sent once when the site is back, and the results are there.
#[tokio::test(start_paused = true)]
async fn vote_of_somebody_offline_is_sent_when_the_site_is_back() {
    let world = World::with(&profile("")).await;
    takes_votes(&world, 1);
    world.origin.refuses();
    let answered = world.send(vote(&world, 1, "2")).await;
    assert_eq!(answered.status, 202);
    assert!(answered.text().contains("href=\"/polls/1/\""), "{}", answered.text());
    world.rest(secs(5)).await;
    world.origin.comes_back();
    world.rest(secs(30)).await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin is gone: connections are refused
       0 ms  origin <- POST /polls/1/vote/ choice=2
       0 ms  page   <- /polls/1/vote/ 202 Saved, which waits
       0 ms  outbox    /polls/1/vote/ choice=2 queued
       0 ms  event     connection offline
    5000 ms  origin comes back
    7000 ms  origin <- POST /polls/1/vote/ choice=2
    7000 ms  origin -> /polls/1/vote/ 302
    7000 ms  origin <- GET /polls/1/results/
    7000 ms  origin -> /polls/1/results/ counted
    7000 ms  outbox    empty
    7000 ms  stored    /polls/1/results/ counted
    7000 ms  event     connection online
    ");
}

#[tokio::test(start_paused = true)]
async fn vote_outlives_the_program() {
    let mut world = World::with(&profile("")).await;
    world.origin.refuses();
    world.send(vote(&world, 1, "2")).await;
    world.origin.comes_back();
    takes_votes(&world, 1);
    world.restart(&profile("")).await;
    world.rest(secs(1)).await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin is gone: connections are refused
    0 ms  origin <- POST /polls/1/vote/ choice=2
    0 ms  page   <- /polls/1/vote/ 202 Saved, which waits
    0 ms  origin comes back
    0 ms  outbox    /polls/1/vote/ choice=2 queued
    0 ms  event     connection offline
    2 ms  engine    is closed
    2 ms  engine    is opened
    2 ms  origin <- POST /polls/1/vote/ choice=2
    2 ms  origin -> /polls/1/vote/ 302
    2 ms  origin <- GET /polls/1/results/
    2 ms  origin -> /polls/1/results/ counted
    2 ms  outbox    empty
    2 ms  stored    /polls/1/results/ counted
    ");
}

/// The program ends while a vote is on its way: where the next one may send it again, it is
/// said to wait, and where not, that it may have arrived.
#[tokio::test(start_paused = true)]
async fn vote_that_the_end_of_the_program_interrupts_is_told_what_becomes_of_it() {
    for (outbox, told, left) in [(RECEIPTS, 202, "sending"), ("", 504, "sending")] {
        let world = World::with(&profile(outbox)).await;
        let slow = Answer::redirect(302, "/polls/1/results/").after(secs(25));
        world.origin.at("POST /polls/1/vote/", slow);
        let (engine, asked) = (world.engine().clone(), vote(&world, 1, "2"));
        let mut answers = tokio::task::JoinSet::new();
        answers.spawn(async move { engine.handle(asked).await });
        world.rest(secs(1)).await;
        world.engine().close().await;
        let answer = answers.join_next().await.unwrap().unwrap();
        assert_eq!(answer.status, told, "{outbox}");
        assert_eq!(world.waiting()[0].state.as_str(), left, "the next one that runs sees to it");
    }
}

/// Votes for one poll arrive in the order they were cast; others do not wait for them.
#[tokio::test(start_paused = true)]
async fn votes_of_one_poll_keep_their_order() {
    let world = World::with(&profile("")).await;
    world.origin.refuses();
    for (poll, choice) in [(1, "a"), (1, "b"), (2, "c"), (1, "d")] {
        world.send(vote(&world, poll, choice)).await;
    }
    takes_votes(&world, 1);
    takes_votes(&world, 2);
    world.transcript.restart();
    world.origin.comes_back();
    world.rest(secs(30)).await;
    let transcript = world.transcript().await;
    let sent = |poll: u32| -> Vec<&str> {
        let begins = format!("origin <- POST /polls/{poll}/vote/ choice=");
        transcript.lines().filter_map(|line| Some(line.split_once(&begins)?.1)).collect()
    };
    assert_eq!((sent(1), sent(2)), (vec!["a", "b", "d"], vec!["c"]), "{transcript}");
}

/// One try more that fails would tell nobody anything, and might be taken for lost on the way.
#[tokio::test(start_paused = true)]
async fn vote_is_not_tried_while_the_site_is_known_to_be_gone() {
    let world = World::with(&profile("")).await;
    world.origin.refuses();
    world.send(vote(&world, 1, "a")).await;
    world.settle().await;
    world.transcript.restart();
    world.send(vote(&world, 2, "b")).await;
    world.rest(secs(1)).await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  page   <- /polls/2/vote/ 202 Saved, which waits
    0 ms  outbox    /polls/1/vote/ choice=a queued, /polls/2/vote/ choice=b queued
    ");
}

/// While one vote gets no answer, others go on.
#[tokio::test(start_paused = true)]
async fn vote_that_hangs_holds_up_no_other() {
    let world = World::with(&profile("")).await;
    world.origin.refuses();
    for poll in [1, 2] {
        world.send(vote(&world, poll, "a")).await;
    }
    world.rest(secs(1)).await;
    let slow = Answer::redirect(302, "/polls/1/results/").after(secs(25));
    world.origin.at("POST /polls/1/vote/", slow);
    let busy = Answer::page("busy").status(503).header("retry-after", "10");
    world.origin.at("POST /polls/2/vote/", busy);
    world.transcript.restart();
    world.origin.comes_back();
    world.rest(secs(5)).await;
    takes_votes(&world, 2);
    world.rest(secs(60)).await;
    let transcript = world.transcript().await;
    let at = |text: &str| transcript.find(text).unwrap_or_else(|| panic!("{text}\n{transcript}"));
    let [hangs, busy, sent, answered] = [
        "origin <- POST /polls/1/vote/",
        "origin -> /polls/2/vote/ 503 busy",
        "origin -> /polls/2/vote/ 302",
        "origin -> /polls/1/vote/ 302",
    ]
    .map(at);
    assert!(hangs < sent && busy < sent && sent < answered, "{transcript}");
}

/// The site was asked not to be tried before, and it is not.
#[tokio::test(start_paused = true)]
async fn busy_site_is_tried_when_it_says() {
    let world = World::with(&profile("")).await;
    let busy = Answer::page("busy").status(503).header("retry-after", "120");
    world.origin.at("POST /polls/1/vote/", busy);
    world.send(vote(&world, 1, "2")).await;
    takes_votes(&world, 1);
    world.rest(secs(300)).await;
    insta::assert_snapshot!(world.transcript().await, @"
         0 ms  origin <- POST /polls/1/vote/ choice=2
         0 ms  origin -> /polls/1/vote/ 503 busy
         0 ms  page   <- /polls/1/vote/ 202 Saved, which waits
         0 ms  outbox    /polls/1/vote/ choice=2 queued
    120000 ms  origin <- POST /polls/1/vote/ choice=2
    120000 ms  origin -> /polls/1/vote/ 302
    120000 ms  origin <- GET /polls/1/results/
    120000 ms  origin -> /polls/1/results/ counted
    120000 ms  outbox    empty
    120000 ms  stored    /polls/1/results/ counted
    ");
}

/// The form is on the screen with what is wrong with it.
#[tokio::test(start_paused = true)]
async fn refused_vote_is_shown_and_not_kept() {
    let world = World::with(&profile("")).await;
    world.origin.at("POST /polls/1/vote/", Answer::page("You didn't select a choice."));
    world.send(vote(&world, 1, "")).await;
    world.rest(secs(300)).await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- POST /polls/1/vote/ choice=
    0 ms  origin -> /polls/1/vote/ You didn't select a choice.
    0 ms  page   <- /polls/1/vote/ You didn't select a choice.
    ");
}

/// Nobody knows whether it has arrived: it is never sent blindly again.
#[tokio::test(start_paused = true)]
async fn vote_whose_answer_never_came_is_uncertain() {
    let world = World::with(&profile("")).await;
    world.origin.at("POST /polls/1/vote/", Answer::page("tha").then_cut());
    world.send(vote(&world, 1, "2")).await;
    takes_votes(&world, 1);
    world.rest(secs(3600)).await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- POST /polls/1/vote/ choice=2
    0 ms  origin -> /polls/1/vote/ tha and breaks off
    0 ms  page   <- /polls/1/vote/ 504 Perhaps not sent, in its place: slow
    0 ms  outbox    /polls/1/vote/ choice=2 uncertain
    ");
}

/// A site that gives receipts knows it again by its key.
#[tokio::test(start_paused = true)]
async fn vote_whose_answer_never_came_is_sent_again_to_a_site_with_receipts() {
    let world = World::with(&profile(RECEIPTS)).await;
    world.origin.at("POST /polls/1/vote/", Answer::page("tha").then_cut());
    let answered = world.send(vote(&world, 1, "2")).await;
    assert_eq!(answered.status, 202);
    takes_votes(&world, 1);
    world.rest(secs(60)).await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin <- POST /polls/1/vote/ choice=2
        0 ms  origin -> /polls/1/vote/ tha and breaks off
        0 ms  page   <- /polls/1/vote/ 202 Saved, which waits
        0 ms  outbox    /polls/1/vote/ choice=2 queued
    10000 ms  origin <- POST /polls/1/vote/ choice=2
    10000 ms  origin -> /polls/1/vote/ 302
    10000 ms  origin <- GET /polls/1/results/
    10000 ms  origin -> /polls/1/results/ counted
    10000 ms  outbox    empty
    10000 ms  stored    /polls/1/results/ counted
    ");
}

/// What somebody submitted is not sent as somebody else.
#[tokio::test(start_paused = true)]
async fn vote_waits_for_who_cast_it() {
    let world = World::with(&profile("")).await;
    takes_votes(&world, 1);
    let page = world.engine().site().address("/polls/1/").unwrap();
    let sign_in = async |who: &str| {
        world.transcript.note("page", format!("   belongs to {who}"));
        world.engine().set_script_cookie(&page, &format!("sessionid={who}; path=/")).await;
    };
    sign_in("a").await;
    world.origin.refuses();
    world.send(vote(&world, 1, "2")).await;
    sign_in("b").await;
    world.origin.comes_back();
    world.rest(secs(60)).await;
    sign_in("a").await;
    world.rest(secs(900)).await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  page      belongs to a
        0 ms  origin is gone: connections are refused
        0 ms  origin <- POST /polls/1/vote/ (sessionid=a) choice=2
        0 ms  page   <- /polls/1/vote/ 202 Saved, which waits
        0 ms  page      belongs to b
        0 ms  origin comes back
        0 ms  outbox    /polls/1/vote/ choice=2 queued
        0 ms  event     connection offline
     1000 ms  event     connection online
    60000 ms  page      belongs to a
    60000 ms  origin <- POST /polls/1/vote/ (sessionid=a) choice=2
    60000 ms  origin -> /polls/1/vote/ 302
    60000 ms  origin <- GET /polls/1/results/ (sessionid=a)
    60000 ms  origin -> /polls/1/results/ counted
    60000 ms  outbox    empty
    60000 ms  stored    /polls/1/results/ counted, for a
    ");
}

/// A script gets the number under which its submission waits.
#[tokio::test(start_paused = true)]
async fn script_learns_that_its_submission_waits() {
    let world = World::with(&profile("")).await;
    world.origin.refuses();
    let mut request = vote(&world, 1, "2");
    (request.destination, request.redirects) = (Destination::Data, Redirects::Follow);
    let answered = world.send(request).await;
    assert_eq!(answered.status, 202);
    let key = answered.header("holdfast-outbox").unwrap();
    assert!(answered.text().contains(key), "{}", answered.text());
}

#[tokio::test(start_paused = true)]
async fn submission_beyond_the_limit_is_refused_with_the_limit() {
    let world = World::with(&profile("max-bytes = \"10 B\"")).await;
    let answered = world.send(vote(&world, 1, "much more than ten")).await;
    assert_eq!(answered.status, 413);
    assert!(answered.text().contains("more than 10 bytes"), "{}", answered.text());
}

/// The profile has changed since: what was submitted waits until it takes submissions there
/// again, and nobody is kept busy by it.
#[tokio::test(start_paused = true)]
async fn vote_on_a_route_that_is_gone_waits() {
    let mut world = World::with(&profile("")).await;
    takes_votes(&world, 1);
    world.origin.refuses();
    world.send(vote(&world, 1, "2")).await;
    world.origin.comes_back();
    let renamed = profile("").replace("\"votes\"", "\"other votes\"");
    world.restart(&renamed).await;
    world.rest(secs(3600)).await;
    world.restart(&profile("")).await;
    world.rest(secs(1)).await;
    let transcript = world.transcript().await;
    assert_eq!(transcript.matches("origin -> /polls/1/vote/ 302").count(), 1, "{transcript}");
    assert!(transcript.contains("3600004 ms  origin -> /polls/1/vote/"), "{transcript}");
}
