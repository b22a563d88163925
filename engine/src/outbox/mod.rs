//! What a person submits on a route with an outbox is kept until the site has taken it.
//!
//! ```text
//! submitted ── kept on the disk ── can be sent now? ── no ──▶ a receipt
//!                                    └── yes: attempt ─▶ ending
//! attempt: sent ── the site does not take it from this form any more ─▶ healing: sent once more
//! ending:  delivered ─▶ gone; the site's answer        later, or it never left ─▶ a receipt
//!          refused   ─▶ the site's answer              it may have arrived ─▶ found out, or
//!                                                        said so: never sent blindly again
//! ```
//!
//! What waits is sent in the order of its lane, at most [`LANES`] lanes at once: when the site
//! is back, at the start, when the machine wakes up, when the person says so, and again and
//! again in between.

mod attempt;
mod capture;
mod ending;
mod healing;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::time::sleep;
use url::Url;

use attempt::{Parcel, attempt};
pub(crate) use capture::{Receipt, Submitted, submit};
use ending::{conclude, ended, lost};

use crate::context::Context;
use crate::error::in_full;
use crate::event::{Connection, Event};
use crate::request::{Cookies, Destination, Redirects, Request};
use crate::route::{DEFAULT_EXPIRY, Outbox, Route};
use crate::seen::Label;
use crate::store::{First, REFUSED, Submission, Unsettled};

/// How long what cannot even be tried waits, and how long at most nobody looks while something
/// waits: a machine that was asleep does not know it.
const PAUSE: Duration = Duration::from_secs(60);
/// How many lanes are sent side by side.
const LANES: usize = 4;

/// Sends what waits, for as long as the engine lives.
pub(crate) async fn run(context: Arc<Context>) {
    let mut link = context.network.link.subscribe();
    let mut cookies = context.network.jar.changes();
    let mut was_gone = false;
    if let Err(error) = context.store.sweep_uploads(context.clock.now()) {
        tracing::warn!(error = in_full(&error), "bodies of what was submitted stay behind");
    }
    make_due(&context).await;
    // Another program may submit something, or change what waits.
    let weak = Arc::downgrade(&context);
    let _watch = context.store.watch_others(move || {
        if let Some(context) = weak.upgrade() {
            context.outbox.notify_one();
            tell(&context);
        }
    });
    let mut sending = Sending::default();
    loop {
        let next = sending.begin_due(&context).await;
        let pause = async {
            match next {
                Some(pause) => sleep(pause.min(PAUSE)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some((id, is_taken)) = sending.under_way.next() => {
                sending.ids.remove(&id);
                if !is_taken {
                    sending.rests_until = Some(context.clock.now() + PAUSE);
                }
            }
            () = context.outbox.notified() => {}
            () = pause => {}
            // Somebody else may be signed in.
            Ok(()) = cookies.changed() => {}
            Ok(()) = link.changed() => {
                let now = *link.borrow_and_update();
                // One that was only suspected was there: what failed then waits its time.
                if now.is_usable() && was_gone {
                    make_due(&context).await;
                }
                was_gone = now.is_offline() || was_gone && now == Connection::Suspect;
            }
        }
    }
}

/// The machine has woken up: what waits is tried as soon as the site allows.
pub(crate) async fn resumed(context: &Arc<Context>) {
    make_due(context).await;
    context.outbox.notify_one();
}

async fn make_due(context: &Arc<Context>) {
    if let Err(error) = context.store.make_due(context.clock.now()).await {
        tracing::error!(error = in_full(&error), "what waits is sent later");
    }
}

/// What is being sent: of each lane one at a time, since the next is not the first.
#[derive(Default)]
struct Sending {
    under_way: FuturesUnordered<BoxFuture<'static, (i64, bool)>>,
    ids: HashSet<i64>,
    /// Something could not even be taken.
    rests_until: Option<SystemTime>,
}

impl Sending {
    /// Begins to send what is due: how long to wait until something else is to be done.
    async fn begin_due(&mut self, context: &Arc<Context>) -> Option<Duration> {
        let now = context.clock.now();
        let rest = self.rests_until.and_then(|until| until.duration_since(now).ok());
        if let Some(rest) = rest.filter(|rest| !rest.is_zero()) {
            return Some(rest);
        }
        let mut next = earliest(recover(context).await, expire(context, now).await);
        let firsts = context.store.first_of_lanes().unwrap_or_else(|error| {
            tracing::error!(error = in_full(&error), "what was submitted cannot be read");
            Vec::new()
        });
        for first in firsts {
            if self.ids.contains(&first.id) || !may_be_sent(context, &first) {
                continue;
            }
            match first.next_try_at.duration_since(now) {
                // By a clock that was set back since it would wait for long.
                Ok(wait) if !wait.is_zero() && first.tried_at <= now => {
                    next = earliest(next, Some(wait));
                }
                // It is looked again when one of those under way has ended.
                _ if self.ids.len() >= LANES => {}
                _ => {
                    self.ids.insert(first.id);
                    self.under_way.push(deliver(context.clone(), first.id).boxed());
                }
            }
        }
        next
    }
}

fn earliest(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    one.into_iter().chain(other).min()
}

/// What a process was sending when it ended may have arrived: when to look again, while others
/// have the same directory open, which may be killed or submit something.
async fn recover(context: &Arc<Context>) -> Option<Duration> {
    let (left, others_live) = context.store.left_behind().unwrap_or_else(|error| {
        tracing::error!(error = in_full(&error), "what was submitted cannot be read");
        (Vec::new(), false)
    });
    for kept in left {
        let Some((at, route, outbox)) = route_of(context, &kept.submission) else { continue };
        let parcel = Parcel { kept, at, route, outbox, installed: context.store.serving() };
        let reason = "the program ended while it was being sent".to_owned();
        conclude(context, &parcel, lost(outbox, reason)).await;
    }
    others_live.then_some(PAUSE)
}

/// What has waited longer than its route allows is not sent by itself any more: when the next
/// one has.
async fn expire(context: &Arc<Context>, now: SystemTime) -> Option<Duration> {
    let oldest = context.store.oldest_waiting().unwrap_or_default();
    let mut next = None;
    let mut limits = Vec::new();
    for (name, created_at) in oldest {
        let route = context.site.routes.iter().find(|route| route.name == name);
        let outbox = route.and_then(|route| route.outbox.as_ref());
        let longest = outbox.map_or(DEFAULT_EXPIRY, |outbox| outbox.expire);
        match (created_at + longest).duration_since(now) {
            Ok(left) if !left.is_zero() => next = earliest(next, Some(left)),
            Ok(_) | Err(_) => limits.extend(now.checked_sub(longest).map(|at| (name, at))),
        }
    }
    if limits.is_empty() {
        return next;
    }
    // Also what was submitted in this very millisecond.
    let limits = limits.into_iter().map(|(name, at)| (name, at + Duration::from_millis(1)));
    match context.store.expire(limits.collect()).await {
        Ok(true) => tell(context),
        Ok(false) => {}
        Err(error) => {
            tracing::error!(error = in_full(&error), "what waits too long waits on");
            next = Some(PAUSE);
        }
    }
    next
}

/// Only with the cookies of whoever submitted it, and while the profile has a place for it.
fn may_be_sent(context: &Context, first: &First) -> bool {
    let Ok(url) = Url::parse(&first.url) else { return false };
    if context.site.holds(&url) && route_named(context, &first.route).is_none() {
        return false;
    }
    let cookies = first.cookies;
    let request = Request { cookies, ..Request::get(url, Destination::Document) };
    cookies == Cookies::Client || context.partition(&request.without_body()) == first.partition
}

/// Whether it was taken to be sent, or is another's.
async fn deliver(context: Arc<Context>, id: i64) -> (i64, bool) {
    let kept = match context.store.take_submission(id).await {
        Ok(Some(kept)) => kept,
        // Another process sends it.
        Ok(None) => return (id, true),
        Err(error) => {
            tracing::error!(error = in_full(&error), "a submission is sent later");
            return (id, false);
        }
    };
    let Some((at, route, outbox)) = route_of(&context, &kept.submission) else {
        let reason = "it is for another site".to_owned();
        let refused = Unsettled { step: &REFUSED, reason, answer: None, sign_in: None };
        let sent = (id, &*kept.submission.partition);
        let settled = context.store.settle_submission(sent, context.clock.now(), refused).await;
        tell(&context);
        return (id, settled.is_ok());
    };
    let parcel = Parcel { kept, at, route, outbox, installed: context.store.serving() };
    let as_form = (Destination::Document, Redirects::Manual);
    let ended = ended(&context, outbox, &attempt(&context, &parcel, as_form).await);
    conclude(&context, &parcel, ended).await;
    (id, true)
}

/// The route a submission was made on, also in a profile that has changed since; `None` if it
/// is not for this site.
fn route_of<'c>(
    context: &'c Context,
    submission: &Submission,
) -> Option<(usize, &'c Route, &'c Outbox)> {
    Url::parse(&submission.url).ok().filter(|url| context.site.holds(url))?;
    route_named(context, &submission.route)
}

fn route_named<'c>(context: &'c Context, name: &str) -> Option<(usize, &'c Route, &'c Outbox)> {
    let at = context.site.routes.iter().position(|route| route.name == name)?;
    outbox_at(context, at).map(|(route, outbox)| (at, route, outbox))
}

fn outbox_at(context: &Context, at: usize) -> Option<(&Route, &Outbox)> {
    let route = context.site.routes.get(at)?;
    Some((route, route.outbox.as_ref()?))
}

/// What the person chose, in the words beside it.
fn label(labels: &[Label]) -> Option<String> {
    let words: Vec<&str> =
        labels.iter().map(|label| &*label.text).filter(|text| !text.is_empty()).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

fn tell(context: &Context) {
    context.tell(Event::Outbox);
}
