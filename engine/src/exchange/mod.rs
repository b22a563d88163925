//! One request and what can be done about it: look up, fetch, fetch and store.
//!
//! Strategies are written against [`Exchange`] and nothing else. A fetch is a value of its
//! own (`fetch`), since it may outlive the request it was begun for; what it brings is
//! stored whole or not at all (`keep`).

mod fetch;
mod keep;
mod serve;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use futures::future::BoxFuture;
use http::Method;
use http::header::{
    AGE, CONTENT_LENGTH, HeaderValue, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    IF_UNMODIFIED_SINCE, LOCATION, RANGE,
};
use tokio::sync::oneshot;
use url::{Position, Url};

pub(crate) use fetch::fetch_for_install;
use fetch::{Fetch, Keep};

use crate::body::Body;
use crate::context::Context;
use crate::error::{NetworkError, in_full};
use crate::event::Connection;
use crate::policy::{Partition, Rules, Visitor};
use crate::request::{Destination, Redirects, Request, key};
use crate::response::{Because, CacheStatus, Forward, Provenance, Response};
use crate::route::Route;
use crate::store::Stored;

/// As many stored redirects are followed as the network follows.
const REDIRECT_LIMIT: usize = 20;

/// One request on its way through a strategy.
#[derive(Clone)]
pub(crate) struct Exchange {
    context: Arc<Context>,
    request: Request<()>,
    /// Taken by the first fetch.
    body: Arc<Mutex<Body>>,
    visitor: Visitor,
    route: String,
    rules: Rules,
}

/// A stored response that may be served.
pub(crate) struct Available {
    stored: Stored,
    now: SystemTime,
    is_head: bool,
    destination: Destination,
    redirected_to: Option<String>,
}

impl Exchange {
    pub(crate) fn new(context: Arc<Context>, request: Request, route: &Route) -> Self {
        let session_cookie = context.site.session_cookie.as_deref();
        let visitor = Visitor::of_request(&request, session_cookie);
        let rules = Rules {
            honours_no_store: route.honours_no_store,
            knows_visitors: session_cookie.is_some(),
        };
        let (request, body) = (request.without_body(), Arc::new(Mutex::new(request.body)));
        Self { context, request, body, visitor, route: route.name.clone(), rules }
    }

    /// Whether the site is known to be unreachable.
    pub(crate) fn is_offline(&self) -> bool {
        self.context.network.link.state() == Connection::Offline
    }

    /// Whether the site is known or suspected to be unreachable, so that what is stored is
    /// better than waiting.
    pub(crate) fn is_in_doubt(&self) -> bool {
        !self.context.network.link.state().is_usable()
    }

    /// Waits until the site is known to be unreachable.
    pub(crate) async fn until_offline(&self) {
        let mut state = self.context.network.link.subscribe();
        // The sender lives as long as the context, so there is always an end to wait for.
        let _ = state.wait_for(|state| *state == Connection::Offline).await;
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
        let mut at = url.clone();
        for _ in 0..=REDIRECT_LIMIT {
            let stored = self.look_up(&at, now)?;
            if let Some(next) = self.next(&at, &stored) {
                at = next;
                continue;
            }
            return Some(Available {
                stored,
                now,
                is_head: *method == Method::HEAD,
                destination: *destination,
                redirected_to: (at != *url).then(|| at[Position::BeforePath..].to_owned()),
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
        match store.lookup(&key(url), &partition, &self.request.headers, now) {
            Ok(stored) => stored,
            Err(error) => {
                tracing::warn!(error = in_full(&error), "a stored response is not readable");
                None
            }
        }
    }

    fn next(&self, at: &Url, stored: &Stored) -> Option<Url> {
        if self.request.redirects == Redirects::Manual || !stored.status.is_redirection() {
            return None;
        }
        at.join(stored.headers.get(LOCATION)?.to_str().ok()?).ok()
    }

    /// Asks the site and stores the answer if policy allows.
    pub(crate) async fn fetch(&self) -> Result<Response, NetworkError> {
        self.begin(Keep::Browsing, Forward::Miss).run().await
    }

    /// Asks the site and stores nothing.
    pub(crate) async fn fetch_without_storing(&self) -> Result<Response, NetworkError> {
        let reason = match self.request.method {
            Method::GET | Method::HEAD => Forward::Bypass,
            _ => Forward::Method,
        };
        self.begin(Keep::Nowhere, reason).run().await
    }

    /// Like [`Exchange::fetch`], in a task that runs on when nobody waits any more.
    pub(crate) fn fetch_in_background(&self) -> BoxFuture<'static, Result<Response, NetworkError>> {
        let fetch = self.begin(Keep::Browsing, Forward::Miss);
        let (done, result) = oneshot::channel();
        self.context.tasks.spawn(async move {
            // Nobody waits where the strategy has answered otherwise meanwhile.
            let _ = done.send(fetch.run().await);
        });
        Box::pin(async move { result.await.unwrap_or(Err(NetworkError::Interrupted)) })
    }

    fn begin(&self, keep: Keep, reason: Forward) -> Fetch {
        let body = std::mem::take(&mut *self.body.lock().unwrap_or_else(PoisonError::into_inner));
        let mut request = self.request.with_body(body);
        if keep == Keep::Browsing && request.method == Method::GET {
            // What is stored must be whole and new, whatever the client has already.
            for name in
                [RANGE, IF_RANGE, IF_MATCH, IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE]
            {
                request.headers.remove(name);
            }
        }
        Fetch {
            context: self.context.clone(),
            request,
            visitor: self.visitor.clone(),
            route: self.route.clone(),
            rules: self.rules,
            keep,
            reason,
        }
    }
}

impl Available {
    /// The response as the page gets it.
    pub(crate) fn served(self, because: Because) -> Response {
        let Self { stored, now, is_head, destination, redirected_to } = self;
        let Stored { status, mut headers, head_at, fetched_at, body } = stored;
        // "current_age = corrected_initial_age + resident_time" (RFC 9111 §4.2.3)
        let earlier = headers.get(AGE).and_then(|age| age.to_str().ok()?.parse::<u64>().ok());
        let resident = now.duration_since(fetched_at).unwrap_or(Duration::ZERO).as_secs();
        headers.insert(AGE, HeaderValue::from(earlier.unwrap_or(0).saturating_add(resident)));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body.length()));
        let body = if is_head { Body::empty() } else { body.into_body() };
        let provenance = Provenance::Store { fetched_at, because };
        let head_at = head_at.filter(|_| destination == Destination::Document);
        let mut response = Response { status, headers, body, provenance, head_at, redirected_to };
        response.set_cache_status(CacheStatus::Hit { because });
        response
    }
}
