//! How the device is, told to whoever has its token and to nobody else.

use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;

use reqwest::{Client, Method};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::http::{Answer, Browser, FORM, url_encoded};
use crate::processes::{DEADLINE, Gateway, Polls, python, replaced, shipped_profile, until};

const TOKEN: &str = "a-token-of-this-device";

/// A gateway that tells how it is, before the polls site.
struct Told {
    gateway: Gateway,
    polls: Polls,
    /// Where it tells: `http://127.0.0.1:PORT`.
    origin: String,
    client: Client,
    _directory: TempDir,
}

impl Told {
    /// Asked for by the options, or by the profile.
    async fn new(by_profile: bool) -> Self {
        let directory = TempDir::new().unwrap();
        let token = directory.path().join("token");
        fs::write(&token, format!("{TOKEN}\n")).unwrap();
        let token = token.to_str().unwrap();
        let polls = Polls::start(directory.path()).await;
        let mut profile = replaced(&shipped_profile(), "http://127.0.0.1:8000", &polls.origin);
        let options = ["--status", "127.0.0.1:0", "--status-token", token];
        let options = if by_profile { &[] } else { options.as_slice() };
        if by_profile {
            profile.push_str("\n[status]\nlisten = \"127.0.0.1:0\"\n");
            profile.push_str(&format!("token-file = {token:?}\n"));
        }
        let mut gateway = Gateway::start_asked(directory.path(), &profile, options).await;
        let line = gateway.process.line().await;
        let origin = line.strip_prefix("holdfast-gateway: ");
        let origin = origin.and_then(|rest| rest.strip_suffix("/status tells how the device is"));
        let origin = origin.unwrap_or_else(|| panic!("no address in {line:?}")).to_owned();
        gateway.installed().await;
        let client = Client::builder().no_proxy().timeout(DEADLINE).build().unwrap();
        Self { gateway, polls, origin, client, _directory: directory }
    }

    async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.client.request(method, format!("{}{path}", self.origin));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::of(request.send().await.unwrap()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[("authorization", &format!("Bearer {TOKEN}"))]).await
    }

    async fn json(&self) -> Value {
        let answer = self.get("/status").await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
        answer.json()
    }

    /// The samples of the text, by their name and labels, as the reference parser reads them.
    async fn samples(&self) -> BTreeMap<String, f64> {
        let answer = self.get("/metrics").await;
        let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        assert_eq!((answer.status, answer.header("content-type")), (200, kind));
        let mut python = Command::new(python());
        python.args(["-c", PARSE]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut python = python.spawn().unwrap();
        python.stdin.take().unwrap().write_all(&answer.body).await.unwrap();
        let output = python.wait_with_output().await.unwrap();
        assert!(output.status.success(), "not OpenMetrics:\n{}", answer.text());
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

/// The parser of the OpenMetrics project, which is strict.
const PARSE: &str = "
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
found = {}
for family in text_string_to_metric_families(sys.stdin.read()):
    for sample in family.samples:
        labels = ','.join(f'{name}={value}' for name, value in sorted(sample.labels.items()))
        found[f'{sample.name}{{{labels}}}'] = sample.value
print(json.dumps(found))
";

#[tokio::test]
async fn the_status_is_told_to_who_has_the_token_and_to_nobody_else() {
    let told = Told::new(false).await;
    let bearer = format!("Bearer {TOKEN}");
    for headers in [
        &[][..],
        &[("authorization", "Bearer another-token-of-a-device")],
        &[("authorization", "Bearer ")],
        &[("authorization", TOKEN)],
    ] {
        for path in ["/status", "/metrics", "/", "/none"] {
            let answer = told.ask(Method::GET, path, headers).await;
            assert_eq!(answer.status, 401, "{path} {headers:?}");
            assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"holdfast\"");
            assert!(!answer.text().contains("polls"), "{}", answer.text());
        }
    }
    let authorized = ("authorization", bearer.as_str());
    // A name that was made to lead to this machine.
    let rebound = told.ask(Method::GET, "/status", &[authorized, ("host", "example.org")]).await;
    assert_eq!(rebound.status, 421);
    // Nothing allows the page of another site to read it, or to ask for it with the token.
    let origin = ("origin", "https://example.org");
    let asks = ("access-control-request-headers", "authorization");
    for (method, expected) in [(Method::GET, 200), (Method::OPTIONS, 405), (Method::POST, 405)] {
        let answer = told.ask(method, "/status", &[authorized, origin, asks]).await;
        assert_eq!(answer.status, expected);
        assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control")));
    }
    assert_eq!(told.get("/none").await.status, 404);
    assert_eq!(told.json().await["program"], "holdfast-gateway");
}

#[tokio::test]
async fn the_status_says_how_the_device_is_and_nothing_about_persons() {
    let mut told = Told::new(true).await;
    let browser = Browser::new(&told.gateway.origin);
    browser.sign_in().await;
    browser.open("/admin/").await;
    let token = browser.token("/polls/1/").await;
    let online = told.json().await;
    assert_eq!(online["connection"]["state"], "online");
    assert_eq!(online["install"]["is_complete"], true, "{online}");
    assert_eq!(online["install"]["serving"], online["install"]["version"]);
    assert_eq!(online["outbox"]["total"], 0);
    assert!(online["storage"]["kinds"]["app"]["entries"].as_u64().unwrap() > 0, "{online}");
    assert_eq!(online["storage"]["quota_bytes"], 256 << 20);

    told.polls.kill().await;
    let fields = [("csrfmiddlewaretoken", token.as_str()), ("choice", "1"), ("why", "a secret")];
    let vote = browser.post("/polls/1/vote/", "/polls/1/").header("content-type", FORM);
    let vote = Answer::of(vote.body(url_encoded(&fields)).send().await.unwrap()).await;
    assert_eq!(vote.status, 202, "{}", vote.text());
    let offline = until("the status says that the site is away", async || {
        let status = told.json().await;
        let history = status["connection"]["history"].as_array().unwrap();
        let is_known = history.last().is_some_and(|last| last["state"] == "offline");
        (status["connection"]["state"] == "offline" && is_known).then_some(status)
    })
    .await;
    assert_eq!(offline["connection"]["cause"], "unreachable");
    assert_eq!(offline["connection"]["history"][0]["state"], "online");
    assert_eq!(
        (&offline["outbox"]["total"], &offline["outbox"]["states"]["queued"]),
        (&1.into(), &1.into())
    );
    assert!(offline["outbox"]["oldest_at_ms"].as_u64().unwrap() > 1_700_000_000_000);

    let samples = told.samples().await;
    let sample = |name: &str| *samples.get(name).unwrap_or_else(|| panic!("{name}: {samples:#?}"));
    assert_eq!(sample("holdfast_connected{}"), 0.0);
    assert_eq!(sample("holdfast_disconnected{cause=unreachable}"), 1.0);
    assert_eq!(sample("holdfast_disconnected{cause=no-link}"), 0.0);
    assert_eq!(sample("holdfast_outbox_submissions{state=queued}"), 1.0);
    assert_eq!(sample("holdfast_outbox_submissions{state=uncertain}"), 0.0);
    assert_eq!(sample("holdfast_storage_quota_bytes{}"), f64::from(256 << 20));
    assert!(sample("holdfast_requests_total{route=polls,source=network}") >= 1.0);
    assert!(sample("holdfast_offline_last_day_seconds{}") >= 0.0);

    for path in ["/status", "/metrics"] {
        let text = told.get(path).await.text();
        for secret in
            ["/polls/1/", "/admin/", "a secret", "choice", "session-", "sessionid", "admin-"]
        {
            assert!(!text.contains(secret), "{path} has {secret:?}:\n{text}");
        }
    }
}

#[tokio::test]
async fn without_a_token_that_nobody_guesses_nothing_is_told() {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("site.toml"), shipped_profile()).unwrap();
    fs::write(directory.path().join("short"), "1234\n").unwrap();
    let start = async |options: &[&str]| {
        let mut command = crate::processes::program();
        command.args(["--site", "site.toml", "--listen", "127.0.0.1:0", "--data", "store"]);
        let output = command.args(options).current_dir(directory.path()).output().await.unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = start(&["--status", "127.0.0.1:0", "--status-token", "short"]).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("cannot tell how the device is: the token in short is none"), "{said}");
    let (code, said) = start(&["--status", "127.0.0.1:0", "--status-token", "none"]).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("cannot read the token in none"), "{said}");
    let (code, said) = start(&["--status", "127.0.0.1:0"]).await;
    assert_eq!((code, said.contains("--status-token")), (Some(2), true), "{said}");
    let (code, said) = start(&["--status", "192.0.2.1:1", "--status-token", "short"]).await;
    assert_eq!((code, said.contains("is not a loopback address")), (Some(2), true), "{said}");
}
