//! The app under the control of WebDriver.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use fantoccini::ClientBuilder;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::time;

use super::desktop::Desktop;
use super::driver::Driver;
use super::page::Page;
use super::process::{ENDING, Process, children_of, is_listed, is_running, send};
use super::until::{DEADLINE, until};

/// What the app writes into its log.
pub(super) const LOGGED: &str = "holdfast_engine=debug,holdfast_app=debug";

/// How the app is started.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What is started: the app, or something to measure it against.
    pub program: PathBuf,
    /// The profile of the site.
    pub profile: PathBuf,
    /// Where it keeps what it stores.
    pub data: PathBuf,
    /// Where the logs go.
    pub logs: PathBuf,
    /// What is said to it on its command line beside that.
    pub words: Vec<String>,
    /// What its environment has beside or instead of the desktop's.
    pub environment: Vec<(String, String)>,
}

/// The running app, ended when this is dropped.
pub struct App {
    /// What its window shows.
    pub page: Page,
    /// The app's own process.
    id: u32,
    driver: Process,
}

impl App {
    /// Starts it.
    ///
    /// # Panics
    ///
    /// If it does not open a window.
    pub async fn start(desktop: &Desktop, settings: &Settings) -> Self {
        let (driver, address) = start_driver(desktop, settings).await;
        let mut app = vec!["--pdeathsig".into(), "KILL".into(), "--".into()];
        app.push(path(&settings.program));
        app.extend(["--site".into(), path(&settings.profile)]);
        app.extend(["--data".into(), path(&settings.data)]);
        app.extend(settings.words.iter().cloned());
        // The driver does not wait for pages: each test waits for what it wants to see.
        let capabilities = json!({
            "webkitgtk:browserOptions": { "binary": "setpriv", "args": app },
            "pageLoadStrategy": "none",
        });
        let capabilities = capabilities.as_object().expect("it is one").clone();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let session = builder.capabilities(capabilities).connect(&address);
        let client = match time::timeout(DEADLINE, session).await {
            Ok(Ok(client)) => client,
            Ok(Err(error)) => panic!("the app opens no window: {error}\n{}", driver.log()),
            Err(_) => panic!("the app opens no window in time\n{}", driver.log()),
        };
        let id = *children_of(driver.id()).first().expect("the driver has started the app");
        let page = Page::of(Driver::of(client, address).await);
        Self { page, id, driver }
    }

    /// What it and the driver have written to standard error so far.
    pub fn log(&self) -> String {
        self.driver.log()
    }

    /// The number of the app's own process.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Stops it where it is, as a phone does with what nobody looks at.
    ///
    /// # Panics
    ///
    /// If it runs no more.
    pub fn stop(&self) {
        send("STOP", self.id).expect("the app runs");
    }

    /// Lets it go on.
    ///
    /// # Panics
    ///
    /// If it runs no more.
    pub fn go_on(&self) {
        send("CONT", self.id).expect("the app runs");
    }

    /// Whether the app runs.
    pub fn is_running(&self) -> bool {
        is_running(self.id)
    }

    /// Ends it as the end of a session does: tidily. The driver would close the window and
    /// end the app by force in the next moment.
    ///
    /// # Panics
    ///
    /// If it does not end.
    pub async fn close(self) {
        send("TERM", self.id).expect("the app runs");
        until("the app ends", || std::future::ready((!self.is_running()).then_some(()))).await;
    }

    /// Ends it as a crash would, and waits until all of it is gone.
    ///
    /// # Panics
    ///
    /// If it runs no more.
    pub async fn kill(self) {
        let parts = children_of(self.id);
        send("KILL", self.id).expect("the app runs");
        let is_gone = || !self.is_running() && !parts.iter().copied().any(is_running);
        until("the app is gone", || std::future::ready(is_gone().then_some(()))).await;
    }
}

impl Drop for App {
    fn drop(&mut self) {
        // The driver's end would end it too, but then nobody would ask how it ended, and it
        // would stay in the list of processes.
        let ended = send("KILL", self.id).is_ok();
        let asked = Instant::now();
        while ended && is_listed(self.id) && asked.elapsed() < ENDING {
            thread::sleep(Duration::from_millis(2));
        }
    }
}

/// The processes that run the pages of an app.
///
/// # Panics
///
/// If processes cannot be listed.
pub fn page_processes(app: u32) -> Vec<u32> {
    let is_one = |process: &u32| {
        let name = std::fs::read_to_string(format!("/proc/{process}/comm"));
        name.is_ok_and(|name| name.trim() == "WebKitWebProces")
    };
    children_of(app).into_iter().filter(is_one).collect()
}

/// Ends the processes that run the pages of an app, as a crash of each would. A driver loses its
/// session with them.
///
/// # Panics
///
/// If there is none.
pub fn kill_pages(app: u32) {
    let processes = page_processes(app);
    assert!(!processes.is_empty(), "no page is run");
    for process in processes {
        // One that ends by itself just now is as good.
        let _ = send("KILL", process);
    }
}

async fn start_driver(desktop: &Desktop, settings: &Settings) -> (Process, String) {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|free| free.local_addr());
    let port = free.expect("a port is free").port();
    let mut command = Process::command("WebKitWebDriver");
    command.arg(format!("--port={port}"));
    desktop.dress(&mut command);
    command.env("TAURI_AUTOMATION", "true").env("TAURI_WEBVIEW_AUTOMATION", "true");
    command.env("RUST_LOG", LOGGED);
    command.envs(settings.environment.iter().map(|(name, value)| (name, value)));
    let mut driver = Process::start("the app", command, &settings.logs);
    loop {
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok() {
            return (driver, format!("http://127.0.0.1:{port}"));
        }
        let ended = driver.ended();
        assert!(ended.is_none(), "WebKitWebDriver does not start: {ended:?}\n{}", driver.log());
        time::sleep(Duration::from_millis(10)).await;
    }
}

fn path(path: &Path) -> String {
    path.to_str().expect("the paths of tests are text").to_owned()
}
