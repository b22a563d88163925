//! The way to the site: cookies, redirects, deadlines, and what is known of the connection.
//!
//! Every request of the engine goes through [`Network::send`], so that each is evidence
//! for the [`Link`] and none leaves the site.

mod credentials;
mod decoding;
mod flights;
mod jar;
mod link;
mod portal;
mod setting_up;
mod transport;

use std::io;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use http::header::{
    AUTHORIZATION, CONTENT_LENGTH, COOKIE, HeaderMap, HeaderValue, LOCATION, SET_COOKIE,
};
use http::{Method, StatusCode};
use tokio::time::{self, Instant};
use url::Url;

pub use credentials::realm_asked_for;
pub(crate) use flights::{Boarding, Flight, Flights, Progress, Seat};
pub(crate) use jar::Holder;
pub use jar::Jar;
pub(crate) use link::{Link, is_out_of_order};
pub(crate) use setting_up::SettingUp;
pub use transport::{Http, Transport};

use crate::body::Body;
use crate::error::NetworkError;
use crate::request::{Cookies, Redirects, Request, upgraded};
use crate::response::is_endless;

/// How long the site may take to begin an answer once it has the request.
const FIRST_BYTE: Duration = Duration::from_secs(30);
/// How slowly a request's body may travel, in bytes a second.
const SLOWEST_UPLOAD: u64 = 16 << 10;
/// How long a body whose length is not known may travel.
const LONGEST_UPLOAD: Duration = Duration::from_secs(3600);
/// How long an answer may say nothing once it has begun.
const STALL: Duration = Duration::from_secs(30);
/// "A client SHOULD detect and intervene in cyclical redirections" (RFC 9110 §15.4);
/// the Fetch standard follows 20.
const REDIRECT_LIMIT: usize = 20;

/// The way to one site.
pub(crate) struct Network {
    pub(crate) transport: Box<dyn Transport>,
    pub(crate) jar: Jar,
    pub(crate) link: Link,
    pub(crate) site: Url,
}

/// An answer of the site, its body still to come.
pub(crate) struct Arrived {
    pub(crate) status: StatusCode,
    /// With `Set-Cookie`, also where the jar took them: they say whose the answer is.
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    /// What was asked last, after redirects, with the cookies it was asked with.
    pub(crate) asked: Request<()>,
    /// Every `Set-Cookie` on the way, redirects included.
    pub(crate) cookies: Vec<HeaderValue>,
    /// The redirects that were followed, in order.
    pub(crate) hops: Vec<Hop>,
    /// Whose the jar was when it was asked.
    pub(crate) holder: Holder,
}

/// A redirect that was followed.
pub(crate) struct Hop {
    pub(crate) asked: Request<()>,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
}

impl Network {
    /// Takes the cookies of an answer to a request that brought the jar's as its own, unless
    /// whose they were has left.
    pub(crate) fn take_cookies(&self, holder: Holder, url: &Url, answer: &HeaderMap) {
        let set: Vec<_> = answer.get_all(SET_COOKIE).iter().cloned().collect();
        self.jar.take_for(holder, url, &set);
    }

    /// Asks the site.
    ///
    /// # Errors
    ///
    /// Why there is no response. A response with an error status is no error.
    pub(crate) async fn send(&self, mut request: Request) -> Result<Arrived, NetworkError> {
        let (mut cookies, mut hops) = (Vec::new(), Vec::new());
        for _ in 0..=REDIRECT_LIMIT {
            // A body that is a stream cannot be sent to where a redirect leads.
            let is_followed =
                request.redirects == Redirects::Follow && matches!(request.body, Body::Bytes(_));
            let again = is_followed.then(|| request.repeated());
            let mut arrived = self.send_once(request).await?;
            cookies.append(&mut arrived.cookies);
            let next = match again {
                Some(asked) if arrived.status.is_redirection() => self.next(asked, &arrived)?,
                _ => None,
            };
            match next {
                Some(next) => {
                    let Arrived { asked, status, headers, .. } = arrived;
                    hops.push(Hop { asked, status, headers });
                    request = next;
                }
                None => return Ok(Arrived { cookies, hops, ..arrived }),
            }
        }
        Err(NetworkError::TooManyRedirects { limit: REDIRECT_LIMIT, to: self.site.clone() })
    }

    async fn send_once(&self, mut request: Request) -> Result<Arrived, NetworkError> {
        let holder = self.jar.holder();
        if request.cookies == Cookies::Jar {
            request.headers.remove(COOKIE);
            request.headers.extend(self.jar.header(&request.url).map(|value| (COOKIE, value)));
            if let Some(value) = self.jar.authorization(&request.url) {
                // What a script has set itself counts.
                request.headers.entry(AUTHORIZATION).or_insert(value);
            }
        }
        let asked = request.without_body();
        let mut outgoing = http::Request::new(request.body);
        *outgoing.method_mut() = request.method;
        *outgoing.headers_mut() = request.headers;
        let limit = first_byte_limit(outgoing.body());
        // How long it takes to send something says nothing about the answer.
        let begun = outgoing.body().is_empty().then(Instant::now);
        let sent = self.transport.send(&asked.url, outgoing);
        let answer = match time::timeout(limit, sent).await {
            Ok(answer) => answer,
            Err(_elapsed) => Err(NetworkError::TimedOut { limit }),
        };
        let response = match answer {
            Ok(response) => response,
            Err(error) => {
                self.link.failed(&error);
                return Err(error);
            }
        };
        let took = begun.map(|begun| begun.elapsed());
        self.take_note(&asked.url, (response.status(), response.headers()), took);
        let (parts, body) = response.into_parts();
        let mut headers = parts.headers;
        crate::request::remove_hop_by_hop(&mut headers);
        say_length_once(&mut headers);
        let cookies: Vec<_> = headers.get_all(SET_COOKIE).iter().cloned().collect();
        if asked.cookies == Cookies::Jar {
            self.jar.take_for(holder, &asked.url, &cookies);
        }
        let body = if is_endless(&headers) { body } else { never_stalled(body) };
        let hops = Vec::new();
        Ok(Arrived { status: parts.status, headers, body, asked, cookies, hops, holder })
    }

    /// The request that a redirect asks for.
    fn next(&self, asked: Request, arrived: &Arrived) -> Result<Option<Request>, NetworkError> {
        let Some(to) = target(&asked.url, &arrived.headers) else { return Ok(None) };
        let to = upgraded(to, &self.site);
        if to.origin() != self.site.origin() {
            return Err(NetworkError::ForeignRedirect { to });
        }
        let mut next = Request { url: to, ..asked };
        match arrived.status {
            // "the user agent MAY change the request method from POST to GET" (RFC 9110
            // §15.4.2); the Fetch standard does, and for 303 with every method but HEAD.
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND if next.method == Method::POST => {
                become_get(&mut next);
            }
            StatusCode::SEE_OTHER if next.method != Method::HEAD => become_get(&mut next),
            _ => {}
        }
        Ok(Some(next))
    }
}

/// Where an answer leads.
fn target(asked: &Url, headers: &HeaderMap) -> Option<Url> {
    let location = headers.get(LOCATION)?.to_str().ok()?;
    asked.join(location).ok()
}

/// "replace the duplicated field values with a single valid Content-Length" (RFC 9110 §8.6);
/// one that is not the body's is refused by the transport.
fn say_length_once(headers: &mut HeaderMap) {
    let Some(said) = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()) else {
        return;
    };
    let first = said.split(',').next().and_then(|first| first.trim().parse::<u64>().ok());
    headers.remove(CONTENT_LENGTH);
    headers.extend(first.map(|length| (CONTENT_LENGTH, HeaderValue::from(length))));
}

/// Until when an answer must have begun, from when the request began to be sent.
fn first_byte_limit(body: &Body) -> Duration {
    match body.length() {
        Some(length) => FIRST_BYTE + Duration::from_secs(length / SLOWEST_UPLOAD),
        None => LONGEST_UPLOAD,
    }
}

/// A body that ends in an error when nothing comes for [`STALL`].
fn never_stalled(body: Body) -> Body {
    let Body::Stream(pieces) = body else { return body };
    let timed = stream::unfold(Some(pieces), |pieces| async {
        let mut pieces = pieces?;
        match time::timeout(STALL, pieces.next()).await {
            Ok(piece) => Some((piece?, Some(pieces))),
            Err(_elapsed) => {
                let stalled = format!("nothing came for {STALL:?}");
                Some((Err(io::Error::new(io::ErrorKind::TimedOut, stalled)), None))
            }
        }
    });
    Body::Stream(timed.boxed())
}

fn become_get(request: &mut Request) {
    request.method = Method::GET;
    request.body = Body::empty();
    for name in ["content-type", "content-encoding", "content-language", "content-location"] {
        request.headers.remove(name);
    }
}
