//! On push message: what the site tells by itself is fetched first, and then told.
//!
//! ```text
//! stream ── message ── known by its id? ── yes ─▶ nothing
//!                        └── no: kept on the disk, and how far the stream is (one transaction)
//!                              └── its pages are fetched (`pages`) ── stored ─▶ it is told
//!                                    ├── not to be had ─▶ it is told, and says so
//!                                    └── not now ─▶ told and says so, or it waits, as profiled
//! ```
//!
//! What was kept is told once, whatever happens in between: it is due until whoever shows it
//! says that it was shown. A message is of who was signed in when the stream was opened.

mod message;
mod pages;
mod stream;

use std::sync::Arc;

use futures::stream::{FuturesUnordered, StreamExt};

use crate::context::Context;
use crate::request::{Cookies, Destination, Request};

/// Reads the streams of the profile and sees to what they tell, for as long as the engine lives.
pub(crate) async fn run(context: Arc<Context>) {
    let streams = &context.site.push.streams;
    if streams.is_empty() {
        return;
    }
    let mut read: FuturesUnordered<_> =
        streams.iter().map(|stream| stream::read(&context, stream)).collect();
    tokio::join!(pages::refresh(&context), async { while read.next().await.is_some() {} });
}

/// The machine was asleep: connections that look open may be gone.
pub(crate) fn resumed(context: &Context) {
    context.pushes.reopened.send_modify(|times| *times += 1);
}

/// Who is signed in now.
fn visitor(context: &Context) -> String {
    let request = Request {
        cookies: Cookies::Jar,
        ..Request::get(context.site.origin.clone(), Destination::Document)
    };
    context.partition(&request.without_body())
}
