//! The bytes of a request or a response: at hand, or still arriving.

use std::fmt;
use std::io;

use bytes::{Bytes, BytesMut};
use futures::stream::{self, BoxStream, StreamExt};

/// A message body.
///
/// A stream that ends in an error is an incomplete body: it is never stored and
/// never passed on as if it were whole.
pub enum Body {
    /// All of it.
    Bytes(Bytes),
    /// Pieces, in order, as they arrive.
    Stream(BoxStream<'static, io::Result<Bytes>>),
}

impl Body {
    /// No bytes.
    pub const fn empty() -> Self {
        Self::Bytes(Bytes::new())
    }

    /// A body that breaks off at once.
    pub(crate) fn broken(error: io::Error) -> Self {
        Self::Stream(stream::once(async move { Err(error) }).boxed())
    }

    /// The length in bytes, where it is known beforehand.
    pub fn length(&self) -> Option<u64> {
        match self {
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::Stream(_) => None,
        }
    }

    /// The bytes, if they are all at hand.
    pub(crate) fn at_hand(&self) -> Option<Bytes> {
        match self {
            Self::Bytes(bytes) => Some(bytes.clone()),
            Self::Stream(_) => None,
        }
    }

    /// Whether the body is at hand and has no bytes.
    pub fn is_empty(&self) -> bool {
        self.length() == Some(0)
    }

    /// The body as a stream, whichever it was.
    pub fn into_stream(self) -> BoxStream<'static, io::Result<Bytes>> {
        match self {
            Self::Bytes(bytes) if bytes.is_empty() => stream::empty().boxed(),
            Self::Bytes(bytes) => stream::once(async move { Ok(bytes) }).boxed(),
            Self::Stream(stream) => stream,
        }
    }

    /// Waits for the whole body.
    ///
    /// # Errors
    ///
    /// What broke the stream.
    pub async fn collect(self) -> io::Result<Bytes> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Stream(mut stream) => {
                let mut whole = BytesMut::new();
                while let Some(piece) = stream.next().await {
                    whole.extend_from_slice(&piece?);
                }
                Ok(whole.freeze())
            }
        }
    }

    /// Waits for the whole body, unless it has more than `limit` bytes.
    ///
    /// # Errors
    ///
    /// What broke the stream, or [`io::ErrorKind::FileTooLarge`].
    pub async fn collect_within(self, limit: usize) -> io::Result<Bytes> {
        match self.read_up_to(limit).await? {
            Self::Bytes(bytes) if bytes.len() <= limit => Ok(bytes),
            Self::Bytes(_) | Self::Stream(_) => {
                let message = format!("the body has more than {limit} bytes");
                Err(io::Error::new(io::ErrorKind::FileTooLarge, message))
            }
        }
    }

    /// Waits until the body has ended or more than `limit` bytes have come.
    ///
    /// A body that ended is [`Body::Bytes`] afterwards; a longer one is a stream
    /// that begins with what was read already.
    ///
    /// # Errors
    ///
    /// What broke the stream before either happened.
    pub async fn read_up_to(self, limit: usize) -> io::Result<Self> {
        let mut stream = match self {
            Self::Bytes(_) => return Ok(self),
            Self::Stream(stream) => stream,
        };
        let mut read = BytesMut::new();
        while let Some(piece) = stream.next().await {
            read.extend_from_slice(&piece?);
            if read.len() > limit {
                let begun = stream::once(async move { Ok(read.freeze()) });
                return Ok(Self::Stream(begun.chain(stream).boxed()));
            }
        }
        Ok(Self::Bytes(read.freeze()))
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::empty()
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::Bytes(text.into())
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Self::Bytes(Bytes::from_static(text.as_bytes()))
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(formatter, "{} bytes", bytes.len()),
            Self::Stream(_) => formatter.write_str("a stream"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_above_the_limit_is_given_up_where_it_exceeds_it() {
        let pieces = || stream::repeat_with(|| Ok(Bytes::from_static(b"0123456789")));
        let endless = Body::Stream(pieces().boxed());
        let error = endless.collect_within(1000).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        let whole = Body::Stream(pieces().take(100).boxed());
        assert_eq!(whole.collect_within(1000).await.unwrap().len(), 1000);
        assert!(Body::from("0123456789").collect_within(9).await.is_err());
    }
}
