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
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> F) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(started.elapsed() < DEADLINE, "waited in vain until {what}");
        time::sleep(PAUSE).await;
    }
}
