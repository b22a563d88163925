//! The programs of a run: the site, and up to two gateways on one data directory.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::comparison::Listed;
use super::program::Program;
use super::proxy::Proxy;
use super::scene::Scene;
use super::{Receipts, SLOTS, votes};
use crate::failure::{Failure, Outcome};
use crate::project::Project;
use crate::setup::Tools;

/// How long a program may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
const MOMENT: Duration = Duration::from_millis(2);

/// What happened to the programs.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Tally {
    pub(super) kills: u64,
    /// Of gateways, the first one included.
    pub(super) starts: u64,
    pub(super) site_kills: u64,
}

pub(super) struct Stage<'s> {
    pub(super) scene: &'s Scene,
    pub(super) proxy: &'s Proxy,
    pub(super) tally: Tally,
    project: &'s Project,
    tools: &'s Tools,
    folder: &'s Path,
    profile: PathBuf,
    gateways: [Slot; SLOTS],
    site: Slot,
}

/// A place for a program.
#[derive(Default)]
struct Slot {
    program: Option<Program>,
    /// It has said where it listens.
    is_ready: bool,
    /// It was asked to end.
    is_ending: bool,
    /// When it is started again, unless it runs.
    due: Option<Instant>,
}

impl<'s> Stage<'s> {
    pub(super) fn new(
        (project, tools): (&'s Project, &'s Tools),
        (scene, proxy): (&'s Scene, &'s Proxy),
        folder: &'s Path,
        profile: PathBuf,
    ) -> Self {
        let (gateways, site) = (<[Slot; SLOTS]>::default(), Slot::default());
        let tally = Tally::default();
        Self { scene, proxy, tally, project, tools, folder, profile, gateways, site }
    }

    pub(super) fn database(&self) -> PathBuf {
        self.folder.join("polls.sqlite3")
    }

    fn data(&self) -> PathBuf {
        self.folder.join("store")
    }

    /// Kills a gateway, if it runs, and starts it again after a time, if there is one.
    pub(super) fn kill_gateway(&mut self, slot: usize, again: Option<Duration>) {
        let scene = self.scene;
        let Slot { program, is_ready, is_ending, due } = match self.gateways.get_mut(slot) {
            Some(gateway) => gateway,
            None => return,
        };
        if let Some(program) = program.take() {
            scene.journal.note(format_args!("gateway {slot}: killed, ready: {is_ready}"));
            program.kill();
            self.tally.kills += 1;
            scene.doors.set(slot, None);
            (*is_ready, *is_ending) = (false, false);
            *due = again.map(|pause| Instant::now() + pause);
        }
    }

    /// Lets a gateway finish what it does, if it runs.
    pub(super) fn end_gateway(&mut self, slot: usize) -> Outcome<()> {
        if let Some(Slot { program: Some(program), is_ending, .. }) = self.gateways.get_mut(slot) {
            self.scene.doors.set(slot, None);
            self.scene.journal.note(format_args!("gateway {slot}: asked to end"));
            *is_ending = true;
            program.ask_to_end()?;
        }
        Ok(())
    }

    /// Starts a gateway, if it does not run.
    pub(super) fn start_gateway(&mut self, slot: usize) {
        if let Some(gateway) = self.gateways.get_mut(slot) {
            gateway.due.get_or_insert_with(Instant::now);
        }
    }

    /// Kills the site, if it runs, and starts it again after a time.
    pub(super) fn kill_site(&mut self, again: Duration) {
        if let Some(program) = self.site.program.take() {
            self.scene.journal.note(format_args!("site: killed"));
            program.kill();
            self.tally.site_kills += 1;
            self.site = Slot { due: Some(Instant::now() + again), ..Slot::default() };
        }
    }

    pub(super) fn start_site(&mut self) {
        self.site.due.get_or_insert_with(Instant::now);
    }

    /// Starts what is due, and sees what has become of the others.
    ///
    /// Fails if one has ended that nobody has ended.
    pub(super) fn look(&mut self) -> Outcome<()> {
        let now = Instant::now();
        let is_due = |slot: &Slot| slot.program.is_none() && slot.due.map_or(false, |at| at <= now);
        if is_due(&self.site) {
            let program = Program::start("polls site", &self.site_command()?, self.folder)?;
            self.site = Slot { program: Some(program), ..Slot::default() };
        }
        if let Some(port) = self.site.look()? {
            self.proxy.lead_to(port);
            self.scene.journal.note(format_args!("site: ready on {port}"));
        }
        for (number, name) in ["gateway 0", "gateway 1"].into_iter().enumerate() {
            let command = self.gateway_command();
            let slot = match self.gateways.get_mut(number) {
                Some(slot) => slot,
                None => continue,
            };
            if is_due(slot) {
                self.scene.journal.note(format_args!("{name}: started"));
                let program = Program::start(name, &command, self.folder)?;
                *slot = Slot { program: Some(program), ..Slot::default() };
                self.tally.starts += 1;
            }
            if let Some(port) = slot.look()? {
                self.scene.doors.set(number, Some(port));
                self.scene.journal.note(format_args!("{name}: ready on {port}"));
            }
        }
        Ok(())
    }

    /// Looks until `is_so`.
    pub(super) fn until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) -> Outcome<()> {
        let begun = Instant::now();
        while !is_so(self) {
            if begun.elapsed() > PATIENCE {
                return Err(Failure::new(format!("waited in vain until {what}")));
            }
            self.look()?;
            thread::sleep(MOMENT);
        }
        Ok(())
    }

    pub(super) fn site_is_ready(&self) -> bool {
        self.site.is_ready
    }

    pub(super) fn gateway_is_ready(&self, slot: usize) -> bool {
        self.gateways.get(slot).map_or(false, |gateway| gateway.is_ready)
    }

    /// What the gateways have kept and not delivered.
    pub(super) fn listed(&self) -> Outcome<Vec<Listed>> {
        let mut list = self.gateway();
        list.args(["outbox", "list", "--json", "--data"]).arg(self.data());
        let output = list.stdin(Stdio::null()).output();
        let output = output.map_err(|error| Failure::new(format!("outbox list: {error}")))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(Failure::new(format!("outbox list: {}: {said}", output.status)));
        }
        votes::listed(self.tools, output.stdout)
    }

    fn gateway(&self) -> Command {
        let mut command = self.tools.command(self.project.path("target/debug/holdfast-gateway"));
        command.env_remove("HOLDFAST_SITE");
        command
    }

    fn gateway_command(&self) -> Command {
        let mut command = self.gateway();
        command.args(["--listen", "127.0.0.1:0", "--site"]).arg(&self.profile);
        command.arg("--data").arg(self.data());
        command.env("RUST_LOG", "holdfast_engine=debug,holdfast_gateway=debug");
        command
    }

    fn site_command(&self) -> Outcome<Command> {
        let mut command = self.tools.python();
        command.arg(self.project.path("tests/polls_site/serve.py"));
        command.args(["--port", "0", "--database"]).arg(self.database());
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        match self.scene.receipts {
            Receipts::Given => {
                command.env("DJANGO_SETTINGS_MODULE", "tests.settings");
                command.env("PYTHONPATH", self.project.path("receipts/django"));
            }
            Receipts::None => {}
        }
        Ok(command)
    }
}

impl Slot {
    /// Where the program listens, if it has just said so.
    fn look(&mut self) -> Outcome<Option<u16>> {
        let program = match &mut self.program {
            Some(program) => program,
            None => return Ok(None),
        };
        if self.is_ending {
            if program.ended()?.is_some() {
                *self = Self::default();
            }
            return Ok(None);
        }
        program.require_running()?;
        if self.is_ready {
            return Ok(None);
        }
        let port = program.port();
        self.is_ready = port.is_some();
        Ok(port)
    }
}
