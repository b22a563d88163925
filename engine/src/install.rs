//! On install: what the profile requires is stored before it is asked for.
//!
//! All of it or nothing: the responses are staged under an install of their own, and one
//! transaction makes it the one that serves. Until then, and whenever a new version cannot
//! be had, the one before serves on. What was staged before a crash is not fetched again.

use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use tokio::time;

use crate::backoff::Backoff;
use crate::context::Context;
use crate::error::{StoreError, in_full};
use crate::event::{Connection, Event};
use crate::exchange::fetch_for_install;

/// How many URLs are fetched side by side.
const SIDE_BY_SIDE: usize = 6;
const RETRY: Backoff = Backoff { base: Duration::from_secs(2), max: Duration::from_secs(300) };

/// Installs the profile's version if it is not the one that serves, trying until it is.
pub(crate) async fn run(context: Arc<Context>) {
    let version = context.site.install_version();
    let mut failures = 0;
    loop {
        let failed = match context.store.active_install() {
            Ok(Some(active)) if active == version => break,
            Ok(_) => install(&context, &version).await,
            Err(error) => Err(Failure::of_store(&error)),
        };
        let Err(Failure { path, reason }) = failed else { break };
        context.tell(Event::InstallFailed { path, reason });
        failures += 1;
        wait(&context, RETRY.delay(failures, (context.jitter)())).await;
    }
    if let Ok(Some((id, _))) = context.store.begin_install(version).await.map(Some) {
        fetch_optional(&context, id).await;
    }
}

struct Failure {
    path: String,
    reason: String,
}

impl Failure {
    fn of_store(error: &StoreError) -> Self {
        Self { path: String::new(), reason: in_full(error) }
    }
}

async fn install(context: &Arc<Context>, version: &str) -> Result<(), Failure> {
    let (id, staged) = context
        .store
        .begin_install(version.to_owned())
        .await
        .map_err(|error| Failure::of_store(&error))?;
    let mut fetches = stream::iter(missing(context, &context.site.install.required, &staged))
        .map(|path| fetch(context, path, id))
        .buffer_unordered(SIDE_BY_SIDE);
    while let Some(fetched) = fetches.next().await {
        fetched?;
    }
    context.store.activate_install(id).await.map_err(|error| Failure::of_store(&error))?;
    context.tell(Event::Installed { version: version.to_owned() });
    Ok(())
}

/// What is worth having but not worth waiting for.
async fn fetch_optional(context: &Arc<Context>, id: i64) {
    for path in &context.site.install.optional {
        if let Err(Failure { path, reason }) = fetch(context, path.clone(), id).await {
            tracing::info!(path, reason, "an optional part is not installed");
        }
    }
}

async fn fetch(context: &Arc<Context>, path: String, id: i64) -> Result<(), Failure> {
    let fetched = match context.site.address(&path) {
        Ok(url) => fetch_for_install(context, url, id).await,
        Err(error) => Err(error.to_string()),
    };
    fetched.map_err(|reason| Failure { path, reason })
}

fn missing(context: &Context, paths: &[String], staged: &[String]) -> Vec<String> {
    let is_missing = |path: &&String| {
        context.site.address(path).is_ok_and(|url| !staged.contains(&crate::request::key(&url)))
    };
    paths.iter().filter(is_missing).cloned().collect()
}

/// Waits for `delay`, or until the connection comes back after it was gone.
async fn wait(context: &Context, delay: Duration) {
    let mut state = context.network.link.subscribe();
    let comes_back = async {
        let _ = state.wait_for(|state| *state != Connection::Online).await;
        let _ = state.wait_for(|state| *state == Connection::Online).await;
    };
    tokio::select! {
        () = time::sleep(delay) => {}
        () = comes_back => {}
    }
}
