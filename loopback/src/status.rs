//! The listener that tells how the device is.
//!
//! ```text
//! request ─▶ is it for this machine? (Host) ─▶ has it the token? (401) ─▶ GET /status, /metrics
//! ```
//!
//! A page of any website can send requests to loopback. It has no token, and nothing allows it
//! to read an answer (CORS); a name that was made to lead here (DNS rebinding) is refused.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use holdfast_engine::{Engine, Site, in_full};
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time;
use url::Url;

use crate::authority::own_origin;
use crate::figures::{self, Program};
use crate::metrics;
use crate::token::{Token, TokenError};

/// Nobody needs more at once, and each costs memory.
const CONNECTIONS: usize = 16;
/// How long a request may take to arrive, and the next one after it.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the head of a request may come to.
const HEAD_LIMIT: usize = 16 << 10;
/// How long to wait before accepting again when the system has no room for a connection.
const NO_ROOM: Duration = Duration::from_millis(100);

/// Where the status is to be told, and to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Where to listen, on loopback; port 0 takes one that is free.
    pub listen: SocketAddr,
    /// The file with the token.
    pub token_file: PathBuf,
}

/// Why the status is not told.
#[derive(Debug, thiserror::Error)]
pub enum NotTold {
    /// Everybody on the machine could ask.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// Another program may listen there.
    #[error("cannot listen on {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system reported.
        source: io::Error,
    },
    /// It has no address.
    #[error("what is listened on has no address")]
    Address(#[source] url::ParseError),
}

/// The listener, before anybody is answered.
pub struct Endpoint {
    listener: TcpListener,
    /// Where it listens.
    pub address: Url,
    token: Token,
}

impl Wanted {
    /// What the person asked for, or else the profile. A file that the profile names without
    /// saying where lies in the data directory.
    pub fn of(asked: Option<Self>, site: &Site, data: &Path) -> Option<Self> {
        asked.or_else(|| {
            let status = site.status.as_ref()?;
            Some(Self { listen: status.listen, token_file: data.join(&status.token_file) })
        })
    }
}

impl Endpoint {
    /// Listens, within a tokio runtime.
    ///
    /// # Errors
    ///
    /// Why nothing is told.
    pub async fn open(wanted: &Wanted) -> Result<Self, NotTold> {
        let token = Token::read(&wanted.token_file)?;
        let failed = |source| NotTold::Listen { address: wanted.listen, source };
        let listener = TcpListener::bind(wanted.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let address = Url::parse(&format!("http://{address}/")).map_err(NotTold::Address)?;
        Ok(Self { listener, address, token })
    }

    /// Answers for ever.
    pub async fn serve(self, program: Program, engine: Engine) {
        let Self { listener, address, token } = self;
        let teller = Arc::new(Teller { program, engine, address, token });
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        loop {
            let Ok(place) = room.clone().acquire_owned().await else { return };
            match listener.accept().await {
                Ok((stream, _)) => {
                    let teller = teller.clone();
                    tokio::spawn(async move {
                        converse(stream, teller).await;
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection is not accepted");
                    time::sleep(NO_ROOM).await;
                }
            }
        }
    }
}

async fn converse(stream: TcpStream, teller: Arc<Teller>) {
    let answer = service_fn(move |request: Request<hyper::body::Incoming>| {
        let teller = teller.clone();
        // What a request has for a body is of no interest.
        async move { Ok::<_, Infallible>(teller.answer(&request.map(|_| ()))) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(HEAD_LIMIT)
        .serve_connection(TokioIo::new(stream), answer);
    if let Err(error) = connection.await {
        tracing::debug!(error = in_full(&error), "a connection broke");
    }
}

struct Teller {
    program: Program,
    engine: Engine,
    address: Url,
    token: Token,
}

impl Teller {
    fn answer(&self, request: &Request<()>) -> Response<Full<Bytes>> {
        let (method, uri, headers) = (request.method(), request.uri(), request.headers());
        if let Err(refusal) = own_origin(method, uri, headers, &self.address) {
            return said(refusal.status, &refusal.detail);
        }
        if !self.token.opens(headers) {
            let mut response = said(StatusCode::UNAUTHORIZED, "the token of this device is needed");
            response
                .headers_mut()
                .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"holdfast\""));
            return response;
        }
        if !matches!(*method, Method::GET | Method::HEAD) {
            let mut response = said(StatusCode::METHOD_NOT_ALLOWED, "this can only be read");
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        let told = match uri.path() {
            "/status" => self.json(),
            "/metrics" => self.metrics(),
            _ => return said(StatusCode::NOT_FOUND, "there are /status and /metrics"),
        };
        told.unwrap_or_else(|error| {
            tracing::warn!(error, "how the device is cannot be read");
            said(StatusCode::INTERNAL_SERVER_ERROR, &error)
        })
    }

    fn json(&self) -> Result<Response<Full<Bytes>>, String> {
        let status = self.engine.status().map_err(|error| in_full(&error))?;
        let told = figures::json(&self.program, self.engine.site(), &status);
        Ok(response(StatusCode::OK, "application/json", format!("{told}\n")))
    }

    fn metrics(&self) -> Result<Response<Full<Bytes>>, String> {
        let status = self.engine.status().map_err(|error| in_full(&error))?;
        let told = metrics::text(&self.program, self.engine.site(), &status);
        Ok(response(StatusCode::OK, metrics::TYPE, told))
    }
}

fn said(status: StatusCode, detail: &str) -> Response<Full<Bytes>> {
    response(status, "text/plain; charset=utf-8", format!("{detail}\n"))
}

fn response(status: StatusCode, kind: &'static str, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    for (name, value) in [
        (CONTENT_TYPE, kind),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
