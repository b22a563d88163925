//! The tray of a Linux desktop: a `StatusNotifierItem` on the session bus.

use ksni::menu::{MenuItem, StandardItem};
use ksni::{Category, OfflineReason, ToolTip, Tray, TrayMethods};
use tauri::{AppHandle, Manager};
use tokio::sync::{mpsc, watch};

use super::words::Said;
use super::{Entry, Presence, choose};
use crate::shell::Shell;

/// The app's place in the tray, which may come and go.
pub(super) struct Icon {
    sayings: mpsc::UnboundedSender<Said>,
}

impl Icon {
    /// Shows it as soon as there is a tray. Where there is no bus, there will be none.
    pub(super) fn begin(
        app: &AppHandle,
        said: Said,
        presence: watch::Sender<Presence>,
    ) -> Option<Self> {
        let (sayings, said_later) = mpsc::unbounded_channel();
        let item = Item { app: app.clone(), picture: picture(app), said, presence };
        tauri::async_runtime::spawn(serve(item, said_later));
        Some(Self { sayings })
    }

    /// Says this from now on.
    pub(super) fn say(&self, said: Said) {
        // Nobody hears it where there is no bus.
        let _ = self.sayings.send(said);
    }
}

async fn serve(item: Item, mut sayings: mpsc::UnboundedReceiver<Said>) {
    let presence = item.presence.clone();
    // At login the app may be there before the tray is.
    match item.assume_sni_available(true).spawn().await {
        Ok(handle) => {
            // Without a word that there is none, there is one.
            presence.send_if_modified(|presence| {
                let is_news = *presence == Presence::Unknown;
                if is_news {
                    *presence = Presence::There;
                }
                is_news
            });
            while let Some(said) = sayings.recv().await {
                handle.update(|item| item.said = said).await;
            }
        }
        Err(error) => {
            tracing::debug!(error = holdfast_engine::in_full(&error), "there is no tray");
            presence.send_replace(Presence::Gone);
        }
    }
}

/// What the tray asks about the app.
struct Item {
    app: AppHandle,
    picture: Vec<ksni::Icon>,
    said: Said,
    presence: watch::Sender<Presence>,
}

impl Item {
    fn choose(&self, entry: Entry) {
        let app = self.app.clone();
        // The tray waits for an answer, and a window takes a while.
        tauri::async_runtime::spawn(async move {
            if let Some(shell) = app.try_state::<std::sync::Arc<Shell>>() {
                choose(&app, &shell, entry);
            }
        });
    }
}

impl Tray for Item {
    fn id(&self) -> String {
        self.app.config().identifier.clone()
    }

    fn category(&self) -> Category {
        Category::Communications
    }

    fn title(&self) -> String {
        self.said.name.clone()
    }

    fn icon_pixmap(&self) -> Vec<ksni::Icon> {
        self.picture.clone()
    }

    fn tool_tip(&self) -> ToolTip {
        // "the markup … as the body of notifications" may be in it; none is meant.
        let description = self.said.state.clone().unwrap_or_default();
        ToolTip { title: self.said.name.clone(), description, ..ToolTip::default() }
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        self.choose(Entry::Open);
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        let groups = self.said.groups.iter().map(|entries| {
            let items = entries.iter().map(|(entry, label)| item(*entry, label));
            items.chain([MenuItem::Separator])
        });
        let mut items: Vec<_> = groups.flatten().collect();
        // The last one has nothing below it.
        items.pop();
        items
    }

    fn watcher_online(&self) {
        self.presence.send_replace(Presence::There);
    }

    fn watcher_offline(&self, reason: OfflineReason) -> bool {
        tracing::debug!(?reason, "there is no tray now");
        self.presence.send_replace(Presence::Gone);
        // It may come back.
        true
    }
}

fn item(entry: Entry, label: &str) -> MenuItem<Item> {
    // "A lone underscore marks the character behind it as its access key; two are one"
    // (com.canonical.dbusmenu, label)
    let label = label.replace('_', "__");
    let activate = Box::new(move |item: &mut Item| item.choose(entry));
    StandardItem { label, activate, ..StandardItem::default() }.into()
}

/// The app's icon as trays want it.
fn picture(app: &AppHandle) -> Vec<ksni::Icon> {
    let Some(icon) = app.default_window_icon() else { return Vec::new() };
    let (Ok(width), Ok(height)) = (i32::try_from(icon.width()), i32::try_from(icon.height()))
    else {
        return Vec::new();
    };
    // "ARGB32 binary representation of the icon", "in network byte order"
    // (StatusNotifierItem, IconPixmap)
    let pixel = |rgba: &[u8]| match rgba {
        [red, green, blue, alpha] => [*alpha, *red, *green, *blue],
        _ => [0; 4],
    };
    let data = icon.rgba().chunks_exact(4).flat_map(pixel).collect();
    vec![ksni::Icon { width, height, data }]
}
