//! What is stored for somebody on a device that the next person uses: nobody reads it off the disk.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use holdfast_engine::Request;

use crate::outbox::{profile, takes_votes, vote};
use crate::scenario::{Answer, World, secs};

const SECRETS: [&str; 5] = [
    "secret-in-the-body",
    "secret-in-a-header",
    "secret-in-the-address",
    "secret-cookie",
    "TheTitle",
];

/// Where it lies open: in the files of the data directory, whatever they are for.
fn found(directory: &Path, secret: &str) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![directory.to_owned()]);
    while let Some(folder) = folders.pop() {
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = fs::read(&path).unwrap();
            if bytes.windows(secret.len()).any(|part| part == secret.as_bytes()) {
                found.push(path);
            }
        }
    }
    found
}

#[track_caller]
fn nothing_is_found(world: &World) {
    for secret in SECRETS {
        assert_eq!(found(world.directory.path(), secret), Vec::<PathBuf>::new(), "{secret}");
    }
}

const PATH: &str = "/mine/secret-in-the-address/";

fn private_page() -> Answer {
    let text = "<title>TheTitle</title>secret-in-the-body".repeat(2000);
    Answer::page(text).header("vary", "Cookie").header("x-private", "secret-in-a-header")
}

/// A request of the app's person.
fn own(world: &World, path: &str) -> Request {
    world.browser_request(path)
}

/// Somebody has signed in on such a device, and looked at a page of theirs and one of everybody.
async fn used(shreds: bool) -> World {
    let world = World::begin_shredding(&profile(""), shreds);
    world.settle().await;
    let sign_in = Answer::page("welcome")
        .header("set-cookie", "sessionid=secret-cookie; Path=/; Max-Age=100000");
    world.origin.at("/sign-in/", sign_in);
    world.origin.at(PATH, private_page());
    world.origin.at("/shared/", Answer::page("of everybody").header("cache-control", "public"));
    world.send(own(&world, "/sign-in/")).await;
    world.origin.at("/sign-in/", Answer::page("welcome").header("vary", "Cookie"));
    world.send(own(&world, PATH)).await;
    world.send(own(&world, "/shared/")).await;
    world.rest(secs(1)).await;
    world
}

#[tokio::test(start_paused = true)]
async fn what_is_somebodys_is_on_the_disk_where_nothing_is_shredded() {
    let world = used(false).await;
    for secret in SECRETS {
        assert_ne!(found(world.directory.path(), secret), Vec::<PathBuf>::new(), "{secret}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_somebodys_is_read_offline_in_their_session_and_is_nowhere_on_the_disk() {
    let mut world = used(true).await;
    nothing_is_found(&world);
    world.origin.refuses();
    world.rest(secs(60)).await;
    let read = world.send(own(&world, PATH)).await;
    assert_eq!((read.status.as_u16(), read.text().contains("secret-in-the-body")), (200, true));
    assert_eq!(read.header("x-private"), Some("secret-in-a-header"));
    assert_eq!(read.text().len(), 2000 * "<title>TheTitle</title>secret-in-the-body".len());
    assert_eq!(world.send(own(&world, "/shared/")).await.text(), "of everybody");
    nothing_is_found(&world);

    // The process has ended, and the key with it, however it ended: this is all that is left.
    world.restart_shredding(&profile("")).await;
    nothing_is_found(&world);
    let gone = world.send(own(&world, PATH)).await;
    assert!(!gone.text().contains("secret"), "{}", gone.text());
    assert_eq!(world.send(own(&world, "/shared/")).await.text(), "of everybody");
    let usage = world.engine().usage().unwrap();
    assert!(usage.parts.iter().all(|part| part.partition == "shared"), "{usage:?}");
}

#[tokio::test(start_paused = true)]
async fn what_waits_outlives_the_key_and_is_sent() {
    let mut world = World::begin_shredding(&profile(""), true);
    world.origin.refuses();
    world.rest(secs(60)).await;
    world.send(vote(&world, 1, "2")).await;
    assert_eq!(world.waiting().len(), 1);
    world.restart_shredding(&profile("")).await;
    assert_eq!(world.waiting().len(), 1);
    takes_votes(&world, 1);
    world.origin.comes_back();
    world.engine().queue().send_all().unwrap();
    world.rest(secs(120)).await;
    assert!(world.waiting().is_empty(), "{:?}", world.waiting());
}

/// What is changed and confirmed by the site is what is read afterwards.
#[tokio::test(start_paused = true)]
async fn what_is_sealed_is_confirmed_and_replaced_as_ever() {
    let world = used(true).await;
    let tagged = || private_page().header("etag", "\"1\"");
    world.origin.at(PATH, tagged());
    world.send(own(&world, PATH)).await;
    world.rest(secs(1)).await;
    let confirmed = Answer::of("text/html", "").status(304).header("etag", "\"1\"");
    world.origin.at(PATH, confirmed.header("x-private", "secret-in-a-header, again"));
    world.send(own(&world, PATH)).await;
    world.rest(secs(1)).await;
    world.origin.refuses();
    world.rest(secs(60)).await;
    let read = world.send(own(&world, PATH)).await;
    assert_eq!(read.header("x-private"), Some("secret-in-a-header, again"));
    assert!(read.text().contains("secret-in-the-body"));
    nothing_is_found(&world);
}

/// What is too long to be at hand is shown and in no file.
#[tokio::test(start_paused = true)]
async fn a_long_body_of_somebody_is_in_no_file() {
    let world = used(true).await;
    let film = Bytes::from("secret-in-the-body ".repeat(100_000));
    world.origin.at("/film/", Answer::of("video/mp4", film.clone()).header("vary", "Cookie"));
    let shown = world.send(own(&world, "/film/")).await;
    assert_eq!(shown.body, film);
    world.rest(secs(1)).await;
    nothing_is_found(&world);
}

/// Once who was here has left, their key is gone, and with it what it opens.
#[tokio::test(start_paused = true)]
async fn what_was_sealed_goes_with_the_session() {
    let world = used(true).await;
    world.engine().end_session().await.unwrap();
    world.rest(secs(1)).await;
    nothing_is_found(&world);
    world.origin.refuses();
    world.rest(secs(60)).await;
    // Even who has the same cookie finds nothing.
    let next = world.send(world.request_as("secret-cookie", PATH)).await;
    assert!(!next.text().contains("secret-in-the-body"), "{}", next.text());
    assert_eq!(world.send(own(&world, "/shared/")).await.text(), "of everybody");
}
