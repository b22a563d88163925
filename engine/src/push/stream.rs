//! One stream: opened, read, and opened again where it was left.
//!
//! ```text
//! opened ── 200, text/event-stream ── read until it ends, breaks off or says nothing ─▶ pause ─▶ again
//!   ├── 204 ─▶ not again for this person
//!   ├── the site says no, or answers something else ─▶ rests; again for another person
//!   └── an error of the site, or of the network ─▶ pause ─▶ again
//! ```
//!
//! The standard never opens again what was answered otherwise (§9.2.3). A page is reloaded sooner
//! or later, an app is not, and behind a captive portal everything is answered otherwise: so
//! it is tried again, seldom.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use http::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::{message, pages, visitor};
use crate::backoff::Backoff;
use crate::body::Body;
use crate::config::{PushStream, PushToken};
use crate::context::Context;
use crate::error::{NetworkError, in_full};
use crate::event_stream::{EventStream, Said};
use crate::notice::Message;
use crate::policy::{Partition, Visitor, retry_after};
use crate::request::{Cookies, Destination, Redirects, Request};
use crate::response::is_endless;
use crate::store::Reading;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// How far apart those come back who have lost the site together, beside what it asks for.
const RETRY: Backoff = Backoff { base: Duration::from_secs(5), max: Duration::from_secs(600) };
/// How often a site that is known to be away is asked by this one, while nobody else asks.
const AWAY: Backoff = Backoff { base: Duration::from_secs(60), max: Duration::from_secs(900) };
/// How often a stream is asked for again that the site has refused.
const REFUSED: Backoff = Backoff { base: Duration::from_secs(900), max: Duration::from_secs(3600) };
/// The site asks for no longer pause than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
/// Who signs in gets several cookies, and is known a moment later.
const SETTLES: Duration = Duration::from_secs(1);
/// A stream that has lasted as long has not failed.
const LASTING: Duration = Duration::from_secs(30);
/// A token has no more bytes.
const LONGEST_TOKEN: usize = 16 << 10;
/// An identifier that is longer is not sent back.
const LONGEST_ID: usize = 1024;

/// Why a stream is read no more.
#[derive(Debug)]
enum Ended {
    /// The site wants it not to be opened again.
    Stopped,
    /// The site does not hand it out.
    Refused(String),
    /// It ended, or could not be opened; the site may have asked for a pause.
    Dropped(Option<Duration>),
    /// Somebody else is signed in.
    OtherPerson,
}

/// Reads one stream, for as long as the engine lives.
pub(super) async fn read(context: &Arc<Context>, stream: &PushStream) {
    let Some(url) = stream.address(&context.site.origin) else { return };
    let reader = Reader { context, stream, name: url.to_string() };
    let mut reopened = context.pushes.reopened.subscribe();
    let mut pace = Pace::default();
    loop {
        reader.until_the_site_may_be_there(&mut pace).await;
        let began = Instant::now();
        let ended = tokio::select! {
            ended = reader.read_once(&mut pace) => ended,
            Ok(()) = reopened.changed() => continue,
        };
        tracing::debug!(stream = reader.name, ?ended, "a stream has ended");
        if pace.has_said_something || began.elapsed() >= LASTING {
            pace.failures = 0;
        }
        pace.failures += 1;
        reader.pause(ended, &pace, &mut reopened).await;
    }
}

/// How often a stream is opened.
#[derive(Debug, Default)]
struct Pace {
    /// In a row.
    failures: u32,
    has_said_something: bool,
    /// What the site asks for.
    retry: Duration,
}

struct Reader<'c> {
    context: &'c Arc<Context>,
    stream: &'c PushStream,
    /// What the store knows it by: its address.
    name: String,
}

impl Reader<'_> {
    /// Waits while the site is known to be away. Who was there when it went is not back at the
    /// same moment as everybody else.
    async fn until_the_site_may_be_there(&self, pace: &mut Pace) {
        let link = &self.context.network.link;
        if !link.state().is_offline() {
            return;
        }
        let until_back = async {
            // The sender lives as long as the context, so there is an end to wait for.
            let _ = link.subscribe().wait_for(|state| !state.is_offline()).await;
        };
        let delay = AWAY.spread(pace.failures, (self.context.jitter)());
        tokio::select! {
            () = until_back => {
                sleep(RETRY.spread(1, (self.context.jitter)())).await;
            }
            // When nobody asks for anything, nobody else finds out whether it is back.
            () = sleep(delay) => {}
        }
    }

    /// Waits until the stream is opened again.
    async fn pause(&self, ended: Ended, pace: &Pace, reopened: &mut watch::Receiver<u64>) {
        let jitter = (self.context.jitter)();
        let mut cookies = self.context.network.jar.changes();
        match ended {
            Ended::OtherPerson => {
                let again = pace.failures > 1;
                sleep(SETTLES).await;
                if again {
                    sleep(RETRY.spread(pace.failures, jitter)).await;
                }
            }
            Ended::Dropped(asked) => {
                let asked = asked.unwrap_or_default().max(pace.retry).min(LONGEST_PAUSE);
                let delay = asked + RETRY.spread(pace.failures, jitter);
                tokio::select! {
                    () = sleep(delay) => {}
                    _ = reopened.changed() => {}
                }
            }
            // "Clients will reconnect if the connection is closed; a client can be told to stop
            // reconnecting using the HTTP 204 No Content response code." (§9.2.1)
            Ended::Stopped => self.until_another_person().await,
            Ended::Refused(reason) => {
                tracing::warn!(stream = self.name, reason, "a stream is not handed out");
                tokio::select! {
                    () = sleep(REFUSED.delay(pace.failures, jitter)) => {}
                    _ = cookies.changed() => sleep(SETTLES).await,
                    _ = reopened.changed() => {}
                }
            }
        }
    }

    async fn until_another_person(&self) {
        self.until_not(&visitor(self.context)).await;
        sleep(SETTLES).await;
    }

    /// Waits until somebody else is signed in than who this says.
    async fn until_not(&self, person: &str) {
        let mut cookies = self.context.network.jar.changes();
        while visitor(self.context) == person {
            if cookies.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Opens the stream and reads it to its end.
    async fn read_once(&self, pace: &mut Pace) -> Ended {
        pace.has_said_something = false;
        let person = visitor(self.context);
        let reading = Reading { stream: self.name.clone(), partition: person.clone() };
        let opened = tokio::select! {
            opened = self.open(&reading) => opened,
            () = self.until_not(&person) => return Ended::OtherPerson,
        };
        let body = match opened {
            Ok(body) => body,
            Err(ended) => return ended,
        };
        tokio::select! {
            ended = self.read_to_the_end(body, &reading, pace) => ended,
            // What is told in a session is for who has begun it.
            () = self.until_not(&person) => Ended::OtherPerson,
        }
    }

    async fn open(&self, reading: &Reading) -> Result<Body, Ended> {
        let context = self.context;
        let Some(url) = self.stream.address(&context.site.origin) else {
            return Err(Ended::Stopped);
        };
        let mut request = Request {
            headers: context.pushes.asked_with(),
            cookies: Cookies::Jar,
            redirects: Redirects::Follow,
            ..Request::get(url, Destination::Data)
        };
        request.headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        request.headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        request.headers.extend(self.token().await?.map(|token| (AUTHORIZATION, token)));
        let cursor = context.store.cursor(reading).unwrap_or_else(|error| {
            tracing::warn!(error = in_full(&error), "a stream is read from now on");
            None
        });
        // "If the EventSource object's last event ID string is not the empty string, then …
        // Set (`Last-Event-ID`, lastEventIDValue) in request's header list." (§9.2.3)
        let cursor = cursor.filter(|id| !id.is_empty());
        let cursor = cursor.and_then(|id| HeaderValue::from_bytes(id.as_bytes()).ok());
        request.headers.extend(cursor.map(|id| (LAST_EVENT_ID, id)));

        let arrived = context.network.send(request).await.map_err(|error| {
            tracing::debug!(stream = self.name, error = error.in_full(), "a stream is not there");
            Ended::Dropped(None)
        })?;
        let name = context.site.session_cookie.as_deref();
        let asked_by = Partition::Of(Visitor::of_request(&arrived.asked, name)).to_string();
        if asked_by != reading.partition {
            return Err(Ended::OtherPerson);
        }
        let (status, headers) = (arrived.status, &arrived.headers);
        match status {
            StatusCode::OK if is_endless(headers) => Ok(arrived.body),
            StatusCode::OK => Err(Ended::Refused("it is no stream of events".to_owned())),
            StatusCode::NO_CONTENT => Err(Ended::Stopped),
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
                Err(self.later(headers))
            }
            status if status.is_server_error() => Err(self.later(headers)),
            status => Err(Ended::Refused(format!("the site answers {status}"))),
        }
    }

    fn later(&self, headers: &HeaderMap) -> Ended {
        Ended::Dropped(retry_after(headers, self.context.clock.now()))
    }

    /// What opens the stream, where cookies do not.
    async fn token(&self) -> Result<Option<HeaderValue>, Ended> {
        let context = self.context;
        let token = match &self.stream.token {
            None => return Ok(None),
            Some(PushToken::Cookie(name)) => {
                let url = self.stream.address(&context.site.origin);
                match url.and_then(|url| context.network.jar.value(&url, name)) {
                    Some(token) => token,
                    // Nobody is signed in, and the site may hand out what everybody may see.
                    None => return Ok(None),
                }
            }
            Some(PushToken::Path(path)) => self.fetched_token(path).await?,
        };
        let mut value = HeaderValue::try_from(format!("Bearer {}", token.trim()))
            .map_err(|_| Ended::Refused("what the site answers is no token".to_owned()))?;
        value.set_sensitive(true);
        Ok(Some(value))
    }

    /// The token that the site answers with: as it is, or in JSON under `token`.
    async fn fetched_token(&self, path: &str) -> Result<String, Ended> {
        let context = self.context;
        let Ok(url) = context.site.address(path) else { return Err(Ended::Stopped) };
        let request = Request {
            cookies: Cookies::Jar,
            redirects: Redirects::Follow,
            ..Request::get(url, Destination::Data)
        };
        let arrived = context.network.send(request).await.map_err(|_| Ended::Dropped(None))?;
        match arrived.status {
            StatusCode::OK => {}
            status if status.is_server_error() => return Err(self.later(&arrived.headers)),
            status => return Err(Ended::Refused(format!("for a token the site answers {status}"))),
        }
        let body = arrived.body.collect_within(LONGEST_TOKEN).await;
        let body = body.map_err(|_| Ended::Dropped(None))?;
        let text = String::from_utf8_lossy(&body).into_owned();
        let named = serde_json::from_str::<serde_json::Value>(&text).ok();
        let named = named.and_then(|json| json.get("token")?.as_str().map(str::to_owned));
        Ok(named.unwrap_or(text))
    }

    async fn read_to_the_end(&self, body: Body, reading: &Reading, pace: &mut Pace) -> Ended {
        let link = &self.context.network.link;
        let (mut pieces, mut events) = (body.into_stream(), EventStream::default());
        loop {
            let piece = match timeout(self.stream.keep_alive, pieces.next()).await {
                Ok(Some(Ok(piece))) => piece,
                Ok(Some(Err(source))) => {
                    let host = self.context.site.origin.host_str().unwrap_or_default().to_owned();
                    link.failed(&NetworkError::Broken { host, source: source.into() });
                    return Ended::Dropped(None);
                }
                Ok(None) => return Ended::Dropped(None),
                Err(_elapsed) => {
                    let limit = self.stream.keep_alive;
                    link.failed(&NetworkError::TimedOut { limit });
                    return Ended::Dropped(None);
                }
            };
            pace.has_said_something = true;
            if !self.take(events.read(&piece), reading, pace).await {
                return Ended::Dropped(None);
            }
        }
    }

    /// Keeps what the stream has said; whether it is on the disk, so that it may be read on.
    async fn take(&self, said: Vec<Said>, reading: &Reading, pace: &mut Pace) -> bool {
        let (mut messages, mut reached) = (Vec::new(), None);
        for said in said {
            let id = match said {
                Said::Event(event) => {
                    messages.extend(self.message(&event));
                    event.id
                }
                Said::Reached(id) => Some(id),
                Said::TooLong { id } => {
                    tracing::warn!(stream = self.name, "an event is too long, and is skipped");
                    id
                }
                Said::Retry(after) => {
                    pace.retry = after;
                    None
                }
            };
            reached = id.filter(|id| id.len() <= LONGEST_ID).or(reached);
        }
        if messages.is_empty() && reached.is_none() {
            return true;
        }
        let (context, has_messages) = (self.context, !messages.is_empty());
        let settings = (context.site.push.on_failure, context.clock.now());
        let kept =
            context.store.keep_messages(reading.clone(), (messages, reached), settings).await;
        match kept {
            Ok(_) if has_messages => {
                // What is on its way may be from before the change.
                context.flights.end_boarding();
                // Also of what was known already: who has kept it may have ended since.
                context.pushes.woken.notify_one();
                pages::tell_if_due(context);
                true
            }
            Ok(_) => true,
            Err(error) => {
                tracing::error!(error = in_full(&error), "what the site has told is read again");
                false
            }
        }
    }

    fn message(&self, event: &crate::event_stream::StreamEvent) -> Option<Message> {
        match message::read(&self.context.site, &self.name, event) {
            Ok(message) if message == Message::default() => None,
            Ok(message) => Some(message),
            Err(reason) => {
                tracing::warn!(stream = self.name, reason, "a message is not understood");
                None
            }
        }
    }
}
