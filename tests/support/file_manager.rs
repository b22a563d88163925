//! The desktop's file manager, as far as it is asked to show where something lies.

use std::sync::{Arc, Mutex};

use zbus::{Connection, connection, interface};

use super::desktop::Desktop;
use super::until::until;

/// It shows what it is asked to, and is gone when this is dropped.
pub struct FileManager {
    _bus: Connection,
    shown: Arc<Mutex<Vec<String>>>,
}

struct Server {
    shown: Arc<Mutex<Vec<String>>>,
}

#[interface(name = "org.freedesktop.FileManager1")]
impl Server {
    fn show_items(&self, uris: Vec<String>, _startup_id: String) {
        self.shown.lock().expect("no thread panics with it").extend(uris);
    }
}

impl FileManager {
    /// Starts it.
    ///
    /// # Panics
    ///
    /// If the bus has one already.
    pub(super) async fn start(desktop: &Desktop) -> Self {
        let shown = Arc::default();
        let server = Server { shown: Arc::clone(&shown) };
        let bus = connection::Builder::address(desktop.bus())
            .and_then(|builder| builder.serve_at("/org/freedesktop/FileManager1", server))
            .and_then(|builder| builder.name("org.freedesktop.FileManager1"))
            .expect("the names are well-formed");
        let bus = bus.build().await.expect("the desktop has a bus and no file manager");
        Self { _bus: bus, shown }
    }

    /// Waits until it was asked to show something: the addresses.
    ///
    /// # Panics
    ///
    /// If it is not by the deadline.
    pub async fn shown(&self) -> Vec<String> {
        until("something is shown in its folder", || {
            let shown = self.shown.lock().expect("no thread panics with it").clone();
            std::future::ready((!shown.is_empty()).then_some(shown))
        })
        .await
    }
}
