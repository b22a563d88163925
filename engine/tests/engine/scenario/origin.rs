//! The scripted site.

use std::collections::HashMap;
use std::future;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use holdfast_engine::{Body, Cause, NetworkError, Transport};
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, ETAG, IF_NONE_MATCH, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use tokio::sync::mpsc;
use tokio::time::{self, Instant};
use url::{Position, Url};

use super::{Transcript, label};

/// A site that does as it is told. Clones are the same site.
#[derive(Clone)]
pub(crate) struct Origin {
    script: Arc<Mutex<Script>>,
    transcript: Transcript,
    ended: mpsc::UnboundedSender<Instant>,
}

struct Script {
    server: Server,
    answers: HashMap<String, Answer>,
    shows_probes: bool,
}

#[derive(Debug, Clone)]
enum Server {
    Up,
    Failing(Cause),
    Silent,
    /// Somebody else answers in its place, where there is no TLS, and leads there.
    Captured(String),
}

/// What the site answers to one URL.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<Step>,
    after: Duration,
}

#[derive(Debug, Clone)]
enum Step {
    Piece(Bytes),
    Pause(Duration),
    Break,
    Stall,
}

impl Answer {
    /// A page.
    pub(crate) fn page(body: impl Into<Bytes>) -> Self {
        Self::of("text/html; charset=utf-8", body)
    }

    /// Something of another type.
    pub(crate) fn of(content_type: &str, body: impl Into<Bytes>) -> Self {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, content_type.parse().unwrap())]);
        let body = vec![Step::Piece(body.into())];
        Self { status: StatusCode::OK, headers, body, after: Duration::ZERO }
    }

    /// A redirect.
    pub(crate) fn redirect(status: u16, to: &str) -> Self {
        let headers = HeaderMap::from_iter([(LOCATION, to.parse().unwrap())]);
        let status = StatusCode::from_u16(status).unwrap();
        Self { status, headers, body: Vec::new(), after: Duration::ZERO }
    }

    pub(crate) fn status(mut self, status: u16) -> Self {
        self.status = StatusCode::from_u16(status).unwrap();
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.append(HeaderName::from_static(name), value.parse().unwrap());
        self
    }

    /// A redirect that leads to any bytes at all.
    pub(crate) fn location(mut self, bytes: &[u8]) -> Self {
        self.headers.insert(LOCATION, HeaderValue::from_bytes(bytes).unwrap());
        self
    }

    /// The headers come only after a while.
    pub(crate) fn after(mut self, delay: Duration) -> Self {
        self.after = delay;
        self
    }

    /// The body goes on with another piece after a pause.
    pub(crate) fn then(mut self, pause: Duration, piece: impl Into<Bytes>) -> Self {
        self.body.extend([Step::Pause(pause), Step::Piece(piece.into())]);
        self
    }

    /// The connection is cut where the body should go on.
    pub(crate) fn then_cut(mut self) -> Self {
        self.body.push(Step::Break);
        self
    }

    /// Nothing more comes where the body should go on.
    pub(crate) fn then_stalled(mut self) -> Self {
        self.body.push(Step::Stall);
        self
    }

    fn label(&self) -> String {
        let mut text = Vec::new();
        let mut end = "";
        for step in &self.body {
            match step {
                Step::Piece(piece) => text.extend_from_slice(piece),
                Step::Stall => end = " and stalls",
                Step::Break => end = " and breaks off",
                Step::Pause(_) => {}
            }
        }
        let status = self.status.as_u16();
        let status = if status == 200 { String::new() } else { format!("{status} ") };
        format!("{status}{}{end}", label(&text)).trim_end().to_owned()
    }
}

impl Origin {
    /// A site without pages, its transcript, and the moments at which it has sent a body to
    /// its end.
    pub(crate) fn new(transcript: Transcript) -> (Self, mpsc::UnboundedReceiver<Instant>) {
        let script = Script { server: Server::Up, answers: HashMap::new(), shows_probes: false };
        let (ended, ends) = mpsc::unbounded_channel();
        (Self { script: Arc::new(Mutex::new(script)), transcript, ended }, ends)
    }

    /// Answers a GET for a path; with a method before it, another request.
    pub(crate) fn at(&self, path: &str, answer: Answer) {
        self.script.lock().unwrap().answers.insert(path.to_owned(), answer);
    }

    /// Nobody listens any more.
    pub(crate) fn refuses(&self) {
        self.is(Server::Failing(Cause::Unreachable), "is gone: connections are refused");
    }

    /// Connections fail for another reason.
    pub(crate) fn fails(&self, cause: Cause) {
        self.is(Server::Failing(cause), &format!("is gone: {}", cause.as_str()));
    }

    /// A network lets nobody through who was not at `portal`.
    pub(crate) fn is_captured(&self, portal: &str) {
        self.is(Server::Captured(portal.to_owned()), &format!("is behind {portal}"));
    }

    /// Connections are taken and nothing is said.
    pub(crate) fn falls_silent(&self) {
        self.is(Server::Silent, "falls silent");
    }

    pub(crate) fn comes_back(&self) {
        self.is(Server::Up, "comes back");
    }

    fn is(&self, server: Server, what: &str) {
        self.script.lock().unwrap().server = server;
        self.transcript.note("origin", what);
    }

    /// Probes are part of the story.
    pub(crate) fn shows_probes(&self) {
        self.script.lock().unwrap().shows_probes = true;
    }

    /// The script's answer to a request with this body, and whether the exchange is noted.
    fn answer(&self, method: &Method, path: &str, body: &str) -> (Server, Answer, bool) {
        let script = self.script.lock().unwrap();
        let key = if *method == Method::GET { path.to_owned() } else { format!("{method} {path}") };
        let answer = script.answers.get(&format!("{key}{body}"));
        let answer = answer.or_else(|| script.answers.get(&key)).cloned();
        let answer = answer.unwrap_or_else(|| match *method {
            // A site that is there answers a probe at once, however slow a page is.
            Method::HEAD => Answer::page(""),
            _ => Answer::page("no such page").status(404),
        });
        (script.server.clone(), answer, *method != Method::HEAD || script.shows_probes)
    }

    async fn respond(
        self,
        url: Url,
        request: http::Request<Body>,
    ) -> Result<http::Response<Body>, NetworkError> {
        // The site's own address has a port or TLS.
        let is_at_site = url.scheme() == "https" || url.port().is_some();
        let from = if is_at_site { Position::BeforePath } else { Position::BeforeScheme };
        let path = url[from..].to_owned();
        let (parts, body) = request.into_parts();
        let body = String::from_utf8(body.collect().await.unwrap().to_vec()).unwrap();
        let body = if body.is_empty() { body } else { format!(" {body}") };
        let (server, mut answer, is_noted) = self.answer(&parts.method, &path, &body);
        let note = |what: String| {
            if is_noted {
                self.transcript.note("origin", what);
            }
        };
        let cookies =
            parts.headers.get(COOKIE).map(|value| format!(" ({})", value.to_str().unwrap()));
        let body = if body.len() > 200 { format!(" {} bytes", body.len() - 1) } else { body };
        let place = parts.headers.get("last-event-id");
        let place = place.map(|id| format!(" after {}", id.to_str().unwrap())).unwrap_or_default();
        let token = parts.headers.get(AUTHORIZATION);
        let token = token.map(|token| format!(" with {}", token.to_str().unwrap()));
        let (cookies, token) = (cookies.unwrap_or_default(), token.unwrap_or_default());
        note(format!("<- {} {path}{place}{cookies}{token}{body}", parts.method));
        match server {
            Server::Up => {}
            Server::Failing(cause) => return Err(refused(&url, cause)),
            Server::Captured(_) if url.scheme() == "https" => {
                return Err(refused(&url, Cause::TlsRefused));
            }
            Server::Captured(portal) => answer = Answer::redirect(302, &portal),
            Server::Silent => future::pending().await,
        }
        time::sleep(answer.after).await;
        let is_whole = answer.status == StatusCode::OK;
        let answer = match is_whole && parts.headers.contains_key(IF_NONE_MATCH) {
            true => {
                let tag = answer.headers.get(ETAG).map(|tag| (ETAG, tag.clone()));
                let headers = tag.into_iter().collect();
                Answer { headers, body: Vec::new(), ..answer.status(304) }
            }
            false => answer,
        };
        if parts.method == Method::HEAD {
            note(format!("-> {path} {}", answer.status.as_u16()));
        } else {
            note(format!("-> {path} {}", answer.label()));
        }
        let mut response = http::Response::new(match parts.method {
            Method::HEAD => Body::empty(),
            _ => Body::Stream(self.stream(answer.body)),
        });
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        Ok(response)
    }

    fn stream(&self, steps: Vec<Step>) -> BoxStream<'static, io::Result<Bytes>> {
        let ended = self.ended.clone();
        let pieces = stream::iter(steps).filter_map(|step| async {
            match step {
                Step::Piece(piece) => Some(Ok(piece)),
                Step::Pause(pause) => {
                    time::sleep(pause).await;
                    None
                }
                Step::Break => Some(Err(io::Error::other("the connection was cut"))),
                Step::Stall => future::pending().await,
            }
        });
        let end = stream::once(async move {
            // Nobody notes it any more when the scenario is over.
            let _ = ended.send(Instant::now());
        });
        pieces.chain(end.filter_map(|()| future::ready(None))).boxed()
    }
}

fn refused(url: &Url, cause: Cause) -> NetworkError {
    let host = url.host_str().unwrap_or_default().to_owned();
    NetworkError::Connect { host, cause, source: "refused".into() }
}

impl Transport for Origin {
    fn send(
        &self,
        url: &Url,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, NetworkError>> {
        Box::pin(self.clone().respond(url.clone(), request))
    }
}
