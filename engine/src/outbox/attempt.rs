//! One attempt to deliver a submission: what the site answers, and what that means.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, COOKIE, HeaderName, HeaderValue, LOCATION, SET_COOKIE};
use url::Url;

use super::healing::{Fresh, Healed, check, cookies_of, heal, is_there};
use crate::body::Body;
use crate::clients::Installed;
use crate::context::Context;
use crate::error::{NetworkError, StoreError, in_full};
use crate::exchange::Exchange;
use crate::policy::{Answer, Verdict, verdict};
use crate::request::{Agent, Cookies, Destination, Redirects, Request};
use crate::response::Response;
use crate::route::{Outbox, Route};
use crate::store::{Content, KeptSubmission, Submission};

/// How much of an answer is looked at.
pub(super) const LOOKED_AT: usize = 1 << 20;
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

/// An attempt to deliver.
pub(super) enum Attempt {
    /// The site's answer and what it means.
    Answered(Verdict, Response),
    /// There is no answer.
    Failed(NetworkError),
    /// It had arrived the last time already.
    Arrived,
    /// Whether it had arrived the last time is still not known.
    Unverified(String),
    /// Its body is not there any more.
    Unreadable(StoreError),
    /// Somebody else is signed in by now, or nobody.
    NotTheirs { may_have_arrived: bool },
}

/// Sends it once; once more with what its page says now, if the site does not take it from
/// this form any more.
pub(super) async fn attempt(
    context: &Arc<Context>,
    parcel: &Parcel<'_>,
    way: (Destination, Redirects),
) -> Attempt {
    if parcel.kept.may_have_arrived && !parcel.outbox.has_receipts {
        match is_there(context, parcel).await {
            Ok(true) => return Attempt::Arrived,
            Ok(false) => {}
            Err(reason) => return Attempt::Unverified(reason),
        }
    }
    let (verdict, response) = match send(context, parcel, way, None).await {
        Attempt::Answered(verdict, response) => (verdict, response),
        unanswered @ (Attempt::Failed(_)
        | Attempt::Arrived
        | Attempt::Unverified(_)
        | Attempt::Unreadable(_)
        | Attempt::NotTheirs { .. }) => return unanswered,
    };
    if verdict == Verdict::Refused {
        // The form is shown again, perhaps because what was chosen is no more.
        let changed = check(context, parcel, &response);
        return Attempt::Answered(changed.map_or(verdict, Verdict::Changed), response);
    }
    if verdict != Verdict::StaleForm {
        return Attempt::Answered(verdict, response);
    }
    match heal(context, parcel).await {
        Healed::Fresh(fresh) => send(context, parcel, way, Some(fresh)).await,
        Healed::Changed(what) => Attempt::Answered(Verdict::Changed(what), response),
        Healed::SignIn(path) => Attempt::Answered(Verdict::SignIn(path), response),
        Healed::NotNow => Attempt::Answered(Verdict::Later(None), response),
        Healed::Hopeless => Attempt::Answered(verdict, response),
    }
}

async fn send(
    context: &Arc<Context>,
    parcel: &Parcel<'_>,
    (destination, redirects): (Destination, Redirects),
    fresh: Option<Fresh>,
) -> Attempt {
    let Submission { key, method, url, cookies, headers, content, .. } = &parcel.kept.submission;
    let Ok(url) = Url::parse(url) else { return Attempt::Failed(NetworkError::Offline) };
    let holder = context.network.jar.holder();
    let mut headers = headers.clone();
    if !headers.contains_key(IDEMPOTENCY_KEY)
        && let Ok(value) = HeaderValue::try_from(format!("\"{key}\""))
    {
        headers.insert(IDEMPOTENCY_KEY, value);
    }
    // The cookies that are looked at are those that are sent, whoever signs in meanwhile.
    let (body, cookie) = match fresh {
        Some(Fresh { body, cookie }) => (Body::Bytes(body), cookie),
        None => {
            let Some(cookie) = cookies_of(context, &parcel.kept.submission, &url) else {
                let may_have_arrived = parcel.kept.may_have_arrived;
                return Attempt::NotTheirs { may_have_arrived };
            };
            match context.store.content(&parcel.kept.submission) {
                Ok(body) => (body, cookie),
                Err(error) => return Attempt::Unreadable(error),
            }
        }
    };
    if let (Content::InFile(length), Body::Stream(_)) = (content, &body) {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(*length));
    }
    headers.remove(COOKIE);
    headers.extend(cookie.map(|cookie| (COOKIE, cookie)));
    let request = Request {
        method: method.clone(),
        url: url.clone(),
        headers,
        destination,
        cookies: Cookies::Client,
        agent: Agent::default(),
        redirects,
        form: None,
        body: (),
    };
    let place = (parcel.at, parcel.route);
    let exchange = Exchange::new(context.clone(), (request, body), place, parcel.installed);
    let mut response = match exchange.fetch_without_storing().await {
        Ok(response) => response,
        Err(error) => return Attempt::Failed(error),
    };
    if *cookies == Cookies::Jar {
        context.network.take_cookies(holder, &url, &response.headers);
        response.headers.remove(SET_COOKIE);
    }
    response.body = match response.body.read_up_to(LOOKED_AT).await {
        Ok(body) => body,
        Err(error) => {
            let host = url.host_str().unwrap_or_default().to_owned();
            return Attempt::Failed(NetworkError::Broken { host, source: error.into() });
        }
    };
    let bytes: Bytes = response.body.at_hand().unwrap_or_default();
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
    let site = (&context.site.origin, context.site.sign_in.page.as_deref());
    let verdict = verdict(site, &answer, is_delivery, context.clock.now());
    tracing::debug!(key, status = %response.status, ?verdict, "a submission was answered");
    Attempt::Answered(verdict, response)
}

/// Where an answer leads, or where it came from after redirects were followed.
fn target(url: &Url, response: &Response) -> Option<Url> {
    let location = response.headers.get(LOCATION).filter(|_| response.status.is_redirection());
    let location = location.and_then(|location| location.to_str().ok());
    url.join(location.or(response.redirected_to.as_deref())?).ok()
}

impl Attempt {
    /// Why it was not delivered, in words.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Answered(Verdict::Foreign, _) => "it was not the site that answered".to_owned(),
            Self::Answered(Verdict::Changed(what), _) => (*what).to_owned(),
            Self::Answered(
                Verdict::Delivered
                | Verdict::SignIn(_)
                | Verdict::StaleForm
                | Verdict::Refused
                | Verdict::Later(_)
                | Verdict::Unknown,
                response,
            ) => format!("the site answered {}", response.status),
            Self::Failed(error) => in_full(error),
            Self::Arrived => "it had arrived".to_owned(),
            Self::Unverified(reason) => format!("it may have arrived, and {reason}"),
            Self::Unreadable(error) => in_full(error),
            Self::NotTheirs { .. } => "whoever submitted it is not signed in".to_owned(),
        }
    }
}
