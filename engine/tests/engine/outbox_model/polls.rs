//! The site of the model: it counts the votes it takes, and what stands between it and who
//! votes breaks when it is told to.

use std::collections::{HashMap, HashSet, VecDeque};
use std::future;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream;
use holdfast_engine::{Body, Cause, NetworkError, Transport};
use http::header::{COOKIE, HeaderValue, LOCATION, RETRY_AFTER, SET_COOKIE};
use http::{HeaderMap, Method, Response, StatusCode};
use proptest::sample::Index;
use tokio::sync::watch;
use tokio::time::{self, Instant};
use url::Url;

/// What a vote is answered with, beside where it leads.
const TAKEN: &str = "Your vote was counted. See the results.";

/// Somebody who may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Person {
    Ada,
    Bob,
}

impl Person {
    pub(super) const ALL: [Self; 2] = [Self::Ada, Self::Bob];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ada => "ada",
            Self::Bob => "bob",
        }
    }

    /// Whose session it is, by its name.
    pub(super) fn of_session(token: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|person| token.starts_with(person.name()))
    }
}

/// How the site and the network do.
#[derive(Debug, Clone, Copy)]
pub(super) enum Weather {
    Fine,
    /// Connections are refused.
    Refusing,
    /// Connections are taken and nothing is said.
    Silent,
    /// 503, with the seconds to wait.
    Busy(u16),
    /// It takes so many seconds, half of them before it acts.
    Slow(u16),
}

/// Where the connection breaks that a vote travels on.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cut {
    BeforeRequest,
    InRequest(Index),
    AfterActing,
    InAnswer(Index),
    /// It does not even break: no answer ever comes.
    NoAnswer,
}

/// A vote that was counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    pub(super) vote: usize,
    pub(super) by: Option<Person>,
}

/// The site. Clones are the same one.
#[derive(Clone)]
pub(super) struct Polls {
    inner: Arc<Mutex<Inner>>,
    crashes: watch::Sender<u32>,
}

struct Inner {
    begun: Instant,
    gives_receipts: bool,
    weather: Weather,
    cuts: VecDeque<Cut>,
    /// Names of sessions, with who is behind them.
    sessions: HashMap<String, Person>,
    sessions_begun: u32,
    keys: HashSet<String>,
    taken: Vec<Taken>,
    story: Vec<String>,
}

impl Polls {
    pub(super) fn new(gives_receipts: bool) -> Self {
        let inner = Inner {
            begun: Instant::now(),
            gives_receipts,
            weather: Weather::Fine,
            cuts: VecDeque::new(),
            sessions: HashMap::new(),
            sessions_begun: 0,
            keys: HashSet::new(),
            taken: Vec::new(),
            story: Vec::new(),
        };
        Self { inner: Arc::new(Mutex::new(inner)), crashes: watch::Sender::new(0) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    pub(super) fn becomes(&self, weather: Weather) {
        self.lock().weather = weather;
    }

    /// The next vote that reaches it breaks here.
    pub(super) fn will_cut(&self, cut: Cut) {
        self.lock().cuts.push_back(cut);
    }

    /// What it was doing breaks off, and nobody listens any more. What it has taken it keeps.
    pub(super) fn crashes(&self) {
        self.becomes(Weather::Refusing);
        self.crashes.send_modify(|count| *count += 1);
    }

    pub(super) fn ends_all_sessions(&self) {
        self.lock().sessions.clear();
    }

    /// From now on nothing goes wrong any more.
    pub(super) fn is_well(&self) {
        let mut inner = self.lock();
        inner.weather = Weather::Fine;
        inner.cuts.clear();
    }

    /// What it has counted, in the order it was.
    pub(super) fn taken(&self) -> Vec<Taken> {
        self.lock().taken.clone()
    }

    /// Notes something for whoever reads how an invariant was broken.
    pub(super) fn note(&self, what: String) {
        let mut inner = self.lock();
        let at = inner.begun.elapsed();
        inner.story.push(format!("{:>9} ms  {what}", at.as_millis()));
    }

    pub(super) fn story(&self) -> String {
        self.lock().story.join("\n")
    }

    async fn respond(
        self,
        url: Url,
        request: http::Request<Body>,
    ) -> Result<Response<Body>, NetworkError> {
        let mut crashes = self.crashes.subscribe();
        tokio::select! {
            biased;
            response = self.answer(&url, request) => response,
            _ = crashes.changed() => {
                self.note(format!("site  crashes on {}", url.path()));
                Err(broken())
            }
        }
    }

    async fn answer(
        &self,
        url: &Url,
        request: http::Request<Body>,
    ) -> Result<Response<Body>, NetworkError> {
        let (parts, body) = request.into_parts();
        let path = url.path();
        let is_vote = parts.method == Method::POST && path.ends_with("/vote/");
        let weather = self.lock().weather;
        if matches!(weather, Weather::Refusing) {
            let host = "127.0.0.1".to_owned();
            let cause = Cause::Unreachable;
            return Err(NetworkError::Connect { host, cause, source: "refused".into() });
        }
        let cut = if is_vote { self.lock().cuts.pop_front() } else { None };
        if let Some(cut) = cut {
            self.note(format!("net   {cut:?}"));
        }
        match cut {
            Some(Cut::BeforeRequest) => return Err(broken()),
            Some(Cut::InRequest(at)) => {
                read_some(body, at).await;
                return Err(broken());
            }
            Some(Cut::AfterActing | Cut::InAnswer(_) | Cut::NoAnswer) | None => {}
        }
        let body = body.collect().await.map_err(|_| broken())?;
        let pause = match weather {
            Weather::Silent => future::pending().await,
            Weather::Slow(seconds) => Duration::from_millis(u64::from(seconds) * 500),
            Weather::Fine | Weather::Refusing | Weather::Busy(_) => Duration::ZERO,
        };
        time::sleep(pause).await;
        let mut response = Response::new(Body::empty());
        if let Weather::Busy(seconds) = weather {
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        } else if parts.method == Method::POST {
            *response.status_mut() = StatusCode::FOUND;
            *response.headers_mut() = self.act(path, &parts.headers, &body);
            *response.body_mut() = Body::from(TAKEN);
        }
        time::sleep(pause).await;
        match cut {
            Some(Cut::AfterActing) => return Err(broken()),
            Some(Cut::NoAnswer) => future::pending().await,
            Some(Cut::InAnswer(at)) => {
                let piece = Bytes::from_static(&TAKEN.as_bytes()[..at.index(TAKEN.len())]);
                let pieces = [Ok(piece), Err(io::Error::other("the connection was cut"))];
                *response.body_mut() = Body::Stream(stream::iter(pieces).boxed());
            }
            Some(Cut::BeforeRequest | Cut::InRequest(_)) | None => {}
        }
        Ok(response)
    }

    /// Does what is asked: the headers of the answer, which leads somewhere.
    fn act(&self, path: &str, headers: &HeaderMap, body: &[u8]) -> HeaderMap {
        let cookie = headers.get(COOKIE).map(|cookie| cookie.to_str().unwrap());
        let token = cookie.and_then(|cookie| cookie.split("; ").find_map(session));
        self.note(format!("site  POST {path} by {}", token.unwrap_or("nobody")));
        match path {
            "/accounts/login/" => self.sign_in(body),
            "/accounts/logout/" => {
                self.lock().sessions.remove(token.unwrap_or_default());
                leading("/polls/", Some("sessionid=; Path=/; Max-Age=0".to_owned()))
            }
            _ => self.count(path, (token, headers), body),
        }
    }

    fn sign_in(&self, body: &[u8]) -> HeaderMap {
        let name = field(body, "username").unwrap();
        let person = Person::of_session(&name).unwrap();
        let mut inner = self.lock();
        inner.sessions_begun += 1;
        let token = format!("{name}-{}", inner.sessions_begun);
        inner.sessions.insert(token.clone(), person);
        leading("/polls/", Some(format!("sessionid={token}; Path=/; Max-Age=31536000")))
    }

    fn count(
        &self,
        path: &str,
        (token, headers): (Option<&str>, &HeaderMap),
        body: &[u8],
    ) -> HeaderMap {
        let vote = field(body, "vote").unwrap().parse().unwrap();
        let mut inner = self.lock();
        let by = token.and_then(|token| inner.sessions.get(token).copied());
        if token.is_some() && by.is_none() {
            let ended = "sessionid=; Path=/; Max-Age=0".to_owned();
            return leading("/accounts/login/?next=/polls/", Some(ended));
        }
        let key = headers["idempotency-key"].to_str().unwrap().to_owned();
        if inner.keys.insert(key) || !inner.gives_receipts {
            inner.taken.push(Taken { vote, by });
        }
        drop(inner);
        self.note(format!("site  takes vote {vote}"));
        leading(&path.replace("/vote/", "/results/"), None)
    }
}

impl Transport for Polls {
    fn send(
        &self,
        url: &Url,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<Response<Body>, NetworkError>> {
        Box::pin(self.clone().respond(url.clone(), request))
    }
}

/// The session that a cookie names.
pub(super) fn session(cookie: &str) -> Option<&str> {
    cookie.strip_prefix("sessionid=").filter(|token| !token.is_empty())
}

/// The value of a field of a form.
fn field(body: &[u8], name: &str) -> Option<String> {
    let mut fields = url::form_urlencoded::parse(body);
    fields.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn leading(to: &str, cookie: Option<String>) -> HeaderMap {
    let mut headers = HeaderMap::from_iter([(LOCATION, HeaderValue::try_from(to).unwrap())]);
    headers.extend(cookie.map(|cookie| (SET_COOKIE, HeaderValue::try_from(cookie).unwrap())));
    headers
}

/// Reads a body up to somewhere in the middle of it.
async fn read_some(body: Body, at: Index) {
    let mut rest = at.index(usize::from(u16::MAX)) / 64;
    let mut pieces = body.into_stream();
    while let Some(Ok(piece)) = pieces.next().await {
        rest = rest.saturating_sub(piece.len());
        if rest == 0 {
            return;
        }
    }
}

fn broken() -> NetworkError {
    let host = "127.0.0.1".to_owned();
    NetworkError::Broken { host, source: "the connection was cut".into() }
}
