//! What a person submits on a route with an outbox is kept until the site has taken it.
//!
//! ```text
//! submitted ── kept on the disk ── can be sent now? ── no ──▶ a receipt
//!                                    └── yes: sent ── delivered ──▶ gone; the site's answer
//!                                          ├── refused ──▶ the site's answer
//!                                          ├── later, or it never left ──▶ a receipt
//!                                          └── it may have arrived ──▶ said so, never sent
//!                                                blindly again
//! ```
//!
//! What waits is sent in the order of its lane, at most [`LANES`] lanes at once: when the site
//! is back, at the start, and again and again in between.

mod attempt;

use std::collections::HashSet;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use http::StatusCode;
use http::header::{CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue};
use tokio::sync::oneshot;
use tokio::time::sleep;
use url::{Position, Url};
use uuid::Uuid;

use attempt::{Attempt, Ended, Parcel, conclude, ended, failed, send};

use crate::body::Body;
use crate::clients::Installed;
use crate::context::Context;
use crate::error::{NetworkError, StoreError, in_full};
use crate::event::{Connection, Event};
use crate::exchange::Exchange;
use crate::policy::{Partition, Visitor};
use crate::request::{Cookies, Destination, Redirects, Request, remove_hop_by_hop};
use crate::response::{Because, CacheStatus, Provenance, Response};
use crate::route::{Outbox, Route};
use crate::store::{KeptSubmission, Submission};

/// How long what cannot even be tried waits.
const PAUSE: Duration = Duration::from_secs(60);
/// How many lanes are sent side by side.
const LANES: usize = 4;
/// What a script learns of its submission.
const HOLDFAST_OUTBOX: HeaderName = HeaderName::from_static("holdfast-outbox");

/// Sends a submission or keeps it until it can be sent: the site's answer, or a receipt.
///
/// # Errors
///
/// Why there is no answer; then nothing is kept, or it may have arrived.
pub(crate) async fn submit(
    context: &Arc<Context>,
    (request, body): (Request<()>, Body),
    (at, installed): (usize, Installed),
) -> Result<Response, NetworkError> {
    let (done, result) = oneshot::channel();
    let context_of_task = context.clone();
    // It goes on also when the page that submits goes away.
    context.tasks.spawn(async move {
        let _ = done.send(keep_and_send(&context_of_task, (request, body), (at, installed)).await);
    });
    result.await.unwrap_or(Err(NetworkError::Interrupted))
}

async fn keep_and_send(
    context: &Arc<Context>,
    (request, body): (Request<()>, Body),
    (at, installed): (usize, Installed),
) -> Result<Response, NetworkError> {
    let Some((route, outbox)) = outbox_at(context, at) else {
        return Err(NetworkError::Interrupted);
    };
    let limit = usize::try_from(outbox.max_bytes).unwrap_or(usize::MAX);
    let body = match body.collect_within(limit).await {
        Ok(body) => body,
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            let detail = format!("more than {limit} bytes cannot be kept until they are sent");
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            return Ok(Response::problem(status, "Too large", &detail, Because::Strategy));
        }
        Err(error) => return Err(NetworkError::IncompleteRequest { source: error.into() }),
    };
    let submission = Submission {
        key: Uuid::new_v4().to_string(),
        route: route.name.clone(),
        lane: lane(route, &request.url),
        partition: partition(context, &request),
        method: request.method.clone(),
        url: request.url.to_string(),
        cookies: request.cookies,
        headers: headers_to_keep(&request),
        body: body.clone(),
        created_at: context.clock.now(),
    };
    let is_online = context.network.link.state() != Connection::Offline;
    let (kept, is_sent_now) = match context.store.keep_submission(submission, is_online).await {
        Ok(kept) => kept,
        Err(error) => {
            return send_unkept(context, (request, body.into()), (at, installed), error).await;
        }
    };
    let waits = receipt(&kept.submission, &request);
    tell(context);
    if !is_sent_now {
        context.outbox.notify_one();
        return Ok(waits);
    }
    let parcel = Parcel { kept, at, route, outbox, installed };
    let attempt = send(context, &parcel, (request.destination, request.redirects)).await;
    let ended = match (ended(outbox, &attempt), &attempt) {
        // Who submitted has the answer on the screen.
        (Ended::Settled { .. }, Attempt::Answered(..)) => Ended::Seen,
        (ended, _) => ended,
    };
    let is_later = matches!(ended, Ended::Later { .. });
    conclude(context, &parcel, ended).await;
    match attempt {
        _ if is_later => Ok(waits),
        Attempt::Answered(_, response) => Ok(response),
        Attempt::Failed(error) => Err(error),
    }
}

/// A submission that could not be kept is sent as if nothing ever was.
async fn send_unkept(
    context: &Arc<Context>,
    (request, body): (Request<()>, Body),
    (at, installed): (usize, Installed),
    error: StoreError,
) -> Result<Response, NetworkError> {
    tracing::error!(error = in_full(&error), "a submission is not kept");
    let path = request.url[Position::BeforePath..].to_owned();
    context.tell(Event::NotKept { path, reason: in_full(&error) });
    let Some(route) = context.site.routes.get(at) else { return Err(NetworkError::Offline) };
    let exchange = Exchange::new(context.clone(), (request, body), (at, route), installed);
    exchange.fetch_without_storing().await
}

/// Sends what waits, for as long as the engine lives.
pub(crate) async fn run(context: Arc<Context>) {
    let mut link = context.network.link.subscribe();
    let mut cookies = context.network.jar.changes();
    let mut was_gone = false;
    recover(&context).await;
    make_due(&context).await;
    let mut sending = Sending::default();
    loop {
        let next = sending.begin_due(&context);
        let pause = async {
            match next {
                Some(pause) => sleep(pause).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some((id, is_taken)) = sending.under_way.next() => {
                sending.ids.remove(&id);
                if !is_taken {
                    sending.rests_until = Some(context.clock.now() + PAUSE);
                }
            }
            () = context.outbox.notified() => {}
            () = pause => {}
            // Somebody else may be signed in.
            Ok(()) = cookies.changed() => {}
            Ok(()) = link.changed() => {
                let now = *link.borrow_and_update();
                // One that was only suspected was there: what failed then waits its time.
                if now == Connection::Online && was_gone {
                    make_due(&context).await;
                }
                was_gone = now == Connection::Offline || was_gone && now == Connection::Suspect;
            }
        }
    }
}

/// What a process was sending when it ended may have arrived.
async fn recover(context: &Arc<Context>) {
    let left = context.store.left_behind().unwrap_or_else(|error| {
        tracing::error!(error = in_full(&error), "what was submitted cannot be read");
        Vec::new()
    });
    for kept in left {
        let Some((at, route, outbox)) = route_of(context, &kept.submission) else { continue };
        let parcel = Parcel { kept, at, route, outbox, installed: context.store.serving() };
        let ended = failed(outbox, &NetworkError::Interrupted);
        conclude(context, &parcel, ended).await;
    }
}

async fn make_due(context: &Arc<Context>) {
    if let Err(error) = context.store.make_due(context.clock.now()).await {
        tracing::error!(error = in_full(&error), "what waits is sent later");
    }
}

/// What is being sent: of each lane one at a time, since the next is not the first.
#[derive(Default)]
struct Sending {
    under_way: FuturesUnordered<BoxFuture<'static, (i64, bool)>>,
    ids: HashSet<i64>,
    /// Something could not even be taken.
    rests_until: Option<SystemTime>,
}

impl Sending {
    /// Begins to send what is due: how long to wait until something else is.
    fn begin_due(&mut self, context: &Arc<Context>) -> Option<Duration> {
        let now = context.clock.now();
        let rest = self.rests_until.and_then(|until| until.duration_since(now).ok());
        if let Some(rest) = rest.filter(|rest| !rest.is_zero()) {
            return Some(rest);
        }
        let firsts = context.store.first_of_lanes().unwrap_or_else(|error| {
            tracing::error!(error = in_full(&error), "what was submitted cannot be read");
            Vec::new()
        });
        let mut next = None;
        for kept in firsts {
            if self.ids.contains(&kept.id) || !may_be_sent(context, &kept.submission) {
                continue;
            }
            match kept.next_try_at.duration_since(now) {
                Ok(wait) if !wait.is_zero() => {
                    next = Some(next.map_or(wait, |next: Duration| next.min(wait)));
                }
                // It is looked again when one of those under way has ended.
                _ if self.ids.len() >= LANES => {}
                _ => {
                    self.ids.insert(kept.id);
                    self.under_way.push(deliver(context.clone(), kept).boxed());
                }
            }
        }
        next
    }
}

/// Only with the cookies of whoever submitted it, on a route that there still is.
fn may_be_sent(context: &Context, submission: &Submission) -> bool {
    let Ok(url) = Url::parse(&submission.url) else { return false };
    let request =
        Request { cookies: submission.cookies, ..Request::get(url, Destination::Document) };
    let is_theirs = submission.cookies == Cookies::Client
        || partition(context, &request.without_body()) == submission.partition;
    is_theirs && route_of(context, submission).is_some()
}

/// Whether it was taken to be sent, or is another's.
async fn deliver(context: Arc<Context>, kept: KeptSubmission) -> (i64, bool) {
    let id = kept.id;
    match context.store.take_submission(id).await {
        Ok(true) => {}
        // Another process sends it.
        Ok(false) => return (id, true),
        Err(error) => {
            tracing::error!(error = in_full(&error), "a submission is sent later");
            return (id, false);
        }
    }
    if let Some((at, route, outbox)) = route_of(&context, &kept.submission) {
        let parcel = Parcel { kept, at, route, outbox, installed: context.store.serving() };
        let as_form = (Destination::Document, Redirects::Manual);
        let ended = ended(outbox, &send(&context, &parcel, as_form).await);
        conclude(&context, &parcel, ended).await;
    }
    (id, true)
}

/// What the page is told of a submission that waits.
fn receipt(submission: &Submission, request: &Request<()>) -> Response {
    let mut headers = HeaderMap::new();
    let body = if request.destination == Destination::Document {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        String::new()
    } else {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        serde_json::json!({ "outbox": submission.key, "state": "queued" }).to_string()
    };
    headers.extend(HeaderValue::try_from(&submission.key).ok().map(|key| (HOLDFAST_OUTBOX, key)));
    let because = Because::Offline;
    Response {
        status: StatusCode::ACCEPTED,
        headers,
        body: Body::from(body),
        provenance: Provenance::Outbox,
        cache_status: CacheStatus::Generated { because },
        head_at: None,
        redirected_to: None,
    }
}

/// The route a submission was made on, also in a profile that has changed since.
fn route_of<'c>(
    context: &'c Context,
    submission: &Submission,
) -> Option<(usize, &'c Route, &'c Outbox)> {
    let routes = context.site.routes.iter().enumerate();
    let (at, _) = { routes }.find(|(_, route)| route.name == submission.route)?;
    outbox_at(context, at).map(|(route, outbox)| (at, route, outbox))
}

fn outbox_at(context: &Context, at: usize) -> Option<(&Route, &Outbox)> {
    let route = context.site.routes.get(at)?;
    Some((route, route.outbox.as_ref()?))
}

/// What must arrive in order: what goes to one route with the same parameters.
fn lane(route: &Route, url: &Url) -> String {
    let parameters = route.when.path.as_ref().and_then(|path| path.parameters(url.path()));
    let values =
        parameters.unwrap_or_default().into_iter().map(|(name, value)| format!("&{name}={value}"));
    std::iter::once(route.name.clone()).chain(values).collect()
}

fn partition(context: &Context, request: &Request<()>) -> String {
    let name = context.site.session_cookie.as_deref();
    let visitor = match request.cookies {
        Cookies::Client => Visitor::of_request(request, name),
        Cookies::Jar => {
            let session = name.and_then(|name| context.network.jar.value(&request.url, name));
            Visitor::of_session(session.as_deref())
        }
    };
    Partition::Of(visitor).to_string()
}

/// Without the jar's cookies, which may be others by then.
fn headers_to_keep(request: &Request<()>) -> HeaderMap {
    let mut headers = request.headers.clone();
    remove_hop_by_hop(&mut headers);
    if request.cookies == Cookies::Jar {
        headers.remove(COOKIE);
    }
    headers
}

fn tell(context: &Context) {
    context.tell(Event::Outbox);
}
