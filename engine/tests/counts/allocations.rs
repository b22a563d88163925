//! Allocations and bytes for each hit, as the allocator counts them on this thread.

use allocation_counter::{AllocationInfo, measure};

use crate::site::Counted;

/// What a hit in memory may allocate: "≤ 2 KiB allocated per memory hit at any size".
const IN_MEMORY: (u64, u64) = (2 << 10, 20);
/// What a hit may allocate besides its body when its headers are read.
const READ: (u64, u64) = (7 << 10, 45);

#[track_caller]
fn check(hit: AllocationInfo, body: u64, (bytes, allocations): (u64, u64)) {
    assert!(hit.bytes_total <= body + bytes, "{} bytes", hit.bytes_total);
    assert!(hit.count_total <= allocations, "{} allocations", hit.count_total);
}

/// What one hit allocates, of which the response is still alive.
#[track_caller]
fn of_a_hit(counted: &Counted, path: &str) -> AllocationInfo {
    // Where it was stored it may be noted for the first time that it was used.
    counted.hit(counted.request(path));
    let request = counted.request(path);
    let mut response = None;
    let allocated = measure(|| response = Some(counted.hit(request)));
    drop(response);
    allocated
}

#[test]
fn a_hit_in_memory_allocates_little_and_the_same_at_any_size() {
    let paths = ["/4096", "/16384", "/65536"];
    let counted = Counted::storing(&paths);
    let hits = paths.map(|path| of_a_hit(&counted, path));
    for hit in hits {
        check(hit, 0, IN_MEMORY);
    }
    // The address is longer by two digits.
    assert!(hits[2].bytes_total.abs_diff(hits[0].bytes_total) < 64, "{hits:?}");
    assert_eq!(of_a_hit(&counted, "/4096"), hits[0], "the same each time");
}

/// The body is taken out of the database once; the rest is little.
#[test]
fn a_hit_in_the_database_allocates_its_body_once() {
    for length in [4096, 65536] {
        let path = format!("/aged/{length}");
        let counted = Counted::storing(&[&path]);
        let hit = of_a_hit(&counted, &path);
        check(hit, length, READ);
    }
}

/// A file has one piece read at a time, whatever its length.
#[test]
fn a_hit_in_a_file_allocates_one_piece() {
    let paths = ["/1048576", "/9437184"];
    let counted = Counted::storing(&paths);
    for path in paths {
        let hit = of_a_hit(&counted, path);
        check(hit, 64 << 10, READ);
    }
}
