//! What the person may look at: what the device holds, and what has happened.

use std::time::Duration;

use super::Engine;
use crate::diary::{Asked, Begun};
use crate::error::StoreError;
use crate::request::Request;
use crate::response::Response;
use crate::store::{Browsed, InstallStatus, Inventory, Stretch};
use crate::traffic::{Answered, sums};

/// What has happened lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// The last requests of who is signed in now, the latest first. What the gateway's clients
    /// have asked for is not among them.
    pub requests: Vec<Asked>,
    /// The connection of the last day, the oldest first.
    pub connection: Vec<Stretch>,
    /// How far the install is.
    pub install: InstallStatus,
    /// What was answered since the cache was begun, whoever asked.
    pub traffic: Vec<Answered>,
}

impl Engine {
    /// What the device holds, by kind and by route.
    ///
    /// # Errors
    ///
    /// What the databases report.
    pub fn inventory(&self) -> Result<Inventory, StoreError> {
        self.context.store.inventory()
    }

    /// Deletes what of a kind was stored while browsing, whosever it is. What is installed or
    /// saved stays, and so does what was submitted.
    ///
    /// # Errors
    ///
    /// What the database reports; a part may be deleted by then.
    pub async fn clear(&self, kind: Browsed) -> Result<(), StoreError> {
        self.context.store.clear_browsed(kind).await
    }

    /// What has happened lately.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub fn activity(&self) -> Result<Activity, StoreError> {
        let context = &self.context;
        let session = context.site.session_cookie.as_deref();
        let session =
            session.and_then(|name| context.network.jar.value(&context.site.origin, name));
        let routes: Vec<&str> = context.site.routes.iter().map(|route| &*route.name).collect();
        let kept = context.store.traffic()?;
        Ok(Activity {
            requests: context.diary.of(session.as_deref(), &routes),
            connection: context.store.connections(context.clock.now())?,
            install: context.store.install_status(&context.site.install_version())?,
            traffic: sums(kept.into_iter().chain(context.traffic.counted())),
        })
    }

    /// Begins to note a request.
    pub(super) fn begin_note(&self, request: &Request) -> Option<Begun> {
        let context = &self.context;
        let session_cookie = context.site.session_cookie.as_deref();
        context.diary.begin(request, session_cookie, || context.clock.now())
    }

    /// Notes what answered a request on a route, which took so long.
    pub(super) fn note(
        &self,
        begun: Option<Begun>,
        (route, strategy): (Option<usize>, &'static str),
        response: &Response,
        took: Duration,
    ) {
        if let Some(at) = route {
            self.context.traffic.note(at, response, took);
        }
        self.context.diary.note(begun, (route, strategy), response, took);
    }
}
