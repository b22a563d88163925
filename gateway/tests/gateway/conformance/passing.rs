//! What passes through, what does not, and what is never taken for whole.

use std::sync::LazyLock;

use super::run::check;
use super::table::{Framing, Hears, Reply, anything, asked, case, reused};

#[rustfmt::skip] // A table reads better aligned.
#[tokio::test]
async fn methods_and_headers_pass_as_they_are() {
    check("passing", [
        case("RFC 9110 §9.1", "a method nobody knows passes with its body", [
            asked(200, []).method("BREW").sending("coffee"),
        ]),
        case("RFC 9110 §9.1", "methods are case-sensitive: a small get is another one", [
            asked(200, ["Cache-Control: max-age=1000"]).method("get"),
            asked(200, []),
        ]),
        case("RFC 4918 §9.1", "a method of another specification passes", [
            asked(207, []).method("PROPFIND").sending("<propfind/>").with("Depth: 1").asked_with("Depth: 1"),
        ]),
        case("RFC 9110 §9.3.7", "OPTIONS passes and is not stored", [
            asked(200, ["Allow: GET", "Cache-Control: max-age=1000"]).method("OPTIONS").gets("Allow: GET"),
            asked(200, []).method("OPTIONS"),
        ]),
        case("RFC 9110 §9.3.5", "DELETE passes without a body", [
            asked(204, []).method("DELETE"),
        ]),
        case("RFC 9110 §13.1.1", "conditions of an unsafe method reach the origin", [
            asked(412, []).method("PUT").sending("new").with("If-Match: \"a\"").asked_with("If-Match: \"a\""),
        ]),
        case("RFC 9110 §5.3", "lines of one name keep their order", [
            asked(200, ["X-Twice: a", "X-Twice: b"]).gets("X-Twice: a, b"),
        ]),
        case("RFC 9110 §5.3", "lines of one name keep their order in the store", [
            asked(200, ["Cache-Control: max-age=1000", "X-Twice: a", "X-Other: 1", "X-Twice: b"]),
            reused(1).gets("X-Twice: a, b"),
        ]),
        case("RFC 9110 §5.3", "lines of one name keep their order in a request", [
            asked(200, []).with("X-Twice: a").with("X-Twice: b").asked_with("X-Twice: a, b"),
        ]),
        case("RFC 6265 §3", "cookies are set one by one", [
            asked(200, ["Set-Cookie: a=1; Path=/", "Set-Cookie: b=2"]).gets("Set-Cookie: a=1; Path=/, b=2"),
        ]),
        case("RFC 9110 §5.1", "headers nobody knows pass and are stored", [
            asked(200, ["Cache-Control: max-age=1000", "X-A: b c"]).gets("X-A: b c"),
            reused(1).gets("X-A: b c"),
        ]),
        case("RFC 9110 §5.5", "a header without a value passes and is stored", [
            asked(200, ["Cache-Control: max-age=1000", "X-Empty:"]).gets("X-Empty:"),
            reused(1).gets("X-Empty:"),
        ]),
        case("RFC 9110 §5.5", "bytes beyond ASCII pass and are stored", [
            asked(200, ["Cache-Control: max-age=1000", "X-A: sm\u{f6}rg\u{e5}s"]).gets("X-A: sm\u{f6}rg\u{e5}s"),
            reused(1).gets("X-A: sm\u{f6}rg\u{e5}s"),
        ]),
        case("RFC 9111 §3.1", "validators, lifetimes and the date are stored", [
            asked(200, ["Cache-Control: max-age=1000", "ETag: \"a\"", "Last-Modified: {now-500}", "Expires: {now+500}"]),
            reused(1).gets("ETag: \"a\"").gets("Last-Modified: {now-500}").gets("Expires: {now+500}")
                .gets("Date: {now}").gets("Cache-Control: max-age=1000"),
        ]),
        case("RFC 9110 §6.6.1", "the date is the origin's", [
            asked(200, ["Date: {now-100}"]).gets("Date: {now-100}"),
        ]),
        case("RFC 9110 §7.6.1", "what Connection names does not reach the origin", [
            asked(200, []).with("Connection: close, X-Hop").with("X-Hop: 1").with("X-End: 1")
                .asked_without("X-Hop").asked_with("X-End: 1"),
        ]),
        case("RFC 9110 §7.6.1", "headers of the client's connection do not reach the origin", [
            asked(200, []).with("Keep-Alive: timeout=5").with("TE: trailers").with("Proxy-Connection: close")
                .asked_without("Keep-Alive").asked_without("Proxy-Connection").asked_without("TE"),
        ]),
        case("RFC 9110 §7.6.1", "what Connection names does not reach the client", [
            asked(200, ["Connection: close, X-Hop", "X-Hop: 1", "X-End: 1"]).lacks("X-Hop").gets("X-End: 1"),
        ]),
        case("RFC 9111 §3.1", "what Connection names is not stored", [
            asked(200, ["Cache-Control: max-age=1000", "Connection: close, X-Hop", "X-Hop: 1"]),
            reused(1).lacks("X-Hop"),
        ]),
        case("RFC 9111 §3.1", "headers of the origin's connection are not stored", [
            asked(200, ["Cache-Control: max-age=1000", "Keep-Alive: timeout=5", "Proxy-Authenticate: Basic"]).lacks("Keep-Alive"),
            reused(1).lacks("Keep-Alive").lacks("Proxy-Authenticate"),
        ]),
        case("RFC 9211 §2", "what a cache further up said stays in front", [
            asked(200, ["Cache-Control: max-age=1000", "Cache-Status: Upper; hit"]).gets("Cache-Status: Upper; hit, Holdfast*"),
        ]),
        case("RFC 9111 §2", "the query is part of the key", [
            asked(200, ["Cache-Control: max-age=1000"]).at("?a=1"),
            asked(200, []).at("?a=2"),
            asked(200, []),
            reused(1).at("?a=1"),
        ]),
        case("RFC 9110 §4.2.3", "the path is case-sensitive", [
            asked(200, ["Cache-Control: max-age=1000"]).at("/a"),
            asked(200, []).at("/A"),
        ]),
        case("RFC 9110 §8.4", "a coding nobody knows passes with its body", [
            asked(200, ["Content-Encoding: x-unknown"]).gets("Content-Encoding: x-unknown"),
        ]),
    ]).await;
}

/// Longer than what is read before anything is passed on.
fn long() -> &'static str {
    static LONG: LazyLock<String> = LazyLock::new(|| "0123456789abcdef".repeat(200_000));
    &LONG
}

#[rustfmt::skip] // A table reads better aligned.
#[tokio::test]
async fn bodies_are_whole_or_seen_not_to_be() {
    check("messages", [
        case("RFC 9110 §15.2", "103 before the answer leaves the answer right", [
            asked(200, ["Cache-Control: max-age=1000"]).after("103 Early Hints\r\nLink: </a.css>; rel=preload").lacks("Link"),
            reused(1).lacks("Link"),
        ]),
        case("RFC 9110 §15.2", "102 before the answer leaves the answer right", [
            asked(200, ["Cache-Control: max-age=1000"]).after("102 Processing"),
            reused(1),
        ]),
        case("RFC 9110 §15.2.1", "100 before the answer to a POST leaves the answer right", [
            asked(201, []).after("100 Continue").method("POST").sending("a=1"),
        ]),
        case("RFC 9110 §15.2", "several 1xx leave the answer right, an unknown one too", [
            asked(200, []).after("103 Early Hints\r\nX-A: 1").after("199 Wait").after("103 Early Hints").lacks("X-A"),
        ]),
        case("RFC 9112 §7.1", "chunks are put together and stored", [
            asked(200, ["Cache-Control: max-age=1000"]).framing(Framing::Chunked),
            reused(1),
        ]),
        case("RFC 9110 §6.5.1", "trailers are dropped and not merged into what is stored", [
            asked(200, ["Cache-Control: max-age=1000"]).framing(Framing::Trailer).lacks("X-Trailer"),
            reused(1).lacks("X-Trailer").lacks("Trailer"),
        ]),
        case("RFC 9112 §6.3", "a body that ends with the connection passes", [
            asked(200, []).framing(Framing::UntilClosed),
        ]),
        case("RFC 9112 §8", "a body shorter than announced is not presented as whole", [
            asked(200, []).framing(Framing::CutShort).replies(Reply::Broken),
        ]),
        case("RFC 9111 §3.3", "a body shorter than announced is not stored", [
            asked(200, ["Cache-Control: max-age=1000"]).framing(Framing::CutShort).replies(Reply::Broken),
            asked(200, []),
        ]),
        case("RFC 9112 §8", "chunks without an end are not presented as whole", [
            asked(200, []).framing(Framing::CutChunk).replies(Reply::Broken),
        ]),
        case("RFC 9111 §3.3", "chunks without an end are not stored", [
            asked(200, ["Cache-Control: max-age=1000"]).framing(Framing::CutChunk).replies(Reply::Broken),
            asked(200, []),
        ]),
        case("RFC 9111 §3.3", "a cut body does not replace what is stored", [
            asked(200, ["Cache-Control: max-age=1000"]),
            anything(200, ["Cache-Control: max-age=1000"]).with("Cache-Control: no-cache").framing(Framing::CutShort),
            reused(1),
        ]),
        case("RFC 9111 §3.3", "a long body that is cut is not stored", [
            asked(200, ["Cache-Control: max-age=1000"]).answering(long()).framing(Framing::CutShort).replies(Reply::Broken),
            asked(200, []),
        ]),
        case("RFC 9111 §3.3", "a long chunk without an end is not stored", [
            asked(200, ["Cache-Control: max-age=1000"]).answering(long()).framing(Framing::CutChunk).replies(Reply::Broken),
            asked(200, []),
        ]),
        case("RFC 9111 §3.3", "a long body that is whole is used again", [
            asked(200, ["Cache-Control: max-age=1000"]).answering(long()).framing(Framing::Chunked),
            reused(1).at_last().hears(Hears::Anything),
        ]),
        case("RFC 9112 §6.3", "two lengths that differ are an error", [
            asked(200, ["Cache-Control: max-age=1000", "Content-Length: 5", "Content-Length: 7"]).replies(Reply::Broken)
                .answering("0123456").framing(Framing::CutShort),
            asked(200, []),
        ]),
        case("RFC 9112 §6.3", "a length that is no number is an error", [
            asked(200, ["Cache-Control: max-age=1000", "Content-Length: ten"]).replies(Reply::Broken)
                .answering("0123456789").framing(Framing::CutShort),
            asked(200, []),
        ]),
        case("RFC 9110 §6.4.1", "204 has no body", [
            asked(204, []).lacks("Content-Length"),
        ]),
        case("RFC 9110 §9.3.2", "HEAD has no body", [
            asked(200, ["X-A: 1"]).method("HEAD").gets("X-A: 1"),
        ]),
        case("RFC 9110 §8.6", "an empty body is stored as one", [
            asked(200, ["Cache-Control: max-age=1000"]).answering(""),
            reused(1).gets("Content-Length: 0"),
        ]),
    ]).await;
}
