//! What may be stored, for whom, and for which requests it holds.
//!
//! Pure decisions: no I/O, no clock, "now" is an argument.

mod partition;
mod storability;
mod vary;

pub(crate) use partition::{Partition, Visitor};
pub(crate) use storability::NOT_STORED;
pub(crate) use storability::{Rules, storability};
pub(crate) use vary::Variant;
