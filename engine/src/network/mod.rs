//! The way to the site: cookies, redirects, deadlines, and what is known of the connection.
//!
//! Every request of the engine goes through [`Network::send`], so that each is evidence
//! for the [`Link`] and none leaves the site.

mod jar;
mod link;
mod transport;

use std::time::Duration;

use http::header::{COOKIE, HeaderMap, HeaderValue, LOCATION, SET_COOKIE};
use http::{Method, StatusCode};
use tokio::time;
use url::Url;

pub use jar::Jar;
pub(crate) use link::Link;
pub use transport::{Http, Transport};

use crate::body::Body;
use crate::error::NetworkError;
use crate::request::{Cookies, Redirects, Request};

/// How long the site may take to begin an answer.
const FIRST_BYTE: Duration = Duration::from_secs(30);
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
    /// Without `Set-Cookie` where the jar took them.
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    /// What was asked last, after redirects.
    pub(crate) url: Url,
    /// Every `Set-Cookie` on the way, redirects included.
    pub(crate) cookies: Vec<HeaderValue>,
}

impl Network {
    /// Asks the site.
    ///
    /// # Errors
    ///
    /// Why there is no response. A response with an error status is no error.
    pub(crate) async fn send(&self, mut request: Request) -> Result<Arrived, NetworkError> {
        let mut cookies = Vec::new();
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
                Some(next) => request = next,
                None => return Ok(Arrived { cookies, ..arrived }),
            }
        }
        Err(NetworkError::TooManyRedirects { limit: REDIRECT_LIMIT, to: self.site.clone() })
    }

    async fn send_once(&self, request: Request) -> Result<Arrived, NetworkError> {
        let Request { method, url, mut headers, body, cookies, .. } = request;
        if cookies == Cookies::Jar {
            headers.remove(COOKIE);
            headers.extend(self.jar.header(&url).map(|value| (COOKIE, value)));
        }
        let mut outgoing = http::Request::new(body);
        *outgoing.method_mut() = method;
        *outgoing.headers_mut() = headers;
        let sent = self.transport.send(&url, outgoing);
        let answer = match time::timeout(FIRST_BYTE, sent).await {
            Ok(answer) => answer,
            Err(_elapsed) => Err(NetworkError::TimedOut { limit: FIRST_BYTE }),
        };
        let response = match answer {
            Ok(response) => response,
            Err(error) => {
                self.link.failed(&error);
                return Err(error);
            }
        };
        self.link.answered();
        let (parts, body) = response.into_parts();
        let mut headers = parts.headers;
        crate::request::remove_hop_by_hop(&mut headers);
        let set_cookies: Vec<_> = headers.get_all(SET_COOKIE).iter().cloned().collect();
        if cookies == Cookies::Jar {
            self.jar.take(&url, &set_cookies);
            headers.remove(SET_COOKIE);
        }
        Ok(Arrived { status: parts.status, headers, body, url, cookies: set_cookies })
    }

    /// The request that a redirect asks for.
    fn next(&self, asked: Request, arrived: &Arrived) -> Result<Option<Request>, NetworkError> {
        let location = arrived.headers.get(LOCATION).and_then(|value| value.to_str().ok());
        let Some(to) = location.and_then(|location| asked.url.join(location).ok()) else {
            return Ok(None);
        };
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

fn become_get(request: &mut Request) {
    request.method = Method::GET;
    request.body = Body::empty();
    for name in ["content-type", "content-encoding", "content-language", "content-location"] {
        request.headers.remove(name);
    }
}
