//! Which thread looks requests up.
//!
//! To wake another thread takes the one that paints longer than to look something up, as long
//! as the disk is quick. Where it is not, the window would stand still. So what is asked is
//! looked up by the thread that asks only after others have found that it is done at once,
//! and no more as soon as it was not.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use futures::FutureExt;
use holdfast_engine::while_painting;

/// What takes no longer is done at once.
const AT_ONCE: Duration = Duration::from_micros(500);
/// After so many in a row the next one is expected to be.
const ENOUGH: u32 = 16;

/// How quickly requests were looked up lately.
#[derive(Debug, Default)]
pub(crate) struct Pace(AtomicU32);

impl Pace {
    /// Whether the next one is done at once, as far as one can tell.
    fn is_quick(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= ENOUGH
    }

    fn note(&self, time: Duration) {
        if time > AT_ONCE {
            self.0.store(0, Ordering::Relaxed);
        } else if !self.is_quick() {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Goes on with `answer` until it waits for something, if that is at once; whether it has
    /// come to its end. It has to be within the runtime.
    pub(crate) fn run_here<F: Future<Output = ()> + ?Sized>(
        &self,
        answer: &mut Pin<Box<F>>,
    ) -> bool {
        if !self.is_quick() {
            return false;
        }
        let begun = Instant::now();
        let ended = while_painting(|| answer.now_or_never());
        self.note(begun.elapsed());
        ended.is_some()
    }

    /// Goes on with `answer` to its end.
    pub(crate) async fn run<F: Future<Output = ()> + ?Sized>(&self, mut answer: Pin<Box<F>>) {
        let begun = Instant::now();
        let first = futures::poll!(&mut answer);
        self.note(begun.elapsed());
        if first.is_pending() {
            answer.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread::sleep;

    use super::*;

    #[tokio::test]
    async fn the_thread_that_paints_does_only_what_is_done_at_once() {
        let pace = Pace::default();
        let quick = || Box::pin(async {});
        for _ in 0..ENOUGH {
            assert!(!pace.run_here(&mut quick()), "nobody knows yet");
            pace.run(quick()).await;
        }
        assert!(pace.run_here(&mut quick()));
        let mut waits = Box::pin(tokio::task::yield_now());
        assert!(!pace.run_here(&mut waits), "it goes on elsewhere");
        pace.run(waits).await;
        assert!(pace.run_here(&mut quick()));
        assert!(pace.run_here(&mut Box::pin(async { sleep(2 * AT_ONCE) })));
        assert!(!pace.run_here(&mut quick()), "the disk has become slow");
    }
}
