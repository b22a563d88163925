//! A profile from a signed file on a server, in place of the one that is built in.

use std::fs;
use std::future::ready;
use std::sync::{Arc, Mutex};

use holdfast_tests::{Answer, Echo, Process, Publisher, Sight, World, until};

/// What the server hands out: the profile and its signature.
type Published = Arc<Mutex<Option<(String, String)>>>;

fn site() -> Echo {
    Echo::start(|request| match request.path.as_str() {
        "/" => Some(Answer::html("<!doctype html><title>A page</title><h1>A page</h1>")),
        "/here" => Some(Answer::html("here")),
        _ => Some(Answer::html("").status(404)),
    })
}

fn server(published: &Published) -> Echo {
    let published = Arc::clone(published);
    Echo::start(move |request| {
        Some(match (published.lock().unwrap().clone(), request.path.as_str()) {
            (Some((text, _)), "/site.toml") => Answer::of("application/toml", text),
            (Some((_, signature)), "/site.toml.minisig") => Answer::of("text/plain", signature),
            _ => Answer::html("").status(404),
        })
    })
}

/// An app that looks for a newer profile, and how one is published.
struct Scene {
    world: World<Echo>,
    published: Published,
    publisher: Publisher,
    _server: Echo,
}

impl Scene {
    /// Not yet open; the profile that is built in says where newer ones are.
    async fn new() -> Self {
        let published = Published::default();
        let (site, server, publisher) = (site(), server(&published), Publisher::new());
        let (url, key) = (format!("{}/site.toml", server.origin()), publisher.key());
        let profile = format!(
            "{}\n[remote]\nurl = {url:?}\nkey = {key:?}\nevery = \"1s\"\ntrial = \"2s\"\n",
            site.profile()
        );
        let world = World::not_yet_open_apart(site, &profile).await;
        Self { world, published, publisher, _server: server }
    }

    fn publish(&self, serial: u64, required: &str) {
        let profile =
            self.world.site.profile().replace("\"Echo\"", &format!("\"Number {serial}\""));
        let text = format!(
            "{profile}version = \"{serial}\"\n[install]\nrequired = [{required:?}]\n\
             [remote]\nserial = {serial}\n"
        );
        let signature = self.publisher.signature(&text);
        *self.published.lock().unwrap() = Some((text, signature));
    }

    /// Waits until this is so of what is remembered.
    async fn remembered(&self, what: &str, is_so: impl Fn(&serde_json::Value) -> bool) {
        let memory = self.world.path("store").join("profile/memory.json");
        until(what, || {
            let text = fs::read(&memory).unwrap_or_default();
            let memory = serde_json::from_slice(&text).unwrap_or_default();
            ready(is_so(&memory).then_some(()))
        })
        .await;
    }
}

fn serial(held: &serde_json::Value) -> Option<u64> {
    held["serial"].as_u64()
}

#[tokio::test]
async fn a_signed_profile_is_used_from_the_next_start_on_and_given_up_where_it_fails() {
    let mut scene = Scene::new().await;
    let windows = scene.world.windows().await;
    scene.world.open().await;
    windows.until(&[("A page – Echo", Sight::Open)]).await;
    scene.publish(3, "/here");
    scene.remembered("it waits", |memory| serial(&memory["waiting"]) == Some(3)).await;
    scene.world.restart().await;
    windows.until(&[("A page – Number 3", Sight::Open)]).await;
    scene.remembered("it is good", |memory| serial(&memory["good"]) == Some(3)).await;

    // What it requires is not on the site.
    scene.publish(4, "/nowhere");
    scene.remembered("it waits", |memory| serial(&memory["waiting"]) == Some(4)).await;
    scene.world.restart().await;
    windows.until(&[("A page – Number 4", Sight::Open)]).await;
    scene.remembered("it has failed", |memory| serial(&memory["failed"][0]) == Some(4)).await;
    windows.until(&[("A page – Number 4", Sight::Open)]).await;
    scene.world.restart().await;
    windows.until(&[("A page – Number 3", Sight::Open)]).await;
}

/// It ends by itself; what started it starts it again.
#[tokio::test]
async fn a_terminal_that_nobody_uses_changes_over_and_back() {
    let mut scene = Scene::new().await;
    let windows = scene.world.windows().await;
    scene.world.settings.environment.push(("NOTIFY_SOCKET".to_owned(), "/nowhere".to_owned()));
    let start = |scene: &Scene| scene.world.start("the terminal", &["--kiosk"]);
    for (published, required, then) in [(3, "/here", 3), (4, "/nowhere", 3)] {
        let mut terminal = start(&scene);
        until("its page is there", || ready(has_page(&terminal).then_some(()))).await;
        scene.publish(published, required);
        until("it ends", || ready(terminal.ended())).await;
        terminal = start(&scene);
        let is_settled = |memory: &serde_json::Value| {
            memory["trial"].is_null() && serial(&memory["good"]) == Some(then)
        };
        scene.remembered("it has come to an end of the trial", is_settled).await;
        if then != published {
            until("it ends once more", || ready(terminal.ended())).await;
        }
    }
    drop(windows);
}

fn has_page(terminal: &Process) -> bool {
    terminal.log().contains("a page is opened path=")
}
