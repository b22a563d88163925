//! What was measured beside what it is measured against, and whether that is enough.

use serde::Serialize;

use crate::goal::Goal;

/// A figure with its unit.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Figure {
    /// In nanoseconds.
    Time(f64),
    Bytes(f64),
    BytesPerSecond(f64),
    PerSecond(f64),
    Count(f64),
}

impl Figure {
    const fn value(self) -> f64 {
        match self {
            Self::Time(value)
            | Self::Bytes(value)
            | Self::BytesPerSecond(value)
            | Self::PerSecond(value)
            | Self::Count(value) => value,
        }
    }

    const fn unit(self) -> &'static str {
        match self {
            Self::Time(_) => "ns",
            Self::Bytes(_) => "B",
            Self::BytesPerSecond(_) => "B/s",
            Self::PerSecond(_) => "1/s",
            Self::Count(_) => "",
        }
    }

    fn shown(self) -> String {
        match self {
            Self::Time(ns) if ns < 1e3 => format!("{ns:.0} ns"),
            Self::Time(ns) if ns < 1e6 => format!("{:.2} µs", ns / 1e3),
            Self::Time(ns) if ns < 1e9 => format!("{:.2} ms", ns / 1e6),
            Self::Time(ns) => format!("{:.2} s", ns / 1e9),
            Self::Bytes(bytes) => of_bytes(bytes),
            Self::BytesPerSecond(bytes) => format!("{}/s", of_bytes(bytes)),
            Self::PerSecond(times) => format!("{times:.0}/s"),
            Self::Count(count) => format!("{count:.0}"),
        }
    }
}

fn of_bytes(bytes: f64) -> String {
    const KIB: f64 = 1024.0;
    if bytes.abs() < KIB {
        format!("{bytes:.0} B")
    } else if bytes.abs() < KIB * KIB {
        format!("{:.1} KiB", bytes / KIB)
    } else {
        format!("{:.1} MiB", bytes / KIB / KIB)
    }
}

/// What a figure is held against.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Against {
    /// Something measured in the same run; ours divided by it must be at most this.
    AtMost(f64, Figure),
    /// Ours divided by it must be at least this.
    AtLeast(f64, Figure),
    /// Something measured in the same run, for comparison only.
    Beside(Figure),
    /// A limit that was agreed on.
    Limit(Figure),
}

/// A row of the table.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    goal: Goal,
    what: String,
    result: Result<(Figure, Against), String>,
}

impl Row {
    pub(crate) fn new(goal: Goal, what: impl Into<String>, ours: Figure, against: Against) -> Self {
        Self { goal, what: what.into(), result: Ok((ours, against)) }
    }

    /// A row for what this run does not measure, and why.
    pub(crate) fn unmeasured(goal: Goal, what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { goal, what: what.into(), result: Err(why.into()) }
    }

    fn line(&self) -> Line {
        let (ours, against) = match &self.result {
            Ok(result) => *result,
            Err(why) => {
                let (goal, what) = (self.goal.to_string(), self.what.clone());
                return Line { goal, what, why: Some(why.clone()), ..Line::default() };
            }
        };
        let (baseline, bound, is_met) = match against {
            Against::AtMost(most, baseline) => {
                let ratio = ours.value() / baseline.value();
                (Some(baseline), Some(format!("≤ {most:.2}")), Some(ratio <= most))
            }
            Against::AtLeast(least, baseline) => {
                let ratio = ours.value() / baseline.value();
                (Some(baseline), Some(format!("≥ {least:.2}")), Some(ratio >= least))
            }
            Against::Beside(baseline) => (Some(baseline), None, None),
            Against::Limit(limit) => {
                let bound = format!("≤ {}", limit.shown());
                (None, Some(bound), Some(ours.value() <= limit.value()))
            }
        };
        Line {
            goal: self.goal.to_string(),
            what: self.what.clone(),
            ours: Some(ours.value()),
            baseline: baseline.map(Figure::value),
            unit: Some(ours.unit()),
            ratio: baseline.map(|baseline| ours.value() / baseline.value()),
            bound,
            is_met,
            why: None,
            shown: [ours.shown(), baseline.map_or_else(|| "–".to_owned(), Figure::shown)],
        }
    }
}

/// A row as it is printed.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    goal: String,
    what: String,
    ours: Option<f64>,
    baseline: Option<f64>,
    unit: Option<&'static str>,
    ratio: Option<f64>,
    bound: Option<String>,
    is_met: Option<bool>,
    /// Why it was not measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(skip)]
    shown: [String; 2],
}

impl Line {
    fn cells(&self) -> [String; 7] {
        let [ours, baseline] = match &self.why {
            Some(_) => ["–".to_owned(), "–".to_owned()],
            None => self.shown.clone(),
        };
        let what = match &self.why {
            Some(why) => format!("{} (not measured: {why})", self.what),
            None => self.what.clone(),
        };
        let met = match self.is_met {
            Some(true) => "yes",
            Some(false) => "no",
            None => "–",
        };
        let ratio = self.ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"));
        let bound = self.bound.clone().unwrap_or_else(|| "–".to_owned());
        [self.goal.clone(), what, ours, baseline, ratio, bound, met.to_owned()]
    }
}

const HEADINGS: [&str; 7] = ["", "", "ours", "baseline", "ratio", "goal", "met"];

/// The table for a terminal.
pub(crate) fn text(rows: &[Row]) -> String {
    let (measured, not): (Vec<Line>, Vec<Line>) =
        rows.iter().map(Row::line).partition(|line| line.why.is_none());
    let mut lines: Vec<_> = measured.iter().map(Line::cells).collect();
    if !lines.is_empty() {
        lines.insert(0, HEADINGS.map(str::to_owned));
    }
    let mut widths = [0; 7];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    for line in lines {
        for (at, (cell, width)) in line.iter().zip(widths).enumerate() {
            // Names to the left, figures to the right.
            text += &match at {
                0 | 1 => format!("{cell:<width$}  "),
                _ => format!("{cell:>width$}  "),
            };
        }
        text = text.trim_end().to_owned() + "\n";
    }
    for Line { goal, what, why, .. } in not {
        text += &format!("{goal}  {what}: not measured: {}\n", why.unwrap_or_default());
    }
    text
}

/// The table for a document.
pub(crate) fn markdown(rows: &[Row]) -> String {
    let line = |cells: [String; 7]| format!("| {} |\n", cells.join(" | "));
    let headings = HEADINGS.map(str::to_owned);
    let mut text = line(headings) + "|---|---|--:|--:|--:|--:|---|\n";
    for row in rows {
        text += &line(row.line().cells());
    }
    text
}

/// The rows for a program, with times in nanoseconds.
pub(crate) fn json(rows: &[Row]) -> serde_json::Value {
    serde_json::json!(rows.iter().map(Row::line).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(against: Against, expected: &str) {
        let row = Row::new(Goal::G1, "a", Figure::Time(1500.0), against);
        assert_eq!(row.line().cells().join("|"), expected);
    }

    #[test]
    fn a_row_says_whether_the_goal_is_met() {
        let baseline = Figure::Time(1000.0);
        check(Against::AtMost(2.0, baseline), "G1|a|1.50 µs|1.00 µs|1.50|≤ 2.00|yes");
        check(Against::AtMost(1.0, baseline), "G1|a|1.50 µs|1.00 µs|1.50|≤ 1.00|no");
        check(Against::AtLeast(2.0, baseline), "G1|a|1.50 µs|1.00 µs|1.50|≥ 2.00|no");
        check(Against::Beside(baseline), "G1|a|1.50 µs|1.00 µs|1.50|–|–");
        check(Against::Limit(baseline), "G1|a|1.50 µs|–|–|≤ 1.00 µs|no");
    }

    #[test]
    fn what_is_not_measured_says_why_and_is_neither_met_nor_missed() {
        let row = Row::unmeasured(Goal::G14, "sorts", "counted elsewhere");
        assert_eq!(
            row.line().cells().join("|"),
            "G14|sorts (not measured: counted elsewhere)|–|–|–|–|–"
        );
    }
}
