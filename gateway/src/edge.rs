//! HTTP on one side, the engine on the other.
//!
//! ```text
//! client ─▶ may it ask? ─▶ as the site expects it ─▶ engine ─▶ as the client can take it
//! ```
//!
//! The engine maps `Host`, `Origin` and `Referer` for the site, and redirects and links
//! for the client; headers of one connection never reach the other.
//!
//! "An HTTP-to-HTTP gateway MUST send an appropriate Via header field in each inbound
//! request message" (RFC 9110 §7.6.3). This one does not: it is the client's own, and
//! servers compress less for what says that it came through another machine.

use std::future::Future;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use holdfast_engine::{Agent, Because, Body, CACHE_STATUS, Client, Edge, Engine, Response};
use holdfast_loopback::{Refusal, own_origin};
use http::header::{ALT_SVC, CONTENT_LENGTH, HeaderValue, USER_AGENT};
use http::request::Parts;
use http::{Method, StatusCode};
use hyper::body::{Body as _, Incoming};
use url::Url;

use crate::body::{Outgoing, from_client, to_client};
use crate::cookies::{self, Upstream};

/// One site behind one listener.
#[derive(Clone)]
pub(crate) struct Gateway {
    engine: Engine,
    /// Where it listens, as it says.
    announced: Arc<Url>,
}

impl Gateway {
    /// Passes requests on to `engine` that name this machine and the port of `announced`.
    pub(crate) fn new(engine: Engine, announced: Url) -> Self {
        Self { engine, announced: Arc::new(announced) }
    }

    /// Answers one request. Dropping the future gives the request up, except for what the
    /// engine finishes to store it.
    pub(crate) async fn answer(
        &self,
        request: http::Request<Incoming>,
        machine: IpAddr,
    ) -> http::Response<Outgoing> {
        let (parts, body) = request.into_parts();
        let method = parts.method.clone();
        let response = match own_origin(&method, &parts.uri, &parts.headers, &self.announced) {
            Ok(own) => unless_it_panics(self.ask(own, parts, body, machine)).await,
            Err(refusal) => refused(&refusal),
        };
        outgoing(response, &method, self.upstream())
    }

    async fn ask(&self, own: Url, parts: Parts, body: Incoming, machine: IpAddr) -> Response {
        let site = self.engine.site().origin.clone();
        let edge = Edge { own, site, client: Client::Http };
        let length = body.size_hint().exact();
        let mut request = edge.request(parts, from_client(body));
        request.agent = Agent::of(machine, request.headers.get(USER_AGENT));
        if let (Body::Stream(_), Some(length)) = (&request.body, length) {
            // Sites that cannot take a body in chunks (many behind WSGI cannot) must
            // hear beforehand how long it is.
            request.headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        self.engine.handle(request).await
    }

    fn upstream(&self) -> Upstream {
        match self.engine.site().origin.scheme() {
            "https" => Upstream::Encrypted,
            _ => Upstream::Plain,
        }
    }
}

/// Makes of a panic an answer: the others must not notice that one request went wrong.
async fn unless_it_panics(answer: impl Future<Output = Response>) -> Response {
    // What panicked is dropped with everything it held, so nothing half-done is seen.
    AssertUnwindSafe(answer).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!("a request panicked");
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        let detail = "the gateway failed to answer this request";
        Response::problem(status, "Internal error", detail, Because::Strategy)
    })
}

fn refused(Refusal { status, title, detail }: &Refusal) -> Response {
    tracing::debug!(%status, detail, "refused");
    Response::problem(*status, title, detail, Because::Strategy)
}

fn outgoing(response: Response, method: &Method, upstream: Upstream) -> http::Response<Outgoing> {
    let Response { status, mut headers, body, cache_status, .. } = response;
    headers.append(CACHE_STATUS, cache_status.into());
    cookies::adapt(&mut headers, upstream);
    // It would lead the client around the gateway.
    headers.remove(ALT_SVC);
    if method != Method::HEAD && body.length().is_some() {
        // Of a body at hand hyper knows the length; of one that a HEAD leaves out, only
        // the header does.
        headers.remove(CONTENT_LENGTH);
    }
    let mut outgoing = http::Response::new(to_client(body));
    *outgoing.status_mut() = status;
    *outgoing.headers_mut() = headers;
    outgoing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_answered() {
        let response = unless_it_panics(async { panic!("on purpose") }).await;
        assert_eq!(response.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers["content-type"], "application/problem+json");
    }
}
