//! What many devices together do to one site: each decides as the engine does, with the code
//! that the engine decides with, on a time that is only a number.
//!
//! ```text
//!    0 min   the devices fetch pages by themselves, each at its time
//!   30 min   the site dies: streams break, and what is due fails
//!   40 min   it is back
//!   60 min   it restarts: streams break, and it is there again at once
//!   80 min   it tells all of them something, and each fetches what that is about
//! ```
//!
//! Each device has one stream and one group of pages. On one in a hundred somebody looks at a
//! page, so that it is found out when the site is back.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::schedule::{after_message, again, soon, window};
use crate::{connectivity, push, sync};

/// What the site asks its streams to wait for at least before they come back (`retry`).
const ASKED: Duration = Duration::from_secs(60);
/// How often a device fetches its pages.
const EVERY: Duration = Duration::from_secs(15 * 60);
/// On one in so many devices somebody looks at a page.
const WATCHED: u32 = 100;

const MINUTE: u64 = 60;
const DIES: u64 = 30 * MINUTE;
const RETURNS: u64 = 40 * MINUTE;
const RESTARTS: u64 = 60 * MINUTE;
const TELLS: u64 = 80 * MINUTE;
const END: u64 = 91 * MINUTE;

/// The stretches that are told apart: the name, and from which second to which.
fn stretches(devices: u32) -> [(&'static str, u64, u64); 5] {
    // It is as long as the devices make of it.
    let told = window(u64::from(devices)).as_secs();
    [
        ("any half hour", 0, DIES),
        ("the site is away", DIES, RETURNS),
        ("it is back", RETURNS, RETURNS + 5 * MINUTE),
        ("it restarts", RESTARTS + MINUTE, RESTARTS + 2 * MINUTE),
        ("it tells all of them something", TELLS, TELLS + told.max(1)),
    ]
}

/// Whether devices keep apart by chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chance {
    /// As the engine does.
    Taken,
    /// Each pause is as long as it is on average.
    Ignored,
}

/// What came to the site in a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// What happens in it.
    pub name: &'static str,
    /// How long it is, in seconds.
    pub seconds: u64,
    /// How many requests came, or would have come.
    pub requests: u64,
    /// How many in the second with the most.
    pub peak: u64,
}

impl Load {
    /// How many came in a second, on average.
    pub fn mean(&self) -> f64 {
        self.requests as f64 / self.seconds as f64
    }

    /// How many times the mean the peak is.
    pub fn ratio(&self) -> f64 {
        if self.requests == 0 { 1.0 } else { self.peak as f64 / self.mean() }
    }
}

/// What so many devices ask of a site in an hour and a half, in which it dies, comes back,
/// restarts and tells them something.
pub fn simulate(devices: u32, chance: Chance) -> Vec<Load> {
    let mut fleet = Fleet::begin(devices, chance);
    fleet.run();
    stretches(devices).into_iter().map(|stretch| fleet.load(stretch)).collect()
}

/// What a device does at some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Deed {
    /// Fetches its pages.
    Sync,
    /// Opens its stream.
    Connect,
    /// Asks whether the site is there.
    Probe,
    /// Fetches what a message is about.
    Refresh,
}

/// As little as can be, since there are a million.
#[derive(Debug, Clone, Copy, Default)]
struct Device {
    /// When it fetches its pages next, and opens its stream: an earlier plan does not hold.
    sync_at: u64,
    connect_at: u64,
    sync_failures: u8,
    stream_failures: u8,
    probe_failures: u8,
}

struct Fleet {
    devices: Vec<Device>,
    /// In milliseconds, the earliest first.
    due: BinaryHeap<Reverse<(u64, u32, Deed)>>,
    /// The requests of each second.
    seconds: Vec<u64>,
    chance: Chance,
    random: fastrand::Rng,
}

impl Fleet {
    /// Devices that were started at any time.
    fn begin(devices: u32, chance: Chance) -> Self {
        let mut fleet = Self {
            devices: vec![Device::default(); devices as usize],
            due: BinaryHeap::with_capacity(devices as usize * 2),
            seconds: vec![0; END as usize],
            chance,
            // The same each time.
            random: fastrand::Rng::with_seed(7),
        };
        for device in 0..devices {
            let at = fleet.random.u64(0..millis(EVERY));
            fleet.plan(device, Deed::Sync, at);
        }
        fleet
    }

    fn run(&mut self) {
        for (until, happens) in [
            (DIES, Self::break_streams as fn(&mut Self, u64)),
            (RESTARTS, Self::break_streams),
            (TELLS, Self::tell_all),
            (END, |_: &mut Self, _: u64| {}),
        ] {
            self.run_until(until * 1000);
            happens(self, until * 1000);
        }
    }

    fn run_until(&mut self, end: u64) {
        while let Some(Reverse((now, at, deed))) = self.due.peek().copied()
            && now < end
        {
            self.due.pop();
            if self.is_planned(at, deed, now) {
                self.act(now, at, deed);
            }
        }
    }

    /// All streams end at once.
    fn break_streams(&mut self, now: u64) {
        for device in 0..self.devices.len() as u32 {
            let pause = push::RETRY.beyond(ASKED, 1, self.jitter());
            self.plan(device, Deed::Connect, now + millis(pause));
            if device.is_multiple_of(WATCHED) {
                let pause = connectivity::RETRY.delay(1, self.jitter());
                self.plan(device, Deed::Probe, now + millis(pause));
            }
        }
    }

    fn tell_all(&mut self, now: u64) {
        for device in 0..self.devices.len() as u32 {
            let pause = after_message(self.devices.len() as u64, self.jitter());
            self.plan(device, Deed::Refresh, now + millis(pause));
        }
    }

    fn act(&mut self, now: u64, at: u32, deed: Deed) {
        if let Some(requests) = self.seconds.get_mut((now / 1000) as usize) {
            *requests += 1;
        }
        if (DIES * 1000..RETURNS * 1000).contains(&now) {
            self.fail(now, at, deed);
        } else {
            if deed == Deed::Sync {
                let next = after(again(EVERY, time(now), self.jitter()));
                self.plan(at, Deed::Sync, next);
            }
            self.is_back(now, at, deed);
        }
    }

    fn fail(&mut self, now: u64, at: u32, deed: Deed) {
        let jitter = self.jitter();
        let Some(device) = self.devices.get_mut(at as usize) else { return };
        let count = |failures: &mut u8| {
            *failures = failures.saturating_add(1);
            u32::from(*failures)
        };
        let pause = match deed {
            Deed::Sync => sync::RETRY.spread(count(&mut device.sync_failures), jitter),
            Deed::Connect => {
                let failures = count(&mut device.stream_failures);
                push::RETRY.beyond(ASKED, failures, jitter) + push::AWAY.spread(failures, jitter)
            }
            Deed::Probe => connectivity::RETRY.delay(count(&mut device.probe_failures) + 1, jitter),
            Deed::Refresh => return,
        };
        self.plan(at, deed, now + millis(pause));
    }

    /// What has failed before is worth trying, since something did not.
    fn is_back(&mut self, now: u64, at: u32, deed: Deed) {
        let (reopens, refetches) = (self.jitter(), self.jitter());
        let Some(device) = self.devices.get_mut(at as usize) else { return };
        let before = std::mem::take(device);
        (device.sync_at, device.connect_at) = (before.sync_at, before.connect_at);
        if deed != Deed::Connect && before.stream_failures > 0 {
            let next = now + millis(push::RETRY.spread(1, reopens));
            self.plan(at, Deed::Connect, next.min(before.connect_at));
        }
        if deed != Deed::Sync && before.sync_failures > 0 {
            let next = after(soon(EVERY, time(now), refetches));
            self.plan(at, Deed::Sync, next.min(before.sync_at));
        }
    }

    fn plan(&mut self, at: u32, deed: Deed, next: u64) {
        let Some(device) = self.devices.get_mut(at as usize) else { return };
        match deed {
            Deed::Sync => device.sync_at = next,
            Deed::Connect => device.connect_at = next,
            Deed::Probe | Deed::Refresh => {}
        }
        self.due.push(Reverse((next, at, deed)));
    }

    /// Whether it is still planned for this time.
    fn is_planned(&self, at: u32, deed: Deed, now: u64) -> bool {
        self.devices.get(at as usize).is_some_and(|device| match deed {
            Deed::Sync => device.sync_at == now,
            Deed::Connect => device.connect_at == now,
            Deed::Probe | Deed::Refresh => true,
        })
    }

    fn jitter(&mut self) -> f64 {
        match self.chance {
            Chance::Taken => self.random.f64(),
            Chance::Ignored => 0.5,
        }
    }

    fn load(&self, (name, from, to): (&'static str, u64, u64)) -> Load {
        let seconds = self.seconds.get(from as usize..to as usize).unwrap_or_default();
        let (requests, peak) = (seconds.iter().sum(), seconds.iter().copied().max());
        Load { name, seconds: to - from, requests, peak: peak.unwrap_or_default() }
    }
}

fn millis(duration: Duration) -> u64 {
    duration.as_millis() as u64
}

fn time(now: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(now)
}

fn after(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The more there are, the smoother it is: what holds for these holds for a million.
    #[test]
    fn devices_that_have_lost_the_site_together_come_back_apart() {
        for load in simulate(20_000, Chance::Taken) {
            assert!(load.ratio() < 3.0, "{load:?}: {:.1} times the mean", load.ratio());
        }
    }

    /// Or there would be nothing to show.
    #[test]
    fn without_chance_they_come_all_at_once() {
        let loads = simulate(20_000, Chance::Ignored);
        let crowds: Vec<_> = loads.iter().filter(|load| load.ratio() > 10.0).collect();
        assert_eq!(crowds.len(), 3, "{loads:?}");
    }
}
