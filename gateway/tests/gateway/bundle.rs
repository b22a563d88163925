//! Saved pages and unsent votes, carried from one data directory to another where no network is.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;
use tokio::process::Command;
use tokio::task::spawn_blocking;

use crate::http::Browser;
use crate::origin::Origin;
use crate::processes::{Gateway, program};

/// What a command says, and whether it could be done.
async fn said(command: &mut Command) -> Result<String, String> {
    let output = command.output().await.unwrap();
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout).unwrap()),
        false => Err(String::from_utf8(output.stderr).unwrap()),
    }
}

/// A device: a profile, and where it keeps what it stores.
struct Device {
    directory: TempDir,
    profile: String,
}

impl Device {
    fn new(origin: &Origin) -> Self {
        let route = "\n[[route]]\nname = \"pages\"\nwhen = { path = \"/pages/*\" }\n\
                     strategy = \"network-first\"\nsave = true\n";
        let device = Self { directory: TempDir::new().unwrap(), profile: origin.profile() + route };
        fs::write(device.site(), &device.profile).unwrap();
        device
    }

    fn site(&self) -> PathBuf {
        self.directory.path().join("site.toml")
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("store")
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = program();
        command.args(words).arg("--data").arg(self.data()).arg("--site").arg(self.site());
        command
    }

    async fn export(&self, to: &Path) -> Result<String, String> {
        said(self.command(&["export"]).arg("--to").arg(to)).await
    }

    fn importing(&self, from: &Path, key: &str) -> Command {
        let mut command = self.command(&["import"]);
        command.arg(from).args(["--trust", key]);
        command
    }

    async fn gateway(&self) -> Gateway {
        Gateway::start(self.directory.path(), &self.profile).await
    }

    async fn key(&self) -> String {
        let mut command = program();
        let key = said(command.arg("key").arg("--data").arg(self.data())).await.unwrap();
        key.trim().to_owned()
    }
}

/// A site with two pages, and a film of some MiB for each; the one of the second is long.
async fn site() -> Origin {
    let origin = Origin::start().await;
    let put = |path: &str, kind: &str, body: &[u8]| {
        let head = format!(
            "200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close",
            body.len()
        );
        origin.put(path, &head, body);
    };
    for number in [1_u8, 2] {
        let text = format!("<title>Page {number}</title><img src=\"/film-{number}.png\">");
        put(&format!("/pages/{number}"), "text/html", text.as_bytes());
        let film: Vec<u8> = (0..u32::from(number) << 22)
            .map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8 ^ number)
            .collect();
        put(&format!("/film-{number}.png"), "image/png", &film);
    }
    origin
}

/// A bundle with both pages of the site, written by a device of its own.
async fn bundle(origin: &Origin) -> (Device, PathBuf, String) {
    let sender = Device::new(origin);
    let save = ["saved", "add", "/pages/1", "/pages/2"];
    said(&mut sender.command(&save)).await.unwrap();
    let file = sender.directory.path().join("pages.tar");
    let told = sender.export(&file).await.unwrap();
    let key = sender.key().await;
    assert!(told.contains("2 pages, 0 unsent submissions"), "{told}");
    assert!(told.contains(&format!("signed with {key}")), "{told}");
    (sender, file, key)
}

#[tokio::test]
async fn a_page_of_another_device_is_read_through_the_gateway_without_a_network() {
    let origin = site().await;
    let (sender, file, key) = bundle(&origin).await;
    let again = sender.export(&file).await.unwrap_err();
    assert!(again.contains("could not make"), "what is there is not overwritten: {again}");
    drop(origin);

    // Nothing has ever been fetched here.
    let receiver = Device { directory: TempDir::new().unwrap(), profile: sender.profile.clone() };
    fs::write(receiver.site(), &receiver.profile).unwrap();
    let refused = said(receiver.command(&["import"]).arg(&file)).await.unwrap_err();
    assert!(refused.contains(&format!("say --trust {key}")), "{refused}");
    assert!(refused.ends_with("nothing of it is taken over\n"), "{refused}");
    let told = said(&mut receiver.importing(&file, &key)).await.unwrap();
    assert!(told.starts_with("2 pages new with 4 files, 0 known already"), "{told}");
    let told = said(&mut receiver.importing(&file, &key)).await.unwrap();
    assert!(told.starts_with("0 pages new with 0 files, 2 known already"), "{told}");

    let gateway = receiver.gateway().await;
    let browser = Browser::new(&gateway.origin);
    for number in [1, 2] {
        let read = browser.open(&format!("/pages/{number}")).await;
        let title = format!("<title>Page {number}</title>");
        assert_eq!((read.status, read.text().contains(&title)), (200, true), "{}", read.text());
        let film = browser.get(&format!("/film-{number}.png"), "image/png").await;
        assert_eq!((film.status, film.body.len()), (200, number << 22));
    }
    // It can be looked into with any tool.
    let listed = Command::new("tar").arg("tf").arg(&file).output().await.unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.starts_with("000000-bundle.sig\n000000-bundle.json\n"), "{listed}");
}

/// The file is a pipe, so that it is known what has been read when the process is killed.
#[cfg(unix)]
#[tokio::test]
async fn an_import_that_is_killed_leaves_whole_pages_and_is_taken_up_again() {
    let origin = site().await;
    let (sender, file, key) = bundle(&origin).await;
    let bytes = fs::read(&file).unwrap();
    drop(origin);
    // Within the film of the first page, and within that of the second.
    for (share, before) in [(4, 0), (2, 1)] {
        let receiver =
            Device { directory: TempDir::new().unwrap(), profile: sender.profile.clone() };
        fs::write(receiver.site(), &receiver.profile).unwrap();
        let pipe = receiver.directory.path().join("pipe");
        let made = Command::new("mkfifo").arg(&pipe).status().await.unwrap();
        assert!(made.success());
        let mut command = receiver.importing(&pipe, &key);
        let mut importing = command.stdout(Stdio::null()).spawn().unwrap();
        let part = bytes[..bytes.len() / share].to_vec();
        let mut writer = spawn_blocking(move || {
            let mut writer = fs::OpenOptions::new().write(true).open(&pipe).unwrap();
            // All but what fits into the pipe was read when this returns.
            writer.write_all(&part).unwrap();
            writer
        })
        .await
        .unwrap();
        writer.flush().unwrap();
        importing.kill().await.unwrap();
        drop(writer);
        let listed = said(&mut receiver.command(&["saved", "list", "--json"])).await.unwrap();
        let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
        let listed = listed.as_array().unwrap();
        assert_eq!(listed.len(), before, "{listed:?}");
        assert!(listed.iter().all(|page| page["items"] == 2), "{listed:?}");
        let told = said(&mut receiver.importing(&file, &key)).await.unwrap();
        let expected = format!("{} page", 2 - before);
        assert!(told.starts_with(&expected) && told.contains(&format!("{before} known")), "{told}");
        let left = fs::read_dir(receiver.data()).unwrap();
        let left = left.map(|file| file.unwrap().file_name().into_string().unwrap());
        let left: Vec<_> = left.filter(|name| name.contains("tmp")).collect();
        assert_eq!(left, Vec::<String>::new());
    }
}

/// Memory does not grow with what is carried: two lengths, and the same peak.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn memory_does_not_grow_with_what_is_carried() {
    let origin = site().await;
    let (sender, file, key) = bundle(&origin).await;
    let bytes = fs::read(&file).unwrap();
    assert!(bytes.len() > 12 << 20);
    let pipe = sender.directory.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().await.unwrap().success());
    let receiver = Device { directory: TempDir::new().unwrap(), profile: sender.profile.clone() };
    fs::write(receiver.site(), &receiver.profile).unwrap();
    let mut command = receiver.importing(&pipe, &key);
    let mut importing = command.stdout(Stdio::null()).spawn().unwrap();
    let id = importing.id().unwrap();
    let peak = move || {
        let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
    };
    let (early, late) = spawn_blocking(move || {
        let mut writer = fs::OpenOptions::new().write(true).open(&pipe).unwrap();
        // The first page and a piece of the second film; then all but the very end.
        let (begun, last) = (bytes.len() / 2, bytes.len() - (256 << 10));
        writer.write_all(&bytes[..begun]).unwrap();
        let early = peak();
        writer.write_all(&bytes[begun..last]).unwrap();
        let late = peak();
        writer.write_all(&bytes[last..]).unwrap();
        (early, late)
    })
    .await
    .unwrap();
    assert!(importing.wait().await.unwrap().success());
    assert!(late < early + (2 << 20), "{early} bytes, and {late} after six MiB more");
}
