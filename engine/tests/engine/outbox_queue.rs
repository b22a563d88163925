//! What waits is the person's: to look at, send, edit, discard, take elsewhere.

use std::time::Duration;

use holdfast_engine::{Body, Queue, QueueError, Request};
use http::header::{CONTENT_TYPE, HeaderValue};

use crate::outbox::{RECEIPTS, profile, takes_votes, vote};
use crate::scenario::{Answer, World, secs};

const HOUR: Duration = Duration::from_secs(3600);

/// A vote as a form sends it.
fn encoded(world: &World, choice: &str) -> Request {
    let mut request = vote(world, 1, choice);
    request
        .headers
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    request
}

/// A world with one vote that was cast offline.
async fn voted(outbox: &str) -> (World, String) {
    let world = World::with(&profile(outbox)).await;
    world.origin.refuses();
    world.send(encoded(&world, "2")).await;
    world.rest(secs(1)).await;
    world.transcript.restart();
    let key = world.waiting().remove(0).key;
    (world, key)
}

#[tokio::test(start_paused = true)]
async fn vote_that_was_refused_is_edited_and_sent() {
    let (world, key) = voted("").await;
    world.origin.at("POST /polls/1/vote/", Answer::page("no such choice"));
    world.origin.comes_back();
    world.rest(secs(60)).await;
    takes_votes(&world, 1);
    let queue = world.engine().queue();
    let unknown = queue.edit(&key, &[("other".into(), "3".into())]).unwrap_err();
    assert!(unknown.to_string().contains("`other` is none of choice"), "{unknown}");
    queue.edit(&key[..8], &[("choice".into(), "3".into())]).unwrap();
    world.rest(secs(1)).await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin comes back
        0 ms  origin <- POST /polls/1/vote/ choice=2
        0 ms  origin -> /polls/1/vote/ no such choice
        0 ms  outbox    /polls/1/vote/ choice=2 refused
        0 ms  event     connection online
    60000 ms  origin <- POST /polls/1/vote/ choice=3
    60000 ms  origin -> /polls/1/vote/ 302
    60000 ms  origin <- GET /polls/1/results/
    60000 ms  origin -> /polls/1/results/ counted
    60000 ms  outbox    empty
    60000 ms  stored    /polls/1/results/ counted
    ");
}

/// The person has looked: it had not arrived.
#[tokio::test(start_paused = true)]
async fn vote_that_is_uncertain_is_sent_when_the_person_says_so() {
    let (world, key) = voted("").await;
    world.origin.at("POST /polls/1/vote/", Answer::page("tha").then_cut());
    world.origin.comes_back();
    world.rest(secs(60)).await;
    takes_votes(&world, 1);
    world.engine().queue().send(&key).unwrap();
    world.rest(secs(1)).await;
    insta::assert_snapshot!(world.transcript().await, @"
        0 ms  origin comes back
        0 ms  origin <- POST /polls/1/vote/ choice=2
        0 ms  origin -> /polls/1/vote/ tha and breaks off
        0 ms  outbox    /polls/1/vote/ choice=2 uncertain
        0 ms  event     connection online
    60000 ms  origin <- POST /polls/1/vote/ choice=2
    60000 ms  origin -> /polls/1/vote/ 302
    60000 ms  origin <- GET /polls/1/results/
    60000 ms  origin -> /polls/1/results/ counted
    60000 ms  outbox    empty
    60000 ms  stored    /polls/1/results/ counted
    ");
}

/// Nothing disappears by itself, and nothing is sent that has become old.
#[tokio::test(start_paused = true)]
async fn vote_that_has_waited_too_long_waits_for_the_person() {
    let (world, key) = voted("expire = \"2h\"").await;
    world.rest(HOUR).await;
    assert_eq!(world.waiting()[0].state.as_str(), "queued");
    world.transcript.restart();
    world.rest(HOUR).await;
    takes_votes(&world, 1);
    world.origin.comes_back();
    world.rest(HOUR).await;
    world.engine().queue().send(&key).unwrap();
    world.rest(secs(1)).await;
    let transcript = world.transcript().await;
    let told: Vec<_> = transcript.lines().filter(|line| !line.contains("connection")).collect();
    let refused = "origin <- POST /polls/1/vote/ choice=2";
    let (tries, rest): (Vec<_>, Vec<_>) =
        told.into_iter().partition(|line| line.ends_with(refused));
    assert!(!tries.is_empty());
    insta::assert_snapshot!(rest.join("\n"), @"
    3599000 ms  outbox    /polls/1/vote/ choice=2 expired
    3600000 ms  origin comes back
    7200000 ms  origin -> /polls/1/vote/ 302
    7200000 ms  origin <- GET /polls/1/results/
    7200000 ms  origin -> /polls/1/results/ counted
    7200000 ms  outbox    empty
    7200000 ms  stored    /polls/1/results/ counted
    ");
}

/// Who has slept does not wait for the end of a pause.
#[tokio::test(start_paused = true)]
async fn vote_is_tried_when_the_machine_wakes_up() {
    let profile = profile("").replace("refresh = [\"/polls/:id/results/\"]", "");
    let world = World::with(&profile).await;
    world.origin.at("POST /polls/1/vote/", Answer::page("busy").status(503));
    world.send(encoded(&world, "2")).await;
    takes_votes(&world, 1);
    world.rest(secs(3)).await;
    world.engine().resumed().await;
    world.rest(secs(1)).await;
    insta::assert_snapshot!(world.transcript().await, @"
       0 ms  origin <- POST /polls/1/vote/ choice=2
       0 ms  origin -> /polls/1/vote/ 503 busy
       0 ms  page   <- /polls/1/vote/ 202 Saved, which waits
       0 ms  outbox    /polls/1/vote/ choice=2 queued
    3000 ms  origin <- POST /polls/1/vote/ choice=2
    3000 ms  origin -> /polls/1/vote/ 302
    3000 ms  outbox    empty
    ");
}

#[tokio::test(start_paused = true)]
async fn vote_that_is_discarded_is_never_sent() {
    let (world, key) = voted("").await;
    world.engine().queue().discard(&key).unwrap();
    takes_votes(&world, 1);
    world.origin.comes_back();
    world.rest(secs(600)).await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin comes back
    0 ms  outbox    empty
    0 ms  event     connection online
    ");
    let unknown = world.engine().queue().discard(&key).unwrap_err();
    assert!(matches!(unknown, QueueError::Unknown { .. }), "{unknown}");
}

/// Without receipts it is in one place only; the person can take it back.
#[tokio::test(start_paused = true)]
async fn vote_that_was_exported_is_sent_from_the_other_device() {
    let (here, key) = voted("").await;
    let there = World::with(&profile("")).await;
    let file = here.engine().queue().export(&[]).unwrap();
    takes_votes(&here, 1);
    here.origin.comes_back();
    here.rest(secs(600)).await;
    takes_votes(&there, 1);
    let imported = there.engine().queue().import(&file).unwrap();
    assert_eq!((imported.new, imported.known), (1, 0));
    there.rest(secs(1)).await;
    let again = there.engine().queue().import(&file).unwrap();
    assert_eq!((again.new, again.known), (0, 1), "it was delivered from there");
    insta::assert_snapshot!(there.transcript().await, @"
    600000 ms  origin <- POST /polls/1/vote/ choice=2
    600000 ms  origin -> /polls/1/vote/ 302
    600000 ms  origin <- GET /polls/1/results/
    600000 ms  origin -> /polls/1/results/ counted
    600000 ms  stored    /polls/1/results/ counted
    ");
    insta::assert_snapshot!(here.transcript().await, @"
       2 ms  origin comes back
       2 ms  outbox    /polls/1/vote/ choice=2 handed-over
    2000 ms  event     connection online
    ");
    here.engine().queue().send(&key).unwrap();
    here.rest(secs(1)).await;
    let transcript = here.transcript().await;
    assert!(transcript.contains("origin <- POST /polls/1/vote/"), "{transcript}");
}

/// With receipts either delivers it, with the same key.
#[tokio::test(start_paused = true)]
async fn vote_that_was_exported_to_a_site_with_receipts_is_sent_from_both() {
    let (here, key) = voted(RECEIPTS).await;
    let file = here.engine().queue().export(&[key]).unwrap();
    assert_eq!(here.waiting()[0].state.as_str(), "queued");
    let there = World::with(&profile(RECEIPTS)).await;
    takes_votes(&there, 1);
    there.engine().queue().import(&file).unwrap();
    there.rest(secs(1)).await;
    assert!(there.transcript().await.contains("origin <- POST /polls/1/vote/ choice=2"));
}

#[tokio::test(start_paused = true)]
async fn damaged_export_is_refused_and_changes_nothing() {
    let (here, _) = voted(RECEIPTS).await;
    let file = here.engine().queue().export(&[]).unwrap();
    let there = World::with(&profile(RECEIPTS)).await;
    for damaged in [&file[..file.len() - 9], &file.replace("/polls/1/", "/polls/2/"), "", "{}"] {
        let error = there.engine().queue().import(damaged).unwrap_err();
        assert!(matches!(error, QueueError::Damaged(_)), "{error}");
    }
    assert!(there.waiting().is_empty());
}

/// An imported file leads nowhere but to the site.
#[tokio::test(start_paused = true)]
async fn vote_for_another_site_is_not_sent() {
    let (here, _) = voted(RECEIPTS).await;
    let file = here.engine().queue().export(&[]).unwrap();
    let elsewhere = profile(RECEIPTS).replace("127.0.0.1:8000", "127.0.0.2:8000");
    let there = World::with(&elsewhere).await;
    there.engine().queue().import(&file).unwrap();
    there.rest(secs(60)).await;
    let [waiting] = &there.waiting()[..] else { panic!() };
    assert_eq!(waiting.state.as_str(), "refused");
    assert_eq!(waiting.reason.as_deref(), Some("it is for another site"));
    assert!(!there.transcript().await.contains("origin <-"));
}

/// What is read and changed from outside is noticed at once.
#[tokio::test(start_paused = true)]
async fn another_program_can_look_and_discard_meanwhile() {
    let (world, key) = voted("").await;
    let queue = Queue::open(world.directory.path()).unwrap();
    assert_eq!(queue.list().unwrap()[0].fields, [("choice".to_owned(), "2".to_owned())]);
    queue.discard(&key).unwrap();
    assert!(world.waiting().is_empty());
}

/// A clock that was set back makes nobody wait for it to come round.
#[tokio::test(start_paused = true)]
async fn clock_that_was_set_back_holds_nothing_up() {
    let (mut world, _) = voted("").await;
    let ahead = "UPDATE submission SET tried_at_ms = tried_at_ms + 31536000000,
                   next_try_at_ms = next_try_at_ms + 31536000000,
                   not_before_ms = next_try_at_ms + 31536000000";
    takes_votes(&world, 1);
    world.origin.comes_back();
    let meddle = |directory: &std::path::Path| {
        let state = rusqlite::Connection::open(directory.join("state.sqlite3")).unwrap();
        state.execute(ahead, []).unwrap();
    };
    world.reopen(&profile(""), meddle).await.unwrap();
    world.rest(secs(1)).await;
    assert!(world.waiting().is_empty(), "{:?}", world.waiting());
}

/// What is too large for a row is a file, for as long as it waits.
#[tokio::test(start_paused = true)]
async fn large_submission_waits_in_a_file() {
    let world = World::with(&profile("")).await;
    world.origin.refuses();
    let mut request = vote(&world, 1, "");
    request.body = Body::from("x".repeat(1 << 20));
    world.send(request).await;
    let files = || std::fs::read_dir(world.directory.path().join("submissions")).unwrap().count();
    assert_eq!((files(), world.waiting()[0].bytes), (1, 1 << 20));
    takes_votes(&world, 1);
    world.origin.comes_back();
    world.rest(secs(60)).await;
    assert_eq!((files(), world.waiting().len()), (0, 0));
    let transcript = world.transcript().await;
    assert!(transcript.contains("origin <- POST /polls/1/vote/ 1048576 bytes"), "{transcript}");
}

/// The page says that it was not saved, and the form keeps its input.
#[tokio::test(start_paused = true)]
async fn vote_that_cannot_be_kept_is_sent_or_said_to_be_lost() {
    let mut world = World::with(&profile("")).await;
    let full = |directory: &std::path::Path| {
        let state = rusqlite::Connection::open(directory.join("state.sqlite3")).unwrap();
        let sql = "CREATE TRIGGER full BEFORE INSERT ON submission
                   BEGIN SELECT RAISE(FAIL, 'there is no room'); END";
        state.execute(sql, []).unwrap();
    };
    world.reopen(&profile(""), full).await.unwrap();
    world.settle().await;
    world.transcript.restart();
    takes_votes(&world, 1);
    world.send(vote(&world, 1, "2")).await;
    world.origin.refuses();
    world.send(vote(&world, 1, "3")).await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  origin <- POST /polls/1/vote/ choice=2
    0 ms  origin -> /polls/1/vote/ 302
    0 ms  page   <- /polls/1/vote/ 302 to /polls/1/results/
    0 ms  origin is gone: connections are refused
    0 ms  origin <- POST /polls/1/vote/ choice=3
    0 ms  page   <- /polls/1/vote/ 507 Not saved, in its place: strategy
    0 ms  event     connection offline
    0 ms  event     not kept /polls/1/vote/: the database could not keep a submission: there is no room: Error code 1811: constraint failed
    0 ms  event     not kept /polls/1/vote/: the database could not keep a submission: there is no room: Error code 1811: constraint failed
    ");
}
