//! How the device is, as OpenMetrics text, which Prometheus reads.
//!
//! The names are documented in `docs/kiosk-fleet.md`; one that is there stays.

use std::sync::atomic::AtomicU64;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use holdfast_engine::{Cause, Configuration, Site, Status, Stretch};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::figures::{Program, named};

/// What the text is, for whoever reads it (OpenMetrics 1.0.0).
pub(crate) const TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Labels = Vec<(&'static str, String)>;
type Figure = Gauge<f64, AtomicU64>;

/// Figures under one prefix, each registered as it comes.
struct Figures(Registry);

impl Figures {
    fn one(&mut self, (name, help): (&str, &str), unit: Option<Unit>, value: f64) {
        let gauge = Figure::default();
        gauge.set(value);
        match unit {
            Some(unit) => self.0.register_with_unit(name, help, unit, gauge),
            None => self.0.register(name, help, gauge),
        }
    }

    fn each(
        &mut self,
        (name, help): (&str, &str),
        unit: Option<Unit>,
        values: impl IntoIterator<Item = (Labels, f64)>,
    ) {
        let family = Family::<Labels, Figure>::default();
        for (labels, value) in values {
            family.get_or_create(&labels).set(value);
        }
        match unit {
            Some(unit) => self.0.register_with_unit(name, help, unit, family),
            None => self.0.register(name, help, family),
        }
    }

    /// What only grows.
    fn counted(
        &mut self,
        (name, help): (&str, &str),
        unit: Option<Unit>,
        values: impl IntoIterator<Item = (Labels, u64)>,
    ) {
        let family = Family::<Labels, Counter>::default();
        for (labels, value) in values {
            family.get_or_create(&labels).inc_by(value);
        }
        match unit {
            Some(unit) => self.0.register_with_unit(name, help, unit, family),
            None => self.0.register(name, help, family),
        }
    }
}

/// The text.
pub(crate) fn text(program: &Program, site: &Site, status: &Status) -> String {
    let mut figures = Figures(Registry::with_prefix("holdfast"));
    let origin = site.origin.origin().ascii_serialization();
    figures.0.register(
        "build",
        "The program that tells, and the site that it shows",
        Info::new(vec![
            ("program", program.name.to_owned()),
            ("version", program.version.to_owned()),
            ("site", origin),
            ("profile", site.version.clone()),
        ]),
    );
    figures.one(
        ("start_time", "When the program was started, since 1970"),
        Some(Unit::Seconds),
        seconds(program.started_at),
    );
    configuration(&mut figures, program);
    connection(&mut figures, status);
    outbox(&mut figures, status);
    storage(&mut figures, status);
    syncs(&mut figures, status);
    installs(&mut figures, status);
    requests(&mut figures, status);
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = encode(&mut text, &figures.0);
    text
}

fn configuration(figures: &mut Figures, program: &Program) {
    let Some(remote) = &program.remote else { return };
    let Configuration { serial, is_on_trial, failed, .. } = remote.configuration();
    figures.one(
        ("profile_serial", "The number of the profile that is used; 0 is the built-in one"),
        None,
        serial.unwrap_or_default() as f64,
    );
    figures.one(
        ("profile_on_trial", "Whether the profile that is used has come to no good state yet"),
        None,
        truth(is_on_trial),
    );
    figures.one(
        ("profiles_failed", "How many profiles came to no good state"),
        None,
        failed.len() as f64,
    );
}

fn connection(figures: &mut Figures, status: &Status) {
    figures.one(
        ("connected", "Whether the site can be reached"),
        None,
        truth(status.connection.is_usable()),
    );
    let (state, cause) = named(status.connection);
    let causes = Cause::ALL.map(Cause::as_str);
    figures.each(
        ("disconnected", "Why the site cannot be reached: the cause that holds is 1"),
        None,
        causes.map(|word| (vec![("cause", word.to_owned())], truth(cause == Some(word)))),
    );
    figures.each(
        ("connection", "How the connection is: the state that holds is 1"),
        None,
        ["online", "slow", "suspect", "offline"]
            .map(|word| (vec![("state", word.to_owned())], truth(state == word))),
    );
    figures.one(
        ("offline_last_day", "How long the site could not be reached in the last 24 hours"),
        Some(Unit::Seconds),
        offline_for(&status.history, status.at).as_secs_f64(),
    );
    let changes = status.history.len().saturating_sub(1);
    figures.one(
        ("connection_changes_last_day", "How often the connection changed in the last 24 hours"),
        None,
        changes as f64,
    );
}

/// How long it was offline in the last day.
fn offline_for(history: &[Stretch], now: SystemTime) -> Duration {
    let day = Duration::from_secs(24 * 60 * 60);
    let begin = now.checked_sub(day).unwrap_or(UNIX_EPOCH);
    let ends = history.iter().skip(1).map(|next| next.from).chain([now]);
    let offline = history.iter().zip(ends).filter(|(stretch, _)| stretch.state.is_offline());
    offline
        .map(|(stretch, end)| end.duration_since(stretch.from.max(begin)).unwrap_or_default())
        .sum()
}

fn outbox(figures: &mut Figures, status: &Status) {
    figures.each(
        ("outbox_submissions", "What was submitted and the site has not taken yet"),
        None,
        status
            .outbox
            .iter()
            .map(|one| (vec![("state", one.state.as_str().to_owned())], one.count as f64)),
    );
    if let Some(oldest) = status.outbox.iter().filter_map(|one| one.since).min() {
        figures.one(
            ("outbox_oldest", "When the oldest of it was submitted, since 1970"),
            Some(Unit::Seconds),
            seconds(oldest),
        );
    }
}

fn storage(figures: &mut Figures, status: &Status) {
    let inventory = &status.inventory;
    let of = |word: &str| vec![("kind", word.to_owned())];
    figures.each(
        ("storage", "The bodies that the device holds; those that several share count for each"),
        Some(Unit::Bytes),
        inventory.stocks.iter().map(|stock| (of(stock.kind.as_str()), stock.bytes as f64)),
    );
    figures.each(
        ("storage_entries", "How many responses and submissions the device holds"),
        None,
        inventory.stocks.iter().map(|stock| (of(stock.kind.as_str()), stock.entries as f64)),
    );
    figures.one(
        ("storage_used", "All bodies that were fetched; those that several share count once"),
        Some(Unit::Bytes),
        inventory.bytes as f64,
    );
    figures.one(
        ("storage_quota", "How much of those may be kept"),
        Some(Unit::Bytes),
        inventory.quota as f64,
    );
}

fn syncs(figures: &mut Figures, status: &Status) {
    let of = |name: &str| vec![("group", name.to_owned())];
    let groups = || status.syncs.iter();
    figures.each(
        ("sync_last", "When a group of pages was fetched last as a whole, since 1970"),
        Some(Unit::Seconds),
        groups().filter_map(|group| Some((of(&group.name), seconds(group.last_at?)))),
    );
    figures.each(
        ("sync_failed", "Whether something of it could not be fetched the last time"),
        None,
        groups().map(|group| (of(&group.name), truth(group.failure.is_some()))),
    );
}

fn installs(figures: &mut Figures, status: &Status) {
    let of = || vec![("version", status.install.version.clone())];
    figures.each(
        ("install_complete", "Whether everything that the profile requires is there"),
        None,
        [(of(), truth(status.install.is_complete))],
    );
    figures.each(
        ("install_failed", "Whether something that the profile requires was not to be had"),
        None,
        [(of(), truth(status.install.failure.is_some()))],
    );
}

fn requests(figures: &mut Figures, status: &Status) {
    let answered = || {
        status.answered.iter().map(|one| {
            let labels = vec![("route", one.route.clone()), ("source", one.source.clone())];
            (labels, one)
        })
    };
    figures.counted(
        ("requests", "Requests by their route, and by where the answer came from"),
        None,
        answered().map(|(labels, one)| (labels, one.requests())),
    );
    figures.counted(
        ("answered", "The bodies of those answers"),
        Some(Unit::Bytes),
        answered().map(|(labels, one)| (labels, one.bytes)),
    );
}

fn truth(is_so: bool) -> f64 {
    f64::from(u8::from(is_so))
}

fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use holdfast_engine::Connection::{Offline, Online};

    use super::*;

    #[test]
    fn only_the_last_day_counts() {
        let at = |hours: u64| UNIX_EPOCH + Duration::from_secs(hours * 60 * 60);
        let stretch = |from, state| Stretch { from: at(from), state };
        let unreachable = Offline(Cause::Unreachable);
        let history = [stretch(10, unreachable), stretch(30, Online), stretch(47, unreachable)];
        let hours = |history: &[Stretch], now| offline_for(history, at(now)).as_secs() / 60 / 60;
        assert_eq!(hours(&history, 48), 6 + 1);
        assert_eq!(hours(&history[..1], 100), 24);
        assert_eq!(hours(&[], 48), 0);
    }
}
