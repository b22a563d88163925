//! What every part of one engine works with.

use std::future::Future;
use std::sync::Arc;

use http::HeaderMap;
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::clients::Clients;
use crate::config::Site;
use crate::diary::Diary;
use crate::event::Event;
use crate::network::{Flights, Network};
use crate::notice::Pushes;
use crate::pace::Paces;
use crate::page::Links;
use crate::policy::{Partition, Visitor};
use crate::request::{Cookies, Request, cookie_pairs};
use crate::saved::Saves;
use crate::store::{Arriving, Store, Terms};
use crate::synced::Syncs;
use crate::time::Clock;
use crate::traffic::Traffic;

/// The site, the I/O and the clock of one engine.
pub(crate) struct Context {
    pub(crate) site: Site,
    pub(crate) store: Store,
    pub(crate) network: Network,
    /// What is being fetched, for others who want the same.
    pub(crate) flights: Flights<Arc<Arriving>>,
    pub(crate) links: Links,
    pub(crate) clients: Clients,
    pub(crate) traffic: Traffic,
    pub(crate) diary: Diary,
    /// Something was submitted, or what has become of it has changed.
    pub(crate) outbox: Notify,
    /// The copies of saved pages that are being made.
    pub(crate) saves: Saves,
    /// What is fetched by itself.
    pub(crate) syncs: Syncs,
    /// How long answers take on each route.
    pub(crate) paces: Paces,
    /// What the streams of the site and those who refresh pages tell one another.
    pub(crate) pushes: Pushes,
    pub(crate) clock: Clock,
    /// A number from 0 to 1 that spreads retries.
    pub(crate) jitter: fn() -> f64,
    pub(crate) tasks: Tasks,
    pub(crate) events: broadcast::Sender<Event>,
}

impl Context {
    /// Whose what a request brings is: by the jar, or by the client's own cookies.
    pub(crate) fn partition(&self, request: &Request<()>) -> String {
        let name = self.site.session_cookie.as_deref();
        let visitor = match request.cookies {
            Cookies::Client => Visitor::of_request(request, name),
            Cookies::Jar => {
                let session = name.and_then(|name| self.network.jar.value(&request.url, name));
                Visitor::of_session(session.as_deref())
            }
        };
        Partition::Of(visitor).to_string()
    }

    /// Whose what is sent with these headers is, by the session among its cookies.
    pub(crate) fn session_of(&self, headers: &HeaderMap) -> String {
        let name = self.site.session_cookie.as_deref();
        let session = cookie_pairs(headers).find(|(other, _)| Some(*other) == name);
        Partition::Of(Visitor::of_session(session.map(|(_, value)| value))).to_string()
    }

    /// Tells whoever listens; nobody may be.
    pub(crate) fn tell(&self, event: Event) {
        tracing::debug!(?event);
        let _ = self.events.send(event);
    }
}

/// What the profile says about the store.
pub(crate) fn terms(site: &Site) -> Terms {
    let limits = site.routes.iter().map(|route| (route.name.clone(), route.limits)).collect();
    let resets = site.install.reset;
    Terms { quota: site.quota, limits, version: site.install_version(), resets, shreds: false }
}

/// The engine's tasks, which end with it.
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    tracker: TaskTracker,
    ending: CancellationToken,
}

impl Tasks {
    /// Runs a future on, until it is done or the engine ends.
    pub(crate) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        let ending = self.ending.clone();
        self.tracker.spawn(async move {
            tokio::select! {
                () = future => {}
                () = ending.cancelled() => {}
            }
        });
    }

    /// Ends all tasks when the guard is dropped.
    pub(crate) fn end_with_guard(&self) -> DropGuard {
        self.ending.clone().drop_guard()
    }

    /// Ends all tasks and waits until they are gone.
    pub(crate) async fn end(&self) {
        self.ending.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}
