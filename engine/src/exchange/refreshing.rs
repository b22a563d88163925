//! A page of the app's person, fetched and stored before anybody asks for it.

use std::sync::Arc;

use futures::StreamExt;
use http::StatusCode;
use http::header::{ACCEPT, COOKIE, HeaderMap, HeaderValue};
use url::Url;

use super::Exchange;
use super::copying::{NotCopied, accept, answered_otherwise, not_now};
use crate::body::Body;
use crate::context::Context;
use crate::request::{Cookies, Destination, Redirects, Request};
use crate::route::{Strategy, first_match};
use crate::saved::Why;
use crate::time::to_unix_ms;

/// Why what is stored of a page is not what the site has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotRefreshed {
    /// The site could not be asked, or something is wrong with it now.
    NotNow(Why),
    /// The site has no such page, or it may not be kept.
    Refused(Why),
}

/// Fetches a page as the app's person would, asked for with these headers, and stores it. What
/// is stored already is only asked about; an open page is told if it differs.
///
/// # Errors
///
/// Why it is not stored as the site has it.
pub(crate) async fn refresh(
    context: &Arc<Context>,
    url: &Url,
    mut headers: HeaderMap,
) -> Result<(), NotRefreshed> {
    let destination =
        Destination::of(&HeaderMap::new(), url.path()).unwrap_or(Destination::Document);
    headers.insert(ACCEPT, HeaderValue::from_static(accept(destination)));
    headers.extend(context.network.jar.header(url).map(|value| (COOKIE, value)));
    let request = Request {
        headers,
        cookies: Cookies::Jar,
        redirects: Redirects::Follow,
        ..Request::get(url.clone(), destination)
    };
    let route = first_match(&context.site.routes, &request);
    let Some(place) = route.filter(|_| context.site.holds(url)) else {
        return Err(NotRefreshed::Refused(Why::NotOnRoute));
    };
    let installed = context.store.serving();
    let asked = (request.without_body(), Body::empty());
    let exchange = Exchange::new(context.clone(), asked, place, installed);
    match &place.1.strategy {
        // What is fetched there would never be served.
        Strategy::NetworkOnly => Err(NotRefreshed::Refused(Why::NotOnRoute)),
        Strategy::Template { template, data } => {
            for (path, destination) in
                [(template, Destination::Document), (data, Destination::Data)]
            {
                let part = exchange.part(path, destination);
                let (part, _) = part.ok_or(NotRefreshed::Refused(Why::NotOnRoute))?;
                fetch(&part).await?;
            }
            Ok(())
        }
        Strategy::CacheOnly
        | Strategy::CacheFirst
        | Strategy::NetworkFirst { .. }
        | Strategy::StaleWhileRevalidate
        | Strategy::CacheNetworkRace
        | Strategy::CacheThenNetwork { .. }
        | Strategy::Http => fetch(&exchange).await,
    }
}

async fn fetch(exchange: &Exchange) -> Result<(), NotRefreshed> {
    let context = &exchange.context;
    let asked_at = to_unix_ms(context.clock.now());
    let response = exchange.fetch().await.map_err(|error| not_now(&error))?;
    let (status, redirected_to) = (response.status, response.redirected_to);
    // A long body is stored while it is read.
    let mut pieces = response.body.into_stream();
    while let Some(piece) = pieces.next().await {
        piece.map_err(|_| NotRefreshed::NotNow(Why::Offline))?;
    }
    if status != StatusCode::OK {
        return Err(answered_otherwise(status).into());
    }
    let sign_in = context.site.sign_in.page.as_deref();
    let path = redirected_to.as_deref().and_then(|path| path.split(['?', '#']).next());
    if path.is_some() && path == sign_in {
        return Err(NotRefreshed::Refused(Why::SignIn));
    }
    match exchange.stored() {
        Some(available) if to_unix_ms(available.stored.fetched_at) >= asked_at => Ok(()),
        _ => Err(NotRefreshed::Refused(Why::NotKept)),
    }
}

impl From<NotCopied> for NotRefreshed {
    fn from(not_copied: NotCopied) -> Self {
        match not_copied {
            NotCopied::NotNow(why) => Self::NotNow(why),
            NotCopied::Refused(why) => Self::Refused(why),
            NotCopied::Store(_) => Self::NotNow(Why::Site),
        }
    }
}
