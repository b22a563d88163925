//! Votes that cannot be delivered now, with a site and a gateway that are killed.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time;

use crate::http::{Answer, Browser, FORM, url_encoded};
use crate::processes::{Gateway, Polls, World, program, replaced, shipped_profile, until};

/// What a command about what waits says, and whether it could be done.
async fn command(data: &Path, arguments: &[&str]) -> Result<String, String> {
    let mut command = program();
    command.arg("outbox").args(arguments).arg("--data").arg(data);
    let output = command.output().await.unwrap();
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout).unwrap()),
        false => Err(String::from_utf8(output.stderr).unwrap()),
    }
}

async fn outbox(gateway: &Gateway, more: &[&str]) -> String {
    command(&gateway.data(), &[&["list"], more].concat()).await.unwrap()
}

/// Votes with this token and choice, and whatever else.
async fn vote(browser: &Browser, token: &str, choice: &str, more: &str) -> Answer {
    let mut fields = vec![("csrfmiddlewaretoken", token), ("choice", choice)];
    fields.extend(Some(("more", more)).filter(|_| !more.is_empty()));
    let body = url_encoded(&fields);
    let vote = browser.post("/polls/1/vote/", "/polls/1/").header("content-type", FORM);
    Answer::of(vote.body(body).send().await.unwrap()).await
}

async fn sent(gateway: &Gateway) {
    until("everything is sent", async || {
        (outbox(gateway, &[]).await == "nothing waits\n").then_some(())
    })
    .await;
}

async fn votes(browser: &Browser) -> u64 {
    let counts = browser.get("/polls/1/json/", "application/json").await.json();
    counts["votes"].as_u64().unwrap()
}

/// Kept when the page is told so, whatever happens to the gateway then; sent once.
#[tokio::test]
async fn a_vote_outlives_the_site_and_the_gateway_and_counts_once() {
    let mut world = World::new().await;
    let browser = Browser::new(&world.gateway.origin);
    let token = browser.token("/polls/1/").await;
    world.polls.kill().await;
    let answer = vote(&browser, &token, "1", "").await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert!(answer.text().contains("<a href=\"/polls/1/\">"), "{}", answer.text());
    let key = answer.header("holdfast-outbox").to_owned();

    let listed = outbox(&world.gateway, &["--json"]).await;
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed[0]["key"], key, "{listed}");
    assert_eq!(listed[0]["state"], "queued", "{listed}");
    assert!(outbox(&world.gateway, &[]).await.contains("/polls/1/vote/, since "));

    // Started again twice: neither time may send it more than once.
    world.gateway.start_again().await;
    world.polls.start_again().await;
    world.gateway.start_again().await;
    sent(&world.gateway).await;
    world.gateway.start_again().await;
    assert_eq!(votes(&Browser::new(&world.gateway.origin)).await, 1);
}

/// Passes on what is sent to the site and what comes back, but the answers to the first
/// submissions are lost with their connections: where it listens.
async fn losing_answers(site: &str, lost: usize) -> String {
    let site = site.strip_prefix("http://").unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let lost = Arc::new(AtomicUsize::new(lost));
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(&site).await.unwrap();
            tokio::spawn(pass_on(client, server, lost.clone()));
        }
    });
    origin
}

async fn pass_on(mut client: TcpStream, mut server: TcpStream, lost: Arc<AtomicUsize>) {
    let (mut sent, mut answered) = (vec![0; 64 << 10], vec![0; 64 << 10]);
    let mut is_submission = false;
    loop {
        tokio::select! {
            Ok(length @ 1..) = client.read(&mut sent) => {
                // What follows of it does not begin with a method.
                is_submission |= sent[..length].starts_with(b"POST ");
                is_submission &= !sent[..length].starts_with(b"GET ");
                server.write_all(&sent[..length]).await.unwrap();
            }
            Ok(length @ 1..) = server.read(&mut answered) => {
                let take = |lost: usize| lost.checked_sub(1).filter(|_| is_submission);
                if lost.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
                    return;
                }
                if client.write_all(&answered[..length]).await.is_err() {
                    return;
                }
            }
            else => return,
        }
    }
}

/// A vote whose first answer is lost, with this in the outbox of the profile: what was answered,
/// what is left in the end, and how many votes the site has counted.
async fn vote_with_lost_answers(
    polls: Polls,
    directory: &TempDir,
    receipts: &str,
) -> (u16, String, u64) {
    let origin = losing_answers(&polls.origin, 1).await;
    let profile = replaced(&shipped_profile(), "http://127.0.0.1:8000", &origin);
    let profile = replaced(&profile, "[route.outbox]\n", &format!("[route.outbox]\n{receipts}\n"));
    let gateway = Gateway::start(directory.path(), &profile).await;
    gateway.installed().await;
    let browser = Browser::new(&gateway.origin);
    let token = browser.token("/polls/1/").await;
    let status = vote(&browser, &token, "1", "").await.status;
    let left = until("it is settled", async || {
        let left = outbox(&gateway, &[]).await;
        (!left.contains(" queued, ") && !left.contains(" sending, ")).then_some(left)
    })
    .await;
    time::sleep(Duration::from_secs(1)).await;
    (status, left, votes(&browser).await)
}

/// The site has counted it, the answer was lost, and it is sent again with the same key.
#[tokio::test]
async fn a_vote_whose_answer_is_lost_counts_once_at_a_site_with_receipts() {
    let directory = TempDir::new().unwrap();
    let polls = Polls::start_with_receipts(directory.path()).await;
    let receipts = "receipts = \"idempotency-key\"";
    let (status, left, votes) = vote_with_lost_answers(polls, &directory, receipts).await;
    assert_eq!((status, left.as_str(), votes), (202, "nothing waits\n", 1));
}

/// Nobody can tell, so it is said and not sent again.
#[tokio::test]
async fn a_vote_whose_answer_is_lost_is_uncertain_without_receipts() {
    let directory = TempDir::new().unwrap();
    let polls = Polls::start(directory.path()).await;
    let (status, left, votes) = vote_with_lost_answers(polls, &directory, "").await;
    assert_eq!((status, votes), (504, 1));
    assert!(left.contains(" uncertain, POST "), "{left}");
}

/// The token is of no use any more: the form is fetched again, by a real Django.
#[tokio::test]
async fn a_vote_with_a_stale_token_counts_all_the_same() {
    let mut world = World::new().await;
    let browser = Browser::new(&world.gateway.origin);
    browser.token("/polls/1/").await;
    world.polls.kill().await;
    let stale = "a".repeat(64);
    let answer = vote(&browser, &stale, "2", "").await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert!(answer.text().contains("Your vote for “"), "{}", answer.text());
    world.polls.start_again().await;
    sent(&world.gateway).await;
    // And at once, if the site is there.
    let answer = vote(&browser, &stale, "2", "").await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    assert_eq!(votes(&browser).await, 2);
}

/// The person is told what has become of the choice, and chooses another one.
#[tokio::test]
async fn a_vote_for_a_choice_that_is_gone_is_looked_at_and_edited() {
    let mut world = World::new().await;
    let browser = Browser::new(&world.gateway.origin);
    let token = browser.token("/polls/1/").await;
    world.polls.kill().await;
    let key = vote(&browser, &token, "1", "").await.header("holdfast-outbox").to_owned();
    world.polls.execute("DELETE FROM polls_choice WHERE id = 1");
    world.polls.execute("UPDATE polls_choice SET id = 12345 WHERE id = 2");
    world.polls.start_again().await;
    let data = world.gateway.data();
    let shown = until("it is settled", async || {
        let shown = command(&data, &["show", &key]).await.unwrap();
        (!shown.contains(" queued") && !shown.contains(" sending")).then_some(shown)
    })
    .await;
    assert!(shown.contains(" changed, ") && shown.contains("not there any more"), "{shown}");
    assert!(shown.contains("field: choice=1"), "{shown}");
    let answer = command(&data, &["show", &key, "--answer"]).await.unwrap();
    assert!(answer.contains("<form"), "{answer}");
    let unknown = command(&data, &["edit", &key, "colour=2"]).await.unwrap_err();
    assert!(unknown.contains("`colour` is none of"), "{unknown}");
    // The body is longer than it was.
    command(&data, &["edit", &key, "choice=12345"]).await.unwrap();
    sent(&world.gateway).await;
    assert_eq!(votes(&browser).await, 1);
}

/// From one data directory to another, once; the gateway that runs there notices by itself.
#[tokio::test]
async fn a_vote_is_taken_to_another_gateway_and_counts_once() {
    let mut world = World::new().await;
    let elsewhere = TempDir::new().unwrap();
    let profile = std::fs::read_to_string(world.gateway.profile()).unwrap();
    let other = Gateway::start(elsewhere.path(), &profile).await;
    other.installed().await;
    let browser = Browser::new(&world.gateway.origin);
    let token = browser.token("/polls/1/").await;
    world.polls.kill().await;
    let key = vote(&browser, &token, "1", "").await.header("holdfast-outbox").to_owned();
    let file = elsewhere.path().join("votes.json");
    let file = file.to_str().unwrap();
    let here = world.gateway.data();
    command(&here, &["export", "--to", file]).await.unwrap();
    let exists = command(&here, &["export", "--to", file]).await.unwrap_err();
    assert!(exists.contains("cannot make"), "{exists}");
    assert!(outbox(&world.gateway, &[]).await.contains(" handed-over, "));

    let damaged = elsewhere.path().join("damaged.json");
    let text = std::fs::read_to_string(file).unwrap();
    std::fs::write(&damaged, &text[..text.len() - 20]).unwrap();
    let refused = command(&other.data(), &["import", damaged.to_str().unwrap()]).await;
    assert!(refused.unwrap_err().contains("damaged.json: the file cannot be imported"));
    world.polls.start_again().await;
    let imported = command(&other.data(), &["import", file]).await.unwrap();
    assert!(imported.starts_with("1 taken over"), "{imported}");
    sent(&other).await;
    let again = command(&other.data(), &["import", file]).await.unwrap();
    assert!(again.starts_with("0 taken over"), "{again}");
    command(&here, &["discard", &key]).await.unwrap();
    assert_eq!(votes(&Browser::new(&other.origin)).await, 1);
}

/// A body that does not fit into a row reaches the site as it was.
#[tokio::test]
async fn a_large_submission_waits_in_a_file_and_arrives_whole() {
    let mut world = World::new().await;
    let browser = Browser::new(&world.gateway.origin);
    let token = browser.token("/polls/1/").await;
    world.polls.kill().await;
    let answer = vote(&browser, &token, "1", &"x".repeat(1 << 20)).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    world.polls.start_again().await;
    sent(&world.gateway).await;
    assert_eq!(votes(&browser).await, 1);
}

/// The disk is full: what is small is kept in what was set aside, what is not is said to be lost.
#[tokio::test]
async fn a_full_disk_keeps_what_is_small_and_says_what_it_does_not() {
    let disk = TempDir::new().unwrap();
    let mut mount = std::process::Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", "size=12m", "holdfast-test"]).arg(disk.path());
    if !mount.output().is_ok_and(|output| output.status.success()) {
        eprintln!("not run: no right to mount a disk");
        return;
    }
    let _unmounted = Unmounted(disk.path());
    let directory = TempDir::new().unwrap();
    let mut polls = Polls::start(directory.path()).await;
    let profile = replaced(&shipped_profile(), "http://127.0.0.1:8000", &polls.origin);
    let gateway = Gateway::start(disk.path(), &profile).await;
    gateway.installed().await;
    let browser = Browser::new(&gateway.origin);
    let token = browser.token("/polls/1/").await;
    polls.kill().await;
    let mut other = std::fs::File::create(disk.path().join("other")).unwrap();
    while std::io::Write::write_all(&mut other, &[1; 4096]).is_ok() {}
    let large = vote(&browser, &token, "1", &"x".repeat(4 << 20)).await;
    assert!([504, 507].contains(&large.status), "{}", large.text());
    let small = vote(&browser, &token, "1", "").await;
    assert_eq!(small.status, 202, "{}", small.text());
    drop(other);
    std::fs::remove_file(disk.path().join("other")).unwrap();
    polls.start_again().await;
    sent(&gateway).await;
    assert_eq!(votes(&browser).await, 1);
}

/// A disk that is gone with the test.
struct Unmounted<'d>(&'d Path);

impl Drop for Unmounted<'_> {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(self.0).output();
    }
}
