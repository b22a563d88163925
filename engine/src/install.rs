//! On install: what the profile requires is stored before it is asked for.
//!
//! All of it or nothing: the responses are staged under an install of their own, and one
//! transaction makes it the one that serves. Until then, and whenever a new version cannot
//! be had, the one before serves on. What was staged before a crash is not fetched again.
//!
//! ```text
//! staged ── all required is there ── does another one serve? ── no ──▶ it serves
//!                                      └── yes ──▶ it serves from the next navigation, or
//!                                                  the next start of the program, on
//! ```
//!
//! A page that is open keeps the assets of its version that way.

use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use tokio::time;

use crate::backoff::Backoff;
use crate::clients::Installed;
use crate::context::Context;
use crate::error::{StoreError, in_full};
use crate::event::Event;
use crate::exchange::fetch_for_install;
use crate::request::Request;
use crate::store::Activation;

const RETRY: Backoff = Backoff { base: Duration::from_secs(2), max: Duration::from_secs(300) };

/// Installs the profile's version if it is not the one that serves, trying until it is,
/// and then what is optional.
pub(crate) async fn run(context: Arc<Context>) {
    let version = context.site.install_version();
    if let Some(version) = context.store.activated_when_opened() {
        tell_of(&context, version);
    }
    let mut failures = 0;
    while let Err(Failure { path, reason }) = install(&context, &version).await {
        note(&context, &version, &path, &reason).await;
        context.tell(Event::InstallFailed { path, reason });
        failures += 1;
        wait(&context, failures).await;
    }
    failures = 0;
    while let Err(Failure { path, reason }) = fetch_optional(&context, &version).await {
        tracing::info!(path, reason, "an optional part is not installed");
        failures += 1;
        wait(&context, failures).await;
    }
}

/// Opens a page: with a version that has become complete since the last one, if there is
/// one. The pages that are open keep theirs.
pub(crate) async fn open_page(context: &Context, request: &Request<()>) -> Installed {
    let Context { store, clients, .. } = context;
    let before = store.serving();
    match store.activate_complete_install().await {
        Ok(Some(version)) => {
            before.into_iter().for_each(|former| clients.retire(former));
            // Only now, so that no open page gets a part of it.
            store.look_who_serves();
            tell_of(context, &version);
        }
        Ok(None) => {}
        Err(error) => tracing::warn!(error = in_full(&error), "the version before serves on"),
    }
    let installed = clients.open(request, context.clock.now(), || store.serving());
    remove_unused(context).await;
    installed
}

/// Removes what served before, once no page was opened with it any more.
pub(crate) async fn remove_unused(context: &Context) {
    let unused = context.clients.take_unused(|| context.clock.now());
    if !unused.is_empty()
        && let Err(error) = context.store.delete_installs(unused).await
    {
        tracing::warn!(error = in_full(&error), "a former version is not removed");
    }
}

/// Keeps a failure for who looks into the store later.
async fn note(context: &Context, version: &str, path: &str, reason: &str) {
    let now = context.clock.now();
    let (version, path, reason) = (version.to_owned(), path.to_owned(), reason.to_owned());
    if let Err(error) = context.store.note_install_failure(version, path, reason, now).await {
        tracing::warn!(error = in_full(&error), "a failed install is not noted");
    }
}

struct Failure {
    path: String,
    reason: String,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self { path: String::new(), reason: in_full(&error) }
    }
}

#[tracing::instrument(level = "debug", name = "install", skip_all)]
async fn install(context: &Arc<Context>, version: &str) -> Result<(), Failure> {
    let store = &context.store;
    if store.active_install()?.as_deref() == Some(version) {
        return Ok(());
    }
    let required = &context.site.install.required;
    let (id, staged) = store.begin_install(version.to_owned()).await?;
    let mut fetches = stream::iter(missing(context, required, &staged))
        .map(|path| fetch(context, path, id))
        .buffer_unordered(context.site.install.parallel);
    while let Some(fetched) = fetches.next().await {
        fetched?;
    }
    drop(fetches);
    // An answer can be in order and still not be stored.
    let (id, staged) = store.begin_install(version.to_owned()).await?;
    if let Some(path) = missing(context, required, &staged).into_iter().next() {
        return Err(Failure { path, reason: "the answer could not be stored".to_owned() });
    }
    match store.complete_install(id).await? {
        Activation::Done => tell_of(context, version),
        Activation::AtNextNavigation => {
            tracing::debug!(version, "a version is complete and waits for a navigation");
        }
    }
    Ok(())
}

fn tell_of(context: &Context, version: &str) {
    context.tell(Event::Installed { version: version.to_owned() });
}

/// What is worth having but not worth waiting for: each is tried, the last failure counts.
#[tracing::instrument(level = "debug", name = "install the optional", skip_all)]
async fn fetch_optional(context: &Arc<Context>, version: &str) -> Result<(), Failure> {
    let (id, staged) = context.store.begin_install(version.to_owned()).await?;
    let mut result = Ok(());
    for path in missing(context, &context.site.install.optional, &staged) {
        if let Err(failure) = fetch(context, path, id).await {
            result = Err(failure);
        }
    }
    result
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
        context
            .site
            .address(path)
            .is_ok_and(|url| !staged.iter().any(|staged| *staged == crate::request::key(&url)))
    };
    paths.iter().filter(is_missing).cloned().collect()
}

/// Waits longer with each failure, or until the connection comes back after it was gone.
async fn wait(context: &Context, failures: u32) {
    let delay = RETRY.delay(failures, (context.jitter)());
    let mut state = context.network.link.subscribe();
    let comes_back = async {
        // A mere suspicion may be the fault of what was just tried.
        let _ = state.wait_for(|state| state.is_offline()).await;
        let _ = state.wait_for(|state| state.is_usable()).await;
    };
    tokio::select! {
        () = time::sleep(delay) => {}
        () = comes_back => {}
    }
}
