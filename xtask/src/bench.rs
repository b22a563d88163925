//! `cargo xtask bench`: what a request costs, beside what cannot be saved.

use crate::failure::{Failure, Outcome};
use crate::leash::{Leash, Output};
use crate::project::Project;
use crate::{display, run, setup, ui};

/// The goals that are measured in the app.
const IN_THE_APP: [&str; 3] = ["G13", "G15", "G16"];
/// The goals that are measured on the gateway.
const ON_THE_GATEWAY: [&str; 2] = ["G10", "G11"];

/// Builds in release what the goals in `pass_on` need, or everything, and runs the benchmark
/// with `pass_on`.
pub(crate) fn run(project: &Project, pass_on: &[String]) -> Outcome<()> {
    let tools = setup::everything(project)?;
    let is_in_app = asks_for_one(pass_on, &IN_THE_APP);
    if asks_for_one(pass_on, &ON_THE_GATEWAY) {
        setup::to_measure(project)?;
    }
    if is_in_app {
        ui::build(project, &tools)?;
        let all = ["build", "--release", "--workspace", "--bins", "--examples"];
        run::run(tools.cargo().args(all))?;
    } else if asks_for_one(pass_on, &ON_THE_GATEWAY) {
        run::run(tools.cargo().args(["build", "--release", "--package", "holdfast-gateway"]))?;
    }
    // A workspace of its own, but in the same folder: it starts what lies beside it.
    let bench = ["build", "--release", "--manifest-path", "bench/Cargo.toml"];
    run::run(tools.cargo().args(bench))?;

    let mut bench = tools.command(project.path("target/release/holdfast-bench"));
    bench.args(pass_on);
    let bench = if is_in_app { display::headless(&bench) } else { bench };
    let status = Leash::start(&bench, Output::Terminal)?
        .wait()
        .map_err(|error| Failure::new(format!("could not wait for the benchmark: {error}")))?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::new(format!("the benchmark failed ({status})")))
}

/// Whether one of `goals` is to be measured: all are if none is named.
fn asks_for_one(pass_on: &[String], goals: &[&str]) -> bool {
    let mut only = Vec::new();
    let mut words = pass_on.iter();
    while let Some(word) = words.next() {
        if word == "--only" {
            only.extend(words.next());
        }
    }
    let joined = pass_on.iter().filter_map(|word| word.strip_prefix("--only="));
    let named: Vec<&str> = only
        .into_iter()
        .map(String::as_str)
        .chain(joined)
        .flat_map(|list| list.split(','))
        .collect();
    named.is_empty()
        || named.iter().any(|name| goals.iter().any(|goal| goal.eq_ignore_ascii_case(name)))
}

#[cfg(test)]
mod tests {
    use super::{IN_THE_APP, asks_for_one};

    #[test]
    fn the_app_is_built_only_for_the_goals_that_need_it() {
        let check = |line: &str, expected: bool| {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            assert_eq!(asks_for_one(&words, &IN_THE_APP), expected, "{line}");
        };
        check("", true);
        check("--json", true);
        check("--only G1,g13", true);
        check("--only=G16 --json", true);
        check("--only G1,G10", false);
        check("--only=G2 --json", false);
    }
}
