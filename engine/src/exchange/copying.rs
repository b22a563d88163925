//! The parts of a saved page: fetched into a copy of it, and served from there alone.

use std::sync::Arc;

use futures::StreamExt;
use http::header::{ACCEPT, COOKIE, HeaderMap, HeaderValue};
use http::{Method, StatusCode};
use url::Url;

use super::available::Available;
use super::fetch::{Fetch, Keep};
use super::serve::answered;
use crate::context::Context;
use crate::error::{NetworkError, StoreError};
use crate::policy::{Follows, Partition, Rules, Visitor};
use crate::request::{Cookies, Destination, Redirects, Request};
use crate::response::{Because, Forward, Response};
use crate::route::{Route, first_match};
use crate::saved::Why;
use crate::store::Stored;

/// A part of a saved page.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) url: Url,
    pub(crate) destination: Destination,
}

/// A copy that is being made, of a page that was asked for with these headers.
#[derive(Debug, Clone)]
pub(crate) struct Copying {
    pub(crate) copy: i64,
    /// The one before, of which the site is only asked whether it still holds.
    pub(crate) before: Option<i64>,
    pub(crate) headers: HeaderMap,
    /// How many bytes one part may have.
    pub(crate) most: u64,
}

/// Why a part is not in a copy.
#[derive(Debug)]
pub(crate) enum NotCopied {
    /// The site could not be asked, or something is wrong with it now.
    NotNow(Why),
    /// The site has no such thing, or does not let it be kept.
    Refused(Why),
    /// The store.
    Store(StoreError),
}

/// What a copy has of a part.
pub(crate) struct Copied {
    /// Where it is, after redirects.
    pub(crate) url: Url,
    pub(crate) stored: Stored,
}

/// What is in a copy for a part.
///
/// # Errors
///
/// What the store reports.
pub(crate) fn in_copy(
    context: &Context,
    part: &Part,
    copying: &Copying,
) -> Result<Option<Stored>, StoreError> {
    let request = request(context, part, copying);
    look_in(context, &request, copying.copy)
}

/// Fetches a part into a copy.
///
/// # Errors
///
/// Why it is not there.
pub(crate) async fn fetch_for_copy(
    context: &Arc<Context>,
    part: &Part,
    copying: &Copying,
) -> Result<Copied, NotCopied> {
    let request = request(context, part, copying);
    let Some((_, route)) = first_match(&context.site.routes, &request) else {
        return Err(NotCopied::Refused(Why::NotOnRoute));
    };
    let stored = before(context, (&request, route), copying).map_err(NotCopied::Store)?;
    let fetch = Fetch {
        context: context.clone(),
        request: request.with_body(crate::body::Body::empty()),
        visitor: visitor(context, &request),
        route: route.name.clone(),
        // Who saves a page wants it stored, as far as the profile lets them.
        rules: Rules {
            honours_no_store: route.honours_no_store,
            knows_visitors: context.site.session_cookie.is_some(),
            follows: Follows::Profile,
            sharing: context.site.sharing,
        },
        search: route.search,
        keep: Keep::Copy(copying.copy),
        reason: if stored.is_some() { Forward::Stale } else { Forward::Miss },
        stored,
        leader: None,
    };
    let response = Box::pin(fetch.run()).await.map_err(|error| not_now(&error))?;
    let status = response.status;
    let url = match &response.redirected_to {
        Some(path) => part.url.join(path).unwrap_or_else(|_| part.url.clone()),
        None => part.url.clone(),
    };
    read_to_the_end(response, &url, copying.most).await?;
    if context.site.sign_in.page.as_deref() == Some(url.path()) && url.path() != part.url.path() {
        return Err(NotCopied::Refused(Why::SignIn));
    }
    let at = Request { url: url.clone(), ..request };
    match look_in(context, &at, copying.copy).map_err(NotCopied::Store)? {
        Some(stored) if stored.status == StatusCode::OK => Ok(Copied { url, stored }),
        Some(_) | None if status != StatusCode::OK => Err(answered_otherwise(status)),
        Some(_) | None => Err(NotCopied::Refused(Why::NotKept)),
    }
}

/// Answers a request from a copy alone.
pub(crate) fn from_copy(
    context: &Context,
    request: &Request<()>,
    copy: i64,
) -> Result<Option<Response>, StoreError> {
    if request.method != Method::GET && request.method != Method::HEAD {
        return Ok(None);
    }
    let Some(stored) = look_in(context, request, copy)? else { return Ok(None) };
    let available = Available {
        stored,
        now: context.clock.now(),
        is_head: request.method == Method::HEAD,
        destination: request.destination,
        redirected_to: None,
    };
    Ok(Some(answered(request, available.served(Because::Offline))))
}

/// The request for a part, as the page would make it.
fn request(context: &Context, part: &Part, copying: &Copying) -> Request<()> {
    let request = Request::get(part.url.clone(), part.destination).without_body();
    let mut headers = copying.headers.clone();
    headers.insert(ACCEPT, HeaderValue::from_static(accept(part.destination)));
    headers.extend(context.network.jar.header(&part.url).map(|value| (COOKIE, value)));
    Request { headers, cookies: Cookies::Jar, redirects: Redirects::Follow, ..request }
}

/// What a browser says it accepts.
pub(super) const fn accept(destination: Destination) -> &'static str {
    match destination {
        Destination::Document => "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        Destination::Style => "text/css,*/*;q=0.1",
        Destination::Image => {
            "image/webp,image/avif,video/*;q=0.8,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"
        }
        Destination::Script | Destination::Font | Destination::Media | Destination::Data => "*/*",
    }
}

fn visitor(context: &Context, request: &Request<()>) -> Visitor {
    Visitor::of_request(request, context.site.session_cookie.as_deref())
}

fn look_in(
    context: &Context,
    request: &Request<()>,
    copy: i64,
) -> Result<Option<Stored>, StoreError> {
    let Some((_, route)) = first_match(&context.site.routes, request) else { return Ok(None) };
    let session = context.site.session_cookie.as_deref();
    let session = session.and_then(|name| context.network.jar.value(&request.url, name));
    let partition = Partition::Of(Visitor::of_session(session.as_deref()));
    let key = route.key(&request.url);
    context.store.lookup_in_copy((&key, &partition, copy), &request.headers)
}

/// What the copy before has, or what was stored while browsing.
fn before(
    context: &Context,
    (request, route): (&Request<()>, &Route),
    copying: &Copying,
) -> Result<Option<Stored>, StoreError> {
    if let Some(before) = copying.before
        && let Some(stored) = look_in(context, request, before)?
    {
        return Ok(Some(stored));
    }
    let partition = Partition::Of(visitor(context, request));
    let (key, installed) = (route.key(&request.url), context.store.serving());
    let asked = (&*key, &partition, installed);
    context.store.lookup(asked, &request.headers, context.clock.now())
}

fn not_now(error: &NetworkError) -> NotCopied {
    tracing::debug!(error = error.in_full(), "a part of a saved page does not come");
    match error {
        NetworkError::TimedOut { .. } => NotCopied::NotNow(Why::Slow),
        NetworkError::Offline
        | NetworkError::Connect { .. }
        | NetworkError::Broken { .. }
        | NetworkError::IncompleteRequest { .. }
        | NetworkError::Interrupted => NotCopied::NotNow(Why::Offline),
        // As far as can be told; a captive portal does that as well.
        NetworkError::ForeignRedirect { .. } => NotCopied::NotNow(Why::Elsewhere),
        NetworkError::TooManyRedirects { .. } => NotCopied::Refused(Why::Site),
        NetworkError::Inflated { .. } | NetworkError::TooManyCodings { .. } => {
            NotCopied::Refused(Why::TooLarge)
        }
    }
}

fn answered_otherwise(status: StatusCode) -> NotCopied {
    match status.as_u16() {
        401 => NotCopied::Refused(Why::SignIn),
        402 | 403 | 407 => NotCopied::Refused(Why::NotAllowed),
        404 | 410 => NotCopied::Refused(Why::Gone),
        408 | 429 | 500..=599 => NotCopied::NotNow(Why::Site),
        _ => NotCopied::Refused(Why::Site),
    }
}

/// A long body is stored while it is read.
async fn read_to_the_end(response: Response, url: &Url, most: u64) -> Result<(), NotCopied> {
    let mut pieces = response.body.into_stream();
    let mut length: u64 = 0;
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| {
            let host = url.host_str().unwrap_or_default().to_owned();
            not_now(&NetworkError::Broken { host, source: error.into() })
        })?;
        length = length.saturating_add(piece.len() as u64);
        if length > most {
            return Err(NotCopied::Refused(Why::TooLarge));
        }
    }
    Ok(())
}
