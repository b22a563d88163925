//! The engine's tests from outside: what it does with a site that is fast, slow, gone or
//! broken, and that its parts keep to their layers.
//!
//! Scenarios run on virtual time against a scripted site and a real store; `scenario` says
//! how to read their transcripts.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![expect(clippy::expect_used, reason = "in a test a panic is the report")]

mod scenario;

mod activation;
mod activity;
mod bad_input;
mod bundle;
mod cache_first;
mod cache_network_race;
mod cache_only;
mod cache_status;
mod cache_then_network;
mod config;
mod connectivity;
mod cookies;
mod damage;
mod fallback;
mod http;
mod install;
mod inventory;
mod large_bodies;
mod leaving;
mod limits;
mod network_first;
mod network_only;
mod outbox;
mod outbox_forms;
mod outbox_model;
mod outbox_queue;
mod outbox_sign_in;
mod pages;
mod partitions;
mod push;
mod quota;
mod real_connections;
mod save;
mod semantics;
mod sessions;
mod shared_fetches;
mod shredding;
mod stale_while_revalidate;
mod sync;
mod template;
mod tidy;
