//! What becomes of stored responses when a request changes things.

use super::run::check;
use super::table::{asked, case, reused};

#[rustfmt::skip] // A table reads better aligned.
#[tokio::test]
async fn what_an_unsafe_request_changed_is_asked_for_again() {
    check("invalidation", [
        case("RFC 9111 §4.4", "after a POST", [
            asked(200, ["Cache-Control: max-age=1000"]),
            asked(200, []).method("POST").sending("a=1"),
            asked(200, []),
        ]),
        case("RFC 9111 §4.4", "after a PUT", [
            asked(200, ["Cache-Control: max-age=1000"]),
            asked(201, []).method("PUT").sending("new"),
            asked(200, []),
        ]),
        case("RFC 9111 §4.4", "after a DELETE", [
            asked(200, ["Cache-Control: max-age=1000"]),
            asked(204, []).method("DELETE"),
            asked(200, []),
        ]),
        case("RFC 9111 §4.4", "after a PATCH", [
            asked(200, ["Cache-Control: max-age=1000"]),
            asked(200, []).method("PATCH").sending("new"),
            asked(200, []),
        ]),
        case("RFC 9111 §4.4", "after a method nobody knows", [
            asked(200, ["Cache-Control: max-age=1000"]),
            asked(200, []).method("BREW").sending("coffee"),
            asked(200, []),
        ]),
        case("RFC 9111 §4.4", "after a redirect", [
            asked(200, ["Cache-Control: max-age=1000"]),
            asked(303, ["Location: /elsewhere"]).method("POST").sending("a=1"),
            asked(200, []),
        ]),
        case("RFC 9111 §4.4", "in every variant", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: X-A"]).with("X-A: 1"),
            asked(200, ["Cache-Control: max-age=1000", "Vary: X-A"]).with("X-A: 2"),
            asked(200, []).method("POST").sending("a=1").with("X-A: 1"),
            asked(200, []).with("X-A: 2"),
            asked(200, []).with("X-A: 1"),
        ]),
        case("RFC 9111 §4.4", "what is asked for then is used again", [
            asked(200, ["Cache-Control: max-age=1000"]),
            asked(200, []).method("POST").sending("a=1"),
            asked(200, ["Cache-Control: max-age=1000"]),
            reused(3),
        ]),
        case("RFC 9111 §4.4", "but not after a 4xx", [
            asked(200, ["Cache-Control: max-age=1000"]),
            asked(403, []).method("POST").sending("a=1"),
            reused(1),
        ]),
        case("RFC 9111 §4.4", "nor after a 5xx", [
            asked(200, ["Cache-Control: max-age=1000"]),
            asked(500, []).method("PUT").sending("a=1"),
            reused(1),
        ]),
        case("RFC 9110 §9.2.1", "nor after an OPTIONS, which is safe", [
            asked(200, ["Cache-Control: max-age=1000"]),
            asked(200, []).method("OPTIONS"),
            reused(1),
        ]),
        case("RFC 9110 §9.2.1", "nor after a TRACE, which is safe", [
            asked(200, ["Cache-Control: max-age=1000"]),
            asked(200, []).method("TRACE"),
            reused(1),
        ]),
        case("RFC 9110 §9.2.1", "nor after a HEAD, which is safe", [
            asked(200, ["Cache-Control: max-age=1000", "ETag: \"a\""]).answering("0123456789"),
            asked(200, ["Cache-Control: max-age=1000", "ETag: \"a\""]).answering("0123456789")
                .method("HEAD").with("Cache-Control: no-cache"),
            reused(1),
        ]),
        case("RFC 9111 §4.4", "also where its Location leads", [
            asked(200, ["Cache-Control: max-age=1000"]).at("/other"),
            asked(201, ["Location: {path}/other"]).method("POST").sending("a=1"),
            asked(200, []).at("/other"),
        ]),
        case("RFC 9111 §4.4", "also where its Location leads by its full address", [
            asked(200, ["Cache-Control: max-age=1000"]).at("/other"),
            asked(201, ["Location: {origin}{path}/other"]).method("PUT").sending("a=1"),
            asked(200, []).at("/other"),
        ]),
        case("RFC 9111 §4.4", "also what its Content-Location names", [
            asked(200, ["Cache-Control: max-age=1000"]).at("/other"),
            asked(200, ["Content-Location: {path}/other"]).method("POST").sending("a=1"),
            asked(200, []).at("/other"),
        ]),
        case("RFC 9111 §4.4", "also what its Content-Location names by its full address", [
            asked(200, ["Cache-Control: max-age=1000"]).at("/other"),
            asked(200, ["Content-Location: {origin}{path}/other"]).method("DELETE"),
            asked(200, []).at("/other"),
        ]),
        case("RFC 9111 §4.4", "also where a relative Location leads", [
            asked(200, ["Cache-Control: max-age=1000"]).at("/a"),
            asked(201, ["Location: a"]).method("POST").sending("a=1").at("/b"),
            asked(200, []).at("/a"),
        ]),
        case("RFC 9111 §4.4", "but not where a Location of another origin leads", [
            asked(200, ["Cache-Control: max-age=1000"]).at("/other"),
            asked(201, ["Location: http://example.org{path}/other"]).method("POST").sending("a=1"),
            reused(1).at("/other"),
        ]),
        case("RFC 9111 §4.4", "nor what a Content-Location of another origin names", [
            asked(200, ["Cache-Control: max-age=1000"]).at("/other"),
            asked(200, ["Content-Location: https://example.org{path}/other"]).method("POST").sending("a=1"),
            reused(1).at("/other"),
        ]),
        case("RFC 9111 §4.4", "nor where the Location of a 4xx leads", [
            asked(200, ["Cache-Control: max-age=1000"]).at("/other"),
            asked(409, ["Location: {path}/other"]).method("POST").sending("a=1"),
            reused(1).at("/other"),
        ]),
        case("RFC 9110 §9.3.3", "the answer to a POST answers no GET", [
            asked(200, ["Cache-Control: max-age=1000"]).method("POST").sending("a=1"),
            asked(200, []),
        ]),
        case("RFC 9111 §4", "a POST is always written through", [
            asked(200, ["Cache-Control: max-age=1000"]).method("POST").sending("a=1"),
            asked(200, []).method("POST").sending("a=1"),
        ]),
        case("RFC 9110 §9.3.4", "the answer to a PUT answers no GET", [
            asked(200, ["Cache-Control: max-age=1000", "ETag: \"a\""]).method("PUT").sending("new"),
            asked(200, []),
        ]),
    ]).await;
}
