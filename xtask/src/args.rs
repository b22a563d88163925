//! What can be asked for, and how.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use crate::bundle::{Updates, Wrapping};
use crate::failure::{Failure, Outcome};
use crate::platforms::Platform;
use crate::test::Part;
use crate::torture::{Halves, Order};

/// One of the jobs, with what it was told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Setup,
    Ui,
    Demo { site: Option<PathBuf> },
    Test { only: Vec<Part>, pass_on: Vec<String> },
    Bench { pass_on: Vec<String> },
    SimulateFleet { devices: Option<u32> },
    Torture(Order),
    Soak { minutes: u64 },
    CheckPlatforms { only: Vec<Platform> },
    Bundle { updates: Option<Updates> },
    Compatibility { names: Vec<String> },
    Wrap(Wrapping),
    TestWindows { pass_on: Vec<String> },
    Phones { site: Option<PathBuf> },
    TryPackage { package: Option<PathBuf> },
}

/// How each command is written, and what it does.
const COMMANDS: [(&str, &str); 16] = [
    ("demo [--site FILE]", "starts the polls site and opens the app on it"),
    ("test [--only PART,…] [-- FILTER…]", "runs every test, headless"),
    ("check-platforms [PLATFORM…]", "compiles the app for the systems that are not this one"),
    ("bench [--only GOAL,…] [--json]", "measures what requests cost, in release"),
    (
        "torture [--minutes N] [--seed S] [--without-receipts]",
        "votes while programs are killed and connections cut, and counts the votes",
    ),
    ("soak [--minutes N]", "uses a public terminal while its network and its page come and go"),
    ("bundle [UPDATES]", "makes packages of the app that ships"),
    (
        "wrap --site FILE --name NAME --icon PNG --identifier ID [UPDATES]",
        "makes packages of an app for another site",
    ),
    ("try-package [DEB]", "installs a .deb in a Debian of its own, starts it there and removes it"),
    ("test-windows [FILTER…]", "runs the engine's tests as a Windows build, under Wine"),
    ("phones [--site FILE]", "lays out what the projects of Android and iOS need of this app"),
    ("compatibility [APPLICATION…]", "tries real applications in the app and behind the gateway"),
    ("simulate-fleet [DEVICES]", "plays what a million devices together ask of one site"),
    ("setup", "only gets what the other commands need"),
    ("ui", "only builds ui/dist"),
    ("help", "prints this"),
];

/// Reads the command line, without the program's own name.
pub(crate) fn parse(arguments: &[String]) -> Outcome<Command> {
    let (command, rest) = match arguments.split_first() {
        None => return Err(Failure::usage(format!("no command given\n\n{}", usage()))),
        Some((command, rest)) => (command.as_str(), rest),
    };
    if rest.iter().take_while(|argument| *argument != "--").any(|argument| is_help(argument)) {
        return Ok(Command::Help);
    }
    match command {
        "setup" => nothing_more(command, rest, Command::Setup),
        "ui" => nothing_more(command, rest, Command::Ui),
        "demo" => Ok(Command::Demo { site: site(command, rest)? }),
        "test-windows" => Ok(Command::TestWindows { pass_on: rest.to_vec() }),
        "phones" => Ok(Command::Phones { site: site(command, rest)? }),
        "test" => test(rest),
        "bench" => Ok(Command::Bench { pass_on: rest.to_vec() }),
        "simulate-fleet" => simulate_fleet(rest),
        "torture" => torture(rest),
        "soak" => soak(rest),
        "check-platforms" => check_platforms(rest),
        "bundle" => bundle(rest),
        "compatibility" => Ok(Command::Compatibility { names: rest.to_vec() }),
        "try-package" => try_package(rest),
        "wrap" => wrap(rest),
        "help" => Ok(Command::Help),
        _ if is_help(command) => Ok(Command::Help),
        _ => Err(Failure::usage(format!("unknown command `{command}`\n\n{}", usage()))),
    }
}

/// Every command in a line each, and the names that its arguments take.
pub(crate) fn usage() -> String {
    let width = COMMANDS.iter().map(|(form, _)| form.chars().count()).max().unwrap_or(0);
    let mut text = String::from("usage: cargo xtask COMMAND\n\n");
    for (form, meaning) in COMMANDS {
        text += &format!("  {form:width$}  {meaning}\n");
    }
    text += &format!("\nPART: {}\nPLATFORM: {}\n", Part::names(), Platform::names());
    text += "UPDATES: --update-endpoint URL --update-key PUB, as docs/packages.md says\n";
    text
}

fn is_help(argument: &str) -> bool {
    argument == "--help" || argument == "-h"
}

fn nothing_more(name: &str, rest: &[String], command: Command) -> Outcome<Command> {
    match rest.first() {
        None => Ok(command),
        Some(argument) => Err(unknown(name, argument)),
    }
}

fn site(command: &str, rest: &[String]) -> Outcome<Option<PathBuf>> {
    let mut site = None;
    let mut rest = rest.iter();
    while let Some(argument) = rest.next() {
        site = match value_of("--site", argument, &mut rest)? {
            Some(file) => Some(PathBuf::from(file)),
            None => return Err(unknown(command, argument)),
        };
    }
    Ok(site)
}

fn test(rest: &[String]) -> Outcome<Command> {
    let mut only = Vec::new();
    let mut pass_on = Vec::new();
    let mut rest = rest.iter();
    while let Some(argument) = rest.next() {
        if argument == "--" {
            pass_on.extend(rest.by_ref().cloned());
            continue;
        }
        match value_of("--only", argument, &mut rest)? {
            Some(names) => {
                for name in names.split(',') {
                    only.push(Part::named(name)?);
                }
            }
            None => return Err(unknown("test", argument)),
        }
    }
    Ok(Command::Test { only, pass_on })
}

fn torture(rest: &[String]) -> Outcome<Command> {
    let mut order = Order { minutes: 10, seed: None, halves: Halves::Both };
    let mut rest = rest.iter();
    while let Some(argument) = rest.next() {
        if argument == "--without-receipts" {
            order.halves = Halves::WithoutReceipts;
        } else if let Some(minutes) = value_of("--minutes", argument, &mut rest)? {
            order.minutes = number("--minutes", &minutes, 1..=24 * 60)?;
        } else if let Some(seed) = value_of("--seed", argument, &mut rest)? {
            order.seed = Some(number("--seed", &seed, 0..=u64::MAX)?);
        } else {
            return Err(unknown("torture", argument));
        }
    }
    Ok(Command::Torture(order))
}

fn soak(rest: &[String]) -> Outcome<Command> {
    let mut minutes = 10;
    let mut rest = rest.iter();
    while let Some(argument) = rest.next() {
        minutes = match value_of("--minutes", argument, &mut rest)? {
            Some(minutes) => number("--minutes", &minutes, 1..=24 * 60)?,
            None => return Err(unknown("soak", argument)),
        };
    }
    Ok(Command::Soak { minutes })
}

/// A number that an option takes.
fn number<N>(option: &str, text: &str, range: RangeInclusive<N>) -> Outcome<N>
where
    N: FromStr + PartialOrd + Display,
{
    let found = text.parse().ok().filter(|number| range.contains(number));
    found.ok_or_else(|| {
        let (least, most) = (range.start(), range.end());
        Failure::usage(format!("`{option}` takes a number from {least} to {most}, not `{text}`"))
    })
}

fn simulate_fleet(rest: &[String]) -> Outcome<Command> {
    let devices = match rest.split_first() {
        None => None,
        Some((count, [])) => match count.parse() {
            Ok(devices) => Some(devices),
            Err(_) => return Err(unknown("simulate-fleet", count)),
        },
        Some((_, [more, ..])) => return Err(unknown("simulate-fleet", more)),
    };
    Ok(Command::SimulateFleet { devices })
}

fn check_platforms(rest: &[String]) -> Outcome<Command> {
    let only = rest.iter().map(|name| Platform::named(name)).collect::<Outcome<_>>()?;
    Ok(Command::CheckPlatforms { only })
}

fn bundle(rest: &[String]) -> Outcome<Command> {
    let [endpoint, key] = values("bundle", &UPDATES, rest)?;
    Ok(Command::Bundle { updates: updates(endpoint, key)? })
}

fn wrap(rest: &[String]) -> Outcome<Command> {
    const NEEDED: [&str; 4] = ["--site", "--name", "--icon", "--identifier"];
    let options = [NEEDED[0], NEEDED[1], NEEDED[2], NEEDED[3], UPDATES[0], UPDATES[1]];
    match values("wrap", &options, rest)? {
        [Some(site), Some(name), Some(icon), Some(identifier), endpoint, key] => {
            let updates = updates(endpoint, key)?;
            let (site, icon) = (site.into(), icon.into());
            Ok(Command::Wrap(Wrapping { site, name, icon, identifier, updates }))
        }
        values => {
            let missing = NEEDED.iter().zip(&values).filter(|(_, value)| value.is_none());
            let missing: Vec<&str> = missing.map(|(option, _)| *option).collect();
            Err(Failure::usage(format!("`wrap` needs {}\n\n{}", missing.join(", "), usage())))
        }
    }
}

const UPDATES: [&str; 2] = ["--update-endpoint", "--update-key"];

/// Who asks for updates has to know whose they are.
fn updates(endpoint: Option<String>, key: Option<String>) -> Outcome<Option<Updates>> {
    match (endpoint, key) {
        (None, None) => Ok(None),
        (Some(endpoint), Some(key)) => Ok(Some(Updates { endpoint, key: key.into() })),
        (Some(_), None) | (None, Some(_)) => {
            let [endpoint, key] = UPDATES;
            Err(Failure::usage(format!("`{endpoint}` and `{key}` need one another")))
        }
    }
}

fn try_package(rest: &[String]) -> Outcome<Command> {
    match rest {
        [] => Ok(Command::TryPackage { package: None }),
        [package] if !package.starts_with('-') => {
            Ok(Command::TryPackage { package: Some(package.into()) })
        }
        [package] => Err(unknown("try-package", package)),
        [_, more, ..] => Err(unknown("try-package", more)),
    }
}

/// The values of options that each take one, in whatever order they come.
fn values<const N: usize>(
    command: &str,
    options: &[&str; N],
    rest: &[String],
) -> Outcome<[Option<String>; N]> {
    let mut values = [(); N].map(|()| None);
    let mut rest = rest.iter();
    'arguments: while let Some(argument) = rest.next() {
        for (option, found) in options.iter().zip(&mut values) {
            if let Some(value) = value_of(option, argument, &mut rest)? {
                *found = Some(value);
                continue 'arguments;
            }
        }
        return Err(unknown(command, argument));
    }
    Ok(values)
}

/// The value of `option`, if `argument` is that option, as `--x V` or `--x=V`.
fn value_of<'a>(
    option: &str,
    argument: &str,
    rest: &mut impl Iterator<Item = &'a String>,
) -> Outcome<Option<String>> {
    if argument == option {
        return match rest.next() {
            Some(value) => Ok(Some(value.clone())),
            None => Err(Failure::usage(format!("`{option}` needs a value\n\n{}", usage()))),
        };
    }
    let value = argument.strip_prefix(option).and_then(|rest| rest.strip_prefix('='));
    Ok(value.map(str::to_owned))
}

fn unknown(command: &str, argument: &str) -> Failure {
    Failure::usage(format!("`{command}` does not know `{argument}`\n\n{}", usage()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Outcome<Command> {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(&arguments)
    }

    #[test]
    fn commands_are_read_with_their_options() {
        let check = |line, expected| assert_eq!(parsed(line), Ok(expected), "{line}");
        check("setup", Command::Setup);
        check("ui", Command::Ui);
        check("demo", Command::Demo { site: None });
        check("demo --site a.toml", Command::Demo { site: Some("a.toml".into()) });
        check("demo --site=a.toml", Command::Demo { site: Some("a.toml".into()) });
        check("test", Command::Test { only: vec![], pass_on: vec![] });
        check(
            "test --only e2e,ui -- vote --nocapture",
            Command::Test {
                only: vec![Part::EndToEnd, Part::Ui],
                pass_on: vec!["vote".into(), "--nocapture".into()],
            },
        );
        check("bench --quick", Command::Bench { pass_on: vec!["--quick".into()] });
        check("simulate-fleet", Command::SimulateFleet { devices: None });
        check("simulate-fleet 1000", Command::SimulateFleet { devices: Some(1000) });
        let order = Order { minutes: 10, seed: None, halves: Halves::Both };
        check("torture", Command::Torture(order.clone()));
        check("torture --minutes=1", Command::Torture(Order { minutes: 1, ..order }));
        check(
            "torture --without-receipts --seed 7 --minutes 2",
            Command::Torture(Order { minutes: 2, seed: Some(7), halves: Halves::WithoutReceipts }),
        );
        check("soak", Command::Soak { minutes: 10 });
        check("soak --minutes 3", Command::Soak { minutes: 3 });
        check("check-platforms", Command::CheckPlatforms { only: vec![] });
        check("bundle", Command::Bundle { updates: None });
        let updates = Updates { endpoint: "https://a/".into(), key: "a.pub".into() };
        check(
            "bundle --update-key a.pub --update-endpoint https://a/",
            Command::Bundle { updates: Some(updates) },
        );
        check("compatibility", Command::Compatibility { names: vec![] });
        let names = vec!["wagtail".into(), "roundup".into()];
        check("compatibility wagtail roundup", Command::Compatibility { names });
        check("try-package", Command::TryPackage { package: None });
        check("try-package a.deb", Command::TryPackage { package: Some("a.deb".into()) });
        let wrapping = Wrapping {
            site: "a.toml".into(),
            name: "A".into(),
            icon: "a.png".into(),
            identifier: "org.a".into(),
            updates: None,
        };
        check(
            "wrap --name A --icon=a.png --site a.toml --identifier org.a",
            Command::Wrap(wrapping),
        );
        check("check-platforms ios", Command::CheckPlatforms { only: vec![Platform::Ios] });
    }

    #[test]
    fn help_is_an_answer_wherever_it_stands() {
        for line in ["help", "--help", "-h", "demo --help", "test --only e2e -h"] {
            assert_eq!(parsed(line), Ok(Command::Help), "{line}");
        }
    }

    #[test]
    fn arguments_behind_the_dashes_belong_to_the_tests() {
        let expected = Command::Test { only: vec![], pass_on: vec!["--help".into()] };
        assert_eq!(parsed("test -- --help"), Ok(expected));
    }

    #[test]
    fn what_does_not_exist_is_named_with_what_does() {
        let check = |line, named, offered| {
            let failure = parsed(line).unwrap_err();
            assert_eq!(failure.exit_code, 2, "{line}");
            let message = failure.to_string();
            assert!(message.contains(named), "{line}: {message}");
            assert!(message.contains(offered), "{line}: {message}");
        };
        check("", "no command", "demo [--site FILE]");
        check("dmeo", "`dmeo`", "demo [--site FILE]");
        check("setup now", "`now`", "setup");
        check("demo --page", "`--page`", "--site FILE");
        check("demo --site", "`--site` needs a value", "--site FILE");
        check("demo --sitefile", "`--sitefile`", "--site FILE");
        check("test vote", "`vote`", "-- FILTER");
        check("test --only e3e", "`e3e`", "e2e");
        check("torture --hours 1", "`--hours`", "torture [--minutes N]");
        check("torture --minutes 0", "`0`", "from 1 to 1440");
        check("torture --seed -1", "`-1`", "from 0 to");
        check("soak --minutes 0", "`0`", "from 1 to 1440");
        check("wrap --site a.toml --icon a.png", "--name, --identifier", "--site FILE");
        check("check-platforms beos", "`beos`", "windows");
        check(
            "bundle --update-key a",
            "`--update-endpoint` and `--update-key`",
            "need one another",
        );
        check("try-package a.deb b.deb", "`b.deb`", "try-package [DEB]");
    }
}
