//! When the page is loaded afresh by itself.

use std::time::Duration;

use holdfast_engine::Reload;
use jiff::{ToSpan, Zoned};

/// How long from `now` on until it is time.
pub(super) fn until(reload: Reload, now: &Zoned) -> Duration {
    let (hour, minute) = match reload {
        Reload::Every(pause) => return pause,
        Reload::Daily { hour, minute } => (hour, minute),
    };
    let of_day = jiff::civil::time(hour.cast_signed(), minute.cast_signed(), 0, 0);
    let at = |day: jiff::civil::Date| {
        // A time that a clock change leaves out is when the clock has been changed.
        day.to_datetime(of_day).to_zoned(now.time_zone().clone()).ok()
    };
    let tomorrow = now.date().checked_add(1.day()).ok();
    let days = [Some(now.date()), tomorrow].into_iter().flatten();
    let next = days.filter_map(at).find(|then| then > now);
    let left = next.and_then(|then| Duration::try_from(now.duration_until(&then)).ok());
    left.unwrap_or(Duration::from_secs(24 * 3600))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn a_time_of_day_is_the_next_one_on_the_wall() {
        let daily = Reload::Daily { hour: 4, minute: 0 };
        let check = |now: &str, minutes: u64| {
            let now: Zoned = now.parse().unwrap();
            assert_eq!(until(daily, &now), Duration::from_secs(60 * minutes), "{now}");
        };
        check("2026-05-01T03:30[Europe/Berlin]", 30);
        check("2026-05-01T04:00[Europe/Berlin]", 24 * 60);
        check("2026-05-01T23:00[Europe/Berlin]", 5 * 60);
        check("2026-03-28T23:00[Europe/Berlin]", 4 * 60); // The clocks go forward,
        check("2026-10-24T23:00[Europe/Berlin]", 6 * 60); // and back.
        check("2026-12-31T04:01[UTC]",           24 * 60 - 1);
    }

    #[test]
    fn a_pause_is_one() {
        let pause = Duration::from_secs(7);
        let now: Zoned = "2026-05-01T03:30[UTC]".parse().unwrap();
        assert_eq!(until(Reload::Every(pause), &now), pause);
    }
}
