//! A page that is shown from the store, and what becomes of it when the network's differs.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use holdfast_tests::{Answer, DEADLINE, Echo, Page, Polls, Received, World, shipped_profile};
use serde_json::json;
use tempfile::TempDir;

const HEADING: &str = "document.querySelector('h1').textContent";
const ASKS_ANEW: &str =
    "UPDATE polls_question SET question_text = 'Is it still blue?' WHERE id = 1";

/// The polls site, its questions shown from the store, and one of them stored.
async fn world(update: &str) -> (World, TempDir) {
    let directory = TempDir::new().unwrap();
    let polls = Polls::start(directory.path()).await;
    let questions = format!(
        "[[route]]\nname = \"questions\"\nwhen = {{ destination = \"document\", path = \"/polls/:id/\" }}\n\
         strategy = \"cache-then-network\"\nupdate = \"{update}\"\n\n[[route]]\nname     = \"polls\"\n"
    );
    let shipped = shipped_profile(polls.origin());
    let profile = shipped.replace("[[route]]\nname     = \"polls\"\n", &questions);
    assert_ne!(profile, shipped);
    let world = World::of(polls, &profile).await;
    let page = world.page();
    page.at("/polls/").await;
    world.installed().await;
    page.visit("/polls/1/").await;
    page.visit("/polls/").await;
    (world, directory)
}

#[tokio::test]
async fn a_page_becomes_the_newer_one_around_what_the_person_chose() {
    let (world, _directory) = world("patch").await;
    let page = world.page();
    world.site.execute(ASKS_ANEW);
    world.site.freeze();
    page.visit("/polls/1/").await;
    page.at("/polls/1/").await;
    assert_eq!(page.text(HEADING).await, "Is the sky blue?");
    page.js("window.isTheSame = true; document.body.style.minHeight = '4000px'").await;
    page.click("#choice2").await;
    page.js("scrollTo(0, 120)").await;
    let token = "document.querySelector('[name=csrfmiddlewaretoken]').value";
    let before = page.text(token).await;

    world.site.thaw();
    page.until(&format!("{HEADING} === 'Is it still blue?'")).await;
    let now = page
        .js("return [window.isTheSame, document.title, document.querySelector('#choice2').checked,\
             document.activeElement.id, scrollY, document.querySelector('#theme').hidden]")
        .await;
    assert_eq!(now, json!([true, "Is it still blue?", true, "choice2", 120, false]));
    assert_ne!(page.text(token).await, before);
    assert_eq!(page.bar().await, None);
    page.screenshot("patched").await;

    page.click("input[type=submit]").await;
    page.at("/polls/1/results/").await;
    assert_eq!((world.site.votes(2), world.site.all_votes()), (1, 1));
}

#[tokio::test]
async fn where_the_route_wants_a_notice_the_page_stays_as_it_is() {
    let (world, _directory) = world("notice").await;
    let page = world.page();
    world.site.execute(ASKS_ANEW);
    // The site answers before the page can listen.
    page.visit("/polls/1/").await;
    let bar = page.until_bar("changed").await;
    assert_eq!(bar.text, "This page has changed.");
    assert_eq!(page.text(HEADING).await, "Is the sky blue?");
    page.leave(page.press_bar()).await;
    assert_eq!(page.text(HEADING).await, "Is it still blue?");
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

/// A site whose page differs each time; the second one waits at the gate.
async fn letters(root: &'static str) -> (World<Echo>, Arc<Gate>) {
    let gate = Arc::new(Gate::default());
    let (late, asked) = (Arc::clone(&gate), AtomicUsize::new(0));
    let respond = move |request: &Received| match request.path.as_str() {
        "/letter" => {
            let version = asked.fetch_add(1, Ordering::Relaxed);
            if version == 1 {
                late.wait();
            }
            let policy =
                format!("script-src 'nonce-{version}'; style-src 'self'; connect-src 'self'");
            let added = if version == 0 { "" } else { "<p><input name=cc></p>" };
            let html = format!(
                "<!doctype html><html{root}><head><title>{version}</title>\
                 <link rel=stylesheet href=/{version}.css></head><body><h1>version {version}</h1>\
                 <form>{added}<p><input name=subject></p><textarea name=text>Dear</textarea>\
                 <input type=hidden name=token value=t{version}></form>\
                 <details><summary>More</summary>{version}</details>\
                 <script nonce={version}>window.runs = (window.runs ?? 0) + 1</script></body></html>"
            );
            Some(Answer::html(&html).with("content-security-policy", &policy))
        }
        path if path.ends_with(".css") => {
            let width = if path == "/0.css" { 1 } else { 2 };
            Some(Answer::of("text/css", format!("h1 {{ border: {width}px solid }}")))
        }
        _ => Some(Answer::html("<title>start</title><iframe src=/framed></iframe>")),
    };
    let site = Echo::start(respond);
    let profile = site.profile()
        + "[[route]]\nname = \"letter\"\nwhen = { path = \"/letter\" }\n\
           strategy = \"cache-then-network\"\nupdate = \"patch\"\n\
           [[route]]\nname = \"rest\"\nwhen = { path = \"/*\" }\nstrategy = \"network-only\"\n";
    let world = World::of(site, &profile).await;
    world.page().at("/").await;
    (world, gate)
}

/// Shows the stored letter, its newer version under way.
async fn reopen(page: &Page) {
    page.visit("/letter").await;
    page.visit("/").await;
    page.visit("/letter").await;
    assert_eq!(page.text(HEADING).await, "version 0");
}

#[tokio::test]
async fn what_is_half_written_stays_under_a_strict_policy_and_no_script_runs_twice() {
    let (world, gate) = letters("").await;
    let page = world.page();
    reopen(&page).await;
    page.type_into("[name=subject]", "Hello").await;
    page.type_into("textarea", " Sir").await;
    page.js("const field = document.querySelector('[name=subject]'); field.focus();\
             field.setSelectionRange(1, 3); document.querySelector('details').open = true;")
        .await;
    let written = page.text("document.querySelector('textarea').value").await;

    gate.open();
    page.until(&format!("{HEADING} === 'version 1'")).await;
    let now = page
        .js("const value = (name) => document.querySelector(`[name=${name}]`).value;\
             const { activeElement: field } = document;\
             return [value('subject'), value('cc'), value('text'), value('token'), field.name,\
             field.selectionStart, field.selectionEnd, document.querySelector('details').open,\
             getComputedStyle(document.querySelector('h1')).borderTopWidth, window.runs,\
             document.querySelectorAll('link').length, document.title]")
        .await;
    let expected = json!(["Hello", "", written, "t1", "subject", 1, 3, true, "2px", 1, 1, "1"]);
    assert_eq!(now, expected);
    assert_eq!(page.bar().await, None);
    // The newer version came from the store.
    assert_eq!(world.site.received("GET", "/letter").len(), 2);
}

#[tokio::test]
async fn a_page_that_does_not_want_it_says_that_it_has_changed() {
    let (world, gate) = letters(" data-holdfast-no-patch").await;
    let page = world.page();
    reopen(&page).await;
    gate.open();
    page.until_bar("changed").await;
    assert_eq!(page.text(HEADING).await, "version 0");
}

#[tokio::test]
async fn a_frame_of_the_site_is_patched_as_the_page_is() {
    let (world, gate) = letters("").await;
    let page = world.page();
    let heading = "frames[0].document.querySelector('h1')?.textContent";
    page.js("frames[0].location = '/letter'").await;
    page.until(&format!("{heading} === 'version 0'")).await;
    page.js("frames[0].location = '/framed'").await;
    page.until("frames[0].location.pathname === '/framed'").await;
    page.js("frames[0].location = '/letter'").await;
    page.until(&format!("{heading} === 'version 0'")).await;
    page.js("frames[0].isTheSame = true").await;
    gate.open();
    page.until(&format!("{heading} === 'version 1'")).await;
    assert_eq!(page.js("return frames[0].isTheSame").await, true);
    assert_eq!(page.bar().await, None);
}
