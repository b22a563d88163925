//! One request, one response, over whatever carries them.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::{StreamExt, TryStreamExt};
use http::header::{ACCEPT_ENCODING, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, RANGE};
use http::{Method, StatusCode};
use reqwest::redirect::Policy;
use url::Url;

use super::decoding::{ACCEPTED, Codings};
use crate::body::Body;
use crate::error::NetworkError;
use crate::event::Cause;

/// Carries one request to the site and brings the response back.
///
/// It neither follows redirects nor knows cookies, and a status is never an error.
/// Dropping the future gives the request up.
pub trait Transport: Send + Sync + 'static {
    /// Sends `request` to `url`; the request's own URI is not used.
    fn send(
        &self,
        url: &Url,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, NetworkError>>;
}

/// The real one: HTTP/1.1 and HTTP/2, TLS verified against the system's roots.
///
/// Content codings are decoded here and never seen by the rest.
#[derive(Debug, Clone)]
pub struct Http {
    client: reqwest::Client,
}

/// How long connecting may take, name look-up and TLS included.
const CONNECT: Duration = Duration::from_secs(10);

impl Http {
    /// Sets up connection pool and TLS for one site.
    ///
    /// # Errors
    ///
    /// What the TLS provider reports.
    pub fn to(site: &Url) -> Result<Self, Box<dyn StdError + Send + Sync>> {
        let mut client =
            reqwest::Client::builder().redirect(Policy::none()).connect_timeout(CONNECT);
        // Its own decoding has no bounds, and another crate may have switched it on.
        client = client.no_gzip().no_brotli().no_deflate().no_zstd();
        // Unencrypted means loopback (the profile allows nothing else), where the
        // system's proxy would look for the site on its own machine.
        if site.scheme() == "http" {
            client = client.no_proxy();
        }
        Ok(Self { client: client.build()? })
    }
}

impl Transport for Http {
    fn send(
        &self,
        url: &Url,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, NetworkError>> {
        let (parts, body) = request.into_parts();
        let is_head = parts.method == Method::HEAD;
        // A part of what is packed cannot be unpacked.
        let accepted = if parts.headers.contains_key(RANGE) { "identity" } else { ACCEPTED };
        let mut outgoing = self.client.request(parts.method, url.clone()).headers(parts.headers);
        outgoing = outgoing.header(ACCEPT_ENCODING, accepted);
        if is_head {
            // Some servers send a body all the same, which would be read as the beginning of
            // the next response on the connection.
            outgoing = outgoing.header(CONNECTION, "close");
        }
        // Whoever sends the body may break off, which says nothing about the site.
        let has_broken_off = Arc::new(AtomicBool::new(false));
        outgoing = match body {
            Body::Bytes(bytes) if bytes.is_empty() => outgoing,
            Body::Bytes(bytes) => outgoing.body(bytes),
            Body::Stream(stream) => {
                let noted = has_broken_off.clone();
                outgoing.body(reqwest::Body::wrap_stream(
                    stream.inspect_err(move |_| noted.store(true, Ordering::Relaxed)),
                ))
            }
        };
        let host = url.host_str().unwrap_or_default().to_owned();
        let url = url.clone();
        Box::pin(async move {
            let response = outgoing.send().await.map_err(|error| {
                if has_broken_off.load(Ordering::Relaxed) {
                    NetworkError::IncompleteRequest { source: error.into() }
                } else {
                    failure(error, host)
                }
            })?;
            let mut answer = http::Response::new(Body::empty());
            *answer.status_mut() = response.status();
            *answer.headers_mut() = response.headers().clone();
            let pieces = response.bytes_stream().map(|piece| piece.map_err(io::Error::other));
            let is_part = answer.status() == StatusCode::PARTIAL_CONTENT;
            let codings =
                Codings::of(answer.headers()).filter(|codings| !codings.is_empty() && !is_part);
            let content = match codings {
                None => pieces.boxed(),
                Some(codings) => {
                    // Both are about what came, and so is neither of them about the content.
                    answer.headers_mut().remove(CONTENT_ENCODING);
                    answer.headers_mut().remove(CONTENT_LENGTH);
                    codings.undone(&url, pieces.boxed())?
                }
            };
            *answer.body_mut() = Body::Stream(content);
            Ok(answer)
        })
    }
}

fn failure(error: reqwest::Error, host: String) -> NetworkError {
    if error.is_connect() {
        NetworkError::Connect { host, cause: cause_of(&error), source: error.into() }
    } else if error.is_timeout() {
        NetworkError::TimedOut { limit: CONNECT }
    } else {
        NetworkError::Broken { host, source: error.into() }
    }
}

/// What it says about the connection that none could be made.
fn cause_of(error: &reqwest::Error) -> Cause {
    if error.is_dns() {
        return Cause::NameNotFound;
    }
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(cause) = error.downcast_ref().and_then(cause_of_system) {
            return cause;
        }
        source = error.source();
    }
    Cause::Unreachable
}

/// What an error of the system says, or one that is within it.
fn cause_of_system(error: &io::Error) -> Option<Cause> {
    let kind = error.kind();
    if matches!(kind, io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown) {
        return Some(Cause::NoLink);
    }
    // While connecting only TLS reads, and this is what it says of what it does not take.
    if kind == io::ErrorKind::InvalidData {
        return Some(Cause::TlsRefused);
    }
    // `source` passes over what an error of the system was made of.
    error.get_ref()?.downcast_ref().and_then(cause_of_system)
}
