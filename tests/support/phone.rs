//! What the system of a phone says to the app.

use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};

/// The system that the app of a phone runs on.
pub struct Phone {
    socket: PathBuf,
}

impl Phone {
    /// One that the app hears of in a folder.
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self { socket: folder.join("phone") }
    }

    /// How the app finds it.
    pub(super) fn environment(&self) -> (String, String) {
        let socket = self.socket.to_str().expect("the paths of tests are text");
        ("HOLDFAST_PHONE".to_owned(), socket.to_owned())
    }

    /// Says that the person has gone to another app.
    ///
    /// # Panics
    ///
    /// If the app does not listen.
    pub fn suspend(&self) {
        self.say("suspended");
    }

    /// Says that they are back.
    ///
    /// # Panics
    ///
    /// If the app does not listen.
    pub fn resume(&self) {
        self.say("resumed");
    }

    /// Hands over a link that they have followed, or what they have shared in another app.
    ///
    /// # Panics
    ///
    /// If the app does not listen.
    pub fn open(&self, link: &str) {
        self.say(&format!("opened {link}"));
    }

    fn say(&self, word: &str) {
        let socket = UnixDatagram::unbound().expect("there are sockets");
        socket.send_to(word.as_bytes(), &self.socket).expect("the app listens");
    }
}
