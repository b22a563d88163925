//! How the device is, as JSON.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use holdfast_engine::{
    Answered, Configuration, Connection, Remote, Site, Standing, Status, Stretch, SyncGroup,
};
use serde_json::{Map, Value, json};

/// The program that tells.
#[derive(Clone)]
pub struct Program {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Since when it runs.
    pub started_at: SystemTime,
    /// Where its profile comes from, if that is not the built-in one alone.
    pub remote: Option<Arc<Remote>>,
}

/// How a connection is called, and why it is as it is.
pub(crate) fn named(connection: Connection) -> (&'static str, Option<&'static str>) {
    match connection {
        Connection::Online => ("online", None),
        Connection::Slow => ("slow", None),
        Connection::Suspect => ("suspect", None),
        Connection::Offline(cause) => ("offline", Some(cause.as_str())),
    }
}

/// Everything; times are in milliseconds since 1970.
pub(crate) fn json(program: &Program, site: &Site, status: &Status) -> Value {
    let Program { name, version, started_at, remote } = program;
    let Status { at, connection, history, outbox, inventory, syncs, install, serving, answered } =
        status;
    let (state, cause) = named(*connection);
    json!({
        "program": name,
        "version": version,
        "started_at_ms": unix_ms(*started_at),
        "at_ms": unix_ms(*at),
        "site": {
            "name": site.name,
            "origin": site.origin.origin().ascii_serialization(),
            "version": site.version,
        },
        "configuration": remote.as_ref().map(|remote| configuration(&remote.configuration())),
        "connection": {
            "state": state,
            "cause": cause,
            "history": history.iter().map(stretch).collect::<Value>(),
        },
        "outbox": outbox_of(outbox),
        "storage": {
            "bytes": inventory.bytes,
            "quota_bytes": inventory.quota,
            "kinds": inventory.stocks.iter().map(|stock| {
                let held = json!({ "entries": stock.entries, "bytes": stock.bytes });
                (stock.kind.as_str().to_owned(), held)
            }).collect::<Map<_, _>>(),
        },
        "sync": {
            "last_at_ms": last_sync(syncs).map(unix_ms),
            "groups": syncs.iter().map(group).collect::<Value>(),
        },
        "install": {
            "version": install.version,
            "is_complete": install.is_complete,
            "serving": serving,
            "failure": install.failure.as_ref().map(|(path, reason)| {
                json!({ "path": path, "reason": reason })
            }),
        },
        "requests": answered.iter().map(requests).collect::<Value>(),
    })
}

fn configuration(configuration: &Configuration) -> Value {
    let Configuration { serial, is_on_trial, waiting, failed, looked } = configuration;
    json!({
        "serial": serial,
        "is_on_trial": is_on_trial,
        "waiting": waiting,
        "failed": failed,
        "looked_at_ms": looked.map(|(at, _)| unix_ms(at)),
        "found": looked.map(|(_, found)| found),
    })
}

/// When anything was fetched by itself last.
fn last_sync(syncs: &[SyncGroup]) -> Option<SystemTime> {
    syncs.iter().filter_map(|group| group.last_at).max()
}

fn stretch(stretch: &Stretch) -> Value {
    let (state, cause) = named(stretch.state);
    json!({ "from_ms": unix_ms(stretch.from), "state": state, "cause": cause })
}

fn outbox_of(outbox: &[Standing]) -> Value {
    let states = outbox.iter().map(|one| (one.state.as_str().to_owned(), one.count.into()));
    let oldest = outbox.iter().filter_map(|one| one.since).min();
    json!({
        "total": outbox.iter().map(|one| one.count).sum::<u64>(),
        "oldest_at_ms": oldest.map(unix_ms),
        "states": states.collect::<Map<String, Value>>(),
    })
}

fn group(group: &SyncGroup) -> Value {
    json!({
        "name": group.name,
        "last_at_ms": group.last_at.map(unix_ms),
        "next_at_ms": group.next_at.map(unix_ms),
        "is_running": group.is_running,
        "failure": group.failure,
    })
}

fn requests(answered: &Answered) -> Value {
    json!({
        "route": answered.route,
        "source": answered.source,
        "requests": answered.requests(),
        "bytes": answered.bytes,
    })
}

fn unix_ms(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
