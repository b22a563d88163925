//! How the device is, as the app tells it.

use std::fs;

use holdfast_tests::{Answer, Echo, World, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const TOKEN: &str = "a-token-of-this-device";

/// What is answered to a request with this line of a header, as it is on the wire.
async fn asked(authority: &str, path: &str, header: &str) -> String {
    let mut stream = TcpStream::connect(authority).await.unwrap();
    let request =
        format!("GET {path} HTTP/1.1\r\nhost: {authority}\r\n{header}connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn the_app_tells_how_it_is_to_who_has_the_token() {
    let site = Echo::start(|_| Some(Answer::html("<!doctype html><title>a</title><h1>a</h1>")));
    let profile = site.profile() + "\n[status]\nlisten = \"127.0.0.1:0\"\ntoken-file = \"token\"\n";
    let mut world = World::not_yet_open(site, &profile).await;
    fs::create_dir_all(&world.settings.data).unwrap();
    fs::write(world.settings.data.join("token"), TOKEN).unwrap();
    world.open().await;
    world.page().at("/").await;
    let said = || {
        let log = world.app().log();
        let (_, rest) = log.split_once("the status is told")?;
        let (_, address) = rest.split_once("http://")?;
        Some(address.split('/').next()?.to_owned())
    };
    let authority = until("the app says where it tells", || std::future::ready(said())).await;
    let refused = asked(&authority, "/status", "").await;
    assert!(refused.starts_with("HTTP/1.1 401 "), "{refused}");
    let bearer = format!("authorization: Bearer {TOKEN}\r\n");
    let told = asked(&authority, "/status", &bearer).await;
    assert!(told.starts_with("HTTP/1.1 200 "), "{told}");
    let (_, body) = told.split_once("\r\n\r\n").unwrap();
    let status: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(
        (&status["program"], &status["connection"]["state"]),
        (&"holdfast-app".into(), &"online".into())
    );
    let metrics = asked(&authority, "/metrics", &bearer).await;
    assert!(metrics.contains("\nholdfast_connected 1"), "{metrics}");
    assert!(metrics.trim_end().ends_with("# EOF"), "{metrics}");
}
