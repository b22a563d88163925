//! Content codings: what was packed for the way is unpacked as it arrives.
//!
//! A few kilobytes can unpack to gigabytes, so how much may come out depends on how much
//! came in. Nothing is held but what the codings themselves look back at.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_compression::tokio::bufread::{
    BrotliDecoder, DeflateDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder,
};
use async_compression::zstd::DParameter;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use http::header::{CONTENT_ENCODING, HeaderMap};
use tokio::io::{AsyncBufReadExt, AsyncRead};
use tokio_util::io::{ReaderStream, StreamReader};
use url::Url;

use crate::error::NetworkError;

/// What the site may use, in the order in which browsers name it.
pub(super) const ACCEPTED: &str = "gzip, deflate, br, zstd";

/// How many times what came in may come out, as Apache limits what it unpacks
/// (`DeflateInflateRatioLimit`, 200 unless told). Text packs 3 to 20 times, the same table
/// row again and again 100 times; deflate cannot exceed 1,032 times, the others a million.
const RATIO: u64 = 200;
/// Up to how many bytes nobody asks how they were packed: memory has room for them, and a
/// long run of one byte is no attack yet.
const UNSUSPICIOUS: u64 = 16 << 20;
/// How many codings one upon the other are undone. Two happen, where a proxy packs what was
/// packed; each more costs the memory of a window.
const MOST_CODINGS: usize = 3;
/// "Decoders MUST support a Window_Size of up to and including 8 MB" and encoders must not
/// use more (RFC 9659 §3): 2 to the power of this.
const ZSTD_WINDOW: u32 = 23;
/// The bytes of one piece.
const PIECE: usize = 32 << 10;

type Pieces = BoxStream<'static, io::Result<Bytes>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

/// The codings that a body has, the last applied first; `None` where one is not known, and
/// then the body is passed on as it is.
pub(super) struct Codings(Vec<Coding>);

impl Codings {
    /// "the sender that applied the encodings MUST generate a Content-Encoding header field
    /// that lists the content codings in the order in which they were applied" (RFC 9110 §8.4)
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut codings = Vec::new();
        for line in headers.get_all(CONTENT_ENCODING) {
            for name in line.to_str().ok()?.split(',') {
                // "All content codings are case-insensitive"; "A recipient SHOULD consider
                // "x-gzip" to be equivalent to "gzip"" (RFC 9110 §8.4.1).
                match name.trim().to_ascii_lowercase().as_str() {
                    "" | "identity" => {}
                    "gzip" | "x-gzip" => codings.push(Coding::Gzip),
                    "deflate" => codings.push(Coding::Deflate),
                    "br" => codings.push(Coding::Brotli),
                    "zstd" => codings.push(Coding::Zstd),
                    _ => return None,
                }
            }
        }
        codings.reverse();
        Some(Self(codings))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The content of a body that comes from `url`.
    ///
    /// # Errors
    ///
    /// [`NetworkError::TooManyCodings`]. In the stream, [`NetworkError::Inflated`] as the
    /// cause of the error that ends it.
    pub(super) fn undone(self, url: &Url, body: Pieces) -> Result<Pieces, NetworkError> {
        if self.0.len() > MOST_CODINGS {
            return Err(NetworkError::TooManyCodings { url: url.clone(), limit: MOST_CODINGS });
        }
        let received = Arc::new(AtomicU64::new(0));
        let counted = received.clone();
        let mut content = body
            .inspect_ok(move |piece| {
                counted.fetch_add(piece.len() as u64, Ordering::Relaxed);
            })
            .boxed();
        for coding in self.0 {
            // Each on its own: what is in between can be as large as what comes out.
            content = bounded(decoded(coding, content), url.clone(), received.clone());
        }
        Ok(content)
    }
}

/// Undoes one coding. Of nothing at all comes nothing.
fn decoded(coding: Coding, coded: Pieces) -> Pieces {
    let decoding = async move {
        let mut coded = StreamReader::new(coded);
        let Some(first) = coded.fill_buf().await?.first().copied() else {
            return Ok(stream::empty().boxed());
        };
        // What follows the end of a member has to be one more, so that the body is read to
        // its own end: only there is it known to be whole.
        macro_rules! of_members {
            ($decoder:expr) => {{
                let mut decoder = $decoder;
                decoder.multiple_members(true);
                Box::new(decoder)
            }};
        }
        let content: Box<dyn AsyncRead + Send + Unpin> = match coding {
            Coding::Gzip => of_members!(GzipDecoder::new(coded)),
            // "Some non-conformant implementations send the "deflate" compressed data
            // without the zlib wrapper" (RFC 9110 §8.4.1.2), whose first half byte is 8
            // (RFC 1950 §2.2).
            Coding::Deflate if first & 0x0f == 8 => of_members!(ZlibDecoder::new(coded)),
            Coding::Deflate => of_members!(DeflateDecoder::new(coded)),
            // "Note that bit pattern 0010001 is invalid" (RFC 7932 §9.1): the decoder takes
            // it for a window of up to a gigabyte.
            Coding::Brotli if first & 0x7f == 0x11 => {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "a window that brotli has not",
                ));
            }
            Coding::Brotli => of_members!(BrotliDecoder::new(coded)),
            Coding::Zstd => {
                let window = [DParameter::window_log_max(ZSTD_WINDOW)];
                of_members!(ZstdDecoder::with_params(coded, &window))
            }
        };
        Ok(ReaderStream::with_capacity(content, PIECE).boxed())
    };
    stream::once(decoding).try_flatten().boxed()
}

/// Ends content in an error once far more of it has come than was received.
fn bounded(content: Pieces, url: Url, received: Arc<AtomicU64>) -> Pieces {
    stream::try_unfold((content, 0), move |(mut content, before)| {
        let (url, received) = (url.clone(), received.clone());
        async move {
            let Some(piece) = content.try_next().await? else { return Ok(None) };
            let unpacked = before + piece.len() as u64;
            let most = received.load(Ordering::Relaxed).saturating_mul(RATIO).max(UNSUSPICIOUS);
            if unpacked > most {
                return Err(io::Error::other(NetworkError::Inflated { url, ratio: RATIO }));
            }
            Ok(Some((piece, (content, unpacked))))
        }
    })
    .boxed()
}

#[cfg(test)]
mod tests {
    use async_compression::tokio::write::{
        BrotliEncoder, DeflateEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder,
    };
    use http::HeaderValue;
    use tokio::io::{AsyncWrite, AsyncWriteExt};

    use super::*;
    use crate::error::in_full;

    const MEBIBYTE: usize = 1 << 20;

    fn codings(said: &str) -> Option<Codings> {
        let value = HeaderValue::from_str(said).unwrap();
        Codings::of(&HeaderMap::from_iter([(CONTENT_ENCODING, value)]))
    }

    /// What comes out of a body that arrives in small pieces, or why it does not.
    async fn unpacked(said: &str, packed: &[u8]) -> Result<Vec<u8>, String> {
        let url = Url::parse("https://polls.example.org/polls/").unwrap();
        let pieces = packed.chunks(4096).map(|piece| Ok(Bytes::copy_from_slice(piece)));
        let pieces = stream::iter(pieces.collect::<Vec<_>>()).boxed();
        let mut content = match codings(said).unwrap().undone(&url, pieces) {
            Ok(content) => content,
            Err(error) => return Err(error.in_full()),
        };
        let mut whole = Vec::new();
        while let Some(piece) = content.next().await {
            whole.extend_from_slice(&piece.map_err(|error| in_full(&error))?);
        }
        Ok(whole)
    }

    async fn finished<W: AsyncWrite + Unpin>(mut encoder: W, content: &[u8]) -> W {
        encoder.write_all(content).await.unwrap();
        encoder.shutdown().await.unwrap();
        encoder
    }

    async fn packed(coding: &str, content: &[u8]) -> Vec<u8> {
        match coding {
            "gzip" => finished(GzipEncoder::new(Vec::new()), content).await.into_inner(),
            "deflate" => finished(ZlibEncoder::new(Vec::new()), content).await.into_inner(),
            "raw" => finished(DeflateEncoder::new(Vec::new()), content).await.into_inner(),
            "br" => finished(BrotliEncoder::new(Vec::new()), content).await.into_inner(),
            "zstd" => finished(ZstdEncoder::new(Vec::new()), content).await.into_inner(),
            other => panic!("{other} is no coding"),
        }
    }

    #[tokio::test]
    async fn every_coding_is_undone_however_it_is_written() {
        let text = "What's new? ".repeat(5000).into_bytes();
        let check = async |said: &str, applied: &[&str]| {
            let mut body = text.clone();
            for coding in applied {
                body = packed(coding, &body).await;
            }
            assert!(unpacked(said, &body).await.as_ref() == Ok(&text), "{said}");
        };
        check("", &[]).await;
        check("identity", &[]).await;
        check("gzip", &["gzip"]).await;
        check("GZIP", &["gzip"]).await;
        check("x-gzip", &["gzip"]).await;
        check("deflate", &["deflate"]).await;
        check("deflate", &["raw"]).await;
        check("br", &["br"]).await;
        check("zstd", &["zstd"]).await;
        check("gzip, gzip", &["gzip", "gzip"]).await;
        check("deflate ,, br,identity", &["deflate", "br"]).await;
        check("zstd,br,gzip", &["zstd", "br", "gzip"]).await;
        assert!(codings("gzip, compress").is_none());
        assert!(codings("gzip;q=1").is_none());
    }

    #[tokio::test]
    async fn what_is_not_whole_is_an_error() {
        for coding in ["gzip", "deflate", "br", "zstd"] {
            let body = packed(coding, &b"What's new?".repeat(100)).await;
            assert!(unpacked(coding, &body[..body.len() - 1]).await.is_err(), "{coding} cut short");
            let longer = [&body[..], b"\xff\xff\xff\xff"].concat();
            assert!(unpacked(coding, &longer).await.is_err(), "{coding} goes on");
            assert!(unpacked(coding, b"<!doctype html>").await.is_err(), "{coding} is none");
            assert_eq!(unpacked(coding, b"").await, Ok(Vec::new()), "{coding} of nothing");
        }
        let members = [packed("gzip", b"one ").await, packed("gzip", b"two").await].concat();
        assert_eq!(unpacked("gzip", &members).await.unwrap(), b"one two");
    }

    /// Events of a stream must not wait for one another.
    #[tokio::test]
    async fn what_has_come_is_unpacked_before_more_comes() {
        let mut encoder = GzipEncoder::new(Vec::new());
        encoder.write_all(b"data: first\n\n").await.unwrap();
        encoder.flush().await.unwrap();
        let begun = Bytes::copy_from_slice(encoder.get_ref());
        let url = Url::parse("https://polls.example.org/events").unwrap();
        let pieces = stream::once(async { Ok(begun) }).chain(stream::pending()).boxed();
        let mut content = codings("gzip").unwrap().undone(&url, pieces).unwrap();
        assert_eq!(content.next().await.unwrap().unwrap(), "data: first\n\n");
    }

    #[tokio::test]
    async fn a_long_run_of_one_byte_is_no_attack() {
        let zeros = vec![0; 4 * MEBIBYTE];
        for coding in ["gzip", "deflate", "br", "zstd"] {
            let body = packed(coding, &zeros).await;
            assert!(body.len() < zeros.len() / 900, "{coding}: {}", body.len());
            assert!(unpacked(coding, &body).await.as_ref() == Ok(&zeros), "{coding}");
        }
    }

    #[tokio::test]
    async fn what_unpacks_to_far_more_than_came_is_cut_off() {
        let why = "what https://polls.example.org/polls/ sent unpacks to more than 200 times \
                   its length";
        let zeros = vec![0; 20 * MEBIBYTE];
        for coding in ["gzip", "deflate", "br", "zstd"] {
            let body = packed(coding, &zeros).await;
            assert_eq!(unpacked(coding, &body).await, Err(why.to_owned()), "{coding}");
            // However little came at first, and whatever is in between.
            let twice = packed("gzip", &body).await;
            let nested = format!("{coding}, gzip");
            assert_eq!(unpacked(&nested, &twice).await, Err(why.to_owned()), "{nested}");
        }
        let refused = unpacked("gzip,gzip,gzip,gzip", b"").await.unwrap_err();
        assert!(refused.ends_with("has more than 3 content codings"), "{refused}");
    }

    #[tokio::test]
    async fn no_window_is_larger_than_the_web_has() {
        // A frame that wants to look back at 128 MiB, and a block of one byte.
        let zstd = b"\x28\xb5\x2f\xfd\x00\x88\x09\x00\x00x";
        assert!(unpacked("zstd", zstd).await.is_err());
        let fits = b"\x28\xb5\x2f\xfd\x00\x68\x09\x00\x00x";
        assert_eq!(unpacked("zstd", fits).await.unwrap(), b"x");
        let refused = unpacked("br", &[0x11, 30, 0, 0]).await.unwrap_err();
        assert_eq!(refused, "a window that brotli has not");
    }
}
