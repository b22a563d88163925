//! The table in the end.

use std::time::Duration;

use super::Receipts;
use super::comparison::Compared;
use super::stage::Tally;

/// What came of one half of a run.
pub(super) struct Half {
    pub(super) receipts: Receipts,
    pub(super) compared: Compared,
    pub(super) tally: Tally,
    pub(super) cuts: u64,
    /// How long it took until nothing waited, once everything went well again.
    pub(super) drained_in: Duration,
}

/// A line for each figure, a column for each half.
pub(super) fn table(halves: &[Half], seed: u64) -> String {
    type Figure = fn(&Half) -> String;
    let figures: [(&str, Figure); 14] = [
        ("votes", |half| half.receipts.name().to_owned()),
        ("submitted", |half| half.compared.submitted.to_string()),
        ("acknowledged", |half| half.compared.acknowledged.to_string()),
        ("  delivered at once", |half| half.compared.at_once.to_string()),
        ("  delivered later", |half| half.compared.later.to_string()),
        ("answer never heard", |half| half.compared.unheard.to_string()),
        ("uncertain", |half| half.compared.uncertain.to_string()),
        ("lost", |half| half.compared.lost.to_string()),
        ("doubled", |half| half.compared.doubled.to_string()),
        ("kills of a gateway", |half| half.tally.kills.to_string()),
        ("restarts of a gateway", |half| half.tally.starts.saturating_sub(1).to_string()),
        ("kills of the site", |half| half.tally.site_kills.to_string()),
        ("cuts", |half| half.cuts.to_string()),
        ("drained in", |half| format!("{:.1} s", half.drained_in.as_secs_f64())),
    ];
    let mut text = String::new();
    for (name, figure) in figures {
        text += &format!("{name:22}");
        for half in halves {
            text += &format!("{:>18}", figure(half));
        }
        text.push('\n');
    }
    text + &format!("seed {seed}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_of_each_half_is_in_the_table() {
        let half = |receipts, lost| Half {
            receipts,
            compared: Compared { submitted: 812, lost, ..Compared::default() },
            tally: Tally { kills: 31, starts: 40, site_kills: 5 },
            cuts: 77,
            drained_in: Duration::from_millis(1250),
        };
        let table = table(&[half(Receipts::Given, 0), half(Receipts::None, 3)], 42);
        let line = |name: &str| {
            let line = table.lines().find(|line| line.starts_with(name)).unwrap_or_default();
            line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(line("submitted"), ["submitted", "812", "812"]);
        assert_eq!(line("lost"), ["lost", "0", "3"]);
        assert_eq!(line("restarts"), ["restarts", "of", "a", "gateway", "39", "39"]);
        assert_eq!(line("drained"), ["drained", "in", "1.2", "s", "1.2", "s"]);
        assert_eq!(line("seed"), ["seed", "42"]);
    }
}
