//! One request and what can be done about it: look up, fetch, fetch and store.
//!
//! Strategies are written against this and nothing else.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures::StreamExt;
use futures::future::BoxFuture;
use http::header::{
    AGE, CONTENT_LENGTH, CONTENT_LOCATION, HeaderMap, HeaderValue, IF_MATCH, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, LOCATION, RANGE,
};
use http::{Method, StatusCode};
use tokio::sync::{mpsc, oneshot};
use tokio_util::io::ReaderStream;
use url::{Position, Url};

use crate::body::Body;
use crate::context::Context;
use crate::error::{NetworkError, StoreError, in_full};
use crate::event::{Connection, Event};
use crate::network::Arrived;
use crate::page::{Rewritten, rewrite};
use crate::policy::{NOT_STORED, Partition, Rules, Visitor, storability};
use crate::request::{Destination, Request, key};
use crate::response::{Because, CacheStatus, Forward, Provenance, Response, content_type, is_html};
use crate::route::Route;
use crate::store::{BlobWriter, Change, Entry, Stored, StoredBody};

/// Bodies up to this many bytes are read before they are served, so that one that breaks
/// off can still be answered from the store.
const READ_AHEAD: usize = 1 << 20;

/// One request on its way through a strategy.
pub(crate) struct Exchange {
    context: Arc<Context>,
    request: Request<()>,
    /// Taken by the first fetch.
    body: Mutex<Body>,
    visitor: Visitor,
    route: String,
    rules: Rules,
}

/// A stored response that may be served.
pub(crate) struct Available {
    stored: Stored,
    now: SystemTime,
    is_head: bool,
}

/// Where a fetched response is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keep {
    Nowhere,
    Browsing,
    Install(i64),
}

/// A fetch that goes on by itself.
struct Fetch {
    context: Arc<Context>,
    request: Request,
    visitor: Visitor,
    route: String,
    rules: Rules,
    keep: Keep,
    reason: Forward,
}

impl Exchange {
    pub(crate) fn new(context: Arc<Context>, request: Request, route: &Route) -> Self {
        let session_cookie = context.site.session_cookie.as_deref();
        let visitor = Visitor::of_request(&request, session_cookie);
        let rules = Rules {
            honours_no_store: route.honours_no_store,
            knows_visitors: session_cookie.is_some(),
        };
        let (request, body) = (request.without_body(), Mutex::new(request.body));
        Self { context, request, body, visitor, route: route.name.clone(), rules }
    }

    /// Whether the site is known or presumed to be unreachable.
    pub(crate) fn is_offline(&self) -> bool {
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
    pub(crate) fn stored(&self) -> Option<Available> {
        let Request { method, url, headers, .. } = &self.request;
        if *method != Method::GET && *method != Method::HEAD {
            return None;
        }
        let now = self.context.clock.now();
        let partition = Partition::Of(self.visitor.clone());
        match self.context.store.lookup(&key(url), &partition, headers, now) {
            Ok(stored) => {
                let is_head = *method == Method::HEAD;
                stored.map(|stored| Available { stored, now, is_head })
            }
            Err(error) => {
                tracing::warn!(error = in_full(&error), "a stored response is not readable");
                None
            }
        }
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

/// Fetches a URL of the site for an install: as nobody in particular, for everybody.
///
/// # Errors
///
/// Why it is not staged, in full.
pub(crate) async fn fetch_for_install(
    context: &Arc<Context>,
    url: Url,
    install: i64,
) -> Result<(), String> {
    let destination =
        Destination::of(&HeaderMap::new(), url.path()).unwrap_or(Destination::Document);
    let fetch = Fetch {
        context: context.clone(),
        request: Request::get(url, destination),
        visitor: Visitor::Anonymous,
        route: "install".to_owned(),
        // Who lists a URL for install wants it stored.
        rules: Rules { honours_no_store: false, knows_visitors: true },
        keep: Keep::Install(install),
        reason: Forward::Miss,
    };
    let response = fetch.run().await.map_err(|error| error.in_full())?;
    if response.status != StatusCode::OK {
        return Err(format!("the site answered {}", response.status));
    }
    // A long body is stored while it is read.
    response.body.into_stream().for_each(|_| async {}).await;
    Ok(())
}

impl Available {
    /// The response as the page gets it.
    pub(crate) fn served(self, because: Because) -> Response {
        let Stored { status, mut headers, head_at, fetched_at, body } = self.stored;
        // "current_age = corrected_initial_age + resident_time" (RFC 9111 §4.2.3)
        let earlier = headers.get(AGE).and_then(|age| age.to_str().ok()?.parse::<u64>().ok());
        let resident = self.now.duration_since(fetched_at).unwrap_or(Duration::ZERO);
        headers.insert(AGE, HeaderValue::from(earlier.unwrap_or(0) + resident.as_secs()));
        let body = match body {
            _ if self.is_head => Body::empty(),
            StoredBody::Inline(bytes) => Body::Bytes(bytes),
            StoredBody::File { path, length } => {
                headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
                let file = futures::stream::once(tokio::fs::File::open(path));
                let pieces = file.flat_map(|opened| match opened {
                    Ok(file) => ReaderStream::with_capacity(file, 256 << 10).boxed(),
                    Err(error) => futures::stream::once(async { Err(error) }).boxed(),
                });
                Body::Stream(pieces.boxed())
            }
        };
        let provenance = Provenance::Store { fetched_at, because };
        let mut response =
            Response { status, headers, body, provenance, head_at, redirected_to: None };
        response.set_cache_status(CacheStatus::Hit { because });
        response
    }
}

impl Fetch {
    async fn run(self) -> Result<Response, NetworkError> {
        let Self { context, request, visitor, route, rules, keep, reason } = self;
        let asked = request.without_body();
        let Arrived { status, mut headers, body, url, cookies } =
            context.network.send(request).await?;
        let fetched_at = context.clock.now();
        let broken = |source: io::Error| {
            let host = url.host_str().unwrap_or_default().to_owned();
            let error = NetworkError::Broken { host, source: source.into() };
            context.network.link.failed(&error);
            error
        };
        forget_who_left(&context, &visitor, &cookies).await;
        map_locations(&context, &mut headers, &url);
        let body = match is_endless(&headers) {
            true => body,
            false => body.read_up_to(READ_AHEAD).await.map_err(broken)?,
        };
        if is_html(&headers) || matches!(body, Body::Bytes(_)) && asked.method != Method::HEAD {
            // Rewriting changes the length; of a body at hand it is known anyway.
            headers.remove(CONTENT_LENGTH);
        }
        let Rewritten { body, head_at, tokens } = rewrite(body, &headers, &context.links).await;
        let head_at = head_at.filter(|_| asked.destination == Destination::Document);

        let decided = storability(&asked, &visitor, status, &headers, rules);
        let entry = match (keep, decided) {
            (Keep::Nowhere, _) | (_, Err(_)) => None,
            (Keep::Browsing | Keep::Install(_), Ok(_)) if is_endless(&headers) => None,
            (Keep::Browsing, Ok((partition, variant))) => Some((partition, variant, None)),
            (Keep::Install(id), Ok((_, variant))) => Some((Partition::Shared, variant, Some(id))),
        };
        let entry = entry.map(|(partition, variant, install)| {
            let mut stored_headers = headers.clone();
            for name in NOT_STORED {
                stored_headers.remove(name);
            }
            let entry = Entry {
                url: key(&url),
                partition,
                variant,
                route,
                status,
                headers: stored_headers,
                head_at,
                fetched_at,
                digest: Vec::new(),
            };
            (entry, install)
        });
        let (body, stored) = match entry {
            None => (body, false),
            Some((entry, install)) => {
                store(&context, entry, install, body, &tokens, asked.destination).await
            }
        };
        let redirected_to = (url != asked.url).then(|| url[Position::BeforePath..].to_owned());
        let provenance = Provenance::Network { fetched_at };
        let mut response = Response { status, headers, body, provenance, head_at, redirected_to };
        response.set_cache_status(CacheStatus::Forwarded { reason, status, stored });
        Ok(response)
    }
}

/// Stores a body that is at hand, or begins to store one that is arriving.
async fn store(
    context: &Arc<Context>,
    mut entry: Entry,
    install: Option<i64>,
    body: Body,
    tokens: &[String],
    destination: Destination,
) -> (Body, bool) {
    let bytes = match body {
        Body::Stream(_) => {
            return (store_while_passing(context, entry, install, body, destination), true);
        }
        Body::Bytes(bytes) => bytes,
    };
    entry.digest = digest(&bytes, tokens);
    let url = entry.url.clone();
    let result = context.store.put(entry, bytes.clone(), install).await;
    let is_stored = result.is_ok();
    report(context, &url, destination, result);
    (Body::Bytes(bytes), is_stored)
}

/// Passes a long body on piece by piece and writes it to the store beside; it is stored
/// once it is whole, also when whoever asked has gone.
fn store_while_passing(
    context: &Arc<Context>,
    entry: Entry,
    install: Option<i64>,
    body: Body,
    destination: Destination,
) -> Body {
    let (pass, pieces) = mpsc::channel::<io::Result<Bytes>>(8);
    let context_of_task = context.clone();
    context.tasks.spawn(async move {
        let context = context_of_task;
        let url = entry.url.clone();
        let result = match context.store.begin_blob().await {
            Ok(writer) => match copy(body, writer, &pass).await {
                Ok(written) => context.store.put_blob(entry, written, install).await,
                Err(error) => Err(error),
            },
            Err(error) => {
                let mut stream = body.into_stream();
                while let Some(piece) = stream.next().await {
                    let _ = pass.send(piece).await;
                }
                Err(error)
            }
        };
        report(&context, &url, destination, result);
    });
    let stream = futures::stream::unfold(pieces, |mut pieces| async move {
        pieces.recv().await.map(|piece| (piece, pieces))
    });
    Body::Stream(stream.boxed())
}

/// Copies a body to a file and to whoever waits for it.
async fn copy(
    body: Body,
    writer: BlobWriter,
    pass: &mpsc::Sender<io::Result<Bytes>>,
) -> Result<crate::store::Written, StoreError> {
    let mut stream = body.into_stream();
    let mut writer = Ok(writer);
    while let Some(piece) = stream.next().await {
        match piece {
            Ok(piece) => {
                if let Ok(current) = writer {
                    let copy = piece.clone();
                    let written = tokio::task::spawn_blocking(move || current.write(&copy));
                    writer = written.await.unwrap_or(Err(StoreError::Closing));
                }
                // Without a reader the body is stored all the same.
                let _ = pass.send(Ok(piece)).await;
            }
            Err(error) => {
                let cause = io::Error::new(error.kind(), error.to_string());
                let _ = pass.send(Err(error)).await;
                return Err(StoreError::IncompleteBody(cause));
            }
        }
    }
    let writer = writer?;
    tokio::task::spawn_blocking(move || writer.finish()).await.unwrap_or(Err(StoreError::Closing))
}

fn report(
    context: &Context,
    url: &str,
    destination: Destination,
    result: Result<Change, StoreError>,
) {
    let path = Url::parse(url).map(|url| url[Position::BeforePath..].to_owned());
    let path = path.unwrap_or_else(|_| url.to_owned());
    match result {
        Ok(Change::New | Change::Same) => {}
        Ok(Change::Different) => context.tell(Event::Changed { path, destination }),
        Err(error) => context.tell(Event::NotStored { path, reason: in_full(&error) }),
    }
}

/// The hash of a body without its tokens, which differ although nothing changed.
fn digest(bytes: &Bytes, tokens: &[String]) -> Vec<u8> {
    let hash = if tokens.is_empty() {
        blake3::hash(bytes)
    } else {
        let mut text = String::from_utf8_lossy(bytes).into_owned();
        for token in tokens.iter().filter(|token| !token.is_empty()) {
            text = text.replace(token, "");
        }
        blake3::hash(text.as_bytes())
    };
    hash.as_bytes().to_vec()
}

/// A stream of events has no end to wait for.
fn is_endless(headers: &HeaderMap) -> bool {
    content_type(headers)
        .is_some_and(|(essence, _)| essence.eq_ignore_ascii_case("text/event-stream"))
}

/// Makes URLs in headers that name the site relative to whatever origin the page has.
fn map_locations(context: &Context, headers: &mut HeaderMap, url: &Url) {
    for name in [LOCATION, CONTENT_LOCATION] {
        let location = headers.get(&name).and_then(|value| value.to_str().ok());
        let target = location.and_then(|location| context.links.target(url, location));
        if let Some(value) = target.and_then(|(_, path)| HeaderValue::try_from(path).ok()) {
            headers.insert(name, value);
        }
    }
}

/// When the site ends a session or begins another, what was stored for the one that was
/// is deleted.
async fn forget_who_left(context: &Context, visitor: &Visitor, cookies: &[HeaderValue]) {
    let Some(name) = context.site.session_cookie.as_deref() else { return };
    let Visitor::Session(_) = visitor else { return };
    let last = cookies.iter().rev().find_map(|cookie| {
        let text = cookie.to_str().ok()?;
        let (key, value) = text.split(';').next()?.split_once('=')?;
        let is_ended = text.to_ascii_lowercase().contains("max-age=0");
        let value = if is_ended { "" } else { value.trim().trim_matches('"') };
        (key.trim() == name).then(|| value.to_owned())
    });
    let Some(value) = last else { return };
    if Visitor::of_session(Some(&value)) != *visitor
        && let Err(error) = context.store.forget(Partition::Of(visitor.clone())).await
    {
        tracing::warn!(error = in_full(&error), "a former visitor's pages are still stored");
    }
}
