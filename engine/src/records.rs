//! What is written down as it changes: the cookies, what was answered, and whether the site
//! was there.

use std::sync::Arc;
use std::time::Duration;

use tokio::time;

use crate::context::Context;
use crate::error::in_full;
use crate::event::Connection;

/// How long what was answered is only counted in memory.
const TRAFFIC_KEPT_AFTER: Duration = Duration::from_secs(60);

/// Writes down what is not yet on the disk.
pub(crate) async fn write(context: &Context) {
    write_cookies(context).await;
    write_traffic(context).await;
}

/// Writes the cookies down whenever they change.
pub(crate) async fn keep_cookies(context: Arc<Context>) {
    let mut changes = context.network.jar.changes();
    while changes.changed().await.is_ok() {
        write_cookies(&context).await;
    }
}

/// Writes down what was answered, a while after it begins.
pub(crate) async fn keep_traffic(context: Arc<Context>) {
    loop {
        context.traffic.news().await;
        time::sleep(TRAFFIC_KEPT_AFTER).await;
        write_traffic(&context).await;
    }
}

/// Writes down when the site became reachable or unreachable.
///
/// Before it has answered or is known to be gone, nobody knows, and nothing is written. A
/// suspicion is not written either.
pub(crate) async fn keep_connection(context: Arc<Context>) {
    let link = &context.network.link;
    let mut state = link.subscribe();
    let mut kept = context.store.last_connection().unwrap_or_else(|error| {
        tracing::warn!(error = in_full(&error), "how the connection was is not known");
        None
    });
    tokio::select! {
        () = link.until_heard() => {}
        _ = state.wait_for(|state| state.is_offline()) => {}
    }
    loop {
        let new = match *state.borrow_and_update() {
            // How quick it is comes and goes.
            Connection::Slow => Connection::Online,
            new @ (Connection::Online | Connection::Suspect | Connection::Offline(_)) => new,
        };
        if new != Connection::Suspect && kept != Some(new) {
            kept = Some(new);
            if let Err(error) = context.store.note_connection(new, context.clock.now()).await {
                tracing::warn!(error = in_full(&error), "a change of the connection is not kept");
            }
        }
        if state.changed().await.is_err() {
            return;
        }
    }
}

async fn write_traffic(context: &Context) {
    let answered = context.traffic.take();
    if !answered.is_empty()
        && let Err(error) = context.store.add_traffic(answered).await
    {
        tracing::warn!(error = in_full(&error), "what was answered is not kept");
    }
}

async fn write_cookies(context: &Context) {
    if let Err(error) = context.store.keep_cookies(context.network.jar.to_kept()).await {
        tracing::error!(error = in_full(&error), "the cookies are not kept");
    }
}
