//! Asking whether what is stored still holds, on either side.

use super::run::check;
use super::table::{Hears, anything, asked, case, reused, unasked, validated};

#[rustfmt::skip] // A table reads better aligned.
#[tokio::test]
async fn what_is_stale_is_validated() {
    check("validation", [
        case("RFC 9111 §4.3.1", "by its ETag", [
            asked(200, ["Cache-Control: max-age=0", "ETag: \"a\""]),
            validated(1, ["ETag: \"a\""]).asked_with("If-None-Match: \"a\""),
        ]),
        case("RFC 9111 §4.3.1", "by its Last-Modified", [
            asked(200, ["Cache-Control: max-age=0", "Last-Modified: {now-1000}"]),
            validated(1, []).asked_with("If-Modified-Since: {now-1000}"),
        ]),
        case("RFC 9111 §4.3.1", "by its ETag where it has both", [
            asked(200, ["Cache-Control: max-age=0", "ETag: \"a\"", "Last-Modified: {now-1000}"]),
            validated(1, ["ETag: \"a\""]).asked_with("If-None-Match: \"a\""),
        ]),
        case("RFC 9111 §4.3.1", "by a weak ETag, as it is", [
            asked(200, ["Cache-Control: max-age=0", "ETag: W/\"a\""]),
            validated(1, ["ETag: W/\"a\""]).asked_with("If-None-Match: W/\"a\""),
        ]),
        case("RFC 9111 §5.2.2.4", "what is no-cache is validated each time", [
            asked(200, ["Cache-Control: no-cache, max-age=1000", "ETag: \"a\""]),
            validated(1, ["ETag: \"a\""]),
            validated(1, ["ETag: \"a\""]),
        ]),
        case("RFC 9111 §5.2.2.2", "what must be revalidated is, once it is stale", [
            asked(200, ["Cache-Control: max-age=100, must-revalidate", "ETag: \"a\"", "Age: 200"]),
            validated(1, ["ETag: \"a\""]),
        ]),
        case("RFC 9111 §4.3.1", "with the client's own headers", [
            asked(200, ["Cache-Control: max-age=0", "ETag: \"a\""]),
            validated(1, ["ETag: \"a\""]).with("X-A: 1").asked_with("X-A: 1"),
        ]),
        case("RFC 9111 §4.3.3", "a full answer replaces what was stored", [
            asked(200, ["Cache-Control: max-age=0", "ETag: \"a\""]),
            asked(200, ["Cache-Control: max-age=1000", "ETag: \"b\""]).hears(Hears::Conditional),
            reused(2).gets("ETag: \"b\""),
        ]),
        case("RFC 9111 §4.3.3", "a 404 is passed on", [
            asked(200, ["Cache-Control: max-age=0", "ETag: \"a\""]),
            asked(404, []),
        ]),
        case("RFC 9111 §4.3.3", "a 500 is passed on", [
            asked(200, ["Cache-Control: max-age=0", "ETag: \"a\""]),
            asked(500, []),
        ]),
        case("RFC 9111 §4.3.3", "a 500 does not make what is stored fresh", [
            asked(200, ["Cache-Control: max-age=0", "ETag: \"a\""]),
            asked(500, ["Cache-Control: max-age=1000"]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.3.4", "a 304 gives a new lifetime", [
            asked(200, ["Cache-Control: max-age=0", "ETag: \"a\""]),
            validated(1, ["ETag: \"a\"", "Cache-Control: max-age=1000"]),
            reused(1),
        ]),
        case("RFC 9111 §4.3.4", "a 304 gives a new Expires", [
            asked(200, ["Expires: {now-10}", "ETag: \"a\""]),
            validated(1, ["ETag: \"a\"", "Expires: {now+1000}"]),
            reused(1),
        ]),
        case("RFC 9111 §4.3.4", "a 304 makes it young again", [
            asked(200, ["Cache-Control: max-age=1000", "ETag: \"a\"", "Age: 2000"]),
            validated(1, ["ETag: \"a\""]),
            reused(1).age(0),
        ]),
        case("RFC 9111 §4.2.3", "the Age of a 304 counts", [
            asked(200, ["Cache-Control: max-age=1000", "ETag: \"a\"", "Age: 2000"]),
            validated(1, ["ETag: \"a\"", "Age: 500"]),
            reused(1).age(500),
        ]),
        case("RFC 9111 §4.3.4", "a 304 can forbid what was allowed", [
            asked(200, ["Cache-Control: max-age=100", "ETag: \"a\"", "Age: 200"]),
            validated(1, ["ETag: \"a\"", "Cache-Control: no-cache"]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.3.4", "a 304 about another ETag freshens nothing", [
            asked(200, ["Cache-Control: max-age=0", "ETag: \"a\""]),
            anything(304, ["ETag: \"b\"", "Cache-Control: max-age=1000"]),
            asked(200, []),
        ]),
        case("RFC 9111 §3", "a 304 that nobody asked for is not stored", [
            anything(304, ["ETag: \"a\"", "Cache-Control: max-age=1000"]),
            asked(200, []),
        ]),
        case("RFC 9111 §3", "a 304 about the client's own copy is not stored", [
            anything(304, ["ETag: \"a\"", "Cache-Control: max-age=1000"]).with("If-None-Match: \"a\""),
            asked(200, []),
        ]),
        case("RFC 9111 §3.2", "a 304 replaces headers in the same answer", [
            asked(200, ["Cache-Control: max-age=0", "ETag: \"a\"", "X-A: 1"]),
            validated(1, ["ETag: \"a\"", "X-A: 2"]).gets("X-A: 2"),
        ]),
        case("RFC 9111 §3.2", "a 304 replaces headers of what is stored", [
            asked(200, ["Cache-Control: max-age=0", "ETag: \"a\"", "X-A: 1"]),
            validated(1, ["ETag: \"a\"", "Cache-Control: max-age=1000", "X-A: 2"]),
            reused(1).gets("X-A: 2"),
        ]),
        case("RFC 9111 §3.2", "a 304 replaces every line of a name", [
            asked(200, ["Cache-Control: max-age=0", "ETag: \"a\"", "X-A: 1", "X-A: 2"]),
            validated(1, ["ETag: \"a\"", "Cache-Control: max-age=1000", "X-A: 3"]),
            reused(1).gets("X-A: 3"),
        ]),
        case("RFC 9111 §3.2", "a 304 adds headers", [
            asked(200, ["Cache-Control: max-age=0", "ETag: \"a\""]),
            validated(1, ["ETag: \"a\"", "Cache-Control: max-age=1000", "X-A: 1"]),
            reused(1).gets("X-A: 1"),
        ]),
        case("RFC 9111 §3.2", "what a 304 does not name stays", [
            asked(200, ["Cache-Control: max-age=0", "ETag: \"a\"", "X-A: 1"]),
            validated(1, ["ETag: \"a\"", "Cache-Control: max-age=1000"]),
            reused(1).gets("X-A: 1").gets("ETag: \"a\""),
        ]),
        case("RFC 9111 §3.2", "a 304 replaces Last-Modified", [
            asked(200, ["Cache-Control: max-age=0", "Last-Modified: {now-2000}"]),
            validated(1, ["Cache-Control: max-age=1000", "Last-Modified: {now-1000}"]),
            reused(1).gets("Last-Modified: {now-1000}"),
        ]),
        case("RFC 9111 §3.2", "a 304 replaces what governs a page's rights", [
            asked(200, ["Cache-Control: max-age=0", "ETag: \"a\"", "Content-Security-Policy: default-src 'self'", "X-Frame-Options: DENY"]),
            validated(1, ["ETag: \"a\"", "Cache-Control: max-age=1000", "Content-Security-Policy: default-src 'none'", "X-Frame-Options: SAMEORIGIN"]),
            reused(1).gets("Content-Security-Policy: default-src 'none'").gets("X-Frame-Options: SAMEORIGIN"),
        ]),
        case("RFC 9111 §3.2", "a 304 replaces what is only named like a header of the content", [
            asked(200, ["Cache-Control: max-age=0", "ETag: \"a\"", "Content-Foo: 1"]),
            validated(1, ["ETag: \"a\"", "Cache-Control: max-age=1000", "Content-Foo: 2"]),
            reused(1).gets("Content-Foo: 2"),
        ]),
        case("RFC 9111 §3.2", "a 304 gives a new Date", [
            asked(200, ["Cache-Control: max-age=100", "ETag: \"a\"", "Date: {now-500}"]),
            validated(1, ["ETag: \"a\"", "Date: {now-10}"]),
            reused(1).gets("Date: {now-10}").age(10),
        ]),
        case("RFC 9111 §3.2", "a 304 does not change the length", [
            asked(200, ["Cache-Control: max-age=0", "ETag: \"a\""]).answering("0123456789"),
            validated(1, ["ETag: \"a\"", "Cache-Control: max-age=1000", "Content-Length: 5"]),
            reused(1).gets("Content-Length: 10"),
        ]),
        case("RFC 9111 §3.2", "a 304 does not change the type, which was acted on", [
            asked(200, ["Cache-Control: max-age=0", "ETag: \"a\"", "Content-Type: text/plain"]),
            validated(1, ["ETag: \"a\"", "Cache-Control: max-age=1000", "Content-Type: text/css"]),
            reused(1).gets("Content-Type: text/plain"),
        ]),
        case("RFC 9111 §3.2", "a 304 does not change the coding, which was undone", [
            asked(200, ["Cache-Control: max-age=0", "ETag: \"a\""]),
            validated(1, ["ETag: \"a\"", "Cache-Control: max-age=1000", "Content-Encoding: gzip"]),
            reused(1).lacks("Content-Encoding"),
        ]),
        case("RFC 9111 §3.1", "a 304 stores nothing of its connection", [
            asked(200, ["Cache-Control: max-age=0", "ETag: \"a\""]),
            validated(1, ["ETag: \"a\"", "Cache-Control: max-age=1000", "Connection: close, X-Hop", "X-Hop: 1"]),
            reused(1).lacks("X-Hop"),
        ]),
        case("RFC 9111 §4.3.4", "a 304 freshens the variant it is about", [
            asked(200, ["Cache-Control: max-age=0", "ETag: \"a\"", "Vary: X-A"]).with("X-A: 1"),
            asked(200, ["Cache-Control: max-age=0", "ETag: \"b\"", "Vary: X-A"]).with("X-A: 2"),
            validated(2, ["ETag: \"b\"", "Cache-Control: max-age=1000", "Vary: X-A"]).with("X-A: 2"),
            reused(2).with("X-A: 2"),
        ]),
    ]).await;
}

#[rustfmt::skip] // A table reads better aligned.
#[tokio::test]
async fn conditions_of_a_client_are_evaluated_against_what_is_stored() {
    check("conditions", [
        case("RFC 9111 §4.3.2", "the ETag that is stored is not modified", [
            asked(200, ["Cache-Control: max-age=1000", "ETag: \"a\""]),
            unasked(304).with("If-None-Match: \"a\"").gets("ETag: \"a\""),
        ]),
        case("RFC 9110 §15.4.5", "a 304 has what a 200 would have said", [
            asked(200, ["Cache-Control: max-age=1000", "ETag: \"a\"", "Vary: X-A", "Content-Location: /there", "Expires: {now+500}"]),
            unasked(304).with("If-None-Match: \"a\"").gets("Cache-Control: max-age=1000").gets("Vary: X-A")
                .gets("Content-Location: /there").gets("Expires: {now+500}").gets("Date: {now}"),
        ]),
        case("RFC 9111 §4.3.2", "another ETag gets it all", [
            asked(200, ["Cache-Control: max-age=1000", "ETag: \"a\""]),
            reused(1).with("If-None-Match: \"b\""),
        ]),
        case("RFC 9110 §13.1.2", "a weak ETag matches a strong one", [
            asked(200, ["Cache-Control: max-age=1000", "ETag: \"a\""]),
            unasked(304).with("If-None-Match: W/\"a\""),
        ]),
        case("RFC 9110 §13.1.2", "a strong ETag matches a weak one", [
            asked(200, ["Cache-Control: max-age=1000", "ETag: W/\"a\""]),
            unasked(304).with("If-None-Match: \"a\""),
        ]),
        case("RFC 9110 §13.1.2", "one of a list matches", [
            asked(200, ["Cache-Control: max-age=1000", "ETag: \"a\""]),
            unasked(304).with("If-None-Match: \"x\", W/\"y\",\"a\""),
        ]),
        case("RFC 9110 §13.1.2", "one of two lines matches", [
            asked(200, ["Cache-Control: max-age=1000", "ETag: \"a\""]),
            unasked(304).with("If-None-Match: \"x\"").with("If-None-Match: \"a\""),
        ]),
        case("RFC 9110 §13.1.2", "none of a list matches", [
            asked(200, ["Cache-Control: max-age=1000", "ETag: \"a\""]),
            reused(1).with("If-None-Match: \"x\", \"y\""),
        ]),
        case("RFC 9110 §13.1.2", "* matches whatever is stored", [
            asked(200, ["Cache-Control: max-age=1000", "ETag: \"a\""]),
            unasked(304).with("If-None-Match: *"),
        ]),
        case("RFC 9110 §8.8.3", "a comma in an ETag divides nothing", [
            asked(200, ["Cache-Control: max-age=1000", "ETag: \"a,b\""]),
            unasked(304).with("If-None-Match: \"x\", \"a,b\""),
        ]),
        case("RFC 9110 §8.8.3.2", "ETags are case-sensitive", [
            asked(200, ["Cache-Control: max-age=1000", "ETag: \"a\""]),
            reused(1).with("If-None-Match: \"A\""),
        ]),
        case("RFC 9111 §4.3.2", "not modified since the date that is stored", [
            asked(200, ["Cache-Control: max-age=1000", "Last-Modified: {now-5000}"]),
            unasked(304).with("If-Modified-Since: {now-5000}"),
        ]),
        case("RFC 9111 §4.3.2", "not modified since a later date", [
            asked(200, ["Cache-Control: max-age=1000", "Last-Modified: {now-5000}"]),
            unasked(304).with("If-Modified-Since: {now-1000}"),
        ]),
        case("RFC 9111 §4.3.2", "modified since an earlier date", [
            asked(200, ["Cache-Control: max-age=1000", "Last-Modified: {now-5000}"]),
            reused(1).with("If-Modified-Since: {now-9000}"),
        ]),
        case("RFC 9110 §13.1.3", "a date that is none is no condition", [
            asked(200, ["Cache-Control: max-age=1000", "Last-Modified: {now-5000}"]),
            reused(1).with("If-Modified-Since: recently"),
        ]),
        case("RFC 9110 §5.6.7", "a date in the form of RFC 850 is a condition", [
            asked(200, ["Cache-Control: max-age=1000", "Last-Modified: {now-5000}"]),
            unasked(304).with("If-Modified-Since: {now-1000 rfc850}"),
        ]),
        case("RFC 9110 §13.1.3", "If-Modified-Since is ignored beside If-None-Match: no match", [
            asked(200, ["Cache-Control: max-age=1000", "ETag: \"a\"", "Last-Modified: {now-5000}"]),
            reused(1).with("If-None-Match: \"b\"").with("If-Modified-Since: {now-1000}"),
        ]),
        case("RFC 9110 §13.1.3", "If-Modified-Since is ignored beside If-None-Match: a match", [
            asked(200, ["Cache-Control: max-age=1000", "ETag: \"a\"", "Last-Modified: {now-5000}"]),
            unasked(304).with("If-None-Match: \"a\"").with("If-Modified-Since: {now-9000}"),
        ]),
        case("RFC 9110 §13.2.1", "what is not found is not found whatever the condition", [
            asked(404, ["Cache-Control: max-age=1000", "ETag: \"a\""]),
            reused(1).with("If-None-Match: \"a\""),
        ]),
        case("RFC 9110 §13.2.1", "what is elsewhere is elsewhere whatever the condition", [
            asked(301, ["Cache-Control: max-age=1000", "ETag: \"a\"", "Location: /there"]),
            reused(1).with("If-None-Match: *"),
        ]),
        case("RFC 9111 §4.3.2", "a HEAD has conditions too", [
            asked(200, ["Cache-Control: max-age=1000", "ETag: \"a\""]),
            unasked(304).method("HEAD").with("If-None-Match: \"a\""),
        ]),
        case("RFC 9111 §4.1", "another variant is not answered for by its ETag", [
            asked(200, ["Cache-Control: max-age=1000", "ETag: \"a\"", "Vary: X-A"]).with("X-A: 1"),
            asked(200, ["ETag: \"b\"", "Vary: X-A"]).with("X-A: 2").with("If-None-Match: \"a\""),
        ]),
        case("RFC 9111 §5.2.1.4", "no-cache asks the origin whatever the ETag", [
            asked(200, ["Cache-Control: max-age=1000", "ETag: \"a\""]),
            asked(200, ["ETag: \"b\""]).with("Cache-Control: no-cache").with("If-None-Match: \"a\""),
        ]),
        case("RFC 9111 §4.3.3", "a 304 about what is stored is no 304 for who has something else", [
            asked(200, ["Cache-Control: max-age=0", "ETag: \"a\""]),
            validated(1, ["ETag: \"a\""]).with("If-None-Match: \"b\""),
        ]),
        case("RFC 9111 §4.3.2", "what is stale is not answered for by its ETag alone", [
            asked(200, ["Cache-Control: max-age=0", "ETag: \"a\""]),
            asked(200, ["ETag: \"b\""]).with("If-None-Match: \"a\""),
        ]),
    ]).await;
}

#[rustfmt::skip] // A table reads better aligned.
#[tokio::test]
async fn a_head_is_answered_by_a_get_and_tells_of_it() {
    check("head", [
        case("RFC 9111 §4", "a stored GET answers a HEAD", [
            asked(200, ["Cache-Control: max-age=1000", "X-A: 1"]),
            reused(1).method("HEAD").gets("X-A: 1"),
        ]),
        case("RFC 9110 §9.3.2", "with the length of the GET", [
            asked(200, ["Cache-Control: max-age=1000"]).answering("0123456789"),
            reused(1).method("HEAD").gets("Content-Length: 10"),
        ]),
        case("RFC 9111 §4", "a stale GET does not answer a HEAD", [
            asked(200, ["Cache-Control: max-age=0"]),
            asked(200, []).method("HEAD"),
        ]),
        case("RFC 9110 §9.3.2", "the answer to a HEAD does not answer a GET", [
            asked(200, ["Cache-Control: max-age=1000"]).method("HEAD"),
            asked(200, ["Cache-Control: max-age=1000"]),
            reused(2),
        ]),
        case("RFC 9111 §4.3.5", "a HEAD with another ETag makes the GET doubtful", [
            asked(200, ["Cache-Control: max-age=1000", "ETag: \"a\""]),
            asked(200, ["Cache-Control: max-age=1000", "ETag: \"b\""]).method("HEAD").with("Cache-Control: no-cache"),
            asked(200, []),
        ]),
        case("RFC 9111 §4.3.5", "a HEAD with another Last-Modified makes the GET doubtful", [
            asked(200, ["Cache-Control: max-age=1000", "Last-Modified: {now-5000}"]).answering("0123456789"),
            asked(200, ["Cache-Control: max-age=1000", "Last-Modified: {now-10}"]).answering("0123456789")
                .method("HEAD").with("Cache-Control: no-cache"),
            asked(200, []),
        ]),
        case("RFC 9111 §4.3.5", "the lifetime in a HEAD about another ETag is not the GET's", [
            asked(200, ["Cache-Control: max-age=100", "ETag: \"a\"", "Age: 200"]),
            asked(200, ["Cache-Control: max-age=1000", "ETag: \"b\""]).method("HEAD"),
            asked(200, []),
        ]),
        case("RFC 9111 §4.3.5", "a HEAD that agrees leaves the GET usable", [
            asked(200, ["Cache-Control: max-age=1000", "ETag: \"a\""]).answering("0123456789"),
            asked(200, ["Cache-Control: max-age=1000", "ETag: \"a\""]).answering("0123456789")
                .method("HEAD").with("Cache-Control: no-cache"),
            reused(1),
        ]),
    ]).await;
}
