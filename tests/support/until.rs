//! Waiting for what is to happen.

use std::future::Future;
use std::time::Duration;

use tokio::time::{self, Instant};

/// Nothing that works takes longer, also on a busy machine.
pub const DEADLINE: Duration = Duration::from_secs(40);

const PAUSE: Duration = Duration::from_millis(25);

/// Asks until there is an answer.
///
/// # Panics
///
/// When the deadline has passed, with `what` should have happened.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, ask: impl FnMut() -> F) -> T {
    in_time(ask).await.unwrap_or_else(|| panic!("waited in vain until {what}"))
}

/// Asks until there is an answer or the deadline has passed.
pub(super) async fn in_time<T, F: Future<Output = Option<T>>>(
    mut ask: impl FnMut() -> F,
) -> Option<T> {
    let started = Instant::now();
    while started.elapsed() < DEADLINE {
        if let Some(answer) = ask().await {
            return Some(answer);
        }
        time::sleep(PAUSE).await;
    }
    None
}
