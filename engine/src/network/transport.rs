//! One request, one response, over whatever carries them.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use futures::StreamExt;
use futures::future::BoxFuture;
use reqwest::redirect::Policy;
use url::Url;

use crate::body::Body;
use crate::error::NetworkError;

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
/// How long a response may say nothing once it was asked for.
const STALL: Duration = Duration::from_secs(30);

impl Http {
    /// Sets up connection pool and TLS for one site.
    ///
    /// # Errors
    ///
    /// What the TLS provider reports.
    pub fn to(site: &Url) -> Result<Self, Box<dyn StdError + Send + Sync>> {
        let mut client = reqwest::Client::builder()
            .redirect(Policy::none())
            .connect_timeout(CONNECT)
            .read_timeout(STALL);
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
        let mut outgoing = self.client.request(parts.method, url.clone()).headers(parts.headers);
        outgoing = match body {
            Body::Bytes(bytes) if bytes.is_empty() => outgoing,
            Body::Bytes(bytes) => outgoing.body(bytes),
            Body::Stream(stream) => outgoing.body(reqwest::Body::wrap_stream(stream)),
        };
        let host = url.host_str().unwrap_or_default().to_owned();
        Box::pin(async move {
            let response = outgoing.send().await.map_err(|error| failure(error, host))?;
            let mut answer = http::Response::new(Body::empty());
            *answer.status_mut() = response.status();
            *answer.headers_mut() = response.headers().clone();
            let pieces = response.bytes_stream().map(|piece| piece.map_err(io::Error::other));
            *answer.body_mut() = Body::Stream(pieces.boxed());
            Ok(answer)
        })
    }
}

fn failure(error: reqwest::Error, host: String) -> NetworkError {
    if error.is_connect() {
        NetworkError::Connect { host, source: error.into() }
    } else if error.is_timeout() {
        NetworkError::TimedOut { limit: STALL }
    } else {
        NetworkError::Broken { host, source: error.into() }
    }
}
