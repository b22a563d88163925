//! One fetch for many requests, each of which is shown only what the store would show it.
//!
//! Requests join by what decides where an answer is stored and who may see it; whether it
//! is also theirs by their other headers (`Vary`) turns out when it is there. Those whose
//! it is not fetch by themselves then, all at once.

use std::sync::Arc;
use std::time::SystemTime;

use http::Method;
use http::header::{AGE, CONTENT_LENGTH, HeaderValue};

use super::Exchange;
use crate::body::Body;
use crate::error::NetworkError;
use crate::network::{Progress, Seat};
use crate::policy::{Partition, age, may_answer_both, may_collapse};
use crate::request::Destination;
use crate::response::{CacheStatus, Provenance, Response};
use crate::store::Arriving;
use crate::time::to_unix_ms;

impl Exchange {
    /// Two requests with the same key may share a fetch; one without never does.
    pub(super) fn flight_key(&self) -> Option<String> {
        if self.request.method != Method::GET || !may_collapse(&self.request.headers) {
            return None;
        }
        let (redirects, partition) = (self.request.redirects, self.partition());
        Some(format!("{redirects:?} {partition} {}", self.key(&self.request.url)))
    }

    /// Takes what another request's fetch brings, or fetches as well.
    pub(super) async fn follow(
        self,
        seat: Seat<Arc<Arriving>>,
        asked_at: SystemTime,
    ) -> Result<Response, NetworkError> {
        let shared = match seat.arrival().await {
            Progress::Failed(error) => return Err(error.repeated()),
            Progress::Away => None,
            Progress::Answered(since) => self.just_stored(since, asked_at),
            Progress::Arriving(arriving) => self.read_along(&arriving, asked_at),
        };
        match shared {
            Some(mut response) => {
                response.set_cache_status(CacheStatus::Collapsed);
                Ok(response)
            }
            None => self.fetch_alone(None).await,
        }
    }

    /// What has been stored since then, if it may answer this request.
    fn just_stored(&self, since: SystemTime, asked_at: SystemTime) -> Option<Response> {
        let available = self.stored()?;
        let stored = &available.stored;
        let fetched_at = stored.fetched_at;
        // The store counts in milliseconds.
        let is_new = to_unix_ms(fetched_at) >= to_unix_ms(since) && !stored.is_invalid;
        let (status, headers) = (stored.status, &stored.headers);
        let wanted = &self.request.headers;
        (is_new && may_answer_both(wanted, status, headers, fetched_at, asked_at, self.rules))
            .then(|| available.whole(Provenance::Network { fetched_at }))
    }

    /// What is being stored, if the store would show it to this request once it is whole.
    fn read_along(&self, arriving: &Arriving, asked_at: SystemTime) -> Option<Response> {
        let entry = &arriving.entry;
        let (status, fetched_at, wanted) = (entry.status, entry.fetched_at, &self.request.headers);
        if !entry.answers(&self.partition(), wanted)
            || !may_answer_both(wanted, status, &entry.headers, fetched_at, asked_at, self.rules)
        {
            return None;
        }
        let mut headers = entry.headers.clone();
        let age = age(&headers, fetched_at, asked_at).as_secs();
        headers.insert(AGE, HeaderValue::from(age));
        headers.extend(arriving.length.map(|length| (CONTENT_LENGTH, HeaderValue::from(length))));
        let is_page = self.request.destination == Destination::Document;
        Some(Response {
            status,
            headers,
            body: Body::Stream(arriving.tail.joined()),
            provenance: Provenance::Network { fetched_at },
            head_at: entry.head_at.filter(|_| is_page),
            redirected_to: None,
        })
    }

    fn partition(&self) -> Partition {
        Partition::Of(self.visitor.clone())
    }
}
