//! The engine: everything put together for one site.

mod background;
mod in_place;
mod leaving;
mod looking;
mod saving;
mod status;
mod telling;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use http::header::{COOKIE, IF_MATCH, IF_UNMODIFIED_SINCE};
use http::{Method, StatusCode};
use tokio::sync::{Notify, broadcast, watch};
use tokio::time::Instant;
use tokio_util::sync::DropGuard;
use tracing::{Instrument, field};
use url::{Position, Url};

use crate::body::Body;
use crate::clients::{Clients, Installed};
use crate::config::Site;
use crate::context::{Context, Tasks, terms};
use crate::diary::Diary;
use crate::error::{OpenError, StoreError, in_full};
use crate::event::{Connection, Event};
use crate::exchange::Exchange;
use crate::network::{Flights, Jar, Link, Network, SettingUp, Transport};
use crate::notice::Pushes;
use crate::outbox::Submitted;
use crate::pace::Paces;
use crate::page::Links;
use crate::policy::{Partition, Visitor, is_unsafe};
use crate::request::{Agent, Cookies, Destination, Request};
use crate::response::{Because, Response};
use crate::route::{Outbox, Route, Strategy, first_match};
use crate::saved::Saves;
use crate::sessions::Turn;
use crate::store::{Queue, Store, Terms, Usage};
use crate::strategy::Unserved;
use crate::synced::Syncs;
use crate::time::Clock;
use crate::traffic::Traffic;
use crate::{connectivity, install, outbox, push, records, save, sessions, sync};

pub use looking::Activity;
pub use status::Status;

/// The engine of one site. Clones share it; it ends when the last one is dropped or with
/// [`Engine::close`].
#[derive(Clone)]
pub struct Engine {
    context: Arc<Context>,
    /// Hears from the beginning on, for the first who listens.
    first: Arc<Mutex<Option<broadcast::Receiver<Event>>>>,
    /// Ends the tasks, which hold the context, with the last clone.
    _end: Arc<DropGuard>,
}

/// What an engine is built on. The default is the real world.
pub struct Foundation {
    /// The way to the site; `None` is HTTP.
    pub transport: Option<Box<dyn Transport>>,
    /// The time.
    pub clock: Clock,
    /// Numbers from 0 to 1 that spread retries.
    pub jitter: fn() -> f64,
    /// Whether the device is used by one person after the other: what is stored for somebody in
    /// particular is sealed with a key that is in memory only, their cookies are in no file, and
    /// nothing is saved for them or told to them.
    pub shreds: bool,
}

impl Default for Foundation {
    fn default() -> Self {
        Self { transport: None, clock: Clock::system(), jitter: fastrand::f64, shreds: false }
    }
}

/// Somebody looks at a page: while this lives, the connection is kept an eye on.
pub struct Watch {
    context: Arc<Context>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.context.network.link.unwatch();
    }
}

impl Engine {
    /// Opens the store in `directory` and begins to install, within a tokio runtime.
    ///
    /// # Errors
    ///
    /// What of the directory cannot be used. A cache that cannot is started afresh.
    pub fn open(site: Site, directory: &Path, foundation: Foundation) -> Result<Self, OpenError> {
        let Foundation { transport, clock, jitter, shreds } = foundation;
        let terms = Terms { shreds, ..terms(&site) };
        let (store, afresh) = Store::open(directory, terms, clock.now())?;
        let transport = match transport {
            Some(transport) => transport,
            None => Box::new(SettingUp::begin(&site.origin)),
        };
        let kept = store.cookies().map_err(|error| OpenError::State {
            path: directory.join("state.sqlite3"),
            source: error.into(),
        })?;
        let network = Network {
            transport,
            jar: Jar::with(kept),
            link: Link::to(&site.origin),
            site: site.origin.clone(),
        };
        let (events, first) = broadcast::channel(256);
        let context = Arc::new(Context {
            links: Links::to(&site.origin),
            clients: Clients::default(),
            traffic: Traffic::of(site.routes.iter().map(|route| &*route.name)),
            diary: Diary::default(),
            outbox: Notify::new(),
            saves: Saves::default(),
            syncs: Syncs::of(site.syncs.iter().map(|rule| &*rule.name)),
            paces: Paces::of(site.routes.len()),
            pushes: Pushes::default(),
            site,
            store,
            network,
            flights: Flights::default(),
            clock,
            jitter,
            tasks: Tasks::default(),
            events,
        });
        if let Some(reason) = afresh {
            context.tell(Event::CacheStartedAfresh { reason });
        }
        let end = Arc::new(context.tasks.end_with_guard());
        let first = Arc::new(Mutex::new(Some(first)));
        let engine = Self { context, first, _end: end };
        engine.begin();
        Ok(engine)
    }

    fn begin(&self) {
        let tasks = &self.context.tasks;
        tasks.spawn(connectivity::run(self.context.clone()));
        tasks.spawn(connectivity::announce(self.context.clone()));
        tasks.spawn(install::run(self.context.clone()));
        tasks.spawn(records::keep_cookies(self.context.clone()));
        tasks.spawn(records::keep_traffic(self.context.clone()));
        tasks.spawn(records::keep_connection(self.context.clone()));
        tasks.spawn(outbox::run(self.context.clone()));
        tasks.spawn(save::run(self.context.clone()));
        if !self.context.store.shreds() {
            tasks.spawn(push::run(self.context.clone()));
        }
        tasks.spawn(sync::run(self.context.clone()));
        let store = self.context.store.clone();
        tasks.spawn(async move { store.rest_when_unused().await });
        let context = self.context.clone();
        tasks.spawn(async move {
            if let Err(error) = context.store.sweep().await {
                tracing::warn!(error = in_full(&error), "leftovers of a crash are not swept");
            }
        });
    }

    /// Answers one request of the page.
    ///
    /// Never fails: what goes wrong on the way becomes a fallback or a 504 that
    /// says so, because a page can handle a status and cannot handle a dropped request.
    pub async fn handle(&self, request: Request) -> Response {
        let span = tracing::debug_span!(
            "request",
            method = %request.method,
            path = %request.url.path(),
            destination = %request.destination.as_str(),
            source = field::Empty,
        );
        let response = self.answer(request).instrument(span.clone()).await;
        span.record("source", response.provenance.source());
        response
    }

    async fn answer(&self, mut request: Request) -> Response {
        let context = &self.context;
        if !context.site.holds(&request.url) {
            let detail = format!("{} is not on {}", request.url, context.site.origin);
            let status = StatusCode::MISDIRECTED_REQUEST;
            return Response::problem(status, "Not this site", &detail, Because::Strategy);
        }
        let asked_at = Instant::now();
        context.network.link.is_asked(asked_at);
        if request.cookies == Cookies::Jar {
            request.headers.remove(COOKIE);
            if request.destination == Destination::Document {
                context.pushes.note(&request.headers);
            }
            let cookies = context.network.jar.header(&request.url);
            request.headers.extend(cookies.map(|value| (COOKIE, value)));
        }
        let begun = self.begin_note(&request);
        let Some((at, route)) = first_match(&context.site.routes, &request) else {
            let (status, detail) =
                (StatusCode::NOT_FOUND, format!("no route matches {}", request.url));
            let response = Response::problem(status, "No route", &detail, Because::Strategy);
            self.note(begun, (None, "none"), &response, asked_at.elapsed());
            return response;
        };
        let strategy = strategy_for(&request, &route.strategy);
        let asked = request.split();
        let outbox = route.outbox.as_ref().filter(|_| is_unsafe(&asked.0.method));
        let answered_by = if outbox.is_some() { "outbox" } else { strategy.name() };
        // Apart, so that a request which does neither is not as large as one that does.
        let response = if sessions::may_turn(&context.site, &asked.0) {
            Box::pin(self.turning(asked, (at, route), strategy)).await
        } else if let Some(outbox) = outbox {
            Box::pin(self.submitted(asked, (at, outbox))).await
        } else {
            self.served(asked, (at, route), strategy).await
        };
        self.note(begun, (Some(at), answered_by), &response, asked_at.elapsed());
        response
    }

    async fn served(
        &self,
        asked: (Request<()>, Body),
        place: (usize, &Route),
        strategy: &Strategy,
    ) -> Response {
        let installed = self.installed_for(&asked.0).await;
        let exchange = Exchange::new(self.context.clone(), asked, place, installed);
        match strategy.run(&exchange).await {
            Ok(response) => exchange.concluded(response, strategy),
            Err(unserved) => self.fallback(exchange.request(), &unserved, installed).await,
        }
    }

    async fn submitted(
        &self,
        asked: (Request<()>, Body),
        (at, outbox): (usize, &Outbox),
    ) -> Response {
        let request = asked.0.without_body();
        let installed = self.installed_for(&request).await;
        match outbox::submit(&self.context, asked, (at, installed)).await {
            Ok(Submitted::Answered(response)) => response,
            Ok(Submitted::Waits(response, receipt)) => {
                self.receipt(&request, (outbox, &receipt), installed, response).await
            }
            Ok(Submitted::Lost(reason)) => self.lost(&request, &reason),
            Err(error) => self.fallback(&request, &Unserved::Network(error), installed).await,
        }
    }

    /// Answers a request that may begin or end a session.
    async fn turning(
        &self,
        (mut request, body): (Request<()>, Body),
        (at, route): (usize, &Route),
        strategy: &Strategy,
    ) -> Response {
        let (body, turn) = sessions::turn(&self.context, &mut request, body).await;
        if let Turn::Asks(response) = turn {
            return response;
        }
        let asked = request.without_body();
        let response = match route.outbox.as_ref().filter(|_| is_unsafe(&request.method)) {
            Some(outbox) => self.submitted((request, body), (at, outbox)).await,
            None => self.served((request, body), (at, route), strategy).await,
        };
        sessions::turned(&self.context, &asked, turn, &response.headers.clone()).await;
        response
    }

    /// The version of what is installed that a request is answered from: one that opens a
    /// page from the newest, and what belongs to a page from the page's own.
    async fn installed_for(&self, request: &Request<()>) -> Installed {
        let context = &self.context;
        // A page that asks for its newer copy stays open.
        if request.destination == Destination::Document && !request.is_only_if_cached() {
            install::open_page(context, request).await
        } else {
            let serving = context.store.serving();
            context.clients.installed_for(request, || context.clock.now(), serving)
        }
    }

    /// Notes that a program which shows one page at a time opens the one at `url` without
    /// asking for it.
    pub async fn open_page(&self, url: &Url) {
        let request = Request::get(url.clone(), Destination::Document);
        install::open_page(&self.context, &request.without_body()).await;
    }

    /// Notes that a program which shows one page at a time shows the one at `url`, so that
    /// the others are closed.
    pub async fn page_shown(&self, url: &Url) {
        self.context.clients.show(Agent::default(), &url[..Position::AfterQuery]);
        install::remove_unused(&self.context).await;
    }

    /// Everything that happens from now on; the first who listens also hears what has
    /// happened since the engine was opened. A listener that is too slow misses events.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        first.unwrap_or_else(|| self.context.events.subscribe())
    }

    /// Whether the site can be reached, now and as it changes.
    pub fn connection(&self) -> watch::Receiver<Connection> {
        self.context.network.link.subscribe()
    }

    /// Keeps an eye on the connection while somebody looks at a page.
    pub fn watch(&self) -> Watch {
        self.context.network.link.watch();
        Watch { context: self.context.clone() }
    }

    /// The profile.
    pub fn site(&self) -> &Site {
        &self.context.site
    }

    /// A word that differs between visitors and says nothing else about them.
    pub fn visitor(&self, page: &Url) -> String {
        let name = self.context.site.session_cookie.as_deref();
        let session = name.and_then(|name| self.context.network.jar.value(page, name));
        Partition::Of(Visitor::of_session(session.as_deref())).to_string()
    }

    /// The cookies that scripts of a page may see, as `document.cookie` has them.
    pub fn script_cookies(&self, page: &Url) -> String {
        self.context.network.jar.script_readable(page)
    }

    /// What a script of a page does by assigning to `document.cookie`.
    pub async fn set_script_cookie(&self, page: &Url, cookie: &str) {
        let jar = &self.context.network.jar;
        let visitor = || {
            let name = self.context.site.session_cookie.as_deref()?;
            jar.value(page, name)
        };
        let before = visitor();
        jar.set_by_script(page, cookie);
        if before.is_some() && before != visitor() {
            let left = Partition::Of(Visitor::of_session(before.as_deref()));
            if let Err(error) = self.context.store.forget(left).await {
                tracing::warn!(
                    error = in_full(&error),
                    "a former visitor's pages are still stored"
                );
            }
        }
    }

    /// Signs the app's person in with what the site has asked for at an address
    /// ([`realm_asked_for`](crate::realm_asked_for)), until the program ends or they leave.
    pub fn authenticate(&self, asked_at: &Url, name: &str, password: &str) {
        self.context.network.jar.authenticate(asked_at, name, password);
    }

    /// Whether the app's person has signed in so where an address is.
    pub fn is_authenticated(&self, url: &Url) -> bool {
        self.context.network.jar.authorization(url).is_some()
    }

    /// What was submitted and waits, as who is signed in now sees it.
    pub fn queue(&self) -> Queue {
        let context = self.context.clone();
        let changed = move || {
            context.outbox.notify_one();
            context.tell(Event::Outbox);
        };
        let visitor = self.visitor(&self.context.site.origin);
        self.context.store.queue(visitor, self.context.clock, Arc::new(changed))
    }

    /// Notes that the machine was asleep, or the app not shown, until now.
    pub async fn resumed(&self) {
        push::resumed(&self.context);
        self.context.syncs.woken.notify_one();
        outbox::resumed(&self.context).await;
    }

    /// What is stored, by route and partition, in bytes and entries.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub fn usage(&self) -> Result<Usage, StoreError> {
        self.context.store.usage()
    }

    /// Ends the engine's tasks and writes down what is not yet on the disk.
    pub async fn close(&self) {
        self.context.tasks.end().await;
        records::write(&self.context).await;
        self.context.store.close().await;
    }
}

/// The strategy that answers a request on a route: its own, unless the request has a way of
/// its own.
fn strategy_for<'r>(request: &Request, route: &'r Strategy) -> &'r Strategy {
    // "A cache MUST write through requests with methods that are unsafe … to the origin
    // server" (RFC 9111 §4), and "MUST NOT evaluate conditional header fields that only
    // apply to an origin server" (§4.3.2).
    let is_for_the_site = !matches!(request.method, Method::GET | Method::HEAD)
        || request.headers.contains_key(IF_MATCH)
        || request.headers.contains_key(IF_UNMODIFIED_SINCE);
    if is_for_the_site {
        return &Strategy::NetworkOnly;
    }
    // "the client only wishes to obtain a stored response" (§5.2.1.7); how fresh it must be
    // only a route that goes by the headers asks.
    if request.is_only_if_cached() && *route != Strategy::Http {
        &Strategy::CacheOnly
    } else {
        route
    }
}

#[cfg(test)]
mod hits;
