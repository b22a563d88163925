//! Work that waits for the disk.

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::{block_in_place, spawn_blocking};

/// Whether others can take over what else this thread would do, so that it may wait itself:
/// to wake another one and be woken again takes longer than most of what there is to wait for.
pub(crate) fn may_wait_here() -> bool {
    Handle::try_current().is_ok_and(|here| here.runtime_flavor() == RuntimeFlavor::MultiThread)
}

/// Does work that may wait for the disk, where nobody else waits for it. `None` if the runtime
/// ends before it has begun.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    if may_wait_here() { Some(block_in_place(work)) } else { spawn_blocking(work).await.ok() }
}
