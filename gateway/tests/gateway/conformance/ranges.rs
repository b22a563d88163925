//! Parts of what is stored, and parts that are never taken for the whole.

use std::sync::LazyLock;

use super::run::check;
use super::table::{Step, anything, asked, case, reused, unasked};

/// Ten bytes, of which parts are asked for.
fn digits() -> Step {
    asked(200, ["Cache-Control: max-age=1000", "ETag: \"a\"", "Last-Modified: {now-5000}"])
        .answering("0123456789")
}

/// Enough bytes for parts so far from one another that nobody makes one of them.
fn many_digits() -> &'static str {
    static MANY: LazyLock<String> = LazyLock::new(|| "0123456789".repeat(1000));
    &MANY
}

#[rustfmt::skip] // A table reads better aligned.
#[tokio::test]
async fn parts_are_served_from_a_whole_stored_body() {
    check("ranges", [
        case("RFC 9110 §14.1.2", "from here to there", [
            digits(),
            unasked(206).with("Range: bytes=2-4").body("234").gets("Content-Range: bytes 2-4/10"),
        ]),
        case("RFC 9110 §14.1.2", "from here on", [
            digits(),
            unasked(206).with("Range: bytes=7-").body("789").gets("Content-Range: bytes 7-9/10"),
        ]),
        case("RFC 9110 §14.1.2", "the last few", [
            digits(),
            unasked(206).with("Range: bytes=-3").body("789").gets("Content-Range: bytes 7-9/10"),
        ]),
        case("RFC 9110 §14.1.2", "one byte", [
            digits(),
            unasked(206).with("Range: bytes=0-0").body("0").gets("Content-Range: bytes 0-0/10").gets("Content-Length: 1"),
        ]),
        case("RFC 9110 §14.1.2", "to beyond the end", [
            digits(),
            unasked(206).with("Range: bytes=8-99").body("89").gets("Content-Range: bytes 8-9/10"),
        ]),
        case("RFC 9110 §14.1.2", "more of the last than there are", [
            digits(),
            unasked(206).with("Range: bytes=-99").body("0123456789").gets("Content-Range: bytes 0-9/10"),
        ]),
        case("RFC 9110 §14.1", "the unit knows no case", [
            digits(),
            unasked(206).with("Range: BYTES=2-4").body("234"),
        ]),
        case("RFC 9110 §15.3.7", "a part has the headers of the whole", [
            digits(),
            unasked(206).with("Range: bytes=2-4").gets("ETag: \"a\"").gets("Cache-Control: max-age=1000").gets("Date: {now}"),
        ]),
        case("RFC 9110 §15.3.7.2", "several parts come in one body", [
            asked(200, ["Cache-Control: max-age=1000"]).answering(many_digits()),
            unasked(206).with("Range: bytes=0-1, 5008-5009").gets("Content-Type: multipart/byteranges*").lacks("Content-Range")
                .holds("Content-Range: bytes 0-1/10000\r\n").holds("Content-Range: bytes 5008-5009/10000\r\n")
                .holds("\r\n\r\n01\r\n--").holds("\r\n\r\n89\r\n--"),
        ]),
        case("RFC 9110 §14.1.2", "of several parts those that exist", [
            digits(),
            unasked(206).with("Range: bytes=2-4, 50-60").holds("234"),
        ]),
        case("RFC 9110 §15.5.17", "what does not exist cannot be served", [
            digits(),
            unasked(416).with("Range: bytes=10-20").gets("Content-Range: bytes */10"),
        ]),
        case("RFC 9110 §14.1.2", "the last none cannot be served", [
            digits(),
            unasked(416).with("Range: bytes=-0").gets("Content-Range: bytes */10"),
        ]),
        case("RFC 9110 §14.2", "a range that ends before it begins is none", [
            digits(),
            reused(1).with("Range: bytes=4-2"),
        ]),
        case("RFC 9110 §14.2", "a range of letters is none", [
            digits(),
            reused(1).with("Range: bytes=a-b"),
        ]),
        case("RFC 9110 §14.2", "a range of nothing is none", [
            digits(),
            reused(1).with("Range: bytes="),
        ]),
        case("RFC 9110 §14.2", "one range that is none spoils the others", [
            digits(),
            reused(1).with("Range: bytes=0-1, 4-2"),
        ]),
        case("RFC 9110 §14.2", "an unknown unit is ignored", [
            digits(),
            reused(1).with("Range: pages=1-2"),
        ]),
        case("RFC 9110 §14.2", "a HEAD has no ranges", [
            digits(),
            reused(1).method("HEAD").with("Range: bytes=2-4").lacks("Content-Range"),
        ]),
        case("RFC 9110 §13.1.5", "If-Range with the ETag that is stored: the part", [
            digits(),
            unasked(206).with("Range: bytes=2-4").with("If-Range: \"a\"").body("234"),
        ]),
        case("RFC 9110 §13.1.5", "If-Range with another ETag: the whole", [
            digits(),
            reused(1).with("Range: bytes=2-4").with("If-Range: \"b\""),
        ]),
        case("RFC 9110 §13.1.5", "If-Range with a weak ETag: the whole", [
            digits(),
            reused(1).with("Range: bytes=2-4").with("If-Range: W/\"a\""),
        ]),
        case("RFC 9110 §13.1.5", "If-Range with an ETag that is weak in the store: the whole", [
            asked(200, ["Cache-Control: max-age=1000", "ETag: W/\"a\""]).answering("0123456789"),
            reused(1).with("Range: bytes=2-4").with("If-Range: W/\"a\""),
        ]),
        case("RFC 9110 §13.1.5", "If-Range with the date that is stored: the part", [
            asked(200, ["Cache-Control: max-age=1000", "Last-Modified: {now-5000}"]).answering("0123456789"),
            unasked(206).with("Range: bytes=2-4").with("If-Range: {now-5000}").body("234"),
        ]),
        case("RFC 9110 §13.1.5", "If-Range with a later date, which is not exact: the whole", [
            asked(200, ["Cache-Control: max-age=1000", "Last-Modified: {now-5000}"]).answering("0123456789"),
            reused(1).with("Range: bytes=2-4").with("If-Range: {now-1000}"),
        ]),
        case("RFC 9110 §13.1.5", "If-Range where nothing tells what is stored: the whole", [
            asked(200, ["Cache-Control: max-age=1000"]).answering("0123456789"),
            reused(1).with("Range: bytes=2-4").with("If-Range: \"a\""),
        ]),
        case("RFC 9110 §13.2.2", "what is not modified goes before a part of it", [
            digits(),
            unasked(304).with("Range: bytes=2-4").with("If-None-Match: \"a\""),
        ]),
        case("RFC 9110 §13.2.2", "a part of what is modified", [
            digits(),
            unasked(206).with("Range: bytes=2-4").with("If-None-Match: \"b\"").body("234"),
        ]),
        case("RFC 9110 §14.2", "what is no success has no parts", [
            asked(404, ["Cache-Control: max-age=1000"]).answering("0123456789"),
            reused(1).with("Range: bytes=2-4").lacks("Content-Range"),
        ]),
        case("RFC 9110 §14.2", "a range beyond the end with another ETag: the whole", [
            digits(),
            reused(1).with("Range: bytes=50-60").with("If-Range: \"b\""),
        ]),
        case("RFC 9111 §4", "no part of what is stale is served unasked", [
            asked(200, ["Cache-Control: max-age=0", "ETag: \"a\""]).answering("0123456789"),
            anything(200, ["ETag: \"b\""]).answering("abcdefghij").with("Range: bytes=2-4").never(1).holds("cde"),
        ]),
        case("RFC 9111 §3.3", "a part of the origin's is not taken for the whole", [
            anything(206, ["Cache-Control: max-age=1000", "Content-Range: bytes 0-1/10"]).answering("01").with("Range: bytes=0-1"),
            asked(200, ["Cache-Control: max-age=1000"]).answering("0123456789"),
        ]),
        case("RFC 9111 §3.3", "a part that nobody asked for is not taken for the whole", [
            anything(206, ["Cache-Control: max-age=1000", "Content-Range: bytes 0-1/10"]).answering("01"),
            asked(200, []).answering("0123456789"),
        ]),
        case("RFC 9111 §3.3", "a whole that came for a part serves other parts", [
            anything(200, ["Cache-Control: max-age=1000"]).answering("0123456789").with("Range: bytes=0-1"),
            unasked(206).with("Range: bytes=5-6").body("56"),
            reused(1),
        ]),
        case("RFC 9110 §15.5.17", "what the origin cannot serve is asked for again", [
            anything(416, ["Cache-Control: max-age=1000", "Content-Range: bytes */10"]).with("Range: bytes=20-"),
            asked(200, []),
        ]),
    ]).await;
}
