//! A tray on the desktop's own bus, by the protocol that panels have: what is put into it is
//! read and pressed as a panel would do it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use zbus::message::Header;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, Proxy, connection, interface};

use super::desktop::Desktop;
use super::until::until;

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const ITEM: &str = "org.kde.StatusNotifierItem";
const ITEM_PATH: &str = "/StatusNotifierItem";
const MENU: &str = "com.canonical.dbusmenu";

/// What a menu has in each place: number, properties, what is below.
type Entry = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

/// A tray, gone when this is dropped.
pub struct Tray {
    bus: Connection,
    /// Who is in it, by their unique names on the bus.
    items: Arc<Mutex<Vec<String>>>,
}

struct Watcher {
    items: Arc<Mutex<Vec<String>>>,
}

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, _service: String, #[zbus(header)] header: Header<'_>) {
        let owner = header.sender().expect("whoever calls has a name").to_string();
        let mut items = self.items.lock().expect("no thread panics with it");
        items.retain(|other| *other != owner);
        items.push(owner);
    }

    fn register_status_notifier_host(&self, _service: String) {}

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.items.lock().expect("no thread panics with it").clone()
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

impl Tray {
    /// Opens one.
    ///
    /// # Panics
    ///
    /// If the bus has one already.
    pub(super) async fn start(desktop: &Desktop) -> Self {
        let items = Arc::default();
        let watcher = Watcher { items: Arc::clone(&items) };
        let bus = connection::Builder::address(desktop.bus())
            .and_then(|builder| builder.serve_at("/StatusNotifierWatcher", watcher))
            .and_then(|builder| builder.name(WATCHER))
            .expect("the names are well-formed");
        let bus = bus.build().await.expect("the desktop has a bus and no tray");
        Self { bus, items }
    }

    /// Waits until there is somebody in it.
    ///
    /// # Panics
    ///
    /// If there is nobody by the deadline.
    pub async fn until_used(&self) {
        until("there is something in the tray", || async { self.last() }).await;
    }

    /// What the one in it is called.
    ///
    /// # Panics
    ///
    /// If nobody says so.
    pub async fn title(&self) -> String {
        let item = self.item().await;
        item.get_property("Title").await.expect("it has a title")
    }

    /// Presses the one in it.
    ///
    /// # Panics
    ///
    /// If nobody can be pressed.
    pub async fn press(&self) {
        self.item().await.call_method("Activate", &(0, 0)).await.expect("it can be pressed");
    }

    /// What its menu says, from top to bottom.
    ///
    /// # Panics
    ///
    /// If it has none.
    pub async fn menu(&self) -> Vec<String> {
        self.entries().await.into_iter().map(|(_, label)| label).collect()
    }

    /// Waits until its menu says this.
    ///
    /// # Panics
    ///
    /// If it does not by the deadline.
    pub async fn until_menu(&self, expected: &[&str]) {
        let what = format!("the menu says {expected:?}");
        until(&what, || async { (self.menu().await == expected).then_some(()) }).await;
    }

    /// Chooses an entry of its menu.
    ///
    /// # Panics
    ///
    /// If there is none of that name.
    pub async fn choose(&self, label: &str) {
        let entries = self.entries().await;
        let found = entries.iter().find(|(_, known)| known == label);
        let (id, _) = found.unwrap_or_else(|| panic!("there is no {label:?} in {entries:?}"));
        let arguments = (*id, "clicked", Value::from(0), 0_u32);
        self.menu_of_item().await.call_method("Event", &arguments).await.expect("it is pressed");
    }

    async fn entries(&self) -> Vec<(i32, String)> {
        let none: Vec<&str> = Vec::new();
        let menu = self.menu_of_item().await;
        let layout: zbus::Result<(u32, Entry)> = menu.call("GetLayout", &(0, -1, none)).await;
        let (_, (_, _, entries)) = layout.expect("a menu has a layout");
        let entry = |value: OwnedValue| {
            let (id, properties, _): Entry = parts(value);
            let label = String::try_from(properties.get("label")?.try_clone().ok()?).ok()?;
            Some((id, label))
        };
        entries.into_iter().filter_map(entry).collect()
    }

    async fn item(&self) -> Proxy<'static> {
        let owner = self.last().expect("there is something in the tray");
        Proxy::new(&self.bus, owner, ITEM_PATH, ITEM).await.expect("the names are well-formed")
    }

    async fn menu_of_item(&self) -> Proxy<'static> {
        let path: OwnedObjectPath =
            self.item().await.get_property("Menu").await.expect("it has a menu");
        let owner = self.last().expect("there is something in the tray");
        Proxy::new(&self.bus, owner, path, MENU).await.expect("the names are well-formed")
    }

    fn last(&self) -> Option<String> {
        self.items.lock().expect("no thread panics with it").last().cloned()
    }
}

fn parts(value: OwnedValue) -> Entry {
    let read = zbus::zvariant::Structure::try_from(Value::from(value));
    let fields = read.expect("an entry has three parts").into_fields();
    let [id, properties, below] = fields.try_into().expect("an entry has three parts");
    let below: Vec<Value<'_>> = below.try_into().expect("entries are in a list");
    let owned = |value: Value<'_>| OwnedValue::try_from(value).expect("no files are in it");
    (
        id.try_into().expect("entries have numbers"),
        properties.try_into().expect("properties have names"),
        below.into_iter().map(owned).collect(),
    )
}
