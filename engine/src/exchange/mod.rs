//! One request and what can be done about it: look up, fetch, fetch and store.
//!
//! Strategies are written against [`Exchange`] and nothing else. A fetch is a value of its
//! own (`fetch`), since it may outlive the request it was begun for; what it brings is
//! stored whole or not at all (`keep`). Requests for the same at the same time share one
//! (`shared`). What is stored is served by `available`.

mod available;
mod copying;
mod effects;
mod fetch;
mod keep;
mod refreshing;
mod serve;
mod shared;

use std::borrow::Cow;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use futures::future::BoxFuture;
use http::header::{
    CONTENT_TYPE, HeaderMap, HeaderValue, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    IF_UNMODIFIED_SINCE, LOCATION, RANGE,
};
use http::{Method, StatusCode};
use tokio::sync::oneshot;
use tokio::time::Instant;
use url::{Position, Url};

pub(crate) use available::Available;
pub(crate) use copying::{Copied, Copying, NotCopied, Part, fetch_for_copy, from_copy, in_copy};
pub(crate) use fetch::fetch_for_install;
use fetch::{Fetch, Keep};
pub(crate) use refreshing::{NotRefreshed, refresh};
use serve::answered;

use crate::body::Body;
use crate::clients::Installed;
use crate::context::Context;
use crate::error::{NetworkError, in_full};
use crate::event::{Cause, Connection};
use crate::network::{Boarding, Flight, Progress};
use crate::pace::SHORTEST_PATIENCE;
use crate::page::{Rewritten, rewrite};
use crate::policy::{Follows, Partition, Rules, Usability, Visitor, wishes};
use crate::request::{Destination, Redirects, Request};
use crate::response::{Because, CacheStatus, Forward, Provenance, Response};
use crate::route::{Route, Search, Strategy, first_match, stored_under};
use crate::store::{Arriving, Stored};

/// As many stored redirects are followed as the network follows.
const REDIRECT_LIMIT: usize = 20;

/// What a client says about what it has: it is about the client's copy, not the stored one.
const ABOUT_THE_CLIENTS_COPY: [http::HeaderName; 6] =
    [RANGE, IF_RANGE, IF_MATCH, IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE];

/// A fetch that others may wait for; they do until the last clone is dropped.
type Leader = Arc<Flight<Arc<Arriving>>>;

/// One request on its way through a strategy.
#[derive(Clone)]
pub(crate) struct Exchange {
    context: Arc<Context>,
    request: Request<()>,
    /// Taken by the first fetch.
    body: Arc<Mutex<Body>>,
    visitor: Visitor,
    /// By its place in the profile.
    route: usize,
    rules: Rules,
    search: Search,
    /// The version of what is installed that it is answered from.
    installed: Installed,
}

impl Exchange {
    pub(crate) fn new(
        context: Arc<Context>,
        (request, body): (Request<()>, Body),
        (at, route): (usize, &Route),
        installed: Installed,
    ) -> Self {
        let session_cookie = context.site.session_cookie.as_deref();
        let visitor = Visitor::of_request(&request, session_cookie);
        let rules = Rules {
            honours_no_store: route.honours_no_store,
            knows_visitors: session_cookie.is_some(),
            follows: match route.strategy {
                Strategy::Http => Follows::Headers,
                Strategy::CacheOnly
                | Strategy::CacheFirst
                | Strategy::NetworkFirst { .. }
                | Strategy::NetworkOnly
                | Strategy::StaleWhileRevalidate
                | Strategy::CacheNetworkRace
                | Strategy::CacheThenNetwork { .. }
                | Strategy::Template { .. } => Follows::Profile,
            },
            sharing: context.site.sharing,
        };
        let (body, search) = (Arc::new(Mutex::new(body)), route.search);
        Self { context, request, body, visitor, route: at, rules, search, installed }
    }

    /// An exchange of its own for something that belongs to what was asked for, and the
    /// strategy of its route. `path` may hold parameters of this one's route.
    ///
    /// `None` if it is not on the site, or would itself be made of parts.
    pub(crate) fn part(&self, path: &str, destination: Destination) -> Option<(Self, Strategy)> {
        let site = &self.context.site;
        let own = self.route()?;
        let path = match &own.when.path {
            Some(pattern) => pattern.filled(self.request.url.path(), path)?,
            None => path.to_owned(),
        };
        let url = site.address(&path).ok().filter(|url| site.holds(url))?;
        let mut request = self.request.clone();
        (request.method, request.url, request.destination) = (Method::GET, url, destination);
        request.redirects = Redirects::Follow;
        remove_all(&mut request.headers, &ABOUT_THE_CLIENTS_COPY);
        let (at, route) = first_match(&site.routes, &request)?;
        let is_whole = !matches!(route.strategy, Strategy::Template { .. });
        let (context, whole) = (self.context.clone(), (request, Body::empty()));
        is_whole.then(|| {
            (Self::new(context, whole, (at, route), self.installed), route.strategy.clone())
        })
    }

    fn route(&self) -> Option<&Route> {
        self.context.site.routes.get(self.route)
    }

    /// What it asks for.
    pub(crate) fn request(&self) -> &Request<()> {
        &self.request
    }

    /// A page made here, as the app needs it.
    pub(crate) async fn page(
        &self,
        text: String,
        provenance: Provenance,
        cache_status: CacheStatus,
    ) -> Response {
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, html)]);
        let Rewritten { body, head_at, .. } =
            rewrite(Body::from(text), &headers, &self.context.links).await;
        let status = StatusCode::OK;
        Response { status, headers, body, provenance, cache_status, head_at, redirected_to: None }
    }

    /// Whether it is known that no request arrives at the site.
    pub(crate) fn is_offline(&self) -> bool {
        self.context.network.link.state().is_unreachable()
    }

    /// Why what is stored is to be served without asking the site, if it is: it is known to
    /// be gone, or not to work.
    pub(crate) fn outage(&self) -> Option<Because> {
        match self.context.network.link.state() {
            Connection::Online | Connection::Slow | Connection::Suspect => None,
            Connection::Offline(Cause::ServerError) => Some(Because::ServerError),
            Connection::Offline(
                Cause::NoLink
                | Cause::NameNotFound
                | Cause::Unreachable
                | Cause::CaptivePortal
                | Cause::TlsRefused,
            ) => Some(Because::Offline),
        }
    }

    /// How long the network is worth waiting for where something is stored: never longer than
    /// `limit`, no longer than is usual on this route, and hardly while the site is slow or
    /// suspected to be gone.
    pub(crate) fn patience(&self, limit: Duration) -> Duration {
        match self.context.network.link.state() {
            Connection::Online => self.context.paces.patience(self.route, limit),
            Connection::Slow => limit.min(SHORTEST_PATIENCE),
            Connection::Suspect | Connection::Offline(_) => Duration::ZERO,
        }
    }

    /// Waits until it is known that no request arrives at the site.
    pub(crate) async fn until_offline(&self) {
        let mut state = self.context.network.link.subscribe();
        // The sender lives as long as the context, so there is always an end to wait for.
        let _ = state.wait_for(|state| state.is_unreachable()).await;
    }

    /// Says that the site did not answer for a while.
    pub(crate) fn report_silence(&self, waited: Duration) {
        self.context.network.link.silent(waited);
    }

    /// The stored response that answers the request, if there is one.
    ///
    /// A stored redirect is followed for a request that follows them, as the network would.
    pub(crate) fn stored(&self) -> Option<Available> {
        let Request { method, url, destination, .. } = &self.request;
        if *method != Method::GET && *method != Method::HEAD {
            return None;
        }
        let now = self.context.clock.now();
        let mut redirected_to: Option<Url> = None;
        for _ in 0..=REDIRECT_LIMIT {
            let at = redirected_to.as_ref().unwrap_or(url);
            let stored = self.look_up(at, now)?;
            if let Some(next) = self.next(at, &stored) {
                redirected_to = Some(next);
                continue;
            }
            return Some(Available {
                stored,
                now,
                is_head: *method == Method::HEAD,
                destination: *destination,
                redirected_to: redirected_to
                    .filter(|at| at != url)
                    .map(|at| at[Position::BeforePath..].to_owned()),
            });
        }
        None
    }

    /// Like [`Exchange::stored`], on another thread, for a disk that may be slow.
    pub(crate) async fn look_up_beside(&self) -> Option<Available> {
        let exchange = self.clone();
        tokio::task::spawn_blocking(move || exchange.stored()).await.ok().flatten()
    }

    fn look_up(&self, url: &Url, now: SystemTime) -> Option<Stored> {
        let partition = Partition::Of(self.visitor.clone());
        let store = &self.context.store;
        let key = self.key(url);
        match store.lookup((&key, &partition, self.installed), &self.request.headers, now) {
            Ok(stored) => stored,
            Err(error) => {
                tracing::warn!(error = in_full(&error), "a stored response is not readable");
                None
            }
        }
    }

    /// What a response for an address is stored under.
    fn key<'u>(&self, url: &'u Url) -> Cow<'u, str> {
        stored_under(url, self.search)
    }

    fn next(&self, at: &Url, stored: &Stored) -> Option<Url> {
        if self.request.redirects == Redirects::Manual || !stored.status.is_redirection() {
            return None;
        }
        at.join(stored.headers.get(LOCATION)?.to_str().ok()?).ok()
    }

    /// What the request asks for of a whole response: all of it, a part, or the word that
    /// it has not changed. What the site itself was asked for is left as it is.
    pub(crate) fn concluded(&self, response: Response, strategy: &Strategy) -> Response {
        match strategy {
            Strategy::NetworkOnly => response,
            Strategy::CacheOnly
            | Strategy::CacheFirst
            | Strategy::NetworkFirst { .. }
            | Strategy::StaleWhileRevalidate
            | Strategy::CacheNetworkRace
            | Strategy::CacheThenNetwork { .. }
            | Strategy::Http
            | Strategy::Template { .. } => answered(&self.request, response),
        }
    }

    /// Whether whoever asks wants it from the site itself, as a browser's hard reload does.
    pub(crate) fn wants_the_site(&self) -> bool {
        wishes(&self.request.headers).has("no-cache")
    }

    /// Whether whoever asks wants nothing that would have to be fetched.
    pub(crate) fn wants_only_what_is_stored(&self) -> bool {
        self.request.is_only_if_cached()
    }

    /// When a stored response may be served, by the site's headers and the request's.
    pub(crate) fn usability(&self, available: &Available) -> Usability {
        available.usability(&self.request.headers, self.rules.sharing)
    }

    /// Asks the site and stores nothing.
    pub(crate) async fn fetch_without_storing(&self) -> Result<Response, NetworkError> {
        let reason = match self.request.method {
            Method::GET | Method::HEAD => Forward::Bypass,
            _ => Forward::Method,
        };
        // Apart, so that a request which fetches nothing is not as large as one that does.
        Box::pin(self.begin(Keep::Nowhere, reason, None).run()).await
    }

    /// Asks the site and stores the answer if policy allows, in a task that runs on when
    /// nobody waits any more.
    ///
    /// A stored response is only asked about: if the site says that it still holds, it is
    /// the answer.
    pub(crate) fn fetch(&self) -> BoxFuture<'static, Result<Response, NetworkError>> {
        let Some(key) = self.flight_key() else { return self.fetch_alone(None) };
        match self.context.flights.board(key) {
            Boarding::Leads(flight) => self.fetch_alone(Some(Arc::new(flight))),
            Boarding::Follows(seat) => {
                let asked_at = self.context.clock.now();
                self.run_on(self.clone().follow(seat, asked_at))
            }
        }
    }

    fn fetch_alone(
        &self,
        leader: Option<Leader>,
    ) -> BoxFuture<'static, Result<Response, NetworkError>> {
        let stored = if self.may_be_asked_about() { self.stored() } else { None };
        // A redirect's target has validators of its own, and was asked under another address.
        let stored = stored.filter(|stored| stored.redirected_to.is_none());
        let reason = if stored.is_some() { Forward::Stale } else { Forward::Miss };
        let mut fetch = self.begin(Keep::Browsing, reason, stored.map(|stored| stored.stored));
        fetch.leader.clone_from(&leader);
        let (context, route, begun) = (self.context.clone(), self.route, Instant::now());
        self.run_on(async move {
            let fetched = fetch.run().await;
            if fetched.as_ref().is_ok_and(|response| !response.is_server_error()) {
                context.paces.note(route, begun.elapsed());
            }
            if let (Some(leader), Err(error)) = (&leader, &fetched) {
                leader.tell(Progress::Failed(Arc::new(error.repeated())));
            }
            fetched
        })
    }

    /// Whether the site may be asked only if what is stored still holds.
    fn may_be_asked_about(&self) -> bool {
        // A race that began with a look at the disk would be none.
        let is_race =
            self.route().is_some_and(|route| route.strategy == Strategy::CacheNetworkRace);
        !is_race && (!self.wants_the_site() || self.request.method == Method::HEAD)
    }

    /// Runs a fetch in a task of its own, for whoever waits for what it brings.
    fn run_on(
        &self,
        fetch: impl Future<Output = Result<Response, NetworkError>> + Send + 'static,
    ) -> BoxFuture<'static, Result<Response, NetworkError>> {
        let (done, result) = oneshot::channel();
        self.context.tasks.spawn(async move {
            // Nobody waits where the strategy has answered otherwise meanwhile.
            let _ = done.send(fetch.await);
        });
        Box::pin(async move { result.await.unwrap_or(Err(NetworkError::Interrupted)) })
    }

    fn begin(&self, keep: Keep, reason: Forward, stored: Option<Stored>) -> Fetch {
        let body = std::mem::take(&mut *self.body.lock().unwrap_or_else(PoisonError::into_inner));
        let mut request = self.request.with_body(body);
        if keep == Keep::Browsing && request.method == Method::GET {
            // What is stored must be whole and new, whatever the client has already.
            remove_all(&mut request.headers, &ABOUT_THE_CLIENTS_COPY);
        }
        Fetch {
            context: self.context.clone(),
            request,
            visitor: self.visitor.clone(),
            route: self.route().map(|route| route.name.clone()).unwrap_or_default(),
            rules: self.rules,
            search: self.search,
            keep,
            reason,
            stored,
            leader: None,
        }
    }
}

fn remove_all(headers: &mut HeaderMap, names: &[http::HeaderName]) {
    for name in names {
        headers.remove(name);
    }
}
