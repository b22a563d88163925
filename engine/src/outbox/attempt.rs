//! One attempt to deliver a submission, and what comes of it.

use std::sync::Arc;
use std::time::Duration;

use http::header::{COOKIE, HeaderName, HeaderValue, LOCATION};
use url::Url;

use super::tell;
use crate::backoff::Backoff;
use crate::body::Body;
use crate::clients::Installed;
use crate::context::Context;
use crate::error::{NetworkError, in_full};
use crate::exchange::Exchange;
use crate::policy::{Answer, Verdict, verdict};
use crate::request::{Agent, Destination, Redirects, Request};
use crate::response::Response;
use crate::route::{Outbox, Route};
use crate::store::{Again, KeptSubmission, Submission, SubmissionState};

const RETRY: Backoff = Backoff { base: Duration::from_secs(10), max: Duration::from_secs(600) };
/// How much of an answer is looked at.
const LOOKED_AT: usize = 1 << 20;
/// "a client-generated unique value" by which a site recognises what it has done already
/// (draft-ietf-httpapi-idempotency-key-header).
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A submission on its way, with the route it was made on.
pub(super) struct Parcel<'r> {
    pub(super) kept: KeptSubmission,
    pub(super) at: usize,
    pub(super) route: &'r Route,
    pub(super) outbox: &'r Outbox,
    pub(super) installed: Installed,
}

/// An attempt to deliver: the site's answer and what it means, or why there is none.
pub(super) enum Attempt {
    Answered(Verdict, Response),
    Failed(NetworkError),
}

/// What becomes of a submission after an attempt.
pub(super) enum Ended {
    /// The site has it.
    Delivered,
    /// The person has the site's answer.
    Seen,
    /// It is tried again, after this pause at the earliest.
    Later { pause: Duration, reason: String },
    /// The person has to see to it.
    Settled { state: SubmissionState, reason: String },
}

/// Sends it once.
pub(super) async fn send(
    context: &Arc<Context>,
    parcel: &Parcel<'_>,
    (destination, redirects): (Destination, Redirects),
) -> Attempt {
    let Submission { key, method, url, cookies, headers, body, .. } = &parcel.kept.submission;
    let Ok(url) = Url::parse(url) else { return Attempt::Failed(NetworkError::Offline) };
    let mut headers = headers.clone();
    if !headers.contains_key(IDEMPOTENCY_KEY)
        && let Ok(value) = HeaderValue::try_from(format!("\"{key}\""))
    {
        headers.insert(IDEMPOTENCY_KEY, value);
    }
    let request = Request {
        method: method.clone(),
        url: url.clone(),
        headers,
        destination,
        cookies: *cookies,
        agent: Agent::default(),
        redirects,
        body: (),
    };
    let (place, body) = ((parcel.at, parcel.route), Body::from(body.clone()));
    let exchange = Exchange::new(context.clone(), (request, body), place, parcel.installed);
    let mut response = match exchange.fetch_without_storing().await {
        Ok(response) => response,
        Err(error) => return Attempt::Failed(error),
    };
    response.body = match response.body.read_up_to(LOOKED_AT).await {
        Ok(body) => body,
        Err(error) => {
            let host = url.host_str().unwrap_or_default().to_owned();
            return Attempt::Failed(NetworkError::Broken { host, source: error.into() });
        }
    };
    let bytes = response.body.at_hand().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let answer = Answer {
        status: response.status,
        headers: &response.headers,
        target: target(&url, &response),
        text: &text,
    };
    let own = parcel.route.when.path.as_ref().and_then(|path| path.parameters(url.path()));
    let own = own.unwrap_or_default();
    let is_delivery =
        parcel.outbox.accepts(&own, answer.status, answer.target.as_ref(), answer.text);
    let verdict = verdict(&context.site.origin, &answer, is_delivery, context.clock.now());
    Attempt::Answered(verdict, response)
}

/// Where an answer leads, or where it came from after redirects were followed.
fn target(url: &Url, response: &Response) -> Option<Url> {
    let location = response.headers.get(LOCATION).filter(|_| response.status.is_redirection());
    let location = location.and_then(|location| location.to_str().ok());
    url.join(location.or(response.redirected_to.as_deref())?).ok()
}

/// What becomes of a submission after an attempt, whoever has the answer.
pub(super) fn ended(outbox: &Outbox, attempt: &Attempt) -> Ended {
    match attempt {
        Attempt::Answered(Verdict::Delivered, _) => Ended::Delivered,
        Attempt::Answered(Verdict::Later(asked), response) => {
            let reason = format!("the site answered {}", response.status);
            Ended::Later { pause: asked.unwrap_or_default(), reason }
        }
        Attempt::Answered(Verdict::Foreign, _) => {
            let reason = "it was not the site that answered".to_owned();
            Ended::Later { pause: Duration::ZERO, reason }
        }
        Attempt::Answered(Verdict::Refused | Verdict::SignIn | Verdict::StaleForm, response) => {
            let reason = format!("the site answered {}", response.status);
            Ended::Settled { state: SubmissionState::Refused, reason }
        }
        Attempt::Failed(error) => failed(outbox, error),
    }
}

/// What becomes of it after a failure: only what cannot have arrived, or is known again, is tried again.
pub(super) fn failed(outbox: &Outbox, error: &NetworkError) -> Ended {
    let reason = in_full(error);
    if error.is_safe_to_resend() || outbox.has_receipts {
        Ended::Later { pause: Duration::ZERO, reason }
    } else {
        Ended::Settled { state: SubmissionState::Uncertain, reason }
    }
}

/// Writes down what has become of it.
pub(super) async fn conclude(context: &Arc<Context>, parcel: &Parcel<'_>, ended: Ended) {
    let id = parcel.kept.id;
    let noted = match ended {
        Ended::Delivered => {
            let removed = context.store.remove_submission(id).await;
            refresh(context, parcel);
            removed
        }
        Ended::Seen => context.store.remove_submission(id).await,
        Ended::Later { pause, reason } => {
            let now = context.clock.now();
            let not_before = now + pause;
            let at = now + RETRY.spread(parcel.kept.tries + 1, (context.jitter)());
            let again = Again { at: at.max(not_before), not_before };
            context.store.put_back(id, again, reason).await
        }
        Ended::Settled { state, reason } => {
            context.store.settle_submission(id, state, reason).await
        }
    };
    if let Err(error) = noted {
        // It is still marked as being sent, so that nobody sends it again.
        tracing::error!(error = in_full(&error), "what became of a submission is not noted");
    }
    context.outbox.notify_one();
    tell(context);
}

/// Fetches the pages anew that show what the submission has changed.
fn refresh(context: &Arc<Context>, parcel: &Parcel<'_>) {
    let Submission { url, cookies, headers, .. } = &parcel.kept.submission;
    let Ok(url) = Url::parse(url) else { return };
    let submitted = Request {
        cookies: *cookies,
        headers: headers.get(COOKIE).map(|cookie| (COOKIE, cookie.clone())).into_iter().collect(),
        ..Request::get(url, Destination::Document)
    };
    let (place, asked) = ((parcel.at, parcel.route), (submitted.without_body(), Body::empty()));
    let exchange = Exchange::new(context.clone(), asked, place, parcel.installed);
    for path in &parcel.outbox.refresh {
        let Some((part, _)) = exchange.part(path, Destination::Document) else { continue };
        context.tasks.spawn(async move {
            if let Err(error) = part.fetch().await {
                tracing::debug!(
                    error = in_full(&error),
                    "a page is refreshed when it is asked for"
                );
            }
        });
    }
}
