//! The app on a site, with everything it needs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::app::{App, LOGGED, Settings};
use super::desktop::Desktop;
use super::echo::{Answer, Echo, Received};
use super::file_manager::FileManager;
use super::notifications::Notifications;
use super::page::Page;
use super::panel::Panel;
use super::phone::Phone;
use super::places::{app_program, phone_program, shipped_profile};
use super::polls::Polls;
use super::process::Process;
use super::tray::Tray;
use super::until::until;
use super::windows::Windows;

/// More at once are no faster on two cores, and on a shared display they hide each other.
static WORLDS: Semaphore = Semaphore::const_new(2);

/// One app on one site. `S` is what else there is: the site, if it ends with the world.
pub struct World<S = Polls> {
    app: Option<App>,
    /// How the app is started the next time.
    pub settings: Settings,
    /// The site.
    pub site: S,
    desktop: Arc<Desktop>,
    directory: TempDir,
    _turn: SemaphorePermit<'static>,
}

impl World {
    /// The app on the polls site, installed, showing the start page.
    ///
    /// # Panics
    ///
    /// If anything of it does not start.
    pub async fn polls() -> Self {
        Self::polls_with(Vec::new()).await
    }

    /// The polls site and a desktop that no other test looks at, before the app is started.
    ///
    /// # Panics
    ///
    /// If anything of it does not start.
    pub async fn polls_apart() -> Self {
        let turn = turn().await;
        let directory = TempDir::new().expect("a temporary directory can be made");
        let polls = Polls::start(directory.path()).await;
        let profile = shipped_profile(polls.origin());
        Self::closed_on(Desktop::start_apart().await, turn, directory, polls, &profile)
    }

    /// The same as on a phone, and the phone.
    ///
    /// # Panics
    ///
    /// If anything of it does not start.
    pub async fn polls_on_phone() -> (Self, Phone) {
        let turn = turn().await;
        let directory = TempDir::new().expect("a temporary directory can be made");
        let polls = Polls::start(directory.path()).await;
        let profile = shipped_profile(polls.origin());
        let mut world = Self::closed(turn, directory, polls, &profile).await;
        let phone = world.become_phone();
        world.open().await;
        world.page().at("/polls/").await;
        world.installed().await;
        (world, phone)
    }

    /// The app on the polls site with another profile, made from the site's origin.
    ///
    /// # Panics
    ///
    /// If anything of it does not start.
    pub async fn polls_under(profile: impl FnOnce(&str) -> String) -> Self {
        let turn = turn().await;
        let directory = TempDir::new().expect("a temporary directory can be made");
        let polls = Polls::start(directory.path()).await;
        let profile = profile(polls.origin());
        let mut world = Self::closed(turn, directory, polls, &profile).await;
        world.open().await;
        world
    }

    /// The same with something in the app's environment.
    ///
    /// # Panics
    ///
    /// If anything of it does not start.
    pub async fn polls_with(environment: Vec<(String, String)>) -> Self {
        let turn = turn().await;
        let directory = TempDir::new().expect("a temporary directory can be made");
        let polls = Polls::start(directory.path()).await;
        let profile = shipped_profile(polls.origin());
        let mut world = Self::closed(turn, directory, polls, &profile).await;
        world.settings.environment = environment;
        world.open().await;
        world.page().at("/polls/").await;
        world.installed().await;
        world
    }
}

impl World<Echo> {
    /// The app on a site that answers as [`Echo::start`] says, showing its start page.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub async fn echo(
        respond: impl Fn(&Received) -> Option<Answer> + Send + Sync + 'static,
    ) -> Self {
        let site = Echo::start(respond);
        let profile = site.profile();
        let world = Self::of(site, &profile).await;
        world.page().at("/").await;
        world
    }
}

impl<S> World<S> {
    /// The app on any site, with its profile.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub async fn of(site: S, profile: &str) -> Self {
        let mut world = Self::not_yet_open(site, profile).await;
        world.open().await;
        world
    }

    /// The same before the app is started.
    ///
    /// # Panics
    ///
    /// If there is no display and none can be had.
    pub async fn not_yet_open(site: S, profile: &str) -> Self {
        let turn = turn().await;
        let directory = TempDir::new().expect("a temporary directory can be made");
        Self::closed(turn, directory, site, profile).await
    }

    /// The app on a desktop that no other test looks at, with its display.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub async fn apart(site: S, profile: &str) -> Self {
        let mut world = Self::not_yet_open_apart(site, profile).await;
        world.open().await;
        world
    }

    /// The same before the app is started.
    ///
    /// # Panics
    ///
    /// If there is no display to be had.
    pub async fn not_yet_open_apart(site: S, profile: &str) -> Self {
        let turn = turn().await;
        let directory = TempDir::new().expect("a temporary directory can be made");
        let desktop = Desktop::start_apart().await;
        Self::closed_on(desktop, turn, directory, site, profile)
    }

    async fn closed(
        turn: SemaphorePermit<'static>,
        directory: TempDir,
        site: S,
        profile: &str,
    ) -> Self {
        Self::closed_on(Desktop::start().await, turn, directory, site, profile)
    }

    fn closed_on(
        desktop: Desktop,
        turn: SemaphorePermit<'static>,
        directory: TempDir,
        site: S,
        profile: &str,
    ) -> Self {
        let file = directory.path().join("site.toml");
        fs::write(&file, profile).expect("the temporary directory can be written to");
        let settings = Settings {
            program: app_program(),
            profile: file,
            data: directory.path().join("store"),
            logs: directory.path().to_owned(),
            words: Vec::new(),
            environment: Vec::new(),
        };
        Self { app: None, settings, site, desktop: Arc::new(desktop), directory, _turn: turn }
    }

    /// Has a phone's app started the next time.
    pub fn become_phone(&mut self) -> Phone {
        let phone = Phone::in_folder(self.directory());
        self.settings.program = phone_program();
        self.settings.environment.push(phone.environment());
        phone
    }

    /// Starts the app.
    ///
    /// # Panics
    ///
    /// If it opens no window.
    pub async fn open(&mut self) {
        self.app = Some(App::start(&self.desktop, &self.settings).await);
    }

    /// Ends the app and starts it again.
    ///
    /// # Panics
    ///
    /// If it does not end or not start.
    pub async fn restart(&mut self) {
        self.close().await;
        self.open().await;
    }

    /// Ends the app tidily.
    ///
    /// # Panics
    ///
    /// If it does not end.
    pub async fn close(&mut self) {
        self.app.take().expect("the app is open").close().await;
    }

    /// Waits until the app has ended by itself.
    ///
    /// # Panics
    ///
    /// If it has not by the deadline.
    pub async fn ended(&mut self) {
        let app = self.app.take().expect("the app is open");
        until("the app ends", || std::future::ready((!app.is_running()).then_some(()))).await;
    }

    /// Ends the app as a crash would.
    ///
    /// # Panics
    ///
    /// If it is not open.
    pub async fn kill_app(&mut self) {
        self.app.take().expect("the app is open").kill().await;
    }

    /// The app.
    ///
    /// # Panics
    ///
    /// If it is not open.
    pub fn app(&self) -> &App {
        self.app.as_ref().expect("the app is open")
    }

    /// What the app's window shows.
    ///
    /// # Panics
    ///
    /// If it is not open.
    pub fn page(&self) -> Page {
        self.app().page.clone()
    }

    /// Waits until what the profile wants to have is stored.
    ///
    /// # Panics
    ///
    /// If it is not by the deadline.
    pub async fn installed(&self) {
        self.logged("Installed").await;
    }

    /// Waits until the log says something.
    ///
    /// # Panics
    ///
    /// If it does not by the deadline.
    pub async fn logged(&self, text: &str) {
        let what = format!("the log says {text:?}");
        until(&what, || std::future::ready(self.app().log().contains(text).then_some(()))).await;
    }

    /// Lets the desktop show notifications.
    ///
    /// # Panics
    ///
    /// If it cannot.
    pub async fn notifications(&self) -> Notifications {
        Notifications::start(Arc::clone(&self.desktop)).await
    }

    /// Gives the desktop a file manager.
    ///
    /// # Panics
    ///
    /// If it cannot have one.
    pub async fn file_manager(&self) -> FileManager {
        FileManager::start(&self.desktop).await
    }

    /// Where downloads go.
    pub fn downloads(&self) -> PathBuf {
        self.desktop.downloads()
    }

    /// Puts a tray on the desktop.
    ///
    /// # Panics
    ///
    /// If there is one.
    pub async fn tray(&self) -> Tray {
        Tray::start(&self.desktop).await
    }

    /// Puts a panel with a tray on the desktop, as people have it.
    ///
    /// # Panics
    ///
    /// If it is not installed.
    pub fn panel(&self) -> Panel {
        Panel::start(Arc::clone(&self.desktop))
    }

    /// Has the windows on the display managed.
    ///
    /// # Panics
    ///
    /// If they cannot be.
    pub async fn windows(&self) -> Windows {
        Windows::start(Arc::clone(&self.desktop)).await
    }

    /// Starts the app as the system does, with these words, and without a driver.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn start(&self, name: &'static str, words: &[&str]) -> Process {
        let mut command = Process::command(&self.settings.program);
        command.arg("--site").arg(&self.settings.profile);
        command.arg("--data").arg(&self.settings.data).args(words);
        self.desktop.dress(&mut command);
        command.env("RUST_LOG", LOGGED);
        command.envs(self.settings.environment.iter().map(|(name, value)| (name, value)));
        Process::start(name, command, &self.settings.logs)
    }

    /// A file or folder of the test's own.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory().join(name)
    }

    /// The folder of everything of this test.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }
}

async fn turn() -> SemaphorePermit<'static> {
    WORLDS.acquire().await.expect("it is never closed")
}
