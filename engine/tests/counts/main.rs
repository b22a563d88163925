//! What a response costs, counted instead of timed: allocations, copies, writes, system
//! calls, memory. The counts do not depend on the machine or on what else runs on it.
//!
//! The SQL of a hit is counted where the connections are, in `engine/src/store/statements.rs`
//! and `engine/src/engine/hits.rs`. This is a binary of its own because it has an allocator of
//! its own; what is counted by process happens in a process of its own (`apart`).

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![expect(clippy::expect_used, reason = "in a test a panic is the report")]

#[cfg(target_os = "linux")]
mod apart;
mod site;

mod allocations;
mod copies;
#[cfg(target_os = "linux")]
mod memory;
#[cfg(target_os = "linux")]
mod system_calls;
