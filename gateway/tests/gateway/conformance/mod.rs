//! What the RFCs demand of a cache, as a table: the real gateway between a plain client and
//! a scripted origin.
//!
//! ```text
//! case("RFC 9111 §4.2.1", "max-age gives a lifetime", [
//!     asked(200, ["Cache-Control: max-age=1000"]),   the origin is asked and answers so
//!     reused(1),                                     what step 1 brought, without asking
//! ])
//! ```
//!
//! `table` has the words of the table, `run` plays a case and says what differed, `origin`
//! answers as the step says, `client` shows what came over the wire. Every case has an
//! address of its own and is played twice, before a private and before a shared cache,
//! unless it is about one of them. Time passes by `Age`, `Date` and `Expires`: `{now-100}`
//! in a line becomes a date. The other files are the tables, one per theme.
//!
//! Only what a specification makes a MUST is asked for, and what this product promises
//! beyond that; where an RFC leaves a choice, both are right.

mod client;
mod freshness;
mod invalidation;
mod origin;
mod passing;
mod ranges;
mod requests;
mod run;
mod sharing;
mod stale;
mod status;
mod table;
mod validation;
mod vary;
