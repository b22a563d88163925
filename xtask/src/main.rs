//! The long jobs of the project: set-up, demo, tests, other platforms.
//!
//! Built by whatever cargo the system has (1.63 on Debian 12) and with no
//! dependency, because its first job is to install everything newer. `args`
//! says what there is to do, `setup` gets what that needs, and one module per
//! command does it.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod args;
mod bench;
mod bundle;
mod compatibility;
mod demo;
mod display;
mod failure;
mod leash;
mod phones;
mod platforms;
mod port;
mod project;
mod run;
mod screenshots;
mod setup;
mod simulate_fleet;
mod test;
mod torture;
mod try_package;
mod ui;
mod version;

use std::process::ExitCode;

use args::Command;
use failure::Outcome;
use project::Project;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = args::parse(&arguments).and_then(carry_out);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(failure.exit_code)
        }
    }
}

fn carry_out(command: Command) -> Outcome<()> {
    if command == Command::Help {
        print!("{}", args::usage());
        return Ok(());
    }
    let project = Project::find()?;
    match command {
        Command::Help => Ok(()),
        Command::Setup => setup::everything(&project).map(drop),
        Command::Ui => {
            let tools = setup::for_the_ui(&project)?;
            ui::build(&project, &tools)
        }
        Command::Demo { site } => demo::run(&project, site.as_deref()),
        Command::Test { only, pass_on } => test::run(&project, &only, &pass_on),
        Command::Bench { pass_on } => bench::run(&project, &pass_on),
        Command::SimulateFleet { devices } => simulate_fleet::run(&project, devices),
        Command::Torture(order) => torture::run(&project, &setup::for_torture(&project)?, &order),
        Command::Soak { minutes } => test::soak(&project, minutes),
        Command::CheckPlatforms { only } => platforms::run(&project, &only),
        Command::Bundle { updates } => bundle::run(&project, updates),
        Command::Compatibility { names } => compatibility::run(&project, &names),
        Command::TestWindows { pass_on } => platforms::test_windows(&project, &pass_on),
        Command::Phones { site } => phones::run(&project, site.as_deref()),
        Command::Wrap(wrapping) => bundle::wrap(&project, &wrapping),
        Command::TryPackage { package } => try_package::run(&project, package.as_deref()),
    }
}
