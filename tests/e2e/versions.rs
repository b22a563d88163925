//! A new version of what is installed, and what stands in for what is missing.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use fantoccini::key::Key;
use holdfast_tests::{Answer, Echo, World};

const ASSET: &str = "return await (await fetch('/asset.txt')).text()";
/// Opens a frame and asks from within it.
const FRAME: &str = "
    const frame = document.createElement('iframe');
    frame.src = '/frame';
    document.body.append(frame);
    await new Promise((loaded) => frame.addEventListener('load', loaded));
    return await (await frame.contentWindow.fetch('/asset.txt')).text()";

fn profile(site: &Echo, version: &str) -> String {
    format!(
        "{}version = \"{version}\"\n\n\
         [install]\nrequired = [\"/asset.txt\", \"/late.txt\"]\n\n\
         [[route]]\nname = \"assets\"\nwhen = {{ path = \"/*.txt\" }}\nstrategy = \"cache-first\"\n",
        site.profile()
    )
}

/// Holds an answer back until it is let go.
#[derive(Default)]
struct Gate {
    is_open: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    fn open(&self) {
        *self.is_open.lock().unwrap() = true;
        self.opened.notify_all();
    }

    fn pass(&self) {
        drop(self.opened.wait_while(self.is_open.lock().unwrap(), |is_open| !*is_open).unwrap());
    }
}

#[tokio::test]
async fn an_open_page_keeps_its_version_until_it_navigates() {
    let is_second = Arc::new(AtomicBool::new(false));
    let gate = Arc::new(Gate::default());
    let (second, late) = (Arc::clone(&is_second), Arc::clone(&gate));
    let site = Echo::start(move |request| {
        let is_second = second.load(Ordering::Relaxed);
        match request.path.as_str() {
            "/asset.txt" => {
                let text = if is_second { "second" } else { "first" };
                Some(Answer::of("text/plain", text))
            }
            "/late.txt" => {
                if is_second {
                    late.pass();
                }
                Some(Answer::of("text/plain", "late"))
            }
            _ => Some(Answer::html("<title>x</title><form><input name=a></form>")),
        }
    });
    let first = profile(&site, "1");
    let mut world = World::of(site, &first).await;
    world.installed().await;
    world.page().at("/").await;
    assert_eq!(world.page().promise(ASSET).await, "first");

    world.close().await;
    is_second.store(true, Ordering::Relaxed);
    fs::write(&world.settings.profile, profile(&world.site, "2")).unwrap();
    world.open().await;
    let page = world.page();
    page.at("/").await;
    page.type_into("input", "half a word").await;
    assert_eq!(page.promise(ASSET).await, "first", "the second is not complete");
    gate.open();
    world.logged("complete and waits for a navigation").await;
    assert_eq!(page.promise(ASSET).await, "first", "the page is open still");
    assert_eq!(page.promise(FRAME).await, "second", "a frame is a page of its own");
    assert_eq!(page.promise(ASSET).await, "first", "the page around it is open still");
    assert_eq!(page.text("document.querySelector('input').value").await, "half a word");
    page.visit("/other").await;
    page.at("/other").await;
    assert_eq!(page.promise(ASSET).await, "second");
}

#[tokio::test]
async fn a_hard_reload_asks_the_site_for_everything() {
    let site = Echo::start(|request| match request.path.as_str() {
        "/a.css" => Some(Answer::of("text/css", "h1 { color: red }")),
        _ => Some(Answer::html("<title>x</title><link rel=stylesheet href=/a.css><h1>Page</h1>")),
    });
    let profile = format!(
        "{}\n[[route]]\nname = \"all\"\nwhen = {{ path = \"/*\" }}\nstrategy = \"cache-first\"\n",
        site.profile()
    );
    let world = World::of(site, &profile).await;
    let page = world.page();
    page.at("/").await;
    let asked = || ["/", "/a.css"].map(|path| world.site.received("GET", path).len());
    page.leave(async { page.press(&[Key::F5]).await }).await;
    page.at("/").await;
    assert_eq!(asked(), [1, 1], "what is stored is enough for a reload");
    page.leave(async { page.press(&[Key::Shift, Key::F5]).await }).await;
    page.at("/").await;
    assert_eq!(asked(), [2, 2]);
}

#[tokio::test]
async fn an_image_never_seen_is_the_sites_own_in_its_place() {
    let svg = |width: u32| {
        format!("<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='10'></svg>")
    };
    let is_gone = Arc::new(AtomicBool::new(false));
    let gone = Arc::clone(&is_gone);
    let site = Echo::start(move |request| match request.path.as_str() {
        "/none.svg" => Some(Answer::of("image/svg+xml", svg(33))),
        "/" => Some(Answer::html("<title>x</title><h1>Page</h1>")),
        path if path.ends_with(".svg") => {
            let answer = Answer::of("image/svg+xml", svg(44));
            Some(if gone.load(Ordering::Relaxed) { answer.status(503) } else { answer })
        }
        _ => None,
    });
    let profile = format!(
        "{}\n[install]\nrequired = [\"/none.svg\"]\n\n[fallback]\nimage = \"/none.svg\"\n\n\
         [[route]]\nname = \"images\"\nwhen = {{ path = \"/never/*\" }}\nstrategy = \"cache-only\"\n",
        site.profile()
    );
    let world = World::of(site, &profile).await;
    world.installed().await;
    let page = world.page();
    page.at("/").await;
    let width = |path: &str| {
        format!(
            "const image = new Image(); image.src = '{path}';\
             await image.decode(); return image.naturalWidth"
        )
    };
    assert_eq!(page.promise(&width("/seen.svg")).await, 44);
    assert_eq!(page.promise(&width("/never/seen.svg")).await, 33);
    is_gone.store(true, Ordering::Relaxed);
    assert_eq!(page.promise(&width("/seen.svg")).await, 44, "what is stored is better");
}
