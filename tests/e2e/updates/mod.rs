//! Newer versions of the app, as it is told of them by a server, and installs them as a package.
//!
//! The package is no real one: what would install it, with a password of the administrator,
//! notes what it is given. The key that signed it is gone; `package.deb.sig` signs these bytes
//! as version 9.9.9.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};

use fantoccini::key::Key;
use holdfast_tests::{Answer, Echo, Page, Polls, Received, World, until};
use serde_json::json;

const PACKAGE: &[u8] = include_bytes!("package.deb");
const SIGNATURE: &str = include_str!("package.deb.sig");
const KEY: &str = include_str!("key.pub");

/// Where the Library says which version the app is.
const ROW: &str = "document.querySelector('holdfast-library').shadowRoot\
                   .querySelector('holdfast-settings').shadowRoot\
                   .querySelector('holdfast-version').shadowRoot";
/// What it says there.
const SAID: &str = ".textContent.replace(/\\s+/g, ' ').trim()";

/// Asks a page whether something is entered on it.
const IS_ENTERED: &str = include_str!("../../../src-tauri/src/updates/entered.js");

/// Parts of a page, and whether something is entered there.
const PARTS: [(&str, bool); 4] = [
    ("<p contenteditable></p>", false),
    ("<p contenteditable><b>written</b></p>", true),
    ("<p contenteditable=false>printed</p>", false),
    ("<div><template shadowrootmode=open><input></template></div>", true),
];

/// What a server says: the version, and the package it leads to.
type Offer = (&'static str, &'static [u8]);

/// A server of updates, which offers what it is told to.
fn server(offer: &Arc<Mutex<Offer>>) -> Echo {
    let offer = Arc::clone(offer);
    Echo::start(move |request: &Received| {
        let (version, package) = *offer.lock().unwrap();
        if request.path == "/package.deb" {
            return Some(Answer::of("application/octet-stream", package));
        }
        let url = format!("http://{}/package.deb", request.header("host")?);
        let platform = json!({ "url": url, "signature": SIGNATURE.trim() });
        let platforms = json!({ "linux-x86_64-deb": platform, "linux-aarch64-deb": platform });
        let release = json!({ "version": version, "platforms": platforms });
        Some(Answer::of("application/json", release.to_string()))
    })
}

/// The app as a package has it, on the polls site, told to ask `server`.
async fn world(server: &Echo) -> World<Polls> {
    let mut world = World::polls_apart().await;
    world.settings.program = packaged(&world);
    // What asks for the administrator's password and then runs what follows.
    let programs = world.path("programs");
    fs::create_dir(&programs).unwrap();
    let asks = format!(
        "#!/bin/sh\necho \"$@\" >{0}\ncp \"$3\" {0}.deb\n",
        world.path("installed").display()
    );
    let pkexec = programs.join("pkexec");
    fs::write(&pkexec, asks).unwrap();
    fs::set_permissions(&pkexec, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let endpoint = format!("{}/latest.json?{{{{current_version}}}}", server.origin());
    world.settings.environment = [
        ("PATH", path),
        ("HOLDFAST_TEST_UPDATE_ENDPOINT", endpoint),
        ("HOLDFAST_TEST_UPDATE_KEY", KEY.trim().to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    world.open().await;
    world.page().at("/polls/").await;
    world
}

/// The app's program as Tauri's bundler puts it into a `.deb`: it knows that it lies in one.
fn packaged(world: &World<Polls>) -> PathBuf {
    const UNKNOWN: &[u8] = b"__TAURI_BUNDLE_TYPE_VAR_UNK";
    let mut program = fs::read(&world.settings.program).unwrap();
    let at = memchr::memmem::find(&program, UNKNOWN).expect("the program says what it lies in");
    program[at..at + UNKNOWN.len()].copy_from_slice(b"__TAURI_BUNDLE_TYPE_VAR_DEB");
    let packaged = world.path("holdfast-app");
    fs::write(&packaged, program).unwrap();
    fs::set_permissions(&packaged, fs::Permissions::from_mode(0o755)).unwrap();
    packaged
}

async fn open_settings(page: &Page) {
    page.press_letter(Key::Control, 'l').await;
    page.look_at_library().await;
    page.go_to("settings").await;
}

/// Waits until the row says something.
async fn until_said(page: &Page, expected: &str) {
    page.until(&format!("{ROW}?.querySelector('.what')?{SAID} === {}", json!(expected))).await;
}

async fn press(page: &Page) {
    page.js(&format!("{ROW}.querySelector('button').click()")).await;
}

/// Takes a picture with the row in it.
async fn see(page: &Page, name: &str) {
    page.js(&format!("{ROW}.host.scrollIntoView()")).await;
    page.screenshot(name).await;
}

/// The processes of a test's app, by the folder that they keep what they store in.
struct Started(String);

impl Started {
    fn all(&self) -> Vec<u32> {
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let is_ours = |process: &u32| {
            let words = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&words).contains(&self.0)
        };
        numbers.filter(is_ours).collect()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        for process in self.all() {
            let _ = Command::new("kill").args(["-KILL", &process.to_string()]).status();
        }
    }
}

#[tokio::test]
async fn a_newer_version_is_installed_when_the_person_agrees_and_nothing_is_in_the_way() {
    let offer = Arc::new(Mutex::new(("9.9.9", PACKAGE)));
    let server = server(&offer);
    let world = world(&server).await;
    // The app that is started anew has no driver that would end it.
    let started = Started(world.path("store").display().to_string());
    let page = world.page();
    page.visit("/polls/1/").await;
    page.at("/polls/1/").await;
    // By itself, a moment after the start.
    let asked = server.first("GET", "/latest.json?0.1.0").await;
    assert_eq!(asked.header("cookie"), None);
    server.first("GET", "/package.deb").await;
    world.logged("an update is ready").await;
    assert!(!world.path("installed").exists());

    let (_, is_entered) = IS_ENTERED.split_at(IS_ENTERED.find("(() =>").unwrap());
    for (part, expected) in PARTS {
        let script = format!(
            "const part = document.body.appendChild(document.createElement('div'));\
             part.innerHTML = {};\
             for (const template of part.querySelectorAll('template')) {{\
               const root = template.parentElement.attachShadow({{ mode: 'open' }});\
               root.append(template.content);\
               root.querySelector('input').value = 'entered';\
             }}\
             try {{ return {is_entered}\n }} finally {{ part.remove() }}",
            json!(part)
        );
        assert_eq!(page.js(&script).await, expected, "{part}");
    }

    page.click("#choice1").await;
    open_settings(&page).await;
    until_said(&page, "Version 0.1.0 An update to version 9.9.9 is ready.").await;
    press(&page).await;
    let message = format!("{ROW}.querySelector('.message'){SAID}");
    page.until(&format!("{message}.startsWith('Something is entered on a page')")).await;
    see(&page, "update-in-the-way").await;
    assert!(!world.path("installed").exists());

    page.look_at_site().await;
    page.visit("/polls/").await;
    page.at("/polls/").await;
    page.look_at_library_as_it_is().await;
    let before = world.app().id();
    press(&page).await;
    until("the package is installed", || {
        std::future::ready(world.path("installed").exists().then_some(()))
    })
    .await;
    until("the app is started anew", || {
        let anew = started.all().into_iter().any(|process| process != before);
        std::future::ready((anew && !world.app().is_running()).then_some(()))
    })
    .await;
    let installed = fs::read_to_string(world.path("installed")).unwrap();
    assert!(installed.starts_with("dpkg -i ") && installed.ends_with(".deb\n"), "{installed}");
    assert_eq!(fs::read(world.path("installed.deb")).unwrap(), PACKAGE);
    let log = world.app().log();
    assert_eq!(log.matches("an update is installed, and the app starts anew").count(), 1);
    assert!(!log.contains("did not end in time"), "{log}");
}

#[tokio::test]
async fn what_is_not_signed_as_it_has_to_be_is_not_taken() {
    let offer: Arc<Mutex<Offer>> =
        Arc::new(Mutex::new(("9.9.9", b"!<arch>\ndebian-binary   of somebody else")));
    let server = server(&offer);
    let world = world(&server).await;
    let page = world.page();
    open_settings(&page).await;
    page.until(&format!("{ROW}?.querySelector('button') !== null")).await;
    press(&page).await;
    let failed = "Version 0.1.0 Whether there is an update could not be found out.";
    until_said(&page, failed).await;
    // What was signed is of another version than is said: it may be an old one.
    *offer.lock().unwrap() = ("10.0.0", PACKAGE);
    press(&page).await;
    world.logged("10.0.0").await;
    until_said(&page, failed).await;
    *offer.lock().unwrap() = ("0.1.0", PACKAGE);
    press(&page).await;
    until_said(&page, "Version 0.1.0 Up to date.").await;
    *offer.lock().unwrap() = ("9.9.9", PACKAGE);
    press(&page).await;
    until_said(&page, "Version 0.1.0 An update to version 9.9.9 is ready.").await;
    see(&page, "update-ready").await;
    assert!(!world.path("installed").exists());
}

/// With the settings open, and asked to look: the app speaks to its site and to nobody outside of
/// the machine, where the driver is too, and wants to know no name.
#[tokio::test]
async fn without_an_endpoint_nobody_is_asked() {
    let mut world = World::polls_apart().await;
    let (calls, script) = (world.path("calls"), world.path("traced"));
    let program = packaged(&world);
    // The tracer is beside the app, which is the process that was started.
    let traced = format!(
        "#!/bin/sh\nexec strace -D -f -qq -e trace=connect,sendto,sendmsg,sendmmsg -o {} {} \"$@\"\n",
        calls.display(),
        program.display()
    );
    fs::write(&script, traced).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    world.settings.program = script;
    world.open().await;
    let page = world.page();
    page.at("/polls/").await;
    world.installed().await;
    world.logged("nobody is asked for newer versions").await;
    open_settings(&page).await;
    until_said(&page, "Version 0.1.0").await;
    let look = "return await __TAURI_INTERNALS__.invoke('look_for_update')";
    let said = page.promise(look).await;
    assert_eq!(said, json!({ "version": "0.1.0", "state": "off", "next": null }));
    let port = world.site.origin().rsplit(':').next().unwrap().to_owned();
    let calls = fs::read_to_string(calls).unwrap();
    let is_here = |call: &&str| call.contains("inet_addr(\"127.") && !call.contains("htons(53)");
    let addressed = calls.lines().filter(|call| call.contains("sa_family=AF_INET"));
    let elsewhere: Vec<&str> = addressed.filter(|call| !is_here(call)).collect();
    assert!(calls.contains(&format!("htons({port})")), "the site is asked:\n{calls}");
    assert!(elsewhere.is_empty(), "{elsewhere:#?}");
}
