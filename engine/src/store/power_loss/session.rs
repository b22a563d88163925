//! What the other process does, and what it says.

use std::env;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use http::{HeaderMap, Method};
use rusqlite::Connection;

use super::{DATA, FOLDER, runtime, submissions};
use crate::request::Cookies;
use crate::seen::Kind;
use crate::store::pressure::{open_as, put};
use crate::store::submission::{Content, Submission};
use crate::store::tests::body;
use crate::store::writer::Subject;
use crate::store::{Activation, Store, eviction};

/// The other process.
struct Session {
    store: Store,
    told: File,
}

#[test]
fn what_another_process_does_until_the_power_fails() {
    let Some(folder) = env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    runtime().block_on(async {
        let mut first = Session::begin(folder, 1);
        first.keep_cookies(1).await;
        first.submit(1, None).await;
        first.submit(2, None).await;
        first.install(1).await;
        first.submit(3, None).await;
        first.save(1).await;
        first.save(2).await;
        (0..8).for_each(|number| first.browse(number, number));
        first.deliver(2).await;
        first.store.close().await;
        drop(first);

        let mut second = Session::begin(folder, 2);
        second.store.sweep().await.unwrap();
        second.keep_cookies(2).await;
        second.submit(4, None).await;
        second.submit(5, Some(3)).await;
        // The same bodies at other addresses, and others at the same.
        (0..6).for_each(|number| second.browse(10 + number, number / 2));
        (0..6).for_each(|number| second.browse(10, 20 + number));
        second.install(2).await;
        second.deliver(1).await;
        second.save(3).await;
        second.hold_oldest().await;
        second.save(4).await;
        second.submit(6, None).await;
        second.store.inner.writer.checkpoint();
        (20..30).for_each(|number| second.browse(number, number + 40));
        second.write("make room", |db| eviction::make_room(db, 200 << 10));
        (20..24).for_each(|number| second.browse(number, number + 60));
        second.deliver(5).await;
        second.store.clear().await.unwrap();
        (30..34).for_each(|number| second.browse(number, number));
        second.keep_cookies(3).await;
    });
}

impl Session {
    fn begin(folder: &Path, version: u64) -> Self {
        let told = File::options().append(true).create(true).open(folder.join("told"));
        let mut told = told.unwrap();
        let (store, _) = open_as(&folder.join(DATA), &version.to_string());
        told.write_all(format!("opened {version}\n").as_bytes()).unwrap();
        Self { store, told }
    }

    /// What is said in one breath is one step.
    fn say(&mut self, said: &str) {
        self.told.write_all(format!("{said}\n").as_bytes()).unwrap();
    }

    async fn keep_cookies(&mut self, number: u64) {
        self.store.keep_cookies(vec![number.to_string()]).await.unwrap();
        self.say(&format!("cookies {number}"));
    }

    async fn submit(&mut self, number: u64, replaces: Option<u64>) {
        let (store, key) = (&self.store, number.to_string());
        let content = submitted(number);
        let content = if number.is_multiple_of(2) {
            Content::InRow(content)
        } else {
            let upload = store.begin_upload(&key, 1 << 20).await.unwrap();
            let upload = store.write_upload(upload, content).await.unwrap();
            Content::InFile(store.finish_upload(upload).await.unwrap())
        };
        let submission = Submission {
            lane: key.clone(),
            key,
            route: "polls".to_owned(),
            partition: "session-a".to_owned(),
            person: None,
            kind: Kind::default(),
            has_receipts: false,
            shown_on: Vec::new(),
            method: Method::POST,
            url: "http://127.0.0.1/vote/".to_owned(),
            cookies: Cookies::Jar,
            headers: HeaderMap::new(),
            title: "Vote".to_owned(),
            labels: Vec::new(),
            content,
            created_at: UNIX_EPOCH,
        };
        let replaced = replaces.map(|replaced| replaced.to_string());
        store.keep_submission(submission, Some(Duration::ZERO), replaced).await.unwrap();
        let gone = replaces.map(|gone| format!(", gone {gone}")).unwrap_or_default();
        self.say(&format!("submitted {number}{gone}"));
    }

    async fn deliver(&mut self, number: u64) {
        let key = number.to_string();
        let id = submissions(&self.store).into_iter().find(|kept| kept.submission.key == key);
        let id = id.unwrap().id;
        self.store.take_submission(id).await.unwrap().unwrap();
        self.say(&format!("sent {number}"));
        assert!(self.store.end_delivered((id, &key), UNIX_EPOCH).await.unwrap());
        self.say(&format!("gone {number}"));
    }

    /// Installs a version as an app does, and serves it as it does at the next navigation.
    async fn install(&mut self, version: u64) {
        let (store, before) = (&self.store, self.store.serving());
        let (install, _) = store.begin_install(version.to_string()).await.unwrap();
        put(store, 1000, (1000 + version, 100), Some(install)).unwrap();
        put(store, 1001, (2000 + version, 100 << 10), Some(install)).unwrap();
        match store.complete_install(install).await.unwrap() {
            Activation::Done => {}
            Activation::AtNextNavigation => {
                store.activate_complete_install().await.unwrap().unwrap();
                store.look_who_serves();
                store.delete_installs(Vec::from_iter(before)).await.unwrap();
            }
        }
        self.say(&format!("installed {version}"));
    }

    async fn save(&mut self, number: u64) {
        let copy = self.store.begin_copy("page".to_owned()).await.unwrap();
        put(&self.store, 2000, (3000 + number, 100), Some(copy)).unwrap();
        put(&self.store, 2001, (4000 + number, 100 << 10), Some(copy)).unwrap();
        let of_page = ("page".to_owned(), copy);
        assert!(self.store.complete_copy(of_page, Vec::new(), UNIX_EPOCH).await.unwrap());
        self.say(&format!("saved {number}"));
    }

    async fn hold_oldest(&mut self) {
        let oldest = self.store.copies().unwrap().pop().unwrap().id;
        assert!(self.store.hold_copy("page".to_owned(), oldest).await.unwrap());
    }

    fn browse(&mut self, number: u64, seed: u64) {
        put(&self.store, number, (seed, length(seed)), None).unwrap();
    }

    fn write(&mut self, action: &'static str, write: fn(&Connection) -> rusqlite::Result<()>) {
        self.store.inner.write_cache(Subject::small(action), write).unwrap();
    }
}

/// What was submitted under a number.
pub(super) fn submitted(number: u64) -> Bytes {
    body(number, if number.is_multiple_of(2) { 3000 } else { 120 << 10 })
}

/// How long the body is that a seed gives.
pub(super) fn length(seed: u64) -> usize {
    [3000, 80 << 10, 150 << 10][usize::try_from(seed % 3).unwrap()]
}
