//! What the site hands over to be kept becomes a file, and the page stays where it is.

use std::fs;
use std::path::Path;

use holdfast_tests::{Answer, Echo, Gate, Page, Received, World, until};

use crate::elsewhere::Browser;
use crate::forms::{bytes, bytes_in_js};

/// More than the engine reads ahead.
const LARGE: usize = 3_000_000;

const PAGE: &str = r#"<!doctype html><title>files</title>
    <a id="report" href="report">Report</a>
    <a id="led" href="led">Report</a>
    <a id="archive" href="files/a%20b.zip?v=1">Archive</a>
    <a id="picture" href="picture.png" download="../my picture">Picture</a>
    <a id="unnamed" href="picture.png" download>Picture</a>
    <a id="data" href="data:text/plain;base64,Z3L8bg==" download="data.txt">Data</a>
    <form method="post" action="export"><input name="kind" value="all"><button>Export</button></form>
    <form method="post" action="export-later" id="later"><button>Export</button></form>
    <iframe src="frame" name="frame"></iframe>
    <a id="framed" href="report" target="frame">Report</a>"#;

fn attachment(name: &str, body: impl Into<Vec<u8>>) -> Answer {
    Answer::of("application/pdf", body).with("content-disposition", &format!("attachment; {name}"))
}

fn respond(request: &Received) -> Option<Answer> {
    Some(match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/") => Answer::html(PAGE),
        ("GET", "/frame") => Answer::html("<title>frame</title><p>frame"),
        ("GET", "/report") => attachment("filename*=UTF-8''gr%C3%BCn.pdf", "a report"),
        ("GET", "/led") => Answer::redirect(302, "/report"),
        ("GET", "/files/a%20b.zip?v=1") => Answer::of("application/zip", bytes(LARGE)),
        ("GET", "/picture.png") => Answer::of("image/png", bytes(100)),
        ("GET", "/page.html") => {
            let link = format!("<a href=\"http://{}/x\">x</a>", request.header("host")?);
            Answer::html(&link).with("content-disposition", "attachment; filename=\"page.html\"")
        }
        ("POST", "/export") => {
            let body = String::from_utf8_lossy(&request.body).into_owned();
            Answer::of("text/csv", body).with("content-disposition", "attachment; filename=all.csv")
        }
        ("POST", "/export-later") => Answer::redirect(303, "/report"),
        _ => return None,
    })
}

/// Waits until a file is there, whole: what it holds.
async fn saved(folder: &Path, name: &str) -> Vec<u8> {
    let file = folder.join(name);
    until(&format!("{name} is saved"), || std::future::ready(fs::read(&file).ok())).await
}

/// What is in the folder, also hidden.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Marks the page, to see that it stays.
async fn mark(page: &Page) {
    page.js("window.isMarked = true").await;
}

async fn stays(page: &Page) {
    assert_eq!(
        page.js("return [window.isMarked, location.pathname]").await,
        serde_json::json!([true, "/"])
    );
}

#[tokio::test]
async fn what_is_to_be_saved_is_and_the_page_stays() {
    let world = World::echo(respond).await;
    let (page, folder) = (world.page(), world.downloads());
    mark(&page).await;
    page.click("#report").await;
    assert_eq!(saved(&folder, "grün.pdf").await, b"a report");
    let said = page.until_bar("download").await;
    assert_eq!(
        (&*said.text, said.button.as_deref()),
        ("grün.pdf was saved.", Some("Show in folder"))
    );
    stays(&page).await;

    page.click("#archive").await;
    assert!(saved(&folder, "a b.zip").await == bytes(LARGE));
    page.click("#framed").await;
    assert_eq!(saved(&folder, "grün (1).pdf").await, b"a report");
    page.js("location.assign('/page.html')").await;
    // Byte for byte: its links are not the app's.
    let link = format!("<a href=\"{}/x\">x</a>", world.site.origin());
    assert_eq!(saved(&folder, "page.html").await, link.as_bytes());
    stays(&page).await;
    let frame = "document.querySelector('iframe').contentDocument.title";
    assert_eq!(page.text(frame).await, "frame");
    assert_eq!(names(&folder), ["a b.zip", "grün (1).pdf", "grün.pdf", "page.html"]);
}

#[tokio::test]
async fn a_link_that_leads_on_to_a_file_leads_back() {
    let world = World::echo(respond).await;
    let page = world.page();
    page.click("#led").await;
    assert_eq!(saved(&world.downloads(), "grün.pdf").await, b"a report");
    page.at("/").await;
    page.until("document.title === 'files'").await;
}

#[tokio::test]
async fn the_answer_to_a_form_is_saved() {
    let world = World::echo(respond).await;
    let (page, folder) = (world.page(), world.downloads());
    mark(&page).await;
    page.click("button").await;
    assert_eq!(saved(&folder, "all.csv").await, b"kind=all");
    // It can be sent again.
    page.until("document.querySelector('button').getAttribute('aria-busy') === null").await;
    page.click("button").await;
    assert_eq!(saved(&folder, "all (1).csv").await, b"kind=all");
    page.click("#later button").await;
    assert_eq!(saved(&folder, "grün.pdf").await, b"a report");
    stays(&page).await;
    assert_eq!(world.site.received("POST", "/export").len(), 2);
}

#[tokio::test]
async fn links_that_download_do_and_so_does_what_a_page_has_made() {
    let world = World::echo(respond).await;
    let (page, folder) = (world.page(), world.downloads());
    mark(&page).await;
    page.click("#picture").await;
    assert_eq!(saved(&folder, "my picture.png").await, bytes(100));
    let asked = world.site.first("GET", "/picture.png").await;
    assert_eq!(asked.header("referer"), Some(format!("{}/", world.site.origin()).as_str()));
    page.click("#unnamed").await;
    assert_eq!(saved(&folder, "picture.png").await, bytes(100));
    page.click("#data").await;
    assert_eq!(saved(&folder, "data.txt").await, b"gr\xfcn");

    // As libraries do it: a link in no document, and its address is revoked in the next moment.
    let made = bytes_in_js(LARGE);
    let click = |name: &str, how: &str| {
        format!(
            "const link = document.createElement('a');\
             link.download = '{name}';\
             link.href = URL.createObjectURL(new Blob([{made}]));\
             {how};\
             URL.revokeObjectURL(link.href);"
        )
    };
    for (name, how) in [
        ("clicked.bin", "link.click()"),
        ("dispatched.bin", "link.dispatchEvent(new MouseEvent('click'))"),
        ("shown.bin", "document.body.append(link); link.click(); link.remove()"),
        ("framed.bin", "frames[0].document.body.append(link); link.click()"),
    ] {
        page.js(&click(name, how)).await;
        assert!(saved(&folder, name).await == bytes(LARGE), "{name}");
    }

    // What the site handles itself is the site's.
    page.js("document.querySelector('#report').download = '';\
             addEventListener('click', (event) => event.preventDefault())")
        .await;
    page.click("#report").await;
    page.promise("await fetch('/later')").await;
    assert!(world.site.received("GET", "/report").is_empty());
    stays(&page).await;
    assert_eq!(names(&folder).len(), 7);
}

#[tokio::test]
async fn what_is_made_is_saved_whatever_the_page_may_load() {
    let world = World::echo(|request| {
        let script = "<!doctype html><title>strict</title><script nonce=a>\
             onload = () => { const link = document.createElement('a');\
             link.href = URL.createObjectURL(new Blob(['made']));\
             link.download = 'made.txt'; link.click(); URL.revokeObjectURL(link.href); };</script>\
             <a href='data:,some%20text%2C#x' download='data'>Data</a>";
        let policy = "default-src 'none'; script-src 'nonce-a'";
        (request.path == "/").then(|| Answer::html(script).with("content-security-policy", policy))
    })
    .await;
    let folder = world.downloads();
    assert_eq!(saved(&folder, "made.txt").await, b"made");
    world.page().click("a").await;
    assert_eq!(saved(&folder, "data").await, b"some text,");
}

#[tokio::test]
async fn how_far_it_is_is_said_and_it_can_be_cancelled() {
    let gate = Gate::default();
    let held = gate.clone();
    let world = World::echo(move |request| match request.path.as_str() {
        "/large" => {
            Some(attachment("filename=large.bin", bytes(10_000_000)).held(3_200_000, &held))
        }
        _ => respond(request),
    })
    .await;
    let (page, folder) = (world.page(), world.downloads());
    mark(&page).await;
    page.js("location.assign('/large')").await;
    page.until_note("large.bin · 3.2 of 10 MB").await;
    // A hidden file that is not called so yet.
    let [begun] = &*names(&folder) else { panic!("{:?}", names(&folder)) };
    assert!(begun.starts_with(".holdfast-"), "{begun}");
    page.screenshot("download-progress").await;
    stays(&page).await;
    page.press_bar().await;
    page.until_no_bar().await;
    until("nothing is left of it", || async { names(&folder).is_empty().then_some(()) }).await;

    page.js("location.assign('/large')").await;
    page.until_note("large.bin · 3.2 of 10 MB").await;
    // A page that comes meanwhile says it too.
    page.visit("/?again").await;
    page.until_note("large.bin · 3.2 of 10 MB").await;
    gate.open();
    page.until_note("large.bin was saved.").await;
    page.screenshot("download-saved").await;
    assert!(saved(&folder, "large.bin").await == bytes(10_000_000));
    page.dismiss_bar().await;
    page.until_no_bar().await;
}

#[tokio::test]
async fn what_breaks_off_is_said_and_leaves_nothing() {
    let gate = Gate::default();
    let held = gate.clone();
    let world = World::echo(move |request| match request.path.as_str() {
        "/large" => Some(attachment("filename=large.bin", bytes(LARGE)).held(2_000_000, &held)),
        _ => respond(request),
    })
    .await;
    let (page, folder) = (world.page(), world.downloads());
    mark(&page).await;
    page.js("location.assign('/large')").await;
    page.until_note("large.bin · 2 of 3 MB").await;
    gate.cut();
    page.until_note("large.bin could not be downloaded.").await;
    assert_eq!(names(&folder), Vec::<String>::new());
    stays(&page).await;
}

#[tokio::test]
async fn the_end_of_the_app_leaves_nothing_of_what_was_under_way() {
    let gate = Gate::default();
    let held = gate.clone();
    let mut world = World::echo(move |request| match request.path.as_str() {
        "/large" => Some(attachment("filename=large.bin", bytes(LARGE)).held(2_000_000, &held)),
        _ => respond(request),
    })
    .await;
    let page = world.page();
    page.js("location.assign('/large')").await;
    page.until_note("large.bin · 2 of 3 MB").await;
    world.close().await;
    assert_eq!(names(&world.downloads()), Vec::<String>::new());
    gate.cut();
}

#[tokio::test]
async fn what_is_stored_is_saved_without_the_site_and_else_it_is_said() {
    let site = Echo::start(respond);
    let profile = site.profile();
    let mut world = World::of(Some(site), &profile).await;
    let (page, folder) = (world.page(), world.downloads());
    page.at("/").await;
    page.click("#report").await;
    assert_eq!(saved(&folder, "grün.pdf").await, b"a report");
    page.until_note("grün.pdf was saved.").await;
    // From here on nobody answers.
    world.site = None;
    page.click("#report").await;
    assert_eq!(saved(&folder, "grün (1).pdf").await, b"a report");
    mark(&page).await;
    page.click("#picture").await;
    let said = "my picture could not be downloaded, because there was no connection.";
    page.until_note(said).await;
    stays(&page).await;
    assert_eq!(names(&folder), ["grün (1).pdf", "grün.pdf"]);
}

#[tokio::test]
async fn a_download_is_shown_where_it_lies_and_opened_if_it_does_not_run() {
    let browser = Browser::new();
    let site = Echo::start(|request| match request.path.as_str() {
        "/program" => Some(attachment("filename=program.sh", "#!/bin/sh\n")),
        _ => respond(request),
    });
    let profile = site.profile();
    let mut world = World::not_yet_open(site, &profile).await;
    world.settings.environment = browser.environment();
    world.open().await;
    let (page, folder, files) = (world.page(), world.downloads(), world.file_manager().await);
    page.at("/").await;
    page.click("#report").await;
    page.until_note("grün.pdf was saved.").await;
    page.press_bar().await;
    let address = format!("file://{}/gr%C3%BCn.pdf", folder.display());
    assert_eq!(files.shown().await, [address]);
    page.js(&format!("{BUTTONS}[1].click()")).await;
    assert_eq!(browser.opened(1).await, [folder.join("grün.pdf").display().to_string()]);

    page.js("location.assign('/program')").await;
    page.until_note("program.sh was saved.").await;
    assert_eq!(page.js(&format!("return {BUTTONS}.length")).await, 1);
    // Nor by a script of the page.
    let call = "return __TAURI_INTERNALS__.invoke('act_on_download', { id: 2, act: 'open' })";
    let call = page.promise(call).await;
    assert!(call["thrown"].as_str().unwrap().contains("might run"), "{call}");
}

/// The buttons of what the bar says of downloads.
const BUTTONS: &str = "document.querySelector('holdfast-bar').shadowRoot\
                       .querySelector('span').shadowRoot.querySelectorAll('button')";

#[tokio::test]
async fn only_what_is_on_the_site_is_fetched_for_a_page() {
    let foreign = Echo::start(|_| None);
    let world = World::echo(respond).await;
    let page = world.page();
    let address = format!("{}/x", foreign.origin());
    let call = |url: &str| {
        format!(
            "const wanted = {{ id: '1', url: '{url}', name: 'x', page: location.href }};\
             const headers = {{ 'holdfast-download': encodeURIComponent(JSON.stringify(wanted)) }};\
             return __TAURI_INTERNALS__.invoke('download', new Uint8Array(), {{ headers }})"
        )
    };
    for url in [&*address, "file:///etc/passwd", "echo://elsewhere/report"] {
        let call = page.promise(&call(url)).await;
        assert!(call["thrown"].as_str().unwrap().contains("is not on the site"), "{url}: {call}");
    }
    assert!(foreign.everything().is_empty());
    assert_eq!(names(&world.downloads()), Vec::<String>::new());
}
