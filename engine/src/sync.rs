//! Periodic background sync: what the profile lists is fetched now and then, so that it is
//! there and new when somebody asks for it without a network.
//!
//! ```text
//! planned ── it is time ── may nobody's wish use the network? ── no ──▶ when it may, soon
//!   ▲                        └── yes ── one page after the other, one group after the other
//!   ├── again after the interval ◀── all there, or the site has no such page ──┤
//!   └── later and later ◀── the site is away ──────────────────────────────────┘
//!                             └── it is back ──▶ soon, by chance
//! ```
//!
//! When is decided by [`schedule`](crate::schedule). Between two times nothing is done and
//! nothing is looked at: the task sleeps.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::sleep;

use crate::backoff::Backoff;
use crate::config::SyncRule;
use crate::context::Context;
use crate::error::in_full;
use crate::event::{Background, Connection, Event};
use crate::exchange::{NotRefreshed, refresh};
use crate::schedule::{again, replanned, soon};
use crate::store::Synced;

/// When a site that is away is tried again.
pub(crate) const RETRY: Backoff =
    Backoff { base: Duration::from_secs(60), max: Duration::from_secs(900) };

/// Fetches what is due, for as long as the engine lives.
pub(crate) async fn run(context: Arc<Context>) {
    let rules = &context.site.syncs;
    if rules.is_empty() {
        return;
    }
    let mut link = context.network.link.subscribe();
    let mut was_gone = false;
    let mut groups = planned(&context, rules).await;
    loop {
        if context.syncs.take_wanted() {
            for group in &mut groups {
                group.fetch(&context).await;
            }
            continue;
        }
        let now = context.clock.now();
        for group in &mut groups {
            let next_at =
                replanned(Some(group.kept.next_at), group.rule.every, now, (context.jitter)());
            group.plan(&context, next_at).await;
        }
        let may_begin = context.syncs.background() == Background::Allowed;
        let next = groups.iter_mut().filter(|_| may_begin).max_by_key(|group| group.order());
        let wait =
            next.as_ref().map(|group| group.kept.next_at.duration_since(now).unwrap_or_default());
        if let (Some(group), Some(Duration::ZERO)) = (next, wait) {
            group.fetch(&context).await;
            continue;
        }
        let pause = async {
            match wait {
                Some(wait) => sleep(wait).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = pause => {}
            () = context.syncs.woken.notified() => {}
            Ok(()) = link.changed() => {
                let state = *link.borrow_and_update();
                if state.is_usable() && was_gone {
                    for group in groups.iter_mut().filter(|group| group.kept.failures > 0) {
                        group.is_back(&context).await;
                    }
                }
                was_gone = state.is_offline() || was_gone && state == Connection::Suspect;
            }
        }
    }
}

/// The groups of the profile, each with when it is due; what is kept of others is old.
async fn planned<'r>(context: &Context, rules: &'r [SyncRule]) -> Vec<Group<'r>> {
    let kept = context.store.syncs().unwrap_or_else(|error| {
        tracing::warn!(error = in_full(&error), "when what was fetched by itself is not known");
        Vec::new()
    });
    let now = context.clock.now();
    let mut groups = Vec::new();
    for rule in rules {
        let mut kept = kept.iter().filter(|kept| kept.name == rule.name).cloned();
        let kept = kept.next().unwrap_or_else(|| Synced {
            name: rule.name.clone(),
            last_at: None,
            next_at: replanned(None, rule.every, now, (context.jitter)()),
            failures: 0,
            failure: None,
        });
        let group = Group { rule, kept };
        group.note(context).await;
        groups.push(group);
    }
    groups
}

/// A group of the profile and how it stands with it.
struct Group<'r> {
    rule: &'r SyncRule,
    kept: Synced,
}

impl Group<'_> {
    /// The greatest is due first.
    fn order(&self) -> Reverse<SystemTime> {
        Reverse(self.kept.next_at)
    }

    /// Fetches its pages, one after the other, and plans the next time.
    #[tracing::instrument(level = "debug", name = "sync", skip_all, fields(name = self.rule.name))]
    async fn fetch(&mut self, context: &Arc<Context>) {
        context.syncs.change(&self.rule.name, |group| group.is_running = true);
        context.tell(Event::Synced);
        let failed = self.fetch_all(context).await;
        let (now, jitter) = (context.clock.now(), (context.jitter)());
        let next = again(self.rule.every, now, jitter);
        self.kept.failure =
            failed.as_ref().map(|(path, error)| format!("{path}: {}", in_full(error)));
        if failed.is_some_and(|(_, error)| error.is_passing()) {
            self.kept.failures = self.kept.failures.saturating_add(1);
            let retry = now + RETRY.spread(self.kept.failures, jitter);
            self.kept.next_at = retry.min(next);
        } else {
            (self.kept.failures, self.kept.last_at, self.kept.next_at) = (0, Some(now), next);
        }
        context.syncs.change(&self.rule.name, |group| group.is_running = false);
        self.note(context).await;
    }

    /// The first page that could not be fetched, and why. Of a site that is away no other page
    /// is asked for.
    async fn fetch_all(&self, context: &Arc<Context>) -> Option<(String, NotRefreshed)> {
        let mut failed = None;
        for path in &self.rule.urls {
            let Ok(url) = context.site.address(path) else { continue };
            if let Err(error) = refresh(context, url).await {
                tracing::debug!(path, error = in_full(&error), "a page is as old as before");
                let is_away = error.is_passing();
                failed.get_or_insert((path.clone(), error));
                if is_away {
                    break;
                }
            }
        }
        failed
    }

    /// The site is back, for which it was too late the last time.
    async fn is_back(&mut self, context: &Context) {
        let (now, jitter) = (context.clock.now(), (context.jitter)());
        let next_at = soon(self.rule.every, now, jitter).min(self.kept.next_at);
        self.plan(context, next_at).await;
    }

    async fn plan(&mut self, context: &Context, next_at: SystemTime) {
        if self.kept.next_at != next_at {
            self.kept.next_at = next_at;
            self.note(context).await;
        }
    }

    /// Writes down how it stands, and tells.
    async fn note(&self, context: &Context) {
        let Synced { last_at, next_at, failure, .. } = self.kept.clone();
        context.syncs.change(&self.rule.name, |group| {
            (group.last_at, group.next_at, group.failure) = (last_at, Some(next_at), failure);
        });
        if let Err(error) = context.store.note_sync(self.kept.clone()).await {
            tracing::warn!(error = in_full(&error), "what is fetched by itself is not noted");
        }
        context.tell(Event::Synced);
    }
}
