//! On user interaction: the page that the person saves, with everything it needs.
//!
//! ```text
//! wished ── kept on the disk ── a copy is made (`copying`) ── the site is away ─▶ later
//!                                 ├── the page itself is not to be had ─▶ failed, and why
//!                                 ├── it says what the copy before says ─▶ that one holds on
//!                                 └── one transaction ─▶ found; what it lacks is listed
//!                                       └── shown from it alone (`proven`) ─▶ complete, or listed
//! ```
//!
//! What arrived before a crash is not fetched again. A copy is never evicted and has no age; it
//! is made anew when the site has said something else, or is asked after a while, and the one
//! before is found until then.

mod copying;
mod links;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::broadcast;
use tokio::time::sleep;
use url::{Position, Url};

use crate::backoff::Backoff;
use crate::context::Context;
use crate::error::{SaveError, StoreError, in_full};
use crate::event::Event;
use crate::exchange::{Copying, NotCopied, Part, fetch_for_copy};
use crate::request::{Cookies, Destination, Request};
use crate::route::{Save, first_match};
use crate::saved::{Missing, Refresh};
use crate::store::{Attempted, Copy, Shown, Unwanted, Wish};
use copying::{Made, make};

/// How many copies are made side by side.
const AT_ONCE: usize = 2;
/// When a site that is away is tried again.
const RETRY: Backoff = Backoff { base: Duration::from_secs(5), max: Duration::from_secs(900) };
/// How long a page that has changed rests before it is copied again.
const SETTLES: Duration = Duration::from_secs(10);

/// Makes the copies that are wanted, for as long as the engine lives.
pub(crate) async fn run(context: Arc<Context>) {
    let mut link = context.network.link.subscribe();
    let mut cookies = context.network.jar.changes();
    let mut events = context.events.subscribe();
    let mut saving = Saving::default();
    loop {
        let next = saving.begin_due(&context);
        let pause = async {
            match next {
                Some(pause) => sleep(pause).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some((key, made)) = saving.under_way.next() => saving.ended(&context, key, made).await,
            () = context.saves.woken.notified() => {}
            () = pause => {}
            // Somebody else may be signed in.
            Ok(()) = cookies.changed() => {}
            Ok(()) = link.changed() => {
                if link.borrow_and_update().is_usable() {
                    saving.resting.clear();
                }
            }
            path = changed_page(&mut events) => want_page(&context, &path).await,
        }
    }
}

/// The path of the next page of which something newer was stored while browsing.
async fn changed_page(events: &mut broadcast::Receiver<Event>) -> String {
    loop {
        match events.recv().await {
            Ok(Event::Changed { path, destination: Destination::Document, .. }) => return path,
            // Who misses one is told the next time that it changes, or asks after a while.
            Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// A page that is saved has changed.
async fn want_page(context: &Arc<Context>, path: &str) {
    let Ok((wishes, copies)) = holdings(context) else { return };
    for wish in wishes.iter().filter(|wish| path_of(&wish.url) == path && is_theirs(context, wish))
    {
        let shown = shown(&copies, &wish.key);
        let now = context.clock.now();
        let is_recent =
            |copy: &Copy| now.duration_since(copy.saved_at).is_ok_and(|age| age < SETTLES);
        // The person wants the one they have chosen.
        if wish.is_wanted || shown.is_none_or(|copy| copy.shown == Shown::Held || is_recent(copy)) {
            continue;
        }
        if let Err(error) = context.store.want(wish.key.clone()).await {
            tracing::warn!(error = in_full(&error), "a saved page stays as it is");
        }
    }
}

fn holdings(context: &Context) -> Result<(Vec<Wish>, Vec<Copy>), StoreError> {
    let wishes = context.store.wishes()?;
    let copies = if wishes.is_empty() { Vec::new() } else { context.store.copies()? };
    Ok((wishes, copies))
}

/// The copy of a page that look-ups find.
pub(crate) fn shown<'c>(copies: &'c [Copy], key: &str) -> Option<&'c Copy> {
    copies.iter().find(|copy| copy.save == key && copy.shown != Shown::Not)
}

/// Whether a page is of who is signed in now, or everybody's.
pub(crate) fn is_theirs(context: &Context, wish: &Wish) -> bool {
    wish.partition == "shared"
        || Url::parse(&wish.url).is_ok_and(|url| partition_at(context, url) == wish.partition)
}

/// Whose a page is that the app's person saves.
pub(crate) fn partition_at(context: &Context, url: Url) -> String {
    let request = Request { cookies: Cookies::Jar, ..Request::get(url, Destination::Document) };
    context.partition(&request.without_body())
}

/// What the profile says about saving the page at an address.
pub(crate) fn rule<'c>(context: &'c Context, url: &Url) -> Option<&'c Save> {
    if !context.site.holds(url) {
        return None;
    }
    let request = Request::get(url.clone(), Destination::Document);
    first_match(&context.site.routes, &request).and_then(|(_, route)| route.save.as_ref())
}

/// The path and query of an address.
pub(crate) fn path_of(url: &str) -> String {
    let path = Url::parse(url).map(|url| url[Position::BeforePath..].to_owned());
    path.unwrap_or_else(|_| url.to_owned())
}

/// Tells that something about a saved page has changed.
pub(crate) fn tell(context: &Context, key: &str, path: String) {
    context.tell(Event::Saving { key: key.to_owned(), path });
}

/// The copies that are being made.
#[derive(Default)]
struct Saving {
    under_way: FuturesUnordered<BoxFuture<'static, (String, Made)>>,
    /// How often the site was away, and until when it is not tried again.
    resting: HashMap<String, (u32, SystemTime)>,
}

impl Saving {
    /// Begins what is due: how long to wait until something else is.
    fn begin_due(&mut self, context: &Arc<Context>) -> Option<Duration> {
        let (wishes, copies) = holdings(context).unwrap_or_else(|error| {
            tracing::error!(error = in_full(&error), "what is saved cannot be read");
            (Vec::new(), Vec::new())
        });
        let now = context.clock.now();
        let mut next: Option<Duration> = None;
        for wish in wishes {
            if context.saves.is_making(&wish.key) || !is_theirs(context, &wish) {
                continue;
            }
            let shown = shown(&copies, &wish.key).cloned();
            let rest = self.resting.get(&wish.key).map(|(_, until)| *until);
            let Some(due) = due_at(context, (&wish, shown.as_ref()), now) else { continue };
            let wait = due.max(rest.unwrap_or(due)).duration_since(now).unwrap_or_default();
            if !wait.is_zero() {
                next = Some(next.map_or(wait, |next| next.min(wait)));
            } else if context.saves.count() < AT_ONCE {
                let cancel = context.saves.begin(&wish.key);
                let (context, key) = (context.clone(), wish.key.clone());
                self.under_way.push(
                    async move {
                        let made = tokio::select! {
                            made = make(&context, wish, shown) => made,
                            () = cancel.cancelled() => Made::Cancelled,
                        };
                        (key, made)
                    }
                    .boxed(),
                );
            }
        }
        next
    }

    async fn ended(&mut self, context: &Arc<Context>, key: String, made: Made) {
        context.saves.end(&key);
        match made {
            Made::Done => {
                self.resting.remove(&key);
            }
            Made::NotNow => {
                let failures = self.resting.get(&key).map_or(0, |(failures, _)| *failures) + 1;
                let delay = RETRY.delay(failures, (context.jitter)());
                self.resting.insert(key.clone(), (failures, context.clock.now() + delay));
            }
            Made::Cancelled => {
                let removed = context.store.delete_copies(key.clone(), Unwanted::Unfinished).await;
                if let Err(error) = removed {
                    tracing::warn!(error = in_full(&error), "a part of a copy stays behind");
                }
            }
        }
        let wishes = context.store.wishes().unwrap_or_default();
        if let Some(wish) = wishes.iter().find(|wish| wish.key == key) {
            tell(context, &key, path_of(&wish.url));
        }
    }
}

/// When a copy of a page is to be made; `None` if none is.
fn due_at(
    context: &Context,
    (wish, shown): (&Wish, Option<&Copy>),
    now: SystemTime,
) -> Option<SystemTime> {
    // Who had signed out is back, or the cache was started afresh.
    let is_gone = shown.is_none_or(|copy| copy.items == 0);
    if wish.is_wanted || is_gone && wish.why.is_none() {
        return Some(now);
    }
    // One that the person has chosen stays, and one that failed is tried when they say so.
    shown.filter(|copy| copy.shown == Shown::Newest)?;
    let every = match context.saves.refresh() {
        Refresh::AsProfiled => rule(context, &Url::parse(&wish.url).ok()?)?.refresh,
        Refresh::Every(every) => every,
        Refresh::Never => return None,
    };
    // By a clock that was set back since it would wait for long.
    let checked_at = wish.checked_at.min(now);
    Some(checked_at + every)
}

/// Takes note of what a page asked for that was shown from its copy alone; what the site has of
/// it comes into the copy. Whether anything did, so that it is worth showing it once more.
///
/// # Errors
///
/// That there is no such page, or what the store reports.
pub(crate) async fn proven(
    context: &Arc<Context>,
    key: &str,
    paths: Vec<String>,
) -> Result<bool, SaveError> {
    let unknown = || SaveError::Unknown { key: key.to_owned() };
    let (wishes, copies) = holdings(context)?;
    let wish = wishes.into_iter().find(|wish| wish.key == key).ok_or_else(unknown)?;
    let copy = shown(&copies, key).ok_or_else(unknown)?;
    let copying = Copying {
        copy: copy.id,
        before: None,
        headers: wish.headers.clone(),
        most: crate::route::DEFAULT_SAVED,
    };
    let mut missing = copy.missing.clone();
    let mut known: HashSet<String> = missing.iter().map(|lacks| lacks.path.clone()).collect();
    let mut has_come = false;
    for path in paths {
        let Ok(url) = context.site.address(&path) else { continue };
        if !known.insert(path.clone()) {
            continue;
        }
        let destination = Destination::of(&http::HeaderMap::new(), url.path());
        let part = Part { url, destination: destination.unwrap_or(Destination::Data) };
        match fetch_for_copy(context, &part, &copying).await {
            Ok(_) => has_come = true,
            Err(NotCopied::NotNow(why) | NotCopied::Refused(why)) => {
                missing.push(Missing { path, why });
            }
            Err(NotCopied::Store(error)) => return Err(error.into()),
        }
    }
    context.store.prove_copy(copy.id, missing).await?;
    tell(context, key, path_of(&wish.url));
    Ok(has_come)
}

/// Forgets a page with all its copies.
///
/// # Errors
///
/// That there is none, or what the store reports.
pub(crate) async fn remove(context: &Context, key: &str) -> Result<(), SaveError> {
    let wish = one(context, key)?;
    context.store.unwish(key.to_owned()).await?;
    context.saves.cancel(key);
    context.store.delete_copies(key.to_owned(), Unwanted::All).await?;
    tell(context, key, path_of(&wish.url));
    Ok(())
}

/// Ends the making of a copy. A page of which there is none is not saved.
///
/// # Errors
///
/// That there is no such page, or what the store reports.
pub(crate) async fn cancel(context: &Context, key: &str) -> Result<(), SaveError> {
    let wish = one(context, key)?;
    if shown(&context.store.copies()?, key).is_none() {
        return remove(context, key).await;
    }
    let as_before = Attempted { why: wish.why, ..Attempted::default() };
    context.store.attempted(key.to_owned(), as_before, wish.checked_at).await?;
    context.saves.cancel(key);
    context.store.delete_copies(key.to_owned(), Unwanted::Unfinished).await?;
    tell(context, key, path_of(&wish.url));
    Ok(())
}

/// The page with this key, if it is of who is signed in now.
pub(crate) fn one(context: &Context, key: &str) -> Result<Wish, SaveError> {
    let wishes = context.store.wishes()?;
    let found = wishes.into_iter().find(|wish| wish.key == key && is_theirs(context, wish));
    found.ok_or_else(|| SaveError::Unknown { key: key.to_owned() })
}
