//! Debian packages.

use std::path::Path;
use std::process::Command;

use crate::failure::{Failure, Outcome};
use crate::project::Project;
use crate::run;

/// Installs those of `packages` that are missing.
pub(crate) fn install(project: &Project, packages: &[&str]) -> Outcome<()> {
    install_with(project, packages, Services::Started)
}

/// Installs those of `packages` that are missing, and leaves the services that Debian makes of
/// them stopped: only their programs are wanted.
pub(super) fn install_stopped(project: &Project, packages: &[&str]) -> Outcome<()> {
    install_with(project, packages, Services::Stopped)
}

/// What becomes of services that are installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Services {
    Started,
    Stopped,
}

/// Runs its arguments while apt is told that nothing may be started, unless the system has a
/// word of its own on that.
const WITHOUT_SERVICES: &str = r#"
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi
"$@"
"#;

fn install_with(project: &Project, packages: &[&str], services: Services) -> Outcome<()> {
    let missing = missing(packages);
    if missing.is_empty() {
        println!("debian: all {} packages are there", packages.len());
        return Ok(());
    }
    println!("debian: installing {}", missing.join(", "));
    let by_hand = format!("apt-get install {}", missing.join(" "));
    let log = project.target_folder("logs")?.join("apt.log");

    let mut update = as_root("apt-get", &by_hand)?;
    run::run_quietly(update.arg("update"), &log)?;

    let mut install = match services {
        Services::Started => as_root("apt-get", &by_hand)?,
        Services::Stopped => {
            let mut shell = as_root("sh", &by_hand)?;
            shell.args(["-c", WITHOUT_SERVICES, "install", "apt-get"]);
            shell
        }
    };
    // Another apt may be at work, as it is on a machine that has just started.
    install.args(["-o", "DPkg::Lock::Timeout=600"]);
    install.args(["install", "--yes", "--no-install-recommends"]).args(&missing);
    run::run_quietly(&mut install, &log).map_err(|failure| {
        Failure::new(format!(
            "debian: could not install {}: {failure}\nby hand: {by_hand}",
            missing.join(", ")
        ))
    })?;
    if services == Services::Stopped && Path::new("/run/systemd/system").exists() {
        println!(
            "debian: what of it is a service is stopped, but starts with the machine unless you \
             run: systemctl disable NAME"
        );
    }
    Ok(())
}

/// Whether a package is installed.
pub(super) fn has(package: &str) -> bool {
    missing(&[package]).is_empty()
}

fn missing<'a>(packages: &[&'a str]) -> Vec<&'a str> {
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat", "${Package} ${db:Status-Status}\n"]).args(packages);
    // It fails when it does not know one of them, and still lists the others.
    let listed = query.output().map(|output| output.stdout).unwrap_or_default();
    not_installed(packages, &String::from_utf8_lossy(&listed))
}

fn not_installed<'a>(packages: &[&'a str], listed: &str) -> Vec<&'a str> {
    let is_installed = |package: &str| {
        listed.lines().any(|line| line.split_once(' ') == Some((package, "installed")))
    };
    packages.iter().copied().filter(|package| !is_installed(package)).collect()
}

fn as_root(program: &str, by_hand: &str) -> Outcome<Command> {
    let is_root = run::output_of(Command::new("id").arg("-u")).as_deref() == Some("0\n");
    let mut command = if is_root {
        Command::new(program)
    } else if run::output_of(Command::new("sudo").arg("--version")).is_some() {
        let mut command = Command::new("sudo");
        command.args(["DEBIAN_FRONTEND=noninteractive", program]);
        command
    } else {
        return Err(Failure::new(format!(
            "debian: this user is not root and there is no sudo. As root: {by_hand}"
        )));
    };
    command.env("DEBIAN_FRONTEND", "noninteractive");
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::not_installed;

    #[test]
    fn a_package_counts_only_when_it_is_installed_now() {
        let listed = "xvfb installed\nxauth config-files\nscrot-doc installed\n";
        assert_eq!(not_installed(&["xvfb", "xauth", "scrot"], listed), ["xauth", "scrot"]);
    }
}
