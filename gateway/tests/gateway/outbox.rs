//! Votes that cannot be delivered now, with a site and a gateway that are killed.

use crate::http::{Answer, Browser, FORM, url_encoded};
use crate::processes::{Gateway, World, program, until};

/// The profile of the polls site, with votes that wait.
fn with_outbox(profile: String) -> String {
    let votes = "path = \"/polls/:id/vote/\" }\nstrategy = \"network-only\"\n";
    crate::processes::replaced(
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
