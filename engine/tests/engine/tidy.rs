//! That the engine keeps to its shape: layers, one scenario file per strategy, names, sizes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use holdfast_engine::{STEPS, Strategy, SubmissionState};

/// From the lowest to the highest. A module names only modules of lower layers; within a
/// layer that is marked so, modules may name one another.
const LAYERS: [(&str, Siblings, &[&str]); 8] = [
    (
        "vocabulary",
        Siblings::May,
        &[
            "body", "edge", "error", "event", "notice", "request", "response", "saved", "seen",
            "synced", "time",
        ],
    ),
    ("runtime", Siblings::MayNot, &["blocking"]),
    (
        "pure",
        Siblings::MayNot,
        &[
            "backoff",
            "clients",
            "diary",
            "event_stream",
            "form",
            "pace",
            "policy",
            "route",
            "schedule",
            "traffic",
        ],
    ),
    ("profile and I/O", Siblings::MayNot, &["config", "network", "page", "store"]),
    // The site, the I/O and the clock, as `engine` puts them together and hands them down.
    ("handed down", Siblings::MayNot, &["context"]),
    ("serving", Siblings::May, &["exchange", "strategy"]),
    (
        "activities",
        Siblings::MayNot,
        &[
            "bundle",
            "connectivity",
            "explain",
            "install",
            "outbox",
            "push",
            "records",
            "remote",
            "save",
            "sessions",
            "stats",
            "survey",
            "sync",
        ],
    ),
    ("composition", Siblings::MayNot, &["bench", "engine", "fleet", "fuzzing"]),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Siblings {
    May,
    MayNot,
}

/// Lines after which a file holds more than one thing.
const TOO_LONG: usize = 450;
const VAGUE: [&str; 4] = ["manager", "service", "helper", "util"];

fn package() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The top module of a file, or `None` for the crate's root.
fn module_of(file: &Path) -> Option<String> {
    let inside = file.strip_prefix(package().join("src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
    let name = first.trim_end_matches(".rs");
    (name != "lib").then(|| name.to_owned())
}

/// The top modules that a source names as `crate::…`, in code and not in comments.
fn named_in(source: &str) -> BTreeSet<String> {
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code: String = code.collect::<Vec<_>>().join("\n");
    let paths = code.split("crate::").skip(1).flat_map(|rest| match rest.strip_prefix('{') {
        Some(group) => top_names(group),
        None => vec![rest],
    });
    paths
        .map(|path| path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
        .filter(|name: &String| !name.is_empty())
        .collect()
}

/// The first names in a `{…}` group of a `use`.
fn top_names(group: &str) -> Vec<&str> {
    let (mut names, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => {
                names.push(group[start..at].trim());
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(group[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    names
}

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|(_, _, modules)| modules.contains(&module))
}

#[test]
fn modules_name_only_lower_ones() {
    let mut offences = Vec::new();
    for file in sources(&package().join("src")) {
        let Some(module) = module_of(&file) else { continue };
        let Some(layer) = layer_of(&module) else {
            offences.push(format!("{module} is in no layer"));
            continue;
        };
        for named in named_in(&fs::read_to_string(&file).unwrap()) {
            let Some(other) = layer_of(&named) else { continue };
            let is_sibling = other == layer && LAYERS[layer].1 == Siblings::May;
            if named != module && other >= layer && !is_sibling {
                offences.push(format!("{} names {named}", file.display()));
            }
        }
    }
    assert_eq!(offences, Vec::<String>::new());
}

/// A strategy asks an exchange and reads like its description.
#[test]
fn strategies_name_neither_the_store_nor_the_network() {
    for file in sources(&package().join("src/strategy")) {
        let named = named_in(&fs::read_to_string(&file).unwrap());
        let allowed = ["error", "exchange", "policy", "request", "response", "route"];
        let others: Vec<_> =
            named.iter().filter(|name| !allowed.contains(&name.as_str())).collect();
        assert!(others.is_empty(), "{} names {others:?}", file.display());
    }
}

/// The wall clock is read where a request, an answer or a start has its moment, and handed
/// on from there as an argument. Timers and tokio's own time are another matter: they
/// follow the tests' time by themselves.
#[test]
fn the_wall_clock_is_read_in_few_places() {
    let reads = |source: &str| {
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        code.contains("clock.now()") || code.contains("SystemTime::now()")
    };
    let source = package().join("src");
    let readers: Vec<_> = sources(&source)
        .into_iter()
        .filter(|file| reads(&fs::read_to_string(file).unwrap()))
        .map(|file| file.strip_prefix(&source).unwrap().to_str().unwrap().replace('\\', "/"))
        .collect();
    assert_eq!(
        readers,
        [
            "engine/in_place.rs",
            "engine/looking.rs",
            "engine/saving.rs",
            "engine/status.rs",
            "engine.rs",
            "exchange/copying.rs",
            "exchange/fetch.rs",
            "exchange/keep.rs",
            "exchange/mod.rs",
            "exchange/refreshing.rs",
            "install.rs",
            "outbox/attempt.rs",
            "outbox/capture.rs",
            "outbox/ending.rs",
            "outbox/mod.rs",
            "push/pages.rs",
            "push/stream.rs",
            "records.rs",
            "save/copying.rs",
            "save/mod.rs",
            "sessions.rs",
            "store/queue.rs",
            "sync.rs",
            "time.rs"
        ]
    );
}

#[test]
fn a_use_is_read_as_the_compiler_reads_it() {
    let source = "use crate::store::Store;\nuse crate::{page::{A, B}, route};\n// crate::engine\n";
    let named: Vec<_> = named_in(source).into_iter().collect();
    assert_eq!(named, ["page", "route", "store"]);
}

#[test]
fn every_strategy_has_its_file_and_its_scenarios() {
    for name in Strategy::NAMES {
        let file = format!("{}.rs", name.replace('-', "_"));
        assert!(package().join("src/strategy").join(&file).exists(), "src/strategy/{file}");
        assert!(package().join("tests/engine").join(&file).exists(), "tests/engine/{file}");
    }
}

#[test]
fn files_are_short_and_names_say_something() {
    let mut offences = Vec::new();
    for file in sources(&package().join("src")) {
        let source = fs::read_to_string(&file).unwrap();
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        if source.lines().count() > TOO_LONG {
            offences.push(format!("{name} has more than {TOO_LONG} lines"));
        }
        let types = source.lines().filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let at = words.iter().position(|word| ["struct", "enum", "trait"].contains(word))?;
            words.get(at + 1).map(|name| name.to_ascii_lowercase())
        });
        let mut named = types.chain([name.clone()]);
        if let Some(vague) = named.find(|named| VAGUE.iter().any(|word| named.contains(word))) {
            offences.push(format!("{name}: {vague}"));
        }
    }
    assert_eq!(offences, Vec::<String>::new());
}

/// The diagram of what may become of a submission shows the steps there are, and the table
/// below it a scenario for each.
#[test]
fn the_diagram_of_the_outbox_is_that_of_the_code() {
    let root = package().parent().unwrap().to_owned();
    let text = fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let (_, section) = text.split_once("## What may become of a submission").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let shown: Vec<&str> =
        section.lines().map(str::trim).filter(|line| line.contains(" --> ")).collect();
    let state = |state: &SubmissionState| state.as_str().replace('-', "_");
    let mut expected = vec!["[*] --> queued: it is submitted".to_owned()];
    expected.push("[*] --> sending: it is submitted".to_owned());
    for step in STEPS {
        let to = step.to.as_ref().map_or("[*]".to_owned(), state);
        let arrow = |from| format!("{} --> {to}: {}", state(from), step.name);
        expected.extend(step.from.iter().map(arrow));
    }
    assert_eq!(shown, expected, "the diagram would be:\n{}", expected.join("\n"));
    let scenarios: Vec<&str> = section.lines().filter(|line| line.starts_with("| ")).collect();
    let sources = ["", "_forms", "_queue", "_sign_in"].map(|part| {
        fs::read_to_string(package().join(format!("tests/engine/outbox{part}.rs"))).unwrap()
    });
    for step in STEPS {
        let line = scenarios.iter().find(|line| line.contains(step.name));
        let line = line.unwrap_or_else(|| panic!("no scenario for: {}", step.name));
        for name in line.split('`').skip(1).step_by(2) {
            let is_there = sources.iter().any(|source| source.contains(&format!("fn {name}(")));
            assert!(is_there, "{name}");
        }
    }
}

/// An invariant without a test is a wish.
#[test]
fn the_tests_that_guard_the_invariants_exist() {
    let root = package().parent().unwrap().to_owned();
    let text = fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let invariants = text.split("## Invariants").nth(1).unwrap();
    let named: Vec<&str> = invariants
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| {
            name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        })
        .collect();
    assert!(named.len() > 20, "they are named in backquotes");
    let folders =
        ["engine/src/store", "engine/tests", "gateway/tests", "src-tauri/src", "tests/e2e"];
    let tests = folders.map(|folder| root.join(folder));
    let all: String = tests
        .iter()
        .flat_map(|folder| sources(folder))
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    let missing: Vec<_> =
        named.into_iter().filter(|name| !all.contains(&format!("fn {name}("))).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

/// Each pattern is shown by the scenario that the table names.
#[test]
fn the_scenarios_that_show_the_patterns_exist() {
    let root = package().parent().unwrap().to_owned();
    let text = fs::read_to_string(root.join("docs/cookbook.md")).unwrap();
    let named: Vec<_> =
        text.split('`').skip(1).step_by(2).filter_map(|name| name.split_once("::")).collect();
    assert!(named.len() > 15, "they are named in backquotes");
    for (file, test) in named {
        let source = fs::read_to_string(package().join(format!("tests/engine/{file}.rs"))).unwrap();
        assert!(source.contains(&format!("fn {test}(")), "{file}::{test}");
    }
}
