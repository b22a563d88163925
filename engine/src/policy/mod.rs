//! What may be stored, for whom, and for which requests it holds.
//!
//! Pure decisions: no I/O, no clock, "now" is an argument.

mod multipart;
mod partition;
mod precondition;
mod range;
mod storability;
mod vary;

pub(crate) use multipart::Multipart;
pub(crate) use partition::{Partition, Visitor};
pub(crate) use precondition::{Precondition, not_modified_headers, precondition};
pub(crate) use range::{Ranges, content_range, ranges, unsatisfied};
pub(crate) use storability::NOT_STORED;
pub(crate) use storability::{Rules, storability};
pub(crate) use vary::Variant;
