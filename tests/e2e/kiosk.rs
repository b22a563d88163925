//! The app as a public terminal: what the public can do, what always is on the screen, and what
//! the next person finds.

use std::fs;
use std::future::ready;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use holdfast_engine::PinHash;
use holdfast_tests::{Answer, Echo, Page, Polls, Process, Windows, World, kill_pages, until};
use tokio::net::UnixDatagram;
use tokio::time;

const HEADING: &str = "document.querySelector('h1').textContent";
/// A place on the display with nothing of a page but its ground.
const NOTHING: (u32, u32) = (640, 780);
/// What a page has that was neither left nor loaded again.
const MARK: &str = "window.isTheSame = true";

/// The polls site in a terminal with this in its `[kiosk]`, not yet started.
async fn closed(rules: &str) -> (World<Polls>, Windows) {
    let mut world = World::polls_apart().await;
    let profile = fs::read_to_string(&world.settings.profile).unwrap();
    fs::write(&world.settings.profile, format!("{profile}\n[kiosk]\n{rules}\n")).unwrap();
    world.settings.words = vec!["--kiosk".to_owned()];
    let windows = world.windows().await;
    (world, windows)
}

async fn terminal(rules: &str) -> (World<Polls>, Windows, Page) {
    let (mut world, windows) = closed(rules).await;
    world.open().await;
    let page = world.page();
    page.at("/polls/").await;
    page.until("window.innerWidth === 1280 && window.innerHeight === 900").await;
    world.installed().await;
    until_painted(&windows, || world.app().log()).await;
    (world, windows, page)
}

/// Waits until what the page is shows on the display, and not only what lies over it until then.
async fn until_painted(windows: &Windows, log: impl Fn() -> String) {
    let is_painted = || {
        let log = log();
        let since = log.rsplit("the page's process has ended").next().unwrap_or_default();
        since.contains("the page is painted") && windows.colours() > 30
    };
    until("the page is painted", || ready(is_painted().then_some(()))).await;
}

/// Waits until the display shows that the session ends: everything else is dimmed.
async fn until_counted_down(windows: &Windows) {
    let is_dim = || windows.colour_at([NOTHING.0, NOTHING.1]).iter().all(|value| *value < 0x80);
    until("the countdown is painted", || ready(is_dim().then_some(()))).await;
}

/// Waits until the page that was marked is another one, with this heading.
async fn until_another(page: &Page, heading: &str) {
    page.until(&format!("!window.isTheSame && {HEADING} === '{heading}'")).await;
}

#[tokio::test]
async fn keys_and_menus_lead_nowhere_in_a_terminal() {
    let (world, windows, page) = terminal("").await;
    page.follow("Is the sky blue?").await;
    page.at("/polls/1/").await;
    page.js(MARK).await;
    let before = windows.count();
    windows.click_at((600, 600), 1, 1);
    windows.keys(&[
        "ctrl+l",
        "ctrl+s",
        "ctrl+q",
        "ctrl+w",
        "ctrl+p",
        "ctrl+r",
        "ctrl+plus",
        "ctrl+minus",
        "ctrl+shift+i",
        "ctrl+shift+c",
        "F5",
        "F10",
        "F11",
        "F12",
        "alt+Left",
        "alt+F4",
        "Menu",
        "shift+F10",
        "XF86Back",
        "XF86Reload",
        "XF86HomePage",
        "Super_L",
    ]);
    for button in [3, 8, 9] {
        windows.click_at((600, 600), button, 1);
    }
    // What comes after them arrives, and so they have all been seen to.
    page.js("document.querySelector('#choice2').focus()").await;
    windows.keys(&["space"]);
    page.until("document.querySelector('#choice2').checked").await;
    assert_eq!(page.js("return [window.isTheSame, location.pathname]").await[0], true);
    assert_eq!(page.js("return location.pathname").await, "/polls/1/");
    assert_eq!(page.js("return window.innerWidth").await, 1280);
    assert_eq!(windows.count(), before, "{:?}", windows.list());
    assert!(world.app().is_running());
    page.screenshot("kiosk").await;
}

#[tokio::test]
async fn the_public_stays_on_the_pages_that_are_allowed() {
    let (world, windows, page) = terminal("allow = [\"/polls/\", \"/polls/1/*\"]").await;
    page.js(MARK).await;
    for elsewhere in ["/admin/", "/polls/2/", "https://example.org/", "mailto:a@example.org"] {
        page.js(&format!("location.href = '{elsewhere}'")).await;
        page.js(&format!("window.open('{elsewhere}')")).await;
        page.js(&format!(
            "const a = Object.assign(document.createElement('a'), {{ href: '{elsewhere}', target: '_blank' }});\
             document.body.append(a); a.click(); a.remove()"
        ))
        .await;
    }
    assert_eq!(page.js("return window.isTheSame").await, true);
    page.js("location.href = '/polls/1/'").await;
    page.at("/polls/1/").await;
    // What wants a window of its own opens in this one.
    page.follow("Questions in a new window").await;
    page.at("/polls/").await;
    assert_eq!(page.windows().await, 1);
    assert!(!world.app().log().contains("xdg-open"), "{}", world.app().log());
    drop(windows);
}

/// A terminal without a driver, which loses its session with the page's process.
struct Alone {
    terminal: Process,
}

impl Alone {
    fn start(world: &World<impl Sized>) -> Self {
        Self { terminal: world.start("the terminal", &["--kiosk"]) }
    }

    fn count(&self, text: &str) -> usize {
        self.terminal.log().matches(text).count()
    }

    /// Waits until the log has said something so often.
    async fn until(&self, text: &str, times: usize) {
        let what = format!("the terminal says {text:?} {times} times");
        until(&what, || ready((self.count(text) >= times).then_some(()))).await;
    }
}

/// What the log says of each page whose script has begun to run.
const OPENED: &str = "a page is opened path=";

/// A page with what a terminal saves and prints, and which tries both.
const HANDING_OUT: &str = "<!doctype html><title>A page</title><h1>A page</h1>\
    <a href=/report>Report</a> <a href=/ download=page.html>Page</a><script>\
    onload = () => setTimeout(() => {\
      print();\
      for (const link of document.links) link.click();\
      fetch('/tried');\
    }, 3000);\
    </script>";

/// Without a driver: where there is one, nothing is printed.
#[tokio::test]
async fn the_public_saves_nothing_and_prints_only_where_that_is_allowed() {
    for (rules, may_print) in [("", false), ("print = true\nhang = \"2s\"", true)] {
        let site = Echo::start(|request| {
            Some(match request.path.as_str() {
                "/report" => Answer::of("application/pdf", "a report")
                    .with("content-disposition", "attachment; filename=report.pdf"),
                _ => Answer::html(HANDING_OUT),
            })
        });
        let profile = format!("{}\n[kiosk]\n{rules}\n", site.profile());
        let world = World::not_yet_open_apart(site, &profile).await;
        let windows = world.windows().await;
        let alone = Alone::start(&world);
        if may_print {
            until("it can be printed", || ready((windows.count() > 2).then_some(()))).await;
            windows.screenshot("kiosk-print");
            // Longer than a page may say nothing that asks for nothing.
            tokio::time::sleep(Duration::from_secs(4)).await;
            windows.key("Escape");
        }
        let tried = || !world.site.received("GET", "/tried").is_empty();
        until("the page has tried it", || ready(tried().then_some(()))).await;
        windows.click_at(NOTHING, 1, 1);
        alone.until("the pointer is hidden", 1).await;
        // Neither left nor started afresh, and with nothing over it.
        assert_eq!(alone.count(OPENED), 1);
        assert_eq!(windows.count(), 2, "{:?}", windows.list());
        let saved = fs::read_dir(world.downloads()).into_iter().flatten().count();
        assert_eq!(saved, 0);
    }
}

/// A terminal whose page opens a dialog when it is touched.
async fn with_dialog(rules: &str, script: &str) -> (World<Echo>, Windows, Alone) {
    let page = format!(
        "<!doctype html><title>A page</title><h1>A page</h1><input type=file>\
         <script>onclick = (event) => {{ if (event.isTrusted) {{ {script}; fetch('/tried') }} }}</script>"
    );
    let site = Echo::start(move |_| Some(Answer::html(&page)));
    let profile = format!("{}\n[kiosk]\n{rules}\n", site.profile());
    let world = World::not_yet_open_apart(site, &profile).await;
    let windows = world.windows().await;
    let alone = Alone::start(&world);
    (world, windows, alone)
}

const CHOOSE: &str = "document.querySelector('input').click()";

/// It waits for its person, who may have gone.
#[tokio::test]
async fn a_dialog_goes_with_its_session() {
    for (rule, script) in [("print = true", "print()"), ("files = true", CHOOSE)] {
        let (_world, windows, alone) = with_dialog(&format!("{rule}\nidle = \"6s\""), script).await;
        for session in 1..=2 {
            alone.until(OPENED, session).await;
            until_painted(&windows, || alone.terminal.log()).await;
            windows.click_at(NOTHING, 1, 1);
            until("there is a dialog", || ready((windows.count() > 2).then_some(()))).await;
            alone.until("a session has ended", session).await;
            let is_alone = || windows.count() == 2;
            until("the dialog has gone", || ready(is_alone().then_some(()))).await;
        }
    }
}

#[tokio::test]
async fn the_public_looks_into_no_folder_of_the_machine() {
    let (world, windows, alone) = with_dialog("", CHOOSE).await;
    until_painted(&windows, || alone.terminal.log()).await;
    windows.click_at(NOTHING, 1, 1);
    let tried = || !world.site.received("GET", "/tried").is_empty();
    until("the page has tried it", || ready(tried().then_some(()))).await;
    alone.until("the pointer is hidden", 1).await;
    assert_eq!(windows.count(), 2, "{:?}", windows.list());
}

#[tokio::test]
async fn a_page_whose_process_is_killed_is_back_within_three_seconds() {
    let (world, windows) = closed("").await;
    let started = Instant::now();
    let alone = Alone::start(&world);
    alone.until(OPENED, 1).await;
    // On a machine that is busy with other tests nothing is quick.
    let limit = Duration::from_secs(3).max(started.elapsed());
    until_painted(&windows, || alone.terminal.log()).await;
    // To another page than the first.
    windows.keys(&["Tab", "Tab", "Return"]);
    alone.until(OPENED, 2).await;
    let page = || {
        let log = alone.terminal.log();
        let last = log.rsplit(OPENED).next().unwrap_or_default();
        last.lines().next().unwrap_or_default().to_owned()
    };
    // The first that comes leads on.
    until("that page is there", || ready((!page().contains("latest")).then_some(()))).await;
    let before = page();
    let (opened, killed) = (alone.count(OPENED), Instant::now());
    kill_pages(alone.terminal.id());
    alone.until(OPENED, opened + 1).await;
    let took = killed.elapsed();
    println!("the page was back after {took:?}");
    assert!(took < limit, "{took:?}, and {limit:?} at most");
    assert_eq!(page(), before);
    // The public is told nothing of it.
    assert_eq!(alone.count("the page says that it was restarted"), 0);
}

/// WebKitGTK may show nothing of what comes after such a one.
#[tokio::test]
async fn a_page_that_is_killed_before_it_was_painted_is_seen_all_the_same() {
    for pause in [0, 100, 200, 300] {
        let (world, windows) = closed("").await;
        let alone = Alone::start(&world);
        alone.until(OPENED, 1).await;
        time::sleep(Duration::from_millis(pause)).await;
        kill_pages(alone.terminal.id());
        until_painted(&windows, || alone.terminal.log()).await;
    }
}

#[tokio::test]
async fn a_page_that_ends_again_and_again_makes_room_for_a_quiet_one() {
    let (world, windows) = closed("").await;
    let alone = Alone::start(&world);
    for opened in 1..=4 {
        alone.until(OPENED, opened).await;
        kill_pages(alone.terminal.id());
    }
    alone.until("ends again and again", 1).await;
    until_painted(&windows, || alone.terminal.log()).await;
    windows.screenshot("kiosk-quiet");
    assert_eq!(alone.count("the page's process has ended reason=Crashed"), 4);
}

/// A site whose page does something the first time it is shown, in a terminal.
async fn bad_the_first_time(script: &'static str, rules: &str) -> (World<Echo>, Windows) {
    let is_first = AtomicBool::new(true);
    let site = Echo::start(move |request| {
        let script = if request.path == "/" && is_first.swap(false, Ordering::Relaxed) {
            script
        } else {
            ""
        };
        Some(Answer::html(&format!(
            "<!doctype html><title>A page</title><h1>A page</h1><script>{script}</script>"
        )))
    });
    let profile = format!("{}\n[kiosk]\n{rules}\n", site.profile());
    let world = World::not_yet_open_apart(site, &profile).await;
    let windows = world.windows().await;
    (world, windows)
}

#[tokio::test]
async fn a_page_that_hangs_is_started_afresh() {
    let hang = "setTimeout(() => { for (;;); }, 2000)";
    let (world, _windows) = bad_the_first_time(hang, "hang = \"2s\"").await;
    let alone = Alone::start(&world);
    alone.until("the page says nothing any more", 1).await;
    alone.until(OPENED, 2).await;
}

/// What systemd would start again.
#[tokio::test]
async fn a_supervisor_hears_of_the_terminal_as_long_as_its_page_answers() {
    let hang = "setTimeout(() => { for (;;); }, 5000)";
    let (mut world, _windows) = bad_the_first_time(hang, "hang = \"8s\"").await;
    let folder = tempfile::tempdir().unwrap();
    let address = folder.path().join("notify");
    let supervisor = UnixDatagram::bind(&address).unwrap();
    let address = address.display().to_string();
    world.settings.environment.push(("NOTIFY_SOCKET".to_owned(), address));
    // What it says within so many seconds.
    let said = async |seconds: u64| {
        let mut said = [0; 64];
        let length = time::timeout(Duration::from_secs(seconds), supervisor.recv(&mut said)).await;
        let said = said.get(..length.ok()?.unwrap())?;
        Some(String::from_utf8_lossy(said).trim().to_owned())
    };
    let alone = Alone::start(&world);
    assert_eq!(said(60).await.as_deref(), Some("READY=1"));
    assert_eq!(said(60).await.as_deref(), Some("WATCHDOG=1"));
    // It is asked every two seconds, and says nothing while it hangs.
    while said(5).await.is_some() {}
    alone.until("the page says nothing any more", 1).await;
    assert_eq!(said(60).await.as_deref(), Some("WATCHDOG=1"));
}

#[tokio::test]
async fn a_page_that_takes_too_much_memory_is_started_afresh() {
    let grow =
        "window.held = []; setInterval(() => held.push(new Uint8Array(32 << 20).fill(1)), 200)";
    let rules = "memory = \"700 MiB\"\nhang = \"60s\"";
    let (world, _windows) = bad_the_first_time(grow, rules).await;
    let alone = Alone::start(&world);
    alone.until("the page takes too much memory", 1).await;
    alone.until(OPENED, 2).await;
}

#[tokio::test]
async fn a_terminal_that_nobody_uses_loads_its_page_afresh_at_its_time() {
    let (_world, _windows, page) = terminal("reload = \"5s\"").await;
    page.js(MARK).await;
    until_another(&page, "Questions").await;
}

#[tokio::test]
async fn a_terminal_that_nobody_uses_loads_its_page_afresh_when_the_site_is_back() {
    let (mut world, _windows, page) = terminal("").await;
    world.site.kill();
    page.until_bar("offline").await;
    world.site.start_again().await;
    page.until_no_bar().await;
    assert_eq!(page.text(HEADING).await, "Questions");
}

#[tokio::test]
async fn a_terminal_that_starts_without_a_network_waits_and_goes_on_by_itself() {
    let (mut world, windows) = closed("").await;
    world.site.kill();
    world.open().await;
    let page = world.page();
    page.at("/polls/").await;
    page.until("document.body?.innerText.includes('waiting for a connection')").await;
    until_painted(&windows, || world.app().log()).await;
    windows.screenshot("kiosk-first-start");
    world.site.start_again().await;
    page.until(&format!("document.querySelector('h1') && {HEADING} === 'Questions'")).await;
}

#[tokio::test]
async fn the_next_seconds_are_counted_down_over_the_page_until_somebody_is_there() {
    let (_world, windows, page) = terminal("idle = \"16s\"").await;
    // The driver touches nothing.
    windows.click_at(NOTHING, 1, 1);
    let said = "document.querySelector('holdfast-countdown')?.shadowRoot.textContent";
    page.until(&format!("{said}?.includes('Are you still here?')")).await;
    page.screenshot("kiosk-countdown").await;
    until_counted_down(&windows).await;
    windows.screenshot("kiosk-countdown-display");
    windows.click_at(NOTHING, 1, 1);
    page.until("!document.querySelector('holdfast-countdown')").await;
}

/// A page that says to its site what it finds, and then leaves something of its person behind.
const LEAVING: &str = "<!doctype html><title>A poll</title><form method=post action=/vote>\
    <input name=choice autofocus><button>Vote</button></form><script>\
    const found = [document.cookie, localStorage.length, sessionStorage.length, history.length,\
                   document.querySelector('input').value];\
    fetch('/found?' + encodeURIComponent(JSON.stringify(found)));\
    document.cookie = 'mine=secret; path=/; max-age=1000';\
    localStorage.setItem('mine', 'secret');\
    sessionStorage.setItem('mine', 'secret');\
    history.pushState({}, '', '#further');\
    </script>";

#[tokio::test]
async fn the_next_person_finds_nothing_and_what_waits_is_sent_all_the_same() {
    let is_busy = Arc::new(AtomicBool::new(true));
    let all_found = Arc::new(Mutex::new(Vec::new()));
    let site = Echo::start({
        let (is_busy, all_found) = (Arc::clone(&is_busy), Arc::clone(&all_found));
        move |request| match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/") => Some(Answer::html(LEAVING).with("vary", "Cookie")),
            ("POST", "/vote") if is_busy.load(Ordering::Relaxed) => {
                let busy = Answer::html("<h1>Busy</h1>").status(503);
                // Longer than a session; by itself it would be tried at any time.
                Some(busy.with("retry-after", "30"))
            }
            ("POST", "/vote") => Some(Answer::redirect(303, "/done")),
            (_, path) if path.starts_with("/found?") => {
                all_found.lock().unwrap().push(path.to_owned());
                Some(Answer::html(""))
            }
            _ => Some(Answer::html("<h1>Done</h1>")),
        }
    });
    let profile = format!(
        "{}\n[[route]]\nname = \"votes\"\nwhen = {{ path = \"/vote\", method = \"POST\" }}\n\
         strategy = \"network-only\"\n[route.outbox]\nkind = \"vote\"\naccept = {{ redirect = \"/done\" }}\n\
         [kiosk]\nidle = \"12s\"\n",
        site.profile()
    );
    let world = World::not_yet_open_apart(site, &profile).await;
    let windows = world.windows().await;
    let alone = Alone::start(&world);
    let found = || all_found.lock().unwrap().clone();
    let votes = || world.site.received("POST", "/vote");
    until("the first person is there", || ready((found().len() == 1).then_some(()))).await;
    until_painted(&windows, || alone.terminal.log()).await;
    windows.click_at(NOTHING, 1, 1);
    windows.click_at((60, 20), 1, 1);
    windows.keys(&["m", "i", "n", "e", "Return"]);
    until("they have voted", || ready((!votes().is_empty()).then_some(()))).await;
    // The last seconds are counted.
    let counted = "it is counted down";
    alone.until(counted, 3).await;
    until_counted_down(&windows).await;
    windows.screenshot("kiosk-countdown-waiting");
    // Somebody who is there says so by whatever they touch, and then goes.
    let before = alone.count("nobody is counted out");
    windows.click_at(NOTHING, 1, 1);
    alone.until("nobody is counted out", before + 1).await;
    alone.until("a session has ended", 1).await;
    until("the next person is there", || ready((found().len() == 2).then_some(()))).await;
    until_painted(&windows, || alone.terminal.log()).await;
    windows.screenshot("kiosk-next");
    let both = found();
    assert_eq!(both[0], both[1], "the next finds what the first has found");
    is_busy.store(false, Ordering::Relaxed);
    // What waits is tried again by itself, as whose it is.
    let sent = until("the vote has arrived", || {
        ready(votes().into_iter().rev().find(|_| alone.count("Delivered") > 0))
    })
    .await;
    assert_eq!(sent.header("cookie"), Some("mine=secret"));
    assert_eq!(sent.body, b"choice=mine");
}

#[tokio::test]
async fn nobody_but_who_knows_the_pin_ends_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pin");
    fs::write(&file, format!("{}\n", PinHash::of("4711").unwrap())).unwrap();
    let rules = format!("pin = {{ file = \"{}\" }}", file.display());
    let (world, windows, _page) = terminal(&rules).await;
    let before = windows.count();
    windows.click_at((10, 10), 1, 4);
    windows.click_at((600, 600), 1, 1);
    windows.click_at((10, 10), 1, 4);
    windows.click_at((10, 10), 1, 1);
    until("the number pad is there", || ready((windows.count() > before).then_some(()))).await;
    windows.screenshot("kiosk-pad");
    windows.press_in("PIN", &["1", "2", "3", "4", "Return"]).await;
    world.logged("a wrong PIN was entered").await;
    windows.screenshot("kiosk-pad-wrong");
    assert!(world.app().is_running());
    windows.press_in("PIN", &["4", "7", "1", "1", "Return"]).await;
    until("the app ends", || ready((!world.app().is_running()).then_some(()))).await;
}

#[tokio::test]
async fn without_a_pin_there_is_no_pad() {
    let (world, windows, page) = terminal("").await;
    let before = windows.count();
    windows.click_at((10, 10), 1, 5);
    // By then the taps have been seen to.
    page.follow("Is the sky blue?").await;
    page.at("/polls/1/").await;
    assert_eq!(windows.count(), before, "{:?}", windows.list());
    assert!(world.app().is_running());
}
