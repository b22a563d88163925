//! `cargo xtask torture`: votes through everything that can go wrong, and then counted.
//!
//! ```text
//! voters ──▶ gateway, killed and started again ──▶ proxy, which cuts, refuses, delays ──▶ site
//!    │         └── sometimes two on one data directory                                     │
//!    └── what was told of each vote ────────▶ comparison ◀──── how often each was counted ──┘
//! ```
//!
//! - `voter`: several at a time, each vote for a choice of its own (`ballots`)
//! - `proxy`: what `fault` does to each exchange
//! - `trouble`: what happens to the programs on the `stage`, and when
//! - `comparison`: what must hold in the end
//!
//! Everything random comes from one seed. A seed repeats what is done and in which order, not
//! what the machine makes of it: for that there is the journal that a failed run leaves.

mod ballots;
mod chance;
mod comparison;
mod fault;
mod http;
mod journal;
mod profile;
mod program;
mod proxy;
mod report;
mod scene;
mod stage;
mod trouble;
mod voter;
mod votes;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ballots::Ballots;
use comparison::compare;
use fault::Fault;
use journal::Journal;
use proxy::Proxy;
use report::{Half, table};
use scene::Scene;
use stage::Stage;
use voter::{Vote, Voter};

use crate::failure::{Failure, Outcome};
use crate::project::Project;
use crate::run;
use crate::setup::Tools;

/// How many gateways there are at most.
const SLOTS: usize = 2;
const VOTERS: usize = 8;
/// More than a voter submits in a second.
const VOTES_A_SECOND: u64 = 5;
/// What is kept of the time for what comes after the last vote.
const AFTERWARDS: Duration = Duration::from_secs(6);
/// How long nothing at all may be delivered of what waits once nothing goes wrong any more. How
/// long all of it takes is up to the machine.
const STANDSTILL: Duration = Duration::from_secs(60);
/// How late something may be: in a long run, later than the gateway waits for an answer.
const LATEST: Duration = Duration::from_secs(4);
const LATEST_IN_A_LONG_RUN: Duration = Duration::from_secs(35);
const LONG_RUN: Duration = Duration::from_secs(120);
/// More violations than these say the same again.
const SHOWN: usize = 40;
const MOMENT: Duration = Duration::from_millis(200);

/// Whether the site does once what it is asked twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Receipts {
    Given,
    None,
}

impl Receipts {
    fn name(self) -> &'static str {
        match self {
            Self::Given => "with receipts",
            Self::None => "without receipts",
        }
    }
}

/// What to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Halves {
    Both,
    WithoutReceipts,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    /// For all halves together.
    pub(crate) minutes: u32,
    pub(crate) seed: Option<u64>,
    pub(crate) halves: Halves,
}

/// Runs it and fails if a vote was lost or doubled, or nobody can say what became of it.
pub(crate) fn run(project: &Project, tools: &Tools, order: &Order) -> Outcome<()> {
    // All of the workspace, as the tests build it: its gateway alone is built with fewer features of
    // what it is made of, and so all of that once more.
    run::run(tools.cargo().args(["build", "--workspace"]))?;

    let seed = order.seed.unwrap_or_else(any_seed);
    let folder = project.target_folder("torture")?.join(seed.to_string());
    let halves: &[Receipts] = match order.halves {
        Halves::Both => &[Receipts::Given, Receipts::None],
        Halves::WithoutReceipts => &[Receipts::None],
    };
    let time = Duration::from_secs(60) * order.minutes / halves.len() as u32;
    let mut done = Vec::new();
    for receipts in halves {
        println!("torture: {} s {}, seed {seed}", time.as_secs(), receipts.name());
        let folder = folder.join(receipts.name().replace(' ', "-"));
        let half = half((project, tools), &folder, (seed, *receipts), time);
        done.push(half.map_err(|failure| kept(project, &folder, &failure.to_string()))?);
    }
    print!("\n{}", table(&done, seed));

    let violations: Vec<&String> = done.iter().flat_map(|half| &half.compared.violations).collect();
    if violations.is_empty() {
        return fs::remove_dir_all(&folder).map_err(|error| could_not(&folder, &error));
    }
    println!();
    for violation in violations.iter().take(SHOWN) {
        println!("{violation}");
    }
    if violations.len() > SHOWN {
        println!("and {} more", violations.len() - SHOWN);
    }
    Err(kept(project, &folder, &format!("{} violations with seed {seed}", violations.len())))
}

fn kept(project: &Project, folder: &Path, what: &str) -> Failure {
    Failure::new(format!("torture: {what}; everything is kept in {}", project.shown(folder)))
}

fn could_not(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("torture: {}: {error}", path.display()))
}

fn any_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::from(now.subsec_nanos()) ^ now.as_secs()
}

/// Half of a run, which takes `time` unless it takes long until nothing waits.
fn half(
    (project, tools): (&Project, &Tools),
    folder: &Path,
    (seed, receipts): (u64, Receipts),
    time: Duration,
) -> Outcome<Half> {
    let until = Instant::now() + time.saturating_sub(AFTERWARDS);
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).map_err(|error| could_not(folder, &error))?;
    let journal = Arc::new(Journal::in_file(&folder.join("journal.txt"))?);
    let ballots = Ballots::new(VOTERS as u64 * VOTES_A_SECOND * time.as_secs());
    let scene = Scene::new(seed, receipts, ballots, journal.clone());
    let latest = if time < LONG_RUN { LATEST } else { LATEST_IN_A_LONG_RUN };
    let mut faults = scene.chance("faults");
    let fault = move || Fault::any(&mut faults, latest);
    let proxy = Proxy::start(&mut scene.chance("port"), Box::new(fault), journal)?;

    let origin = format!("http://127.0.0.1:{}", proxy.port);
    let shipped = project.path("src-tauri/site.toml");
    let text = fs::read_to_string(&shipped).map_err(|error| could_not(&shipped, &error))?;
    let text = profile::profile(&text, &origin, receipts).ok_or_else(|| {
        Failure::new(format!("torture: {} is not what it was", shipped.display()))
    })?;
    let profile = folder.join("site.toml");
    fs::write(&profile, text).map_err(|error| could_not(&profile, &error))?;

    let mut stage = Stage::new((project, tools), (&scene, &proxy), folder, profile);
    stage.start_site();
    stage.until("the site is there", Stage::site_is_ready)?;
    votes::prepare(tools, &stage.database(), scene.ballots.lines())?;
    stage.start_gateway(0);
    stage.until("the gateway is there", |stage| stage.gateway_is_ready(0))?;

    let votes = vote(&mut stage, until)?;
    let drained_in = drain(&mut stage)?;
    settle(tools, &mut stage)?;
    let counted = votes::counted(tools, &stage.database())?;
    let mut compared = compare(&votes, &counted, &stage.listed()?, receipts);
    let tally = stage.tally;
    if compared.later == 0 || tally.kills == 0 || proxy.cuts() == 0 {
        compared.violations.push(format!("a run {} shows nothing", receipts.name()));
    }
    Ok(Half { receipts, compared, tally, cuts: proxy.cuts(), drained_in })
}

/// Lets everybody vote while things go wrong, until a point in time.
fn vote(stage: &mut Stage<'_>, until: Instant) -> Outcome<Vec<Vote>> {
    let scene = stage.scene;
    thread::scope(|scope| {
        let begin = |number| scope.spawn(move || Voter::new(number, scene).vote_until_over());
        let voters: Vec<_> = (0..VOTERS).map(begin).collect();
        let trouble = trouble::make(stage, until);
        scene.end();
        // What was submitted last is answered as soon as nothing holds it back any more.
        stage.proxy.clear_up();
        let votes = voters
            .into_iter()
            .map(|voter| voter.join().map_err(|_| Failure::new("torture: a voter has panicked")));
        let votes = votes.collect::<Outcome<Vec<_>>>();
        trouble.and(votes).map(|votes| votes.into_iter().flatten().collect())
    })
}

/// Starts one gateway where nothing goes wrong, which sends at once what waits, and waits
/// until it has: how long that took.
fn drain(stage: &mut Stage<'_>) -> Outcome<Duration> {
    let begun = Instant::now();
    stage.scene.journal.note(format_args!("from now on all is well"));
    stage.start_site();
    stage.until("the site is there again", Stage::site_is_ready)?;
    stage.kill_gateway(1, None);
    stage.kill_gateway(0, Some(Duration::ZERO));
    stage.start_gateway(0);
    stage.until("the gateway is there again", |stage| stage.gateway_is_ready(0))?;
    let (mut fewest, mut since) = (usize::MAX, Instant::now());
    loop {
        let listed = stage.listed()?;
        let is_waiting = |state: &str| matches!(state, "queued" | "sending");
        let waiting = listed.iter().filter(|row| is_waiting(&row.state)).count();
        if waiting < fewest {
            (fewest, since) = (waiting, Instant::now());
        }
        // Whatever waits longer is found by the comparison.
        if waiting == 0 || since.elapsed() > STANDSTILL {
            break;
        }
        stage.look()?;
        thread::sleep(MOMENT);
    }
    Ok(begun.elapsed())
}

/// Waits until the site has done what it was asked, also by those who have not waited for it.
fn settle(tools: &Tools, stage: &mut Stage<'_>) -> Outcome<()> {
    stage.kill_gateway(0, None);
    let proxy = stage.proxy;
    stage.until("nothing is on its way", |_| proxy.is_idle())?;
    let mut before = None;
    loop {
        let counted = Some(votes::counted(tools, &stage.database())?);
        if counted == before {
            return Ok(());
        }
        before = counted;
        thread::sleep(MOMENT * 2);
    }
}
