//! Times as the DGII writes them: GMT-4 all the year, in a different form at each service.

use jiff::civil::{Date, DateTime};
use jiff::tz::{self, TimeZone};
use jiff::{Timestamp, Zoned};

/// `2026-11-20T10:50:14.9682210-04:00`: the seven digits of .NET.
pub(super) fn dotnet(microseconds: i64) -> String {
    let fraction = microseconds.rem_euclid(1_000_000);
    format!("{}.{fraction:06}0-04:00", local(microseconds).strftime("%Y-%m-%dT%H:%M:%S"))
}

/// `2026-11-20T14:50:14Z`, of tokens.
pub(super) fn utc(microseconds: i64) -> String {
    timestamp(microseconds).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `10/8/2026 11:22:49 AM`, the reception date of a result: month first, no leading zeros.
pub(super) fn american(microseconds: i64) -> String {
    local(microseconds).strftime("%-m/%-d/%Y %-I:%M:%S %p").to_string()
}

/// `20-11-2026 10:50:14`, of signatures, acknowledgements, approvals and annulments.
pub(super) fn stamp(microseconds: i64) -> String {
    local(microseconds).strftime("%d-%m-%Y %H:%M:%S").to_string()
}

/// `20-11-2026`.
pub(super) fn date(microseconds: i64) -> String {
    local(microseconds).strftime("%d-%m-%Y").to_string()
}

/// The day in Santo Domingo.
pub(super) fn day(microseconds: i64) -> Date {
    local(microseconds).date()
}

/// A date of a document: day, month, year; a leading zero may be missing.
pub(super) fn of_date(text: &str) -> Option<Date> {
    let mut parts = text.trim().split('-').map(|part| part.parse::<i16>().ok());
    let (day, month, year) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() {
        return None;
    }
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// `dd-MM-yyyy HH:mm:ss` at GMT-4, as UTC in microseconds.
pub(super) fn of_stamp(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(' ')?;
    let mut parts = time.split(':').map(|part| part.parse::<i8>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let time = jiff::civil::Time::new(hour, minute, second, 0).ok()?;
    let zoned = DateTime::from_parts(of_date(date)?, time).to_zoned(santo_domingo()).ok()?;
    parts.next().is_none().then(|| zoned.timestamp().as_microsecond())
}

/// `20261120145014`, the digits of a certificate's `GeneralizedTime`, as UTC in microseconds.
pub(super) fn of_x509(digits: &str) -> Option<i64> {
    let time = DateTime::strptime("%Y%m%d%H%M%S", digits).ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_microsecond())
}

/// `20261120145014Z`, a certificate's `GeneralizedTime`.
pub(super) fn x509(microseconds: i64) -> String {
    timestamp(microseconds.max(0)).strftime("%Y%m%d%H%M%SZ").to_string()
}

fn local(microseconds: i64) -> Zoned {
    timestamp(microseconds).to_zoned(santo_domingo())
}

/// The DGII's documents say GMT-4, and the country has no summer time.
fn santo_domingo() -> TimeZone {
    TimeZone::fixed(tz::offset(-4))
}

fn timestamp(microseconds: i64) -> Timestamp {
    Timestamp::from_microsecond(microseconds).expect("the clock stays between 1970 and 2200")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-10-08T03:22:49.968221Z: still the seventh in Santo Domingo.
    const LATE: i64 = 1_791_429_769_968_221;

    #[test]
    fn every_form() {
        assert_eq!(dotnet(LATE), "2026-10-07T23:22:49.9682210-04:00");
        assert_eq!(utc(LATE), "2026-10-08T03:22:49Z");
        assert_eq!(american(LATE), "10/7/2026 11:22:49 PM");
        assert_eq!(stamp(LATE), "07-10-2026 23:22:49");
        assert_eq!(date(LATE), "07-10-2026");
        assert_eq!(x509(LATE), "20261008032249Z");
        assert_eq!(of_x509("20261008032249"), Some(LATE - 968_221));
        assert_eq!(of_stamp("07-10-2026 23:22:49"), Some(LATE - 968_221));
        assert_eq!(of_date("7-10-2026"), Some(day(LATE)));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in
            ["", "31-02-2026", "1-1", "1-1-2026-1", "a-b-c", "99999999-1-2026", "2026-11-20"]
        {
            assert_eq!(of_date(text), None, "{text}");
        }
        for text in ["", "01-01-2026", "01-01-2026 24:00:00", "01-01-2026 1:1:1:1", "x 10:00:00"] {
            assert_eq!(of_stamp(text), None, "{text}");
        }
    }
}
