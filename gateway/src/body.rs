//! Bodies, from HTTP to the engine and back, piece by piece.
//!
//! Nothing is gathered: the next piece is asked for when there is room for it, so a slow
//! reader slows down whoever sends, and memory does not grow with the body.

use std::io;

use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt};
use holdfast_engine::Body;
use http_body_util::{BodyExt, Either, Full, StreamBody};
use hyper::body::{Body as _, Frame, Incoming};

/// A body on its way to a client. One that ends in an error ends the connection, so that
/// the client does not take it for whole.
pub(crate) type Outgoing =
    Either<Full<Bytes>, StreamBody<BoxStream<'static, io::Result<Frame<Bytes>>>>>;

/// The body of a request; one that breaks off ends in an error.
pub(crate) fn from_client(body: Incoming) -> Body {
    if body.is_end_stream() {
        return Body::empty();
    }
    Body::Stream(body.into_data_stream().map(|piece| piece.map_err(io::Error::other)).boxed())
}

/// The body of a response.
pub(crate) fn to_client(body: Body) -> Outgoing {
    match body {
        Body::Bytes(bytes) => Either::Left(Full::new(bytes)),
        Body::Stream(pieces) => {
            Either::Right(StreamBody::new(pieces.map(|piece| piece.map(Frame::data)).boxed()))
        }
    }
}
