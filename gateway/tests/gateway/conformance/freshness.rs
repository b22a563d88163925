//! How long a response may be used without asking, and how old it is.

use super::run::check;
use super::table::{asked, case, private, reused, shared};

#[rustfmt::skip] // A table reads better aligned.
#[tokio::test]
async fn a_response_is_used_for_as_long_as_it_is_fresh() {
    check("freshness", [
        case("RFC 9111 §5.2.2.1", "max-age gives a lifetime", [
            asked(200, ["Cache-Control: max-age=1000"]),
            reused(1).age(0),
        ]),
        case("RFC 9111 §4.2", "a lifetime of a second is over in time", [
            asked(200, ["Cache-Control: max-age=1"]),
            asked(200, ["Cache-Control: max-age=0"]).at_last(),
        ]),
        case("RFC 9111 §4.2", "max-age=0 is stale at once", [
            asked(200, ["Cache-Control: max-age=0"]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.2.3", "Age counts towards the lifetime", [
            asked(200, ["Cache-Control: max-age=1000", "Age: 2000"]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.2.3", "Age within the lifetime is kept up", [
            asked(200, ["Cache-Control: max-age=1000", "Age: 500"]),
            reused(1).age(500),
        ]),
        case("RFC 9111 §4.2", "fresh is when the lifetime is greater than the age, not equal", [
            asked(200, ["Cache-Control: max-age=1000", "Age: 1000"]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.2.3", "an old Date counts without an Age", [
            asked(200, ["Cache-Control: max-age=1000", "Date: {now-2000}"]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.2.3", "a Date a while ago shows in Age", [
            asked(200, ["Cache-Control: max-age=1000", "Date: {now-300}"]),
            reused(1).age(300),
        ]),
        case("RFC 9111 §4.2.3", "a Date to come makes nothing younger than new", [
            asked(200, ["Cache-Control: max-age=1000", "Date: {now+500}"]),
            reused(1).age(0),
        ]),
        case("RFC 9111 §4.2.3", "of Age and Date the older counts: Date", [
            asked(200, ["Cache-Control: max-age=1000", "Age: 10", "Date: {now-2000}"]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.2.3", "of Age and Date the older counts: Age", [
            asked(200, ["Cache-Control: max-age=1000", "Age: 2000", "Date: {now-10}"]),
            asked(200, []),
        ]),
        case("RFC 9110 §6.6.1", "without a Date the time it came counts", [
            asked(200, ["Cache-Control: max-age=1000", "Date: none"]).gets("Date: *"),
            reused(1).age(0).gets("Date: *"),
        ]),
        case("RFC 9110 §6.6.1", "a malformed Date is none", [
            asked(200, ["Cache-Control: max-age=1000", "Date: yesterday"]),
            reused(1),
        ]),
        case("RFC 9111 §5.2.2.1", "the start of the lifetime is the origin's, seen twice", [
            asked(200, ["Cache-Control: max-age=1000", "Age: 100"]),
            reused(1).age(100),
            reused(1).age(100),
        ]),
        case("RFC 9111 §5.2.2.1", "what came stale is not made fresh by a second request", [
            asked(200, ["Cache-Control: max-age=100", "Age: 100"]),
            asked(200, ["Cache-Control: max-age=100", "Age: 100"]),
            asked(200, []),
        ]),
    ]).await;
}

#[rustfmt::skip] // A table reads better aligned.
#[tokio::test]
async fn expires_is_a_lifetime_where_max_age_is_none() {
    check("expires", [
        case("RFC 9111 §5.3", "Expires to come is fresh", [
            asked(200, ["Expires: {now+1000}"]),
            reused(1),
        ]),
        case("RFC 9111 §5.3", "Expires at the end of all years is fresh", [
            asked(200, ["Expires: Fri, 31 Dec 9999 23:59:59 GMT"]),
            reused(1),
        ]),
        case("RFC 9111 §5.3", "Expires at the beginning of time is stale", [
            asked(200, ["Expires: Thu, 01 Jan 1970 00:00:00 GMT", "Last-Modified: {now-1000000}"]),
            asked(200, []),
        ]),
        case("RFC 9111 §5.3", "Expires past is stale", [
            asked(200, ["Expires: {now-1000}"]),
            asked(200, []),
        ]),
        case("RFC 9111 §5.3", "Expires as late as Date is stale", [
            asked(200, ["Expires: {now}"]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.2.1", "the lifetime is Expires less Date", [
            asked(200, ["Expires: {now+1000}", "Date: {now-2000}"]),
            reused(1).age(2000),
        ]),
        case("RFC 9111 §4.2.1", "Expires before Date is stale, though both are to come", [
            asked(200, ["Expires: {now+500}", "Date: {now+1000}"]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.2.1", "Expires without a Date counts from when it came", [
            asked(200, ["Expires: {now+1000}", "Date: none"]),
            reused(1),
        ]),
        case("RFC 9111 §4.2.3", "Age counts towards Expires", [
            asked(200, ["Expires: {now+1000}", "Age: 1500"]),
            asked(200, []),
        ]),
        case("RFC 9111 §5.3", "max-age goes before an Expires that is past", [
            asked(200, ["Cache-Control: max-age=1000", "Expires: {now-1000}"]),
            reused(1),
        ]),
        case("RFC 9111 §5.3", "max-age goes before an Expires to come", [
            asked(200, ["Cache-Control: max-age=0", "Expires: {now+1000}"]),
            asked(200, []),
        ]),
        case("RFC 9111 §5.3", "max-age goes before an Expires of no meaning", [
            asked(200, ["Cache-Control: max-age=1000", "Expires: 0"]),
            reused(1),
        ]),
        case("RFC 9111 §5.3", "other directives leave Expires its meaning", [
            asked(200, ["Cache-Control: public", "Expires: {now+1000}"]),
            reused(1),
        ]),
        shared("RFC 9111 §5.3", "s-maxage goes before Expires in a shared cache", [
            asked(200, ["Cache-Control: s-maxage=0", "Expires: {now+1000}"]),
            asked(200, []),
        ]),
        private("RFC 9111 §5.2.2.10", "s-maxage leaves Expires alone in a private cache", [
            asked(200, ["Cache-Control: s-maxage=0", "Expires: {now+1000}"]),
            reused(1),
        ]),
        case("RFC 9110 §5.6.7", "an Expires in the form of RFC 850 is read", [
            asked(200, ["Expires: {now+1000 rfc850}"]),
            reused(1),
        ]),
        case("RFC 9110 §5.6.7", "an Expires in the form of asctime is read", [
            asked(200, ["Expires: {now+1000 asctime}"]),
            reused(1),
        ]),
        case("RFC 9110 §5.6.7", "an Expires in the form of RFC 850 that is past is stale", [
            asked(200, ["Expires: {now-1000 rfc850}"]),
            asked(200, []),
        ]),
        // The validator a long time ago would make each of these fresh by heuristics.
        case("RFC 9111 §5.3", "Expires: 0 is past", [
            asked(200, ["Expires: 0", "Last-Modified: {now-1000000}"]),
            asked(200, []),
        ]),
        case("RFC 9111 §5.3", "Expires: -1 is past", [
            asked(200, ["Expires: -1", "Last-Modified: {now-1000000}"]),
            asked(200, []),
        ]),
        case("RFC 9111 §5.3", "an empty Expires is past", [
            asked(200, ["Expires:", "Last-Modified: {now-1000000}"]),
            asked(200, []),
        ]),
        case("RFC 9111 §5.3", "a number of seconds is no Expires", [
            asked(200, ["Expires: 100000", "Last-Modified: {now-1000000}"]),
            asked(200, []),
        ]),
        case("RFC 9111 §5.3", "a date of ISO 8601 is no Expires", [
            asked(200, ["Expires: 2099-01-01T00:00:00Z", "Last-Modified: {now-1000000}"]),
            asked(200, []),
        ]),
        case("RFC 9111 §5.3", "half a date is no Expires", [
            asked(200, ["Expires: Thu, 18 Aug 2050", "Last-Modified: {now-1000000}"]),
            asked(200, []),
        ]),
        case("RFC 9111 §5.3", "a day that does not exist is no Expires", [
            asked(200, ["Expires: Thu, 32 Aug 2050 02:01:18 GMT", "Last-Modified: {now-1000000}"]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.2", "a date of another zone is no Expires", [
            asked(200, ["Expires: {now+1000 AEST}", "Last-Modified: {now-1000000}"]),
            asked(200, []),
        ]),
    ]).await;
}

#[rustfmt::skip] // A table reads better aligned.
#[tokio::test]
async fn a_lifetime_is_guessed_from_the_last_modification() {
    check("heuristics", [
        case("RFC 9111 §4.2.2", "what has not changed for long is fresh for a while", [
            asked(200, ["Last-Modified: {now-1000000}"]),
            reused(1),
        ]),
        case("RFC 9111 §4.2.2", "a tenth of the time since it changed, and no longer", [
            asked(200, ["Last-Modified: {now-10000}", "Age: 2000"]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.2.2", "what has just changed is stale", [
            asked(200, ["Last-Modified: {now}"]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.2.2", "what changes in the future is stale", [
            asked(200, ["Last-Modified: {now+1000000}"]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.2.2", "a malformed Last-Modified says nothing", [
            asked(200, ["Last-Modified: a long time ago"]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.2.2", "nothing is guessed from nothing", [
            asked(200, []),
            asked(200, []),
        ]),
        case("RFC 9111 §4.2.2", "an ETag alone is no lifetime", [
            asked(200, ["ETag: \"a\""]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.2.2", "nothing is guessed where max-age says it", [
            asked(200, ["Last-Modified: {now-1000000}", "Cache-Control: max-age=0"]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.2.2", "nothing is guessed where Expires says it", [
            asked(200, ["Last-Modified: {now-1000000}", "Expires: {now-10}"]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.2.2", "nothing is guessed for 201", [
            asked(201, ["Last-Modified: {now-1000000}"]),
            asked(201, []),
        ]),
        case("RFC 9111 §4.2.2", "nothing is guessed for 202", [
            asked(202, ["Last-Modified: {now-1000000}"]),
            asked(202, []),
        ]),
        case("RFC 9111 §4.2.2", "nothing is guessed for 302", [
            asked(302, ["Last-Modified: {now-1000000}", "Location: /"]),
            asked(302, ["Location: /"]),
        ]),
        case("RFC 9111 §4.2.2", "nothing is guessed for 307", [
            asked(307, ["Last-Modified: {now-1000000}", "Location: /"]),
            asked(307, ["Location: /"]),
        ]),
        case("RFC 9111 §4.2.2", "nothing is guessed for 403", [
            asked(403, ["Last-Modified: {now-1000000}"]),
            asked(403, []),
        ]),
        case("RFC 9111 §4.2.2", "nothing is guessed for an unknown status", [
            asked(299, ["Last-Modified: {now-1000000}"]),
            asked(299, []),
        ]),
    ]).await;
}

#[rustfmt::skip] // A table reads better aligned.
#[tokio::test]
async fn age_is_read_as_it_comes() {
    check("age", [
        case("RFC 9111 §5.1", "an Age that is no number is ignored", [
            asked(200, ["Cache-Control: max-age=1000", "Age: abc"]),
            reused(1).age(0),
        ]),
        case("RFC 9111 §5.1", "a negative Age is ignored", [
            asked(200, ["Cache-Control: max-age=1000", "Age: -2000"]),
            reused(1).age(0),
        ]),
        case("RFC 9111 §5.1", "an empty Age is ignored", [
            asked(200, ["Cache-Control: max-age=1000", "Age:"]),
            reused(1).age(0),
        ]),
        case("RFC 9111 §5.1", "the first of a list counts: old", [
            asked(200, ["Cache-Control: max-age=1000", "Age: 2000, 0"]),
            asked(200, []),
        ]),
        case("RFC 9111 §5.1", "the first of a list counts: new", [
            asked(200, ["Cache-Control: max-age=1000", "Age: 0, 2000"]),
            reused(1).age(0),
        ]),
        case("RFC 9111 §5.1", "the first of two lines counts: old", [
            asked(200, ["Cache-Control: max-age=1000", "Age: 2000", "Age: 0"]),
            asked(200, []),
        ]),
        case("RFC 9111 §5.1", "the first of two lines counts: new, and one Age is sent on", [
            asked(200, ["Cache-Control: max-age=1000", "Age: 0", "Age: 2000"]),
            reused(1).age(0),
        ]),
        case("RFC 9111 §1.2.2", "an Age beyond all numbers is very old", [
            asked(200, ["Cache-Control: max-age=1000", "Age: 99999999999999999999999"]),
            asked(200, []),
        ]),
        case("RFC 9111 §1.2.2", "an Age at the edge of 31 bits is very old", [
            asked(200, ["Cache-Control: max-age=1000", "Age: 2147483648"]),
            asked(200, []),
        ]),
        case("RFC 9111 §5.1", "leading zeros mean nothing", [
            asked(200, ["Cache-Control: max-age=1000", "Age: 000300"]),
            reused(1).age(300),
        ]),
    ]).await;
}

#[rustfmt::skip] // A table reads better aligned.
#[tokio::test]
async fn cache_control_is_read_as_it_comes() {
    check("directives", [
        case("RFC 9111 §5.2", "directives know no case", [
            asked(200, ["Cache-Control: MaX-aGe=1000"]),
            reused(1),
        ]),
        case("RFC 9111 §5.2", "directives know no case where they forbid either", [
            asked(200, ["Cache-Control: MAX-AGE=0", "Expires: {now+1000}"]),
            asked(200, []),
        ]),
        case("RFC 9110 §5.1", "nor does the name of the header", [
            asked(200, ["cAcHe-CoNtRoL: max-age=1000"]),
            reused(1),
        ]),
        case("RFC 9111 §5.2.3", "unknown directives are ignored", [
            asked(200, ["Cache-Control: foo, max-age=1000, bar=baz, qux=\"a b\""]),
            reused(1),
        ]),
        case("RFC 9110 §5.2", "two lines are one list", [
            asked(200, ["Cache-Control: public", "Cache-Control: max-age=1000"]),
            reused(1),
        ]),
        case("RFC 9110 §5.2", "what the second line forbids is forbidden", [
            asked(200, ["Cache-Control: max-age=1000", "Cache-Control: no-store"]),
            asked(200, []),
        ]),
        case("RFC 9110 §5.6.1", "empty members and white space are ignored", [
            asked(200, ["Cache-Control: , ,\tmax-age=1000  ,,"]),
            reused(1),
        ]),
        case("RFC 9110 §5.6.4", "what is quoted is no directive: it forbids nothing", [
            asked(200, ["Cache-Control: foo=\"no-store, max-age=0\", max-age=1000"]),
            reused(1),
        ]),
        case("RFC 9110 §5.6.4", "what is quoted is no directive: it allows nothing", [
            asked(200, ["Cache-Control: foo=\"a, max-age=1000, b\""]),
            asked(200, []),
        ]),
        case("RFC 9110 §5.6.4", "an escaped quote ends nothing", [
            asked(200, ["Cache-Control: foo=\"a\\\", max-age=1000, b\""]),
            asked(200, []),
        ]),
        case("RFC 9111 §1.2.2", "leading zeros mean nothing", [
            asked(200, ["Cache-Control: max-age=0001000"]),
            reused(1),
        ]),
        case("RFC 9111 §1.2.2", "a zero of many digits is zero", [
            asked(200, ["Cache-Control: max-age=0000", "Expires: {now+1000}"]),
            asked(200, []),
        ]),
        case("RFC 9111 §1.2.2", "2^31 seconds are a lifetime", [
            asked(200, ["Cache-Control: max-age=2147483648"]),
            reused(1),
        ]),
        case("RFC 9111 §1.2.2", "more seconds than any number are a lifetime", [
            asked(200, ["Cache-Control: max-age=99999999999999999999999"]),
            reused(1),
        ]),
        case("RFC 9111 §4.2.1", "a max-age that is no number is stale", [
            asked(200, ["Cache-Control: max-age=abc", "Last-Modified: {now-1000000}"]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.2.1", "a negative max-age is stale", [
            asked(200, ["Cache-Control: max-age=-1000", "Last-Modified: {now-1000000}"]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.2.1", "a max-age of nothing is stale", [
            asked(200, ["Cache-Control: max-age=", "Last-Modified: {now-1000000}"]),
            asked(200, []),
        ]),
        case("RFC 9111 §4.2.1", "a max-age without an argument is stale", [
            asked(200, ["Cache-Control: max-age", "Last-Modified: {now-1000000}"]),
            asked(200, []),
        ]),
        case("RFC 9111 §5.2", "a directive that only begins like max-age is another", [
            asked(200, ["Cache-Control: max-ages=1000"]),
            asked(200, []),
        ]),
        case("RFC 9111 §5.2.2.5", "no-store is not stored", [
            asked(200, ["Cache-Control: no-store"]),
            asked(200, []),
        ]),
        case("RFC 9111 §5.2.2.5", "no-store is not stored whatever else is said", [
            asked(200, ["Cache-Control: public, max-age=1000, no-store", "Expires: {now+1000}"]),
            asked(200, []),
        ]),
        case("RFC 9111 §5.2.2.5", "no-store does not replace, nor does it make fresh", [
            asked(200, ["Cache-Control: max-age=100", "Age: 200"]),
            asked(200, ["Cache-Control: no-store"]),
            asked(200, []),
        ]),
        case("RFC 9111 §5.2.2.5", "no-store knows no case", [
            asked(200, ["Cache-Control: No-StOrE, max-age=1000"]),
            asked(200, []),
        ]),
        case("RFC 9111 §5.2.2.4", "no-cache is not used unasked", [
            asked(200, ["Cache-Control: max-age=1000, no-cache"]),
            asked(200, []),
        ]),
        case("RFC 9111 §5.2.2.4", "no-cache knows no case, and goes before Expires", [
            asked(200, ["Cache-Control: NO-CACHE", "Expires: {now+1000}"]),
            asked(200, []),
        ]),
        case("RFC 9111 §5.2.2.4", "no-cache of some fields is taken for no-cache", [
            asked(200, ["Cache-Control: max-age=1000, no-cache=\"x-a\"", "X-A: 1"]),
            asked(200, []),
        ]),
        case("RFC 9111 §5.2.2.2", "must-revalidate does not shorten the lifetime", [
            asked(200, ["Cache-Control: max-age=1000, must-revalidate"]),
            reused(1),
        ]),
        case("RFC 9111 §5.2.2.9", "public does not shorten the lifetime", [
            asked(200, ["Cache-Control: public, max-age=1000"]),
            reused(1),
        ]),
        case("RFC 8246 §2", "immutable does not lengthen the lifetime", [
            asked(200, ["Cache-Control: max-age=100, immutable", "Age: 200"]),
            asked(200, []),
        ]),
        case("RFC 8246 §2", "immutable does not shorten the lifetime", [
            asked(200, ["Cache-Control: max-age=1000, immutable"]),
            reused(1),
        ]),
        case("RFC 9111 §5.2.2.3", "must-understand keeps an unknown status from being stored", [
            asked(299, ["Cache-Control: max-age=1000, must-understand"]),
            asked(299, []),
        ]),
        case("RFC 9213 §3.1", "what is said to a delivery network is not said to this cache", [
            asked(200, ["Cache-Control: max-age=0", "CDN-Cache-Control: max-age=1000"]),
            asked(200, []),
        ]),
        case("RFC 9111 §5.4", "Pragma of a response means nothing", [
            asked(200, ["Cache-Control: max-age=1000", "Pragma: no-cache"]),
            reused(1),
        ]),
    ]).await;
}
