//! What a cache of one user may do and a cache of many may not.

use super::run::check;
use super::table::{anything, asked, case, private, reused, shared};

#[rustfmt::skip] // A table reads better aligned.
#[tokio::test]
async fn a_shared_cache_keeps_what_is_somebodys_to_nobody() {
    check("sharing", [
        shared("RFC 9111 §5.2.2.7", "private is not stored", [
            asked(200, ["Cache-Control: private, max-age=1000"]),
            asked(200, []),
        ]),
        shared("RFC 9111 §5.2.2.7", "private is not stored, whatever the case and whatever else is said", [
            asked(200, ["Cache-Control: public, s-maxage=1000, PrIvAtE", "Expires: {now+1000}"]),
            asked(200, []),
        ]),
        private("RFC 9111 §5.2.2.7", "private is used again by whom it is for", [
            asked(200, ["Cache-Control: private, max-age=1000"]),
            reused(1),
        ]),
        private("RFC 9111 §5.2.2.7", "private is for who asked, not for who asks", [
            asked(200, ["Cache-Control: private, max-age=1000"]).with("Cookie: a=1"),
            asked(200, []).with("Cookie: a=2"),
        ]),
        shared("RFC 9111 §5.2.2.10", "s-maxage goes before max-age: longer", [
            asked(200, ["Cache-Control: max-age=100, s-maxage=1000", "Age: 200"]),
            reused(1).age(200),
        ]),
        shared("RFC 9111 §5.2.2.10", "s-maxage goes before max-age: shorter", [
            asked(200, ["Cache-Control: s-maxage=100, max-age=1000", "Age: 200"]),
            asked(200, []),
        ]),
        shared("RFC 9111 §5.2.2.10", "s-maxage=0 is stale at once", [
            asked(200, ["Cache-Control: max-age=1000, s-maxage=0"]),
            asked(200, []),
        ]),
        shared("RFC 9111 §5.2", "s-maxage knows no case", [
            asked(200, ["Cache-Control: S-MaxAge=1000"]),
            reused(1),
        ]),
        private("RFC 9111 §5.2.2.10", "s-maxage does not lengthen the lifetime in a private cache", [
            asked(200, ["Cache-Control: max-age=100, s-maxage=1000", "Age: 200"]),
            asked(200, []),
        ]),
        private("RFC 9111 §5.2.2.10", "s-maxage does not shorten the lifetime in a private cache", [
            asked(200, ["Cache-Control: max-age=1000, s-maxage=0"]),
            reused(1),
        ]),
        case("RFC 9110 §11.6.2", "credentials reach the origin", [
            asked(200, []).with("Authorization: Basic YTpi").asked_with("Authorization: Basic YTpi"),
        ]),
        shared("RFC 9111 §3.5", "what was made for credentials is not used without", [
            asked(200, ["Cache-Control: max-age=1000"]).with("Authorization: Basic YTpi"),
            asked(200, []),
        ]),
        shared("RFC 9111 §3.5", "what was made for credentials is not used for the same", [
            asked(200, ["Cache-Control: max-age=1000"]).with("Authorization: Basic YTpi"),
            asked(200, []).with("Authorization: Basic YTpi"),
        ]),
        shared("RFC 9111 §3.5", "what was made for credentials is not used for others", [
            asked(200, ["Expires: {now+1000}"]).with("Authorization: Basic YTpi"),
            asked(200, []).with("Authorization: Basic Yjph"),
        ]),
        shared("RFC 9111 §3.5", "unless it is public", [
            asked(200, ["Cache-Control: max-age=1000, public"]).with("Authorization: Basic YTpi"),
            reused(1),
        ]),
        shared("RFC 9111 §3.5", "unless it must be revalidated", [
            asked(200, ["Cache-Control: max-age=1000, must-revalidate"]).with("Authorization: Basic YTpi"),
            reused(1),
        ]),
        shared("RFC 9111 §3.5", "unless it has an s-maxage", [
            asked(200, ["Cache-Control: s-maxage=1000"]).with("Authorization: Basic YTpi"),
            reused(1),
        ]),
        shared("RFC 9111 §3.5", "and then only while it is fresh", [
            asked(200, ["Cache-Control: max-age=100, must-revalidate", "Age: 200"]).with("Authorization: Basic YTpi"),
            asked(200, []),
        ]),
        shared("RFC 9111 §3.5", "private goes before s-maxage", [
            asked(200, ["Cache-Control: s-maxage=1000, private"]).with("Authorization: Basic YTpi"),
            asked(200, []),
        ]),
        shared("RFC 9111 §7.3", "a cookie is set for nobody else", [
            asked(200, ["Cache-Control: max-age=1000", "Set-Cookie: a=1"]).gets("Set-Cookie: a=1"),
            anything(200, []).with("Cookie: a=2").lacks("Set-Cookie"),
        ]),
        case("RFC 9111 §7.3", "a cookie is never set again from the store", [
            asked(200, ["Cache-Control: public, max-age=1000", "Set-Cookie: a=1"]).gets("Set-Cookie: a=1"),
            anything(200, []).lacks("Set-Cookie"),
        ]),
    ]).await;
}
