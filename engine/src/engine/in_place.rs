//! What stands in for an answer: the profile's fallbacks, receipts, the engine's own pages.

use http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_TYPE, ETAG, EXPIRES, HeaderMap, HeaderValue,
    LAST_MODIFIED, REFERER,
};
use http::{Method, StatusCode};
use url::{Position, Url};

use super::Engine;
use crate::body::Body;
use crate::clients::Installed;
use crate::outbox::Receipt;
use crate::page::{Unanswered, receipt_page, unanswered_page, waiting_page};
use crate::policy::Partition;
use crate::request::{Destination, Request, key};
use crate::response::{Because, CacheStatus, Provenance, Response, is_html};
use crate::route::Outbox;
use crate::strategy::Unserved;

impl Engine {
    /// What stands in for an answer.
    pub(super) async fn fallback(
        &self,
        asked: &Request<()>,
        unserved: &Unserved,
        installed: Installed,
    ) -> Response {
        let because = unserved.because();
        tracing::debug!(url = %asked.url, reason = unserved.reason(), "unserved");
        let is_read = asked.method == Method::GET || asked.method == Method::HEAD;
        // "a 504 (Gateway Timeout) status code" is what only-if-cached asks for when nothing
        // is stored (RFC 9111 §5.2.1.7), whatever would look better.
        let is_only_if_cached = asked.is_only_if_cached();
        let problem = || {
            let status = StatusCode::GATEWAY_TIMEOUT;
            Response::problem(status, "No answer", &unserved.reason(), because)
        };
        if is_read && is_only_if_cached {
            return problem();
        }
        let fallback = &self.context.site.fallback;
        let language = asked.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let name = &self.context.site.name;
        match (asked.destination, is_read) {
            (Destination::Document, true) => {
                let page = self.installed(fallback.document.as_deref(), because, installed).await;
                page.unwrap_or_else(|| own_page(waiting_page(name, language), because))
            }
            (Destination::Document, false) => {
                let known = match because {
                    Because::Offline => Unanswered::Unsent,
                    Because::Slow | Because::ServerError | Because::Strategy => {
                        Unanswered::Uncertain
                    }
                };
                own_page(unanswered_page(name, language, known), because)
            }
            (Destination::Image, true) => self
                .installed(fallback.image.as_deref(), because, installed)
                .await
                .unwrap_or_else(problem),
            (Destination::Font, true) => self
                .installed(fallback.font.as_deref(), because, installed)
                .await
                .unwrap_or_else(problem),
            (
                Destination::Style
                | Destination::Script
                | Destination::Media
                | Destination::Data
                | Destination::Image
                | Destination::Font,
                _,
            ) => problem(),
        }
    }

    /// What is said of a submission that could be neither kept nor sent.
    pub(super) fn lost(&self, asked: &Request<()>, reason: &str) -> Response {
        let (status, because) = (StatusCode::INSUFFICIENT_STORAGE, Because::Strategy);
        if asked.destination != Destination::Document {
            return Response::problem(status, "Not saved", reason, because);
        }
        let language = asked.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let page = unanswered_page(&self.context.site.name, language, Unanswered::Lost);
        Response { status, ..own_page(page, because) }
    }

    /// What a form gets whose submission waits: the site's own page for it, or the app's.
    pub(super) async fn receipt(
        &self,
        asked: &Request<()>,
        (outbox, receipt): (&Outbox, &Receipt),
        installed: Installed,
        kept: Response,
    ) -> Response {
        if asked.destination != Destination::Document {
            return kept;
        }
        let language = asked.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let page = self.installed(outbox.receipt.as_deref(), Because::Offline, installed).await;
        let page = page.unwrap_or_else(|| {
            let back = asked.headers.get(REFERER).and_then(|value| value.to_str().ok());
            let back = back.and_then(|back| Url::parse(back).ok());
            let back = back.filter(|back| self.context.site.holds(back));
            let path = back.as_ref().map_or("/", |back| &back[Position::BeforePath..]);
            let name = &self.context.site.name;
            let what = (receipt.kind, receipt.label.as_deref());
            own_page(receipt_page(name, language, what, path), Because::Offline)
        });
        let headers = page.headers.into_iter().chain(kept.headers);
        let headers = headers.filter_map(|(name, value)| Some((name?, value))).collect();
        Response { status: kept.status, headers, provenance: Provenance::Outbox, ..page }
    }

    /// What the profile puts in place of something of its kind, as it was installed.
    async fn installed(
        &self,
        path: Option<&str>,
        because: Because,
        installed: Installed,
    ) -> Option<Response> {
        let context = &self.context;
        let url = context.site.address(path?).ok()?;
        let now = context.clock.now();
        let place = (&*key(&url), &Partition::Shared, installed);
        let stored = context.store.lookup(place, &HeaderMap::new(), now).ok()??;
        // A page says by its status that it stands in for another one. Webviews show an image
        // whatever its status, but use no font with an error.
        let is_page = is_html(&stored.headers);
        let status = if is_page { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
        let mut response = Response {
            status,
            headers: stored.headers,
            body: Body::Bytes(stored.body.into_body().collect().await.ok()?),
            provenance: Provenance::Fallback { fetched_at: Some(stored.fetched_at), because },
            cache_status: CacheStatus::Generated { because },
            head_at: stored.head_at,
            redirected_to: None,
        };
        // Nobody may take it for the thing itself, and keep it.
        response.headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        for validator in [ETAG, LAST_MODIFIED, EXPIRES] {
            response.headers.remove(validator);
        }
        Some(response)
    }
}

/// A page of the engine's own.
fn own_page(page: String, because: Because) -> Response {
    let head_at = page.find("<meta");
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    Response {
        status: StatusCode::GATEWAY_TIMEOUT,
        headers,
        body: Body::from(page),
        provenance: Provenance::Fallback { fetched_at: None, because },
        cache_status: CacheStatus::Generated { because },
        head_at,
        redirected_to: None,
    }
}
