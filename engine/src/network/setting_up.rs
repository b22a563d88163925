//! HTTP that is set up while the store already answers.

use std::error::Error as StdError;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use tokio::task::spawn_blocking;
use url::Url;

use super::transport::{Http, Transport};
use crate::body::Body;
use crate::error::NetworkError;
use crate::event::Cause;

/// HTTP to one site, being set up on a thread of its own: reading the system's certificates
/// takes longer than opening the store, and what is stored needs none of them. Who sends
/// waits.
pub(crate) struct SettingUp {
    http: Shared<BoxFuture<'static, Result<Http, Arc<dyn StdError + Send + Sync>>>>,
}

impl SettingUp {
    /// Begins, within a tokio runtime. Where it fails nothing can be sent, but what is stored
    /// is still shown.
    pub(crate) fn begin(site: &Url) -> Self {
        let (site, span) = (site.clone(), tracing::debug_span!("set up the network"));
        let set_up = spawn_blocking(move || span.in_scope(|| Http::to(&site)));
        let http = async move {
            match set_up.await {
                Ok(Ok(http)) => Ok(http),
                Ok(Err(error)) => Err(Arc::from(error)),
                Err(ended) => Err(Arc::new(ended) as Arc<dyn StdError + Send + Sync>),
            }
        };
        Self { http: http.boxed().shared() }
    }
}

impl Transport for SettingUp {
    fn send(
        &self,
        url: &Url,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, NetworkError>> {
        let url = url.clone();
        let send = async move {
            match self.http.clone().await {
                Ok(http) => http.send(&url, request).await,
                Err(source) => {
                    let host = url.host_str().unwrap_or_default().to_owned();
                    // Only TLS has to be set up.
                    let cause = Cause::TlsRefused;
                    Err(NetworkError::Connect { host, cause, source: Box::new(source) })
                }
            }
        };
        send.boxed()
    }
}
