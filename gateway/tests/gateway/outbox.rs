//! Votes that cannot be delivered now, with a site and a gateway that are killed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time;

use crate::http::{Answer, Browser, FORM, url_encoded};
use crate::processes::{Gateway, Polls, World, program, replaced, shipped_profile, until};

/// The profile of the polls site, with votes that wait.
fn with_outbox(profile: String) -> String {
    let votes = "path = \"/polls/:id/vote/\" }\nstrategy = \"network-only\"\n";
    replaced(
        &profile,
        votes,
        &format!("{votes}[route.outbox]\naccept = {{ redirect = \"/polls/:id/results/\" }}\n"),
    )
}

async fn outbox(gateway: &Gateway, more: &[&str]) -> String {
    let mut command = program();
    command.args(["outbox", "list", "--data"]).arg(gateway.data()).args(more);
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Kept when the page is told so, whatever happens to the gateway then; sent once.
#[tokio::test]
async fn a_vote_outlives_the_site_and_the_gateway_and_counts_once() {
    let mut world = World::with(with_outbox).await;
    let browser = Browser::new(&world.gateway.origin);
    let token = browser.token("/polls/1/").await;
    world.polls.kill().await;
    let body = url_encoded(&[("csrfmiddlewaretoken", &token), ("choice", "1")]);
    let vote = browser.post("/polls/1/vote/", "/polls/1/").header("content-type", FORM);
    let answer = Answer::of(vote.body(body).send().await.unwrap()).await;
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
    until("it is sent", async || {
        (outbox(&world.gateway, &[]).await == "nothing waits\n").then_some(())
    })
    .await;
    world.gateway.start_again().await;
    let browser = Browser::new(&world.gateway.origin);
    let counts = browser.get("/polls/1/json/", "application/json").await.json();
    assert_eq!(counts["votes"], 1, "{counts}");
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
    let profile =
        with_outbox(profile).replace("[route.outbox]\n", &format!("[route.outbox]\n{receipts}\n"));
    let gateway = Gateway::start(directory.path(), &profile).await;
    gateway.installed().await;
    let browser = Browser::new(&gateway.origin);
    let token = browser.token("/polls/1/").await;
    let body = url_encoded(&[("csrfmiddlewaretoken", &token), ("choice", "1")]);
    let vote = browser.post("/polls/1/vote/", "/polls/1/").header("content-type", FORM);
    let status = vote.body(body).send().await.unwrap().status().as_u16();
    let left = until("it is settled", async || {
        let left = outbox(&gateway, &[]).await;
        (!left.contains(" queued, ") && !left.contains(" sending, ")).then_some(left)
    })
    .await;
    time::sleep(Duration::from_secs(1)).await;
    let counts = browser.get("/polls/1/json/", "application/json").await.json();
    (status, left, counts["votes"].as_u64().unwrap())
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
