//! What a route says about submissions.

use std::collections::BTreeMap;
use std::time::Duration;

use http::StatusCode;
use url::Url;

use super::Pattern;
use crate::seen::Kind;

/// How many bytes a submission may have where the profile does not say.
pub const DEFAULT_SUBMISSION: u64 = 25 << 20;

/// How long a submission waits where the profile does not say.
pub const DEFAULT_EXPIRY: Duration = Duration::from_secs(30 * 24 * 3600);

/// How to find out whether a submission has arrived whose answer was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verify {
    /// A path with the route's parameters, `{key}` for the `Idempotency-Key`, and `{name}` for
    /// the value of a field.
    pub path: String,
    /// What stands there if it has arrived, with the same in it.
    pub contains: String,
}

/// What becomes of what waits when its person signs out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AtSignOut {
    /// It waits until they sign in again.
    #[default]
    Keep,
    /// It is discarded, which is said before.
    Discard,
}

/// What a route says about submissions that cannot be delivered now.
#[derive(Debug, Clone)]
pub struct Outbox {
    /// What a person would call one.
    pub kind: Kind,
    /// What delivered means.
    pub accept: Accept,
    /// Paths, with the route's parameters, to fetch again after delivery.
    pub refresh: Vec<String>,
    /// The path of an installed page that stands in for the answer of one that waits.
    pub receipt: Option<String>,
    /// Whether the site does what it is asked once for each `Idempotency-Key`, however often
    /// it is asked.
    pub has_receipts: bool,
    /// How to find out whether one has arrived.
    pub verify: Option<Verify>,
    /// How many bytes the body may have.
    pub max_bytes: u64,
    /// How long one waits before the person is asked.
    pub expire: Duration,
    /// What becomes of what waits when its person signs out.
    pub sign_out: AtSignOut,
}

/// What an answer must be for a submission to be delivered: all that is said here.
#[derive(Debug, Clone, Default)]
pub struct Accept {
    /// A redirect to such a path, with the same parameters as the route's.
    pub redirect: Option<Pattern>,
    /// This status; if there is none, any but an error.
    pub status: Option<StatusCode>,
    /// This text in the body.
    pub contains: Option<String>,
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            kind: Kind::default(),
            accept: Accept::default(),
            refresh: Vec::new(),
            receipt: None,
            has_receipts: false,
            verify: None,
            max_bytes: DEFAULT_SUBMISSION,
            expire: DEFAULT_EXPIRY,
            sign_out: AtSignOut::default(),
        }
    }
}

impl Outbox {
    /// Whether an answer says that a submission to a path with these parameters is delivered.
    pub(crate) fn accepts(
        &self,
        own: &BTreeMap<String, String>,
        status: StatusCode,
        target: Option<&Url>,
        text: &str,
    ) -> bool {
        let Accept { redirect, status: wanted, contains } = &self.accept;
        let leads_there = |pattern: &Pattern| {
            let told = target.and_then(|target| pattern.parameters(target.path()));
            let is_own =
                |(name, value): (&String, &String)| own.get(name).is_none_or(|own| own == value);
            told.is_some_and(|told| told.iter().all(is_own))
        };
        let is_right = match wanted {
            Some(wanted) => status == *wanted,
            None => !status.is_client_error() && !status.is_server_error(),
        };
        is_right
            && redirect.as_ref().is_none_or(leads_there)
            && contains.as_ref().is_none_or(|marker| text.contains(marker.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn delivered_is_what_the_route_says() {
        let check = |accept: &Accept, (status, target, text): (u16, &str, &str), expected: bool| {
            let site = Url::parse("https://polls.example/").unwrap();
            let own = BTreeMap::from([("id".to_owned(), "7".to_owned())]);
            let target = (!target.is_empty()).then(|| site.join(target).unwrap());
            let status = StatusCode::from_u16(status).unwrap();
            let outbox = Outbox { accept: accept.clone(), ..Outbox::default() };
            let accepts = outbox.accepts(&own, status, target.as_ref(), text);
            assert_eq!(accepts, expected, "{accept:?} {status} {target:?} {text}");
        };
        let redirect = Some(Pattern::parse("/polls/:id/results/").unwrap());
        let vote = Accept { redirect, ..Accept::default() };
        check(&vote, (302, "/polls/7/results/",           ""), true);
        check(&vote, (303, "/polls/7/results/?from=vote", ""), true);
        check(&vote, (302, "/polls/8/results/",           ""), false);
        check(&vote, (302, "/polls/7/",                   ""), false);
        check(&vote, (500, "/polls/7/results/",           ""), false);
        check(&vote, (200, "",                            ""), false);
        let thanked = Accept { contains: Some("Thank you".to_owned()), ..Accept::default() };
        check(&thanked, (200, "", "<p>Thank you!"), true);
        check(&thanked, (200, "", "<p>Sorry"),      false);
        check(&thanked, (500, "", "<p>Thank you!"), false);
        let created = Accept { status: Some(StatusCode::CREATED), ..Accept::default() };
        check(&created, (201, "", ""), true);
        check(&created, (200, "", ""), false);
    }
}
