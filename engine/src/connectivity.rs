//! Finds out whether the site can be reached when no request does.
//!
//! Real requests come first: [`Link`](crate::network::Link) hears of each. Probes fill the
//! gaps. One that follows a silence decides between slow and gone; while the site is gone,
//! probes ask with backoff whether it is back; and while somebody looks at a page, a probe
//! now and then notices that it has gone. When nobody asks for anything, nothing is probed.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::Method;
use tokio::time::{self, Instant};

use crate::backoff::Backoff;
use crate::context::Context;
use crate::event::{Connection, Event};
use crate::request::{Destination, Request};

/// How long a probe waits for an answer while somebody may be waiting for its result.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long it waits while the site is gone: one that has become slow is back all the same.
const PATIENCE_WHILE_GONE: Duration = Duration::from_secs(10);
/// How often the site is asked while somebody looks at a page and no request is made.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// How long after the last request the return of the site is still worth finding out.
const INTEREST: Duration = Duration::from_secs(300);
const RETRY: Backoff = Backoff { base: Duration::from_secs(1), max: Duration::from_secs(15) };

/// Probes for as long as the engine lives.
pub(crate) async fn run(context: Arc<Context>) {
    let link = &context.network.link;
    let mut failures = 0;
    loop {
        match link.state() {
            Connection::Online => {
                failures = 0;
                tokio::select! {
                    () = link.until_not(Connection::Online) => {}
                    () = quiet_while_watched(&context) => probe(&context, PATIENCE).await,
                }
            }
            Connection::Suspect => probe(&context, PATIENCE).await,
            Connection::Offline => {
                let delay = RETRY.delay(failures + 1, (context.jitter)());
                tokio::select! {
                    () = link.until_not(Connection::Offline) => continue,
                    () = time::sleep(delay) => {}
                }
                link.until_interest(INTEREST).await;
                failures += 1;
                probe(&context, PATIENCE_WHILE_GONE).await;
            }
        }
    }
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

/// Asks for the head of the start page: whatever the answer, the link hears of it.
#[tracing::instrument(level = "debug", name = "probe", skip_all)]
async fn probe(context: &Context, patience: Duration) {
    let link = &context.network.link;
    let Ok(url) = context.site.address(&context.site.start) else { return };
    let request = Request { method: Method::HEAD, ..Request::get(url, Destination::Document) };
    let begun = Instant::now();
    let answer = time::timeout(patience, context.network.send(request)).await;
    // What another request heard meanwhile weighs more than a probe that heard nothing.
    let is_unheard = link.quiet_for() >= begun.elapsed();
    if !matches!(answer, Ok(Ok(_))) && is_unheard {
        link.gone();
    }
}
