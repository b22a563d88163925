//! What was answered, from where and how fast: counted, and traced for who asks.

use std::fs;

use serde_json::Value;

use crate::http::Browser;
use crate::processes::{World, program};

#[tokio::test]
async fn what_was_answered_is_counted_by_route_and_source_and_outlives_the_gateway() {
    let mut world = World::new().await;
    let browser = Browser::new(&world.gateway.origin);
    for _ in 0..3 {
        browser.get("/static/polls/style.css", "text/css").await.assert_stored("strategy");
    }
    browser.open("/polls/2/").await;
    world.gateway.process.signal("TERM");
    world.gateway.process.ended().await;
    let mut stats = program();
    stats.args(["stats", "--data"]).arg(world.gateway.data());
    let said = String::from_utf8(stats.output().await.unwrap().stdout).unwrap();
    let line = |what: &str| {
        let line = said.lines().find(|line| line.contains(what));
        line.unwrap_or_else(|| panic!("no {what:?} in:\n{said}"))
    };
    let stored = line("static store: 3 requests, ");
    assert!(stored.contains(" bytes, half within ") && stored.contains("99 of 100 within"));
    line("polls network: 1 request, ");
}

#[tokio::test]
async fn a_trace_says_where_the_time_of_a_request_goes() {
    let mut world = World::new().await;
    Browser::new(&world.gateway.origin).open("/polls/2/").await;
    world.gateway.process.signal("TERM");
    world.gateway.process.ended().await;
    let trace: Value = serde_json::from_slice(&fs::read(world.gateway.trace()).unwrap()).unwrap();
    let steps = trace.as_array().unwrap();
    for name in ["open the store", "request", "look up", "fetch", "rewrite", "store", "write"] {
        let has =
            |phase: &str| steps.iter().any(|step| step["name"] == name && step["ph"] == phase);
        assert!(has("b") && has("e"), "{name} does not begin and end");
    }
    let request = steps.iter().find(|step| step["args"]["path"] == "/polls/2/").unwrap();
    assert_eq!(request["args"]["destination"], "document");
}

#[tokio::test]
async fn a_trace_that_cannot_be_written_is_an_error() {
    let mut command = program();
    command.args(["--site", "site.toml", "--listen", "127.0.0.1:0", "--data", "store"]);
    command.args(["--trace", "no/such/folder/trace.json"]);
    let output = command.output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("cannot write the trace") && said.contains("no/such/folder"), "{said}");
}
