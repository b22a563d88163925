//! Real applications, unmodified, in the app and through the gateway.
//!
//! `cargo xtask compatibility` installs them and runs this. For each, `holdfast-gateway init`
//! writes a profile, a few lines are added as a person would, and a person's steps are taken:
//! in Chromium through the gateway, and in the app. What comes out is a table. What each
//! application does lies in a module of its own, and how it is served beside it.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a panic is how a step fails, and the table is what it is for"
)]

mod admin;
mod mediawiki;
mod roundup;
mod served;
mod wagtail;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use holdfast_tests::{Browser, Page, Process, World, app_program, until};
use tempfile::TempDir;

use served::Served;

/// An application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Application {
    Admin,
    Wagtail,
    Roundup,
    MediaWiki,
}

/// What a person does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    SignIn,
    Edit,
    Upload,
    Search,
    Paginate,
    Popup,
    Offline,
    Unsent,
    Back,
}

/// Through what it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Gateway,
    App,
}

const APPLICATIONS: [(Application, &str); 4] = [
    (Application::Admin, "django-admin"),
    (Application::Wagtail, "wagtail"),
    (Application::Roundup, "roundup"),
    (Application::MediaWiki, "mediawiki"),
];

const STEPS: [(Step, &str); 9] = [
    (Step::SignIn, "sign in"),
    (Step::Edit, "edit"),
    (Step::Upload, "upload"),
    (Step::Search, "search"),
    (Step::Paginate, "paginate"),
    (Step::Popup, "window of a script"),
    (Step::Offline, "read offline"),
    (Step::Unsent, "send offline"),
    (Step::Back, "come back"),
];

/// How a step went.
enum Outcome {
    Works,
    /// The application has no such thing.
    Nothing,
    Fails(String),
}

impl Application {
    /// The path that `init` is told.
    const fn start(self) -> &'static str {
        match self {
            Self::Admin | Self::Wagtail => "/admin/",
            Self::Roundup => "/",
            Self::MediaWiki => "/",
        }
    }

    /// The profile as a person completes it.
    fn completed(self, written: &str) -> String {
        match self {
            Self::Admin => kept_although_forbidden(written),
            Self::Wagtail => wagtail::completed(written),
            Self::Roundup => roundup::completed(written),
            Self::MediaWiki => mediawiki::completed(written),
        }
    }

    /// Does what a step is in this application; whether there is such a thing.
    async fn step(self, step: Step, page: &Page, folder: &Path) -> bool {
        match self {
            Self::Admin => admin::step(step, page, folder).await,
            Self::Wagtail => wagtail::step(step, page, folder).await,
            Self::Roundup => roundup::step(step, page, folder).await,
            Self::MediaWiki => mediawiki::step(step, page, folder).await,
        }
    }

    /// Pages that were seen, each with what is true of it.
    fn seen(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Admin => admin::SEEN,
            Self::Wagtail => wagtail::SEEN,
            Self::Roundup => roundup::SEEN,
            Self::MediaWiki => mediawiki::SEEN,
        }
    }

    /// A form that is kept, and the button that sends it.
    const fn form(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Admin => Some(admin::FORM),
            Self::Wagtail => Some(wagtail::FORM),
            Self::Roundup => Some(roundup::FORM),
            Self::MediaWiki => None,
        }
    }

    /// A page that was not, with what is true of it once it can be had.
    const fn unseen(self) -> (&'static str, &'static str) {
        match self {
            Self::Admin => admin::UNSEEN,
            Self::Wagtail => wagtail::UNSEEN,
            Self::Roundup => roundup::UNSEEN,
            Self::MediaWiki => mediawiki::UNSEEN,
        }
    }
}

/// Lets pages be stored that the site wants to be kept nowhere.
fn kept_although_forbidden(written: &str) -> String {
    let line = "save     = true\n";
    assert!(written.contains(line), "{line:?} is not in:\n{written}");
    written
        .replace("# ignore-no-store = true\n", "")
        .replace(line, &format!("{line}ignore-no-store = true\n"))
}

/// The site with what opens it, in one of the two ways.
enum Scene {
    App(Box<World<Served>>),
    Gateway(Box<Behind>),
}

/// A browser on the gateway.
struct Behind {
    browser: Browser,
    site: Served,
    _gateway: Process,
    folder: TempDir,
}

impl Scene {
    fn page(&self) -> Page {
        match self {
            Self::App(world) => world.page(),
            Self::Gateway(behind) => behind.browser.page.clone(),
        }
    }

    fn site(&mut self) -> &mut Served {
        match self {
            Self::App(world) => &mut world.site,
            Self::Gateway(behind) => &mut behind.site,
        }
    }

    fn folder(&self) -> &Path {
        match self {
            Self::App(world) => world.directory(),
            Self::Gateway(behind) => behind.folder.path(),
        }
    }

    async fn close(self) {
        if let Self::Gateway(behind) = self {
            behind.browser.close().await;
        }
    }
}

/// The gateway's program, which lies beside the app's.
fn gateway() -> PathBuf {
    app_program().with_file_name("holdfast-gateway")
}

/// What `init` writes for a site.
fn first_profile(url: &str) -> String {
    let output = Command::new(gateway()).args(["init", url]).output().expect("it is built");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

async fn open(application: Application, way: Way) -> Scene {
    let site = Served::start(application).await;
    let profile =
        application.completed(&first_profile(&format!("{}{}", site.origin, application.start())));
    match way {
        Way::App => {
            let world = World::of(site, &profile).await;
            world.page().until("location.protocol !== 'about:' && document.body !== null").await;
            Scene::App(Box::new(world))
        }
        Way::Gateway => {
            let folder = TempDir::new().expect("a temporary directory can be made");
            let file = folder.path().join("site.toml");
            fs::write(&file, &profile).expect("the folder can be written to");
            let mut command = Process::command(gateway());
            command.arg("--site").arg(&file).args(["--listen", "127.0.0.1:0", "--data"]);
            command.arg(folder.path().join("store"));
            let mut gateway = Process::start("the gateway", command, folder.path());
            let line = gateway.first_line().await;
            let address = line.split_whitespace().find(|word| word.starts_with("http"));
            let browser = Browser::start(folder.path()).await;
            browser.page.open(address.expect("it says where it listens")).await;
            browser.page.visit(application.start()).await;
            Scene::Gateway(Box::new(Behind { browser, site, _gateway: gateway, folder }))
        }
    }
}

/// Takes all steps; those that need an earlier one fail with it.
async fn walk(application: Application, way: Way) -> Vec<Outcome> {
    let mut scene = open(application, way).await;
    let mut outcomes = Vec::new();
    for (step, name) in STEPS {
        match step {
            Step::Offline => scene.site().kill(),
            Step::Back => scene.site().start_again().await,
            Step::SignIn
            | Step::Edit
            | Step::Upload
            | Step::Search
            | Step::Paginate
            | Step::Popup
            | Step::Unsent => {}
        }
        let (page, folder) = (scene.page(), scene.folder().to_owned());
        // A task of its own, so that what fails ends nothing else.
        let done = tokio::spawn(async move { take(application, way, step, &page, &folder).await });
        let outcome = match done.await {
            Ok(true) => Outcome::Works,
            Ok(false) => Outcome::Nothing,
            Err(panic) => Outcome::Fails(said(panic)),
        };
        let word = match &outcome {
            Outcome::Works => "works",
            Outcome::Nothing => "-",
            Outcome::Fails(why) => why,
        };
        eprintln!("{application:?} {way:?} {name}: {word}");
        outcomes.push(outcome);
    }
    scene.close().await;
    outcomes
}

fn said(panic: tokio::task::JoinError) -> String {
    let panic = panic.into_panic();
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

async fn take(application: Application, way: Way, step: Step, page: &Page, folder: &Path) -> bool {
    match step {
        Step::SignIn | Step::Edit | Step::Upload | Step::Search | Step::Paginate => {
            let is_done = application.step(step, page, folder).await;
            page.screenshot(&format!("compatibility-{application:?}-{way:?}-{step:?}")).await;
            is_done
        }
        // Through the gateway the browser's own windows are what they always are.
        Step::Popup => way == Way::App && application.step(step, page, folder).await,
        Step::Offline => {
            for (path, is_true) in application.seen() {
                page.visit(path).await;
                page.until(is_true).await;
            }
            if way == Way::App {
                page.until_bar("offline").await;
            }
            page.screenshot(&format!("compatibility-{application:?}-{way:?}-offline")).await;
            let (path, is_true) = application.unseen();
            page.visit(path).await;
            assert_eq!(
                page.js(&format!("return Boolean({is_true})")).await,
                false,
                "{path} is there"
            );
            true
        }
        Step::Unsent => {
            let Some((form, button)) = application.form() else { return false };
            page.visit(form).await;
            match way {
                // It is closed until there is somebody to send it to, and says so.
                Way::App => {
                    page.until(&format!("document.querySelector('{button}')?.disabled")).await;
                }
                Way::Gateway => {
                    page.click(button).await;
                    page.until("/not sent/i.test(document.body?.innerText ?? '')").await;
                }
            }
            true
        }
        Step::Back => {
            let (path, is_true) = application.unseen();
            // Who sees that it is not there yet tries again.
            until("the page can be had", || async {
                page.visit(path).await;
                let shown = page.js(&format!("return Boolean({is_true})")).await;
                (shown == true).then_some(())
            })
            .await;
            true
        }
    }
}

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let unknown = wanted.iter().find(|name| !APPLICATIONS.iter().any(|(_, known)| known == name));
    if let Some(unknown) = unknown {
        let names = APPLICATIONS.map(|(_, name)| name).join(", ");
        eprintln!("there is no application `{unknown}`; there are: {names}");
        return ExitCode::from(2);
    }
    let runtime = tokio::runtime::Runtime::new().expect("the system has threads");
    let mut rows = Vec::new();
    let mut failures = Vec::new();
    for (application, name) in APPLICATIONS {
        if !wanted.is_empty() && !wanted.iter().any(|wanted| wanted == name) {
            continue;
        }
        for way in [Way::Gateway, Way::App] {
            let outcomes = runtime.block_on(walk(application, way));
            let mut row =
                format!("| {name} | {} ", if way == Way::App { "app" } else { "gateway" });
            for (outcome, (_, step)) in outcomes.into_iter().zip(STEPS) {
                row += match outcome {
                    Outcome::Works => "| yes ",
                    Outcome::Nothing => "| – ",
                    Outcome::Fails(why) => {
                        failures.push(format!("{name}, {way:?}, {step}: {why}"));
                        "| **no** "
                    }
                };
            }
            rows.push(row + "|");
        }
    }
    println!("| application | through | {} |", STEPS.map(|(_, name)| name).join(" | "));
    println!("|---|---|{}", "---|".repeat(STEPS.len()));
    for row in rows {
        println!("{row}");
    }
    for failure in &failures {
        println!("\n{failure}");
    }
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
