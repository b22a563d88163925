//! What the app puts into a page moves nothing and does nothing while nothing changes.

use holdfast_tests::{Answer, Page, Received, World};
use serde_json::{Value, json};

/// Notes before any script of the site what runs later, and where things are in the first
/// frame.
const PAGE: &str = "<!doctype html><title>still</title><script>
    const ran = { timers: 0, frames: 0 };
    const later = setTimeout;
    for (const name of ['setTimeout', 'setInterval']) {
        const native = window[name];
        window[name] = (run, ...rest) => native(() => { ran.timers += 1; run(); }, ...rest);
    }
    const frame = requestAnimationFrame;
    window.requestAnimationFrame = (run) => frame((at) => { ran.frames += 1; run(at); });
    const boxes = (document) => [...document.querySelectorAll('html, body, body *')]
        .filter((element) => element.localName !== 'script')
        .map((element) => [element.localName, ...Object.values(element.getBoundingClientRect().toJSON())]);
    let first = null;
    const note = () => { if (document.querySelector('#end')) first = boxes(document); else frame(note); };
    frame(note);
    </script>
    <style>body { margin: 20px } li { display: inline-block; width: 40% }</style>
    <h1>A page of some length</h1><p>It has <b>words</b> in it.</p>
    <ul><li>one<li>two<li>three</ul>
    <form method=post action=/x><input name=a><button>Send</button></form><p id=end>The end.</p>";

/// How long a page is watched while nothing happens: shorter than what the engine itself
/// does every ten seconds.
const IDLE: &str = "
    const seen = [];
    const watch = new MutationObserver((records) => seen.push(...records.map(String)));
    watch.observe(document, { attributes: true, childList: true, characterData: true, subtree: true });
    const asked = () => performance.getEntriesByType('resource').length;
    const [requests, before] = [asked(), { ...ran }];
    await new Promise((done) => later(done, 2000));
    watch.disconnect();
    return { mutations: seen.length, requests: asked() - requests,
             timers: ran.timers - before.timers, frames: ran.frames - before.frames };";

fn site(request: &Received) -> Option<Answer> {
    request.path.starts_with("/page").then(|| Answer::html(PAGE))
}

/// What happens on its own.
async fn idle(page: &Page) -> Value {
    page.promise(IDLE).await
}

fn nothing() -> Value {
    json!({ "mutations": 0, "requests": 0, "timers": 0, "frames": 0 })
}

/// Two frames from now everything that was on its way has happened.
async fn settled(page: &Page) -> Value {
    page.promise(
        "await new Promise((done) => frame(() => frame(done)));\
         return [first, boxes(document)]",
    )
    .await
}

#[tokio::test]
async fn a_page_that_is_online_stands_as_it_would_without_the_app() {
    let world = World::echo(site).await;
    let page = world.page();
    page.visit("/page").await;
    page.until("first !== null").await;
    let placed = settled(&page).await;
    assert_eq!(placed[0], placed[1], "in the first frame, and after");
    assert_eq!(page.bar().await, None);
    // No script runs in it, the app's no more than the site's.
    let alone = page
        .promise(
            "const alone = document.createElement('iframe');\
             alone.sandbox = 'allow-same-origin';\
             alone.src = '/page?alone';\
             alone.style = `position: absolute; top: 0; left: 0; border: 0;\
                            width: ${innerWidth}px; height: ${innerHeight}px`;\
             const loaded = new Promise((done) => alone.addEventListener('load', done));\
             document.body.append(alone);\
             await loaded;\
             return boxes(alone.contentDocument)",
        )
        .await;
    assert_eq!(placed[1], alone);
}

#[tokio::test]
async fn the_bar_of_a_page_that_is_opened_offline_moves_nothing_later() {
    let mut world = World::polls().await;
    let page = world.page();
    // So narrow that the sentence takes several lines.
    page.resize(360, 640).await;
    world.site.kill();
    page.until_bar("offline").await;
    page.visit("/polls/").await;
    // Watched from the first moment that a script from outside can.
    page.until_bar("offline").await;
    let height = "return document.querySelector('holdfast-bar').getBoundingClientRect().height";
    let with_text = page.js(height).await;
    let room = page
        .js("const text = document.querySelector('holdfast-bar').shadowRoot.querySelector('p');\
             const said = text.textContent;\
             text.textContent = '';\
             const height = document.querySelector('holdfast-bar').getBoundingClientRect().height;\
             text.textContent = said;\
             return height")
        .await;
    assert!(with_text.as_f64() > Some(45.0), "{with_text}");
    assert_eq!(room, with_text, "before the sentence comes, and after");
}

#[tokio::test]
async fn nothing_runs_in_a_page_while_nothing_changes() {
    let world = World::echo(site).await;
    let page = world.page();
    page.visit("/page").await;
    page.until("first !== null").await;
    settled(&page).await;
    let requests = || world.site.everything().into_iter().filter(|one| one != "HEAD /").count();
    let before = requests();
    assert_eq!(idle(&page).await, nothing(), "online");
    assert_eq!(requests(), before);
}
