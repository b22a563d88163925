//! The profile from a signed file on a server, and the way back to the last good one.

use std::fs;
use std::path::{Path, PathBuf};

use holdfast_tests::Publisher;
use reqwest::Client;
use serde_json::Value;
use tempfile::TempDir;

use crate::http::Answer;
use crate::origin::Origin;
use crate::processes::{DEADLINE, Gateway, until};

const TOKEN: &str = "a-token-of-this-device";

/// A gateway, its site, and a server with profiles for it.
struct Scene {
    site: Origin,
    server: Option<Origin>,
    publisher: Publisher,
    gateway: Gateway,
    url: String,
    directory: TempDir,
}

impl Scene {
    async fn new() -> Self {
        let (site, server) = (Origin::start().await, Origin::start().await);
        let (publisher, directory) = (Publisher::new(), TempDir::new().unwrap());
        fs::write(directory.path().join("token"), TOKEN).unwrap();
        put(&site, "/here", "here");
        let url = format!("{}/site.toml", server.url);
        let gateway = start(directory.path(), &site, &url, &publisher).await;
        Self { site, server: Some(server), publisher, gateway, url, directory }
    }

    /// A profile with this number, which requires this of the site.
    fn profile(&self, serial: u64, required: &str, more: &str) -> String {
        format!(
            "[site]\nname = \"Number {serial}\"\norigin = \"{}\"\nversion = \"{serial}\"\n\
             [install]\nrequired = [{required:?}]\n[remote]\nserial = {serial}\n{more}",
            self.site.url
        )
    }

    fn publish(&self, text: &str, signature: &str) {
        let server = self.server.as_ref().unwrap();
        put(server, "/site.toml.minisig", signature);
        put(server, "/site.toml", text);
    }

    fn publish_signed(&self, text: &str) {
        self.publish(text, &self.publisher.signature(text));
    }

    async fn status(&mut self) -> Value {
        status(&mut self.gateway).await
    }

    async fn start_again(&mut self) {
        self.gateway.process.kill().await;
        self.gateway = start(self.directory.path(), &self.site, &self.url, &self.publisher).await;
    }

    /// Starts it again, and waits until it has found this and no trial is left.
    async fn finds(&mut self, found: &str) -> Value {
        self.start_again().await;
        let address = told(&mut self.gateway).await;
        until("it has looked for a profile", async || {
            let status = asked(&address).await;
            let configuration = &status["configuration"];
            let is_settled = configuration["is_on_trial"] == false;
            (is_settled && configuration["found"] == found).then_some(status)
        })
        .await
    }
}

fn put(origin: &Origin, path: &str, text: &str) {
    let head = format!("200 OK\r\ncontent-length: {}\r\nconnection: close", text.len());
    origin.put(path, &head, text.as_bytes());
}

/// The profile that is built in says how long a trial is.
async fn start(directory: &Path, site: &Origin, url: &str, publisher: &Publisher) -> Gateway {
    let token: PathBuf = directory.join("token");
    let key = publisher.key();
    let profile = format!(
        "[site]\nname = \"Built in\"\norigin = \"{}\"\n\n[install]\nrequired = [\"/here\"]\n\n\
         [remote]\nurl = {url:?}\nkey = {key:?}\ntrial = \"2s\"\n\n\
         [status]\nlisten = \"127.0.0.1:0\"\ntoken-file = {token:?}\n",
        site.url
    );
    Gateway::start(directory, &profile).await
}

/// Where it tells how it is.
async fn told(gateway: &mut Gateway) -> String {
    let line = gateway.process.line().await;
    let address = line.strip_prefix("holdfast-gateway: ");
    let address = address.and_then(|rest| rest.split(' ').next());
    address.unwrap_or_else(|| panic!("no address in {line:?}")).to_owned()
}

async fn asked(address: &str) -> Value {
    let client = Client::builder().no_proxy().timeout(DEADLINE).build().unwrap();
    let request = client.get(address).bearer_auth(TOKEN);
    Answer::of(request.send().await.unwrap()).await.json()
}

async fn status(gateway: &mut Gateway) -> Value {
    let address = told(gateway).await;
    asked(&address).await
}

/// What `configuration` says.
fn shown(status: &Value) -> (Option<u64>, bool, Option<u64>, Vec<u64>) {
    let configuration = &status["configuration"];
    let failed = configuration["failed"].as_array().unwrap();
    (
        configuration["serial"].as_u64(),
        configuration["is_on_trial"].as_bool().unwrap(),
        configuration["waiting"].as_u64(),
        failed.iter().map(|serial| serial.as_u64().unwrap()).collect(),
    )
}

#[tokio::test]
async fn a_signed_profile_is_used_from_the_next_start_on() {
    let mut scene = Scene::new().await;
    put(&scene.site, "/new", "new");
    assert_eq!(shown(&scene.status().await), (None, false, None, vec![]));
    scene.publish_signed(&scene.profile(3, "/new", ""));
    let waiting = scene.finds("new").await;
    assert_eq!(shown(&waiting), (None, false, Some(3), vec![]));
    assert_eq!(waiting["site"]["name"], "Built in");
    scene.start_again().await;
    let address = told(&mut scene.gateway).await;
    let good = until("it has come to a good state", async || {
        let status = asked(&address).await;
        (shown(&status) == (Some(3), false, None, vec![])).then_some(status)
    })
    .await;
    assert_eq!(good["site"]["name"], "Number 3");

    // The server is gone, and the site: it stays.
    scene.server = None;
    assert_eq!(shown(&scene.finds("unreachable").await), (Some(3), false, None, vec![]));
}

#[tokio::test]
async fn what_is_not_signed_not_newer_not_in_order_or_of_another_site_is_not_used() {
    let mut scene = Scene::new().await;
    let good = scene.profile(3, "/here", "");
    scene.publish_signed(&good);
    scene.finds("new").await;
    let check = async |scene: &mut Scene, found: &str| {
        let status = scene.finds(found).await;
        let (serial, _, waiting, failed) = shown(&status);
        assert_eq!((serial, waiting, failed), (Some(3), None, vec![]), "{found}");
    };
    check(&mut scene, "same").await;
    scene.publish(&good.replace("Number", "Changed"), &scene.publisher.signature(&good));
    check(&mut scene, "signature").await;
    let newer = scene.profile(4, "/here", "");
    scene.publish(&newer, &Publisher::new().signature(&newer));
    check(&mut scene, "signature").await;
    scene.publish_signed(&scene.profile(2, "/here", ""));
    check(&mut scene, "older").await;
    scene.publish_signed(&newer.replace("[install]", "[install"));
    check(&mut scene, "broken").await;
    scene.publish_signed(&newer.replace("serial = 4\n", ""));
    check(&mut scene, "broken").await;
    scene.publish_signed(&newer.replace(&scene.site.url, "http://127.0.0.1:1"));
    check(&mut scene, "other-site").await;
    // An older one that says from where it goes back.
    scene.publish_signed(&scene.profile(2, "/here", "rolls-back = 3\n"));
    let back = scene.finds("new").await;
    assert_eq!(shown(&back).2, Some(2));
    scene.start_again().await;
    assert_eq!(shown(&scene.status().await).0, Some(2));
    // What was left is not come back to by showing it again.
    scene.publish_signed(&good);
    assert_eq!(shown(&scene.finds("older").await).0, Some(2));
}

#[tokio::test]
async fn a_profile_that_cannot_be_installed_is_given_up_for_the_last_good_one() {
    let mut scene = Scene::new().await;
    scene.publish_signed(&scene.profile(3, "/here", ""));
    scene.finds("new").await;
    scene.start_again().await;
    let address = told(&mut scene.gateway).await;
    until("it has come to a good state", async || {
        (shown(&asked(&address).await) == (Some(3), false, None, vec![])).then_some(())
    })
    .await;
    // What it requires is nowhere.
    let broken = scene.profile(4, "/nowhere", "");
    scene.publish_signed(&broken);
    scene.finds("new").await;
    scene.start_again().await;
    let address = told(&mut scene.gateway).await;
    assert_eq!(shown(&asked(&address).await), (Some(4), true, None, vec![]));
    // It begins anew by itself, with the last good one, and says where.
    let announced = scene.gateway.process.line().await;
    assert!(announced.contains("(Number 3)"), "{announced}");
    let status = scene.status().await;
    assert_eq!(shown(&status), (Some(3), false, None, vec![4]));
    assert_eq!(status["install"]["is_complete"], true, "{status}");
    assert_eq!(shown(&scene.finds("failed").await), (Some(3), false, None, vec![4]));
}
