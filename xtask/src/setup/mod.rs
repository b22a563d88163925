//! What the commands need, and getting it.
//!
//! Each step says in one line what it does, does nothing when there is nothing
//! to do, and fails naming what is missing and how to get it:
//!
//! - `packages`: what the system has to bring, installed where there is apt
//! - `rust`: a cargo new enough for the workspace
//! - `python`: a virtual environment with what the polls site needs
//! - `node`: Node.js, and the npm packages of `ui/`

mod debian;
mod node;
mod packages;
mod python;
mod rust;
mod tools;

pub(crate) use debian::install as install_debian_packages;
pub(crate) use packages::{System, system};
pub(crate) use tools::Tools;

use crate::failure::Outcome;
use crate::project::Project;

/// Gets everything that the demo, the tests and the benchmark need.
pub(crate) fn everything(project: &Project) -> Outcome<Tools> {
    packages::get(project)?;
    let mut tools = Tools::new(project);
    rust::get(project, &mut tools)?;
    python::get_requirements(project, &tools)?;
    node::get(project, &mut tools)?;
    Ok(tools)
}

/// Gets what the gateway and the polls site need, and nothing of the page.
pub(crate) fn for_torture(project: &Project) -> Outcome<Tools> {
    packages::get(project)?;
    let mut tools = Tools::new(project);
    rust::get(project, &mut tools)?;
    python::get_requirements(project, &tools)?;
    Ok(tools)
}

/// Gets what making packages of the app needs.
pub(crate) fn to_bundle(project: &Project) -> Outcome<Tools> {
    packages::get(project)?;
    let mut tools = Tools::new(project);
    rust::get(project, &mut tools)?;
    node::get(project, &mut tools)?;
    node::get_bundler(project, &tools)?;
    Ok(tools)
}

/// Gets what trying a package out needs: a Debian that can be made, and the polls site.
pub(crate) fn to_try_a_package(project: &Project) -> Outcome<Tools> {
    packages::get_to_try(project)?;
    let tools = Tools::new(project);
    python::get_requirements(project, &tools)?;
    Ok(tools)
}

/// Gets what the engine alone needs.
pub(crate) fn for_the_engine(project: &Project) -> Outcome<Tools> {
    packages::get(project)?;
    let mut tools = Tools::new(project);
    rust::get(project, &mut tools)?;
    Ok(tools)
}

/// Gets what the benchmark measures the gateway against.
pub(crate) fn to_measure(project: &Project) -> Outcome<()> {
    packages::get_to_measure(project)
}

/// Gets what building `ui/` needs, which is the same on every system.
pub(crate) fn for_the_ui(project: &Project) -> Outcome<Tools> {
    let mut tools = Tools::new(project);
    node::get(project, &mut tools)?;
    Ok(tools)
}

/// Gets a program that comes as a Python package; returns the interpreter that has it.
pub(crate) fn python_package(project: &Project, requirement: &str) -> Outcome<std::path::PathBuf> {
    python::get_package(project, requirement)
}
