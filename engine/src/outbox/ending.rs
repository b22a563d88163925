//! What becomes of a submission after an attempt to deliver it.

use std::sync::Arc;
use std::time::Duration;

use http::header::{CONTENT_TYPE, COOKIE};
use tokio::time::sleep;
use url::Url;

use super::attempt::{Attempt, Parcel};
use super::{PAUSE, label, tell};
use crate::backoff::Backoff;
use crate::body::Body;
use crate::context::Context;
use crate::error::{StoreError, in_full};
use crate::event::Event;
use crate::exchange::Exchange;
use crate::policy::Verdict;
use crate::request::{Destination, Request};
use crate::response::Response;
use crate::route::Outbox;
use crate::store::{
    ASKED, Again, CHANGED, KeptAnswer, KeptSubmission, LOST, REFUSED, Submission, Unsettled,
};

pub(super) const RETRY: Backoff =
    Backoff { base: Duration::from_secs(10), max: Duration::from_secs(600) };

/// What becomes of a submission.
#[derive(Debug, Clone)]
pub(super) enum Ended {
    /// The site has it.
    Delivered,
    /// The person has the site's answer.
    Seen,
    /// It is tried again, after this pause at the earliest.
    Later { pause: Duration, may_have_arrived: bool, reason: String },
    /// The person has to see to it.
    Settled(Unsettled),
}

/// What becomes of a submission after an attempt, whoever has the answer.
pub(super) fn ended(context: &Context, outbox: &Outbox, attempt: &Attempt) -> Ended {
    let reason = attempt.reason();
    match attempt {
        Attempt::Arrived | Attempt::Answered(Verdict::Delivered, _) => Ended::Delivered,
        Attempt::Answered(Verdict::Later(asked), response) => {
            // An error in the middle of doing it: where it can be found out, it is.
            let is_in_doubt = response.status.is_server_error() && outbox.verify.is_some();
            let pause = asked.unwrap_or_default();
            Ended::Later { pause, may_have_arrived: is_in_doubt, reason }
        }
        Attempt::Answered(Verdict::Foreign, _) => {
            Ended::Later { pause: Duration::ZERO, may_have_arrived: false, reason }
        }
        Attempt::Answered(Verdict::Unknown, _) => lost(outbox, reason),
        Attempt::Answered(Verdict::Refused | Verdict::StaleForm, response) => {
            let answer = kept_answer(response);
            Ended::Settled(Unsettled { step: &REFUSED, reason, answer, sign_in: None })
        }
        Attempt::Answered(Verdict::Changed(_), response) => {
            let answer = kept_answer(response);
            Ended::Settled(Unsettled { step: &CHANGED, reason, answer, sign_in: None })
        }
        Attempt::Answered(Verdict::SignIn(path), _) => {
            let sign_in = path.clone().or_else(|| context.site.sign_in.page.clone());
            Ended::Settled(Unsettled { step: &ASKED, reason, answer: None, sign_in })
        }
        Attempt::Unverified(_) => {
            Ended::Later { pause: Duration::ZERO, may_have_arrived: true, reason }
        }
        Attempt::NotTheirs { may_have_arrived } => {
            let may_have_arrived = *may_have_arrived;
            Ended::Later { pause: Duration::ZERO, may_have_arrived, reason }
        }
        Attempt::Unreadable(_) => {
            Ended::Settled(Unsettled { step: &REFUSED, reason, answer: None, sign_in: None })
        }
        Attempt::Failed(error) if error.is_safe_to_resend() => {
            Ended::Later { pause: Duration::ZERO, may_have_arrived: false, reason }
        }
        Attempt::Failed(_) => lost(outbox, reason),
    }
}

/// What becomes of one that may have arrived: it is sent again only where the site knows it
/// again, or once it was found out that it has not.
pub(super) fn lost(outbox: &Outbox, reason: String) -> Ended {
    if outbox.has_receipts || outbox.verify.is_some() {
        Ended::Later { pause: Duration::ZERO, may_have_arrived: true, reason }
    } else {
        Ended::Settled(Unsettled { step: &LOST, reason, answer: None, sign_in: None })
    }
}

fn kept_answer(response: &Response) -> Option<KeptAnswer> {
    let content_type = response.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    Some(KeptAnswer {
        status: response.status.as_u16(),
        content_type: content_type.map(str::to_owned),
        body: response.body.at_hand().unwrap_or_default(),
    })
}

/// Writes down what has become of it.
pub(super) async fn conclude(context: &Arc<Context>, parcel: &Parcel<'_>, ended: Ended) {
    if matches!(ended, Ended::Delivered) {
        refresh(context, parcel);
    }
    if note(context, &parcel.kept, &ended).await {
        return;
    }
    // It is still marked as being sent, so that nobody sends it again meanwhile.
    let (context_of_task, kept) = (context.clone(), parcel.kept.clone());
    context.tasks.spawn(async move {
        loop {
            sleep(PAUSE).await;
            if note(&context_of_task, &kept, &ended).await {
                return;
            }
        }
    });
}

async fn note(context: &Arc<Context>, kept: &KeptSubmission, ended: &Ended) -> bool {
    let (id, key, now) = (kept.id, &*kept.submission.key, context.clock.now());
    let noted: Result<bool, StoreError> = match ended {
        Ended::Delivered => context.store.end_delivered((id, key), now).await,
        Ended::Seen => context.store.end_seen((id, key)).await,
        Ended::Later { pause, may_have_arrived, reason } => {
            let not_before = now + *pause;
            let at = now + RETRY.spread(kept.tries + 1, (context.jitter)());
            let again = Again {
                at: at.max(not_before),
                not_before,
                may_have_arrived: *may_have_arrived,
                reason: reason.clone(),
            };
            context.store.put_back(id, now, again).await
        }
        Ended::Settled(unsettled) => {
            let sent = (id, &*kept.submission.partition);
            context.store.settle_submission(sent, now, unsettled.clone()).await
        }
    };
    if let Err(error) = noted {
        tracing::error!(error = in_full(&error), "what became of a submission is noted later");
        return false;
    }
    if matches!(ended, Ended::Delivered) {
        let Submission { kind, labels, shown_on, .. } = &kept.submission;
        let (label, path) = (label(labels), shown_on.first().cloned());
        context.tell(Event::Delivered { key: key.to_owned(), kind: *kind, label, path });
    }
    context.outbox.notify_one();
    tell(context);
    true
}

/// Fetches the pages anew that show what the submission has changed.
fn refresh(context: &Arc<Context>, parcel: &Parcel<'_>) {
    let Submission { url, cookies, headers, .. } = &parcel.kept.submission;
    let Ok(url) = Url::parse(url) else { return };
    let submitted = Request {
        cookies: *cookies,
        headers: headers.get(COOKIE).map(|cookie| (COOKIE, cookie.clone())).into_iter().collect(),
        ..Request::get(url, Destination::Document)
    };
    let (place, asked) = ((parcel.at, parcel.route), (submitted.without_body(), Body::empty()));
    let exchange = Exchange::new(context.clone(), asked, place, parcel.installed);
    for path in &parcel.outbox.refresh {
        let Some((part, _)) = exchange.part(path, Destination::Document) else { continue };
        context.tasks.spawn(async move {
            if let Err(error) = part.fetch().await {
                let error = in_full(&error);
                tracing::debug!(error, "a page is refreshed when it is asked for");
            }
        });
    }
}
