//! Saved pages and unsent votes, carried from one device to another in a file.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use holdfast_engine::{
    Arrived, BundleError, NotAllArrived, Packed, SavedState, Site, export_bundle, import_bundle,
};
use http::HeaderMap;
use tempfile::TempDir;

use crate::outbox::vote;
use crate::scenario::{Answer, World, secs};

/// Polls that may be saved, with votes that wait.
const PROFILE: &str = r#"
[site]
name           = "Polls"
origin         = "http://127.0.0.1:8000"
session-cookie = "sessionid"

[[route]]
name     = "static"
when     = { path = "/static/*" }
strategy = "cache-first"

[[route]]
name     = "votes"
when     = { method = "POST", path = "/polls/:id/vote/" }
strategy = "network-only"
[route.outbox]
accept  = { redirect = "/polls/:id/results/" }

[[route]]
name     = "polls"
when     = { path = "/polls/:id/" }
strategy = "network-first"
save     = true
"#;

/// Later than anything that happens in a scenario.
fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(4_000_000_000)
}

fn site(profile: &str) -> Site {
    Site::read("site.toml", profile).unwrap()
}

/// A body that lies in a file.
fn film() -> Vec<u8> {
    (0..200_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

fn page(number: u32, said: &str) -> String {
    format!(
        "<title>Poll {number}</title><link rel=\"stylesheet\" href=\"/static/a.css\">\
         <img src=\"/static/film.png\">{said}"
    )
}

async fn save(world: &World, path: &str) {
    let url = world.engine().site().address(path).unwrap();
    world.engine().save(&url, &HeaderMap::new()).await.unwrap();
    world.rest(secs(1)).await;
}

/// A device with two saved polls that share what they need, and a vote that waits.
async fn full_device() -> World {
    let world = World::with(PROFILE).await;
    for number in [1, 2] {
        world.origin.at(&format!("/polls/{number}/"), Answer::page(page(number, "first")));
    }
    world.origin.at("/static/a.css", Answer::of("text/css", "body{color:red}"));
    world.origin.at("/static/film.png", Answer::of("image/png", film()));
    save(&world, "/polls/1/").await;
    save(&world, "/polls/2/").await;
    world.origin.refuses();
    world.rest(secs(60)).await;
    world.send(vote(&world, 1, "2")).await;
    world
}

fn export(world: &World, to: &Path) -> Packed {
    export_bundle((&site(PROFILE), world.directory.path()), to, true, now()).unwrap()
}

fn import(data: &Path, from: &Path, key: &str) -> Result<Arrived, NotAllArrived> {
    import_bundle((&site(PROFILE), data), from, &[key.to_owned()], now())
}

/// A bundle of a full device, and its key.
async fn bundle() -> (TempDir, PathBuf, String) {
    let world = full_device().await;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("polls.tar");
    let packed = export(&world, &file);
    (folder, file, packed.key)
}

/// The files of the bodies, each with when it was written.
fn blobs(data: &Path) -> Vec<(PathBuf, SystemTime)> {
    let mut found = Vec::new();
    for folder in fs::read_dir(data.join("blobs")).unwrap() {
        for file in fs::read_dir(folder.unwrap().path()).unwrap() {
            let file = file.unwrap();
            found.push((file.path(), file.metadata().unwrap().modified().unwrap()));
        }
    }
    found.sort();
    found
}

#[tokio::test(start_paused = true)]
async fn what_is_saved_and_what_waits_goes_to_another_device_and_is_read_there_offline() {
    let sender = full_device().await;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("polls.tar");
    let packed = export(&sender, &file);
    assert_eq!((packed.pages, packed.bodies, packed.votes, packed.private), (2, 4, 1, 0));
    assert_eq!(sender.waiting()[0].state.as_str(), "handed-over", "it is in one place only");
    let packed_again = export(&sender, &folder.path().join("again.tar"));
    assert_eq!((packed_again.pages, packed_again.votes), (2, 0));

    let mut receiver = World::with(PROFILE).await;
    receiver.origin.refuses();
    receiver.rest(secs(60)).await;
    let mut arrived = Arrived::default();
    let data = receiver.directory.path().to_owned();
    let take = |data: &Path| arrived = import(data, &file, &packed.key).unwrap();
    receiver.reopen(PROFILE, take).await.unwrap();
    assert_eq!((arrived.pages, arrived.bodies, arrived.votes), (2, 5, 1), "{arrived:?}");

    for number in [1, 2] {
        let read = receiver.get(&format!("/polls/{number}/")).await;
        assert_eq!(read.text(), page(number, "first"));
    }
    assert_eq!(receiver.get("/static/a.css").await.text(), "body{color:red}");
    assert_eq!(receiver.get("/static/film.png").await.body, film());
    // It may just be tried, and the site refuses.
    receiver.rest(secs(1)).await;
    let waiting = receiver.waiting();
    assert_eq!((waiting.len(), waiting[0].state.as_str()), (1, "queued"));
    let saved = receiver.engine().saved().unwrap();
    assert_eq!(saved.len(), 2);
    assert!(
        saved.iter().all(|page| page.items == 3 && page.state == SavedState::Saved),
        "{saved:#?}"
    );
    assert_eq!(saved[0].title.as_deref(), Some("Poll 2"));

    // The same once more changes nothing.
    let before = blobs(&data);
    let again = import(&data, &file, &packed.key).unwrap();
    assert_eq!((again.pages, again.known, again.bodies), (0, 2, 0), "{again:?}");
    assert_eq!((again.votes, again.known_votes), (0, 1));
    assert_eq!(blobs(&data), before, "nothing is written again");
    assert_eq!(receiver.engine().saved().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_newer_page_is_never_replaced_by_an_older_one() {
    let sender = full_device().await;
    let folder = TempDir::new().unwrap();
    let (old, new) = (folder.path().join("old.tar"), folder.path().join("new.tar"));
    let key = export(&sender, &old).key;
    sender.origin.comes_back();
    sender.rest(secs(60)).await;
    sender.origin.at("/polls/1/", Answer::page(page(1, "second")));
    save(&sender, "/polls/1/").await;
    export(&sender, &new);

    let mut receiver = World::with(PROFILE).await;
    receiver.origin.refuses();
    receiver.rest(secs(60)).await;
    let mut told = Vec::new();
    let take = |data: &Path| {
        for file in [&new, &old] {
            let arrived = import(data, file, &key).unwrap();
            told.push((arrived.pages, arrived.known, arrived.older));
        }
    };
    receiver.reopen(PROFILE, take).await.unwrap();
    assert_eq!(told, [(2, 0, 0), (0, 1, 1)]);
    assert_eq!(receiver.get("/polls/1/").await.text(), page(1, "second"));

    let mut other = World::with(PROFILE).await;
    other.origin.refuses();
    other.rest(secs(60)).await;
    let mut told = Vec::new();
    let take = |data: &Path| {
        for file in [&old, &new] {
            let arrived = import(data, file, &key).unwrap();
            told.push((arrived.pages, arrived.known, arrived.older));
        }
    };
    other.reopen(PROFILE, take).await.unwrap();
    assert_eq!(told, [(2, 0, 0), (1, 1, 0)]);
    assert_eq!(other.get("/polls/1/").await.text(), page(1, "second"));
}

#[tokio::test(start_paused = true)]
async fn a_page_of_a_person_is_in_no_bundle() {
    let world = World::with(PROFILE).await;
    let own = Answer::page("<title>Mine</title>a secret of hers").header("vary", "Cookie");
    world.origin.at("/polls/1/", own.header("set-cookie", "sessionid=hers; Path=/"));
    world.send(world.browser_request("/polls/1/")).await;
    world.origin.at(
        "/polls/1/",
        Answer::page("<title>Mine</title>a secret of hers").header("vary", "Cookie"),
    );
    save(&world, "/polls/1/").await;
    assert_eq!(world.engine().saved().unwrap().len(), 1);
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("polls.tar");
    let packed = export(&world, &file);
    assert_eq!((packed.pages, packed.private), (0, 1));
    let bytes = fs::read(&file).unwrap();
    for secret in ["secret", "Mine", "sessionid", "hers"] {
        let is_there = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!is_there, "{secret}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_the_bundle_of_a_trusted_device_and_of_the_same_site_is_taken() {
    let (_folder, file, key) = bundle().await;
    let data = TempDir::new().unwrap();
    let refused = |profile: &str, trusted: &[String]| {
        import_bundle((&site(profile), data.path()), &file, trusted, now()).unwrap_err()
    };
    let untrusted = refused(PROFILE, &[]);
    assert_eq!(*untrusted.arrived, Arrived::default());
    assert!(matches!(untrusted.error, BundleError::Untrusted { key: named } if named == key));
    let other = key.chars().rev().collect();
    assert!(matches!(refused(PROFILE, &[other]).error, BundleError::Untrusted { .. }));
    let elsewhere = PROFILE.replace(":8000", ":8001");
    let foreign = refused(&elsewhere, std::slice::from_ref(&key));
    assert_eq!(*foreign.arrived, Arrived::default());
    assert_eq!(foreign.error.to_string(), "it is of another site, http://127.0.0.1:8000/");
    let unsavable = PROFILE.replace("save     = true", "");
    let of = (&site(&unsavable), data.path());
    let arrived = import_bundle(of, &file, &[key], now()).unwrap();
    let paths: Vec<_> =
        arrived.left_out.iter().map(|lacks| (&*lacks.path, lacks.why.as_str())).collect();
    assert_eq!(paths, [("/polls/1/", "not-on-route"), ("/polls/2/", "not-on-route")]);
    assert_eq!((arrived.pages, arrived.votes), (0, 1));
}

/// Cut anywhere and with a byte flipped anywhere: what comes of it is whole, the damage has a
/// name, and the undamaged bundle brings the rest.
#[tokio::test(start_paused = true)]
async fn of_a_damaged_bundle_comes_nothing_half() {
    let (folder, file, key) = bundle().await;
    let whole = fs::read(&file).unwrap();
    let damaged = folder.path().join("damaged.tar");
    let check = |bytes: &[u8], what: &str| {
        fs::write(&damaged, bytes).unwrap();
        let data = TempDir::new().unwrap();
        let (arrived, error) = match import(data.path(), &damaged, &key) {
            Ok(arrived) => (arrived, None),
            Err(NotAllArrived { arrived, error }) => (*arrived, Some(error.to_string())),
        };
        let all = (arrived.pages, arrived.votes) == (2, 1);
        // What has no meaning may differ: the padding, and what comes after the end.
        assert!(error.is_some() || all, "{what}: {arrived:?}");
        let rest = import(data.path(), &file, &key).unwrap();
        assert_eq!((arrived.pages, rest.pages), (rest.known, 2 - rest.known), "{what} {error:?}");
        assert_eq!((arrived.votes, rest.votes), (rest.known_votes, 1 - rest.known_votes));
        error
    };
    let mut named = std::collections::BTreeSet::new();
    for part in 0..5 {
        let at = whole.len() * part / 5 + part;
        let error = check(&whole[..at], &format!("cut at {at}")).unwrap();
        assert!(error.contains("breaks off"), "cut at {at}: {error}");
    }
    for part in 0..14 {
        let at = whole.len() * part / 14 + 7;
        let mut flipped = whole.clone();
        let Some(byte) = flipped.get_mut(at) else { continue };
        *byte ^= 1;
        named.extend(check(&flipped, &format!("flipped at {at}")));
    }
    assert!(named.iter().any(|error| error.contains("is not as it was exported")), "{named:#?}");
    // A record of another bundle of the same device does not fit, nor does one that is missing.
    let names = |bytes: &[u8], name: &str| {
        bytes.chunks(512).position(|block| block.starts_with(name.as_bytes())).unwrap() * 512
    };
    let (vote, end) = (names(&whole, "000003-vote.sig"), names(&whole, "000004-end.sig"));
    let without = [&whole[..vote], &whole[end..]].concat();
    let error = check(&without, "without its vote").unwrap();
    assert!(error.contains("000004-end"), "{error}");
}
