//! `cargo xtask test`: everything that can be tested, without a display.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::failure::{Failure, Outcome};
use crate::leash::{Leash, Output};
use crate::project::Project;
use crate::setup::{self, Tools};
use crate::torture::{self, Halves, Order};
use crate::{display, run, ui};

/// One part of the tests, which can be run alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Xtask,
    Ui,
    Library,
    Site,
    Format,
    Lint,
    Build,
    Rust,
    Torture,
    EndToEnd,
    Phone,
    Bench,
}

/// In the order in which they run: what fails soonest comes first.
const PARTS: [(Part, &str); 12] = [
    (Part::Xtask, "xtask"),
    (Part::Ui, "ui"),
    (Part::Library, "library"),
    (Part::Site, "site"),
    (Part::Format, "fmt"),
    (Part::Lint, "clippy"),
    (Part::Build, "build"),
    (Part::Rust, "rust"),
    (Part::Torture, "torture"),
    (Part::EndToEnd, "e2e"),
    (Part::Phone, "phone"),
    (Part::Bench, "bench"),
];

impl Part {
    /// The part with that name.
    pub(crate) fn named(name: &str) -> Outcome<Self> {
        PARTS.iter().find(|(_, known)| *known == name).map(|(part, _)| *part).ok_or_else(|| {
            let names = Self::names();
            Failure::usage(format!("there is no part `{name}` of the tests; there are: {names}"))
        })
    }

    /// All names, for messages.
    pub(crate) fn names() -> String {
        PARTS.map(|(_, name)| name).join(", ")
    }
}

/// How a part went.
enum Verdict {
    Passed,
    Skipped(&'static str),
    Failed(Failure),
}

/// Runs the parts in `only`, or all, to the end, and fails if one of them failed.
///
/// `pass_on` goes to the Rust test binaries; where there is some and no part is
/// named, nothing else runs.
pub(crate) fn run(project: &Project, only: &[Part], pass_on: &[String]) -> Outcome<()> {
    let tools = setup::everything(project)?;
    ui::build(project, &tools)?;

    let is_wanted = |part: Part| match (only, pass_on) {
        // The end-to-end tests are among the Rust tests, and the benchmark builds for long.
        ([], []) => !matches!(part, Part::EndToEnd | Part::Bench),
        ([], _) => matches!(part, Part::Build | Part::Rust),
        (only, _) => only.contains(&part) || part == Part::Build && only.iter().any(needs_apps),
    };
    let mut verdicts = Vec::new();
    for (part, name) in PARTS.into_iter().filter(|(part, _)| is_wanted(*part)) {
        println!("\ntest: {name}");
        let start = Instant::now();
        let verdict = match run_part(part, project, &tools, pass_on) {
            Ok(verdict) => verdict,
            Err(failure) => Verdict::Failed(failure),
        };
        verdicts.push((name, verdict, start.elapsed()));
    }
    summarise(&verdicts)
}

/// Whether a part starts the app or the gateway, which cargo does not build for the tests of
/// another package.
fn needs_apps(part: &Part) -> bool {
    matches!(part, Part::Rust | Part::Torture | Part::EndToEnd | Part::Phone)
}

/// Uses a public terminal for so long while its network and its page come and go, and says what
/// was seen.
pub(crate) fn soak(project: &Project, minutes: u64) -> Outcome<()> {
    let tools = setup::everything(project)?;
    ui::build(project, &tools)?;
    // The test takes it from there.
    std::env::set_var("HOLDFAST_SOAK_MINUTES", minutes.to_string());
    let pass_on = ["soak::", "--nocapture"].map(str::to_owned);
    build_apps(&tools)?;
    cargo_test(&tools, &["--workspace", "--test", "e2e"], &pass_on)
}

fn summarise(verdicts: &[(&str, Verdict, Duration)]) -> Outcome<()> {
    println!();
    let mut failed = Vec::new();
    for (name, verdict, time) in verdicts {
        let outcome = match verdict {
            Verdict::Passed => "passed".to_owned(),
            Verdict::Skipped(reason) => format!("skipped: {reason}"),
            Verdict::Failed(failure) => {
                failed.push(*name);
                format!("FAILED: {failure}")
            }
        };
        println!("test: {name:7} {:4} s  {outcome}", time.as_secs());
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("failed: {}", failed.join(", "))))
}

fn run_part(part: Part, project: &Project, tools: &Tools, pass_on: &[String]) -> Outcome<Verdict> {
    match part {
        Part::Xtask => {
            let mut cargo = tools.cargo();
            cargo.args(["test", "--quiet", "--manifest-path", "xtask/Cargo.toml"]);
            // Where the alias builds it.
            cargo.env("CARGO_TARGET_DIR", project.path("target/xtask"));
            run::run(&mut cargo)?;
        }
        Part::Ui => {
            for script in [["run", "check"].as_slice(), &["test"]] {
                run::run(tools.npm().args(script))?;
            }
        }
        Part::Library => {
            let Some(browser) = chromium() else {
                return Ok(Verdict::Skipped("there is no Chromium here"));
            };
            let tests = ["run", "test:browser"];
            run::run(tools.npm().args(tests).env("HOLDFAST_CHROMIUM", browser))?;
        }
        Part::Site => {
            let mut django = tools.python();
            run::run(
                django.args(["manage.py", "test"]).current_dir(project.path("tests/polls_site")),
            )?;
            let mut receipts = tools.python();
            let test = ["-m", "django", "test", "tests", "--settings", "tests.settings"];
            let folder = project.path("receipts/django");
            let path = std::env::join_paths([&project.path("tests/polls_site"), &folder]);
            let path = path.map_err(|error| Failure::new(format!("PYTHONPATH: {error}")))?;
            run::run(receipts.args(test).current_dir(folder).env("PYTHONPATH", path))?;
        }
        Part::Format => {
            let folders = [PRODUCT, XTASK, BENCH];
            return cargo_component(tools, project, &folders, "fmt", &["--check"]);
        }
        Part::Lint => {
            // With what the benchmark needs of the engine, or nobody would notice until then.
            let hook = ["--features", "holdfast-engine/bench"];
            let arguments = [hook.as_slice(), &LINT].concat();
            let verdict = cargo_component(tools, project, &[PRODUCT], "clippy", &arguments)?;
            if let Verdict::Skipped(_) = verdict {
                return Ok(verdict);
            }
            // What only phones compile, on Linux.
            let phone = ["--features", "holdfast-app/mobile-simulation", "--example", "phone"];
            let arguments =
                [phone.as_slice(), &["--workspace", "--", "--deny", "warnings"]].concat();
            cargo_component(tools, project, &[PRODUCT], "clippy", &arguments)?;
            return cargo_component(tools, project, &[XTASK], "clippy", &LINT);
        }
        Part::Build => build_apps(tools)?,
        Part::Rust => cargo_test(tools, &["--workspace"], pass_on)?,
        Part::Torture => {
            // Each time another seed, which is printed: the same one shows nothing new.
            let order = Order { minutes: 1, seed: None, halves: Halves::Both };
            torture::run(project, tools, &order)?;
        }
        Part::EndToEnd => cargo_test(tools, &["--workspace", "--test", "e2e"], pass_on)?,
        Part::Phone => cargo_test_on_phone(tools, pass_on)?,
        Part::Bench => {
            run::run(tools.cargo().args([
                "test",
                "--release",
                "--manifest-path",
                "bench/Cargo.toml",
            ]))?;
            return cargo_component(tools, project, &[BENCH], "clippy", &LINT);
        }
    }
    Ok(Verdict::Passed)
}

/// The browser that shows the Library besides the webview, wherever the system has it.
fn chromium() -> Option<String> {
    let look = "command -v chromium || command -v chromium-browser || command -v google-chrome";
    let found = run::output_of(Command::new("sh").args(["-c", look]))?;
    Some(found.trim().to_owned())
}

/// A workspace: its folder, and where it is built.
type Workspace = (&'static str, &'static str);
const PRODUCT: Workspace = ("", "target");
const XTASK: Workspace = ("xtask", "target/xtask");
const BENCH: Workspace = ("bench", "target");

const LINT: [&str; 5] = ["--workspace", "--all-targets", "--", "--deny", "warnings"];

/// Runs a part of cargo that not every installation has, on some workspaces.
fn cargo_component(
    tools: &Tools,
    project: &Project,
    workspaces: &[Workspace],
    component: &str,
    arguments: &[&str],
) -> Outcome<Verdict> {
    if run::output_of(tools.cargo().args([component, "--version"])).is_none() {
        return Ok(Verdict::Skipped("this cargo has no such command"));
    }
    for (folder, target) in workspaces {
        let mut cargo = tools.cargo();
        cargo.arg(component).args(arguments).current_dir(project.path(folder));
        run::run(cargo.env("CARGO_TARGET_DIR", project.path(target)))?;
    }
    Ok(Verdict::Passed)
}

/// What of the end-to-end tests runs on a phone as well: reading, voting, what waits, saving,
/// kills. What is a phone's alone (`tests/e2e/phone.rs`) is among the others.
const ON_PHONE: [&str; 9] = [
    "browsing::",
    "offline::",
    "outbox::",
    "redirects::",
    "restarts::",
    "saving::a_saved_page_is_read",
    "saving::saving_goes_on_after",
    "voting::",
    "waiting::the_bar_says",
];

/// Builds the app as a phone has it beside the app. With the whole workspace, or what it is
/// made of would be built once more.
const PHONE: [&str; 6] =
    ["build", "--workspace", "--features", "holdfast-app/mobile-simulation", "--example", "phone"];

/// Builds what tests start. The phone first: the app's library is one file whatever its features
/// are, and built anew whenever they change.
fn build_apps(tools: &Tools) -> Outcome<()> {
    run::run(tools.cargo().args(PHONE))?;
    run::run(tools.cargo().args(["build", "--workspace"]))
}

/// Runs those, or the ones that are named.
fn cargo_test_on_phone(tools: &Tools, pass_on: &[String]) -> Outcome<()> {
    let mut cargo = tools.cargo();
    // Of the whole workspace, or what the tests are made of would be built once more.
    cargo.args(["test", "--no-fail-fast", "--workspace", "--test", "e2e", "--"]);
    if pass_on.is_empty() {
        cargo.args(ON_PHONE);
    }
    cargo.args(pass_on).env("HOLDFAST_ON_PHONE", "yes");
    run_headless(cargo, "on a phone")
}

/// Runs Rust tests on a display and a session bus of their own.
fn cargo_test(tools: &Tools, packages: &[&str], pass_on: &[String]) -> Outcome<()> {
    let mut cargo = tools.cargo();
    cargo.args(["test", "--no-fail-fast"]).args(packages).arg("--").args(pass_on);
    run_headless(cargo, &packages.join(" "))
}

fn run_headless(mut cargo: Command, what: &str) -> Outcome<()> {
    // What the machine is set to must not show in a screenshot.
    cargo.env("LANG", "C.UTF-8").env_remove("LC_ALL").env_remove("LANGUAGE");
    let status = Leash::start(&display::headless(&cargo), Output::Terminal)?
        .wait()
        .map_err(|error| Failure::new(format!("could not wait for the tests: {error}")))?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::new(format!("cargo test {what} ended with {status}")))
}
