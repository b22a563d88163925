//! What the Library shows of what has happened: the last requests, the connection, the install.

use std::sync::Arc;
use std::time::Duration;

use holdfast_engine::{self as engine, Connection, Provenance};
use serde::Serialize;
use tauri::{State, command};

use super::shelves::unix_ms;
use super::storage::of_engine;
use crate::downloads::Download;
use crate::facts::{Cause, cause_of};
use crate::shell::Shell;

/// What has happened lately.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
pub(crate) struct Activity {
    /// The latest first.
    requests: Vec<Asked>,
    /// Of the last day, the oldest first; each lasts until the next one begins.
    connection: Vec<Stretch>,
    /// What is fetched by itself now and then.
    syncs: Vec<Sync>,
    /// The latest first.
    downloads: Vec<Download>,
    install: InstallState,
    traffic: Vec<Traffic>,
}

/// A request of the person's pages, and what answered it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[serde(rename_all = "camelCase")]
struct Asked {
    #[cfg_attr(test, ts(type = "number"))]
    at_ms: u64,
    path: String,
    route: Option<String>,
    /// Its name in a profile; `outbox` for what is submitted, `none` without a route.
    strategy: &'static str,
    #[cfg_attr(test, ts(inline))]
    source: Source,
    #[cfg_attr(test, ts(inline))]
    because: Option<Because>,
    #[cfg_attr(test, ts(type = "number | null"))]
    stored_at_ms: Option<u64>,
    took_ms: f64,
    #[cfg_attr(test, ts(type = "number | null"))]
    bytes: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
enum Source {
    Network,
    Store,
    Fallback,
    Outbox,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
enum Because {
    Offline,
    Slow,
    ServerError,
    Strategy,
}

/// How the connection was from then on.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[serde(rename_all = "camelCase")]
struct Stretch {
    #[cfg_attr(test, ts(type = "number"))]
    from_ms: u64,
    #[cfg_attr(test, ts(inline))]
    state: Reached,
    cause: Option<Cause>,
}

/// A group of pages that is fetched by itself now and then.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[serde(rename_all = "camelCase")]
struct Sync {
    name: String,
    #[cfg_attr(test, ts(type = "number | null"))]
    last_at_ms: Option<u64>,
    #[cfg_attr(test, ts(type = "number | null"))]
    next_at_ms: Option<u64>,
    /// Why the last time brought nothing.
    failure: Option<String>,
    is_running: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
enum Reached {
    Online,
    Offline,
}

/// How far the install of the profile's version is.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[serde(rename_all = "camelCase")]
struct InstallState {
    version: String,
    is_complete: bool,
    #[cfg_attr(test, ts(inline))]
    failure: Option<Failure>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
struct Failure {
    path: String,
    reason: String,
}

/// What was answered of a route from one source.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[serde(rename_all = "camelCase")]
struct Traffic {
    route: String,
    source: String,
    #[cfg_attr(test, ts(type = "number"))]
    requests: u64,
    #[cfg_attr(test, ts(type = "number"))]
    bytes: u64,
    /// Half took no longer.
    median_ms: f64,
    /// Of a hundred, one took longer.
    p99_ms: f64,
}

/// What has happened lately, as far as it is the business of who is signed in.
///
/// # Errors
///
/// If it cannot be read.
#[command]
pub(crate) async fn activity(shell: State<'_, Arc<Shell>>) -> Result<Activity, String> {
    let activity = of_engine(&shell, |engine| engine.activity()).await?;
    Ok(Activity::of(activity, shell.engine.syncs(), shell.downloads.all()))
}

/// Fetches now what is fetched by itself otherwise.
#[command]
pub(crate) fn sync_now(shell: State<'_, Arc<Shell>>) {
    shell.engine.sync_now();
}

impl Activity {
    fn of(
        activity: engine::Activity,
        syncs: Vec<engine::SyncGroup>,
        downloads: Vec<Download>,
    ) -> Self {
        let engine::Activity { requests, connection, install, traffic } = activity;
        Self {
            requests: requests.into_iter().map(Asked::from).collect(),
            connection: connection.into_iter().map(Stretch::from).collect(),
            syncs: syncs.into_iter().map(Sync::from).collect(),
            downloads,
            install: InstallState {
                version: install.version,
                is_complete: install.is_complete,
                failure: install.failure.map(|(path, reason)| Failure { path, reason }),
            },
            traffic: traffic.into_iter().map(Traffic::from).collect(),
        }
    }
}

impl From<engine::Asked> for Asked {
    fn from(asked: engine::Asked) -> Self {
        let (source, stored_at, because) = match asked.provenance {
            Provenance::Network { .. } => (Source::Network, None, None),
            Provenance::Store { fetched_at, because } => {
                (Source::Store, Some(fetched_at), Some(because))
            }
            Provenance::Outbox => (Source::Outbox, None, None),
            Provenance::Fallback { fetched_at, because } => {
                (Source::Fallback, fetched_at, Some(because))
            }
        };
        Self {
            at_ms: unix_ms(asked.at),
            path: asked.path,
            route: asked.route,
            strategy: asked.strategy,
            source,
            because: because.map(Because::from),
            stored_at_ms: stored_at.map(unix_ms),
            took_ms: ms(asked.took),
            bytes: asked.bytes,
        }
    }
}

impl From<engine::Because> for Because {
    fn from(because: engine::Because) -> Self {
        match because {
            engine::Because::Offline => Self::Offline,
            engine::Because::Slow => Self::Slow,
            engine::Because::ServerError => Self::ServerError,
            engine::Because::Strategy => Self::Strategy,
        }
    }
}

impl From<engine::Stretch> for Stretch {
    fn from(stretch: engine::Stretch) -> Self {
        let state = match stretch.state {
            Connection::Online | Connection::Slow => Reached::Online,
            Connection::Suspect | Connection::Offline(_) => Reached::Offline,
        };
        let cause = cause_of(stretch.state);
        Self { from_ms: unix_ms(stretch.from), state, cause }
    }
}

impl From<engine::SyncGroup> for Sync {
    fn from(group: engine::SyncGroup) -> Self {
        Self {
            name: group.name,
            last_at_ms: group.last_at.map(unix_ms),
            next_at_ms: group.next_at.map(unix_ms),
            failure: group.failure,
            is_running: group.is_running,
        }
    }
}

impl From<engine::Answered> for Traffic {
    fn from(answered: engine::Answered) -> Self {
        let [median_ms, p99_ms] = [50, 99].map(|percent| ms(answered.within(percent)));
        let requests = answered.requests();
        let engine::Answered { route, source, bytes, .. } = answered;
        Self { route, source, requests, bytes, median_ms, p99_ms }
    }
}

/// To the microsecond: what is stored is there within some.
fn ms(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn the_library_is_told_why_a_copy_was_shown() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let asked = engine::Asked {
            at: at(9),
            path: "/polls/".to_owned(),
            route: Some("pages".to_owned()),
            strategy: "network-first",
            provenance: Provenance::Store {
                fetched_at: at(2),
                because: engine::Because::ServerError,
            },
            took: Duration::from_nanos(41_700),
            bytes: Some(7),
        };
        assert_eq!(
            serde_json::to_value(Asked::from(asked)).unwrap(),
            serde_json::json!({
                "atMs": 9000, "path": "/polls/", "route": "pages", "strategy": "network-first",
                "source": "store", "because": "server-error", "storedAtMs": 2000,
                "tookMs": 0.042, "bytes": 7
            })
        );
    }
}
