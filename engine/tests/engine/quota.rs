//! How much is stored altogether, and what happens when there is no room at all.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use bytes::Bytes;

use crate::scenario::{Answer, POLLS, World, ms, secs};

fn image(kilobytes: usize) -> Answer {
    Answer::of("image/png", Bytes::from(vec![b'x'; kilobytes << 10]))
}

/// Whatever is visited, no more is kept than the profile grants; and what is kept is what
/// was visited last, whichever route it came by.
#[tokio::test(start_paused = true)]
async fn usage_stays_within_the_quota_across_routes() {
    let world = World::with(&format!("{POLLS}\n[storage]\nquota = \"100 KiB\"\n")).await;
    for number in 0..30 {
        let path = match number % 2 {
            0 => format!("/static/{number}.png"),
            _ => format!("/polls/{number}/"),
        };
        world.origin.at(&path, image(10));
        world.get(&path).await;
        world.rest(ms(100)).await;
        assert!(world.engine().usage().unwrap().bytes <= 100 << 10);
    }
    let usage = world.engine().usage().unwrap();
    let entries: u64 = usage.parts.iter().map(|part| part.entries).sum();
    assert_eq!((usage.bytes, usage.quota, entries), (100 << 10, 100 << 10, 10));
    world.origin.refuses();
    world.transcript.restart();
    world.get("/static/20.png").await;
    world.get("/polls/19/").await;
    insta::assert_snapshot!(world.transcript().await, @"
    0 ms  page   <- /static/20.png 10240 bytes, from the store: strategy
    0 ms  origin <- GET /polls/19/
    0 ms  page   <- /polls/19/ 504 Not here yet, in its place: offline
    0 ms  event     connection offline
    ");
}

/// A disk of its own for a data directory, gone when this is dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None` where tests have no right to mount one.
    fn mount(at: &Path) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=8m", "holdfast-test"]).arg(at);
        let is_mounted = mount.output().is_ok_and(|output| output.status.success());
        is_mounted.then(|| Self(at.to_owned()))
    }

    /// Somebody else takes what is left.
    fn fill(&self) {
        let mut other = File::create(self.0.join("other")).unwrap();
        while other.write_all(&[1; 4096]).is_ok() {}
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

/// What does not fit on the disk is served without being stored, and said so. What came with
/// the install is still there, and the person stays signed in.
#[tokio::test(start_paused = true)]
async fn full_disk_serves_without_storing_and_says_so() {
    let install = "[install]\nrequired = [\"/static/a.png\"]\n\n[[route]]";
    let profile = POLLS.replacen("[[route]]", install, 1);
    let mut world = World::new().await;
    world.origin.at("/static/a.png", image(500));
    let mut disk = None;
    world.reopen(&profile, |directory| disk = SmallDisk::mount(directory)).await.unwrap();
    let Some(disk) = disk else { return };
    world.settle().await;
    disk.fill();
    let session = "sessionid=a; Path=/; Max-Age=1209600; HttpOnly";
    world.origin.at("/static/b.png", image(9 << 10));
    world.origin.at("/polls/", Answer::page("hello a").header("set-cookie", session));
    assert_eq!(world.get("/static/b.png").await.body.len(), 9 << 20);
    world.browse("/polls/").await;
    world.rest(secs(1)).await;
    let transcript = world.transcript().await;
    assert!(transcript.contains("event     not stored /static/b.png: could not"), "{transcript}");
    assert!(transcript.contains("No space left on device"), "{transcript}");
    world.restart(&profile).await;
    world.transcript.restart();
    world.origin.at("/polls/", Answer::page("hello a"));
    world.browse("/polls/").await;
    world.origin.refuses();
    world.get("/static/a.png").await;
    world.get("/static/b.png").await;
    let transcript = world.transcript().await;
    for expected in [
        "origin <- GET /polls/ (sessionid=a)",
        "page   <- /static/a.png 512000 bytes, from the store: strategy",
        "page   <- /static/b.png 504 could not connect to 127.0.0.1: refused",
    ] {
        assert!(transcript.contains(expected), "{transcript}");
    }
}
