//! From the moment a person submits something to the moment it is safe.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use http::StatusCode;
use http::header::{
    CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue, REFERER,
};
use tokio::sync::oneshot;
use url::{Position, Url};
use uuid::Uuid;

use super::attempt::{Attempt, Parcel, attempt};
use super::ending::{Ended, RETRY, conclude, ended, lost};
use super::{label, outbox_at, tell};
use crate::body::Body;
use crate::clients::Installed;
use crate::context::Context;
use crate::error::{NetworkError, StoreError, in_full};
use crate::event::Event;
use crate::exchange::Exchange;
use crate::form::{Fields, find};
use crate::page::title;
use crate::request::{Cookies, Destination, Request, remove_hop_by_hop};
use crate::response::{Because, CacheStatus, Provenance, Response};
use crate::route::{Route, first_match};
use crate::seen::{Form, Kind};
use crate::store::{Content, INLINE, Submission, SubmissionState};

/// How much more is read of a body that is not kept.
const LINGERS: usize = 64 << 20;
/// What a script learns of its submission.
const HOLDFAST_OUTBOX: HeaderName = HeaderName::from_static("holdfast-outbox");

/// What was submitted was answered, or waits.
pub(crate) enum Submitted {
    /// This is the answer.
    Answered(Response),
    /// This is what a script learns; a person gets a page that says so.
    Waits(Response, Receipt),
    /// It could be neither kept nor sent, for this reason.
    Lost(String),
}

/// What a receipt says.
#[derive(Debug, Clone)]
pub(crate) struct Receipt {
    /// What the person would call it.
    pub(crate) kind: Kind,
    /// What was chosen.
    pub(crate) label: Option<String>,
}

/// Sends a submission or keeps it until it can be sent.
///
/// # Errors
///
/// Why there is no answer; then nothing is kept, or it may have arrived.
pub(crate) async fn submit(
    context: &Arc<Context>,
    (request, body): (Request<()>, Body),
    (at, installed): (usize, Installed),
) -> Result<Submitted, NetworkError> {
    let (done, result) = oneshot::channel();
    let (kept, promise) = oneshot::channel();
    let context_of_task = context.clone();
    // It goes on also when the page that submits goes away.
    context.tasks.spawn(async move {
        let asked = (request, body);
        let _ = done.send(keep_and_send(&context_of_task, asked, (at, installed), kept).await);
    });
    match result.await {
        Ok(submitted) => submitted,
        // The program ends while it is sent; the next one that runs sees to what is kept.
        Err(_ended) => match promise.await {
            Ok((waits, receipt)) => Ok(Submitted::Waits(waits, receipt)),
            Err(_unkept) => Err(NetworkError::Interrupted),
        },
    }
}

async fn keep_and_send(
    context: &Arc<Context>,
    (request, body): (Request<()>, Body),
    (at, installed): (usize, Installed),
    promise: oneshot::Sender<(Response, Receipt)>,
) -> Result<Submitted, NetworkError> {
    let Some((route, outbox)) = outbox_at(context, at) else {
        return Err(NetworkError::Interrupted);
    };
    let (key, partition) = (Uuid::new_v4().to_string(), whose(context, &request));
    let content = match take_in(context, body, (&key, outbox.max_bytes)).await {
        Ok(content) => content,
        Err(NotTaken::TooLarge) => {
            let limit = outbox.max_bytes;
            let detail = format!("more than {limit} bytes cannot be kept until they are sent");
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            let problem = Response::problem(status, "Too large", &detail, Because::Strategy);
            return Ok(Submitted::Answered(problem));
        }
        Err(NotTaken::Broken(error)) => {
            return Err(NetworkError::IncompleteRequest { source: error.into() });
        }
        Err(NotTaken::Unkept(body, error)) => {
            return send_unkept(context, (request, body), (at, installed), error).await;
        }
    };
    let form = seen(context, &request, &content, installed).await;
    let submission = Submission {
        route: route.name.clone(),
        lane: lane(route, &request.url),
        person: context.store.person(&partition).ok().flatten(),
        partition,
        kind: outbox.kind,
        has_receipts: outbox.has_receipts,
        shown_on: shown_on(route, &request.url),
        method: request.method.clone(),
        url: request.url.to_string(),
        cookies: request.cookies,
        headers: headers_to_keep(&request),
        title: form.title,
        labels: form.labels,
        content,
        created_at: context.clock.now(),
        key,
    };
    let in_hand = submission.clone();
    // Where the site is known to be gone a first try would only be one more that fails.
    let is_gone = context.network.link.state().is_offline();
    let pause = is_gone.then(|| RETRY.spread(1, (context.jitter)()));
    let kept = context.store.keep_submission(submission, pause, form.replaces).await;
    let (kept, is_sent_now) = match kept {
        Ok(kept) => kept,
        Err(error) => {
            let body = match in_hand.content {
                Content::InRow(bytes) => Some(Body::Bytes(bytes)),
                Content::InFile(_) => context.store.content(&in_hand).ok(),
            };
            context.store.remove_upload(&in_hand.key);
            return send_unkept(context, (request, body), (at, installed), error).await;
        }
    };
    let receipt = Receipt { kind: kept.submission.kind, label: label(&kept.submission.labels) };
    let waits = told(&kept.submission, &request);
    tell(context);
    if !is_sent_now {
        context.outbox.notify_one();
        return Ok(Submitted::Waits(waits, receipt));
    }
    if matches!(lost(outbox, String::new()), Ended::Later { .. }) {
        // Whatever becomes of this attempt, it will be sent.
        let _ = promise.send((told(&kept.submission, &request), receipt.clone()));
    }
    let parcel = Parcel { kept, at, route, outbox, installed };
    let attempt = attempt(context, &parcel, (request.destination, request.redirects)).await;
    let ended = match (ended(context, outbox, &attempt), &attempt) {
        // Who submitted has the answer on the screen; a script sees to it by itself. A person
        // who is sent to sign in or whose form is another one by now is not to fill it in anew.
        (Ended::Settled(unsettled), Attempt::Answered(..))
            if request.destination != Destination::Document
                || unsettled.step.to == Some(SubmissionState::Refused) =>
        {
            Ended::Seen
        }
        (ended, _) => ended,
    };
    let is_later = matches!(ended, Ended::Later { .. });
    conclude(context, &parcel, ended).await;
    match attempt {
        _ if is_later => Ok(Submitted::Waits(waits, receipt)),
        Attempt::Answered(_, response) => Ok(Submitted::Answered(response)),
        Attempt::Failed(error) => Err(error),
        Attempt::Arrived
        | Attempt::Unverified(_)
        | Attempt::Unreadable(_)
        | Attempt::NotTheirs { .. } => Err(NetworkError::Interrupted),
    }
}

/// Whose a submission is: of who was signed in when it was asked for, since its body may take
/// long to arrive.
fn whose(context: &Context, request: &Request<()>) -> String {
    match request.cookies {
        Cookies::Jar => context.session_of(&request.headers),
        Cookies::Client => context.partition(request),
    }
}

/// Why a body is not kept.
enum NotTaken {
    /// It has more bytes than the route takes.
    TooLarge,
    /// Whoever sends it has broken off.
    Broken(io::Error),
    /// The disk does not take it; this is the body, if it is whole still.
    Unkept(Option<Body>, StoreError),
}

/// Brings a body to where it is kept: a long one on the disk, while it arrives.
async fn take_in(
    context: &Context,
    body: Body,
    (key, limit): (&str, u64),
) -> Result<Content, NotTaken> {
    let body = body.read_up_to(INLINE).await.map_err(NotTaken::Broken)?;
    let whole = body.at_hand();
    match &whole {
        Some(bytes) if bytes.len() as u64 > limit => return Err(NotTaken::TooLarge),
        Some(bytes) if bytes.len() <= INLINE => return Ok(Content::InRow(bytes.clone())),
        Some(_) | None => {}
    }
    let mut pieces = body.into_stream();
    let taken = write(context, &mut pieces, (key, limit)).await;
    if matches!(taken, Err(Unwritten::Store(_))) {
        // Who is still sending hears of no answer before the end.
        let mut left = LINGERS;
        while let Some(Ok(piece)) = pieces.next().await
            && let Some(rest) = left.checked_sub(piece.len())
        {
            left = rest;
        }
    }
    taken.map(Content::InFile).map_err(|error| match error {
        Unwritten::Broken(error) => NotTaken::Broken(error),
        Unwritten::Store(StoreError::TooLarge { .. }) => NotTaken::TooLarge,
        Unwritten::Store(
            error @ (StoreError::Database { .. }
            | StoreError::File { .. }
            | StoreError::IncompleteBody(_)
            | StoreError::TooLargeForRoute { .. }
            | StoreError::NotSealed
            | StoreError::Closing),
        ) => NotTaken::Unkept(whole.map(Body::Bytes), error),
    })
}

/// Why a body is not on the disk.
enum Unwritten {
    Broken(io::Error),
    Store(StoreError),
}

async fn write(
    context: &Context,
    pieces: &mut BoxStream<'static, io::Result<Bytes>>,
    (key, limit): (&str, u64),
) -> Result<u64, Unwritten> {
    let mut upload = context.store.begin_upload(key, limit).await.map_err(Unwritten::Store)?;
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(Unwritten::Broken)?;
        upload = context.store.write_upload(upload, piece).await.map_err(Unwritten::Store)?;
    }
    context.store.finish_upload(upload).await.map_err(Unwritten::Store)
}

/// A submission that could not be kept is sent as if nothing ever was.
async fn send_unkept(
    context: &Arc<Context>,
    (request, body): (Request<()>, Option<Body>),
    (at, installed): (usize, Installed),
    error: StoreError,
) -> Result<Submitted, NetworkError> {
    tracing::error!(error = in_full(&error), "a submission is not kept");
    let path = request.url[Position::BeforePath..].to_owned();
    context.tell(Event::NotKept { path, reason: in_full(&error) });
    let (Some(route), Some(body)) = (context.site.routes.get(at), body) else {
        return Ok(Submitted::Lost(in_full(&error)));
    };
    let exchange = Exchange::new(context.clone(), (request, body), (at, route), installed);
    match exchange.fetch_without_storing().await {
        Ok(response) => Ok(Submitted::Answered(response)),
        Err(unsent) if unsent.is_safe_to_resend() => Ok(Submitted::Lost(in_full(&error))),
        Err(error) => Err(error),
    }
}

/// What the person saw: as the page says, or as the stored copy of the page has it.
async fn seen(
    context: &Arc<Context>,
    request: &Request<()>,
    content: &Content,
    installed: Installed,
) -> Form {
    if let Some(form) = &request.form {
        return (**form).clone();
    }
    if request.destination != Destination::Document {
        return Form::default();
    }
    read_stored(context, request, content, installed).await.unwrap_or_default()
}

async fn read_stored(
    context: &Arc<Context>,
    request: &Request<()>,
    content: &Content,
    installed: Installed,
) -> Option<Form> {
    let Content::InRow(body) = content else { return None };
    let content_type = request.headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let fields = Fields::of(content_type, body)?;
    let page = Url::parse(request.headers.get(REFERER)?.to_str().ok()?).ok()?;
    context.site.holds(&page).then_some(())?;
    let headers = [COOKIE, http::header::ACCEPT_LANGUAGE, http::header::USER_AGENT];
    let headers = headers.into_iter().filter_map(|name| {
        let value = request.headers.get(&name)?.clone();
        Some((name, value))
    });
    let get = Request {
        headers: headers.collect(),
        cookies: request.cookies,
        ..Request::get(page.clone(), Destination::Document)
    };
    let (get, _) = get.split();
    let place = first_match(&context.site.routes, &get)?;
    let exchange = Exchange::new(context.clone(), (get, Body::empty()), place, installed);
    let Response { headers, body, .. } = exchange.stored()?.served(Because::Strategy);
    let page_body = body.collect().await.ok()?;
    let html = String::from_utf8_lossy(&page_body);
    let form = find(&html, &page, &request.url, &fields.names())?;
    let title = title(&page_body, &headers).unwrap_or_default();
    Some(Form { title, labels: form.labels(&fields.texts()), replaces: None })
}

/// What the page is told of a submission that waits.
fn told(submission: &Submission, request: &Request<()>) -> Response {
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

/// What must arrive in order: what goes to one route with the same parameters.
fn lane(route: &Route, url: &Url) -> String {
    let parameters = route.when.path.as_ref().and_then(|path| path.parameters(url.path()));
    let values =
        parameters.unwrap_or_default().into_iter().map(|(name, value)| format!("&{name}={value}"));
    std::iter::once(route.name.clone()).chain(values).collect()
}

/// The paths of the pages that show what it changes.
fn shown_on(route: &Route, url: &Url) -> Vec<String> {
    let refresh = route.outbox.iter().flat_map(|outbox| &outbox.refresh);
    let filled = |path: &String| match &route.when.path {
        Some(pattern) => pattern.filled(url.path(), path),
        None => Some(path.clone()),
    };
    refresh.filter_map(filled).collect()
}

/// Without the jar's cookies, which may be others by then.
fn headers_to_keep(request: &Request<()>) -> HeaderMap {
    let mut headers = request.headers.clone();
    remove_hop_by_hop(&mut headers);
    // It is the body's, and what is sent with these headers may have another or none.
    headers.remove(CONTENT_LENGTH);
    if request.cookies == Cookies::Jar {
        headers.remove(COOKIE);
    }
    headers
}
