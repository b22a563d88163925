//! A stored response that may be served.

use std::time::SystemTime;

use http::header::{AGE, CONTENT_LENGTH, HeaderMap, HeaderValue};

use crate::body::Body;
use crate::policy::{Sharing, Usability, age, usability};
use crate::request::Destination;
use crate::response::{Because, CacheStatus, Provenance, Response};
use crate::store::Stored;

/// A stored response that may be served.
pub(crate) struct Available {
    pub(super) stored: Stored,
    pub(super) now: SystemTime,
    pub(super) is_head: bool,
    pub(super) destination: Destination,
    pub(super) redirected_to: Option<String>,
}

impl Available {
    /// When the site's headers allow it to be served to a request with these headers.
    pub(super) fn usability(&self, request: &HeaderMap, sharing: Sharing) -> Usability {
        let Stored { status, headers, fetched_at, is_invalid, .. } = &self.stored;
        if *is_invalid {
            // "marked as "invalid" and in need of a mandatory validation before they can be
            // sent in response to a subsequent request" (RFC 9111 §4.4)
            return Usability::Validated;
        }
        usability(request, *status, headers, *fetched_at, self.now, sharing)
    }

    /// The response as the page gets it.
    pub(crate) fn served(self, because: Because) -> Response {
        let fetched_at = self.stored.fetched_at;
        self.whole(Provenance::Store { fetched_at, because }, CacheStatus::Hit { because })
    }

    /// The response, however it came about.
    pub(super) fn whole(self, provenance: Provenance, cache_status: CacheStatus) -> Response {
        let Self { stored, now, is_head, destination, redirected_to } = self;
        let Stored { status, mut headers, head_at, fetched_at, body, .. } = stored;
        let age = age(&headers, fetched_at, now).as_secs();
        headers.insert(AGE, HeaderValue::from(age));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body.length()));
        let body = if is_head { Body::empty() } else { body.into_body() };
        let head_at = head_at.filter(|_| destination == Destination::Document);
        Response { status, headers, body, provenance, cache_status, head_at, redirected_to }
    }
}
