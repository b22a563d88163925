//! `cargo xtask demo`: the polls site, and the app on it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use crate::display::{self, Xvfb};
use crate::failure::{Failure, Outcome};
use crate::leash::{Leash, Output};
use crate::project::Project;
use crate::screenshots::Screenshots;
use crate::setup::{self, Tools};
use crate::{port, run, ui};

/// Where the profile that is built into the app expects the polls site.
const PORT: u16 = 8000;

const FOLDER: &str = "demo";

/// What starts the polls site as the demo does, from the root of the tree.
const RESTART: &str = "target/venv/bin/python tests/polls_site/serve.py \
    --port 8000 --database target/demo/polls.sqlite3";

/// How long the site may take to make its database.
const PATIENCE: Duration = Duration::from_secs(60);

const MOMENT: Duration = Duration::from_millis(200);

/// Runs the demo until the app is closed, with the profile `site` if there is one.
pub(crate) fn run(project: &Project, site: Option<&Path>) -> Outcome<()> {
    let site = site.map(readable).transpose()?;
    // Asked first, because building takes minutes.
    port::require_free(PORT)?;
    let tools = setup::everything(project)?;
    ui::build(project, &tools)?;
    println!("cargo: building the app");
    run::run(tools.cargo().args(["build", "--package", "holdfast-app"]))?;

    let folder = project.target_folder(FOLDER)?;
    let polls = start_polls_site(&tools, project, &folder)?;

    let mut app = tools.command(project.path("target/debug/holdfast-app"));
    // What the person has stored in an installed app is not the demo's.
    app.arg("--data").arg(folder.join("data"));
    if let Some(profile) = site {
        app.arg("--site").arg(profile);
    }
    let status = open(project, &folder, app, polls)?;
    match status.code() {
        Some(0) => Ok(()),
        code => {
            let code = code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
            Err(Failure::new(format!("the app ended with {status}")).with_exit_code(code))
        }
    }
}

/// Opens the app where the person sees it, or else where screenshots do.
fn open(project: &Project, folder: &Path, mut app: Command, polls: Leash) -> Outcome<ExitStatus> {
    if display::is_there() {
        println!("app: open; close its window to end the demo");
        return watch(Leash::start(&app, Output::Terminal)?, polls, None);
    }
    let display = Xvfb::start(folder)?;
    let shots = Screenshots::start(&display, folder.join("screenshots"))?;
    println!("app: no display here, so it is open on one in memory ({})", display.name());
    println!("app: screenshots go to {}", project.shown(shots.folder()));
    println!("app: interrupt to end the demo");
    app = display::with_session_bus(&app);
    display.show(&mut app);
    watch(Leash::start(&app, Output::Terminal)?, polls, Some(shots))
}

/// The profile as a path that holds in any folder.
fn readable(profile: &Path) -> Outcome<PathBuf> {
    profile
        .canonicalize()
        .map_err(|error| Failure::new(format!("--site {}: {error}", profile.display())))
}

fn start_polls_site(tools: &Tools, project: &Project, folder: &Path) -> Outcome<Leash> {
    let log = folder.join("polls-site.log");
    let file = File::create(&log)
        .map_err(|error| Failure::new(format!("could not write {}: {error}", log.display())))?;

    let mut command = tools.python();
    command.arg(project.path("tests/polls_site/serve.py"));
    command.args(["--port", &PORT.to_string(), "--database"]);
    command.arg(folder.join("polls.sqlite3"));
    command.env("PYTHONUNBUFFERED", "1");

    let mut site = Leash::start(&command, Output::Log(file))?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let said = fs::read_to_string(&log).unwrap_or_default();
        if let Some(ready) = said.lines().find(|line| line.starts_with("polls site: http")) {
            println!("{ready}, ended by `kill {}`", site.process());
            return Ok(site);
        }
        if has_ended(&mut site)?.is_some() || Instant::now() > deadline {
            return Err(Failure::new(format!(
                "the polls site did not start; {}",
                run::end_of(&log)
            )));
        }
        thread::sleep(MOMENT);
    }
}

/// Waits for the app to end, while the site may end before it.
fn watch(mut app: Leash, polls: Leash, mut shots: Option<Screenshots>) -> Outcome<ExitStatus> {
    let mut polls = Some(polls);
    loop {
        if let Some(status) = has_ended(&mut app)? {
            return Ok(status);
        }
        if let Some(site) = &mut polls {
            if has_ended(site)?.is_some() {
                println!("polls site: ended, the app goes on without it; started again by");
                println!("  {RESTART}");
                polls = None;
            }
        }
        if let Some(shots) = &mut shots {
            if let Some(picture) = shots.look()? {
                println!("app: screenshot {picture}");
            }
        }
        thread::sleep(MOMENT);
    }
}

fn has_ended(program: &mut Leash) -> Outcome<Option<ExitStatus>> {
    program.ended().map_err(|error| Failure::new(format!("could not watch a process: {error}")))
}
