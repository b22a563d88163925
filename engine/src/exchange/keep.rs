//! What a fetch brings is stored whole or not at all.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures::future;
use futures::stream::{self, BoxStream, Fuse, StreamExt};
use tokio::sync::{mpsc, oneshot};
use url::{Position, Url};

use super::Leader;
use crate::blocking::blocking;
use crate::body::Body;
use crate::context::Context;
use crate::error::{StoreError, in_full};
use crate::event::{Event, Update};
use crate::network::Progress;
use crate::request::Destination;
use crate::store::{Arriving, BlobWriter, Change, Entry, Tail, Written};

type Pieces = BoxStream<'static, io::Result<Bytes>>;

/// A response on its way into the store.
pub(super) struct Incoming {
    pub(super) entry: Entry,
    pub(super) install: Option<i64>,
    pub(super) destination: Destination,
    /// The length that the site says it has.
    pub(super) length: Option<u64>,
    /// For others who wait for the same.
    pub(super) leader: Option<Leader>,
}

/// Stores a body that is at hand, or begins to store one that is arriving.
pub(super) async fn store(
    context: &Arc<Context>,
    incoming: Incoming,
    body: Body,
    tokens: &[String],
) -> (Body, bool) {
    let bytes = match body {
        Body::Stream(_) => return (store_while_passing(context, incoming, body), true),
        Body::Bytes(bytes) => bytes,
    };
    let Incoming { mut entry, install, destination, .. } = incoming;
    entry.digest = digest(&bytes, tokens);
    let (url, route) = (entry.url.clone(), entry.route.clone());
    let result = context.store.put(entry, bytes.clone(), install).await;
    let is_stored = result.is_ok();
    report(context, &url, destination, &route, result);
    (Body::Bytes(bytes), is_stored)
}

/// Passes a long body on piece by piece and writes it to the store beside; it is stored
/// once it is whole, also when whoever asked has gone.
fn store_while_passing(context: &Arc<Context>, incoming: Incoming, body: Body) -> Body {
    let (first, passed_on) = First::new();
    let context_of_task = context.clone();
    context.tasks.spawn(async move {
        let context = context_of_task;
        let Incoming { entry, install, destination, length, leader } = incoming;
        let (url, route) = (entry.url.clone(), entry.route.clone());
        let mut stream = body.into_stream().fuse();
        let mut first = Some(first);
        let result =
            match context.store.begin_blob((&route, &entry.partition), install, length).await {
                Ok(writer) => {
                    let tail = leader.as_ref();
                    let tail = tail.and_then(|leader| read_along(leader, &writer, &entry, length));
                    match copy(&mut stream, writer, tail, &mut first).await {
                        Ok(written) => {
                            let now = context.clock.now();
                            context.store.put_blob(entry, written, (install, now)).await
                        }
                        Err(error) => Err(error),
                    }
                }
                Err(error) => Err(error),
            };
        let is_cut_off = matches!(result, Err(StoreError::IncompleteBody(_)));
        // Told before the rest is passed on, which may have no end; nor does anybody wait
        // for what is not stored.
        report(&context, &url, destination, &route, result);
        drop(leader);
        if let Some(first) = first {
            if !is_cut_off {
                first.pass_on(stream).await;
            }
            first.end();
        }
    });
    Body::Stream(passed_on)
}

/// Lets others read the body while it is written.
fn read_along(
    leader: &Leader,
    writer: &BlobWriter,
    entry: &Entry,
    length: Option<u64>,
) -> Option<Tail> {
    match writer.tail() {
        Ok(tail) => {
            let arriving = Arriving { entry: entry.clone(), length, tail: tail.clone() };
            leader.tell(Progress::Arriving(Arc::new(arriving)));
            Some(tail)
        }
        Err(error) => {
            tracing::warn!(error = in_full(&error), "a body is fetched for each");
            None
        }
    }
}

/// Copies a body to a file and to whoever asked first, until it ends or cannot be stored.
async fn copy(
    stream: &mut Fuse<Pieces>,
    mut writer: BlobWriter,
    tail: Option<Tail>,
    first: &mut Option<First>,
) -> Result<Written, StoreError> {
    while let Some(piece) = stream.next().await {
        match piece {
            Ok(piece) => {
                let copy = piece.clone();
                let written = blocking(move || writer.write(&copy)).await;
                let written = written.unwrap_or(Err(StoreError::Closing));
                let tail = tail.as_ref().filter(|_| written.is_ok());
                *first = match first.take() {
                    Some(first) => first.hand(piece, tail).await,
                    None => None,
                };
                writer = written?;
            }
            Err(error) => {
                let cause = io::Error::new(error.kind(), error.to_string());
                if let Some(first) = first {
                    first.fail(error).await;
                }
                return Err(StoreError::IncompleteBody(cause));
            }
        }
    }
    blocking(move || writer.finish()).await.unwrap_or(Err(StoreError::Closing))
}

/// Whoever asked first. They get the pieces from memory, and alone they set the pace: a
/// reader who stops stops the site. Once others read along nobody is waited for, and who
/// falls behind reads the file like them.
struct First {
    pieces: mpsc::Sender<io::Result<Bytes>>,
    /// What comes after the pieces. Without a word on it the body never ended.
    rest: oneshot::Sender<Pieces>,
    /// How many bytes the pieces had.
    handed: u64,
}

impl First {
    fn new() -> (Self, Pieces) {
        let (pieces, handed) = mpsc::channel(8);
        let (rest, rest_to_come) = oneshot::channel::<Pieces>();
        let handed = stream::unfold(handed, |mut pieces| async move {
            pieces.recv().await.map(|piece| (piece, pieces))
        });
        let rest_to_come = stream::once(rest_to_come).flat_map(|rest| {
            let interrupted = || Err(io::Error::other("the engine is shutting down"));
            rest.unwrap_or_else(|_| stream::once(future::ready(interrupted())).boxed())
        });
        (Self { pieces, rest, handed: 0 }, handed.chain(rest_to_come).boxed())
    }

    /// Hands a piece over, which is in the file of `tail` as well; `None` if they read on
    /// there by themselves.
    async fn hand(mut self, piece: Bytes, tail: Option<&Tail>) -> Option<Self> {
        let length = piece.len() as u64;
        let company = async {
            match tail {
                Some(tail) => {
                    tail.company().await;
                    tail
                }
                None => future::pending().await,
            }
        };
        tokio::select! {
            biased;
            // Without a reader the body is stored all the same.
            _ = self.pieces.send(Ok(piece)) => {
                self.handed += length;
                Some(self)
            }
            tail = company => {
                let _ = self.rest.send(tail.read_from(self.handed));
                None
            }
        }
    }

    /// Hands over what is not stored, for as long as somebody reads it.
    async fn pass_on(&self, mut stream: Fuse<Pieces>) {
        while let Some(piece) = stream.next().await {
            if self.pieces.send(piece).await.is_err() {
                return;
            }
        }
    }

    async fn fail(&self, error: io::Error) {
        let _ = self.pieces.send(Err(error)).await;
    }

    fn end(self) {
        let _ = self.rest.send(stream::empty().boxed());
    }
}

/// What the route of a response wants to become of open pages that show an older one.
fn update(context: &Context, route: &str) -> Update {
    let route = context.site.routes.iter().find(|known| known.name == route);
    route.map_or(Update::Notice, |route| route.strategy.update())
}

/// Tells what storing a response for a URL has come to.
pub(super) fn report(
    context: &Context,
    url: &str,
    destination: Destination,
    route: &str,
    result: Result<Change, StoreError>,
) {
    let path = Url::parse(url).map(|url| url[Position::BeforePath..].to_owned());
    let path = path.unwrap_or_else(|_| url.to_owned());
    match result {
        Ok(Change::New) => {}
        Ok(Change::Same) => context.tell(Event::Confirmed { path, destination }),
        Ok(Change::Different) => {
            let update = update(context, route);
            context.tell(Event::Changed { path, destination, update });
        }
        Err(error) => context.tell(Event::NotStored { path, reason: in_full(&error) }),
    }
}

/// The hash of a body without its tokens, which differ although nothing changed.
fn digest(bytes: &Bytes, tokens: &[String]) -> Vec<u8> {
    let hash = if tokens.is_empty() {
        blake3::hash(bytes)
    } else {
        let mut text = String::from_utf8_lossy(bytes).into_owned();
        for token in tokens.iter().filter(|token| !token.is_empty()) {
            text = text.replace(token, "");
        }
        blake3::hash(text.as_bytes())
    };
    hash.as_bytes().to_vec()
}
