//! `cargo xtask simulate-fleet`: what a million devices together ask of one site.

use crate::failure::Outcome;
use crate::project::Project;
use crate::{run, setup};

/// Builds the engine in release and has it play devices, `count` of them or a million.
pub(crate) fn run(project: &Project, count: Option<u32>) -> Outcome<()> {
    let tools = setup::for_the_engine(project)?;
    let mut simulation = tools.cargo();
    simulation.args(["run", "--release", "--quiet", "--package", "holdfast-engine"]);
    simulation.args(["--features", "bench", "--example", "simulate_fleet", "--"]);
    simulation.args(count.map(|count| count.to_string()));
    run::run(&mut simulation)
}
