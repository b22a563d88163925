//! Which requests a stored response answers.

use super::run::check;
use super::table::{asked, case, reused};

#[rustfmt::skip] // A table reads better aligned.
#[tokio::test]
async fn a_response_answers_requests_that_agree_in_what_varies() {
    check("vary", [
        case("RFC 9111 §4.1", "the same value matches", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: X-A"]).with("X-A: 1"),
            reused(1).with("X-A: 1"),
        ]),
        case("RFC 9111 §4.1", "another value does not", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: X-A"]).with("X-A: 1"),
            asked(200, []).with("X-A: 2"),
        ]),
        case("RFC 9111 §4.1", "a value in other letters does not", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: X-A"]).with("X-A: abc"),
            asked(200, []).with("X-A: ABC"),
        ]),
        case("RFC 9111 §4.1", "absent does not match present", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: X-A"]),
            asked(200, []).with("X-A: 1"),
        ]),
        case("RFC 9111 §4.1", "present does not match absent", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: X-A"]).with("X-A: 1"),
            asked(200, []),
        ]),
        case("RFC 9111 §4.1", "absent matches absent", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: X-A"]),
            reused(1),
        ]),
        case("RFC 9111 §4.1", "absent is not the same as empty", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: X-A"]),
            asked(200, []).with("X-A:"),
        ]),
        case("RFC 9111 §4.1", "what does not vary does not matter", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: X-A"]).with("X-B: 1"),
            reused(1).with("X-B: 2"),
        ]),
        case("RFC 9111 §4.1", "* never matches", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: *"]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.1", "* among others never matches", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: X-A, *"]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.1", "* in a line of its own never matches", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: X-A", "Vary: *"]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.1", "* between empty members never matches", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: , *"]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.1", "all of several have to agree: they do", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: X-A, X-B"]).with("X-A: 1").with("X-B: 2"),
            reused(1).with("X-A: 1").with("X-B: 2"),
        ]),
        case("RFC 9111 §4.1", "all of several have to agree: the last does not", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: X-A, X-B, X-C"]).with("X-A: 1").with("X-C: 3"),
            asked(200, []).with("X-A: 1").with("X-C: 4"),
        ]),
        case("RFC 9111 §4.1", "the order of the request's lines does not matter", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: X-A, X-B"]).with("X-A: 1").with("X-B: 2"),
            reused(1).with("X-B: 2").with("X-A: 1"),
        ]),
        case("RFC 9110 §5.2", "two lines of Vary are one list: the second disagrees", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: X-A", "Vary: X-B"]).with("X-A: 1").with("X-B: 2"),
            asked(200, []).with("X-A: 1").with("X-B: 3"),
        ]),
        case("RFC 9110 §5.2", "two lines of Vary are one list: both agree", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: X-A", "Vary: X-B"]).with("X-A: 1").with("X-B: 2"),
            reused(1).with("X-A: 1").with("X-B: 2"),
        ]),
        case("RFC 9110 §5.1", "names in Vary know no case", [
            asked(200, ["Cache-Control: max-age=1000", "vArY: x-A"]).with("X-a: 1"),
            asked(200, []).with("x-a: 2"),
        ]),
        case("RFC 9110 §5.6.1", "empty members of Vary are ignored", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: ,\tX-A ,,"]).with("X-A: 1"),
            asked(200, []).with("X-A: 2"),
        ]),
        case("RFC 9110 §5.6.1", "a Vary of nothing varies by nothing", [
            asked(200, ["Cache-Control: max-age=1000", "Vary:"]).with("X-A: 1"),
            reused(1).with("X-A: 2"),
        ]),
        case("RFC 9111 §4.1", "white space between members does not matter", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: Accept-Language"]).with("Accept-Language: de, en"),
            reused(1).with("Accept-Language: de,en"),
        ]),
        case("RFC 9111 §4.1", "two lines of a request are one value", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: X-A"]).with("X-A: 1").with("X-A: 2"),
            reused(1).with("X-A: 1, 2"),
        ]),
        case("RFC 9111 §4.1", "two lines of a request in another order are another value", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: X-A"]).with("X-A: 1").with("X-A: 2"),
            asked(200, []).with("X-A: 2").with("X-A: 1"),
        ]),
        case("RFC 9111 §4.1", "codings are undone before storing, so they do not matter", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: Accept-Encoding"]).with("Accept-Encoding: gzip"),
            reused(1).with("Accept-Encoding: br"),
        ]),
        case("RFC 9111 §4.1", "another's cookies do not match", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: Cookie"]).with("Cookie: a=1"),
            asked(200, []).with("Cookie: a=2"),
        ]),
        case("RFC 9111 §4.1", "no cookies do not match somebody's", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: Cookie"]).with("Cookie: a=1"),
            asked(200, []),
        ]),
        case("RFC 9111 §4.1", "each of two variants answers its own requests", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: X-A"]).with("X-A: 1"),
            asked(200, ["Cache-Control: max-age=1000", "Vary: X-A"]).with("X-A: 2"),
            reused(1).with("X-A: 1"),
            reused(2).with("X-A: 2"),
        ]),
        case("RFC 9111 §4.1", "variants go stale each by itself", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: X-A"]).with("X-A: 1"),
            asked(200, ["Cache-Control: max-age=0", "Vary: X-A"]).with("X-A: 2"),
            asked(200, ["Cache-Control: max-age=0", "Vary: X-A"]).with("X-A: 2"),
            reused(1).with("X-A: 1"),
        ]),
    ]).await;
}
