//! One fetch, from the request to the answer that is stored and served.

use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use futures::StreamExt;
use http::header::{
    AGE, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_LOCATION,
    CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY_REPORT_ONLY, DATE, ETAG, HeaderMap,
    HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LOCATION, REFRESH, SET_COOKIE,
};
use http::{Method, StatusCode};
use url::{Position, Url};

use super::Leader;
use super::available::Available;
use super::effects::{clear_if_told, forget_who_left, has_left, invalidate, is_still_here, owner};
use super::keep::{Incoming, report, store};
use crate::body::Body;
use crate::context::Context;
use crate::error::{NetworkError, in_full};
use crate::network::{Arrived, Hop, Progress};
use crate::page::{Rewritten, rewrite};
use crate::policy::{
    Follows, NOT_STORED, Partition, Rules, Sharing, Told, Variant, Visitor, initial_age,
    is_same_representation, merged, storability, told_by_head,
};
use crate::request::{Cookies, Destination, Request};
use crate::response::{CacheStatus, Forward, Provenance, Response, is_css, is_endless, is_html};
use crate::route::{Search, stored_under};
use crate::store::{Change, Entry, Stored};

/// Bodies up to this many bytes are read before they are served, so that one that breaks
/// off can still be answered from the store.
const READ_AHEAD: usize = 1 << 20;

/// Where a fetched response is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    Nowhere,
    Browsing,
    Install(i64),
    /// In a copy of a saved page.
    Copy(i64),
}

/// A fetch that goes on by itself.
pub(super) struct Fetch {
    pub(super) context: Arc<Context>,
    pub(super) request: Request,
    pub(super) visitor: Visitor,
    pub(super) route: String,
    pub(super) rules: Rules,
    pub(super) search: Search,
    pub(super) keep: Keep,
    pub(super) reason: Forward,
    /// What is stored already, which the site is only asked about.
    pub(super) stored: Option<Stored>,
    /// For others who wait for the same.
    pub(super) leader: Option<Leader>,
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
        request: past_any_cache(Request::get(url, destination)),
        visitor: Visitor::Anonymous,
        route: "install".to_owned(),
        // Who lists a URL for install wants it stored.
        rules: Rules {
            honours_no_store: false,
            knows_visitors: true,
            follows: Follows::Profile,
            sharing: Sharing::Private,
        },
        search: Search::Matters,
        keep: Keep::Install(install),
        reason: Forward::Miss,
        stored: None,
        leader: None,
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
    #[tracing::instrument(level = "debug", name = "fetch", skip_all, fields(url = %self.request.url))]
    pub(super) async fn run(mut self) -> Result<Response, NetworkError> {
        let plain = self.request.repeated();
        let is_conditional = self.add_validators();
        let (asked_at, arrived) = self.send().await?;
        if !is_conditional || arrived.status != StatusCode::NOT_MODIFIED {
            return self.answer(asked_at, arrived).await;
        }
        match self.stored.take() {
            // Behind a redirect it is another one that has not changed.
            Some(stored)
                if arrived.hops.is_empty()
                    && is_same_representation(&stored.headers, &arrived.headers) =>
            {
                Ok(self.validated(asked_at, arrived, stored).await)
            }
            // It speaks of another response than the one that is here.
            _ => {
                self.request = plain;
                let (asked_at, arrived) = self.send().await?;
                self.answer(asked_at, arrived).await
            }
        }
    }

    /// Asks for a stored response only whether it still holds; whether there is a way to ask.
    fn add_validators(&mut self) -> bool {
        let Some(stored) = &self.stored else { return false };
        let may_ask = matches!(self.keep, Keep::Browsing | Keep::Copy(_));
        if self.request.method != Method::GET || !may_ask {
            return false;
        }
        let validators = [(ETAG, IF_NONE_MATCH), (LAST_MODIFIED, IF_MODIFIED_SINCE)];
        let mut is_conditional = false;
        for (validator, condition) in validators {
            if let Some(value) = stored.headers.get(validator) {
                self.request.headers.insert(condition, value.clone());
                is_conditional = true;
            }
        }
        is_conditional
    }

    async fn send(&mut self) -> Result<(SystemTime, Arrived), NetworkError> {
        let request = self.request.without_body();
        let request = std::mem::replace(&mut self.request, request.with_body(Body::empty()));
        let asked_at = self.context.clock.now();
        let arrived = self.context.network.send(request).await?;
        let Arrived { asked, status, headers, cookies, .. } = &arrived;
        forget_who_left(&self.context, &self.visitor, cookies).await;
        clear_if_told(&self.context, asked.cookies, &self.visitor, headers).await;
        invalidate(&self.context, asked, *status, headers).await;
        Ok((asked_at, arrived))
    }

    /// The stored response, of which the site says that it still holds.
    async fn validated(self, asked_at: SystemTime, arrived: Arrived, stored: Stored) -> Response {
        let context = &self.context;
        let fetched_at = context.clock.now();
        tell_answered(self.leader.as_ref(), fetched_at);
        let mut newer = arrived.headers;
        map_locations(context, &mut newer, &arrived.asked.url);
        date(&mut newer, fetched_at);
        let headers = as_stored(&merged(&stored.headers, &newer), asked_at, fetched_at);
        let freshened = match self.keep {
            Keep::Copy(copy) => {
                let from_to = (stored.id, copy);
                context.store.take_over(from_to, headers.clone(), fetched_at).await.map(|_| ())
            }
            Keep::Nowhere | Keep::Browsing | Keep::Install(_) => {
                context.store.freshen(stored.id, headers.clone(), fetched_at).await
            }
        };
        let (url, destination) =
            (stored_under(&arrived.asked.url, self.search), arrived.asked.destination);
        report(context, &url, destination, &self.route, freshened.map(|()| Change::Same));
        let stored = Stored { headers, fetched_at, ..stored };
        let available =
            Available { stored, now: fetched_at, is_head: false, destination, redirected_to: None };
        let status = StatusCode::NOT_MODIFIED;
        let status = CacheStatus::Forwarded { reason: Forward::Stale, status, stored: true };
        let mut response = available.whole(Provenance::Network { fetched_at }, status);
        if arrived.asked.cookies == Cookies::Client {
            response.headers.extend(arrived.cookies.into_iter().map(|cookie| (SET_COOKIE, cookie)));
        }
        response
    }

    async fn answer(
        self,
        asked_at: SystemTime,
        arrived: Arrived,
    ) -> Result<Response, NetworkError> {
        let Self { context, request, route, rules, search, keep, reason, stored, leader, .. } =
            self;
        let first = request.url;
        let Arrived { status, mut headers, body, asked, cookies, hops, holder } = arrived;
        let fetched_at = context.clock.now();
        tell_answered(leader.as_ref(), fetched_at);
        let owner =
            owner(&context, &asked, &cookies).filter(|_| is_still_here(&context, &asked, holder));
        map_locations(&context, &mut headers, &asked.url);
        if let Some(stored) = stored.filter(|_| asked.method == Method::HEAD) {
            learn_from_head(&context, &stored, status, &headers, fetched_at).await;
        }
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
        let as_sent = body.at_hand();
        let Rewritten { body, head_at, tokens } = rewrite(body, &headers, &context.links).await;
        let is_as_sent = as_sent.is_some() && body.at_hand() == as_sent;
        if (is_html(&headers) || is_css(&headers)) && !is_as_sent {
            weaken(&mut headers);
        }

        let entry =
            |asked: &Request<()>, place: &Place, status, headers: &HeaderMap, head_at| Entry {
                url: stored_under(&asked.url, search).into_owned(),
                partition: place.partition.clone(),
                variant: place.variant.clone(),
                route: route.clone(),
                status,
                headers: as_stored(headers, asked_at, fetched_at),
                head_at,
                fetched_at,
                digest: Vec::new(),
            };
        for Hop { asked, status, mut headers } in hops {
            map_locations(&context, &mut headers, &asked.url);
            let hop = place(&context, keep, owner.clone(), &asked, status, &headers, rules);
            let is_kept = |place: &Place| place.install.is_none() || matches!(keep, Keep::Copy(_));
            if let Some(place) = hop.filter(is_kept) {
                let entry = entry(&asked, &place, status, &headers, None);
                let hop = Incoming {
                    entry,
                    install: place.install,
                    destination: asked.destination,
                    length: None,
                    leader: None,
                };
                store(&context, hop, Body::empty(), &[]).await;
            }
        }
        let place = place(&context, keep, owner, &asked, status, &headers, rules);
        if asked.cookies == Cookies::Jar {
            headers.remove(SET_COOKIE);
        }
        let (body, stored) = match place {
            None => (body, false),
            Some(place) => {
                let entry = entry(&asked, &place, status, &headers, head_at);
                let (install, destination) = (place.install, asked.destination);
                let length = content_length(&headers);
                // Whoever reads along must have been led the same way, so there is none.
                let leader = leader.filter(|_| asked.url == first);
                let incoming = Incoming { entry, install, destination, length, leader };
                store(&context, incoming, body, &tokens).await
            }
        };
        let head_at = head_at.filter(|_| asked.destination == Destination::Document);
        let redirected_to =
            (asked.url != first).then(|| asked.url[Position::BeforePath..].to_owned());
        let provenance = Provenance::Network { fetched_at };
        let cache_status = CacheStatus::Forwarded { reason, status, stored };
        Ok(Response { status, headers, body, provenance, cache_status, head_at, redirected_to })
    }
}

fn tell_answered(leader: Option<&Leader>, fetched_at: SystemTime) {
    if let Some(leader) = leader {
        leader.tell(Progress::Answered(fetched_at));
    }
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// "past any HTTP cache": what is installed is what the site has now.
fn past_any_cache(mut request: Request) -> Request {
    request.headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    request
}

/// Takes from an answer to HEAD what it says about the stored answer to GET (RFC 9111 §4.3.5).
async fn learn_from_head(
    context: &Context,
    stored: &Stored,
    status: StatusCode,
    headers: &HeaderMap,
    now: SystemTime,
) {
    if status != StatusCode::OK || stored.status != StatusCode::OK {
        return;
    }
    // Of these the stored body may be rewritten, and of a coded one decoded.
    let is_the_sites =
        !is_html(headers) && !is_css(headers) && !headers.contains_key(CONTENT_ENCODING);
    let length = is_the_sites.then(|| stored.body.length());
    let learnt = match told_by_head(&stored.headers, length, headers) {
        Told::Same => {
            let mut newer = headers.clone();
            date(&mut newer, now);
            let headers = as_stored(&merged(&stored.headers, &newer), now, now);
            context.store.freshen(stored.id, headers, now).await
        }
        Told::Different => context.store.doubt(stored.id).await,
    };
    if let Err(error) = learnt {
        tracing::warn!(error = in_full(&error), "what a HEAD has told is not stored");
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
        Keep::Browsing | Keep::Copy(_) if has_left(context, asked, &partition) => None,
        Keep::Copy(id) => Some(Place { partition, variant, install: Some(id) }),
        Keep::Browsing => Some(Place { partition, variant, install: None }),
        Keep::Install(id) => {
            Some(Place { partition: Partition::Shared, variant, install: Some(id) })
        }
    }
}

/// The headers as they are stored: without cookies, with the age on arrival.
fn as_stored(headers: &HeaderMap, asked_at: SystemTime, fetched_at: SystemTime) -> HeaderMap {
    let mut stored = headers.clone();
    for name in NOT_STORED {
        stored.remove(name);
    }
    let delay = fetched_at.duration_since(asked_at).unwrap_or_default();
    let age = initial_age(headers, fetched_at, delay).as_secs();
    if age > 0 || headers.contains_key(AGE) {
        stored.insert(AGE, HeaderValue::from(age));
    }
    date(&mut stored, fetched_at);
    stored
}

/// "A recipient with a clock that receives a response message without a Date header field
/// MUST record the time it was received and append a corresponding Date header field to the
/// message's header section if it is cached" (RFC 9110 §6.6.1).
fn date(headers: &mut HeaderMap, fetched_at: SystemTime) {
    if !headers.contains_key(DATE)
        && let Ok(date) = HeaderValue::try_from(httpdate::fmt_http_date(fetched_at))
    {
        headers.insert(DATE, date);
    }
}

fn broken(url: &Url, source: io::Error) -> NetworkError {
    let host = url.host_str().unwrap_or_default().to_owned();
    NetworkError::Broken { host, source: source.into() }
}

/// "An origin server MUST change a strong validator … whenever … any change occurs to the
/// representation data" (RFC 9110 §8.8.1): the site's is of other bytes than these.
fn weaken(headers: &mut HeaderMap) {
    let Some(tag) = headers.get(ETAG).filter(|tag| tag.as_bytes().starts_with(b"\"")) else {
        return;
    };
    if let Ok(weak) = HeaderValue::from_bytes(&[b"W/", tag.as_bytes()].concat()) {
        headers.insert(ETAG, weak);
    }
}

/// Makes what names the site in headers hold under whatever origin the page has.
fn map_locations(context: &Context, headers: &mut HeaderMap, url: &Url) {
    for name in [LOCATION, CONTENT_LOCATION] {
        let location = headers.get(&name).and_then(|value| value.to_str().ok());
        let target = location.and_then(|location| context.links.target(url, location));
        if let Some(value) = target.and_then(|(_, path)| HeaderValue::try_from(path).ok()) {
            headers.insert(name, value);
        }
    }
    let refresh = headers.get(REFRESH).and_then(|value| value.to_str().ok());
    let refresh = refresh.and_then(|refresh| context.links.refresh(refresh));
    if let Some(value) = refresh.and_then(|refresh| HeaderValue::try_from(refresh).ok()) {
        headers.insert(REFRESH, value);
    }
    for name in [CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY_REPORT_ONLY] {
        let mapped = |value: &HeaderValue| {
            let policy = value.to_str().ok().and_then(|policy| context.links.policy(policy));
            let policy = policy.and_then(|policy| HeaderValue::try_from(policy).ok());
            policy.unwrap_or_else(|| value.clone())
        };
        let policies: Vec<_> = headers.get_all(&name).iter().map(mapped).collect();
        headers.remove(&name);
        for policy in policies {
            headers.append(&name, policy);
        }
    }
}
