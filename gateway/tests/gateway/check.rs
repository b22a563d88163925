//! `holdfast-gateway check FILE`

use std::fs;

use tempfile::TempDir;

use crate::processes::{program, replaced, shipped_profile};

/// What `check` prints for a profile, and whether it found it fine.
async fn check(profile: &str) -> (bool, String) {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("site.toml"), profile).unwrap();
    let mut command = program();
    command.args(["check", "site.toml"]).current_dir(directory.path());
    let output = command.output().await.unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", output.status);
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

#[tokio::test]
async fn a_good_profile_is_said_to_be_fine() {
    let (is_fine, said) = check(&shipped_profile()).await;
    assert_eq!(said, "site.toml: fine: site \"Polls\" at http://127.0.0.1:8000, 5 routes\n");
    assert!(is_fine);
}

#[tokio::test]
async fn a_mistyped_strategy_is_named_with_the_one_that_was_meant() {
    let profile = replaced(&shipped_profile(), "\"cache-first\"", "\"cache-frist\"");
    let line = 1 + profile.lines().position(|line| line.contains("cache-frist")).unwrap();
    let (is_fine, said) = check(&profile).await;
    let expected = format!(
        "site.toml:{line}:12: unknown strategy `cache-frist`, did you mean `cache-first`?\n   \
            |\n\
         {line} | strategy = \"cache-frist\"\n   \
            |            ^\n   \
            = key: route[0].strategy\n   \
            = expected: one of `cache-only`, `cache-first`, `network-first`, \
             `network-only`, `stale-while-revalidate`, `cache-network-race`, `cache-then-network`, \
             `http`, `template`\n"
    );
    assert_eq!(said, expected);
    assert!(!is_fine);
}

#[tokio::test]
async fn every_problem_is_said_at_once() {
    let profile = replaced(&shipped_profile(), "\"cache-first\"", "\"cache-frist\"");
    let profile = replaced(&profile, "\"3s\"", "\"3 parsecs\"");
    let profile = replaced(&profile, "quota =", "qouta =");
    let (is_fine, said) = check(&profile).await;
    for part in ["`cache-frist`", "3 parsecs", "`qouta`, did you mean `quota`?"] {
        assert!(said.contains(part), "{part:?} is not in:\n{said}");
    }
    assert!(!is_fine);
}

#[tokio::test]
async fn a_file_that_is_not_there_is_a_problem() {
    let output = program().args(["check", "nowhere/site.toml"]).output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.starts_with("nowhere/site.toml: cannot read the profile: "), "{said}");
}
