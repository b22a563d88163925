//! What a client may demand of a cache.

use super::run::check;
use super::table::{asked, case, reused, unasked, validated};

#[rustfmt::skip] // A table reads better aligned.
#[tokio::test]
async fn directives_of_a_request_are_kept_to() {
    check("requests", [
        case("RFC 9111 §5.2.1.4", "no-cache asks the origin", [
            asked(200, ["Cache-Control: max-age=1000"]),
            asked(200, []).with("Cache-Control: no-cache"),
        ]),
        case("RFC 9111 §5.2.1.4", "no-cache knows no case and stands anywhere", [
            asked(200, ["Cache-Control: max-age=1000"]),
            asked(200, []).with("Cache-Control: foo=\"bar\" , No-CaChE"),
        ]),
        case("RFC 9111 §5.2.1.4", "no-cache in a second line asks the origin", [
            asked(200, ["Cache-Control: max-age=1000"]),
            asked(200, []).with("Cache-Control: foo").with("Cache-Control: no-cache"),
        ]),
        case("RFC 9111 §5.2.1.4", "what no-cache brings is used from then on", [
            asked(200, ["Cache-Control: max-age=1000"]),
            asked(200, ["Cache-Control: max-age=1000"]).with("Cache-Control: no-cache"),
            reused(2),
        ]),
        case("RFC 9111 §5.2.1.1", "max-age=0 asks the origin", [
            asked(200, ["Cache-Control: max-age=1000"]),
            asked(200, []).with("Cache-Control: max-age=0"),
        ]),
        case("RFC 9111 §5.2.1.1", "max-age=0 is satisfied by validation", [
            asked(200, ["Cache-Control: max-age=1000", "ETag: \"a\""]),
            validated(1, ["ETag: \"a\""]).with("Cache-Control: max-age=0"),
        ]),
        case("RFC 9111 §5.2.1.1", "max-age takes nothing older", [
            asked(200, ["Cache-Control: max-age=1000", "Age: 200"]),
            asked(200, []).with("Cache-Control: max-age=100"),
        ]),
        case("RFC 9111 §5.2.1.1", "max-age takes what is younger", [
            asked(200, ["Cache-Control: max-age=1000", "Age: 200"]),
            reused(1).with("Cache-Control: max-age=500"),
        ]),
        case("RFC 9111 §5.2.1.1", "max-age does not lengthen the lifetime", [
            asked(200, ["Cache-Control: max-age=100", "Age: 200"]),
            asked(200, []).with("Cache-Control: max-age=1000"),
        ]),
        case("RFC 9111 §5.2.1.1", "max-age takes a stale one where max-stale allows it", [
            asked(200, ["Cache-Control: max-age=100", "Age: 200"]),
            reused(1).with("Cache-Control: max-age=1000, max-stale=1000"),
        ]),
        case("RFC 9111 §5.2.1.3", "min-fresh takes nothing that is stale so soon", [
            asked(200, ["Cache-Control: max-age=1000"]),
            asked(200, []).with("Cache-Control: min-fresh=2000"),
        ]),
        case("RFC 9111 §5.2.1.3", "min-fresh counts from the age", [
            asked(200, ["Cache-Control: max-age=1000", "Age: 900"]),
            asked(200, []).with("Cache-Control: min-fresh=200"),
        ]),
        case("RFC 9111 §5.2.1.3", "min-fresh takes what is fresh for longer", [
            asked(200, ["Cache-Control: max-age=1000"]),
            reused(1).with("Cache-Control: min-fresh=100"),
        ]),
        case("RFC 9111 §5.2.1.5", "no-store keeps the answer from being stored", [
            asked(200, ["Cache-Control: max-age=1000"]).with("Cache-Control: no-store"),
            asked(200, []),
        ]),
        case("RFC 9111 §5.2.1.7", "only-if-cached takes what is stored", [
            asked(200, ["Cache-Control: max-age=1000"]),
            reused(1).with("Cache-Control: only-if-cached"),
        ]),
        case("RFC 9111 §5.2.1.7", "only-if-cached asks nobody: 504", [
            unasked(504).with("Cache-Control: only-if-cached"),
        ]),
        case("RFC 9111 §5.2.1.7", "only-if-cached knows no case", [
            unasked(504).with("Cache-Control: ONLY-IF-CACHED"),
        ]),
        case("RFC 9111 §5.2.1.7", "only-if-cached takes no other variant: 504", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: X-A"]).with("X-A: 1"),
            unasked(504).with("X-A: 2").with("Cache-Control: only-if-cached").never(1),
        ]),
        case("RFC 9111 §5.2.1.7", "only-if-cached takes nothing that must be revalidated: 504", [
            asked(200, ["Cache-Control: max-age=100, must-revalidate", "Age: 200"]),
            unasked(504).with("Cache-Control: only-if-cached").never(1),
        ]),
        case("RFC 9111 §5.2.3", "unknown directives are ignored", [
            asked(200, ["Cache-Control: max-age=1000"]),
            reused(1).with("Cache-Control: foo, bar=1, baz=\"no-cache\""),
        ]),
        case("RFC 9111 §5.4", "Pragma: no-cache alone is no-cache", [
            asked(200, ["Cache-Control: max-age=1000"]),
            asked(200, []).with("Pragma: no-cache"),
        ]),
        case("RFC 9111 §5.4", "Pragma is ignored beside Cache-Control", [
            asked(200, ["Cache-Control: max-age=1000"]),
            reused(1).with("Pragma: no-cache").with("Cache-Control: max-age=500"),
        ]),
        case("RFC 9111 §5.4", "any other Pragma means nothing", [
            asked(200, ["Cache-Control: max-age=1000"]),
            reused(1).with("Pragma: foo"),
        ]),
        case("RFC 9111 §5.2", "directives reach the origin", [
            asked(200, []).with("Cache-Control: no-cache, foo=bar").asked_with("Cache-Control: no-cache, foo=bar"),
        ]),
    ]).await;
}
