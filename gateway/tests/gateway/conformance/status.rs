//! Which statuses are stored, and that every one passes.

use super::run::check;
use super::table::{asked, case, reused};

#[rustfmt::skip] // A table reads better aligned.
#[tokio::test]
async fn every_status_passes_and_some_are_used_again() {
    check("status", [
        case("RFC 9110 §15.3.4", "203 is used again where it says for how long", [
            asked(203, ["Cache-Control: max-age=1000"]),
            reused(1),
        ]),
        case("RFC 9110 §15.3.5", "204 is used again where it says for how long", [
            asked(204, ["Cache-Control: max-age=1000"]),
            reused(1),
        ]),
        case("RFC 9110 §15.4.1", "300 is used again where it says for how long", [
            asked(300, ["Cache-Control: max-age=1000", "Location: /there"]),
            reused(1).gets("Location: /there"),
        ]),
        case("RFC 9110 §15.4.2", "301 is used again where it says for how long", [
            asked(301, ["Cache-Control: max-age=1000", "Location: /there"]),
            reused(1).gets("Location: /there"),
        ]),
        case("RFC 9110 §15.4.3", "302 is used again where it says for how long", [
            asked(302, ["Cache-Control: max-age=1000", "Location: /there"]),
            reused(1).gets("Location: /there"),
        ]),
        case("RFC 9110 §15.4.8", "307 is used again where it says for how long", [
            asked(307, ["Cache-Control: max-age=1000", "Location: /there"]),
            reused(1).gets("Location: /there"),
        ]),
        case("RFC 9110 §15.4.9", "308 is used again where it says for how long", [
            asked(308, ["Cache-Control: max-age=1000", "Location: /there"]),
            reused(1).gets("Location: /there"),
        ]),
        case("RFC 9110 §15.5.5", "404 is used again where it says for how long", [
            asked(404, ["Cache-Control: max-age=1000"]),
            reused(1),
        ]),
        case("RFC 9110 §15.5.6", "405 is used again where it says for how long", [
            asked(405, ["Cache-Control: max-age=1000"]),
            reused(1),
        ]),
        case("RFC 9110 §15.5.11", "410 is used again where it says for how long", [
            asked(410, ["Cache-Control: max-age=1000"]),
            reused(1),
        ]),
        case("RFC 9110 §15.5.15", "414 is used again where it says for how long", [
            asked(414, ["Cache-Control: max-age=1000"]),
            reused(1),
        ]),
        case("RFC 9110 §15.1", "203 has a lifetime by heuristics", [
            asked(203, ["Last-Modified: {now-1000000}"]),
            reused(1),
        ]),
        case("RFC 9110 §15.1", "204 has a lifetime by heuristics", [
            asked(204, ["Last-Modified: {now-1000000}"]),
            reused(1),
        ]),
        case("RFC 9110 §15.1", "300 has a lifetime by heuristics", [
            asked(300, ["Last-Modified: {now-1000000}", "Location: /there"]),
            reused(1),
        ]),
        case("RFC 9110 §15.1", "301 has a lifetime by heuristics", [
            asked(301, ["Last-Modified: {now-1000000}", "Location: /there"]),
            reused(1),
        ]),
        case("RFC 9110 §15.1", "308 has a lifetime by heuristics", [
            asked(308, ["Last-Modified: {now-1000000}", "Location: /there"]),
            reused(1),
        ]),
        case("RFC 9110 §15.1", "404 has a lifetime by heuristics", [
            asked(404, ["Last-Modified: {now-1000000}"]),
            reused(1),
        ]),
        case("RFC 9110 §15.1", "405 has a lifetime by heuristics", [
            asked(405, ["Last-Modified: {now-1000000}"]),
            reused(1),
        ]),
        case("RFC 9110 §15.1", "410 has a lifetime by heuristics", [
            asked(410, ["Last-Modified: {now-1000000}"]),
            reused(1),
        ]),
        case("RFC 9110 §15.1", "414 has a lifetime by heuristics", [
            asked(414, ["Last-Modified: {now-1000000}"]),
            reused(1),
        ]),
        case("RFC 9111 §4.2", "203 goes stale", [
            asked(203, ["Cache-Control: max-age=100", "Age: 200"]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.2", "204 goes stale", [
            asked(204, ["Cache-Control: max-age=100", "Age: 200"]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.2", "301 goes stale", [
            asked(301, ["Cache-Control: max-age=100", "Age: 200", "Location: /there"]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.2", "302 goes stale", [
            asked(302, ["Cache-Control: max-age=100", "Age: 200", "Location: /there"]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.2", "404 goes stale", [
            asked(404, ["Cache-Control: max-age=100", "Age: 200"]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.2", "410 goes stale", [
            asked(410, ["Cache-Control: max-age=100", "Age: 200"]),
            asked(200, []),
        ]),
        case("RFC 9110 §15.6.1", "500 is passed on and never stored", [
            asked(500, ["Cache-Control: max-age=1000"]),
            asked(200, []),
        ]),
        case("RFC 9110 §15.6.2", "501 is passed on and never stored", [
            asked(501, ["Cache-Control: max-age=1000"]),
            asked(200, []),
        ]),
        case("RFC 9110 §15.6.3", "502 is passed on and never stored", [
            asked(502, ["Cache-Control: max-age=1000"]),
            asked(200, []),
        ]),
        case("RFC 9110 §15.6.4", "503 is passed on and never stored", [
            asked(503, ["Cache-Control: max-age=1000"]),
            asked(200, []),
        ]),
        case("RFC 9110 §15.6.5", "504 is passed on and never stored", [
            asked(504, ["Cache-Control: max-age=1000"]),
            asked(200, []),
        ]),
        case("RFC 9110 §15.6.2", "501 is never stored by heuristics", [
            asked(501, ["Last-Modified: {now-1000000}"]),
            asked(200, []),
        ]),
        case("RFC 9110 §15.6", "an error does not replace what is fresh", [
            asked(200, ["Cache-Control: max-age=1000"]),
            asked(503, []).with("Cache-Control: no-cache"),
            reused(1),
        ]),
        case("RFC 9110 §15", "599 is passed on and not stored", [
            asked(599, ["Cache-Control: max-age=1000"]),
            asked(599, []),
        ]),
        case("RFC 9110 §15", "999 is passed on", [
            asked(999, []),
        ]),
        case("RFC 9110 §15", "a success nobody knows is passed on", [
            asked(242, ["X-A: 1"]).gets("X-A: 1"),
        ]),
        case("RFC 9110 §15", "a failure nobody knows is passed on", [
            asked(477, []),
        ]),
        case("RFC 9111 §3", "no-store goes for every status", [
            asked(404, ["Cache-Control: no-store, max-age=1000"]),
            asked(200, []),
        ]),
        case("RFC 9110 §15.5.2", "401 says how to sign in and is not stored by heuristics", [
            asked(401, ["WWW-Authenticate: Basic realm=\"a\"", "Last-Modified: {now-1000000}"]).gets("WWW-Authenticate: Basic realm=\"a\""),
            asked(200, []),
        ]),
    ]).await;
}
