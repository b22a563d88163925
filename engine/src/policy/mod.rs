//! What may be stored, for whom, for how long it holds, and for which requests.
//!
//! Pure decisions: no I/O, no clock, "now" is an argument. RFC 9111 and RFC 5861 are
//! followed here and quoted where a branch comes from them. `http-cache-semantics` decides
//! the same questions about one response at a time; it is not used because what is stored
//! here is told apart by visitor and variant, and keeps no copy of its request.

mod collapsing;
mod delivery;
mod directives;
mod freshness;
mod multipart;
mod partition;
mod precondition;
mod range;
mod set_cookie;
mod storability;
mod update;
mod vary;

pub(crate) use collapsing::{may_answer_both, may_collapse};
pub(crate) use delivery::{Answer, Verdict, is_sign_in, is_unsafe, retry_after, verdict};
pub(crate) use freshness::{Usability, age, initial_age, usability, wishes};
pub(crate) use multipart::Multipart;
pub(crate) use partition::{Partition, Visitor};
pub(crate) use precondition::{Precondition, not_modified_headers, precondition};
pub(crate) use range::{Ranges, content_range, ranges, unsatisfied};
pub(crate) use set_cookie::{cookies_after, pair_set_by};
pub use storability::Sharing;
pub(crate) use storability::{Follows, NOT_STORED, Rules, storability};
pub(crate) use update::{Told, is_same_representation, merged, told_by_head};
pub(crate) use vary::Variant;
