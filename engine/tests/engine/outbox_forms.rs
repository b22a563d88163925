//! Submissions that the site does not take as they are: the form is looked at again.

use holdfast_engine::{Body, Form, Label, Request};
use http::header::{CONTENT_TYPE, HeaderValue};

use crate::outbox::{profile, vote};
use crate::scenario::{Answer, World, secs};

/// The page of a poll as Django makes it, with this token and these choices.
fn poll(token: &str, choices: &[(&str, &str)]) -> Answer {
    let choices = choices.iter().map(|(value, text)| {
        format!(
            "<input type=radio name=choice id=c{value} value={value}>\
             <label for=c{value}>{text}</label>\n"
        )
    });
    Answer::page(format!(
        "<title>The sky</title><h1>Poll</h1>\n<form action=\"/polls/1/vote/\" method=post>\n\
         <input type=hidden name=csrf value=\"{token}\">\n{}</form>",
        choices.collect::<String>()
    ))
}

/// A vote with a token, from a page that showed these words beside the choice.
fn seen(world: &World, token: &str, words: &str) -> Request {
    let mut request = vote(world, 1, "");
    request.body = Body::from(format!("csrf={token}&choice=2"));
    request
        .headers
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    let label = Label { name: "choice".into(), value: "2".into(), text: words.into() };
    let form = Form { title: "The sky".into(), labels: vec![label], replaces: None };
    request.form = Some(Box::new(form));
    request
}

/// A site whose tokens are new since.
fn takes_only(world: &World, token: &str) {
    let stale = Answer::page("CSRF verification failed.").status(403);
    world.origin.at("POST /polls/1/vote/", stale);
    let taken = Answer::redirect(302, "/polls/1/results/");
    world.origin.at(&format!("POST /polls/1/vote/ csrf={token}&choice=2"), taken);
    world.origin.at("/polls/1/results/", Answer::page("counted"));
}

/// A world in which a vote was cast offline and the site has come back as `prepare` has it.
async fn voted_offline(prepare: impl FnOnce(&World)) -> World {
    let world = World::with(&profile("kind = \"vote\"")).await;
    world.origin.refuses();
    let answered = world.send(seen(&world, "old", "Blue")).await;
    assert!(answered.text().contains("Your vote for “Blue” will be sent when you are online"));
    prepare(&world);
    world.settle().await;
    world.transcript.restart();
    world.origin.comes_back();
    world.rest(secs(30)).await;
    world
}

/// The form is fetched again, and the vote goes with the token that it has now.
#[tokio::test(start_paused = true)]
async fn vote_with_a_stale_token_is_sent_once_more_with_a_new_one() {
    let world = voted_offline(|world| {
        takes_only(world, "new");
        world.origin.at("/polls/1/", poll("new", &[("1", "Red"), ("2", "Blue")]));
    })
    .await;
    insta::assert_snapshot!(world.transcript().await, @"
      0 ms  origin comes back
    998 ms  origin <- POST /polls/1/vote/ csrf=old&choice=2
    998 ms  origin -> /polls/1/vote/ 403 CSRF verification failed.
    998 ms  origin <- GET /polls/1/
    998 ms  origin -> /polls/1/ Poll
    998 ms  origin <- POST /polls/1/vote/ csrf=new&choice=2
    998 ms  origin -> /polls/1/vote/ 302
    998 ms  origin <- GET /polls/1/results/
    998 ms  origin -> /polls/1/results/ counted
    998 ms  outbox    empty
    998 ms  stored    /polls/1/results/ counted
    998 ms  event     connection online
    998 ms  event     delivered: Blue
    ");
}

/// Also when the page was only open for too long.
#[tokio::test(start_paused = true)]
async fn vote_of_somebody_online_with_a_stale_token_arrives_at_once() {
    let profile = profile("").replace("refresh = [\"/polls/:id/results/\"]", "");
    let world = World::with(&profile).await;
    takes_only(&world, "new");
    world.origin.at("/polls/1/", poll("new", &[("2", "Blue")]));
    world.send(seen(&world, "old", "Blue")).await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- POST /polls/1/vote/ csrf=old&choice=2
    0 ms  origin -> /polls/1/vote/ 403 CSRF verification failed.
    0 ms  origin <- GET /polls/1/
    0 ms  origin -> /polls/1/ Poll
    0 ms  origin <- POST /polls/1/vote/ csrf=new&choice=2
    0 ms  origin -> /polls/1/vote/ 302
    0 ms  page   <- /polls/1/vote/ 302 to /polls/1/results/
    0 ms  event     delivered: Blue
    ");
}

#[tokio::test(start_paused = true)]
async fn vote_for_a_choice_that_is_gone_is_not_sent() {
    let world = voted_offline(|world| {
        takes_only(world, "new");
        world.origin.at("/polls/1/", poll("new", &[("1", "Red")]));
    })
    .await;
    insta::assert_snapshot!(world.transcript().await, @"
      0 ms  origin comes back
    998 ms  origin <- POST /polls/1/vote/ csrf=old&choice=2
    998 ms  origin -> /polls/1/vote/ 403 CSRF verification failed.
    998 ms  origin <- GET /polls/1/
    998 ms  origin -> /polls/1/ Poll
    998 ms  outbox    /polls/1/vote/ csrf=old&choice=2 changed
    998 ms  event     connection online
    ");
    let [waiting] = &world.waiting()[..] else { panic!() };
    assert_eq!(waiting.reason.as_deref(), Some("what was chosen is not there any more"));
    assert_eq!(waiting.labels[0].text, "Blue");
}

/// What differs, and what becomes of the vote then.
#[tokio::test(start_paused = true)]
async fn vote_that_would_mean_something_else_waits_for_the_person() {
    let page = |page: Answer| {
        voted_offline(move |world| {
            takes_only(world, "new");
            world.origin.at("/polls/1/", page);
        })
    };
    let gone = Answer::page("not here").status(404);
    let to_sign_in = Answer::redirect(302, "/accounts/login/?next=/polls/1/");
    let cases = [
        (poll("new", &[("2", "Green")]), "changed: what was chosen says something else now"),
        (Answer::page("<h1>Closed</h1>"), "changed: the form is not there any more"),
        (gone, "changed: the page with the form is gone"),
        (to_sign_in, "needs-sign-in: the site answered 403 Forbidden"),
        (Answer::page("busy").status(503), "queued: the site answered 403 Forbidden"),
    ];
    for (answer, expected) in cases {
        let world = page(answer).await;
        let [waiting] = &world.waiting()[..] else { panic!("{:?}", world.waiting()) };
        let reason = waiting.reason.as_deref().unwrap_or_default();
        assert_eq!(format!("{}: {reason}", waiting.state.as_str()), expected);
    }
}

/// Django shows the form again when the choice is no more, and takes the token all the same.
#[tokio::test(start_paused = true)]
async fn form_shown_again_without_the_choice_says_what_has_changed() {
    let world = voted_offline(|world| {
        world.origin.at("POST /polls/1/vote/", poll("new", &[("1", "Red")]));
    })
    .await;
    insta::assert_snapshot!(world.transcript().await, @"
      0 ms  origin comes back
    998 ms  origin <- POST /polls/1/vote/ csrf=old&choice=2
    998 ms  origin -> /polls/1/vote/ Poll
    998 ms  outbox    /polls/1/vote/ csrf=old&choice=2 changed
    998 ms  event     connection online
    ");
}

/// The site has said no, and the person can read what.
#[tokio::test(start_paused = true)]
async fn answer_to_a_vote_that_was_refused_later_is_kept() {
    let world = voted_offline(|world| {
        world.origin.at("POST /polls/1/vote/", Answer::page("The poll is closed.").status(409));
    })
    .await;
    insta::assert_snapshot!(world.transcript().await, @"
      0 ms  origin comes back
    998 ms  origin <- POST /polls/1/vote/ csrf=old&choice=2
    998 ms  origin -> /polls/1/vote/ 409 The poll is closed.
    998 ms  outbox    /polls/1/vote/ csrf=old&choice=2 refused
    998 ms  event     connection online
    ");
    let queue = world.engine().queue();
    let [waiting] = &queue.list().unwrap()[..] else { panic!() };
    let answer = queue.answer(&waiting.key).unwrap().unwrap();
    assert_eq!((answer.status, &*answer.body), (409, &b"The poll is closed."[..]));
}

/// A client of the gateway says nothing about what it saw: its copy of the page does, and the
/// cookie that comes with the new token goes with it.
#[tokio::test(start_paused = true)]
async fn what_a_client_of_the_gateway_saw_is_read_from_its_copy_of_the_page() {
    let world = World::with(&profile("kind = \"vote\"")).await;
    world.origin.at("/polls/1/", poll("old", &[("2", "Blue")]));
    let as_client = |mut request: Request| {
        request.cookies = holdfast_engine::Cookies::Client;
        request.headers.insert("cookie", HeaderValue::from_static("csrftoken=a"));
        request
    };
    world.send(as_client(world.request("/polls/1/"))).await;
    world.origin.refuses();
    let request = Request { form: None, ..seen(&world, "old", "") };
    let answered = world.send(as_client(request)).await;
    assert!(answered.text().contains("Your vote for “Blue”"), "{}", answered.text());
    let [waiting] = &world.waiting()[..] else { panic!() };
    assert_eq!(
        (waiting.title.as_deref(), waiting.page.as_deref()),
        (Some("The sky"), Some("/polls/1/"))
    );
    takes_only(&world, "new");
    let fresh = poll("new", &[("2", "Blue")]).header("set-cookie", "csrftoken=b; Path=/");
    world.origin.at("/polls/1/", fresh);
    world.settle().await;
    world.transcript.restart();
    world.origin.comes_back();
    world.rest(secs(30)).await;
    insta::assert_snapshot!(world.transcript().await, @"
      0 ms  origin comes back
    998 ms  origin <- POST /polls/1/vote/ (csrftoken=a) csrf=old&choice=2
    998 ms  origin -> /polls/1/vote/ 403 CSRF verification failed.
    998 ms  origin <- GET /polls/1/ (csrftoken=a)
    998 ms  origin -> /polls/1/ Poll
    998 ms  origin <- POST /polls/1/vote/ (csrftoken=b) csrf=new&choice=2
    998 ms  origin -> /polls/1/vote/ 302
    998 ms  origin <- GET /polls/1/results/ (csrftoken=a)
    998 ms  origin -> /polls/1/results/ counted
    998 ms  outbox    empty
    998 ms  stored    /polls/1/results/ counted
    998 ms  event     connection online
    998 ms  event     delivered: Blue
    ");
}

/// A site that keeps its tokens in sessions has forgotten them all, and gives the visitor a new
/// one with the page. Who was signed in has to sign in.
#[tokio::test(start_paused = true)]
async fn vote_goes_with_the_session_that_follows_its_own() {
    let world = World::with(&profile("")).await;
    let page = world.engine().site().address("/polls/1/").unwrap();
    world.engine().set_script_cookie(&page, "sessionid=a; path=/").await;
    world.origin.refuses();
    world.send(seen(&world, "old", "Blue")).await;
    takes_only(&world, "new");
    let fresh = poll("new", &[("2", "Blue")]).header("set-cookie", "sessionid=b; Path=/");
    world.origin.at("/polls/1/", fresh);
    world.settle().await;
    world.transcript.restart();
    world.origin.comes_back();
    world.rest(secs(30)).await;
    insta::assert_snapshot!(world.transcript().await, @"
      0 ms  origin comes back
    998 ms  origin <- POST /polls/1/vote/ (sessionid=a) csrf=old&choice=2
    998 ms  origin -> /polls/1/vote/ 403 CSRF verification failed.
    998 ms  origin <- GET /polls/1/ (sessionid=a)
    998 ms  origin -> /polls/1/ Poll
    998 ms  origin <- POST /polls/1/vote/ (sessionid=b) csrf=new&choice=2
    998 ms  origin -> /polls/1/vote/ 302
    998 ms  origin <- GET /polls/1/results/ (sessionid=b)
    998 ms  origin -> /polls/1/results/ counted
    998 ms  outbox    empty
    998 ms  stored    /polls/1/results/ counted, for b
    998 ms  event     connection online
    998 ms  event     delivered: Blue
    ");
}

/// What is found out instead of sending it again.
#[tokio::test(start_paused = true)]
async fn vote_whose_answer_was_lost_is_looked_for_before_it_is_sent_again() {
    let verify = "verify = { path = \"/polls/:id/votes/{key}/\", contains = \"choice {choice}\" }";
    for is_there in [true, false] {
        let world = World::with(&profile(verify)).await;
        world.origin.at("POST /polls/1/vote/", Answer::page("tha").then_cut());
        let answered = world.send(seen(&world, "old", "Blue")).await;
        assert_eq!(answered.status, 202);
        let key = world.waiting()[0].key.clone();
        world.rest(secs(15)).await;
        assert_eq!(world.waiting()[0].state.as_str(), "queued", "it cannot be found out yet");
        let said = if is_there { "your choice 2" } else { "nothing" };
        world.origin.at(&format!("/polls/1/votes/{key}/"), Answer::page(said));
        world.origin.at("POST /polls/1/vote/", Answer::redirect(302, "/polls/1/results/"));
        world.transcript.restart();
        world.rest(secs(120)).await;
        assert!(world.waiting().is_empty(), "{:?}", world.waiting());
        let transcript = world.transcript().await;
        let posts = transcript.matches("origin <- POST").count();
        assert_eq!(posts, usize::from(!is_there), "{transcript}");
    }
}
