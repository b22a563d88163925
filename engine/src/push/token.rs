//! What opens a stream, where cookies do not.

use http::{HeaderValue, StatusCode};

use super::stream::{Ended, later};
use crate::config::{PushStream, PushToken};
use crate::context::Context;
use crate::request::{Cookies, Destination, Redirects, Request};

/// A token has no more bytes.
const LONGEST: usize = 16 << 10;

/// What is sent as `Authorization`, if anything is.
///
/// # Errors
///
/// Why the stream cannot be opened.
pub(super) async fn token(
    context: &Context,
    stream: &PushStream,
) -> Result<Option<HeaderValue>, Ended> {
    let token = match &stream.token {
        None => return Ok(None),
        Some(PushToken::Cookie(name)) => {
            let url = stream.address(&context.site.origin);
            match url.and_then(|url| context.network.jar.value(&url, name)) {
                Some(token) => token,
                // Nobody is signed in, and the site may hand out what everybody may see.
                None => return Ok(None),
            }
        }
        Some(PushToken::Path(path)) => fetched(context, path).await?,
    };
    let mut value = HeaderValue::try_from(format!("Bearer {}", token.trim()))
        .map_err(|_| Ended::Refused("what the site answers is no token".to_owned()))?;
    value.set_sensitive(true);
    Ok(Some(value))
}

/// The token that the site answers with: as it is, or in JSON under `token`.
async fn fetched(context: &Context, path: &str) -> Result<String, Ended> {
    let Ok(url) = context.site.address(path) else { return Err(Ended::Stopped) };
    let request = Request {
        cookies: Cookies::Jar,
        redirects: Redirects::Follow,
        ..Request::get(url, Destination::Data)
    };
    let arrived = context.network.send(request).await.map_err(|_| Ended::Dropped(None))?;
    match arrived.status {
        StatusCode::OK => {}
        status if status.is_server_error() => return Err(later(context, &arrived.headers)),
        status => return Err(Ended::Refused(format!("for a token the site answers {status}"))),
    }
    let body = arrived.body.collect_within(LONGEST).await;
    let body = body.map_err(|_| Ended::Dropped(None))?;
    let text = String::from_utf8_lossy(&body).into_owned();
    let named = serde_json::from_str::<serde_json::Value>(&text).ok();
    let named = named.and_then(|json| json.get("token")?.as_str().map(str::to_owned));
    Ok(named.unwrap_or(text))
}
