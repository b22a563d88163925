//! Time as the engine sees it, so that tests control it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// Where the engine reads the wall clock.
///
/// It advances with tokio's clock from a fixed start: under tokio's paused time
/// an hour passes in no time and every expiry still holds. A machine that sleeps
/// or whose clock is set is followed by reading [`Clock::system`] afresh.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    anchor: Option<(SystemTime, Instant)>,
}

impl Clock {
    /// The machine's clock.
    pub const fn system() -> Self {
        Self { anchor: None }
    }

    /// A clock that shows `now` and from then on follows tokio's time.
    pub fn starting_at(now: SystemTime) -> Self {
        Self { anchor: Some((now, Instant::now())) }
    }

    /// The present.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    pub fn now(&self) -> SystemTime {
        match self.anchor {
            Some((start, at)) => start + at.elapsed(),
            None => SystemTime::now(),
        }
    }
}

/// Milliseconds since 1970-01-01 UTC; a time before that is 0.
pub(crate) fn to_unix_ms(time: SystemTime) -> i64 {
    let elapsed = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}

/// The inverse of [`to_unix_ms`]; a negative number is 1970-01-01 UTC.
pub(crate) fn from_unix_ms(milliseconds: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0))
}
