//! Pages that nobody asks for, fetched for when somebody does.

use std::sync::Arc;

use futures::StreamExt;
use http::StatusCode;
use http::header::{COOKIE, HeaderMap};
use url::Url;

use super::Exchange;
use crate::body::Body;
use crate::context::Context;
use crate::error::NetworkError;
use crate::request::{Cookies, Destination, Redirects, Request};
use crate::route::first_match;

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
    /// The profile has no route for it.
    #[error("no route matches")]
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
            Self::NotOnRoute => false,
        }
    }
}

/// Fetches a page anew as the app's person would see it. Of what is stored the site is only
/// asked whether it still holds; who shows it is told if it does not.
///
/// # Errors
///
/// Why it is as old as before.
pub(crate) async fn refresh(context: &Arc<Context>, url: Url) -> Result<(), NotRefreshed> {
    let destination =
        Destination::of(&HeaderMap::new(), url.path()).unwrap_or(Destination::Document);
    let mut request = Request::get(url, destination).without_body();
    request.headers.extend(context.network.jar.header(&request.url).map(|value| (COOKIE, value)));
    let request = Request { cookies: Cookies::Jar, redirects: Redirects::Follow, ..request };
    let place = first_match(&context.site.routes, &request).ok_or(NotRefreshed::NotOnRoute)?;
    let (asked, serving) = ((request, Body::empty()), context.store.serving());
    let exchange = Exchange::new(context.clone(), asked, place, serving);
    let response = exchange.fetch().await.map_err(NotRefreshed::Unanswered)?;
    let status = response.status;
    // A long body is stored while it is read.
    let mut pieces = response.body.into_stream();
    while let Some(piece) = pieces.next().await {
        piece.map_err(NotRefreshed::BrokenOff)?;
    }
    if status.is_success() { Ok(()) } else { Err(NotRefreshed::Answered(status)) }
}
