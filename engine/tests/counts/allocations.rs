//! Allocations and bytes for each hit, as the allocator counts them on this thread.

use allocation_counter::{AllocationInfo, measure};

use crate::site::Counted;

/// What a hit in memory may allocate: mostly its headers.
const BYTES: u64 = 2 << 10;
const ALLOCATIONS: u64 = 12;
/// What another hit may allocate besides its body.
const BYTES_FROM_DISK: u64 = 8 << 10;
const ALLOCATIONS_FROM_DISK: u64 = 40;

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
    println!("{hits:?}");
    for hit in hits {
        assert!(hit.bytes_total <= BYTES, "{} bytes", hit.bytes_total);
        assert!(hit.count_total <= ALLOCATIONS, "{} allocations", hit.count_total);
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
        println!("{hit:?}");
        assert!(hit.bytes_total <= length + BYTES_FROM_DISK, "{hit:?} at {length}");
        assert!(hit.count_total <= ALLOCATIONS_FROM_DISK, "{hit:?}");
    }
}

/// A file has one piece read at a time, whatever its length.
#[test]
fn a_hit_in_a_file_allocates_one_piece() {
    let paths = ["/1048576", "/9437184"];
    let counted = Counted::storing(&paths);
    for path in paths {
        let hit = of_a_hit(&counted, path);
        println!("{hit:?}");
        assert!(hit.bytes_total <= (256 << 10) + BYTES_FROM_DISK, "{hit:?}");
        assert!(hit.count_total <= ALLOCATIONS_FROM_DISK, "{hit:?}");
    }
}
