//! Days and times as the documents write them: Dominican time, which is four hours behind
//! Greenwich all year round, on a clock of twenty-four hours.

use invoice::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

/// Four hours behind, without a summer time (Informe Técnico e-CF: GMT-4).
const BEHIND: Offset = jiff::tz::offset(-4);

/// An instant as `dd-MM-yyyy HH:mm:ss`.
pub fn write_moment(at: Timestamp) -> String {
    let local = local(at);
    let mut text = String::with_capacity(MOMENT_BYTES);
    push_date(local.date(), &mut text);
    for (mark, number) in [(' ', local.hour()), (':', local.minute()), (':', local.second())] {
        text.push(mark);
        push_two(number.unsigned_abs().into(), &mut text);
    }
    text
}

/// The day that a calendar in Santo Domingo shows.
pub fn day(at: Timestamp) -> Date {
    local(at).date()
}

/// A day as `dd-MM-yyyy`.
pub fn write_date(day: Date) -> String {
    let mut text = String::with_capacity(DATE_BYTES);
    push_date(day, &mut text);
    text
}

const DATE_BYTES: usize = "20-11-2026".len();
const MOMENT_BYTES: usize = "20-11-2026 10:00:00".len();

/// By hand: every document has four dates, and a formatter would take most of the time that a
/// document is composed in.
fn push_date(day: Date, text: &mut String) {
    push_two(day.day().unsigned_abs().into(), text);
    text.push('-');
    push_two(day.month().unsigned_abs().into(), text);
    text.push('-');
    match usize::try_from(day.year()) {
        Ok(year) => {
            push_two(year / 100, text);
            push_two(year % 100, text);
        }
        Err(_) => text.push_str(&day.year().to_string()),
    }
}

/// Two digits, which hold every number of the calendar and the clock.
fn push_two(number: usize, text: &mut String) {
    const DIGITS: [char; 10] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
    text.push(DIGITS[number / 10 % 10]);
    text.push(DIGITS[number % 10]);
}

/// Reads what [`write_moment`] writes, and the same with one digit where two should stand: the
/// schemas let both pass.
pub fn read_moment(text: &str) -> Option<Timestamp> {
    let (date, time) = text.trim().split_once(' ')?;
    let mut parts = time.split(':').map(|part| small(part, 2));
    let time = Time::new(parts.next()??, parts.next()??, parts.next()??, 0).ok()?;
    if parts.next().is_some() {
        return None;
    }
    let instant = BEHIND.to_timestamp(read_date(date)?.to_datetime(time)).ok()?;
    Some(Timestamp::from_micros(instant.as_microsecond()))
}

/// Reads what [`write_date`] writes, and the same with one digit where two should stand.
pub fn read_date(text: &str) -> Option<Date> {
    let mut parts = text.trim().split('-');
    let (day, month) = (small(parts.next()?, 2)?, small(parts.next()?, 2)?);
    let year = parts.next().filter(|year| year.len() == 4)?;
    let digits = year.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || parts.next().is_some() {
        return None;
    }
    Date::new(year.parse().ok()?, month, day).ok()
}

/// An instant as a seed bears it: `yyyy-MM-ddTHH:mm:ss.fffffff-04:00`, seven digits of a second,
/// as .NET writes it.
pub(super) fn write_instant(at: Timestamp) -> String {
    format!("{}0-04:00", local(at).strftime("%Y-%m-%dT%H:%M:%S.%6f"))
}

/// Reads an instant of XML Schema; one that does not say where is Dominican.
pub(super) fn read_instant(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text).or_else(|| Timestamp::parse(&format!("{text}-04:00")))
}

fn local(at: Timestamp) -> DateTime {
    let instant = jiff::Timestamp::from_microsecond(at.micros());
    BEHIND.to_datetime(instant.expect("an instant of ours is within the calendar"))
}

fn small(digits: &str, most: usize) -> Option<i8> {
    let right = (1..=most).contains(&digits.len());
    let right = right && digits.bytes().all(|byte| byte.is_ascii_digit());
    if right { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn instant(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn the_clock_has_twenty_four_hours_and_no_summer() {
        for (utc, local) in [
            ("2026-01-01T04:00:00Z", "01-01-2026 00:00:00"),
            ("2026-01-01T03:59:59.999999Z", "31-12-2025 23:59:59"),
            ("2026-07-01T16:30:05Z", "01-07-2026 12:30:05"),
            ("2026-07-02T04:30:00Z", "02-07-2026 00:30:00"),
        ] {
            assert_eq!(write_moment(instant(utc)), local);
        }
        assert_eq!(day(instant("2026-01-01T03:59:59Z")), jiff::civil::date(2025, 12, 31));
    }

    #[test]
    fn one_digit_is_read_where_two_should_stand() {
        assert_eq!(read_moment("1-2-2026 3:4:5"), Some(instant("2026-02-01T07:04:05Z")));
        assert_eq!(read_date("1-2-2026"), Some(jiff::civil::date(2026, 2, 1)));
    }

    #[test]
    fn other_texts_are_no_moments() {
        for text in [
            "",
            "20-11-2026",
            "20-11-2026 24:00:00",
            "20-11-2026 10:00",
            "20-11-2026 10:00:00:00",
            "31-02-2026 10:00:00",
            "20-11-2026 10:00:0a",
            "20-11-2026T10:00:00",
            "20-11-26 10:00:00",
            "+1-11-2026 10:00:00",
            "20-11-2026-1 10:00:00",
        ] {
            assert_eq!(read_moment(text), None, "{text}");
        }
    }

    #[test]
    fn a_seeds_instant_has_seven_digits() {
        let at = instant("2026-11-20T14:50:14.968221Z");
        assert_eq!(write_instant(at), "2026-11-20T10:50:14.9682210-04:00");
        assert_eq!(read_instant("2026-11-20T10:50:14.9682218-04:00"), Some(at));
        assert_eq!(read_instant("2026-11-20T10:50:14.968221"), Some(at));
        assert_eq!(read_instant("20-11-2026"), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back_to_the_second(seconds in 0..4_000_000_000_i64) {
            let at = Timestamp::from_micros(seconds * invoice::SECOND);
            prop_assert_eq!(read_moment(&write_moment(at)), Some(at));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[0-9: -]{0,24}|.{0,24}") {
            let _ = (read_moment(&text), read_date(&text), read_instant(&text));
        }
    }
}
