//! Pages that nobody asks for, fetched for when somebody does.

use std::sync::Arc;

use futures::StreamExt;
use http::StatusCode;
use http::header::{ACCEPT, COOKIE, HeaderMap, HeaderValue};
use url::Url;

use super::Exchange;
use super::copying::accept;
use crate::body::Body;
use crate::context::Context;
use crate::error::NetworkError;
use crate::request::{Cookies, Destination, Redirects, Request};
use crate::route::{Strategy, first_match};
use crate::time::to_unix_ms;

/// Why a page is as old as before.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotRefreshed {
    /// The site could not be asked.
    #[error(transparent)]
    Unanswered(NetworkError),
    /// It has answered otherwise.
    #[error("the site answered {0}")]
    Answered(StatusCode),
    /// The answer is not whole.
    #[error("the body broke off")]
    BrokenOff(#[source] std::io::Error),
    /// It is for who is signed in.
    #[error("the site asks to sign in")]
    SignIn,
    /// The site does not let it be kept.
    #[error("the site does not allow it to be kept")]
    NotKept,
    /// The profile has no route for it, or one on which nothing is kept.
    #[error("no route keeps it")]
    NotOnRoute,
}

impl NotRefreshed {
    /// Whether it is worth trying before long.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Unanswered(_) | Self::BrokenOff(_) => true,
            Self::Answered(status) => {
                status.is_server_error()
                    || matches!(
                        *status,
                        StatusCode::TOO_MANY_REQUESTS
                            | StatusCode::REQUEST_TIMEOUT
                            | StatusCode::TOO_EARLY
                    )
            }
            Self::SignIn | Self::NotKept | Self::NotOnRoute => false,
        }
    }
}

/// Fetches a page anew as the app's person would see it, and stores it. Of what is stored the
/// site is only asked whether it still holds; who shows it is told if it does not.
///
/// # Errors
///
/// Why it is as old as before.
pub(crate) async fn refresh(context: &Arc<Context>, url: Url) -> Result<(), NotRefreshed> {
    let destination =
        Destination::of(&HeaderMap::new(), url.path()).unwrap_or(Destination::Document);
    let mut request = Request::get(url, destination).without_body();
    // As the last page was asked for, since answers may differ by it.
    request.headers = context.pushes.asked_with();
    request.headers.insert(ACCEPT, HeaderValue::from_static(accept(destination)));
    request.headers.extend(context.network.jar.header(&request.url).map(|value| (COOKIE, value)));
    let request = Request { cookies: Cookies::Jar, redirects: Redirects::Follow, ..request };
    let place = first_match(&context.site.routes, &request).ok_or(NotRefreshed::NotOnRoute)?;
    let (asked, serving) = ((request, Body::empty()), context.store.serving());
    let exchange = Exchange::new(context.clone(), asked, place, serving);
    match &place.1.strategy {
        // What is fetched there is never served.
        Strategy::NetworkOnly => Err(NotRefreshed::NotOnRoute),
        Strategy::Template { template, data } => {
            for (path, destination) in
                [(template, Destination::Document), (data, Destination::Data)]
            {
                let part = exchange.part(path, destination);
                let (part, _) = part.ok_or(NotRefreshed::NotOnRoute)?;
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
    let asked_at = to_unix_ms(exchange.context.clock.now());
    let response = exchange.fetch().await.map_err(NotRefreshed::Unanswered)?;
    let (status, redirected_to) = (response.status, response.redirected_to);
    // A long body is stored while it is read.
    let mut pieces = response.body.into_stream();
    while let Some(piece) = pieces.next().await {
        piece.map_err(NotRefreshed::BrokenOff)?;
    }
    if !status.is_success() {
        return Err(NotRefreshed::Answered(status));
    }
    let sign_in = exchange.context.site.sign_in.page.as_deref();
    let path = redirected_to.as_deref().and_then(|path| path.split(['?', '#']).next());
    if path.is_some() && path == sign_in {
        return Err(NotRefreshed::SignIn);
    }
    match exchange.stored() {
        Some(available) if to_unix_ms(available.stored.fetched_at) >= asked_at => Ok(()),
        _ => Err(NotRefreshed::NotKept),
    }
}
