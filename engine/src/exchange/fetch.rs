//! One fetch, from the request to the answer that is stored and served.

use std::io;
use std::sync::Arc;

use futures::StreamExt;
use http::header::{
    CONTENT_LENGTH, CONTENT_LOCATION, HeaderMap, HeaderValue, LOCATION, SET_COOKIE,
};
use http::{Method, StatusCode};
use url::{Position, Url};

use super::keep::store;
use crate::body::Body;
use crate::context::Context;
use crate::error::{NetworkError, in_full};
use crate::network::Arrived;
use crate::page::{Rewritten, rewrite};
use crate::policy::{NOT_STORED, Partition, Rules, Variant, Visitor, storability};
use crate::request::{Cookies, Destination, Request, key};
use crate::response::{CacheStatus, Forward, Provenance, Response, is_endless, is_html};
use crate::store::Entry;

/// Bodies up to this many bytes are read before they are served, so that one that breaks
/// off can still be answered from the store.
const READ_AHEAD: usize = 1 << 20;

/// Where a fetched response is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    Nowhere,
    Browsing,
    Install(i64),
}

/// A fetch that goes on by itself.
pub(super) struct Fetch {
    pub(super) context: Arc<Context>,
    pub(super) request: Request,
    pub(super) visitor: Visitor,
    pub(super) route: String,
    pub(super) rules: Rules,
    pub(super) keep: Keep,
    pub(super) reason: Forward,
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
    let mut pieces = response.body.into_stream();
    while let Some(piece) = pieces.next().await {
        piece.map_err(|error| format!("the body broke off: {error}"))?;
    }
    Ok(())
}

impl Fetch {
    pub(super) async fn run(self) -> Result<Response, NetworkError> {
        let Self { context, request, visitor, route, rules, keep, reason } = self;
        let first = request.url.clone();
        let Arrived { status, mut headers, body, asked, cookies } =
            context.network.send(request).await?;
        let fetched_at = context.clock.now();
        let owner = owner(&context, &asked, &cookies);
        forget_who_left(&context, &visitor, &cookies).await;
        map_locations(&context, &mut headers, &asked.url);
        // What is neither stored nor rewritten is passed on as it comes.
        let is_passed_on = keep == Keep::Nowhere && !is_html(&headers) || is_endless(&headers);
        let body = match is_passed_on {
            true => body,
            false => body.read_up_to(READ_AHEAD).await.map_err(|error| {
                let error = broken(&asked.url, error);
                context.network.link.failed(&error);
                error
            })?,
        };
        if is_html(&headers) || matches!(body, Body::Bytes(_)) && asked.method != Method::HEAD {
            // Rewriting changes the length; of a body at hand it is known anyway.
            headers.remove(CONTENT_LENGTH);
        }
        let Rewritten { body, head_at, tokens } = rewrite(body, &headers, &context.links).await;

        let place = place(&context, keep, owner, &asked, status, &headers, rules);
        if asked.cookies == Cookies::Jar {
            headers.remove(SET_COOKIE);
        }
        let (body, stored) = match place {
            None => (body, false),
            Some(Place { partition, variant, install }) => {
                let url = key(&asked.url);
                let headers = without_unstored(&headers);
                let digest = Vec::new();
                let entry = Entry {
                    url,
                    partition,
                    variant,
                    route,
                    status,
                    headers,
                    head_at,
                    fetched_at,
                    digest,
                };
                store(&context, entry, install, body, &tokens, asked.destination).await
            }
        };
        let head_at = head_at.filter(|_| asked.destination == Destination::Document);
        let redirected_to =
            (asked.url != first).then(|| asked.url[Position::BeforePath..].to_owned());
        let provenance = Provenance::Network { fetched_at };
        let mut response = Response { status, headers, body, provenance, head_at, redirected_to };
        response.set_cache_status(CacheStatus::Forwarded { reason, status, stored });
        Ok(response)
    }
}

/// Where in the store a response belongs.
struct Place {
    partition: Partition,
    variant: Variant,
    install: Option<i64>,
}

/// Where a response is stored, if it is: policy decides, and whose it is.
fn place(
    context: &Context,
    keep: Keep,
    owner: Option<Visitor>,
    asked: &Request<()>,
    status: StatusCode,
    headers: &HeaderMap,
    rules: Rules,
) -> Option<Place> {
    if is_endless(headers) {
        return None;
    }
    let owner = owner?;
    let (partition, variant) = storability(asked, &owner, status, headers, rules).ok()?;
    match keep {
        Keep::Nowhere => None,
        Keep::Browsing if has_left(context, asked, &partition) => None,
        Keep::Browsing => Some(Place { partition, variant, install: None }),
        Keep::Install(id) => {
            Some(Place { partition: Partition::Shared, variant, install: Some(id) })
        }
    }
}

/// Whose page an answer is; `None` for one that ends a session, which is neither the page
/// of who left nor anybody else's.
fn owner(context: &Context, asked: &Request<()>, cookies: &[HeaderValue]) -> Option<Visitor> {
    let name = context.site.session_cookie.as_deref();
    let sender = Visitor::of_request(asked, name);
    match name.and_then(|name| session_set_by(cookies, name)) {
        Some(Visitor::Anonymous) if matches!(sender, Visitor::Session(_)) => None,
        // The page that comes with a new session is the first one of that session.
        Some(begun) => Some(begun),
        None => {
            let set: Vec<(&str, &str)> = cookies.iter().filter_map(pair_set_by).collect();
            Some(Visitor::after_answer(asked, &set, name))
        }
    }
}

/// Whether a late answer is the page of somebody who signed out while it was on its way.
fn has_left(context: &Context, asked: &Request<()>, partition: &Partition) -> bool {
    let (Cookies::Jar, Partition::Of(owner @ Visitor::Session(_))) = (asked.cookies, partition)
    else {
        return false;
    };
    let name = context.site.session_cookie.as_deref();
    let session = name.and_then(|name| context.network.jar.value(&asked.url, name));
    Visitor::of_session(session.as_deref()) != *owner
}

/// When the site ends a session or begins another, what was stored for the one that was
/// is deleted.
async fn forget_who_left(context: &Context, visitor: &Visitor, cookies: &[HeaderValue]) {
    let name = context.site.session_cookie.as_deref();
    let Visitor::Session(_) = visitor else { return };
    let Some(now) = name.and_then(|name| session_set_by(cookies, name)) else { return };
    if now != *visitor
        && let Err(error) = context.store.forget(Partition::Of(visitor.clone())).await
    {
        tracing::warn!(error = in_full(&error), "a former visitor's pages are still stored");
    }
}

/// Who the visitor is after these `Set-Cookie` headers, if they say.
fn session_set_by(cookies: &[HeaderValue], name: &str) -> Option<Visitor> {
    let set = cookies.iter().rev().filter_map(pair_set_by).find(|(key, _)| *key == name);
    set.map(|(_, value)| Visitor::of_session(Some(value)))
}

/// The name and value that a `Set-Cookie` leaves; the value of one that ends is empty.
fn pair_set_by(cookie: &HeaderValue) -> Option<(&str, &str)> {
    let text = cookie.to_str().ok()?;
    let (name, value) = text.split(';').next()?.split_once('=')?;
    let value = value.trim();
    let is_ended = value == "\"\"" || has_run_out(text);
    Some((name.trim(), if is_ended { "" } else { value }))
}

/// "If delta-seconds is less than or equal to zero (0), let expiry-time be the earliest
/// representable date and time." (RFC 6265 §5.2.2)
fn has_run_out(set_cookie: &str) -> bool {
    let mut attributes = set_cookie.split(';').skip(1).filter_map(|part| part.split_once('='));
    attributes.any(|(name, value)| {
        name.trim().eq_ignore_ascii_case("max-age")
            && value.trim().parse::<i64>().is_ok_and(|seconds| seconds <= 0)
    })
}

fn without_unstored(headers: &HeaderMap) -> HeaderMap {
    let mut stored = headers.clone();
    for name in NOT_STORED {
        stored.remove(name);
    }
    stored
}

fn broken(url: &Url, source: io::Error) -> NetworkError {
    let host = url.host_str().unwrap_or_default().to_owned();
    NetworkError::Broken { host, source: source.into() }
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
