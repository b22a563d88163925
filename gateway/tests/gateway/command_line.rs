//! What is not understood, and what cannot be done.

use std::fs;

use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::processes::{program, replaced, shipped_profile};

/// The exit code and what is said about it.
async fn outcome(command: &mut Command) -> (Option<i32>, String) {
    let output = command.output().await.unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let (code, said) = outcome(&mut program()).await;
    assert_eq!(code, Some(2));
    for option in ["--site <FILE>", "--listen <127.0.0.1:PORT>", "--data <DIR>"] {
        assert!(said.contains(option), "{option} is not in:\n{said}");
    }
    let (code, said) = outcome(program().arg("check").env("HOLDFAST_SITE", "site.toml")).await;
    assert_eq!(code, Some(2));
    assert!(said.contains("<FILE>"), "{said}");
    let (code, said) = outcome(program().arg("chekc")).await;
    assert_eq!(code, Some(2));
    assert!(said.contains("similar") && said.contains("'check'"), "{said}");
}

#[tokio::test]
async fn help_names_everything() {
    let output = program().arg("--help").output().await.unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    for part in ["--site", "HOLDFAST_SITE", "--listen", "--data", "check", "RUST_LOG", "Exit codes"]
    {
        assert!(said.contains(part), "{part} is not in:\n{said}");
    }
}

#[tokio::test]
async fn only_loopback_addresses_are_listened_on() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
        let mut command = program();
        command.args(["--site", "site.toml", "--data", "store", "--listen", address]);
        let (code, said) = outcome(&mut command).await;
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("is not a loopback address"), "{said}");
    }
}

#[tokio::test]
async fn the_environment_may_name_the_profile_and_an_option_prevails() {
    let directory = TempDir::new().unwrap();
    let serve = |environment: &str, options: &[&str]| {
        let mut command = program();
        command.args(["--listen", "127.0.0.1:0", "--data", "store"]).args(options);
        command.current_dir(directory.path()).env("HOLDFAST_SITE", environment);
        command
    };
    let (code, said) = outcome(&mut serve("first.toml", &[])).await;
    assert_eq!(code, Some(1));
    assert!(said.starts_with("first.toml: cannot read the profile: "), "{said}");
    let (_, said) = outcome(&mut serve("first.toml", &["--site", "other.toml"])).await;
    assert!(said.starts_with("other.toml: cannot read the profile: "), "{said}");
    // A subcommand has no use for it.
    let checked = program().args(["check", "other.toml"]).env("HOLDFAST_SITE", "x").output().await;
    assert_eq!(checked.unwrap().status.code(), Some(1));
}

#[tokio::test]
async fn a_broken_profile_is_not_served() {
    let directory = TempDir::new().unwrap();
    let profile = replaced(&shipped_profile(), "\"cache-first\"", "\"cache-frist\"");
    fs::write(directory.path().join("site.toml"), profile).unwrap();
    let mut command = program();
    command.args(["--site", "site.toml", "--listen", "127.0.0.1:0", "--data", "store"]);
    let (code, said) = outcome(command.current_dir(directory.path())).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("unknown strategy `cache-frist`"), "{said}");
    assert!(!directory.path().join("store").exists(), "nothing was begun");
}

#[tokio::test]
async fn what_cannot_be_used_is_said() {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("site.toml"), shipped_profile()).unwrap();
    fs::write(directory.path().join("file"), "in the way").unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (listen, data, expected) in [
        (taken.as_str(), "store", format!("holdfast-gateway: cannot listen on {taken}: ")),
        (
            "127.0.0.1:0",
            "file",
            "holdfast-gateway: cannot open the engine: could not prepare the data directory file"
                .into(),
        ),
    ] {
        let mut command = program();
        command.args(["--site", "site.toml", "--listen", listen, "--data", data]);
        let (code, said) = outcome(command.current_dir(directory.path())).await;
        assert_eq!(code, Some(1));
        assert!(said.starts_with(&expected), "{said}");
    }
}
