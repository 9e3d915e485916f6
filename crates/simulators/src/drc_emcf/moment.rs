//! Times as the authority writes them: local time of Kinshasa, +01:00.

use jiff::civil::Date;
use jiff::tz::{self, TimeZone};
use jiff::{Timestamp, Zoned};

/// `2026-06-08T16:04:42+01:00`, with `digits` (0 to 7) of the second's fraction.
pub(super) fn iso(microseconds: i64, digits: usize) -> String {
    let local = local(microseconds);
    let fraction = format!("{:06}0", microseconds.rem_euclid(1_000_000));
    let fraction = match digits {
        0 => String::new(),
        _ => format!(".{}", &fraction[..digits.min(7)]),
    };
    format!("{}{fraction}+01:00", local.strftime("%Y-%m-%dT%H:%M:%S"))
}

/// `2026-06-07T08:02:23.299Z`, the form of the currency rates' dates.
pub(super) fn utc_milliseconds(microseconds: i64) -> String {
    let milliseconds = microseconds.rem_euclid(1_000_000) / 1_000;
    format!("{}.{milliseconds:03}Z", timestamp(microseconds).strftime("%Y-%m-%dT%H:%M:%S"))
}

/// `08/06/2026 16:04:42`, the form of the security elements (jj/MM/aaaa HH:mm:ss).
pub(super) fn french(microseconds: i64) -> String {
    local(microseconds).strftime("%d/%m/%Y %H:%M:%S").to_string()
}

/// `20260608160442`, the form of the QR payload.
pub(super) fn compact(microseconds: i64) -> String {
    local(microseconds).strftime("%Y%m%d%H%M%S").to_string()
}

/// The day in Kinshasa, which decides the rates.
pub(super) fn day(microseconds: i64) -> Date {
    local(microseconds).date()
}

fn local(microseconds: i64) -> Zoned {
    timestamp(microseconds).to_zoned(TimeZone::fixed(tz::offset(1)))
}

fn timestamp(microseconds: i64) -> Timestamp {
    Timestamp::from_microsecond(microseconds).expect("the clock stays between 1970 and 2200")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-12-04T23:34:56.179651Z: already the fifth in Kinshasa.
    const LATE: i64 = 1_796_427_296_179_651;

    #[test]
    fn every_form() {
        assert_eq!(iso(LATE, 0), "2026-12-05T00:34:56+01:00");
        assert_eq!(iso(LATE, 3), "2026-12-05T00:34:56.179+01:00");
        assert_eq!(iso(LATE, 7), "2026-12-05T00:34:56.1796510+01:00");
        assert_eq!(utc_milliseconds(LATE), "2026-12-04T23:34:56.179Z");
        assert_eq!(french(LATE), "05/12/2026 00:34:56");
        assert_eq!(compact(LATE), "20261205003456");
        assert_eq!(day(LATE).to_string(), "2026-12-05");
    }
}
