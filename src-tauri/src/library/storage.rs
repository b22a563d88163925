//! What the Library shows of what is stored, and how the person makes room.

use std::sync::Arc;

use holdfast_engine::{Browsed, Engine, Inventory, StockKind, StoreError, in_full};
use serde::{Deserialize, Serialize};
use tauri::{State, command};

use crate::shell::Shell;

/// What the device holds.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Storage {
    /// What is fetched; what several share counts once, which it does not in the kinds.
    #[cfg_attr(test, ts(type = "number"))]
    bytes: u64,
    #[cfg_attr(test, ts(type = "number"))]
    quota: u64,
    kinds: Vec<Stock>,
    /// What was stored while browsing.
    routes: Vec<RouteStock>,
    /// Whether it stays until the app or the person deletes it.
    is_persistent: bool,
    /// What goes by itself when there is no room.
    #[cfg_attr(test, ts(type = "number"))]
    evictable_bytes: u64,
}

/// What there is of a kind.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[serde(rename_all = "camelCase")]
struct Stock {
    kind: Kind,
    #[cfg_attr(test, ts(type = "number"))]
    entries: u64,
    #[cfg_attr(test, ts(type = "number"))]
    bytes: u64,
    /// Whether nothing of it goes by itself.
    is_kept_safe: bool,
}

/// What something is to the person.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts", rename = "StockKind"))]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Saved,
    App,
    Pages,
    Images,
    Other,
    Unsent,
}

impl From<StockKind> for Kind {
    fn from(kind: StockKind) -> Self {
        match kind {
            StockKind::Saved => Self::Saved,
            StockKind::App => Self::App,
            StockKind::Browsed(Browsed::Pages) => Self::Pages,
            StockKind::Browsed(Browsed::Images) => Self::Images,
            StockKind::Browsed(Browsed::Other) => Self::Other,
            StockKind::Unsent => Self::Unsent,
        }
    }
}

/// What was stored of a route while browsing.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
struct RouteStock {
    route: String,
    #[cfg_attr(test, ts(type = "number"))]
    entries: u64,
    #[cfg_attr(test, ts(type = "number"))]
    bytes: u64,
}

/// What the person may have deleted of what was stored while browsing.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Clearable {
    Pages,
    Images,
    Other,
}

/// What the device holds.
///
/// # Errors
///
/// If it cannot be read.
#[command]
pub(crate) async fn storage(shell: State<'_, Arc<Shell>>) -> Result<Storage, String> {
    of_engine(&shell, |engine| engine.inventory()).await.map(Storage::of)
}

/// Deletes what of a kind was stored while browsing; what is left then.
///
/// # Errors
///
/// If it cannot be deleted; a part of it may be.
#[command]
pub(crate) async fn clear_stored(
    shell: State<'_, Arc<Shell>>,
    kind: Clearable,
) -> Result<Storage, String> {
    let kind = match kind {
        Clearable::Pages => Browsed::Pages,
        Clearable::Images => Browsed::Images,
        Clearable::Other => Browsed::Other,
    };
    shell.engine.clear(kind).await.map_err(|error| in_full(&error))?;
    of_engine(&shell, |engine| engine.inventory()).await.map(Storage::of)
}

/// Asks the engine on a thread that may wait for the disk.
pub(super) async fn of_engine<T: Send + 'static>(
    shell: &Shell,
    ask: impl FnOnce(Engine) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, String> {
    let engine = shell.engine.clone();
    let asked = tauri::async_runtime::spawn_blocking(move || ask(engine)).await;
    asked.map_err(|error| in_full(&error))?.map_err(|error| in_full(&error))
}

impl Storage {
    fn of(inventory: Inventory) -> Self {
        let evictable_bytes = inventory.evictable();
        let Inventory { bytes, quota, stocks, routes } = inventory;
        let kinds = stocks.into_iter().map(|stock| Stock {
            kind: stock.kind.into(),
            entries: stock.entries,
            bytes: stock.bytes,
            is_kept_safe: stock.kind.is_kept_safe(),
        });
        let routes = routes.into_iter().map(|stock| RouteStock {
            route: stock.route,
            entries: stock.entries,
            bytes: stock.bytes,
        });
        Self {
            bytes,
            quota,
            kinds: kinds.collect(),
            routes: routes.collect(),
            // Its files are the app's own: no system deletes them as browsers do.
            is_persistent: true,
            evictable_bytes,
        }
    }
}
