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

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, StreamExt};
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
    let lane = lane(route, &request.url);
    let submission = Submission {
        key: Uuid::new_v4().to_string(),
        route: route.name.clone(),
        lane: lane.clone(),
        partition: partition(context, &request),
        method: request.method.clone(),
        url: request.url.to_string(),
        cookies: request.cookies,
        headers: headers_to_keep(&request),
        body: body.clone(),
        created_at: context.clock.now(),
    };
    let is_offline = context.network.link.state() == Connection::Offline;
    let is_sent_now = !is_offline && !context.store.has_waiting(&lane).unwrap_or(false);
    let kept = match context.store.keep_submission(submission, is_sent_now).await {
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
    loop {
        let next = deliver_due(&context).await;
        let pause = async {
            match next {
                Some(pause) => sleep(pause).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
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

/// Sends what is due: how long to wait until something else is.
async fn deliver_due(context: &Arc<Context>) -> Option<Duration> {
    loop {
        let firsts = context.store.first_of_lanes().unwrap_or_else(|error| {
            tracing::error!(error = in_full(&error), "what was submitted cannot be read");
            Vec::new()
        });
        let now = context.clock.now();
        let (due, later): (Vec<_>, Vec<_>) = firsts
            .into_iter()
            .filter(|kept| may_be_sent(context, &kept.submission))
            .partition(|kept| kept.next_try_at <= now);
        if due.is_empty() {
            let next = later.iter().map(|kept| kept.next_try_at).min();
            return next.map(|next| next.duration_since(now).unwrap_or_default());
        }
        let deliveries = stream::iter(due).map(|kept| deliver(context, kept));
        let taken: Vec<bool> = deliveries.buffer_unordered(LANES).collect().await;
        if !taken.contains(&true) {
            return Some(PAUSE);
        }
    }
}

/// Only with the cookies of whoever submitted it.
fn may_be_sent(context: &Context, submission: &Submission) -> bool {
    let Ok(url) = Url::parse(&submission.url) else { return false };
    let request =
        Request { cookies: submission.cookies, ..Request::get(url, Destination::Document) };
    submission.cookies == Cookies::Client
        || partition(context, &request.without_body()) == submission.partition
}

/// Whether it was taken to be sent, and is another's no more.
async fn deliver(context: &Arc<Context>, kept: KeptSubmission) -> bool {
    let Some((at, route, outbox)) = route_of(context, &kept.submission) else {
        tracing::warn!(route = kept.submission.route, "no such route takes submissions any more");
        return false;
    };
    match context.store.take_submission(kept.id).await {
        Ok(true) => {}
        // Another process sends it.
        Ok(false) => return true,
        Err(error) => {
            tracing::error!(error = in_full(&error), "a submission is sent later");
            return false;
        }
    }
    let parcel = Parcel { kept, at, route, outbox, installed: context.store.serving() };
    let as_form = (Destination::Document, Redirects::Manual);
    let ended = ended(outbox, &send(context, &parcel, as_form).await);
    conclude(context, &parcel, ended).await;
    true
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
