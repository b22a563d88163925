//! How often a body is copied, and that a hit writes nothing.

use bytes::Bytes;
use holdfast_engine::Body;

use crate::site::Counted;

fn body(counted: &Counted, path: &str) -> Bytes {
    match counted.hit(counted.request(path)).body {
        Body::Bytes(bytes) => bytes,
        Body::Stream(_) => panic!("{path} is not at hand"),
    }
}

/// What the hot tier holds and what every response has are the same bytes in the same place.
#[test]
fn a_hit_in_memory_copies_no_body() {
    let counted = Counted::storing(&["/4096", "/65536"]);
    for path in ["/4096", "/65536"] {
        let (one, other) = (body(&counted, path), body(&counted, path));
        assert_eq!(one.as_ptr(), other.as_ptr());
        assert_eq!(one.len(), other.len());
    }
}

/// Another connection sees when somebody writes, whatever it is.
#[test]
fn a_thousand_hits_write_nothing() {
    let paths = ["/4096", "/aged/4096", "/1048576"];
    let counted = Counted::storing(&paths);
    let other = rusqlite::Connection::open(counted.directory.path().join("cache.sqlite3")).unwrap();
    let version =
        || -> i64 { other.query_row("PRAGMA data_version", [], |row| row.get(0)).unwrap() };
    let before = version();
    for _ in 0..1000 {
        for path in paths {
            counted.hit(counted.request(path));
        }
    }
    assert_eq!(version(), before);
    counted.read("/1");
    assert_ne!(version(), before, "it would have been seen");
}
