//! Days that exist, written as the format writes them.

use jiff::civil::{Date, Time};

/// `dd-MM-yyyy`: two digits, two and four, of a day of the calendar.
fn date(text: &str) -> Option<Date> {
    let [d1, d2, b'-', m1, m2, b'-', y1, y2, y3, y4] = *text.as_bytes() else { return None };
    let year = number(&[y1, y2, y3, y4])?;
    Date::new(year, narrow([m1, m2])?, narrow([d1, d2])?).ok()
}

/// `HH:mm:ss` of a clock of 24 hours.
fn time(text: &str) -> Option<Time> {
    let [h1, h2, b':', m1, m2, b':', s1, s2] = *text.as_bytes() else { return None };
    Time::new(narrow([h1, h2])?, narrow([m1, m2])?, narrow([s1, s2])?, 0).ok()
}

pub(super) fn is_date(text: &str) -> bool {
    date(text).is_some()
}

pub(super) fn is_moment(text: &str) -> bool {
    let parts = text.split_once(' ');
    parts.is_some_and(|(day, clock)| date(day).is_some() && time(clock).is_some())
}

fn number(digits: &[u8]) -> Option<i16> {
    digits.iter().try_fold(0, |value: i16, digit| {
        digit.is_ascii_digit().then(|| value * 10 + i16::from(digit - b'0'))
    })
}

fn narrow(digits: [u8; 2]) -> Option<i8> {
    i8::try_from(number(&digits)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_of_the_calendar_and_have_two_digits() {
        assert_eq!(date("29-02-2024"), Some(jiff::civil::date(2024, 2, 29)));
        for other in ["29-02-2025", "31-04-2026", "1-04-2026", "2026-04-01", "01/04/2026", ""] {
            assert_eq!(date(other), None, "{other}");
        }
    }

    #[test]
    fn clocks_have_twenty_four_hours() {
        assert!(is_moment("20-11-2026 00:00:00") && is_moment("20-11-2026 23:59:59"));
        for other in ["20-11-2026 24:00:00", "20-11-2026 1:02:03", "20-11-2026T10:00:00", ""] {
            assert!(!is_moment(other), "{other}");
        }
    }
}
