//! What a start waits for, as the trace of a real one tells.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{fs, thread};

use holdfast_tests::{Answer, Echo, Step, World, trace};

const HEADING: &str = "document.querySelector('h1').textContent";

/// When the page was first painted, in milliseconds since 1970; null until it is.
const PAINTED: &str = "(paint => paint && performance.timeOrigin + paint.startTime)\
                       (performance.getEntriesByType('paint')[0])";

fn profile(site: &Echo, version: &str) -> String {
    format!(
        "{}version = \"{version}\"\n\n\
         [install]\nrequired = [\"/style.css\"]\n\n\
         [[route]]\nname = \"all\"\nwhen = {{}}\nstrategy = \"stale-while-revalidate\"\n",
        site.profile()
    )
}

/// A site that takes every request and answers none, from when it is told to.
fn site(is_silent: Arc<AtomicBool>) -> Echo {
    Echo::start(move |request| {
        while is_silent.load(Ordering::Relaxed) {
            thread::park();
        }
        Some(match request.path.as_str() {
            "/style.css" => Answer::of("text/css", "h1 { color: red }"),
            _ => Answer::html(
                "<!doctype html><title>start</title><link rel=stylesheet href=/style.css>\
                 <h1>start</h1>",
            ),
        })
    })
}

#[tokio::test]
async fn the_first_page_is_painted_before_the_network_has_done_anything() {
    let is_silent = Arc::new(AtomicBool::new(false));
    let site = site(Arc::clone(&is_silent));
    let first = profile(&site, "1");
    let mut world = World::not_yet_open(site, &first).await;
    world.open().await;
    world.page().at("/").await;
    world.installed().await;
    world.close().await;

    is_silent.store(true, Ordering::Relaxed);
    // What a new version requires is fetched beside the page.
    fs::write(&world.settings.profile, profile(&world.site, "2")).unwrap();
    let file = world.path("trace.json");
    let variable = ("HOLDFAST_TRACE".to_owned(), file.to_str().unwrap().to_owned());
    world.settings.environment.push(variable);
    world.open().await;
    let page = world.page();
    page.at("/").await;
    assert_eq!(page.text(HEADING).await, "start");
    let painted = page.until(PAINTED).await.as_f64().unwrap();
    world.close().await;

    let steps = trace(&file);
    let all = |name: &str| steps.iter().filter(move |step| step.name == name).collect::<Vec<_>>();
    let begun = all("the app begins")[0].about["at_ms"].as_str().unwrap().parse::<f64>().unwrap();
    let painted = Duration::from_secs_f64((painted - begun) / 1e3);
    println!("{}", described(&steps, painted));
    let answers = all("request");
    assert_eq!(answers[0].about["path"], "/");
    assert!(answers.iter().all(|answer| answer.about["source"] == "\"store\""), "{answers:?}");
    assert!(answers[0].ends.is_some_and(|ends| ends < painted), "{:?}", answers[0]);
    // Each has begun, and none of them ends before the app itself does.
    for name in ["install", "fetch"] {
        assert!(!all(name).is_empty(), "{name}");
        for step in all(name) {
            assert!(step.ends.is_none_or(|ends| ends > painted), "{step:?}, painted {painted:?}");
        }
    }
}

/// The time line, as docs/performance.md has it.
fn described(steps: &[Step], painted: Duration) -> String {
    let lines = steps.iter().map(|step| {
        let ends = step.ends.map(|ends| format!("{:.1}", ends.as_secs_f64() * 1e3));
        let begins = step.begins.as_secs_f64() * 1e3;
        format!("{begins:9.1} {:>9} ms  {} {}", ends.unwrap_or_default(), step.name, step.about)
    });
    let lines: Vec<String> = lines.collect();
    format!("{}\npainted at {:.1} ms", lines.join("\n"), painted.as_secs_f64() * 1e3)
}
