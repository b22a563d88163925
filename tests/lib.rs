//! What tests of the whole need: the real app in the real webview, a real site to open in it,
//! and the death of either.
//!
//! A [`World`] is all of it together and what most tests start with. Whatever it starts ends
//! with it, also when the test panics or is killed. What is waited for is asked for again and
//! again until a deadline, so nothing depends on how fast the machine is.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a panic is how a test fails, and it says on standard error why"
)]

mod support;

pub use support::*;
