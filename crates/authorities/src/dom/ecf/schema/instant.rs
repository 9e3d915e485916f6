//! `xs:dateTime`, which only the seed has (XML Schema part 2, 3.2.7).

/// `yyyy-MM-ddTHH:mm:ss`, a fraction and an offset if there are any: a day of the calendar and a
/// time of the clock, where midnight may be 24:00:00.
pub(super) fn is_date_time(text: &str) -> bool {
    let Some((date, rest)) = text.split_once('T') else { return false };
    let (time, offset) = match rest.find(['Z', '+', '-']) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    is_date(date) && is_time(time) && is_offset(offset)
}

fn is_date(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let mut parts = unsigned.split('-');
    let (Some(year), Some(month), Some(day), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let Some(leap) = is_leap(year) else { return false };
    let month = two_digits(month).filter(|month| (1..=12).contains(month));
    let Some(month) = month else { return false };
    two_digits(day).is_some_and(|day| (1..=days(month, leap)).contains(&day))
}

/// Whether a year has a 29 February; nothing where it is no year. There is no year zero, and one
/// of more than four digits has no zeros before it.
fn is_leap(year: &str) -> Option<bool> {
    let digits = year.bytes().all(|byte| byte.is_ascii_digit());
    let plain = year.len() == 4 || (year.len() > 4 && !year.starts_with('0'));
    // More digits than this name no year that a computer's calendar knows.
    if !digits || !plain || year.len() > 9 {
        return None;
    }
    let year: u32 = year.parse().ok().filter(|&year| year > 0)?;
    Some(year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)))
}

const fn days(month: u8, leap: bool) -> u8 {
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_time(text: &str) -> bool {
    let (clock, fraction) = match text.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (text, None),
    };
    let mut parts = clock.split(':').map(two_digits);
    let (Some(Some(hour)), Some(Some(minute)), Some(Some(second)), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let fraction_is_right = fraction.is_none_or(|fraction| {
        !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit())
    });
    let is_midnight = hour == 24
        && (minute, second) == (0, 0)
        && fraction.is_none_or(|fraction| fraction.bytes().all(|byte| byte == b'0'));
    fraction_is_right && minute < 60 && second < 60 && (hour < 24 || is_midnight)
}

fn is_offset(text: &str) -> bool {
    let Some(offset) = text.strip_prefix(['+', '-']) else { return matches!(text, "" | "Z") };
    let Some((hours, minutes)) = offset.split_once(':') else { return false };
    match (two_digits(hours), two_digits(minutes)) {
        (Some(hours), Some(minutes)) => (hours < 14 && minutes < 60) || (hours, minutes) == (14, 0),
        _ => false,
    }
}

fn two_digits(text: &str) -> Option<u8> {
    match text.as_bytes() {
        &[tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Some((tens - b'0') * 10 + ones - b'0'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_of_the_calendar_and_the_clock() {
        for text in [
            "2026-11-20T10:50:14.9682218-04:00",
            "2026-11-20T10:50:14",
            "2026-11-20T10:50:14Z",
            "2024-02-29T24:00:00.000+14:00",
            "-0001-01-01T00:00:00",
            "12026-01-01T00:00:00",
        ] {
            assert!(is_date_time(text), "{text}");
        }
        for text in [
            "",
            "2026-11-20",
            "2026-11-20 10:50:14",
            "2025-02-29T00:00:00",
            "2026-13-01T00:00:00",
            "2026-11-20T24:00:01",
            "2026-11-20T24:00:00.1",
            "2026-11-20T10:60:00",
            "2026-11-20T1:02:03",
            "2026-11-20T10:50:14.",
            "2026-11-20T10:50:14+14:01",
            "2026-11-20T10:50:14+0400",
            "0000-01-01T00:00:00",
            "02026-01-01T00:00:00",
            "2026-11-20T10:50:14-04:00x",
        ] {
            assert!(!is_date_time(text), "{text}");
        }
    }
}
