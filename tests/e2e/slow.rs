//! The server accepts connections and says nothing, or says it late.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use holdfast_tests::{Answer, DEADLINE, World};

const HEADING: &str = "document.querySelector('h1').textContent";

#[tokio::test]
async fn a_silent_server_costs_the_timeout_once() {
    let world = World::polls().await;
    let page = world.page();
    page.visit("/polls/1/").await;
    page.visit("/polls/").await;
    page.at("/polls/").await;
    world.site.freeze();

    let asked = Instant::now();
    page.follow("Is the sky blue?").await;
    page.at("/polls/1/").await;
    let took = asked.elapsed();
    let timeout = Duration::from_secs(3);
    assert!((timeout..timeout * 2).contains(&took), "it took {took:?}");
    assert_eq!(page.text(HEADING).await, "Is the sky blue?");
    // A probe finds out what the silence means.
    page.until_bar("offline").await;

    for (path, heading) in [
        ("/polls/", "Questions"),
        ("/polls/2/", "You are offline."),
        ("/polls/1/", "Is the sky blue?"),
    ] {
        let asked = Instant::now();
        page.visit(path).await;
        page.at(path).await;
        let took = asked.elapsed();
        assert!(took < timeout / 2, "{path} took {took:?}");
        assert_eq!(page.text(HEADING).await, heading, "{path}");
    }

    world.site.thaw();
    page.until_no_bar().await;
}

#[tokio::test]
async fn a_page_never_seen_waits_no_longer_than_until_the_site_is_known_to_be_gone() {
    let world = World::polls().await;
    let page = world.page();
    world.site.freeze();
    let asked = Instant::now();
    page.follow("Tea or coffee?").await;
    page.at("/polls/2/").await;
    let took = asked.elapsed();
    assert!(took < Duration::from_secs(8), "it took {took:?}");
    assert_eq!(page.text(HEADING).await, "You are offline.");
    world.site.thaw();
    page.until("document.querySelector('h1')?.textContent === 'Tea or coffee?'").await;
}

#[tokio::test]
async fn silence_is_noticed_while_nobody_asks_for_anything() {
    let world = World::polls().await;
    let page = world.page();
    world.site.freeze();
    let frozen = Instant::now();
    page.until_bar("offline").await;
    let took = frozen.elapsed();
    assert!(took < Duration::from_secs(16), "it took {took:?}");
    world.site.thaw();
    page.until_no_bar().await;
}

/// Something that is waited for.
#[derive(Default)]
struct Gate(Mutex<bool>, Condvar);

impl Gate {
    fn open(&self) {
        *self.0.lock().unwrap() = true;
        self.1.notify_all();
    }

    fn wait(&self) {
        let is_closed = |is_open: &mut bool| !*is_open;
        drop(self.1.wait_timeout_while(self.0.lock().unwrap(), DEADLINE, is_closed).unwrap());
    }
}

#[tokio::test]
async fn a_late_answer_is_offered_to_who_reads_the_copy() {
    let gate = Arc::new(Gate::default());
    let (late, asked) = (Arc::clone(&gate), AtomicUsize::new(0));
    let world = World::echo(move |request| {
        if request.path != "/page" {
            return Some(Answer::html("<title>start</title>"));
        }
        let version = asked.fetch_add(1, Ordering::Relaxed);
        if version == 1 {
            late.wait();
        }
        Some(Answer::html(&format!("<title>page</title><h1>version {version}</h1>")))
    })
    .await;
    let page = world.page();
    page.visit("/page").await;
    assert_eq!(page.text(HEADING).await, "version 0");
    page.visit("/").await;

    page.visit("/page").await;
    assert_eq!(page.text(HEADING).await, "version 0");
    let bar = page.until_bar("slow").await;
    assert!(bar.text.starts_with("The network is slow. Showing the copy from "), "{bar:?}");

    gate.open();
    let bar = page.until_bar("changed").await;
    assert_eq!(
        (bar.text.as_str(), bar.button.as_deref()),
        ("This page has changed.", Some("Show"))
    );
    assert_eq!(page.text(HEADING).await, "version 0");
    page.leave(page.press_bar()).await;
    assert_eq!(page.text(HEADING).await, "version 2");
    assert_eq!(page.bar().await, None);
}
