//! `holdfast-gateway pin`

use std::process::{Output, Stdio};

use holdfast_engine::PinHash;
use tokio::io::AsyncWriteExt;

use crate::processes::program;

/// What is said when this is typed.
async fn pin(typed: &str) -> Output {
    let mut command = program();
    command.arg("pin").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(typed.as_bytes()).await.unwrap();
    child.wait_with_output().await.unwrap()
}

#[tokio::test]
async fn a_profile_takes_what_is_printed_for_a_pin() {
    let output = pin("471100\n").await;
    assert!(output.status.success());
    let hash = PinHash::parse(&String::from_utf8(output.stdout).unwrap()).unwrap();
    assert!(hash.is_of("471100"));
}

#[tokio::test]
async fn what_cannot_be_typed_on_a_number_pad_is_no_pin() {
    for typed in ["", "123\n", "12a4\n", "1234567890123\n"] {
        let output = pin(typed).await;
        assert_eq!(output.status.code(), Some(1), "{typed:?}");
        assert!(output.stdout.is_empty(), "{typed:?}");
    }
}
