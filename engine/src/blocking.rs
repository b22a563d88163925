//! Work that waits for the disk.

use std::cell::Cell;

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::{block_in_place, spawn_blocking};

thread_local! {
    static PAINTS: Cell<bool> = const { Cell::new(false) };
}

/// Does something on a thread that paints: what is written meanwhile, or read in many pieces,
/// is left to other threads.
pub fn while_painting<T>(work: impl FnOnce() -> T) -> T {
    let before = PAINTS.replace(true);
    let value = work();
    PAINTS.set(before);
    value
}

/// Whether others can take over what else this thread would do, so that it may wait itself:
/// to wake another one and be woken again takes longer than most of what there is to wait for.
pub(crate) fn may_wait_here() -> bool {
    !PAINTS.get()
        && Handle::try_current()
            .is_ok_and(|here| here.runtime_flavor() == RuntimeFlavor::MultiThread)
}

/// Does work that may wait for the disk, where nobody else waits for it. `None` if the runtime
/// ends before it has begun.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    if may_wait_here() { Some(block_in_place(work)) } else { spawn_blocking(work).await.ok() }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use futures::FutureExt;

    use super::*;

    /// A thread that paints never does it itself.
    #[test]
    fn work_is_done_here_only_where_others_can_take_over() {
        let here = thread::current().id();
        let runtime = |mut builder: tokio::runtime::Builder| builder.enable_all().build().unwrap();
        let worker = async { blocking(|| thread::current().id()).await.unwrap() };
        let several = runtime(tokio::runtime::Builder::new_multi_thread());
        assert_eq!(several.block_on(worker), here);
        let _within = several.enter();
        // What is handed over ends no earlier than it is allowed to.
        let (allow, allowed) = mpsc::channel();
        let mut painting = Box::pin(blocking(move || {
            allowed.recv().unwrap();
            thread::current().id()
        }));
        assert!(while_painting(|| (&mut painting).now_or_never()).is_none());
        allow.send(()).unwrap();
        assert_ne!(several.block_on(painting).unwrap(), here);
        let one = runtime(tokio::runtime::Builder::new_current_thread());
        assert_ne!(one.block_on(blocking(|| thread::current().id())).unwrap(), here);
    }
}
