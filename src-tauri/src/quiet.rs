//! The hours in which nothing is shown, by the clock on the wall.

use std::fmt;
use std::time::SystemTime;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// From when to when; over midnight if it ends before it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
pub(crate) struct QuietHours {
    #[cfg_attr(test, ts(type = "string"))]
    from: TimeOfDay,
    #[cfg_attr(test, ts(type = "string"))]
    to: TimeOfDay,
}

/// Hours and minutes, as in `22:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
struct TimeOfDay(Time);

impl TryFrom<String> for TimeOfDay {
    type Error = jiff::Error;

    fn try_from(text: String) -> Result<Self, jiff::Error> {
        Time::strptime("%H:%M", text).map(Self)
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{:02}:{:02}", self.0.hour(), self.0.minute())
    }
}

impl QuietHours {
    /// When they end, if it is quiet now where the clock goes by `zone`.
    ///
    /// A time that the clock skips in spring is as much later; of one that comes twice in
    /// autumn the first one counts.
    pub(crate) fn until(self, now: SystemTime, zone: &TimeZone) -> Option<SystemTime> {
        let now = Timestamp::try_from(now).ok()?;
        let today = now.to_zoned(zone.clone()).date();
        // What began yesterday may last until today.
        [today.yesterday().ok()?, today].into_iter().find_map(|day| {
            let (begins, ends) = self.on(day, zone)?;
            (begins <= now && now < ends).then(|| ends.into())
        })
    }

    /// Those that begin on a day. There are none where the end is the beginning.
    fn on(self, day: Date, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
        let (TimeOfDay(from), TimeOfDay(to)) = (self.from, self.to);
        let last = if to < from { day.checked_add(1.day()).ok()? } else { day };
        let at = |day: Date, time| zone.to_timestamp(day.to_datetime(time)).ok();
        Some((at(day, from)?, at(last, to)?))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn hours(from: &str, to: &str) -> QuietHours {
        serde_json::from_value(serde_json::json!({ "from": from, "to": to })).unwrap()
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn quiet_is_by_the_clock_on_the_wall() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let at = |text: &str| -> SystemTime { text.parse::<Timestamp>().unwrap().into() };
        let check = |from, to, now, until: Option<&str>| {
            assert_eq!(hours(from, to).until(at(now), &berlin), until.map(at), "{from}–{to}, {now}");
        };
        // Berlin is two hours ahead in summer, one in winter.
        check("22:00", "07:00", "2026-06-10T19:59:59Z", None);
        check("22:00", "07:00", "2026-06-10T20:00:00Z", Some("2026-06-11T05:00:00Z"));
        check("22:00", "07:00", "2026-06-10T22:30:00Z", Some("2026-06-11T05:00:00Z"));
        check("22:00", "07:00", "2026-06-11T04:59:59Z", Some("2026-06-11T05:00:00Z"));
        check("22:00", "07:00", "2026-06-11T05:00:00Z", None);
        check("12:00", "13:30", "2026-01-10T10:59:59Z", None);
        check("12:00", "13:30", "2026-01-10T11:00:00Z", Some("2026-01-10T12:30:00Z"));
        check("12:00", "13:30", "2026-01-10T12:30:00Z", None);
        // Over the end of a year.
        check("23:30", "00:30", "2026-12-31T23:15:00Z", Some("2026-12-31T23:30:00Z"));
        check("23:30", "00:30", "2026-12-31T23:30:00Z", None);
        // A span of no length is none.
        check("08:00", "08:00", "2026-06-10T06:00:00Z", None);
        // On 2026-03-29 the clock goes from 02:00 to 03:00: the night is an hour shorter.
        check("22:00", "07:00", "2026-03-28T21:00:00Z", Some("2026-03-29T05:00:00Z"));
        check("22:00", "02:30", "2026-03-29T01:15:00Z", Some("2026-03-29T01:30:00Z"));
        check("02:15", "02:45", "2026-03-29T01:20:00Z", Some("2026-03-29T01:45:00Z"));
        check("02:15", "02:45", "2026-03-29T01:10:00Z", None);
        // On 2026-10-25 it goes from 03:00 back to 02:00: there are two half past two.
        check("22:00", "07:00", "2026-10-24T20:00:00Z", Some("2026-10-25T06:00:00Z"));
        check("22:00", "02:30", "2026-10-25T00:15:00Z", Some("2026-10-25T00:30:00Z"));
        check("22:00", "02:30", "2026-10-25T01:15:00Z", None);
        check("02:30", "03:30", "2026-10-25T00:45:00Z", Some("2026-10-25T02:30:00Z"));
    }

    #[test]
    fn times_of_day_are_written_as_they_are_read() {
        let night = hours("22:00", "07:05");
        let written = serde_json::to_value(night).unwrap();
        assert_eq!(written, serde_json::json!({ "from": "22:00", "to": "07:05" }));
        for wrong in ["24:00", "7", "22:60", "late", "", "22:00:30"] {
            let read: Result<QuietHours, _> =
                serde_json::from_value(serde_json::json!({ "from": wrong, "to": "07:00" }));
            assert!(read.is_err(), "{wrong}");
        }
    }
}
