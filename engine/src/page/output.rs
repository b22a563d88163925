//! What comes out of the rewriter: the page's bytes, and what was learnt on the way.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use lol_html::OutputSink;

/// Written where the head begins, and taken out again by [`Output`], which so learns the
/// place. No page holds it by chance.
pub(super) const MARK: &str = "<!--\u{1}holdfast head\u{1}-->";

/// What the rewriter has written and learnt.
#[derive(Default)]
pub(super) struct Output {
    bytes: Vec<u8>,
    taken: usize,
    pub(super) head_at: Option<usize>,
    pub(super) tokens: Vec<String>,
    /// `<base>` leads to another site: paths would follow it there.
    pub(super) has_foreign_base: bool,
    /// What has come of a `<style>` and is written when more has.
    pub(super) css: String,
}

pub(super) type Shared = Arc<Mutex<Output>>;

pub(super) struct Sink(pub(super) Shared);

impl Output {
    /// What was written since this was asked last.
    pub(super) fn take(&mut self) -> Bytes {
        self.taken += self.bytes.len();
        std::mem::take(&mut self.bytes).into()
    }
}

impl OutputSink for Sink {
    fn handle_chunk(&mut self, chunk: &[u8]) {
        let mut output = lock(&self.0);
        if chunk == MARK.as_bytes() {
            output.head_at = Some(output.taken + output.bytes.len());
        } else {
            output.bytes.extend_from_slice(chunk);
        }
    }
}

pub(super) fn lock(output: &Mutex<Output>) -> MutexGuard<'_, Output> {
    output.lock().unwrap_or_else(PoisonError::into_inner)
}
