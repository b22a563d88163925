//! A terminal on a network that comes and goes, whose page is killed now and then, and which
//! people use and leave: always something is on the screen, and memory does not grow.
//!
//! Everything comes sixty times as often as in a day of use, whose sessions end after a minute
//! without a touch: 24 minutes are a day. A part of a minute among the tests;
//! `cargo xtask soak --minutes N` takes longer and says the figures.

use std::env;
use std::fs;
use std::future::ready;
use std::time::{Duration, Instant};

use holdfast_tests::{Polls, Process, Windows, World, kill_pages, page_processes, until};
use tokio::time;

/// How long it goes on among the tests.
const SHORT: Duration = Duration::from_secs(25);
/// How much longer it may go on until everything has happened once.
const LONGER: Duration = Duration::from_secs(60);
/// How long nothing but one colour may be on the screen. Between two sessions the app itself has to
/// paint its own window, and on a machine that is busy enough it comes to nothing for a while.
const BLANK: Duration = Duration::from_secs(3);
/// How much all processes of the app may take at once.
const MEMORY: u64 = 1 << 30;
/// How far apart the samples are.
const BETWEEN: Duration = Duration::from_millis(250);
/// As a day has it, only more often: the page is killed so seldom that it is shown again.
const KILLS_APART: Duration = Duration::from_secs(22);

/// What happens to the terminal next.
#[derive(Debug, Clone, Copy)]
enum Trouble {
    SiteGone,
    SiteBack,
    SiteSilent,
    SiteSpeaks,
    PageKilled,
    Touched,
}

/// What was seen.
#[derive(Debug, Default)]
struct Figures {
    samples: u32,
    blank: u32,
    longest_blank: Duration,
    kills: u32,
    touches: u32,
    most_bytes: u64,
    first_bytes: u64,
    last_bytes: u64,
}

/// Numbers that look like chance, the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        // Knuth's constants.
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// How many bytes of memory the app and its processes take.
fn bytes_of(app: u32) -> u64 {
    let all = page_processes(app).into_iter().chain([app]);
    let memory = all.filter_map(|process| {
        let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().strip_suffix(" kB")?.parse::<u64>().ok()
    });
    memory.sum::<u64>() << 10
}

struct Soak {
    world: World<Polls>,
    terminal: Process,
    windows: Windows,
    chance: Chance,
    is_gone: bool,
    is_silent: bool,
    killed: Instant,
    figures: Figures,
}

impl Soak {
    async fn trouble(&mut self) {
        let next = match self.chance.below(10) {
            0 | 1 if !self.is_gone && !self.is_silent => Trouble::SiteGone,
            2 if !self.is_gone && !self.is_silent => Trouble::SiteSilent,
            0..=4 if self.is_silent => Trouble::SiteSpeaks,
            0..=4 if self.is_gone => Trouble::SiteBack,
            5 | 6 if self.killed.elapsed() > KILLS_APART => Trouble::PageKilled,
            _ => Trouble::Touched,
        };
        match next {
            Trouble::SiteGone => {
                self.world.site.kill();
                self.is_gone = true;
            }
            Trouble::SiteBack => {
                self.world.site.start_again().await;
                self.is_gone = false;
            }
            Trouble::SiteSilent => {
                self.world.site.freeze();
                self.is_silent = true;
            }
            Trouble::SiteSpeaks => {
                self.world.site.thaw();
                self.is_silent = false;
            }
            Trouble::PageKilled => {
                // WebKitGTK ends the app with one that ends while it is being started.
                let log = self.terminal.log();
                let since = log.rsplit("process has ended").next().unwrap_or_default();
                if since.contains("a page is opened") {
                    kill_pages(self.terminal.id());
                    self.figures.kills += 1;
                }
                self.killed = Instant::now();
            }
            Trouble::Touched => {
                let place =
                    (self.chance.below(1200) as u32 + 70, self.chance.below(700) as u32 + 100);
                self.windows.click_at(place, 1, 1);
                self.figures.touches += 1;
            }
        }
    }

    /// Whether the page was killed and a session has ended.
    fn has_seen_all(&self) -> bool {
        self.figures.kills > 0 && self.terminal.log().contains("a session has ended")
    }

    /// Looks at the screen until something is on it.
    async fn sample(&mut self) {
        let figures = &mut self.figures;
        figures.samples += 1;
        let looked = Instant::now();
        if self.windows.is_blank() {
            figures.blank += 1;
            let seen = Instant::now();
            while self.windows.is_blank() {
                let log = || self.terminal.log();
                assert!(seen.elapsed() < BLANK, "nothing is on the screen\n{}", log());
            }
            figures.longest_blank = figures.longest_blank.max(looked.elapsed());
        }
        let bytes = bytes_of(self.terminal.id());
        assert!(bytes < MEMORY, "{bytes} bytes of memory");
        figures.most_bytes = figures.most_bytes.max(bytes);
        figures.last_bytes = bytes;
        if figures.first_bytes == 0 {
            figures.first_bytes = bytes;
        }
        assert!(self.terminal.ended().is_none(), "{}", self.terminal.log());
    }
}

#[tokio::test]
async fn something_is_always_on_the_screen_whatever_happens_to_the_network_and_the_page() {
    let minutes = env::var("HOLDFAST_SOAK_MINUTES").ok().and_then(|minutes| minutes.parse().ok());
    let lasts = minutes.map_or(SHORT, |minutes: u64| Duration::from_secs(60 * minutes));
    let world = World::polls_apart().await;
    let profile = fs::read_to_string(&world.settings.profile).unwrap();
    let rules = "[kiosk]\nidle = \"1s\"\nreload = \"15s\"\nhang = \"5s\"\nmemory = \"700 MiB\"\n";
    fs::write(&world.settings.profile, format!("{profile}\n{rules}")).unwrap();
    let windows = world.windows().await;
    let terminal = world.start("the terminal", &["--kiosk"]);
    let is_installed = || terminal.log().contains("Installed");
    until("the terminal is there", || ready(is_installed().then_some(()))).await;
    let (chance, figures) = (Chance(8), Figures::default());
    let mut soak = Soak {
        world,
        terminal,
        windows,
        chance,
        is_gone: false,
        is_silent: false,
        killed: Instant::now() - KILLS_APART,
        figures,
    };
    let begun = Instant::now();
    // On a slow machine little happens in that time.
    while begun.elapsed() < lasts || !soak.has_seen_all() && begun.elapsed() < lasts + LONGER {
        soak.trouble().await;
        for _ in 0..4 {
            soak.sample().await;
            time::sleep(BETWEEN).await;
        }
        // Who looks on for an hour wants to see that it goes on.
        if soak.figures.samples.is_multiple_of(1000) {
            println!("{:?}", soak.figures);
        }
    }
    let log = soak.terminal.log();
    let count = |text: &str| log.matches(text).count();
    println!(
        "{:?}\n{} sessions ended, {} times loaded afresh, {} processes ended, {} hung",
        soak.figures,
        count("a session has ended"),
        count("loaded afresh") + count("load the page afresh"),
        count("the page's process has ended"),
        count("the page says nothing any more"),
    );
    assert!(soak.has_seen_all(), "{:?}", soak.figures);
}
