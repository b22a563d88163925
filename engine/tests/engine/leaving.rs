//! A device that one person uses after the other: what is there for the next, and what becomes
//! of what the former has submitted.

use holdfast_engine::SubmissionState;
use tokio::task::JoinSet;

use crate::outbox::{profile, takes_votes, vote};
use crate::outbox_sign_in::sign_in;
use crate::scenario::{Answer, POLLS, World, secs};

/// Whether anything that waits is the present visitor's.
fn sees_something_wait(world: &World) -> bool {
    world.waiting().iter().any(|waiting| waiting.is_of_visitor)
}

/// Ada has left; without a network there is what is everybody's, and nothing that was hers.
#[tokio::test(start_paused = true)]
async fn nothing_that_was_private_is_there_for_the_next_person() {
    let mut world = World::new().await;
    world.origin.at("/polls/", Answer::page("hello, ada").header("vary", "Cookie"));
    world.origin.at("/about/", Answer::page("about").header("cache-control", "public"));
    let cookie = Answer::redirect(302, "/polls/");
    let cookie = cookie.header("set-cookie", "sessionid=a; Path=/; Max-Age=1000");
    world.origin.at("/welcome/", cookie);
    world.browse("/welcome/").await;
    world.browse("/polls/").await;
    world.browse("/about/").await;
    assert!(!world.engine().activity().unwrap().requests.is_empty());
    world.engine().end_session().await.unwrap();
    let start = world.engine().site().origin.clone();
    assert_eq!(world.engine().script_cookies(&start), "");
    assert_eq!(world.engine().visitor(&start), "anonymous");
    assert!(world.engine().activity().unwrap().requests.is_empty());
    world.transcript.restart();
    world.origin.refuses();
    world.restart(POLLS).await;
    world.browse("/polls/").await;
    world.browse("/about/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin is gone: connections are refused
    0 ms  gone      /polls/ hello, ada, for a
    2 ms  engine    is closed
    2 ms  engine    is opened
    2 ms  origin <- GET /polls/
    2 ms  page   <- /polls/ 504 Not here yet, in its place: offline
    2 ms  page   <- /about/ about, from the store: offline
    2 ms  event     connection offline
    ");
}

/// What nobody in particular was shown may have been made for them all the same.
#[tokio::test(start_paused = true)]
async fn page_of_somebody_without_a_session_is_gone_as_well() {
    let world = World::new().await;
    world.origin.at("/polls/", Answer::page("your cart: a hat").header("vary", "Cookie"));
    world.browse("/polls/").await;
    world.origin.refuses();
    world.engine().end_session().await.unwrap();
    let shown = world.browse("/polls/").await;
    assert_eq!(shown.status, 504);
}

/// It goes with the cookies of who cast it, whoever is signed in by then.
#[tokio::test(start_paused = true)]
async fn vote_of_somebody_who_has_left_is_sent_as_theirs() {
    let mut world = World::with(&profile("")).await;
    sign_in(&world, "username=ada&password=1", "a").await;
    world.origin.refuses();
    world.send(vote(&world, 1, "x")).await;
    assert!(sees_something_wait(&world));
    world.engine().end_session().await.unwrap();
    assert!(!sees_something_wait(&world));
    // Also after the power was cut.
    world.restart(&profile("")).await;
    assert!(!sees_something_wait(&world));
    world.origin.at("POST /polls/1/vote/", Answer::page("busy").status(503));
    world.origin.comes_back();
    sign_in(&world, "username=bob&password=2", "b").await;
    assert!(!sees_something_wait(&world));
    takes_votes(&world, 1);
    let renewed = Answer::redirect(302, "/polls/1/results/");
    let renewed = renewed.header("set-cookie", "sessionid=renewed; Path=/");
    world.origin.at("POST /polls/1/vote/", renewed);
    world.transcript.restart();
    world.rest(secs(60)).await;
    let transcript = world.transcript().await;
    assert!(transcript.contains("POST /polls/1/vote/ (sessionid=a) choice=x"), "{transcript}");
    assert!(world.waiting().is_empty(), "{transcript}");
    // Bob is bob still.
    world.transcript.restart();
    world.browse("/polls/1/").await;
    let transcript = world.transcript().await;
    assert!(transcript.contains("GET /polls/1/ (sessionid=b)"), "{transcript}");
}

/// Nobody was signed in, and nobody is: it is not the next person's all the same.
#[tokio::test(start_paused = true)]
async fn vote_of_somebody_without_a_session_goes_with_the_cookies_they_had() {
    let world = World::with(&profile("")).await;
    world.origin.at("/polls/1/", Answer::page("vote").header("set-cookie", "token=t; Path=/"));
    world.browse("/polls/1/").await;
    world.origin.refuses();
    world.send(vote(&world, 1, "x")).await;
    world.engine().end_session().await.unwrap();
    assert!(!sees_something_wait(&world));
    takes_votes(&world, 1);
    world.transcript.restart();
    world.origin.comes_back();
    world.rest(secs(60)).await;
    let transcript = world.transcript().await;
    assert!(transcript.contains("POST /polls/1/vote/ (token=t) choice=x"), "{transcript}");
    assert!(world.waiting().is_empty(), "{transcript}");
}

/// Two who came one after the other and chose the same poll: neither waits for the other.
#[tokio::test(start_paused = true)]
async fn votes_of_two_who_have_left_are_sent_as_each_of_theirs() {
    let world = World::with(&profile("")).await;
    // Nothing arrives while the second one signs in.
    world.origin.at("POST /polls/1/vote/", Answer::page("busy").status(503));
    for (person, session, choice) in
        [("username=ada&password=1", "a", "x"), ("username=bob&password=2", "b", "y")]
    {
        world.origin.comes_back();
        sign_in(&world, person, session).await;
        world.origin.refuses();
        world.send(vote(&world, 1, choice)).await;
        world.engine().end_session().await.unwrap();
    }
    takes_votes(&world, 1);
    world.transcript.restart();
    world.origin.comes_back();
    world.rest(secs(600)).await;
    let transcript = world.transcript().await;
    for sent in ["(sessionid=a) choice=x", "(sessionid=b) choice=y"] {
        assert_eq!(transcript.matches(sent).count(), 1, "{transcript}");
    }
    assert!(world.waiting().is_empty(), "{transcript}");
}

/// The site answers after its person has left. Its cookies are nobody's, and so is the page.
#[tokio::test(start_paused = true)]
async fn late_answer_to_somebody_who_has_left_is_nobodys() {
    let world = World::new().await;
    let late = Answer::page("hello, ada").header("set-cookie", "sessionid=a; Path=/");
    world.origin.at("/welcome/", late.after(secs(2)));
    let request = world.browser_request("/welcome/");
    let engine = world.engine().clone();
    let mut asked = JoinSet::new();
    asked.spawn(async move { engine.handle(request).await });
    world.rest(secs(1)).await;
    world.engine().end_session().await.unwrap();
    asked.join_next().await.unwrap().unwrap();
    let start = world.engine().site().origin.clone();
    assert_eq!(world.engine().visitor(&start), "anonymous");
    let transcript = world.transcript().await;
    assert!(!transcript.contains("stored"), "{transcript}");
}

/// The session had run out. Whoever it was comes again, signs in, and it is sent.
#[tokio::test(start_paused = true)]
async fn vote_that_was_left_behind_goes_on_when_its_person_signs_in_again() {
    let world = World::with(&profile("")).await;
    sign_in(&world, "username=ada&password=1", "a").await;
    world.origin.refuses();
    world.send(vote(&world, 1, "x")).await;
    world.engine().end_session().await.unwrap();
    let asks = Answer::redirect(302, "/accounts/login/?next=/polls/");
    world.origin.at("POST /polls/1/vote/", asks);
    world.origin.comes_back();
    world.rest(secs(60)).await;
    assert_eq!(world.waiting()[0].state, SubmissionState::NeedsSignIn);
    assert!(!sees_something_wait(&world));
    takes_votes(&world, 1);
    sign_in(&world, "username=bob&password=2", "b").await;
    world.rest(secs(60)).await;
    assert_eq!(world.waiting()[0].state, SubmissionState::NeedsSignIn);
    world.engine().end_session().await.unwrap();
    world.transcript.restart();
    sign_in(&world, "username=ada&password=1", "a2").await;
    world.rest(secs(60)).await;
    let transcript = world.transcript().await;
    assert!(transcript.contains("POST /polls/1/vote/ (sessionid=a2) choice=x"), "{transcript}");
    assert!(world.waiting().is_empty(), "{transcript}");
}
