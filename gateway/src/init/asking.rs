//! Asking a site, as `robots.txt` has it.

use std::io;
use std::time::Duration;

use futures::StreamExt;
use holdfast_engine::{Body, Cause, Http, Jar, NetworkError, Transport, in_full};
use http::header::{ACCEPT, COOKIE, HeaderMap, HeaderValue, LOCATION, SET_COOKIE, USER_AGENT};
use http::{Request, StatusCode};
use robotxt::{AccessResult, Robots};
use tokio::time;
use url::Url;

/// What the site reads in its log, and in `robots.txt`.
const AGENT: &str = "holdfast";
const FULL_AGENT: HeaderValue =
    HeaderValue::from_static(concat!("holdfast/", env!("CARGO_PKG_VERSION")));
/// "at least five consecutive redirects" (RFC 9309 §2.3.1.2)
const REDIRECTS: usize = 5;
/// More of a page is not looked at: what there is of it says enough.
const LARGEST: usize = 4 << 20;
/// How long one answer may take, whole.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the site has answered.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    /// Where it came from in the end.
    pub(super) url: Url,
}

/// One who looks at a site.
pub(super) struct Asking {
    start: Url,
    robots: Robots,
    jar: Jar,
    /// Every cookie that was set.
    cookies: Vec<HeaderValue>,
    count: usize,
}

impl Asking {
    /// Reads what the site lets robots ask for.
    pub(super) async fn of(start: Url) -> Result<Self, String> {
        let robots = Robots::allow_all();
        let mut asking = Self { start, robots, jar: Jar::default(), cookies: Vec::new(), count: 0 };
        let url = asking.start.join("/robots.txt").map_err(|error| error.to_string())?;
        let answer = asking.get(url).await?;
        let access = match answer.status {
            status if status.is_success() => AccessResult::Successful(&answer.body),
            status if status.is_server_error() => AccessResult::Unreachable,
            // "If a server status code indicates that the robots.txt file is unavailable …, the
            // crawler MAY access any resources" (RFC 9309 §2.3.1.3)
            _ => AccessResult::Unavailable,
        };
        asking.robots = Robots::from_access(access, AGENT);
        Ok(asking)
    }

    /// What was asked for.
    pub(super) const fn start(&self) -> &Url {
        &self.start
    }

    /// How many requests there were.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// Every cookie that was set, as it was.
    pub(super) fn cookies(&self) -> Vec<String> {
        let texts = self.cookies.iter().filter_map(|cookie| cookie.to_str().ok());
        texts.map(str::to_owned).collect()
    }

    /// Asks for one address and follows where it leads.
    pub(super) async fn get(&mut self, url: Url) -> Result<Answer, String> {
        let mut url = url;
        for _ in 0..=REDIRECTS {
            if !self.robots.is_url_allowed(&url) {
                return Err(format!("{url}: the site's robots.txt does not allow it"));
            }
            let answer = self.get_once(&url).await.map_err(|error| format!("{url}: {error}"))?;
            let location = answer.headers.get(LOCATION).and_then(|value| value.to_str().ok());
            let next = location.and_then(|location| url.join(location).ok());
            match next.filter(|_| answer.status.is_redirection()) {
                Some(next) => url = next,
                None => return Ok(answer),
            }
        }
        Err(format!("{url}: leads on and on"))
    }

    async fn get_once(&mut self, url: &Url) -> Result<Answer, String> {
        match time::timeout(PATIENCE, self.ask(url)).await {
            Ok(answer) => answer,
            Err(_elapsed) => Err(format!("not answered within {} seconds", PATIENCE.as_secs())),
        }
    }

    async fn ask(&mut self, url: &Url) -> Result<Answer, String> {
        self.count += 1;
        let mut request = Request::new(Body::empty());
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, FULL_AGENT);
        headers.insert(ACCEPT, HeaderValue::from_static("text/html,*/*;q=0.8"));
        headers.extend(self.jar.header(url).map(|cookies| (COOKIE, cookies)));
        let http = Http::to(url).map_err(|error| error.to_string())?;
        let response = http.send(url, request).await.map_err(|error| why(&error))?;
        let (parts, body) = response.into_parts();
        let set: Vec<_> = parts.headers.get_all(SET_COOKIE).iter().cloned().collect();
        self.jar.take(url, &set);
        self.cookies.extend(set);
        let body = beginning(body).await.map_err(|error| in_full(&error))?;
        Ok(Answer { status: parts.status, headers: parts.headers, body, url: url.clone() })
    }
}

/// Why there is no answer.
fn why(error: &NetworkError) -> String {
    let reason = in_full(error);
    match error {
        NetworkError::Connect { cause: Cause::TlsRefused, .. } => format!(
            "TLS with this server does not come about: it speaks none, or its certificate is none \
             that this machine trusts ({reason})"
        ),
        NetworkError::Connect { cause: Cause::NameNotFound, .. } => {
            format!("there is no server of this name ({reason})")
        }
        NetworkError::Connect { .. }
        | NetworkError::Offline
        | NetworkError::TimedOut { .. }
        | NetworkError::Broken { .. }
        | NetworkError::IncompleteRequest { .. }
        | NetworkError::TooManyRedirects { .. }
        | NetworkError::ForeignRedirect { .. }
        | NetworkError::Inflated { .. }
        | NetworkError::TooManyCodings { .. }
        | NetworkError::Interrupted => reason,
    }
}

/// The first bytes of a body, as many as are looked at.
async fn beginning(body: Body) -> io::Result<Vec<u8>> {
    let (mut pieces, mut read) = (body.into_stream(), Vec::new());
    while let Some(piece) = pieces.next().await {
        read.extend_from_slice(&piece?);
        if read.len() >= LARGEST {
            read.truncate(LARGEST);
            break;
        }
    }
    Ok(read)
}
