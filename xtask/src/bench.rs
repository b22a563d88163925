//! `cargo xtask bench`: what a request costs.

use crate::failure::{Failure, Outcome};
use crate::leash::{Leash, Output};
use crate::project::Project;
use crate::{display, run, setup, ui};

/// Builds everything in release and runs the benchmark with `pass_on`.
pub(crate) fn run(project: &Project, pass_on: &[String]) -> Outcome<()> {
    let tools = setup::everything(project)?;
    ui::build(project, &tools)?;
    run::run(tools.cargo().args(["build", "--release", "--workspace", "--bins", "--examples"]))?;

    // Started directly: `cargo run` of one package would choose its features
    // alone, and so build most of the workspace once more.
    let mut bench = tools.command(project.path("target/release/bench"));
    bench.args(pass_on);
    let status = Leash::start(&display::headless(&bench), Output::Terminal)?
        .wait()
        .map_err(|error| Failure::new(format!("could not wait for the benchmark: {error}")))?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::new(format!("the benchmark failed ({status})")))
}
