//! What an answer does beside being one: it begins and ends sessions, makes stored
//! responses doubtful, and may demand that the cache be cleared.

use http::header::{CONTENT_LOCATION, HeaderMap, HeaderName, HeaderValue, LOCATION};
use http::{Method, StatusCode};

use crate::context::Context;
use crate::error::{StoreError, in_full};
use crate::network::Holder;
use crate::policy::{Partition, Visitor, pair_set_by};
use crate::request::{Cookies, Request, key};

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// Makes doubtful what an unsafe request may have changed.
///
/// "A cache MUST invalidate the target URI when it receives a non-error status code in
/// response to an unsafe request method (including methods whose safety is unknown)", and
/// "MAY invalidate other URIs", those of `Location` and `Content-Location`, if they are on
/// the same origin (RFC 9111 §4.4).
pub(super) async fn invalidate(
    context: &Context,
    asked: &Request<()>,
    status: StatusCode,
    headers: &HeaderMap,
) {
    let is_safe = [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE];
    if is_safe.contains(&asked.method) || !(status.is_success() || status.is_redirection()) {
        return;
    }
    // What is on its way may be from before the change.
    context.flights.end_boarding();
    let named = [LOCATION, CONTENT_LOCATION].map(|name| {
        let target = headers.get(name).and_then(|value| value.to_str().ok());
        target.and_then(|target| asked.url.join(target).ok())
    });
    let on_the_site = named.into_iter().flatten().filter(|url| context.site.holds(url));
    let urls = on_the_site
        .map(|url| key(&url).into_owned())
        .chain([key(&asked.url).into_owned()])
        .collect();
    warn("what was changed may look fresh", context.store.invalidate(urls).await);
}

/// Does what `Clear-Site-Data` demands, as far as the data is kept here.
///
/// A client of the gateway keeps its own cookies; of what is stored only its part is cleared.
pub(super) async fn clear_if_told(
    context: &Context,
    cookies: Cookies,
    visitor: &Visitor,
    headers: &HeaderMap,
) {
    let lines = headers.get_all(CLEAR_SITE_DATA).iter().filter_map(|value| value.to_str().ok());
    let types: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    let clears = |name: &str| types.contains(&name) || types.contains(&"\"*\"");
    if clears("\"cache\"") {
        context.flights.end_boarding();
        let cleared = match cookies {
            Cookies::Jar => context.store.clear().await,
            Cookies::Client => context.store.forget(Partition::Of(visitor.clone())).await,
        };
        warn("the cache is not cleared", cleared);
    }
    if clears("\"cookies\"") && cookies == Cookies::Jar {
        context.network.jar.clear();
        let forgotten = context.store.forget(Partition::Of(visitor.clone())).await;
        warn("a former visitor's pages are still stored", forgotten);
    }
}

fn warn(what: &str, result: Result<(), StoreError>) {
    if let Err(error) = result {
        tracing::warn!(error = in_full(&error), "{what}");
    }
}

/// Whose page an answer is; `None` for one that ends a session, which is neither the page
/// of who left nor anybody else's.
pub(super) fn owner(
    context: &Context,
    asked: &Request<()>,
    cookies: &[HeaderValue],
) -> Option<Visitor> {
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
pub(super) fn has_left(context: &Context, asked: &Request<()>, partition: &Partition) -> bool {
    let (Cookies::Jar, Partition::Of(owner @ Visitor::Session(_))) = (asked.cookies, partition)
    else {
        return false;
    };
    let name = context.site.session_cookie.as_deref();
    let session = name.and_then(|name| context.network.jar.value(&asked.url, name));
    Visitor::of_session(session.as_deref()) != *owner
}

/// Whether who has asked still uses the device; what comes too late for them is nobody's.
pub(super) fn is_still_here(context: &Context, asked: &Request<()>, holder: Holder) -> bool {
    asked.cookies == Cookies::Client || context.network.jar.holder() == holder
}

/// When the site ends a session or begins another, what was stored for the one that was
/// is deleted.
pub(super) async fn forget_who_left(context: &Context, visitor: &Visitor, cookies: &[HeaderValue]) {
    let name = context.site.session_cookie.as_deref();
    let Visitor::Session(_) = visitor else { return };
    let Some(now) = name.and_then(|name| session_set_by(cookies, name)) else { return };
    if now != *visitor {
        let forgotten = context.store.forget(Partition::Of(visitor.clone())).await;
        warn("a former visitor's pages are still stored", forgotten);
    }
}

/// Who the visitor is after these `Set-Cookie` headers, if they say.
fn session_set_by(cookies: &[HeaderValue], name: &str) -> Option<Visitor> {
    let set = cookies.iter().rev().filter_map(pair_set_by).find(|(key, _)| *key == name);
    set.map(|(_, value)| Visitor::of_session(Some(value)))
}
