//! The pages that messages have named: fetched a few at a time, each once however often it is
//! named meanwhile, and by who is signed in.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::time::sleep;
use url::Url;

use super::visitor;
use crate::backoff::Backoff;
use crate::context::Context;
use crate::error::in_full;
use crate::event::Event;
use crate::exchange;
use crate::store::{Fetched, WantedPage};

/// How many are fetched side by side.
const AT_ONCE: usize = 4;
const RETRY: Backoff = Backoff { base: Duration::from_secs(10), max: Duration::from_secs(900) };
/// How long nothing is tried when the disk is full or the like.
const PAUSE: Duration = Duration::from_secs(60);

/// Fetches what is wanted, for as long as the engine lives.
pub(super) async fn refresh(context: &Arc<Context>) {
    let mut link = context.network.link.subscribe();
    let mut cookies = context.network.jar.changes();
    let mut refreshing = Refreshing::default();
    // What was due before may never have been shown.
    tell_if_due(context);
    let mut person = visitor(context);
    loop {
        let next = refreshing.begin_due(context).await;
        let pause = async {
            match next {
                Some(pause) => sleep(pause).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some((page, fetched)) = refreshing.under_way.next() => {
                refreshing.urls.remove(&page.url);
                note(context, vec![(page, fetched)]).await;
            }
            () = context.pushes.woken.notified() => {}
            () = pause => {}
            // Somebody else may be signed in, who is told something else.
            Ok(()) = cookies.changed() => {
                let now = visitor(context);
                if std::mem::replace(&mut person, now.clone()) != now {
                    tell_if_due(context);
                }
            }
            Ok(()) = link.changed() => {
                refreshing.was_offline |= link.borrow_and_update().is_offline();
            }
        }
    }
}

/// What is being fetched.
#[derive(Default)]
struct Refreshing {
    under_way: FuturesUnordered<BoxFuture<'static, (WantedPage, Fetched)>>,
    urls: HashSet<String>,
    /// What was tried in vain is tried again once the site is back.
    was_offline: bool,
}

impl Refreshing {
    /// Begins what is due: how long to wait until something else is.
    async fn begin_due(&mut self, context: &Arc<Context>) -> Option<Duration> {
        let wanted = match context.store.wanted_pages(&visitor(context)) {
            Ok(wanted) => wanted,
            Err(error) => {
                tracing::error!(error = in_full(&error), "what is to be fetched cannot be read");
                return Some(PAUSE);
            }
        };
        let now = context.clock.now();
        if context.network.link.state().is_offline() {
            // Nothing is tried, and who does not wait for the site is told that.
            let untried = wanted.into_iter().filter(|page| page.tries == 0);
            let failed: Vec<_> = untried.map(|page| (page, Fetched::Later(now))).collect();
            if !failed.is_empty() {
                note(context, failed).await;
            }
            return None;
        }
        let is_back = std::mem::take(&mut self.was_offline);
        let mut next: Option<Duration> = None;
        for page in wanted {
            if self.urls.contains(&page.url) {
                continue;
            }
            let wait = page.next_try_at.duration_since(now).unwrap_or_default();
            // By a clock that was set back since it would wait for long.
            if !is_back && !wait.is_zero() && wait <= RETRY.max {
                next = Some(next.map_or(wait, |next| next.min(wait)));
            } else if self.under_way.len() < AT_ONCE {
                self.urls.insert(page.url.clone());
                self.under_way.push(fetch(context.clone(), page).boxed());
            } else {
                // It is looked again when one of those under way has ended.
                self.was_offline |= is_back;
            }
        }
        next
    }
}

async fn fetch(context: Arc<Context>, page: WantedPage) -> (WantedPage, Fetched) {
    let Ok(url) = Url::parse(&page.url) else { return (page, Fetched::Refused) };
    let fetched = match exchange::refresh(&context, url).await {
        Ok(()) => Fetched::Stored,
        Err(error) if error.is_passing() => {
            tracing::debug!(url = page.url, error = in_full(&error), "a page is fetched later");
            let delay = RETRY.spread(page.tries + 1, (context.jitter)());
            Fetched::Later(context.clock.now() + delay)
        }
        Err(error) => {
            tracing::warn!(url = page.url, error = in_full(&error), "a page is not fetched");
            Fetched::Refused
        }
    };
    (page, fetched)
}

async fn note(context: &Context, pages: Vec<(WantedPage, Fetched)>) {
    match context.store.pages_fetched(pages).await {
        Ok(true) => context.tell(Event::Notice),
        Ok(false) => {}
        Err(error) => {
            tracing::error!(error = in_full(&error), "what was fetched is fetched again");
            sleep(PAUSE).await;
        }
    }
}

/// Says that there is something to be told, if there is.
pub(super) fn tell_if_due(context: &Context) {
    match context.store.notices(&visitor(context)) {
        Ok(notices) if notices.is_empty() => {}
        Ok(_) => context.tell(Event::Notice),
        Err(error) => {
            tracing::error!(error = in_full(&error), "what is to be told cannot be read");
        }
    }
}
