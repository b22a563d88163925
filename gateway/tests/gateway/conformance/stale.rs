//! When something is better than nothing, and when it is not.

use super::run::check;
use super::table::{Hears, asked, case, dropped, private, reused, shared, unasked};

#[rustfmt::skip] // A table reads better aligned.
#[tokio::test]
async fn what_is_stale_is_served_when_the_origin_is_gone_and_nothing_forbids_it() {
    check("disconnected", [
        case("RFC 9111 §4.2.4", "what is stale is served when there is no answer", [
            asked(200, ["Cache-Control: max-age=100", "Age: 200", "ETag: \"a\""]),
            dropped().but_gets(1).age(200),
        ]),
        case("RFC 9111 §4.2.4", "also without a validator", [
            asked(200, ["Cache-Control: max-age=100", "Age: 200"]),
            dropped().but_gets(1).age(200),
        ]),
        case("RFC 9111 §4.2.4", "also what Expires made stale", [
            asked(200, ["Expires: {now-100}", "Last-Modified: {now-5000}"]),
            dropped().but_gets(1),
        ]),
        case("RFC 9111 §4.2.4", "also for a HEAD", [
            asked(200, ["Cache-Control: max-age=100", "Age: 200", "X-A: 1"]),
            dropped().method("HEAD").but_gets(1).gets("X-A: 1"),
        ]),
        case("RFC 9111 §4.2.4", "and the origin is asked again as soon as it is there", [
            asked(200, ["Cache-Control: max-age=100", "Age: 200"]),
            dropped().but_gets(1),
            asked(200, []),
        ]),
        case("RFC 9111 §5.2.2.2", "not where it must be revalidated: 504", [
            asked(200, ["Cache-Control: max-age=100, must-revalidate", "Age: 200", "ETag: \"a\""]),
            dropped().status(504).never(1),
        ]),
        case("RFC 9111 §5.2.2.2", "not where it must be revalidated at once: 504", [
            asked(200, ["Cache-Control: max-age=0, MUST-REVALIDATE", "ETag: \"a\""]),
            dropped().status(504).never(1),
        ]),
        case("RFC 9111 §5.2.2.2", "what must be revalidated is served while it is fresh", [
            asked(200, ["Cache-Control: max-age=1000, must-revalidate"]),
            dropped().but_gets(1),
        ]),
        case("RFC 9111 §5.2.2.4", "not where it is no-cache: 504", [
            asked(200, ["Cache-Control: max-age=1000, no-cache", "ETag: \"a\""]),
            dropped().status(504).never(1),
        ]),
        case("RFC 9111 §5.2.2.4", "not where some of its fields are no-cache: 504", [
            asked(200, ["Cache-Control: max-age=1000, no-cache=\"x-a\"", "ETag: \"a\"", "X-A: 1"]),
            dropped().status(504).never(1),
        ]),
        shared("RFC 9111 §5.2.2.8", "a shared cache keeps to proxy-revalidate: 504", [
            asked(200, ["Cache-Control: max-age=100, proxy-revalidate", "Age: 200", "ETag: \"a\""]),
            dropped().status(504).never(1),
        ]),
        private("RFC 9111 §5.2.2.8", "proxy-revalidate says nothing to a private cache", [
            asked(200, ["Cache-Control: max-age=100, proxy-revalidate", "Age: 200", "ETag: \"a\""]),
            dropped().but_gets(1),
        ]),
        shared("RFC 9111 §5.2.2.10", "a shared cache takes s-maxage for proxy-revalidate: 504", [
            asked(200, ["Cache-Control: s-maxage=100", "Age: 200", "ETag: \"a\""]),
            dropped().status(504).never(1),
        ]),
        private("RFC 9111 §5.2.2.10", "s-maxage says nothing to a private cache", [
            asked(200, ["Cache-Control: max-age=100, s-maxage=100", "Age: 200", "ETag: \"a\""]),
            dropped().but_gets(1),
        ]),
        case("RFC 9111 §5.2.2.5", "what is no-store was never there", [
            asked(200, ["Cache-Control: no-store, max-age=1000"]),
            dropped().status(504),
        ]),
        case("RFC 9110 §15.6.5", "nothing stored and no answer: 504", [
            dropped().status(504),
        ]),
        case("RFC 9111 §4", "an unsafe request is never answered from the store", [
            asked(200, ["Cache-Control: max-age=1000"]),
            dropped().method("POST").sending("a=1").status(504).never(1),
        ]),
        case("RFC 9111 §4.1", "another variant is no answer either", [
            asked(200, ["Cache-Control: max-age=1000", "Vary: X-A"]).with("X-A: 1"),
            dropped().with("X-A: 2").status(504).never(1),
        ]),
        case("RFC 9111 §4.4", "what a POST made doubtful and must be revalidated is not served", [
            asked(200, ["Cache-Control: max-age=1000, must-revalidate"]),
            asked(200, []).method("POST").sending("a=1"),
            dropped().status(504).never(1),
        ]),
    ]).await;
}

#[rustfmt::skip] // A table reads better aligned.
#[tokio::test]
async fn stale_if_error_and_stale_while_revalidate_are_kept_to() {
    check("extensions", [
        case("RFC 5861 §4", "stale-if-error covers 500", [
            asked(200, ["Cache-Control: max-age=100, stale-if-error=1000", "Age: 200"]),
            asked(500, []).but_gets(1).age(200),
        ]),
        case("RFC 5861 §4", "stale-if-error covers 502", [
            asked(200, ["Cache-Control: max-age=100, stale-if-error=1000", "Age: 200"]),
            asked(502, []).but_gets(1),
        ]),
        case("RFC 5861 §4", "stale-if-error covers 503, also in answer to a condition", [
            asked(200, ["Cache-Control: max-age=100, stale-if-error=1000", "Age: 200", "ETag: \"a\""]),
            asked(503, []).hears(Hears::Conditional).but_gets(1),
        ]),
        case("RFC 5861 §4", "stale-if-error covers 504", [
            asked(200, ["Cache-Control: max-age=100, stale-if-error=1000", "Age: 200"]),
            asked(504, []).but_gets(1),
        ]),
        case("RFC 5861 §4", "stale-if-error covers no answer", [
            asked(200, ["Cache-Control: max-age=100, stale-if-error=1000", "Age: 200"]),
            dropped().but_gets(1),
        ]),
        case("RFC 5861 §4", "stale-if-error does not cover 404", [
            asked(200, ["Cache-Control: max-age=100, stale-if-error=1000", "Age: 200"]),
            asked(404, []),
        ]),
        case("RFC 5861 §4", "stale-if-error ends", [
            asked(200, ["Cache-Control: max-age=100, stale-if-error=10", "Age: 200"]),
            asked(503, []),
        ]),
        case("RFC 5861 §4", "stale-if-error of no number means nothing", [
            asked(200, ["Cache-Control: max-age=100, stale-if-error=x", "Age: 200"]),
            asked(503, []),
        ]),
        case("RFC 9111 §5.2.2.2", "stale-if-error gives way to must-revalidate", [
            asked(200, ["Cache-Control: max-age=100, stale-if-error=1000, must-revalidate", "Age: 200"]),
            asked(503, []).never(1),
        ]),
        case("RFC 9111 §5.2.2.4", "stale-if-error gives way to no-cache", [
            asked(200, ["Cache-Control: no-cache, stale-if-error=1000", "ETag: \"a\""]),
            asked(503, []).never(1),
        ]),
        case("RFC 9111 §4.3.3", "without it an error is passed on", [
            asked(200, ["Cache-Control: max-age=100", "Age: 200"]),
            asked(503, []),
        ]),
        case("RFC 5861 §3", "stale-while-revalidate serves what is stale and asks beside", [
            asked(200, ["Cache-Control: max-age=100, stale-while-revalidate=1000", "Age: 200"]),
            asked(200, ["Cache-Control: max-age=1000"]).hears(Hears::AskedLater).but_gets(1),
            reused(2).at_last(),
        ]),
        case("RFC 5861 §3", "a 304 beside makes what is stored fresh", [
            asked(200, ["Cache-Control: max-age=100, stale-while-revalidate=1000", "Age: 200", "ETag: \"a\""]),
            asked(304, ["Cache-Control: max-age=1000", "ETag: \"a\""]).hears(Hears::AskedLater).but_gets(1),
            reused(1).at_last(),
        ]),
        case("RFC 5861 §3", "stale-while-revalidate does nothing while it is fresh", [
            asked(200, ["Cache-Control: max-age=1000, stale-while-revalidate=1000"]),
            reused(1),
        ]),
        case("RFC 5861 §3", "stale-while-revalidate ends", [
            asked(200, ["Cache-Control: max-age=100, stale-while-revalidate=10", "Age: 200"]),
            asked(200, []),
        ]),
        case("RFC 9111 §5.2.2.2", "stale-while-revalidate gives way to must-revalidate", [
            asked(200, ["Cache-Control: max-age=100, stale-while-revalidate=1000, must-revalidate", "Age: 200"]),
            asked(200, []),
        ]),
        case("RFC 9111 §5.2.2.4", "stale-while-revalidate gives way to no-cache", [
            asked(200, ["Cache-Control: max-age=1000, stale-while-revalidate=1000, no-cache"]),
            asked(200, []),
        ]),
        case("RFC 9111 §5.2.1.4", "stale-while-revalidate gives way to the client's no-cache", [
            asked(200, ["Cache-Control: max-age=100, stale-while-revalidate=1000", "Age: 200"]),
            asked(200, []).with("Cache-Control: no-cache"),
        ]),
        shared("RFC 9111 §5.2.2.8", "stale-while-revalidate gives way to proxy-revalidate in a shared cache", [
            asked(200, ["Cache-Control: max-age=100, stale-while-revalidate=1000, proxy-revalidate", "Age: 200"]),
            asked(200, []),
        ]),
        case("RFC 9111 §5.2.1.2", "max-stale takes what is stale for so long", [
            asked(200, ["Cache-Control: max-age=100", "Age: 200"]),
            reused(1).with("Cache-Control: max-stale=1000").age(200),
        ]),
        case("RFC 9111 §5.2.1.2", "max-stale takes nothing older", [
            asked(200, ["Cache-Control: max-age=100", "Age: 200"]),
            asked(200, []).with("Cache-Control: max-stale=10"),
        ]),
        case("RFC 9111 §5.2.1.2", "max-stale without an argument takes all that is stale", [
            asked(200, ["Cache-Control: max-age=100", "Age: 200"]),
            reused(1).with("Cache-Control: max-stale"),
        ]),
        case("RFC 9111 §4.2.4", "max-stale gives way to must-revalidate", [
            asked(200, ["Cache-Control: max-age=100, must-revalidate", "Age: 200"]),
            asked(200, []).with("Cache-Control: max-stale=1000"),
        ]),
        case("RFC 9111 §4.2.4", "max-stale gives way to no-cache", [
            asked(200, ["Cache-Control: max-age=1000, no-cache"]),
            asked(200, []).with("Cache-Control: max-stale"),
        ]),
        case("RFC 9111 §5.2.1.7", "what is not there is not asked for where only the store is wanted", [
            unasked(504).with("Cache-Control: only-if-cached, max-stale"),
        ]),
    ]).await;
}
