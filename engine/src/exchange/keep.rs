//! What a fetch brings is stored whole or not at all.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{BoxStream, Fuse};
use tokio::sync::mpsc;
use url::{Position, Url};

use crate::body::Body;
use crate::context::Context;
use crate::error::{StoreError, in_full};
use crate::event::{Event, Update};
use crate::request::Destination;
use crate::store::{BlobWriter, Change, Entry, Written};

/// Stores a body that is at hand, or begins to store one that is arriving.
pub(super) async fn store(
    context: &Arc<Context>,
    mut entry: Entry,
    install: Option<i64>,
    body: Body,
    tokens: &[String],
    destination: Destination,
) -> (Body, bool) {
    let bytes = match body {
        Body::Stream(_) => {
            return (store_while_passing(context, entry, install, body, destination), true);
        }
        Body::Bytes(bytes) => bytes,
    };
    entry.digest = digest(&bytes, tokens);
    let (url, route) = (entry.url.clone(), entry.route.clone());
    let result = context.store.put(entry, bytes.clone(), install).await;
    let is_stored = result.is_ok();
    report(context, &url, destination, &route, result);
    (Body::Bytes(bytes), is_stored)
}

/// Passes a long body on piece by piece and writes it to the store beside; it is stored
/// once it is whole, also when whoever asked has gone.
fn store_while_passing(
    context: &Arc<Context>,
    entry: Entry,
    install: Option<i64>,
    body: Body,
    destination: Destination,
) -> Body {
    let (pass, pieces) = mpsc::channel::<io::Result<Bytes>>(8);
    let context_of_task = context.clone();
    context.tasks.spawn(async move {
        let context = context_of_task;
        let (url, route) = (entry.url.clone(), entry.route.clone());
        let mut stream = body.into_stream().fuse();
        let result = match context.store.begin_blob(&entry.route, install).await {
            Ok(writer) => match copy(&mut stream, writer, &pass).await {
                Ok(written) => context.store.put_blob(entry, written, install).await,
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        };
        let is_cut_off = matches!(result, Err(StoreError::IncompleteBody(_)));
        // Told before the rest is passed on, which may have no end.
        report(&context, &url, destination, &route, result);
        if !is_cut_off {
            pass_on(stream, &pass).await;
        }
    });
    let stream = futures::stream::unfold(pieces, |mut pieces| async move {
        pieces.recv().await.map(|piece| (piece, pieces))
    });
    Body::Stream(stream.boxed())
}

/// A body of which each piece is there once, also for who asks again after the end.
type Pieces = Fuse<BoxStream<'static, io::Result<Bytes>>>;

/// Copies a body to a file and to whoever waits for it, until it ends or cannot be stored.
async fn copy(
    stream: &mut Pieces,
    mut writer: BlobWriter,
    pass: &mpsc::Sender<io::Result<Bytes>>,
) -> Result<Written, StoreError> {
    while let Some(piece) = stream.next().await {
        match piece {
            Ok(piece) => {
                let copy = piece.clone();
                let written = tokio::task::spawn_blocking(move || writer.write(&copy));
                let written = written.await.unwrap_or(Err(StoreError::Closing));
                // Without a reader the body is stored all the same.
                let _ = pass.send(Ok(piece)).await;
                writer = written?;
            }
            Err(error) => {
                let cause = io::Error::new(error.kind(), error.to_string());
                let _ = pass.send(Err(error)).await;
                return Err(StoreError::IncompleteBody(cause));
            }
        }
    }
    tokio::task::spawn_blocking(move || writer.finish()).await.unwrap_or(Err(StoreError::Closing))
}

/// Passes on what is not stored, for as long as somebody reads it.
async fn pass_on(mut stream: Pieces, pass: &mpsc::Sender<io::Result<Bytes>>) {
    while let Some(piece) = stream.next().await {
        if pass.send(piece).await.is_err() {
            return;
        }
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
