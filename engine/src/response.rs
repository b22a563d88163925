//! The engine's answer, and how it came about.

use std::fmt;
use std::time::SystemTime;

use http::StatusCode;
use http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::body::Body;

/// What the page gets.
#[derive(Debug)]
pub struct Response {
    /// The status, as the site sent it or as a fallback needs it.
    pub status: StatusCode,
    /// End-to-end headers, `Location` mapped to the page's own origin.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
    /// Where it came from and how old it is.
    pub provenance: Provenance,
    /// The same for other machines. Whoever hands the response to a client that reads
    /// headers appends it to [`CACHE_STATUS`]: what caches further up said stays in front,
    /// since "each cache adds its own" (RFC 9211 §2).
    pub cache_status: CacheStatus,
    /// For a document: the byte offset in the body at which something may be added
    /// that the page should read first, right inside its head.
    pub head_at: Option<usize>,
    /// The path and query the answer is of, when redirects were followed within.
    pub redirected_to: Option<String>,
}

/// Where an answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provenance {
    /// Straight from the site.
    Network {
        /// When the site answered.
        fetched_at: SystemTime,
    },
    /// From the store.
    Store {
        /// When the site sent it.
        fetched_at: SystemTime,
        /// Why it was not asked of the site.
        because: Because,
    },
    /// What was submitted is kept until it can be sent; this says so.
    Outbox,
    /// Neither the site nor the store had an answer.
    Fallback {
        /// When the site sent the page that stands in, if it was the site.
        fetched_at: Option<SystemTime>,
        /// Why there was no answer.
        because: Because,
    },
}

impl Provenance {
    /// The word for it in reports and towards the page.
    pub const fn source(&self) -> &'static str {
        match self {
            Self::Network { .. } => "network",
            Self::Store { .. } => "store",
            Self::Outbox => "outbox",
            Self::Fallback { .. } => "fallback",
        }
    }
}

/// Why an answer did not come from the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// The site cannot be reached.
    Offline,
    /// The site took longer than the route allows.
    Slow,
    /// The site answered with an error of its own (5xx).
    ServerError,
    /// The route asks the store first.
    Strategy,
}

impl Because {
    /// The word for it in reports and towards the page.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Slow => "slow",
            Self::ServerError => "server-error",
            Self::Strategy => "strategy",
        }
    }
}

/// How a response came about, as RFC 9211 reports it.
///
/// An enum because `hit` and `fwd` exclude each other: a hit was not forwarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheStatus {
    /// Served from the store.
    Hit {
        /// Why the store was used.
        because: Because,
    },
    /// Asked of the origin.
    Forwarded {
        /// Why it was forwarded.
        reason: Forward,
        /// The origin's status.
        status: StatusCode,
        /// Whether the answer was stored.
        stored: bool,
    },
    /// Another request for the same was on its way to the origin, and its answer served both.
    Collapsed,
    /// Neither: the engine answered by itself.
    Generated {
        /// Why there was nothing to serve.
        because: Because,
    },
}

/// Why a request went to the origin (RFC 9211 §2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forward {
    /// "The cache was configured to not handle this request."
    Bypass,
    /// "The request method's semantics require the request to be forwarded."
    Method,
    /// "The cache did not contain any responses that could be used to satisfy this request."
    Miss,
    /// "The cache was able to select a response for the request, but it was stale."
    Stale,
}

impl fmt::Display for CacheStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hit { because } => {
                write!(formatter, "Holdfast; hit; detail={}", because.as_str())
            }
            Self::Forwarded { reason, status, stored } => {
                let reason = match reason {
                    Forward::Bypass => "bypass",
                    Forward::Method => "method",
                    Forward::Miss => "miss",
                    Forward::Stale => "stale",
                };
                write!(formatter, "Holdfast; fwd={reason}; fwd-status={}", status.as_u16())?;
                if *stored { formatter.write_str("; stored") } else { Ok(()) }
            }
            Self::Collapsed => formatter.write_str("Holdfast; fwd=miss; stored; collapsed"),
            Self::Generated { because } => {
                write!(formatter, "Holdfast; fwd=miss; detail={}", because.as_str())
            }
        }
    }
}

impl From<CacheStatus> for HeaderValue {
    fn from(status: CacheStatus) -> Self {
        // Made of words, it is always a value.
        Self::try_from(status.to_string()).unwrap_or_else(|_| Self::from_static("Holdfast"))
    }
}

/// The header of RFC 9211.
pub const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

impl Response {
    /// A machine-readable account of why there is no answer (RFC 9457).
    pub fn problem(status: StatusCode, title: &str, detail: &str, because: Because) -> Self {
        let problem = serde_json::json!({
            "type": "about:blank",
            "title": title,
            "status": status.as_u16(),
            "detail": detail,
        });
        let mut headers = HeaderMap::new();
        headers.insert(
            http::header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        Self {
            status,
            headers,
            body: Body::from(problem.to_string()),
            provenance: Provenance::Fallback { fetched_at: None, because },
            cache_status: CacheStatus::Generated { because },
            head_at: None,
            redirected_to: None,
        }
    }

    /// Whether the site failed to do what it was asked.
    pub fn is_server_error(&self) -> bool {
        self.status.is_server_error()
    }
}

/// Whether a response is HTML, by its `Content-Type`.
pub(crate) fn is_html(headers: &HeaderMap) -> bool {
    content_type(headers).is_some_and(|(essence, _)| essence.eq_ignore_ascii_case("text/html"))
}

/// Whether a response is a style sheet, by its `Content-Type`.
pub(crate) fn is_css(headers: &HeaderMap) -> bool {
    content_type(headers).is_some_and(|(essence, _)| essence.eq_ignore_ascii_case("text/css"))
}

/// Whether a response is to be kept as a file and not shown (RFC 6266 §4.2).
pub(crate) fn is_attachment(headers: &HeaderMap) -> bool {
    let line = headers.get(http::header::CONTENT_DISPOSITION).map(HeaderValue::as_bytes);
    let kind = line.and_then(|line| line.split(|byte| *byte == b';').next());
    let kind = kind.map(<[u8]>::trim_ascii).unwrap_or_default();
    !kind.is_empty() && !kind.eq_ignore_ascii_case(b"inline")
}

/// Whether a response is a stream of events, which has no end to wait for.
pub(crate) fn is_endless(headers: &HeaderMap) -> bool {
    content_type(headers)
        .is_some_and(|(essence, _)| essence.eq_ignore_ascii_case("text/event-stream"))
}

/// The media type of a response without its parameters, and its charset.
pub(crate) fn content_type(headers: &HeaderMap) -> Option<(&str, Option<&str>)> {
    let value = headers.get(http::header::CONTENT_TYPE)?.to_str().ok()?;
    let mut parts = value.split(';');
    let essence = parts.next()?.trim();
    let charset = parts
        .filter_map(|parameter| parameter.trim().split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("charset"))
        .map(|(_, value)| value.trim_matches('"'));
    Some((essence, charset))
}
