//! Submissions of people who sign in and out.

use bytes::Bytes;
use futures::{StreamExt, stream};
use holdfast_engine::{Body, Request};
use http::Method;
use http::header::{CONTENT_TYPE, HeaderValue};
use tokio::time;

use crate::outbox::{profile, takes_votes, vote};
use crate::scenario::{Answer, World, secs};

fn form(world: &World, path: &str, body: &'static str) -> Request {
    let mut request = world.browser_request(path);
    request.method = Method::POST;
    request.body = Body::from(body);
    request
        .headers
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    request
}

/// Signs in as somebody, whose session has this name.
pub(crate) async fn sign_in(world: &World, body: &'static str, session: &str) {
    begins(world, session);
    world.send(form(world, "/accounts/login/", body)).await;
}

/// Whoever signs in next begins this session.
fn begins(world: &World, session: &str) {
    let cookie = format!("sessionid={session}; Path=/");
    let begun = Answer::redirect(302, "/polls/").header("set-cookie", &cookie);
    world.origin.at("POST /accounts/login/", begun);
}

fn asks_to_sign_in(world: &World) {
    let ended = Answer::redirect(302, "/accounts/login/?next=/polls/");
    let ended = ended.header("set-cookie", "sessionid=; Max-Age=0; Path=/");
    world.origin.at("POST /polls/1/vote/", ended);
}

/// The session has run out meanwhile. It is not sent with another person's session, but with
/// the next one of the same person.
#[tokio::test(start_paused = true)]
async fn vote_of_a_session_that_has_run_out_waits_for_its_person() {
    let world = World::with(&profile("")).await;
    sign_in(&world, "username=ada&password=1", "a").await;
    world.origin.refuses();
    world.send(vote(&world, 1, "x")).await;
    world.settle().await;
    world.transcript.restart();
    asks_to_sign_in(&world);
    world.origin.comes_back();
    world.rest(secs(600)).await;
    let waiting = world.waiting();
    let asked: Vec<_> = waiting.iter().filter_map(|waiting| waiting.sign_in.as_deref()).collect();
    assert_eq!(asked, ["/accounts/login/?next=/polls/"]);
    takes_votes(&world, 1);
    world.transcript.note("page", "   bob signs in");
    sign_in(&world, "username=bob&password=2", "b").await;
    world.rest(secs(600)).await;
    world.transcript.note("page", "   ada signs in");
    begins(&world, "a2");
    world.send_beside(form(&world, "/accounts/login/", "username=ada&password=1")).await;
    world.rest(secs(1)).await;
    insta::assert_snapshot!(world.transcript().await, @"
         0 ms  origin comes back
       998 ms  origin <- POST /polls/1/vote/ (sessionid=a) choice=x
       998 ms  origin -> /polls/1/vote/ 302
       998 ms  outbox    /polls/1/vote/ choice=x needs-sign-in
       998 ms  event     connection online
    600000 ms  page      bob signs in
    600000 ms  origin <- POST /accounts/login/ username=bob&password=2
    600000 ms  origin -> /accounts/login/ 302
    600000 ms  page   <- /accounts/login/ 302 to /polls/
    1200000 ms  page      ada signs in
    1200000 ms  origin <- POST /accounts/login/ (sessionid=b) username=ada&password=1
    1200000 ms  origin -> /accounts/login/ 302
    1200000 ms  origin <- POST /polls/1/vote/ (sessionid=a2) choice=x
    1200000 ms  origin -> /polls/1/vote/ 302
    1200000 ms  origin <- GET /polls/1/results/ (sessionid=a2)
    1200000 ms  origin -> /polls/1/results/ counted
    1200000 ms  outbox    empty
    1200000 ms  stored    /polls/1/results/ counted, for somebody
    ");
}

/// What is of the same session waits as well, and then everything goes.
#[tokio::test(start_paused = true)]
async fn queue_of_a_session_that_has_run_out_pauses() {
    let world = World::with(&profile("")).await;
    sign_in(&world, "username=ada&password=1", "a").await;
    let asks = Answer::redirect(302, "/accounts/login/");
    world.origin.at("POST /polls/1/vote/", asks);
    world.send(vote(&world, 1, "x")).await;
    world.origin.refuses();
    world.send(vote(&world, 2, "y")).await;
    world.transcript.restart();
    takes_votes(&world, 2);
    world.origin.comes_back();
    world.rest(secs(3600)).await;
    let transcript = world.transcript().await;
    assert!(!transcript.contains("POST /polls/2/vote/"), "{transcript}");
    takes_votes(&world, 1);
    sign_in(&world, "username=ada&password=1", "a2").await;
    world.rest(secs(1)).await;
    let transcript = world.transcript().await;
    for poll in [1, 2] {
        let sent = format!("origin <- POST /polls/{poll}/vote/ (sessionid=a2)");
        assert_eq!(transcript.matches(&sent).count(), 1, "{transcript}");
    }
    assert!(world.waiting().is_empty());
}

/// Who has signed in again meanwhile is not asked to once more.
#[tokio::test(start_paused = true)]
async fn vote_that_was_on_its_way_with_the_session_before_goes_with_the_new_one() {
    let world = World::with(&profile("")).await;
    sign_in(&world, "username=ada&password=1", "a").await;
    world.origin.refuses();
    world.send(vote(&world, 1, "x")).await;
    let ended = Answer::redirect(302, "/accounts/login/?next=/polls/").after(secs(10));
    world.origin.at("POST /polls/1/vote/", ended);
    world.origin.comes_back();
    world.rest(secs(5)).await;
    takes_votes(&world, 1);
    world.transcript.restart();
    sign_in(&world, "username=ada&password=1", "a2").await;
    world.rest(secs(60)).await;
    assert!(world.waiting().is_empty(), "{:?}", world.waiting());
    let transcript = world.transcript().await;
    assert!(transcript.contains("POST /polls/1/vote/ (sessionid=a2) choice=x"), "{transcript}");
}

/// On a device that people share nobody waits until somebody else comes back.
#[tokio::test(start_paused = true)]
async fn vote_does_not_wait_for_that_of_somebody_else() {
    let world = World::with(&profile("")).await;
    takes_votes(&world, 1);
    sign_in(&world, "username=ada&password=1", "a").await;
    world.origin.refuses();
    world.send(vote(&world, 1, "x")).await;
    world.origin.comes_back();
    sign_in(&world, "username=bob&password=2", "b").await;
    let answered = world.send(vote(&world, 1, "y")).await;
    assert_eq!((answered.status.as_u16(), world.waiting().len()), (302, 1));
    world.origin.refuses();
    world.send(vote(&world, 1, "z")).await;
    world.origin.comes_back();
    world.transcript.restart();
    world.rest(secs(60)).await;
    let transcript = world.transcript().await;
    assert!(transcript.contains("POST /polls/1/vote/ (sessionid=b) choice=z"), "{transcript}");
}

/// Files take long to arrive, and somebody else may be signed in by then.
#[tokio::test(start_paused = true)]
async fn vote_is_of_who_was_signed_in_when_it_was_submitted() {
    let world = World::with(&profile("")).await;
    takes_votes(&world, 1);
    sign_in(&world, "username=ada&password=1", "a").await;
    let pieces = stream::once(async {
        time::sleep(secs(5)).await;
        Ok(Bytes::from("choice=x"))
    });
    let slow = Request { body: Body::Stream(pieces.boxed()), ..vote(&world, 1, "") };
    let bob = async {
        time::sleep(secs(1)).await;
        sign_in(&world, "username=bob&password=2", "b").await;
    };
    let (answered, ()) = tokio::join!(world.send(slow), bob);
    assert_eq!(answered.status, 202);
    world.rest(secs(600)).await;
    sign_in(&world, "username=ada&password=1", "a2").await;
    world.rest(secs(1)).await;
    let transcript = world.transcript().await;
    let sent: Vec<_> = transcript.lines().filter(|line| line.contains("<- POST /polls/")).collect();
    insta::assert_snapshot!(sent.join("\n"), @"605000 ms  origin <- POST /polls/1/vote/ (sessionid=a2) choice=x");
}

/// What nobody in particular has submitted is of who sends it, also when that one signs in anew.
#[tokio::test(start_paused = true)]
async fn vote_of_nobody_that_somebody_sends_goes_with_each_session_of_theirs() {
    let world = World::with(&profile("")).await;
    world.origin.at("POST /polls/1/vote/", Answer::page("tha").then_cut());
    world.send(vote(&world, 1, "x")).await;
    sign_in(&world, "username=ada&password=1", "a").await;
    world.origin.refuses();
    let key = world.waiting().remove(0).key;
    world.engine().queue().send(&key).unwrap();
    world.rest(secs(1)).await;
    takes_votes(&world, 1);
    world.origin.comes_back();
    world.transcript.restart();
    sign_in(&world, "username=ada&password=1", "a2").await;
    world.rest(secs(60)).await;
    assert!(world.waiting().is_empty(), "{:?}", world.waiting());
    let transcript = world.transcript().await;
    assert!(transcript.contains("POST /polls/1/vote/ (sessionid=a2) choice=x"), "{transcript}");
}

/// A person who has to sign in does not lose what was entered, and who just reads on is not
/// asked twice.
#[tokio::test(start_paused = true)]
async fn vote_that_leads_to_the_sign_in_page_goes_on_after_it() {
    let profile = profile("").replace("refresh = [\"/polls/:id/results/\"]", "");
    let world = World::with(&profile).await;
    sign_in(&world, "username=ada&password=1", "a").await;
    asks_to_sign_in(&world);
    world.transcript.restart();
    world.send(vote(&world, 1, "x")).await;
    takes_votes(&world, 1);
    sign_in(&world, "username=ada&password=1", "a2").await;
    world.rest(secs(1)).await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- POST /polls/1/vote/ (sessionid=a) choice=x
    0 ms  origin -> /polls/1/vote/ 302
    0 ms  page   <- /polls/1/vote/ 302 to /accounts/login/?next=/polls/
    0 ms  origin <- POST /accounts/login/ username=ada&password=1
    0 ms  origin -> /accounts/login/ 302
    0 ms  page   <- /accounts/login/ 302 to /polls/
    0 ms  origin <- POST /polls/1/vote/ (sessionid=a2) choice=x
    0 ms  origin -> /polls/1/vote/ 302
    ");
}

/// Each client of the gateway keeps its own cookies, and gets its own new ones.
#[tokio::test(start_paused = true)]
async fn vote_of_a_client_goes_with_the_cookies_of_its_next_sign_in() {
    let world = World::with(&profile("")).await;
    let as_client = |mut request: Request, cookie: &str| {
        request.cookies = holdfast_engine::Cookies::Client;
        request.headers.insert("cookie", HeaderValue::try_from(cookie).unwrap());
        request
    };
    begins(&world, "a");
    let login = || form(&world, "/accounts/login/", "username=ada&password=1");
    world.send(as_client(login(), "theme=dark")).await;
    world.origin.refuses();
    world.send(as_client(vote(&world, 1, "x"), "theme=dark; sessionid=a")).await;
    asks_to_sign_in(&world);
    world.origin.comes_back();
    world.rest(secs(60)).await;
    world.transcript.restart();
    takes_votes(&world, 1);
    begins(&world, "a2");
    world.send_beside(as_client(login(), "theme=dark")).await;
    world.rest(secs(1)).await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- POST /accounts/login/ (theme=dark) username=ada&password=1
    0 ms  origin -> /accounts/login/ 302
    0 ms  origin <- POST /polls/1/vote/ (theme=dark; sessionid=a2) choice=x
    0 ms  origin -> /polls/1/vote/ 302
    0 ms  origin <- GET /polls/1/results/ (theme=dark; sessionid=a2)
    0 ms  origin -> /polls/1/results/ counted
    0 ms  outbox    empty
    0 ms  stored    /polls/1/results/ counted, for somebody
    ");
}

/// Where the profile says so, what waits goes with its person, who is asked before.
#[tokio::test(start_paused = true)]
async fn signing_out_discards_only_after_a_warning() {
    let discards = profile("sign-out = \"discard\"");
    let profile = format!("{discards}\n[sign-in]\nsign-out = \"/accounts/logout/\"\n");
    let world = World::with(&profile).await;
    sign_in(&world, "username=ada&password=1", "a").await;
    world.origin.refuses();
    world.send(vote(&world, 1, "x")).await;
    world.rest(secs(1)).await;
    world.transcript.restart();
    let gone = Answer::redirect(302, "/").header("set-cookie", "sessionid=; Max-Age=0; Path=/");
    world.origin.at("POST /accounts/logout/", gone);
    let asked = world.send(form(&world, "/accounts/logout/", "csrf=1")).await;
    for part in
        ["has not been sent yet", "action=\"/accounts/logout/\"", "name=\"csrf\" value=\"1\""]
    {
        assert!(asked.text().contains(part), "{}", asked.text());
    }
    world.origin.at("POST /polls/1/vote/", Answer::page("busy").status(503));
    world.origin.comes_back();
    world.send(form(&world, "/accounts/logout/", "csrf=1&holdfast-discard=1")).await;
    assert!(world.waiting().is_empty(), "{:?}", world.waiting());
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  page   <- /accounts/logout/ Not sent yet, which waits
    0 ms  origin comes back
    0 ms  origin <- POST /accounts/logout/ (sessionid=a) csrf=1
    0 ms  origin -> /accounts/logout/ 302
    0 ms  page   <- /accounts/logout/ 302 to /
    0 ms  outbox    empty
    0 ms  event     connection online
    ");
}
