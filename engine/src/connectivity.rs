//! Finds out whether the site can be reached when no request does.
//!
//! Real requests come first: [`Link`](crate::network::Link) hears of each. Probes fill the
//! gaps. One that follows a silence decides between slow and gone; while the site is gone,
//! probes ask with backoff whether it is back, one at a time and at once when the network has
//! changed; and while somebody looks at a page, a probe now and then notices that it has gone.
//! When nobody asks for anything, nothing is probed.
//!
//! ```text
//! online ◀──▶ slow ── silent, broken off, 502 to 504, led away, the network changed ──▶ suspect
//!   ▲                                                                                     │
//!   ├── the probe was answered ◀──────────────────────────────────────────────────────────┤
//!   └── any request or probe ◀── offline, and why ◀── the probe was not, or with an error ┘
//! ```

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::{Method, StatusCode};
use tokio::time::{self, Instant};

use crate::backoff::Backoff;
use crate::context::Context;
use crate::event::{Cause, Connection, Event, SystemLink};
use crate::network::{Arrived, Link, is_out_of_order};
use crate::request::{Destination, Redirects, Request};

/// How long a probe waits for an answer while somebody may be waiting for its result.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long it waits while the site is gone: one that has become slow is back all the same.
const PATIENCE_WHILE_GONE: Duration = Duration::from_secs(10);
/// How often the site is asked while somebody looks at a page and no request is made.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(10);
/// How long after the last request the return of the site is still worth finding out.
const INTEREST: Duration = Duration::from_secs(300);
pub(crate) const RETRY: Backoff =
    Backoff { base: Duration::from_secs(1), max: Duration::from_secs(15) };

/// Probes for as long as the engine lives.
pub(crate) async fn run(context: Arc<Context>) {
    let link = &context.network.link;
    let mut probes = Probes::default();
    let mut failures = 0;
    loop {
        match link.state() {
            Connection::Online | Connection::Slow => {
                failures = 0;
                probes.has_looked_for_portal = false;
                tokio::select! {
                    () = link.until_not(Connection::is_usable) => {}
                    () = quiet_while_watched(&context) => probes.send(&context, PATIENCE).await,
                }
            }
            Connection::Suspect => {
                probes.send(&context, PATIENCE).await;
                // Where it is raised again and again, it is not asked without end.
                tokio::select! {
                    () = link.until_not(|state| state == Connection::Suspect) => {}
                    () = time::sleep(RETRY.delay(1, (context.jitter)())) => {}
                }
            }
            Connection::Offline(_) => {
                let delay = RETRY.delay(failures + 1, (context.jitter)());
                let due = async {
                    time::sleep(delay).await;
                    link.until_interest(INTEREST).await;
                };
                tokio::select! {
                    () = link.until_not(Connection::is_offline) => continue,
                    () = link.changed.notified() => {
                        failures = 0;
                        probes.has_looked_for_portal = false;
                    }
                    () = due => failures += 1,
                }
                probes.send(&context, PATIENCE_WHILE_GONE).await;
            }
        }
    }
}

/// What the system says about the machine's network.
pub(crate) fn system_says(context: &Context, link: SystemLink) {
    context.network.link.system_says(link, INTEREST);
}

/// Passes changes on as events. A suspicion is nobody's business until it is confirmed.
pub(crate) async fn announce(context: Arc<Context>) {
    let mut state = context.network.link.subscribe();
    let mut told = Connection::Online;
    loop {
        let new = *state.borrow_and_update();
        if new != told && new != Connection::Suspect {
            told = new;
            context.tell(Event::Connection(new));
        }
        if state.changed().await.is_err() {
            return;
        }
    }
}

/// Ends when somebody is watching and the site was not heard of for a while.
async fn quiet_while_watched(context: &Context) {
    let link = &context.network.link;
    loop {
        if link.watchers.load(Ordering::Relaxed) == 0 {
            link.until_watched().await;
        }
        let quiet = link.quiet_for();
        if quiet >= HEARTBEAT {
            return;
        }
        time::sleep(HEARTBEAT - quiet).await;
    }
}

/// What is known of probes.
#[derive(Default)]
struct Probes {
    /// Whether the site has answered one with something else than an error. One that never
    /// does may not know what to do with HEAD, and works all the same.
    are_understood: bool,
    /// Whether somebody was looked for who keeps everybody from the site, since it was there
    /// or the network has changed.
    has_looked_for_portal: bool,
}

impl Probes {
    /// Asks for the head of the start page: whatever the answer, the link hears of it.
    #[tracing::instrument(level = "debug", name = "probe", skip_all)]
    async fn send(&mut self, context: &Context, patience: Duration) {
        let link = &context.network.link;
        let Ok(url) = context.site.address(&context.site.start) else { return };
        let request = Request {
            method: Method::HEAD,
            redirects: Redirects::Manual,
            ..Request::get(url, Destination::Document)
        };
        let (before, begun) = (link.state(), Instant::now());
        match time::timeout(patience, context.network.send(request)).await {
            Ok(Ok(arrived)) if is_out_of_order(arrived.status) => {
                self.is_out_of_order(link, before, arrived.status);
            }
            Ok(Ok(arrived)) => {
                self.are_understood = true;
                let Arrived { asked, status, headers, .. } = &arrived;
                let astray = context.network.leads_astray(&asked.url, *status, headers);
                astray.into_iter().for_each(|to| link.captured(to));
            }
            Ok(Err(error)) => match error.cause() {
                Some(cause) => self.is_unanswered(context, (before, begun), cause).await,
                // Something has answered.
                None => link.works(),
            },
            Err(_elapsed) => {
                self.is_unanswered(context, (before, begun), Cause::Unreachable).await;
            }
        }
    }

    fn is_out_of_order(&self, link: &Link, before: Connection, status: StatusCode) {
        let is_meant = self.are_understood || status != StatusCode::INTERNAL_SERVER_ERROR;
        match before {
            // Once may be chance.
            Connection::Online | Connection::Slow => {}
            Connection::Suspect | Connection::Offline(_) if is_meant => {
                link.gone(Cause::ServerError);
            }
            Connection::Suspect | Connection::Offline(_) => link.works(),
        }
    }

    async fn is_unanswered(
        &mut self,
        context: &Context,
        (before, begun): (Connection, Instant),
        cause: Cause,
    ) {
        let link = &context.network.link;
        // What another request heard meanwhile weighs more than a probe that heard nothing.
        if link.quiet_for() < begun.elapsed() {
            return;
        }
        let was_captured = before == Connection::Offline(Cause::CaptivePortal);
        // Nobody waits for the answer to why, unless it would only be the one that is known.
        if !was_captured {
            link.gone(cause);
        }
        if link.state() == Connection::Offline(Cause::NoLink) {
            return;
        }
        // A dead site is not asked twice each time.
        if was_captured || cause == Cause::TlsRefused || !self.has_looked_for_portal {
            self.has_looked_for_portal = true;
            match context.network.find_portal(PATIENCE).await {
                Some(portal) if !link.state().is_usable() => link.captured(portal),
                Some(_) => {}
                None if was_captured => link.gone(cause),
                None => {}
            }
        }
    }
}
