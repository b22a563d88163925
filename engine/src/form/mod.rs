//! Forms: what one sends, and what one on a page offers.
//!
//! A submission that could not be delivered is sent anew with what its page says by then:
//! the same form is found on it, its hidden fields are taken over, and what the person
//! entered stays.

mod fields;
mod found;

pub(crate) use fields::Fields;
pub(crate) use found::{Mismatch, find};
